//! One page of a set: the query options, the order of rows, the cap and the JSON.

use std::cmp::Ordering;

use base64::Engine as _;
use fastrand::Rng;
use jiff::civil::Date;

use crate::serve::Request;
use crate::syspro::comfnd::compare;
use crate::syspro::manners::Manners;
use crate::world::table::{Kind, Table, Value, View};

use super::filter::Filter;
use super::{Refusal, set_name};

const KNOWN: [&str; 7] = ["$filter", "$select", "$orderby", "$top", "$skip", "$count", "$format"];

/// Reads a page.
pub(crate) fn read(table: &Table, request: &Request, manners: &Manners, dice: &mut Rng) -> Result<String, Refusal> {
    let options = request.query_pairs();
    if let Some((name, _)) = options.iter().find(|(it, _)| it.starts_with('$') && !KNOWN.contains(&it.as_str())) {
        return Err(Refusal::bad_request(format!("The query option '{name}' is not supported.")));
    }
    let option = |name: &str| options.iter().find(|(it, _)| it == name).map(|(_, value)| value.trim());
    let number = |name: &str| match option(name) {
        None => Ok(None),
        Some(text) => text
            .parse::<usize>()
            .map(Some)
            .map_err(|_| Refusal::bad_request(format!("Invalid value '{text}' for {name} query option found."))),
    };
    let mut rows: Vec<View<'_>> = match option("$filter").filter(|it| !it.is_empty()) {
        None => table.rows().collect(),
        Some(text) => {
            let filter = Filter::parse(table, text, manners)?;
            match filter.keys() {
                Some(keys) => keys.iter().flat_map(|key| table.under(&[*key])).filter(|it| filter.holds(it)).collect(),
                None => table.rows().filter(|it| filter.holds(it)).collect(),
            }
        }
    };
    let total = rows.len();
    // The database owes no order to whoever asks for none; ties are as good as none.
    dice.shuffle(&mut rows);
    sort(table, option("$orderby").unwrap_or_default(), &mut rows)?;
    let skip = number("$skip")?.unwrap_or(0);
    let wanted = number("$top")?.unwrap_or(usize::MAX);
    let page: Vec<View<'_>> = rows.into_iter().skip(skip).take(wanted.min(manners.odata_cap)).collect();
    let columns = columns(table, option("$select").unwrap_or_default())?;
    let more = manners.odata_next_link && wanted > page.len() && skip + page.len() < total;
    Ok(written(&Page {
        table,
        set: set_name(table, manners),
        columns,
        count: (option("$count") == Some("true")).then_some(total),
        next: more.then(|| next_link(request, skip + page.len(), wanted.checked_sub(page.len()))),
        rows: page,
        plain_dates: manners.odata_plain_dates,
    }))
}

struct Page<'a> {
    table: &'a Table,
    set: String,
    columns: Vec<usize>,
    rows: Vec<View<'a>>,
    count: Option<usize>,
    next: Option<String>,
    plain_dates: bool,
}

fn written(page: &Page<'_>) -> String {
    let mut text = format!("{{\"@odata.context\":\"$metadata#{}\"", page.set);
    if let Some(count) = page.count {
        text.push_str(&format!(",\"@odata.count\":{count}"));
    }
    let rows: Vec<String> = page.rows.iter().map(|row| row_text(page, row)).collect();
    text.push_str(&format!(",\"value\":[{}]", rows.join(",")));
    if let Some(next) = &page.next {
        text.push_str(&format!(",\"@odata.nextLink\":{}", quoted(next)));
    }
    text.push('}');
    text
}

fn row_text(page: &Page<'_>, row: &View<'_>) -> String {
    let cells: Vec<String> = page
        .columns
        .iter()
        .map(|at| {
            let value = json_value(&row.cells[*at], page.plain_dates);
            format!("{}:{value}", quoted(&page.table.columns[*at].name))
        })
        .collect();
    format!("{{{}}}", cells.join(","))
}

/// A cell in JSON; a number keeps all the decimals of its column.
fn json_value(value: &Value, plain_dates: bool) -> String {
    match value {
        Value::Text(text) => quoted(text),
        Value::Number(number) => number.to_string(),
        Value::Date(None) => "null".to_owned(),
        Value::Date(Some(date)) if plain_dates => quoted(&date.to_string()),
        Value::Date(Some(date)) => quoted(&midnight(*date)),
        Value::Version(version) => quoted(&base64::engine::general_purpose::STANDARD.encode(version.to_be_bytes())),
    }
}

fn midnight(date: Date) -> String {
    format!("{date}T00:00:00Z")
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn columns(table: &Table, select: &str) -> Result<Vec<usize>, Refusal> {
    if select.is_empty() || select == "*" {
        return Ok((0..table.columns.len()).collect());
    }
    select.split(',').map(|it| property(table, it.trim())).collect()
}

/// Position of a property; names are case-sensitive here.
pub(crate) fn property(table: &Table, name: &str) -> Result<usize, Refusal> {
    table.columns.iter().position(|it| it.name == name).ok_or_else(|| {
        let set = table.name.replace('+', "");
        Refusal::bad_request(format!("Could not find a property named '{name}' on type 'SYSPROOData.{set}'."))
    })
}

fn sort(table: &Table, order: &str, rows: &mut [View<'_>]) -> Result<(), Refusal> {
    let mut keys = Vec::new();
    for part in order.split(',').map(str::trim).filter(|it| !it.is_empty()) {
        let (name, direction) = part.split_once(' ').unwrap_or((part, "asc"));
        let at = property(table, name)?;
        if table.columns[at].kind == Kind::Version {
            return Err(Refusal::bad_request(format!("The property '{name}' cannot be used in $orderby.")));
        }
        match direction.trim() {
            "asc" => keys.push((at, false)),
            "desc" => keys.push((at, true)),
            other => return Err(Refusal::bad_request(format!("Syntax error at '{other}' in $orderby."))),
        }
    }
    rows.sort_by(|one, other| {
        keys.iter()
            .map(|(at, descending)| {
                let order = compare(&one.cells[*at], &other.cells[*at]);
                if *descending { order.reverse() } else { order }
            })
            .find(|it| it.is_ne())
            .unwrap_or(Ordering::Equal)
    });
    Ok(())
}

/// The address of the rest: the same request with another `$skip` and what `$top` leaves.
fn next_link(request: &Request, skip: usize, top: Option<usize>) -> String {
    let host = request.header("host").unwrap_or("localhost");
    let kept = request
        .query
        .split('&')
        .filter(|it| !["$skip=", "$top=", "%24skip=", "%24top="].iter().any(|name| it.starts_with(name)));
    let mut parts: Vec<String> = kept.filter(|it| !it.is_empty()).map(str::to_owned).collect();
    parts.push(format!("$skip={skip}"));
    if let Some(top) = top.filter(|it| *it < 1_000_000_000) {
        parts.push(format!("$top={top}"));
    }
    format!("http://{host}{}?{}", request.path, parts.join("&"))
}
