//! Whoever is told: a mail server and a receiver of webhooks on this machine, which keep what they are given.
//!
//! Both listen on loopback only, can be shut and opened again on the same port, and can be told to refuse.

use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A mail as it came.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    pub(crate) recipients: Vec<String>,
    headers: String,
    /// Its text, decoded.
    pub(crate) body: String,
}

impl Taken {
    /// A header's value, unfolded and decoded as far as these mails need it.
    pub(crate) fn header(&self, name: &str) -> String {
        let unfolded = self.headers.replace("\r\n ", " ");
        let line = unfolded.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).unwrap_or_default();
        decoded(line)
    }

    pub(crate) fn subject(&self) -> String {
        self.header("Subject")
    }
}

/// A mail server.
pub(crate) struct PostOffice {
    pub(crate) port: u16,
    taken: Arc<Mutex<Vec<Taken>>>,
    refuses: Arc<AtomicBool>,
    serving: Option<JoinHandle<()>>,
}

impl PostOffice {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let mut office = Self { port, taken: Arc::default(), refuses: Arc::default(), serving: None };
        office.serve(listener);
        office
    }

    fn serve(&mut self, listener: TcpListener) {
        let (taken, refuses) = (Arc::clone(&self.taken), Arc::clone(&self.refuses));
        self.serving = Some(tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (taken, refuses) = (Arc::clone(&taken), Arc::clone(&refuses));
                tokio::spawn(async move {
                    // A client that hangs up in the middle has sent nothing.
                    let _ = converse(stream, &taken, &refuses).await;
                });
            }
        }));
    }

    /// Nobody listens any more.
    pub(crate) async fn shut(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
            let _ = serving.await;
        }
    }

    pub(crate) async fn reopen(&mut self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.expect("the port is still free");
        self.serve(listener);
    }

    /// Takes no mail for a while, and says so.
    pub(crate) fn refuse(&self, refuses: bool) {
        self.refuses.store(refuses, Ordering::SeqCst);
    }

    pub(crate) fn taken(&self) -> Vec<Taken> {
        self.taken.lock().expect("whole").clone()
    }

    pub(crate) fn subjects(&self) -> Vec<String> {
        self.taken().iter().map(Taken::subject).collect()
    }
}

impl Drop for PostOffice {
    fn drop(&mut self) {
        if let Some(serving) = &self.serving {
            serving.abort();
        }
    }
}

async fn converse(stream: TcpStream, taken: &Mutex<Vec<Taken>>, refuses: &AtomicBool) -> std::io::Result<()> {
    let (reading, mut writing) = stream.into_split();
    let mut lines = BufReader::new(reading).lines();
    writing.write_all(b"220 post office\r\n").await?;
    let mut recipients = Vec::new();
    while let Some(line) = lines.next_line().await? {
        let command = line.to_ascii_uppercase();
        let answer = if command.starts_with("EHLO") {
            "250-post office\r\n250 8BITMIME\r\n"
        } else if let Some(rest) = line.get(8..).filter(|_| command.starts_with("RCPT TO:")) {
            recipients.push(rest.trim_matches(['<', '>']).to_owned());
            "250 ok\r\n"
        } else if command == "DATA" && refuses.load(Ordering::SeqCst) {
            "451 no room just now\r\n"
        } else if command == "DATA" {
            writing.write_all(b"354 go on\r\n").await?;
            let mut text = Vec::new();
            while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                text.push(line);
            }
            let text = text.join("\r\n");
            let (headers, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
            let body = if headers.contains("quoted-printable") { unquoted(body) } else { body.to_owned() };
            let taking = Taken { recipients: std::mem::take(&mut recipients), headers: headers.to_owned(), body };
            taken.lock().expect("whole").push(taking);
            "250 taken\r\n"
        } else if command == "QUIT" {
            writing.write_all(b"221 bye\r\n").await?;
            return Ok(());
        } else {
            "250 ok\r\n"
        };
        writing.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}

/// Undoes quoted-printable.
fn unquoted(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('=') {
        bytes.extend_from_slice(before.as_bytes());
        rest = if let Some(after) = after.strip_prefix("\r\n") {
            after
        } else {
            bytes.extend(u8::from_str_radix(&after[..2], 16).ok());
            &after[2..]
        };
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).expect("UTF-8")
}

/// Undoes the encoded words of a header (`=?utf-8?b?…?=`).
fn decoded(text: &str) -> String {
    use base64::Engine as _;
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("=?utf-8?b?") {
        let (word, after) = after.split_once("?=").expect("an end");
        let bytes = base64::engine::general_purpose::STANDARD.decode(word).expect("base64");
        // Only white space between two encoded words is no text.
        if !before.trim().is_empty() || out.is_empty() {
            out.push_str(before);
        }
        out.push_str(&String::from_utf8(bytes).expect("UTF-8"));
        rest = after;
    }
    out + rest
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) id: String,
    pub(crate) timestamp: String,
    pub(crate) signature: String,
    pub(crate) body: String,
}

impl Heard {
    pub(crate) fn value(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
}

/// A program that wants to be told.
pub(crate) struct Ear {
    pub(crate) url: String,
    heard: Arc<Mutex<Vec<Heard>>>,
    answers: Arc<AtomicU16>,
    serving: JoinHandle<()>,
}

impl Ear {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let heard: Arc<Mutex<Vec<Heard>>> = Arc::default();
        let answers = Arc::new(AtomicU16::new(204));
        let router = Router::new()
            .route("/hook", post(hear))
            .route("/elsewhere", post(hear))
            .with_state((Arc::clone(&heard), Arc::clone(&answers)));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self { url, heard, answers, serving }
    }

    /// What it answers from now on.
    pub(crate) fn answers(&self, status: u16) {
        self.answers.store(status, Ordering::SeqCst);
    }

    /// What it was told, as often as it was told.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().expect("whole").clone()
    }

    pub(crate) fn types(&self) -> Vec<String> {
        self.heard().iter().map(|it| it.value()["type"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

type Ears = (Arc<Mutex<Vec<Heard>>>, Arc<AtomicU16>);

async fn hear(
    State((heard, answers)): State<Ears>,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, [(&'static str, &'static str); 1]) {
    let header = |name: &str| headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default().to_owned();
    heard.lock().expect("whole").push(Heard {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
        body,
    });
    let status = StatusCode::from_u16(answers.load(Ordering::SeqCst)).expect("a status");
    (status, [("location", "/elsewhere")])
}
