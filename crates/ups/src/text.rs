//! The strict side of the wire: every text is measured before UPS sees it.
//!
//! UPS answers a raw control character with an empty 200, cuts some texts silently and refuses
//! others with a code that names another field. So a text that does not fit is refused here, by the
//! name of its field; it is never shortened. White space round a text is no part of it.

use serde_json::Value;

use crate::error::Error;

/// A text that must be there, of at most `max` characters.
pub(crate) fn required(field: &'static str, text: &str, max: usize) -> Result<String, Error> {
    optional(field, Some(text), max)?.ok_or_else(|| Error::invalid(field, "is missing"))
}

/// A text that may be missing; blank counts as missing.
pub(crate) fn optional(field: &'static str, text: Option<&str>, max: usize) -> Result<Option<String>, Error> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    if let Some(control) = text.chars().find(|c| c.is_control()) {
        let code = u32::from(control);
        return Err(Error::invalid(field, format!("contains the control character U+{code:04X}")));
    }
    let length = text.chars().count();
    if length > max {
        return Err(Error::invalid(field, format!("has {length} characters, UPS takes {max}")));
    }
    Ok(Some(text.to_owned()))
}

/// Up to three address lines; blank ones are left out, and one must remain.
pub(crate) fn lines(field: &'static str, lines: &[String], max: usize) -> Result<Vec<String>, Error> {
    let mut filled = Vec::new();
    for line in lines {
        filled.extend(optional(field, Some(line), max)?);
    }
    match filled.len() {
        0 => Err(Error::invalid(field, "is missing")),
        1..=3 => Ok(filled),
        more => Err(Error::invalid(field, format!("has {more} lines, UPS takes 3"))),
    }
}

/// A country as two capital letters of ISO 3166.
pub(crate) fn country(field: &'static str, code: &str) -> Result<String, Error> {
    let code = required(field, code, 2)?.to_ascii_uppercase();
    if code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase()) {
        Ok(code)
    } else {
        Err(Error::invalid(field, "is no two-letter country code"))
    }
}

/// A postal code in UPS's form: US and PR five or nine digits, CA `A9A9A9`, elsewhere up to nine
/// characters. Hyphens and spaces are only punctuation in the first three and are left out.
pub(crate) fn postal_code(field: &'static str, code: &str, country: &str) -> Result<Option<String>, Error> {
    let plain = || -> String {
        code.trim().chars().filter(|c| *c != '-' && *c != ' ').collect::<String>().to_ascii_uppercase()
    };
    match country {
        "US" | "PR" => {
            let digits = required(field, &plain(), 35)?;
            if matches!(digits.len(), 5 | 9) && digits.bytes().all(|b| b.is_ascii_digit()) {
                Ok(Some(digits))
            } else {
                Err(Error::invalid(field, "must have five or nine digits"))
            }
        }
        "CA" => {
            let code = required(field, &plain(), 35)?;
            let fits = |(at, byte): (usize, u8)| match at % 2 {
                0 => byte.is_ascii_uppercase(),
                _ => byte.is_ascii_digit(),
            };
            if code.len() == 6 && code.bytes().enumerate().all(fits) {
                Ok(Some(code))
            } else {
                Err(Error::invalid(field, "must have the form A9A9A9"))
            }
        }
        _ => optional(field, Some(code), 9),
    }
}

/// A state or province: UPS demands one in the US, Canada and Vietnam.
pub(crate) fn state(field: &'static str, state: &str, country: &str) -> Result<Option<String>, Error> {
    match country {
        "US" | "CA" | "VN" => required(field, state, 5).map(Some),
        _ => optional(field, Some(state), 5),
    }
}

/// A telephone number of at most 15 characters, as digits. In the US, Puerto Rico, Canada and the
/// Virgin Islands it has ten, and a leading 1 is the country's own.
pub(crate) fn phone(field: &'static str, phone: Option<&str>, country: &str) -> Result<Option<String>, Error> {
    let Some(text) = optional(field, phone, 35)? else {
        return Ok(None);
    };
    if text.chars().any(char::is_alphabetic) {
        return Err(Error::invalid(field, "contains letters"));
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let digits = match country {
        "US" | "PR" | "CA" | "VI" => {
            let national = if digits.len() == 11 { digits.strip_prefix('1').unwrap_or(&digits) } else { &digits };
            if national.len() != 10 {
                return Err(Error::invalid(field, "must have ten digits"));
            }
            national.to_owned()
        }
        _ => digits,
    };
    required(field, &digits, 15).map(Some)
}

/// An account number: six letters or digits.
pub(crate) fn account(field: &'static str, account: &str) -> Result<String, Error> {
    let account = required(field, account, 35)?.to_ascii_uppercase();
    if account.len() == 6 && account.bytes().all(|b| b.is_ascii_alphanumeric()) {
        Ok(account)
    } else {
        Err(Error::invalid(field, "must have six letters or digits"))
    }
}

/// A number that becomes part of a URL or a locator: letters and digits only.
pub(crate) fn tracking_number(field: &'static str, number: &str) -> Result<String, Error> {
    let number = required(field, number, 34)?;
    if number.bytes().all(|b| b.is_ascii_alphanumeric()) {
        Ok(number.to_ascii_uppercase())
    } else {
        Err(Error::invalid(field, "must consist of letters and digits"))
    }
}

/// One to `max` e-mail addresses of at most 50 characters.
pub(crate) fn emails(field: &'static str, addresses: &[String], max: usize) -> Result<Vec<String>, Error> {
    if addresses.len() > max {
        return Err(Error::invalid(field, format!("has {} addresses, UPS takes {max}", addresses.len())));
    }
    let mut written = Vec::new();
    for address in addresses {
        let address = required(field, address, 50)?;
        if !address.contains('@') {
            return Err(Error::invalid(field, "is no e-mail address"));
        }
        written.push(address);
    }
    if written.is_empty() { Err(Error::invalid(field, "is missing")) } else { Ok(written) }
}

/// Leaves out what is null and what has nothing in it: UPS takes a member's presence for a yes.
pub(crate) fn compact(value: Value) -> Value {
    let is_nothing = |value: &Value| match value {
        Value::Null => true,
        Value::Object(members) => members.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    };
    match value {
        Value::Object(members) => members
            .into_iter()
            .map(|(name, member)| (name, compact(member)))
            .filter(|(_, member)| !is_nothing(member))
            .collect(),
        Value::Array(items) => items.into_iter().map(compact).filter(|item| !is_nothing(item)).collect(),
        other => other,
    }
}
