//! The distributor's shipping instructions: code and text, as its clerks choose them.
//!
//! The code stands on the sales order only; a dispatch note carries the text alone.

/// A shipping instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShipVia {
    /// At most six characters; empty when nothing was chosen.
    pub code: &'static str,
    /// What is printed.
    pub text: &'static str,
    /// The UPS service code it stands for, if it is one we ship and pay.
    pub ups_service: Option<&'static str>,
}

/// UPS Ground, billed to the distributor.
pub const GROUND: ShipVia = ours("UPSG", "UPS Ground", "03");
/// UPS 2nd Day Air, billed to the distributor.
pub const SECOND_DAY: ShipVia = ours("UPS2", "UPS 2nd Day Air", "02");
/// UPS Next Day Air, billed to the distributor.
pub const NEXT_DAY: ShipVia = ours("UPS1", "UPS Next Day Air", "01");

/// The instructions a connector is meant to map to a UPS service.
pub const OURS: [ShipVia; 3] = [GROUND, SECOND_DAY, NEXT_DAY];

/// UPS at the customer's expense: the distributor's clerks book it by hand. It mentions UPS, so a
/// connector must be told to leave it alone.
pub const COLLECT: ShipVia = other("UPSCOL", "UPS Collect - bill customer acct");
/// The customer picks it up.
pub const WILL_CALL: ShipVia = other("WC", "Will Call");
/// Nothing was chosen.
pub const BLANK: ShipVia = other("", "");

/// The instructions a connector is meant to leave alone.
pub const OTHERS: [ShipVia; 7] = [
    other("FDXG", "FedEx Ground"),
    other("FDX2", "FedEx 2Day"),
    other("LTL", "Truck - LTL common carrier"),
    other("OWN", "Own fleet, Tuesday/Thursday run"),
    BLANK,
    WILL_CALL,
    COLLECT,
];

/// An instruction by its code.
#[must_use]
pub fn find(code: &str) -> Option<ShipVia> {
    OURS.into_iter().chain(OTHERS).find(|it| it.code == code)
}

const fn ours(code: &'static str, text: &'static str, service: &'static str) -> ShipVia {
    ShipVia { code, text, ups_service: Some(service) }
}

const fn other(code: &'static str, text: &'static str) -> ShipVia {
    ShipVia { code, text, ups_service: None }
}
