//! International forms: which can be asked for, and what must stand on them.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::super::asked::{Asked, Forms, Party, Product};
use super::{Checked, refuse, require};

const TERMS: [&str; 13] = ["CFR", "CIF", "CIP", "CPT", "DAF", "DDP", "DAP", "DEQ", "DES", "EXW", "FAS", "FCA", "FOB"];

pub(super) fn all(asked: &Asked, forms: &Forms) -> Checked {
    types(asked, forms)?;
    let invoice = forms.has("01") || forms.has("05");
    if invoice {
        require(!forms.products.is_empty(), "128218", "A commercial invoice must have at least one commodity")?;
    }
    require(forms.products.len() <= 50, "128039", "Invalid number of products: 1 to 50")?;
    forms.products.iter().enumerate().try_for_each(|(index, one)| product(one, index + 1, forms))?;
    if forms.has("01") {
        self::invoice(forms)?;
    }
    if forms.has("01") || forms.has("04") {
        let Some(sold_to) = &forms.sold_to else {
            return refuse("9120800", "Missing contact information for the sold to party");
        };
        self::sold_to(sold_to, &asked.ship_to.country)?;
    }
    if forms.has("04") {
        usmca(asked, forms)?;
    }
    let documented = !forms.documents.is_empty() && forms.documents.iter().all(|id| id.len() == 26);
    require(!forms.has("07") || documented, "128223", "Invalid or missing document id")?;
    require(!forms.has("11") || forms.has_filing_option, "128126", "Invalid or missing EEI filing option")
}

fn types(asked: &Asked, forms: &Forms) -> Checked {
    let known = |code: &String| code.len() == 2 && matches!(code.parse::<u32>(), Ok(1 | 3..=11));
    let right = !forms.types.is_empty() && forms.types.iter().all(known);
    require(right, "128001", "Invalid or missing international forms form type")?;
    require(forms.types.len() <= 6, "128226", "Exceeds the maximum number of international forms")?;
    let once = forms.types.iter().all(|code| forms.types.iter().filter(|other| *other == code).count() == 1);
    require(once, "128205", "Duplicate international form type")?;
    require(!(forms.has("01") && forms.has("05")), "128210", "Partial and complete invoice cannot be combined")?;
    let (from, to) = asked.lane();
    require(from != to, "128120", "Origin country must be different than destination country")?;
    require(!asked.is_letter_or_documents(), "128202", "Forms cannot be requested for letters or documents")?;
    if asked.is_return() {
        let returned = forms.types.iter().all(|code| matches!(&**code, "05" | "10"));
        return require(returned, "128201", "Invalid form type for a shipment with return service");
    }
    require(!forms.has("05"), "128001", "A partial invoice is for returns only")
}

fn date(text: &str) -> bool {
    text.len() == 8 && Date::strptime("%Y%m%d", text).is_ok()
}

fn invoice(forms: &Forms) -> Checked {
    let length = |text: &str| text.chars().count();
    require(date(&forms.invoice_date), "128066", "Invalid or missing invoice date")?;
    require((1..=20).contains(&length(&forms.reason)), "128069", "Invalid or missing reason for export")?;
    require(forms.currency.len() == 3, "128114", "Invalid or missing currency code")?;
    require(length(&forms.invoice_number) <= 35, "128065", "Invalid invoice number")?;
    require(length(&forms.purchase_order) <= 35, "128067", "Invalid purchase order number")?;
    let terms = forms.terms.is_empty() || TERMS.contains(&&*forms.terms);
    require(terms, "128068", "Invalid terms of shipment")?;
    require(length(&forms.comments) <= 150, "128070", "Invalid additional comments")?;
    require(length(&forms.declaration) <= 550, "128071", "Invalid declaration statement")?;
    let discounted = forms.discount.is_none_or(|amount| amount >= Decimal::ZERO && amount <= forms.lines_total());
    require(discounted, "128072", "Discount cannot be greater than the invoice line total")?;
    let named = (1..=10).contains(&length(&forms.other_description));
    require(forms.other.is_none() || named, "128075", "Invalid or missing other charges description")
}

fn product(product: &Product, number: usize, forms: &Forms) -> Checked {
    let wrong = |code: &str, what: &str| refuse(code, format!("Invalid or missing {what} for product number {number}"));
    let described = (1..=3).contains(&product.descriptions.len())
        && product.descriptions.iter().all(|line| line.chars().count() <= 35);
    if !described {
        return wrong("128113", "description");
    }
    if product.part.chars().count() > 35 {
        return wrong("128047", "part number");
    }
    if !product.commodity.is_empty() && !(6..=15).contains(&product.commodity.chars().count()) {
        return wrong("128048", "commodity code");
    }
    if !forms.has("01") {
        return Ok(());
    }
    let counted = product.units.is_some_and(|units| units > Decimal::ZERO && units < Decimal::from(10_000_000));
    if !counted {
        return wrong("128043", "unit number");
    }
    if !(1..=3).contains(&product.unit.chars().count()) {
        return wrong("128044", "unit of measurement");
    }
    if !product.value.is_some_and(|value| value >= Decimal::ZERO && value.scale() <= 6) {
        return wrong("128046", "unit value");
    }
    if product.origin.len() != 2 {
        return wrong("128049", "origin country");
    }
    Ok(())
}

fn sold_to(party: &Party, destination: &str) -> Checked {
    let fits = |text: &str, most: usize| (1..=most).contains(&text.chars().count());
    require(fits(&party.name, 35), "128095", "Invalid or missing sold to company name")?;
    require(fits(&party.attention, 35), "128109", "Invalid or missing sold to attention name")?;
    require(fits(&party.phone, 15), "128115", "Invalid or missing sold to phone number")?;
    let line = party.lines.first().is_some_and(|line| fits(line, 35));
    require(line, "128096", "Invalid or missing sold to address line 1")?;
    require(fits(&party.city, 30), "128099", "Invalid or missing sold to city")?;
    require(party.country == destination, "128102", "Invalid or missing sold to country code")
}

fn usmca(asked: &Asked, forms: &Forms) -> Checked {
    let member = |country| matches!(country, "US" | "PR" | "CA" | "MX");
    let (from, to) = asked.lane();
    let words = "The selected form is not valid for the origin and destination countries";
    require(member(from) && member(to), "128105", words)?;
    require(forms.has_producer, "128027", "Invalid or missing producer")?;
    let coded = forms.products.iter().all(|one| !one.commodity.is_empty());
    require(coded, "128111", "Commodity code is required for the certificate")?;
    let judged = forms.products.iter().all(|one| matches!(&*one.preference, "A" | "B" | "C" | "D" | "E" | "F"));
    require(judged, "128053", "Invalid or missing preference criteria")?;
    let Some((begin, end)) = &forms.blanket_period else {
        return refuse("128076", "Invalid or missing blanket period begin date");
    };
    require(date(begin), "128076", "Invalid or missing blanket period begin date")?;
    require(date(end) && begin <= end, "128077", "Invalid or missing blanket period end date")
}
