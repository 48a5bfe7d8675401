//! Lists of documents without OData: sales orders by SORQSO, dispatch notes by SORQDL.
//!
//! ```text
//! OrderSearch ─► SORQSO, page after page (StartAtOrder, ReturnOrders) ─► OrderSummary…, each order once
//! DispatchSearch ─► SORQDL (a flag for each state) ─► DispatchSummary…
//! ```
//!
//! Filters speak SYSPRO's idiom: `A` all, `S` one, `L` a list with commas, `R` a range with a comma. A value that holds a
//! comma cannot be said in it and is refused. What the answer says of a document is checked by the caller: a filter that
//! a version of SYSPRO ignores gives too much, never too little.

use std::collections::HashSet;

use jiff::civil::Date;

use crate::enet::Enet;
use crate::error::Error;
use crate::row::Row;
use crate::session::Token;
use crate::status::{DispatchNoteStatus, SalesOrderStatus};
use crate::submit::yes;
use crate::template::Slots;
use crate::xml::Element;

/// Which sales orders are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderSearch {
    /// States, by code; none means all.
    pub statuses: Vec<String>,
    /// Customers; none means all.
    pub customers: Vec<String>,
    /// First and last order date.
    pub order_dates: Option<(Date, Date)>,
    /// Whether complete orders are wanted.
    pub completed: bool,
    /// Whether cancelled orders are wanted.
    pub cancelled: bool,
    /// Whether forward orders are wanted.
    pub forward: bool,
    /// How many orders are asked for at once.
    pub page_size: u32,
}

/// Which dispatch notes are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DispatchSearch {
    /// States. Only those with a code that this crate knows can be asked for.
    pub statuses: Vec<DispatchNoteStatus>,
    /// Whether notes still being entered are wanted.
    pub in_progress: bool,
    /// Sales orders; none means all.
    pub sales_orders: Vec<String>,
    /// Customers; none means all.
    pub customers: Vec<String>,
    /// First and last dispatch date.
    pub dispatch_dates: Option<(Date, Date)>,
    /// Whether transfers between own warehouses are wanted.
    pub transfers: Transfers,
}

/// Whether supply-chain transfers are listed (`SupplyChainTransfer`; what its codes mean is inferred from them).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Transfers {
    /// `X`: left out.
    #[default]
    Excluded,
    /// `I`: listed too.
    Included,
    /// `O`: nothing else.
    Only,
}

/// A sales order in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderSummary {
    /// The order, spelt as SYSPRO spells it.
    pub sales_order: String,
    /// Its state, if the answer tells it.
    pub status: Option<SalesOrderStatus>,
    /// Its customer, if the answer tells it.
    pub customer: Option<String>,
    /// All fields by SYSPRO's names, among them `ShipViaCode`, `ShippingInstrs`, `OrderDate` and `ReqShipDate`.
    pub fields: Row,
}

/// A dispatch note in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DispatchSummary {
    /// The note, spelt as SYSPRO spells it.
    pub dispatch_note: String,
    /// The order it dispatches, if the answer tells it.
    pub sales_order: Option<String>,
    /// Its state, if the answer tells it.
    pub status: Option<DispatchNoteStatus>,
    /// Its customer, if the answer tells it.
    pub customer: Option<String>,
    /// All fields by SYSPRO's names, among them `ShippingInstrs` and `UserField1`.
    pub fields: Row,
}

impl Default for OrderSearch {
    /// All orders that are neither complete nor cancelled nor forward, 500 at once.
    fn default() -> Self {
        Self {
            statuses: Vec::new(),
            customers: Vec::new(),
            order_dates: None,
            completed: false,
            cancelled: false,
            forward: false,
            page_size: 500,
        }
    }
}

impl OrderSearch {
    /// Orders in one of these states, by code.
    #[must_use]
    pub fn in_states<S: Into<String>>(mut self, codes: impl IntoIterator<Item = S>) -> Self {
        self.statuses = codes.into_iter().map(Into::into).collect();
        self
    }

    fn slots(&self) -> Result<Slots, Error> {
        if self.page_size == 0 {
            return Err(Error::invalid("page_size", "must be at least 1"));
        }
        let wants =
            |of: fn(&SalesOrderStatus) -> bool| self.statuses.iter().any(|code| of(&SalesOrderStatus::from_code(code)));
        let slots = Slots::new()
            .with("include_completed", yes(self.completed || wants(|it| *it == SalesOrderStatus::Complete)))
            .with(
                "include_cancelled",
                yes(self.cancelled || wants(|it| matches!(it, SalesOrderStatus::Cancelled { .. }))),
            )
            .with("include_forward", yes(self.forward || wants(|it| *it == SalesOrderStatus::Forward)))
            .with("return_orders", self.page_size.to_string());
        let slots = listed(slots, ("customer_filter", "customers"), &self.customers)?;
        let slots = ranged(slots, ("order_date_filter", "order_dates"), self.order_dates);
        listed(slots, ("order_status_filter", "order_statuses"), &self.statuses)
    }
}

impl DispatchSearch {
    /// Notes in one of these states.
    pub fn in_states(statuses: impl IntoIterator<Item = DispatchNoteStatus>) -> Self {
        Self { statuses: statuses.into_iter().collect(), ..Self::default() }
    }

    fn slots(&self) -> Result<Slots, Error> {
        use DispatchNoteStatus as S;
        if let Some(unknown) = self.statuses.iter().find(|status| matches!(status, S::Unknown { .. })) {
            let why =
                format!("the state {:?} cannot be asked for: SORQDL has a flag for known states only", unknown.code());
            return Err(Error::invalid("statuses", why));
        }
        let wants = |of: fn(&S) -> bool| yes(self.statuses.iter().any(of));
        let transfers = match self.transfers {
            Transfers::Excluded => "X",
            Transfers::Included => "I",
            Transfers::Only => "O",
        };
        let slots = Slots::new()
            .with("in_progress", yes(self.in_progress))
            .with("ready_to_print", wants(|it| *it == S::ReadyToPrint))
            .with("printed", wants(|it| *it == S::Printed))
            .with("in_suspense", wants(|it| *it == S::InSuspense))
            .with("ready_to_invoice", wants(|it| *it == S::ReadyToInvoice))
            .with("completed", wants(|it| *it == S::Complete))
            .with("cancelled", wants(|it| matches!(it, S::Cancelled { .. })))
            .with("on_hold", wants(|it| *it == S::OnHold))
            .with("consolidated", wants(|it| *it == S::Consolidated))
            .with("supply_chain_transfer", transfers);
        let slots = listed(slots, ("sales_order_filter", "sales_orders"), &self.sales_orders)?;
        let slots = listed(slots, ("customer_filter", "customers"), &self.customers)?;
        Ok(ranged(slots, ("dispatch_date_filter", "dispatch_dates"), self.dispatch_dates))
    }
}

/// A filter for one of several values.
fn listed(slots: Slots, (kind, value): (&str, &str), values: &[String]) -> Result<Slots, Error> {
    if let Some(bad) = values.iter().find(|it| it.contains(',') || it.trim().is_empty()) {
        return Err(Error::invalid(value, format!("{bad:?} cannot be listed: it is blank or holds a comma")));
    }
    Ok(match values {
        [] => slots.with(kind, "A").with(value, ""),
        [one] => slots.with(kind, "S").with(value, one),
        many => slots.with(kind, "L").with(value, many.join(",")),
    })
}

/// A filter for a range of days.
fn ranged(slots: Slots, (kind, value): (&str, &str), days: Option<(Date, Date)>) -> Slots {
    match days {
        None => slots.with(kind, "A").with(value, ""),
        Some((first, last)) => slots.with(kind, "R").with(value, format!("{first},{last}")),
    }
}

impl Enet {
    /// Sales orders by state, customer and date (`SORQSO`), each once, page after page until no further order comes.
    ///
    /// # Errors
    /// Those of [`Enet::query`]; [`Error::Invalid`] for a value that cannot stand in a filter.
    pub async fn sorqso(&self, token: &Token, search: &OrderSearch) -> Result<Vec<OrderSummary>, Error> {
        let template = self.template("SORQSO")?;
        let (mut found, mut seen, mut start) = (Vec::new(), HashSet::new(), None::<String>);
        loop {
            let slots = search.slots()?.maybe("start_at_order", start.take());
            let answer = self.ask_by(token, template, &slots).await?;
            let page = answer.at_path("SalesOrderItem");
            let (length, before) = (page.len(), seen.len());
            for item in page {
                let order = OrderSummary::read(item)?;
                if seen.insert(order.sales_order.clone()) {
                    found.push(order);
                }
            }
            let full = length >= usize::try_from(search.page_size).unwrap_or(usize::MAX);
            // A page that brings nothing new is the last one, also for a server that does not heed StartAtOrder.
            if !full || seen.len() == before {
                return Ok(found);
            }
            start = found.last().map(|order| order.sales_order.clone());
        }
    }

    /// Dispatch notes by state, order, customer and date (`SORQDL`).
    ///
    /// # Errors
    /// Those of [`Enet::query`]; [`Error::Invalid`] for a value that cannot stand in a filter, or a state that cannot be
    /// asked for.
    pub async fn sorqdl(&self, token: &Token, search: &DispatchSearch) -> Result<Vec<DispatchSummary>, Error> {
        let answer = self.ask_by(token, self.template("SORQDL")?, &search.slots()?).await?;
        answer.at_path("DispatchNoteItem").into_iter().map(DispatchSummary::read).collect()
    }
}

impl OrderSummary {
    fn read(item: &Element) -> Result<Self, Error> {
        let fields = Row::of_element(item);
        let status = fields.get("OrderStatus").map(SalesOrderStatus::from_code);
        let customer = fields.get("Customer").map(str::to_owned);
        Ok(Self { sales_order: key(&fields, "SORQSO", "SalesOrder")?, status, customer, fields })
    }
}

impl DispatchSummary {
    fn read(item: &Element) -> Result<Self, Error> {
        let fields = Row::of_element(item);
        let text = |column: &str| fields.get(column).map(str::to_owned);
        let status = fields.get("DispatchNoteStatus").map(DispatchNoteStatus::from_code);
        let (sales_order, customer) = (text("SalesOrder"), text("Customer"));
        Ok(Self { dispatch_note: key(&fields, "SORQDL", "DispatchNote")?, sales_order, status, customer, fields })
    }
}

fn key(fields: &Row, object: &str, column: &str) -> Result<String, Error> {
    let key = fields.text(column).map_err(|error| Error::unreadable(format!("query {object}"), error))?;
    if key.is_empty() {
        return Err(Error::unreadable(format!("query {object}"), format!("a row with a blank {column}")));
    }
    Ok(key.to_owned())
}
