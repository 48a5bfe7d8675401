//! From SYSPRO's tables to documents: one reading in bulk, whatever it is for.
//!
//! ```text
//! keys ─► headers ─► lines ─► parent orders ─► kit parents ─► stock masses ─► customers ─► Document per key
//! ```
//!
//! A handful of calls serves any number of documents, so a call per order never happens. The tables are joined here by
//! canonical keys, because SYSPRO pads a number in one place and not in another. Nothing is decided here: a document that
//! cannot be understood comes out with its trouble in words, and becomes a hold elsewhere.

use std::collections::{BTreeSet, HashMap};

use rust_decimal::Decimal;
use shipment::document::{Document, Line, LineKind, ShipVia, Source, SysproAddress};
use shipment::number::{
    CustomerCode, DocumentNumber, ReleaseNumber, SalesOrderNumber, StockCode, WarehouseCode, canonical,
};
use syspro::{Filter, OData, ReadError, Row, Select};

use crate::config::{Sets, Site};

/// One document as read, and what in it could not be understood.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    pub(crate) document: Document,
    pub(crate) problem: Option<String>,
}

/// What a poll needs to know of every ready document: enough to see that it is new or changed.
#[derive(Debug, Clone)]
pub(crate) struct Header {
    pub(crate) number: DocumentNumber,
    pub(crate) ship_via: String,
    /// Ship-to, ship-via and required date as text; quantities are compared when the document is read in full.
    pub(crate) fingerprint: String,
}

/// The names of a source's header table.
struct Shape {
    key: &'static str,
    status: &'static str,
    columns: &'static [&'static str],
    /// Columns whose change makes a document worth reading again.
    watched: &'static [&'static str],
}

const DISPATCH: Shape = Shape {
    key: "DispatchNote",
    status: "DispatchNoteStatus",
    columns: &[
        "DispatchNote",
        "DispatchNoteStatus",
        "SalesOrder",
        "Customer",
        "CustomerName",
        "CustomerPoNumber",
        "DispatchName",
        "DispatchCustName",
        "DispatchAddress1",
        "DispatchAddress2",
        "DispatchAddress3",
        "DispatchAddress4",
        "DispatchAddress5",
        "DispatchPostalCode",
        "State",
        "Nationality",
        "MultiShipCode",
        "ShippingInstrs",
        "PlannedDeliverDate",
        "Email",
        "UserField1",
        "UserField2",
        "SourceWarehouse",
        "TargetWarehouse",
        "Invoice",
    ],
    watched: &[
        "SalesOrder",
        "DispatchName",
        "DispatchCustName",
        "DispatchAddress1",
        "DispatchAddress2",
        "DispatchAddress3",
        "DispatchAddress4",
        "DispatchAddress5",
        "DispatchPostalCode",
        "State",
        "Nationality",
        "ShippingInstrs",
        "PlannedDeliverDate",
    ],
};

const ORDER: Shape = Shape {
    key: "SalesOrder",
    status: "OrderStatus",
    columns: &[
        "SalesOrder",
        "OrderStatus",
        "DocumentType",
        "InterWhSale",
        "CounterSalesFlag",
        "CancelledFlag",
        "Customer",
        "CustomerName",
        "CustomerPoNumber",
        "ShipAddress1",
        "ShipAddress2",
        "ShipAddress3",
        "ShipAddress4",
        "ShipAddress5",
        "ShipPostalCode",
        "State",
        "Nationality",
        "MultiShipCode",
        "ShippingInstrs",
        "ShippingInstrsCod",
        "ReqShipDate",
        "Email",
        "Warehouse",
        "LastInvoice",
    ],
    watched: &[
        "CustomerName",
        "ShipAddress1",
        "ShipAddress2",
        "ShipAddress3",
        "ShipAddress4",
        "ShipAddress5",
        "ShipPostalCode",
        "State",
        "Nationality",
        "ShippingInstrs",
        "ShippingInstrsCod",
        "ReqShipDate",
        "LastInvoice",
    ],
};

fn shape(source: Source) -> &'static Shape {
    match source {
        Source::DispatchNotes => &DISPATCH,
        // Invoices and purchase orders are refused when a site is applied; see `config`.
        Source::SalesOrders | Source::Invoices | Source::PurchaseOrders => &ORDER,
    }
}

fn header_set(sets: &Sets, source: Source) -> &str {
    match source {
        Source::DispatchNotes => &sets.dispatch_note,
        Source::SalesOrders | Source::Invoices | Source::PurchaseOrders => &sets.sales_order,
    }
}

/// Reads key and fingerprint columns of the whole ready set, in key order.
///
/// # Errors
/// The client's.
pub(crate) async fn headers(
    odata: &OData,
    sets: &Sets,
    source: Source,
    ready: &[String],
) -> Result<Vec<Header>, syspro::Error> {
    let shape = shape(source);
    let mut columns: Vec<&str> = vec![shape.key];
    columns.extend(shape.watched.iter().filter(|it| **it != shape.key));
    let filter = Filter::is_in(shape.status, ready.iter().map(String::as_str));
    let select = Select::new(header_set(sets, source), filter, [shape.key]).columns(columns);
    let rows = odata.read(&select).await?;
    Ok(rows.iter().filter_map(|row| header(row, shape)).collect())
}

fn header(row: &Row, shape: &Shape) -> Option<Header> {
    let text = |name: &str| row.get(name).unwrap_or_default().to_owned();
    let number = row.raw(shape.key)?.parse().ok()?;
    let watched: Vec<_> = shape.watched.iter().map(|name| text(name)).collect();
    let ship_via = [text("ShippingInstrsCod"), text("ShippingInstrs")].join(" ").trim().to_owned();
    Some(Header { number, ship_via, fingerprint: watched.join("\u{1f}") })
}

/// Reads documents in full, by their keys. A key that is not found has no reading.
///
/// # Errors
/// The client's.
pub(crate) async fn documents(
    odata: &OData,
    site: &Site,
    source: Source,
    keys: &[DocumentNumber],
) -> Result<Vec<Reading>, syspro::Error> {
    let Some(settings) = &site.syspro.odata else { return Ok(Vec::new()) };
    let sets = &settings.sets;
    let shape = shape(source);
    let keys: &[&str] = &keys.iter().map(DocumentNumber::as_str).collect::<Vec<_>>();
    let headers = read_by(odata, header_set(sets, source), shape.columns, shape.key, keys, &[shape.key]).await?;
    let tables = match source {
        Source::DispatchNotes => of_dispatch_notes(odata, sets, &headers, keys).await?,
        Source::SalesOrders | Source::Invoices | Source::PurchaseOrders => {
            of_orders(odata, sets, &headers, keys).await?
        }
    };
    Ok(headers.iter().filter_map(|header| tables.reading(site, source, header)).collect())
}

/// Everything around the headers, by canonical key.
#[derive(Default)]
struct Tables {
    lines: HashMap<String, Vec<Row>>,
    orders: HashMap<String, Row>,
    kit_parents: BTreeSet<(String, u32)>,
    masses: HashMap<String, Row>,
    customers: HashMap<String, Row>,
}

async fn of_dispatch_notes(
    odata: &OData,
    sets: &Sets,
    headers: &[Row],
    keys: &[&str],
) -> Result<Tables, syspro::Error> {
    const LINES: &[&str] = &[
        "DispatchNote",
        "DispatchNoteLine",
        "SalesOrder",
        "SalesOrderLine",
        "LineType",
        "MStockCode",
        "MStockDes",
        "MStockQtyToShp",
        "MOrderUom",
        "NComment",
    ];
    const ORDERS: &[&str] = &[
        "SalesOrder",
        "DocumentType",
        "InterWhSale",
        "CounterSalesFlag",
        "CancelledFlag",
        "Warehouse",
        "ShippingInstrsCod",
    ];
    let lines =
        read_by(odata, &sets.dispatch_note_line, LINES, "DispatchNote", keys, &["DispatchNote", "DispatchNoteLine"])
            .await?;
    let order_keys = distinct(headers.iter().chain(&lines), "SalesOrder");
    let orders =
        read_by(odata, &sets.sales_order, ORDERS, "SalesOrder", &borrowed(&order_keys), &["SalesOrder"]).await?;
    let kits = Filter::is_in("SalesOrder", order_keys.iter().map(String::as_str)).and(Filter::eq("MBomFlag", "P"));
    let kits = Select::new(&sets.sales_order_line, kits, ["SalesOrder", "SalesOrderLine"]).columns([
        "SalesOrder",
        "SalesOrderLine",
        "MBomFlag",
    ]);
    let kits = if order_keys.is_empty() { Vec::new() } else { odata.read(&kits).await? };
    let stock_keys = distinct(&lines, "MStockCode");
    let masses =
        read_by(odata, &sets.stock, &["StockCode", "Mass"], "StockCode", &borrowed(&stock_keys), &["StockCode"])
            .await?;
    Ok(Tables {
        customers: customers(odata, sets, headers).await?,
        kit_parents: kits
            .iter()
            .filter_map(|row| Some((key_of(row, "SalesOrder")?, row.whole("SalesOrderLine").ok()?)))
            .collect(),
        orders: by_key(orders, "SalesOrder"),
        masses: by_key(masses, "StockCode"),
        lines: grouped(lines, "DispatchNote"),
    })
}

async fn of_orders(odata: &OData, sets: &Sets, headers: &[Row], keys: &[&str]) -> Result<Tables, syspro::Error> {
    const LINES: &[&str] = &[
        "SalesOrder",
        "SalesOrderLine",
        "LineType",
        "MStockCode",
        "MStockDes",
        "MStockQtyToShp",
        "MStockingUom",
        "MStockUnitMass",
        "MWarehouse",
        "MBomFlag",
        "NComment",
    ];
    let lines =
        read_by(odata, &sets.sales_order_line, LINES, "SalesOrder", keys, &["SalesOrder", "SalesOrderLine"]).await?;
    Ok(Tables {
        customers: customers(odata, sets, headers).await?,
        lines: grouped(lines, "SalesOrder"),
        ..Tables::default()
    })
}

async fn customers(odata: &OData, sets: &Sets, headers: &[Row]) -> Result<HashMap<String, Row>, syspro::Error> {
    let keys = distinct(headers, "Customer");
    let columns = &["Customer", "Telephone", "Email", "CustomerOnHold"];
    Ok(by_key(read_by(odata, &sets.customer, columns, "Customer", &borrowed(&keys), &["Customer"]).await?, "Customer"))
}

async fn read_by(
    odata: &OData,
    set: &str,
    columns: &[&str],
    key: &str,
    keys: &[&str],
    order_by: &[&str],
) -> Result<Vec<Row>, syspro::Error> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let filter = Filter::is_in(key, keys.iter().copied());
    odata.read(&Select::new(set, filter, order_by.iter().copied()).columns(columns.iter().copied())).await
}

fn key_of(row: &Row, column: &str) -> Option<String> {
    row.get(column).filter(|it| !it.is_empty()).map(canonical)
}

fn distinct<'a>(rows: impl IntoIterator<Item = &'a Row>, column: &str) -> Vec<String> {
    let found: BTreeSet<_> = rows
        .into_iter()
        .filter_map(|row| row.raw(column))
        .filter(|it| !it.trim().is_empty())
        .map(str::to_owned)
        .collect();
    found.into_iter().collect()
}

fn borrowed(keys: &[String]) -> Vec<&str> {
    keys.iter().map(String::as_str).collect()
}

fn by_key(rows: Vec<Row>, column: &str) -> HashMap<String, Row> {
    rows.into_iter().filter_map(|row| Some((key_of(&row, column)?, row))).collect()
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

impl Tables {
    fn reading(&self, site: &Site, source: Source, header: &Row) -> Option<Reading> {
        let shape = shape(source);
        let number: DocumentNumber = header.raw(shape.key)?.parse().ok()?;
        let mut problems = Vec::new();
        let lines = self.lines_of(&number, &mut problems);
        let text = |name: &str| header.get(name).unwrap_or_default().to_owned();
        let order = key_of(header, "SalesOrder").and_then(|key| self.orders.get(&key));
        let of_order = |name: &str| match source {
            Source::DispatchNotes => order.and_then(|row| row.get(name)).unwrap_or_default().to_owned(),
            Source::SalesOrders | Source::Invoices | Source::PurchaseOrders => text(name),
        };
        let customer_row = key_of(header, "Customer").and_then(|key| self.customers.get(&key));
        let of_customer = |name: &str| customer_row.and_then(|row| row.get(name)).filter(|it| !it.is_empty());
        let status = text(shape.status);
        let only = match site.ship_froms.as_slice() {
            [only] => only.warehouse.to_string(),
            _ => String::new(),
        };
        // A dispatch note without a parent order names no warehouse; with one ship-from there is no choice.
        let warehouse = [of_order("Warehouse"), text("SourceWarehouse"), only].into_iter().find(|it| !it.is_empty());
        let warehouse: WarehouseCode = need(&warehouse.unwrap_or_default(), "warehouse", &mut problems)?;
        let customer: CustomerCode = need(&text("Customer"), "customer", &mut problems)?;
        let document = Document {
            source,
            sales_orders: self.orders_of(header, &number),
            document_type: if source == Source::DispatchNotes && order.is_none() {
                "O".to_owned()
            } else {
                of_order("DocumentType")
            },
            inter_warehouse: of_order("InterWhSale") == "Y" || !text("TargetWarehouse").is_empty(),
            counter_sale: of_order("CounterSalesFlag") == "Y",
            cancelled: of_order("CancelledFlag") == "Y" || ["*", "\\", "/"].contains(&status.as_str()),
            customer,
            customer_name: text("CustomerName"),
            customer_on_hold: of_customer("CustomerOnHold") == Some("Y"),
            ship_to_code: Some(text("MultiShipCode")).filter(|it| !it.is_empty()),
            ship_to: ship_to(source, header),
            phone: of_customer("Telephone").filter(|_| site.phone_from_customer).map(str::to_owned),
            email: Some(text("Email")).filter(|it| !it.is_empty()).or_else(|| of_customer("Email").map(str::to_owned)),
            ship_via: ShipVia { code: of_order("ShippingInstrsCod"), text: text("ShippingInstrs") },
            customer_po: text("CustomerPoNumber"),
            required_date: required(header, source, &mut problems),
            warehouse,
            lines,
            carried_tracking: carried(site, source, header),
            status,
            release: ReleaseNumber(1),
            number,
        };
        let problem = (!problems.is_empty()).then(|| problems.join("; "));
        Some(Reading { document, problem })
    }

    fn orders_of(&self, header: &Row, number: &DocumentNumber) -> Vec<SalesOrderNumber> {
        let mut keys: Vec<&str> = header.raw("SalesOrder").into_iter().collect();
        keys.extend(
            self.lines.get(&number.canonical()).into_iter().flatten().filter_map(|line| line.raw("SalesOrder")),
        );
        let mut orders: Vec<SalesOrderNumber> = Vec::new();
        for key in keys {
            if let Ok(order) = key.parse::<SalesOrderNumber>()
                && !orders.iter().any(|it| it.canonical() == order.canonical())
            {
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
        let number = if row.get("DispatchNoteLine").is_some() {
            row.whole("DispatchNoteLine")?
        } else {
            row.whole("SalesOrderLine")?
        };
        let stock_code = row.get("MStockCode").and_then(|it| it.parse::<StockCode>().ok());
        let kind = match row.text("LineType")? {
            "1" if self.is_kit_parent(row) => LineKind::KitParent,
            "1" => LineKind::Merchandise,
            "4" => LineKind::Freight,
            "5" => LineKind::Miscellaneous,
            "6" => LineKind::Comment,
            "7" => LineKind::NonStocked,
            other => LineKind::Other(other.to_owned()),
        };
        let text = |name: &str| row.get(name).unwrap_or_default().to_owned();
        let description =
            [text("MStockDes"), text("NComment")].into_iter().find(|it| !it.is_empty()).unwrap_or_default();
        Ok(Line {
            number,
            kind,
            description,
            quantity_to_ship: row.optional_decimal("MStockQtyToShp")?.unwrap_or(Decimal::ZERO),
            unit_of_measure: [text("MStockingUom"), text("MOrderUom")]
                .into_iter()
                .find(|it| !it.is_empty())
                .unwrap_or_default(),
            unit_mass: self.mass(row, stock_code.as_ref())?,
            warehouse: row.get("MWarehouse").and_then(|it| it.parse().ok()),
            stock_code,
        })
    }

    fn is_kit_parent(&self, row: &Row) -> bool {
        if let Some(flag) = row.get("MBomFlag") {
            return flag == "P";
        }
        match (key_of(row, "SalesOrder"), row.whole("SalesOrderLine")) {
            (Some(order), Ok(line)) => self.kit_parents.contains(&(order, line)),
            _ => false,
        }
    }

    /// SYSPRO holds zero where nobody maintained the mass, so zero is not a mass.
    fn mass(&self, row: &Row, stock_code: Option<&StockCode>) -> Result<Option<Decimal>, ReadError> {
        let found = if row.get("MStockUnitMass").is_some() {
            row.optional_decimal("MStockUnitMass")?
        } else {
            match stock_code.and_then(|code| self.masses.get(&canonical(code.as_str()))) {
                Some(stock) => stock.optional_decimal("Mass")?,
                None => None,
            }
        };
        Ok(found.filter(|mass| *mass > Decimal::ZERO))
    }
}

fn ship_to(source: Source, header: &Row) -> SysproAddress {
    let text = |name: &str| header.get(name).unwrap_or_default().to_owned();
    let (prefix, postal_code, names): (_, _, &[&str]) = match source {
        Source::DispatchNotes => {
            ("DispatchAddress", "DispatchPostalCode", &["DispatchName", "DispatchCustName", "CustomerName"])
        }
        Source::SalesOrders | Source::Invoices | Source::PurchaseOrders => {
            ("ShipAddress", "ShipPostalCode", &["CustomerName"])
        }
    };
    SysproAddress {
        name: names.iter().map(|name| text(name)).find(|it| !it.is_empty()).unwrap_or_default(),
        lines: [1, 2, 3, 4, 5].map(|line| text(&format!("{prefix}{line}"))),
        postal_code: text(postal_code),
        state: text("State"),
        nationality: text("Nationality"),
    }
}

fn required(header: &Row, source: Source, problems: &mut Vec<String>) -> Option<jiff::civil::Date> {
    let column = match source {
        Source::DispatchNotes => "PlannedDeliverDate",
        Source::SalesOrders | Source::Invoices | Source::PurchaseOrders => "ReqShipDate",
    };
    header.date(column).unwrap_or_else(|error| {
        problems.push(error.to_string());
        None
    })
}

fn carried(site: &Site, source: Source, header: &Row) -> Option<String> {
    if source != Source::DispatchNotes {
        return None;
    }
    let field = site.write_back.rules.tracking_field?;
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
