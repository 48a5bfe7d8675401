//! Return services: where the goods are fetched, what cannot be combined with them.

use super::super::asked::Asked;
use super::{Checked, INVALID_FIELD, require};

/// Services that take nothing back.
const NOT_FOR_RETURNS: [&str; 10] = ["13", "59", "82", "83", "84", "85", "86", "C6", "C7", "C8"];

pub(super) fn all(asked: &Asked) -> Checked {
    let Some(code) = &asked.return_service else { return Ok(()) };
    let known = matches!(code.parse::<u32>(), Ok(2 | 3 | 5 | 8..=20));
    require(known, INVALID_FIELD, "Missing or invalid return service code")?;
    require(asked.ship_from.is_some(), "120300", "Missing or invalid ship from name")?;
    let served = !NOT_FOR_RETURNS.contains(&&*asked.service);
    require(served, "121320", "The return service is unavailable with the selected service")?;
    require(asked.packages.len() <= 20, "120020", "A return shipment has no more than 20 packages")?;
    let from_home = matches!(asked.lane().0, "US" | "PR");
    require(!from_home || asked.packages.len() == 1, "120624", "Only one package is allowed for this movement")?;
    for package in &asked.packages {
        require(!package.description.is_empty(), "120622", "Package description is required")?;
        let boxed = !matches!(&*package.packaging, "24" | "25");
        require(boxed, "121510", "The package type is not supported with a return service")?;
        require(package.confirmation.is_none(), "121020", "Delivery confirmation cannot be combined with a return")?;
    }
    let options = &asked.options;
    require(options.confirmation.is_none(), "121020", "Delivery confirmation cannot be combined with a return")?;
    require(!options.saturday_delivery, "121015", "Saturday delivery cannot be combined with a return")?;
    let sent = code != "8" || options.label_links || !options.label_email.is_empty();
    require(sent, "129176", "Either LabelDelivery EMail or LabelLinksIndicator must be provided")
}
