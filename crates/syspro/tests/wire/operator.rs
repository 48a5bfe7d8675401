//! One operator's one session: its turns, its renewal, and its end on every path.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use syspro::{Clock, Enet, Error, Operator, Posting, SessionLimits};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::{LOST, header_fields, says, settings, soap};

#[derive(Debug, Default)]
struct Hands(AtomicI64);

impl Hands {
    fn forward(&self, by: Duration) {
        let seconds = i64::try_from(by.as_secs()).expect("a short time");
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(self.0.load(Ordering::Relaxed))
    }
}

/// A server that numbers its sessions, knows only those in `alive`, and answers queries with an order.
struct Server {
    http: MockServer,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    logons: AtomicI64,
    /// The number of the only session that is alive; 0 for none.
    alive: AtomicI64,
    /// Whether posts are swallowed.
    swallow: std::sync::atomic::AtomicBool,
}

/// What a request asks for, whichever way it came.
fn asked(request: &Request) -> (String, String) {
    let action = request.headers.get("soapaction").and_then(|it| it.to_str().ok());
    match action {
        Some(action) => {
            let operation = action.trim_matches('"').rsplit('/').next().unwrap_or_default().to_owned();
            let envelope = syspro::read_xml(&request.body).expect("an envelope");
            (operation, envelope.find("UserId").map(|it| it.text().to_owned()).unwrap_or_default())
        }
        None => {
            let operation = request.url.path().rsplit('/').next().unwrap_or_default().to_owned();
            let user = request.url.query_pairs().find(|(name, _)| name == "UserId");
            (operation, user.map(|(_, it)| it.into_owned()).unwrap_or_default())
        }
    }
}

impl State {
    fn answer(&self, request: &Request) -> ResponseTemplate {
        let (operation, user) = asked(request);
        let by_soap = request.headers.contains_key("soapaction");
        let text = |text: &str| if by_soap { soap::result(&operation, text) } else { says(text) };
        let lost = || if by_soap { soap::fault("Server", LOST) } else { says(format!("ERROR: {LOST}")) };
        if operation == "Logon" {
            let number = self.logons.fetch_add(1, Ordering::Relaxed) + 1;
            self.alive.store(number, Ordering::Relaxed);
            return text(&format!("S{number}  "));
        }
        if user != format!("S{}", self.alive.load(Ordering::Relaxed)) {
            return lost();
        }
        match operation.as_str() {
            "Logoff" => {
                self.alive.store(0, Ordering::Relaxed);
                text("0")
            }
            "Post" if self.swallow.load(Ordering::Relaxed) => ResponseTemplate::new(503),
            "Post" => text("<r><StatusofItems><ItemsProcessed>1</ItemsProcessed></StatusofItems></r>"),
            _ => text("<SorDetail><SalesOrder>000346</SalesOrder></SorDetail>"),
        }
    }
}

impl Server {
    async fn start() -> Self {
        let (http, state) = (MockServer::start().await, Arc::new(State::default()));
        let answering = Arc::clone(&state);
        Mock::given(any()).respond_with(move |request: &Request| answering.answer(request)).mount(&http).await;
        Self { http, state }
    }

    fn clients(&self) -> [Enet; 2] {
        let rest = Enet::new(settings(self.http.uri())).expect("settings");
        [rest, soap::enet(&self.http)]
    }

    fn logons(&self) -> i64 {
        self.state.logons.swap(0, Ordering::Relaxed)
    }

    fn alive(&self) -> bool {
        self.state.alive.load(Ordering::Relaxed) != 0
    }

    async fn operations(&self) -> Vec<String> {
        let requests = self.http.received_requests().await.expect("recorded");
        requests.iter().map(|request| asked(request).0).collect()
    }
}

async fn read(operator: &Operator) -> Result<bool, Error> {
    let mut session = operator.session().await?;
    session.read(async |enet, token| Ok(enet.sorqry(token, "346").await?.is_some())).await
}

#[tokio::test]
async fn many_calls_share_a_session_and_none_overlap() {
    let server = Server::start().await;
    for enet in server.clients() {
        let operator = Operator::new(enet, SessionLimits::default());
        let reads = (0..5).map(|_| read(&operator));
        for result in futures_util::future::join_all(reads).await {
            assert_eq!(result, Ok(true));
        }
        assert_eq!(server.logons(), 1);
        operator.close().await.expect("logged off");
        assert!(!server.alive());
        operator.close().await.expect("nothing to log off");
    }
}

#[tokio::test]
async fn a_session_is_renewed_before_it_is_lost() {
    let server = Server::start().await;
    for enet in server.clients() {
        let clock = Arc::new(Hands::default());
        let limits = SessionLimits { max_idle: Duration::from_mins(10), max_age: Duration::from_mins(25) };
        let operator = Operator::new(enet, limits).with_clock(Arc::clone(&clock) as Arc<dyn Clock>);
        for (minutes, logons) in [(0, 1), (9, 0), (9, 0), (9, 1), (11, 1)] {
            clock.forward(Duration::from_mins(minutes));
            assert_eq!(read(&operator).await, Ok(true));
            assert_eq!(server.logons(), logons, "after {minutes} minutes");
        }
        operator.close().await.expect("logged off");
    }
    assert!(!server.alive());
}

#[tokio::test]
async fn a_session_stolen_on_the_way_is_renewed_for_reading_and_told_for_writing() {
    let server = Server::start().await;
    for enet in server.clients() {
        let operator = Operator::new(enet, SessionLimits::default());
        assert_eq!(read(&operator).await, Ok(true));
        server.state.alive.store(0, Ordering::Relaxed);
        assert_eq!(read(&operator).await, Ok(true));
        assert_eq!(server.logons(), 2);

        server.state.alive.store(0, Ordering::Relaxed);
        let mut session = operator.session().await.expect("believed alive");
        let fields = header_fields();
        let post = async |enet: &Enet, token: &syspro::Token| enet.sortdh(token, &fields, Posting::default()).await;
        let error = session.call(&post).await.expect_err("lost");
        assert_eq!((error.code(), error.may_have_taken_effect()), ("session_lost", false));
        assert_eq!(server.logons(), 0, "a changing call is not repeated");
        session.call(&post).await.expect("with a new session");
        assert_eq!(server.logons(), 1);
        drop(session);
        operator.close().await.expect("logged off");
    }
}

#[tokio::test]
async fn a_session_in_doubt_is_logged_off_before_the_next_call() {
    let server = Server::start().await;
    for enet in server.clients() {
        let operator = Operator::new(enet, SessionLimits::default());
        let mut session = operator.session().await.expect("logged on");
        server.state.swallow.store(true, Ordering::Relaxed);
        let fields = header_fields();
        let error = session
            .call(async |enet, token| enet.sortdh(token, &fields, Posting::default()).await)
            .await
            .expect_err("swallowed");
        assert!(error.may_have_taken_effect());
        server.state.swallow.store(false, Ordering::Relaxed);
        drop(session);
        let before = server.operations().await.len();
        assert_eq!(read(&operator).await, Ok(true));
        assert_eq!(server.operations().await[before..], ["Logoff", "Logon", "Query"]);
        operator.close().await.expect("logged off");
    }
}

#[tokio::test]
async fn a_call_that_is_given_up_leaves_its_session_in_doubt() {
    let server = Server::start().await;
    let [enet, _] = server.clients();
    let operator = Operator::new(enet, SessionLimits::default());
    let mut session = operator.session().await.expect("logged on");
    let given_up = session.call(async |_, _| std::future::pending::<Result<(), Error>>().await);
    assert!(tokio::time::timeout(Duration::ZERO, given_up).await.is_err());
    drop(session);
    assert_eq!(read(&operator).await, Ok(true));
    assert_eq!(server.operations().await, ["Logon", "Logoff", "Logon", "Query"]);
    operator.close().await.expect("logged off");
}

#[tokio::test]
async fn a_dropped_operator_is_logged_off() {
    let server = Server::start().await;
    for enet in server.clients() {
        let operator = Operator::new(enet, SessionLimits::default());
        assert_eq!(read(&operator).await, Ok(true));
        assert!(server.alive());
        drop(operator);
        while server.alive() {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn a_refused_logon_is_tried_once() {
    let http = crate::server_saying("/Logon", says("ERROR: Invalid operator password")).await;
    let operator = Operator::new(crate::enet(&http), SessionLimits::default());
    assert_eq!(read(&operator).await.expect_err("refused").code(), "logon_refused");
    assert_eq!(http.received_requests().await.map(|all| all.len()), Some(1));
    assert!(!format!("{operator:?}").contains("hunter2"));
}
