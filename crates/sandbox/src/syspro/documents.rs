//! One document with its lines: SORQRY for orders, SORQDN for dispatch notes.
//!
//! Keys are taken with or without leading zeros; orders are shown shortened, notes as stored. Line
//! kinds are left out when their include flag says `N`. There is no phone and no tracking field,
//! and SORQRY calls the ship-to code `MultShipCode`.

use crate::world::key::{edited, stored};
use crate::world::table::{Value, View};

use super::enet::Failure;
use super::query::{cell, cell_text, key_of, not_found, option};
use super::xml::{Element, Writer};
use super::{Office, form};

/// SORQRY's header: element and column.
const ORDER_HEADER: &[(&str, &str)] = &[
    ("DocumentType", "DocumentType"),
    ("InterWhSale", "InterWhSale"),
    ("CounterSalesFlag", "CounterSalesFlag"),
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
    "MUnitCost",
    "MBomFlag",
    "MTariffCode",
];

const ORDER_CHARGE: &[&str] = &["SalesOrderLine", "NComment", "NCommentFromLin", "NMscChargeValue"];

/// SORQRY: one order with its lines.
pub(crate) fn order(office: &Office, query: &Element) -> Result<String, Failure> {
    let tables = &office.world.tables;
    let asked = key_of(query, "SalesOrder")?;
    let mut xml = Writer::prefixed("SorDetail", &["SALSLS", "SALBRN", "SALARE", "TBLCUR"], &office.manners);
    let Some(order) = tables.row("SorMaster", &[&stored(asked)]) else {
        return Ok(not_found(xml, "SalesOrder", asked, "Sales order"));
    };
    xml.field("SalesOrder", &edited(order.text("SalesOrder")));
    for (element, column) in ORDER_HEADER {
        header_cell(&mut xml, &order, element, column);
    }
    xml.field("DocumentTypeDesc", document_type(order.text("DocumentType")));
    xml.field("OrderStatusDesc", order_status(order.text("OrderStatus")));
    xml.field("SALSLS:Name", "Inside sales");
    xml.field("SALBRN:Description", "Main branch");
    xml.field("SALARE:Description", "");
    xml.field("TBLCUR:Description", "US dollar");
    if let Some(customer) = tables.row("ArCustomer", &[order.text("Customer")]) {
        for (element, column) in SOLD_TO {
            header_cell(&mut xml, &customer, element, column);
        }
    }
    let completed = query.child("Option").and_then(|it| it.value("IncludeCompletedLines")).is_none_or(|it| it != "N");
    for line in tables.under("SorDetail", &[order.text("SalesOrder")]) {
        let done = line.text("LineType") == "1"
            && order.text("OrderStatus") == "9"
            && line.number("MShipQty").is_zero()
            && line.number("MBackOrderQty").is_zero();
        let (element, columns) = kind(line.text("LineType"), ORDER_GOODS, ORDER_CHARGE);
        if included(query, line.text("LineType")) && (completed || !done) {
            xml.open("SalesOrderLine");
            line_element(&mut xml, &line, element, columns);
            xml.close("SalesOrderLine");
        }
    }
    if option(query, "IncludeCustomForms") {
        form::written(&mut xml, office, form::ORDER, &[order.text("SalesOrder"), ""]);
    }
    Ok(xml.finish())
}

/// The customer's fields in an order's answer.
const SOLD_TO: &[(&str, &str)] = &[
    ("SoldToName", "Name"),
    ("SoldAddr1", "SoldToAddr1"),
    ("SoldAddr2", "SoldToAddr2"),
    ("SoldAddr3", "SoldToAddr3"),
    ("SoldAddr4", "SoldToAddr4"),
    ("SoldAddr5", "SoldToAddr5"),
    ("SoldPostalCode", "SoldPostalCode"),
];

pub(crate) fn document_type(code: &str) -> &'static str {
    match code {
        "O" => "Order",
        "C" => "Credit note",
        "D" => "Debit note",
        "B" => "Billing",
        "F" => "Forward order",
        "S" => "Scheduled order",
        _ => "",
    }
}

fn order_status(code: &str) -> &'static str {
    match code {
        "0" => "In process",
        "1" => "Open order",
        "2" => "Open back order",
        "3" => "Released back order",
        "4" => "In warehouse",
        "8" => "Ready to invoice",
        "9" => "Complete",
        "F" => "Forward order",
        "S" => "In suspense",
        "*" => "Cancelled during entry",
        "\\" | "/" => "Cancelled",
        _ => "",
    }
}

/// SORQDN's header columns; elements bear the columns' names.
pub(crate) const NOTE_HEADER: &[&str] = &[
    "DispatchNote",
    "NextDetailLine",
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

/// That charges tell their value here as they do in SORQRY is *assumed*.
const NOTE_OTHER: &[&str] = &["DispatchNoteLine", "SalesOrder", "SalesOrderLine", "NComment", "NMscChargeValue"];

/// SORQDN: one dispatch note with its lines.
pub(crate) fn dispatch_note(office: &Office, query: &Element) -> Result<String, Failure> {
    let tables = &office.world.tables;
    let asked = key_of(query, "DispatchNote")?;
    let mut xml = Writer::new("DispatchNoteDetail", &office.manners);
    let Some(note) = tables.row("MdnMaster", &[&stored(asked)]) else {
        return Ok(not_found(xml, "DispatchNote", asked, "Dispatch note"));
    };
    for column in NOTE_HEADER {
        header_cell(&mut xml, &note, column, column);
    }
    for line in tables.under("MdnDetail", &[note.text("DispatchNote")]) {
        let (element, columns) = kind(line.text("LineType"), NOTE_GOODS, NOTE_OTHER);
        if included(query, line.text("LineType")) {
            xml.open("DispatchNoteLine");
            line_element(&mut xml, &line, element, columns);
            xml.close("DispatchNoteLine");
        }
    }
    if option(query, "IncludeCustomForms") {
        form::written(&mut xml, office, &office.manners.dispatch_form_type, &[note.text("DispatchNote")]);
    }
    Ok(xml.finish())
}

/// Whether lines of this type were asked for; a flag that is absent means yes.
pub(crate) fn included(query: &Element, line_type: &str) -> bool {
    let flag = match line_type {
        "4" => "IncludeFreightLines",
        // SORQRY says `Misc`, SORQDN and PORQRY `Miscellaneous`.
        "5" if query.child("Option").is_some_and(|it| it.child("IncludeMiscellaneousLines").is_some()) => {
            "IncludeMiscellaneousLines"
        }
        "5" => "IncludeMiscLines",
        "6" => "IncludeCommentLines",
        "7" => "IncludeNonStockedLines",
        _ => "IncludeStockedLines",
    };
    let said = query.child("Option").and_then(|it| it.value(flag));
    said.is_none_or(|it| !it.eq_ignore_ascii_case("n"))
}

pub(crate) fn kind<'a>(line_type: &str, goods: &'a [&'a str], other: &'a [&'a str]) -> (&'static str, &'a [&'a str]) {
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
        if column.ends_with("Line") {
            xml.field(column, &format!("{:0>4}", line.number(column).normalize().to_string()));
        } else {
            cell(xml, line, column, column);
        }
    }
    xml.field("LineType", line.text("LineType"));
    xml.close(element);
}

/// Writes a cell of a header: orders edited, empty dates as zeros.
pub(crate) fn header_cell(xml: &mut Writer, row: &View<'_>, element: &str, column: &str) {
    let Some(at) = row.table.position(column) else { return };
    let text = match &row.cells[at] {
        Value::Date(None) => "0000-00-00".to_owned(),
        Value::Text(key) if column == "SalesOrder" => edited(key),
        value => cell_text(row.table, at, value),
    };
    xml.field(element, &text);
}
