//! Customs: goods that cross a border, whose value UPS asks for.

use connector::engine::wishes::Wish;
use sandbox::world::{DispatchNoteSpec, ShipTo};
use sandbox::{Call, Kind};
use shipment::address::Address;
use shipment::document::Source;

use crate::dock::{Dock, SetUp, Way, note};

/// A consignee in Toronto. UPS checks no streets there.
fn in_toronto() -> ShipTo {
    let mut to = ShipTo::default().name("Lakeshore Pump & Supply").state("ON").postal_code("M5J 2J2");
    for (line, text) in [(1, "200 Bay St"), (3, "Toronto"), (5, "CANADA")] {
        to = to.line(line, text);
    }
    to
}

/// A consignee in Puerto Rico, which is a state in SYSPRO and a country to UPS.
fn in_san_juan() -> ShipTo {
    let to = ShipTo::default().name("Isla Bombas").state("PR").postal_code("00907");
    to.line(1, "1055 Ave Ashford").line(3, "San Juan")
}

/// A site whose ground shipments go by Standard, as UPS calls it across the border.
fn across_the_border() -> SetUp {
    Dock::set_up().setting("ship_via.0.service", "11").setting("address.phone.stand_in", "614 555 0100")
}

in_every_way!(goods_go_to_canada_with_their_value);

async fn goods_go_to_canada_with_their_value(way: Way) {
    let dock = across_the_border().way(way).setting("write_back.purchase_form", toml::Table::new()).open().await;
    dock.places_to(way.source, "700100", in_toronto());
    dock.settle().await;
    assert_eq!(dock.labels_bought(), 1, "{}", dock.audit_of("700100").await);
    // One valve. A purchase order's price is what we pay, an invoice's what was invoiced.
    assert_eq!(dock.ledger().labels[0].goods_value.as_deref(), Some("98.00 USD"), "{:?}", way.source);
    dock.until_quiet().await;
}

/// Puerto Rico: UPS knows no such street, a person says that it is right, and the value goes along.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn goods_go_to_puerto_rico_with_their_value() {
    let dock = Dock::set_up().setting("address.phone.stand_in", "614 555 0100").open().await;
    dock.releases([DispatchNoteSpec::new("700").to(in_san_juan()).line("VLV-1020", 3)]);
    dock.settle().await;
    if dock.labels_bought() == 0 {
        assert_eq!(dock.held_because("700").await, "address_not_found");
        let address = Address {
            name: "Isla Bombas".to_owned(),
            attention: None,
            lines: vec!["1055 AVE ASHFORD".to_owned()],
            city: "SAN JUAN".to_owned(),
            state: "PR".to_owned(),
            postal_code: "00907".to_owned(),
            phone: Some("6145550100".to_owned()),
            email: None,
            country: "PR".to_owned(),
        };
        dock.wishes_because("700", Wish::Address { address }, "asked by telephone").await;
        dock.settle().await;
    }
    assert_eq!(dock.labels_bought(), 1, "{}", dock.audit_of("700").await);
    assert_eq!(dock.ledger().labels[0].goods_value.as_deref(), Some("294.00 USD"));
    dock.until_quiet().await;
}

/// The order is in Canadian dollars and the UPS account is not: a person decides, nothing is reckoned.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_foreign_currency_is_asked_about() {
    let dock = across_the_border().open().await;
    dock.releases([note("700").of_order("500").to(in_toronto()).currency("CAD")]);
    dock.until_quiet().await;
    let hold = dock.hold_of("700").await;
    assert_eq!(hold.code(), "no_goods_value");
    assert!(hold.words().contains("the document is in CAD, and the site's UPS account in USD"), "{}", hold.words());
    assert_eq!(dock.labels_bought(), 0);
}

/// A company calls its dollars "$": the site says what that means.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_company_s_own_currency_code_is_explained_by_the_site() {
    let spec = |number: &str| note(number).of_order("500").to(in_toronto()).currency("$");
    let dock = across_the_border().open().await;
    dock.releases([spec("700")]);
    dock.until_quiet().await;
    assert!(dock.hold_of("700").await.words().contains("names no currency"), "{}", dock.hold_of("700").await.words());

    let code = toml::Value::Array(vec!["$".into(), "USD".into()]);
    let dock = across_the_border().setting("currencies", vec![code]).open().await;
    dock.releases([spec("700")]);
    dock.until_quiet().await;
    assert_eq!(dock.ledger().labels[0].goods_value.as_deref(), Some("98.00 USD"));
}

/// The operator may not see prices: SYSPRO leaves them out without a word. Nothing is declared until it is allowed to.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_price_the_operator_may_not_see_is_not_nought() {
    for source in [Source::DispatchNotes, Source::SalesOrders] {
        let way = Way { transport: "rest", odata: false, source };
        let dock =
            across_the_border().way(way).syspro(|it| it.hidden_elements = vec!["MPrice".to_owned()]).open().await;
        dock.places_to(source, "700", in_toronto());
        dock.until_quiet().await;
        let hold = dock.hold_of("700").await;
        assert_eq!(hold.code(), "no_goods_value");
        assert!(hold.words().contains("line 1 (VLV-1020) shows no price"), "{}", hold.words());

        dock.sandbox.syspro().manners(|it| it.hidden_elements.clear());
        dock.wishes("700", Wish::Retry).await;
        dock.until_quiet().await;
        assert_eq!(dock.ledger().labels[0].goods_value.as_deref(), Some("98.00 USD"));
        assert_eq!(dock.stage_of("700").await, "delivered");
    }
}

/// The answer is lost, and label recovery finds no references of shipments abroad, where they stand on the shipment and not
/// on its packages: the manifest of Quantum View names the number.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_lost_answer_abroad_is_found_in_a_manifest() {
    let dock = across_the_border()
        .setting("ups.quantum_view", true)
        .ups(|it| it.recovery_finds_international = false)
        .open()
        .await;
    dock.loses_the_answer_to(Call::Ship, Kind::Reset);
    dock.releases([note("700").to(in_toronto())]);
    dock.until_quiet().await;
    assert!(dock.booked("700").await.waybill.adopted, "{}", dock.audit_of("700").await);
    assert_eq!((dock.asked(&Call::Ship), dock.labels_bought()), (1, 1));
}
