//! One line of an address in the post office's spelling: house number, street, unit.

/// A house number, a street's name in standard spelling, a unit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Street {
    pub(super) number: String,
    pub(super) name: String,
    pub(super) unit: Option<String>,
}

impl Street {
    /// Finds the street among address lines: the first that begins with a number. A line of its own
    /// may hold the unit.
    pub(super) fn read(lines: &[String]) -> Option<Self> {
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
    pub(super) fn resembles(&self, other: &Self) -> bool {
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

pub(super) fn standard_city(city: &str) -> String {
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
