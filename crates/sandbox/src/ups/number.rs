//! 1Z numbers: `1Z`, shipper, service indicator, serial, check digit.

use super::Manners;

/// The check digit over the fifteen characters after `1Z`.
///
/// Letters count `(ASCII − 63) mod 10`, the characters at even places count twice, the digit makes
/// the sum a multiple of ten.
pub(crate) fn check_digit(body: &str) -> u8 {
    let value = |c: u8| if c.is_ascii_digit() { u32::from(c - b'0') } else { (u32::from(c) + 7) % 10 };
    let sum: u32 =
        body.bytes().enumerate().map(|(index, c)| if index % 2 == 0 { value(c) } else { 2 * value(c) }).sum();
    let digit = (10 - sum % 10) % 10;
    u8::try_from(digit).unwrap_or_default()
}

/// The number as the host shows it: the test host hides every one.
pub(crate) fn masked(number: &str, manners: &Manners) -> String {
    if manners.is_cie() { "1ZXXXXXXXXXXXXXXXX".to_owned() } else { number.to_owned() }
}

/// Hands out serials that look scattered and never repeat within ten million.
#[derive(Debug)]
pub(crate) struct Serials {
    next: u64,
}

const SERIALS: u64 = 10_000_000;

impl Serials {
    pub(crate) fn starting_from(seed: u64) -> Self {
        Self { next: seed % SERIALS }
    }

    /// The next number for `account` and the two-character service indicator.
    pub(crate) fn issue(&mut self, account: &str, indicator: &str) -> String {
        // The step shares no factor with ten million, so every serial comes once.
        self.next = (self.next + 3_141_593) % SERIALS;
        let body = format!("{account}{indicator}{:07}", self.next);
        let check = check_digit(&body);
        format!("1Z{body}{check}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_numbers_pass() {
        for number in ["1Z999AA10123456784", "1Z204W4R0308071865", "1ZY9319W0392847388", "1ZWX0692YP40636269"] {
            let (body, digit) = number[2..].split_at(15);
            assert_eq!(check_digit(body).to_string(), digit, "{number}");
        }
    }

    #[test]
    fn serials_do_not_repeat() {
        let mut serials = Serials::starting_from(7);
        let issued: std::collections::BTreeSet<String> = (0..10_000).map(|_| serials.issue("A1B2C3", "03")).collect();
        assert_eq!(issued.len(), 10_000);
    }
}
