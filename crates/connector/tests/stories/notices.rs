//! Words to people and programs: once for each cause, to whom it concerns, and never lost.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connector::config::SecretName;
use shipment::alarm::Kind as Alarm;

use crate::dock::{Dock, SetUp, consignee, hours, minutes, note};
use crate::post_office::{Ear, Heard, PostOffice};

const EVERYBODY: &str = "all@example.com";
const IT: &str = "it@example.com";
/// Thirty-two bytes that are no secret.
const KEY: &[u8; 32] = b"0123456789abcdef0123456789abcdef";

fn mailing(office: &PostOffice) -> SetUp {
    Dock::set_up()
        .setting("mail.host", "127.0.0.1")
        .setting("mail.port", i64::from(office.port))
        .setting("mail.tls", "none")
        .setting("mail.from", "Connector <connector@example.com>")
        .setting("mail.to", vec![EVERYBODY])
        .setting("mail.it", vec![IT])
}

fn telling(ear: &Ear) -> SetUp {
    let mut file = toml::Table::new();
    file.insert("file".to_owned(), "webhook.secret".into());
    Dock::set_up()
        .setting("webhook.url", ear.url.as_str())
        .setting("webhook.secret", file)
        .secret(SecretName::WebhookSecret, &format!("whsec_{}", STANDARD.encode(KEY)))
}

/// As a receiver reckons it, from the standard's words.
fn is_signed(heard: &Heard) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, KEY);
    let tag = hmac::sign(&key, format!("{}.{}.{}", heard.id, heard.timestamp, heard.body).as_bytes());
    heard.signature == format!("v1,{}", STANDARD.encode(tag.as_ref()))
}

/// Twenty-five orders with a ship-via nobody has mapped, in one poll: one mail to IT, which says how many and what to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_storm_of_holds_is_one_mail_to_its_owner() {
    let office = PostOffice::open().await;
    let dock = mailing(&office).open().await;
    dock.releases((700..725).map(|it| note(&it.to_string()).ship_via_text("UPSX", "UPS 3rd party billing")));
    dock.advance(hours(3)).await;
    let taken = office.taken();
    let [mail] = taken.as_slice() else { panic!("{:?}", office.subjects()) };
    assert_eq!(mail.recipients, [IT]);
    assert_eq!(mail.subject(), format!("[{}, test] 25 × a shipment needs you", dock.site));
    assert!(mail.header("Message-ID").ends_with("@example.com>"), "{}", mail.header("Message-ID"));
    assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
    for part in ["UPS 3rd party billing", "and 5 more", "What to do:", "alarm list --site", "You get this for IT"] {
        assert!(mail.body.contains(part), "{part}: {}", mail.body);
    }
    assert!(!mail.body.contains("Summit Pump"), "no consignee's name leaves the house by mail");
}

/// UPS is away for two hours: one mail at once, and one digest that says that it is over.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_outage_is_told_at_once_and_its_end_in_the_digest() {
    let office = PostOffice::open().await;
    let dock = mailing(&office).open().await;
    dock.sandbox.shut_ups().await;
    dock.releases([note("700")]);
    dock.advance(minutes(2)).await;
    let site = &dock.site;
    assert_eq!(office.subjects(), [format!("[{site}, test] a remote system is away")]);
    dock.advance(minutes(120)).await;
    assert_eq!(office.subjects().len(), 1, "nobody is told the same thing again: {:?}", office.subjects());
    dock.sandbox.reopen_ups().await;
    dock.until_quiet().await;
    dock.advance(hours(2)).await;
    assert_eq!(office.subjects()[1..], [format!("[{site}, test] 1 item over")]);
    assert_eq!(dock.stage_of("700").await, "delivered");
}

/// The mail server is away for a night: nothing is lost, nothing is sent twice, and nobody is mailed that mail is away.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn mail_waits_for_its_server() {
    let mut office = PostOffice::open().await;
    let dock = mailing(&office).open().await;
    office.shut().await;
    dock.releases([note("700").ship_via_text("UPSX", "UPS 3rd party billing")]);
    dock.advance(hours(2)).await;
    assert_eq!(dock.alarm_kinds().await, [Alarm::MailAway, Alarm::NeedsYou]);
    office.reopen().await;
    office.refuse(true);
    dock.advance(hours(2)).await;
    assert!(dock.alarms().await[0].words.contains("no room just now"), "{:?}", dock.alarms().await[0].words);
    office.refuse(false);
    dock.advance(hours(12)).await;
    let site = &dock.site;
    assert_eq!(
        office.subjects(),
        [format!("[{site}, test] {}: a shipment needs you", dock.shipment("700").await.document)]
    );
    assert_eq!(dock.alarm_kinds().await, [Alarm::NeedsYou]);
}

/// Booked and delivered, an item and its end: each told once, signed, in the order it happened.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_program_hears_of_milestones_and_alarms() {
    let ear = Ear::open().await;
    let dock = telling(&ear).open().await;
    dock.releases([note("700").to(consignee("Denver"))]);
    dock.until_quiet().await;
    dock.advance(minutes(1)).await;
    assert_eq!(ear.types(), ["shipment.booked", "shipment.delivered"]);
    let number = dock.only_tracking_number();
    for heard in ear.heard() {
        assert!(is_signed(&heard), "{heard:?}");
        assert_eq!(heard.value()["data"]["tracking_numbers"][0], number);
        assert!(!heard.body.contains("Summit Pump"), "no consignee's name leaves the house");
    }
    dock.releases([note("701").ship_via_text("UPSX", "UPS 3rd party billing")]);
    dock.advance(minutes(1)).await;
    let last = ear.heard().pop().expect("told").value();
    assert_eq!((&last["type"], &last["data"]["kind"]), (&"alarm.raised".into(), &"needs_you".into()));
    dock.wishes("701", connector::engine::wishes::Wish::Withdraw).await;
    dock.advance(minutes(1)).await;
    assert_eq!(ear.types()[2..], ["alarm.raised", "alarm.settled"]);
}

/// The receiver fails for hours: the event comes again under the same id, a redirect is not followed, and a replay tells
/// it once more. One that answers 410 is left alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_receiver_that_fails_is_told_again() {
    let ear = Ear::open().await;
    let dock = telling(&ear).setting("webhook.events", vec!["booked"]).open().await;
    ear.answers(503);
    dock.releases([note("700")]);
    dock.until_quiet().await;
    dock.advance(hours(1)).await;
    ear.answers(307);
    dock.advance(hours(2)).await;
    let tries = ear.heard();
    assert!(tries.len() > 3 && tries.len() < 20, "spaced out: {}", tries.len());
    assert!(tries.iter().all(|it| it.id == tries[0].id && is_signed(it)), "one event, one id");
    assert_eq!(dock.alarm_kinds().await, [Alarm::ReceiverAway]);

    ear.answers(204);
    dock.advance(hours(2)).await;
    assert_eq!(ear.heard().len(), tries.len() + 1);
    assert_eq!(dock.alarm_kinds().await, []);
    let since = dock.now() - hours(24 * 30);
    assert_eq!(dock.app.store.replay(&dock.site, since, dock.now()).await.expect("a store"), 1);
    ear.answers(410);
    dock.advance(hours(5)).await;
    let all = ear.heard();
    assert_eq!(all.len(), tries.len() + 2, "who wants no more is told no more");
    assert_eq!(all[all.len() - 1].id, tries[0].id);
}
