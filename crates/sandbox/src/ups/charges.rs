//! How UPS writes prices: amounts as text beside their currency, items by code. Rating and ship write
//! them alike.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::price::{Item, Modifier, Price};

/// Amount and currency as UPS writes them.
pub(super) fn money(amount: Decimal, currency: &str) -> Value {
    json!({"CurrencyCode": currency, "MonetaryValue": format!("{amount:.2}")})
}

/// Adds the items to `charges`, if there are any.
pub(super) fn itemize(charges: &mut Value, items: &[Item], currency: &str) {
    let written = |item: &Item| {
        let amount = format!("{:.2}", item.amount);
        let mut one = json!({"Code": item.code, "CurrencyCode": currency, "MonetaryValue": amount});
        if let Some(kind) = item.sub_type {
            one["SubType"] = json!(kind);
        }
        one
    };
    if !items.is_empty() {
        charges["ItemizedCharges"] = items.iter().map(written).collect();
    }
}

/// Adds the modifier to `charges`, if there is one.
pub(super) fn modify(charges: &mut Value, modifier: Option<&Modifier>) {
    if let Some(Modifier { kind, words, amount }) = modifier {
        let one = json!({"ModifierType": kind, "ModifierDesc": words, "Amount": format!("{amount:.2}")});
        charges["RateModifier"] = json!([one]);
    }
}

/// Adds taxes and the total with them, where there are taxes.
pub(super) fn tax(charges: &mut Value, price: &Price) {
    let taxes = price.taxes();
    if taxes.is_empty() {
        return;
    }
    charges["TaxCharges"] =
        taxes.iter().map(|(name, amount)| json!({"Type": name, "MonetaryValue": format!("{amount:.2}")})).collect();
    charges["TotalChargesWithTaxes"] = money(price.total_with_taxes(), price.currency);
}

/// The weight that is billed, with its unit.
pub(super) fn billing_weight(weight: Decimal, unit: &str) -> Value {
    let name = if unit == "KGS" { "Kilograms" } else { "Pounds" };
    json!({"UnitOfMeasurement": {"Code": unit, "Description": name}, "Weight": format!("{weight:.1}")})
}
