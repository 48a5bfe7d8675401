//! Reads `[write_back]`: what SYSPRO is told, in which fields, lines and forms.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use shipment::money::Currency;
use shipment::write_back::{
    ChargeRule, DispatchField, FormFields, FreightRule, LineOn, ManyNumbers, OnVoid, Rules, StatusMoves,
};

use super::section::{Read, Section};
use super::site::{FormObject, FormPlace, WriteBack};

/// Reads `[write_back]`; `currency` is the company's.
pub(super) fn write_back(mut section: Section<'_>, currency: Currency) -> Read<WriteBack> {
    let tracking_field = dispatch_field(&mut section, "tracking", Some(DispatchField::UserField1))?;
    let count_field = dispatch_field(&mut section, "count", Some(DispatchField::UserField2))?;
    if tracking_field.is_some() && tracking_field == count_field {
        let cure = "give count another field, or write count = \"none\"";
        return Err(section.fault("count", "the same field as tracking", "one would overwrite the other", cure));
    }
    let objects = [("comsfm", FormObject::Comsfm), ("comtfm", FormObject::Comtfm)];
    let form_object = section.choice("form_object", &objects, FormObject::Comsfm)?;
    let (form, form_for_dispatch_notes, invoice_copy) = match section.table("custom_form")? {
        Some(mut form) => {
            let for_notes = form.flag("for_dispatch_notes", false)?;
            let invoice_copy = form.flag("invoice_copy", false)?;
            if invoice_copy && form_object == FormObject::Comsfm {
                let cure = "write form_object = \"comtfm\" in [write_back], or leave invoice_copy out";
                return Err(form.fault(
                    "invoice_copy",
                    "not possible with form_object = \"comsfm\"",
                    "COMSFM has no key for an invoice's copy",
                    cure,
                ));
            }
            let form = form_fields(form)?;
            let is_on = form.is_some();
            (form, for_notes && is_on, invoice_copy && is_on)
        }
        None => (None, false, false),
    };
    let order_place = FormPlace {
        form_type: section.text_or("form_type", "ORD", TYPE_CURE)?,
        table: section.text_or("form_table", "CusSorMaster+", TABLE_CURE)?,
    };
    let (note_place, note_form) = match section.table("dispatch_form")? {
        // Neither the type code nor the table of a dispatch note's form is published: the site must know them.
        Some(mut form) => {
            let form_type = form.text("form_type", TYPE_CURE)?;
            let table = form.text("table", TABLE_CURE)?;
            (Some(FormPlace { form_type, table }), form_fields(form)?)
        }
        None => (None, None),
    };
    let (purchase_place, purchase_form) = match section.table("purchase_form")? {
        Some(mut form) => {
            let form_type = form.text_or("form_type", "POR", TYPE_CURE)?;
            let table = form.text_or("table", "PorMasterHdr+", TABLE_CURE)?;
            (Some(FormPlace { form_type, table }), form_fields(form)?)
        }
        None => (None, None),
    };
    let many = [("lead", ManyNumbers::Lead), ("joined", ManyNumbers::Joined)];
    let lines = [("none", None), ("document", Some(LineOn::Document)), ("sales_order", Some(LineOn::SalesOrder))];
    let write_back = WriteBack {
        rules: Rules {
            tracking_field,
            count_field,
            delivery_date: section.flag("delivery_date", true)?,
            many: section.choice("many", &many, ManyNumbers::Lead)?,
            user_field_length: section.whole("user_field_length", 20, 1, 255)?,
            form,
            form_for_dispatch_notes,
            note_form,
            purchase_form,
            comment: section.choice("comment_line", &lines, None)?,
            delivery_comment: section.choice("delivery_comment", &lines, None)?,
            invoice_copy,
            freight: section.table("freight_line")?.map(|it| freight(it, currency)).transpose()?,
            status_moves: section.table("status_move")?.map(status_moves).transpose()?.unwrap_or_default(),
        },
        form_object,
        order_form: order_place,
        note_form: note_place,
        purchase_form: purchase_place,
        max_items: section.whole("max_items", 50, 1, 500)?,
    };
    section.finish()?;
    Ok(write_back)
}

const TYPE_CURE: &str = "write the custom form's type code as SYSPRO's form designer shows it";
const TABLE_CURE: &str = "write the name of the table that keeps the form's values, with its plus sign";

fn dispatch_field(
    section: &mut Section<'_>,
    key: &'static str,
    default: Option<DispatchField>,
) -> Read<Option<DispatchField>> {
    let words = [
        ("user_field_1", Some(DispatchField::UserField1)),
        ("user_field_2", Some(DispatchField::UserField2)),
        ("none", None),
    ];
    section.choice(key, &words, default)
}

fn form_fields(mut section: Section<'_>) -> Read<Option<FormFields>> {
    let form = FormFields {
        tracking: form_field(&mut section, "tracking", "TRKNUM")?,
        status: form_field(&mut section, "status", "SHPSTS")?,
        freight_cost: form_field(&mut section, "freight_cost", "FRTCST")?,
        ship_date: form_field(&mut section, "ship_date", "SHPDAT")?,
    };
    let named = [&form.tracking, &form.status, &form.freight_cost, &form.ship_date];
    let names: Vec<String> = named.into_iter().flatten().map(|it| it.to_uppercase()).collect();
    if let Some(twice) = names.iter().enumerate().find_map(|(at, name)| names[..at].contains(name).then_some(name)) {
        let cure = "give each value a field of its own, or \"\" to leave one out";
        return Err(section.fault(
            "tracking",
            format!("{twice} is named twice"),
            "one would overwrite the other",
            cure,
        ));
    }
    let enabled = section.flag("enabled", true)?;
    section.finish()?;
    Ok(enabled.then_some(form))
}

/// A custom form field's key: at most six letters or digits; `""` switches it off.
fn form_field(section: &mut Section<'_>, key: &'static str, usual: &str) -> Read<Option<String>> {
    let cure = format!("write the field's name as set up in SYSPRO, e.g. {key} = \"{usual}\", or \"\" to leave it out");
    let Some(found) = section.take(key) else { return Ok(Some(usual.to_owned())) };
    let name = found.text(&cure)?;
    if name.is_empty() {
        return Ok(None);
    }
    let fits = name.len() <= 6 && name.bytes().all(|it| it.is_ascii_alphanumeric());
    if fits { Ok(Some(name)) } else { Err(found.bad(&name, "a name has at most six letters or digits", &cure)) }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Charge {
    Nothing,
    Actual,
    List,
    Markup,
}

fn freight(mut section: Section<'_>, currency: Currency) -> Read<FreightRule> {
    const PERCENT: &str = "write the per cent on top of UPS's bill, e.g. markup = \"15\"";
    let on = section.choice(
        "on",
        &[("document", LineOn::Document), ("sales_order", LineOn::SalesOrder)],
        LineOn::Document,
    )?;
    let charges =
        [("none", Charge::Nothing), ("actual", Charge::Actual), ("list", Charge::List), ("markup", Charge::Markup)];
    let chosen = section.needed_choice("charge", &charges)?;
    let percent: Option<Decimal> = section.parsed_if("markup", PERCENT)?;
    let charge = match (chosen, percent) {
        (Charge::Markup, Some(percent)) if percent > Decimal::NEGATIVE_ONE * Decimal::ONE_HUNDRED => {
            ChargeRule::Markup { percent }
        }
        (Charge::Markup, _) => return Err(section.fault("markup", "missing", "charge = \"markup\" needs it", PERCENT)),
        (_, Some(_)) => {
            return Err(section.fault("markup", "not used", "the charge is no markup", "write charge = \"markup\""));
        }
        (Charge::Nothing, None) => ChargeRule::Nothing,
        (Charge::Actual, None) => ChargeRule::Actual,
        (Charge::List, None) => ChargeRule::List,
    };
    let voids = [("opposite", OnVoid::Opposite), ("delete", OnVoid::Delete), ("leave", OnVoid::Leave)];
    let on_void = section.choice("on_void", &voids, OnVoid::Opposite)?;
    if on_void == OnVoid::Delete && on == LineOn::Document {
        let cure = "write on = \"sales_order\", or on_void = \"opposite\"";
        return Err(section.fault(
            "on_void",
            "\"delete\" is not possible",
            "dispatch notes only take more lines",
            cure,
        ));
    }
    let mut rates = BTreeMap::new();
    for given in section.tables("rate")?.into_iter().map(rate) {
        let (currency, worth) = given?;
        if rates.insert(currency, worth).is_some() {
            let cure = "keep the one that holds";
            return Err(section.fault("rate", format!("{currency} stands twice"), "only one rate can hold", cure));
        }
    }
    section.finish()?;
    Ok(FreightRule { on, charge, currency, rates, on_void })
}

fn rate(mut section: Section<'_>) -> Read<(Currency, Decimal)> {
    const WORTH: &str = "write how many of them one unit of UPS's currency is worth, e.g. worth = \"1.36\"";
    let currency = section.parsed("currency", "write the document's currency, e.g. currency = \"CAD\"")?;
    let worth: Decimal = section.parsed("worth", WORTH)?;
    if worth <= Decimal::ZERO {
        return Err(section.fault("worth", "bad value", "a rate is more than nought", WORTH));
    }
    section.finish()?;
    Ok((currency, worth))
}

fn status_moves(mut section: Section<'_>) -> Read<StatusMoves> {
    let moves = StatusMoves {
        dispatch_notes: section.flag("dispatch_notes", false)?,
        sales_orders: section.flag("sales_orders", false)?,
    };
    section.finish()?;
    Ok(moves)
}
