//! The paper customs wants: every form asked for, in one PDF.

use super::asked::{Asked, Forms, Party};
use super::pdf::Pdf;

/// All forms of a shipment as one document of letter size. `number` is the shipment's.
pub(crate) fn document(asked: &Asked, forms: &Forms, number: &str) -> Vec<u8> {
    let mut pdf = Pdf::new(612, 792);
    for form in &forms.types {
        pdf.page();
        pdf.line(20, &format!("SAMPLE - {}", title(form)));
        pdf.line(10, &format!("Waybill number: {number}"));
        match &**form {
            "01" | "05" => invoice(&mut pdf, asked, forms),
            _ => goods(&mut pdf, asked, forms),
        }
    }
    pdf.finish()
}

fn title(form: &str) -> &'static str {
    match form {
        "01" => "Invoice",
        "03" => "Certificate of Origin",
        "04" => "USMCA Certification of Origin",
        "05" => "Partial Invoice",
        "06" => "Packing List",
        "07" => "Customer Created Form",
        "08" => "Air Freight Packing List",
        "09" => "CN22",
        "10" => "UPS Premium Care",
        "11" => "Electronic Export Information",
        _ => "Form",
    }
}

fn party(pdf: &mut Pdf, role: &str, party: &Party) {
    pdf.line(12, role);
    let town = format!("{} {} {} {}", party.city, party.state, party.printed_postal(), party.country);
    for line in [&party.name, &party.attention, &party.phone].into_iter().chain(&party.lines).chain([&town]) {
        if !line.trim().is_empty() {
            pdf.line(10, line);
        }
    }
}

fn invoice(pdf: &mut Pdf, asked: &Asked, forms: &Forms) {
    for (name, value) in [
        ("Invoice number", &forms.invoice_number),
        ("Invoice date", &forms.invoice_date),
        ("Purchase order", &forms.purchase_order),
        ("Terms of shipment", &forms.terms),
        ("Reason for export", &forms.reason),
    ] {
        if !value.is_empty() {
            pdf.line(10, &format!("{name}: {value}"));
        }
    }
    goods(pdf, asked, forms);
    if let Some(sold_to) = &forms.sold_to {
        party(pdf, "SOLD TO", sold_to);
    }
    let currency = &forms.currency;
    pdf.line(10, &format!("Invoice line total: {:.2} {currency}", forms.lines_total()));
    let amounts = [
        ("Discount", forms.discount),
        ("Freight", forms.freight),
        ("Insurance", forms.insurance),
        (forms.other_description.as_str(), forms.other),
    ];
    for (name, amount) in amounts {
        if let Some(amount) = amount {
            pdf.line(10, &format!("{name}: {amount:.2} {currency}"));
        }
    }
    pdf.line(12, &format!("Total invoice amount: {:.2} {currency}", forms.invoice_total()));
    for words in [&forms.comments, &forms.declaration] {
        if !words.is_empty() {
            pdf.line(10, words);
        }
    }
}

fn goods(pdf: &mut Pdf, asked: &Asked, forms: &Forms) {
    party(pdf, "FROM", asked.origin());
    party(pdf, "SHIP TO", &asked.ship_to);
    for product in &forms.products {
        let count = product.units.map(|units| format!("{} {}", units.normalize(), product.unit)).unwrap_or_default();
        let words = product.descriptions.join(" ");
        pdf.line(
            10,
            &format!(
                "{count}  {words}  {}  {}  origin {}  {:.2}",
                product.part,
                product.commodity,
                product.origin,
                product.total()
            ),
        );
    }
}
