//! A UPS that answers what it is told to: for examples, specimens and answers bent out of shape.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use ups::track_alert::AlertEvent;
use ups::{Client, Environment, Settings, Url};

use super::calls::{Ask, shown};

/// What it says to everything but token calls, and a client that asks it.
pub(crate) struct Teller {
    words: Words,
    client: Client,
}

#[derive(Clone, Default)]
struct Words(Arc<Mutex<Said>>);

#[derive(Clone, Default)]
struct Said {
    status: u16,
    body: Vec<u8>,
    /// Whether it says this to a token call too.
    to_token: bool,
}

const TOKEN: &str = r#"{"token_type":"Bearer","access_token":"told","expires_in":"3599","status":"approved"}"#;

impl Teller {
    pub(crate) async fn open() -> Self {
        let words = Words::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new().fallback(answer).with_state(words.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let at = Environment::At(Url::parse(&address).expect("an address of this machine"));
        let settings = Settings::new(at, "the-id", "the-secret", "A1B2C3");
        Self { words, client: Client::new(settings).expect("settings that can be right") }
    }

    /// What the call makes of that answer.
    pub(crate) async fn ask(&self, ask: Ask, status: u16, body: Vec<u8>) -> Result<String, ups::Error> {
        if ask == Ask::Alert {
            return AlertEvent::read(&body).map(shown);
        }
        let to_token = ask == Ask::Token;
        *self.words.0.lock().unwrap_or_else(PoisonError::into_inner) = Said { status, body, to_token };
        ask.of(&self.client).await
    }
}

async fn answer(State(words): State<Words>, request: Request) -> Response<Body> {
    let said = words.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let is_token = request.uri().path().ends_with("/oauth/token");
    let (status, body) = if is_token && !said.to_token { (200, TOKEN.into()) } else { (said.status, said.body) };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).expect("a status a test chose");
    response.headers_mut().insert("content-type", "application/json".parse().expect("a header's value"));
    response
}
