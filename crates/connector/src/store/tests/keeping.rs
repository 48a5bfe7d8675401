//! The quiet tables: sites, secrets, sessions, outages, lists and the views for reporting tools.

use secrecy::{ExposeSecret, SecretString};

use shipment::alarm::Kind;

use super::super::{Applied, Before, ListFilter, NewOutage, SessionKey, SessionState, Taken};
use super::*;
use crate::vault::{MasterKey, Vault};

on_both!(
    settings_go_by_versions_and_nothing_is_lost,
    a_new_site_books_nothing_by_itself,
    a_site_that_has_booked_keeps_its_environment,
    secrets_come_back_sealed_and_are_replaced,
    one_session_has_one_holder,
    an_outage_is_told_once,
    a_list_goes_on_behind_the_last_row_seen,
    a_list_finds_by_what_people_know,
    reporting_tools_read_plain_names_and_times
);

async fn settings_go_by_versions_and_nothing_is_lost(on: On) {
    let shelf = Shelf::on(on).await;
    let same = shelf.store.apply_site(&application("dayton", "name = \"x\"")).await.expect("applied");
    assert_eq!(same, Applied::Unchanged(1));
    let next = SiteApplication { mode: Some("automatic".to_owned()), ..application("dayton", "name = \"y\"") };
    assert_eq!(shelf.store.apply_site(&next).await.expect("applied"), Applied::Changed(2));
    let newest = shelf.store.site_settings(&dayton(), None).await.expect("read").expect("a version");
    assert_eq!((newest.version, newest.body.as_str()), (2, "name = \"y\""));
    let first = shelf.store.site_settings(&dayton(), Some(1)).await.expect("read").expect("a version");
    assert_eq!(first.body, "name = \"x\"");

    shelf.store.set_mode(&dayton(), "shadow", "anna", noon()).await.expect("changed");
    let row = shelf.store.site(&dayton()).await.expect("read").expect("a site");
    assert_eq!((row.mode.as_str(), row.settings_version), ("shadow", 2));
    let events = shelf.store.site_events(&dayton()).await.expect("read");
    let told: Vec<(i64, &str)> = events.iter().map(|event| (event.seq, event.words.as_str())).collect();
    assert_eq!(
        told,
        [
            (1, "settings version 1 applied"),
            (2, "settings version 2 applied"),
            (3, "mode is automatic"),
            (4, "mode is shadow"),
        ]
    );
}

async fn a_new_site_books_nothing_by_itself(on: On) {
    let shelf = Shelf::on(on).await;
    assert_eq!(shelf.store.site(&dayton()).await.expect("read").expect("a site").mode, "approve");
}

async fn a_site_that_has_booked_keeps_its_environment(on: On) {
    let shelf = Shelf::on(on).await;
    let production = SiteApplication { environment: "production".to_owned(), ..application("dayton", "") };
    shelf.store.apply_site(&production).await.expect("nothing is booked yet");
    shelf.shipment("dayton", "1").await;
    let row = shelf.claimed().await;
    let number = Some("1Z12345E0205271688".parse().expect("a number"));
    let state = StateColumns { tracking_number: number, ..columns("booked") };
    shelf.store.record(Record { state, ..record(&row, "booked") }).await.expect("recorded");
    assert!(shelf.store.site(&dayton()).await.expect("read").expect("a site").booked_once);

    let refused = shelf.store.apply_site(&application("dayton", "")).await.expect_err("it has booked");
    assert!(matches!(refused, StoreError::EnvironmentFixed { .. }), "{refused}");
}

async fn secrets_come_back_sealed_and_are_replaced(on: On) {
    let shelf = Shelf::on(on).await;
    let vault = Vault::new(MasterKey::generate().expect("randomness"));
    let name = "ups.client_secret";
    for text in ["first", "second"] {
        let version = shelf.store.next_secret_version(&dayton(), name).await.expect("read");
        let sealed = vault.seal(&dayton(), name, version, &SecretString::from(text)).expect("sealed");
        shelf.store.put_secret(&sealed, "anna", noon()).await.expect("put");
    }
    let secret = shelf.store.secret(&dayton(), name).await.expect("read").expect("there");
    assert_eq!(secret.sealed.version, 2);
    assert_eq!(vault.open(&secret.sealed).expect("opens").expose_secret(), "second");
    let all = shelf.store.secrets(None).await.expect("read");
    assert_eq!(all.len(), 1);

    let new = Vault::new(MasterKey::generate().expect("randomness"));
    let rewrapped = vault.rewrap(&all[0].sealed, &new).expect("rewrapped");
    shelf.store.rewrap_secrets(&[rewrapped], noon()).await.expect("put");
    let secret = shelf.store.secret(&dayton(), name).await.expect("read").expect("there");
    assert_eq!(new.open(&secret.sealed).expect("opens").expose_secret(), "second");
}

async fn one_session_has_one_holder(on: On) {
    let shelf = Shelf::on(on).await;
    let key = SessionKey { server: "https://erp.example".to_owned(), operator: "SHIP".to_owned() };
    let minute = SignedDuration::from_mins(1);
    let store = &shelf.store;
    let first = store.session_take(&key, "serve", noon(), minute).await.expect("answered");
    assert!(matches!(first, Taken::Yes(_, Before::Nobody)), "{first:?}");
    let state = SessionState { token: Some(vec![1, 2, 3]), logged_on_at: Some(noon()), ..SessionState::default() };
    assert!(store.session_put(&key, "serve", &state).await.expect("put"));

    let second = store.session_take(&key, "ping", noon(), minute).await.expect("answered");
    assert_eq!(second, Taken::HeldBy { holder: "serve".to_owned(), until: Some(noon() + minute) });
    assert!(!store.session_put(&key, "ping", &SessionState::default()).await.expect("answered"));

    // The next holder finds the token of the one before.
    let later = store.session_take(&key, "ping", noon() + minute, minute).await.expect("answered");
    assert!(matches!(&later, Taken::Yes(row, Before::Lapsed) if row.state == state), "{later:?}");
    assert!(!store.session_put(&key, "serve", &state).await.expect("answered"));
    store.session_let_go(&key, "ping").await.expect("let go");
    let free = store.session(&key).await.expect("read").expect("a row");
    assert_eq!((free.holder, free.state), (None, state));
}

async fn an_outage_is_told_once(on: On) {
    let shelf = Shelf::on(on).await;
    let outage = NewOutage {
        alarm: Some(Kind::SitePaused),
        site: dayton(),
        remote: "ups".to_owned(),
        cause: "unreachable".to_owned(),
        words: "UPS cannot be reached".to_owned(),
        since: noon(),
        next_probe: Some(noon() + hours(1)),
    };
    assert!(shelf.store.outage_open(&outage).await.expect("opened"));
    let again = NewOutage { since: noon() + hours(1), cause: "throttled".to_owned(), ..outage.clone() };
    assert!(!shelf.store.outage_open(&again).await.expect("answered"));
    shelf.store.outage_probed(&dayton(), "ups", 1, Some(noon() + hours(2))).await.expect("noted");
    let open = shelf.store.outages(None).await.expect("read");
    assert_eq!(open.len(), 1);
    assert_eq!((open[0].since, open[0].probes, open[0].cause.as_str()), (noon(), 1, "throttled"));

    assert!(shelf.store.outage_close(&dayton(), "ups", noon() + hours(2)).await.expect("closed"));
    assert!(!shelf.store.outage_close(&dayton(), "ups", noon() + hours(2)).await.expect("answered"));
    assert!(shelf.store.outages(Some(&dayton())).await.expect("read").is_empty());
    assert!(shelf.store.outage_open(&again).await.expect("opened anew"));
}

async fn a_list_goes_on_behind_the_last_row_seen(on: On) {
    let shelf = Shelf::on(on).await;
    for document in 1..=7 {
        shelf.shipment("dayton", &document.to_string()).await;
    }
    let everything = ListFilter::default();
    let mut seen = vec![];
    let mut after = None;
    loop {
        let page = shelf.store.list(&everything, after, 3).await.expect("listed");
        let Some(last) = page.last() else { break };
        after = Some(last.key());
        seen.extend(page.into_iter().map(|row| row.id));
    }
    let all = shelf.store.list(&everything, None, 100).await.expect("listed");
    assert_eq!(seen, all.iter().map(|row| row.id).collect::<Vec<_>>());
    assert_eq!(seen.len(), 7);
}

async fn a_list_finds_by_what_people_know(on: On) {
    let shelf = Shelf::on(on).await;
    let held = Arrival { hold_code: Some("no_phone".to_owned()), stage: "held".to_owned(), ..arrival("000346") };
    shelf.store.receive(&dayton(), &[held, arrival("347")], noon()).await.expect("received");
    let found = async |filter: ListFilter| shelf.store.list(&filter, None, 10).await.expect("listed").len();

    assert_eq!(found(ListFilter { text: Some("346".to_owned()), ..ListFilter::default() }).await, 1);
    assert_eq!(found(ListFilter { text: Some("0000012".to_owned()), ..ListFilter::default() }).await, 2);
    assert_eq!(found(ListFilter { held: true, ..ListFilter::default() }).await, 1);
    assert_eq!(found(ListFilter { stages: vec!["received".to_owned()], ..ListFilter::default() }).await, 1);
    let elsewhere = ListFilter { site: Some(site("lima")), ..ListFilter::default() };
    assert_eq!(found(elsewhere).await, 0);

    let counts = shelf.store.counts(Some(&dayton())).await.expect("counted");
    assert_eq!((counts.stages["held"], counts.stages["received"], counts.holds["no_phone"]), (1, 1, 1));
    let by_number = shelf.store.find(None, &"346".parse().expect("a number")).await.expect("found");
    assert_eq!(by_number.len(), 1);
}

async fn reporting_tools_read_plain_names_and_times(on: On) {
    let shelf = Shelf::on(on).await;
    let id = shelf.shipment("dayton", "346").await;
    assert_eq!(shelf.text("SELECT shipment FROM shipments_report").await, id.to_string());
    assert_eq!(shelf.text("SELECT received_at FROM shipments_report").await, "2026-11-23T12:00:00Z");
    assert_eq!(shelf.text("SELECT words FROM audit_report WHERE document = '346'").await, "received");
}
