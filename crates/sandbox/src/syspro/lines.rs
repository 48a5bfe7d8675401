//! Lines of documents on their way in, and SORTDA, which adds them to dispatch notes.
//!
//! Only freight and comment lines, which is all a shipping program adds. Each post adds again: a
//! repeated one doubles the line. The ledger counts how many stand on each document.

use rust_decimal::Decimal;

use crate::ledger::SysproWrite;
use crate::serve::House;
use crate::world::World;
use crate::world::key::edited;
use crate::world::table::Fields;

use super::dispatch::open_note;
use super::enet::{Failure, Job};
use super::post::{Tally, read};
use super::xml::{Element, FieldError, GENERIC, Writer};
use super::{Manners, Office};

/// A line to be added.
#[derive(Debug, Clone)]
pub(crate) enum NewLine {
    Comment(String),
    Freight { value: Decimal, cost: Decimal },
}

impl NewLine {
    /// Reads a `CommentLine` or `FreightLine`; nothing for other lines, which are ignored.
    pub(crate) fn read(line: &Element) -> Option<Result<Self, FieldError>> {
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
                let amount = |name: &str| money(name, line.value(name).filter(|it| !it.is_empty()).unwrap_or("0"));
                Some(
                    amount("FreightValue")
                        .and_then(|value| amount("FreightCost").map(|cost| Self::Freight { value, cost })),
                )
            }
            _ => None,
        }
    }

    pub(crate) fn line_type(&self) -> &'static str {
        match self {
            Self::Comment(_) => "6",
            Self::Freight { .. } => "4",
        }
    }

    /// The columns of a line of this kind, on orders and on notes alike.
    pub(crate) fn fields(&self) -> Fields {
        let fields = Fields::new().text("LineType", self.line_type());
        match self {
            Self::Comment(text) => fields.text("NComment", text),
            Self::Freight { value, cost } => {
                fields.text("NComment", "Freight").number("NMscChargeValue", *value).number("NMscChargeCost", *cost)
            }
        }
    }

    /// As the ledger shows it.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Comment(text) => text.clone(),
            Self::Freight { value, cost } => format!("freight {value} cost {cost}"),
        }
    }
}

/// An amount of money with at most two decimals.
fn money(field: &str, text: &str) -> Result<Decimal, FieldError> {
    match text.parse::<Decimal>() {
        Ok(amount) if amount.normalize().scale() <= 2 => Ok(amount),
        _ => Err(FieldError::new(field, text, GENERIC, format!("'{text}' is not numeric"))),
    }
}

/// Enters a line that came or went, and how many stand now.
pub(crate) fn enter(house: &House, object: &str, key: &str, number: u32, before: String, after: String, kind: &str) {
    let standing = i32::from(!after.is_empty()) - i32::from(!before.is_empty());
    let entry = SysproWrite {
        at: house.clock.now(),
        business_object: object.to_owned(),
        key: key.to_owned(),
        field: format!("line {number}"),
        before,
        after,
    };
    house.book.enter(|ledger| {
        ledger.writes.push(entry);
        let lines = ledger.syspro_lines.entry(key.to_owned()).or_default();
        let count = match kind {
            "4" => &mut lines.freight,
            "6" => &mut lines.comment,
            _ => return,
        };
        *count = count.saturating_add_signed(standing);
    });
}

/// SORTDA: freight and comment lines for dispatch notes. The note's number stands before the line
/// or inside it.
pub(crate) fn to_dispatch_notes(office: &mut Office, job: &Job, house: &House) -> Result<String, Failure> {
    let (orders, document) = read(office, job, "PostDispatchNoteLines")?;
    let judged = |world: &World, manners: &Manners, block: &Element| match orders.refusal() {
        Some(refusal) => Err(vec![refusal]),
        None => check(world, manners, block).map_err(|it| vec![it]),
    };
    let blocks: Vec<&Element> = document.all("DispatchNoteLine").collect();
    let checks: Vec<_> = blocks.iter().map(|it| judged(&office.world, &office.manners, it)).collect();
    let held_back = orders.all_or_nothing && checks.iter().any(Result::is_err);
    let mut xml = Writer::low("PostDispatchNoteLines", &office.manners);
    let mut tally = Tally::default();
    for (block, checked) in blocks.iter().zip(checks) {
        tally.count(&checked, &orders);
        match checked {
            Err(errors) => {
                xml.open("DispatchNote");
                xml.field("DispatchNoteNumber", number_of(block));
                errors.iter().for_each(|it| it.written(&mut xml));
                xml.close("DispatchNote");
            }
            Ok((note, lines)) => {
                for line in lines {
                    let number = if held_back || !orders.takes_effect() {
                        next_number(&office.world, &note)
                    } else {
                        let number = add(&mut office.world, &note, &line);
                        enter(house, "SORTDA", &note, number, String::new(), line.shown(), line.line_type());
                        number
                    };
                    echo(&mut xml, &office.world, &note, number, &line);
                    orders.told().into_iter().for_each(|it| xml.warning(it));
                }
            }
        }
    }
    tally.written(&mut xml, "StatusofItems", 6);
    Ok(xml.finish())
}

fn check(world: &World, manners: &Manners, block: &Element) -> Result<(String, Vec<NewLine>), FieldError> {
    let note = open_note(world, manners, number_of(block))
        .map_err(|it| FieldError { field: "DispatchNoteNumber".to_owned(), ..it })?;
    Ok((note, block.children.iter().filter_map(NewLine::read).collect::<Result<_, _>>()?))
}

fn number_of(block: &Element) -> &str {
    let inside = || block.children.iter().find_map(|it| it.value("DispatchNoteNumber"));
    block.value("DispatchNoteNumber").or_else(inside).unwrap_or_default()
}

fn next_number(world: &World, note: &str) -> u32 {
    let next = world.tables.row("MdnMaster", &[note]).map_or(Decimal::ONE, |it| it.number("NextDetailLine"));
    u32::try_from(next).unwrap_or(1)
}

fn add(world: &mut World, note: &str, line: &NewLine) -> u32 {
    let number = world.next_line("MdnMaster", note);
    let order = world.tables.row("MdnMaster", &[note]).map(|it| it.text("SalesOrder").to_owned());
    let fields = line
        .fields()
        .text("DispatchNote", note)
        .number("DispatchNoteLine", number)
        .text("SalesOrder", order.unwrap_or_default());
    world.tables.put("MdnDetail", fields);
    number
}

fn echo(xml: &mut Writer, world: &World, note: &str, number: u32, line: &NewLine) {
    let header = world.tables.row("MdnMaster", &[note]);
    xml.open("DispatchNote");
    xml.open("Key");
    xml.field("DispatchNoteNumber", &edited(note));
    xml.field("DispatchLine", &format!("{number:04}"));
    xml.close("Key");
    xml.field("SalesOrder", &header.map(|it| edited(it.text("SalesOrder"))).unwrap_or_default());
    xml.field("SalesOrderLine", "");
    xml.field("Customer", &header.map(|it| edited(it.text("Customer"))).unwrap_or_default());
    xml.field("DispatchLineType", line.line_type());
    xml.close("DispatchNote");
}
