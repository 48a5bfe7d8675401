//! The address book: customers' addresses are asked of UPS before an order needs them, and corrections become SYSPRO's.

use std::sync::Arc;

use connector::address_book::{self, Checked, Progress, Verdict};
use connector::app::SiteRuntime;
use connector::config::Mode;
use connector::engine::wishes::Wish;
use sandbox::syspro::CLERK;
use sandbox::world::{DispatchNoteSpec, ShipTo};
use sandbox::{Call, Fault, Kind};
use shipment::document::Source;
use syspro::{Enet, EnetSettings, PostalAddress, Posting, SetupVerb, ShipToChange};

use crate::dock::{Dock, Way, consignee, days, minutes};

/// Denver's known address as somebody mistyped it.
const MISSPELT: &str = "8753 Tecnoogy Dr";
const CORRECT: &str = "8753 TECHNOLOGY DR";

fn runtime(dock: &Dock) -> Arc<SiteRuntime> {
    dock.app.site(&dock.site).expect("the site")
}

async fn check(dock: &Dock, again_after: i64) -> Progress {
    let checked = address_book::check(&dock.app, &runtime(dock), days(again_after), |_| ()).await;
    checked.unwrap_or_else(|trouble| panic!("{trouble:?}"))
}

async fn found(dock: &Dock, verdict: Verdict) -> Vec<Checked> {
    let report = address_book::report(&dock.app.store, &dock.site).await.expect("a report");
    report.into_iter().filter(|it| it.finding.verdict == verdict).collect()
}

/// A clerk mistypes the street of a ship-to address in Denver.
async fn a_clerk_types(dock: &Dock, key: (&str, &str), street: &str) {
    let [_, _, town, ..] = consignee("Denver").lines;
    let address = PostalAddress {
        lines: [Some(street.to_owned()), None, Some(town), None, None],
        postal_code: Some("80216".to_owned()),
        state: Some("CO".to_owned()),
        ..PostalAddress::default()
    };
    a_clerk_enters(dock, key, address).await;
}

/// A clerk changes a ship-to address in SYSPRO.
async fn a_clerk_enters(dock: &Dock, (customer, code): (&str, &str), address: PostalAddress) {
    let known = dock.sandbox.credentials();
    let mut settings =
        EnetSettings::new(dock.sandbox.enet_url(), CLERK.0, CLERK.1.to_owned().into(), known.syspro_company);
    settings.company_password = Some(known.syspro_company_password.to_owned().into());
    let enet = Enet::new(settings).expect("a client");
    let token = enet.logon().await.expect("logged on");
    let change = ShipToChange { customer: customer.to_owned(), code: code.to_owned(), address };
    enet.arssma(&token, &[change], SetupVerb::Update, Posting::default()).await.expect("changed");
    enet.logoff(&token).await.expect("logged off");
}

/// The ship-to addresses of the book whose second line is empty, as customer and code.
fn ship_tos(dock: &Dock) -> Vec<(String, String)> {
    let syspro = dock.sandbox.syspro();
    let codes = ["01", "02", "03"];
    let all = syspro.customers().into_iter().flat_map(|it| codes.map(|code| (it.code.clone(), code.to_owned())));
    let plain = all.filter(|(customer, code)| {
        syspro.cell("ArMultAddress", &[customer, code], "ShipToAddr2").is_some_and(|line| line.trim().is_empty())
    });
    plain.collect()
}

/// The first of them.
fn a_ship_to(dock: &Dock) -> (String, String) {
    ship_tos(dock).into_iter().next().expect("a ship-to without a second line")
}

fn held(dock: &Dock, (customer, code): (&str, &str), column: &str) -> String {
    dock.sandbox.syspro().cell("ArMultAddress", &[customer, code], column).expect("a ship-to").trim().to_owned()
}

/// A street was mistyped: the book's check finds it, somebody accepts what UPS says, SYSPRO's ship-to address and the open
/// order that carries it are corrected, and both are read back.
async fn a_correction_goes_back_to_syspro(way: Way) {
    let dock = Dock::set_up().mode(Mode::Approve).way(way).open().await;
    let (customer, code) = a_ship_to(&dock);
    let key = (customer.as_str(), code.as_str());
    a_clerk_types(&dock, key, MISSPELT).await;
    let misspelt = ShipTo { ship_to_code: code.clone(), ..consignee("Denver").line(1, MISSPELT) };
    let order = |number: &str, status| {
        DispatchNoteSpec::next().of_order(number).customer(&customer).to(misspelt.clone()).order_status(status)
    };
    dock.orders([order("500", '1'), order("501", '9')]);

    let first = check(&dock, 90).await;
    assert_eq!((first.known, first.asked, first.unanswered), (0, first.all, 0));
    let corrected = found(&dock, Verdict::Corrected).await;
    assert_eq!(corrected.iter().map(|it| (it.customer.as_str(), it.ship_to_code.as_str())).collect::<Vec<_>>(), [key]);
    assert_eq!(corrected[0].finding.now.as_ref().expect("a proposal").lines, [CORRECT]);
    dock.app.drive().await.expect("driven");
    assert_eq!(held(&dock, key, "ShipToAddr1"), MISSPELT, "nobody has accepted it");

    assert!(dock.app.store.accept_correction(&dock.site, key, "ann", dock.now()).await.expect("accepted"));
    dock.app.drive().await.expect("driven");
    assert_eq!(held(&dock, key, "ShipToAddr1"), CORRECT);
    assert_eq!(held(&dock, key, "ShipPostalCode"), "80216-7555");
    assert_eq!(dock.field_in_syspro("500", "ShipAddress1"), CORRECT);
    assert_eq!(dock.field_in_syspro("501", "ShipAddress1"), MISSPELT, "it is complete");
    let told = found(&dock, Verdict::Corrected).await[0].outcome.clone();
    assert_eq!(told.as_deref(), Some("written and read back; 1 open order changed and read back"));

    // Written once; and what was written is asked about once more, because it is another text.
    let writes = dock.ledger().writes.len();
    dock.app.drive().await.expect("driven");
    assert_eq!(dock.ledger().writes.len(), writes);
    let again = check(&dock, 90).await;
    assert_eq!((again.known, again.asked), (first.all - 1, 1));
    assert!(found(&dock, Verdict::Corrected).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_correction_goes_back_to_syspro_by_rest_and_odata() {
    a_correction_goes_back_to_syspro(Way { transport: "rest", odata: true, source: Source::DispatchNotes }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_correction_goes_back_to_syspro_by_soap_alone() {
    a_correction_goes_back_to_syspro(Way { transport: "soap", odata: false, source: Source::DispatchNotes }).await;
}

/// UPS fails in the middle of the book: what was found is kept, and the next check asks the rest.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_check_that_was_broken_off_goes_on_where_it_was() {
    let dock = Dock::set_up().mode(Mode::Approve).open().await;
    dock.fault(Fault::before(Call::AddressValidation, Kind::Status(503)).times(5).skipping(3));
    let first = check(&dock, 90).await;
    assert_eq!((first.unanswered, first.asked), (5, first.all - 5));
    let second = check(&dock, 90).await;
    assert_eq!((second.known, second.asked, second.unanswered), (first.asked, 5, 0));
    let third = check(&dock, 90).await;
    assert_eq!((third.known, third.asked), (third.all, 0));
    assert_eq!(check(&dock, 0).await.asked, third.all, "asked anew when wished");
}

/// UPS checks no streets in Canada and Mexico, so it is not asked: whether postal code and province belong together is
/// told without it, and nobody is told that such an address is confirmed.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn in_canada_and_mexico_the_postal_code_is_compared_with_the_province() {
    let dock = Dock::set_up().mode(Mode::Approve).open().await;
    let abroad = |street: &str, town: &str, country: &str, state: &str, postal_code: &str| PostalAddress {
        lines: [Some(street), None, Some(town), None, Some(country)].map(|it| it.map(str::to_owned)),
        postal_code: Some(postal_code.to_owned()),
        state: Some(state.to_owned()),
        ..PostalAddress::default()
    };
    let addresses = [
        abroad("200 Bay St", "Toronto", "CANADA", "ON", "M5J 2J2"),
        abroad("200 Bay St", "Toronto", "CANADA", "BC", "M5J 2J2"),
        abroad("Av Constitucion 400", "Monterrey", "MEXICO", "NL", "64000"),
        abroad("Av Constitucion 400", "Monterrey", "MEXICO", "JA", "64000"),
    ];
    let keys: Vec<(String, String)> = ship_tos(&dock).into_iter().take(addresses.len()).collect();
    assert_eq!(keys.len(), addresses.len(), "the book is too small");
    for ((customer, code), address) in keys.iter().zip(addresses) {
        a_clerk_enters(&dock, (customer, code), address).await;
    }

    let checked = check(&dock, 90).await;
    assert_eq!((checked.asked, checked.unanswered), (checked.all, 0));
    let asked = u64::try_from(checked.all - keys.len()).expect("a count");
    assert!(dock.asked(&Call::AddressValidation) <= asked, "UPS was asked about streets that it does not check");
    for (verdict, at, words) in [
        (Verdict::Consistent, [0, 2], ["postal code and province belong together (ON)", "(NLE)"]),
        (Verdict::Inconsistent, [1, 3], ["M5J2J2 belongs to ON, not to BC", "64000 belongs to NLE, not to JA"]),
    ] {
        let found = found(&dock, verdict).await;
        assert_eq!(found.len(), 2, "{found:?}");
        for (index, words) in at.into_iter().zip(words) {
            let (customer, code) = &keys[index];
            let one = found.iter().find(|it| it.customer == *customer && it.ship_to_code == *code);
            let one = one.unwrap_or_else(|| panic!("{customer} {code} is not {verdict:?}"));
            assert!(one.finding.words.contains(words), "{}", one.finding.words);
            assert!(one.finding.now.is_none(), "nothing is proposed");
        }
    }
}

/// Somebody corrected the address in SYSPRO between the check and the acceptance: theirs is never overwritten.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_changed_since_the_check_is_never_overwritten() {
    let dock = Dock::set_up().mode(Mode::Approve).open().await;
    let (customer, code) = a_ship_to(&dock);
    let key = (customer.as_str(), code.as_str());
    a_clerk_types(&dock, key, MISSPELT).await;
    check(&dock, 90).await;
    a_clerk_types(&dock, key, "8755 Technology Dr").await;
    assert!(dock.app.store.accept_correction(&dock.site, key, "ann", dock.now()).await.expect("accepted"));
    dock.app.drive().await.expect("driven");
    assert_eq!(held(&dock, key, "ShipToAddr1"), "8755 Technology Dr");
    let told = found(&dock, Verdict::Corrected).await[0].outcome.clone().expect("settled");
    assert!(told.contains("changed in SYSPRO since it was checked"), "{told}");
}

/// What became of the one accepted correction.
async fn outcome(dock: &Dock) -> Option<String> {
    found(dock, Verdict::Corrected).await[0].outcome.clone()
}

/// Whatever only passes spends no acceptance and is no outcome: a later drive goes on from what stands in SYSPRO.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_passing_failure_spends_no_acceptance() {
    let dock = Dock::set_up().mode(Mode::Approve).open().await;
    let (customer, code) = a_ship_to(&dock);
    let key = (customer.as_str(), code.as_str());
    a_clerk_types(&dock, key, MISSPELT).await;
    let misspelt = ShipTo { ship_to_code: code.clone(), ..consignee("Denver").line(1, MISSPELT) };
    dock.orders([DispatchNoteSpec::next().of_order("500").customer(&customer).to(misspelt).order_status('1')]);
    check(&dock, 90).await;
    assert!(dock.app.store.accept_correction(&dock.site, key, "ann", dock.now()).await.expect("accepted"));
    let question = || Call::Query(Some("COMFND".to_owned()));
    let unavailable = |call| Fault::before(call, Kind::Status(503)).times(1);

    dock.fault(unavailable(Call::Setup(Some("ARSSMA".to_owned()))));
    dock.app.drive_shipments().await.expect("driven");
    assert_eq!((held(&dock, key, "ShipToAddr1").as_str(), outcome(&dock).await), (MISSPELT, None));
    dock.app.drive_shipments().await.expect("driven");
    assert_eq!(held(&dock, key, "ShipToAddr1"), MISSPELT, "it waits a minute, so that others have their turn");

    // It is written, and then the reading back fails.
    dock.fault(unavailable(question()).skipping(1));
    dock.passes(minutes(1)).await;
    dock.app.drive_shipments().await.expect("driven");
    assert_eq!((held(&dock, key, "ShipToAddr1").as_str(), outcome(&dock).await), (CORRECT, None));

    // It is proven, and then the orders cannot be read.
    dock.fault(unavailable(question()).skipping(1));
    dock.passes(minutes(2)).await;
    dock.app.drive_shipments().await.expect("driven");
    let told = outcome(&dock).await.expect("proven");
    assert!(told.starts_with("written and read back; its open orders wait: "), "{told}");
    assert_eq!(dock.field_in_syspro("500", "ShipAddress1"), MISSPELT);

    dock.passes(minutes(4)).await;
    dock.app.drive_shipments().await.expect("driven");
    assert_eq!(dock.field_in_syspro("500", "ShipAddress1"), CORRECT);
    assert_eq!(outcome(&dock).await.as_deref(), Some("written and read back; 1 open order changed and read back"));
    assert_eq!(dock.sandbox.faults().fired().len(), 3);
}

/// An order whose label is bought keeps the address that stands on it, and raises no alarm of our own making.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_order_on_its_way_is_left_and_named() {
    let dock = Dock::set_up().mode(Mode::Approve).open().await;
    let (customer, code) = a_ship_to(&dock);
    let key = (customer.as_str(), code.as_str());
    a_clerk_types(&dock, key, MISSPELT).await;
    let misspelt = ShipTo { ship_to_code: code.clone(), ..consignee("Denver").line(1, MISSPELT) };
    dock.releases([DispatchNoteSpec::new("700").of_order("500").customer(&customer).to(misspelt.clone())]);
    dock.settle().await;
    check(&dock, 90).await;
    let address = found(&dock, Verdict::Corrected).await[0].finding.now.clone().expect("a proposal");
    dock.wishes("700", Wish::Address { address }).await;
    dock.settle().await;
    dock.wishes("700", Wish::Ship { bench: None }).await;
    dock.settle().await;
    assert_eq!(dock.stage_of("700").await, "booked", "{}", dock.audit_of("700").await);

    assert!(dock.app.store.accept_correction(&dock.site, key, "ann", dock.now()).await.expect("accepted"));
    dock.app.drive().await.expect("driven");
    let told = "written and read back; order 500 is already on its way and was left";
    assert_eq!(outcome(&dock).await.as_deref(), Some(told));
    assert_eq!(held(&dock, key, "ShipToAddr1"), CORRECT);
    assert_eq!(dock.field_in_syspro("500", "ShipAddress1"), MISSPELT);
    assert_eq!(dock.asked(&Call::post("SORTOI")), 0);
    dock.settle().await;
    assert!(dock.booked("700").await.attention.is_empty());
}

/// The address was checked anew while its correction was being written: what became of the old one is not said of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_check_during_the_write_is_not_stamped() {
    let dock = Dock::set_up().mode(Mode::Approve).open().await;
    let (customer, code) = a_ship_to(&dock);
    let key = (customer.as_str(), code.as_str());
    a_clerk_types(&dock, key, MISSPELT).await;
    check(&dock, 90).await;
    let store = &dock.app.store;
    assert!(store.accept_correction(&dock.site, key, "ann", dock.now()).await.expect("accepted"));
    let taken = store.accepted_corrections(&dock.site, dock.now(), 1).await.expect("read").remove(0);
    store.put_address_check(&dock.site, &taken).await.expect("checked anew");
    assert!(!store.settle_correction(&dock.site, &taken, "written and read back").await.expect("settled"));
    assert_eq!(outcome(&dock).await, None);
    assert!(store.accept_correction(&dock.site, key, "ann", dock.now()).await.expect("accepted"));
    assert!(store.settle_correction(&dock.site, &taken, "written and read back").await.expect("settled"));
}
