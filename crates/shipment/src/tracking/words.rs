//! Exceptions in plain words: what happened to the package, and what to do about it.
//!
//! UPS's own words differ between feeds, versions and languages and are written for consignees. People at a desk need to
//! know two things: is somebody waiting for us, and who can help. The words follow the status code where there is one,
//! else type and scan code; what neither knows is told in UPS's words.

use super::{Scan, Status};

/// What happened, and what a person does about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plain {
    /// What happened to the package.
    pub what: String,
    /// What to do, or why nothing has to be done.
    pub next: &'static str,
}

const WAITS: &str = "nothing to do: UPS delivers as soon as it can";
const TRIES_AGAIN: &str = "nothing to do: UPS tries again on the next working day";
const LAST_TRY: &str = "ask the consignee when somebody is there, and tell UPS before it comes back";
const ADDRESS: &str =
    "ask the consignee for the right address and give it to UPS; correct it in SYSPRO for the next shipment";
const DAMAGE: &str = "ask UPS about the damage; send a replacement if the goods are needed, and make a claim";
const PAPERS: &str = "UPS's broker waits for papers or payment: call UPS with the tracking number";
const BACK: &str = "ask the customer why; the goods come back to the dock";
const COLLECT: &str = "tell the consignee where it waits and until when";
const GONE: &str = "send a replacement and make a claim at UPS";
const ASK: &str = "ask UPS with the tracking number";

/// Plain words for a scan that says a package is in trouble, comes back or waits to be collected; nothing for all others.
pub fn explain(scan: &Scan) -> Option<Plain> {
    let usual = usual(&scan.status)?;
    let (what, next) = by_status_code(scan.status_code.trim())
        .or_else(|| by_scan_code(scan.type_letter.trim(), scan.code.trim()))
        .unwrap_or(usual);
    let own = scan.description.trim().trim_end_matches('.');
    let what = if (what, next) == usual && scan.status == Status::Exception && !own.is_empty() {
        format!("{what}: {own}")
    } else {
        what.to_owned()
    };
    Some(Plain { what, next })
}

fn usual(status: &Status) -> Option<(&'static str, &'static str)> {
    Some(match status {
        Status::Exception => ("it is delayed or in trouble", ASK),
        Status::DeliveryAttempted => ("nobody took it", TRIES_AGAIN),
        Status::HeldForPickup => ("it waits to be collected", COLLECT),
        Status::Refused => ("the consignee refused it", BACK),
        Status::Returning => ("it is on its way back to us", BACK),
        Status::Returned => ("it is back at the shipper", BACK),
        Status::Lost => ("it is lost or destroyed", GONE),
        Status::Customs => ("it is with customs or a broker", WAITS),
        Status::LabelCreated
        | Status::Voided
        | Status::PickupPending
        | Status::PickedUp
        | Status::InTransit
        | Status::Preparing
        | Status::OutForDelivery
        | Status::Delivered
        | Status::DeliveredToAgent
        | Status::Notice { .. }
        | Status::Unknown { .. } => return None,
    })
}

fn by_status_code(code: &str) -> Option<(&'static str, &'static str)> {
    Some(match code {
        "022" | "060" | "061" => ("nobody was there to take it", TRIES_AGAIN),
        "023" => ("nobody was there to take it, for the second time", LAST_TRY),
        "024" | "062" => ("nobody was there to take it at the last attempt", LAST_TRY),
        "048" | "049" | "050" => ("the address is wrong or incomplete", ADDRESS),
        "052" => ("weather or a disaster holds it up", WAITS),
        "055" => ("the delivery was put off", WAITS),
        "058" => ("customs want to know more", PAPERS),
        "059" => ("the package is damaged", DAMAGE),
        "161" => ("it waits at a UPS Access Point", COLLECT),
        _ => return None,
    })
}

fn by_scan_code(letter: &str, code: &str) -> Option<(&'static str, &'static str)> {
    Some(match (letter, code) {
        ("X", "48") => ("nobody was there to take it", TRIES_AGAIN),
        ("X", "49") => ("nobody was there to take it at the last attempt", LAST_TRY),
        ("X", "50" | "AG" | "A7") => ("the address is wrong or incomplete, or the consignee has moved", ADDRESS),
        ("X", "2A" | "CR" | "EJ") => ("weather or a disaster holds it up", WAITS),
        ("X", "45") => ("the package is damaged", DAMAGE),
        ("X", "5" | "70" | "B2" | "71") => ("customs want to know more", PAPERS),
        ("X", "78" | "79") => ("the delivery was put off", WAITS),
        ("X", "S9" | "TJ") => ("it was sent to lost and found", GONE),
        ("D", "2Q") => ("it waits at a UPS Access Point", COLLECT),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::Feed;
    use super::*;

    fn scan(status: Status, status_code: &str, code: &str, words: &str) -> Scan {
        let number = "1Z999AA10123456784".parse().expect("a tracking number");
        Scan {
            type_letter: "X".to_owned(),
            status_code: status_code.to_owned(),
            code: code.to_owned(),
            description: words.to_owned(),
            ..Scan::new(number, Timestamp::UNIX_EPOCH, status, Feed::TrackApi)
        }
    }

    #[test]
    fn trouble_is_told_with_what_to_do() {
        let said = explain(&scan(Status::Exception, "052", "2A", "Severe weather.")).expect("words");
        assert_eq!((said.what.as_str(), said.next), ("weather or a disaster holds it up", WAITS));
        let said = explain(&scan(Status::Exception, "", "AG", "")).expect("words");
        assert_eq!(said.next, ADDRESS);
    }

    #[test]
    fn what_no_table_knows_is_told_in_the_words_of_ups() {
        let said = explain(&scan(Status::Exception, "999", "ZZ", "A train derailed. ")).expect("words");
        assert_eq!((said.what.as_str(), said.next), ("it is delayed or in trouble: A train derailed", ASK));
        assert_eq!(explain(&scan(Status::InTransit, "005", "AR", "Arrived")), None);
    }
}
