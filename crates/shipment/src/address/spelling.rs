//! Levelling the spelling of addresses, so that two ways of writing one place compare equal.
//!
//! Case, punctuation, accents and the abbreviations of the United States Postal Service are levelled: STREET
//! and ST, SUITE and #, NORTH and N, FIRST and 1ST. Digits are never touched, so two house numbers never
//! become one. The result is for comparing only; it is no address.

/// A street line taken apart: the street with its house number, and what is inside the building.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Street {
    /// House number, direction, name, suffix.
    pub(super) street: Vec<String>,
    /// Suite, floor, room; empty when none is given.
    pub(super) unit: Vec<String>,
}

impl Street {
    /// Levels a text and takes it apart at the first word for a part of a building.
    pub(super) fn read(text: &str) -> Self {
        let mut street = level(text);
        let inside = |word: &String| UNITS.contains(&word.as_str());
        let at = street.iter().skip(1).position(inside).map_or(street.len(), |at| at + 1);
        let unit = street.split_off(at);
        Self { street, unit }
    }
}

/// The words of a text with their spelling levelled.
pub(super) fn level(text: &str) -> Vec<String> {
    let plain = plain(text);
    let mut words: Vec<String> = Vec::new();
    for word in plain.split_whitespace().map(abbreviated) {
        match words.last_mut() {
            // "N. W." is NW, "Suite #200" is one word for the suite and not two.
            Some(last) if is_north_south(last) && matches!(word, "E" | "W") => last.push_str(word),
            Some(last) if last == UNIT && word == UNIT => {}
            _ => words.push(word.to_owned()),
        }
    }
    words
}

fn is_north_south(word: &str) -> bool {
    matches!(word, "N" | "S")
}

/// Capitals without accents or punctuation. Hyphens and slashes stay between digits (12-34, 1/2).
fn plain(text: &str) -> String {
    let characters: Vec<char> = text.chars().flat_map(char::to_uppercase).collect();
    let digit_at = |at: Option<usize>| at.and_then(|at| characters.get(at)).is_some_and(char::is_ascii_digit);
    let mut plain = String::with_capacity(text.len());
    for (at, character) in characters.iter().enumerate() {
        match character {
            '.' | '\'' => {}
            '#' => plain.push_str(" # "),
            '&' => plain.push_str(" AND "),
            '-' | '/' if digit_at(at.checked_sub(1)) && digit_at(Some(at + 1)) => plain.push(*character),
            c if c.is_alphanumeric() => plain.push_str(&without_accent(*c)),
            _ => plain.push(' '),
        }
    }
    plain
}

fn without_accent(character: char) -> String {
    let plain = match character {
        'À'..='Å' | 'Ā' | 'Ă' | 'Ą' => "A",
        'Æ' => "AE",
        'Ç' | 'Ć' | 'Č' => "C",
        'È'..='Ë' | 'Ē' | 'Ė' | 'Ę' | 'Ě' => "E",
        'Ì'..='Ï' | 'Ī' | 'İ' => "I",
        'Ł' => "L",
        'Ñ' | 'Ń' | 'Ň' => "N",
        'Ò'..='Ö' | 'Ø' | 'Ő' => "O",
        'Œ' => "OE",
        'Š' | 'Ś' => "S",
        'Ù'..='Ü' | 'Ů' | 'Ű' => "U",
        'Ý' | 'Ÿ' => "Y",
        'Ž' | 'Ź' | 'Ż' => "Z",
        other => return other.to_string(),
    };
    plain.to_owned()
}

/// The level word for any word that numbers a suite, apartment or unit.
const UNIT: &str = "UNIT";

/// Words that begin what is inside a building, once levelled.
const UNITS: &[&str] = &[UNIT, "BLDG", "FL", "RM", "DEPT", "LOT", "SPC", "TRLR", "PMB", "HNGR", "PH", "BSMT"];

fn abbreviated(word: &str) -> &str {
    SHORT.iter().find(|(long, _)| *long == word).map_or(word, |(_, short)| short)
}

/// The long and the unusual spellings with the one that stands for them.
const SHORT: &[(&str, &str)] = &[
    // directions
    ("NORTH", "N"),
    ("SOUTH", "S"),
    ("EAST", "E"),
    ("WEST", "W"),
    ("NORTHEAST", "NE"),
    ("NORTHWEST", "NW"),
    ("SOUTHEAST", "SE"),
    ("SOUTHWEST", "SW"),
    // inside a building
    ("#", UNIT),
    ("APARTMENT", UNIT),
    ("APT", UNIT),
    // Levelling sees no difference between a suite and a saint (Sault Ste Marie); it is the same on both sides.
    ("SAINTE", UNIT),
    ("STE", UNIT),
    ("SUITE", UNIT),
    ("BASEMENT", "BSMT"),
    ("BUILDING", "BLDG"),
    ("DEPARTMENT", "DEPT"),
    ("FLOOR", "FL"),
    ("FLR", "FL"),
    ("HANGAR", "HNGR"),
    ("PENTHOUSE", "PH"),
    ("ROOM", "RM"),
    ("SPACE", "SPC"),
    ("TRAILER", "TRLR"),
    // streets
    ("ALLEY", "ALY"),
    ("ANNEX", "ANX"),
    ("AV", "AVE"),
    ("AVENUE", "AVE"),
    ("BAYOU", "BYU"),
    ("BEACH", "BCH"),
    ("BEND", "BND"),
    ("BLUFF", "BLF"),
    ("BOULEVARD", "BLVD"),
    ("BOUL", "BLVD"),
    ("BRANCH", "BR"),
    ("BRIDGE", "BRG"),
    ("BROOK", "BRK"),
    ("BYPASS", "BYP"),
    ("CANYON", "CYN"),
    ("CAUSEWAY", "CSWY"),
    ("CENTER", "CTR"),
    ("CENTRE", "CTR"),
    ("CIRCLE", "CIR"),
    ("CLUB", "CLB"),
    ("COMMONS", "CMNS"),
    ("CORNER", "COR"),
    ("CORNERS", "CORS"),
    ("COURT", "CT"),
    ("COURTS", "CTS"),
    ("COVE", "CV"),
    ("CREEK", "CRK"),
    ("CRESCENT", "CRES"),
    ("CROSSING", "XING"),
    ("DRIVE", "DR"),
    ("DRV", "DR"),
    ("ESTATE", "EST"),
    ("ESTATES", "ESTS"),
    ("EXPRESSWAY", "EXPY"),
    ("EXTENSION", "EXT"),
    ("FALLS", "FLS"),
    ("FERRY", "FRY"),
    ("FIELD", "FLD"),
    ("FIELDS", "FLDS"),
    ("FORD", "FRD"),
    ("FOREST", "FRST"),
    ("FORT", "FT"),
    ("FREEWAY", "FWY"),
    ("GARDEN", "GDN"),
    ("GARDENS", "GDNS"),
    ("GATEWAY", "GTWY"),
    ("GLEN", "GLN"),
    ("GREEN", "GRN"),
    ("GROVE", "GRV"),
    ("HARBOR", "HBR"),
    ("HAVEN", "HVN"),
    ("HEIGHTS", "HTS"),
    ("HIGHWAY", "HWY"),
    ("HIWAY", "HWY"),
    ("HILL", "HL"),
    ("HILLS", "HLS"),
    ("HOLLOW", "HOLW"),
    ("INDUSTRIAL", "IND"),
    ("ISLAND", "IS"),
    ("JUNCTION", "JCT"),
    ("KNOLL", "KNL"),
    ("LAKE", "LK"),
    ("LAKES", "LKS"),
    ("LANDING", "LNDG"),
    ("LANE", "LN"),
    ("MANOR", "MNR"),
    ("MEADOW", "MDW"),
    ("MEADOWS", "MDWS"),
    ("MILL", "ML"),
    ("MILLS", "MLS"),
    ("MOUNT", "MT"),
    ("MOUNTAIN", "MTN"),
    ("ORCHARD", "ORCH"),
    ("PARKWAY", "PKWY"),
    ("PKY", "PKWY"),
    ("PINES", "PNES"),
    ("PLACE", "PL"),
    ("PLAIN", "PLN"),
    ("PLAINS", "PLNS"),
    ("PLAZA", "PLZ"),
    ("POINT", "PT"),
    ("PORT", "PRT"),
    ("PRAIRIE", "PR"),
    ("RANCH", "RNCH"),
    ("RAPIDS", "RPDS"),
    ("RIDGE", "RDG"),
    ("RIVER", "RIV"),
    ("ROAD", "RD"),
    ("ROUTE", "RTE"),
    ("RT", "RTE"),
    ("SAINT", "ST"),
    ("SHORE", "SHR"),
    ("SHORES", "SHRS"),
    ("SPRING", "SPG"),
    ("SPRINGS", "SPGS"),
    ("SQUARE", "SQ"),
    ("STATION", "STA"),
    ("STREAM", "STRM"),
    ("STREET", "ST"),
    ("STR", "ST"),
    ("SUMMIT", "SMT"),
    ("TERRACE", "TER"),
    ("TERR", "TER"),
    ("TRACE", "TRCE"),
    ("TRAIL", "TRL"),
    ("TURNPIKE", "TPKE"),
    ("UNION", "UN"),
    ("VALLEY", "VLY"),
    ("VIEW", "VW"),
    ("VILLAGE", "VLG"),
    ("VISTA", "VIS"),
    ("WELLS", "WLS"),
    // numbered streets
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
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_long_and_the_short_way_to_write_a_street_are_one() {
        assert_eq!(level("1200 North Main Street, Suite #200"), level("1200 N. MAIN ST STE 200"));
        assert_eq!(level("4 N. W. Saint James Ave."), level("4 NW ST JAMES AVENUE"));
        assert_eq!(level("77 Première Rue"), level("77 PREMIERE RUE"));
    }

    #[test]
    fn digits_keep_their_hyphens_and_fractions() {
        assert_ne!(level("12-34 31st Ave"), level("1234 31st Ave"));
        assert_ne!(level("12 1/2 Elm St"), level("12 12 Elm St"));
    }

    #[test]
    fn the_suite_is_told_apart_from_the_street() {
        let street = Street::read("1200 Main St Ste 200");
        assert_eq!(street.street, ["1200", "MAIN", "ST"]);
        assert_eq!(street.unit, ["UNIT", "200"]);
    }
}
