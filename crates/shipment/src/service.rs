//! Service: from SYSPRO's ship-via to a UPS service, by the site's table and never by guessing.
//!
//! ```text
//! ship-via ─► a rule for its code? ─► else a rule whose pattern fits its text? ─► Service · Ignore · Hold
//!                                          │ no rule
//!                                          └─► speaks of UPS? ─► Hold : NotOurs (counted, no alarm)
//! ```
//!
//! Text about who pays (collect, third party, will call) is never swallowed by a rule whose pattern does not say
//! it itself: "UPS GROUND COLLECT" booked on our own account would be somebody else's freight.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

use crate::document::ShipVia;
use crate::hold::{Hold, Reason};
use crate::number::{AccountNumber, BadNumber};

/// A UPS service by its two-character code. Codes without a known name are kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Service(String);

/// Who pays UPS for the transport.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Billing {
    /// The account the shipment is booked on.
    Shipper,
    /// The consignee's own account.
    Receiver {
        /// Their account.
        account: AccountNumber,
        /// The postal code UPS knows that account under.
        postal_code: Option<String>,
    },
    /// Somebody else's account.
    ThirdParty {
        /// Their account.
        account: AccountNumber,
        /// The postal code UPS knows that account under.
        postal_code: Option<String>,
        /// That account's country (ISO 3166, two letters).
        country: String,
    },
}

/// A regular expression on the ship-via's text; case never matters.
#[derive(Debug, Clone)]
pub struct Pattern {
    given: String,
    expression: Regex,
}

/// One rule of a site's ship-via table: for a code, for texts that fit a pattern, or (both given) for a code
/// with such a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShipViaRule {
    /// SYSPRO's shipping instruction code.
    pub code: Option<String>,
    /// What the text looks like.
    pub pattern: Option<Pattern>,
    /// What to do then.
    pub action: ShipViaAction,
}

/// What a ship-via rule says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShipViaAction {
    /// Book this service.
    Service(Service),
    /// Not ours.
    Ignore,
    /// A person decides.
    Hold,
}

/// A site's ship-via table. Rules with a code come before those with only a pattern; among equals the first
/// that fits counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table(pub Vec<ShipViaRule>);

/// What the table says about a ship-via.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Book this service.
    Service(Service),
    /// A rule says it is not ours.
    Ignore,
    /// A person decides.
    Hold(Hold),
    /// No rule, and no word of UPS: another carrier's, or nobody's yet.
    NotOurs {
        /// Code and text, for the counter per ship-via.
        ship_via: String,
    },
}

impl Service {
    /// Those whose names we know, for people to choose from.
    pub fn known() -> impl Iterator<Item = Self> {
        NAMES.iter().map(|(code, _)| Self((*code).to_owned()))
    }

    /// The two-character code.
    pub fn code(&self) -> &str {
        &self.0
    }

    /// UPS's name for it, as used from the United States; `None` for a code we do not know.
    pub fn name(&self) -> Option<&'static str> {
        NAMES.iter().find(|(code, _)| *code == self.0).map(|(_, name)| *name)
    }
}

/// UPS's service codes with the names used from the United States.
const NAMES: &[(&str, &str)] = &[
    ("01", "Next Day Air"),
    ("02", "2nd Day Air"),
    ("03", "Ground"),
    ("07", "Worldwide Express"),
    ("08", "Worldwide Expedited"),
    ("11", "Standard"),
    ("12", "3 Day Select"),
    ("13", "Next Day Air Saver"),
    ("14", "Next Day Air Early"),
    ("17", "Worldwide Economy DDU"),
    ("54", "Worldwide Express Plus"),
    ("59", "2nd Day Air A.M."),
    ("65", "Worldwide Saver"),
    ("70", "Access Point Economy"),
    ("71", "Worldwide Express Freight Midday"),
    ("72", "Worldwide Economy DDP"),
    ("74", "Express 12:00"),
    ("75", "Heavy Goods"),
    ("92", "Ground Saver under 1 lb"),
    ("93", "Ground Saver"),
    ("94", "Ground Saver Bound Printed Matter"),
    ("95", "Ground Saver Media"),
    ("96", "Worldwide Express Freight"),
];

impl Table {
    /// What to do with a ship-via.
    pub fn find(&self, ship_via: &ShipVia) -> Found {
        let words = ship_via.to_string();
        let rule = match self.rule(ship_via) {
            Some(rule) => rule,
            None if mentions_ups(ship_via) => return Found::Hold(Reason::UnmappedShipVia { ship_via: words }.into()),
            None => return Found::NotOurs { ship_via: words },
        };
        match &rule.action {
            ShipViaAction::Service(service) if rule.settles_who_pays(&ship_via.text) => Found::Service(service.clone()),
            ShipViaAction::Service(_) => Found::Hold(Reason::UnmappedShipVia { ship_via: words }.into()),
            ShipViaAction::Ignore => Found::Ignore,
            ShipViaAction::Hold => Found::Hold(Reason::ShipViaHold { ship_via: words }.into()),
        }
    }

    fn rule(&self, ship_via: &ShipVia) -> Option<&ShipViaRule> {
        let fits = |rule: &&ShipViaRule| rule.fits(ship_via);
        let mut by_code = self.0.iter().filter(|rule| rule.code().is_some());
        let mut by_text = self.0.iter().filter(|rule| rule.code().is_none());
        by_code.find(fits).or_else(|| by_text.find(fits))
    }
}

impl ShipViaRule {
    /// The rule's code; a blank one is none, or it would fit every order without a code.
    fn code(&self) -> Option<&str> {
        self.code.as_deref().map(str::trim).filter(|code| !code.is_empty())
    }

    /// A rule with neither code nor pattern fits nothing.
    fn fits(&self, ship_via: &ShipVia) -> bool {
        let code = self.code().map(|code| code.eq_ignore_ascii_case(ship_via.code.trim()));
        let text = self.pattern.as_ref().map(|pattern| pattern.fits(ship_via.text.trim()));
        match (code, text) {
            (Some(code), Some(text)) => code && text,
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => false,
        }
    }

    /// A pattern may have fitted only the half of a text that names the service, and a text may have been typed
    /// over while its code stayed. So who pays, where the text speaks of it, must stand in the rule's pattern too.
    fn settles_who_pays(&self, text: &str) -> bool {
        let said_by_rule: Vec<&str> = payer_words(self.pattern.as_ref().map_or("", Pattern::as_str)).collect();
        payer_words(text).all(|words| said_by_rule.contains(&words))
    }
}

/// Wordings by which somebody else pays, or nobody ships.
const PAYER_WORDS: &[(&str, &str)] = &[
    ("collect", r"\bcoll(ect)?\b"),
    ("third party", r"\b(third|3rd)[\s_-]*(party|pty)\b|\b3p\b"),
    ("receiver", r"\bbill\s*(to\s*)?(the\s*)?(recipient|receiver|consignee|recip|rec)\b|\breceiver\b|\brecipient\b"),
    ("their account", r"\b(their|customers?|cust|own)('s)?\s*(acct|account|a/c)\b"),
    ("will call", r"\bwill[\s_-]*call\b|\bcust(omer)?[\s_-]*pick[\s_-]*up\b|\bcpu\b"),
];

/// Which of the wordings a text, or a pattern's own text, holds.
fn payer_words(text: &str) -> impl Iterator<Item = &'static str> {
    // In a pattern the blanks between words are often written as expressions.
    static WORDS: LazyLock<Vec<(&str, Regex)>> = LazyLock::new(|| {
        let compile = |expression: &str| Regex::new(&format!("(?i){expression}")).expect("the wordings compile");
        PAYER_WORDS.iter().map(|(name, expression)| (*name, compile(expression))).collect()
    });
    let plain = PATTERN_BLANKS.replace_all(text, " ").into_owned();
    WORDS.iter().filter(move |(_, expression)| expression.is_match(&plain)).map(|(name, _)| *name)
}

/// `\s*`, `\b`, `.*` and the like in a pattern, which stand for blanks or nothing.
static PATTERN_BLANKS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(\\[sb]|\.)[*+?]?").expect("the expression compiles"));

/// Whether code or text speaks of UPS. Glued abbreviations count ("UPSGND"); "upstate" and "upsize" do not.
fn mentions_ups(ship_via: &ShipVia) -> bool {
    static UPS: LazyLock<Regex> = LazyLock::new(|| {
        let glued = "gnd|grd|ground|nda|nd|2da|2nd|3da|3ds|3rd|next|1|2|3|blue|red|orange|std|stand|sav|exp|ww|int";
        let expression = format!(r"(?i)\bu\.?\s?p\.?\s?s(\b|_|{glued})|\bunited\s+parcel\b");
        Regex::new(&expression).expect("the expression compiles")
    });
    let code = ship_via.code.trim();
    let coded = code.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("UPS"));
    coded || UPS.is_match(code) || UPS.is_match(&ship_via.text)
}

impl TryFrom<String> for Service {
    type Error = BadNumber;

    fn try_from(text: String) -> Result<Self, BadNumber> {
        text.parse()
    }
}

impl From<Service> for String {
    fn from(service: Service) -> String {
        service.0
    }
}

/// Reads a code ("03") or a known name ("Ground", "2nd day air").
impl FromStr for Service {
    type Err = BadNumber;

    fn from_str(text: &str) -> Result<Self, BadNumber> {
        let bad = |why| BadNumber { what: "UPS service", value: text.to_owned(), why };
        let wanted = text.trim();
        if let Some((code, _)) = NAMES.iter().find(|(_, name)| name.eq_ignore_ascii_case(wanted)) {
            return Ok(Self((*code).to_owned()));
        }
        if wanted.len() == 2 && wanted.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Ok(Self(wanted.to_ascii_uppercase()));
        }
        Err(bad("it is a two-character code (03) or a name such as Ground or 2nd Day Air"))
    }
}

/// "Ground", or "service 99"
impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "service {}", self.0),
        }
    }
}

impl FromStr for Pattern {
    type Err = regex::Error;

    fn from_str(text: &str) -> Result<Self, regex::Error> {
        let expression = RegexBuilder::new(text).case_insensitive(true).build()?;
        Ok(Self { given: text.to_owned(), expression })
    }
}

impl Pattern {
    /// Whether a text fits.
    pub fn fits(&self, text: &str) -> bool {
        self.expression.is_match(text)
    }

    /// The expression as it was given.
    pub fn as_str(&self) -> &str {
        &self.given
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.given == other.given
    }
}

impl Eq for Pattern {}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(code: Option<&str>, pattern: Option<&str>, action: ShipViaAction) -> ShipViaRule {
        let pattern = pattern.map(|text| text.parse().expect("a pattern"));
        ShipViaRule { code: code.map(str::to_owned), pattern, action }
    }

    fn service(code: &str) -> ShipViaAction {
        ShipViaAction::Service(code.parse().expect("a service"))
    }

    fn table() -> Table {
        Table(vec![
            rule(None, Some(r"ups.*(ground|gnd)"), service("03")),
            rule(None, Some(r"ups.*2nd\s*day"), service("02")),
            rule(Some("UPSG"), None, service("Ground")),
            rule(Some("UPSR"), None, service("01")),
            rule(Some("UPSF"), None, ShipViaAction::Hold),
            rule(None, Some("^ups freight"), ShipViaAction::Ignore),
        ])
    }

    fn found(code: &str, text: &str) -> Found {
        table().find(&ShipVia { code: code.to_owned(), text: text.to_owned() })
    }

    fn books(code: &str) -> Found {
        Found::Service(code.parse().expect("a service"))
    }

    fn held(found: &Found) -> Option<&'static str> {
        match found {
            Found::Hold(hold) => Some(hold.code()),
            Found::Service(_) | Found::Ignore | Found::NotOurs { .. } => None,
        }
    }

    #[test]
    fn the_code_decides_before_the_text() {
        assert_eq!(found("upsr ", "UPS GROUND"), books("01"));
        assert_eq!(found("", "Ups Gnd - dock 4"), books("03"));
        assert_eq!(found("X", "UPS 2ND DAY"), books("02"));
    }

    #[test]
    fn a_rule_may_ignore_or_hold_although_it_speaks_of_ups() {
        assert_eq!(found("", "UPS FREIGHT LTL"), Found::Ignore);
        assert_eq!(held(&found("UPSF", "")), Some("ship_via_hold"));
    }

    #[test]
    fn unmapped_text_about_ups_waits_for_a_person() {
        for text in ["UPS WORLDWIDE", "UPSNDA", "U.P.S. red", "United Parcel Service", "ship ups please"] {
            assert_eq!(held(&found("", text)), Some("unmapped_ship_via"), "{text}");
        }
        assert_eq!(held(&found("UPSX", "")), Some("unmapped_ship_via"));
    }

    #[test]
    fn other_carriers_and_blanks_are_not_ours_and_raise_no_alarm() {
        for text in ["", "FEDEX GROUND", "Upstate Trucking", "USPS PRIORITY", "will call", "Upsilon Logistics"] {
            let ship_via = if text.is_empty() { "blank" } else { text };
            assert_eq!(found("", text), Found::NotOurs { ship_via: ship_via.to_owned() });
        }
    }

    /// "UPS GROUND" fits the pattern, but the consignee pays: booked on our account it would be our loss.
    #[test]
    fn a_pattern_does_not_swallow_who_pays() {
        for text in ["UPS GROUND COLLECT", "UPS GND 3RD PARTY", "UPS Ground bill recipient", "UPS GROUND THEIR ACCT"] {
            assert_eq!(held(&found("", text)), Some("unmapped_ship_via"), "{text}");
        }
        // typed over, while the code stayed
        assert_eq!(held(&found("UPSG", "UPS GROUND COLLECT")), Some("unmapped_ship_via"));
        let mut table = table();
        table.0.insert(0, rule(None, Some(r"\bups\s+ground\s+collect\b"), service("03")));
        let collect = ShipVia { code: String::new(), text: "UPS GROUND COLLECT".to_owned() };
        assert_eq!(table.find(&collect), books("03"));
    }

    #[test]
    fn a_rule_with_a_blank_code_does_not_catch_every_order_without_one() {
        let table = Table(vec![rule(Some(" "), None, service("03"))]);
        let uncoded = ShipVia { code: String::new(), text: "Best Freight".to_owned() };
        assert_eq!(table.find(&uncoded), Found::NotOurs { ship_via: "Best Freight".to_owned() });
    }

    #[test]
    fn a_service_is_read_by_code_or_name_and_an_unknown_code_is_kept() {
        let service = |text: &str| text.parse::<Service>().expect("a service");
        assert_eq!(service("2nd day air").code(), "02");
        assert_eq!(service("03").to_string(), "Ground");
        assert_eq!(service("c6").to_string(), "service C6");
        assert!("Grownd".parse::<Service>().is_err());
    }
}
