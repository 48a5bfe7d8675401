//! SORTOI: sales order import, which also maintains orders.
//!
//! ```text
//! Orders{OrderHeader{OrderActionType A|C|D, …}, OrderDetails{StockLine, CommentLine, FreightLine …}}
//!     A ─► a new order      C ─► header fields that are given, lines by LineActionType A|C|D
//!     D ─► cancelled        a line is named by CustomerPoLine, which is its number
//! ```
//!
//! A clean import answers with counts alone, without the order's number; that is how live servers
//! behave. `ApplyIfEntireDocumentValid` is not one of its parameters and ignored. A changed order
//! is named by `SalesOrder`, or else by customer and purchase order number; which of them a real
//! server insists on is *assumed*.

use rust_decimal::Decimal;

use crate::ledger::SysproWrite;
use crate::serve::House;
use crate::world::key::{edited, stored};
use crate::world::table::{Fields, Value, key_number};
use crate::world::{DispatchNoteSpec, World, local_date};

use super::enet::{Failure, Job};
use super::lines::{NewLine, enter};
use super::post::{Change, Orders, Tally, apply, read, unlocked};
use super::setup::parsed;
use super::xml::{Element, FieldError, GENERIC, MAY_NOT_BE_SPACES, WAREHOUSE_DENIED, Writer};
use super::{Manners, Office};

/// Elements of the header that change a column, and the column.
const HEADER: &[(&str, &str)] = &[
    ("NewCustomerPoNumber", "CustomerPoNumber"),
    ("ShippingInstrs", "ShippingInstrs"),
    ("ShippingInstrsCode", "ShippingInstrsCod"),
    ("CustomerName", "CustomerName"),
    ("ShipAddress1", "ShipAddress1"),
    ("ShipAddress2", "ShipAddress2"),
    ("ShipAddress3", "ShipAddress3"),
    ("ShipAddress3Locality", "ShipAddress3Loc"),
    ("ShipAddress4", "ShipAddress4"),
    ("ShipAddress5", "ShipAddress5"),
    ("ShipPostalCode", "ShipPostalCode"),
    ("ShipGpsLat", "ShipToGpsLat"),
    ("ShipGpsLong", "ShipToGpsLong"),
    ("Email", "Email"),
    ("SpecialInstrs", "SpecialInstrs"),
    ("MultiShipCode", "MultiShipCode"),
    ("RequestedShipDate", "ReqShipDate"),
    ("Nationality", "Nationality"),
    ("DeliveryTerms", "DeliveryTerms"),
    ("Area", "Area"),
    ("State", "State"),
    ("CountyZip", "CountyZip"),
];

/// What one `Orders` block wants.
enum Wish {
    Add { spec: Box<DispatchNoteSpec>, header: Cells, lines: Vec<LineWish> },
    Change { order: String, header: Cells, lines: Vec<LineWish> },
    Cancel { order: String },
}

type Cells = Vec<(String, String, Value)>;

/// What one line wants.
enum LineWish {
    Add(NewLine),
    Rewrite { number: u32, line: NewLine },
    Requantify { number: u32, quantity: Decimal },
    Delete { number: u32 },
}

/// Runs the import.
pub(crate) fn orders(office: &mut Office, job: &Job, house: &House) -> Result<String, Failure> {
    let (mut orders, document) = read(office, job, "SalesOrders")?;
    orders.all_or_nothing = false;
    let process = Element::parse(&job.parameters)
        .ok()
        .and_then(|it| it.child("Parameters")?.value("Process").map(str::to_ascii_uppercase));
    orders.validate_only |= process.as_deref() == Some("VALIDATE");
    let mut xml = Writer::new("SalesOrders", &office.manners);
    let mut tally = Tally::default();
    for block in document.all("Orders") {
        let wish = match orders.refusal() {
            Some(refusal) => Err(vec![refusal]),
            None => read_wish(&office.world, &office.manners, block),
        };
        tally.count(&wish, &orders);
        match wish {
            Err(errors) => {
                xml.open("Order");
                xml.field("SalesOrder", "");
                errors.iter().for_each(|it| it.written(&mut xml));
                xml.close("Order");
            }
            Ok(wish) => {
                let order = if orders.takes_effect() {
                    carry_out(office, wish, house)
                } else {
                    named(&wish).unwrap_or_default().to_owned()
                };
                told(&mut xml, office, &orders, block, &order);
            }
        }
    }
    tally.written(&mut xml, "StatusOfItems", 6);
    Ok(xml.finish())
}

fn told(xml: &mut Writer, office: &Office, orders: &Orders, block: &Element, order: &str) {
    if orders.told().is_none() && !office.manners.import_tells_order {
        return;
    }
    let header = block.child("OrderHeader").cloned().unwrap_or_default();
    xml.open("Order");
    xml.field("CustomerPoNumber", header.value("CustomerPoNumber").unwrap_or_default());
    xml.field("SalesOrder", &edited(order));
    xml.field("OrderActionType", header.value("OrderActionType").unwrap_or_default());
    orders.told().into_iter().for_each(|it| xml.warning(it));
    xml.close("Order");
}

fn named(wish: &Wish) -> Option<&str> {
    match wish {
        Wish::Add { .. } => None,
        Wish::Change { order, .. } | Wish::Cancel { order } => Some(order),
    }
}

fn read_wish(world: &World, manners: &Manners, block: &Element) -> Result<Wish, Vec<FieldError>> {
    let nothing = Element::default();
    let header = block.child("OrderHeader").unwrap_or(&nothing);
    let details = block.child("OrderDetails").unwrap_or(&nothing);
    let action = header.value("OrderActionType").unwrap_or_default();
    match action {
        "A" => new_order(world, manners, header, details),
        "C" => {
            let order = existing(world, manners, header).map_err(|it| vec![it])?;
            let header = cells(world, manners, header)?;
            let lines = details.children.iter().filter_map(|it| line(world, &order, it));
            Ok(Wish::Change { lines: lines.collect::<Result<_, _>>().map_err(|it| vec![it])?, header, order })
        }
        "D" => Ok(Wish::Cancel { order: existing(world, manners, header).map_err(|it| vec![it])? }),
        _ => Err(vec![FieldError::new("OrderActionType", action, GENERIC, "Order action type must be A, C or D")]),
    }
}

/// The order a header is about, if it takes changes.
fn existing(world: &World, manners: &Manners, header: &Element) -> Result<String, FieldError> {
    let value = |name: &str| header.value(name).unwrap_or_default();
    let (asked, customer, po) = (value("SalesOrder"), stored(value("Customer")), value("CustomerPoNumber"));
    let field = "SalesOrder";
    if manners.change_needs_customer && customer.is_empty() {
        return Err(FieldError::new("Customer", "", MAY_NOT_BE_SPACES, "Customer may not be spaces"));
    }
    let row = if asked.is_empty() {
        let same = |row: &crate::world::table::View<'_>| {
            !po.is_empty() && row.text("CustomerPoNumber") == po && row.text("Customer") == customer
        };
        world.tables.under("SorMaster", &[]).find(same)
    } else {
        world.tables.row("SorMaster", &[&stored(asked)])
    };
    let Some(row) = row.filter(|it| customer.is_empty() || it.text("Customer") == customer) else {
        return Err(FieldError::new(field, asked, GENERIC, format!("Sales order '{asked}' not found")));
    };
    let order = row.text("SalesOrder").to_owned();
    unlocked(world, manners, field, &order, asked)?;
    match row.text("OrderStatus") {
        "9" | "*" | "\\" | "/" => Err(FieldError::new(field, asked, GENERIC, "Sales order is complete or cancelled")),
        _ if manners.dispatched_orders_refuse && row.text("LiveDispExist") == "Y" => {
            Err(FieldError::new(field, asked, GENERIC, "Sales order has live dispatch notes"))
        }
        _ => Ok(order),
    }
}

fn cells(world: &World, manners: &Manners, header: &Element) -> Result<Cells, Vec<FieldError>> {
    let mut cells = Vec::new();
    let mut errors = Vec::new();
    for (element, column) in HEADER {
        let Some(text) = header.value(element).filter(|it| !it.is_empty() || manners.empty_clears) else { continue };
        match parsed(world, manners, "SorMaster", column, text) {
            Ok(value) => cells.push(((*column).to_owned(), (*column).to_owned(), value)),
            Err(error) => errors.push(FieldError { field: (*element).to_owned(), ..error }),
        }
    }
    if errors.is_empty() { Ok(cells) } else { Err(errors) }
}

/// What a line of a changed order wants; nothing for kinds that are ignored.
fn line(world: &World, order: &str, line: &Element) -> Option<Result<LineWish, FieldError>> {
    let goods = line.name == "StockLine";
    if !goods && !matches!(line.name.as_str(), "CommentLine" | "FreightLine") {
        return None;
    }
    let asked = line.value("CustomerPoLine").unwrap_or_default();
    let standing = || {
        let number = asked.parse::<u32>().ok();
        let there = number.filter(|it| world.tables.row("SorDetail", &[order, &key_number(*it)]).is_some());
        there
            .ok_or_else(|| FieldError::new("CustomerPoLine", asked, GENERIC, format!("Order line '{asked}' not found")))
    };
    let action = line.value("LineActionType").filter(|it| !it.is_empty()).unwrap_or("A");
    Some(match action {
        "A" if goods => Err(FieldError::new("LineActionType", action, GENERIC, "Stock lines cannot be added here")),
        "A" => NewLine::read(line)?.map(LineWish::Add),
        "C" if goods => standing().and_then(|number| {
            let text = line.value("OrderQty").unwrap_or_default();
            let quantity = text.parse::<Decimal>();
            let words = format!("'{text}' is not numeric");
            quantity
                .map(|quantity| LineWish::Requantify { number, quantity })
                .map_err(|_| FieldError::new("OrderQty", text, GENERIC, words))
        }),
        "C" => {
            let rewritten = NewLine::read(line)?;
            standing().and_then(|number| rewritten.map(|line| LineWish::Rewrite { number, line }))
        }
        "D" => standing().map(|number| LineWish::Delete { number }),
        _ => Err(FieldError::new("LineActionType", action, GENERIC, "Line action type must be A, C or D")),
    })
}

fn new_order(world: &World, manners: &Manners, header: &Element, details: &Element) -> Result<Wish, Vec<FieldError>> {
    let value = |name: &str| header.value(name).unwrap_or_default();
    let customer = stored(value("Customer"));
    if world.tables.row("ArCustomer", &[&customer]).is_none() {
        let asked = value("Customer");
        return Err(vec![FieldError::new("Customer", asked, GENERIC, format!("Customer '{asked}' not found"))]);
    }
    let warehouse = value("Warehouse");
    if manners.denied_warehouses.iter().any(|it| it == warehouse) {
        let words = format!("Access to warehouse '{warehouse}' denied");
        return Err(vec![FieldError::new("Warehouse", warehouse, WAREHOUSE_DENIED, words)]);
    }
    let mut spec = DispatchNoteSpec::next().customer(&customer).customer_po(value("CustomerPoNumber"));
    if !value("SalesOrder").is_empty() {
        spec = spec.of_order(value("SalesOrder"));
    }
    if !warehouse.is_empty() {
        spec = spec.warehouse(warehouse);
    }
    let mut lines = Vec::new();
    for element in &details.children {
        if element.name == "StockLine" {
            let code = element.value("StockCode").unwrap_or_default();
            if world.tables.row("InvMaster", &[code]).is_none() {
                let words = format!("Stock code '{code}' not found");
                return Err(vec![FieldError::new("StockCode", code, STOCK_NOT_FOUND, words)]);
            }
            let text = element.value("OrderQty").unwrap_or_default();
            let quantity = text.parse::<Decimal>().ok().and_then(|it| i64::try_from(it).ok());
            let Some(quantity) = quantity else {
                return Err(vec![FieldError::new("OrderQty", text, GENERIC, format!("'{text}' is not numeric"))]);
            };
            spec = spec.line(code, quantity);
        } else if let Some(line) = NewLine::read(element) {
            lines.push(LineWish::Add(line.map_err(|it| vec![it])?));
        }
    }
    Ok(Wish::Add { spec: Box::new(spec), header: cells(world, manners, header)?, lines })
}

/// A stock code that does not exist.
const STOCK_NOT_FOUND: u32 = 240_004;

/// Does what was wished; answers the order's number.
fn carry_out(office: &mut Office, wish: Wish, house: &House) -> String {
    let today = local_date(house.clock.now() + office.manners.clock_skew);
    let world = &mut office.world;
    match wish {
        Wish::Cancel { order } => {
            let before = world.tables.row("SorMaster", &[&order]).map(|it| it.text("OrderStatus").to_owned());
            world.set_order_status(&order, '\\');
            let entry = SysproWrite {
                at: house.clock.now(),
                business_object: "SORTOI".to_owned(),
                key: order.clone(),
                field: "OrderStatus".to_owned(),
                before: before.unwrap_or_default(),
                after: "\\".to_owned(),
            };
            house.book.enter(|ledger| ledger.writes.push(entry));
            order
        }
        Wish::Add { spec, header, lines } => {
            let order = world.place_order(&spec, today).sales_order;
            let entry = SysproWrite {
                at: house.clock.now(),
                business_object: "SORTOI".to_owned(),
                key: order.clone(),
                field: "SorMaster row".to_owned(),
                before: String::new(),
                after: "there".to_owned(),
            };
            house.book.enter(|ledger| ledger.writes.push(entry));
            change(world, &order, header, lines, house);
            order
        }
        Wish::Change { order, header, lines } => {
            change(world, &order, header, lines, house);
            order
        }
    }
}

fn change(world: &mut World, order: &str, header: Cells, lines: Vec<LineWish>, house: &House) {
    if !header.is_empty() {
        let change = Change {
            table: "SorMaster".to_owned(),
            key: vec![order.to_owned()],
            shown: order.to_owned(),
            cells: header,
            otherwise_new: None,
            delete: false,
        };
        apply(world, "SORTOI", &change, house);
    }
    for line in lines {
        change_line(world, order, line, house);
    }
}

fn change_line(world: &mut World, order: &str, wish: LineWish, house: &House) {
    match wish {
        LineWish::Add(line) => {
            let number = world.next_line("SorMaster", order);
            let fields = line
                .fields()
                .text("SalesOrder", order)
                .number("SalesOrderLine", number)
                .number("SalesOrderInitLine", number);
            world.tables.put("SorDetail", fields);
            enter(house, "SORTOI", order, number, String::new(), line.shown(), line.line_type());
        }
        LineWish::Rewrite { number, line } => {
            let (before, _) = shown(world, order, number);
            world.tables.alter("SorDetail", &[order, &key_number(number)], line.fields());
            enter(house, "SORTOI", order, number, before, line.shown(), line.line_type());
        }
        LineWish::Requantify { number, quantity } => {
            let key = key_number(number);
            let before = world.tables.row("SorDetail", &[order, &key]).map(|it| it.number("MOrderQty"));
            let fields = Fields::new().number("MOrderQty", quantity).number("MStockQtyToShp", quantity);
            world.tables.alter("SorDetail", &[order, &key], fields.number("MShipQty", quantity));
            let before = before.map(|it| it.normalize().to_string()).unwrap_or_default();
            enter(house, "SORTOI", order, number, before, quantity.normalize().to_string(), "1");
        }
        LineWish::Delete { number } => {
            let (before, kind) = shown(world, order, number);
            world.tables.remove("SorDetail", &[order, &key_number(number)]);
            enter(house, "SORTOI", order, number, before, String::new(), &kind);
        }
    }
}

/// A line as the ledger shows it, and its type.
fn shown(world: &World, order: &str, number: u32) -> (String, String) {
    let Some(row) = world.tables.row("SorDetail", &[order, &key_number(number)]) else { return Default::default() };
    let text = match row.text("LineType") {
        "4" => format!("freight {} cost {}", row.number("NMscChargeValue"), row.number("NMscChargeCost")),
        "6" => row.text("NComment").to_owned(),
        _ => row.text("MStockCode").to_owned(),
    };
    (text, row.text("LineType").to_owned())
}
