//! Papers beside the label: the customer's receipt of a return, and the control log a driver signs
//! for parcels of high value.

use rust_decimal::Decimal;
use serde_json::Value;

use super::Manners;
use super::label::{Format, image};
use super::number::masked;
use super::shelf::Booked;
use super::thermal::{self, Mark};

/// Above this declared value, in dollars, UPS wants a signed control log.
const HIGH_VALUE: i64 = 999;

/// In what a receipt is written: a thermal language, or HTML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paper(pub(crate) Option<Format>);

impl Paper {
    fn print(self, lines: &[String], manners: &Manners) -> Value {
        let Some(format) = self.0 else {
            let html = format!("<html><body><pre>{}</pre></body></html>", lines.join("\n").replace('<', "&lt;"));
            return image("HTML", html.as_bytes(), manners);
        };
        let mark = |(y, line): (u32, &String)| Mark::Text { x: 16, y, size: 28, words: line.clone() };
        let marks: Vec<Mark> = (24..).step_by(34).zip(lines).map(mark).collect();
        let text = match format {
            Format::Epl => thermal::epl(&marks),
            Format::Spl => thermal::spl(&marks),
            _ => thermal::zpl(&marks),
        };
        image(format.code(), text.as_bytes(), manners)
    }
}

/// What a customer keeps who gives a return to the driver.
pub(crate) fn of_return(booked: &Booked, index: usize, paper: Paper, manners: &Manners) -> Value {
    let number = masked(&booked.parcels[index].number, manners);
    let lines = [
        "SAMPLE - CUSTOMER RECEIPT".to_owned(),
        format!("Tracking number: {number}"),
        format!("From: {}, {}", booked.origin.name, booked.origin.city),
        format!("To: {}, {}", booked.ship_to.name, booked.ship_to.city),
        "Driver's signature: ____________________".to_owned(),
    ];
    paper.print(&lines, manners)
}

/// Whether a control log belongs to the shipment.
pub(crate) fn is_of_high_value(booked: &Booked) -> bool {
    booked.parcels.iter().filter_map(|parcel| parcel.declared).any(|value| value > Decimal::from(HIGH_VALUE))
}

/// The control log: every parcel of high value, with a line to sign on.
pub(crate) fn control_log(booked: &Booked, paper: Paper, manners: &Manners) -> Value {
    let mut lines = vec![
        "SAMPLE - HIGH VALUE SHIPMENT SUMMARY".to_owned(),
        format!("Shipper: {} {}", booked.account, booked.shipper.name),
    ];
    let dear = booked.parcels.iter().filter(|parcel| parcel.declared > Some(Decimal::from(HIGH_VALUE)));
    lines.extend(dear.map(|parcel| {
        let number = masked(&parcel.number, manners);
        format!("{number}  declared value {:.2}", parcel.declared.unwrap_or_default())
    }));
    lines.push("Received for UPS by: ____________________".to_owned());
    paper.print(&lines, manners)
}
