//! The control address: ledger, faults, clock and the order desk over HTTP, for people and for
//! `ml-connector sandbox`.
//!
//! ```text
//! GET  /                 addresses, credentials, the time, the counts
//! GET  /ledger           every effect so far
//! GET  /clock            {"now"}
//! POST /clock            {"advance": "PT36H"} or {"set": "2026-09-17T12:00:00Z"}
//! GET  /faults           to come, struck, and the calls there are
//! POST /faults           one fault, or a list: {"call", "when", "kind", "count", "skip"}
//! POST /faults/sprinkle  {"seed", "per_thousand"}
//! DELETE /faults         takes back all that are to come
//! POST /ups/fate         {"tracking_number", "fate"}, with "alone": true not its shipment's others
//! GET  /ups/manners      every manner by its name
//! POST /ups/manners      {"mode": "cie-like", "price_delta": "1.50", …}: those named are changed
//! GET  /ups/webhooks     where version 2's events go, and every webhook sent
//! POST /ups/webhooks     {"url", "bearer"} or {"url", "token_url", "client_id", "client_secret"}
//! GET  /ups/pickups      every pickup ordered
//! POST /ups/products     {"missing": ["ups.track"]}
//! GET  /syspro/notes     the dispatch notes; /syspro/notes/{note} one of them; /syspro/sessions
//! POST /syspro/release   a new dispatch note: {"number", "ship_via", "lines", "ship_to"}
//! POST /syspro/invoices  an invoice, /syspro/purchase-orders a purchase order
//! POST /syspro/notes/{note}/{ship-to|ship-via|quantity|status|cancel|invoice|lock|unlock|tracking}
//! POST /syspro/orders/{order}/{the same|back-order}, /syspro/purchase-orders/{number}/{ship-to|status}
//! POST /syspro/{restart|kick|seats|password}
//! GET  /syspro/manners   SYSPRO's switches; PATCH changes those that are given
//! ```
//!
//! It is plain HTTP without a password: the sandbox listens on loopback unless told otherwise, and
//! there is nothing real behind it.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::CREDENTIALS;
use crate::fault::{Call, Fault};
use crate::serve::{House, Reply, Request, Service};
use crate::syspro::Syspro;
use crate::ups::{Fate, Ups};

/// The service behind the control address.
#[derive(Debug)]
pub(crate) struct Control {
    pub(crate) house: House,
    pub(crate) syspro: Syspro,
    pub(crate) ups: Ups,
    pub(crate) ups_url: String,
    pub(crate) syspro_url: String,
}

/// Moves the clock by a duration or to an instant.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Move {
    Advance(SignedDuration),
    Set(Timestamp),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sprinkle {
    seed: u64,
    per_thousand: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Destiny {
    tracking_number: String,
    fate: Fate,
    /// Whether the shipment's other parcels keep theirs.
    #[serde(default)]
    alone: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Products {
    missing: Vec<String>,
}

impl Service for Control {
    fn call(&self, _request: &Request) -> Option<Call> {
        None
    }

    fn answer(&self, _call: Option<&Call>, request: &Request) -> Reply {
        match self.handle(request) {
            Some(Ok(value)) => Reply::json(200, &value),
            Some(Err(why)) => Reply::json(400, &json!({"error": why})),
            None => Reply::json(404, &json!({"error": format!("no such path: {}", request.path)})),
        }
    }
}

impl Control {
    fn handle(&self, request: &Request) -> Option<Result<Value, String>> {
        let segments = request.segments();
        let path: Vec<&str> = segments.iter().map(String::as_str).collect();
        Some(match (request.method.as_str(), path.as_slice()) {
            ("GET", []) => Ok(self.overview()),
            ("GET", ["ledger"]) => Ok(self.ledger()),
            ("GET", ["clock"]) => Ok(self.clock()),
            ("POST", ["clock"]) => self.move_clock(request),
            ("GET", ["faults"]) => Ok(self.faults()),
            ("POST", ["faults"]) => self.add_faults(request),
            ("POST", ["faults", "sprinkle"]) => self.sprinkle(request),
            ("DELETE", ["faults"]) => {
                self.house.faults.clear();
                Ok(self.faults())
            }
            ("POST", ["ups", "fate"]) => self.decide_fate(request),
            ("GET", ["ups", "manners"]) => Ok(Value::Object(self.ups.manners().named())),
            ("POST", ["ups", "manners"]) => self.change_manners(request),
            ("GET", ["ups", "pickups"]) => Ok(json!(self.ups.pickups())),
            ("GET", ["ups", "webhooks"]) => Ok(self.webhooks()),
            ("POST", ["ups", "webhooks"]) => self.register_webhook(request),
            ("POST", ["ups", "products"]) => self.change_products(request),
            ("GET", ["syspro", "notes" | "sessions" | "manners"] | ["syspro", "notes", _])
            | ("POST", ["syspro", ..])
            | ("PATCH", ["syspro", "manners"]) => match read::<Value>(request) {
                Ok(body) => return self.syspro.control(&path, &body),
                Err(why) => Err(why),
            },
            _ => return None,
        })
    }

    fn overview(&self) -> Value {
        let ledger = self.house.book.snapshot();
        json!({
            "now": self.house.clock.now(),
            "ups_url": self.ups_url,
            "enet_url": self.syspro_url,
            "odata_url": format!("{}{}", self.syspro_url, crate::syspro::ODATA_PATH),
            "credentials": CREDENTIALS,
            "labels_bought": ledger.labels_bought(),
            "duplicates": ledger.duplicates(),
            "syspro_writes": ledger.writes.len(),
        })
    }

    fn ledger(&self) -> Value {
        let ledger = self.house.book.snapshot();
        let mut value = json!(ledger);
        value["labels_bought"] = json!(ledger.labels_bought());
        value["duplicates"] = json!(ledger.duplicates());
        value
    }

    fn clock(&self) -> Value {
        json!({"now": self.house.clock.now()})
    }

    fn move_clock(&self, request: &Request) -> Result<Value, String> {
        match read(request)? {
            Move::Advance(step) => self.house.clock.advance(step),
            Move::Set(instant) => self.house.clock.set(instant),
        }
        Ok(self.clock())
    }

    fn faults(&self) -> Value {
        let faults = &self.house.faults;
        json!({"coming": faults.coming(), "fired": faults.fired(), "calls": Call::texts()})
    }

    fn add_faults(&self, request: &Request) -> Result<Value, String> {
        let faults: Vec<Fault> = match read::<Value>(request)? {
            Value::Array(_) => read(request)?,
            _ => vec![read(request)?],
        };
        faults.into_iter().for_each(|fault| self.house.faults.add(fault));
        Ok(self.faults())
    }

    fn sprinkle(&self, request: &Request) -> Result<Value, String> {
        let Sprinkle { seed, per_thousand } = read(request)?;
        self.house.faults.sprinkle(seed, per_thousand);
        Ok(self.faults())
    }

    fn decide_fate(&self, request: &Request) -> Result<Value, String> {
        let Destiny { tracking_number, fate, alone } = read(request)?;
        let decided = if alone {
            self.ups.decide_fate_alone(&tracking_number, fate)
        } else {
            self.ups.decide_fate(&tracking_number, fate)
        };
        if !decided {
            return Err(format!("no such tracking number: {tracking_number}"));
        }
        Ok(json!({"tracking_number": tracking_number}))
    }

    fn change_manners(&self, request: &Request) -> Result<Value, String> {
        let changes = read(request)?;
        let mut outcome = Ok(());
        self.ups.change(|manners| outcome = manners.merge(changes));
        outcome.map_err(|bad| bad.to_string())?;
        Ok(Value::Object(self.ups.manners().named()))
    }

    fn webhooks(&self) -> Value {
        let registered = self.ups.registered_webhook().map(|webhook| webhook.url);
        json!({"registered": registered, "sent": self.ups.webhooks_sent()})
    }

    fn register_webhook(&self, request: &Request) -> Result<Value, String> {
        self.ups.register_webhook(read(request)?);
        Ok(self.webhooks())
    }

    fn change_products(&self, request: &Request) -> Result<Value, String> {
        let Products { missing } = read(request)?;
        let calls: Result<Vec<Call>, _> = missing.iter().map(|text| text.parse()).collect();
        let calls = calls.map_err(|bad| bad.to_string())?;
        self.ups.change(|manners| manners.missing_products = calls);
        Ok(json!({"missing": missing}))
    }
}

/// The body as JSON; an empty one is null.
fn read<T: DeserializeOwned>(request: &Request) -> Result<T, String> {
    let body = if request.body.is_empty() { b"null" } else { request.body.as_ref() };
    serde_json::from_slice(body).map_err(|why| format!("body: {why}"))
}
