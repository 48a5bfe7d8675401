//! The notepad of a document: COMNOT reads it, COMSNO replaces it as a whole.
//!
//! Text goes in as rich text and comes out as plain lines, or as it went in when `ReturnRtf` says
//! so. That a write replaces what stood there is *assumed*.

use crate::ledger::SysproWrite;
use crate::serve::House;
use crate::world::key::stored;

use super::Office;
use super::enet::{Failure, Job};
use super::post::read as read_job;
use super::query::key_of;
use super::xml::{Element, FieldError, MAY_NOT_BE_SPACES, Writer};

/// COMNOT: the text of a notepad.
pub(crate) fn read(office: &Office, query: &Element) -> Result<String, Failure> {
    let kind = key_of(query, "NoteType")?.to_owned();
    let key = stored(key_of(query, "KeyFieldValue")?);
    let text = office.world.notepads.get(&(kind, key)).map(String::as_str).unwrap_or_default();
    let mut xml = Writer::new("Notes", &office.manners);
    if query.yes("ReturnRtf") {
        xml.field("Text", text);
    } else {
        plain(text).lines().for_each(|line| xml.field("Text", line));
    }
    Ok(xml.finish())
}

/// Rich text without its markup: control words dropped, `\\par` as a line's end.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text.chars().peekable();
    while let Some(letter) = rest.next() {
        match letter {
            '{' | '}' => {}
            '\\' => {
                let mut word = String::new();
                while let Some(next) = rest.next_if(char::is_ascii_alphanumeric) {
                    word.push(next);
                }
                rest.next_if_eq(&' ');
                if word == "par" {
                    out.push('\n');
                }
            }
            _ => out.push(letter),
        }
    }
    out
}

/// COMSNO: replaces the text of notepads.
pub(crate) fn write(office: &mut Office, job: &Job, house: &House) -> Result<String, Failure> {
    let (orders, document) = read_job(office, job, "SetupNotepad")?;
    let mut xml = Writer::low("SetupNotepad", &office.manners);
    let (mut records, mut invalid) = (0, 0);
    for item in document.all("Item") {
        records += 1;
        let key = item.child("Key").cloned().unwrap_or_default();
        let value = |name: &str| key.value(name).unwrap_or_default().to_owned();
        let (kind, field) = (value("NoteType"), value("KeyField"));
        let (low_item, low_key) = (xml.lowered("Item"), xml.lowered("Key"));
        xml.open(&low_item);
        xml.open(&low_key);
        for name in ["Company", "NoteType", "KeyField"] {
            let low = xml.lowered(name);
            xml.field(&low, &value(name));
        }
        xml.close(&low_key);
        if kind.is_empty() || field.is_empty() {
            invalid += 1;
            let low = xml.lowered(if kind.is_empty() { "NoteType" } else { "KeyField" });
            xml.error(&FieldError::new(&low, "", MAY_NOT_BE_SPACES, "Element may not be spaces"));
        } else if orders.takes_effect() {
            let after = item.child("NotepadText").map(|it| it.text.clone()).unwrap_or_default();
            let at = (kind.clone(), stored(&field));
            let before = office.world.notepads.insert(at, after.clone()).unwrap_or_default();
            let entry = SysproWrite {
                at: house.clock.now(),
                business_object: job.business_object.clone(),
                key: stored(&field),
                field: format!("notepad {kind}"),
                before,
                after,
            };
            house.book.enter(|ledger| ledger.writes.push(entry));
        }
        xml.close(&low_item);
    }
    xml.status("StatusOfItems", 5, &[("RecordsRead", records), ("RecordsInvalid", invalid)]);
    Ok(xml.finish())
}
