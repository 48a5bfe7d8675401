//! One entry in a parcel's history, and the words UPS has for each.
//!
//! Three code spaces meet here: the letter, the two characters of the scan (which mean different
//! things under different letters) and the three digits of the state. They are those of UPS's table
//! of tracking codes; which of several exception states goes with which reason is *assumed*.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// What a scan says, in UPS's codes and words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Mark {
    /// The letter: `M`, `I`, `X`, `D`, `MV`, or `U` for an update that only Track Alert tells.
    pub(crate) kind: &'static str,
    /// The two characters of the scan.
    pub(crate) code: &'static str,
    /// The three digits of the state the parcel is in.
    pub(crate) status_code: &'static str,
    /// Words as tracking writes them, filled up with a blank at the end.
    pub(crate) words: &'static str,
}

const fn mark(kind: &'static str, code: &'static str, status_code: &'static str, words: &'static str) -> Mark {
    Mark { kind, code, status_code, words }
}

pub(crate) const MANIFEST: Mark =
    mark("M", "MP", "003", "Shipper created a label, UPS has not received the package yet. ");
pub(crate) const PICKUP: Mark = mark("I", "PU", "038", "Pickup Scan ");
pub(crate) const DROPPED_OFF: Mark = mark("I", "XD", "038", "Drop-Off ");
/// Not the label: UPS has the parcel, whatever the table of codes says about `OC`.
pub(crate) const HAVE: Mark = mark("I", "OC", "005", "We have your package ");
pub(crate) const ORIGIN: Mark = mark("I", "OR", "005", "Origin Scan ");
pub(crate) const ARRIVED: Mark = mark("I", "AR", "005", "Arrived at Facility ");
pub(crate) const DEPARTED: Mark = mark("I", "DP", "005", "Departed from Facility ");
pub(crate) const EXPORT: Mark = mark("I", "EP", "005", "Export Scan ");
pub(crate) const IMPORT: Mark = mark("I", "IP", "012", "Import Scan ");
pub(crate) const PREPARED: Mark = mark("I", "YP", "071", "Processing at UPS Facility ");
/// Not out for delivery yet, whatever the table of codes says about `OF`.
pub(crate) const LOADED: Mark = mark("I", "OF", "072", "Loaded on Delivery Vehicle ");
pub(crate) const OUT: Mark = mark("I", "OT", "021", "Out For Delivery Today ");
pub(crate) const DELIVERED: Mark = mark("D", "FS", "011", "DELIVERED ");
pub(crate) const AT_ACCESS_POINT: Mark = mark("D", "2Q", "161", "Delivered to UPS Access Point ");
pub(crate) const FETCHED: Mark = mark("D", "2W", "011", "Picked up by the customer at the UPS Access Point ");
pub(crate) const STORM: Mark = mark("X", "2A", "052", "Severe weather conditions have delayed delivery. ");
pub(crate) const NOT_IN: Mark =
    mark("X", "48", "022", "The receiver was not available for delivery. We will make a second attempt. ");
pub(crate) const NOT_IN_AGAIN: Mark =
    mark("X", "48", "023", "The receiver was not available for delivery. We will make a final attempt. ");
pub(crate) const NOT_IN_AT_LAST: Mark =
    mark("X", "49", "024", "The receiver was not available at the time of the final delivery attempt. ");
pub(crate) const WRONG_ADDRESS: Mark =
    mark("X", "AG", "050", "The address is incomplete. We are working to obtain the information. ");
pub(crate) const DAMAGED: Mark = mark("X", "45", "059", "The package is damaged. We are repacking it. ");
pub(crate) const POSTPONED: Mark = mark("X", "78", "055", "The receiver asked for delivery on another day. ");
pub(crate) const CUSTOMS: Mark = mark("X", "71", "058", "Clearing customs needs more information. ");
pub(crate) const REFUSED: Mark = mark("X", "53", "064", "The receiver refused the delivery. ");
pub(crate) const RETURNING: Mark = mark("X", "UA", "035", "The package is being returned to the sender. ");
pub(crate) const ON_THE_WAY_BACK: Mark = mark("I", "AR", "036", "Arrived at Facility ");
pub(crate) const RETURNED: Mark = mark("D", "B0", "034", "Returned to the original sender ");
pub(crate) const LOST: Mark = mark("X", "S9", "068", "The package was sent to lost and found. ");
/// A voided label's only scan beside its manifest.
pub(crate) const VOIDED: Mark = mark("MV", "VP", "007", "Shipment information voided ");
pub(crate) const NEW_DATE: Mark = mark("U", "UP", "153", "Updated Delivery Date ");
pub(crate) const NEW_TIME: Mark = mark("U", "UT", "154", "Updated Delivery Time ");
pub(crate) const PHOTO: Mark = mark("U", "PX", "155", "Delivery Photo ");

/// One scan of a parcel.
#[derive(Debug, Clone)]
pub(crate) struct Scan {
    pub(crate) at: Timestamp,
    /// The clocks of the place.
    pub(crate) zone: TimeZone,
    pub(crate) mark: Mark,
    /// City and state; none on a manifest, which has only a country.
    pub(crate) place: Option<(String, String)>,
    pub(crate) country: String,
    /// The day UPS now means to deliver, where the scan changes it.
    pub(crate) new_date: Option<Date>,
}

impl Scan {
    /// Whether UPS held the parcel in its hands.
    pub(crate) fn is_physical(&self) -> bool {
        matches!(self.mark.kind, "I" | "X" | "D")
    }

    /// Whether it is an update: told by Track Alert, unknown to tracking.
    pub(crate) fn is_update(&self) -> bool {
        self.mark.kind == "U"
    }
}
