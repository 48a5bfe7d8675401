//! Tracking: where a package has been seen.
//!
//! ```text
//! number    ─► GET /api/track/v1/details/{number}              one package     ┐
//! shipment  ─► GET /api/track/v1/shipment/details/{number}     page by page    ┼► Tracking ─► packages ─► activity
//! reference ─► GET /api/track/v1/reference/details/{value}     by pickup date  ┘                            │
//!                                                                        one vocabulary: `CanonicalStatus` ◄┘
//! ```
//!
//! UPS answers 200 with the warning `TW0001` where it knows nothing yet, newest activity first but not
//! strictly, and puts a three-digit status code where its description promises a two-character scan code.
//! It keeps what it knows for 120 days and takes one number per call.
//!
//! The same questions may be asked any number of times. What is deliberately not here: any memory of scans, and
//! any order among them beyond UPS's own.

mod package;

use std::collections::HashSet;

use jiff::civil::Date;
use reqwest::Method;

pub use self::package::{
    AccessPoint, Activity, AlternateNumber, DeliveryDate, DeliveryDateKind, DeliveryPhoto, DeliveryTime,
    DeliveryTimeKind, Milestone, PackageAddress, PackageAddressKind, PhotoDisposition, Place, TrackedDimensions,
    TrackedPackage, TrackedReference, TrackedReferenceKind, TrackedService, TrackedWeight,
};
use crate::answer::{Answer, Kind};
use crate::client::{Call, Client};
use crate::error::{Alert, Error, RawAnswer};
use crate::moment::compact;
use crate::text;

/// Packages of a shipment that are asked for at once, which is also UPS's own default.
const PAGE: u32 = 50;

/// UPS takes no more packages in one shipment.
const LARGEST_SHIPMENT: u32 = 200;

/// What UPS knows of a number or reference.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tracking {
    /// The packages; empty where UPS knows nothing yet.
    pub packages: Vec<TrackedPackage>,
    /// Warnings, such as `TW0001`. Where packages came too, trust the packages.
    pub warnings: Vec<Alert>,
    /// The answer as it came. Empty where UPS said "not found" by a refusal.
    pub raw: RawAnswer,
}

impl Tracking {
    /// Whether UPS knows anything. A fresh label is mostly unknown for minutes, sometimes hours.
    #[must_use]
    pub fn found(&self) -> bool {
        !self.packages.is_empty()
    }

    /// Reads an answer that was kept.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] if it is no tracking answer.
    pub fn from_raw(raw: &[u8]) -> Result<Self, Error> {
        Self::read(&Answer::kept(raw)?).map_err(Error::unreadable)
    }

    /// The package of that number.
    #[must_use]
    pub fn package(&self, tracking_number: &str) -> Option<&TrackedPackage> {
        self.packages.iter().find(|package| package.tracking_number.eq_ignore_ascii_case(tracking_number.trim()))
    }
}

/// One page of a shipment's packages.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrackingPage {
    /// The packages of this page.
    pub tracking: Tracking,
    /// How many packages the shipment has, if told.
    pub package_count: Option<u32>,
    /// Where the next page begins, if there is more to ask for.
    pub next_offset: Option<u32>,
}

/// What to ask for beside the scans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackOptions {
    /// The language of descriptions, as language and country: `en_US` unless said otherwise.
    pub locale: String,
    /// The consignee's signature. Comes only for accounts entitled to it.
    pub signature: bool,
    /// The milestones.
    pub milestones: bool,
    /// The proof of delivery. Comes only for accounts entitled to it.
    pub proof_of_delivery: bool,
}

impl Default for TrackOptions {
    /// Scans only, in American English.
    fn default() -> Self {
        Self { locale: "en_US".to_owned(), signature: false, milestones: false, proof_of_delivery: false }
    }
}

impl TrackOptions {
    /// Everything UPS can tell of a package.
    #[must_use]
    pub fn everything() -> Self {
        Self { signature: true, milestones: true, proof_of_delivery: true, ..Self::default() }
    }
}

/// By which reference, and when picked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceSearch {
    /// The reference, at most 35 characters.
    pub reference: String,
    /// First and last day of pickup. UPS's own default are the last 14 days.
    pub picked_up: (Date, Date),
    /// The account it was shipped on, if not the client's own. Without one other shippers' packages would match.
    pub account: Option<String>,
    /// The country it goes to, two letters of ISO 3166.
    pub country: Option<String>,
    /// The postal code it goes to.
    pub postal_code: Option<String>,
    /// Freight instead of small packages.
    pub freight: bool,
}

impl ReferenceSearch {
    /// A reference of the client's own account, on packages picked up within these days.
    pub fn new(reference: impl Into<String>, from: Date, to: Date) -> Self {
        Self {
            reference: reference.into(),
            picked_up: (from, to),
            account: None,
            country: None,
            postal_code: None,
            freight: false,
        }
    }
}

impl Client {
    /// Asks for one package by its number; never more than one comes, even for a shipment's lead number.
    ///
    /// # Errors
    ///
    /// As with any reading call. A number UPS does not know is no error: see [`Tracking::found`]. `TV1002`
    /// ("invalid inquiry number") has come for valid numbers now and then, so one repetition is worth its while.
    pub async fn track(&self, tracking_number: &str) -> Result<Tracking, Error> {
        self.track_with(tracking_number, &TrackOptions::default()).await
    }

    /// Asks for one package, and for more than its scans.
    ///
    /// # Errors
    ///
    /// As [`Client::track`].
    pub async fn track_with(&self, tracking_number: &str, options: &TrackOptions) -> Result<Tracking, Error> {
        let number = inquiry_number(tracking_number)?;
        let path = ["api", "track", "v1", "details", &number];
        self.tracked(options.asked(tracking_call("track", &path, &options.locale)?)).await
    }

    /// Asks for one page of a shipment's packages, by the number of any of them. Begin with offset 0 and go on with
    /// [`TrackingPage::next_offset`].
    ///
    /// # Errors
    ///
    /// As [`Client::track`]; [`Error::Invalid`] unless 1 to 50 packages are asked for.
    pub async fn track_shipment_page(
        &self,
        tracking_number: &str,
        options: &TrackOptions,
        offset: u32,
        count: u32,
    ) -> Result<TrackingPage, Error> {
        let number = inquiry_number(tracking_number)?;
        if !(1..=PAGE).contains(&count) {
            return Err(Error::invalid("count", format!("is {count}, UPS gives 1 to {PAGE} packages at once")));
        }
        let path = ["api", "track", "v1", "shipment", "details", &number];
        let call = tracking_call("track_shipment", &path, &options.locale)?
            .query("offset", offset.to_string())
            .query("count", count.to_string());
        // UPS's description of paging names no options, so they are sent only where somebody wants one.
        let plain = TrackOptions { locale: options.locale.clone(), ..TrackOptions::default() };
        let call = if *options == plain { call } else { options.asked(call) };
        Ok(self.tracked(call).await?.into_page(offset))
    }

    /// Asks for all packages of a shipment, by the number of any of them: page after page, four at most.
    ///
    /// # Errors
    ///
    /// As [`Client::track`]; [`Error::Unreadable`] if UPS gives the same packages again instead of the next ones.
    pub async fn track_shipment(
        &self,
        tracking_number: &str,
        options: &TrackOptions,
    ) -> Result<Vec<TrackingPage>, Error> {
        let mut pages: Vec<TrackingPage> = Vec::new();
        let mut seen = HashSet::new();
        let mut offset = Some(0);
        while let Some(begin) = offset.filter(|begin| *begin < LARGEST_SHIPMENT) {
            let page = self.track_shipment_page(tracking_number, options, begin, PAGE).await?;
            let numbers = page.tracking.packages.iter().map(|package| package.tracking_number.clone());
            if numbers.filter(|number| !seen.insert(number.clone())).count() > 0 {
                let what = format!("the page of packages from {begin} repeats packages of an earlier page");
                return Err(Error::unreadable(what));
            }
            offset = page.next_offset;
            pages.push(page);
        }
        Ok(pages)
    }

    /// Asks for packages by a reference, picked up within the given days. A label that was never scanned may be
    /// missing, so an empty answer proves nothing: whether a booking exists is asked of [`Client::recover`].
    ///
    /// # Errors
    ///
    /// As [`Client::track`].
    pub async fn track_reference(&self, search: &ReferenceSearch) -> Result<Tracking, Error> {
        let reference = text::required("reference", &search.reference, 35)?;
        let (from, to) = search.picked_up;
        if to < from {
            return Err(Error::invalid("picked_up", format!("ends on {to}, before it begins on {from}")));
        }
        let account = text::account("account", search.account.as_deref().unwrap_or(self.account()))?;
        let path = ["api", "track", "v1", "reference", "details", &reference];
        let mut call = tracking_call("track_reference", &path, &TrackOptions::default().locale)?
            .query("fromPickUpDate", compact(from))
            .query("toPickUpDate", compact(to))
            .query("shipperNum", account)
            .query("refNumType", if search.freight { "fgv" } else { "SmallPackage" });
        if let Some(country) = &search.country {
            call = call.query("destCountry", text::country("country", country)?);
        }
        if let Some(postal_code) = text::optional("postal_code", search.postal_code.as_deref(), 10)? {
            call = call.query("destZip", postal_code);
        }
        self.tracked(call).await
    }

    async fn tracked(&self, call: Call) -> Result<Tracking, Error> {
        match self.send(call).await {
            Ok(answer) => Tracking::read(&answer).map_err(Error::unreadable),
            // UPS's description promises a refusal where its practice is a 200 with a warning.
            Err(Error::Rejected { code, all, .. }) if code == "TW0001" => {
                Ok(Tracking { packages: Vec::new(), warnings: all, raw: RawAnswer::default() })
            }
            Err(error) => Err(error),
        }
    }
}

fn inquiry_number(number: &str) -> Result<String, Error> {
    let number = text::tracking_number("tracking_number", number)?;
    if number.len() < 7 {
        return Err(Error::invalid("tracking_number", "has fewer than 7 characters"));
    }
    Ok(number)
}

fn tracking_call(name: &'static str, path: &[&str], locale: &str) -> Result<Call, Error> {
    let locale = text::required("locale", locale, 5)?;
    Ok(Call::new(Kind::Reading, name, "Tracking", Method::GET, path).query("locale", locale))
}

impl TrackOptions {
    fn asked(&self, call: Call) -> Call {
        call.query("returnSignature", self.signature.to_string())
            .query("returnMilestones", self.milestones.to_string())
            .query("returnPOD", self.proof_of_delivery.to_string())
    }
}

impl Tracking {
    fn read(answer: &Answer) -> Result<Self, String> {
        let shipments = answer.root().path(&["trackResponse", "shipment"]);
        let packages = shipments
            .each()
            .flat_map(|shipment| shipment.at("package").each())
            .enumerate()
            .map(|(at, package)| TrackedPackage::read(package, at))
            .collect::<Result<Vec<_>, _>>()?;
        let warnings: Vec<_> = shipments.each().flat_map(|shipment| shipment.at("warnings").alerts()).collect();
        if packages.is_empty() && warnings.is_empty() {
            return Err("trackResponse.shipment has neither a package nor a warning".to_owned());
        }
        Ok(Self { packages, warnings, raw: answer.raw.clone() })
    }

    /// UPS tells how many packages there are with each package; a page without packages is the last.
    fn into_page(self, offset: u32) -> TrackingPage {
        let package_count = self.packages.iter().filter_map(|package| package.package_count).max();
        let here = u32::try_from(self.packages.len()).unwrap_or(u32::MAX);
        let seen = offset.saturating_add(here);
        let next_offset = (here > 0 && package_count.is_some_and(|count| seen < count)).then_some(seen);
        TrackingPage { tracking: self, package_count, next_offset }
    }
}
