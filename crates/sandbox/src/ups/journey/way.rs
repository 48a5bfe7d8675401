//! A journey being written down, scan by scan.

use jiff::Timestamp;
use jiff::civil::Date;

use super::scan::{self, Mark, Scan};
use super::stop::Stop;
use super::{Fate, Plan, later, on, route};
use crate::ups::geography::Hub;

/// About how long an ocean is, in miles.
const OCEAN: i64 = 4000;

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
        let origin = self.home.facility();
        let received = later(pickup, 70 + self.dice.i64(0..60));
        self.scan(&origin, received, scan::HAVE);
        self.scan(&origin, later(received, 25), scan::ORIGIN);
        if self.is_abroad() && (self.home.is_overseas || self.hubs_between().is_empty()) {
            self.scan(&origin, later(received, 50), scan::EXPORT);
        }
        let gone = later(received, 90 + self.dice.i64(0..60));
        self.scan(&origin, gone, scan::DEPARTED);
        gone
    }

    fn is_abroad(&self) -> bool {
        self.away.is_abroad_from(&self.home)
    }

    /// The hubs between the first facility and the last. Overseas goes over the hub of the gateway.
    fn hubs_between(&self) -> Vec<Hub> {
        let (from, to) = (self.home.hub, self.away.hub);
        let mut hubs = Vec::new();
        if self.home.is_overseas && (self.away.is_overseas || from != to) {
            hubs.push(from);
        }
        hubs.extend(route::between(from, to, self.plan.service.flies()));
        if self.away.is_overseas && hubs.last() != Some(&to) && (self.home.is_overseas || from != to) {
            hubs.push(to);
        }
        hubs
    }

    /// The hubs on the way, spread over the time there is by the miles between them.
    pub(super) fn linehaul(&mut self, gone: Timestamp, arrival: Date) {
        let at_dawn = on(arrival, 4 * 60 + self.dice.i64(0..50), &self.away.clocks);
        let mut trouble = self.trouble();
        let abroad = self.is_abroad();
        if !abroad && self.away.hub == self.home.hub {
            if let Some(mark) = trouble {
                let away = self.away.clone();
                self.moved(&away, on(arrival, 60, &away.clocks), mark, arrival);
            }
            return;
        }
        let hubs = self.hubs_between();
        let road = at_dawn.duration_since(gone).as_mins().max(180) * 85 / 100;
        let legs = self.legs(&hubs);
        let whole: i64 = legs.iter().sum::<i64>().max(1);
        let rest = (road / 12).clamp(20, 150);
        let mut travelled = 0;
        for (index, (hub, leg)) in hubs.iter().zip(&legs).enumerate() {
            travelled += leg;
            let stop = Stop::hub(*hub);
            let there = later(gone, road * travelled / whole);
            self.scan(&stop, there, scan::ARRIVED);
            if let Some(mark) = trouble.take_if(|_| !abroad) {
                self.moved(&stop, later(there, rest / 4), mark, arrival);
            }
            if abroad && !self.home.is_overseas && index + 1 == hubs.len() {
                self.scan(&stop, later(there, rest / 2), scan::EXPORT);
            }
            self.scan(&stop, later(there, rest), scan::DEPARTED);
        }
        if let Some(mark) = trouble.take_if(|_| !abroad) {
            let origin = self.home.facility();
            self.moved(&origin, later(gone, road * 3 / 10), mark, arrival);
        }
        let far = self.away.facility();
        let there = later(gone, road);
        self.scan(&far, there, scan::ARRIVED);
        let shortly = (road / 40).clamp(2, 12);
        if abroad {
            self.scan(&far, later(there, shortly), scan::IMPORT);
        }
        if let Some(mark) = trouble {
            self.moved(&far, later(there, shortly * 2), mark, arrival);
        }
    }

    /// Miles from each facility to the next.
    fn legs(&self, hubs: &[Hub]) -> Vec<i64> {
        let mut legs = Vec::new();
        let mut before = self.home.hub;
        for (index, hub) in hubs.iter().chain([&self.away.hub]).enumerate() {
            let overseas = (index == 0 && self.home.is_overseas) || (index == hubs.len() && self.away.is_overseas);
            legs.push(if overseas { OCEAN } else { i64::from(before.miles_to(hub)) });
            before = *hub;
        }
        legs
    }

    /// What goes wrong on the road.
    fn trouble(&self) -> Option<Mark> {
        let abroad = self.is_abroad();
        match self.plan.fate {
            Fate::Delayed => Some(scan::STORM),
            Fate::Damaged => Some(scan::DAMAGED),
            Fate::CustomsHold => Some(if abroad { scan::CUSTOMS } else { scan::STORM }),
            _ => None,
        }
    }

    /// Nothing is heard for eight business days; then it is given up.
    pub(super) fn lost(&mut self, promised: Date) {
        let origin = self.home.facility();
        let day = self.plan.calendar.business_days_after(promised, 8);
        self.scan(&origin, on(day, 15 * 60, &origin.clocks), scan::LOST);
    }

    /// The day of delivery and what follows.
    pub(super) fn last_mile(&mut self, day: Date) {
        let away = self.away.clone();
        let next = self.plan.calendar.business_days_after(day, 1);
        match self.plan.fate {
            Fate::OnTime | Fate::SecondAttempt | Fate::WrongAddress if self.plan.held => self.held(day, next),
            Fate::Rescheduled => {
                let wished = self.plan.calendar.business_days_after(day, 2);
                let asked = on(day, 5 * 60 + 20, &away.clocks);
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
                self.goes_back(on(self.plan.calendar.business_days_after(day, 7), 9 * 60, &away.clocks));
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
            Fate::Misdelivered => {
                let door = self.out_for_delivery(day);
                let elsewhere = away.elsewhere();
                self.scan(&elsewhere, door, scan::DELIVERED);
            }
            Fate::OnTime | Fate::Delayed | Fate::Damaged | Fate::CustomsHold | Fate::Lost | Fate::Forgotten => {
                self.delivered(day);
            }
        }
    }

    /// Left at an access point on one day, fetched on another.
    fn held(&mut self, day: Date, next: Date) {
        let door = self.out_for_delivery(day);
        self.scan_away(door, scan::AT_ACCESS_POINT);
        let fetched = 12 * 60 + self.dice.i64(0..300);
        self.scan_away(on(next, fetched, &self.away.clocks), scan::FETCHED);
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
        let from = at.to_zoned(self.away.clocks.clone()).date();
        let back = self.plan.calendar.business_days_after(from, self.plan.service.business_days(self.plan.zone) + 1);
        let zone = self.home.clocks.clone();
        let near = self.home.facility();
        self.scan(&near, on(back, 4 * 60 + 10, &zone), scan::ON_THE_WAY_BACK);
        self.scan_home(on(back, 11 * 60, &zone), scan::RETURNED);
    }

    /// Prepared, loaded, out; answers when the driver is at the door.
    fn out_for_delivery(&mut self, day: Date) -> Timestamp {
        let zone = self.away.clocks.clone();
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
