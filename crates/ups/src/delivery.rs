//! How a shipment is handed over: signatures, and Access Points.

use serde_json::{Value, json};

use crate::error::Error;
use crate::party::{ACCESS_POINT, Party};
use crate::text;

/// A signature on delivery. Whether UPS wants it on the packages or on the shipment, and under which number, depends
/// on the [lane](crate::Lane::confirms_by_package) and is this crate's business. Not for returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmation {
    /// Somebody signs.
    Signature,
    /// An adult signs.
    AdultSignature,
}

impl Confirmation {
    /// `DCISType` of a package.
    pub(crate) fn on_package(self) -> &'static str {
        match self {
            Self::Signature => "2",
            Self::AdultSignature => "3",
        }
    }

    /// `DCISType` of a shipment: other numbers for the same.
    pub(crate) fn on_shipment(self) -> &'static str {
        match self {
            Self::Signature => "1",
            Self::AdultSignature => "2",
        }
    }
}

/// What an Access Point is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessPointUse {
    /// The shipment goes to the Access Point and is held there for the ship-to.
    Hold,
    /// The shipment is delivered to the Access Point if it cannot be delivered.
    Delivery,
}

/// A UPS Access Point to which a shipment goes instead of the ship-to's door.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccessPointDelivery {
    /// What it is for.
    pub purpose: AccessPointUse,
    /// The shop, with the person to ask for as its attention.
    pub place: Party,
    /// UPS's id of the place, nine characters, if known.
    pub id: Option<String>,
}

impl AccessPointDelivery {
    /// Holds the shipment there.
    #[must_use]
    pub fn hold_at(place: Party) -> Self {
        Self { purpose: AccessPointUse::Hold, place, id: None }
    }

    /// Delivers there.
    #[must_use]
    pub fn deliver_to(place: Party) -> Self {
        Self { purpose: AccessPointUse::Delivery, place, id: None }
    }

    /// UPS's id of the place.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    pub(crate) fn write_code(&self) -> Value {
        let code = match self.purpose {
            AccessPointUse::Hold => "01",
            AccessPointUse::Delivery => "02",
        };
        json!({ "Code": code })
    }

    pub(crate) fn write_place(&self) -> Result<Value, Error> {
        self.place.write_place(&ACCESS_POINT)
    }

    pub(crate) fn write_contact(&self) -> Result<Value, Error> {
        let mut place = self.write_place()?;
        let attention = self.place.attention.as_deref().unwrap_or_default();
        place["AttentionName"] = json!(text::required(ACCESS_POINT.attention, attention, 35)?);
        place["UPSAccessPointID"] = json!(text::optional("access_point.id", self.id.as_deref(), 9)?);
        Ok(place)
    }
}
