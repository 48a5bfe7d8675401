//! Watching exchanges: everything that helps, and no secret.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ups::{Client, Exchange, Observer};
use wiremock::ResponseTemplate;

use crate::desk::{Desk, Manner, booked, order, settings_of, socket};

/// Writes down what it is told.
#[derive(Debug, Default)]
struct Notebook(Mutex<Vec<Note>>);

#[derive(Debug, Clone)]
struct Note {
    call: &'static str,
    changing: bool,
    path: String,
    status: Option<u16>,
    errorcode: Option<String>,
    error: Option<String>,
    request: Option<String>,
    answer: Option<String>,
    shown: String,
}

impl Observer for Notebook {
    fn observed(&self, exchange: &Exchange<'_>) {
        assert_eq!(exchange.trans_id.len(), 32);
        assert!(exchange.duration < Duration::from_secs(60));
        self.0.lock().expect("a notebook").push(Note {
            call: exchange.call,
            changing: exchange.changing,
            path: format!("{} {}", exchange.method, exchange.path),
            status: exchange.status,
            errorcode: exchange.errorcode.map(str::to_owned),
            error: exchange.error.map(ToString::to_string),
            request: exchange.request(),
            answer: exchange.answer(),
            shown: format!("{exchange:?}"),
        });
    }
}

/// A client of that address whose exchanges are written down.
fn watched(address: &str) -> (Client, Arc<Notebook>) {
    let notebook = Arc::new(Notebook::default());
    let mut settings = settings_of(address).watched_by(notebook.clone());
    settings.timeouts.changing_call = Duration::from_secs(2);
    (Client::new(settings).expect("a client"), notebook)
}

#[tokio::test]
async fn an_exchange_is_told_without_token_secret_and_label() {
    let desk = Desk::open().await.answers_json(200, booked()).await;
    let (client, notebook) = watched(&desk.server.uri());
    client.ship(&order()).await.expect("booked");

    let notes = notebook.0.lock().expect("a notebook").clone();
    let [token, ship] = notes.as_slice() else { panic!("{notes:?}") };
    assert_eq!((token.call, token.status, &token.request, &token.answer), ("token", Some(200), &None, &None));
    assert_eq!((ship.call, ship.changing, ship.status), ("ship", true, Some(200)));
    assert_eq!(ship.path, "POST /api/shipments/v2409/ship?additionaladdressvalidation=city");
    let (request, answer) = (ship.request.as_deref().expect("a body"), ship.answer.as_deref().expect("a body"));
    assert!(request.contains("Hill Hardware") && answer.contains("1Z999AA10123456784"));
    for note in &notes {
        let all = format!("{note:?}");
        for secret in ["token-1", "the-secret", "XlhB"] {
            assert!(!all.contains(secret), "{secret} in {all}");
        }
        assert!(!note.shown.contains("Hill Hardware"), "a log line names no consignee: {}", note.shown);
    }
}

#[tokio::test]
async fn a_refusal_and_a_lost_answer_are_told_too() {
    let refusal = ResponseTemplate::new(200).insert_header("errorcode", "1").insert_header("errordescription", "no");
    let desk = Desk::open().await.answers(refusal).await;
    let (client, notebook) = watched(&desk.server.uri());
    client.ship(&order()).await.expect_err("refused");
    let note = notebook.0.lock().expect("a notebook").last().cloned().expect("a note");
    assert_eq!((note.status, note.errorcode.as_deref(), note.answer), (Some(200), Some("1"), None));
    assert_eq!(note.error.as_deref(), Some("UPS rejected the request (1): no"));

    let half = "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"ShipmentResponse\":";
    let (client, notebook) = watched(&socket(Manner::Says(half)).await);
    let error = client.ship(&order()).await.expect_err("lost");
    let ups::Error::AnswerLost { body, .. } = &error else { panic!("{error:?}") };
    assert_eq!(&body[..], b"{\"ShipmentResponse\":", "as much as came is kept");
    let note = notebook.0.lock().expect("a notebook").last().cloned().expect("a note");
    assert_eq!((note.status, note.answer.as_deref()), (Some(200), Some("{\"ShipmentResponse\":")));
    assert!(note.error.is_some_and(|words| words.starts_with("the answer of UPS was lost")));
}

#[tokio::test]
async fn a_refused_token_is_no_failure_yet() {
    let desk = Desk::open().await.answers(ResponseTemplate::new(401)).await;
    let (client, notebook) = watched(&desk.server.uri());
    client.ship(&order()).await.expect_err("not on the application");
    let notes = notebook.0.lock().expect("a notebook").clone();
    let told: Vec<_> = notes.iter().map(|note| (note.call, note.status, note.error.is_some())).collect();
    let expected = [("token", Some(200), false), ("ship", Some(401), false)];
    assert_eq!(told, [expected, expected].concat());
}
