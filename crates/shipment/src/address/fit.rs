//! Fitting texts onto a label: cleaned, spread over lines at word borders, never cut.
//!
//! UPS takes names and address lines of 35 characters, three address lines, and cities of 30. Control
//! characters make UPS answer with an empty body, and letters outside the Latin script are dropped from the
//! label without a word, so both are found here.

use super::AddressField;
use crate::hold::{Hold, Reason};

const LINE: usize = 35;
const CITY: usize = 30;
const STREET_LINES: usize = 3;

/// Trims, makes any white space one blank, and turns typographic quotes and dashes into plain ones.
pub(super) fn clean(field: AddressField, text: &str) -> Result<String, Hold> {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            c if c.is_whitespace() => plain.push(' '),
            '\u{2018}' | '\u{2019}' | '\u{201B}' | '\u{2032}' => plain.push('\''),
            '\u{201C}' | '\u{201D}' | '\u{2033}' => plain.push('"'),
            '\u{2010}'..='\u{2015}' | '\u{2212}' => plain.push('-'),
            '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' => {}
            c if printable(c) => plain.push(c),
            c => {
                let character = format!("U+{:04X}", u32::from(c));
                return Err(Reason::TextNotPrintable { field, character }.into());
            }
        }
    }
    Ok(plain.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn printable(character: char) -> bool {
    matches!(character, ' '..='~' | '\u{00A1}'..='\u{024F}' | '\u{1E00}'..='\u{1EFF}')
}

/// A name, spread over the name and the attention line when it must be.
pub(super) fn name(text: &str) -> Result<(String, Option<String>), Hold> {
    let mut lines = wrap(text, LINE).unwrap_or_default().into_iter();
    match (lines.next(), lines.next(), lines.next()) {
        (Some(name), attention, None) => Ok((name, attention)),
        _ => Err(too_long(AddressField::Name, text, LINE)),
    }
}

/// Street lines as they are when they fit, else each one wrapped, else all of them wrapped as one text.
pub(super) fn street(lines: &[String]) -> Result<Vec<String>, Hold> {
    let fits = |lines: &Vec<String>| lines.len() <= STREET_LINES;
    let each: Option<Vec<Vec<String>>> = lines.iter().map(|line| wrap(line, LINE)).collect();
    let text = lines.join(" ");
    each.map(|lines| lines.concat())
        .filter(fits)
        .or_else(|| wrap(&text, LINE).filter(fits))
        .ok_or_else(|| too_long(AddressField::Street, &text, LINE))
}

/// A city, which has one line only.
pub(super) fn city(text: String) -> Result<String, Hold> {
    if text.chars().count() > CITY { Err(too_long(AddressField::City, &text, CITY)) } else { Ok(text) }
}

fn too_long(field: AddressField, text: &str, max: usize) -> Hold {
    Reason::NameTooLong { field, length: text.chars().count(), max }.into()
}

/// Spreads a text over lines at its blanks; `None` when a single word is longer than a line.
fn wrap(text: &str, max: usize) -> Option<Vec<String>> {
    if text.chars().count() <= max {
        return Some(vec![text.to_owned()]);
    }
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if length > max {
            return None;
        }
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + length <= max => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    Some(lines)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_long_company_name_continues_on_the_attention_line() {
        let (first, second) = name("Northern California Precision Machining and Tooling Supply").expect("it fits");
        assert_eq!(first, "Northern California Precision");
        assert_eq!(second.as_deref(), Some("Machining and Tooling Supply"));
    }

    #[test]
    fn a_name_longer_than_two_lines_is_asked_about_and_not_cut() {
        let hold = name(&"Consolidated ".repeat(9)).expect_err("it does not fit");
        assert_eq!(hold.code(), "name_too_long");
        assert_eq!(hold.field(), Some("name"));
    }

    #[test]
    fn four_short_street_lines_are_joined_into_three() {
        let lines = ["Building 4", "Dock 7", "Receiving", "1200 Industrial Parkway"].map(str::to_owned);
        assert_eq!(street(&lines).expect("they fit"), ["Building 4 Dock 7 Receiving 1200", "Industrial Parkway"]);
    }

    #[test]
    fn a_bell_character_typed_into_an_address_is_shown_by_its_number() {
        let hold = clean(AddressField::Street, "12 Main\u{7} St").expect_err("it cannot be printed");
        assert!(hold.words().contains("U+0007"), "{}", hold.words());
    }

    #[test]
    fn pasted_quotes_and_hard_blanks_become_plain_ones() {
        assert_eq!(clean(AddressField::Name, "O\u{2019}Brien\u{a0}\tCo\u{200b}").expect("it is clean"), "O'Brien Co");
    }

    proptest! {
        #[test]
        fn no_word_of_a_street_is_ever_lost(lines in prop::collection::vec("[A-Z0-9]{1,12}( [A-Z0-9]{1,12}){0,4}", 1..5)) {
            if let Ok(fitted) = street(&lines) {
                prop_assert!(fitted.len() <= STREET_LINES);
                prop_assert!(fitted.iter().all(|line| line.chars().count() <= LINE));
                let before: Vec<&str> = lines.iter().flat_map(|line| line.split(' ')).collect();
                let after: Vec<&str> = fitted.iter().flat_map(|line| line.split(' ')).collect();
                prop_assert_eq!(before, after);
            }
        }
    }
}
