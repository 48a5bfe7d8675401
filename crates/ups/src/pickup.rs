//! Pickup: having UPS come by.
//!
//! ```text
//! rate_pickup ─► PickupRate           what it would cost
//! schedule_pickup ─► ScheduledPickup ─ PRN ─┐
//! trigger_smart_pickup ─► SmartPickup ─ PRN ─┼─► pending_pickups (today and tomorrow) ─► on its way, done, missed
//!                                            └─► cancel_pickup
//! ```
//!
//! A pickup is an account's affair and not a shipment's: voiding a shipment cancels no pickup, and cancelling a pickup
//! voids no shipment.
//!
//! UPS returns the same pickup request number ([`Prn`]) for a pickup that exists already at that address and pickup
//! point. So scheduling may be repeated after a lost answer without buying a second pickup (the only such call of
//! UPS), and for the same reason an answer does not prove that the pickup is new.
//!
//! All dates and times are local to the pickup address.

mod plan;

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use reqwest::Method;
use rust_decimal::Decimal;

pub use self::plan::{
    Container, PickupAddress, PickupPayment, PickupPiece, PickupRateRequest, PickupRequest, PickupTime, PickupWindow,
    SmartPickupDay,
};
use crate::answer::{Answer, Kind};
use crate::client::{Call, Client};
use crate::codes::codes;
use crate::error::{Alert, Error, RawAnswer};
use crate::json::Node;
use crate::moment::date;
use crate::money::Amount;
use crate::text;

/// The product's name on the developer portal.
const PRODUCT: &str = "Pickup";

/// A pickup request number. UPS makes them of eleven letters and digits; longer ones are taken, too.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Prn(String);

impl Prn {
    /// The number as UPS wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Prn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Prn {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let number = text::required("prn", text, 26)?;
        if number.bytes().all(|b| b.is_ascii_alphanumeric()) {
            Ok(Self(number.to_ascii_uppercase()))
        } else {
            Err(Error::invalid("prn", "must consist of letters and digits"))
        }
    }
}

/// Which pickups to ask about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PickupScope {
    /// Pickups scheduled one by one.
    OnCall,
    /// Smart pickups, which an account has when there is something to pick up.
    Smart,
    /// Both.
    Both,
}

impl PickupScope {
    fn as_str(self) -> &'static str {
        match self {
            Self::OnCall => "oncall",
            Self::Smart => "smart",
            Self::Both => "both",
        }
    }
}

codes! {
    /// What kind of pickup it is.
    pub enum PickupKind {
        OnCall = "01", "scheduled one by one";
        Smart = "02", "smart pickup";
    }
}

codes! {
    /// Whether a pickup could be rated.
    pub enum RateStatus {
        Available = "01", "rated";
        NotAvailable = "02", "no rate available";
        NotApplicable = "03", "rating does not apply, as with returns";
        NotRequested = "04", "not asked for";
    }
}

codes! {
    /// Whether a rate is for today.
    pub enum RateType {
        SameDay = "SD", "same day";
        FutureDay = "FD", "another day";
    }
}

codes! {
    /// What a charge of a pickup is.
    pub enum ChargeKind {
        Accessorial = "A", "accessorial";
        Base = "B", "base charge";
        Surcharge = "S", "surcharge";
    }
}

codes! {
    /// How far a scheduled pickup is.
    pub enum OnCallStatus {
        Received = "001", "received at dispatch";
        Dispatched = "002", "dispatched to the driver";
        Completed = "003", "completed";
        Unsuccessful = "004", "not successful";
        MissedCommitment = "005", "missed its time; a new one is estimated";
        CancelledByClient = "007", "cancelled";
        InvalidStatus = "008", "the order's status is invalid";
        Processing = "012", "being processed";
    }
}

codes! {
    /// How far a smart pickup is.
    pub enum SmartStatus {
        Triggered = "001", "triggered";
        CancelledByUser = "002", "cancelled by the user";
        Completed = "003", "completed";
        Missed = "004", "missed";
        NotIn = "005", "nobody was in";
        NotReady = "006", "not ready";
        Closed = "007", "closed";
        CancelledByDriver = "008", "cancelled by the driver";
        Unknown = "999", "unknown to UPS";
    }
}

codes! {
    /// Whether a smart pickup is new.
    pub enum TriggerStatus {
        New = "01", "new";
        Existing = "02", "there was one already";
    }
}

/// What a pickup costs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PickupRate {
    /// Whether it is for today, if told.
    pub kind: Option<RateType>,
    /// What the total consists of. UPS rates pickups at published prices only.
    pub charges: Vec<PickupCharge>,
    /// All taxes, if told.
    pub total_tax: Option<Amount>,
    /// Everything together, if told.
    pub total: Option<Amount>,
    /// What UPS says about taxes and duties, if anything.
    pub disclaimers: Vec<Alert>,
    /// Warnings.
    pub alerts: Vec<Alert>,
    /// The answer as it came.
    pub raw: RawAnswer,
}

/// A charge of a pickup.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PickupCharge {
    /// What it is.
    pub kind: ChargeKind,
    /// UPS's words.
    pub description: Option<String>,
    /// How much, without taxes.
    pub amount: Option<Amount>,
    /// The tax on it, if told.
    pub tax: Option<Amount>,
}

/// A pickup that UPS has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScheduledPickup {
    /// Its number. The same as that of a pickup that exists already at that address and pickup point.
    pub prn: Prn,
    /// Whether it was rated.
    pub rate_status: RateStatus,
    /// What it costs, if it was rated.
    pub rate: Option<PickupRate>,
    /// Warnings.
    pub alerts: Vec<Alert>,
    /// The answer as it came.
    pub raw: RawAnswer,
}

/// A smart pickup that was triggered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SmartPickup {
    /// Its number, if told.
    pub prn: Option<Prn>,
    /// When UPS comes.
    pub service_date: Option<Date>,
    /// Today was asked for too late, so UPS comes on the next business day.
    pub next_business_day: bool,
    /// Whether it is new, if told.
    pub status: Option<TriggerStatus>,
    /// The answer as it came.
    pub raw: RawAnswer,
}

/// Pickups of today and tomorrow that are not over.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PendingPickups {
    /// The pickups.
    pub pickups: Vec<PendingPickup>,
    /// Warnings.
    pub alerts: Vec<Alert>,
    /// The answer as it came.
    pub raw: RawAnswer,
}

/// A pickup that is not over.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PendingPickup {
    /// Its number.
    pub prn: Prn,
    /// What kind of pickup it is, if told.
    pub kind: Option<PickupKind>,
    /// The day, local to the pickup address.
    pub service_date: Option<Date>,
    /// How far it is, if it was scheduled.
    pub on_call: Option<OnCallStatus>,
    /// How far it is, if it is a smart one.
    pub smart: Option<SmartStatus>,
    /// UPS's words about that.
    pub message: Option<String>,
    /// Whom to ask for.
    pub contact: Option<String>,
    /// The reference it was scheduled with.
    pub reference: Option<String>,
}

/// Which pickup to cancel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CancelPickup {
    /// The account's most recent one.
    MostRecent,
    /// The one with this number.
    Prn(Prn),
}

/// A pickup that was cancelled.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CancelledPickup {
    /// What kind it was, if told.
    pub kind: Option<PickupKind>,
    /// How far it had been, if it was a smart one.
    pub smart: Option<SmartStatus>,
    /// Warnings.
    pub alerts: Vec<Alert>,
    /// The answer as it came.
    pub raw: RawAnswer,
}

impl Client {
    /// Asks what a scheduled pickup would cost.
    ///
    /// # Errors
    ///
    /// As with any reading call.
    pub async fn rate_pickup(&self, request: &PickupRateRequest) -> Result<PickupRate, Error> {
        let path = ["api", "shipments", "v2409", "pickup", "oncall"];
        let call = Call::new(Kind::Reading, "rate_pickup", PRODUCT, Method::POST, &path);
        let answer = self.send(call.body(request.body_json(self.account())?)).await?;
        let container = answer.container("PickupRateResponse").map_err(Error::unreadable)?;
        PickupRate::read(container, &answer)
            .ok_or_else(|| Error::unreadable("PickupRateResponse has no RateResult with a CurrencyCode"))
    }

    /// Has UPS come by.
    ///
    /// # Errors
    ///
    /// As with any changing call. After [`Error::AnswerLost`] the same request may be sent again: if the pickup exists,
    /// UPS returns its number. Refusals carry codes `95…`, of which UPS publishes no list.
    pub async fn schedule_pickup(&self, request: &PickupRequest) -> Result<ScheduledPickup, Error> {
        let path = ["api", "pickupcreation", "v2409", "pickup"];
        let call = Call::new(Kind::Changing, "schedule_pickup", PRODUCT, Method::POST, &path);
        let answer = self.send(call.body(request.body_json(self.account())?)).await?;
        ScheduledPickup::read(&answer).map_err(|what| senseless(&answer, &what))
    }

    /// Has UPS come by for an account with smart pickup, at the account's own address.
    ///
    /// # Errors
    ///
    /// As with any changing call; it may be repeated.
    pub async fn trigger_smart_pickup(&self, day: SmartPickupDay) -> Result<SmartPickup, Error> {
        let path = ["api", "pickupcreation", "v2409", "pickup"];
        let call = Call::new(Kind::Changing, "trigger_smart_pickup", PRODUCT, Method::POST, &path);
        let answer = self.send(call.body(day.body_json(self.account()))).await?;
        SmartPickup::read(&answer).map_err(|what| senseless(&answer, &what))
    }

    /// Asks for the account's pickups of today and tomorrow that are not over.
    ///
    /// # Errors
    ///
    /// As with any reading call.
    pub async fn pending_pickups(&self, scope: PickupScope) -> Result<PendingPickups, Error> {
        let path = ["api", "shipments", "v2409", "pickup", scope.as_str()];
        let call = Call::new(Kind::Reading, "pending_pickups", PRODUCT, Method::GET, &path);
        let answer = self.send(call.header("AccountNumber", self.account())).await?;
        PendingPickups::read(&answer).map_err(Error::unreadable)
    }

    /// Cancels a pickup.
    ///
    /// # Errors
    ///
    /// As with any changing call. After [`Error::AnswerLost`] ask for [pending pickups](Self::pending_pickups) before
    /// repeating it: the most recent one may be another by then.
    pub async fn cancel_pickup(&self, which: &CancelPickup) -> Result<CancelledPickup, Error> {
        let by = match which {
            CancelPickup::MostRecent => "01",
            CancelPickup::Prn(_) => "02",
        };
        let path = ["api", "shipments", "v2409", "pickup", by];
        let mut call = Call::new(Kind::Changing, "cancel_pickup", PRODUCT, Method::DELETE, &path);
        if let CancelPickup::Prn(prn) = which {
            call = call.header("Prn", prn.as_str());
        }
        let answer = self.send(call).await?;
        CancelledPickup::read(&answer).map_err(|what| senseless(&answer, &what))
    }

    /// Asks for the states or provinces that a pickup address in that country may have.
    ///
    /// # Errors
    ///
    /// As with any reading call.
    pub async fn pickup_states(&self, country: &str) -> Result<Vec<String>, Error> {
        let country = text::country("country", country)?;
        let path = ["api", "pickup", "v2409", "countries", &country];
        let answer = self.send(Call::new(Kind::Reading, "pickup_states", PRODUCT, Method::GET, &path)).await?;
        let container = answer.container("PickupGetPoliticalDivision1ListResponse").map_err(Error::unreadable)?;
        Ok(container.at("PoliticalDivision1").each().filter_map(Node::text).collect())
    }
}

fn senseless(answer: &Answer, what: &str) -> Error {
    Kind::Changing.senseless(answer.status, what, answer.raw.clone())
}

fn alerts(container: Node<'_>) -> Vec<Alert> {
    container.path(&["Response", "Alert"]).alerts()
}

impl Prn {
    fn read(node: Node<'_>) -> Option<Self> {
        node.text().map(Self)
    }
}

impl PickupRate {
    fn read(container: Node<'_>, answer: &Answer) -> Option<Self> {
        let result = container.at("RateResult");
        let currency = result.text_at("CurrencyCode")?;
        let amount = |node: Node<'_>, name: &str| {
            node.at(name).decimal().map(|value: Decimal| Amount { currency: currency.clone(), value })
        };
        let charge = |node: Node<'_>| {
            Some(PickupCharge {
                kind: ChargeKind::of(&node.text_at("ChargeCode")?),
                description: node.text_at("ChargeDescription"),
                amount: amount(node, "ChargeAmount"),
                tax: amount(node, "TaxAmount"),
            })
        };
        Some(Self {
            kind: result.text_at("RateType").as_deref().map(RateType::of),
            charges: result.at("ChargeDetail").each().filter_map(charge).collect(),
            total_tax: amount(result, "TotalTax"),
            total: amount(result, "GrandTotalOfAllCharge"),
            disclaimers: result.at("Disclaimer").alerts(),
            alerts: alerts(container),
            raw: answer.raw.clone(),
        })
    }
}

impl ScheduledPickup {
    /// Reads an answer that was kept.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] if it is another answer.
    pub fn from_raw(raw: &[u8]) -> Result<Self, Error> {
        Self::read(&Answer::kept(raw)?).map_err(Error::unreadable)
    }

    /// Without a number nobody could cancel it.
    fn read(answer: &Answer) -> Result<Self, String> {
        let container = answer.container("PickupCreationResponse")?;
        let status = container.at("RateStatus").text_at("Code").ok_or("PickupCreationResponse has no RateStatus")?;
        Ok(Self {
            prn: Prn::read(container.at("PRN")).ok_or("PickupCreationResponse has no PRN")?,
            rate_status: RateStatus::of(&status),
            rate: PickupRate::read(container, answer),
            alerts: alerts(container),
            raw: answer.raw.clone(),
        })
    }
}

impl SmartPickup {
    /// Its `Response` may be missing, unlike everywhere else.
    fn read(answer: &Answer) -> Result<Self, String> {
        let container = answer.root().at("PickupTriggerGWNResponse");
        if !container.is_filled() {
            return Err("the answer has no PickupTriggerGWNResponse".to_owned());
        }
        match container.path(&["Response", "ResponseStatus", "Code"]).text().as_deref() {
            None | Some("1") => {}
            Some(other) => {
                return Err(format!("PickupTriggerGWNResponse.Response.ResponseStatus.Code is {other:?} instead of 1"));
            }
        }
        Ok(Self {
            prn: Prn::read(container.at("PRN")),
            service_date: container.text_at("ServiceDate").as_deref().and_then(date),
            next_business_day: container.text_at("NextBusinessDayIndicator").is_some_and(|sign| sign != "N"),
            status: container.at("TriggerStatus").text_at("Code").as_deref().map(TriggerStatus::of),
            raw: answer.raw.clone(),
        })
    }
}

impl PendingPickups {
    /// Reads an answer that was kept.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] if it is another answer.
    pub fn from_raw(raw: &[u8]) -> Result<Self, Error> {
        Self::read(&Answer::kept(raw)?).map_err(Error::unreadable)
    }

    fn read(answer: &Answer) -> Result<Self, String> {
        let container = answer.container("PickupPendingStatusResponse")?;
        let pickups = container.at("PendingStatus").each().enumerate().map(|(at, node)| PendingPickup::read(node, at));
        Ok(Self { pickups: pickups.collect::<Result<_, _>>()?, alerts: alerts(container), raw: answer.raw.clone() })
    }
}

impl PendingPickup {
    fn read(node: Node<'_>, at: usize) -> Result<Self, String> {
        let of = |name: &str| node.text_at(name);
        Ok(Self {
            prn: Prn::read(node.at("PRN")).ok_or_else(|| format!("PendingStatus[{at}] has no PRN"))?,
            kind: of("PickupType").as_deref().map(PickupKind::of),
            service_date: of("ServiceDate").as_deref().and_then(date),
            on_call: of("OnCallStatusCode").as_deref().map(OnCallStatus::of),
            smart: of("GWNStatusCode").as_deref().map(SmartStatus::of),
            message: of("PickupStatusMessage"),
            contact: of("ContactName"),
            reference: of("ReferenceNumber"),
        })
    }
}

impl CancelledPickup {
    fn read(answer: &Answer) -> Result<Self, String> {
        let container = answer.container("PickupCancelResponse")?;
        Ok(Self {
            kind: container.text_at("PickupType").as_deref().map(PickupKind::of),
            smart: container.at("GWNStatus").text_at("Code").as_deref().map(SmartStatus::of),
            alerts: alerts(container),
            raw: answer.raw.clone(),
        })
    }
}
