//! What can be said of a Canadian or Mexican address without asking anybody.
//!
//! UPS validates streets in the US and Puerto Rico only. Elsewhere a wrong address is noticed by UPS at booking (city
//! against postal code, if that check is asked for), or by the driver. The form of the postal code and the province it
//! belongs to are public knowledge and change about once in a decade, so they can be compared at once.
//!
//! The best outcome here is "consistent". Whether the street or even the town exists, nobody has looked.

/// A postal code's province or state: its code, its other code, its name, and where its postal codes begin.
struct Province {
    code: &'static str,
    other_code: &'static str,
    name: &'static str,
    prefixes: &'static [&'static str],
}

const fn province(
    code: &'static str,
    other_code: &'static str,
    name: &'static str,
    prefixes: &'static [&'static str],
) -> Province {
    Province { code, other_code, name, prefixes }
}

/// What a local check came to. Not one of these says that an address exists.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LocalCheck {
    /// Checked locally: postal code and province have the right form and belong together. The street and the town
    /// were not looked at.
    Consistent {
        /// The postal code in UPS's form: `A9A9A9` or five digits.
        postal_code: String,
        /// The province or state it belongs to, in the letters of ISO 3166-2.
        province: &'static str,
    },
    /// Checked locally, and something cannot be right.
    Inconsistent(Vec<LocalFinding>),
    /// There are no rules for this country here.
    NoRules,
}

/// Something that cannot be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LocalFinding {
    /// The postal code is missing or has another form.
    #[error("postal code {given:?} does not have the form {form}")]
    PostalCodeForm {
        /// As it was given.
        given: String,
        /// The form of that country's postal codes.
        form: &'static str,
    },
    /// No province has such postal codes.
    #[error("no postal code begins with {prefix}")]
    PostalCodeUnused {
        /// The part that tells the province.
        prefix: String,
    },
    /// The province is missing where UPS demands one, or there is none of that name.
    #[error("{given:?} is no province or state of {country}")]
    ProvinceUnknown {
        /// As it was given.
        given: String,
        /// The country, two letters.
        country: &'static str,
    },
    /// The postal code belongs to another province.
    #[error("postal code {postal_code} belongs to {belongs_to}, not to {given}")]
    ProvinceOfAnother {
        /// The postal code in UPS's form.
        postal_code: String,
        /// The province it belongs to.
        belongs_to: &'static str,
        /// The province as it was given.
        given: String,
    },
}

/// Compares a Canadian or Mexican postal code with its own form and with the province or state.
///
/// Province and state are understood as code or as name. A Mexican state may be left empty, since UPS demands none.
/// This is a local check of consistency and must not be called validated.
///
/// ```
/// use ups::{LocalCheck, check_locally};
///
/// let toronto = check_locally("CA", "ON", "m5v 3l9");
/// assert_eq!(toronto, LocalCheck::Consistent { postal_code: "M5V3L9".to_owned(), province: "ON" });
/// assert!(matches!(check_locally("CA", "BC", "M5V 3L9"), LocalCheck::Inconsistent(_)));
/// assert_eq!(check_locally("DE", "", "10115"), LocalCheck::NoRules);
/// ```
#[must_use]
pub fn check_locally(country: &str, state: &str, postal_code: &str) -> LocalCheck {
    match country.trim().to_ascii_uppercase().as_str() {
        "CA" => compare(&CANADA, state, postal_code),
        "MX" => compare(&MEXICO, state, postal_code),
        _ => LocalCheck::NoRules,
    }
}

struct Country {
    code: &'static str,
    form: &'static str,
    fits: fn(&str) -> bool,
    state_needed: bool,
    provinces: &'static [Province],
}

fn compare(country: &'static Country, state: &str, postal_code: &str) -> LocalCheck {
    let code: String = postal_code.chars().filter(|c| !matches!(c, ' ' | '-')).collect::<String>().to_ascii_uppercase();
    let mut findings = Vec::new();
    let home = if (country.fits)(&code) {
        // The longer prefix knows better: two territories share the letter X.
        let prefixes = country.provinces.iter().flat_map(|it| it.prefixes.iter().map(move |prefix| (it, *prefix)));
        let home = prefixes.filter(|(_, prefix)| code.starts_with(prefix)).max_by_key(|(_, prefix)| prefix.len());
        if home.is_none() {
            let prefix = code.chars().take(if country.code == "CA" { 3 } else { 2 }).collect();
            findings.push(LocalFinding::PostalCodeUnused { prefix });
        }
        home.map(|(province, _)| province)
    } else {
        findings.push(LocalFinding::PostalCodeForm { given: postal_code.trim().to_owned(), form: country.form });
        None
    };
    let given = state.trim();
    let told = country.provinces.iter().find(|province| province.is_called(given));
    match (told, home) {
        (None, _) if !given.is_empty() || country.state_needed => {
            findings.push(LocalFinding::ProvinceUnknown { given: given.to_owned(), country: country.code });
        }
        (Some(told), Some(home)) if told.code != home.code => findings.push(LocalFinding::ProvinceOfAnother {
            postal_code: code.clone(),
            belongs_to: home.code,
            given: given.to_owned(),
        }),
        _ => {}
    }
    match home {
        Some(home) if findings.is_empty() => LocalCheck::Consistent { postal_code: code, province: home.code },
        _ => LocalCheck::Inconsistent(findings),
    }
}

impl Province {
    fn is_called(&self, text: &str) -> bool {
        let plain = level(text);
        !plain.is_empty() && [self.code, self.other_code, self.name].iter().any(|name| level(name) == plain)
    }
}

/// Capitals without accents, dots and spaces.
fn level(text: &str) -> String {
    let small = text.to_lowercase();
    let plain = small.chars().filter(|c| c.is_alphabetic()).map(|c| match c {
        'á' | 'à' | 'â' => 'a',
        'é' | 'è' | 'ê' => 'e',
        'í' => 'i',
        'ó' | 'ô' => 'o',
        'ú' | 'ü' => 'u',
        'ñ' => 'n',
        other => other,
    });
    plain.collect::<String>().to_uppercase()
}

/// Letters and digits in turn. Canada never uses D, F, I, O, Q and U, nor W and Z in front.
fn is_canadian(code: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_uppercase() && !b"DFIOQU".contains(&byte);
    let fits = |(at, byte): (usize, u8)| if at % 2 == 0 { letter(byte) } else { byte.is_ascii_digit() };
    code.len() == 6 && !code.starts_with(['W', 'Z']) && code.bytes().enumerate().all(fits)
}

fn is_mexican(code: &str) -> bool {
    code.len() == 5 && code.bytes().all(|byte| byte.is_ascii_digit())
}

static CANADA: Country =
    Country { code: "CA", form: "A9A9A9", fits: is_canadian, state_needed: true, provinces: PROVINCES };
static MEXICO: Country =
    Country { code: "MX", form: "99999", fits: is_mexican, state_needed: false, provinces: STATES };

static PROVINCES: &[Province] = &[
    province("NL", "NF", "Newfoundland and Labrador", &["A"]),
    province("NS", "", "Nova Scotia", &["B"]),
    province("PE", "PEI", "Prince Edward Island", &["C"]),
    province("NB", "", "New Brunswick", &["E"]),
    province("QC", "PQ", "Québec", &["G", "H", "J"]),
    province("ON", "", "Ontario", &["K", "L", "M", "N", "P"]),
    province("MB", "", "Manitoba", &["R"]),
    province("SK", "", "Saskatchewan", &["S"]),
    province("AB", "", "Alberta", &["T"]),
    province("BC", "", "British Columbia", &["V"]),
    province("NU", "", "Nunavut", &["X0A", "X0B", "X0C"]),
    province("NT", "NWT", "Northwest Territories", &["X0E", "X0G", "X1A"]),
    province("YT", "YK", "Yukon", &["Y"]),
];

static STATES: &[Province] = &[
    province(
        "CMX",
        "DF",
        "Ciudad de México",
        &["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15", "16"],
    ),
    province("AGU", "AG", "Aguascalientes", &["20"]),
    province("BCN", "BC", "Baja California", &["21", "22"]),
    province("BCS", "BS", "Baja California Sur", &["23"]),
    province("CAM", "CM", "Campeche", &["24"]),
    province("COA", "CO", "Coahuila", &["25", "26", "27"]),
    province("COL", "CL", "Colima", &["28"]),
    province("CHP", "CS", "Chiapas", &["29", "30"]),
    province("CHH", "CH", "Chihuahua", &["31", "32", "33"]),
    province("DUR", "DG", "Durango", &["34", "35"]),
    province("GUA", "GT", "Guanajuato", &["36", "37", "38"]),
    province("GRO", "GR", "Guerrero", &["39", "40", "41"]),
    province("HID", "HG", "Hidalgo", &["42", "43"]),
    province("JAL", "JA", "Jalisco", &["44", "45", "46", "47", "48", "49"]),
    province("MEX", "EM", "Estado de México", &["50", "51", "52", "53", "54", "55", "56", "57"]),
    province("MIC", "MI", "Michoacán", &["58", "59", "60", "61"]),
    province("MOR", "MO", "Morelos", &["62"]),
    province("NAY", "NA", "Nayarit", &["63"]),
    province("NLE", "NL", "Nuevo León", &["64", "65", "66", "67"]),
    province("OAX", "OA", "Oaxaca", &["68", "69", "70", "71"]),
    province("PUE", "PU", "Puebla", &["72", "73", "74", "75"]),
    province("QUE", "QT", "Querétaro", &["76"]),
    province("ROO", "QR", "Quintana Roo", &["77"]),
    province("SLP", "SL", "San Luis Potosí", &["78", "79"]),
    province("SIN", "SI", "Sinaloa", &["80", "81", "82"]),
    province("SON", "SO", "Sonora", &["83", "84", "85"]),
    province("TAB", "TB", "Tabasco", &["86"]),
    province("TAM", "TM", "Tamaulipas", &["87", "88", "89"]),
    province("TLA", "TL", "Tlaxcala", &["90"]),
    province("VER", "VE", "Veracruz", &["91", "92", "93", "94", "95", "96"]),
    province("YUC", "YU", "Yucatán", &["97"]),
    province("ZAC", "ZA", "Zacatecas", &["98", "99"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(country: &str, state: &str, postal_code: &str) -> String {
        match check_locally(country, state, postal_code) {
            LocalCheck::Inconsistent(findings) => {
                findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
            }
            other => panic!("{other:?}"),
        }
    }

    fn province_of(country: &str, state: &str, postal_code: &str) -> &'static str {
        match check_locally(country, state, postal_code) {
            LocalCheck::Consistent { province, .. } => province,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_canadian_postal_code_belongs_to_its_province() {
        assert_eq!(province_of("ca", "Quebec", "H2X-1Y4"), "QC");
        assert_eq!(province_of("CA", "NU", "X0A 0H0"), "NU");
        assert_eq!(province_of("CA", "nt", "x1a2b3"), "NT");
        assert_eq!(finding("CA", "BC", "M5V 3L9"), "postal code M5V3L9 belongs to ON, not to BC");
    }

    #[test]
    fn a_letter_canada_never_uses_is_no_postal_code() {
        for code in ["W5V 3L9", "D5V 3L9", "M5V 3O9", "M5V 3L", "94607", ""] {
            assert!(finding("CA", "ON", code).contains("does not have the form A9A9A9"), "{code}");
        }
        assert_eq!(finding("CA", "NT", "X9Z 1A1"), "no postal code begins with X9Z");
        assert!(finding("CA", "", "M5V 3L9").contains("is no province or state of CA"));
    }

    #[test]
    fn a_mexican_postal_code_belongs_to_its_state_and_the_state_may_be_missing() {
        assert_eq!(province_of("MX", "Nuevo Leon", "64000"), "NLE");
        assert_eq!(province_of("MX", "", "06600"), "CMX");
        assert_eq!(finding("MX", "JAL", "64000"), "postal code 64000 belongs to NLE, not to JAL");
        assert_eq!(finding("MX", "Texas", "64000"), "\"Texas\" is no province or state of MX");
        assert_eq!(finding("MX", "", "17000"), "no postal code begins with 17");
    }

    /// A prefix that two provinces claim would make the check a matter of order.
    #[test]
    fn no_two_provinces_share_a_beginning() {
        for country in [&CANADA, &MEXICO] {
            let mut all: Vec<_> = country.provinces.iter().flat_map(|province| province.prefixes).collect();
            let count = all.len();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), count, "{}", country.code);
        }
    }
}
