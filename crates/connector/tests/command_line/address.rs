//! `address`: the customers' addresses at UPS, asked once and reported for people, spreadsheets and programs.

use crate::Desk;

/// The whole book is asked once; the second call has nothing left to ask, and says the same.
#[tokio::test(flavor = "multi_thread")]
async fn the_address_book_is_checked_and_reported() {
    let desk = Desk::applied(4).await;
    let said = desk.run(&["address", "check", "--json"]).await;
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    let first = said.value();
    let all = first["progress"]["all"].as_u64().expect("a number");
    assert!(all > 10 && first["progress"]["asked"].as_u64() == Some(all), "{first}");
    assert_eq!(first["counts"]["confirmed"].as_u64(), Some(all), "{first}");

    let again = desk.run(&["address", "check", "--json"]).await.value();
    assert_eq!((again["progress"]["known"].as_u64(), again["progress"]["asked"].as_u64()), (Some(all), Some(0)));
    let told = desk.run(&["address", "report"]).await.out;
    assert!(told.contains(&format!("{all} addresses checked: {all} confirmed")), "{told}");
    let csv = desk.run(&["address", "report", "--csv"]).await.out;
    assert!(csv.starts_with("customer,ship_to_code,verdict,"), "{csv}");
    let accepted = desk.run(&["address", "accept", "sandbox", "--all", "--json"]).await.value();
    assert_eq!(accepted["accepted"], 0);
    assert!(desk.sandbox.ledger().writes.is_empty());
}
