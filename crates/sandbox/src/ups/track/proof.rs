//! What is left of a delivery: where, to whom, signature, photo, proof.
//!
//! Nobody signs with a name here, only with an office's. Signature and photo are small pictures
//! drawn from the tracking number, so that each parcel has its own.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::ups::journey::scan::Scan;
use crate::ups::shelf::{Booked, Parcel};

/// Who takes a parcel at a commercial address.
pub(crate) fn received_by(booked: &Booked, parcel: &Parcel) -> &'static str {
    if booked.ship_to.residential {
        return if parcel.is_signed_for() { "RESIDENT" } else { "" };
    }
    match parcel.number.bytes().last() {
        Some(b'0'..=b'4') => "RECEIVING",
        Some(b'5'..=b'7') => "FRONT DESK",
        _ => "MAIL ROOM",
    }
}

/// Where it was put down.
pub(crate) fn spot(booked: &Booked, scan: &Scan) -> &'static str {
    match scan.mark.code {
        "2W" => "UPS Access Point",
        _ if booked.ship_to.residential => "Front Door",
        _ => "Dock",
    }
}

pub(crate) fn delivery_information(
    booked: &Booked,
    parcel: &Parcel,
    delivered: &Scan,
    signature: bool,
    proof: bool,
) -> Value {
    let place = spot(booked, delivered);
    let receiver = received_by(booked, parcel);
    let mut information = json!({"location": place});
    if !receiver.is_empty() {
        information["receivedBy"] = json!(receiver);
    }
    if signature && !receiver.is_empty() {
        information["signature"] = json!({"image": picture(&parcel.number, 120, 40)});
    }
    if proof {
        let local = delivered.at.to_zoned(delivered.zone.clone());
        let page = format!(
            "<html><body><h1>Proof of Delivery</h1><p>Tracking Number: {}</p><p>Delivered On: {}</p>\
             <p>Left At: {place}</p><p>Received By: {receiver}</p></body></html>",
            parcel.number,
            local.strftime("%m/%d/%Y %H:%M"),
        );
        information["pod"] = json!({"content": STANDARD.encode(page)});
        if booked.is_photographed(parcel) {
            information["deliveryPhoto"] = json!({
                "photo": photo(&parcel.number),
                "photoCaptureInd": "Y",
                "photoDispositionCode": "V",
                "isNonPostalCodeCountry": false,
            });
        }
    }
    information
}

/// The driver's picture of the parcel at the door, in base64.
pub(crate) fn photo(number: &str) -> String {
    picture(number, 160, 120)
}

/// A line drawn by the number's letters, as a GIF in base64.
fn picture(number: &str, width: u16, height: u16) -> String {
    let (wide, high) = (usize::from(width), usize::from(height));
    let mut pixels = vec![0_u8; wide * high];
    let letters: Vec<usize> = number.bytes().map(|byte| usize::from(byte) * 37 % high.max(1)).collect();
    for x in 0..wide {
        let place = x * letters.len().saturating_sub(1);
        let (index, part) = (place / wide, place % wide);
        let (from, to) = (letters.get(index).copied().unwrap_or(0), letters.get(index + 1).copied().unwrap_or(0));
        let y = (from * (wide - part) + to * part) / wide;
        if let Some(pixel) = pixels.get_mut(y * wide + x) {
            *pixel = 1;
        }
    }
    let mut file = Vec::new();
    let palette = [0xFF, 0xFF, 0xFF, 0, 0, 0];
    let written = gif::Encoder::new(&mut file, width, height, &palette).and_then(|mut encoder| {
        let frame = gif::Frame { width, height, buffer: pixels.into(), ..gif::Frame::default() };
        encoder.write_frame(&frame)
    });
    // Writing to memory cannot fail; an empty text would be an empty picture.
    if written.is_err() { String::new() } else { STANDARD.encode(file) }
}
