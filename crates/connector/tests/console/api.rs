//! The API held against its own description: real answers of a dock that ships, and calls made up from the description.
//!
//! ```text
//! /docs/openapi.json ─► parameters, bodies ─► made-up calls ─► status described? body as its schema? ─┐
//!                                             └─ a dock with shipments, holds, alarms ◄──────────────┘
//! ```
//!
//! The check knows as much of JSON Schema as the description uses; a word it does not know is a failure, so that the
//! description cannot grow past it unseen.

use std::sync::Arc;

use connector::config::Mode;
use connector::people::token::Token;
use connector::people::{Role, Sites};
use connector::store::{NewPerson, NewToken, WebSessionRow};
use connector::web::Console;
use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::dock::{Dock, note};

/// Calls made up for each operation.
const CALLS: usize = 24;

/// Whoever calls: an administrator's token, and the description.
struct Caller {
    client: reqwest::Client,
    base: String,
    token: Token,
    document: Value,
}

impl Caller {
    async fn of(dock: &Dock, console: &Console) -> Self {
        #[expect(clippy::disallowed_methods, reason = "a program that calls the API, for tests")]
        let client = reqwest::Client::new();
        let (store, now) = (&dock.app.store, dock.app.clock.real_now());
        let token = Token::for_programs().expect("randomness");
        let new = NewToken {
            token_hash: token.hash(),
            name: "caller".to_owned(),
            role: Role::Administrator,
            sites: Sites::All,
            ends_at: now + SignedDuration::from_hours(1),
        };
        assert!(store.add_token(&new, "test", now).await.expect("added"));
        let person = NewPerson { name: "ann".into(), role: Role::Administrator, sites: Sites::All, password: None };
        assert!(store.add_person(&person, "test", now).await.expect("added"));
        let cookie = Token::fresh().expect("randomness");
        let session = WebSessionRow {
            token_hash: cookie.hash(),
            person: "ann".to_owned(),
            opened_at: now,
            used_at: now,
            ends_at: now + SignedDuration::from_hours(1),
            agent: "test".to_owned(),
        };
        store.open_web_session(&session).await.expect("opened");
        let described = client.get(format!("{}/docs/openapi.json", console.url()));
        let described = described.header("cookie", format!("ml-connector={}", cookie.expose())).send().await;
        let document = described.expect("answered").json().await.expect("JSON");
        Self { client, base: console.url().to_owned(), token, document }
    }

    /// Calls, and holds the answer against the description of the operation.
    async fn calls(&self, method: &str, path: &str, to: &str, body: Option<&Value>) -> (u16, Value) {
        let described = &self.document["paths"][path][method.to_lowercase()];
        assert!(described.is_object(), "{method} {path} is not described");
        let verb = method.parse().expect("a method");
        let mut request = self.client.request(verb, format!("{}{to}", self.base)).bearer_auth(self.token.expose());
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.expect("answered");
        let status = answer.status().as_u16();
        let kind = answer.headers().get("content-type").and_then(|it| it.to_str().ok()).unwrap_or("").to_owned();
        let bytes = answer.bytes().await.expect("read");
        let about = format!("{method} {to} with {body:?}: {status} {}", String::from_utf8_lossy(&bytes));
        let known = described["responses"].get(status.to_string());
        // Every operation may say that the request itself cannot be read.
        assert!(known.is_some() || matches!(status, 400 | 404 | 422), "not described: {about}");
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        if status >= 400 {
            assert_eq!(kind, "application/problem+json", "{about}");
            for part in ["type", "title", "detail"] {
                assert!(body[part].as_str().is_some_and(|it| !it.is_empty()), "{part}: {about}");
            }
            assert_eq!(body["status"], status, "{about}");
        } else if let Some(schema) = known.and_then(|it| it.pointer("/content/application~1json/schema")) {
            let faults = faults(&self.document, schema, &body, "answer");
            assert!(faults.is_empty(), "{faults:?}: {about}");
        }
        (status, body)
    }
}

/// What of a value does not fit a schema.
fn faults(document: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let fault = |why: String| vec![format!("{at}: {why}")];
    if let Some(name) = schema["$ref"].as_str() {
        let found = document.pointer(name.trim_start_matches('#'));
        return found.map_or_else(|| fault(format!("{name} is missing")), |it| faults(document, it, value, at));
    }
    if let Some(either) = schema["oneOf"].as_array() {
        let fits = either.iter().any(|it| faults(document, it, value, at).is_empty());
        return if fits { Vec::new() } else { fault(format!("fits none of {}: {value}", schema["oneOf"])) };
    }
    let kinds = match &schema["type"] {
        Value::String(one) => vec![one.as_str()],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => return fault(format!("a schema without a type: {schema}")),
    };
    let fits = kinds.iter().any(|kind| match *kind {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    });
    if !fits {
        return fault(format!("{value} is none of {kinds:?}"));
    }
    let mut found = Vec::new();
    if let (Some(minimum), Some(number)) = (schema["minimum"].as_i64(), value.as_i64())
        && number < minimum
    {
        found.extend(fault(format!("{number} is below {minimum}")));
    }
    match (schema["format"].as_str(), value.as_str()) {
        (Some("date-time"), Some(text)) if text.parse::<jiff::Timestamp>().is_err() => {
            found.extend(fault(format!("{text} is no moment")));
        }
        (Some("date"), Some(text)) if text.parse::<jiff::civil::Date>().is_err() => {
            found.extend(fault(format!("{text} is no day")));
        }
        _ => {}
    }
    if let Some(items) = value.as_array() {
        for (index, item) in items.iter().enumerate() {
            found.extend(faults(document, &schema["items"], item, &format!("{at}[{index}]")));
        }
    }
    if let Some(fields) = value.as_object() {
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !fields.contains_key(name) {
                found.push(format!("{at}: {name} is missing"));
            }
        }
        for (name, field) in fields {
            match (schema["properties"].get(name), schema.get("additionalProperties")) {
                (Some(known), _) => found.extend(faults(document, known, field, &format!("{at}.{name}"))),
                (None, Some(others)) => found.extend(faults(document, others, field, &format!("{at}.{name}"))),
                (None, None) => found.push(format!("{at}: {name} is not described")),
            }
        }
    }
    found
}

/// What may be sent for a schema: mostly what fits, sometimes what does not.
fn made_up(document: &Value, schema: &Value) -> BoxedStrategy<Value> {
    if let Some(name) = schema["$ref"].as_str() {
        let found = document.pointer(name.trim_start_matches('#')).cloned().unwrap_or(Value::Null);
        return made_up(document, &found);
    }
    if let Some(either) = schema["oneOf"].as_array() {
        let ways: Vec<_> = either.iter().map(|it| made_up(document, it)).collect();
        return proptest::strategy::Union::new(ways).boxed();
    }
    if let Some(known) = schema["enum"].as_array() {
        return proptest::sample::select(known.clone()).boxed();
    }
    let kind = match &schema["type"] {
        Value::Array(several) => several.iter().find(|it| *it != "null").cloned().unwrap_or(Value::Null),
        other => other.clone(),
    };
    let good: BoxedStrategy<Value> = match kind.as_str().unwrap_or("") {
        "string" => words().prop_map(Value::from).boxed(),
        "integer" => prop_oneof![0_i64..4, Just(-1), Just(70_000)].prop_map(Value::from).boxed(),
        "boolean" => any::<bool>().prop_map(Value::from).boxed(),
        "array" => proptest::collection::vec(made_up(document, &schema["items"]), 0..3).prop_map(Value::from).boxed(),
        _ => {
            let fields = schema["properties"].as_object().cloned().unwrap_or_default();
            let fields: Vec<_> = fields.iter().map(|(name, it)| (name.clone(), made_up(document, it))).collect();
            let parts: Vec<_> = fields
                .into_iter()
                .map(|(name, it)| proptest::option::weighted(0.85, it).prop_map(move |it| (name.clone(), it)))
                .collect();
            let filled = |parts: Vec<(String, Option<Value>)>| {
                Value::Object(parts.into_iter().filter_map(|(name, it)| it.map(|it| (name, it))).collect())
            };
            parts.prop_map(filled).boxed()
        }
    };
    prop_oneof![8 => good, 1 => Just(Value::Null), 1 => Just(json!({ "unknown": [1] }))].boxed()
}

/// Words that are something here, that are nothing, and that try to be something else.
fn words() -> BoxedStrategy<String> {
    let known =
        ["700", "701", "03", "12.4", "8 lb", "approve", "shipper", "1Z999AA10123456784", "dock", "poll:dispatch_notes"];
    let odd = [
        "",
        " ",
        "../..",
        "<script>",
        "%00",
        "'; DROP TABLE shipments; --",
        "ä\u{202e}€",
        "-1",
        "999999999999999999999",
    ];
    prop_oneof![
        3 => proptest::sample::select(known.to_vec()).prop_map(str::to_owned),
        1 => proptest::sample::select(odd.to_vec()).prop_map(str::to_owned),
        1 => "[a-z0-9. -]{0,24}",
    ]
    .boxed()
}

/// A dock with one label, one address to settle and one that waits for a weight.
async fn busy() -> (Dock, Console) {
    let dock = Dock::set_up().mode(Mode::Automatic).setting("packing.missing_weight", "bench").open().await;
    dock.releases([note("700"), note("701").line("SWT-0020", 1)]);
    dock.settle().await;
    let console = crate::console(&dock).await;
    (dock, console)
}

/// A program reads everything there is, and every answer is what the description says.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_is_as_described() {
    let (dock, console) = busy().await;
    let caller = Caller::of(&dock, &console).await;
    let site = dock.site.to_string();
    let row = dock.shipment("700").await;
    let (one, papers) = (format!("/api/v1/shipments/{site}/{}", row.id), "/api/v1/shipments/{site}/{id}");
    let get = async |path: &str, to: &str| {
        let (status, body) = caller.calls("GET", path, to, None).await;
        assert_eq!(status, 200, "{to}: {body}");
        body
    };
    assert_eq!(get("/api/v1/counts", "/api/v1/counts").await["holds"]["bench_weighs"], 1);
    assert_eq!(get("/api/v1/shipments", "/api/v1/shipments?limit=1").await["items"].as_array().map(Vec::len), Some(1));
    let whole = get(papers, &one).await;
    assert!(whole["labels"].as_array().is_some_and(|it| it.len() == 1), "{whole}");
    let document = "/api/v1/sites/{site}/documents/{document}";
    assert_eq!(get(document, &format!("/api/v1/sites/{site}/documents/701")).await["hold"]["code"], "bench_weighs");
    assert_eq!(get("/api/v1/sites", "/api/v1/sites").await[0]["mode"], "automatic");
    let chores = format!("/api/v1/sites/{site}/chores");
    assert_eq!(get("/api/v1/sites/{site}/chores", &chores).await[0]["chore"], "poll:dispatch_notes");
    get("/api/v1/alarms", "/api/v1/alarms").await;
    let costs = get("/api/v1/costs", "/api/v1/costs").await;
    assert_eq!(costs[0]["cost"]["amount"], whole["shipment"]["cost"]["amount"], "{costs}");
    assert_eq!(get("/api/v1/people", "/api/v1/people").await[0]["name"], "ann");

    let pause = json!({ "kind": "pause", "reason": "stock taking" });
    let chore = format!("{chores}/poll:dispatch_notes");
    let (_, paused) = caller.calls("POST", "/api/v1/sites/{site}/chores/{chore}", &chore, Some(&pause)).await;
    assert_eq!(paused["paused"], "api:caller: stock taking");
    let again = json!({ "kind": "run" });
    let (status, _) = caller.calls("POST", "/api/v1/sites/{site}/chores/{chore}", &chore, Some(&again)).await;
    assert_eq!(status, 409, "a paused chore does not run");
    caller.calls("POST", "/api/v1/sites/{site}/chores/{chore}", &chore, Some(&json!({ "kind": "resume" }))).await;
    let mode = format!("/api/v1/sites/{site}/mode");
    let (_, told) = caller.calls("POST", "/api/v1/sites/{site}/mode", &mode, Some(&json!({ "mode": "approve" }))).await;
    assert_eq!(told["mode"], "approve");
    let ben = json!({ "name": "ben", "role": "shipper", "sites": [site], "password": "correct horse battery" });
    let (status, told) = caller.calls("POST", "/api/v1/people", "/api/v1/people", Some(&ben)).await;
    assert_eq!((status, &told["role"]), (201, &json!("shipper")));
    let role = json!({ "kind": "role", "role": "viewer" });
    let (_, told) = caller.calls("POST", "/api/v1/people/{name}", "/api/v1/people/ben", Some(&role)).await;
    assert_eq!((&told["role"], &told["sites"]), (&json!("viewer"), &Value::Null));
    dock.until_quiet().await;
}

/// Calls made up from the description, good and bad: none is answered by something undescribed, and none buys a label twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_sent_the_answer_is_described() {
    let (dock, console) = busy().await;
    let caller = Arc::new(Caller::of(&dock, &console).await);
    let row = dock.shipment("701").await;
    let ids = [row.id.to_string(), "0190a4b2-0000-7000-8000-000000000001".to_owned()];
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let paths = caller.document["paths"].as_object().expect("paths").clone();
    let mut made = 0;
    for (path, methods) in &paths {
        for (method, described) in methods.as_object().expect("methods") {
            // It waits for an engine, and none is at work here; its answers are told in the test above and at the station.
            if path.ends_with("/ship") {
                continue;
            }
            let schema = described.pointer("/requestBody/content/application~1json/schema");
            let bodies = schema.map(|it| made_up(&caller.document, it));
            for _ in 0..CALLS {
                let word = words().new_tree(&mut runner).expect("made up").current();
                let coin = any::<bool>().new_tree(&mut runner).expect("made up").current();
                let to = path
                    .replace("{site}", if coin { dock.site.as_str() } else { "elsewhere" })
                    .replace("{id}", &ids[usize::from(!coin)])
                    .replace("{package}", "1")
                    .replace("{kind}", "label");
                let coded =
                    percent_encoding::utf8_percent_encode(&word, percent_encoding::NON_ALPHANUMERIC).to_string();
                let mut to = ["{document}", "{chore}", "{alarm}", "{name}"]
                    .iter()
                    .fold(to, |to, name| to.replace(name, if coded.is_empty() { "x" } else { &coded }));
                let asked = described["parameters"].as_array().into_iter().flatten().filter(|it| it["in"] == "query");
                let names: Vec<&str> = asked.filter_map(|it| it["name"].as_str()).collect();
                if let (true, Some(name)) = (coin, names.get(made % names.len().max(1))) {
                    to = format!("{to}?{name}={coded}");
                }
                let body = bodies.as_ref().map(|it| it.new_tree(&mut runner).expect("made up").current());
                caller.calls(&method.to_uppercase(), path, &to, body.as_ref()).await;
                made += 1;
            }
        }
    }
    assert!(made > 200, "{made} calls");
    assert!(dock.ledger().duplicates().is_empty());
}
