//! Posts that add lines: SORTDA to a dispatch note, SORTOI to an order.
//!
//! Only freight and comment lines, which is all a shipping program adds. Each post adds again:
//! a repeated one doubles the line. A clean SORTOI import answers with counts alone, without the
//! order's number; that is how live servers behave.

use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::ledger::SysproWrite;
use crate::serve::House;
use crate::world::World;
use crate::world::key::{edited, stored};
use crate::world::table::Fields;

use super::Office;
use super::dispatch::open_note;
use super::enet::{Failure, Job};
use super::post::read;
use super::xml::{Element, FieldError, GENERIC, Writer};

/// A line to be added.
enum NewLine {
    Comment(String),
    Freight { value: Decimal, cost: Decimal },
}

impl NewLine {
    /// Reads `CommentLine` and `FreightLine` children; others are ignored.
    fn all(of: &Element) -> Result<Vec<Self>, FieldError> {
        of.children.iter().filter_map(Self::read).collect()
    }

    fn read(line: &Element) -> Option<Result<Self, FieldError>> {
        match line.name.as_str() {
            "CommentLine" => {
                let text = line.value("Comment").unwrap_or_default();
                Some(if text.chars().count() > 100 {
                    Err(FieldError::new("Comment", text, GENERIC, "Comment may not be longer than 100 characters"))
                } else {
                    Ok(Self::Comment(text.to_owned()))
                })
            }
            "FreightLine" => {
                let amount = |name: &str| number(name, line.value(name).unwrap_or("0"));
                Some(
                    amount("FreightValue")
                        .and_then(|value| amount("FreightCost").map(|cost| Self::Freight { value, cost })),
                )
            }
            _ => None,
        }
    }

    fn line_type(&self) -> &'static str {
        match self {
            Self::Comment(_) => "6",
            Self::Freight { .. } => "4",
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Comment(text) => text,
            Self::Freight { .. } => "Freight",
        }
    }
}

fn number(field: &str, text: &str) -> Result<Decimal, FieldError> {
    text.parse().map_err(|_| FieldError::new(field, text, GENERIC, format!("'{text}' is not numeric")))
}

/// SORTDA: lines for dispatch notes.
pub(crate) fn to_dispatch_notes(office: &mut Office, job: &Job, house: &House) -> Result<String, Failure> {
    let (orders, document) = read(job, "PostDispatchNoteLines")?;
    let mut xml = Writer::new("postdispatchnotelines");
    let (mut processed, mut invalid) = (0, 0);
    for block in document.all("DispatchNoteLine") {
        let number = block.value("DispatchNoteNumber").unwrap_or_default();
        let checked = open_note(&office.world, number).and_then(|note| Ok((note, NewLine::all(block)?)));
        xml.open("DispatchNote");
        match checked {
            Err(error) => {
                invalid += 1;
                xml.error(&error);
            }
            Ok((note, lines)) => {
                processed += 1;
                for line in lines.iter().filter(|_| !orders.validate_only) {
                    let number = add_to_note(&mut office.world, &note, line);
                    enter(house, "SORTDA", &note, number, line);
                    echo(&mut xml, &note, number, line);
                }
            }
        }
        xml.close("DispatchNote");
    }
    status(&mut xml, "StatusofItems", processed, invalid);
    Ok(xml.finish())
}

fn add_to_note(world: &mut World, note: &str, line: &NewLine) -> u32 {
    let number = world.next_line("MdnMaster", note);
    let order = world.tables.row("MdnMaster", &[note]).map(|it| it.text("SalesOrder").to_owned());
    let fields = Fields::new()
        .text("DispatchNote", note)
        .number("DispatchNoteLine", number)
        .text("SalesOrder", order.unwrap_or_default())
        .text("LineType", line.line_type())
        .text("NComment", line.text());
    world.tables.put("MdnDetail", fields);
    number
}

fn echo(xml: &mut Writer, note: &str, number: u32, line: &NewLine) {
    xml.open("Key");
    xml.field("DispatchNoteNumber", note);
    xml.field("DispatchLine", &format!("{number:04}"));
    xml.close("Key");
    xml.field("DispatchLineType", line.line_type());
}

/// SORTOI: changes of existing orders that add lines.
pub(crate) fn to_orders(office: &mut Office, job: &Job, house: &House) -> Result<String, Failure> {
    let (_, document) = read(job, "SalesOrders")?;
    let validate = job.parameters.to_ascii_uppercase().contains("<PROCESS>VALIDATE");
    let mut xml = Writer::new("SalesOrders");
    let (mut processed, mut invalid) = (0, 0);
    for block in document.all("Orders") {
        match change_of(&office.world, block) {
            Err(error) => {
                invalid += 1;
                xml.open("Order");
                xml.field("SalesOrder", "");
                xml.error(&error);
                xml.close("Order");
            }
            Ok((order, lines)) => {
                processed += 1;
                for line in lines.iter().filter(|_| !validate) {
                    let number = add_to_order(&mut office.world, &order, line);
                    enter(house, "SORTOI", &order, number, line);
                }
                if office.manners.import_tells_order {
                    xml.open("Order");
                    xml.field("SalesOrder", &edited(&order));
                    xml.field("OrderActionType", "C");
                    xml.close("Order");
                }
            }
        }
    }
    status(&mut xml, "StatusOfItems", processed, invalid);
    Ok(xml.finish())
}

/// The order to change and the lines to add.
fn change_of(world: &World, block: &Element) -> Result<(String, Vec<NewLine>), FieldError> {
    let nothing = Element::default();
    let header = block.child("OrderHeader").unwrap_or(&nothing);
    let action = header.value("OrderActionType").unwrap_or_default();
    if action != "C" {
        return Err(FieldError::new("OrderActionType", action, GENERIC, "Only changes are supported"));
    }
    let asked = header.value("SalesOrder").unwrap_or_default();
    let order = stored(asked);
    let status = world.tables.row("SorMaster", &[&order]).map(|it| it.text("OrderStatus").to_owned());
    match status.as_deref() {
        None => Err(FieldError::new("SalesOrder", asked, GENERIC, format!("Sales order '{asked}' not found"))),
        Some("9" | "*" | "\\" | "/") => {
            Err(FieldError::new("SalesOrder", asked, GENERIC, "Sales order is complete or cancelled"))
        }
        Some(_) => Ok((order, NewLine::all(block.child("OrderDetails").unwrap_or(&nothing))?)),
    }
}

fn add_to_order(world: &mut World, order: &str, line: &NewLine) -> u32 {
    let number = world.next_line("SorMaster", order);
    let fields = Fields::new()
        .text("SalesOrder", order)
        .number("SalesOrderLine", number)
        .number("SalesOrderInitLine", number)
        .text("LineType", line.line_type())
        .text("NComment", line.text());
    let fields = match line {
        NewLine::Comment(_) => fields,
        NewLine::Freight { value, cost } => fields.number("NMscChargeValue", *value).number("NMscChargeCost", *cost),
    };
    world.tables.put("SorDetail", fields);
    number
}

fn status(xml: &mut Writer, name: &str, processed: usize, invalid: usize) {
    xml.open(name);
    xml.field("ItemsProcessed", &format!("{processed:05}"));
    xml.field("ItemsInvalid", &format!("{invalid:05}"));
    xml.close(name);
}

fn enter(house: &House, object: &str, key: &str, number: u32, line: &NewLine) {
    let at: Timestamp = house.clock.now();
    let after = match line {
        NewLine::Comment(text) => text.clone(),
        NewLine::Freight { value, cost } => format!("freight {value} cost {cost}"),
    };
    let entry = SysproWrite {
        at,
        business_object: object.to_owned(),
        key: key.to_owned(),
        field: format!("line {number}"),
        before: String::new(),
        after,
    };
    house.book.enter(|ledger| ledger.writes.push(entry));
}
