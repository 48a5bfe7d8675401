//! The distributor's suppliers: a dozen manufacturers with one address each.

use super::places::{Place, plain_commercial};
use super::table::{Fields, Tables};

/// A supplier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Supplier {
    /// The code.
    pub code: String,
    /// The firm's name.
    pub name: &'static str,
    /// Where it takes goods back.
    pub place: &'static Place,
}

const NAMES: [&str; 12] = [
    "Tidewater Pump Manufacturing",
    "Alder Motor Corporation",
    "Brightwater Valve Foundry",
    "Corbin Brass Fittings",
    "Delmar Hose & Rubber",
    "Eastgate Clamp Works",
    "Foothill Gasket Company",
    "Grandview Seals Inc",
    "Hollis Bearing Supply",
    "Inland Gauge & Instrument",
    "Juniper Filtration",
    "Kestrel Tank Fabricators",
];

/// Every supplier, the same whatever the seed.
#[must_use]
pub fn suppliers() -> Vec<Supplier> {
    // Places further down the list, so that few customers share them.
    let places: Vec<&'static Place> = plain_commercial().skip(20).collect();
    NAMES
        .iter()
        .zip(places)
        .enumerate()
        .map(|(index, (name, place))| Supplier { code: format!("SUP{index:03}"), name, place })
        .collect()
}

pub(crate) fn fill(tables: &mut Tables) {
    for supplier in suppliers() {
        tables.put(
            "ApSupplier",
            Fields::new()
                .text("Supplier", &supplier.code)
                .text("SupplierName", supplier.name)
                .text("Telephone", "614-555-0142")
                .text("Email", format!("returns@{}.example", supplier.code.to_lowercase()))
                .text("Contact", "Returns desk")
                .text("Currency", "USD")
                .text("TermsCode", "30")
                .text("Nationality", "USA"),
        );
        let place = supplier.place;
        tables.put(
            "ApSupplierAddr",
            Fields::new()
                .text("Supplier", &supplier.code)
                .text("SupAddr1", place.street_line())
                .text("SupAddr2", place.unit.clone().unwrap_or_default())
                .text("SupAddr3", place.city)
                .text("SupAddr5", "USA")
                .text("SupPostalCode", place.zip5)
                .text("State", place.state)
                .text("City", place.city),
        );
    }
}
