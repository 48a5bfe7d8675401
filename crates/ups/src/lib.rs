//! UPS's REST APIs, typed; usable without the rest of ml-connector.
//!
//! # A first shipment
//!
//! ```no_run
//! use ups::{Client, Environment, LabelFormat, Package, Party, ReferenceNumber, Settings, ShipRequest, Shipment, WeightUnit};
//!
//! # async fn first() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::new(Settings::new(Environment::Test, "client id", "client secret", "A1B2C3"))?;
//! let dock = Party {
//!     name: "Ridge Supply".into(), attention: None, lines: vec!["120 Dock Road".into()], city: "Oakland".into(),
//!     state: "CA".into(), postal_code: "94607".into(), country: "US".into(), phone: Some("(510) 555-0100".into()), email: None,
//! };
//! let consignee = Party { name: "Hill Hardware".into(), lines: vec!["9 Main Street".into()], ..dock.clone() };
//! let shipment = Shipment {
//!     account: "A1B2C3".into(), shipper: dock, ship_to: consignee, ship_from: None, service: "03".into(),
//!     packages: vec![Package::new("12.5".parse()?, WeightUnit::Pounds)],
//!     references: vec![ReferenceNumber { code: "TN".into(), value: "ORDER-100482".into() }],
//!     residential: false, negotiated: true, ship_date: "2026-09-01".parse()?, description: "Hinges".into(),
//! };
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
mod client;
mod clock;
mod codes;
mod error;
mod json;
mod label;
mod moment;
mod money;
mod observer;
mod parcel;
pub mod pickup;
mod proof;
pub mod quantum_view;
mod rating;
mod recovery;
mod shipping;
mod status;
mod text;
pub mod time_in_transit;
mod token;
pub mod track_alert;
mod tracking;
mod void;

pub use address::{
    AddressAnswer, AddressOption, AddressQuery, AddressReport, Candidate, Class, LocalCheck, LocalFinding, NumberRange,
    check_locally,
};
pub use client::{Client, Environment, Settings, Timeouts};
pub use clock::{Clock, SystemClock};
pub use error::{Alert, Error, RawAnswer, Rung};
pub use label::{ImageFormat, Label, LabelFormat};
pub use money::Amount;
pub use observer::{Exchange, Observer};
pub use parcel::{Dimensions, LengthUnit, Package, Party, ReferenceNumber, Shipment, WeightUnit};
pub use proof::{Media, Proof};
pub use rating::{ItemizedCharge, Quote, RateRequest};
pub use recovery::{Locator, Recovered, Recovery, TrackingCandidate};
pub use reqwest::Url;
pub use shipping::{PackageResult, ShipRequest, Waybill};
pub use status::{CanonicalStatus, DeliveryEvidence, ScanStatus};
pub use tracking::{
    AccessPoint, Activity, AlternateNumber, DeliveryDate, DeliveryDateKind, DeliveryPhoto, DeliveryTime,
    DeliveryTimeKind, Milestone, PackageAddress, PackageAddressKind, PhotoDisposition, Place, ReferenceSearch,
    TrackOptions, TrackedDimensions, TrackedPackage, TrackedReference, TrackedReferenceKind, TrackedService,
    TrackedWeight, Tracking, TrackingPage,
};
pub use void::{PackageVoid, VoidAnswer};
