//! Changing sales orders: ship-to, comment and freight lines (SORTOI with action C), and their status (SORTOS).
//!
//! ```text
//! OrderChange { key, ship-to, lines } ─► SORTOI.xml ─► post ─► Posted ─► SORQRY proves it
//! OrderStatusChange ─► SORTOS.xml ─► post ─► Posted
//! ```
//!
//! SORTOI can create orders too; this crate only changes ones that exist. A line that is added is added again by each
//! call. Which fields identify an order on change is not evidenced: the order is always sent, customer and purchase
//! order number where the caller has them. SORTOI knows no `ValidateOnly`; a dry run asks it with `Process` `VALIDATE`.

use rust_decimal::Decimal;

use crate::answer::Posted;
use crate::dispatch::{amount, comment};
use crate::enet::Enet;
use crate::error::Error;
use crate::masters::{PostalAddress, not_blank};
use crate::session::Token;
use crate::submit::{Posting, yes};
use crate::template::Slots;

/// What is to be changed in a sales order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrderChange {
    /// The order, spelt as SYSPRO spells it.
    pub sales_order: String,
    /// The order's customer, where the site's SYSPRO wants it.
    pub customer: Option<String>,
    /// The customer's order number, where the site's SYSPRO wants it.
    pub customer_po_number: Option<String>,
    /// The ship-to: what is `Some` is set.
    pub ship_to: PostalAddress,
    /// The lines to add, change or remove.
    pub lines: Vec<OrderLineChange>,
}

/// A change of one line of a sales order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderLineChange {
    /// Adds text.
    AddComment {
        /// The text, at most 100 characters.
        text: String,
    },
    /// Removes text.
    RemoveComment {
        /// The line's number.
        line: u32,
    },
    /// Adds a charge for freight.
    AddFreight {
        /// What is charged, and what it costs.
        charge: FreightCharge,
    },
    /// Changes a charge for freight.
    ChangeFreight {
        /// The line's number.
        line: u32,
        /// What is charged, and what it costs.
        charge: FreightCharge,
    },
    /// Removes a charge for freight.
    RemoveFreight {
        /// The line's number.
        line: u32,
        /// The site's code for the reason, where it wants one.
        cancel_code: Option<String>,
    },
}

/// A charge for freight, in the order's currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreightCharge {
    /// What the customer pays (`FreightValue`).
    pub value: Decimal,
    /// What it costs (`FreightCost`).
    pub cost: Option<Decimal>,
    /// The tax code; `None` is the company's default.
    pub tax_code: Option<String>,
    /// Whether it is free of tax; `None` is the company's default.
    pub not_taxable: Option<bool>,
}

/// A change of a sales order's status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderStatusChange {
    /// The order, spelt as SYSPRO spells it.
    pub sales_order: String,
    /// The status it has now, if SYSPRO should check it.
    pub from: Option<String>,
    /// The status it is to have: `1`, `2`, `3`, `4`, `8`, `9` or `S`.
    pub to: String,
    /// Written to the order's `DeliveryNote`, at most 20 characters.
    pub delivery_note: Option<String>,
}

impl FreightCharge {
    /// A charge of this value, taxed as the company does by default.
    pub fn new(value: Decimal) -> Self {
        Self { value, cost: None, tax_code: None, not_taxable: None }
    }

    /// With what it costs.
    #[must_use]
    pub fn costing(mut self, cost: Decimal) -> Self {
        self.cost = Some(cost);
        self
    }

    pub(crate) fn slots(&self) -> Result<Slots, Error> {
        let cost = self.cost.map(|cost| amount("FreightCost", cost)).transpose()?;
        Ok(Slots::new()
            .with("value", amount("FreightValue", self.value)?)
            .maybe("cost", cost)
            .maybe("tax_code", self.tax_code.as_deref())
            .maybe("not_taxable", self.not_taxable.map(yes)))
    }
}

impl OrderChange {
    /// A change that changes nothing yet.
    pub fn new(sales_order: impl Into<String>) -> Self {
        Self { sales_order: sales_order.into(), ..Self::default() }
    }

    /// Sets what is `Some` of the ship-to.
    #[must_use]
    pub fn ship_to(mut self, ship_to: PostalAddress) -> Self {
        self.ship_to = ship_to;
        self
    }

    /// Adds, changes or removes a line.
    #[must_use]
    pub fn line(mut self, line: OrderLineChange) -> Self {
        self.lines.push(line);
        self
    }

    /// The order's values, for reading back.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a blank key, a text or amount that does not fit, or if nothing is changed.
    pub fn slots(&self) -> Result<Slots, Error> {
        not_blank("SalesOrder", &self.sales_order)?;
        if self.ship_to.is_empty() && self.lines.is_empty() {
            return Err(Error::invalid("order change", format!("order {} has nothing to change", self.sales_order)));
        }
        let (mut comments, mut freight) = (Vec::new(), Vec::new());
        for line in &self.lines {
            let is_comment = matches!(line, OrderLineChange::AddComment { .. } | OrderLineChange::RemoveComment { .. });
            if is_comment { &mut comments } else { &mut freight }.push(line.slots()?);
        }
        let key = Slots::new()
            .with("sales_order", &self.sales_order)
            .maybe("customer", self.customer.as_deref())
            .maybe("customer_po_number", self.customer_po_number.as_deref());
        let mut slots = self.ship_to.fill(key);
        for (section, lines) in [("comment_line", comments), ("freight_line", freight)] {
            if !lines.is_empty() {
                slots = slots.section(section, lines);
            }
        }
        Ok(slots)
    }
}

impl OrderLineChange {
    fn slots(&self) -> Result<Slots, Error> {
        let action = |action: &str| Slots::new().with("action", action);
        // Lines are numbered with four digits in practice.
        let at = |slots: Slots, line: u32| slots.with("customer_po_line", format!("{line:04}"));
        Ok(match self {
            Self::AddComment { text } => action("A").with("comment", comment(text)?),
            Self::RemoveComment { line } => at(action("D"), *line),
            Self::AddFreight { charge } => charge.slots()?.with("action", "A"),
            Self::ChangeFreight { line, charge } => at(charge.slots()?.with("action", "C"), *line),
            Self::RemoveFreight { line, cancel_code } => {
                at(action("D"), *line).maybe("cancel_code", cancel_code.as_deref())
            }
        })
    }
}

impl OrderStatusChange {
    /// The item's values, for reading back.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a blank key or status, or a delivery note that does not fit.
    pub fn slots(&self) -> Result<Slots, Error> {
        not_blank("SalesOrder", &self.sales_order)?;
        not_blank("NewOrderStatus", &self.to)?;
        if self.delivery_note.as_ref().is_some_and(|note| note.chars().count() > 20) {
            return Err(Error::invalid("DeliveryNoteNumber", "has more than 20 characters"));
        }
        Ok(Slots::new()
            .with("sales_order", &self.sales_order)
            .with("new_status", &self.to)
            .maybe("status", self.from.as_deref())
            .maybe("delivery_note_number", self.delivery_note.as_deref()))
    }
}

impl Enet {
    /// Changes sales orders (`SORTOI`, action C). Added lines are added again by each call: read the order before repeating
    /// one.
    ///
    /// # Errors
    /// Those of [`Enet::post`]; [`Error::Invalid`] if there is nothing to change or a value does not fit.
    pub async fn sortoi(&self, token: &Token, changes: &[OrderChange], how: Posting) -> Result<Posted, Error> {
        let orders = changes.iter().map(OrderChange::slots).collect::<Result<Vec<_>, _>>()?;
        let process = if how.validate_only { "VALIDATE" } else { "IMPORT" };
        let slots = how.slots().with("process", process).section("order", orders);
        self.submit(token, self.template("SORTOI")?, &slots).await
    }

    /// Moves sales orders to another status (`SORTOS`). This has meaning for finance and stock.
    ///
    /// # Errors
    /// As [`Self::sortoi`].
    pub async fn sortos(&self, token: &Token, moves: &[OrderStatusChange], how: Posting) -> Result<Posted, Error> {
        let items = moves.iter().map(OrderStatusChange::slots).collect::<Result<Vec<_>, _>>()?;
        self.submit(token, self.template("SORTOS")?, &how.slots().section("item", items)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changes_is_said() {
        let change = OrderChange::new("000346")
            .line(OrderLineChange::AddComment { text: "UPS 1Z".to_owned() })
            .line(OrderLineChange::RemoveFreight { line: 7, cancel_code: None });
        let slots = change.slots().expect("a change");
        assert_eq!(slots.records("comment_line")[0].get("action"), Some("A"));
        assert_eq!(slots.records("freight_line")[0].get("customer_po_line"), Some("0007"));
        assert_eq!(slots.get("ship_address_1"), None);
        assert!(OrderChange::new("000346").slots().is_err());
        assert!(OrderChange::new(" ").line(OrderLineChange::RemoveComment { line: 1 }).slots().is_err());
    }
}
