//! Judging UPS's answer to an address check: the same place in another spelling, or another place?
//!
//! UPS calls an address valid whose suite, suffix or even house number it changed. So its candidate is
//! compared with what was asked, both levelled. Case, abbreviations, directions, words for suites and the four
//! digits after the ZIP are taken over unasked; another house number, street, suite, city, state or ZIP is a
//! question for a person. Lines UPS knows nothing of ("Dock 7") stay on the label.

use super::spelling::{Street, level};
use super::{Address, AddressField, Candidate, CheckAnswer, Class, Difference, Judgement, places};
use crate::hold::Reason;

/// What follows from UPS's answer about an address.
pub fn judge(address: &Address, answer: &CheckAnswer) -> Judgement {
    match answer {
        CheckAnswer::Valid(candidate) => compare(address, candidate),
        CheckAnswer::Ambiguous(candidates) if !candidates.is_empty() => {
            Judgement::Ask(Reason::AddressAmbiguous { candidates: candidates.clone() }.into())
        }
        CheckAnswer::Ambiguous(_) | CheckAnswer::NotFound => Judgement::Ask(Reason::AddressNotFound.into()),
        CheckAnswer::NotCovered => Judgement::Unchecked,
    }
}

fn compare(address: &Address, candidate: &Candidate) -> Judgement {
    let street = same_street(&address.lines, &candidate.lines);
    match street {
        Some(lines) if same_town(address, candidate) => take_over(address, candidate, lines),
        Some(_) | None if candidate.lines.is_empty() => Judgement::Ask(Reason::AddressNotFound.into()),
        Some(_) | None => Judgement::Ask(
            Reason::AddressCorrected { was: Box::new(address.clone()), candidate: Box::new(candidate.clone()) }.into(),
        ),
    }
}

/// Same city, state, country and five-digit ZIP. Of a candidate only the country is certain to be there; a part
/// UPS left out says nothing against ours.
fn same_town(address: &Address, candidate: &Candidate) -> bool {
    let silent_or = |text: &str, same: bool| text.is_empty() || same;
    let country = places::island(&candidate.country, &candidate.state).unwrap_or(&candidate.country);
    let state = places::state(country, &candidate.state).unwrap_or_else(|| candidate.state.to_uppercase());
    silent_or(country, country == address.country)
        && silent_or(&candidate.state, state == address.state.to_uppercase())
        && silent_or(&candidate.city, level(&candidate.city) == level(&address.city))
        && silent_or(&candidate.postal_code, five(&candidate.postal_code) == five(&address.postal_code))
}

fn five(postal_code: &str) -> &str {
    postal_code.get(..5).unwrap_or(postal_code)
}

/// The street lines to use from here on when both mean the same street, else `None`.
///
/// Ours may hold more than a street. Each run of our lines is tried, the longest first; lines outside of it are
/// kept, unless one begins with a digit, which could be a house number UPS has not looked at.
fn same_street(ours: &[String], theirs: &[String]) -> Option<Vec<String>> {
    let wanted = Street::read(&theirs.join(" "));
    if wanted.street.is_empty() {
        return None;
    }
    let mut runs: Vec<(usize, usize)> =
        (0..ours.len()).flat_map(|from| (from + 1..=ours.len()).map(move |to| (from, to))).collect();
    runs.sort_by_key(|(from, to)| (std::cmp::Reverse(to - from), *from));
    let read = |(from, to): (usize, usize)| Street::read(&ours[from..to].join(" "));
    let others_are_kept = |(from, to): (usize, usize)| {
        let number = |line: &String| line.starts_with(|c: char| c.is_ascii_digit());
        !ours[..from].iter().chain(&ours[to..]).any(number)
    };
    let usable = runs.into_iter().filter(|run| others_are_kept(*run)).collect::<Vec<_>>();
    if let Some((from, to)) = usable.iter().find(|run| read(**run) == wanted) {
        return Some([&ours[..*from], theirs, &ours[*to..]].concat());
    }
    // UPS knows the building but not the suite: our lines say more and stay as they are.
    let building = |run: &(usize, usize)| wanted.unit.is_empty() && read(*run).street == wanted.street;
    usable.iter().any(building).then(|| ours.to_vec())
}

fn take_over(address: &Address, candidate: &Candidate, lines: Vec<String>) -> Judgement {
    // A spelling that does not fit on a label is no improvement.
    let proposed = Candidate { lines, ..candidate.clone() };
    let taken = match proposed.applied_to(address) {
        Ok(taken) if candidate.postal_extension.is_none() => {
            Address { postal_code: address.postal_code.clone(), ..taken }
        }
        Ok(taken) => taken,
        Err(_) => return Judgement::Confirmed { class: candidate.class },
    };
    let class: Class = candidate.class;
    let difference = differences(address, &taken);
    if difference.is_empty() {
        return Judgement::Confirmed { class };
    }
    Judgement::TakenOver { address: taken, class, difference }
}

fn differences(was: &Address, now: &Address) -> Vec<Difference> {
    let parts = [
        (AddressField::Street, was.lines.join(", "), now.lines.join(", ")),
        (AddressField::City, was.city.clone(), now.city.clone()),
        (AddressField::State, was.state.clone(), now.state.clone()),
        (AddressField::PostalCode, was.postal_code.clone(), now.postal_code.clone()),
    ];
    let changed = parts.into_iter().filter(|(_, was, now)| was != now);
    changed.map(|(field, was, now)| Difference { field, was, now }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn address(lines: &[&str]) -> Address {
        Address {
            name: "Bay Bicycles".to_owned(),
            attention: None,
            lines: lines.iter().map(|line| (*line).to_owned()).collect(),
            city: "Oakland".to_owned(),
            state: "CA".to_owned(),
            postal_code: "94612".to_owned(),
            country: "US".to_owned(),
            phone: Some("5105550123".to_owned()),
            email: None,
        }
    }

    fn candidate(lines: &[&str]) -> Candidate {
        Candidate {
            lines: lines.iter().map(|line| (*line).to_owned()).collect(),
            city: "OAKLAND".to_owned(),
            state: "CA".to_owned(),
            postal_code: "94612".to_owned(),
            postal_extension: Some("1234".to_owned()),
            country: "US".to_owned(),
            class: Class::Commercial,
        }
    }

    fn taken(ours: &[&str], theirs: &[&str]) -> Option<Vec<String>> {
        match judge(&address(ours), &CheckAnswer::Valid(candidate(theirs))) {
            Judgement::TakenOver { address, .. } => Some(address.lines),
            Judgement::Confirmed { .. } => Some(ours.iter().map(|line| (*line).to_owned()).collect()),
            Judgement::Ask(_) | Judgement::Unchecked => None,
        }
    }

    #[test]
    fn ups_spelling_and_zip_extension_are_taken_over_unasked() {
        let answer = CheckAnswer::Valid(candidate(&["1200 N BROADWAY ST STE 200"]));
        let judged = judge(&address(&["1200 North Broadway Street", "Suite #200"]), &answer);
        let Judgement::TakenOver { address, class, difference } = judged else { panic!("{judged:?}") };
        assert_eq!(address.lines, ["1200 N BROADWAY ST STE 200"]);
        assert_eq!(address.postal_code, "946121234");
        assert_eq!((address.name.as_str(), address.phone.as_deref()), ("Bay Bicycles", Some("5105550123")));
        assert_eq!(class, Class::Commercial);
        let fields: Vec<AddressField> = difference.iter().map(|it| it.field).collect();
        assert_eq!(fields, [AddressField::Street, AddressField::City, AddressField::PostalCode]);
    }

    #[test]
    fn an_address_already_in_ups_spelling_is_confirmed() {
        let ours =
            Address { city: "OAKLAND".to_owned(), postal_code: "946121234".to_owned(), ..address(&["1200 BROADWAY"]) };
        let judged = judge(&ours, &CheckAnswer::Valid(candidate(&["1200 BROADWAY"])));
        assert_eq!(judged, Judgement::Confirmed { class: Class::Commercial });
    }

    #[test]
    fn lines_ups_knows_nothing_of_stay_on_the_label() {
        assert_eq!(taken(&["Dock 7", "1200 Broadway"], &["1200 BROADWAY"]).expect("same"), ["Dock 7", "1200 BROADWAY"]);
        assert_eq!(taken(&["1200 Broadway Suite 9"], &["1200 BROADWAY"]).expect("same"), ["1200 Broadway Suite 9"]);
    }

    #[test]
    fn another_place_is_always_a_question() {
        for (ours, theirs) in [
            (&["1200 Broadway"][..], &["1210 BROADWAY"][..]),
            (&["1200 Broadway"], &["1200 BROADVIEW AVE"]),
            (&["1200 Main St"], &["1200 MAIN AVE"]),
            (&["1200 N Main St"], &["1200 S MAIN ST"]),
            (&["1200 Main St"], &["1-99 MAIN ST"]),
            (&["1200 Main St Ste 200"], &["1200 MAIN ST STE 300"]),
            (&["1200 Main St"], &["1200 MAIN ST STE 300"]),
            (&["1200 Main St", "Ste 200"], &["1200 MAIN ST STE 300"]),
            (&["1210 Broadway", "1200 Broadway"], &["1200 BROADWAY"]),
        ] {
            assert_eq!(taken(ours, theirs), None, "{ours:?} {theirs:?}");
        }
    }

    #[test]
    fn another_city_state_or_zip_is_a_question() {
        let ours = address(&["1200 Broadway"]);
        let there = candidate(&["1200 BROADWAY"]);
        for candidate in [
            Candidate { city: "BERKELEY".to_owned(), ..there.clone() },
            Candidate { state: "OR".to_owned(), ..there.clone() },
            Candidate { postal_code: "94607".to_owned(), ..there.clone() },
            Candidate { country: "PR".to_owned(), state: "PR".to_owned(), ..there },
        ] {
            let judged = judge(&ours, &CheckAnswer::Valid(candidate));
            let Judgement::Ask(hold) = judged else { panic!("{judged:?}") };
            assert_eq!(hold.code(), "address_corrected");
        }
    }

    #[test]
    fn what_ups_leaves_out_says_nothing_against_ours() {
        let sparse = Candidate {
            city: String::new(),
            state: String::new(),
            postal_code: String::new(),
            postal_extension: None,
            ..candidate(&["1200 BROADWAY"])
        };
        let judged = judge(&address(&["1200 Broadway"]), &CheckAnswer::Valid(sparse));
        let Judgement::TakenOver { address, .. } = judged else { panic!("{judged:?}") };
        assert_eq!((address.city.as_str(), address.postal_code.as_str()), ("Oakland", "94612"));
    }

    #[test]
    fn several_places_or_none_are_a_question_and_unchecked_countries_are_not() {
        let ours = address(&["1200 Broadway"]);
        let ask = |answer| match judge(&ours, &answer) {
            Judgement::Ask(hold) => hold.code(),
            Judgement::Confirmed { .. } | Judgement::TakenOver { .. } | Judgement::Unchecked => "not asked",
        };
        let two = vec![candidate(&["1200 BROADWAY"]), candidate(&["1200 E BROADWAY"])];
        assert_eq!(ask(CheckAnswer::Ambiguous(two)), "address_ambiguous");
        assert_eq!(ask(CheckAnswer::Ambiguous(Vec::new())), "address_not_found");
        assert_eq!(ask(CheckAnswer::NotFound), "address_not_found");
        assert_eq!(judge(&ours, &CheckAnswer::NotCovered), Judgement::Unchecked);
    }

    /// A street in the long and in the short spelling.
    fn spelled() -> impl Strategy<Value = (String, String)> {
        let direction = prop::sample::select(vec![("", ""), ("North ", "N "), ("south-west ", "SW ")]);
        let name = "[A-Z][a-z]{3,9}";
        let suffix =
            prop::sample::select(vec![("Street", "ST"), ("Avenue", "AVE"), ("boulevard", "BLVD"), ("Court", "CT")]);
        let unit =
            prop::sample::select(vec![("", ""), (", Suite 12", " STE 12"), (" #4B", " APT 4B"), (" Floor 3", " FL 3")]);
        (1_u32..99_999, direction, name, suffix, unit).prop_map(|(number, direction, name, suffix, unit)| {
            let long = format!("{number} {}{name} {}{}", direction.0, suffix.0, unit.0);
            let short = format!("{number} {}{} {}{}", direction.1, name.to_uppercase(), suffix.1, unit.1);
            (long, short)
        })
    }

    proptest! {
        #[test]
        fn case_and_abbreviations_never_ask((long, short) in spelled()) {
            prop_assert!(taken(&[&long], &[&short]).is_some(), "{} {}", long, short);
        }

        #[test]
        fn another_house_number_always_asks((long, short) in spelled(), other in 1_u32..99_999) {
            let (number, rest) = short.split_once(' ').expect("a number and a street");
            prop_assume!(number != other.to_string());
            prop_assert_eq!(taken(&[&long], &[&format!("{other} {rest}")]), None);
            prop_assert_eq!(taken(&["Dock 7", &long], &[&format!("{other} {rest}")]), None);
        }
    }
}
