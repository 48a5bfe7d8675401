//! The distributor's customers: two hundred firms, each with one to three ship-to addresses.

use fastrand::Rng;

use super::places::{Place, places};
use super::table::{Fields, Tables};

/// A customer, as far as orders need to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// The code.
    pub code: String,
    /// The firm's name.
    pub name: String,
    /// Telephone; some have none.
    pub telephone: String,
    /// Whether credit control has put it on hold.
    pub on_hold: bool,
    /// Where it receives goods; the first is its main address.
    pub places: Vec<&'static Place>,
}

/// How many customers there are.
pub const CUSTOMERS: usize = 200;

/// The two hundred customers; the seed decides who they are and where they live.
pub(crate) fn seeded(rng: &mut Rng) -> Vec<Customer> {
    let mut names: Vec<(usize, usize)> =
        (0..FIRST.len()).flat_map(|one| (0..SECOND.len()).map(move |two| (one, two))).collect();
    rng.shuffle(&mut names);
    names.into_iter().take(CUSTOMERS).enumerate().map(|(index, name)| customer(index, name, rng)).collect()
}

fn customer(index: usize, (first, second): (usize, usize), rng: &mut Rng) -> Customer {
    let (short, long) = SECOND[second];
    let initials: String = FIRST[first].chars().filter(char::is_ascii_alphabetic).take(4).collect();
    // A name outside ASCII now and then: the tables are Windows-1252, so it is legal there.
    let name = match index {
        57 => format!("Peña {long}"),
        143 => format!("Café Lumière {long}"),
        _ => format!("{} {long}", FIRST[first]),
    };
    let homes = places();
    let mut addresses: Vec<&Place> =
        (0..=rng.usize(0..3)).map(|_| &homes[rng.usize(0..homes.len())]).filter(|it| !it.twin).collect();
    addresses.dedup();
    if addresses.is_empty() {
        addresses.extend(super::places::plain_commercial().nth(index % 40));
    }
    Customer {
        code: format!("{}{short}{index:03}", initials.to_uppercase()),
        name,
        telephone: if index % 50 == 49 { String::new() } else { telephone(rng) },
        on_hold: index % 25 == 24,
        places: addresses,
    }
}

/// A number in the exchange that is set aside for fiction.
fn telephone(rng: &mut Rng) -> String {
    format!("{}-555-01{:02}", AREA_CODES[rng.usize(0..AREA_CODES.len())], rng.u32(0..100))
}

pub(crate) fn fill(customers: &[Customer], tables: &mut Tables) {
    for customer in customers {
        let mut fields = Fields::new()
            .text("Customer", &customer.code)
            .text("Name", &customer.name)
            .text("ShortName", customer.name.chars().take(20).collect::<String>())
            .text("Telephone", &customer.telephone)
            .text("Contact", "Receiving")
            .text("Email", format!("receiving@{}.example", customer.code.to_lowercase()))
            .text("Currency", "USD")
            .text("ShippingInstrs", super::ship_via::GROUND.text)
            .text("ShippingInstrsCod", super::ship_via::GROUND.code)
            .text("CustomerOnHold", if customer.on_hold { "Y" } else { "N" });
        if let Some(place) = customer.places.first() {
            let [one, two, three, ..] = [place.street_line(), unit(place), place.city.to_owned()];
            fields = fields
                .text("SoldToAddr1", &one)
                .text("SoldToAddr2", &two)
                .text("SoldToAddr3", &three)
                .text("SoldToAddr5", "USA")
                .text("SoldPostalCode", place.zip5)
                .text("ShipToAddr1", one)
                .text("ShipToAddr2", two)
                .text("ShipToAddr3", three)
                .text("ShipToAddr5", "USA")
                .text("ShipPostalCode", place.zip5)
                .text("City", place.city)
                .text("State", place.state);
        }
        tables.put("ArCustomer", fields);
        for (index, place) in customer.places.iter().enumerate() {
            tables.put("ArMultAddress", ship_to_address(customer, index, place));
        }
    }
}

fn ship_to_address(customer: &Customer, index: usize, place: &Place) -> Fields {
    Fields::new()
        .text("Customer", &customer.code)
        .text("AddrCode", address_code(index))
        .text("ShipToName", &customer.name)
        .text("ShipToAddr1", place.street_line())
        .text("ShipToAddr2", unit(place))
        .text("ShipToAddr3", place.city)
        .text("ShipToAddr5", "USA")
        .text("ShipPostalCode", place.zip5)
        .text("City", place.city)
        .text("State", place.state)
}

/// The ship-to code of a customer's `index`th address: `01`, `02` …
pub(crate) fn address_code(index: usize) -> String {
    format!("{:02}", index + 1)
}

fn unit(place: &Place) -> String {
    place.unit.clone().unwrap_or_default()
}

const AREA_CODES: &[&str] = &["216", "303", "312", "404", "503", "510", "602", "614", "713", "816", "901", "919"];

const FIRST: &[&str] = &[
    "Bayview",
    "Cascade",
    "Prairie",
    "Ironwood",
    "Lakeshore",
    "Summit",
    "Granite",
    "Redstone",
    "Blue Heron",
    "Northgate",
    "Southfork",
    "Eastlake",
    "Westbrook",
    "Keystone",
    "Copper Ridge",
    "Silver Creek",
    "Pinnacle",
    "Harborside",
    "Millstone",
    "Highland",
];

const SECOND: &[(&str, &str)] = &[
    ("TS", "Tool & Supply"),
    ("PW", "Pump Works"),
    ("EL", "Electric Inc"),
    ("FB", "Fabrication LLC"),
    ("MS", "Mechanical Services"),
    ("DW", "Dairy Works"),
    ("IR", "Irrigation Co"),
    ("PL", "Plastics Corp"),
    ("BR", "Brewing Company"),
    ("MR", "Marine Repair"),
    ("FP", "Food Processing"),
    ("WT", "Water Treatment"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customers_are_distinct_and_the_same_for_the_same_seed() {
        let one = seeded(&mut Rng::with_seed(7));
        assert_eq!(one, seeded(&mut Rng::with_seed(7)));
        assert_ne!(one, seeded(&mut Rng::with_seed(8)));
        let mut codes: Vec<_> = one.iter().map(|it| it.code.clone()).collect();
        codes.sort();
        codes.dedup();
        assert_eq!(codes.len(), CUSTOMERS);
        assert!(codes.iter().all(|it| it.len() <= 15));
        assert!(one.iter().all(|it| !it.places.is_empty()));
    }
}
