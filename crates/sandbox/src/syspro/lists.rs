//! Lists of documents: SORQSO for orders, SORQDL for dispatch notes, ARSQMA for ship-to addresses.
//!
//! ```text
//! SORQSO{Option{StartAtOrder, ReturnOrders, Include…}, Filter{OrderStatus …}} ─► SorQuery/SalesOrderItem
//! SORQDL{Option{IncludeDispatch…}, Filter{Dispatch …}} ─► DispatchNoteList/DispatchNoteItem
//! ```
//!
//! SORQSO is read page by page: `ReturnOrders` at most, from `StartAtOrder` on, that one included.

use crate::world::key::{edited, stored};
use crate::world::table::View;

use super::Office;
use super::documents::{NOTE_HEADER, header_cell};
use super::enet::Failure;
use super::query::{Filter, cells, option, option_text};
use super::xml::{Element, Writer};

/// SORQSO's elements and columns.
const ORDER_COLUMNS: [(&str, &str); 16] = [
    ("Customer", "Customer"),
    ("CustomerName", "CustomerName"),
    ("OrderStatus", "OrderStatus"),
    ("Branch", "Branch"),
    ("OrderType", "OrderType"),
    ("Area", "Area"),
    ("AlternateKey", "AlternateKey"),
    ("NextDetailLine", "NextDetailLine"),
    ("Salesperson", "Salesperson"),
    ("Currency", "Currency"),
    ("CustomerPoNumber", "CustomerPoNumber"),
    ("ShipViaCode", "ShippingInstrsCod"),
    ("ShippingInstrs", "ShippingInstrs"),
    ("SpecialInstrs", "SpecialInstrs"),
    ("OrderDate", "OrderDate"),
    ("ReqShipDate", "ReqShipDate"),
];

/// SORQSO's filters and the columns they test.
const ORDER_FILTERS: [(&str, &str); 11] = [
    ("Salesperson", "Salesperson"),
    ("Branch", "Branch"),
    ("Customer", "Customer"),
    ("OrderType", "OrderType"),
    ("CustomerPo", "CustomerPoNumber"),
    ("SalesOrder", "SalesOrder"),
    ("OrderDate", "OrderDate"),
    ("OrderStatus", "OrderStatus"),
    ("AlternateKey", "AlternateKey"),
    ("GeographicArea", "Area"),
    ("RequestedShipDate", "ReqShipDate"),
];

/// SORQSO: orders that pass the options and filters.
pub(crate) fn orders(office: &Office, query: &Element) -> Result<String, Failure> {
    let filters = filters(query, &ORDER_FILTERS);
    let start = option_text(query, "StartAtOrder").map(stored).unwrap_or_default();
    let most = option_text(query, "ReturnOrders").and_then(|it| it.parse().ok()).filter(|it| *it > 0);
    let mut xml = Writer::new("SorQuery", &office.manners);
    let chosen = office
        .world
        .tables
        .under("SorMaster", &[])
        .filter(|it| it.text("SalesOrder") >= start.as_str())
        .filter(|it| wanted(query, it.text("OrderStatus")) && passes(it, &filters));
    for order in chosen.take(most.unwrap_or(usize::MAX)) {
        xml.open("SalesOrderItem");
        xml.field("SalesOrder", &edited(order.text("SalesOrder")));
        for (element, column) in ORDER_COLUMNS {
            header_cell(&mut xml, &order, element, column);
        }
        xml.field("DocumentType", type_of_order(&order));
        xml.close("SalesOrderItem");
    }
    Ok(xml.finish())
}

fn wanted(query: &Element, status: &str) -> bool {
    let flag = match status {
        "9" => "IncludeCompletedOrders",
        "*" | "\\" | "/" => "IncludeCancelledOrders",
        "F" => "IncludeForwardOrders",
        _ => return true,
    };
    option(query, flag)
}

/// The list shows a word of three letters where the table has a code of one.
fn type_of_order(order: &View<'_>) -> &'static str {
    match order.text("DocumentType") {
        "O" if order.text("InterWhSale") == "Y" => "SCT",
        "O" => "ORD",
        "C" => "CRN",
        "D" => "DBN",
        "B" => "BIL",
        "F" => "FWD",
        "S" => "SCH",
        _ => "",
    }
}

/// The status flags of SORQDL and the codes they stand for.
const NOTE_FLAGS: [(&str, &[&str]); 9] = [
    ("IncludeDispatchInProgress", &["", "0"]),
    ("IncludeDispatchReadyToPrint", &["3"]),
    ("IncludeDispatchPrinted", &["5"]),
    ("IncludeDispatchReadyToInvoice", &["7"]),
    ("IncludeDispatchConsolidated", &["8"]),
    ("IncludeDispatchCompleted", &["9"]),
    ("IncludeDispatchOnHold", &["H"]),
    ("IncludeDispatchInSuspense", &["S"]),
    ("IncludeDispatchCancelled", &["*", "\\"]),
];

/// SORQDL's filters and the columns they test. Which date `DispatchDate` means is *assumed*.
const NOTE_FILTERS: [(&str, &str); 9] = [
    ("Dispatch", "DispatchNote"),
    ("SalesOrder", "SalesOrder"),
    ("Customer", "Customer"),
    ("Area", "Area"),
    ("Branch", "Branch"),
    ("DispatchDate", "PlannedDeliverDate"),
    ("OrderType", "OrderType"),
    ("UserDefined1", "UserField1"),
    ("UserDefined2", "UserField2"),
];

/// SORQDL: dispatch notes of the statuses asked for.
pub(crate) fn dispatch_notes(office: &Office, query: &Element) -> Result<String, Failure> {
    let filters = filters(query, &NOTE_FILTERS);
    let transfers = option_text(query, "SupplyChainTransfer").unwrap_or("I").to_ascii_uppercase();
    let mut xml = Writer::new("DispatchNoteList", &office.manners);
    for note in office.world.tables.under("MdnMaster", &[]) {
        let status = note.text("DispatchNoteStatus").trim();
        let asked = NOTE_FLAGS.iter().any(|(flag, codes)| codes.contains(&status) && option(query, flag));
        let transfer = !note.text("TargetWarehouse").is_empty();
        let fits = match transfers.as_str() {
            "X" => !transfer,
            "O" => transfer,
            _ => true,
        };
        if asked && fits && passes(&note, &filters) {
            xml.open("DispatchNoteItem");
            NOTE_HEADER.iter().for_each(|column| header_cell(&mut xml, &note, column, column));
            xml.close("DispatchNoteItem");
        }
    }
    Ok(xml.finish())
}

/// ARSQMA: the ship-to addresses of customers. The element around an address is *assumed*.
pub(crate) fn ship_to_addresses(office: &Office, query: &Element) -> Result<String, Failure> {
    let wanted = Filter::of(query, "Customer");
    let tables = &office.world.tables;
    let mut xml = Writer::new("ARListofMultipleShipAddresses", &office.manners);
    xml.open("QueryOptions");
    xml.field("CustomerFilterType", if matches!(wanted, Filter::All) { "A" } else { "S" });
    xml.close("QueryOptions");
    for customer in tables.under("ArCustomer", &[]).filter(|it| wanted.accepts(it.text("Customer"))) {
        for address in tables.under("ArMultAddress", &[customer.text("Customer")]) {
            xml.open("MultipleShipAddress");
            xml.field("Customer", &edited(address.text("Customer")));
            xml.field("CustomerName", customer.text("Name"));
            cells(&mut xml, &address, ADDRESS_COLUMNS);
            xml.close("MultipleShipAddress");
        }
    }
    Ok(xml.finish())
}

const ADDRESS_COLUMNS: &[&str] = &[
    "AddrCode",
    "ShipToName",
    "ShipToAddr1",
    "ShipToAddr2",
    "ShipToAddr3",
    "ShipToAddr3Loc",
    "ShipToAddr4",
    "ShipToAddr5",
    "ShipPostalCode",
    "ShipToGpsLat",
    "ShipToGpsLong",
    "State",
    "CountyZip",
    "City",
    "Nationality",
    "Area",
    "RouteCode",
];

type Filters = Vec<(&'static str, Filter)>;

fn filters(query: &Element, known: &[(&str, &'static str)]) -> Filters {
    known.iter().map(|(name, column)| (*column, Filter::of(query, name))).collect()
}

fn passes(row: &View<'_>, filters: &Filters) -> bool {
    filters
        .iter()
        .all(|(column, filter)| row.get(column).is_none_or(|value| filter.accepts(&super::post::plain(value))))
}
