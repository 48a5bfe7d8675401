//! UPS's REST APIs, typed; usable without the rest of ml-connector.
//!
//! # A first shipment
//!
//! ```no_run
//! use ups::{Client, Dimensions, Environment, LabelFormat, Package, Party, ReferenceNumber, Service, Settings, ShipRequest, Shipment};
//!
//! # async fn first() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::new(Settings::new(Environment::Test, "client id", "client secret", "A1B2C3"))?;
//! let dock = Party::new("Ridge Supply").street("120 Dock Road").place("Oakland", "CA", "94607", "US");
//! let customer = Party::new("Hill Hardware").street("9 Main Street").place("Alameda", "CA", "94501", "US");
//! let shipment = Shipment::domestic("A1B2C3", dock, customer, Service::Ground)
//!     .package(Package::pounds("12.5".parse()?).sized(Dimensions::inches(12, 10, 8)))
//!     .reference(ReferenceNumber::new("TN", "ORDER-100482"))
//!     .negotiated();
//! let waybill = client.ship(&ShipRequest::new(shipment, LabelFormat::Zpl)).await?;
//! for package in &waybill.packages {
//!     let label = package.label.as_ref().map(|label| label.bytes.len());
//!     println!("{}: a label of {label:?} bytes", package.tracking_number);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What else there is
//!
//! | To do | Ask with | See |
//! | --- | --- | --- |
//! | know a price, or all of them | [`Client::rate`] | [`RateRequest`], [`Quote`], [`Charges`] |
//! | cross a border | [`Shipment::international`] | [`Customs`], [`InternationalForms`], [`Billing`] |
//! | have goods come back | [`Shipment::returning`] | [`Returns`] |
//! | undo a booking | [`Client::void`], [`Client::void_packages`] | [`VoidOutcome`] |
//! | find a booking, or its label, again | [`Client::recover`] | [`Recovery`] |
//! | check an address | [`Client::check_address`], [`check_locally`] | [`AddressAnswer`] |
//! | know when it would arrive | [`time_in_transit`] | [`RateRequest::with_time_in_transit`] |
//! | follow a package | [`Client::track`], [`track_alert`], [`quantum_view`] | [`CanonicalStatus`] |
//! | have it picked up | [`pickup`] | |
//! | keep a record, or a log | [`Settings::watched_by`] | [`Observer`], [`Exchange`] |
//!
//! Every answer carries the bytes it came as ([`RawAnswer`]), refusals too. Codes that UPS may add to are enums with
//! an `Other` that keeps what is unknown; nothing stands in for it. Amounts are exact decimals with a currency.
//!
//! # Was it bought?
//!
//! UPS recognises no repeated request: sent twice, it sells two labels, and bills both. A changing call is therefore
//! never sent again by this crate (a 401 apart, by which the gateway says that nobody looked at it), and every
//! [`Error`] says whether the call [may have taken effect](Error::may_have_taken_effect). Only
//! [`Error::AnswerLost`] does.
//!
//! | Signal after [`Client::ship`] | On the wire | Was it bought? | What next |
//! | --- | --- | --- | --- |
//! | [`Waybill`] | 2xx that names every package | yes, and it will be billed unless it is voided | keep it, print it |
//! | [`Error::AnswerLost`] | silence, a connection that broke, 5xx with or without words, a 2xx that is no waybill or names too few packages, other statuses without an error envelope | **unknown** | [`Client::recover`] by the shipment's reference, before anything is sent again |
//! | [`Error::Rejected`] | 400 with an error envelope, 404, 405, an empty 200 with an `errorcode` header | no | correct the field; for 404 and 405 the address of UPS |
//! | [`Error::Invalid`] | nothing was sent | no | correct the field |
//! | [`Error::Unreachable`] | no name, connection or encryption: no byte was sent | no | later |
//! | [`Error::Unavailable`] | nothing was sent for want of a token or of time, or a 400 that says "later" | no | later |
//! | [`Error::Throttled`] | 429, or `10429` | no | later and slower |
//! | [`Error::Credentials`], [`Error::NotOnApp`], [`Error::NotEntitled`] | 401, 403: the gateway turned it away | no | a person at UPS's developer portal |
//! | [`Error::Unreadable`] | the token's answer made no sense, so the call was not sent | no | later, then a person |
//!
//! | What [`Client::recover`] then tells | Was it bought? | What next |
//! | --- | --- | --- |
//! | [`Recovery::Found`] | yes | keep it like the waybill; UPS tells no price here, so it stays the quoted one |
//! | [`Recovery::ExistsNotReady`] | yes | ask again later for the label; never book again |
//! | [`Recovery::AlreadySent`], [`Recovery::Expired`] | yes | its number from [`Client::track_reference`] or Quantum View; no label any more |
//! | [`Recovery::Voided`] | yes, and undone: it is not billed | book again with another reference |
//! | [`Recovery::Candidates`] | several carry the reference | ask again by each number |
//! | [`Recovery::NotFound`], seconds after, within the US, on the production host | no, as far as anybody saw | book again, with another reference |
//! | [`Recovery::NotFound`] in any other case | **unknown** | ask again after minutes and hours; look in Quantum View's manifests; in the end a person decides |
//! | any [`Error`] | **unknown** | ask again: asking is free |
//!
//! # What each error means for the money
//!
//! An error other than [`AnswerLost`](Error::AnswerLost) never costs anything: nothing was bought, changed or undone
//! by that call. After a `void` that means that the shipment is still billed. After `AnswerLost` it depends on the call:
//!
//! | Call | What may have happened | What next |
//! | --- | --- | --- |
//! | [`ship`](Client::ship) | a label was bought and will be billed | the tables above |
//! | [`void`](Client::void), [`void_packages`](Client::void_packages) | the billing was undone | ask for the same void again: the answer tells what the first one did |
//! | [`schedule_pickup`](Client::schedule_pickup), [`trigger_smart_pickup`](Client::trigger_smart_pickup) | a pickup was ordered and may be charged | order the same again, UPS knows it by address and pickup point; or look at [`pending_pickups`](Client::pending_pickups) |
//! | [`cancel_pickup`](Client::cancel_pickup) | the pickup was called off | look at [`pending_pickups`](Client::pending_pickups) first: "the most recent" may be another one by now |
//! | [`subscribe`](Client::subscribe) and the other calls of [`track_alert`] | nothing that costs money | send it again; events may come twice |
//! | [`quantum_view`](Client::quantum_view) of what is unread | files were marked as read and not seen; no money | ask again by range |
//! | all others | these only ask and never end in `AnswerLost` | |
//!
//! A [`VoidOutcome`] that is not `Voided` or `AlreadyVoided` means that something is still billed: all of it, or with
//! `Partly` the packages not marked as voided.
//!
//! What is deliberately not here: retries, rate limits, and any knowledge of orders or stores.

mod address;
mod answer;
mod billing;
mod charges;
mod client;
mod clock;
mod codes;
mod customs;
mod delivery;
mod document;
mod error;
mod json;
mod label;
mod lane;
mod moment;
mod money;
mod notification;
mod observer;
mod package;
mod party;
pub mod pickup;
mod proof;
pub mod quantum_view;
mod rating;
mod recovery;
mod reference;
mod returns;
mod service;
mod settings;
mod shipment;
mod shipping;
mod status;
mod tax;
mod text;
pub mod time_in_transit;
mod token;
pub mod track_alert;
mod tracking;
mod transit;
mod void;

pub use address::{
    AddressAnswer, AddressOption, AddressQuery, AddressReport, Candidate, Class, LocalCheck, LocalFinding, NumberRange,
    check_locally,
};
pub use billing::{Billing, Payer};
pub use charges::{ChargeCode, Charges, ItemizedCharge, RateModifier, Tax};
pub use client::Client;
pub use clock::{Clock, SystemClock};
pub use customs::{
    CertifiedGoods, Customs, InternationalForms, Invoice, NetCost, PreferenceCriterion, Producer, ProducerKnowledge,
    Product, ReasonForExport, TermsOfShipment, UnitOfMeasure, UsmcaCertificate,
};
pub use delivery::{AccessPointDelivery, AccessPointUse, Confirmation};
pub use document::{Document, DocumentKind, Links};
pub use error::{Alert, Error, RawAnswer, Rung};
pub use label::{ImageFormat, Label, LabelFormat, LabelSpec, LabelStock};
pub use lane::Lane;
pub use money::Amount;
pub use notification::{Notification, Occasion};
pub use observer::{Exchange, Observer};
pub use package::{DeclaredBy, Dimensions, LengthUnit, Package, Packaging, Weight, WeightUnit};
pub use party::Party;
pub use proof::{Media, Proof};
pub use rating::{CustomerClassification, PickupType, Quote, RateOption, RateRequest, RatedPackage, Rates, Weekend};
pub use recovery::{Locator, Recovered, Recovery, RecoveryAnswer, RecoveryFormat, RecoveryRequest, TrackingCandidate};
pub use reference::{ReferenceKind, ReferenceNumber};
pub use reqwest::Url;
pub use returns::{ReturnService, Returns};
pub use service::{Offer, Service};
pub use settings::{Environment, Settings, Timeouts};
pub use shipment::{Remark, Shipment};
pub use shipping::{PackageResult, ReceiptFormat, ShipRequest, Waybill};
pub use status::{CanonicalStatus, DeliveryEvidence, ScanStatus};
pub use tax::{TaxId, TaxIdKind, TaxIdOf};
pub use token::AuthCode;
pub use tracking::{
    AccessPoint, Activity, AlternateNumber, DeliveryDate, DeliveryDateKind, DeliveryPhoto, DeliveryTime,
    DeliveryTimeKind, Milestone, PackageAddress, PackageAddressKind, PhotoDisposition, Place, ReferenceSearch,
    TrackOptions, TrackedDimensions, TrackedPackage, TrackedReference, TrackedReferenceKind, TrackedService,
    TrackedWeight, Tracking, TrackingPage,
};
pub use transit::{Guaranteed, RatedTransit};
pub use void::{PackageVoid, TooLate, VoidAnswer, VoidCode, VoidOutcome, void_code};
