//! Purchase orders as a test or the seed describes them, and how they become rows.
//!
//! ```text
//! PurchaseOrderSpec::new("70900").supplier("SUP002").line("VLV-1010", 4) ─► PorMasterHdr, PorMasterDetail
//! ```
//!
//! A purchase order is a buy: mostly goods come in, to our own warehouse, and nobody ships. Two
//! kinds leave a warehouse: a *return*, which goes to the supplier, and a *drop-ship*, which goes
//! to a customer and names its sales order on the lines. Both have the delivery address of whoever
//! receives the goods, which is this company's habit and *assumed* of others.

use jiff::ToSpan as _;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::ship_to::ShipTo;
use super::ship_via::{GROUND, ShipVia};
use super::spec::{Goods, LineKind, LineSpec};
use super::suppliers::suppliers;
use super::table::Fields;
use super::{COMPANY_NAME, WAREHOUSE, World, key, ship_from};

/// A purchase order. Whatever is not said is a return to the first supplier: open, UPS Ground, one
/// line of one valve.
#[derive(Debug, Clone, PartialEq)]
pub struct PurchaseOrderSpec {
    number: Option<String>,
    supplier: String,
    drop_ship: Option<(String, String)>,
    inbound: bool,
    deliver_to: Option<ShipTo>,
    ship_via_text: String,
    status: char,
    warehouse: String,
    entered: Option<Date>,
    due: Option<Date>,
    lines: Vec<LineSpec>,
}

impl Default for PurchaseOrderSpec {
    fn default() -> Self {
        Self {
            number: None,
            supplier: "SUP000".to_owned(),
            drop_ship: None,
            inbound: false,
            deliver_to: None,
            ship_via_text: GROUND.text.to_owned(),
            status: '1',
            warehouse: WAREHOUSE.to_owned(),
            entered: None,
            due: None,
            lines: Vec::new(),
        }
    }
}

impl PurchaseOrderSpec {
    /// A purchase order with this number; a number of digits only is stored with fifteen of them.
    #[must_use]
    pub fn new(number: &str) -> Self {
        Self { number: Some(number.to_owned()), ..Self::default() }
    }

    /// One that gets the next free number.
    #[must_use]
    pub fn next() -> Self {
        Self::default()
    }

    /// From this supplier, or back to it.
    #[must_use]
    pub fn supplier(self, code: &str) -> Self {
        Self { supplier: code.to_owned(), ..self }
    }

    /// Shipped to a customer for this sales order instead of back to the supplier.
    #[must_use]
    pub fn drop_ship(self, customer: &str, sales_order: &str) -> Self {
        Self { drop_ship: Some((customer.to_owned(), sales_order.to_owned())), ..self }
    }

    /// An ordinary buy: goods come to our warehouse, nobody has chosen how.
    #[must_use]
    pub fn inbound(self) -> Self {
        Self { inbound: true, ship_via_text: String::new(), ..self }
    }

    /// Delivered there.
    #[must_use]
    pub fn to(self, ship_to: ShipTo) -> Self {
        Self { deliver_to: Some(ship_to), ..self }
    }

    /// With one of the company's shipping instructions; a purchase order has the text alone.
    #[must_use]
    pub fn ship_via(self, via: ShipVia) -> Self {
        Self { ship_via_text: via.text.to_owned(), ..self }
    }

    /// In this status; `9` is complete, `*` cancelled.
    #[must_use]
    pub fn status(self, status: char) -> Self {
        Self { status, ..self }
    }

    /// Of this warehouse.
    #[must_use]
    pub fn warehouse(self, warehouse: &str) -> Self {
        Self { warehouse: warehouse.to_owned(), ..self }
    }

    /// Entered on this date.
    #[must_use]
    pub fn entered(self, date: Date) -> Self {
        Self { entered: Some(date), ..self }
    }

    /// Due on this date.
    #[must_use]
    pub fn due(self, date: Date) -> Self {
        Self { due: Some(date), ..self }
    }

    /// With a line of a stock code.
    #[must_use]
    pub fn line(self, code: &str, quantity: i64) -> Self {
        self.with(LineKind::Goods(Goods::stocked(code, quantity, quantity)))
    }

    /// With a line of goods that are not in the stock master; their mass in pounds stands on the
    /// line alone.
    #[must_use]
    pub fn non_stocked(self, code: &str, description: &str, pounds: Option<Decimal>, quantity: i64) -> Self {
        let goods = Goods::stocked(code, quantity, quantity);
        self.with(LineKind::Goods(Goods { description: description.to_owned(), mass: pounds, line_type: '7', ..goods }))
    }

    /// With a comment line.
    #[must_use]
    pub fn comment(self, text: &str) -> Self {
        self.with(LineKind::Comment(text.to_owned()))
    }

    fn with(mut self, kind: LineKind) -> Self {
        self.lines.push(LineSpec { kind, sales_order: None });
        self
    }
}

impl World {
    /// Writes a purchase order; answers its number as stored.
    pub(crate) fn place_purchase_order(&mut self, spec: &PurchaseOrderSpec, today: Date) -> String {
        let number = match &spec.number {
            Some(number) => key::stored(number),
            None => {
                self.next_purchase_order += 1;
                key::stored(&(self.next_purchase_order - 1).to_string())
            }
        };
        let entered = spec.entered.unwrap_or(today);
        let due = spec.due.unwrap_or_else(|| today.saturating_add(14.days()));
        let (customer, sales_order) = spec.drop_ship.clone().unwrap_or_default();
        let to = spec.deliver_to.clone().unwrap_or_else(|| self.delivery(spec));
        let [one, two, three, four, five] = to.lines.clone();
        let header = Fields::new()
            .text("PurchaseOrder", &number)
            .text("OrderStatus", spec.status)
            .text("ActiveFlag", if "9*".contains(spec.status) { "N" } else { "Y" })
            .text("CancelledFlag", if spec.status == '*' { "Y" } else { "N" })
            .text("Supplier", &spec.supplier)
            .date("OrderEntryDate", Some(entered))
            .date("OrderDueDate", Some(due))
            .date("MemoDate", Some(entered))
            .date("DatePoCompleted", (spec.status == '9').then_some(today))
            .text("OrderType", "L")
            .text("Customer", customer)
            .text("ShippingInstrs", &spec.ship_via_text)
            .text("Warehouse", &spec.warehouse)
            .text("Currency", "USD")
            .text("Buyer", "100")
            .text("DeliveryName", &to.name)
            .text("DeliveryAddr1", one)
            .text("DeliveryAddr2", two)
            .text("DeliveryAddr3", three)
            .text("DeliveryAddr4", four)
            .text("DeliveryAddr5", five)
            .text("PostalCode", &to.postal_code)
            .text("State", &to.state);
        let header = if self.post_dates { header.date("PostDate", Some(entered)) } else { header };
        self.tables.put("PorMasterHdr", header);
        let none = [LineSpec { kind: LineKind::Goods(Goods::stocked("VLV-1020", 1, 1)), sales_order: None }];
        let lines = if spec.lines.is_empty() { none.as_slice() } else { &spec.lines };
        for (line, at) in lines.iter().zip(1_u32..) {
            let fields = Fields::new().text("PurchaseOrder", &number).number("Line", at);
            let fields = match &line.kind {
                LineKind::Goods(goods) => {
                    let fields = fields
                        .text("LineType", goods.line_type)
                        .text("MStockCode", &goods.code)
                        .text("MStockDes", &goods.description)
                        .text("MWarehouse", &spec.warehouse)
                        .number("MOrderQty", goods.ordered)
                        .text("MOrderUom", "EA")
                        .date("MLatestDueDate", Some(due))
                        .number("MPrice", Decimal::new(goods.cents, 2))
                        .text(
                            "MSalesOrder",
                            if sales_order.is_empty() { String::new() } else { key::stored(&sales_order) },
                        );
                    if goods.line_type == '7' {
                        fields.number("MNonsUnitMass", goods.mass.unwrap_or_default())
                    } else {
                        fields
                    }
                }
                LineKind::Comment(text) => fields.text("LineType", "6").text("NComment", text),
                LineKind::Freight { cents } => fields
                    .text("LineType", "4")
                    .text("NComment", "Freight")
                    .number("NMscChargeValue", Decimal::new(*cents, 2)),
                LineKind::Misc { text, cents } => fields
                    .text("LineType", "5")
                    .text("NComment", text)
                    .number("NMscChargeValue", Decimal::new(*cents, 2)),
            };
            self.tables.put("PorMasterDetail", fields);
        }
        number
    }

    /// Where the goods of a purchase order go.
    fn delivery(&self, spec: &PurchaseOrderSpec) -> ShipTo {
        if let Some((customer, _)) = &spec.drop_ship
            && let Some(customer) = self.customers.iter().find(|it| it.code == *customer)
            && let Some(place) = customer.places.first()
        {
            return ShipTo::at(&customer.name, place);
        }
        match suppliers().into_iter().find(|it| it.code == spec.supplier) {
            Some(supplier) if !spec.inbound => ShipTo::at(supplier.name, supplier.place),
            _ => ShipTo::at(COMPANY_NAME, ship_from()),
        }
    }

    /// Puts a purchase order into a status, whatever it was.
    pub(crate) fn set_purchase_order_status(&mut self, number: &str, status: char, today: Date) -> bool {
        let fields = Fields::new()
            .text("OrderStatus", status)
            .text("ActiveFlag", if "9*".contains(status) { "N" } else { "Y" })
            .text("CancelledFlag", if status == '*' { "Y" } else { "N" })
            .date("DatePoCompleted", (status == '9').then_some(today));
        self.tables.alter("PorMasterHdr", &[&key::stored(number)], fields)
    }
}
