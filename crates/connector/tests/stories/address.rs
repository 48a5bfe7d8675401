//! The address: SYSPRO's free lines become a place UPS delivers to, or a person is asked.

use connector::engine::wishes::Wish;
use sandbox::Call;
use sandbox::world::{DispatchNoteSpec, Place, ShipTo, places};
use shipment::address::Address;
use shipment::hold::Reason;

use crate::dock::{Dock, consignee, note};

fn going_to(number: &str, ship_to: ShipTo) -> DispatchNoteSpec {
    note(number).to(ship_to)
}

/// Denver's known address with a wrong street: two letters are missing.
fn misspelt() -> ShipTo {
    let right = consignee("Denver");
    let wrong = right.lines[0].replace("Technology", "Tecnoogy");
    assert_ne!(wrong, right.lines[0]);
    right.line(1, &wrong)
}

fn twin() -> &'static Place {
    places::places().iter().find(|it| it.twin).expect("a twin")
}

/// What UPS proposed for a held order, as the clerk accepts it.
async fn proposed_for(dock: &Dock, document: &str) -> Address {
    let Reason::AddressCorrected { was, candidate } = dock.hold_of(document).await.reason else {
        panic!("nothing was proposed for {document}")
    };
    candidate.applied_to(&was).expect("an address that fits")
}

/// Capitals, a long STREET, a missing ZIP+4: nobody needs to be asked, and the label carries UPS's spelling.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn another_spelling_is_taken_over() {
    let dock = Dock::open().await;
    let there = consignee("Denver");
    let street = there.lines[0].replace("Technology Dr", "TECHNOLOGY DRIVE");
    dock.releases([going_to("700", there.line(1, &street))]);
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
    let booked = dock.booked("700").await;
    assert_eq!(booked.rated.packed.addressed.address.lines, ["8753 TECHNOLOGY DR"]);
}

/// A misspelt street is another street to whoever delivers: the clerk is asked, accepts, and is not asked again.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_corrected_street_is_asked_about_once() {
    let dock = Dock::open().await;
    dock.releases([going_to("700", misspelt())]);
    dock.until_quiet().await;
    assert_eq!(dock.held_because("700").await, "address_corrected");
    assert_eq!(dock.labels_bought(), 0);

    let address = proposed_for(&dock, "700").await;
    dock.wishes_because("700", Wish::Address { address }, "asked by telephone").await;
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");

    // The same customer, the same words: remembered.
    dock.releases([going_to("701", misspelt())]);
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("701").await, "delivered");
    insta::assert_snapshot!(dock.booking_of("700").await, @r#"
    received dispatch note 700 for COPPDW000
    The order ships to "8753 Tecnoogy Dr, Denver CO 80216", but UPS knows the place as "8753 TECHNOLOGY DR, DENVER CO 80216-7555".
    ann: address chosen: 8753 TECHNOLOGY DR, DENVER CO 802167555: asked by telephone
    address as a person accepted it
    1 package, 5.3 lb
    quoted Ground 16.37 USD for 2026-09-14
    booking asked, attempt 1
    booked 1Z… for 16.37 USD
    1 label delivered to labels
    tracking number written and read back; freight cost and ship date written and read back
    "#);
    assert!(dock.audit_of("701").await.contains("address as a person accepted it"));
}

/// The clerk corrects the street in SYSPRO instead: the order goes on by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_street_corrected_in_syspro_goes_on_by_itself() {
    let dock = Dock::open().await;
    dock.releases([going_to("700", misspelt())]);
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "held");
    dock.sandbox.syspro().change_ship_to("700", &consignee("Denver"));
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
}

/// Another city than the ZIP code's: asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_wrong_city_is_asked_about() {
    let dock = Dock::open().await;
    dock.releases([going_to("700", consignee("Denver").line(3, "Aurora"))]);
    dock.until_quiet().await;
    assert_eq!(dock.held_because("700").await, "address_corrected");
}

/// North or south half of the street? UPS knows both, so the customer is asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_ambiguous_street_is_asked_about() {
    let dock = Dock::open().await;
    let place = twin();
    let ship_to = ShipTo::at("Harbor Electric", place).line(1, &place.line_without_direction());
    dock.releases([going_to("700", ship_to)]);
    dock.until_quiet().await;
    let hold = dock.hold_of("700").await;
    assert_eq!(hold.code(), "address_ambiguous");
    assert!(hold.words().contains("Meridian") || hold.words().contains("MERIDIAN"), "{}", hold.words());

    dock.sandbox.syspro().change_ship_to("700", &ShipTo::at("Harbor Electric", place));
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
}

/// UPS knows no such place: held, and kept as it is when the clerk says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_unknown_place_is_shipped_only_on_a_persons_word() {
    let dock = Dock::open().await;
    dock.releases([going_to("700", consignee("Denver").line(1, "1 New Plant Rd"))]);
    dock.until_quiet().await;
    assert_eq!(dock.held_because("700").await, "address_not_found");

    let right = dock.state_of("700").await.received().document.ship_to.clone();
    let address = Address {
        name: right.name,
        attention: None,
        lines: vec!["1 New Plant Rd".to_owned()],
        city: "Denver".to_owned(),
        state: "CO".to_owned(),
        postal_code: "80216".to_owned(),
        country: "US".to_owned(),
        phone: None,
        email: None,
    };
    dock.wishes("700", Wish::Address { address }).await;
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
}

/// UPS delivers to no post office box, so nobody even asks UPS.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_post_office_box_is_held_without_asking_ups() {
    let dock = Dock::open().await;
    dock.releases([going_to("700", consignee("Denver").line(1, "P.O. Box 1180"))]);
    dock.until_quiet().await;
    assert_eq!(dock.held_because("700").await, "po_box");
    assert_eq!(dock.asked(&Call::AddressValidation), 0);
}

/// A home is booked as one, because UPS charges for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_residential_address_is_booked_as_one() {
    let dock = Dock::open().await;
    let home = places::places().iter().find(|it| it.residential && it.unit.is_none()).expect("a home");
    dock.releases([going_to("700", ShipTo::at("J. Miller", home)), note("701")]);
    dock.until_quiet().await;
    let requests: Vec<String> = [dock.attempts_of("700").await, dock.attempts_of("701").await]
        .concat()
        .into_iter()
        .map(|it| it.request)
        .collect();
    assert!(requests[0].contains("ResidentialAddressIndicator"));
    assert!(!requests[1].contains("ResidentialAddressIndicator"));
}
