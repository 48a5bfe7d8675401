//! The seed's documents: what a distributor's day looks like.
//!
//! ```text
//! N orders ─► N dispatch notes of ours (about one in eleven with something wrong)
//!         ├─► 2N/5 others: not ready, other carriers, transfers, other warehouse …
//!         └─► sales orders without a dispatch note, in every status; invoices; purchase orders
//! ```
//!
//! *Ours* means: printed or ready to invoice, a shipping instruction of [`ship_via::OURS`], our
//! warehouse, an ordinary order of a customer in good standing. The list of what was intended
//! with each of them is kept, so that a test can compare.

use fastrand::Rng;
use jiff::ToSpan as _;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::customers::{Customer, address_code};
use super::places::{Place, places, plain_commercial};
use super::purchase::PurchaseOrderSpec;
use super::ship_to::{SPELLINGS, ShipTo, misspelt, spelled};
use super::spec::DispatchNoteSpec;
use super::{OTHER_WAREHOUSE, World, ship_via, stock};

/// What the seed meant with a document of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intended {
    /// The dispatch note, as stored.
    pub dispatch_note: String,
    /// What is wrong with it, if anything.
    pub trouble: Option<Trouble>,
}

/// Something a person has to settle before the parcel can go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trouble {
    /// The street is misspelt.
    MisspeltStreet,
    /// There is no postal code.
    NoPostalCode,
    /// A stock code has no mass.
    NoMass,
    /// The direction is missing: two streets fit.
    AmbiguousStreet,
    /// A post office box.
    PoBox,
    /// The city does not belong to the postal code.
    WrongCity,
    /// A single unit is heavier than any parcel may be.
    TooHeavy,
    /// There is a city but no street.
    NoStreet,
}

const TROUBLES: [Trouble; 8] = [
    Trouble::MisspeltStreet,
    Trouble::NoPostalCode,
    Trouble::NoMass,
    Trouble::AmbiguousStreet,
    Trouble::PoBox,
    Trouble::WrongCity,
    Trouble::NoStreet,
    Trouble::TooHeavy,
];

/// Kinds of documents that are none of a connector's business.
#[derive(Debug, Clone, Copy)]
enum Beside {
    NotPrinted,
    Completed,
    Cancelled,
    OnHold,
    Suspense,
    OtherCarrier,
    Transfer,
    CounterSale,
    OtherWarehouse,
    CreditNote,
}

const BESIDE: [Beside; 16] = [
    Beside::OtherCarrier,
    Beside::NotPrinted,
    Beside::Completed,
    Beside::OtherCarrier,
    Beside::OnHold,
    Beside::OtherCarrier,
    Beside::Cancelled,
    Beside::OtherCarrier,
    Beside::Transfer,
    Beside::OtherCarrier,
    Beside::OtherWarehouse,
    Beside::OtherCarrier,
    Beside::Suspense,
    Beside::OtherCarrier,
    Beside::CounterSale,
    Beside::CreditNote,
];

enum Document {
    Ours(Option<Trouble>),
    Beside(usize),
}

pub(crate) fn fill(world: &mut World, rng: &mut Rng, orders: usize, noise: bool, today: Date) {
    for document in mixed(rng, orders, noise) {
        match document {
            Document::Ours(trouble) => {
                let spec = ours(world, rng, trouble, today);
                let dispatch_note = world.release(&spec, today).dispatch_note;
                world.intended.push(Intended { dispatch_note, trouble });
            }
            Document::Beside(index) => beside(world, rng, index, today),
        }
    }
    if noise {
        for index in 0..orders.div_ceil(4) {
            order_without_note(world, rng, index, today);
        }
        purchase_orders(world, today);
    }
}

/// How many of `orders` documents have something wrong with them: nine in a hundred.
fn troubled(orders: usize) -> usize {
    (orders * 9 + 50) / 100
}

fn mixed(rng: &mut Rng, orders: usize, noise: bool) -> Vec<Document> {
    let bad = troubled(orders);
    let troubles = (0..bad).map(|it| Document::Ours(Some(TROUBLES[it % TROUBLES.len()])));
    let good = (bad..orders).map(|_| Document::Ours(None));
    let others = if noise { (orders * 2).div_ceil(5) } else { 0 };
    let mut all: Vec<Document> = troubles.chain(good).chain((0..others).map(Document::Beside)).collect();
    rng.shuffle(&mut all);
    all
}

fn ours(world: &World, rng: &mut Rng, trouble: Option<Trouble>, today: Date) -> DispatchNoteSpec {
    let customer = good_customer(world, rng);
    let spec = base(rng, today)
        .customer(&customer.code)
        .ship_via(our_ship_via(rng))
        .status(if rng.u32(0..100) < 15 { '7' } else { '5' })
        .to(ship_to(rng, customer));
    match trouble {
        None => goods(spec, rng),
        Some(Trouble::NoMass) => {
            let code = pick(rng, &stock::weightless().collect::<Vec<_>>()).code;
            spec.line(code, 1).line("VLV-1010", 2)
        }
        Some(Trouble::TooHeavy) => spec.line(stock::TOO_HEAVY, 1),
        Some(trouble) => goods(spec.to(troubled_ship_to(rng, customer, trouble)), rng),
    }
}

fn troubled_ship_to(rng: &mut Rng, customer: &Customer, trouble: Trouble) -> ShipTo {
    let streets: Vec<&Place> = plain_commercial().filter(|it| misspelt(&it.street_line()).is_some()).collect();
    let twins: Vec<&Place> = places().iter().filter(|it| it.twin).collect();
    let place = if trouble == Trouble::AmbiguousStreet { pick(rng, &twins) } else { pick(rng, &streets) };
    let ship_to = ShipTo::at(&customer.name, place);
    match trouble {
        Trouble::MisspeltStreet => {
            let street = misspelt(&place.street_line()).unwrap_or_default();
            ship_to.line(1, &street)
        }
        Trouble::NoPostalCode => ship_to.postal_code(""),
        Trouble::AmbiguousStreet => ship_to.line(1, &place.line_without_direction()),
        Trouble::PoBox => ship_to.line(1, &format!("PO Box {}", rng.u32(100..9_000))).line(2, ""),
        Trouble::WrongCity => ship_to.line(3, elsewhere(rng, place)),
        Trouble::NoStreet => ship_to.line(1, "").line(2, ""),
        Trouble::NoMass | Trouble::TooHeavy => ship_to,
    }
}

/// Another city, in another state than the place's.
fn elsewhere(rng: &mut Rng, place: &Place) -> &'static str {
    let far: Vec<&str> =
        places().iter().filter(|it| it.state != place.state && it.city != place.city).map(|it| it.city).collect();
    pick(rng, &far)
}

fn beside(world: &mut World, rng: &mut Rng, index: usize, today: Date) {
    let customer = good_customer(world, rng).clone();
    let spec = goods(base(rng, today), rng).customer(&customer.code).to(ship_to(rng, &customer));
    match BESIDE[index % BESIDE.len()] {
        Beside::OtherCarrier => {
            let via = ship_via::OTHERS[index / 2 % ship_via::OTHERS.len()];
            world.release(&spec.ship_via(via), today);
        }
        Beside::NotPrinted => {
            world.release(&spec.status('3').ship_via(our_ship_via(rng)), today);
        }
        Beside::Completed => {
            let note = world.release(&spec.status('7').ship_via(our_ship_via(rng)), today).dispatch_note;
            world.invoice(&note, today);
        }
        Beside::Cancelled => {
            world.release(&spec.status('*').order_status('\\'), today);
        }
        Beside::OnHold => {
            world.release(&on_hold(spec, world, rng).status('H'), today);
        }
        Beside::Suspense => {
            world.release(&on_hold(spec, world, rng).status('S').order_status('S'), today);
        }
        Beside::Transfer => {
            world.release(&spec.transfer_to(OTHER_WAREHOUSE), today);
        }
        Beside::CounterSale => {
            world.release(&spec.counter_sale(), today);
        }
        Beside::OtherWarehouse => {
            world.release(&spec.warehouse(OTHER_WAREHOUSE), today);
        }
        Beside::CreditNote => {
            world.release(&spec.document_type('C'), today);
        }
    }
}

/// The same document for a customer whom credit control has put on hold.
fn on_hold(spec: DispatchNoteSpec, world: &World, rng: &mut Rng) -> DispatchNoteSpec {
    let held: Vec<&Customer> = world.customers.iter().filter(|it| it.on_hold).collect();
    let customer = pick(rng, &held);
    spec.customer(&customer.code).to(ship_to(rng, customer))
}

const ORDER_STATUSES: [char; 11] = ['4', '1', '2', '3', '8', '9', '0', 'F', 'S', '*', '\\'];

/// An order of a company's other half, which does not use dispatch notes.
fn order_without_note(world: &mut World, rng: &mut Rng, index: usize, today: Date) {
    let customer = good_customer(world, rng).clone();
    let via = if index.is_multiple_of(3) { pick(rng, &ship_via::OTHERS) } else { our_ship_via(rng) };
    let status = ORDER_STATUSES[index % ORDER_STATUSES.len()];
    let spec = goods(base(rng, today), rng)
        .customer(&customer.code)
        .to(ship_to(rng, &customer))
        .ship_via(via)
        .order_status(status);
    // Orders of the web shop have keys that are not all digits, which are stored as entered.
    let spec = if index % 4 == 1 { spec.of_order(&format!("100-{}", 15_000 + index)) } else { spec };
    let order = world.place_order(&spec, today).sales_order;
    if status == '9' {
        world.invoice_order(&order, today);
    }
}

fn base(rng: &mut Rng, today: Date) -> DispatchNoteSpec {
    let ordered = today.saturating_sub(rng.i64(1..13).days());
    let required = today.saturating_add(rng.i64(0..4).days());
    DispatchNoteSpec::next().ordered(ordered).required(required).customer_po(&format!(
        "{}{:05}",
        pick(rng, &["PO", "P", "45", "WEB-"]),
        rng.u32(1..99_999)
    ))
}

/// One to three lines, sometimes part of what was ordered, sometimes with a comment, a freight
/// line or a kit; light enough for a few parcels.
fn goods(spec: DispatchNoteSpec, rng: &mut Rng) -> DispatchNoteSpec {
    let codes: Vec<_> = stock::parcel_stock().collect();
    let mut spec = spec;
    let mut room = Decimal::from(if rng.u32(0..100) < 12 { 260 } else { 110 });
    for _ in 0..rng.u32(1..4) {
        let item = pick(rng, &codes);
        let mass = item.mass().unwrap_or(Decimal::ONE);
        let most = i64::try_from((room / mass).trunc()).unwrap_or(0).min(12);
        if most == 0 {
            continue;
        }
        let to_ship = rng.i64(1..=most);
        let back = if rng.u32(0..100) < 15 { rng.i64(1..6) } else { 0 };
        room -= mass * Decimal::from(to_ship);
        spec = spec.partial_line(item.code, to_ship + back, to_ship);
    }
    if spec.lines.is_empty() {
        spec = spec.line("VLV-1010", 2);
    }
    match rng.u32(0..100) {
        0..25 => spec.comment(pick(rng, &COMMENTS)),
        25..40 => spec.freight(rng.i64(900..4_500)),
        40..46 => spec.kit(1),
        46..52 => spec.misc("Small order charge", 750),
        _ => spec,
    }
}

const COMMENTS: [&str; 4] = [
    "Deliver to dock 4, ring for receiving",
    "Certificate of conformance inside",
    "Customer to be advised before delivery",
    "Goods remain our property until paid in full",
];

fn our_ship_via(rng: &mut Rng) -> ship_via::ShipVia {
    match rng.u32(0..100) {
        0..74 => ship_via::GROUND,
        74..90 => ship_via::SECOND_DAY,
        _ => ship_via::NEXT_DAY,
    }
}

/// A customer who may buy and can be telephoned.
fn good_customer<'a>(world: &'a World, rng: &mut Rng) -> &'a Customer {
    let good: Vec<&Customer> = world.customers.iter().filter(|it| !it.on_hold && !it.telephone.is_empty()).collect();
    pick(rng, &good)
}

/// One of a customer's addresses in one of the spellings nobody needs to ask about.
fn ship_to(rng: &mut Rng, customer: &Customer) -> ShipTo {
    let index = rng.usize(0..customer.places.len());
    let place = customer.places[index];
    let plain = ShipTo { ship_to_code: address_code(index), ..ShipTo::at(&customer.name, place) };
    spelled(plain, place, pick(rng, &SPELLINGS))
}

/// Six purchase orders: goods that come in, two returns, a drop-ship, and one complete.
fn purchase_orders(world: &mut World, today: Date) {
    let customer = world.customers[0].code.clone();
    let order = world.tables.under("SorMaster", &[]).next().map(|it| it.text("SalesOrder").to_owned());
    let specs = [
        PurchaseOrderSpec::next().inbound().supplier("SUP000").line("PMP-1020", 20),
        PurchaseOrderSpec::next().inbound().supplier("SUP002").line("VLV-1010", 200),
        PurchaseOrderSpec::next().supplier("SUP002").line("VLV-2010", 3),
        PurchaseOrderSpec::next().supplier("SUP007").line("SEA-0058", 6).comment("Returned: wrong face material"),
        PurchaseOrderSpec::next()
            .supplier("SUP010")
            .drop_ship(&customer, &order.unwrap_or_default())
            .line("FLT-0020", 2),
        PurchaseOrderSpec::next().inbound().supplier("SUP001").line("MTR-0100", 12).status('9'),
    ];
    for (spec, days) in specs.into_iter().zip(0_i64..) {
        let entered = today.saturating_sub(days.days());
        world.place_purchase_order(&spec.entered(entered), today);
    }
}

fn pick<T: Copy>(rng: &mut Rng, from: &[T]) -> T {
    from[rng.usize(0..from.len())]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn world(orders: usize) -> World {
        World::seeded(7, orders, true, "2026-09-14T13:00:00Z".parse().expect("an instant"))
    }

    /// Counts what a connector with a proper site file should take for its own.
    fn count_ours(world: &World) -> usize {
        let tables = &world.tables;
        tables
            .under("MdnMaster", &[])
            .filter(|note| matches!(note.text("DispatchNoteStatus"), "5" | "7"))
            .filter(|note| {
                tables.row("SorMaster", &[note.text("SalesOrder")]).is_some_and(|order| {
                    let mapped = ship_via::OURS.iter().any(|it| it.code == order.text("ShippingInstrsCod"));
                    mapped
                        && order.text("DocumentType") == "O"
                        && order.text("InterWhSale") == "N"
                        && order.text("CounterSalesFlag") == "N"
                        && order.text("Warehouse") == super::super::WAREHOUSE
                })
            })
            .count()
    }

    #[test]
    fn exactly_as_many_documents_as_asked_for_are_ours() {
        for orders in [0, 1, 5, 40, 200] {
            let world = world(orders);
            assert_eq!(count_ours(&world), orders);
            assert_eq!(world.intended.len(), orders);
            let bad = world.intended.iter().filter(|it| it.trouble.is_some()).count();
            assert_eq!(bad, troubled(orders));
            assert_eq!(world.tables.under("MdnMaster", &[]).count(), orders + (orders * 2).div_ceil(5));
        }
    }

    #[test]
    fn two_hundred_orders_show_every_status_carrier_and_trouble() {
        let world = world(200);
        let all = |table: &str, column: &str| -> BTreeSet<String> {
            world.tables.under(table, &[]).map(|it| it.text(column).to_owned()).collect()
        };
        for status in ["3", "5", "7", "9", "H", "S", "*"] {
            assert!(all("MdnMaster", "DispatchNoteStatus").contains(status), "{status}");
        }
        for via in ship_via::OURS.iter().chain(&ship_via::OTHERS) {
            assert!(all("MdnMaster", "ShippingInstrs").contains(via.text), "{}", via.text);
        }
        for status in ORDER_STATUSES {
            assert!(all("SorMaster", "OrderStatus").contains(&status.to_string()), "{status}");
        }
        let troubles: BTreeSet<_> = world.intended.iter().filter_map(|it| it.trouble).collect();
        assert_eq!(troubles.len(), TROUBLES.len());
        assert!(all("SorDetail", "LineType").is_superset(&["1", "4", "5", "6"].map(String::from).into()));
        assert!(all("SorDetail", "MBomFlag").contains("P"));
    }

    #[test]
    fn the_same_seed_gives_the_same_world() {
        let rows = |world: &World| format!("{:?}", world.tables.table("MdnDetail"));
        assert_eq!(rows(&world(40)), rows(&world(40)));
    }
}
