//! Address validation, the United States and Puerto Rico only: whole addresses, or city, state and
//! ZIP alone.
//!
//! ```text
//! lines ─► standardise (upper case, abbreviations, unit apart) ─► atlas of known places
//!    as it stands, or with city or ZIP set right ──────────► valid, one candidate with ZIP+4
//!    the direction missing, a slip of the pen ─────────────► valid if one fits, else ambiguous
//!    the street is known, the number is not ───────────────► ambiguous, a range of numbers
//!    nothing alike ────────────────────────────────────────► no candidates
//! ```

mod atlas;
mod street;

use serde_json::{Value, json};

use super::envelope::{Lists, Refusal, accepted};
use super::geography::{is_us_state, state_of_zip};
use super::manners::Manners;
use super::reading::{at, present, text, texts};
use super::{Ups, Visit};
use crate::serve::Reply;
pub(crate) use atlas::Atlas;
use atlas::{Candidate, Finding, Known};
use street::{Street, standard_city};

/// City, state and ZIP.
struct Region {
    city: String,
    state: String,
    zip: String,
}

impl Region {
    /// From its own element, which counts more, or from the three of city, state and ZIP.
    fn read(key: &Value) -> Self {
        let field = |name: &str| text(key, &[name]);
        let whole = field("Region");
        if !whole.is_empty() {
            return Self::from_line(&whole);
        }
        let zip = field("PostcodePrimaryLow").chars().filter(char::is_ascii_digit).take(5).collect();
        let state = field("PoliticalDivision1").to_uppercase();
        Self { city: standard_city(&field("PoliticalDivision2")), state, zip }
    }

    /// `ALPHARETTA GA 30005-4616`, any part of which may be missing.
    fn from_line(line: &str) -> Self {
        let upper = line.to_uppercase().replace(',', " ");
        let mut words: Vec<&str> = upper.split_whitespace().collect();
        let is_zip = |word: &str| word.len() >= 5 && word.chars().all(|c| c.is_ascii_digit() || c == '-');
        let zip = words.pop_if(|word| is_zip(word)).map(|word| word.chars().take(5).collect());
        let state = words.pop_if(|word| is_us_state(word)).map(str::to_owned);
        Self { city: standard_city(&words.join(" ")), state: state.unwrap_or_default(), zip: zip.unwrap_or_default() }
    }

    /// Whether a place lies there: city and state, or the ZIP, may be wrong, but not both; a
    /// misspelt city still points at its ZIP.
    fn is_around(&self, known: &Known) -> bool {
        let by_zip = self.zip == known.zip;
        let by_city = self.city == known.city && (self.state.is_empty() || self.state == known.state);
        by_zip || by_city
    }
}

/// The address asked about.
struct Query {
    street: Option<Street>,
    region: Region,
    country: String,
}

impl Query {
    fn read(key: &Value) -> Self {
        Self {
            street: Street::read(&texts(key, &["AddressLine"])),
            region: Region::read(key),
            country: text(key, &["CountryCode"]).to_uppercase(),
        }
    }
}

pub(super) fn answer(ups: &Ups, visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let body = visit.json()?;
    let request = at(&body, &["XAVRequest"]);
    let query = Query::read(at(request, &["AddressKeyFormat"]));
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
    if state.manners.is_cie() && !matches!(query.region.state.as_str(), "NY" | "CA") {
        let message = "The state is not supported in the Customer Integration Environment.";
        return Err(Refusal::bad("9264030", message));
    }
    // In the query as documented, or in the body as also served.
    let regional =
        visit.query_flag("regionalrequestindicator", "true") || present(request, &["RegionalRequestIndicator"]);
    let mut answer = if regional && option != "2" {
        regional_answer(&state.atlas, &query.region, limit)
    } else {
        let words = Words { manners: &state.manners };
        words.street_answer(&state.atlas.find(&query), option, limit)
    };
    let context = text(request, &["Request", "TransactionReference", "CustomerContext"]);
    answer["Response"] = accepted(&state.manners, &context, &visit.transaction, Vec::new());
    let lists = Lists::since(2, visit.segment(2), &state.manners);
    Ok(Reply::json(200, &lists.fold(json!({"XAVResponse": answer}))))
}

fn candidate_limit(visit: &Visit<'_>) -> Result<usize, Refusal> {
    let Some(given) = visit.request.query_value("maximumcandidatelistsize") else { return Ok(15) };
    let limit = given.parse().ok().filter(|size| (0..=50).contains(size));
    limit.ok_or_else(|| Refusal::bad("9264032", "Invalid maximum candidate list size."))
}

/// How answers about streets are worded.
struct Words<'a> {
    manners: &'a Manners,
}

impl Words<'_> {
    fn street_answer(&self, finding: &Finding, option: &str, limit: usize) -> Value {
        let class = self.classification(match finding {
            Finding::One(candidate) => Some(candidate.known.residential),
            Finding::Several(_) | Finding::Nothing => None,
        });
        if option == "2" {
            return json!({"AddressClassification": class});
        }
        let classified = option == "3";
        let (indicator, candidates) = match finding {
            Finding::One(candidate) => ("ValidAddressIndicator", vec![self.written(candidate, classified)]),
            Finding::Several(several) => {
                let list = several.iter().take(limit).map(|candidate| self.written(candidate, classified)).collect();
                ("AmbiguousAddressIndicator", list)
            }
            Finding::Nothing => ("NoCandidatesIndicator", Vec::new()),
        };
        let mut answer = json!({indicator: ""});
        if classified {
            answer["AddressClassification"] = class;
        }
        if !candidates.is_empty() {
            answer["Candidate"] = Value::Array(candidates);
        }
        answer
    }

    fn classification(&self, residential: Option<bool>) -> Value {
        let unknown = if self.manners.unclassified_as_documented { "UnClassified" } else { "Unknown" };
        match residential {
            None => json!({"Code": "0", "Description": unknown}),
            Some(false) => json!({"Code": "1", "Description": "Commercial"}),
            Some(true) => json!({"Code": "2", "Description": "Residential"}),
        }
    }

    /// A candidate as UPS writes it: upper case, a single address line as plain text.
    fn written(&self, candidate: &Candidate, classified: bool) -> Value {
        let Known { city, state, zip, residential, .. } = &candidate.known;
        let line = json!(candidate.line);
        let mut key = json!({
            "AddressLine": if self.manners.address_lines_as_list { json!([line]) } else { line },
            "PoliticalDivision2": city,
            "PoliticalDivision1": state,
            "PostcodePrimaryLow": zip,
            "CountryCode": country_of(state),
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
            written["AddressClassification"] = self.classification(Some(*residential).filter(|_| !ranged));
        }
        written
    }
}

fn country_of(state: &str) -> &'static str {
    if state == "PR" { "PR" } else { "US" }
}

/// City, state and ZIP only. A ZIP must lie in the state, and says which city it is; a city without a
/// ZIP has one or several.
fn regional_answer(atlas: &Atlas, region: &Region, limit: usize) -> Value {
    let found: Vec<Value> = if region.zip.is_empty() {
        let zips = atlas.zips_of(region);
        zips.into_iter().map(|(state, zip)| regional_candidate(&region.city, state, zip)).collect()
    } else {
        let state = state_of_zip(&region.zip).filter(|state| region.state.is_empty() || region.state == *state);
        let city = atlas.city_of(&region.zip).unwrap_or(&region.city);
        state.map(|state| regional_candidate(city, state, &region.zip)).into_iter().collect()
    };
    let indicator = match found.len() {
        0 => return json!({"NoCandidatesIndicator": ""}),
        1 => "ValidAddressIndicator",
        _ => "AmbiguousAddressIndicator",
    };
    json!({indicator: "", "Candidate": found.into_iter().take(limit).collect::<Vec<_>>()})
}

fn regional_candidate(city: &str, state: &str, zip: &str) -> Value {
    let mut key = json!({
        "PoliticalDivision1": state,
        "PostcodePrimaryLow": zip,
        "Region": format!("{city} {state} {zip}").trim_start(),
        "CountryCode": country_of(state),
    });
    if !city.is_empty() {
        key["PoliticalDivision2"] = json!(city);
    }
    json!({"AddressKeyFormat": key})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_read_from_one_line() {
        let whole = Region::from_line("Alpharetta, GA 30005-4616");
        assert_eq!((&*whole.city, &*whole.state, &*whole.zip), ("ALPHARETTA", "GA", "30005"));
        let part = Region::from_line("Saint Paul MN");
        assert_eq!((&*part.city, &*part.state, &*part.zip), ("SAINT PAUL", "MN", ""));
        assert_eq!(Region::from_line("94607").zip, "94607");
    }
}
