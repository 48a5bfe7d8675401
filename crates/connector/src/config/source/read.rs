//! Reads `[[source]]` with its `columns`, `lines`, `join` and `ship_to`: SYSPRO's own names unless the site has others.

use std::collections::BTreeSet;

use shipment::document::Source;
use shipment::number::WarehouseCode;
use shipment::schedule::Schedule;
use toml::de::DeValue;

use super::{Column, Definition, Join, Lines, Role, Selection, ShipToPlace, SourceSettings};
use crate::config::schedule;
use crate::config::section::{Found, Read, Section};
use crate::config::site::ShipFrom;

const KINDS: [(&str, Source); 4] = [
    ("dispatch_notes", Source::DispatchNotes),
    ("sales_orders", Source::SalesOrders),
    ("invoices", Source::Invoices),
    ("purchase_orders", Source::PurchaseOrders),
];
const COLUMN: &str = "write a column's name, as Column or join.Column; \"\" for none";

/// Reads the sources; at least one, and never two for one warehouse.
pub(in crate::config) fn sources(
    sections: Vec<Section<'_>>,
    root: &Section<'_>,
    froms: &[ShipFrom],
    schedule: &Schedule,
) -> Read<Vec<SourceSettings>> {
    if sections.is_empty() {
        let cure =
            "write [[source]] with kind = \"dispatch_notes\", \"sales_orders\", \"invoices\" or \"purchase_orders\"";
        return Err(root.fault("source", "missing", "nothing would be read", cure));
    }
    let mut sources: Vec<SourceSettings> = Vec::new();
    for mut section in sections {
        let source = source(&mut section, froms, schedule)?;
        for warehouse in &source.warehouses {
            if let Some(other) = sources.iter().find(|it| it.warehouses.contains(warehouse)) {
                let what = format!("warehouse {warehouse} is shipped by two sources");
                let why = format!("{} and {} would each buy a label for the same goods", other.source, source.source);
                let cure = "give each [[source]] its own warehouses = [\"…\"], or keep one source";
                return Err(section.fault("warehouses", what, why, cure));
            }
        }
        if sources.iter().any(|it| it.source == source.source) {
            let cure = "name all its warehouses in one [[source]]";
            return Err(section.fault("kind", format!("{} twice", source.source), "a poll reads each kind once", cure));
        }
        section.finish()?;
        sources.push(source);
    }
    Ok(sources)
}

fn source(section: &mut Section<'_>, froms: &[ShipFrom], of_site: &Schedule) -> Read<SourceSettings> {
    let source = section.needed_choice("kind", &KINDS)?;
    let usual = SourceSettings::usual(source);
    let statuses = ["ready", "finished"].into_iter().find(|key| section.has(key));
    let mut codes = |key, usual, cure| Ok(section.list_if(key, cure)?.unwrap_or(usual));
    let ready = codes("ready", usual.ready, "write SYSPRO's status codes, e.g. ready = [\"5\", \"7\"]")?;
    let finished = codes("finished", usual.finished, "write SYSPRO's status codes, e.g. finished = [\"9\"]")?;
    let document_types = codes("document_types", usual.document_types, "write document types, or [] for all")?;
    let warehouses = warehouses(section, froms)?;
    let definition = definition(section, usual.definition)?;
    if matches!(definition.selection, Selection::Status { .. }) && ready.is_empty() {
        let cure = "write SYSPRO's status codes, e.g. ready = [\"5\", \"7\"], or a watermark column";
        return Err(section.fault("ready", "bad value", "no status would ever be ready", cure));
    }
    if let Some(key) = statuses
        && definition.role(Role::Status).is_empty()
    {
        let why = format!("{source} have no status column here, so no document would be judged by it");
        let cure = "delete it, or name the status column: status = \"…\" in [source.columns]";
        return Err(section.fault(key, "not used", why, cure));
    }
    let schedule = match section.table("schedule")? {
        Some(own) => schedule::schedule(own, &of_site.time_zone, "1m")?,
        None => of_site.clone(),
    };
    Ok(SourceSettings { source, ready, finished, document_types, warehouses, schedule, definition })
}

fn warehouses(section: &mut Section<'_>, froms: &[ShipFrom]) -> Read<Vec<WarehouseCode>> {
    let cure = "write warehouse codes that have a [[ship_from]]";
    let Some(found) = section.take("warehouses") else {
        return Ok(froms.iter().map(|from| from.warehouse.clone()).collect());
    };
    let mut warehouses = Vec::new();
    for item in section.items(found, cure)? {
        let code: WarehouseCode = item.parsed(cure)?;
        if !froms.iter().any(|from| from.warehouse == code) {
            return Err(item.bad(code.as_str(), "it has no [[ship_from]]", cure));
        }
        warehouses.push(code);
    }
    if warehouses.is_empty() {
        let cure = "name the warehouses it ships, delete the key for all, or delete the whole [[source]]";
        return Err(section.fault("warehouses", "bad value", "no document would ever be shipped", cure));
    }
    Ok(warehouses)
}

fn definition(section: &mut Section<'_>, usual: Definition) -> Read<Definition> {
    let joins = section.tables("join")?;
    let joins = if joins.is_empty() { usual.joins.clone() } else { joined(joins)? };
    let columns = match section.table("columns")? {
        Some(columns) => self::columns(columns, &usual)?,
        None => usual.columns.clone(),
    };
    let ship_to = section.tables("ship_to")?.into_iter().map(ship_to).collect::<Read<Vec<_>>>()?;
    let lines = match section.table("lines")? {
        Some(lines) => self::lines(lines, &usual.lines)?,
        None => usual.lines.clone(),
    };
    let mut definition = Definition {
        table: section.text_or("table", &usual.table, "write the table of the documents' headers")?,
        key: names(section, "key", &usual.key)?,
        number: section.text_or("number", &usual.number, "write the column of the document's number")?,
        watched: names(section, "watched", &usual.watched)?,
        selection: usual.selection.clone(),
        ship_to: if ship_to.is_empty() { usual.ship_to } else { ship_to },
        joins,
        columns,
        lines,
    };
    definition.selection = selection(section, &definition)?;
    if definition.key.is_empty() {
        let cure = "write the columns of the table's whole key";
        return Err(section.fault("key", "bad value", "pages are stable only in the order of a key", cure));
    }
    check_joins(section, &definition)?;
    Ok(definition)
}

fn selection(section: &mut Section<'_>, definition: &Definition) -> Read<Selection> {
    let cure = "write a date column of the header's table, or \"\" to select by status";
    let usual = match &definition.selection {
        Selection::Status { .. } => "",
        Selection::Date { column, .. } => column.as_str(),
    };
    let column = section.text_or("watermark", usual, cure)?;
    let overlaps = section.has("overlap");
    let overlap = section.duration("overlap", "7d")?;
    if !column.is_empty() {
        return Ok(Selection::Date { column, overlap });
    }
    if overlaps {
        let why = "the source is read by status, in full each time";
        return Err(section.fault("overlap", "not used", why, "delete it, or name a watermark column"));
    }
    match definition.role(Role::Status).first() {
        Some(Column { join: None, name }) => Ok(Selection::Status { column: name.clone() }),
        _ => {
            let cure = "name the header's status column in [source.columns], or a watermark column";
            Err(section.fault("watermark", "missing", "there is neither a status nor a date to select by", cure))
        }
    }
}

/// Every join that is spoken of has to be there, and those it stands on before it.
fn check_joins(section: &Section<'_>, definition: &Definition) -> Read<()> {
    let cure = "add a [[source.join]] of that name before it is used";
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for join in &definition.joins {
        for before in join.on.join.iter().chain(&join.instead_of) {
            if !known.contains(before.as_str()) {
                let what = format!("join {} stands on {before}", join.name);
                return Err(section.fault("join", what, "no join before it has that name", cure));
            }
        }
        if !known.insert(&join.name) {
            let cure = "give each [[source.join]] a name of its own";
            return Err(section.fault(
                "join",
                format!("{:?} twice", join.name),
                "columns refer to joins by name",
                cure,
            ));
        }
    }
    let used = definition.columns.values().flatten().filter_map(|it| it.join.as_deref());
    let places = definition.ship_to.iter().filter_map(|it| it.join.as_deref());
    match used.chain(places).find(|it| !known.contains(it)) {
        Some(unknown) => Err(section.fault("join", format!("{unknown:?} is used"), "no join has that name", cure)),
        None => Ok(()),
    }
}

fn joined(sections: Vec<Section<'_>>) -> Read<Vec<Join>> {
    let read = |mut section: Section<'_>| {
        let on = section.text("on", "write the header's column, or join.Column of an earlier one")?;
        let join = Join {
            name: section.text("name", "write the name by which columns refer to it")?,
            table: section.text("table", "write the table's name")?,
            key: section.text("key", "write the table's column that is compared")?,
            on: Column::read(&on),
            instead_of: optional(&mut section, "instead_of", None)?,
        };
        section.finish()?;
        Ok(join)
    };
    sections.into_iter().map(read).collect()
}

fn columns(mut section: Section<'_>, usual: &Definition) -> Read<std::collections::BTreeMap<Role, Vec<Column>>> {
    let mut columns = usual.columns.clone();
    for (role, key) in Role::ALL {
        let Some(found) = section.take(key) else { continue };
        let named = if matches!(found.value, DeValue::Array(_)) {
            section.items(found, COLUMN)?.iter().map(|it| it.text(COLUMN)).collect::<Read<Vec<_>>>()?
        } else {
            vec![found.text(COLUMN)?]
        };
        columns.insert(role, named.iter().filter(|it| !it.is_empty()).map(|it| Column::read(it)).collect());
    }
    section.finish()?;
    Ok(columns)
}

fn ship_to(mut section: Section<'_>) -> Read<ShipToPlace> {
    let cure = "write the five columns of the address, e.g. lines = [\"ShipAddr1\", …, \"ShipAddr5\"]";
    let found = section.need("lines", cure)?;
    let lines = texts(&section, found, cure)?;
    let lines: [String; 5] = lines
        .try_into()
        .map_err(|_| section.fault("lines", "bad value", "SYSPRO's addresses have five lines", cure))?;
    let place = ShipToPlace {
        join: optional(&mut section, "join", None)?,
        name: names(&mut section, "name", &[])?,
        lines,
        postal_code: section.text("postal_code", "write the column of the postal code")?,
        state: optional(&mut section, "state", None)?,
        nationality: optional(&mut section, "nationality", None)?,
    };
    section.finish()?;
    Ok(place)
}

fn lines(mut section: Section<'_>, usual: &Lines) -> Read<Lines> {
    let table = "write the table of the documents' lines";
    let lines = Lines {
        table: section.text_or("table", &usual.table, table)?,
        key: names(&mut section, "key", &usual.key)?,
        document: section.text_or("document", &usual.document, COLUMN)?,
        line: section.text_or("line", &usual.line, COLUMN)?,
        line_type: section.text_or("line_type", &usual.line_type, COLUMN)?,
        stock_code: section.text_or("stock_code", &usual.stock_code, COLUMN)?,
        description: names(&mut section, "description", &usual.description)?,
        quantity: section.text_or("quantity", &usual.quantity, COLUMN)?,
        done: optional(&mut section, "done", usual.done.as_deref())?,
        unit: names(&mut section, "unit", &usual.unit)?,
        mass: optional(&mut section, "mass", usual.mass.as_deref())?,
        warehouse: optional(&mut section, "warehouse", usual.warehouse.as_deref())?,
        kit: optional(&mut section, "kit", usual.kit.as_deref())?,
        sales_order: optional(&mut section, "sales_order", usual.sales_order.as_deref())?,
        sales_order_line: optional(&mut section, "sales_order_line", usual.sales_order_line.as_deref())?,
        price: optional(&mut section, "price", usual.price.as_deref())?,
        price_unit: optional(&mut section, "price_unit", usual.price_unit.as_deref())?,
        value: optional(&mut section, "value", usual.value.as_deref())?,
    };
    if lines.price.is_none() && lines.price_unit.is_some() {
        let cure = "name the price's column as price, or delete it";
        return Err(section.fault("price_unit", "not used", "no column of a price is named", cure));
    }
    if lines.key.is_empty() {
        let cure = "write the columns of the lines' whole key, or delete it";
        return Err(section.fault("key", "bad value", "pages are stable only in the order of a key", cure));
    }
    section.finish()?;
    Ok(lines)
}

fn optional(section: &mut Section<'_>, key: &'static str, usual: Option<&str>) -> Read<Option<String>> {
    let text = section.text_or(key, usual.unwrap_or_default(), COLUMN)?;
    Ok(Some(text).filter(|it| !it.is_empty()))
}

fn names(section: &mut Section<'_>, key: &'static str, usual: &[String]) -> Read<Vec<String>> {
    let cure = "write a list of column names";
    let Some(found) = section.take(key) else { return Ok(usual.to_vec()) };
    texts(section, found, cure)
}

fn texts<'a>(section: &Section<'a>, found: Found<'a>, cure: &str) -> Read<Vec<String>> {
    section.items(found, cure)?.iter().map(|it| it.text(cure)).collect()
}
