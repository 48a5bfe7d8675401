//! The outbox: written once with what it tells of, sent by one at a time, never lost.

use shipment::alarm::Kind;
use shipment::hold::Owner;

use super::super::{AlarmChange, AlarmFilter, Channel, NewAlarm, NewEvent, NewMail};
use super::*;

on_both!(
    a_mail_is_written_once_with_what_it_tells_of,
    a_claimed_notice_is_nobody_elses_until_its_lease_ends,
    programs_are_told_only_where_they_want_to_be,
    an_event_goes_with_its_record_or_not_at_all
);

fn alarm(subject: &str) -> NewAlarm {
    NewAlarm::of(&dayton(), Kind::SitePaused, subject, "no answer", noon())
}

async fn mail_of(shelf: &Shelf) -> NewMail {
    let news = shelf.store.news(&dayton()).await.expect("read");
    NewMail {
        owner: Owner::It,
        recipients: vec!["it@example.com".to_owned()],
        subject: "a remote system is away".to_owned(),
        body: "no answer\n".to_owned(),
        raised: news.raised.iter().map(|it| it.0.id.clone()).collect(),
        ended: news.ended.iter().map(|it| it.0.id.clone()).collect(),
        kinds: vec![Kind::SitePaused],
    }
}

async fn claimed(shelf: &Shelf, channel: Channel, real_now: Timestamp) -> Vec<super::super::NoticeRow> {
    let lease = Lease::of(real_now, hours(1));
    shelf.store.claim_notices(&dayton(), channel, noon() + hours(1), lease, 10).await.expect("claimed")
}

async fn a_mail_is_written_once_with_what_it_tells_of(on: On) {
    let shelf = Shelf::on(on).await;
    shelf.store.raise(&alarm("ups")).await.expect("raised");
    shelf.store.raise(&alarm("syspro")).await.expect("raised");
    let mail = mail_of(&shelf).await;
    assert_eq!(mail.raised.len(), 2);
    assert!(shelf.store.put_mails(&dayton(), std::slice::from_ref(&mail), noon()).await.expect("written"));
    assert!(!shelf.store.put_mails(&dayton(), &[mail], noon()).await.expect("answered"), "somebody was faster");
    assert_eq!(shelf.number("SELECT COUNT(*) FROM notices").await, 1);

    shelf.store.settle(&dayton(), Kind::SitePaused, "ups", noon() + hours(1)).await.expect("settled");
    let news = shelf.store.news(&dayton()).await.expect("read");
    assert_eq!((news.raised.len(), news.ended.len()), (0, 1), "its end is news once");
    assert_eq!(news.told, [(Owner::It, Kind::SitePaused, noon())]);
    let end = mail_of(&shelf).await;
    assert!(shelf.store.put_mails(&dayton(), &[end], noon()).await.expect("written"));
    assert_eq!(shelf.store.news(&dayton()).await.expect("read").ended.len(), 0);
}

async fn a_claimed_notice_is_nobody_elses_until_its_lease_ends(on: On) {
    let shelf = Shelf::on(on).await;
    shelf.store.raise(&alarm("ups")).await.expect("raised");
    let mail = mail_of(&shelf).await;
    shelf.store.put_mails(&dayton(), &[mail], noon()).await.expect("written");
    let real = noon();
    let first = claimed(&shelf, Channel::Mail, real).await;
    assert_eq!((first.len(), claimed(&shelf, Channel::Mail, real).await.len()), (1, 0));
    assert_eq!(first[0].recipients, ["it@example.com"]);

    let later = noon() + hours(2);
    shelf.store.notice_failed(&first[0], Some(later), "no room").await.expect("noted");
    assert_eq!(claimed(&shelf, Channel::Mail, real).await.len(), 0, "it waits");
    assert_eq!(shelf.store.next_notice(&dayton(), Channel::Mail).await.expect("read"), Some(later));
    shelf.store.send_now(&dayton(), noon()).await.expect("woken");
    let again = claimed(&shelf, Channel::Mail, real).await;
    assert_eq!((again[0].tries, again[0].id.as_str()), (1, first[0].id.as_str()), "the same mail");

    shelf.store.notice_sent(&first[0], noon()).await.expect("answered");
    assert_eq!(shelf.store.outboxes().await.expect("read").len(), 1, "who lost it has no say");
    shelf.store.notice_sent(&again[0], noon()).await.expect("noted");
    assert_eq!(shelf.store.outboxes().await.expect("read"), []);
    assert_eq!(shelf.store.notices(&dayton(), false, 10).await.expect("read"), []);
    assert_eq!(shelf.store.notices(&dayton(), true, 10).await.expect("read").len(), 1);
    assert_eq!(shelf.store.forget_notices(&dayton(), noon() + hours(1)).await.expect("forgotten"), 1);
}

async fn programs_are_told_only_where_they_want_to_be(on: On) {
    let shelf = Shelf::on(on).await;
    shelf.store.raise(&alarm("ups")).await.expect("raised");
    assert_eq!(claimed(&shelf, Channel::Webhook, noon()).await, []);
    shelf.store.tell_programs(&dayton(), Some(true), noon()).await.expect("switched");
    shelf.store.raise(&alarm("ups")).await.expect("raised");
    assert_eq!(claimed(&shelf, Channel::Webhook, noon()).await, [], "that it is seen again is no news");
    shelf.store.settle(&dayton(), Kind::SitePaused, "ups", noon()).await.expect("settled");
    let told = claimed(&shelf, Channel::Webhook, noon()).await;
    assert_eq!(told.iter().map(|it| it.title.as_str()).collect::<Vec<_>>(), ["alarm.settled"]);
    shelf.store.notice_sent(&told[0], noon()).await.expect("noted");
    assert_eq!(shelf.store.replay(&dayton(), noon(), noon()).await.expect("replayed"), 1);
    assert_eq!(claimed(&shelf, Channel::Webhook, noon()).await[0].id, told[0].id);

    shelf.store.tell_programs(&dayton(), Some(false), noon()).await.expect("switched");
    shelf.store.raise(&alarm("syspro")).await.expect("raised");
    assert_eq!(claimed(&shelf, Channel::Webhook, noon()).await, [], "milestones only");
    let open = shelf.store.alarms(&AlarmFilter::default(), 10).await.expect("read");
    assert_eq!(open.len(), 1, "an alarm is one whoever is told");
}

async fn an_event_goes_with_its_record_or_not_at_all(on: On) {
    let shelf = Shelf::on(on).await;
    shelf.store.tell_programs(&dayton(), Some(true), noon()).await.expect("switched");
    shelf.shipment("dayton", "000346").await;
    let row = shelf.claimed().await;
    let event = NewEvent { kind: "shipment.booked".to_owned(), data: serde_json::json!({ "n": 1 }), at: noon() };
    let raise = AlarmChange::Raise(alarm("ups"));
    let told = || Record { events: vec![event.clone()], alarms: vec![raise.clone()], ..record(&row, "booked") };
    let stranger = Record { epoch: row.epoch - 1, ..told() };
    assert_eq!(shelf.store.record(stranger).await.expect("answered"), Recorded::FencedOff);
    assert_eq!(claimed(&shelf, Channel::Webhook, noon()).await, []);
    shelf.store.record(told()).await.expect("recorded");
    let mut titles: Vec<String> =
        claimed(&shelf, Channel::Webhook, noon()).await.into_iter().map(|it| it.title).collect();
    titles.sort_unstable();
    assert_eq!(titles, ["alarm.raised", "shipment.booked"]);
}
