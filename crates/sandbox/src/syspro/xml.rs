//! XML as SYSPRO reads and writes it.
//!
//! Reading: element names count as written, namespaces and attributes do not. Writing: a
//! Windows-1252 declaration, attributes in single quotes on the root, a line for each element
//! and `\n ` at the end. What the operator may not see is left out while writing.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

use super::manners::{Manners, NameCase};

/// An element with its text and children.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
    attributes: Vec<(String, String)>,
}

impl Element {
    /// Reads a document.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader::from_str(text.trim());
        let mut open = vec![Self::default()];
        loop {
            let event = reader.read_event().map_err(|it| it.to_string())?;
            match event {
                Event::Start(start) => open.push(named(&start)),
                Event::Empty(start) => close(&mut open, named(&start))?,
                Event::End(_) => {
                    let done = open.pop().ok_or("an element ends that never began")?;
                    close(&mut open, done)?;
                }
                Event::Text(text) => add(&mut open, &text),
                Event::CData(text) => add(&mut open, &text),
                Event::GeneralRef(entity) => {
                    let name: &str = &entity;
                    let letter = unescape(&format!("&{name};")).map_err(|it| it.to_string())?.into_owned();
                    add(&mut open, &letter);
                }
                Event::Eof => break,
                _ => {}
            }
        }
        match (open.pop(), open.is_empty()) {
            (Some(mut document), true) if document.children.len() == 1 => Ok(document.children.remove(0)),
            _ => Err("the document has no root element or is cut off".to_owned()),
        }
    }

    /// The first child of this name.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|it| it.name == name)
    }

    /// Every child of this name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |it| it.name == name)
    }

    /// Trimmed text of a child; nothing when there is no such child.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.child(name).map(|it| it.text.trim())
    }

    /// Whether a child says `Y`.
    pub(crate) fn yes(&self, name: &str) -> bool {
        self.value(name).is_some_and(|it| it.eq_ignore_ascii_case("y"))
    }

    /// Whether the element declares this namespace, under whatever prefix.
    pub(crate) fn declares(&self, namespace: &str) -> bool {
        self.attributes.iter().any(|(_, value)| value == namespace)
    }

    /// Removes every element of these names, wherever it stands.
    pub(crate) fn forget(&mut self, names: &[String]) {
        self.children.retain(|it| names.iter().all(|name| *name != it.name));
        self.children.iter_mut().for_each(|it| it.forget(names));
    }

    /// An attribute's text.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }
}

fn named(start: &BytesStart<'_>) -> Element {
    let attributes = start
        .attributes()
        .flatten()
        .map(|it| {
            let value = unescape(&it.value).map_or_else(|_| it.value.to_string(), |it| it.into_owned());
            (it.key.local_name().as_ref().to_owned(), value)
        })
        .collect();
    let name = start.local_name().as_ref().to_owned();
    Element { name, attributes, ..Element::default() }
}

fn add(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

fn close(open: &mut [Element], done: Element) -> Result<(), String> {
    open.last_mut().ok_or("an element ends that never began")?.children.push(done);
    Ok(())
}

/// A document on its way out.
#[derive(Debug)]
pub(crate) struct Writer {
    text: String,
    root: String,
    looks: Looks,
}

/// How element names and what is secret come out.
#[derive(Debug, Clone)]
struct Looks {
    case: NameCase,
    hidden: Vec<String>,
    denied_warehouses: Vec<String>,
}

impl Looks {
    fn of(manners: &Manners) -> Self {
        Self {
            case: manners.name_case,
            hidden: manners.hidden_elements.clone(),
            denied_warehouses: manners.denied_warehouses.clone(),
        }
    }

    fn name<'a>(&self, name: &'a str) -> Cow<'a, str> {
        match (self.case, name.split_once(':')) {
            (NameCase::Lower, None) => name.to_ascii_lowercase().into(),
            // A prefix stays as it is declared on the root.
            (NameCase::Lower, Some((prefix, local))) => format!("{prefix}:{}", local.to_ascii_lowercase()).into(),
            _ => name.into(),
        }
    }

    /// A name that the samples write in lower case.
    fn low<'a>(&self, name: &'a str) -> Cow<'a, str> {
        if self.case == NameCase::Documented { name.into() } else { name.to_ascii_lowercase().into() }
    }

    /// Whether the operator's security leaves this element out.
    fn hides(&self, name: &str, text: &str) -> bool {
        self.hidden.iter().any(|it| it.eq_ignore_ascii_case(name))
            || (name.ends_with("Warehouse") && self.denied_warehouses.iter().any(|it| it == text.trim()))
    }
}

impl Writer {
    /// Begins a query's answer, with SYSPRO's usual root attributes.
    pub(crate) fn new(root: &str, manners: &Manners) -> Self {
        let looks = Looks::of(manners);
        let root = looks.name(root).into_owned();
        Self::begun(root, looks)
    }

    /// Begins the answer of a post or setup, whose root the samples write in lower case.
    pub(crate) fn low(root: &str, manners: &Manners) -> Self {
        let looks = Looks::of(manners);
        let root = looks.low(root).into_owned();
        Self::begun(root, looks)
    }

    /// Begins a query's answer some of whose elements bear prefixes: each is its own namespace.
    pub(crate) fn prefixed(root: &str, prefixes: &[&str], manners: &Manners) -> Self {
        let mut xml = Self::new(root, manners);
        let declared: String = prefixes.iter().map(|it| format!(" xmlns:{it}=\"{it}\"")).collect();
        xml.text.truncate(xml.text.len() - ">\n".len());
        xml.text.push_str(&format!("  {declared} >\n"));
        xml
    }

    fn begun(root: String, looks: Looks) -> Self {
        let text = format!(
            "<?xml version=\"1.0\" encoding=\"Windows-1252\"?>\n<{root} Language='05' Language2='EN' \
             CssStyle='' DecFormat='1' DateFormat='01' Role='01' Version='8.0.000' OperatorPrimaryRole='   '>\n"
        );
        Self { text, root, looks }
    }

    pub(crate) fn open(&mut self, name: &str) {
        self.text.push_str(&format!("<{}>\n", self.looks.name(name)));
    }

    pub(crate) fn close(&mut self, name: &str) {
        self.text.push_str(&format!("</{}>\n", self.looks.name(name)));
    }

    /// An element with text; an empty one is written as such, a secret one not at all.
    pub(crate) fn field(&mut self, name: &str, text: &str) {
        if !self.looks.hides(name, text) {
            let name = self.looks.name(name).into_owned();
            self.leaf(&name, text);
        }
    }

    /// The name as the samples write `item`, `key` and the parts of a key.
    pub(crate) fn lowered(&self, name: &str) -> String {
        self.looks.low(name).into_owned()
    }

    fn leaf(&mut self, name: &str, text: &str) {
        if text.is_empty() {
            self.text.push_str(&format!("<{name}/>\n"));
        } else {
            self.text.push_str(&format!("<{name}>{}</{name}>\n", escape(text)));
        }
    }

    /// An element that carries an error instead of its text.
    pub(crate) fn error(&mut self, error: &FieldError) {
        self.open(&error.field);
        self.field("Value", &error.value);
        self.field("ErrorNumber", &error.number.to_string());
        self.field("ErrorDescription", &error.description);
        self.close(&error.field);
    }

    /// A warning about an item.
    pub(crate) fn warning(&mut self, text: &str) {
        self.open("WarningMessages");
        self.field("WarningDescription", text);
        self.close("WarningMessages");
    }

    /// The status block: its name, then counters with so many digits.
    pub(crate) fn status(&mut self, name: &str, digits: usize, counters: &[(&str, usize)]) {
        self.open(name);
        for (counter, count) in counters {
            self.field(counter, &format!("{count:0digits$}"));
        }
        self.close(name);
    }

    /// Ends the document.
    pub(crate) fn finish(mut self) -> String {
        self.text.push_str(&format!("</{}>\n ", self.root));
        self.text
    }
}

pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// What is wrong with one element of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldError {
    pub(crate) field: String,
    pub(crate) value: String,
    pub(crate) number: u32,
    pub(crate) description: String,
    /// Only a warning, which refuses the item because warnings were not to be ignored.
    pub(crate) is_warning: bool,
}

impl FieldError {
    /// A warning about an item.
    pub(crate) fn warning(text: &str) -> Self {
        Self { is_warning: true, ..Self::new("WarningMessages", "", GENERIC, text) }
    }

    /// Writes the complaint in the form it has in answers.
    pub(crate) fn written(&self, xml: &mut Writer) {
        if self.is_warning {
            xml.warning(&self.description);
        } else {
            xml.error(self);
        }
    }

    pub(crate) fn new(field: &str, value: &str, number: u32, description: impl Into<String>) -> Self {
        Self {
            field: field.to_owned(),
            value: value.to_owned(),
            number,
            description: description.into(),
            is_warning: false,
        }
    }
}

/// Number of an error that has no public number of its own.
pub(crate) const GENERIC: u32 = 100_000;
/// A date that is not `CCYY-MM-DD`.
pub(crate) const BAD_DATE: u32 = 100_028;
/// An element that may not be blank.
pub(crate) const MAY_NOT_BE_SPACES: u32 = 100_030;
/// A warehouse the operator may not see.
pub(crate) const WAREHOUSE_DENIED: u32 = 240_096;
/// A key that exists already.
pub(crate) const DUPLICATE: u32 = 120_001;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_read_with_entities_cdata_and_prefixes() {
        let text = "<?xml version='1.0'?><a:Query xmlns:a='x'><Key><Order>A &amp; B</Order></Key>\
            <Raw><![CDATA[<b/>]]></Raw><X FilterType='S' FilterValue='1,2'/></a:Query>";
        let query = Element::parse(text).expect("a document");
        assert_eq!(query.name, "Query");
        assert_eq!(query.child("Key").and_then(|it| it.value("Order")), Some("A & B"));
        assert_eq!(query.value("Raw"), Some("<b/>"));
        assert_eq!(query.child("X").and_then(|it| it.attribute("FilterValue")), Some("1,2"));
        assert_eq!(query.value("order"), None);
    }

    #[test]
    fn what_is_not_a_document_is_refused() {
        for text in ["", "hello", "<a>", "<a></b>", "<a/><b/>"] {
            assert!(Element::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn answers_have_syspros_looks() {
        let mut xml = Writer::new("SorMaster", &Manners::default());
        xml.field("Name", "Tool & Supply");
        let text = xml.finish();
        assert!(text.starts_with("<?xml version=\"1.0\" encoding=\"Windows-1252\"?>\n<SorMaster Language='05'"));
        assert!(text.ends_with("<Name>Tool &amp; Supply</Name>\n</SorMaster>\n "));
    }
}
