//! Address check at street level or by region, with classification.
//!
//! ```text
//! AddressQuery ─► /api/addressvalidation/v2/{1·2·3} ─► Valid · Ambiguous · NotFound · Classified
//!      └ neither US nor PR ──────────────────────────► NotCovered, nothing sent
//!
//! check_locally(CA, MX) ─► form of the postal code, and whether it belongs to the province; never "validated"
//! ship with its city check ─► city against state and postal code, at booking
//! ```
//!
//! *Valid* does not mean *unchanged*: the one candidate is the standardised address and may differ in
//! suite, ZIP+4 or abbreviations, even in the street. Comparing is the caller's affair.
//!
//! Outside the US and Puerto Rico UPS looks at no street. For Canada and Mexico there are [`check_locally`] and the
//! city check UPS makes at booking; both together are postal consistency and no validation.

mod local;

use reqwest::Method;
use serde_json::{Value, json};

pub use self::local::{LocalCheck, LocalFinding, check_locally};
use crate::answer::{Answer, Kind};
use crate::client::{Call, Client};
use crate::error::{Alert, Error, RawAnswer};
use crate::json::Node;
use crate::text;

/// What to ask about an address: UPS's request option.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AddressOption {
    /// Whether it exists (`1`).
    Validation,
    /// Who lives there (`2`). The answer has no candidates.
    Classification,
    /// Both (`3`).
    #[default]
    Both,
}

impl AddressOption {
    fn as_str(self) -> &'static str {
        match self {
            Self::Validation => "1",
            Self::Classification => "2",
            Self::Both => "3",
        }
    }
}

/// The address to look up. Texts may be longer here than on a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressQuery {
    /// Who receives, at most 40 characters; may be empty.
    pub name: String,
    /// One to three street lines of at most 100 characters. None are needed for a regional lookup.
    pub lines: Vec<String>,
    /// At most 30 characters.
    pub city: String,
    /// At most 30 characters.
    pub state: String,
    /// The urbanization of a Puerto Rican address, at most 30 characters; may be empty.
    pub urbanization: String,
    /// Five or nine digits, with or without a hyphen; may be empty.
    pub postal_code: String,
    /// Two letters of ISO 3166.
    pub country: String,
    /// What to ask.
    pub option: AddressOption,
    /// Looks up city, state and ZIP only, and no street. The ZIP alone is enough.
    pub regional: bool,
    /// How many candidates to return at most, 0 to 50; 15 is UPS's own default.
    pub candidates: u8,
}

impl Default for AddressQuery {
    /// Nothing filled in; validation and classification, at street level, 15 candidates.
    fn default() -> Self {
        Self {
            name: String::new(),
            lines: Vec::new(),
            city: String::new(),
            state: String::new(),
            urbanization: String::new(),
            postal_code: String::new(),
            country: String::new(),
            option: AddressOption::Both,
            regional: false,
            candidates: 15,
        }
    }
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
#[non_exhaustive]
pub struct Candidate {
    /// Street lines; of an ambiguous address perhaps a range such as `1-3 E MAIN ST`.
    pub lines: Vec<String>,
    /// The city.
    pub city: Option<String>,
    /// The state's two letters.
    pub state: Option<String>,
    /// The urbanization of a Puerto Rican address.
    pub urbanization: Option<String>,
    /// Five digits.
    pub postal_code: Option<String>,
    /// The four digits of ZIP+4; of an ambiguous address perhaps a range such as `1200-1299`.
    pub postal_extension: Option<String>,
    /// City, state and ZIP on one line.
    pub region: Option<String>,
    /// Two letters of ISO 3166.
    pub country: Option<String>,
    /// Who lives there.
    pub class: Class,
}

/// First and last of a range of house numbers or ZIP+4 extensions, as UPS wrote them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberRange {
    /// The first.
    pub low: String,
    /// The last.
    pub high: String,
}

impl NumberRange {
    /// `1-3` and `1200-1299`, the second no less than the first.
    fn read(text: &str) -> Option<Self> {
        let (low, high) = text.split_once('-')?;
        let number = |part: &str| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse::<u32>().ok()).flatten();
        (number(low)? <= number(high)?).then(|| Self { low: low.to_owned(), high: high.to_owned() })
    }
}

impl Candidate {
    /// The house numbers, where the first line begins with a range: a side of a street, which nothing can be
    /// delivered to. To be asked of ambiguous answers only, since a valid one may hold such a number as it stands
    /// (`37-52 74TH ST` is a house in Queens).
    #[must_use]
    pub fn street_range(&self) -> Option<NumberRange> {
        NumberRange::read(self.lines.first()?.split_whitespace().next()?)
    }

    /// The ZIP+4 extensions, where UPS gives a range of them.
    #[must_use]
    pub fn postal_range(&self) -> Option<NumberRange> {
        NumberRange::read(self.postal_extension.as_deref()?)
    }
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
    /// Only the class was asked for; [`AddressReport::class`] has it.
    Classified,
    /// UPS checks streets in the US and Puerto Rico only, on its test host in New York and California
    /// only. This says nothing about the address.
    NotCovered,
}

/// The answer, with what stands beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AddressReport {
    /// What UPS knows.
    pub answer: AddressAnswer,
    /// Who lives there, if it was asked for: of the address as asked. A candidate has its own.
    pub class: Class,
    /// Warnings.
    pub alerts: Vec<Alert>,
    /// The answer as it came; empty where nothing was sent.
    pub raw: RawAnswer,
}

impl AddressReport {
    fn not_covered() -> Self {
        Self { answer: AddressAnswer::NotCovered, class: Class::Unknown, alerts: Vec::new(), raw: RawAnswer::default() }
    }
}

impl Client {
    /// Looks an address up.
    ///
    /// # Errors
    ///
    /// As with any reading call. `9264028` (request option) has come for good requests now and then.
    pub async fn check_address(&self, query: &AddressQuery) -> Result<AddressReport, Error> {
        let country = text::country("country", &query.country)?;
        if !matches!(country.as_str(), "US" | "PR") {
            return Ok(AddressReport::not_covered());
        }
        if query.candidates > 50 {
            let why = format!("is {}, UPS returns 50 candidates at most", query.candidates);
            return Err(Error::invalid("candidates", why));
        }
        let path = ["api", "addressvalidation", "v2", query.option.as_str()];
        let call = Call::new(Kind::Reading, "address", "Address Validation", Method::POST, &path)
            .query("regionalrequestindicator", if query.regional { "True" } else { "False" })
            .query("maximumcandidatelistsize", query.candidates.to_string())
            .body(query.body_json(&country)?);
        match self.send(call).await {
            Ok(answer) => AddressReport::read(&answer, query.option).map_err(Error::unreadable),
            // The test host's way to say that it knows two states only.
            Err(Error::Rejected { code, .. }) if code == "9264030" => Ok(AddressReport::not_covered()),
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
        let mut address = json!({
            "PoliticalDivision2": text::optional("city", Some(&self.city), 30)?,
            "PoliticalDivision1": text::optional("state", Some(&self.state), 30)?,
            "PostcodePrimaryLow": low,
            "PostcodeExtendedLow": extended,
            "CountryCode": country,
        });
        if !self.regional {
            address["ConsigneeName"] = json!(text::optional("name", Some(&self.name), 40)?);
            address["AddressLine"] = json!(text::lines("lines", &self.lines, 100)?);
        }
        if let Some(urbanization) = text::optional("urbanization", Some(&self.urbanization), 30)? {
            if country != "PR" {
                return Err(Error::invalid("urbanization", "is known in Puerto Rico only"));
            }
            address["Urbanization"] = json!(urbanization);
        }
        let asked = |name: &str| address.get(name).is_some_and(Value::is_string);
        if self.regional
            && !asked("PostcodePrimaryLow")
            && !(asked("PoliticalDivision2") && asked("PoliticalDivision1"))
        {
            return Err(Error::invalid("postal_code", "or city and state are needed for a regional lookup"));
        }
        Ok(text::compact(json!({ "XAVRequest": { "AddressKeyFormat": address } })).to_string())
    }
}

impl AddressReport {
    /// Reads an answer that was kept, to a query with this option.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] if it is no answer about an address.
    pub fn from_raw(raw: &[u8], option: AddressOption) -> Result<Self, Error> {
        Self::read(&Answer::kept(raw)?, option).map_err(Error::unreadable)
    }

    fn read(answer: &Answer, option: AddressOption) -> Result<Self, String> {
        let container = answer.container("XAVResponse")?;
        Ok(Self {
            answer: AddressAnswer::read(container, option)?,
            class: Class::read(container),
            alerts: container.path(&["Response", "Alert"]).alerts(),
            raw: answer.raw.clone(),
        })
    }
}

impl AddressAnswer {
    fn read(container: Node<'_>, option: AddressOption) -> Result<Self, String> {
        let candidates: Vec<Candidate> = container.at("Candidate").each().map(Candidate::read).collect();
        if container.at("ValidAddressIndicator").present() {
            return match <[Candidate; 1]>::try_from(candidates) {
                Ok([candidate]) => Ok(Self::Valid(candidate.or_class_of(container))),
                Err(others) => Err(format!(
                    "XAVResponse has ValidAddressIndicator and, instead of one Candidate, {}",
                    others.len()
                )),
            };
        }
        if container.at("AmbiguousAddressIndicator").present() {
            return Ok(Self::Ambiguous(candidates));
        }
        if container.at("NoCandidatesIndicator").present() {
            return Ok(Self::NotFound);
        }
        if option == AddressOption::Classification && container.at("AddressClassification").is_filled() {
            return Ok(Self::Classified);
        }
        Err("XAVResponse calls the address neither valid nor ambiguous nor unknown".to_owned())
    }
}

impl Candidate {
    fn read(node: Node<'_>) -> Self {
        let address = node.at("AddressKeyFormat");
        Self {
            lines: address.at("AddressLine").each().filter_map(Node::text).collect(),
            city: address.text_at("PoliticalDivision2"),
            state: address.text_at("PoliticalDivision1"),
            urbanization: address.text_at("Urbanization"),
            postal_code: address.text_at("PostcodePrimaryLow"),
            postal_extension: address.text_at("PostcodeExtendedLow"),
            region: address.text_at("Region"),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_of_house_numbers_is_no_house() {
        let range = |text: &str| NumberRange::read(text).map(|range| (range.low, range.high));
        assert_eq!(range("1-3"), Some(("1".to_owned(), "3".to_owned())));
        assert_eq!(range("1200-1299"), Some(("1200".to_owned(), "1299".to_owned())));
        for house in ["12380", "37-14", "12A-14", "-3", "1-", "MAIN"] {
            assert_eq!(range(house), None, "{house}");
        }
    }
}
