//! The bytes SYSPRO sends and the characters it can keep.
//!
//! ```text
//! answer bytes ─► decode (UTF-8 when they are, else Windows-1252) ─► text
//! your text ─► fit_windows_1252 ─► text that SYSPRO's tables can hold + what had to be replaced
//! ```
//!
//! Answers declare Windows-1252 whatever they are, so the declaration is ignored. The tables are Windows-1252 columns:
//! anything else cannot be stored, and what SYSPRO would store instead is unknown. Writing calls therefore refuse such
//! text; a caller who prefers a replacement makes it here, sees it, and can say so.

use encoding_rs::WINDOWS_1252;

/// How the bytes of answers are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// UTF-8 if the bytes are valid UTF-8, otherwise Windows-1252.
    #[default]
    Auto,
    /// UTF-8 only.
    Utf8,
    /// Windows-1252 only.
    Windows1252,
}

/// Text made fit for Windows-1252, with every replacement told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fitted {
    /// The text that can be written.
    pub text: String,
    /// What was replaced, in order of appearance; empty if the text was fit as it was.
    pub replaced: Vec<Replacement>,
}

/// One character and what stands for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// The character that cannot be written.
    pub from: char,
    /// What was written instead: its nearest spelling, `?` if there is none, nothing for a control character.
    pub to: &'static str,
}

/// The characters which Windows-1252 has in the place of the control characters 80 to 9F.
const EXTRAS: &str = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ";

/// Letters and signs outside Windows-1252 with their nearest spelling in it.
const SPELLINGS: &[(&str, &str)] = &[
    ("ĀĂĄǍ", "A"),
    ("āăąǎ", "a"),
    ("ĆĈĊČ", "C"),
    ("ćĉċč", "c"),
    ("ĎĐ", "D"),
    ("ďđ", "d"),
    ("ĒĔĖĘĚ", "E"),
    ("ēĕėęě", "e"),
    ("ĜĞĠĢ", "G"),
    ("ĝğġģ", "g"),
    ("ĤĦ", "H"),
    ("ĥħ", "h"),
    ("ĨĪĬĮİ", "I"),
    ("ĩīĭįı", "i"),
    ("Ĳ", "IJ"),
    ("ĳ", "ij"),
    ("Ĵ", "J"),
    ("ĵ", "j"),
    ("Ķ", "K"),
    ("ķĸ", "k"),
    ("ĹĻĽĿŁ", "L"),
    ("ĺļľŀł", "l"),
    ("ŃŅŇŊ", "N"),
    ("ńņňŉŋ", "n"),
    ("ŌŎŐ", "O"),
    ("ōŏő", "o"),
    ("ŔŖŘ", "R"),
    ("ŕŗř", "r"),
    ("ŚŜŞȘ", "S"),
    ("śŝşș", "s"),
    ("ẞ", "SS"),
    ("ŢŤŦȚ", "T"),
    ("ţťŧț", "t"),
    ("ŨŪŬŮŰŲ", "U"),
    ("ũūŭůűų", "u"),
    ("Ŵ", "W"),
    ("ŵ", "w"),
    ("Ŷ", "Y"),
    ("ŷ", "y"),
    ("ŹŻ", "Z"),
    ("źż", "z"),
    ("\u{2010}\u{2011}\u{2012}\u{2015}\u{2212}", "-"),
    ("\u{2000}\u{2001}\u{2002}\u{2003}\u{2004}\u{2005}\u{2006}\u{2007}\u{2008}\u{2009}\u{200A}\u{202F}\u{3000}", " "),
    ("\u{200B}\u{200C}\u{200D}\u{2060}\u{FEFF}", ""),
    ("′", "'"),
    ("″", "\""),
    ("№", "No."),
    ("℅", "c/o"),
];

/// Whether SYSPRO's tables can hold the character.
pub fn in_windows_1252(c: char) -> bool {
    matches!(c, '\u{0}'..='\u{7F}' | '\u{A0}'..='\u{FF}') || EXTRAS.contains(c)
}

/// Replaces what SYSPRO cannot hold or XML cannot carry, and reports every replacement.
pub fn fit_windows_1252(text: &str) -> Fitted {
    let mut fitted = Fitted { text: String::with_capacity(text.len()), replaced: Vec::new() };
    for c in text.chars() {
        if in_windows_1252(c) && !forbidden_in_xml(c) {
            fitted.text.push(c);
        } else {
            let to = spelling(c);
            fitted.text.push_str(to);
            fitted.replaced.push(Replacement { from: c, to });
        }
    }
    fitted
}

fn spelling(c: char) -> &'static str {
    if c.is_control() {
        return "";
    }
    SPELLINGS.iter().find(|(letters, _)| letters.contains(c)).map_or("?", |(_, spelling)| spelling)
}

/// Whether XML 1.0 has no way to carry the character, not even escaped.
pub(crate) fn forbidden_in_xml(c: char) -> bool {
    matches!(c, '\u{0}'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')
}

/// Reads an answer's bytes.
pub(crate) fn decode(bytes: &[u8], encoding: Encoding) -> Result<String, &'static str> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let windows = || WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned();
    match encoding {
        Encoding::Windows1252 => Ok(windows()),
        Encoding::Auto => Ok(std::str::from_utf8(bytes).map_or_else(|_| windows(), str::to_owned)),
        Encoding::Utf8 => std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| "the bytes are not utf-8"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bytes_are_read_as_utf_8_when_they_are_and_as_windows_1252_otherwise() {
        assert_eq!(decode("Café €".as_bytes(), Encoding::Auto).as_deref(), Ok("Café €"));
        assert_eq!(decode(b"Caf\xE9 \x80", Encoding::Auto).as_deref(), Ok("Café €"));
        assert_eq!(decode("é".as_bytes(), Encoding::Windows1252).as_deref(), Ok("Ã©"));
        assert!(decode(b"Caf\xE9", Encoding::Utf8).is_err());
        assert_eq!(decode(b"\xEF\xBB\xBF<a/>", Encoding::Auto).as_deref(), Ok("<a/>"));
    }

    #[test]
    fn foreign_letters_get_their_nearest_spelling_and_it_is_told() {
        let fitted = fit_windows_1252("Łódź, Ostrava-Přívoz 東\u{1}");
        assert_eq!(fitted.text, "Lódz, Ostrava-Prívoz ?");
        let replaced: Vec<_> = fitted.replaced.iter().map(|it| (it.from, it.to)).collect();
        assert_eq!(replaced, [('Ł', "L"), ('ź', "z"), ('ř', "r"), ('東', "?"), ('\u{1}', "")]);
        assert_eq!(fit_windows_1252("Müller & Söhne – €").replaced, []);
    }

    proptest! {
        #[test]
        fn fitted_text_survives_windows_1252(text in any::<String>()) {
            let fitted = fit_windows_1252(&text).text;
            let (bytes, _, lossy) = WINDOWS_1252.encode(&fitted);
            prop_assert!(!lossy);
            prop_assert_eq!(decode(&bytes, Encoding::Windows1252).unwrap_or_default(), fitted);
        }
    }
}
