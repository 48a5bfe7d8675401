//! Alarms: one open row for each cause, written with what causes it.

use shipment::alarm::Kind;

use super::super::{AlarmChange, AlarmFilter, NewAlarm, NewOutage, PollerRow};
use super::*;

on_both!(
    a_cause_seen_twice_is_one_alarm_and_one_that_comes_back_is_another,
    an_alarm_stands_or_falls_with_its_record,
    an_outage_is_one_alarm_which_names_what_it_is_now,
    a_brake_is_an_alarm_for_as_long_as_it_holds,
    pages_of_a_list_neither_overlap_nor_leave_out,
    a_person_ticks_off_with_a_reason_and_once
);

fn away(words: &str) -> NewAlarm {
    NewAlarm::of(&dayton(), Kind::PrinterAway, "dock", words, noon())
}

async fn open_ones(shelf: &Shelf) -> Vec<(Kind, String)> {
    let found = shelf.store.alarms(&AlarmFilter::default(), 50).await.expect("read");
    found.into_iter().map(|it| (it.kind, it.subject)).collect()
}

async fn a_cause_seen_twice_is_one_alarm_and_one_that_comes_back_is_another(on: On) {
    let shelf = Shelf::on(on).await;
    assert!(shelf.store.raise(&away("no answer")).await.expect("raised"));
    let again = NewAlarm { at: noon() + hours(1), ..away("no paper") };
    assert!(!shelf.store.raise(&again).await.expect("raised"));
    let found = shelf.store.alarms(&AlarmFilter::default(), 50).await.expect("read");
    let told: Vec<_> = found.iter().map(|it| (it.words.as_str(), it.times, it.raised_at, it.last_seen)).collect();
    assert_eq!(told, [("no paper", 2, noon(), noon() + hours(1))]);

    let at = noon() + hours(2);
    assert!(shelf.store.settle(&dayton(), Kind::PrinterAway, "dock", at).await.expect("settled"));
    assert!(!shelf.store.settle(&dayton(), Kind::PrinterAway, "dock", at).await.expect("settled"));
    assert_eq!(open_ones(&shelf).await, []);
    assert!(shelf.store.raise(&NewAlarm { at, ..away("no answer") }).await.expect("raised"));
    let filter = AlarmFilter { settled_too: true, ..AlarmFilter::default() };
    let all = shelf.store.alarms(&filter, 50).await.expect("read");
    let settled: Vec<_> = all.iter().map(|it| it.settled_at).collect();
    assert_eq!(settled, [None, Some(at)], "the newest first, the old one is history");
}

async fn an_alarm_stands_or_falls_with_its_record(on: On) {
    let shelf = Shelf::on(on).await;
    shelf.shipment("dayton", "000346").await;
    let row = shelf.claimed().await;
    let raise = AlarmChange::Raise(away("no answer").about(row.id));
    let stranger = Record { epoch: row.epoch - 1, alarms: vec![raise.clone()], ..record(&row, "booked") };
    assert_eq!(shelf.store.record(stranger).await.expect("answered"), Recorded::FencedOff);
    assert_eq!(open_ones(&shelf).await, [], "who lost the shipment raises nothing");

    let holder =
        Record { alarms: vec![raise], keep_lease: Some(Lease::of(noon(), hours(1))), ..record(&row, "booked") };
    shelf.store.record(holder).await.expect("recorded");
    assert_eq!(open_ones(&shelf).await, [(Kind::PrinterAway, "dock".to_owned())]);
    let settle = AlarmChange::Settle { kind: Kind::PrinterAway, subject: "dock".to_owned(), at: noon() };
    shelf.store.record(Record { alarms: vec![settle], ..record(&row, "booked") }).await.expect("recorded");
    assert_eq!(open_ones(&shelf).await, []);
}

async fn an_outage_is_one_alarm_which_names_what_it_is_now(on: On) {
    let shelf = Shelf::on(on).await;
    let outage = NewOutage {
        site: dayton(),
        remote: "ups".to_owned(),
        cause: "unreachable".to_owned(),
        words: "no answer".to_owned(),
        since: noon(),
        next_probe: Some(noon()),
        alarm: Some(Kind::SitePaused),
    };
    shelf.store.outage_open(&outage).await.expect("opened");
    let refused = NewOutage { alarm: Some(Kind::CredentialsFailing), words: "wrong password".to_owned(), ..outage };
    shelf.store.outage_open(&refused).await.expect("opened");
    assert_eq!(open_ones(&shelf).await, [(Kind::CredentialsFailing, "ups".to_owned())]);
    shelf.store.outage_close(&dayton(), "ups", noon()).await.expect("closed");
    assert_eq!(open_ones(&shelf).await, []);
}

async fn a_brake_is_an_alarm_for_as_long_as_it_holds(on: On) {
    let shelf = Shelf::on(on).await;
    let braked = PollerRow { paused_reason: Some("61 new orders in one poll".to_owned()), ..PollerRow::default() };
    shelf.store.put_poller(&dayton(), Source::Invoices, &braked, noon()).await.expect("put");
    assert_eq!(open_ones(&shelf).await, [(Kind::CycleBrake, Source::Invoices.code().to_owned())]);
    shelf.store.put_poller(&dayton(), Source::Invoices, &PollerRow::default(), noon()).await.expect("put");
    assert_eq!(open_ones(&shelf).await, []);
}

async fn pages_of_a_list_neither_overlap_nor_leave_out(on: On) {
    let shelf = Shelf::on(on).await;
    shelf.site("lima").await;
    for number in 0..7 {
        let name = if number % 2 == 0 { dayton() } else { site("lima") };
        let alarm = NewAlarm::of(&name, Kind::UnknownLabel, number.to_string(), "whose is it", noon());
        shelf.store.raise(&alarm).await.expect("raised");
    }
    let mut filter = AlarmFilter::default();
    let mut seen = vec![];
    loop {
        let page = shelf.store.alarms(&filter, 3).await.expect("read");
        let Some(last) = page.last() else { break };
        filter.before = Some((last.raised_at, last.id.clone()));
        seen.extend(page.into_iter().map(|it| it.subject));
    }
    seen.sort_unstable();
    assert_eq!(seen, ["0", "1", "2", "3", "4", "5", "6"]);
    let only = AlarmFilter { site: Some(site("lima")), kind: Some(Kind::UnknownLabel), ..AlarmFilter::default() };
    assert_eq!(shelf.store.alarms(&only, 50).await.expect("read").len(), 3);
    let none = AlarmFilter { kind: Some(Kind::Lost), ..only };
    assert_eq!(shelf.store.alarms(&none, 50).await.expect("read").len(), 0);
    let counts = shelf.store.alarms_open().await.expect("counted");
    assert_eq!(counts.iter().map(|it| it.open).collect::<Vec<_>>(), [4, 3]);
}

async fn a_person_ticks_off_with_a_reason_and_once(on: On) {
    let shelf = Shelf::on(on).await;
    shelf.store.raise(&NewAlarm::of(&dayton(), Kind::Lost, "1", "lost", noon())).await.expect("raised");
    let id = shelf.store.alarms(&AlarmFilter::default(), 1).await.expect("read").remove(0).id;
    let said = ("anna", "claim 12 is filed");
    assert!(shelf.store.alarm_done(&dayton(), &id, said, noon()).await.expect("done"));
    assert!(!shelf.store.alarm_done(&dayton(), &id, said, noon()).await.expect("done"));
    let row = shelf.store.alarm(&dayton(), &id).await.expect("read").expect("it is kept");
    assert_eq!((row.settled_by.as_deref(), row.settled_words.as_deref()), (Some("anna"), Some("claim 12 is filed")));
    let unknown = shelf.store.alarm_done(&dayton(), "nothing", said, noon()).await.expect_err("there is none");
    assert_eq!(unknown.code(), "store_unknown");
}
