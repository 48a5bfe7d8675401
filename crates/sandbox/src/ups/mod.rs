//! The pretended UPS: one application, one account, production manners.
//!
//! ```text
//! path ─► Call ─► bearer, product, quota ─► oauth · address · rate · ship · recovery · void · pickup · transit
//!                  │ 401 / 429 / 400         │ reading ─► asked ─► check ─► price, transit
//!                  └─► envelope              └─► shelf (shipments, journeys) ─► ledger (labels)
//!                                                     │ scans, as the clock goes on
//!                                                     └─► track · alert (webhooks) · quantum
//! ```
//!
//! What is faithful on purpose: there is no idempotency key, so the same request twice buys two
//! labels; unknown and misplaced fields are ignored without a word; answers mix lists and single
//! elements; a request with a control character is answered 200 with an empty body; an unknown
//! tracking number is a 200 with a warning.
//!
//! Where UPS may behave in more than one way, or nobody outside knows how it does, there is a field
//! in [`Manners`], *assumed* in its doc where it is a guess. Besides those are assumed: prices and
//! their surcharges, transit days, zones, which ZIP codes are rural, and the codes of UPS's older
//! developer guides where newer sources have none.

mod address;
mod alert;
mod asked;
mod bitmap;
mod calendar;
mod charges;
mod check;
pub(crate) mod envelope;
mod forms;
mod geography;
mod journey;
mod label;
mod manners;
mod number;
mod oauth;
mod pdf;
mod pickup;
mod price;
mod quantum;
mod quota;
mod rate;
mod reading;
mod receipt;
mod recovery;
mod service;
mod shelf;
mod ship;
mod thermal;
mod time_in_transit;
mod track;
mod transit;
mod void;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::Value;

pub use self::alert::{Outcome, Webhook, WebhookSent, WebhookToken};
pub use self::journey::Fate;
pub use self::manners::{BadManner, Blanks, Holiday, Manners, Mode, Pieces, QuantumRecord, QuantumSubscription, Quota};
pub use self::pickup::PickupOrdered;
use crate::fault::Call;
use crate::serve::{House, Reply, Request, Service};
use crate::world::places::Place;
use envelope::Refusal;
use oauth::Tokens;
use shelf::Shelf;

/// UPS. Clones are the same UPS.
#[derive(Debug, Clone)]
pub struct Ups(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    house: House,
    state: Mutex<State>,
    herald: alert::Herald,
}

#[derive(Debug)]
struct State {
    manners: Manners,
    tokens: Tokens,
    call_buckets: quota::Buckets,
    token_buckets: quota::Buckets,
    shelf: Shelf,
    /// What address validation knows.
    atlas: address::Atlas,
    alerts: alert::Alerts,
    quantum: quantum::Desk,
    pickups: pickup::Book,
    transactions: u64,
}

impl Ups {
    pub(crate) fn new(seed: u64, manners: Manners, house: &House) -> Self {
        let state = State {
            manners,
            tokens: Tokens::new(seed),
            call_buckets: quota::Buckets::default(),
            token_buckets: quota::Buckets::default(),
            shelf: Shelf::new(seed),
            atlas: address::Atlas::of_the_world(),
            alerts: alert::Alerts::new(seed),
            quantum: quantum::Desk::default(),
            pickups: pickup::Book::new(seed),
            transactions: 0,
        };
        Self(Arc::new(Inner { house: house.clone(), state: Mutex::new(state), herald: alert::Herald::default() }))
    }

    /// Changes how UPS behaves from now on.
    pub fn change(&self, change: impl FnOnce(&mut Manners)) {
        change(&mut self.state().manners);
    }

    /// How UPS behaves now.
    #[must_use]
    pub fn manners(&self) -> Manners {
        self.state().manners.clone()
    }

    /// Makes one more address known to address validation.
    pub fn known_place(&self, place: &Place) {
        self.state().atlas.add(place);
    }

    /// Decides how the parcel's journey goes, its shipment's other parcels travelling along.
    /// Answers whether there is such a parcel.
    pub fn decide_fate(&self, tracking_number: &str, fate: Fate) -> bool {
        self.decide(tracking_number, fate, false)
    }

    /// Decides how the journey of this one parcel goes, whatever becomes of its shipment's others.
    /// Answers whether there is such a parcel.
    pub fn decide_fate_alone(&self, tracking_number: &str, fate: Fate) -> bool {
        self.decide(tracking_number, fate, true)
    }

    fn decide(&self, tracking_number: &str, fate: Fate, alone: bool) -> bool {
        let state = &mut *self.state();
        state.shelf.decide_fate(tracking_number, fate, alone, &state.manners)
    }

    /// When UPS will first scan the parcel, and when its journey ends; none for an unknown number.
    #[must_use]
    pub fn journey_of(&self, tracking_number: &str) -> Option<(Timestamp, Timestamp)> {
        let state = self.state();
        let (booked, index) = state.shelf.by_tracking_number(tracking_number)?;
        let journey = &booked.parcels[index].journey;
        Some((journey.possession()?, journey.scans.last()?.at))
    }

    /// Registers one more application of the same account, with tokens and quotas of its own.
    pub fn add_application(&self, client_id: &str, client_secret: &str) {
        self.state().tokens.admit(client_id.to_owned(), client_secret.to_owned());
    }

    /// Makes every token issued so far worthless.
    pub fn revoke_tokens(&self) {
        self.state().tokens.revoke();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Timestamp {
        self.0.house.clock.now()
    }

    /// Lets a request in: the right method, a living token, the product on the application and the
    /// headers the product insists on.
    fn admit(&self, call: &Call, request: &Request) -> Result<(), Refusal> {
        if *call == Call::Token {
            return Ok(());
        }
        let mut state = self.state();
        let now = self.now();
        let client = state
            .tokens
            .check(request.header("authorization"), now, &state.manners)
            .map_err(|refusal| oauth::worded(refusal, call, &state.manners))?;
        if state.manners.missing_products.contains(call) {
            return Err(oauth::worded(oauth::invalid(), &Call::AnyUps, &state.manners));
        }
        let quota = state.manners.call_quota;
        state.call_buckets.take(&client, quota, now)?;
        match call {
            Call::Track | Call::TrackReference => track::require_headers(request)?,
            Call::TrackAlert => alert::require_headers(request)?,
            Call::PickupCountries => pickup::require_headers(request)?,
            _ => {}
        }
        Ok(())
    }

    fn visit<'a>(&self, request: &'a Request) -> Visit<'a> {
        let mut state = self.state();
        state.transactions += 1;
        let own = format!("sandbox{:018x}", state.transactions);
        let transaction = request.header("transid").map_or(own.clone(), str::to_owned);
        let segments = request.segments();
        Visit { request, segments, now: self.now(), transaction, id: own }
    }
}

/// One call being answered.
#[derive(Debug)]
struct Visit<'a> {
    request: &'a Request,
    /// The path's segments.
    segments: Vec<String>,
    now: Timestamp,
    /// The caller's `transId`, or one of UPS's own.
    transaction: String,
    id: String,
}

impl Visit<'_> {
    /// The body as JSON.
    ///
    /// A control character inside a text, raw or escaped, spoils the whole request in UPS's own way.
    fn json(&self) -> Result<Value, Refusal> {
        let body = &self.request.body;
        match serde_json::from_slice::<Value>(body) {
            Ok(value) if reading::has_control_character(&value) => Err(Refusal::Unparsable),
            Ok(value) => Ok(value),
            Err(error) if error.to_string().contains("control character") => Err(Refusal::Unparsable),
            Err(_) => Err(Refusal::bad("10001", "The request is not well formed or the operation is not defined.")),
        }
    }

    /// The path segment at `index`; empty when the path is shorter.
    fn segment(&self, index: usize) -> &str {
        self.segments.get(index).map_or("", String::as_str)
    }

    /// Dice of this call's own.
    fn dice(&self) -> fastrand::Rng {
        let seed = self.id.bytes().fold(7, |seed: u64, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
        fastrand::Rng::with_seed(seed)
    }

    fn query_flag(&self, name: &str, value: &str) -> bool {
        self.request.query_value(name).is_some_and(|given| given.eq_ignore_ascii_case(value))
    }
}

impl Service for Ups {
    fn call(&self, request: &Request) -> Option<Call> {
        let segments = request.segments();
        let path: Vec<&str> = segments.iter().map(String::as_str).collect();
        Some(match path.as_slice() {
            ["security", "v1", "oauth", "token"] => Call::Token,
            ["api", "addressvalidation", _, _] => Call::AddressValidation,
            ["api", "rating", _, _] => Call::Rate,
            ["api", "shipments", _, "ship"] => Call::Ship,
            ["api", "shipments", "v1", "transittimes"] => Call::TimeInTransit,
            ["api", "shipments", _, "void", "cancel", _] => Call::Void,
            ["api", "labels", _, "recovery"] => Call::Recovery,
            ["api", "track", "v1", "details", _] | ["api", "track", "v1", "shipment", "details", _] => Call::Track,
            ["api", "track", "v1", "reference", "details", _] => Call::TrackReference,
            ["api", "shipments", _, "pickup", _] => match request.method.as_str() {
                "GET" => Call::PickupPending,
                "DELETE" => Call::PickupCancel,
                _ => Call::PickupRate,
            },
            ["api", "pickupcreation", _, "pickup"] => Call::PickupCreate,
            ["api", "pickup", _, "countries", _] => Call::PickupCountries,
            ["api", "quantumview", "v1" | "v2" | "v3", "events"] => Call::QuantumView,
            ["api", "track", _, "subscription", _, "package" | "account"] => Call::TrackAlert,
            _ => return None,
        })
    }

    fn answer(&self, call: Option<&Call>, request: &Request) -> Reply {
        let visit = self.visit(request);
        let reply = match call {
            Some(call) => method_fits(call, request)
                .and_then(|()| self.admit(call, request))
                .and_then(|()| self.handle(call, &visit))
                .unwrap_or_else(|refusal| refusal.reply()),
            None => Reply::empty(404),
        };
        // A void and a subscription can make events due at once.
        if matches!(call, Some(Call::Void | Call::TrackAlert)) {
            self.0.herald.nudge();
        }
        reply
            .with_header("bkndtransid", printable(&visit.transaction))
            .with_header("x-request-id", visit.id)
            .with_header("cache-control", "max-age=0, no-cache, no-store")
    }
}

impl Ups {
    fn handle(&self, call: &Call, visit: &Visit<'_>) -> Result<Reply, Refusal> {
        match call {
            Call::Token => oauth::answer(self, visit),
            Call::AddressValidation => address::answer(self, visit),
            Call::Rate => rate::answer(self, visit),
            Call::Ship => ship::answer(self, visit),
            Call::TimeInTransit => time_in_transit::answer(self, visit),
            Call::Recovery => recovery::answer(self, visit),
            Call::Void => void::answer(self, visit),
            Call::Track => track::by_number(self, visit),
            Call::TrackReference => track::by_reference(self, visit),
            Call::TrackAlert => alert::answer(self, visit),
            Call::QuantumView => quantum::answer(self, visit),
            Call::PickupRate => pickup::rate(self, visit),
            Call::PickupCreate => pickup::create(self, visit),
            Call::PickupPending => pickup::pending(self, visit),
            Call::PickupCancel => pickup::cancel(self, visit),
            Call::PickupCountries => pickup::countries(self, visit),
            _ => Err(Refusal::Bare(404)),
        }
    }
}

fn method_fits(call: &Call, request: &Request) -> Result<(), Refusal> {
    let wanted = match call {
        Call::Void | Call::PickupCancel => "DELETE",
        // Two methods, told apart where it is answered.
        Call::TrackAlert => return Ok(()),
        Call::Track | Call::TrackReference | Call::PickupPending | Call::PickupCountries => "GET",
        _ => "POST",
    };
    if request.method.as_str() == wanted { Ok(()) } else { Err(Refusal::Bare(405)) }
}

fn printable(text: &str) -> String {
    text.chars().filter(char::is_ascii_graphic).collect()
}
