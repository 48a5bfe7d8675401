//! From SYSPRO's tables to documents: one reading in bulk, whatever it is for and whichever source it is of.
//!
//! ```text
//! keys ─► headers ─► joins (order, customer …) ─► lines ─► stock masses ─► order lines (kits, prices) ─► Document per key
//! ```
//!
//! A handful of questions serves any number of documents, so one per order never happens. Which tables and columns are
//! asked is the source's [`Definition`]; the rows are joined here by canonical keys, because SYSPRO pads a number in one
//! place and not in another. Nothing is decided here: a document that cannot be understood comes out with its trouble in
//! words, and becomes a hold elsewhere.

use std::collections::{BTreeSet, HashMap};

use jiff::civil::Date;
use rust_decimal::Decimal;
use shipment::document::{Document, Line, LineKind, ShipVia, Source, SysproAddress};
use shipment::goods_value::LinePrice;
use shipment::number::{
    CustomerCode, DocumentNumber, ReleaseNumber, SalesOrderNumber, StockCode, WarehouseCode, canonical,
};
use syspro::{ReadError, Row};

use super::reader::{Question, Reader, Rows};
use crate::config::{Column, Definition, Join, Lines, Role, Selection, ShipToPlace, Site, SourceSettings};
use crate::remote::trouble::Trouble;
use crate::store::SightingRow;

/// One document as read, and what in it could not be understood.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    pub(crate) document: Document,
    pub(crate) problem: Option<String>,
}

/// What a poll needs to know of every wanted document: enough to see that it is new or changed.
#[derive(Debug, Clone)]
pub(crate) struct Header {
    pub(crate) number: DocumentNumber,
    pub(crate) ship_via: String,
    /// Ship-to, ship-via and required date as text, as far as they stand in the header; quantities are compared when the
    /// document is read in full.
    pub(crate) fingerprint: String,
    /// The date by which a dated source is read.
    pub(crate) date: Option<Date>,
    /// The whole header, where it was cheaper to read it at once.
    whole: Option<Row>,
}

/// Reads key and fingerprint columns of every wanted document, in key order. `since` is the first day of a dated source.
///
/// # Errors
/// The reader's.
pub(crate) async fn headers(reader: &Reader<'_>, source: &SourceSettings, since: Date) -> Result<Vec<Header>, Trouble> {
    let definition = &source.definition;
    // A list of keys is long in an address: over e.net whole headers now save a call for every few dozen documents.
    let mut columns =
        if reader.is_enet() { header_columns(reader.site(), source) } else { definition.watched_columns() };
    columns.push(&definition.number);
    let rows = match &definition.selection {
        Selection::Status { column } => Rows::Coded { column, codes: &source.ready },
        Selection::Date { column, .. } => {
            columns.push(column);
            Rows::From { column, day: since }
        }
    };
    columns.extend(source.type_column());
    columns.sort_unstable();
    columns.dedup();
    let question = Question { table: &definition.table, key: &definition.key, columns, rows };
    let rows = reader.rows(&question).await?;
    let wanted = rows.into_iter().filter(|row| source.ships_type(row));
    Ok(wanted.filter_map(|row| header(row, definition, reader.is_enet())).collect())
}

/// Every column that is needed of a header.
fn header_columns<'a>(site: &Site, source: &'a SourceSettings) -> Vec<&'a str> {
    let mut columns = source.definition.header_columns();
    let carried = site.write_back.rules.tracking_field.filter(|_| source.source == Source::DispatchNotes);
    columns.extend(carried.map(|it| it.column()));
    columns
}

impl Header {
    /// What is remembered of a document that a poll's question no longer brings.
    pub(crate) fn remembered(number: DocumentNumber, row: &SightingRow) -> Self {
        let (ship_via, fingerprint) = (row.ship_via.clone(), row.fingerprint.clone());
        Self { number, ship_via, fingerprint, date: None, whole: None }
    }
}

/// To how many digits SYSPRO pads a number; which one is set up per company.
const PADDED: [usize; 3] = [15, 8, 6];

/// A number in every spelling SYSPRO may have padded it to: people and our own keys leave out leading zeros, and SYSPRO's
/// keys compare as they are stored.
pub(crate) fn spellings(number: &DocumentNumber) -> Vec<DocumentNumber> {
    let canonical = number.canonical();
    let mut all = vec![number.clone()];
    if canonical.bytes().all(|it| it.is_ascii_digit()) {
        let padded = PADDED.iter().map(|width| format!("{canonical:0>width$}"));
        let other = padded.chain([canonical.clone()]).filter_map(|it| it.parse().ok());
        all.extend(other.filter(|it| it != number));
    }
    all
}

fn header(row: Row, definition: &Definition, is_whole: bool) -> Option<Header> {
    let text = |name: &str| row.get(name).unwrap_or_default().to_owned();
    let number = row.raw(&definition.number)?.parse().ok()?;
    let watched: Vec<_> = definition.watched_columns().into_iter().map(text).collect();
    let own = |role| definition.role(role).iter().filter(|it| it.join.is_none()).map(|it| text(&it.name));
    let ship_via: Vec<_> = own(Role::ShipViaCode).chain(own(Role::ShipVia)).collect();
    let date = match &definition.selection {
        Selection::Date { column, .. } => row.date(column).ok().flatten(),
        Selection::Status { .. } => None,
    };
    let ship_via = ship_via.join(" ").trim().to_owned();
    Some(Header { number, ship_via, fingerprint: watched.join("\u{1f}"), date, whole: is_whole.then_some(row) })
}

/// Reads documents in full, by their numbers. A number that is not found has no reading.
///
/// # Errors
/// The reader's.
pub(crate) async fn documents(
    reader: &Reader<'_>,
    source: &SourceSettings,
    numbers: &[DocumentNumber],
) -> Result<Vec<Reading>, Trouble> {
    let keys: Vec<String> = numbers.iter().map(|it| it.as_str().to_owned()).collect();
    let definition = &source.definition;
    let columns = header_columns(reader.site(), source);
    let rows = Rows::Keyed { column: &definition.number, keys: &keys };
    let question = Question { table: &definition.table, key: &definition.key, columns, rows };
    let mut headers = reader.rows(&question).await?;
    headers.retain(|row| source.ships_type(row));
    in_full(reader, source, headers, &keys).await
}

/// Reads documents in full whose headers a poll has just seen.
///
/// # Errors
/// The reader's.
pub(crate) async fn news(
    reader: &Reader<'_>,
    source: &SourceSettings,
    headers: &[&Header],
) -> Result<Vec<Reading>, Trouble> {
    let whole: Option<Vec<Row>> = headers.iter().map(|it| it.whole.clone()).collect();
    let numbers: Vec<DocumentNumber> = headers.iter().map(|it| it.number.clone()).collect();
    let Some(whole) = whole else { return documents(reader, source, &numbers).await };
    let keys: Vec<String> = numbers.iter().map(|it| it.as_str().to_owned()).collect();
    in_full(reader, source, whole, &keys).await
}

async fn in_full(
    reader: &Reader<'_>,
    source: &SourceSettings,
    headers: Vec<Row>,
    keys: &[String],
) -> Result<Vec<Reading>, Trouble> {
    let tables = Tables::read(reader, source, headers, keys).await?;
    let mut found = BTreeSet::new();
    // Where a number stands twice, as two customers' invoices of one number may, the first counts.
    let first = |reading: &Reading| found.insert(reading.document.number.canonical());
    let readings = tables.headers.iter().filter_map(|header| tables.reading(reader.site(), source, header));
    Ok(readings.filter(first).collect())
}

/// The headers and everything around them, by canonical key.
struct Tables<'a> {
    definition: &'a Definition,
    headers: Vec<Row>,
    joins: HashMap<&'a str, HashMap<String, Row>>,
    lines: HashMap<String, Vec<Row>>,
    stock: HashMap<String, Row>,
    order_lines: HashMap<(String, u32), Row>,
}

impl<'a> Tables<'a> {
    async fn read(
        reader: &Reader<'_>,
        source: &'a SourceSettings,
        headers: Vec<Row>,
        keys: &[String],
    ) -> Result<Self, Trouble> {
        let definition = &source.definition;
        let lines = &definition.lines;
        let rows = Question {
            table: &lines.table,
            key: &lines.key,
            columns: lines.columns(),
            rows: Rows::Keyed { column: &lines.document, keys },
        };
        let rows = reader.rows(&rows).await?;
        let mut tables = Self {
            definition,
            headers,
            joins: HashMap::new(),
            stock: stock(reader, lines, &rows).await?,
            order_lines: HashMap::new(),
            lines: grouped(rows, &lines.document),
        };
        for join in &definition.joins {
            let found = tables.join(reader, join).await?;
            tables.joins.insert(&join.name, found);
        }
        tables.order_lines = tables.order_lines(reader).await?;
        Ok(tables)
    }

    async fn join(&self, reader: &Reader<'_>, join: &'a Join) -> Result<HashMap<String, Row>, Trouble> {
        let instead =
            |header: &&Row| join.instead_of.as_deref().is_none_or(|other| self.joined(header, other).is_none());
        let keys: BTreeSet<String> = self
            .headers
            .iter()
            .filter(instead)
            .filter_map(|header| self.raw(header, &join.on))
            .filter(|it| !it.trim().is_empty())
            .map(str::to_owned)
            .collect();
        let keys: Vec<String> = keys.into_iter().collect();
        reader.by_key(&join.table, &join.key, &self.definition.join_columns(join), &keys).await
    }

    /// The lines of sales orders that must be asked because the documents' own do not tell enough: whether a stock code
    /// with a kit type is a kit's parent, and what goods cost that cross a border. All other orders are left unasked.
    async fn order_lines(&self, reader: &Reader<'_>) -> Result<HashMap<(String, u32), Row>, Trouble> {
        let lines = &self.definition.lines;
        let Some(order) = &lines.sales_order else { return Ok(HashMap::new()) };
        let may_be_a_kit = |row: &&Row| {
            let stock = key_of(row, &lines.stock_code).and_then(|code| self.stock.get(&code));
            let is_none = |it: &Row| it.get("KitType").is_some_and(|kind| NO_KIT.contains(&kind));
            lines.kit.is_none() && stock.is_some_and(|it| !is_none(it))
        };
        let kits = self.lines.values().flatten().filter(may_be_a_kit);
        let unpriced = self.headers.iter().filter(|_| lines.price.is_none() && lines.value.is_none());
        let abroad = unpriced.filter(|header| self.crosses_a_border(reader.site(), header));
        let abroad = abroad.filter_map(|header| self.lines.get(&canonical(header.raw(&self.definition.number)?)));
        let orders: BTreeSet<String> =
            kits.chain(abroad.flatten()).filter_map(|row| row.raw(order)).map(str::to_owned).collect();
        let orders: Vec<String> = orders.into_iter().filter(|it| !it.trim().is_empty()).collect();
        let usual = Definition::usual(Source::SalesOrders).lines;
        let mut columns = vec![KIT_FLAG];
        if lines.price.is_none() && lines.value.is_none() {
            columns.extend(usual.price.as_deref().into_iter().chain(usual.price_unit.as_deref()));
            columns.extend(usual.unit.iter().map(String::as_str));
        }
        let keyed = Rows::Keyed { column: &usual.document, keys: &orders };
        let rows = reader.rows(&Question { table: &usual.table, key: &usual.key, columns, rows: keyed }).await?;
        let by_line = |row: Row| Some(((key_of(&row, &usual.document)?, row.whole(&usual.line).ok()?), row));
        Ok(rows.into_iter().filter_map(by_line).collect())
    }

    /// Whether the goods leave the ship-from's country. Where the address cannot be read nothing is asked: it is held.
    fn crosses_a_border(&self, site: &Site, header: &Row) -> bool {
        let Some(number) = header.raw(&self.definition.number).and_then(|it| it.parse().ok()) else { return false };
        let lines = self.lines_of(&number, &mut Vec::new());
        let warehouse = self.warehouse(site, header, &lines).and_then(|it| it.parse().ok());
        let from = warehouse.and_then(|it| site.ship_from(&it)).map(|it| it.address.country.as_str());
        let to = site.address.read_place(&self.ship_to(header)).ok().map(|it| it.country);
        from.zip(to).is_some_and(|(from, to)| from != to)
    }

    fn joined(&self, header: &Row, join: &str) -> Option<&Row> {
        let on = &self.definition.joins.iter().find(|it| it.name == join)?.on;
        self.joins.get(join)?.get(&canonical(self.raw(header, on)?))
    }

    /// A column's text as it came; nothing if its join has no row.
    fn raw<'r>(&'r self, header: &'r Row, column: &Column) -> Option<&'r str> {
        match &column.join {
            None => header.raw(&column.name),
            Some(join) => self.joined(header, join)?.raw(&column.name),
        }
    }

    /// The first column of a role that says something.
    fn role<'r>(&'r self, header: &'r Row, role: Role) -> Option<&'r str> {
        let columns = self.definition.role(role).iter();
        columns.filter_map(|it| self.raw(header, it)).map(str::trim).find(|it| !it.is_empty())
    }

    fn reading(&self, site: &Site, source: &SourceSettings, header: &Row) -> Option<Reading> {
        let number: DocumentNumber = header.raw(&self.definition.number)?.parse().ok()?;
        let mut problems = Vec::new();
        let lines = self.lines_of(&number, &mut problems);
        let text = |role| self.role(header, role).unwrap_or_default().to_owned();
        let maybe = |role| self.role(header, role).map(str::to_owned);
        let is = |role| self.role(header, role) == Some("Y");
        let warehouse = self.warehouse(site, header, &lines).unwrap_or_default();
        let warehouse: WarehouseCode = need(&warehouse, "warehouse", &mut problems)?;
        let customer: CustomerCode = need(&text(Role::Customer), "customer", &mut problems)?;
        let status = text(Role::Status);
        let document = Document {
            source: source.source,
            sales_orders: self.orders_of(header, &number),
            // A document whose parent order does not exist has no type; it is what its source is about.
            document_type: maybe(Role::DocumentType)
                .or_else(|| source.document_types.first().cloned())
                .unwrap_or_default(),
            inter_warehouse: is(Role::InterWarehouse) || maybe(Role::TargetWarehouse).is_some(),
            counter_sale: is(Role::CounterSale),
            cancelled: is(Role::Cancelled) || CANCELLED.contains(&status.as_str()),
            customer,
            customer_name: text(Role::CustomerName),
            customer_on_hold: is(Role::CustomerOnHold),
            ship_to_code: maybe(Role::ShipToCode),
            ship_to: self.ship_to(header),
            phone: maybe(Role::Phone).filter(|_| site.phone_from_customer),
            email: maybe(Role::Email),
            ship_via: ShipVia { code: text(Role::ShipViaCode), text: text(Role::ShipVia) },
            customer_po: text(Role::CustomerPo),
            currency: site.currency_of(&text(Role::Currency)),
            required_date: self.required(header, &mut problems),
            warehouse,
            lines,
            carried_tracking: carried(site, source.source, header),
            status,
            release: ReleaseNumber(1),
            number,
        };
        let problem = (!problems.is_empty()).then(|| problems.join("; "));
        Some(Reading { document, problem })
    }

    /// Where the header names no warehouse its lines may; with one ship-from there is no choice.
    fn warehouse(&self, site: &Site, header: &Row, lines: &[Line]) -> Option<String> {
        let only = match site.ship_froms.as_slice() {
            [only] => Some(only.warehouse.to_string()),
            _ => None,
        };
        let of_a_line = lines.iter().find_map(|it| it.warehouse.as_ref()).map(ToString::to_string);
        self.role(header, Role::Warehouse).map(str::to_owned).or(of_a_line).or(only)
    }

    /// The first place that has an address, else an empty one: its name is that of whoever it is for.
    fn ship_to(&self, header: &Row) -> SysproAddress {
        let found = self.definition.ship_to.iter().find_map(|place| {
            let row = match &place.join {
                None => header,
                Some(join) => self.joined(header, join)?,
            };
            Some(address(row, place)).filter(|it| it.lines.iter().chain([&it.postal_code]).any(|it| !it.is_empty()))
        });
        let mut address = found.unwrap_or_default();
        if address.name.is_empty() {
            address.name = self.role(header, Role::CustomerName).unwrap_or_default().to_owned();
        }
        address
    }

    fn required(&self, header: &Row, problems: &mut Vec<String>) -> Option<Date> {
        let column = self.definition.role(Role::RequiredDate).iter().find(|it| self.raw(header, it).is_some())?;
        let row = match &column.join {
            None => header,
            Some(join) => self.joined(header, join)?,
        };
        row.date(&column.name).unwrap_or_else(|error| {
            problems.push(error.to_string());
            None
        })
    }

    fn orders_of(&self, header: &Row, number: &DocumentNumber) -> Vec<SalesOrderNumber> {
        let own = self.definition.role(Role::SalesOrder).iter().filter_map(|it| self.raw(header, it));
        let lines = self.lines.get(&number.canonical()).into_iter().flatten();
        let of_lines = lines.filter_map(|line| line.raw(self.definition.lines.sales_order.as_deref()?));
        let mut orders: Vec<SalesOrderNumber> = Vec::new();
        for order in own.chain(of_lines).filter_map(|it| it.parse::<SalesOrderNumber>().ok()) {
            if !orders.iter().any(|it| it.canonical() == order.canonical()) {
                orders.push(order);
            }
        }
        orders
    }

    fn lines_of(&self, number: &DocumentNumber, problems: &mut Vec<String>) -> Vec<Line> {
        let rows = self.lines.get(&number.canonical()).map(Vec::as_slice).unwrap_or_default();
        rows.iter()
            .filter_map(|row| match self.line(row) {
                Ok(line) => Some(line),
                Err(error) => {
                    problems.push(format!("a line cannot be read: {error}"));
                    None
                }
            })
            .collect()
    }

    fn line(&self, row: &Row) -> Result<Line, ReadError> {
        let columns = &self.definition.lines;
        let stock_code = row.get(&columns.stock_code).and_then(|it| it.parse::<StockCode>().ok());
        let first = |names: &[String]| {
            let found = names.iter().filter_map(|it| row.get(it)).find(|it| !it.is_empty());
            found.unwrap_or_default().to_owned()
        };
        let bom_flag = if self.is_kit_parent(row) { KIT_PARENT } else { "" };
        let number = |column: Option<&String>| column.map_or(Ok(None), |it| row.optional_decimal(it));
        let whole = row.optional_decimal(&columns.quantity)?.unwrap_or(Decimal::ZERO);
        let done = number(columns.done.as_ref())?.unwrap_or(Decimal::ZERO);
        Ok(Line {
            number: row.whole(&columns.line)?,
            kind: LineKind::read(row.text(&columns.line_type)?, bom_flag),
            description: first(&columns.description),
            // More may have come than was ordered; nothing is left to ship then.
            quantity_to_ship: if columns.done.is_some() { (whole - done).max(Decimal::ZERO) } else { whole },
            unit_of_measure: first(&columns.unit),
            unit_mass: self.mass(row, number(columns.mass.as_ref())?)?,
            warehouse: columns.warehouse.as_ref().and_then(|it| row.get(it)).and_then(|it| it.parse().ok()),
            price: self.price(row)?,
            stock_code,
        })
    }

    /// The sales order's line behind a line, as far as it was asked.
    fn order_line(&self, row: &Row) -> Option<&Row> {
        let lines = &self.definition.lines;
        let order = lines.sales_order.as_ref().and_then(|it| key_of(row, it))?;
        let line = lines.sales_order_line.as_ref().and_then(|it| row.whole(it).ok())?;
        self.order_lines.get(&(order, line))
    }

    fn is_kit_parent(&self, row: &Row) -> bool {
        match &self.definition.lines.kit {
            Some(flag) => row.get(flag) == Some(KIT_PARENT),
            None => self.order_line(row).is_some_and(|it| it.get(KIT_FLAG) == Some(KIT_PARENT)),
        }
    }

    /// What the line says of its worth, else the sales order's line.
    fn price(&self, row: &Row) -> Result<Option<LinePrice>, ReadError> {
        let own = &self.definition.lines;
        if let Some(value) = &own.value
            && let Some(amount) = shown(row, value)?
        {
            return Ok(Some(LinePrice::Whole { amount }));
        }
        if own.price.is_some() || own.value.is_some() {
            return price_by(own, row);
        }
        let usual = Definition::usual(Source::SalesOrders).lines;
        self.order_line(row).map_or(Ok(None), |it| price_by(&usual, it))
    }

    /// SYSPRO holds zero where nobody maintained the mass, so zero is not a mass.
    fn mass(&self, row: &Row, own: Option<Decimal>) -> Result<Option<Decimal>, ReadError> {
        if let Some(mass) = own.filter(|it| *it > Decimal::ZERO) {
            return Ok(Some(mass));
        }
        let stock = key_of(row, &self.definition.lines.stock_code).and_then(|code| self.stock.get(&code));
        let mass = stock.map_or(Ok(None), |it| it.optional_decimal("Mass"))?;
        Ok(mass.filter(|mass| *mass > Decimal::ZERO))
    }
}

/// A number that the operator may not be allowed to see: SYSPRO then leaves its element out.
fn shown(row: &Row, column: &str) -> Result<Option<Decimal>, ReadError> {
    row.raw(column).map_or(Ok(None), |_| row.optional_decimal(column))
}

/// The price of one unit, and its unit of measure where that is another than the line's.
fn price_by(lines: &Lines, row: &Row) -> Result<Option<LinePrice>, ReadError> {
    let Some(amount) = lines.price.as_ref().map_or(Ok(None), |it| shown(row, it))? else { return Ok(None) };
    let priced = lines.price_unit.as_ref().and_then(|it| row.get(it)).filter(|it| !it.is_empty());
    let counted = lines.unit.iter().filter_map(|it| row.get(it)).find(|it| !it.is_empty());
    let per = priced.filter(|unit| counted.is_none_or(|counted| !counted.eq_ignore_ascii_case(unit)));
    Ok(Some(LinePrice::Each { amount, per: per.map(str::to_owned) }))
}

/// The column of a sales order's line that tells a kit's parent.
const KIT_FLAG: &str = "MBomFlag";
/// What marks the line of a kit's parent.
const KIT_PARENT: &str = "P";
/// Kit types of stock codes that are no kit; the list of codes is not public, so any other is looked into.
const NO_KIT: [&str; 2] = ["", "N"];
/// Status codes of cancelled documents.
const CANCELLED: [&str; 3] = ["*", "\\", "/"];

impl SourceSettings {
    /// The column of the document type, where it belongs to the key: there the number alone does not tell an invoice
    /// from a credit note.
    fn type_column(&self) -> Option<&str> {
        let own = self.definition.role(Role::DocumentType).first().filter(|it| it.join.is_none())?;
        Some(own.name.as_str()).filter(|it| self.definition.key.iter().any(|key| key == it))
    }

    /// Whether a header is of a type that ships, as far as its key tells.
    fn ships_type(&self, row: &Row) -> bool {
        let found = self.type_column().and_then(|it| row.get(it)).unwrap_or_default();
        found.is_empty() || self.document_types.is_empty() || self.document_types.iter().any(|it| it == found)
    }
}

/// The stock codes of lines: their mass, where the line has none, and whether they may be kits.
async fn stock(reader: &Reader<'_>, lines: &Lines, rows: &[Row]) -> Result<HashMap<String, Row>, Trouble> {
    let has_mass = |row: &&Row| {
        let mass = lines.mass.as_ref().and_then(|it| row.optional_decimal(it).ok().flatten());
        mass.is_some_and(|it| it > Decimal::ZERO)
    };
    let codes: BTreeSet<String> = rows
        .iter()
        .filter(|row| !has_mass(row))
        .filter_map(|row| row.raw(&lines.stock_code))
        .filter(|it| !it.trim().is_empty())
        .map(str::to_owned)
        .collect();
    let codes: Vec<String> = codes.into_iter().collect();
    reader.by_key("InvMaster", "StockCode", &["Mass", "KitType"], &codes).await
}

fn key_of(row: &Row, column: &str) -> Option<String> {
    row.get(column).filter(|it| !it.is_empty()).map(canonical)
}

fn grouped(rows: Vec<Row>, column: &str) -> HashMap<String, Vec<Row>> {
    let mut groups: HashMap<String, Vec<Row>> = HashMap::new();
    for row in rows {
        if let Some(key) = key_of(&row, column) {
            groups.entry(key).or_default().push(row);
        }
    }
    groups
}

fn address(row: &Row, place: &ShipToPlace) -> SysproAddress {
    let text = |name: &String| row.get(name).unwrap_or_default().to_owned();
    SysproAddress {
        name: place.name.iter().map(text).find(|it| !it.is_empty()).unwrap_or_default(),
        lines: place.lines.each_ref().map(text),
        postal_code: text(&place.postal_code),
        state: place.state.as_ref().map(text).unwrap_or_default(),
        nationality: place.nationality.as_ref().map(text).unwrap_or_default(),
    }
}

fn carried(site: &Site, source: Source, header: &Row) -> Option<String> {
    let field = site.write_back.rules.tracking_field.filter(|_| source == Source::DispatchNotes)?;
    header.get(field.column()).filter(|it| !it.is_empty()).map(str::to_owned)
}

/// A code the document cannot do without. Where it is missing the document is kept all the same, under a mark that no
/// real code has, and the problem holds it.
fn need<T: std::str::FromStr>(text: &str, what: &str, problems: &mut Vec<String>) -> Option<T> {
    text.parse().ok().or_else(|| {
        problems.push(format!("it has no {what}"));
        "?".parse().ok()
    })
}
