//! What a person may ask of a shipment, put down as a wish: the same for the command line, the console and the API.
//!
//! ```text
//! arguments │ form │ JSON ─► checked against the site (boxes, proposals) ─► Wish + who + why ─► store ─► the engine
//! ```
//!
//! Nothing is called here and nothing is decided: a wish that may not follow is answered in the audit trail. Asked twice, it
//! is put down twice, and the engine answers the second.

use std::str::FromStr as _;

use jiff::Timestamp;
use shipment::address::{Address, Candidate};
use shipment::hold::Reason;
use shipment::measure::Weight;
use shipment::number::DocumentNumber;
use shipment::packing::{Bench, Weighed};

use crate::config::Site;
use crate::engine::life::Life;
use crate::engine::wishes::Wish;
use crate::store::{NewWish, ShipmentRow, Store, StoreError};

/// Why something cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum Unaskable {
    /// It was kept by another version.
    #[error("the stored state of document {document} is of another version of this program: {why}")]
    State {
        /// Which document.
        document: String,
        /// What is wrong with it.
        why: serde_json::Error,
    },
    /// There is no address to choose.
    #[error("document {0} does not wait for an address")]
    NoAddress(String),
    /// UPS made fewer proposals.
    #[error("there is no proposal {wanted}; UPS made {made}")]
    NoProposal {
        /// Which one was wanted.
        wanted: usize,
        /// How many there are.
        made: usize,
    },
    /// The proposal or the order's own address cannot be printed.
    #[error("{0}")]
    Address(String),
    /// A weight cannot be read.
    #[error("{0}")]
    Weight(#[from] shipment::number::BadNumber),
    /// Boxes and weights do not fit each other.
    #[error("{boxes} boxes and {weights} weights; give one weight for all, or one for each")]
    Count {
        /// How many boxes.
        boxes: usize,
        /// How many weights.
        weights: usize,
    },
    /// The site has no such box.
    #[error("site {site} has no box {name:?}; it has {known}")]
    Box {
        /// Which site.
        site: String,
        /// Which box.
        name: String,
        /// What it has.
        known: String,
    },
}

/// A shipment's state as the store kept it.
///
/// # Errors
/// When it was kept by another version of this program.
pub fn life(row: &ShipmentRow) -> Result<Life, Unaskable> {
    Life::read(&row.state).map_err(|why| Unaskable::State { document: row.document.to_string(), why })
}

/// Puts a wish into the store and wakes the shipment; gives back the wish's name.
///
/// # Errors
/// When the store fails or no longer knows the shipment.
pub async fn put_down(
    store: &Store,
    row: &ShipmentRow,
    wish: &Wish,
    actor: &str,
    reason: &str,
    at: Timestamp,
) -> Result<String, StoreError> {
    let body =
        serde_json::to_value(wish).map_err(|error| StoreError::Unreadable { what: "wish", why: error.to_string() })?;
    let kind = body.get("kind").and_then(serde_json::Value::as_str).unwrap_or("wish").to_owned();
    let new = NewWish { kind: kind.clone(), body, actor: actor.to_owned(), reason: reason.to_owned(), at };
    store.wish(&row.site, row.id, &new).await?;
    Ok(kind)
}

/// What a held address may become.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposals {
    /// What the order says.
    pub written: Address,
    /// What UPS knows instead.
    pub candidates: Vec<Candidate>,
}

impl Proposals {
    /// What a shipment that is held for its address may go to.
    ///
    /// # Errors
    /// When it does not wait for an address, or the order's own cannot be read.
    pub fn of(site: &Site, row: &ShipmentRow) -> Result<Self, Unaskable> {
        let life = life(row)?;
        let document = &life.state.received().document;
        let as_mapped = || {
            let mapped = site.address.read(document, &site.phone);
            mapped.map_err(|hold| {
                Unaskable::Address(format!("{}; {}", hold.about(document.number.as_str()), hold.next_step()))
            })
        };
        let (written, candidates) = match life.state.hold().map(|hold| &hold.reason) {
            Some(Reason::AddressCorrected { was, candidate }) => ((**was).clone(), vec![(**candidate).clone()]),
            Some(Reason::AddressAmbiguous { candidates }) => (as_mapped()?, candidates.clone()),
            Some(Reason::AddressNotFound) => (as_mapped()?, Vec::new()),
            Some(_) | None => return Err(Unaskable::NoAddress(row.document.to_string())),
        };
        Ok(Self { written, candidates })
    }

    /// The address as written, or the proposal with this number, counted from one.
    ///
    /// # Errors
    /// When there is no such proposal, or it does not fit the address.
    pub fn choose(&self, number: Option<usize>) -> Result<Address, Unaskable> {
        let Some(wanted) = number else { return Ok(self.written.clone()) };
        let found = wanted.checked_sub(1).and_then(|at| self.candidates.get(at));
        let found = found.ok_or(Unaskable::NoProposal { wanted, made: self.candidates.len() })?;
        found.applied_to(&self.written).map_err(|hold| Unaskable::Address(hold.words()))
    }
}

/// What stands on the scale: `None` when nothing was weighed.
///
/// A weight is one package's, with its unit or in the site's; one weight and several boxes mean boxes alike.
///
/// # Errors
/// When a weight cannot be read, numbers do not fit, or the box is not known.
pub fn bench(
    site: &Site,
    weights: &[String],
    boxes: Option<u16>,
    box_name: Option<&str>,
) -> Result<Option<Bench>, Unaskable> {
    if weights.is_empty() {
        return Ok(None);
    }
    let mut weights = weights.iter().map(|text| weight(text, site)).collect::<Result<Vec<_>, _>>()?;
    if let Some(boxes) = boxes.map(usize::from) {
        match weights.as_slice() {
            [one] => weights = vec![*one; boxes],
            several if several.len() == boxes => {}
            several => return Err(Unaskable::Count { boxes, weights: several.len() }),
        }
    }
    let known = box_name.map(|name| {
        let found = site.packing.boxes.iter().find(|it| it.name == name);
        found.ok_or_else(|| Unaskable::Box {
            site: site.name.to_string(),
            name: name.to_owned(),
            known: site.packing.boxes.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(", "),
        })
    });
    let known = known.transpose()?;
    let weighed = |weight| Weighed {
        weight,
        dimensions: known.map(|it| it.dimensions),
        box_name: known.map(|it| it.name.clone()),
    };
    Ok(Some(Bench { packages: weights.into_iter().map(weighed).collect() }))
}

/// A weight with its unit, or a plain number in the site's.
fn weight(text: &str, site: &Site) -> Result<Weight, shipment::number::BadNumber> {
    let plain = text.trim().ends_with(|it: char| it.is_ascii_digit());
    let text = if plain { format!("{text} {}", site.mass_unit) } else { text.to_owned() };
    Weight::from_str(&text)
}

/// A decision of the desk in one line: `document,absent`, `document,adopt,NUMBER` or `document,void-and-restart,NUMBER`.
///
/// # Errors
/// What is wrong with the line, for people.
pub fn decision(line: &str) -> Result<(DocumentNumber, Wish), String> {
    let cells: Vec<&str> = line.split(',').map(|it| it.trim().trim_matches('"')).collect();
    let number = |text: &str| text.parse().map_err(|error: shipment::number::BadNumber| error.to_string());
    let wish = match cells.as_slice() {
        [_, "absent"] => Wish::Absent,
        [_, "adopt", text] => Wish::Adopt { number: number(text)? },
        [_, "void-and-restart", text] => Wish::VoidAndRestart { number: number(text)? },
        _ => {
            return Err("write `document,absent`, `document,adopt,NUMBER` or `document,void-and-restart,NUMBER`".into());
        }
    };
    let document = cells[0].parse().map_err(|error: shipment::number::BadNumber| error.to_string())?;
    Ok((document, wish))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_one_decision_or_is_refused_with_what_to_write() {
        let (document, wish) = decision(" 000100482 , adopt, \"1Z999AA10123456784\"").expect("a decision");
        assert_eq!(document.canonical(), "100482");
        assert!(matches!(wish, Wish::Adopt { number } if number.as_str() == "1Z999AA10123456784"));
        assert!(matches!(decision("7,absent").expect("a decision").1, Wish::Absent));
        for line in ["7", "7,adopt", "7,maybe", ",absent"] {
            assert!(decision(line).is_err(), "{line}");
        }
    }
}
