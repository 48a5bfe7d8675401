//! Documents as files: XML with named slots that escape by themselves.
//!
//! ```text
//! SORTDH.xml ─► Template::load (every slot checked against what is offered) ─► write(Slots) ─► parameters + document
//!                 └─ proofs: which query's path shows each written value ─► read_back
//! ```
//!
//! ```xml
//! <template object="SORTDH" call="post" section="item" key="dispatch_note">
//!   <parameters><PostDispNoteHeader><Parameters><ValidateOnly>{{validate_only}}</ValidateOnly></Parameters></PostDispNoteHeader></parameters>
//!   <document><PostDispNoteHeader><Item repeat="item">
//!     <DispatchNote>{{dispatch_note}}</DispatchNote>
//!     <UserField1>{{user_field_1?}}</UserField1>
//!   </Item></PostDispNoteHeader></document>
//!   <proof slot="user_field_1" query="SORQDN" path="UserField1"/>
//! </template>
//! ```
//!
//! `{{slot}}` is replaced by its value; values are escaped when the document is written, so no value can become markup.
//! An element with `{{slot?}}` is left out when the slot has no value, and so is an element in which nothing is left
//! over. `repeat="section"` writes an element once per record; sections may stand in sections. An element's name comes
//! from a slot with `element="{{slot}}"`. A slot nobody offers, a slot that must be there and is not, and a slot that
//! may be empty but is not marked so are errors when the template is loaded, by the template's and the slot's name.
//! Slots a caller filled and the template has no place for are errors when it is written: nothing is dropped silently.

mod proof;
mod shipped;
mod slots;

use std::collections::BTreeSet;

pub use proof::{Proof, ReadBack};
pub(crate) use shipped::Library;
pub use shipped::Templates;
pub use slots::{Offer, Slots};

use crate::enet::SetupVerb;
use crate::error::Error;
use crate::xml::Element;
use slots::Fill;

/// What a template is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplateCall {
    /// A query object.
    Query,
    /// A fetch of one row.
    Fetch,
    /// A transaction object.
    Post,
    /// A setup object.
    Setup(SetupVerb),
}

impl TemplateCall {
    fn read(text: &str) -> Option<Self> {
        Some(match text {
            "query" => Self::Query,
            "fetch" => Self::Fetch,
            "post" => Self::Post,
            "add" => Self::Setup(SetupVerb::Add),
            "update" => Self::Setup(SetupVerb::Update),
            "delete" => Self::Setup(SetupVerb::Delete),
            _ => return None,
        })
    }

    fn changes(self) -> bool {
        matches!(self, Self::Post | Self::Setup(_))
    }
}

/// A call's documents with named slots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    name: String,
    object: String,
    call: TemplateCall,
    section: String,
    key: Vec<String>,
    parameters: Option<Node>,
    document: Node,
    proofs: Vec<Proof>,
    used: BTreeSet<String>,
    ignorable: BTreeSet<String>,
}

/// What a template makes of values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The parameters, an empty element where the object has none.
    pub parameters: Element,
    /// The document.
    pub document: Element,
    /// The key of each item, as answers repeat it.
    pub keys: Vec<String>,
}

/// What is wrong with a template, and on which line.
struct Fault {
    line: Option<usize>,
    why: String,
}

impl Fault {
    fn of(element: &Element, why: String) -> Self {
        Self { line: element.line(), why }
    }
}

impl From<String> for Fault {
    fn from(why: String) -> Self {
        Self { line: None, why }
    }
}

/// An element of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Node {
    line: Option<usize>,
    name: Text,
    repeat: Option<String>,
    attributes: Vec<(String, Text)>,
    text: Text,
    children: Vec<Node>,
}

/// Text with slots in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Text(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Fixed(String),
    Slot { name: String, optional: bool },
}

/// The marks of a template in its document.
const REPEAT: &str = "repeat";
const ELEMENT: &str = "element";
/// Decoration which SYSPRO's samples carry and which nobody needs.
const SCHEMA: &str = "noNamespaceSchemaLocation";

impl Template {
    /// Reads a template and checks it against what will be offered to it.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the template and the slot, section or element at fault.
    pub fn load(name: &str, text: &str, offer: &Offer) -> Result<Self, Error> {
        Self::load_from(name, &format!("template {name}"), text, offer)
    }

    /// As [`Self::load`], with another name for the place of a fault: a file's.
    pub(crate) fn load_from(name: &str, place: &str, text: &str, offer: &Offer) -> Result<Self, Error> {
        Self::read(name, text, offer).map_err(|fault| match fault.line {
            Some(line) => Error::invalid(format!("{place}, line {line}"), fault.why),
            None => Error::invalid(place, fault.why),
        })
    }

    fn read(name: &str, text: &str, offer: &Offer) -> Result<Self, Fault> {
        let root = Element::parse_with_lines(text)
            .map_err(|(line, error)| Fault { line: Some(line), why: error.to_string() })?;
        let fault = |why: String| Fault::of(&root, why);
        let attribute = |key: &str| {
            let value = root.attribute_value(key).map(str::trim).filter(|value| !value.is_empty());
            value.ok_or_else(|| fault(format!("its root element has no {key}")))
        };
        if !root.is("template") {
            return Err(fault(format!("begins with {} instead of template", root.name())));
        }
        let call = attribute("call")?;
        let call = TemplateCall::read(call)
            .ok_or_else(|| fault(format!("call {call:?} is none of query, fetch, post, add, update, delete")))?;
        let only_child = |part: &str| -> Result<Option<Node>, Fault> {
            let Some(part_element) = root.child(part) else { return Ok(None) };
            match part_element.children() {
                [only] => Node::read(only).map(Some),
                children => {
                    let why = format!("{part} holds {} elements instead of one", children.len());
                    Err(Fault::of(part_element, why))
                }
            }
        };
        let document = only_child("document")?.ok_or_else(|| fault("has no document".to_owned()))?;
        let parameters = only_child("parameters")?;
        if parameters.is_none() && call.changes() {
            return Err(fault("has no parameters".to_owned()));
        }
        let words = |key: &str| -> Vec<String> {
            let value = root.attribute_value(key).unwrap_or_default();
            value.split_whitespace().map(str::to_owned).collect()
        };
        let proofs = root.children().iter().filter(|child| child.is("proof"));
        let read = |proof: &Element| Proof::read(proof).map_err(|why| Fault::of(proof, why));
        let proofs = proofs.map(read).collect::<Result<Vec<_>, _>>()?;
        let mut template = Self {
            name: name.to_owned(),
            object: attribute("object")?.to_owned(),
            call,
            section: root.attribute_value("section").unwrap_or_default().to_owned(),
            key: words("key"),
            parameters,
            document,
            proofs,
            used: BTreeSet::new(),
            ignorable: BTreeSet::new(),
        };
        template.check(offer).map_err(|it| Fault { line: it.line.or(root.line()), ..it })?;
        Ok(template)
    }

    /// Checks every slot against the offer and remembers which are used.
    fn check(&mut self, offer: &Offer) -> Result<(), Fault> {
        let mut used = BTreeSet::new();
        let nodes = self.parameters.iter().chain([&self.document]);
        for node in nodes {
            node.check(&[offer], &mut used)?;
        }
        must_be_used(offer, &used)?;
        let known = offer.names();
        let named = self.key.iter().map(String::as_str).chain(self.proofs.iter().flat_map(Proof::slots));
        if let Some(unknown) = named.into_iter().find(|slot| !known.contains(slot)) {
            return Err(unknown_slot(unknown, &known).into());
        }
        if !self.section.is_empty() && !offer.sections.contains_key(&self.section) {
            return Err(format!("there is no section {}", self.section).into());
        }
        self.ignorable = may_be_ignored(offer);
        self.used = used;
        Ok(())
    }

    /// The template's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The business object it is for.
    pub fn object(&self) -> &str {
        &self.object
    }

    /// How the object is called.
    pub fn call(&self) -> TemplateCall {
        self.call
    }

    /// What proves the values it writes.
    pub fn proofs(&self) -> &[Proof] {
        &self.proofs
    }

    /// The slots it has a place for.
    pub fn slots(&self) -> impl Iterator<Item = &str> {
        self.used.iter().map(String::as_str)
    }

    /// The section that is an item of its document, empty if it has no items.
    pub fn section(&self) -> &str {
        &self.section
    }

    /// Fills the slots.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a value the template has no place for, for a slot that must be filled and is not, and for
    /// an element's name that XML does not allow.
    pub fn write(&self, slots: &Slots) -> Result<Written, Error> {
        let fault = |why: String| Error::invalid(format!("template {}", self.name), why);
        self.has_room_for(slots).map_err(fault)?;
        let whole = |node: &Node| {
            let mut written = Vec::new();
            node.write_once(&[slots], &mut written).map_err(fault)?;
            Ok::<_, Error>(written.pop().unwrap_or_else(|| Element::new(node.name.bare())))
        };
        let parameters = match &self.parameters {
            Some(node) => whole(node)?,
            None => Element::new("Parameters"),
        };
        let items = slots.records(&self.section);
        let keys = if self.key.is_empty() { Vec::new() } else { items.iter().map(|item| self.key_of(item)).collect() };
        Ok(Written { parameters, document: whole(&self.document)?, keys })
    }

    /// The values it has a place for, of an item that was written through another template.
    pub(crate) fn only_used(&self, item: &Slots) -> Slots {
        let mut slots = Slots::new();
        for (slot, value) in item.values().filter(|(slot, _)| self.used.contains(*slot)) {
            slots = slots.with(slot, value);
        }
        for (section, records) in item.sections().filter(|(section, _)| self.repeats(section)) {
            slots = slots.section(section, records.iter().map(|record| self.only_used(record)));
        }
        slots
    }

    fn key_of(&self, item: &Slots) -> String {
        let parts = self.key.iter().map(|slot| item.get(slot).unwrap_or_default());
        parts.collect::<Vec<_>>().join(" ")
    }

    fn has_room_for(&self, slots: &Slots) -> Result<(), String> {
        for (slot, _) in slots.values() {
            if !self.used.contains(slot) && !self.ignorable.contains(slot) {
                return Err(format!("has no place for {slot}"));
            }
        }
        for (section, records) in slots.sections() {
            if !records.is_empty() && !self.repeats(section) {
                return Err(format!("has no place for {section}"));
            }
            records.iter().try_for_each(|record| self.has_room_for(record))?;
        }
        Ok(())
    }

    fn repeats(&self, section: &str) -> bool {
        self.document.repeats(section) || self.parameters.as_ref().is_some_and(|node| node.repeats(section))
    }
}

fn must_be_used(offer: &Offer, used: &BTreeSet<String>) -> Result<(), String> {
    let missing = offer.slots.iter().find(|(slot, fill)| **fill == Fill::Must && !used.contains(*slot));
    match missing {
        Some((slot, _)) => Err(format!("slot {slot} is missing: write {{{{{slot}}}}} where it belongs")),
        None => offer.sections.values().try_for_each(|inner| must_be_used_if_any(inner, used)),
    }
}

/// A section that a site's template leaves out is only wrong when it is filled.
fn must_be_used_if_any(offer: &Offer, used: &BTreeSet<String>) -> Result<(), String> {
    if offer.names().iter().any(|slot| used.contains(*slot)) { must_be_used(offer, used) } else { Ok(()) }
}

fn may_be_ignored(offer: &Offer) -> BTreeSet<String> {
    let own = offer.slots.iter().filter(|(_, fill)| **fill == Fill::Always).map(|(slot, _)| slot.clone());
    own.chain(offer.sections.values().flat_map(may_be_ignored)).collect()
}

fn unknown_slot(slot: &str, known: &BTreeSet<&str>) -> String {
    let known = known.iter().copied().collect::<Vec<_>>().join(", ");
    format!("there is no slot {slot}; there are {known}")
}

impl Node {
    fn read(element: &Element) -> Result<Self, Fault> {
        let text = |text: &str| Text::read(text, element.name()).map_err(|why| Fault::of(element, why));
        let mut node = Self {
            line: element.line(),
            name: Text::fixed(element.name()),
            repeat: None,
            attributes: Vec::new(),
            text: text(element.text())?,
            children: Vec::new(),
        };
        for (name, value) in element.attributes() {
            match name {
                REPEAT => node.repeat = Some(value.trim().to_owned()),
                ELEMENT => node.name = text(value)?,
                SCHEMA => {}
                _ => node.attributes.push((name.to_owned(), text(value)?)),
            }
        }
        node.children = element.children().iter().map(Self::read).collect::<Result<_, _>>()?;
        Ok(node)
    }

    /// The texts with slots of this element alone.
    fn texts(&self) -> impl Iterator<Item = &Text> {
        [&self.name, &self.text].into_iter().chain(self.attributes.iter().map(|(_, text)| text))
    }

    fn check(&self, scope: &[&Offer], used: &mut BTreeSet<String>) -> Result<(), Fault> {
        let fault = |why: String| Fault { line: self.line, why };
        let mut scope = scope.to_vec();
        if let Some(section) = &self.repeat {
            let inner = scope.iter().rev().find_map(|offer| offer.sections.get(section));
            scope.push(inner.ok_or_else(|| fault(format!("there is no section {section}")))?);
        }
        for (name, optional) in self.texts().flat_map(Text::slots) {
            let fill = scope.iter().rev().find_map(|offer| offer.slots.get(name));
            let Some(fill) = fill else {
                let known = scope.iter().flat_map(|offer| offer.slots.keys().map(String::as_str)).collect();
                return Err(fault(unknown_slot(name, &known)));
            };
            if *fill == Fill::Perhaps && !optional {
                return Err(fault(format!("slot {name} may have no value: write {{{{{name}?}}}}")));
            }
            used.insert(name.to_owned());
        }
        self.children.iter().try_for_each(|child| child.check(&scope, used))
    }

    fn repeats(&self, section: &str) -> bool {
        self.repeat.as_deref() == Some(section) || self.children.iter().any(|child| child.repeats(section))
    }

    fn write(&self, scope: &[&Slots], out: &mut Vec<Element>) -> Result<(), String> {
        let Some(section) = &self.repeat else { return self.write_once(scope, out) };
        let records = scope.iter().rev().find_map(|slots| {
            let records = slots.records(section);
            (!records.is_empty()).then_some(records)
        });
        for record in records.unwrap_or_default() {
            let mut scope = scope.to_vec();
            scope.push(record);
            self.write_once(&scope, out)?;
        }
        Ok(())
    }

    /// Writes the element, unless a slot that may be empty is, or nothing is left over of its children.
    fn write_once(&self, scope: &[&Slots], out: &mut Vec<Element>) -> Result<(), String> {
        let (Some(name), Some(text)) = (self.name.fill(scope)?, self.text.fill(scope)?) else { return Ok(()) };
        let mut element = Element::leaf(checked_name(name)?, text);
        for (key, value) in &self.attributes {
            let Some(value) = value.fill(scope)? else { return Ok(()) };
            element = element.attribute(key, value);
        }
        let mut children = Vec::new();
        for child in &self.children {
            child.write(scope, &mut children)?;
        }
        let emptied = !self.children.is_empty() && children.is_empty() && element.text().is_empty();
        if !emptied {
            out.push(element.with_all(children));
        }
        Ok(())
    }
}

/// Lets only names through that XML allows, so that a name from outside cannot become markup.
fn checked_name(name: String) -> Result<String, String> {
    let mut chars = name.chars();
    let starts = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    if starts && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')) {
        Ok(name)
    } else {
        Err(format!("{name:?} cannot be the name of an element"))
    }
}

impl Text {
    fn fixed(text: &str) -> Self {
        Self(vec![Piece::Fixed(text.to_owned())])
    }

    /// Reads text with slots in it.
    pub(crate) fn read(text: &str, element: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let (slot, after) =
                after.split_once("}}").ok_or_else(|| format!("element {element} has a slot without its end"))?;
            let slot = slot.trim();
            let (name, optional) = slot.strip_suffix('?').map_or((slot, false), |name| (name.trim_end(), true));
            if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                return Err(format!("element {element} has a slot named {name:?}"));
            }
            if !before.is_empty() {
                pieces.push(Piece::Fixed(before.to_owned()));
            }
            pieces.push(Piece::Slot { name: name.to_owned(), optional });
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Fixed(rest.to_owned()));
        }
        Ok(Self(pieces))
    }

    /// The slots in it, and whether each may be empty.
    pub(crate) fn slots(&self) -> impl Iterator<Item = (&str, bool)> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Fixed(_) => None,
            Piece::Slot { name, optional } => Some((name.as_str(), *optional)),
        })
    }

    /// The text with its slots filled, `None` if one that may be empty is.
    pub(crate) fn fill(&self, scope: &[&Slots]) -> Result<Option<String>, String> {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Fixed(fixed) => text.push_str(fixed),
                Piece::Slot { name, optional } => match scope.iter().rev().find_map(|slots| slots.get(name)) {
                    Some(value) => text.push_str(value),
                    None if *optional => return Ok(None),
                    None => return Err(format!("slot {name} has no value")),
                },
            }
        }
        Ok(Some(text))
    }

    /// Its fixed parts.
    fn bare(&self) -> String {
        let fixed = |piece: &Piece| match piece {
            Piece::Fixed(text) => Some(text.clone()),
            Piece::Slot { .. } => None,
        };
        self.0.iter().filter_map(fixed).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn offer() -> Offer {
        let line = Offer::new().must(&["comment"]);
        let item = Offer::new().must(&["note"]).perhaps(&["field", "column"]).section("line", line);
        Offer::new().must(&["validate_only"]).always(&["today"]).section("item", item)
    }

    fn template(item: &str) -> Result<Template, Error> {
        let text = format!(
            "<template object='SORTDH' call='post' section='item' key='note'>\
             <parameters><R><Parameters><ValidateOnly>{{{{validate_only}}}}</ValidateOnly></Parameters></R></parameters>\
             <document><R xmlns:xsd='x' xsd:noNamespaceSchemaLocation='SORTDH.XSD'><Item repeat='item'>{item}</Item></R></document></template>"
        );
        Template::load("mine", &text, &offer())
    }

    fn written(item: &str, records: Vec<Slots>) -> Result<String, Error> {
        let slots = Slots::new().with("validate_only", "N").with("today", "x").section("item", records);
        let written = template(item)?.write(&slots)?;
        Ok(written.document.to_xml().expect("writable"))
    }

    #[test]
    fn slots_are_filled_and_escaped_and_empty_ones_leave_their_element_out() {
        let item = "<Note>{{note}}</Note><Field of='{{note}}'>{{field?}}</Field><Lines><Line repeat='line'>{{comment}} of {{note}}</Line></Lines>";
        let lines = ["a", "b"].map(|comment| Slots::new().with("comment", comment));
        let records = vec![
            Slots::new().with("note", "1<2").with("field", "\"&\""),
            Slots::new().with("note", "2").section("line", lines),
        ];
        assert_eq!(
            written(item, records).as_deref(),
            Ok("<R><Item><Note>1&lt;2</Note><Field of=\"1&lt;2\">\"&amp;\"</Field></Item>\
                <Item><Note>2</Note><Lines><Line>a of 2</Line><Line>b of 2</Line></Lines></Item></R>")
        );
    }

    #[test]
    fn an_elements_name_can_come_from_a_slot_and_cannot_become_markup() {
        let item = "<Note>{{note}}</Note><Any element='{{column?}}'>{{field?}}</Any>";
        let record = |column: &str| vec![Slots::new().with("note", "1").with("column", column).with("field", "x")];
        assert_eq!(
            written(item, record("TrackingNumber")).as_deref(),
            Ok("<R><Item><Note>1</Note><TrackingNumber>x</TrackingNumber></Item></R>")
        );
        let error = written(item, record("A><B")).expect_err("no name").to_string();
        assert_eq!(error, "template mine: \"A><B\" cannot be the name of an element");
    }

    #[test]
    fn faults_are_told_when_the_template_is_loaded() {
        for (item, words) in [
            (
                "<Note>{{note}}</Note><A>{{feild?}}</A>",
                "template mine, line 1: there is no slot feild; there are column, field, note, today, validate_only",
            ),
            ("<A>{{field?}}</A>", "template mine, line 1: slot note is missing: write {{note}} where it belongs"),
            (
                "<Note>{{note}}</Note><A>{{field}}</A>",
                "template mine, line 1: slot field may have no value: write {{field?}}",
            ),
            ("<Note>{{note}}</Note><A repeat='lines'/>", "template mine, line 1: there is no section lines"),
            ("<Note>{{note</Note>", "template mine, line 1: element Note has a slot without its end"),
            ("<Note>{{note}}</Note><A>{{}}</A>", "template mine, line 1: element A has a slot named \"\""),
            ("<Note>", "template mine, line 1: not xml in template/document/R/Item/Note: "),
        ] {
            let error = template(item).expect_err(item).to_string();
            assert!(error.starts_with(words), "{error}");
        }
        for (text, words) in [
            ("<sample/>", "begins with sample instead of template"),
            ("<template object='A' call='poke'/>", "call \"poke\" is none of"),
            ("<template call='query'><document><Q/></document></template>", "its root element has no object"),
            ("<template object='A' call='post'><document><Q/></document></template>", "has no parameters"),
            (
                "<template object='A' call='query'><document><Q/><Q/></document></template>",
                "document holds 2 elements instead of one",
            ),
            (
                "<template object='A' call='query'><document><Q/></document><proof slot='a'/></template>",
                "a proof has no query",
            ),
        ] {
            let error = Template::load("mine", text, &Offer::new()).expect_err(text).to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn a_value_without_a_place_is_an_error_and_not_dropped() {
        let record = Slots::new().with("note", "1").with("field", "1Z");
        let error = written("<Note>{{note}}</Note>", vec![record]).expect_err("no place").to_string();
        assert_eq!(error, "template mine: has no place for field");
        let lines = Slots::new().with("note", "1").section("line", [Slots::new().with("comment", "x")]);
        let error = written("<Note>{{note}}</Note>", vec![lines]).expect_err("no place").to_string();
        assert_eq!(error, "template mine: has no place for line");
    }

    proptest! {
        #[test]
        fn no_value_becomes_markup_or_another_slot(value in any::<String>()) {
            let value = crate::text::fit_windows_1252(&value).text;
            let xml = written("<Note>{{note}}</Note>", vec![Slots::new().with("note", &value)]).expect("written");
            let read = Element::parse(&xml).expect("still xml");
            prop_assert_eq!(read.at_path("Note").first().map(|note| note.raw_text().to_owned()), Some(value));
        }

        #[test]
        fn no_text_makes_the_loader_panic(text in "[<>/a{}?='! -]{0,60}") {
            let _ = template(&text);
        }
    }
}
