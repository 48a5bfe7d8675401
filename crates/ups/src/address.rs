//! Address check at street level, with classification.
//!
//! ```text
//! AddressQuery ─► /api/addressvalidation/v2/3 ─► Valid · Ambiguous · NotFound
//!      └ neither US nor PR ──────────────────────► NotCovered, nothing sent
//! ```
//!
//! *Valid* does not mean *unchanged*: the one candidate is the standardised address and may differ in
//! suite, ZIP+4 or abbreviations, even in the street. Comparing is the caller's affair.

use reqwest::Method;
use serde_json::json;

use crate::answer::{Answer, Kind};
use crate::client::{Call, Client};
use crate::error::Error;
use crate::json::Node;
use crate::text;

/// The address to look up. Texts may be longer here than on a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressQuery {
    /// Who receives, at most 40 characters; may be empty.
    pub name: String,
    /// One to three street lines of at most 100 characters.
    pub lines: Vec<String>,
    /// At most 30 characters.
    pub city: String,
    /// At most 30 characters.
    pub state: String,
    /// Five or nine digits, with or without a hyphen; may be empty.
    pub postal_code: String,
    /// Two letters of ISO 3166.
    pub country: String,
}

/// Who lives there, as far as UPS knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Class {
    /// Not classified; UPS's code 0, or none.
    Unknown,
    /// A business.
    Commercial,
    /// A residence: UPS charges more.
    Residential,
    /// A code this crate does not know.
    Other(String),
}

/// An address as UPS would write it, in capitals. Only the country is certain to be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Street lines; of an ambiguous address perhaps a range such as `1-3 E MAIN ST`.
    pub lines: Vec<String>,
    /// The city.
    pub city: Option<String>,
    /// The state's two letters.
    pub state: Option<String>,
    /// Five digits.
    pub postal_code: Option<String>,
    /// The four digits of ZIP+4.
    pub postal_extension: Option<String>,
    /// Two letters of ISO 3166.
    pub country: Option<String>,
    /// Who lives there.
    pub class: Class,
}

/// What UPS knows of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressAnswer {
    /// Found; the standardised address.
    Valid(Candidate),
    /// Several would fit; perhaps ranges that cannot be delivered to as they stand.
    Ambiguous(Vec<Candidate>),
    /// No such address.
    NotFound,
    /// UPS checks streets in the US and Puerto Rico only, on its test host in New York and California
    /// only. This says nothing about the address.
    NotCovered,
}

impl Client {
    /// Looks an address up.
    ///
    /// # Errors
    ///
    /// As with any reading call.
    pub async fn check_address(&self, query: &AddressQuery) -> Result<AddressAnswer, Error> {
        let country = text::country("country", &query.country)?;
        if !matches!(country.as_str(), "US" | "PR") {
            return Ok(AddressAnswer::NotCovered);
        }
        let path = ["api", "addressvalidation", "v2", "3"];
        let call = Call::new(Kind::Reading, "address", "Address Validation", Method::POST, &path)
            .query("regionalrequestindicator", "False")
            .query("maximumcandidatelistsize", "15")
            .body(query.body_json(&country)?);
        match self.send(call).await {
            Ok(answer) => AddressAnswer::read(&answer).map_err(Error::unreadable),
            // The test host's way to say that it knows two states only.
            Err(Error::Rejected { code, .. }) if code == "9264030" => Ok(AddressAnswer::NotCovered),
            Err(error) => Err(error),
        }
    }
}

impl AddressQuery {
    fn body_json(&self, country: &str) -> Result<String, Error> {
        let postal = text::optional("postal_code", Some(&self.postal_code), 10)?;
        let digits = postal.map(|code| code.chars().filter(char::is_ascii_digit).collect::<String>());
        let (low, extended) = match &digits {
            Some(digits) if digits.len() == 9 => (Some(&digits[..5]), Some(&digits[5..])),
            Some(digits) if digits.len() == 5 => (Some(digits.as_str()), None),
            Some(_) => return Err(Error::invalid("postal_code", "must have five or nine digits")),
            None => (None, None),
        };
        let request = json!({ "XAVRequest": { "AddressKeyFormat": {
            "ConsigneeName": text::optional("name", Some(&self.name), 40)?,
            "AddressLine": text::lines("lines", &self.lines, 100)?,
            "PoliticalDivision2": text::optional("city", Some(&self.city), 30)?,
            "PoliticalDivision1": text::optional("state", Some(&self.state), 30)?,
            "PostcodePrimaryLow": low,
            "PostcodeExtendedLow": extended,
            "CountryCode": country,
        } } });
        Ok(text::without_nulls(request).to_string())
    }
}

impl AddressAnswer {
    fn read(answer: &Answer) -> Result<Self, String> {
        let container = answer.container("XAVResponse")?;
        let candidates: Vec<Candidate> = container.at("Candidate").each().map(Candidate::read).collect();
        if container.at("ValidAddressIndicator").present() {
            return match <[Candidate; 1]>::try_from(candidates) {
                Ok([candidate]) => Ok(Self::Valid(candidate.or_class_of(container))),
                Err(others) => Err(format!("the answer calls the address valid and has {} candidates", others.len())),
            };
        }
        if container.at("AmbiguousAddressIndicator").present() {
            return Ok(Self::Ambiguous(candidates));
        }
        if container.at("NoCandidatesIndicator").present() {
            return Ok(Self::NotFound);
        }
        Err("the answer calls the address neither valid nor ambiguous nor unknown".to_owned())
    }
}

impl Candidate {
    fn read(node: Node<'_>) -> Self {
        let address = node.at("AddressKeyFormat");
        Self {
            lines: address.at("AddressLine").each().filter_map(Node::text).collect(),
            city: address.text_at("PoliticalDivision2"),
            state: address.text_at("PoliticalDivision1"),
            postal_code: address.text_at("PostcodePrimaryLow"),
            postal_extension: address.text_at("PostcodeExtendedLow"),
            country: address.text_at("CountryCode"),
            class: Class::read(node),
        }
    }

    /// The class may stand beside the candidate instead of inside it.
    fn or_class_of(mut self, container: Node<'_>) -> Self {
        if self.class == Class::Unknown {
            self.class = Class::read(container);
        }
        self
    }
}

impl Class {
    fn read(node: Node<'_>) -> Self {
        match node.at("AddressClassification").text_at("Code").as_deref() {
            None | Some("0") => Self::Unknown,
            Some("1") => Self::Commercial,
            Some("2") => Self::Residential,
            Some(other) => Self::Other(other.to_owned()),
        }
    }
}
