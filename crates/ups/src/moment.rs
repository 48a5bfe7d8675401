//! Dates and times as UPS writes them.
//!
//! ```text
//! 20240202 · 2024-02-02 ─► Date     120435 · 20:04:35 · 74700  · 7:47:0 ─► Time     -08:00 · -04.00 ─► Offset
//! ```
//!
//! UPS drops leading zeros, mixes separators and writes the same offset with a colon when asked and with a dot when it
//! calls back. What cannot be read is nothing, never a date of ours.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

use crate::json::Node;

/// `20240202`, also with hyphens.
pub(crate) fn date(text: &str) -> Option<Date> {
    let digits: String = text.trim().chars().filter(|c| *c != '-').collect();
    let number = |from: usize, to: usize| digits.get(from..to)?.parse::<i16>().ok();
    if digits.len() != 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Date::new(number(0, 4)?, i8::try_from(number(4, 6)?).ok()?, i8::try_from(number(6, 8)?).ok()?).ok()
}

/// `120435`, `20:04:35`, `20:04`, and with lost leading zeros `74700` and `7:47:0`. So `747` is seven minutes past
/// midnight.
pub(crate) fn time(text: &str) -> Option<Time> {
    let text = text.trim();
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit() || b == b':') {
        return None;
    }
    let digits = if text.contains(':') {
        text.split(':').map(|part| format!("{part:0>2}")).collect::<String>()
    } else {
        format!("{text:0>6}")
    };
    let number = |from: usize| digits.get(from..from + 2)?.parse::<i8>().ok();
    match digits.len() {
        4 => Time::new(number(0)?, number(2)?, 0, 0).ok(),
        6 => Time::new(number(0)?, number(2)?, number(4)?, 0).ok(),
        _ => None,
    }
}

/// `-08:00`, and with a dot as the webhook writes it.
pub(crate) fn offset(text: &str) -> Option<Offset> {
    let text = text.trim();
    let (sign, rest) = match text.split_at_checked(1)? {
        ("-", rest) => (-1, rest),
        ("+", rest) => (1, rest),
        _ => (1, text),
    };
    let (hours, minutes) = rest.split_once([':', '.'])?;
    let seconds = |text: &str, each: i32| text.parse::<u8>().ok().map(|count| i32::from(count) * each);
    Offset::from_seconds(sign * (seconds(hours, 3600)? + seconds(minutes, 60)?)).ok()
}

/// Date and time of a place, from two members.
pub(crate) fn civil(node: Node<'_>, date_name: &str, time_name: &str) -> Option<DateTime> {
    Some(date(&node.text_at(date_name)?)?.to_datetime(time(&node.text_at(time_name)?)?))
}

/// The instant of a scan: from its Greenwich members, else from local time and offset.
///
/// The two may contradict each other (UPS's own example of a manifest has Greenwich behind the place); Greenwich
/// counts then, and nobody checks.
pub(crate) fn instant(
    greenwich: Option<DateTime>,
    local: Option<DateTime>,
    offset: Option<Offset>,
) -> Option<Timestamp> {
    let zoned = |moment: DateTime, zone: TimeZone| moment.to_zoned(zone).ok().map(|zoned: Zoned| zoned.timestamp());
    match (greenwich, local, offset) {
        (Some(greenwich), ..) => zoned(greenwich, TimeZone::UTC),
        (None, Some(local), Some(offset)) => zoned(local, TimeZone::fixed(offset)),
        (None, ..) => None,
    }
}

/// As UPS wants a day: `20240202`.
pub(crate) fn compact(date: Date) -> String {
    date.strftime("%Y%m%d").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_come_with_and_without_hyphens() {
        let expected = Some(jiff::civil::date(2024, 2, 29));
        assert_eq!(date("20240229"), expected);
        assert_eq!(date(" 2024-02-29"), expected);
        for nonsense in ["", "20240230", "2024022", "202402290", "2024-2-29", "+2240229", "ä0240229"] {
            assert_eq!(date(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn times_of_day_come_in_several_spellings() {
        let expected = jiff::civil::time(7, 47, 0, 0);
        for spelling in ["074700", "74700", "07:47:00", "7:47:0", "07:47"] {
            assert_eq!(time(spelling), Some(expected), "{spelling}");
        }
        assert_eq!(time("747"), Some(jiff::civil::time(0, 7, 47, 0)));
        for nonsense in ["", "noon", "250000", "07:47:00:00", "-74700"] {
            assert_eq!(time(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn offsets_come_with_colon_or_dot() {
        let expected = Offset::from_hours(-8).ok();
        assert_eq!(offset("-08:00"), expected);
        assert_eq!(offset("-08.00"), expected);
        assert_eq!(offset("+05:30"), Offset::from_seconds(19_800).ok());
        for nonsense in ["ä", "-99999999999999999:00", "", "-", "-8", "+99:00", "--8:00"] {
            assert_eq!(offset(nonsense), None, "{nonsense}");
        }
    }
}
