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

use crate::text::{self, Encoding, forbidden_in_xml, in_windows_1252};

/// Deepest nesting that is read; SYSPRO's answers have fewer than ten levels.
pub(crate) const MAX_DEPTH: usize = 64;

/// An element with its text and children.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Element {
    prefix: String,
    name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Element>,
    text: String,
    line: Line,
}

/// The line an element begins on, where somebody asked for it. Where it stands makes no element another one.
#[derive(Debug, Clone, Copy, Default)]
struct Line(Option<usize>);

impl PartialEq for Line {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Line {}

/// Why a text is not XML, or a value cannot be put into it. `at` is the path of the elements that were open, as
/// `SorDetail/SalesOrderLine`, or `the document` where none was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// The text is not well-formed.
    #[error("not xml in {at}: {why}")]
    Malformed {
        /// The open elements.
        at: String,
        /// What is wrong.
        why: String,
    },
    /// The text ends before its root element does, or has no element.
    #[error("the xml is cut off in {at}")]
    CutOff {
        /// The open elements.
        at: String,
    },
    /// There is text or a second element after the root.
    #[error("the xml has something after its root element {root}")]
    AfterRoot {
        /// The root element.
        root: String,
    },
    /// Elements are nested deeper than 64 levels.
    #[error("the xml is nested too deeply in {at}")]
    TooDeep {
        /// The open elements.
        at: String,
    },
    /// The document brings its own definitions.
    #[error("the xml has a document type definition")]
    DocType,
    /// A reference to something other than the five standard entities or a character.
    #[error("the xml refers to an unknown entity in {at}")]
    UnknownEntity {
        /// The open elements.
        at: String,
    },
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
        Self::read(&mut Reader::from_str(text.trim()), |_| None)
    }

    /// As [`Self::parse`] for a file that somebody wrote: elements and errors know their lines, counted from one.
    pub(crate) fn parse_with_lines(text: &str) -> Result<Self, (usize, XmlError)> {
        let trimmed = text.trim_start();
        let skipped = text.len() - trimmed.len();
        let line_at = |position: u64| {
            let end = usize::try_from(position).unwrap_or(usize::MAX).saturating_add(skipped).min(text.len());
            1 + text.as_bytes()[..end].iter().filter(|it| **it == b'\n').count()
        };
        let mut reader = Reader::from_str(trimmed.trim_end());
        Self::read(&mut reader, |position| Some(line_at(position)))
            .map_err(|error| (line_at(reader.error_position().max(reader.buffer_position())), error))
    }

    fn read(reader: &mut Reader<&[u8]>, line_at: impl Fn(u64) -> Option<usize>) -> Result<Self, XmlError> {
        let mut tree = Tree::default();
        loop {
            let begins = reader.buffer_position();
            match reader.read_event().map_err(|error| tree.malformed(error))? {
                Event::Start(start) => {
                    let element = tree.read_start(&start)?;
                    tree.open(Self { line: Line(line_at(begins)), ..element })?;
                }
                Event::Empty(start) => {
                    let element = tree.read_start(&start)?;
                    tree.open(Self { line: Line(line_at(begins)), ..element })?;
                    tree.close()?;
                }
                Event::End(_) => tree.close()?,
                Event::Text(text) => tree.push(&text.xml10_content())?,
                Event::CData(text) => tree.push(&text.xml10_content())?,
                Event::GeneralRef(reference) => {
                    let character = reference.resolve_char_ref().map_err(|error| tree.malformed(error))?;
                    let character = character.or_else(|| predefined(&reference));
                    let character = character.ok_or_else(|| XmlError::UnknownEntity { at: tree.place() })?;
                    tree.push(character.encode_utf8(&mut [0; 4]))?;
                }
                Event::DocType(_) => return Err(XmlError::DocType),
                Event::Comment(_) | Event::PI(_) | Event::Decl(_) => {}
                Event::Eof => return tree.finish(),
            }
        }
    }

    /// The namespace prefix as it came, empty for none. Some fields differ by it only: `SALBRN:Description` and
    /// `SALARE:Description`.
    pub fn prefix(&self) -> &str {
        &self.prefix
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

    /// The line it begins on, of a document read with lines.
    pub(crate) fn line(&self) -> Option<usize> {
        self.line.0
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

    /// The attributes without namespace declarations, names without prefix.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()))
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

    /// The elements at the end of a path of names, as `SalesOrderLine/CommentLine/NComment`; its first name may stand
    /// anywhere below. `A|B` is either name and `*`
    /// any; a name may ask for a child's text: `Field[Name=TRKNUM]/Value`.
    pub fn at_path<'a>(&'a self, path: &str) -> Vec<&'a Element> {
        let mut steps = path.split('/').map(Step::read);
        let Some(first) = steps.next() else { return Vec::new() };
        let mut found: Vec<&Element> = self.descendants().filter(|element| first.fits(element)).collect();
        for step in steps {
            let below = found.into_iter().flat_map(|element| element.children());
            found = below.filter(|element| step.fits(element)).collect();
        }
        found
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

/// One name of a path, with the child's text it asks for.
struct Step<'a> {
    name: &'a str,
    child: Option<(&'a str, &'a str)>,
}

impl<'a> Step<'a> {
    fn read(text: &'a str) -> Self {
        let condition = text.strip_suffix(']').and_then(|text| text.split_once('['));
        match condition.and_then(|(name, condition)| Some((name, condition.split_once('=')?))) {
            Some((name, child)) => Self { name, child: Some(child) },
            None => Self { name: text, child: None },
        }
    }

    fn fits(&self, element: &Element) -> bool {
        let child = |(name, text): (&str, &str)| element.value(name).is_some_and(|it| it.eq_ignore_ascii_case(text));
        (self.name == "*" || self.name.split('|').any(|name| element.is(name))) && self.child.is_none_or(child)
    }
}

/// The tree while it is being read: open elements, innermost last.
#[derive(Default)]
struct Tree {
    open: Vec<Element>,
    root: Option<Element>,
}

/// The longest path an error repeats, in characters.
const MAX_PLACE: usize = 120;

impl Tree {
    /// Which elements are open, for an error.
    fn place(&self) -> String {
        if self.open.is_empty() {
            return "the document".to_owned();
        }
        let names = self.open.iter().map(|element| element.name.as_str()).collect::<Vec<_>>().join("/");
        match names.char_indices().nth_back(MAX_PLACE) {
            Some((start, _)) => format!("…{}", &names[start..]),
            None => names,
        }
    }

    fn malformed(&self, why: impl fmt::Display) -> XmlError {
        XmlError::Malformed { at: self.place(), why: why.to_string() }
    }

    fn after_root(&self) -> XmlError {
        XmlError::AfterRoot { root: self.root.as_ref().map(|root| root.name.clone()).unwrap_or_default() }
    }

    /// Namespace declarations are no attributes: they only say what prefixes mean, and prefixes are ignored.
    fn read_start(&self, start: &BytesStart<'_>) -> Result<Element, XmlError> {
        let name = start.name();
        let (prefix, local) = name.as_ref().rsplit_once(':').unwrap_or(("", name.as_ref()));
        let mut element = Element::new(local);
        prefix.clone_into(&mut element.prefix);
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| self.malformed(error))?;
            let key = attribute.key.as_ref();
            if key == "xmlns" || key.starts_with("xmlns:") {
                continue;
            }
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| self.malformed(error))?;
            let local = key.rsplit_once(':').map_or(key, |(_, local)| local);
            element.attributes.push((local.to_owned(), value.into_owned()));
        }
        Ok(element)
    }

    fn open(&mut self, element: Element) -> Result<(), XmlError> {
        if self.root.is_some() {
            return Err(self.after_root());
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(XmlError::TooDeep { at: self.place() });
        }
        self.open.push(element);
        Ok(())
    }

    fn close(&mut self) -> Result<(), XmlError> {
        let Some(done) = self.open.pop() else { return Err(self.malformed("an end without a beginning")) };
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
            None if self.root.is_some() => return Err(self.after_root()),
            None => return Err(self.malformed("text before the root element")),
        }
        Ok(())
    }

    fn finish(self) -> Result<Element, XmlError> {
        let at = self.place();
        self.root.filter(|_| self.open.is_empty()).ok_or(XmlError::CutOff { at })
    }
}

/// Text with everything escaped that XML needs escaped.
pub(crate) fn escape_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#13;"),
            _ => out.push(c),
        }
    }
    out
}

/// Reads a document's bytes, UTF-8 where they are and Windows-1252 otherwise. Never panics, whatever the bytes.
///
/// # Errors
/// As [`Element::parse`].
pub fn read_xml(bytes: &[u8]) -> Result<Element, XmlError> {
    let text = text::decode(bytes, Encoding::Auto)
        .map_err(|why| XmlError::Malformed { at: "the document".to_owned(), why: why.to_owned() })?;
    Element::parse(&text)
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
        let deep = Element::parse(&"<a>".repeat(1000)).expect_err("too deep");
        assert!(matches!(&deep, XmlError::TooDeep { at } if at.starts_with("…") && at.ends_with("/a")), "{deep}");
    }

    #[test]
    fn errors_name_the_elements_that_were_open() {
        for (text, words) in [
            (
                "<SorDetail><SalesOrderLine><MStockCode>B100",
                "the xml is cut off in SorDetail/SalesOrderLine/MStockCode",
            ),
            ("<SorDetail><NComment>&bomb;</NComment>", "the xml refers to an unknown entity in SorDetail/NComment"),
            ("<SorDetail/><More/>", "the xml has something after its root element SorDetail"),
            ("  ", "the xml is cut off in the document"),
            ("hello", "not xml in the document: text before the root element"),
        ] {
            assert_eq!(Element::parse(text).expect_err(text).to_string(), words);
        }
        let torn = Element::parse("<SorDetail><Key></SorDetail>").expect_err("torn").to_string();
        assert!(torn.starts_with("not xml in SorDetail/Key: "), "{torn}");
    }

    #[test]
    fn a_path_finds_the_elements_it_names() {
        let text = "<SorDetail><SalesOrderLine><CommentLine><NComment>one</NComment></CommentLine></SalesOrderLine>\
                    <commentline><ncomment>two</ncomment></commentline>\
                    <Form><Field><Name>A</Name><Value>1</Value></Field><Field><Name>B</Name><Value>2</Value></Field></Form></SorDetail>";
        let root = Element::parse(text).expect("well-formed");
        let texts = |path: &str| root.at_path(path).iter().map(|it| it.text().to_owned()).collect::<Vec<_>>();
        assert_eq!(texts("CommentLine/NComment"), ["one", "two"]);
        assert_eq!(texts("Field[Name=b]/Value"), ["2"]);
        assert_eq!(texts("Field[Name=A]/Other|Value"), ["1"]);
        assert_eq!(texts("SorDetail/Field"), Vec::<String>::new());
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
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Err(error) = read_xml(&bytes) {
                prop_assert!(error.to_string().contains("xml"), "{}", error);
            }
        }

        #[test]
        fn a_cut_anywhere_is_noticed_and_named(cut in 0_usize..70) {
            let text = "<SorDetail><SalesOrder>000346</SalesOrder><Name>M&amp;S</Name></SorDetail>";
            let error = Element::parse(&text[..cut]).expect_err("cut");
            prop_assert!(cut < 12 || error.to_string().contains("SorDetail"), "{}", error);
        }

        #[test]
        fn no_value_breaks_out_of_its_element(text in any::<String>()) {
            if let Ok(xml) = Element::leaf("V", text).to_xml() {
                prop_assert_eq!(Element::parse(&xml).expect("still xml").children().len(), 0);
            }
        }
    }
}
