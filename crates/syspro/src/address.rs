//! Writing customers' further ship-to addresses: ARSSMA.
//!
//! ```text
//! ShipToChange… ─► <SetupArMultipleShipAddresses><Item/>…</…> ─► Setup/Update (or Add) ─► Posted ─► ARSQMA proves it
//! ```
//!
//! Only what is `Some` is written, so that a correction of a postal code touches nothing else. Whether an empty element
//! clears a field is not known.

use crate::answer::Posted;
use crate::enet::{Enet, SetupVerb};
use crate::error::Error;
use crate::masters::{PostalAddress, not_blank};
use crate::session::Token;
use crate::submit::Posting;
use crate::template::Slots;

/// A change of one of a customer's ship-to addresses, or a new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShipToChange {
    /// The customer, spelt as SYSPRO spells it.
    pub customer: String,
    /// The address's code, at most five characters.
    pub code: String,
    /// What it is to hold; `None` stays as it is.
    pub address: PostalAddress,
}

impl PostalAddress {
    /// The slots of the fields that are set.
    pub(crate) fn fill(&self, slots: Slots) -> Slots {
        let mut slots = slots.maybe("ship_to_name", self.name.as_deref());
        for (index, line) in self.lines.iter().enumerate() {
            slots = slots.maybe(&format!("ship_address_{}", index + 1), line.as_deref());
        }
        slots
            .maybe("ship_postal_code", self.postal_code.as_deref())
            .maybe("state", self.state.as_deref())
            .maybe("county_zip", self.county_zip.as_deref())
            .maybe("city", self.city.as_deref())
            .maybe("nationality", self.nationality.as_deref())
    }

    /// Whether nothing is set.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl ShipToChange {
    /// The item's values, for reading back.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a blank key, or if nothing is set.
    pub fn slots(&self) -> Result<Slots, Error> {
        not_blank("Customer", &self.customer)?;
        not_blank("AddrCode", &self.code)?;
        if self.address.is_empty() {
            let why = format!("address {} of customer {} has nothing to set", self.code, self.customer);
            return Err(Error::invalid("ship-to address", why));
        }
        Ok(self.address.fill(Slots::new().with("customer", &self.customer).with("address_code", &self.code)))
    }
}

impl Enet {
    /// Changes or adds customers' ship-to addresses (`ARSSMA`).
    ///
    /// # Errors
    /// Those of [`Enet::setup`]; [`Error::Invalid`] if there is nothing to set or a text cannot be written.
    pub async fn arssma(
        &self,
        token: &Token,
        changes: &[ShipToChange],
        verb: SetupVerb,
        how: Posting,
    ) -> Result<Posted, Error> {
        let items = changes.iter().map(ShipToChange::slots).collect::<Result<Vec<_>, _>>()?;
        self.submit_as(token, self.template("ARSSMA")?, Some(verb), &how.slots().section("item", items)).await
    }
}
