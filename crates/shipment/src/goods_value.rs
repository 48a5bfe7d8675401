//! What the goods of a document are worth, for customs and for UPS's question before a border.
//!
//! ```text
//! lines with prices ─► each unit × quantity, or the line's whole value ─► sum ─► Money in the document's currency
//!        │ no price, zero, per another unit, another currency than the account's
//!        └─► Hold: nothing is declared that was not read
//! ```
//!
//! SYSPRO leaves elements out that its operator may not see, so an absent price is not a price of zero; and a zero on goods
//! is no value one can declare. A kit may be priced at its parent or at its parts, so the other of the two may be free.
//! What is deliberately not here: discounts, exchange rates, and which lanes ask for the value.

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use crate::document::{Document, Line, LineKind};
use crate::hold::{Hold, Reason};
use crate::money::{Currency, Money};

/// What a line's goods are sold for, as SYSPRO shows it, in the document's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinePrice {
    /// So much for one unit.
    Each {
        /// The price.
        amount: Decimal,
        /// The unit it is for, where that is not the unit of the line's quantity.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        per: Option<String>,
    },
    /// So much for everything the line ships.
    Whole {
        /// The value.
        amount: Decimal,
    },
}

/// The least and the most that UPS takes as a shipment's value.
const ACCEPTED: [i64; 2] = [1, 99_999_999];

/// What the goods to ship are worth, in the UPS account's currency, which has to be the document's.
///
/// # Errors
/// A hold when a price is missing, nought or for another unit, when the currency is another or not known, or when the sum
/// is none that UPS takes.
pub fn goods_value(document: &Document, account: Currency) -> Result<Money, Hold> {
    match document.currency {
        Some(currency) if currency == account => {}
        Some(currency) => {
            let why = format!("the document is in {currency}, and the site's UPS account in {account}");
            return Err(unknown(why));
        }
        None => {
            let why = "SYSPRO names no currency for it, or one by a code that the site's currencies do not explain";
            return Err(unknown(why.to_owned()));
        }
    }
    let goods: Vec<&Line> = document.lines.iter().filter(|line| line.ships()).collect();
    let mut sum = Decimal::ZERO;
    for line in &goods {
        let value = value_of(line)?;
        if value <= Decimal::ZERO && !is_free_in_a_kit(line, &goods) {
            return Err(unknown(format!("{} has the price {value}", named(line))));
        }
        sum += value;
    }
    let sum = sum.round_dp_with_strategy(account.minor_digits(), RoundingStrategy::MidpointAwayFromZero);
    let [least, most] = ACCEPTED.map(Decimal::from);
    if sum < least || sum > most {
        return Err(unknown(format!("it adds up to {sum} {account}, and UPS takes {least} to {most}")));
    }
    Money::from_decimal(sum, account).map_err(|error| unknown(error.to_string()))
}

fn value_of(line: &Line) -> Result<Decimal, Hold> {
    match &line.price {
        None => Err(unknown(format!("{} shows no price", named(line)))),
        Some(LinePrice::Each { amount, per: Some(unit) }) => {
            let why = format!("{} is priced {amount} per {unit} and counted in {}", named(line), line.unit_of_measure);
            Err(unknown(why))
        }
        Some(LinePrice::Each { amount, per: None }) => amount
            .checked_mul(line.quantity_to_ship)
            .ok_or_else(|| unknown(format!("{} is worth more than can be reckoned", named(line)))),
        Some(LinePrice::Whole { amount }) => Ok(*amount),
    }
}

/// A kit's parent is free where a part is priced, and a part behind a parent that is priced.
fn is_free_in_a_kit(line: &Line, goods: &[&Line]) -> bool {
    let priced = |other: &&Line| value_of(other).is_ok_and(|value| value > Decimal::ZERO);
    let is_parent = |other: &&Line| other.kind == LineKind::KitParent;
    if is_parent(&line) {
        return goods.iter().any(|other| !is_parent(other) && other.number > line.number && priced(other));
    }
    goods.iter().any(|other| is_parent(other) && other.number < line.number && priced(other))
}

fn named(line: &Line) -> String {
    match &line.stock_code {
        Some(code) => format!("line {} ({code})", line.number),
        None => format!("line {}", line.number),
    }
}

fn unknown(why: String) -> Hold {
    Reason::NoGoodsValue { why }.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::sample::{self, dec};

    fn priced(number: u32, quantity: &str, price: &str) -> Line {
        let price = Some(LinePrice::Each { amount: dec(price), per: None });
        Line { price, ..sample::line(number, "PART", dec(quantity), None) }
    }

    fn of(lines: Vec<Line>) -> Result<Money, String> {
        let document = Document { lines, currency: Some(Currency::USD), ..sample::order() };
        goods_value(&document, Currency::USD).map_err(|hold| hold.words())
    }

    #[test]
    fn prices_with_five_decimals_are_summed_and_rounded_once() {
        let sum = of(vec![priced(1, "3", "0.33335"), priced(2, "1", "18.4")]).expect("known");
        assert_eq!(sum.to_string(), "19.40 USD");
        let whole = Line { price: Some(LinePrice::Whole { amount: dec("12.5") }), ..priced(1, "9", "0") };
        assert_eq!(of(vec![whole]).expect("known").to_string(), "12.50 USD");
    }

    #[test]
    fn what_does_not_ship_is_not_declared() {
        let comment = Line { kind: LineKind::Comment, price: None, ..priced(2, "1", "0") };
        let back_ordered = Line { price: None, ..priced(3, "0", "0") };
        assert_eq!(of(vec![priced(1, "2", "5"), comment, back_ordered]).expect("known").to_string(), "10.00 USD");
    }

    #[test]
    fn nothing_is_declared_that_was_not_read() {
        let with = |price| of(vec![priced(1, "2", "5"), Line { price, ..priced(2, "2", "5") }]).expect_err("a hold");
        let zero = with(Some(LinePrice::Each { amount: Decimal::ZERO, per: None }));
        assert!(with(None).contains("line 2 (PART) shows no price"), "{}", with(None));
        assert!(zero.contains("line 2 (PART) has the price 0"), "{zero}");
        let dozen = with(Some(LinePrice::Each { amount: dec("60"), per: Some("DZ".to_owned()) }));
        assert!(dozen.contains("priced 60 per DZ and counted in EA"), "{dozen}");
        assert!(of(vec![priced(1, "1", "0.5")]).expect_err("a hold").contains("adds up to 0.5 USD"));
    }

    #[test]
    fn another_currency_and_an_unknown_one_are_asked_about() {
        let lines = vec![priced(1, "2", "5")];
        let told = |currency| {
            let document = Document { lines: lines.clone(), currency, ..sample::order() };
            goods_value(&document, Currency::USD).expect_err("a hold").words()
        };
        assert!(told(Some(Currency::CAD)).contains("the document is in CAD"), "{}", told(Some(Currency::CAD)));
        assert!(told(None).contains("names no currency"), "{}", told(None));
    }

    #[test]
    fn a_kit_is_priced_at_its_parent_or_at_its_parts() {
        let parent = |price: &str| Line { kind: LineKind::KitParent, ..priced(1, "1", price) };
        assert_eq!(of(vec![parent("40"), priced(2, "2", "0")]).expect("known").to_string(), "40.00 USD");
        assert_eq!(of(vec![parent("0"), priced(2, "2", "20")]).expect("known").to_string(), "40.00 USD");
        assert!(of(vec![parent("0"), priced(2, "2", "0")]).is_err());
    }
}
