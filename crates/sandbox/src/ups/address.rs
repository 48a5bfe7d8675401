//! Address validation at street level, the United States and Puerto Rico only.
//!
//! ```text
//! lines ─► standardise (upper case, abbreviations, unit apart) ─► atlas of known places
//!    as it stands, or with city or ZIP set right ──────────► valid, one candidate with ZIP+4
//!    the direction missing, a slip of the pen ─────────────► valid if one fits, else ambiguous
//!    the street is known, the number is not ───────────────► ambiguous, a range of numbers
//!    nothing alike ────────────────────────────────────────► no candidates
//! ```

use serde_json::{Value, json};

use super::envelope::{Refusal, Shape, success};
use super::geography::state_of_zip;
use super::reading::{at, present, text, texts};
use super::{Ups, Visit};
use crate::serve::Reply;
use crate::world::places::{Place, places};

/// Every known place in its standard spelling.
#[derive(Debug, Clone)]
pub(crate) struct Atlas(Vec<Known>);

#[derive(Debug, Clone)]
struct Known {
    street: Street,
    city: String,
    state: String,
    zip: String,
    extension: String,
    residential: bool,
}

impl Atlas {
    /// The world's places.
    pub(crate) fn of_the_world() -> Self {
        Self(places().iter().map(Known::of).collect())
    }

    pub(crate) fn add(&mut self, place: &Place) {
        self.0.push(Known::of(place));
    }

    /// Whether a city lies at a ZIP code, as far as a place with that code is known.
    pub(crate) fn city_fits(&self, city: &str, postal: &str) -> bool {
        let city = standard_city(city);
        let mut around = self.0.iter().filter(|known| postal.starts_with(&known.zip)).peekable();
        around.peek().is_none() || around.any(|known| known.city == city)
    }

    fn find(&self, asked: &Query) -> Finding {
        let Some(street) = &asked.street else { return Finding::Nothing };
        let near: Vec<&Known> = self.0.iter().filter(|known| asked.is_around(known)).collect();
        let numbered = |known: &&&Known| known.street.number == street.number;
        let exact: Vec<&Known> =
            near.iter().filter(numbered).filter(|known| known.street.name == street.name).copied().collect();
        if !exact.is_empty() {
            return Finding::among(exact, street);
        }
        let alike: Vec<&Known> =
            near.iter().filter(numbered).filter(|known| known.street.resembles(street)).copied().collect();
        if !alike.is_empty() {
            return Finding::among(alike, street);
        }
        let same_street: Vec<&Known> = near.iter().filter(|known| known.street.name == street.name).copied().collect();
        if same_street.is_empty() {
            Finding::Nothing
        } else {
            Finding::Several(same_street.into_iter().map(Known::range).collect())
        }
    }
}

impl Known {
    fn of(place: &Place) -> Self {
        Self {
            street: Street::read(&[place.full_line()]).unwrap_or_default(),
            city: standard_city(place.city),
            state: place.state.to_owned(),
            zip: place.zip5.to_owned(),
            extension: place.zip4.clone(),
            residential: place.residential,
        }
    }

    /// The place with the unit that was asked for: UPS neither adds nor corrects suites.
    fn candidate(&self, unit: Option<&str>) -> Candidate {
        let line = format!("{} {}", self.street.number, self.street.name);
        let line = unit.map_or(line.clone(), |unit| format!("{line} {unit}"));
        Candidate { line, extension: self.extension.clone(), known: self.clone() }
    }

    /// The block the place stands in, as a range of numbers.
    fn range(&self) -> Candidate {
        let number: u32 = self.street.number.parse().unwrap_or_default();
        let block = number / 100 * 100;
        let line = format!("{}-{} {}", block + 1, block + 99, self.street.name);
        Candidate { line, extension: String::new(), known: self.clone() }
    }
}

#[derive(Debug, Clone)]
struct Candidate {
    line: String,
    extension: String,
    known: Known,
}

enum Finding {
    One(Candidate),
    Several(Vec<Candidate>),
    Nothing,
}

impl Finding {
    fn among(found: Vec<&Known>, asked: &Street) -> Self {
        let mut candidates: Vec<Candidate> =
            found.into_iter().map(|known| known.candidate(asked.unit.as_deref())).collect();
        if candidates.len() == 1 { Self::One(candidates.remove(0)) } else { Self::Several(candidates) }
    }
}

/// A house number, a street's name in standard spelling, a unit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Street {
    number: String,
    name: String,
    unit: Option<String>,
}

impl Street {
    /// Finds the street among address lines: the first that begins with a number. A line of its own
    /// may hold the unit.
    fn read(lines: &[String]) -> Option<Self> {
        let spelled: Vec<Vec<String>> = lines.iter().map(|line| standard_words(line)).collect();
        let begins_with_digit =
            |words: &&Vec<String>| words.first().is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit()));
        let words = spelled.iter().find(begins_with_digit).filter(|words| words.len() > 1)?;
        let (number, rest) = words.split_first()?;
        let end = rest.iter().position(|word| is_unit(word)).unwrap_or(rest.len());
        let (name, unit) = rest.split_at(end);
        let apart = || spelled.iter().find(|words| words.first().is_some_and(|word| is_unit(word)));
        let unit = if unit.is_empty() { apart().map(Vec::as_slice) } else { Some(unit) };
        Some(Self { number: number.clone(), name: name.join(" "), unit: unit.map(|words| words.join(" ")) })
    }

    /// The same street but for a direction one of them lacks, or for one or two wrong letters.
    fn resembles(&self, other: &Self) -> bool {
        let (own, asked) = (without_direction(&self.name), without_direction(&other.name));
        let directions_agree = own == self.name || asked == other.name;
        let slip = if own.len() > 8 { 2 } else { 1 };
        (directions_agree && own == asked) || distance(&self.name, &other.name) <= slip
    }
}

fn without_direction(name: &str) -> &str {
    ["N ", "S ", "E ", "W "].iter().find_map(|direction| name.strip_prefix(direction)).unwrap_or(name)
}

fn is_unit(word: &str) -> bool {
    matches!(word, "STE" | "APT" | "UNIT" | "FL" | "RM" | "BLDG" | "DEPT")
}

/// Upper case, no punctuation, the post office's abbreviations.
fn standard_words(line: &str) -> Vec<String> {
    let spaced = line.to_uppercase().replace('#', " STE ").replace([',', '.', ';'], " ");
    let mut words: Vec<String> = spaced.split_whitespace().map(|word| abbreviation(word).to_owned()).collect();
    // `SUITE # 210` names the unit twice.
    words.dedup_by(|next, before| is_unit(next) && is_unit(before));
    words
}

fn abbreviation(word: &str) -> &str {
    const PAIRS: [(&str, &str); 44] = [
        ("STREET", "ST"),
        ("STR", "ST"),
        ("AVENUE", "AVE"),
        ("AV", "AVE"),
        ("BOULEVARD", "BLVD"),
        ("DRIVE", "DR"),
        ("DRV", "DR"),
        ("ROAD", "RD"),
        ("LANE", "LN"),
        ("COURT", "CT"),
        ("PLACE", "PL"),
        ("PARKWAY", "PKWY"),
        ("PKY", "PKWY"),
        ("TERRACE", "TER"),
        ("CIRCLE", "CIR"),
        ("HIGHWAY", "HWY"),
        ("SQUARE", "SQ"),
        ("TRAIL", "TRL"),
        ("NORTH", "N"),
        ("SOUTH", "S"),
        ("EAST", "E"),
        ("WEST", "W"),
        ("NORTHEAST", "NE"),
        ("NORTHWEST", "NW"),
        ("SOUTHEAST", "SE"),
        ("SOUTHWEST", "SW"),
        ("SUITE", "STE"),
        ("APARTMENT", "APT"),
        ("FLOOR", "FL"),
        ("ROOM", "RM"),
        ("BUILDING", "BLDG"),
        ("DEPARTMENT", "DEPT"),
        ("FIRST", "1ST"),
        ("SECOND", "2ND"),
        ("THIRD", "3RD"),
        ("FOURTH", "4TH"),
        ("FIFTH", "5TH"),
        ("SIXTH", "6TH"),
        ("SEVENTH", "7TH"),
        ("EIGHTH", "8TH"),
        ("NINTH", "9TH"),
        ("TENTH", "10TH"),
        ("MOUNT", "MT"),
        ("FORT", "FT"),
    ];
    PAIRS.iter().find(|(long, _)| *long == word).map_or(word, |(_, short)| short)
}

fn standard_city(city: &str) -> String {
    let words = standard_words(city).join(" ");
    match words.strip_prefix("ST ") {
        Some(rest) => format!("SAINT {rest}"),
        None => words,
    }
}

/// How many letters must be changed, added or left out to make one text of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (above, a) in one.chars().enumerate() {
        let mut corner = above;
        row[0] = above + 1;
        for (index, b) in other.iter().enumerate() {
            let replaced = corner + usize::from(a != *b);
            corner = row[index + 1];
            row[index + 1] = replaced.min(corner + 1).min(row[index] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

/// The address asked about.
struct Query {
    street: Option<Street>,
    city: String,
    state: String,
    zip: String,
    country: String,
}

impl Query {
    fn read(key: &Value) -> Self {
        let field = |name: &str| text(key, &[name]);
        let zip: String = field("PostcodePrimaryLow").chars().filter(char::is_ascii_digit).take(5).collect();
        Self {
            street: Street::read(&texts(key, &["AddressLine"])),
            city: standard_city(&field("PoliticalDivision2")),
            state: field("PoliticalDivision1").to_uppercase(),
            zip,
            country: field("CountryCode").to_uppercase(),
        }
    }

    /// Whether a place lies where the query points: city and state, or the ZIP, may be wrong, but
    /// not both; a misspelt city still points at its ZIP.
    fn is_around(&self, known: &Known) -> bool {
        let by_zip = self.zip == known.zip;
        let by_city = self.city == known.city && (self.state.is_empty() || self.state == known.state);
        by_zip || by_city
    }
}

pub(super) fn answer(ups: &Ups, visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let body = visit.json()?;
    let request = at(&body, &["XAVRequest"]);
    let key = at(request, &["AddressKeyFormat"]);
    let query = Query::read(key);
    let option = visit.segment(3);
    if !matches!(option, "1" | "2" | "3") {
        return Err(Refusal::bad("9264028", "Missing or invalid request option."));
    }
    let limit = candidate_limit(visit)?;
    if !matches!(query.country.as_str(), "US" | "PR") {
        // UPS's own code for this is not public; this one is assumed.
        return Err(Refusal::bad("9264027", "The country is not supported for address validation."));
    }
    let state = ups.state();
    if state.manners.is_cie() && !matches!(query.state.as_str(), "NY" | "CA") {
        let message = "The state is not supported in the Customer Integration Environment.";
        return Err(Refusal::bad("9264030", message));
    }
    let regional =
        visit.query_flag("regionalrequestindicator", "true") || present(request, &["RegionalRequestIndicator"]);
    let shape = Shape::of(visit.segment(2), 2, state.manners.collapse_lists);
    let mut answer =
        if regional { regional_answer(&query) } else { street_answer(&state.atlas.find(&query), option, limit, shape) };
    let context = text(request, &["Request", "TransactionReference", "CustomerContext"]);
    answer["Response"] = success(shape, &context, &visit.transaction, Vec::new());
    Ok(Reply::json(200, &json!({"XAVResponse": answer})))
}

fn candidate_limit(visit: &Visit<'_>) -> Result<usize, Refusal> {
    let Some(given) = visit.request.query_value("maximumcandidatelistsize") else { return Ok(15) };
    given
        .parse()
        .ok()
        .filter(|size| (0..=50).contains(size))
        .ok_or_else(|| Refusal::bad("9264032", "Invalid maximum candidate list size."))
}

fn street_answer(finding: &Finding, option: &str, limit: usize, shape: Shape) -> Value {
    let class = classification(match finding {
        Finding::One(candidate) => Some(candidate.known.residential),
        Finding::Several(_) | Finding::Nothing => None,
    });
    if option == "2" {
        return json!({"AddressClassification": class});
    }
    let classified = option == "3";
    let (indicator, candidates) = match finding {
        Finding::One(candidate) => ("ValidAddressIndicator", vec![written(candidate, classified)]),
        Finding::Several(several) => {
            let list = several.iter().take(limit).map(|candidate| written(candidate, classified)).collect();
            ("AmbiguousAddressIndicator", list)
        }
        Finding::Nothing => ("NoCandidatesIndicator", Vec::new()),
    };
    let mut answer = json!({indicator: ""});
    if classified {
        answer["AddressClassification"] = class;
    }
    if !candidates.is_empty() {
        answer["Candidate"] = shape.list(candidates);
    }
    answer
}

fn classification(residential: Option<bool>) -> Value {
    match residential {
        None => json!({"Code": "0", "Description": "Unknown"}),
        Some(false) => json!({"Code": "1", "Description": "Commercial"}),
        Some(true) => json!({"Code": "2", "Description": "Residential"}),
    }
}

/// A candidate as UPS writes it: upper case, a single address line as plain text.
fn written(candidate: &Candidate, classified: bool) -> Value {
    let Known { city, state, zip, residential, .. } = &candidate.known;
    let mut key = json!({
        "AddressLine": candidate.line,
        "PoliticalDivision2": city,
        "PoliticalDivision1": state,
        "PostcodePrimaryLow": zip,
        "CountryCode": "US",
    });
    let mut region = format!("{city} {state} {zip}");
    if !candidate.extension.is_empty() {
        key["PostcodeExtendedLow"] = json!(candidate.extension);
        region = format!("{region}-{}", candidate.extension);
    }
    key["Region"] = json!(region);
    let mut written = json!({"AddressKeyFormat": key});
    if classified {
        let ranged = candidate.extension.is_empty();
        written["AddressClassification"] = classification(Some(*residential).filter(|_| !ranged));
    }
    written
}

/// City, state and ZIP only: the ZIP must lie in the state.
fn regional_answer(query: &Query) -> Value {
    let state = state_of_zip(&query.zip).filter(|state| query.state.is_empty() || query.state == *state);
    match state {
        None => json!({"NoCandidatesIndicator": ""}),
        Some(state) => json!({
            "ValidAddressIndicator": "",
            "Candidate": [{"AddressKeyFormat": {
                "PoliticalDivision2": query.city,
                "PoliticalDivision1": state,
                "PostcodePrimaryLow": query.zip,
                "Region": format!("{} {state} {}", query.city, query.zip),
                "CountryCode": "US",
            }}],
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Street {
        Street::read(&[text.to_owned()]).expect("a street")
    }

    #[test]
    fn spellings_of_one_address_are_the_same() {
        let same = ["4120 North Harbor Boulevard, Suite 210", "4120 n. harbor blvd #210", "4120 N HARBOR BLVD STE 210"];
        for text in same {
            assert_eq!(line(text), line(same[0]), "{text}");
        }
        assert_eq!(line(same[0]).unit.as_deref(), Some("STE 210"));
    }

    #[test]
    fn letters_are_counted() {
        assert_eq!(distance("FOUNDRY ST", "FUNDRY ST"), 1);
        assert_eq!(distance("", "ABC"), 3);
        assert_eq!(distance("MAPLE AVE", "MAPEL AVE"), 2);
    }
}
