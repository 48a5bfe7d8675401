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
//! # When the answer is lost
//!
//! ```text
//! ship ─► Waybill                             booked
//!      ─► AnswerLost ─► recover by reference  ─► Found    booked after all
//!      │                                      ─► NotFound perhaps not; wait, ask again, let a person decide
//!      ─► any other error                     not booked
//! ```
//!
//! UPS recognises no repeated request: sent twice, it sells two labels. So every [`Error`] says whether
//! the call [may have taken effect](Error::may_have_taken_effect), a changing call is never sent again by
//! this crate (a 401 apart, which means that UPS did not look at it), and every shipment should carry
//! a reference of its own by which [`Client::recover`] finds it.
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
mod shipment;
mod shipping;
mod status;
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
pub use client::{Client, Environment, Settings, Timeouts};
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
pub use rating::{CustomerClassification, PickupType, Quote, RateOption, RateRequest, RatedPackage, Rates};
pub use recovery::{Locator, Recovered, Recovery, RecoveryAnswer, RecoveryFormat, RecoveryRequest, TrackingCandidate};
pub use reference::{ReferenceKind, ReferenceNumber};
pub use reqwest::Url;
pub use returns::{ReturnService, Returns};
pub use service::{Offer, Service};
pub use shipment::{Remark, Shipment};
pub use shipping::{PackageResult, ReceiptFormat, ShipRequest, Waybill};
pub use status::{CanonicalStatus, DeliveryEvidence, ScanStatus};
pub use token::AuthCode;
pub use tracking::{
    AccessPoint, Activity, AlternateNumber, DeliveryDate, DeliveryDateKind, DeliveryPhoto, DeliveryTime,
    DeliveryTimeKind, Milestone, PackageAddress, PackageAddressKind, PhotoDisposition, Place, ReferenceSearch,
    TrackOptions, TrackedDimensions, TrackedPackage, TrackedReference, TrackedReferenceKind, TrackedService,
    TrackedWeight, Tracking, TrackingPage,
};
pub use transit::{Guaranteed, RatedTransit};
pub use void::{PackageVoid, TooLate, VoidAnswer, VoidOutcome};
