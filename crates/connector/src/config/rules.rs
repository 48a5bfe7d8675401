//! Reads `[address]`, `[packing]` and `[[ship_via]]`: the site's rules, given to
//! `shipment` in its own types.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use shipment::address::{Map, PhoneRule, Place};
use shipment::measure::{Dimensions, LengthUnit, MassUnit, Weight};
use shipment::money::Currency;
use shipment::packing::{self, BoxSize, MissingWeight};
use shipment::service::{Pattern, Service, ShipViaAction, ShipViaRule, Table};
use toml::de::DeValue;

use super::places::two_letters;
use super::section::{Found, Read, Section};

/// Reads `[address]`.
pub(super) fn address(mut section: Section<'_>) -> Read<(Map, PhoneRule, bool)> {
    let (rule, from_customer) = match section.table("phone")? {
        Some(phone) => self::phone(phone)?,
        None => (PhoneRule::default(), true),
    };
    let map = Map {
        street: street(&mut section)?,
        city: place(&mut section, "city", Place::Line(3))?,
        state: place(&mut section, "state", Place::State)?,
        country: place(&mut section, "country", Place::Absent)?,
        default_country: two_letters(
            &mut section,
            "default_country",
            "write default_country = \"US\" or another code",
        )?,
        countries: countries(&mut section)?,
    };
    section.finish()?;
    Ok((map, rule, from_customer))
}

const PLACE: &str = "write a line's number from 1 to 5, or \"state\", \"nationality\" or \"none\"";

fn street(section: &mut Section<'_>) -> Read<Vec<Place>> {
    let cure = "write the numbers of the lines that hold the street, e.g. street = [1, 2]";
    let Some(found) = section.take("street") else { return Ok(vec![Place::Line(1), Place::Line(2)]) };
    let places = section.items(found, cure)?.into_iter().map(|item| item.whole(1, 5, cure).map(Place::Line));
    let places = places.collect::<Read<Vec<_>>>()?;
    if places.is_empty() {
        return Err(section.fault("street", "bad value", "an address without street cannot be shipped to", cure));
    }
    Ok(places)
}

fn place(section: &mut Section<'_>, key: &'static str, default: Place) -> Read<Place> {
    let Some(found) = section.take(key) else { return Ok(default) };
    if matches!(found.value, DeValue::Integer(_)) {
        return found.whole(1, 5, PLACE).map(Place::Line);
    }
    match found.text(PLACE)?.as_str() {
        "state" => Ok(Place::State),
        "nationality" => Ok(Place::Nationality),
        "none" => Ok(Place::Absent),
        other => Err(found.bad(other, "SYSPRO's addresses have no such place", PLACE)),
    }
}

fn countries(section: &mut Section<'_>) -> Read<BTreeMap<String, String>> {
    let cure = "write pairs such as countries = [[\"U.S.A.\", \"US\"], [\"HOLLAND\", \"NL\"]]";
    let Some(found) = section.take("countries") else { return Ok(BTreeMap::new()) };
    let mut names = BTreeMap::new();
    for item in section.items(found, cure)? {
        let pair = section.items(item, cure)?;
        let [name, code] = pair.as_slice() else {
            return Err(section.fault("countries", "bad value", "each entry is a name and a code", cure));
        };
        names.insert(name.text(cure)?.trim().to_uppercase(), code.text(cure)?);
    }
    Ok(names)
}

/// Reads the company's own currency codes.
pub(super) fn currencies(root: &mut Section<'_>) -> Read<BTreeMap<String, Currency>> {
    let cure = "write pairs such as currencies = [[\"$\", \"USD\"], [\"\", \"USD\"]]";
    let Some(found) = root.take("currencies") else { return Ok(BTreeMap::new()) };
    let mut codes = BTreeMap::new();
    for item in root.items(found, cure)? {
        let pair = root.items(item, cure)?;
        let [code, meaning] = pair.as_slice() else {
            return Err(root.fault("currencies", "bad value", "each entry is SYSPRO's code and one of ISO 4217", cure));
        };
        codes.insert(code.text(cure)?.trim().to_owned(), meaning.parsed(cure)?);
    }
    Ok(codes)
}

fn phone(mut section: Section<'_>) -> Read<(PhoneRule, bool)> {
    let rule = PhoneRule {
        required: section.flag("required", false)?,
        stand_in: section.take("stand_in").map(|it| it.text("write a number that somebody answers")).transpose()?,
    };
    let from_customer = section.flag("from_customer", true)?;
    section.finish()?;
    Ok((rule, from_customer))
}

/// Reads `[packing]`, in the site's unit of mass.
pub(super) fn packing(mut section: Section<'_>, unit: MassUnit) -> Read<packing::Rules> {
    let boxes = section.tables("box")?.into_iter().map(|it| box_size(it, unit)).collect::<Read<Vec<_>>>()?;
    let rules = packing::Rules {
        mass_unit: unit,
        max_package_weight: max_package_weight(&mut section, unit)?,
        default_box: default_box(&mut section, &boxes)?,
        missing_weight: missing_weight(&mut section, unit)?,
        boxes,
    };
    section.finish()?;
    Ok(rules)
}

/// UPS's own limit for one package.
fn ups_limit(unit: MassUnit) -> Weight {
    match unit {
        MassUnit::Kilogram => Weight::new(Decimal::from(70), unit),
        MassUnit::Pound => Weight::new(Decimal::from(150), unit),
    }
}

fn max_package_weight(section: &mut Section<'_>, unit: MassUnit) -> Read<Weight> {
    let limit = ups_limit(unit);
    let given = weight(section, "max_package_weight", unit)?.unwrap_or(limit);
    if given.exceeds(limit) {
        let why = format!("UPS takes no package above {limit}");
        let cure = format!("write at most max_package_weight = \"{limit}\"");
        return Err(section.fault("max_package_weight", format!("bad value {given}"), why, cure));
    }
    Ok(given)
}

fn weight(section: &mut Section<'_>, key: &'static str, unit: MassUnit) -> Read<Option<Weight>> {
    let cure = format!("write a weight with its unit as text, e.g. {key} = \"40 {unit}\"");
    let Some(found) = section.take(key) else { return Ok(None) };
    let weight: Weight = found.parsed(&cure)?;
    if weight.value <= Decimal::ZERO {
        return Err(found.fault("bad value", "a weight is more than nothing", cure));
    }
    Ok(Some(weight.to(unit)))
}

fn missing_weight(section: &mut Section<'_>, unit: MassUnit) -> Read<MissingWeight> {
    let cure = format!("write \"hold\", \"bench\", or a weight per unit such as \"0.5 {unit}\"");
    let Some(found) = section.take("missing_weight") else { return Ok(MissingWeight::Hold) };
    match found.text(&cure)?.as_str() {
        "hold" => Ok(MissingWeight::Hold),
        "bench" => Ok(MissingWeight::Bench),
        _ => {
            let weight: Weight = found.parsed(&cure)?;
            Ok(MissingWeight::Default(weight.to(unit)))
        }
    }
}

fn default_box(section: &mut Section<'_>, boxes: &[BoxSize]) -> Read<Option<BoxSize>> {
    let cure = "write the name of a [[packing.box]]";
    let Some(found) = section.take("default_box") else { return Ok(None) };
    let name = found.text(cure)?;
    let known = boxes.iter().find(|it| it.name == name);
    known.cloned().map(Some).ok_or_else(|| found.bad(&name, "no box has that name", cure))
}

fn box_size(mut section: Section<'_>, unit: MassUnit) -> Read<BoxSize> {
    let size = BoxSize {
        name: section.text("name", "write what the warehouse calls the box")?,
        dimensions: dimensions(&mut section)?,
        max_weight: weight(&mut section, "max_weight", unit)?,
        tare: weight(&mut section, "tare", unit)?,
    };
    section.finish()?;
    Ok(size)
}

fn dimensions(section: &mut Section<'_>) -> Read<Dimensions> {
    let cure = "write length, width and height with the unit, e.g. size = \"12 x 10 x 8 in\"";
    let found = section.need("size", cure)?;
    let text = found.text(cure)?;
    read_dimensions(&text).ok_or_else(|| found.bad(&text, "it is no size", cure))
}

fn read_dimensions(text: &str) -> Option<Dimensions> {
    let (numbers, unit) = text.trim().rsplit_once(' ')?;
    let unit: LengthUnit = unit.parse().ok()?;
    let sides: Vec<Decimal> = numbers.split('x').map(|side| side.trim().parse().ok()).collect::<Option<_>>()?;
    let [length, width, height] = sides.as_slice() else { return None };
    let real = sides.iter().all(|side| *side > Decimal::ZERO);
    real.then_some(Dimensions { length: *length, width: *width, height: *height, unit })
}

/// Reads the ship-via table.
pub(super) fn ship_via(sections: Vec<Section<'_>>, root: &Section<'_>) -> Read<Table> {
    if sections.is_empty() {
        let cure = "write a [[ship_via]] with code or pattern, and service, for each of SYSPRO's ship-vias that is UPS";
        return Err(root.fault("ship_via", "missing", "no order would be ours", cure));
    }
    sections.into_iter().map(ship_via_rule).collect::<Read<Vec<_>>>().map(Table)
}

fn ship_via_rule(mut section: Section<'_>) -> Read<ShipViaRule> {
    let code = section.take("code").map(|it| it.text("write SYSPRO's shipping instruction code")).transpose()?;
    let pattern: Option<Pattern> =
        section.parsed_if("pattern", "write a regular expression for the ship-via's text")?;
    if code.is_none() && pattern.is_none() {
        let cure = "write code = \"…\" or pattern = \"…\"";
        return Err(section.fault("code", "missing", "the rule would fit nothing", cure));
    }
    let service: Option<Service> = section.parsed_if("service", "write UPS's code or name, e.g. service = \"03\"")?;
    let action = match (service, section.take("action")) {
        (Some(service), None) => ShipViaAction::Service(service),
        (None, Some(found)) => action(&found)?,
        (Some(_), Some(found)) => {
            return Err(found.fault("too much", "service is given as well", "keep either service or action"));
        }
        (None, None) => {
            let cure = "write service = \"03\", or action = \"ignore\" or \"hold\"";
            return Err(section.fault("service", "missing", "the rule says nothing", cure));
        }
    };
    section.finish()?;
    Ok(ShipViaRule { code, pattern, action })
}

fn action(found: &Found<'_>) -> Read<ShipViaAction> {
    let cure = "write action = \"ignore\" or action = \"hold\"";
    match found.text(cure)?.as_str() {
        "ignore" => Ok(ShipViaAction::Ignore),
        "hold" => Ok(ShipViaAction::Hold),
        other => Err(found.bad(other, "that word means nothing here", cure)),
    }
}
