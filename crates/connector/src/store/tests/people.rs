//! People, sessions, tokens, and answers given once.

use super::super::{Begun, NewPerson, NewToken, WebSessionRow};
use super::*;
use crate::people::{Role, Sites};

on_both!(
    of_two_first_administrators_one_is_made,
    another_role_ends_every_session,
    a_token_ends_and_is_revoked,
    a_request_sent_twice_is_done_once
);

fn person(name: &str, role: Role) -> NewPerson {
    NewPerson { name: name.to_owned(), role, sites: Sites::All, password: None }
}

fn session(of: &str, hash: &str) -> WebSessionRow {
    WebSessionRow {
        token_hash: hash.to_owned(),
        person: of.to_owned(),
        opened_at: noon(),
        used_at: noon(),
        ends_at: noon() + SignedDuration::from_hours(12),
        agent: "a browser".to_owned(),
    }
}

async fn of_two_first_administrators_one_is_made(on: On) {
    let shelf = Shelf::on(on).await;
    assert!(!shelf.store.has_administrator().await.expect("read"));
    assert!(shelf.store.add_first_administrator(&person("ann", Role::Administrator), noon()).await.expect("added"));
    assert!(!shelf.store.add_first_administrator(&person("eve", Role::Administrator), noon()).await.expect("refused"));
    assert!(!shelf.store.add_person(&person("ann", Role::Viewer), "ann", noon()).await.expect("taken"));
    let people = shelf.store.people().await.expect("read");
    assert_eq!(people.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["ann"]);
    let events = shelf.store.people_events(10).await.expect("read");
    assert_eq!(events.iter().map(|it| it.words.as_str()).collect::<Vec<_>>(), ["ann is administrator at all sites"]);
}

async fn another_role_ends_every_session(on: On) {
    let shelf = Shelf::on(on).await;
    shelf.store.add_person(&person("sam", Role::Supervisor), "ann", noon()).await.expect("added");
    shelf.store.add_person(&person("pat", Role::Shipper), "ann", noon()).await.expect("added");
    for (of, hash) in [("sam", "one"), ("sam", "two"), ("pat", "three")] {
        shelf.store.open_web_session(&session(of, hash)).await.expect("opened");
    }
    let sites = Sites::Only(vec![dayton()]);
    shelf.store.set_role("sam", Role::Viewer, &sites, "ann", noon()).await.expect("changed");
    assert_eq!(shelf.store.web_session("one").await.expect("read"), None);
    let (_, pat) = shelf.store.web_session("three").await.expect("read").expect("pat's");
    assert_eq!(pat.role, Role::Shipper);
    let sam = shelf.store.person("sam").await.expect("read").expect("sam");
    assert_eq!((sam.role, sam.sites), (Role::Viewer, sites));
    let unknown = shelf.store.set_disabled("eve", true, "ann", noon()).await;
    assert_eq!(unknown.map_err(|error| error.code()), Err("store_unknown"));
}

async fn a_token_ends_and_is_revoked(on: On) {
    let shelf = Shelf::on(on).await;
    let later = |hours| noon() + SignedDuration::from_hours(hours);
    let token = |name: &str, hash: &str| NewToken {
        token_hash: hash.to_owned(),
        name: name.to_owned(),
        role: Role::Shipper,
        sites: Sites::Only(vec![dayton()]),
        ends_at: later(24),
    };
    assert!(shelf.store.add_token(&token("station", "a"), "ann", noon()).await.expect("made"));
    assert!(!shelf.store.add_token(&token("station", "b"), "ann", noon()).await.expect("taken"));
    let shown = shelf.store.token_shown("a", later(1)).await.expect("read").expect("good");
    assert_eq!((shown.name.as_str(), shown.role), ("station", Role::Shipper));
    assert_eq!(shelf.store.token_shown("a", later(24)).await.expect("read"), None, "over");
    assert_eq!(shelf.store.tokens().await.expect("read")[0].used_at, Some(later(1)));
    shelf.store.revoke_token("station", "ann", later(2)).await.expect("revoked");
    assert_eq!(shelf.store.token_shown("a", later(2)).await.expect("read"), None, "revoked");
    assert!(shelf.store.revoke_token("station", "ann", later(3)).await.is_err(), "once");
}

async fn a_request_sent_twice_is_done_once(on: On) {
    let shelf = Shelf::on(on).await;
    let begin = async |caller: &str, request: &str, minutes: i64| {
        let now = noon() + SignedDuration::from_mins(minutes);
        shelf.store.begin_answer(caller, "key", request, now).await.expect("begun")
    };
    assert_eq!(begin("api:one", "ship 1", 0).await, Begun::Fresh);
    assert_eq!(begin("api:one", "ship 1", 1).await, Begun::UnderWay);
    assert_eq!(begin("api:one", "ship 2", 1).await, Begun::OtherRequest);
    assert_eq!(begin("api:two", "ship 2", 1).await, Begun::Fresh, "another caller's key is another key");
    assert_eq!(begin("api:one", "ship 1", 3).await, Begun::Fresh, "cut off");
    shelf.store.finish_answer("api:one", "key", 200, "{}").await.expect("kept");
    assert_eq!(begin("api:one", "ship 1", 4).await, Begun::Answered { status: 200, body: "{}".to_owned() });
    shelf.store.forget_answer("api:two", "key").await.expect("forgotten");
    assert_eq!(begin("api:two", "ship 9", 4).await, Begun::Fresh);
    assert_eq!(begin("api:one", "ship 1", 60 * 25).await, Begun::Fresh, "a day later");
}
