//! The two spellings of a numeric key: stored with fifteen digits, shown shorter.
//!
//! The database holds `000000000100482`; business objects accept it, `100482` and `0100482`
//! alike and echo what they were given. A key that is not all digits is kept as entered.

/// A key as the database stores it.
pub(crate) fn stored(key: &str) -> String {
    let key = key.trim();
    if is_numeric(key) { format!("{:0>15}", key.trim_start_matches('0')) } else { key.to_owned() }
}

/// A key as business objects show it: at least six digits.
pub(crate) fn edited(key: &str) -> String {
    let key = key.trim();
    if is_numeric(key) { format!("{:0>6}", key.trim_start_matches('0')) } else { key.to_owned() }
}

fn is_numeric(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|it| it.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numeric_keys_are_padded() {
        assert_eq!(stored(" 346 "), "000000000000346");
        assert_eq!(stored("000346/0001"), "000346/0001");
        assert_eq!(edited("000000000000346"), "000346");
        assert_eq!(edited("100-15038"), "100-15038");
    }
}
