//! Documents as the query objects show them: SORQRY, SORQDN and the lists SORQSO, SORQDL.
//!
//! Keys are taken with or without leading zeros and shown shortened for orders. Line kinds are
//! left out when their include flag says `N`. There is no phone and no tracking field, and
//! SORQRY calls the ship-to code `MultShipCode`.

use crate::world::World;
use crate::world::key::{edited, stored};
use crate::world::schema::ORDER_FORM;
use crate::world::table::View;

use super::enet::Failure;
use super::query::cell_text;
use super::xml::{Element, FieldError, GENERIC, Writer};

/// SORQRY's header: element and column.
const ORDER_HEADER: &[(&str, &str)] = &[
    ("DocumentType", "DocumentType"),
    ("Customer", "Customer"),
    ("CustomerName", "CustomerName"),
    ("OrderStatus", "OrderStatus"),
    ("CustomerPoNumber", "CustomerPoNumber"),
    ("OrderDate", "OrderDate"),
    ("ReqShipDate", "ReqShipDate"),
    ("ShippingInstrs", "ShippingInstrs"),
    ("ShippingInstrsCod", "ShippingInstrsCod"),
    ("SpecialInstrs", "SpecialInstrs"),
    ("DeliveryNote", "DeliveryNote"),
    ("LastDelNote", "LastDelNote"),
    ("LastInvoice", "LastInvoice"),
    ("DateLastInvPrt", "DateLastInvPrt"),
    ("Branch", "Branch"),
    ("Area", "Area"),
    ("Currency", "Currency"),
    ("ShipAddress1", "ShipAddress1"),
    ("ShipAddress2", "ShipAddress2"),
    ("ShipAddress3", "ShipAddress3"),
    ("ShipAddress3Locality", "ShipAddress3Loc"),
    ("ShipAddress4", "ShipAddress4"),
    ("ShipAddress5", "ShipAddress5"),
    ("ShipPostalCode", "ShipPostalCode"),
    ("Email", "Email"),
    ("Nationality", "Nationality"),
    ("DeliveryTerms", "DeliveryTerms"),
    ("ProcessFlag", "ProcessFlag"),
    ("AlternateKey", "AlternateKey"),
    ("MultShipCode", "MultiShipCode"),
    ("State", "State"),
    ("CountyZip", "CountyZip"),
    ("LastOperator", "LastOperator"),
    ("DispatchesMade", "DispatchesMade"),
    ("LiveDispExist", "LiveDispExist"),
    ("NumDispatches", "NumDispatches"),
];

const ORDER_GOODS: &[&str] = &[
    "SalesOrderLine",
    "MStockCode",
    "MStockDes",
    "MOrderQty",
    "MShipQty",
    "MBackOrderQty",
    "MOrderUom",
    "MStockQtyToShp",
    "MStockingUom",
    "MStockUnitMass",
    "MStockUnitVol",
    "MWarehouse",
    "MPrice",
    "MBomFlag",
];

const ORDER_CHARGE: &[&str] = &["SalesOrderLine", "NComment", "NCommentFromLin", "NMscChargeValue"];

/// SORQRY: one order with its lines.
pub(crate) fn order(world: &World, query: &Element) -> Result<String, Failure> {
    let asked = key_of(query, "SalesOrder")?;
    let mut xml = Writer::new("SorDetail");
    let Some(order) = world.tables.row("SorMaster", &[&stored(asked)]) else {
        return Ok(not_found(xml, "SalesOrder", asked, "Sales order"));
    };
    xml.field("SalesOrder", &edited(order.text("SalesOrder")));
    for (element, column) in ORDER_HEADER {
        cell(&mut xml, &order, element, column);
    }
    for line in world.tables.under("SorDetail", &[order.text("SalesOrder")]) {
        let (element, columns) = kind(line.text("LineType"), ORDER_GOODS, ORDER_CHARGE);
        if included(query, line.text("LineType")) {
            xml.open("SalesOrderLine");
            line_element(&mut xml, &line, element, columns);
            xml.close("SalesOrderLine");
        }
    }
    if option(query, "IncludeCustomForms") {
        custom_forms(&mut xml, world, order.text("SalesOrder"));
    }
    Ok(xml.finish())
}

/// The order's custom form: every field the administrator has made, with its value.
pub(crate) fn custom_forms(xml: &mut Writer, world: &World, order: &str) {
    let row = world.tables.row(ORDER_FORM, &[order, ""]);
    xml.open("CustomForms");
    for field in &world.forms {
        xml.open("CustomForm");
        xml.field("Name", &field.name);
        xml.field("Column", &field.column);
        let value = row.and_then(|row| {
            let at = row.table.position(&field.column)?;
            Some(cell_text(row.table, at, &row.cells[at]))
        });
        xml.field("Value", &value.unwrap_or_default());
        xml.close("CustomForm");
    }
    xml.close("CustomForms");
}

/// SORQDN's header columns; elements bear the columns' names.
const NOTE_HEADER: &[&str] = &[
    "DispatchNote",
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
    "MultiShipCode",
    "ShippingInstrs",
    "SpecialInstrs",
    "DispatchComments1",
    "DispatchComments2",
    "DispatchComments3",
    "DispatchComments4",
    "UserField1",
    "UserField2",
    "Branch",
    "Area",
    "Salesperson",
    "OrderType",
    "Email",
    "PlannedDeliverDate",
    "ActualDeliveryDate",
    "Invoice",
    "InvoiceCreatedDate",
    "DispatchNoteStatus",
    "PrevStatus",
    "StatusWhenHeld",
    "Reason",
    "Nationality",
    "State",
    "CountyZip",
    "SourceWarehouse",
    "TargetWarehouse",
    "LastOperator",
];

const NOTE_GOODS: &[&str] = &[
    "DispatchNoteLine",
    "SalesOrder",
    "SalesOrderLine",
    "MStockCode",
    "MStockDes",
    "MOrderQty",
    "MStockQtyToShp",
    "MOrderUom",
    "MCustRequestDat",
];

const NOTE_OTHER: &[&str] = &["DispatchNoteLine", "SalesOrder", "SalesOrderLine", "NComment"];

/// SORQDN: one dispatch note with its lines.
pub(crate) fn dispatch_note(world: &World, query: &Element) -> Result<String, Failure> {
    let asked = key_of(query, "DispatchNote")?;
    let mut xml = Writer::new("DispatchNoteDetail");
    let Some(note) = world.tables.row("MdnMaster", &[&stored(asked)]) else {
        return Ok(not_found(xml, "DispatchNote", asked, "Dispatch note"));
    };
    for column in NOTE_HEADER {
        cell(&mut xml, &note, column, column);
    }
    for line in world.tables.under("MdnDetail", &[note.text("DispatchNote")]) {
        let (element, columns) = kind(line.text("LineType"), NOTE_GOODS, NOTE_OTHER);
        if included(query, line.text("LineType")) {
            xml.open("DispatchNoteLine");
            line_element(&mut xml, &line, element, columns);
            xml.close("DispatchNoteLine");
        }
    }
    Ok(xml.finish())
}

/// SORQSO: orders of the statuses asked for.
pub(crate) fn orders(world: &World, query: &Element) -> Result<String, Failure> {
    let columns = [
        ("SalesOrder", "SalesOrder"),
        ("Customer", "Customer"),
        ("CustomerName", "CustomerName"),
        ("OrderStatus", "OrderStatus"),
        ("Branch", "Branch"),
        ("DocumentType", "DocumentType"),
        ("CustomerPoNumber", "CustomerPoNumber"),
        ("ShipViaCode", "ShippingInstrsCod"),
        ("ShippingInstrs", "ShippingInstrs"),
        ("OrderDate", "OrderDate"),
        ("ReqShipDate", "ReqShipDate"),
    ];
    let wanted = filter(query, "OrderStatus");
    let mut xml = Writer::new("SorQuery");
    for order in world.tables.under("SorMaster", &[]) {
        let completed = order.text("OrderStatus") == "9" && !option(query, "IncludeCompletedOrders");
        let cancelled = "*\\/".contains(order.text("OrderStatus")) && !option(query, "IncludeCancelledOrders");
        if !wanted.accepts(order.text("OrderStatus")) || completed || cancelled {
            continue;
        }
        xml.open("SalesOrderItem");
        for (element, column) in columns {
            cell(&mut xml, &order, element, column);
        }
        xml.close("SalesOrderItem");
    }
    Ok(xml.finish())
}

/// The status flags of SORQDL and the codes they stand for.
const NOTE_FLAGS: [(&str, &str); 8] = [
    ("IncludeDispatchReadyToPrint", "3"),
    ("IncludeDispatchPrinted", "5"),
    ("IncludeDispatchReadyToInvoice", "7"),
    ("IncludeDispatchConsolidated", "8"),
    ("IncludeDispatchCompleted", "9"),
    ("IncludeDispatchOnHold", "H"),
    ("IncludeDispatchInSuspense", "S"),
    ("IncludeDispatchCancelled", "*"),
];

/// SORQDL: dispatch notes of the statuses asked for.
pub(crate) fn dispatch_notes(world: &World, query: &Element) -> Result<String, Failure> {
    let wanted = filter(query, "Dispatch");
    let mut xml = Writer::new("DispatchNoteList");
    for note in world.tables.under("MdnMaster", &[]) {
        let status = note.text("DispatchNoteStatus");
        let asked = NOTE_FLAGS.iter().any(|(flag, code)| *code == status && option(query, flag));
        if !asked || !wanted.accepts(note.text("DispatchNote")) {
            continue;
        }
        xml.open("DispatchNoteItem");
        for column in ["DispatchNote", "SalesOrder", "Customer", "CustomerName", "CustomerPoNumber"] {
            cell(&mut xml, &note, column, column);
        }
        for column in ["ShippingInstrs", "PlannedDeliverDate", "DispatchNoteStatus", "UserField1", "UserField2"] {
            cell(&mut xml, &note, column, column);
        }
        xml.close("DispatchNoteItem");
    }
    Ok(xml.finish())
}

/// A filter by type: all, one, a list or a range.
enum Filter {
    All,
    Among(Vec<String>),
    Between(String, String),
}

impl Filter {
    fn accepts(&self, value: &str) -> bool {
        let value = value.trim();
        match self {
            Self::All => true,
            Self::Among(list) => list.iter().any(|it| it == value || stored(it) == value),
            Self::Between(from, to) => (stored(from).as_str()..=stored(to).as_str()).contains(&value),
        }
    }
}

fn filter(query: &Element, name: &str) -> Filter {
    let block = query.child("Filter").and_then(|it| it.child(name));
    let value = block.and_then(|it| it.attribute("FilterValue")).unwrap_or_default();
    let parts: Vec<String> = value.split(',').map(|it| it.trim().to_owned()).collect();
    match (block.and_then(|it| it.attribute("FilterType")), parts.as_slice()) {
        (Some("S"), _) => Filter::Among(vec![value.trim().to_owned()]),
        (Some("L"), _) => Filter::Among(parts),
        (Some("R"), [from, to]) => Filter::Between(from.clone(), to.clone()),
        _ => Filter::All,
    }
}

fn key_of<'a>(query: &'a Element, name: &str) -> Result<&'a str, Failure> {
    query
        .child("Key")
        .and_then(|it| it.value(name))
        .filter(|it| !it.is_empty())
        .ok_or_else(|| Failure::exception(format!("the query has no Key/{name}")))
}

fn not_found(mut xml: Writer, element: &str, asked: &str, what: &str) -> String {
    xml.error(&FieldError::new(element, asked, GENERIC, format!("{what} '{asked}' not found")));
    xml.finish()
}

fn option(query: &Element, name: &str) -> bool {
    query.child("Option").is_some_and(|it| it.yes(name))
}

/// Whether lines of this type were asked for; a flag that is absent means yes.
fn included(query: &Element, line_type: &str) -> bool {
    let flag = match line_type {
        "4" => "IncludeFreightLines",
        "5" => "IncludeMiscLines",
        "6" => "IncludeCommentLines",
        "7" => "IncludeNonStockedLines",
        _ => "IncludeStockedLines",
    };
    let said = query.child("Option").and_then(|it| it.value(flag));
    said.is_none_or(|it| !it.eq_ignore_ascii_case("n"))
}

fn kind<'a>(line_type: &str, goods: &'a [&'a str], other: &'a [&'a str]) -> (&'static str, &'a [&'a str]) {
    match line_type {
        "4" => ("Freight", other),
        "5" => ("MiscCharge", other),
        "6" => ("CommentLine", other),
        _ => ("Merchandise", goods),
    }
}

fn line_element(xml: &mut Writer, line: &View<'_>, element: &str, columns: &[&str]) {
    xml.open(element);
    for column in columns {
        cell(xml, line, column, column);
    }
    xml.field("LineType", line.text("LineType"));
    xml.close(element);
}

/// Writes a cell; line numbers are zero-padded counters here, empty dates are zeros.
fn cell(xml: &mut Writer, row: &View<'_>, element: &str, column: &str) {
    let Some(at) = row.table.position(column) else { return };
    let text = match &row.cells[at] {
        crate::world::table::Value::Date(None) => "0000-00-00".to_owned(),
        _ if column.ends_with("Line") => format!("{:0>4}", row.number(column).normalize().to_string()),
        value => cell_text(row.table, at, value),
    };
    xml.field(element, &text);
}
