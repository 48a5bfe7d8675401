//! The only place that knows how XML is spelt: one tree for documents read and documents written.
//!
//! ```text
//! answer text ─► Element::parse ─► child · value · descendants (names regardless of case, prefixes ignored)
//! Element::new … with · leaf ─► to_xml (escaped; characters SYSPRO cannot hold refused) ─► document text
//! ```
//!
//! SYSPRO lower-cases some answers, puts prefixes on some fields and changes order and presence of elements between
//! versions, so everything is looked up by local name. Documents with a DTD, with unknown entities or nested deeper than
//! 64 levels are refused.

use std::fmt;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::text::{forbidden_in_xml, in_windows_1252};

/// Deepest nesting that is read; SYSPRO's answers have fewer than ten levels.
pub(crate) const MAX_DEPTH: usize = 64;

/// An element with its text and children.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Element>,
    text: String,
}

/// Why a text is not XML, or a value cannot be put into it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// The text is not well-formed.
    #[error("not xml: {0}")]
    Malformed(String),
    /// The text ends before its root element does, or has no element.
    #[error("the xml is cut off")]
    CutOff,
    /// There is text or a second element after the root.
    #[error("the xml has something after its root element")]
    AfterRoot,
    /// Elements are nested deeper than 64 levels.
    #[error("the xml is nested too deeply")]
    TooDeep,
    /// The document brings its own definitions.
    #[error("the xml has a document type definition")]
    DocType,
    /// A reference to something other than the five standard entities or a character.
    #[error("the xml refers to an unknown entity")]
    UnknownEntity,
    /// A value holds a character that XML cannot carry or SYSPRO cannot store.
    #[error("element {element} holds the character U+{:04X}, which {why}", u32::from(*.character))]
    Unwritable {
        /// The element at fault.
        element: String,
        /// The character.
        character: char,
        /// Why it cannot be written.
        why: &'static str,
    },
}

impl Element {
    /// An empty element to be filled and written.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// An element with text.
    pub fn leaf(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into(), ..Self::default() }
    }

    /// Adds a child.
    #[must_use]
    pub fn with(mut self, child: Element) -> Self {
        self.children.push(child);
        self
    }

    /// Adds children.
    #[must_use]
    pub fn with_all(mut self, children: impl IntoIterator<Item = Element>) -> Self {
        self.children.extend(children);
        self
    }

    /// Adds an attribute.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.push((name.into(), value.into()));
        self
    }

    /// Reads a document. Blanks around the root are ignored.
    ///
    /// # Errors
    /// [`XmlError`] for anything that is not one well-formed element.
    pub fn parse(text: &str) -> Result<Self, XmlError> {
        let mut reader = Reader::from_str(text.trim());
        let mut tree = Tree::default();
        loop {
            match reader.read_event().map_err(|error| XmlError::Malformed(error.to_string()))? {
                Event::Start(start) => tree.open(read_start(&start)?)?,
                Event::Empty(start) => {
                    tree.open(read_start(&start)?)?;
                    tree.close()?;
                }
                Event::End(_) => tree.close()?,
                Event::Text(text) => tree.push(&text.xml10_content())?,
                Event::CData(text) => tree.push(&text.xml10_content())?,
                Event::GeneralRef(reference) => {
                    let character =
                        reference.resolve_char_ref().map_err(|error| XmlError::Malformed(error.to_string()))?;
                    let character = character.or_else(|| predefined(&reference)).ok_or(XmlError::UnknownEntity)?;
                    tree.push(character.encode_utf8(&mut [0; 4]))?;
                }
                Event::DocType(_) => return Err(XmlError::DocType),
                Event::Comment(_) | Event::PI(_) | Event::Decl(_) => {}
                Event::Eof => return tree.finish(),
            }
        }
    }

    /// The name without its prefix, spelt as it came.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the element has this name, regardless of case.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// All children in order.
    pub fn children(&self) -> &[Element] {
        &self.children
    }

    /// The first child of this name.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.is(name))
    }

    /// The element's own text without surrounding blanks.
    pub fn text(&self) -> &str {
        self.text.trim()
    }

    /// The element's own text exactly as it came.
    pub fn raw_text(&self) -> &str {
        &self.text
    }

    /// The first child's text without surrounding blanks.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.child(name).map(Self::text)
    }

    /// An attribute's value.
    pub fn attribute_value(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The element and everything below it, parents before children.
    pub fn descendants(&self) -> impl Iterator<Item = &Element> {
        let mut waiting = vec![self];
        std::iter::from_fn(move || {
            let next = waiting.pop()?;
            waiting.extend(next.children.iter().rev());
            Some(next)
        })
    }

    /// The first element of this name, this one included.
    pub fn find(&self, name: &str) -> Option<&Element> {
        self.descendants().find(|element| element.is(name))
    }

    /// The element as document text without declaration.
    ///
    /// # Errors
    /// [`XmlError::Unwritable`] names the first character that XML 1.0 forbids or Windows-1252 lacks.
    pub fn to_xml(&self) -> Result<String, XmlError> {
        let mut out = String::new();
        self.write(&mut out)?;
        Ok(out)
    }

    fn write(&self, out: &mut String) -> Result<(), XmlError> {
        out.push('<');
        out.push_str(&self.name);
        for (name, value) in &self.attributes {
            out.push(' ');
            out.push_str(name);
            out.push_str("=\"");
            self.escape(value, true, out)?;
            out.push('"');
        }
        if self.children.is_empty() && self.text.is_empty() {
            out.push_str("/>");
            return Ok(());
        }
        out.push('>');
        self.escape(&self.text, false, out)?;
        for child in &self.children {
            child.write(out)?;
        }
        out.push_str("</");
        out.push_str(&self.name);
        out.push('>');
        Ok(())
    }

    fn escape(&self, text: &str, in_attribute: bool, out: &mut String) -> Result<(), XmlError> {
        for c in text.chars() {
            match c {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' if in_attribute => out.push_str("&quot;"),
                '\n' if in_attribute => out.push_str("&#10;"),
                '\t' if in_attribute => out.push_str("&#9;"),
                '\r' => out.push_str("&#13;"),
                _ if forbidden_in_xml(c) => return Err(self.unwritable(c, "xml cannot carry")),
                _ if !in_windows_1252(c) => return Err(self.unwritable(c, "is not in windows-1252")),
                _ => out.push(c),
            }
        }
        Ok(())
    }

    fn unwritable(&self, character: char, why: &'static str) -> XmlError {
        XmlError::Unwritable { element: self.name.clone(), character, why }
    }
}

/// Only names: texts are customers' data and have no business in a log.
impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Element")
            .field("name", &self.name)
            .field("children", &self.children.len())
            .finish_non_exhaustive()
    }
}

/// The tree while it is being read: open elements, innermost last.
#[derive(Default)]
struct Tree {
    open: Vec<Element>,
    root: Option<Element>,
}

impl Tree {
    fn open(&mut self, element: Element) -> Result<(), XmlError> {
        if self.root.is_some() {
            return Err(XmlError::AfterRoot);
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(XmlError::TooDeep);
        }
        self.open.push(element);
        Ok(())
    }

    fn close(&mut self) -> Result<(), XmlError> {
        let done = self.open.pop().ok_or_else(|| XmlError::Malformed("an end without a beginning".to_owned()))?;
        match self.open.last_mut() {
            Some(parent) => parent.children.push(done),
            None => self.root = Some(done),
        }
        Ok(())
    }

    fn push(&mut self, text: &str) -> Result<(), XmlError> {
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if text.trim().is_empty() => {}
            None if self.root.is_some() => return Err(XmlError::AfterRoot),
            None => return Err(XmlError::Malformed("text before the root element".to_owned())),
        }
        Ok(())
    }

    fn finish(self) -> Result<Element, XmlError> {
        if self.open.is_empty() { self.root.ok_or(XmlError::CutOff) } else { Err(XmlError::CutOff) }
    }
}

fn read_start(start: &BytesStart<'_>) -> Result<Element, XmlError> {
    let mut element = Element::new(local(start.name().as_ref()));
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| XmlError::Malformed(error.to_string()))?;
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|error| XmlError::Malformed(error.to_string()))?;
        element.attributes.push((local(attribute.key.as_ref()).to_owned(), value.into_owned()));
    }
    Ok(element)
}

/// The name behind the prefix.
fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

fn predefined(entity: &str) -> Option<char> {
    match entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_found_whatever_their_case_or_prefix() {
        let text = "<?xml version=\"1.0\" encoding=\"Windows-1252\"?>\n<sordetail Language='05' xmlns:SALSLS=\"SALSLS\">\n\
                    <SalesOrder>  000346</SalesOrder><SALSLS:Name>Field rep</SALSLS:Name></sordetail>\n ";
        let root = Element::parse(text).expect("a document as SYSPRO sends it");
        assert!(root.is("SorDetail"));
        assert_eq!(root.value("salesorder"), Some("000346"));
        assert_eq!(root.value("Name"), Some("Field rep"));
        assert_eq!(root.attribute_value("language"), Some("05"));
    }

    #[test]
    fn entities_and_cdata_are_text() {
        let root = Element::parse("<a>Smith &amp; Sons &#233; <![CDATA[<b>]]></a>").expect("well-formed");
        assert_eq!(root.text(), "Smith & Sons é <b>");
    }

    #[test]
    fn anything_but_one_whole_element_is_refused() {
        for text in
            ["", "hello", "<a>", "<a><b></a>", "<a/><b/>", "<a/>tail", "<a>&bomb;</a>", "<!DOCTYPE a><a/>", "<a b></a>"]
        {
            assert!(Element::parse(text).is_err(), "{text}");
        }
        assert_eq!(Element::parse(&"<a>".repeat(1000)), Err(XmlError::TooDeep));
    }

    #[test]
    fn characters_that_cannot_be_kept_are_refused_by_name() {
        let refused = Element::leaf("UserField1", "東").to_xml().expect_err("outside windows-1252");
        assert_eq!(refused.to_string(), "element UserField1 holds the character U+6771, which is not in windows-1252");
        assert!(Element::leaf("UserField1", "a\u{2}").to_xml().is_err());
        assert_eq!(Element::leaf("A", "€ é").to_xml().as_deref(), Ok("<A>€ é</A>"));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(text in any::<String>(), attribute in any::<String>()) {
            let fit = |text: &str| crate::text::fit_windows_1252(text).text;
            let element = Element::new("Query").with(Element::leaf("Key", fit(&text)).attribute("FilterValue", fit(&attribute)));
            let xml = element.to_xml().expect("fitted text can be written");
            prop_assert_eq!(Element::parse(&xml).expect("what we write is xml"), element);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "[<>/a&;! \\[\\]\"'=?-]{0,60}") {
            let _ = Element::parse(&text);
        }

        #[test]
        fn no_value_breaks_out_of_its_element(text in any::<String>()) {
            if let Ok(xml) = Element::leaf("V", text).to_xml() {
                prop_assert_eq!(Element::parse(&xml).expect("still xml").children().len(), 0);
            }
        }
    }
}
