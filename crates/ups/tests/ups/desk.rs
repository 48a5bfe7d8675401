//! The harness: a pretended UPS whose answers each story writes itself, and a shipment to send.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use ups::{
    Client, Environment, LabelFormat, Package, Party, ReferenceNumber, Service, Settings, ShipRequest, Shipment,
    Timeouts, Url,
};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

pub(crate) const ACCOUNT: &str = "A1B2C3";
pub(crate) const TOKEN_PATH: &str = "/security/v1/oauth/token";
pub(crate) const SHIP_PATH: &str = "/api/shipments/v2409/ship";

/// A client of that address, with deadlines short enough to be waited for.
pub(crate) fn client_of(address: &str) -> Client {
    Client::new(settings_of(address)).expect("settings that can be right")
}

pub(crate) fn settings_of(address: &str) -> Settings {
    let url = Url::parse(address).expect("a url");
    let mut settings = Settings::new(Environment::At(url), "the-id", "the-secret", ACCOUNT);
    settings.timeouts = Timeouts {
        connect: Duration::from_secs(5),
        read_call: Duration::from_secs(20),
        changing_call: Duration::from_secs(20),
    };
    settings
}

/// A UPS that gives out tokens named `token-1`, `token-2`, …
pub(crate) struct Desk {
    pub(crate) server: MockServer,
    pub(crate) client: Client,
}

impl Desk {
    pub(crate) async fn open() -> Self {
        let server = MockServer::start().await;
        let given = Arc::new(std::sync::atomic::AtomicU32::new(0));
        let answer = move |_: &Request| {
            let number = given.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
            ResponseTemplate::new(200).set_body_json(token(&format!("token-{number}")))
        };
        Mock::given(method("POST")).and(path(TOKEN_PATH)).respond_with(answer).mount(&server).await;
        let client = client_of(&server.uri());
        Self { server, client }
    }

    /// Everything but token calls is answered like this.
    pub(crate) async fn answers(self, answer: ResponseTemplate) -> Self {
        Mock::given(wiremock::matchers::any()).respond_with(answer).with_priority(9).mount(&self.server).await;
        self
    }

    pub(crate) async fn answers_json(self, status: u16, body: Value) -> Self {
        self.answers(ResponseTemplate::new(status).set_body_json(body)).await
    }

    pub(crate) async fn refuses(self, code: &str) -> Self {
        self.answers_json(400, envelope(code)).await
    }

    /// The calls that were no token calls.
    pub(crate) async fn calls(&self) -> Vec<Request> {
        let all = self.server.received_requests().await.expect("recording is on");
        all.into_iter().filter(|request| request.url.path() != TOKEN_PATH).collect()
    }

    pub(crate) async fn token_calls(&self) -> Vec<Request> {
        let all = self.server.received_requests().await.expect("recording is on");
        all.into_iter().filter(|request| request.url.path() == TOKEN_PATH).collect()
    }
}

/// All members are text, and two of the documented ones are missing: so the test host was seen to answer.
pub(crate) fn token(secret: &str) -> Value {
    json!({
        "token_type": "Bearer", "issued_at": "1712244289410", "client_id": "the-id",
        "access_token": secret, "expires_in": "3599", "status": "approved",
    })
}

pub(crate) fn envelope(code: &str) -> Value {
    json!({ "response": { "errors": [{ "code": code, "message": "words of UPS " }] } })
}

/// What a raw connection does once it has read a whole call that is no token call.
#[derive(Clone)]
pub(crate) enum Manner {
    /// Sends these bytes before it has heard anything, and closes.
    Blurts(&'static str),
    /// Closes without a word.
    Drops,
    /// Never answers.
    Hangs,
    /// Sends these bytes and closes.
    Says(&'static str),
}

/// A UPS on a bare socket, for manners no HTTP library has. Gives its address.
pub(crate) async fn socket(manner: Manner) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let manner = manner.clone();
            tokio::spawn(async move { serve(stream, manner).await });
        }
    });
    address
}

/// A UPS that gives one token and is gone. Gives its address.
pub(crate) async fn socket_that_goes_away() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a caller");
        drop(listener);
        serve(stream, Manner::Drops).await;
    });
    address
}

async fn serve(mut stream: TcpStream, manner: Manner) {
    if let Manner::Blurts(bytes) = manner {
        let _ = stream.write_all(bytes.as_bytes()).await;
        return;
    }
    let call = read_call(&mut stream).await;
    if call.contains(TOKEN_PATH) {
        let body = token("token-1").to_string();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
        let _ = stream.write_all((head + &body).as_bytes()).await;
        return;
    }
    match manner {
        Manner::Drops | Manner::Blurts(_) => {}
        Manner::Hangs => std::future::pending().await,
        Manner::Says(bytes) => {
            let _ = stream.write_all(bytes.as_bytes()).await;
        }
    }
}

async fn read_call(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let count = stream.read(&mut piece).await.unwrap_or(0);
        read.extend_from_slice(&piece[..count]);
        let text = String::from_utf8_lossy(&read).to_ascii_lowercase();
        if count == 0 || is_whole(&text) {
            return text;
        }
    }
}

fn is_whole(call: &str) -> bool {
    let Some((head, body)) = call.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    length.is_none_or(|length| length.trim().parse().is_ok_and(|length: usize| body.len() >= length))
}

pub(crate) fn number(text: &str) -> rust_decimal::Decimal {
    text.parse().expect("a number")
}

pub(crate) fn dock() -> Party {
    Party::new("Ridge Supply")
        .street("120 Dock Road")
        .place("Oakland", "CA", "94607-1234", "US")
        .phone("+1 (510) 555-0100")
}

pub(crate) fn customer() -> Party {
    Party::new("Hill Hardware").street("9 Main Street").street("").place("Alameda", "CA", "94501", "US")
}

pub(crate) fn shipment() -> Shipment {
    Shipment::domestic(ACCOUNT, dock(), customer(), Service::Ground)
        .package(Package::pounds("12.31".parse().expect("a number")))
        .reference(ReferenceNumber::new("TN", "7R0K5T3V9W2X4Y6Z8A1B3C5D7E"))
        .on(jiff::civil::date(2026, 9, 1))
        .negotiated()
}

/// A value with something changed.
pub(crate) fn with<T>(mut value: T, change: impl FnOnce(&mut T)) -> T {
    change(&mut value);
    value
}

/// The shipment as it is written for a booking.
pub(crate) fn written(shipment: &Shipment) -> Value {
    let text = ShipRequest::new(shipment.clone(), LabelFormat::Zpl).body_json().expect("a request that fits");
    serde_json::from_str::<Value>(&text).expect("json")["ShipmentRequest"]["Shipment"].take()
}

/// The field for which a booking is refused here, and why.
pub(crate) fn refused(shipment: &Shipment) -> (&'static str, String) {
    match ShipRequest::new(shipment.clone(), LabelFormat::Zpl).body_json() {
        Err(ups::Error::Invalid { field, why }) => (field, why),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn order() -> ShipRequest {
    ShipRequest::new(shipment(), LabelFormat::Zpl)
}

/// One package, told with objects where lists are documented, as older versions and single packages come.
pub(crate) fn booked() -> Value {
    json!({ "ShipmentResponse": {
        "Response": {
            "ResponseStatus": { "Code": "1", "Description": "Success" },
            "Alert": { "Code": "120900", "Description": "not qualified to receive negotiated rates " },
            "TransactionReference": "",
        },
        "ShipmentResults": {
            "ShipmentCharges": {
                "ItemizedCharges": { "Code": "270", "CurrencyCode": "USD", "MonetaryValue": "5.65", "SubType": "" },
                "TotalCharges": { "CurrencyCode": "USD", "MonetaryValue": "24.18" },
            },
            "BillingWeight": { "UnitOfMeasurement": { "Code": "LBS", "Description": "Pounds" }, "Weight": 13.0 },
            "ShipmentIdentificationNumber": "1Z999AA10123456784",
            "PackageResults": {
                "TrackingNumber": "1Z999AA10123456784",
                "ShippingLabel": { "ImageFormat": { "Code": "ZPL" }, "GraphicImage": "XlhB\r\nXlha" },
                "ItemizedCharges": { "Code": "375", "CurrencyCode": "USD", "MonetaryValue": "3.22" },
            },
        },
    } })
}
