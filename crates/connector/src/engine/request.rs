//! From a shipment's stages to the request UPS gets: used for the quote, the booking, and the dry run alike.
//!
//! Two references travel with every booking: ours, by which a lost answer is looked up, and SYSPRO's own number, so that
//! a person with only the parcel in hand finds the order. Where on the request they stand (package or shipment) is the
//! client's knowledge. The quote and the label get the same ship date, or they would not agree.

use jiff::civil::Date;
use shipment::address::{Address, Class};
use shipment::goods_value::goods_value;
use shipment::measure::{LengthUnit, MassUnit};
use shipment::number::Reference;
use shipment::packing::Package;
use shipment::service::Service;
use shipment::state::{Packed, Rated};

use crate::config::{LabelFormat, ShipFrom, Site};

/// UPS's description of the goods, required on some lanes and printed on none of ours.
pub(crate) const DESCRIPTION: &str = "Merchandise";

/// What UPS is asked to price or to book.
pub(crate) fn shipment_of(
    site: &Site,
    ship_from: &ShipFrom,
    packed: &Packed,
    service: &Service,
    ship_date: Date,
    reference: Option<&Reference>,
) -> ups::Shipment {
    let document = &packed.addressed.received.document;
    let account = ship_from.account.as_ref().unwrap_or(&site.ups.account);
    let mut references = Vec::new();
    if let Some(reference) = reference {
        references.push(reference_number(&site.ups.reference_code, reference.as_str()));
        references.push(reference_number(&site.ups.document_code, document.number.as_str()));
    }
    let (mut shipper, mut ship_to) = (party(&ship_from.address), party(&packed.addressed.address));
    // Across a border UPS wants somebody to ask for at both ends; where nobody is named, the company itself.
    if ship_from.address.country != packed.addressed.address.country {
        for party in [&mut shipper, &mut ship_to] {
            party.attention.get_or_insert_with(|| party.name.clone());
        }
    }
    let mut shipment = ups::Shipment::domestic(account.to_string(), shipper, ship_to, service.code())
        .packages(packed.packages.iter().map(package))
        .containing(DESCRIPTION)
        .on(ship_date);
    shipment.references = references;
    shipment.residential = packed.addressed.class == Class::Residential;
    shipment.negotiated = site.ups.negotiated_rates;
    // SYSPRO prints the invoice.
    if !shipment.lane().is_free_of_duties() {
        shipment.customs = ups::Customs::OnPaper;
    }
    // Where it is not known the quote has held the shipment; should it come this far, the client names it as missing.
    if shipment.lane().crosses_a_border()
        && let Ok(value) = goods_value(document, site.currency)
    {
        shipment.goods_value = Some(ups::Amount::new(value.decimal(), value.currency().as_str()));
    }
    shipment
}

/// The smallest question about a price: a pound from the ship-from to itself.
pub(crate) fn smallest_of(site: &Site, ship_from: &ShipFrom) -> ups::RateRequest {
    let account = ship_from.account.as_ref().unwrap_or(&site.ups.account);
    let here = || party(&ship_from.address);
    // Ground where UPS has it, Standard elsewhere; a refusal of the service is an answer too.
    let service = if ship_from.address.country == "US" { "03" } else { "11" };
    let shipment = ups::Shipment::domestic(account.to_string(), here(), here(), service)
        .package(ups::Package::pounds(rust_decimal::Decimal::ONE))
        .containing(DESCRIPTION);
    ups::RateRequest::new(shipment)
}

/// The booking request for a rated shipment.
pub(crate) fn booking_of(
    site: &Site,
    ship_from: &ShipFrom,
    rated: &Rated,
    service: &Service,
    reference: &Reference,
) -> ups::ShipRequest {
    let shipment = shipment_of(site, ship_from, &rated.packed, service, rated.ship_date, Some(reference));
    ups::ShipRequest::new(shipment, label_format(site, ship_from))
}

/// What the ship-from's printer understands, or what the site says of labels that stay in the store.
pub(crate) fn label_format(site: &Site, ship_from: &ShipFrom) -> ups::LabelFormat {
    match site.printer_of(ship_from).map_or(ship_from.label_format, |printer| printer.format) {
        LabelFormat::Zpl => ups::LabelFormat::Zpl,
        LabelFormat::Png => ups::LabelFormat::Png,
        LabelFormat::Gif => ups::LabelFormat::Gif,
    }
}

fn reference_number(code: &str, value: &str) -> ups::ReferenceNumber {
    ups::ReferenceNumber::new(code, value.trim())
}

/// One of our addresses as UPS takes it.
pub(crate) fn party(address: &Address) -> ups::Party {
    let mut party =
        ups::Party::new(&address.name).place(&address.city, &address.state, &address.postal_code, &address.country);
    party.lines.clone_from(&address.lines);
    party.attention.clone_from(&address.attention);
    party.phone.clone_from(&address.phone);
    party
}

fn package(package: &Package) -> ups::Package {
    let unit = match package.weight.unit {
        MassUnit::Pound => ups::WeightUnit::Pounds,
        MassUnit::Kilogram => ups::WeightUnit::Kilograms,
    };
    let mut written = ups::Package::new(package.weight.value, unit);
    written.dimensions = package.dimensions.as_ref().map(|size| ups::Dimensions {
        length: size.length,
        width: size.width,
        height: size.height,
        unit: match size.unit {
            LengthUnit::Inch => ups::LengthUnit::Inches,
            LengthUnit::Centimetre => ups::LengthUnit::Centimetres,
        },
    });
    written
}
