//! The pretend distributor and the streets it ships to.
//!
//! ```text
//! places ─► customers ┐
//! stock, ship_via ────┼─► spec ─► release ─┐
//! orders (the seed) ──┘   billing (invoices) ┼─► tables ─► syspro (e.net and OData)
//! suppliers ────────────► purchase (orders) ─┘
//! ```
//!
//! A world is a company database: masters first, then documents. The same seed, number of
//! orders and start give the same world. What is *not* here: anything that knows how SYSPRO
//! answers; that is `syspro`.

mod billing;
pub mod customers;
pub(crate) mod key;
mod life;
pub mod orders;
pub mod places;
pub mod purchase;
mod release;
pub(crate) mod schema;
pub mod ship_to;
pub mod ship_via;
pub mod spec;
pub mod stock;
pub mod suppliers;
pub(crate) mod table;

use std::collections::BTreeMap;

use fastrand::Rng;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

pub use billing::{InvoiceSpec, Invoiced};
pub use customers::Customer;
pub use orders::{Intended, Trouble};
pub use places::Place;
pub use purchase::PurchaseOrderSpec;
pub use release::Released;
pub use ship_to::ShipTo;
pub use spec::DispatchNoteSpec;
pub use suppliers::Supplier;

use table::Tables;

/// The warehouse the distributor ships from.
pub const WAREHOUSE: &str = "OH";
/// A second warehouse, which no connector is told about.
pub const OTHER_WAREHOUSE: &str = "NV";
/// The company's name, as its logon profile gives it.
pub const COMPANY_NAME: &str = "Ridgeline Industrial Supply - EDU1";

/// The address of [`WAREHOUSE`]; a known place, so that it passes address validation.
#[must_use]
pub fn ship_from() -> &'static Place {
    places::plain_commercial().find(|it| it.city == "Columbus" && it.state == "OH").unwrap_or(&places::places()[0])
}

/// A company database and what the seed knows about it.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) tables: Tables,
    pub(crate) customers: Vec<Customer>,
    pub(crate) intended: Vec<Intended>,
    pub(crate) forms: Vec<Form>,
    /// Texts of notepads by note type and stored key.
    pub(crate) notepads: BTreeMap<(String, String), String>,
    /// Documents somebody is maintaining, by stored key, and which operator.
    pub(crate) locks: BTreeMap<String, String>,
    /// Whether invoices and purchase orders get a `PostDate`.
    post_dates: bool,
    next_order: u32,
    next_note: u32,
    next_invoice: u32,
    next_purchase_order: u32,
}

/// A custom form: its type, its table and the fields an administrator has made.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    /// The code by which COMSFM and COMTFM call it.
    pub(crate) form_type: String,
    /// What it hangs on, as messages call it.
    pub(crate) of: &'static str,
    /// The table of the documents it hangs on.
    pub(crate) base: String,
    pub(crate) table: String,
    /// Key columns of the form's table; the first is the document's key.
    pub(crate) keys: Vec<String>,
    pub(crate) fields: Vec<FormField>,
}

impl Form {
    fn new(form_type: &str, of: &'static str, base: &str, table: &str, keys: &[&str]) -> Self {
        Self {
            form_type: form_type.to_owned(),
            of,
            base: base.to_owned(),
            table: table.to_owned(),
            keys: keys.iter().map(|it| (*it).to_owned()).collect(),
            fields: Vec::new(),
        }
    }
}

/// A field of a custom form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormField {
    /// Its name of at most six characters, by which COMSFM calls it.
    pub name: String,
    /// Its column in the form's table.
    pub column: String,
    /// What it holds.
    pub kind: FormKind,
}

/// What a custom form field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormKind {
    /// Text of at most so many characters.
    Alpha(usize),
    /// A number with six decimals.
    Numeric,
    /// A calendar date.
    Date,
}

impl FormField {
    /// A field with its column.
    #[must_use]
    pub fn new(name: &str, column: &str, kind: FormKind) -> Self {
        Self { name: name.to_owned(), column: column.to_owned(), kind }
    }

    /// The fields the distributor's administrator has made for shipping.
    #[must_use]
    pub fn shipping() -> Vec<Self> {
        vec![
            Self::new("TRKNUM", "TrackingNumber", FormKind::Alpha(40)),
            Self::new("SHPSTS", "ShipmentStatus", FormKind::Alpha(30)),
            Self::new("FRTCST", "FreightCost", FormKind::Numeric),
            Self::new("SHPDAT", "ShipDate", FormKind::Date),
        ]
    }
}

impl World {
    /// Masters (customers, stock) without a single document.
    pub(crate) fn without_documents(seed: u64) -> Self {
        let mut tables = schema::tables();
        stock::fill(&mut tables);
        let customers = customers::seeded(&mut Rng::with_seed(seed));
        customers::fill(&customers, &mut tables);
        suppliers::fill(&mut tables);
        let forms = vec![
            Form::new("ORD", "Sales order", "SorMaster", schema::ORDER_FORM, &["SalesOrder", "InvoiceNumber"]),
            Form::new("POR", "Purchase order", "PorMasterHdr", "PorMasterHdr+", &["PurchaseOrder"]),
            Form::new("CUS", "Customer", "ArCustomer", "ArCustomer+", &["Customer"]),
            Form::new("STK", "Stock code", "InvMaster", "InvMaster+", &["StockCode"]),
            Form::new("SUP", "Supplier", "ApSupplier", "ApSupplier+", &["Supplier"]),
        ];
        let mut world = Self {
            tables,
            customers,
            intended: Vec::new(),
            forms,
            notepads: BTreeMap::new(),
            locks: BTreeMap::new(),
            post_dates: false,
            next_order: 100_401,
            next_note: 502_001,
            next_invoice: 310_001,
            next_purchase_order: 70_001,
        };
        for form_type in ["ORD", "POR"] {
            for field in FormField::shipping() {
                world.add_form_field(form_type, field);
            }
        }
        world
    }

    /// Gives dispatch notes a custom form with the shipping fields, under a type and a table that
    /// nobody knows for certain.
    pub(crate) fn add_dispatch_form(&mut self, form_type: &str, table: &str) {
        self.tables.add(schema::form_table(table, "DispatchNote"));
        self.forms.push(Form::new(form_type, "Dispatch note", "MdnMaster", table, &["DispatchNote"]));
        for field in FormField::shipping() {
            self.add_form_field(form_type, field);
        }
    }

    /// Gives invoices and purchase orders a `PostDate`, which real tables do not have.
    pub(crate) fn add_post_dates(&mut self) {
        self.post_dates = true;
        for (name, dated) in [("ArInvoice", "InvoiceDate"), ("PorMasterHdr", "OrderEntryDate")] {
            let Some(table) = self.tables.table_mut(name) else { continue };
            table.add_column("PostDate", table::Kind::Date);
            let rows: Vec<table::Fields> =
                table.rows().map(|it| it.fields().date("PostDate", it.date(dated))).collect();
            rows.into_iter().for_each(|it| self.tables.put(name, it));
        }
    }

    /// The form of a type.
    pub(crate) fn form(&self, form_type: &str) -> Option<&Form> {
        self.forms.iter().find(|it| it.form_type == form_type)
    }

    /// A company at work: `orders` documents of ours, and others beside them.
    /// `noise` mixes in documents that are nobody's business.
    pub(crate) fn seeded(seed: u64, orders: usize, noise: bool, start: Timestamp) -> Self {
        let mut world = Self::without_documents(seed);
        orders::fill(&mut world, &mut Rng::with_seed(seed ^ 0x0D0C), orders, noise, local_date(start));
        world
    }

    /// Adds a field to a form; a form that does not exist gets none.
    pub(crate) fn add_form_field(&mut self, form_type: &str, field: FormField) {
        let kind = match field.kind {
            FormKind::Alpha(length) => table::Kind::Text(length),
            FormKind::Numeric => table::Kind::Number { precision: 18, scale: 6 },
            FormKind::Date => table::Kind::Date,
        };
        let Some(form) = self.forms.iter_mut().find(|it| it.form_type == form_type) else { return };
        if let Some(table) = self.tables.table_mut(&form.table) {
            table.add_column(&field.column, kind);
        }
        form.fields.push(field);
    }

    /// Takes a field off a form; what was written in it stays in the table.
    pub(crate) fn remove_form_field(&mut self, form_type: &str, name: &str) {
        self.forms.iter_mut().filter(|it| it.form_type == form_type).for_each(|it| {
            it.fields.retain(|field| field.name != name);
        });
    }
}

/// The application server's calendar date at an instant.
pub(crate) fn local_date(at: Timestamp) -> Date {
    let zone = TimeZone::get("America/New_York").unwrap_or(TimeZone::UTC);
    at.to_zoned(zone).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_warehouse_stands_at_a_known_place() {
        let home = ship_from();
        assert_eq!((home.city, home.state, home.zip5), ("Columbus", "OH", "43215"));
    }
}
