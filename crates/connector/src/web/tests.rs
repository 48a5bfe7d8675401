//! Every route for every role, from the table that makes the router; and what stands at the door.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use jiff::SignedDuration;
use secrecy::SecretString;
use tempfile::TempDir;

use super::guard::FORM_TOKEN;
use super::routes::{Face, Route, Rule, table};
use super::{Console, Settings};
use crate::app::App;
use crate::clock::Clock;
use crate::people::token::Token;
use crate::people::{Role, Sites, password};
use crate::store::{NewPerson, NewToken, Options, Store, WebSessionRow};
use crate::vault::{MasterKey, Vault};

/// A console over an empty store.
struct House {
    app: Arc<App>,
    console: Console,
    client: reqwest::Client,
    _folder: TempDir,
}

impl House {
    async fn open(settings: Settings, people: &[(&str, Role)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), Options::default()).await.expect("a store");
        let vault = Vault::new(MasterKey::generate().expect("a key"));
        let app = App::new(store, vault, Clock::system(), folder.path()).await.expect("a node");
        for (name, role) in people {
            let person = NewPerson { name: (*name).to_owned(), role: *role, sites: Sites::All, password: None };
            assert!(app.store.add_person(&person, "test", app.clock.real_now()).await.expect("added"));
        }
        let console = Console::open(Arc::clone(&app), settings).await.expect("a console");
        #[expect(clippy::disallowed_methods, reason = "a browser that does not follow redirects, for tests")]
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        Self { app, console, client, _folder: folder }
    }

    /// A browser of a person, without the slow log-in.
    async fn browser(&self, person: &str, age: SignedDuration) -> Token {
        let (token, now) = (Token::fresh().expect("randomness"), self.app.clock.real_now());
        let session = WebSessionRow {
            token_hash: token.hash(),
            person: person.to_owned(),
            opened_at: now - age,
            used_at: now - age,
            ends_at: now + SignedDuration::from_hours(1),
            agent: "test".to_owned(),
        };
        self.app.store.open_web_session(&session).await.expect("opened");
        token
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.console.url())
    }

    async fn get(&self, path: &str, token: Option<&Token>) -> reqwest::Response {
        let mut request = self.client.get(self.url(path));
        if let Some(token) = token {
            request = request.header("cookie", format!("ml-connector={}", token.expose()));
        }
        request.send().await.expect("answered")
    }

    async fn post(&self, path: &str, token: &Token, form: &str, site: &str) -> reqwest::Response {
        let request = self.client.post(self.url(path)).header("sec-fetch-site", site.to_owned());
        let request = request.header("cookie", format!("ml-connector={}", token.expose()));
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(form.to_owned());
        request.send().await.expect("answered")
    }
}

fn loopback() -> Settings {
    Settings::on("127.0.0.1:0".parse().expect("an address"))
}

/// A route's path with something in its places.
fn filled(route: &Route) -> String {
    route
        .path
        .replace("{site}", "nowhere")
        .replace("{id}", "0190a4b2-0000-7000-8000-000000000001")
        .replace("{package}", "1")
        .replace("{document}", "100482")
        .replace(['{', '}'], "")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_role_gets_what_its_rights_say_of_every_route() {
    let people: Vec<_> = Role::ALL.iter().map(|role| (role.as_str(), *role)).collect();
    let house = House::open(loopback(), &people).await;
    for route in table() {
        let path = filled(&route);
        for role in Role::ALL {
            let allowed = match route.rule {
                // The door itself asks for no right; what it asks for is tested below.
                Rule::Public => continue,
                Rule::Person => true,
                Rule::Needs(right) => role.may(right),
            };
            let status = match route.face {
                Face::Page => {
                    let token = house.browser(role.as_str(), SignedDuration::ZERO).await;
                    if route.method == Method::GET {
                        house.get(&path, Some(&token)).await.status()
                    } else {
                        let form = format!("{FORM_TOKEN}={}", token.of_forms());
                        house.post(&path, &token, &form, "same-origin").await.status()
                    }
                }
                Face::Program => {
                    let token = Token::for_programs().expect("randomness");
                    let now = house.app.clock.real_now();
                    let new = NewToken {
                        token_hash: token.hash(),
                        name: format!("{}{}{role}", route.method, route.path),
                        role,
                        sites: Sites::All,
                        ends_at: now + SignedDuration::from_hours(1),
                    };
                    assert!(house.app.store.add_token(&new, "test", now).await.expect("added"));
                    let request = house.client.request(route.method.clone(), house.url(&path));
                    request.bearer_auth(token.expose()).send().await.expect("answered").status()
                }
            };
            let told = format!("{} {} as {role}: {status}", route.method, route.path);
            assert_eq!(status == StatusCode::FORBIDDEN, !allowed, "{told}");
            assert_ne!(status, StatusCode::UNAUTHORIZED, "{told}");
            assert!(!status.is_server_error(), "{told}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_anything_but_the_door() {
    let house = House::open(loopback(), &[("ann", Role::Administrator)]).await;
    for route in table().iter().filter(|it| it.rule != Rule::Public) {
        let path = filled(route);
        let request = house.client.request(route.method.clone(), house.url(&path));
        let answer = request.header("sec-fetch-site", "same-origin").send().await.expect("answered");
        match route.face {
            Face::Page => {
                let to = answer.headers().get("location").and_then(|it| it.to_str().ok()).unwrap_or("");
                assert!(to.starts_with("/login?to="), "{} {}: {} {to}", route.method, route.path, answer.status());
            }
            Face::Program => assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{} {}", route.method, route.path),
        }
    }
}

#[test]
fn viewers_and_auditors_change_nothing_and_no_two_routes_are_one() {
    let mut seen = std::collections::BTreeSet::new();
    for route in table() {
        assert!(seen.insert((route.path, route.method.to_string())), "{} {} stands twice", route.method, route.path);
        let changes = route.method != Method::GET;
        if let (true, Rule::Needs(right)) = (changes, route.rule) {
            assert!(!Role::Viewer.may(right) && !Role::Auditor.may(right), "{} {}", route.method, route.path);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_from_elsewhere_is_refused() {
    let house = House::open(loopback(), &[("ann", Role::Administrator)]).await;
    let token = house.browser("ann", SignedDuration::ZERO).await;
    let good = format!("{FORM_TOKEN}={}", token.of_forms());
    let refused = |status| assert_eq!(status, StatusCode::FORBIDDEN);
    refused(house.post("/people", &token, &good, "cross-site").await.status());
    refused(house.post("/people", &token, &good, "same-site").await.status());
    refused(house.post("/people", &token, "name=eve", "same-origin").await.status());
    let other = house.browser("ann", SignedDuration::ZERO).await;
    refused(house.post("/people", &token, &format!("{FORM_TOKEN}={}", other.of_forms()), "same-origin").await.status());
    let passed = house.post("/people", &token, &good, "same-origin").await;
    assert_eq!(passed.status(), StatusCode::UNPROCESSABLE_ENTITY, "the form is ours, and empty");
    assert_eq!(house.app.store.people().await.expect("read").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_nobody_uses_is_logged_out_and_comes_back_to_its_page() {
    let house = House::open(loopback(), &[("ann", Role::Viewer)]).await;
    let fresh = house.browser("ann", SignedDuration::from_mins(119)).await;
    assert_eq!(house.get("/shipments", Some(&fresh)).await.status(), StatusCode::OK);
    let idle = house.browser("ann", SignedDuration::from_mins(121)).await;
    let sent = house.get("/shipments?stage=held", Some(&idle)).await;
    let to = sent.headers().get("location").and_then(|it| it.to_str().ok()).unwrap_or("");
    assert_eq!(to, "/login?to=%2Fshipments%3Fstage%3Dheld");
    // A part that fetches itself is told instead of being sent.
    let part = house.client.get(house.url("/")).header("x-part", "1").send().await.expect("answered");
    assert_eq!(part.status(), StatusCode::UNAUTHORIZED);

    let kept = house.browser("ann", SignedDuration::ZERO).await;
    house.app.store.set_disabled("ann", true, "test", house.app.clock.real_now()).await.expect("disabled");
    assert_eq!(house.get("/", Some(&kept)).await.status(), StatusCode::SEE_OTHER, "disabled is logged out");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_in_takes_the_right_password_and_tells_nobody_which_names_there_are() {
    let house = House::open(loopback(), &[("admin", Role::Administrator)]).await;
    let hashed = password::hash(SecretString::from("correct horse battery")).await.expect("hashed");
    let ann = NewPerson { name: "ann".into(), role: Role::Shipper, sites: Sites::All, password: Some(hashed) };
    house.app.store.add_person(&ann, "test", house.app.clock.real_now()).await.expect("added");
    let nobody = Token::fresh().expect("randomness");
    let log_in = async |form: &str| house.post("/login", &nobody, form, "same-origin").await;
    let wrong = log_in("name=ann&password=wrong+horse+battery").await;
    let unknown = log_in("name=eve&password=wrong+horse+battery").await;
    assert_eq!((wrong.status(), unknown.status()), (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED));
    let wrong = wrong.text().await.expect("text").replace("ann", "eve");
    assert_eq!(wrong, unknown.text().await.expect("text"));
    // Without a password nobody comes in, not even with an empty one.
    assert_eq!(log_in("name=admin&password=").await.status(), StatusCode::UNAUTHORIZED);

    let right = log_in("name=Ann&password=correct+horse+battery&to=%2F%2Felsewhere").await;
    assert_eq!(right.headers()["location"], "/");
    let cookie = right.headers()["set-cookie"].to_str().expect("text");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"), "{cookie}");
    let token = cookie.split(['=', ';']).nth(1).map(Token::shown).expect("a token");
    let page = house.get("/", Some(&token)).await;
    let policy = page.headers()["content-security-policy"].to_str().expect("text").to_owned();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(page.headers()["cache-control"], "no-store");
    let page = page.text().await.expect("text");
    assert!(!page.contains("<style") && !page.contains(" style=") && !page.contains(" onclick"), "nothing inline");
    let events = house.app.store.people_events(10).await.expect("read");
    let words: Vec<_> = events.iter().map(|it| it.event.as_str()).collect();
    assert_eq!(words.iter().filter(|it| **it == "log_in_refused").count(), 3, "{words:?}");
    assert!(words.contains(&"logged_in"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_run_makes_one_administrator_and_shuts_its_door() {
    let house = House::open(loopback(), &[]).await;
    let entry = house.console.entry().expect("a first run").to_owned();
    let token = entry.split_once("token=").expect("a token").1.to_owned();
    assert_eq!(house.get("/setup?token=wrong", None).await.status(), StatusCode::FORBIDDEN);
    let form = house.client.get(&entry).send().await.expect("answered");
    assert_eq!(form.status(), StatusCode::OK);
    let nobody = Token::fresh().expect("randomness");
    let make = async |name: &str, password: &str| {
        let body = format!("token={token}&name={name}&password={password}&again={password}");
        house.post("/setup", &nobody, &body, "same-origin").await.status()
    };
    assert_eq!(make("ann", "short").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(make("ann", "long+enough+to+take").await, StatusCode::SEE_OTHER);
    assert_eq!(make("eve", "long+enough+to+take").await, StatusCode::FORBIDDEN, "the door is shut");
    let people = house.app.store.people().await.expect("read");
    assert_eq!(people.iter().map(|it| (it.name.as_str(), it.role)).collect::<Vec<_>>(), [("ann", Role::Administrator)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_listens_elsewhere_only_with_an_administrator_and_a_certificate() {
    let house = House::open(loopback(), &[]).await;
    let anywhere = Settings::on("0.0.0.0:0".parse().expect("an address"));
    let refused = Console::open(Arc::clone(&house.app), anywhere.clone()).await.expect_err("nobody administers");
    assert!(refused.to_string().contains("user add"), "{refused}");
    let ann = NewPerson { name: "ann".into(), role: Role::Administrator, sites: Sites::All, password: None };
    house.app.store.add_person(&ann, "test", house.app.clock.real_now()).await.expect("added");
    let refused = Console::open(Arc::clone(&house.app), anywhere).await.expect_err("in the clear");
    assert!(refused.to_string().contains("--tls-cert"), "{refused}");
}
