//! A site's settings: one TOML file, read into types that cannot be wrong.
//!
//! ```text
//! site.toml ─► SiteFile::parse ─► Site ─────────────► store (the text, a version) ─► engine
//!                 │ ConfigError                  └──► secrets, read once and sealed
//!                 └─► "line 12: `ups.account`: bad value "A1", …; write the six letters or digits …"
//! ```
//!
//! The text itself is what the store keeps, so that a shipment can be read under the settings it was booked with; it
//! is parsed again wherever it is needed and holds no secret. Unknown keys are refused everywhere: a misspelt brake
//! that is ignored would be no brake.

mod draft;
mod duration;
mod error;
mod notify;
mod places;
mod pretend;
mod remotes;
mod rules;
mod schedule;
mod secret;
mod section;
mod site;
mod source;
mod templates;
#[cfg(test)]
mod tests;
mod tracking;
mod write_back;

pub use draft::Draft;
pub use error::ConfigError;
pub use notify::{Mail, MailTls, Webhook};
pub use pretend::{PRETEND_SITE, pretend_secrets, pretend_site};
pub use secret::{SecretError, SecretName, SecretSource};
pub use site::{
    DateLiteral, Encoding, Environment, FormObject, FormPlace, LabelFormat, MODES, OData, Printer, PrinterKind,
    Reference, Sets, ShipFrom, Site, Start, Syspro, Timeouts, Transport, Ups, WriteBack, mode_name,
};
pub use source::{Column, Definition, Join, Lines, Role, Selection, ShipToPlace, SourceSettings};
pub use templates::templates_of;
pub use tracking::{AlertLevel, AlertVersion, Alerts, Tracking};

pub use shipment::decide::Mode;

use jiff::tz::TimeZone;
use section::{Read, Section};
use shipment::document::Source;
use shipment::measure::MassUnit;

/// A site file's text.
#[derive(Debug, Clone, Copy)]
pub struct SiteFile;

impl SiteFile {
    /// A complete site file with a comment on every key; it parses as it stands.
    pub const TEMPLATE: &str = include_str!("config/template.toml");

    /// Reads a site file's text.
    ///
    /// # Errors
    /// The first fault, with its key, line, reason and cure.
    pub fn parse(text: &str) -> Result<Site, ConfigError> {
        let mut root = Section::root(text)?;
        let site = site(&mut root)?;
        root.finish()?;
        if let Some(fault) = never_written(&site) {
            return Err(fault);
        }
        if site.mode == Mode::Automatic && !site.carries_tracking() {
            let why = "no enabled step writes the tracking number for every source".to_owned();
            return Err(ConfigError {
                key: "mode".to_owned(),
                line: None,
                what: "\"automatic\" is not possible".to_owned(),
                why,
                cure: "enable [write_back] tracking, or [write_back.custom_form] for sales orders".to_owned(),
            });
        }
        Ok(site)
    }
}

fn site(root: &mut Section<'_>) -> Read<Site> {
    let units = [("kg", MassUnit::Kilogram), ("lb", MassUnit::Pound)];
    let name = root.parsed("name", "write small letters, digits and hyphens, e.g. name = \"oakland\"")?;
    let currency = root.parsed("currency", "write the UPS account's currency, e.g. currency = \"USD\"")?;
    let mass_unit = root.needed_choice("mass_unit", &units)?;
    let printers = root.tables("printer")?;
    let printers = places::printers(printers)?;
    let ship_froms = root.tables("ship_from")?;
    let ship_froms = places::ship_froms(ship_froms, root, &printers)?;
    let zone = ship_froms.first().map_or(TimeZone::UTC, |it| it.calendar.time_zone.clone());
    let schedule = schedule::schedule(table_or_empty(root, "schedule")?, &zone, "1m")?;
    let reconcile = root.table("reconcile")?.map(|it| schedule::schedule(it, &zone, "7d")).transpose()?;
    let sources = root.tables("source")?;
    let sources = source::sources(sources, root, &ship_froms, &schedule)?;
    let ship_via = root.tables("ship_via")?;
    let ship_via = rules::ship_via(ship_via, root)?;
    let (address, phone, phone_from_customer) =
        rules::address(root.needed_table("address", "write [address] with default_country")?)?;
    Ok(Site {
        name,
        mode: root.choice("mode", &MODES, Mode::Approve)?,
        start: root.choice(
            "start",
            &[("baseline", Start::Baseline), ("everything", Start::Everything)],
            Start::Baseline,
        )?,
        patience: root.duration("patience", "24h")?,
        fresh_for: root.duration("fresh_for", "5m")?,
        max_new_per_cycle: root.whole("max_new_per_cycle", 50, 1, 100_000)?,
        currency,
        currencies: rules::currencies(root)?,
        mass_unit,
        syspro: remotes::syspro(root.needed_table("syspro", "write [syspro] with the e.net address and operator")?)?,
        ups: remotes::ups(
            root.needed_table("ups", "write [ups] with environment, account and credentials")?,
            currency,
        )?,
        reference: reference(table_or_empty(root, "reference")?)?,
        ship_froms,
        sources,
        reconcile,
        address,
        phone,
        phone_from_customer,
        packing: rules::packing(table_or_empty(root, "packing")?, mass_unit)?,
        ship_via,
        write_back: write_back::write_back(table_or_empty(root, "write_back")?, currency)?,
        printers,
        tracking: tracking::tracking(table_or_empty(root, "tracking")?)?,
        mail: root.table("mail")?.map(notify::mail).transpose()?,
        webhook: root.table("webhook")?.map(notify::webhook).transpose()?,
    })
}

/// A step that no source of the site ever takes.
fn never_written(site: &Site) -> Option<ConfigError> {
    let reads = |sources: &[Source]| site.sources.iter().any(|it| sources.contains(&it.source));
    let rules = &site.write_back.rules;
    let lines = [Source::DispatchNotes, Source::SalesOrders];
    let of_lines = "only dispatch notes and sales orders take further lines, and no [[source]] reads either";
    let (key, why) = if rules.freight.is_some() && !reads(&lines) {
        ("write_back.freight_line", of_lines)
    } else if rules.comment.is_some() && !reads(&lines) {
        ("write_back.comment_line", of_lines)
    } else if rules.delivery_comment.is_some() && !reads(&lines) {
        ("write_back.delivery_comment", of_lines)
    } else if rules.status_moves.dispatch_notes && !reads(&[Source::DispatchNotes]) {
        ("write_back.status_move.dispatch_notes", "no [[source]] reads dispatch notes")
    } else if rules.status_moves.sales_orders && !reads(&[Source::SalesOrders]) {
        ("write_back.status_move.sales_orders", "no [[source]] reads sales orders")
    } else {
        return None;
    };
    Some(ConfigError {
        key: key.to_owned(),
        line: None,
        what: "not used".to_owned(),
        why: why.to_owned(),
        cure: "delete it, or add the [[source]] that takes it".to_owned(),
    })
}

fn reference(mut section: Section<'_>) -> Read<Reference> {
    let reference = Reference {
        stock: section.duration("stock", "24h")?,
        customers: section.duration("customers", "1m")?,
        suppliers: section.duration("suppliers", "24h")?,
        addresses: section.duration("addresses", "24h")?,
    };
    section.finish()?;
    Ok(reference)
}

/// A table whose keys all have defaults, so that it may be left out.
fn table_or_empty<'a>(root: &mut Section<'a>, key: &'static str) -> Read<Section<'a>> {
    root.table(key)?.map_or_else(|| Section::root(""), Ok)
}
