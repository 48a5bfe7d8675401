//! The pretend distributor and the streets it ships to.
//!
//! ```text
//! places ─► customers ┐
//! stock, ship_via ────┼─► spec ─► release ─► tables ─► syspro (e.net and OData)
//! orders (the seed) ──┘
//! ```
//!
//! A world is a company database: masters first, then documents. The same seed, number of
//! orders and start give the same world. What is *not* here: anything that knows how SYSPRO
//! answers; that is `syspro`.

pub mod customers;
pub(crate) mod key;
mod life;
pub mod orders;
pub mod places;
mod release;
pub(crate) mod schema;
pub mod ship_to;
pub mod ship_via;
pub mod spec;
pub mod stock;
pub(crate) mod table;

use fastrand::Rng;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

pub use customers::Customer;
pub use orders::{Intended, Trouble};
pub use places::Place;
pub use release::Released;
pub use ship_to::ShipTo;
pub use spec::DispatchNoteSpec;

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
    pub(crate) forms: Vec<FormField>,
    next_order: u32,
    next_note: u32,
    next_invoice: u32,
}

/// A field of the custom form on sales orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormField {
    /// Its name of at most six characters, by which COMSFM calls it.
    pub name: String,
    /// Its column in `CusSorMaster+`.
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
        let mut world = Self {
            tables,
            customers,
            intended: Vec::new(),
            forms: Vec::new(),
            next_order: 100_401,
            next_note: 502_001,
            next_invoice: 310_001,
        };
        for field in FormField::shipping() {
            world.add_form_field(field);
        }
        world
    }

    /// A company at work: `orders` documents of ours, and others beside them.
    /// `noise` mixes in documents that are nobody's business.
    pub(crate) fn seeded(seed: u64, orders: usize, noise: bool, start: Timestamp) -> Self {
        let mut world = Self::without_documents(seed);
        orders::fill(&mut world, &mut Rng::with_seed(seed ^ 0x0D0C), orders, noise, local_date(start));
        world
    }

    /// Adds a field to the sales order form.
    pub(crate) fn add_form_field(&mut self, field: FormField) {
        let kind = match field.kind {
            FormKind::Alpha(length) => table::Kind::Text(length),
            FormKind::Numeric => table::Kind::Number { precision: 18, scale: 6 },
            FormKind::Date => table::Kind::Date,
        };
        if let Some(table) = self.tables.table_mut(schema::ORDER_FORM) {
            table.add_column(&field.column, kind);
        }
        self.forms.push(field);
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
