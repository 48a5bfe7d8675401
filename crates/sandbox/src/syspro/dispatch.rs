//! Header posts: SORTDH (user fields of a dispatch note), SORTDS and SORTOS (statuses).
//!
//! ```text
//! 3 ready to print ─► 5 printed ─► 7 ready to invoice ─► 9 invoiced (not by this post)
//!  │ └─► S suspense    └─► H hold    └─► H hold
//!  └───► H hold ─► the status it was held in
//! ```
//!
//! Skipping a step is refused with the list of statuses that would do. A note that was invoiced
//! or cancelled takes no changes any more. Observed at real servers are 3 to 5, S and H, 5 to 7,
//! and the refusal of 3 to 7; the other moves are *assumed*.

use jiff::civil::Date;

use crate::world::World;
use crate::world::key::stored;
use crate::world::table::Value;

use super::Manners;
use super::post::{Change, Checked, ItemPost, text_for, unlocked};
use super::xml::{BAD_DATE, Element, FieldError, GENERIC, MAY_NOT_BE_SPACES};

/// SORTDH: dispatch note header maintenance.
pub(crate) const HEADER: ItemPost = ItemPost {
    root: "PostDispNoteHeader",
    key: "DispatchNote",
    echo: (None, &[]),
    numbered: false,
    status: "StatusofItems",
    check: check_header,
};

/// SORTDS: dispatch note status.
pub(crate) const STATUS: ItemPost = ItemPost {
    root: "PostDispStatus",
    key: "DispatchNote",
    echo: (None, &[]),
    numbered: false,
    status: "StatusofItems",
    check: check_status,
};

/// SORTOS: sales order status.
pub(crate) const ORDER_STATUS: ItemPost = ItemPost {
    root: "PostSorOrderStatus",
    key: "SalesOrder",
    echo: (Some("Order"), &["OrderStatus", "NewOrderStatus"]),
    numbered: true,
    status: "StatusOfItems",
    check: check_order_status,
};

fn check_header(world: &World, manners: &Manners, item: &Element) -> Checked {
    let note = open_note(world, manners, item.value("DispatchNote").unwrap_or_default()).map_err(|it| vec![it])?;
    let mut errors = Vec::new();
    let mut cells = Vec::new();
    for field in ["UserField1", "UserField2", "CustomerPoNumber"] {
        // Whether an empty element clears a field is not known; it is a switch.
        if let Some(text) = item.value(field).filter(|it| !it.is_empty() || manners.empty_clears) {
            match text_for(world, manners, "MdnMaster", field, text) {
                Ok(value) => cells.push((field.to_owned(), field.to_owned(), value)),
                Err(error) => errors.push(error),
            }
        }
    }
    let field = "ActualDeliveryDate";
    if let Some(text) = item.value(field).filter(|it| !it.is_empty()) {
        match date(text) {
            Some(date) => cells.push((field.to_owned(), field.to_owned(), Value::Date(Some(date)))),
            None => errors.push(bad_date(field, text)),
        }
    }
    if errors.is_empty() { Ok(vec![change("MdnMaster", note, cells)]) } else { Err(errors) }
}

fn check_status(world: &World, manners: &Manners, item: &Element) -> Checked {
    let note = open_note(world, manners, item.value("DispatchNote").unwrap_or_default()).map_err(|it| vec![it])?;
    let row = world.tables.row("MdnMaster", &[&note]);
    let now = row.map(|it| it.text("DispatchNoteStatus").to_owned()).unwrap_or_default();
    let held_in = row.map(|it| it.text("StatusWhenHeld").to_owned()).unwrap_or_default();
    let wish = item.value("NewDispatchStatus").unwrap_or_default();
    let allowed = moves(&now, &held_in);
    if !allowed.iter().any(|it| it == wish) {
        let words = format!("Dispatch note status can only be '{}'", allowed.join(" / "));
        return Err(vec![FieldError::new("NewDispatchStatus", wish, GENERIC, words)]);
    }
    let text = |field: &str, value: &str| (field.to_owned(), field.to_owned(), Value::Text(value.to_owned()));
    let mut cells = vec![text("DispatchNoteStatus", wish), text("PrevStatus", &now)];
    if wish == "H" {
        cells.push(text("StatusWhenHeld", &now));
        cells.push(text("Reason", item.value("ReasonForHold").unwrap_or_default()));
    }
    if let Some(authority) = item.value("CreditAuthority").filter(|it| !it.is_empty()) {
        cells.push(text("CreditAuthority", authority));
    }
    Ok(vec![change("MdnMaster", note, cells)])
}

/// The statuses a note may be moved to.
fn moves(now: &str, held_in: &str) -> Vec<String> {
    let list: &[&str] = match now {
        "3" => &["5", "S", "H"],
        "5" => &["7", "H"],
        "7" => &["H"],
        "S" => &["3"],
        "H" => return vec![held_in.to_owned()],
        _ => &[],
    };
    list.iter().map(|it| (*it).to_owned()).collect()
}

fn check_order_status(world: &World, manners: &Manners, item: &Element) -> Checked {
    let field = "SalesOrder";
    let asked = item.value(field).unwrap_or_default();
    let order = stored(asked);
    let Some(row) = world.tables.row("SorMaster", &[&order]) else {
        return Err(vec![FieldError::new(field, asked, GENERIC, format!("Sales order '{asked}' not found"))]);
    };
    if matches!(row.text("OrderStatus"), "9" | "*" | "\\" | "/") {
        return Err(vec![FieldError::new(field, asked, GENERIC, "Sales order is complete or cancelled")]);
    }
    unlocked(world, manners, field, &order, asked).map_err(|it| vec![it])?;
    let wish = item.value("NewOrderStatus").unwrap_or_default();
    if !matches!(wish, "1" | "2" | "3" | "4" | "8" | "9" | "S") {
        let words = "Order status can only be '1 / 2 / 3 / 4 / 8 / 9 / S'";
        return Err(vec![FieldError::new("NewOrderStatus", wish, GENERIC, words)]);
    }
    let status = Value::Text(wish.to_owned());
    let mut cells = vec![("OrderStatus".to_owned(), "OrderStatus".to_owned(), status)];
    if let Some(number) = item.value("DeliveryNoteNumber").filter(|it| !it.is_empty()) {
        let value = text_for(world, manners, "SorMaster", "DeliveryNote", number).map_err(|it| vec![it])?;
        cells.push(("DeliveryNote".to_owned(), "DeliveryNote".to_owned(), value));
    }
    let printed = "DateDeliveryNotePrinted";
    if let Some(text) = item.value(printed).filter(|it| !it.is_empty()) {
        let date = date(text).ok_or_else(|| vec![bad_date(printed, text)])?;
        cells.push((printed.to_owned(), "LastDelNote".to_owned(), Value::Date(Some(date))));
    }
    Ok(vec![change("SorMaster", order, cells)])
}

/// The note of this number, if it still takes changes.
pub(crate) fn open_note(world: &World, manners: &Manners, asked: &str) -> Result<String, FieldError> {
    let field = "DispatchNote";
    if asked.is_empty() {
        return Err(FieldError::new(field, asked, MAY_NOT_BE_SPACES, "Dispatch note may not be spaces"));
    }
    let note = stored(asked);
    let Some(row) = world.tables.row("MdnMaster", &[&note]) else {
        return Err(FieldError::new(field, asked, GENERIC, format!("Dispatch note '{asked}' not found")));
    };
    unlocked(world, manners, field, &note, asked)?;
    match row.text("DispatchNoteStatus") {
        "9" => Err(FieldError::new(field, asked, GENERIC, "Dispatch note has been invoiced")),
        "*" | "\\" => Err(FieldError::new(field, asked, GENERIC, "Dispatch note has been cancelled")),
        _ => Ok(note),
    }
}

fn change(table: &str, key: String, cells: Vec<(String, String, Value)>) -> Change {
    Change { table: table.to_owned(), shown: key.clone(), key: vec![key], cells, otherwise_new: None, delete: false }
}

/// `CCYY-MM-DD` and nothing else.
pub(crate) fn date(text: &str) -> Option<Date> {
    (text.len() == 10).then(|| text.parse().ok()).flatten()
}

pub(crate) fn bad_date(field: &str, text: &str) -> FieldError {
    let words = format!("Date '{text}' is invalid. The format must be CCYY-MM-DD");
    FieldError::new(field, text, BAD_DATE, words)
}
