//! A journey being written down, scan by scan.

use jiff::Timestamp;
use jiff::civil::Date;

use super::scan::{self, Mark, Scan};
use super::{Fate, Plan, later, on, route};
use crate::ups::asked::Party;
use crate::ups::geography::Hub;

/// A city on the way and the hub whose clocks it goes by.
#[derive(Debug, Clone)]
pub(super) struct Stop {
    city: String,
    state: String,
    country: String,
    pub(super) hub: Hub,
}

impl Stop {
    pub(super) fn city(party: &Party) -> Self {
        let hub = Hub::serving(&party.country, &party.state, &party.postal);
        Self { city: party.city.to_uppercase(), state: party.state.clone(), country: party.country.clone(), hub }
    }

    fn hub(hub: Hub) -> Self {
        Self { city: hub.city.to_uppercase(), state: hub.state.to_owned(), country: hub.country.to_owned(), hub }
    }

    pub(super) fn scan(&self, at: Timestamp, mark: Mark) -> Scan {
        Scan {
            at,
            zone: self.hub.time_zone(),
            mark,
            place: Some((self.city.clone(), self.state.clone())),
            country: self.country.clone(),
            new_date: None,
        }
    }
}

/// The journey being written.
pub(super) struct Way<'a> {
    pub(super) plan: &'a Plan<'a>,
    pub(super) home: Stop,
    pub(super) away: Stop,
    pub(super) scans: Vec<Scan>,
    pub(super) dice: fastrand::Rng,
    pub(super) promised: Date,
}

impl Way<'_> {
    fn scan(&mut self, stop: &Stop, at: Timestamp, mark: Mark) {
        self.scans.push(stop.scan(at, mark));
    }

    pub(super) fn scan_home(&mut self, at: Timestamp, mark: Mark) {
        self.scans.push(self.home.scan(at, mark));
    }

    fn scan_away(&mut self, at: Timestamp, mark: Mark) {
        self.scans.push(self.away.scan(at, mark));
    }

    /// An exception that moves the delivery to another day, and the update that says so.
    fn moved(&mut self, stop: &Stop, at: Timestamp, mark: Mark, day: Date) {
        for (at, mark) in [(at, mark), (later(at, 6), scan::NEW_DATE)] {
            let mut scan = stop.scan(at, mark);
            scan.new_date = Some(day);
            self.scans.push(scan);
        }
    }

    /// Received and sorted where it starts; answers when it leaves there.
    pub(super) fn first_hub(&mut self, pickup: Timestamp) -> Timestamp {
        let origin = Stop::hub(self.home.hub);
        let received = later(pickup, 70 + self.dice.i64(0..60));
        self.scan(&origin, received, scan::HAVE);
        self.scan(&origin, later(received, 25), scan::ORIGIN);
        let gone = later(received, 90 + self.dice.i64(0..60));
        self.scan(&origin, gone, scan::DEPARTED);
        gone
    }

    /// The hubs on the way, spread over the time there is by the miles between them.
    pub(super) fn linehaul(&mut self, gone: Timestamp, arrival: Date) {
        let (from, to) = (self.home.hub, self.away.hub);
        let at_dawn = on(arrival, 4 * 60 + self.dice.i64(0..50), &to.time_zone());
        let trouble = self.trouble();
        if to == from {
            if let Some(mark) = trouble {
                let away = self.away.clone();
                self.moved(&away, on(arrival, 60, &to.time_zone()), mark, arrival);
            }
            return;
        }
        let stops = route::between(from, to, self.plan.service.flies());
        let road = at_dawn.duration_since(gone).as_mins().max(180) * 85 / 100;
        let mut miles: Vec<i64> = Vec::new();
        let mut before = from;
        for hub in stops.iter().chain([&to]) {
            miles.push(i64::from(before.miles_to(hub)));
            before = *hub;
        }
        let whole: i64 = miles.iter().sum::<i64>().max(1);
        let abroad = self.home.country != self.away.country;
        let rest = (road / 12).clamp(20, 150);
        let mut travelled = 0;
        let mut struck = trouble;
        for (hub, leg) in stops.iter().zip(&miles) {
            travelled += leg;
            let stop = Stop::hub(*hub);
            let there = later(gone, road * travelled / whole);
            self.scan(&stop, there, scan::ARRIVED);
            if let Some(mark) = struck.take_if(|_| !abroad) {
                self.moved(&stop, later(there, rest / 4), mark, arrival);
            }
            if abroad && travelled + miles.last().copied().unwrap_or_default() >= whole {
                self.scan(&stop, later(there, rest / 2), scan::EXPORT);
            }
            self.scan(&stop, later(there, rest), scan::DEPARTED);
        }
        if abroad && stops.is_empty() {
            self.scan(&Stop::hub(from), later(gone, 12), scan::EXPORT);
        }
        let far = Stop::hub(to);
        let there = later(gone, road);
        if let Some(mark) = struck.take_if(|_| !abroad) {
            self.moved(&Stop::hub(from), later(gone, road * 3 / 10), mark, arrival);
        }
        self.scan(&far, there, scan::ARRIVED);
        let shortly = (road / 40).clamp(2, 12);
        if abroad {
            self.scan(&far, later(there, shortly), scan::IMPORT);
        }
        if let Some(mark) = struck {
            self.moved(&far, later(there, shortly * 2), mark, arrival);
        }
    }

    /// What goes wrong on the road.
    fn trouble(&self) -> Option<Mark> {
        let abroad = self.home.country != self.away.country;
        match self.plan.fate {
            Fate::Delayed => Some(scan::STORM),
            Fate::Damaged => Some(scan::DAMAGED),
            Fate::CustomsHold => Some(if abroad { scan::CUSTOMS } else { scan::STORM }),
            _ => None,
        }
    }

    /// Nothing is heard for eight business days; then it is given up.
    pub(super) fn lost(&mut self, promised: Date) {
        let origin = Stop::hub(self.home.hub);
        let day = self.plan.calendar.business_days_after(promised, 8);
        self.scan(&origin, on(day, 15 * 60, &origin.hub.time_zone()), scan::LOST);
    }

    /// The day of delivery and what follows.
    pub(super) fn last_mile(&mut self, day: Date) {
        let away = self.away.clone();
        let next = self.plan.calendar.business_days_after(day, 1);
        match self.plan.fate {
            Fate::OnTime | Fate::SecondAttempt | Fate::WrongAddress if self.plan.held => self.held(day, next),
            Fate::Rescheduled => {
                let wished = self.plan.calendar.business_days_after(day, 2);
                let asked = on(day, 5 * 60 + 20, &away.hub.time_zone());
                self.moved(&away, asked, scan::POSTPONED, wished);
                self.delivered(wished);
            }
            Fate::WrongAddress => {
                let door = self.out_for_delivery(day);
                self.moved(&away, door, scan::WRONG_ADDRESS, next);
                self.delivered(next);
            }
            Fate::SecondAttempt => {
                let door = self.out_for_delivery(day);
                self.moved(&away, door, scan::NOT_IN, next);
                self.delivered(next);
            }
            Fate::AccessPoint => self.held(day, next),
            Fate::Uncollected => {
                let door = self.out_for_delivery(day);
                self.scan_away(door, scan::AT_ACCESS_POINT);
                self.goes_back(on(self.plan.calendar.business_days_after(day, 7), 9 * 60, &away.hub.time_zone()));
            }
            Fate::Unreachable => {
                let door = self.out_for_delivery(day);
                self.moved(&away, door, scan::NOT_IN, next);
                let last = self.plan.calendar.business_days_after(next, 1);
                let door = self.out_for_delivery(next);
                self.moved(&away, door, scan::NOT_IN_AGAIN, last);
                let door = self.out_for_delivery(last);
                self.scan_away(door, scan::NOT_IN_AT_LAST);
                self.goes_back(later(door, 240));
            }
            Fate::Refused => {
                let door = self.out_for_delivery(day);
                self.scan_away(door, scan::REFUSED);
                self.goes_back(later(door, 200));
            }
            Fate::OnTime | Fate::Delayed | Fate::Damaged | Fate::CustomsHold | Fate::Lost => self.delivered(day),
        }
    }

    /// Left at an access point on one day, fetched on another.
    fn held(&mut self, day: Date, next: Date) {
        let door = self.out_for_delivery(day);
        self.scan_away(door, scan::AT_ACCESS_POINT);
        let fetched = 12 * 60 + self.dice.i64(0..300);
        self.scan_away(on(next, fetched, &self.away.hub.time_zone()), scan::FETCHED);
    }

    fn delivered(&mut self, day: Date) {
        let door = self.out_for_delivery(day);
        self.scan_away(door, scan::DELIVERED);
        if self.plan.photographed {
            self.scan_away(later(door, 3), scan::PHOTO);
        }
    }

    /// From here back to the sender, a business day slower than the way there.
    fn goes_back(&mut self, at: Timestamp) {
        self.scan_away(at, scan::RETURNING);
        let from = at.to_zoned(self.away.hub.time_zone()).date();
        let back = self.plan.calendar.business_days_after(from, self.plan.service.business_days(self.plan.zone) + 1);
        let zone = self.home.hub.time_zone();
        let near = Stop::hub(self.home.hub);
        self.scan(&near, on(back, 4 * 60 + 10, &zone), scan::ON_THE_WAY_BACK);
        self.scan_home(on(back, 11 * 60, &zone), scan::RETURNED);
    }

    /// Prepared, loaded, out; answers when the driver is at the door.
    fn out_for_delivery(&mut self, day: Date) -> Timestamp {
        let zone = self.away.hub.time_zone();
        let prepared = 4 * 60 + 55 + self.dice.i64(0..25);
        self.scan_away(on(day, prepared, &zone), scan::PREPARED);
        let loaded = 5 * 60 + 40 + self.dice.i64(0..30);
        self.scan_away(on(day, loaded, &zone), scan::LOADED);
        let out = 6 * 60 + 30 + self.dice.i64(0..40);
        self.scan_away(on(day, out, &zone), scan::OUT);
        let mut update = self.away.scan(on(day, out + 4, &zone), scan::NEW_TIME);
        update.new_date = (day != self.promised).then_some(day);
        self.scans.push(update);
        let door = match self.plan.service.by {
            Some("8:00 A.M." | "8:30 A.M.") => 7 * 60 + 20 + self.dice.i64(0..35),
            Some("10:30 A.M.") => 8 * 60 + 20 + self.dice.i64(0..120),
            _ => 9 * 60 + 30 + self.dice.i64(0..480),
        };
        on(day, door, &zone)
    }
}
