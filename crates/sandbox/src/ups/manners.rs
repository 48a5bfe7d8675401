//! UPS's manners: every switch where UPS may behave in more than one way, or where nobody outside
//! UPS knows how it behaves.
//!
//! ```text
//! Settings::ups · `ml-connector sandbox --ups-mode, --ups NAME=VALUE` ─► Manners ─► every call
//!                                                                          ▲
//!               Ups::change · GET/POST /ups/manners on the control address ┘ (takes effect at once)
//! ```
//!
//! A field is one switch, and its name is the name to set it by. *Assumed* in its doc means that no
//! source says so and the default is our choice.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff::civil::{Date, Time};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::fault::Call;

/// Which of UPS's two hosts is pretended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// The production host: unique numbers, and a shipment that can be recovered, voided, tracked.
    #[default]
    ProdLike,
    /// The Customer Integration Environment: full validation and prices, but every number is
    /// masked, recovery finds nothing, void knows its test numbers only, addresses in New York and
    /// California only, negotiated prices one percent below published ones.
    CieLike,
}

/// How a webhook writes a value it does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blanks {
    /// Version 1 blank, version 2 absent, as in UPS's examples.
    #[default]
    ByVersion,
    /// `""`.
    Blank,
    /// Not at all.
    Absent,
}

/// The five kinds of record Quantum View has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuantumRecord {
    /// The label's data were uploaded.
    Manifest,
    /// UPS has the package.
    Origin,
    /// Something is wrong.
    Exception,
    /// Delivered.
    Delivery,
    /// Everything else: voids, new dates, out for delivery, returned to the sender.
    Generic,
}

/// A Quantum View subscription of the account, as set up on ups.com.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuantumSubscription {
    /// Its name, up to 21 letters and digits.
    pub name: String,
    /// Its number.
    pub number: String,
    /// The records chosen.
    pub records: Vec<QuantumRecord>,
}

impl QuantumSubscription {
    /// Every record of what the account sends.
    #[must_use]
    pub fn outbound() -> Self {
        use QuantumRecord as R;
        let records = vec![R::Manifest, R::Origin, R::Exception, R::Delivery, R::Generic];
        Self { name: "OutboundXML".to_owned(), number: "1".to_owned(), records }
    }
}

/// What recovery gives of a shipment of several packages whose reference stands on each of them (*assumed*: nobody has told
/// what UPS does).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pieces {
    /// All packages in one answer.
    Together,
    /// A list of candidates, one for each package; each is then given alone by its number.
    Candidates,
    /// The first package only; each of the others alone by its number.
    First,
}

/// How many calls an application may make: a bucket of `burst` calls that fills up again by
/// `per_minute` calls a minute of the sandbox's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// Calls a full bucket holds.
    pub burst: u32,
    /// Calls it gains each minute.
    pub per_minute: u32,
}

/// A day on which UPS in the United States neither picks up nor delivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holiday {
    /// January 1.
    NewYearsDay,
    /// Third Monday of January.
    MartinLutherKingDay,
    /// Third Monday of February.
    PresidentsDay,
    /// Last Monday of May.
    MemorialDay,
    /// June 19.
    Juneteenth,
    /// July 4.
    IndependenceDay,
    /// First Monday of September.
    LaborDay,
    /// Second Monday of October.
    ColumbusDay,
    /// November 11.
    VeteransDay,
    /// Fourth Thursday of November.
    Thanksgiving,
    /// December 25.
    Christmas,
    /// December 31.
    NewYearsEve,
}

/// How UPS behaves where it may behave in more than one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Manners {
    /// Production or test host.
    pub mode: Mode,

    // --- tokens, quotas, gateways ---
    /// How long a token lives. UPS: one hour since April 2026, four before.
    pub token_lifetime: SignedDuration,
    /// Refuse an expired token as `250002` instead of `251004`; both have been seen.
    pub expired_token_is_invalid: bool,
    /// Answer a refused token with a gateway's HTML page instead of JSON.
    pub html_unauthorized: bool,
    /// API products that are not added to the application: their calls are refused with 401.
    #[serde(with = "call_texts")]
    pub missing_products: Vec<Call>,
    /// Calls an application may make, the token endpoint apart; beyond, 429 `10429`. UPS's numbers
    /// are not published, so there is no limit unless one is set (*assumed*).
    pub call_quota: Option<Quota>,
    /// Tokens an application may ask for; beyond, 429 `10429`. No limit unless set (*assumed*).
    pub token_quota: Option<Quota>,

    // --- the shape of answers ---
    /// Write every list of one as its only element, whatever the version.
    pub collapse_lists: bool,
    /// Lists by name (`RatedShipment`, `ItemizedCharges` …) which are written as their only element
    /// even on versions that promise a list.
    pub collapsed_lists: Vec<String>,
    /// Lists by name which stay lists even on old versions. UPS kept `Alert` one on v2205.
    pub kept_lists: Vec<String>,
    /// Answer `TransactionReference: ""` where an object is documented when the request had no
    /// customer context.
    pub empty_transaction_reference: bool,

    // --- prices ---
    /// The account's share of the published price in percent; none when the account has no
    /// negotiated rates. The test host gives 99 whatever this says.
    pub negotiated_percent: Option<u32>,
    /// By how much ship charges more than rating quoted.
    pub price_delta: Decimal,
    /// The fuel surcharge in thousandths (*assumed*: UPS changes it every week).
    pub fuel_per_mille: u32,
    /// Services the account has by contract only: `92` to `95` Ground Saver, `17`, `72`.
    pub contract_services: Vec<String>,

    // --- rules of booking ---
    /// The postal codes of accounts which others pay with, by account number. Accounts that are not
    /// here pay under any postal code of their country (*assumed*).
    pub payer_postal_codes: BTreeMap<String, String>,
    /// Accounts that exist and cannot be billed (`120413`).
    pub unbillable_accounts: Vec<String>,
    /// Refuse Saturday delivery (`120505`) of what does not arrive on one: next-day air shipped on
    /// another day than Friday. Whether UPS looks at the day is not known (*assumed*: it does not).
    pub saturday_needs_its_day: bool,
    /// Refuse an invoice line total on lanes which do not ask for one (`120504`), as documented;
    /// clients that always send one have been served.
    pub strict_invoice_total: bool,

    // --- transit times ---
    /// Holidays of the United States that UPS keeps. The default six are *assumed*.
    pub holidays: Vec<Holiday>,
    /// Further days on which UPS neither picks up nor delivers.
    pub closed_days: Vec<Date>,
    /// What is tendered later than this on the origin's clocks counts as tendered on the next
    /// business day (*assumed*: 18:00, the pickup time of UPS's answers).
    pub cut_off: Time,
    /// Say that guarantees are suspended, as in the weeks before Christmas.
    pub guarantees_suspended: bool,
    /// Time in transit returns the present time, its seconds unpadded, instead of the asked one.
    pub sloppy_ship_time: bool,

    // --- labels ---
    /// Break base64 images into lines.
    pub wrapped_images: bool,
    /// Send label images in pieces (`GraphicImagePart`) instead of whole (`GraphicImage`).
    pub images_in_pieces: bool,

    // --- recovery ---
    /// How long a fresh label stays unknown to recovery (`9801031`).
    pub recovery_hidden: SignedDuration,
    /// How long after that it exists but cannot be recovered yet.
    pub recovery_unready: SignedDuration,
    /// With which code that is said: `9801039`, `9801041` or `9801042`.
    pub recovery_unready_code: String,
    /// After how many days recovery says `9800020`; never when none (*assumed*: how far back
    /// recovery looks is not known, an old guide says labels are kept for 30 days).
    pub recovery_days: Option<u32>,
    /// Whether recovery finds references of shipments that leave the country (*assumed*).
    pub recovery_finds_international: bool,
    /// What it gives of a shipment of several packages.
    pub recovery_pieces: Pieces,
    /// Recovery writes the image format in small letters (`zpl`).
    pub recovery_small_letters: bool,

    // --- void ---
    /// For how many days a label can be voided. UPS's pages say 90, older ones 28.
    pub void_days: u32,
    /// For how many hours a return label can be voided; as long as any when none (*assumed*).
    pub return_void_hours: Option<u32>,
    /// Answer a second void of a shipment with success instead of `190117`.
    pub void_again_succeeds: bool,
    /// Parcels whose label was voided travel all the same, as when a box was handed to the driver before (*assumed*).
    pub voided_travel: bool,
    /// Spell the package results of a void `PackageLevelResults`, as documented, instead of
    /// `PackageLevelResult`, as seen.
    pub void_results_plural: bool,
    /// Put the literal text `&#xD;` before codes and descriptions of a void's status.
    pub void_stray_returns: bool,

    // --- journeys ---
    /// How long a fresh label stays unknown to tracking.
    pub manifest_delay: SignedDuration,
    /// How many of a hundred parcels do not travel smoothly.
    pub mishaps: u32,
    /// Whether some of those are never delivered: refused, unreachable, unclaimed, lost.
    pub refusals: bool,

    // --- address validation ---
    /// Call an address of unknown kind `UnClassified`, as documented, instead of `Unknown`, as seen.
    pub unclassified_as_documented: bool,
    /// Write a candidate's only address line in a list, as documented, instead of as plain text, as
    /// seen.
    pub address_lines_as_list: bool,

    // --- tracking ---
    /// For how many days tracking remembers a parcel.
    pub track_days: u32,
    /// How many of a hundred questions are refused with `TV1002` though the number is right, as has
    /// been seen.
    pub invalid_inquiry_percent: u32,
    /// Answer an unknown number with 404, as documented, instead of a 200 with a warning, as seen.
    pub unknown_number_is_404: bool,
    /// Forget a voided label (`TW0001`) instead of showing it as `MV`/`007`.
    pub void_vanishes: bool,
    /// Whether the account may see signatures, photos and proofs of delivery when it asks.
    pub proof_of_delivery: bool,
    /// Write `gmtTime` as a number without its leading zero (`74700`), as documented, instead of
    /// with colons, as seen.
    pub bare_gmt_time: bool,

    // --- Track Alert ---
    /// For how many days a number stays subscribed.
    pub alert_days: u32,
    /// Subscribing a number again while it is subscribed makes events come twice, instead of
    /// prolonging the subscription (*assumed*: UPS only says that it is allowed).
    pub resubscribing_duplicates: bool,
    /// Accept a receiver without https that is not on this machine.
    pub plain_webhooks: bool,
    /// How a webhook writes what it does not know.
    pub webhook_blanks: Blanks,
    /// How many of a hundred webhooks have a blank before the tracking number.
    pub webhook_leading_blank_percent: u32,
    /// Write `descriptionCode` as a number, its leading zeros lost.
    pub webhook_numeric_codes: bool,
    /// How many of a hundred webhooks are never sent.
    pub webhook_lost_percent: u32,
    /// How many of a hundred webhooks come twice.
    pub webhook_duplicated_percent: u32,
    /// How many of a hundred webhooks come before the one that happened before them.
    pub webhook_shuffled_percent: u32,
    /// How often a webhook that was not answered with 200 is sent again, at once (*assumed*: UPS
    /// documents no second attempt).
    pub webhook_retries: u32,
    /// How long, on the machine's own clock, a receiver may take to answer (*assumed*: UPS asks for
    /// milliseconds and gives no limit).
    pub webhook_patience: SignedDuration,

    // --- Quantum View ---
    /// The account's subscriptions, as set up on ups.com. Without any, `330050`.
    pub quantum_view: Vec<QuantumSubscription>,
    /// How long a file collects before it is closed and can be had (*assumed*).
    pub quantum_file_every: SignedDuration,
    /// For how many days files are kept.
    pub quantum_days: u32,
    /// About how many bytes of files an answer holds before it ends with a bookmark.
    pub quantum_page_bytes: usize,
    /// The code of the failure that says there is nothing to read. None, the default: an empty
    /// success. Nobody outside UPS knows the code, or whether there is one (*assumed*).
    pub quantum_empty_code: Option<String>,
    /// Answer failures as documented, inside a 200 with status `0`, instead of with 400, as seen.
    pub quantum_failures_in_200: bool,

    // --- pickups ---
    /// Same-day pickups ordered later than this, by the clocks of the address, are refused; smart ones
    /// move to the next business day (*assumed*).
    pub pickup_cut_off: Time,
    /// How long an order is only received (001) before it is being processed (012) (*assumed*).
    pub pickup_processed_after: SignedDuration,
    /// When on the day itself orders go to the driver (002) and cannot be changed any more; later
    /// orders twenty minutes after they were processed (*assumed*).
    pub pickup_dispatched_at: Time,
}

impl Default for Manners {
    fn default() -> Self {
        use Holiday as H;
        Self {
            mode: Mode::ProdLike,
            token_lifetime: SignedDuration::from_secs(3599),
            expired_token_is_invalid: false,
            html_unauthorized: false,
            missing_products: Vec::new(),
            call_quota: None,
            token_quota: None,
            collapse_lists: false,
            collapsed_lists: Vec::new(),
            kept_lists: vec!["Alert".to_owned()],
            empty_transaction_reference: true,
            negotiated_percent: Some(72),
            price_delta: Decimal::ZERO,
            fuel_per_mille: 185,
            contract_services: Vec::new(),
            payer_postal_codes: BTreeMap::new(),
            unbillable_accounts: Vec::new(),
            saturday_needs_its_day: false,
            strict_invoice_total: false,
            holidays: vec![
                H::NewYearsDay,
                H::MemorialDay,
                H::IndependenceDay,
                H::LaborDay,
                H::Thanksgiving,
                H::Christmas,
            ],
            closed_days: Vec::new(),
            cut_off: Time::constant(18, 0, 0, 0),
            guarantees_suspended: false,
            sloppy_ship_time: false,
            wrapped_images: false,
            images_in_pieces: false,
            recovery_hidden: SignedDuration::ZERO,
            recovery_unready: SignedDuration::ZERO,
            recovery_unready_code: "9801042".to_owned(),
            recovery_days: None,
            recovery_finds_international: true,
            recovery_pieces: Pieces::Together,
            recovery_small_letters: true,
            void_days: 90,
            return_void_hours: None,
            void_again_succeeds: false,
            voided_travel: false,
            void_results_plural: false,
            void_stray_returns: false,
            manifest_delay: SignedDuration::from_mins(20),
            mishaps: 8,
            refusals: true,
            unclassified_as_documented: false,
            address_lines_as_list: false,
            track_days: 120,
            invalid_inquiry_percent: 0,
            unknown_number_is_404: false,
            void_vanishes: false,
            proof_of_delivery: true,
            bare_gmt_time: false,
            alert_days: 14,
            resubscribing_duplicates: false,
            plain_webhooks: false,
            webhook_blanks: Blanks::ByVersion,
            webhook_leading_blank_percent: 20,
            webhook_numeric_codes: false,
            webhook_lost_percent: 0,
            webhook_duplicated_percent: 0,
            webhook_shuffled_percent: 0,
            webhook_retries: 0,
            webhook_patience: SignedDuration::from_secs(5),
            quantum_view: vec![QuantumSubscription::outbound()],
            quantum_file_every: SignedDuration::from_hours(1),
            quantum_days: 7,
            quantum_page_bytes: 150_000,
            quantum_empty_code: None,
            quantum_failures_in_200: false,
            pickup_cut_off: Time::constant(15, 0, 0, 0),
            pickup_processed_after: SignedDuration::from_mins(10),
            pickup_dispatched_at: Time::constant(7, 30, 0, 0),
        }
    }
}

/// A manner that does not exist, or a value it cannot have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadManner(String);

impl std::fmt::Display for BadManner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadManner {}

impl Manners {
    /// Whether the test host is pretended.
    #[must_use]
    pub fn is_cie(&self) -> bool {
        self.mode == Mode::CieLike
    }

    /// The account's share of the published price in percent, if it has negotiated rates.
    pub(crate) fn negotiated(&self) -> Option<u32> {
        self.negotiated_percent.map(|percent| if self.is_cie() { 99 } else { percent })
    }

    /// Every manner by its name.
    #[must_use]
    pub fn named(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(fields)) => fields,
            _ => Map::new(),
        }
    }

    /// Changes the manners named in `changes`, all of them or none.
    ///
    /// # Errors
    /// A name there is not, or a value of the wrong kind.
    pub fn merge(&mut self, changes: Map<String, Value>) -> Result<(), BadManner> {
        let mut fields = self.named();
        for (name, value) in changes {
            let field = fields.get_mut(&name).ok_or_else(|| BadManner(format!("no such manner: {name}")))?;
            *field = value;
        }
        *self = serde_json::from_value(Value::Object(fields)).map_err(|why| BadManner(why.to_string()))?;
        Ok(())
    }

    /// Changes one manner given as text: JSON, or plain words.
    ///
    /// # Errors
    /// As [`merge`](Self::merge).
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), BadManner> {
        let one = |value| Map::from_iter([(name.to_owned(), value)]);
        let plain = Value::String(text.to_owned());
        match serde_json::from_str(text) {
            Ok(value) => self.merge(one(value)).or_else(|why| self.merge(one(plain)).map_err(|_| why)),
            Err(_) => self.merge(one(plain)),
        }
    }
}

mod call_texts {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::fault::Call;

    pub(super) fn serialize<S: Serializer>(calls: &[Call], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(calls.iter().map(ToString::to_string))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Call>, D::Error> {
        let texts = Vec::<String>::deserialize(from)?;
        texts.iter().map(|text| text.parse().map_err(D::Error::custom)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manner_is_set_by_its_name_and_a_wrong_one_changes_nothing() {
        let mut manners = Manners::default();
        manners.set("mode", "cie-like").expect("a mode");
        manners.set("price_delta", "1.50").expect("an amount");
        manners.set("recovery_hidden", "PT20S").expect("a duration");
        manners.set("call_quota", r#"{"burst": 3, "per_minute": 60}"#).expect("a quota");
        manners.set("missing_products", r#"["ups.rate"]"#).expect("products");
        assert!(manners.is_cie());
        assert_eq!(manners.price_delta, Decimal::new(150, 2));
        assert_eq!(manners.call_quota, Some(Quota { burst: 3, per_minute: 60 }));
        assert_eq!(manners.missing_products, [Call::Rate]);
        let before = manners.clone();
        assert!(manners.set("manners", "good").is_err());
        assert!(manners.set("void_days", "many").is_err());
        assert_eq!(manners, before);
    }
}
