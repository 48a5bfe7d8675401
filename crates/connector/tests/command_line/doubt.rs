//! `shipment show` and `shipment resolve` of a lost answer, and `reconcile`.

use sandbox::{Call, Fault, Kind};

use crate::Desk;

/// The answer is lost; the clerk sees what is known, may not say absent yet, reads the number on ups.com and adopts it.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_shown_and_resolved() {
    let desk = Desk::applied(20).await;
    let note = desk.ready_note();
    assert_ne!(desk.run(&["sync"]).await.code, Some(1));
    assert_eq!(desk.run(&["shipment", "approve", &note]).await.code, Some(0));
    desk.sandbox.faults().add(Fault::after(Call::Ship, Kind::Reset));
    // However slow this machine is, no question by reference comes before the clerk.
    desk.sandbox.ups().change(|manners| manners.recovery_hidden = jiff::SignedDuration::from_hours(1));
    assert_ne!(desk.run(&["sync"]).await.code, Some(1));

    let shown = desk.run(&["shipment", "show", &note]).await.out;
    for part in ["in doubt", "reference", "UPS says", "nothing yet", "counts from"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let doubt = desk.run(&["shipment", "show", &note, "--json"]).await.value()["doubt"].clone();
    assert_eq!((&doubt["at_the_desk"], &doubt["ups_says"]), (&false.into(), &serde_json::Value::Null), "{doubt}");
    assert!(doubt["absent_from"].as_str() > doubt["asked_at"].as_str(), "{doubt}");

    let early = desk.run(&["shipment", "resolve", &note, "--absent", "--reason", "not there", "--json"]).await;
    assert_eq!((early.code, &early.value()["put_down"]), (Some(2), &false.into()), "{}", early.out);
    let all = desk.run(&["shipment", "resolve", "--all", "--absent", "--reason", "not there"]).await;
    assert_eq!(all.code, Some(0), "{}", all.err);
    assert!(all.out.contains("nothing is at the in-doubt desk"), "{}", all.out);
    assert_eq!(desk.run(&["shipment", "resolve", &note, "--reason", "nothing said"]).await.code, Some(1));
    desk.write("decisions.csv", &format!("# of today\n{note},perhaps\n"));
    let file = desk.run(&["shipment", "resolve", "--file", "decisions.csv", "--reason", "of today"]).await;
    assert_eq!(file.code, Some(1));
    assert!(file.err.contains("decisions.csv, line 2"), "{}", file.err);

    let number = desk.sandbox.ledger().labels[0].tracking_number.clone();
    desk.write("decisions.csv", &format!("{note},adopt,{number}\n"));
    let preview = desk.run(&["shipment", "resolve", "--file", "decisions.csv", "--reason", "of today"]).await;
    assert_eq!(preview.code, Some(2), "{}", preview.err);
    assert!(preview.out.contains("--yes"), "{}", preview.out);
    desk.sandbox.ups().change(|manners| manners.recovery_hidden = jiff::SignedDuration::ZERO);
    let put_down = desk.run(&["shipment", "resolve", "--file", "decisions.csv", "--reason", "of today", "--yes"]).await;
    assert_eq!(put_down.code, Some(0), "{}{}", put_down.out, put_down.err);
    assert_ne!(desk.run(&["sync"]).await.code, Some(1));
    let shown = desk.run(&["shipment", "show", &note]).await.out;
    assert!(shown.contains(&number) && shown.contains("(quoted)"), "{shown}");
    assert_eq!(desk.sandbox.ledger().labels_bought(), 1);
}

/// Our labels and UPS's agree; what could not be compared is said, and a file is written for the spreadsheet.
#[tokio::test(flavor = "multi_thread")]
async fn our_labels_are_compared_with_ups() {
    let desk = Desk::applied(20).await;
    let note = desk.ready_note();
    assert_ne!(desk.run(&["sync"]).await.code, Some(1));
    assert_eq!(desk.run(&["shipment", "approve", &note]).await.code, Some(0));
    assert_ne!(desk.run(&["sync"]).await.code, Some(1));

    let same = desk.run(&["reconcile", "--csv", "differences.csv", "--json"]).await;
    assert_eq!(same.code, Some(0), "{}{}", same.out, same.err);
    let summed = same.value();
    assert_eq!((&summed["attempts"], &summed["need_a_person"]), (&1.into(), &0.into()), "{summed}");
    assert!(summed["not_compared"][0].as_str().is_some_and(|it| it.contains("Quantum View")), "{summed}");
    let csv = std::fs::read_to_string(desk.path().join("differences.csv")).expect("written");
    assert_eq!(csv, "difference,number,document,attempt,proposal\n");

    let number = desk.sandbox.ledger().labels[0].tracking_number.clone();
    desk.sandbox.ups().change(|manners| manners.recovery_hidden = jiff::SignedDuration::from_hours(1));
    let differs = desk.run(&["reconcile", "sandbox", "--csv", "differences.csv"]).await;
    assert_eq!(differs.code, Some(2), "{}{}", differs.out, differs.err);
    assert!(differs.out.contains("unknown at UPS") && differs.out.contains(&number), "{}", differs.out);
    let csv = std::fs::read_to_string(desk.path().join("differences.csv")).expect("written");
    assert!(csv.contains(&format!("\"unknown_there\",\"{number}\"")), "{csv}");
    let wrong = desk.run(&["reconcile", "--after", "yesterday"]).await;
    assert_eq!(wrong.code, Some(1));
}
