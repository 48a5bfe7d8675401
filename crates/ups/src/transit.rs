//! When a rated shipment arrives, as rating tells it beside the price.
//!
//! Rating writes days as `YYYYMMDD` and times as `HHMMSS` or `HHMM`, the guarantee's time as words of a twelve-hour
//! clock, and its disclaimer as one text or a list of texts. All times are those of the place they speak of.

use jiff::civil::{Date, Time};

use crate::json::Node;
use crate::moment;

/// A guarantee of delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Guaranteed {
    /// Working days on the way.
    pub business_days: Option<u32>,
    /// By what time, in UPS's words, such as `10:30 A.M.`.
    pub by: Option<String>,
    /// On which day.
    pub on: Option<Date>,
}

impl Guaranteed {
    pub(crate) fn read(node: Node<'_>) -> Option<Self> {
        node.is_filled().then(|| Self {
            business_days: node.at("BusinessDaysInTransit").count(),
            by: node.text_at("DeliveryByTime"),
            on: day(node.at("ScheduledDeliveryDate")),
        })
    }
}

/// When a rated shipment is picked up and arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RatedTransit {
    /// The day that was asked for.
    pub pickup_asked: Option<Date>,
    /// The day on which UPS picks up.
    pub pickup_date: Option<Date>,
    /// The latest time of that pickup.
    pub pickup_time: Option<Time>,
    /// The day on which it arrives.
    pub arrival_date: Option<Date>,
    /// By what time it arrives.
    pub arrival_time: Option<Time>,
    /// Until when a pickup can be called for.
    pub call_by: Option<Time>,
    /// Working days on the way.
    pub business_days: Option<u32>,
    /// All days on the way; UPS tells zero within the US.
    pub total_days: Option<u32>,
    /// Holidays among them.
    pub holidays: Option<u32>,
    /// Days lost at customs.
    pub delay_days: Option<u32>,
    /// Days without movement.
    pub rest_days: Option<u32>,
    /// Whether UPS guarantees it.
    pub guaranteed: bool,
    /// Whether it arrives on a Saturday, for an extra charge. Tells two rows of one service apart.
    pub saturday_delivery: bool,
    /// Whether it arrives on a Sunday, for an extra charge.
    pub sunday_delivery: bool,
    /// UPS's name of the service.
    pub service: Option<String>,
    /// UPS's reservations.
    pub disclaimers: Vec<String>,
}

impl RatedTransit {
    pub(crate) fn read(node: Node<'_>) -> Option<Self> {
        let summary = node.at("ServiceSummary");
        if !summary.is_filled() {
            return None;
        }
        let estimated = summary.at("EstimatedArrival");
        let (arrival, pickup) = (estimated.at("Arrival"), estimated.at("Pickup"));
        let yes = |name: &str| summary.text_at(name).as_deref() == Some("1");
        let names = ["Disclaimer", "SaturdayDeliveryDisclaimer", "SundayDeliveryDisclaimer"];
        let own = node.at("Disclaimer").each().filter_map(Node::text);
        let of_service = names.iter().flat_map(|name| summary.at(name).each()).filter_map(Node::text);
        Some(Self {
            pickup_asked: day(node.at("PickupDate")),
            pickup_date: day(pickup.at("Date")),
            pickup_time: time(pickup.at("Time")),
            arrival_date: day(arrival.at("Date")),
            arrival_time: time(arrival.at("Time")),
            call_by: time(estimated.at("CustomerCenterCutoff")),
            business_days: estimated.at("BusinessDaysInTransit").count(),
            total_days: estimated.at("TotalTransitDays").count(),
            holidays: estimated.at("HolidayCount").count(),
            delay_days: estimated.at("DelayCount").count(),
            rest_days: estimated.at("RestDays").count(),
            guaranteed: summary.at("GuaranteedIndicator").present(),
            saturday_delivery: yes("SaturdayDelivery"),
            sunday_delivery: yes("SundayDelivery"),
            service: summary.at("Service").text_at("Description"),
            disclaimers: own.chain(of_service).collect(),
        })
    }
}

fn day(node: Node<'_>) -> Option<Date> {
    moment::date(&node.text()?)
}

/// Here four digits are hours and minutes; elsewhere they are minutes and seconds that lost their zeros.
fn time(node: Node<'_>) -> Option<Time> {
    let text = node.text()?;
    ["%H%M%S", "%H%M", "%H:%M:%S"].iter().find_map(|form| Time::strptime(form, &text).ok())
}
