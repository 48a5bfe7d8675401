//! Pickups ordered, and how far each is.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::ups::manners::Manners;

/// A pickup as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PickupOrdered {
    /// The pickup request number.
    pub prn: String,
    /// The day.
    pub day: Date,
    /// The three digits of its status: 001, 012, 002, 003, or 007 once called off.
    pub status: &'static str,
    /// Whether it is a smart pickup.
    pub smart: bool,
    /// How often it was ordered: more than once when a request was repeated.
    pub times: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    OnCall,
    Smart,
}

/// How far a pickup is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Received,
    Processed,
    Dispatched,
    Completed,
    Cancelled,
}

impl Status {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Received => "001",
            Self::Processed => "012",
            Self::Dispatched => "002",
            Self::Completed => "003",
            Self::Cancelled => "007",
        }
    }

    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Received => "Received at dispatch",
            Self::Processed => "Your pickup request is being processed",
            Self::Dispatched => "Dispatched to driver",
            Self::Completed => "Order successfully completed",
            Self::Cancelled => "Cancelled",
        }
    }

    pub(crate) fn can_be_cancelled(self) -> bool {
        matches!(self, Self::Received | Self::Processed)
    }
}

/// What is ordered.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) kind: Kind,
    pub(crate) account: String,
    pub(crate) address: String,
    /// The clocks at the address.
    pub(crate) zone: TimeZone,
    pub(crate) day: Date,
    pub(crate) ready: Time,
    pub(crate) close: Time,
    pub(crate) contact: String,
    pub(crate) reference: String,
}

impl Wish {
    fn is_same_place_and_day(&self, other: &Self) -> bool {
        (self.kind, &self.account, &self.address, self.day) == (other.kind, &other.account, &other.address, other.day)
    }

    fn instant(&self, time: Time) -> Timestamp {
        let zoned = self.day.to_datetime(time).to_zoned(self.zone.clone());
        zoned.map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) prn: String,
    pub(crate) wish: Wish,
    pub(crate) cancelled_at: Option<Timestamp>,
    ordered_at: Timestamp,
    times: u32,
}

impl Order {
    pub(crate) fn status(&self, now: Timestamp, manners: &Manners) -> Status {
        let after = |from: Timestamp, step: SignedDuration| from.saturating_add(step).unwrap_or(from);
        let processed = after(self.ordered_at, manners.pickup_processed_after);
        let earliest = after(processed, SignedDuration::from_mins(20));
        let dispatched = self.wish.instant(manners.pickup_dispatched_at).max(earliest);
        let (ready, close) = (self.wish.instant(self.wish.ready), self.wish.instant(self.wish.close));
        // The driver comes in the middle of the time there is.
        let middle = after(ready, close.duration_since(ready) / 2);
        let completed = middle.max(after(dispatched, SignedDuration::from_mins(30)));
        match now {
            _ if self.cancelled_at.is_some() => Status::Cancelled,
            now if now < processed => Status::Received,
            now if now < dispatched => Status::Processed,
            now if now < completed => Status::Dispatched,
            _ => Status::Completed,
        }
    }

    fn is_open(&self, now: Timestamp, manners: &Manners) -> bool {
        !matches!(self.status(now, manners), Status::Completed | Status::Cancelled)
    }
}

/// All orders.
#[derive(Debug)]
pub(crate) struct Book {
    orders: Vec<Order>,
    dice: fastrand::Rng,
}

impl Book {
    pub(crate) fn new(seed: u64) -> Self {
        Self { orders: Vec::new(), dice: fastrand::Rng::with_seed(seed ^ 0x91C4) }
    }

    /// Takes an order; one that stands for the same place and day is answered again. Says whether it
    /// is new.
    pub(crate) fn order(&mut self, wish: Wish, now: Timestamp, manners: &Manners) -> (Order, bool) {
        let standing =
            self.orders.iter_mut().find(|order| order.wish.is_same_place_and_day(&wish) && order.is_open(now, manners));
        if let Some(order) = standing {
            order.times += 1;
            return (order.clone(), false);
        }
        let order = Order { prn: self.number(wish.day), wish, cancelled_at: None, ordered_at: now, times: 1 };
        self.orders.push(order.clone());
        (order, true)
    }

    /// Eleven characters: `29`, the day of the month, seven letters and digits.
    fn number(&mut self, day: Date) -> String {
        const LETTERS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let rest: String = (0..7).map(|_| char::from(LETTERS[self.dice.usize(..LETTERS.len())])).collect();
        format!("29{:02}{rest}", day.day())
    }

    pub(crate) fn find(&mut self, prn: &str) -> Option<&mut Order> {
        self.orders.iter_mut().find(|order| order.prn == prn)
    }

    /// The number of the latest one that still stands.
    pub(crate) fn latest(&self, now: Timestamp, manners: &Manners) -> Option<String> {
        self.orders.iter().rev().find(|order| order.is_open(now, manners)).map(|order| order.prn.clone())
    }

    /// Those of today and tomorrow that are not done.
    pub(crate) fn pending<'a>(&'a self, now: Timestamp, manners: &'a Manners) -> impl Iterator<Item = &'a Order> {
        self.orders.iter().filter(move |order| {
            let today = now.to_zoned(order.wish.zone.clone()).date();
            let tomorrow = today.saturating_add(jiff::Span::new().days(1));
            (today..=tomorrow).contains(&order.wish.day) && order.is_open(now, manners)
        })
    }

    pub(crate) fn ordered(&self, now: Timestamp, manners: &Manners) -> Vec<PickupOrdered> {
        let one = |order: &Order| PickupOrdered {
            prn: order.prn.clone(),
            day: order.wish.day,
            status: order.status(now, manners).code(),
            smart: order.wish.kind == Kind::Smart,
            times: order.times,
        };
        self.orders.iter().map(one).collect()
    }
}
