//! References, delivery confirmation, Saturday and notifications.

use super::super::asked::{Asked, For, Notice, Reference};
use super::super::service::Service;
use super::{Checked, INVALID_FIELD, refuse, require, shared};

/// Within the United States or within Puerto Rico references belong to the packages, on every other
/// lane to the shipment.
pub(super) fn references(asked: &Asked) -> Checked {
    let of_packages = matches!(asked.lane(), ("US", "US") | ("PR", "PR"));
    if of_packages {
        require(asked.references.is_empty(), "120541", "Shipment level reference numbers are not allowed")?;
    } else {
        let none = asked.packages.iter().all(|package| package.references.is_empty());
        require(none, "120542", "Package level reference numbers are not allowed")?;
    }
    require(asked.references.len() <= 5, "120543", "Too many shipment level reference numbers")?;
    asked.references.iter().try_for_each(|one| reference(one, "120501", "120506", 2..=2))?;
    for package in &asked.packages {
        require(package.references.len() <= 5, "120544", "Too many package level reference numbers")?;
        package.references.iter().try_for_each(|one| reference(one, "120603", "120607", 0..=2))?;
    }
    let barcodes = asked.packages.iter().flat_map(|package| &package.references).chain(&asked.references);
    require(barcodes.filter(|one| one.barcode).count() <= 1, INVALID_FIELD, "Only one reference can be a barcode")
}

fn reference(one: &Reference, value: &str, code: &str, coded: std::ops::RangeInclusive<usize>) -> Checked {
    let length = one.value.chars().count();
    let scannable = if one.value.bytes().all(|c| c.is_ascii_digit()) { 24 } else { 14 };
    let plain = one.value.bytes().all(|c| c.is_ascii_alphanumeric());
    let right = (1..=35).contains(&length) && (!one.barcode || (plain && length <= scannable));
    require(right, value, "Missing or invalid reference number value")?;
    require(coded.contains(&one.code.chars().count()), code, "Missing or invalid reference number code")
}

pub(super) fn all(asked: &Asked, service: &Service, call: For) -> Checked {
    confirmation(asked, call)?;
    saturday(asked, service, call)?;
    if call == For::Ship { notices(asked) } else { Ok(()) }
}

/// On the package at home (2, 3), on the shipment abroad (1, 2).
fn confirmation(asked: &Asked, call: For) -> Checked {
    let home = |country| matches!(country, "US" | "PR");
    let (from, to) = asked.lane();
    let of_packages = (home(from) && home(to)) || (from, to) == ("CA", "CA");
    for code in asked.packages.iter().filter_map(|package| package.confirmation.as_deref()) {
        let words = "Package delivery confirmation is not allowed between the origin and destination";
        require(of_packages, &shared(call, "0598"), words)?;
        require(matches!(code, "2" | "3"), &shared(call, "0599"), "Invalid package delivery confirmation type")?;
    }
    let Some(code) = &asked.options.confirmation else { return Ok(()) };
    let right = !of_packages && matches!(&**code, "1" | "2");
    require(right, &shared(call, "9087"), "Invalid shipment delivery confirmation type")
}

fn saturday(asked: &Asked, service: &Service, call: For) -> Checked {
    let options = &asked.options;
    if options.saturday_delivery {
        let words = "The Saturday delivery option is unavailable with the requested service";
        require(service.delivers_on_saturday(), &shared(call, "1045"), words)?;
        let words = "Saturday delivery is unavailable to the desired destination";
        require(matches!(&*asked.ship_to.country, "US" | "CA"), &shared(call, "1200"), words)?;
        let words = "Saturday pickup cannot be combined with Saturday delivery";
        require(!options.saturday_pickup, &shared(call, "1135"), words)?;
    }
    let flies = !options.saturday_pickup || service.flies();
    require(flies, &shared(call, "1140"), "Saturday pickup is unavailable with the selected service")
}

fn notices(asked: &Asked) -> Checked {
    require(asked.options.notices.len() <= 3, "124022", "Invalid number of shipment level notifications")?;
    asked.options.notices.iter().try_for_each(|one| notice(one, asked.is_return()))
}

fn notice(one: &Notice, is_return: bool) -> Checked {
    let known = match &*one.code {
        "7" | "8" | "012" | "013" => true,
        "6" => !is_return,
        "2" | "5" => is_return,
        _ => false,
    };
    require(known, INVALID_FIELD, "The notification is not available for the shipment")?;
    require(!one.emails.is_empty(), "120516", "The first e-mail address of a notification is missing")?;
    require(one.emails.len() <= 5, "120520", "A notification has no more than 5 e-mail addresses")?;
    for (index, email) in one.emails.iter().enumerate() {
        let (length, form) = if index == 0 { ("120513", "120514") } else { ("120517", "120518") };
        require(email.chars().count() <= 50, length, "An e-mail address of a notification is too long")?;
        if !is_email(email) {
            return refuse(form, "Invalid format for an e-mail address of a notification");
        }
    }
    require(one.memo.chars().count() <= 150, "120515", "The memo of a notification is too long")
}

/// Something, an at sign, something with a dot.
pub(super) fn is_email(text: &str) -> bool {
    let plain = text.chars().all(|c| c.is_ascii_graphic());
    let host = |host: &str| host.split('.').count() > 1 && host.split('.').all(|part| !part.is_empty());
    plain && text.split_once('@').is_some_and(|(name, rest)| !name.is_empty() && !rest.contains('@') && host(rest))
}
