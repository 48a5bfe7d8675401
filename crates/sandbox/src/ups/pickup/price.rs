//! What a pickup costs, by a plain rule: a base for the day, a surcharge for a home, fuel on both.
//! The amounts are *assumed*; negotiated rates do not count for pickups.

use rust_decimal::Decimal;
use serde_json::{Value, json};

#[derive(Debug, Clone, Copy)]
pub(crate) struct Tariff {
    /// Smart pickups are paid by the week, not one by one.
    pub(crate) smart: bool,
    pub(crate) same_day: bool,
    pub(crate) residential: bool,
    pub(crate) fuel_per_mille: u32,
    /// Whether taxes are to be shown; there are none on pickups in the United States.
    pub(crate) taxes: bool,
}

impl Tariff {
    fn charges(&self) -> Vec<(&'static str, &'static str, Decimal)> {
        let cents = |cents: i64| Decimal::new(cents, 2);
        let base = match (self.smart, self.same_day) {
            (true, _) => Decimal::ZERO,
            (false, true) => cents(1315),
            (false, false) => cents(1065),
        };
        let mut charges = vec![("B", "BASE CHARGE", base)];
        if self.residential && !self.smart {
            charges.push(("S", "RESIDENTIAL SURCHARGE", cents(460)));
        }
        let sum: Decimal = charges.iter().map(|(_, _, amount)| amount).sum();
        let fuel = (sum * Decimal::from(self.fuel_per_mille) / Decimal::ONE_THOUSAND).round_dp(2);
        charges.push(("S", "FUEL SURCHARGE", fuel));
        charges
    }

    pub(crate) fn result(&self) -> Value {
        let charges = self.charges();
        let total: Decimal = charges.iter().map(|(_, _, amount)| amount).sum();
        let details = charges.iter().map(|(code, words, amount)| {
            json!({
                "ChargeCode": code,
                "ChargeDescription": words,
                "ChargeAmount": format!("{amount:.2}"),
                "TaxAmount": "0.00",
            })
        });
        let mut result = json!({
            "RateType": if self.same_day { "SD" } else { "FD" },
            "CurrencyCode": "USD",
            "ChargeDetail": details.collect::<Vec<_>>(),
            "TotalTax": "0.00",
            "GrandTotalOfAllCharge": format!("{total:.2}"),
        });
        if self.taxes {
            result["PreTaxTotalCharge"] = json!(format!("{total:.2}"));
        }
        result
    }
}
