//! Reads `[[ship_from]]` and `[[printer]]`, and checks that they name each other rightly.

use std::collections::BTreeSet;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use shipment::address::Address;
use shipment::number::WarehouseCode;
use shipment::ship_date::Calendar;

use super::section::{Read, Section};
use super::site::{LabelFormat, Printer, PrinterKind, ShipFrom};

/// UPS's limit for a company's name, an attention line and an address line, in characters.
const LINE: usize = 35;
/// UPS's limit for a city.
const CITY: usize = 30;

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// Reads the ship-froms; at least one, no warehouse twice, every printer known.
pub(super) fn ship_froms(sections: Vec<Section<'_>>, root: &Section<'_>, printers: &[Printer]) -> Read<Vec<ShipFrom>> {
    if sections.is_empty() {
        let cure = "write a [[ship_from]] for each warehouse whose orders go by UPS";
        return Err(root.fault("ship_from", "missing", "without one every order is another's", cure));
    }
    let mut seen = BTreeSet::new();
    sections.into_iter().map(|section| ship_from(section, printers, &mut seen)).collect()
}

const LABEL_FORMATS: [(&str, LabelFormat); 3] =
    [("zpl", LabelFormat::Zpl), ("gif", LabelFormat::Gif), ("png", LabelFormat::Png)];

fn ship_from(mut section: Section<'_>, printers: &[Printer], seen: &mut BTreeSet<String>) -> Read<ShipFrom> {
    let cure = "write SYSPRO's warehouse code, e.g. warehouse = \"FG\"";
    let warehouse: WarehouseCode = section.parsed("warehouse", cure)?;
    if !seen.insert(warehouse.as_str().to_owned()) {
        let cure = "keep one [[ship_from]] per warehouse";
        return Err(section.fault("warehouse", format!("{warehouse} twice"), "it can ship from one place only", cure));
    }
    let from = ShipFrom {
        warehouse,
        address: address(&mut section)?,
        calendar: calendar(&mut section)?,
        printer: printer_name(&mut section, printers)?,
        label_format: section.choice("label_format", &LABEL_FORMATS, LabelFormat::Gif)?,
        account: section.parsed_if("account", "write the six letters or digits of the other account")?,
    };
    section.finish()?;
    Ok(from)
}

fn address(section: &mut Section<'_>) -> Read<Address> {
    let street = "write one to three lines, e.g. street = [\"200 Harbor Way\", \"Dock 4\"]";
    let found = section.need("street", street)?;
    let items = section.items(found, street)?;
    let lines = items.iter().map(|it| it.text(street)).collect::<Read<Vec<_>>>()?;
    if lines.is_empty() || lines.len() > 3 {
        return Err(section.fault("street", "bad value", "UPS takes one to three lines", street));
    }
    for (line, item) in lines.iter().zip(&items) {
        if line.trim().is_empty() || line.chars().count() > LINE {
            return Err(item.bad(line, format!("UPS takes 1 to {LINE} characters a line"), street));
        }
    }
    let country = "write ISO 3166's two letters, e.g. country = \"US\"";
    Ok(Address {
        name: short_text(section, "name", LINE)?,
        attention: if section.has("attention") { Some(short_text(section, "attention", LINE)?) } else { None },
        lines,
        city: short_text(section, "city", CITY)?,
        state: section.text("state", "write the two letters of the state, e.g. state = \"CA\"")?,
        postal_code: section.text("postal_code", "write the postal code as text, e.g. postal_code = \"94607\"")?,
        country: two_letters(section, "country", country)?,
        phone: Some(section.text("phone", "write the warehouse's phone number; UPS asks for the shipper's")?),
        email: section.take("email").map(|it| it.text("write a mail address")).transpose()?,
    })
}

/// Text no longer than UPS takes; it is never cut.
fn short_text(section: &mut Section<'_>, key: &'static str, max: usize) -> Read<String> {
    let cure = format!("write at most {max} characters, as they shall stand on the label");
    let found = section.need(key, &cure)?;
    let text = found.text(&cure)?;
    let length = text.chars().count();
    if text.trim().is_empty() || length > max {
        return Err(found.bad(&text, format!("it has {length} characters and UPS takes 1 to {max}"), &cure));
    }
    Ok(text)
}

/// A country's two letters.
pub(super) fn two_letters(section: &mut Section<'_>, key: &'static str, cure: &str) -> Read<String> {
    let found = section.need(key, cure)?;
    let code = found.text(cure)?;
    if code.len() == 2 && code.bytes().all(|it| it.is_ascii_uppercase()) {
        Ok(code)
    } else {
        Err(found.bad(&code, "that is not two capital letters", cure))
    }
}

fn calendar(section: &mut Section<'_>) -> Read<Calendar> {
    let cure = "write a name of the time zone database, e.g. time_zone = \"America/Los_Angeles\"";
    let found = section.need("time_zone", cure)?;
    let name = found.text(cure)?;
    let time_zone = TimeZone::get(&name).map_err(|why| found.bad(&name, why, cure))?;
    let cure = "write the hour until which orders go the same day, e.g. cut_off = \"15:00\"";
    let found = section.need("cut_off", cure)?;
    let hour = found.text(cure)?;
    let cut_off: Time = hour.parse().map_err(|_| found.bad(&hour, "it is no time of day", cure))?;
    let holidays: Vec<Date> =
        section.list_if("holidays", "write dates as text, e.g. holidays = [\"2026-12-25\"]")?.unwrap_or_default();
    Ok(Calendar {
        time_zone,
        cut_off,
        working_days: days(section, &DAYS.map(|(_, day)| day)[..5])?,
        holidays,
        hold_for_required_date: section.flag("hold_for_required_date", false)?,
    })
}

/// Working days, or those that count without the key.
pub(super) fn days(section: &mut Section<'_>, usual: &[Weekday]) -> Read<Vec<Weekday>> {
    let cure = "write days such as working_days = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"]";
    let Some(found) = section.take("working_days") else { return Ok(usual.to_vec()) };
    let mut days = Vec::new();
    for item in section.items(found, cure)? {
        let text = item.text(cure)?;
        let day = DAYS.iter().find(|(name, _)| *name == text.to_lowercase());
        days.push(day.ok_or_else(|| item.bad(&text, "it is no day", cure))?.1);
    }
    if days.is_empty() {
        return Err(section.fault("working_days", "bad value", "on no day nothing would ever be done", cure));
    }
    Ok(days)
}

fn printer_name(section: &mut Section<'_>, printers: &[Printer]) -> Read<Option<String>> {
    let cure = "write the name of a [[printer]] of this file";
    let Some(found) = section.take("printer") else { return Ok(None) };
    let name = found.text(cure)?;
    if printers.iter().any(|printer| printer.name == name) {
        return Ok(Some(name));
    }
    let known: Vec<_> = printers.iter().map(|it| it.name.as_str()).collect();
    Err(found.bad(&name, format!("no printer has that name; there are {known:?}"), cure))
}

/// Reads the printers; names are unique.
pub(super) fn printers(sections: Vec<Section<'_>>) -> Read<Vec<Printer>> {
    let mut printers: Vec<Printer> = Vec::new();
    for mut section in sections {
        let printer = printer(&mut section)?;
        if printers.iter().any(|it| it.name == printer.name) {
            let what = format!("{:?} twice", printer.name);
            return Err(section.fault("name", what, "ship-froms know printers by name", "rename one of the two"));
        }
        section.finish()?;
        printers.push(printer);
    }
    Ok(printers)
}

fn printer(section: &mut Section<'_>) -> Read<Printer> {
    let name = section.text("name", "write a name that ship-froms can refer to")?;
    let is_folder = section.needed_choice("kind", &[("folder", true), ("raw", false)])?;
    let kind = if is_folder {
        PrinterKind::Folder(
            section.text("path", "write the folder labels shall appear in, e.g. path = \"labels\"")?.into(),
        )
    } else {
        PrinterKind::Raw(address_of_printer(section)?)
    };
    let format = section.choice("format", &LABEL_FORMATS, LabelFormat::Zpl)?;
    Ok(Printer { name, kind, format })
}

fn address_of_printer(section: &mut Section<'_>) -> Read<String> {
    let cure = "write host and port, e.g. address = \"10.0.4.20:9100\"";
    let found = section.need("address", cure)?;
    let address = found.text(cure)?;
    let port = address.rsplit_once(':').filter(|(host, _)| !host.is_empty()).map(|(_, port)| port.parse::<u16>());
    if matches!(port, Some(Ok(1..))) { Ok(address) } else { Err(found.bad(&address, "it is no host:port", cure)) }
}
