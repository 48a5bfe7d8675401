//! `address`: the customers' addresses at UPS, asked once and reported for people, spreadsheets and programs.

use crate::Desk;

/// The whole book is asked once; the second call has nothing left to ask, and says the same.
#[tokio::test(flavor = "multi_thread")]
async fn the_address_book_is_checked_and_reported() {
    let desk = Desk::applied(4).await;
    let said = desk.run(&["address", "check", "--json"]).await;
    let first = said.value();
    let all = first["progress"]["all"].as_u64().expect("a number");
    assert!(all > 10 && first["progress"]["asked"].as_u64() == Some(all), "{first}");
    let confirmed = first["counts"]["confirmed"].as_u64().expect("a number");
    let open = first["addresses"].as_array().map_or(0, Vec::len);
    assert_eq!(confirmed + u64::try_from(open).expect("a few"), all, "{first}");
    // What is left to a person is told by the exit code.
    assert_eq!(said.code, Some(if open == 0 { 0 } else { 2 }), "{}{}", said.out, said.err);

    let again = desk.run(&["address", "check", "--json"]).await.value();
    assert_eq!((again["progress"]["known"].as_u64(), again["progress"]["asked"].as_u64()), (Some(all), Some(0)));
    let told = desk.run(&["address", "report"]).await.out;
    assert!(told.contains(&format!("{all} addresses checked: ")), "{told}");
    let csv = desk.run(&["address", "report", "--csv"]).await.out;
    assert!(csv.starts_with("customer,ship_to_code,verdict,"), "{csv}");
    let corrected = first["counts"]["corrected"].as_u64().unwrap_or(0);
    let accepted = desk.run(&["address", "accept", "sandbox", "--all", "--json"]).await.value();
    assert_eq!(accepted["accepted"].as_u64(), Some(corrected));
    assert!(desk.sandbox.ledger().writes.is_empty());
}
