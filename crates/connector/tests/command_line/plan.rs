//! `shipment plan` and `site probe`: they show what would happen, and nothing happens.

use connector::store::{Options, Store};
use sandbox::world::Trouble;
use serde_json::Value;

use crate::Desk;

/// The plan of a document nobody has seen yet shows the very request that is sent afterwards, byte for byte in meaning.
#[tokio::test(flavor = "multi_thread")]
async fn the_plan_is_what_is_done_afterwards() {
    let desk = Desk::applied(4).await;
    let note = desk.ready_note();
    let planned = desk.run(&["shipment", "plan", note.trim_start_matches('0'), "--json"]).await;
    assert_eq!(planned.code, Some(0), "{}{}", planned.out, planned.err);
    let plan = planned.value();
    assert_eq!((&plan["verdict"]["code"], &plan["next"]["code"]), (&"ours".into(), &"approval".into()));
    assert_eq!(plan["known"], Value::Null);
    let ledger = desk.sandbox.ledger();
    assert_eq!((ledger.labels_bought(), ledger.writes.len(), ledger.logons), (0, 0, 0));
    assert_eq!(desk.run(&["shipment", "list", "--json"]).await.out, "", "nothing is stored");

    assert_eq!(desk.run(&["sync"]).await.code, Some(0));
    let shipped = desk.run(&["shipment", "ship", &note]).await;
    assert_eq!(shipped.code, Some(0), "{}{}", shipped.out, shipped.err);
    let store = Store::open(&desk.path().join("data"), Options::default()).await.expect("a store");
    let row = store.find(None, &note.parse().expect("a number")).await.expect("read").pop().expect("known");
    let attempt = store.attempts_of(&row.site, row.id).await.expect("read").pop().expect("an attempt");
    store.close().await;
    let sent: Value = serde_json::from_str(&attempt.request).expect("JSON");
    assert_eq!(plan["request"], sent);

    let number = row.tracking_number.expect("booked").to_string();
    for after in plan["syspro_after"].as_array().expect("fields").iter().filter(|it| it["when"] == "booked") {
        let value = after["value"].as_str().expect("a value").replace("1ZXXXXXXXXXXXXXXXX", &number);
        let field = after["field"].as_str().expect("a field");
        let held = match field {
            "UserField1" | "UserField2" => desk.sandbox.syspro().read_field(&note, field),
            _ => {
                let order = plan["read"]["sales_orders"][0].as_str().expect("an order");
                desk.sandbox.syspro().form_value(order, field)
            }
        };
        let held = held.unwrap_or_default();
        assert!(held.starts_with(&value), "{field} holds {held:?}, the plan said {value:?}");
    }
    let again = desk.run(&["shipment", "plan", &note, "--json"]).await.value();
    assert_eq!(again["next"]["code"], "booked");
}

/// What a person would be asked is asked at once, and everything that is known besides is shown.
#[tokio::test(flavor = "multi_thread")]
async fn a_plan_shows_the_address_ups_would_have_instead() {
    let desk = Desk::applied(40).await;
    let misspelt = desk.troubled(Trouble::MisspeltStreet);
    let planned = desk.run(&["shipment", "plan", &misspelt, "--json"]).await;
    assert_eq!(planned.code, Some(2), "{}", planned.err);
    let plan = planned.value();
    assert_eq!(plan["hold"]["code"], "address_corrected");
    assert_eq!(plan["address"]["difference"][0]["part"], "street");
    assert!(plan["packages"].as_array().is_some_and(|it| !it.is_empty()));
    assert_eq!(plan["request"], Value::Null);
    let told = desk.run(&["shipment", "plan", &misspelt]).await.out;
    assert!(told.contains("To do: Ask the customer which is right"), "{told}");
}

/// A number SYSPRO does not have, and one that is not ours.
#[tokio::test(flavor = "multi_thread")]
async fn a_plan_of_nothing_says_why() {
    let desk = Desk::applied(40).await;
    let said = desk.run(&["shipment", "plan", "4711"]).await;
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("SYSPRO has no dispatch note 4711; check the number"), "{}", said.err);
    let other = desk.note_by("FedEx Ground");
    let said = desk.run(&["shipment", "plan", &other]).await;
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(said.out.contains("not ours: ship-via") && said.out.contains("it gets no shipment"), "{}", said.out);
}

/// What is ready is counted by status and ship-via, with each mapping and the lines nobody gave a mass.
#[tokio::test(flavor = "multi_thread")]
async fn a_probe_counts_what_is_ready_and_changes_nothing() {
    let desk = Desk::applied(40).await;
    let said = desk.run(&["site", "probe", "--json"]).await;
    assert_eq!(said.code, Some(0), "{}", said.err);
    let source = said.value()["sources"][0].clone();
    assert_eq!(source["ours"], 40);
    let counted: u64 =
        source["statuses"].as_array().into_iter().flatten().filter_map(|it| it["documents"].as_u64()).sum();
    assert_eq!(source["ready"].as_u64(), Some(counted));
    let via = |text: &str| {
        let all = source["ship_vias"].as_array().cloned().unwrap_or_default();
        all.into_iter().find(|it| it["ship_via"].as_str().is_some_and(|it| it.contains(text))).expect("that ship-via")
    };
    assert_eq!((&via("UPS Ground")["mapped"], &via("UPS Ground")["service"]), (&"service".into(), &"03".into()));
    assert_eq!(via("UPS Collect")["mapped"], "ignore");
    assert_eq!(via("FedEx Ground")["mapped"], "not_ours");
    assert_eq!(source["our_lines"]["without_mass"].as_u64(), Some(1));
    let ledger = desk.sandbox.ledger();
    assert_eq!((ledger.logons, ledger.logoffs, ledger.writes.len()), (1, 1, 0), "one session, given back");
    assert_eq!(desk.run(&["shipment", "list", "--json"]).await.out, "");
}

/// A SYSPRO nobody knows yet: its version, what there is of each kind, the form's fields, and what is left to ask.
#[tokio::test(flavor = "multi_thread")]
async fn a_probe_tells_what_it_found_out_and_asks_the_rest() {
    let desk = Desk::applied(40).await;
    desk.sandbox.syspro().remove_form_field("SHPDAT");
    let said = desk.run(&["site", "probe", "--json"]).await;
    assert_eq!(said.code, Some(0), "{}", said.err);
    let survey = said.value()["survey"].clone();
    assert!(survey["syspro_version"].is_string() && survey["company"].is_string(), "{survey}");
    let wanted = |kind: &str| {
        let kinds = survey["kinds"].as_array().cloned().unwrap_or_default();
        kinds.into_iter().find(|it| it["source"] == kind).expect("that kind")["wanted"].as_u64()
    };
    assert!(wanted("dispatch_notes").is_some_and(|count| count >= 40), "{survey}");
    assert!(wanted("invoices").is_some() && wanted("purchase_orders").is_some(), "{survey}");
    assert_eq!(survey["missing_in_odata"].as_array().map(Vec::len), Some(0), "{survey}");
    let questions = survey["questions"].to_string();
    assert!(questions.contains("Who creates SHPDAT"), "{questions}");
    assert!(questions.contains("in which unit"), "{questions}");

    let file = desk.run(&["site", "probe", "--file"]).await;
    let proposed = connector::config::SiteFile::parse(&file.out).map_err(|error| error.to_string());
    assert!(proposed.is_ok(), "{proposed:?}\n{}", file.out);
}

/// The bench is faster than the poll: it ships what nobody has seen yet, and finds the label where it says.
#[tokio::test(flavor = "multi_thread")]
async fn the_bench_ships_what_no_poll_has_seen() {
    let desk = Desk::applied(4).await;
    let note = desk.ready_note();
    let shipped = desk.run(&["shipment", "ship", &note, "--weight", "12.4", "--json"]).await;
    assert_eq!(shipped.code, Some(0), "{}{}", shipped.out, shipped.err);
    let shipped = shipped.value();
    let file = shipped["label_places"][0].as_str().expect("a file");
    assert!(file.contains(shipped["tracking_numbers"][0].as_str().expect("a number")), "{file}");
    let label = std::fs::read_to_string(desk.path().join(file)).expect("the label");
    assert!(label.contains("SAMPLE"), "{label}");
    assert_eq!(desk.sandbox.ledger().labels_bought(), 1);

    let again = desk.run(&["shipment", "ship", &note]).await;
    assert_eq!(again.code, Some(0));
    assert_eq!(desk.sandbox.ledger().labels_bought(), 1, "the same wish twice buys one label");
    let nothing = desk.run(&["shipment", "ship", "4711"]).await;
    assert_eq!(nothing.code, Some(1));
    assert!(nothing.err.contains("4711"), "{}", nothing.err);
}
