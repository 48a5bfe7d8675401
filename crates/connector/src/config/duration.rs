//! Spans of time as people write them: `"90s"`, `"5m"`, `"1h 30m"`, `"7d"`.
//!
//! A day is 24 hours here; calendar days belong to the ship date, not to patience or polling.

use jiff::SignedDuration;

/// Reads a span of time, at least one second.
///
/// # Errors
/// Says why the text is no span of time.
pub(super) fn parse(text: &str) -> Result<SignedDuration, String> {
    let mut rest = text.trim();
    let mut total = SignedDuration::ZERO;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|it: char| it.is_ascii_digit()).len();
        let (number, tail) = rest.split_at(digits);
        let number: i64 = number.parse().map_err(|_| "it does not begin with a number".to_owned())?;
        let letters = tail.len() - tail.trim_start_matches(|it: char| it.is_alphabetic()).len();
        let (unit, tail) = tail.split_at(letters);
        let seconds = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            "d" => 86_400,
            "" => return Err("the unit is missing".to_owned()),
            other => return Err(format!("{other:?} is no unit of time")),
        };
        let part = number.checked_mul(seconds).map(SignedDuration::from_secs);
        total = part.and_then(|part| total.checked_add(part)).ok_or_else(|| "it is too long".to_owned())?;
        rest = tail.trim_start();
    }
    if total < SignedDuration::from_secs(1) {
        return Err("it is not even a second".to_owned());
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_people_write_them() {
        assert_eq!(parse("90s"), Ok(SignedDuration::from_secs(90)));
        assert_eq!(parse(" 1h 30m "), Ok(SignedDuration::from_mins(90)));
        assert_eq!(parse("7d"), Ok(SignedDuration::from_hours(168)));
    }

    #[test]
    fn what_is_no_span_says_why() {
        for (text, why) in [
            ("", "not even a second"),
            ("0s", "not even a second"),
            ("5", "unit is missing"),
            ("soon", "begin with a number"),
            ("5 fortnights", "unit is missing"),
            ("5weeks", "no unit"),
            ("9999999999999999d", "too long"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.contains(why), "{text:?}: {error}");
        }
    }
}
