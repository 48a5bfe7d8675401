//! The shipments UPS has sold, found by number or by reference.
//!
//! A label's picture is not kept: it is drawn again from what is kept here, byte for byte the same.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::asked::{Party, Payer, Reference};
use super::calendar::Calendar;
use super::geography::Hub;
use super::journey::scan::{self, Scan};
use super::journey::{Fate, Journey, Plan};
use super::manners::Manners;
use super::number::Serials;
use super::service::Service;

/// A sold shipment.
#[derive(Debug, Clone)]
pub(crate) struct Booked {
    pub(crate) account: String,
    pub(crate) booked_at: Timestamp,
    pub(crate) ship_date: Date,
    pub(crate) shipper: Party,
    pub(crate) origin: Party,
    pub(crate) ship_to: Party,
    pub(crate) service: Service,
    pub(crate) zone: u32,
    pub(crate) references: Vec<Reference>,
    pub(crate) parcels: Vec<Parcel>,
    pub(crate) international: bool,
    /// `ReturnService.Code`; nothing for a forward shipment.
    pub(crate) return_service: Option<String>,
    /// `ShipmentIndicationType` codes: 01 hold at an Access Point, 02 delivery to one.
    pub(crate) indications: Vec<String>,
    /// Whether Saturday delivery was bought.
    pub(crate) saturday: bool,
    /// The shipment's own `DCISType`: 1 signature, 2 signature of an adult.
    pub(crate) confirmation: Option<String>,
    /// Who pays for the transportation.
    pub(crate) payer: Option<Payer>,
    pub(crate) fate: Fate,
}

/// One package of a sold shipment.
#[derive(Debug, Clone)]
pub(crate) struct Parcel {
    pub(crate) number: String,
    pub(crate) packaging: String,
    pub(crate) weight: Decimal,
    pub(crate) weight_unit: String,
    /// Length, width and height as sent.
    pub(crate) dimensions: Option<[Decimal; 3]>,
    pub(crate) dimension_unit: String,
    /// What it is declared to be worth.
    pub(crate) declared: Option<Decimal>,
    /// `DCISType`: 2 signature, 3 signature of an adult.
    pub(crate) confirmation: Option<String>,
    pub(crate) references: Vec<Reference>,
    /// Whether somebody must sign for it.
    pub(crate) signature: bool,
    pub(crate) voided_at: Option<Timestamp>,
    /// It travels although its label was voided.
    pub(crate) travels_anyway: bool,
    /// Its own fate, where it does not share its shipment's.
    pub(crate) fate: Option<Fate>,
    pub(crate) journey: Journey,
}

impl Parcel {
    /// Whether somebody must sign for it.
    pub(crate) fn is_signed_for(&self) -> bool {
        self.signature
    }

    /// Everything that is ever recorded of it: the manifest first, then scans as they happen; of a
    /// voided label only what was uploaded before, and the void.
    pub(crate) fn history(&self) -> Vec<Scan> {
        let Some(voided_at) = self.voided_at else { return self.journey.scans.clone() };
        let Some(manifest) = self.journey.scans.first().filter(|scan| scan.at <= voided_at) else { return Vec::new() };
        let void = Scan { at: voided_at, mark: scan::VOIDED, ..manifest.clone() };
        let mut history = vec![manifest.clone(), void];
        if self.travels_anyway {
            let later = self.journey.scans.iter().skip(1).filter(|scan| scan.at > voided_at);
            history.extend(later.cloned());
        }
        history
    }

    /// What is recorded at `now`, in the same order.
    pub(crate) fn known_at(&self, now: Timestamp) -> impl Iterator<Item = Scan> {
        self.history().into_iter().filter(move |scan| scan.at <= now)
    }
}

impl Booked {
    /// The shipment's own number: its first package's.
    pub(crate) fn number(&self) -> &str {
        self.parcels.first().map_or("", |parcel| &parcel.number)
    }

    pub(crate) fn is_voided(&self) -> bool {
        self.parcels.iter().all(|parcel| parcel.voided_at.is_some())
    }

    /// When UPS first held any of its packages; a voided one it never gets.
    pub(crate) fn possession(&self) -> Option<Timestamp> {
        let standing = self.parcels.iter().filter(|parcel| parcel.voided_at.is_none());
        standing.filter_map(|parcel| parcel.journey.possession()).min()
    }

    /// Whether the driver photographs a package: at a home where nobody signs.
    pub(crate) fn is_photographed(&self, parcel: &Parcel) -> bool {
        self.ship_to.residential && !parcel.is_signed_for()
    }

    /// The journeys of all its parcels under their present fates. Packages of one shipment travel
    /// together, but for one whose fate is its own.
    fn travel(&mut self, manners: &Manners) {
        let luck = luck(self.number());
        let calendar = Calendar::of(manners);
        let journey = |parcel: &Parcel| {
            Journey::of(&Plan {
                booked_at: self.booked_at,
                ship_date: self.ship_date,
                origin: &self.origin,
                ship_to: &self.ship_to,
                service: self.service,
                zone: self.zone,
                fate: parcel.fate.unwrap_or(self.fate),
                calendar: &calendar,
                saturday: self.saturday,
                held: !self.indications.is_empty(),
                brought: self.return_service.is_some(),
                photographed: self.is_photographed(parcel),
                manifest_delay: manners.manifest_delay,
                luck,
            })
        };
        let journeys: Vec<Journey> = self.parcels.iter().map(journey).collect();
        for (parcel, journey) in self.parcels.iter_mut().zip(journeys) {
            parcel.journey = journey;
        }
    }

    /// The day of the pickup, on the origin's clocks.
    pub(crate) fn pickup_day(&self) -> Option<Date> {
        let zone = Hub::serving(&self.origin.country, &self.origin.state, &self.origin.postal).time_zone();
        Some(self.possession()?.to_zoned(zone).date())
    }
}

fn luck(number: &str) -> u64 {
    number.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// All shipments.
#[derive(Debug)]
pub(crate) struct Shelf {
    shipments: Vec<Arc<Booked>>,
    by_number: HashMap<String, (usize, usize)>,
    by_reference: HashMap<String, Vec<usize>>,
    serials: Serials,
}

impl Shelf {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            shipments: Vec::new(),
            by_number: HashMap::new(),
            by_reference: HashMap::new(),
            serials: Serials::starting_from(seed.wrapping_mul(7919)),
        }
    }

    /// Numbers the packages of a shipment, decides their journey and keeps it.
    pub(crate) fn sell(&mut self, mut booked: Booked, manners: &Manners) -> Arc<Booked> {
        for parcel in &mut booked.parcels {
            parcel.number = self.serials.issue(&booked.account, booked.service.indicator());
        }
        let mut dice = fastrand::Rng::with_seed(luck(booked.number()).rotate_left(17));
        booked.fate = Fate::drawn(&mut dice, manners.mishaps, manners.refusals);
        booked.travel(manners);
        let place = self.shipments.len();
        for (index, parcel) in booked.parcels.iter().enumerate() {
            self.by_number.insert(parcel.number.clone(), (place, index));
        }
        let package_level = booked.parcels.iter().flat_map(|parcel| &parcel.references);
        for reference in package_level.chain(&booked.references) {
            let found = self.by_reference.entry(reference.value.clone()).or_default();
            if found.last() != Some(&place) {
                found.push(place);
            }
        }
        let booked = Arc::new(booked);
        self.shipments.push(booked.clone());
        booked
    }

    /// The shipment of a package's number and which of its packages it is.
    pub(crate) fn by_tracking_number(&self, number: &str) -> Option<(Arc<Booked>, usize)> {
        let (place, index) = self.by_number.get(number)?;
        Some((self.shipments[*place].clone(), *index))
    }

    /// The shipments that carry a reference value, at whichever level, oldest first.
    pub(crate) fn by_reference(&self, value: &str) -> Vec<Arc<Booked>> {
        let places = self.by_reference.get(value).map_or(&[][..], Vec::as_slice);
        places.iter().map(|place| self.shipments[*place].clone()).collect()
    }

    /// Voids those packages of the shipment that `chosen` picks.
    pub(crate) fn void(&mut self, shipment: &str, at: Timestamp, travels: bool, chosen: impl Fn(&str) -> bool) {
        let Some((place, _)) = self.by_number.get(shipment) else { return };
        let booked = Arc::make_mut(&mut self.shipments[*place]);
        for parcel in booked.parcels.iter_mut().filter(|parcel| chosen(&parcel.number)) {
            parcel.voided_at.get_or_insert(at);
            parcel.travels_anyway = travels;
        }
    }

    /// Decides the fate of a package and of the shipment's others, or of it alone.
    pub(crate) fn decide_fate(&mut self, number: &str, fate: Fate, alone: bool, manners: &Manners) -> bool {
        let Some((place, index)) = self.by_number.get(number) else { return false };
        let booked = Arc::make_mut(&mut self.shipments[*place]);
        if alone {
            booked.parcels[*index].fate = Some(fate);
        } else {
            booked.fate = fate;
            booked.parcels.iter_mut().for_each(|parcel| parcel.fate = None);
        }
        booked.travel(manners);
        true
    }

    /// Every shipment, oldest first.
    pub(crate) fn all(&self) -> &[Arc<Booked>] {
        &self.shipments
    }
}
