//! A customer at UPS's counter: real HTTP, JSON written by hand, none of our clients.

use jiff::SignedDuration;
use sandbox::{Sandbox, Settings};
use serde_json::{Value, json};

/// A Monday morning in Oakland.
pub(crate) const MONDAY: &str = "2026-09-14T16:00:00Z";

/// An attempt's own reference.
pub(crate) const REFERENCE: &str = "0123456789ABCDEFGHJKMNPQRS";

pub(crate) struct Counter {
    pub(crate) sandbox: Sandbox,
    pub(crate) http: reqwest::Client,
    pub(crate) token: String,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn errorcode(&self) -> &str {
        self.headers.get("errorcode").map_or("", |code| code.to_str().unwrap())
    }

    pub(crate) fn refused_with(&self, code: &str) {
        assert_eq!(self.status, 400, "{code}: {}", self.body);
        assert_eq!(self.body["response"]["errors"][0]["code"], code, "{}", self.body);
        assert_eq!(self.errorcode(), code);
    }
}

#[expect(clippy::disallowed_methods, reason = "the sandbox is asked without any of our clients")]
pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

impl Counter {
    pub(crate) async fn open() -> Self {
        Self::with(Settings::empty(MONDAY.parse().unwrap())).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        let sandbox = Sandbox::start(settings).await.unwrap();
        let mut counter = Self { sandbox, http: client(), token: String::new() };
        counter.log_in().await;
        counter
    }

    pub(crate) async fn log_in(&mut self) {
        let known = self.sandbox.credentials();
        let request = self
            .http
            .post(format!("{}/security/v1/oauth/token", self.sandbox.ups_url()))
            .basic_auth(known.ups_client_id, Some(known.ups_client_secret))
            .form(&[("grant_type", "client_credentials")]);
        let answer = settle(request).await;
        assert_eq!(answer.body["expires_in"], "3599");
        answer.body["access_token"].as_str().unwrap().clone_into(&mut self.token);
    }

    /// Lets so many hours go by, after which a token has expired.
    pub(crate) async fn wait(&mut self, hours: i64) {
        self.sandbox.clock().advance(SignedDuration::from_hours(hours));
        self.log_in().await;
    }

    pub(crate) fn call(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.http
            .request(method.parse().unwrap(), format!("{}{path}", self.sandbox.ups_url()))
            .bearer_auth(&self.token)
            .header("transId", "test")
            .header("transactionSrc", "test")
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        settle(self.call("POST", path).json(body)).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        settle(self.call("GET", path)).await
    }

    pub(crate) async fn ship(&self, body: &Value) -> Answer {
        self.post("/api/shipments/v2409/ship", body).await
    }

    pub(crate) async fn recover(&self, reference: &str) -> Answer {
        let account = self.sandbox.credentials().ups_account;
        let body = json!({"LabelRecoveryRequest": {
            "LabelSpecification": {
                "LabelImageFormat": {"Code": "ZPL"},
                "LabelStockSize": {"Height": "6", "Width": "4"},
            },
            "ReferenceValues": {"ReferenceNumber": {"Value": reference}, "ShipperNumber": account},
        }});
        self.post("/api/labels/v1/recovery", &body).await
    }

    pub(crate) async fn track(&self, number: &str) -> Value {
        let answer = self.get(&format!("/api/track/v1/details/{number}")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["trackResponse"]["shipment"][0].clone()
    }

    pub(crate) async fn void(&self, number: &str) -> Answer {
        settle(self.call("DELETE", &format!("/api/shipments/v2409/void/cancel/{number}"))).await
    }

    pub(crate) fn bought(&self) -> usize {
        self.sandbox.ledger().labels_bought()
    }
}

pub(crate) async fn settle(request: reqwest::RequestBuilder) -> Answer {
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let text = answer.text().await.unwrap();
    Answer { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::Null) }
}

/// A 12-pound ground parcel from Oakland to Boston.
pub(crate) fn parcel(reference: &str) -> Value {
    json!({"ShipmentRequest": {
        "Request": {"RequestOption": "nonvalidate", "TransactionReference": {"CustomerContext": reference}},
        "Shipment": {
            "Shipper": {"Name": "Bay Fasteners", "ShipperNumber": "A1B2C3", "Address": {
                "AddressLine": ["1 Harbor Blvd"], "City": "Oakland", "StateProvinceCode": "CA",
                "PostalCode": "94607", "CountryCode": "US",
            }},
            "ShipTo": {"Name": "Harbor Machine Works", "Address": {
                "AddressLine": ["22 Foundry St", "Dock 4"], "City": "Boston", "StateProvinceCode": "MA",
                "PostalCode": "02118", "CountryCode": "US",
            }},
            "PaymentInformation": {
                "ShipmentCharge": [{"Type": "01", "BillShipper": {"AccountNumber": "A1B2C3"}}],
            },
            "ShipmentRatingOptions": {"NegotiatedRatesIndicator": ""},
            "Service": {"Code": "03"},
            "Package": [{
                "Packaging": {"Code": "02"},
                "PackageWeight": {"UnitOfMeasurement": {"Code": "LBS"}, "Weight": "12"},
                "ReferenceNumber": [{"Code": "TN", "Value": reference}, {"Code": "IK", "Value": "100482"}],
            }],
        },
        "LabelSpecification": {
            "LabelImageFormat": {"Code": "ZPL"},
            "LabelStockSize": {"Height": "6", "Width": "4"},
        },
    }})
}

/// `parcel` with one value put in or, for null, taken out.
pub(crate) fn parcel_with(pointer: &str, value: Value) -> Value {
    let mut body = parcel(REFERENCE);
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = body.pointer_mut(&format!("/ShipmentRequest{parent}")).unwrap().as_object_mut().unwrap();
    match value {
        Value::Null => parent.remove(name),
        value => parent.insert(name.to_owned(), value),
    };
    body
}

pub(crate) fn results(answer: &Answer) -> &Value {
    assert_eq!(answer.status, 200, "{}", answer.body);
    &answer.body["ShipmentResponse"]["ShipmentResults"]
}

pub(crate) fn number(answer: &Answer) -> String {
    results(answer)["ShipmentIdentificationNumber"].as_str().unwrap().to_owned()
}

pub(crate) fn image(label: &Value) -> Vec<u8> {
    use base64::Engine as _;
    let text: String = label["GraphicImage"].as_str().unwrap().split_whitespace().collect();
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}
