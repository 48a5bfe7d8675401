//! A sales order as tests like to have it: two lines, 12 lb together, to a street in Oakland.

use rust_decimal::Decimal;

use super::{Document, Line, LineKind, ShipVia, Source, SysproAddress};
use crate::number::ReleaseNumber;

/// The order; change what the story is about.
pub(crate) fn order() -> Document {
    Document {
        source: Source::SalesOrders,
        number: "000346".parse().expect("a document number"),
        release: ReleaseNumber::FIRST,
        sales_orders: vec!["000346".parse().expect("a sales order number")],
        status: "4".to_owned(),
        document_type: "O".to_owned(),
        inter_warehouse: false,
        counter_sale: false,
        cancelled: false,
        customer: "0000012".parse().expect("a customer code"),
        customer_name: "Bay Bicycles".to_owned(),
        customer_on_hold: false,
        ship_to_code: None,
        ship_to: SysproAddress {
            name: "Bay Bicycles".to_owned(),
            lines: ["1200 Broadway", "", "Oakland", "", ""].map(str::to_owned),
            postal_code: "94612".to_owned(),
            state: "CA".to_owned(),
            nationality: String::new(),
        },
        phone: Some("(510) 555-0123".to_owned()),
        email: None,
        ship_via: ShipVia { code: "UPSG".to_owned(), text: "UPS GROUND".to_owned() },
        customer_po: "PO-7781".to_owned(),
        required_date: Some(jiff::civil::date(2026, 3, 13)),
        warehouse: "FG".parse().expect("a warehouse code"),
        lines: vec![line(1, "B100", dec("2"), Some(dec("4"))), line(2, "A200", dec("4"), Some(dec("1")))],
        carried_tracking: None,
        currency: None,
    }
}

/// A line of merchandise.
pub(crate) fn line(number: u32, stock_code: &str, quantity: Decimal, unit_mass: Option<Decimal>) -> Line {
    Line {
        number,
        kind: LineKind::Merchandise,
        stock_code: Some(stock_code.parse().expect("a stock code")),
        description: format!("Part {stock_code}"),
        quantity_to_ship: quantity,
        unit_of_measure: "EA".to_owned(),
        unit_mass,
        warehouse: None,
        price: None,
    }
}

/// A decimal as it is written.
pub(crate) fn dec(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}
