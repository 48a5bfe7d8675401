//! What a source is: which table its documents stand in, which of them are wanted, and which column means what.
//!
//! ```text
//! headers (table, key) ─ by status set │ by date, from the watermark less the overlap ─┐
//!    ├─ joins: parent order, history, customer, supplier … (table, key, on)            ├─► roles ─► Document
//!    └─ lines (table, document, on)                                                    ┘
//! ```
//!
//! Four kinds of document are read by one way: what differs between them is in a [`Definition`], and every name in it is
//! a setting with SYSPRO's own as its default, because a site may offer a view of its own instead of a table. A column
//! is named as it stands in the header's table, or as `join.Column`. The tables are SYSPRO's; the OData service may call
//! them differently, which `[syspro.odata.sets]` says.

mod read;
mod usual;

use std::collections::BTreeMap;

use jiff::SignedDuration;
use shipment::document::Source;
use shipment::number::WarehouseCode;
use shipment::schedule::Schedule;

pub(super) use read::sources;

/// A kind of document that ships: which ones, for which warehouses, and where everything stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceSettings {
    /// Which kind of document.
    pub source: Source,
    /// The status codes that mean "ready to ship"; empty where every status is.
    pub ready: Vec<String>,
    /// The status codes that mean "nothing is to ship any more", where not all the others do.
    pub finished: Vec<String>,
    /// The document types that ship; empty accepts every type.
    pub document_types: Vec<String>,
    /// The warehouses whose documents it ships; all ship-froms unless named.
    pub warehouses: Vec<WarehouseCode>,
    /// When it is read: its own schedule, else the site's.
    pub schedule: Schedule,
    /// Tables and columns.
    pub definition: Definition,
}

/// Tables and columns of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The table of the headers.
    pub table: String,
    /// Its whole key, in order.
    pub key: Vec<String>,
    /// The column of the document's number.
    pub number: String,
    /// How wanted documents are found.
    pub selection: Selection,
    /// Header columns whose change makes a document worth reading again, beside ship-to, ship-via and required date.
    pub watched: Vec<String>,
    /// Tables joined to the header, by name.
    pub joins: Vec<Join>,
    /// Which columns mean what: the first that says something counts.
    pub columns: BTreeMap<Role, Vec<Column>>,
    /// Where the ship-to stands: the first place with an address counts.
    pub ship_to: Vec<ShipToPlace>,
    /// The lines.
    pub lines: Lines,
}

/// How a source's wanted documents are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// By the status codes that mean ready. Becoming ready leaves no date in SYSPRO, so the whole set is read each time.
    Status {
        /// The status column.
        column: String,
    },
    /// By date, from the watermark less the overlap on, because documents are back-dated and dates are whole days.
    Date {
        /// The date column.
        column: String,
        /// How far before the watermark reading begins.
        overlap: SignedDuration,
    },
}

/// A table joined to a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Join {
    /// The name by which columns refer to it.
    pub name: String,
    /// The table.
    pub table: String,
    /// The column of the table that is compared.
    pub key: String,
    /// The header's column, or that of an earlier join, it is compared with.
    pub on: Column,
    /// Read only for documents for which that other join found nothing.
    pub instead_of: Option<String>,
}

/// A column of the header or of a join.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Column {
    /// The join's name; none for the header.
    pub join: Option<String>,
    /// The column.
    pub name: String,
}

impl Column {
    /// As written in a site file: `Column` or `join.Column`.
    pub fn read(text: &str) -> Self {
        match text.split_once('.') {
            Some((join, name)) => Self { join: Some(join.to_owned()), name: name.to_owned() },
            None => Self { join: None, name: text.to_owned() },
        }
    }
}

impl std::fmt::Display for Column {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.join {
            Some(join) => write!(f, "{join}.{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// What a header's column tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The status code.
    Status,
    /// The document type.
    DocumentType,
    /// The parent sales order.
    SalesOrder,
    /// The customer, or whoever else it is for.
    Customer,
    /// Their name.
    CustomerName,
    /// Their own order number.
    CustomerPo,
    /// `Y` for a customer on hold.
    CustomerOnHold,
    /// SYSPRO's code of the ship-to.
    ShipToCode,
    /// The shipping instruction's code.
    ShipViaCode,
    /// Its text.
    ShipVia,
    /// The currency of its prices.
    Currency,
    /// When it is wanted.
    RequiredDate,
    /// The consignee's phone number.
    Phone,
    /// The consignee's mail address.
    Email,
    /// The warehouse it leaves from.
    Warehouse,
    /// The warehouse it goes to, if it is a transfer.
    TargetWarehouse,
    /// `Y` for a supply-chain transfer.
    InterWarehouse,
    /// `Y` for a counter sale.
    CounterSale,
    /// `Y` for a cancelled document.
    Cancelled,
}

impl Role {
    /// All roles with their keys in `[source.columns]`.
    pub const ALL: [(Self, &'static str); 19] = [
        (Self::Status, "status"),
        (Self::DocumentType, "document_type"),
        (Self::SalesOrder, "sales_order"),
        (Self::Customer, "customer"),
        (Self::CustomerName, "customer_name"),
        (Self::CustomerPo, "customer_po"),
        (Self::CustomerOnHold, "customer_on_hold"),
        (Self::ShipToCode, "ship_to_code"),
        (Self::ShipViaCode, "ship_via_code"),
        (Self::ShipVia, "ship_via"),
        (Self::Currency, "currency"),
        (Self::RequiredDate, "required_date"),
        (Self::Phone, "phone"),
        (Self::Email, "email"),
        (Self::Warehouse, "warehouse"),
        (Self::TargetWarehouse, "target_warehouse"),
        (Self::InterWarehouse, "inter_warehouse"),
        (Self::CounterSale, "counter_sale"),
        (Self::Cancelled, "cancelled"),
    ];
}

/// A place where a ship-to can stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShipToPlace {
    /// The join it stands in; none for the header.
    pub join: Option<String>,
    /// The consignee's name: the first column that says something.
    pub name: Vec<String>,
    /// The five lines.
    pub lines: [String; 5],
    /// The postal code.
    pub postal_code: String,
    /// The state, where there is such a column.
    pub state: Option<String>,
    /// The nationality, where there is such a column.
    pub nationality: Option<String>,
}

impl ShipToPlace {
    /// Every column of it.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        let address = self.lines.iter().chain([&self.postal_code]).chain(&self.state).chain(&self.nationality);
        self.name.iter().chain(address).map(String::as_str)
    }
}

/// The lines of a source's documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines {
    /// The table.
    pub table: String,
    /// Its whole key, in order.
    pub key: Vec<String>,
    /// The column that holds the document's number.
    pub document: String,
    /// The line's number.
    pub line: String,
    /// The line type.
    pub line_type: String,
    /// The stock code.
    pub stock_code: String,
    /// The description: the first column that says something.
    pub description: Vec<String>,
    /// How much there is to ship, in stocking units.
    pub quantity: String,
    /// How much of it is done already, to be taken off.
    pub done: Option<String>,
    /// The unit of measure: the first column that says something.
    pub unit: Vec<String>,
    /// The mass of one unit; where there is no such column, or it holds zero, the stock code's counts.
    pub mass: Option<String>,
    /// The line's own warehouse.
    pub warehouse: Option<String>,
    /// The column that marks a kit's parent with `P`; without one the sales order's line is asked.
    pub kit: Option<String>,
    /// The line's sales order.
    pub sales_order: Option<String>,
    /// The number of the sales order's line.
    pub sales_order_line: Option<String>,
    /// The price of one unit; without one the sales order's line is asked, where the value of the goods is needed.
    pub price: Option<String>,
    /// The unit of measure of the price, where there is such a column.
    pub price_unit: Option<String>,
    /// The value of the whole line, which goes before the price.
    pub value: Option<String>,
}

impl Lines {
    /// Every column of it, each once.
    pub fn columns(&self) -> Vec<&str> {
        let single = [&self.document, &self.line, &self.line_type, &self.stock_code, &self.quantity];
        let lists = self.key.iter().chain(&self.description).chain(&self.unit);
        let order = [&self.sales_order, &self.sales_order_line];
        let worth = [&self.price, &self.price_unit, &self.value];
        let maybe = [&self.done, &self.mass, &self.warehouse, &self.kit].into_iter().chain(order).chain(worth);
        let mut all = Vec::new();
        for column in single.into_iter().chain(lists).chain(maybe.flatten()) {
            if !all.contains(&column.as_str()) {
                all.push(column.as_str());
            }
        }
        all
    }
}

impl Definition {
    /// The columns of a role.
    pub fn role(&self, role: Role) -> &[Column] {
        self.columns.get(&role).map(Vec::as_slice).unwrap_or_default()
    }

    /// Every column of the header that is needed to read a document in full, each once.
    pub fn header_columns(&self) -> Vec<&str> {
        self.columns_of(None, true)
    }

    /// The columns that are needed of a join, each once.
    pub fn join_columns<'a>(&'a self, join: &'a Join) -> Vec<&'a str> {
        let mut columns = self.columns_of(Some(&join.name), true);
        if !columns.contains(&join.key.as_str()) {
            columns.push(&join.key);
        }
        columns
    }

    /// The header's columns whose change makes a document worth reading again.
    pub fn watched_columns(&self) -> Vec<&str> {
        self.columns_of(None, false)
    }

    /// The columns of the header, or of a join: those that a label depends on, or all that are used.
    fn columns_of(&self, join: Option<&str>, all: bool) -> Vec<&str> {
        const WATCHED: [Role; 5] =
            [Role::SalesOrder, Role::CustomerName, Role::ShipViaCode, Role::ShipVia, Role::RequiredDate];
        let mut found: Vec<&str> = Vec::new();
        let mut add = |column| {
            if !found.contains(&column) {
                found.push(column);
            }
        };
        if all && join.is_none() {
            self.key.iter().chain([&self.number]).for_each(|it| add(it));
            if let Selection::Date { column, .. } = &self.selection {
                add(column);
            }
        }
        let roles = self.columns.iter().filter(|(role, _)| all || WATCHED.contains(role)).flat_map(|(_, it)| it);
        let ons = self.joins.iter().map(|it| &it.on).filter(|_| all);
        for column in roles.chain(ons).filter(|it| it.join.as_deref() == join) {
            add(&column.name);
        }
        for place in self.ship_to.iter().filter(|it| it.join.as_deref() == join) {
            place.columns().for_each(&mut add);
        }
        if join.is_none() {
            self.watched.iter().for_each(|it| add(it));
        }
        found
    }
}
