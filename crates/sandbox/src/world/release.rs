//! Turning a spec into rows: the sales order, its lines, the dispatch note and its lines.
//!
//! The order is written first, then the note, as in SYSPRO. Releasing a note of an order that
//! exists adds the order's missing lines only. Freight and comment lines stand on both papers.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::ship_to::ShipTo;
use super::spec::{DispatchNoteSpec, Goods, LineKind, LineSpec};
use super::table::Fields;
use super::{World, customers, key, stock};

/// The keys of a released document, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Released {
    /// The dispatch note; empty for an order without one.
    pub dispatch_note: String,
    /// The note's own sales order; empty for a note without one.
    pub sales_order: String,
}

/// A spec with every blank filled in.
struct Filled<'a> {
    spec: &'a DispatchNoteSpec,
    customer: String,
    customer_name: String,
    email: String,
    ship_to: ShipTo,
    sales_order: String,
    lines: Vec<LineSpec>,
    today: Date,
}

impl World {
    /// Writes a dispatch note and, unless it has none, the order it belongs to.
    pub(crate) fn release(&mut self, spec: &DispatchNoteSpec, today: Date) -> Released {
        let note = match &spec.number {
            Some(number) => key::stored(number),
            None => key::stored(&self.next_note().to_string()),
        };
        let filled = self.fill(spec, today);
        let placed = if spec.parentless { BTreeMap::new() } else { self.write_orders(&filled) };
        self.write_note(&note, &filled, &placed);
        Released { dispatch_note: note, sales_order: filled.sales_order }
    }

    /// Writes a sales order alone.
    pub(crate) fn place_order(&mut self, spec: &DispatchNoteSpec, today: Date) -> Released {
        let filled = self.fill(spec, today);
        self.write_orders(&filled);
        Released { dispatch_note: String::new(), sales_order: filled.sales_order }
    }

    pub(crate) fn next_invoice(&mut self) -> u32 {
        self.next_invoice += 1;
        self.next_invoice - 1
    }

    pub(super) fn next_note(&mut self) -> u32 {
        self.next_note += 1;
        self.next_note - 1
    }

    fn next_order(&mut self) -> u32 {
        self.next_order += 1;
        self.next_order - 1
    }

    fn fill<'a>(&mut self, spec: &'a DispatchNoteSpec, today: Date) -> Filled<'a> {
        let sales_order = match (&spec.sales_order, spec.parentless) {
            (_, true) => String::new(),
            (Some(number), false) => key::stored(number),
            (None, false) => key::stored(&self.next_order().to_string()),
        };
        let code = spec.customer.clone().unwrap_or_else(|| self.customers[0].code.clone());
        let known = self.customers.iter().find(|it| it.code == code);
        let name = known.map_or_else(|| code.clone(), |it| it.name.clone());
        let ship_to = spec.ship_to.clone().unwrap_or_else(|| {
            let home = known.and_then(|it| it.places.first()).copied().unwrap_or(&super::places::places()[0]);
            ShipTo { ship_to_code: customers::address_code(0), ..ShipTo::at(&name, home) }
        });
        let lines = if spec.lines.is_empty() {
            DispatchNoteSpec::default().line("VLV-1020", 1).lines
        } else {
            spec.lines.clone()
        };
        self.stock_up(&lines);
        let email = format!("receiving@{}.example", code.to_lowercase());
        Filled { spec, customer: code, customer_name: name, email, ship_to, sales_order, lines, today }
    }

    /// Enters goods in the stock master that it does not know yet.
    fn stock_up(&mut self, lines: &[LineSpec]) {
        for line in lines {
            if let LineKind::Goods(goods) = &line.kind
                && goods.line_type == '1'
                && self.tables.row("InvMaster", &[&goods.code]).is_none()
            {
                let fields = Fields::new()
                    .text("StockCode", &goods.code)
                    .text("Description", &goods.description)
                    .text("StockUom", "EA")
                    .number("Mass", goods.mass.unwrap_or_default())
                    .text("KitType", "N");
                self.tables.put("InvMaster", fields);
            }
        }
    }

    /// Writes every parent order; answers the order's line number of each of the spec's lines.
    fn write_orders(&mut self, filled: &Filled<'_>) -> BTreeMap<usize, (String, u32)> {
        let mut placed = BTreeMap::new();
        for (index, line) in filled.lines.iter().enumerate() {
            let order = line.sales_order.as_deref().map_or_else(|| filled.sales_order.clone(), key::stored);
            if self.tables.row("SorMaster", &[&order]).is_none() {
                self.tables.put("SorMaster", order_header(&order, filled));
            }
            let number = self.next_line("SorMaster", &order);
            self.tables.put("SorDetail", order_line(&order, number, line, filled));
            placed.insert(index, (order, number));
        }
        placed
    }

    fn write_note(&mut self, note: &str, filled: &Filled<'_>, placed: &BTreeMap<usize, (String, u32)>) {
        self.tables.put("MdnMaster", note_header(note, filled));
        for (index, line) in filled.lines.iter().enumerate() {
            let number = self.next_line("MdnMaster", note);
            let parent = placed.get(&index);
            self.tables.put("MdnDetail", note_line(note, number, line, parent, filled));
        }
        for order in placed.values().map(|(order, _)| order) {
            let live = if "*\\9".contains(filled.spec.status) { "N" } else { "Y" };
            let fields =
                Fields::new().text("DispatchesMade", "Y").text("LiveDispExist", live).number("NumDispatches", 1);
            self.tables.alter("SorMaster", &[order], fields);
        }
    }

    /// Takes the next line number of a document.
    pub(crate) fn next_line(&mut self, header: &str, document: &str) -> u32 {
        let next = self.tables.row(header, &[document]).map_or(Decimal::ONE, |it| it.number("NextDetailLine"));
        self.tables.alter(header, &[document], Fields::new().number("NextDetailLine", next + Decimal::ONE));
        u32::try_from(next).unwrap_or(1)
    }
}

fn order_header(order: &str, filled: &Filled<'_>) -> Fields {
    let spec = filled.spec;
    let cancelled = "*\\/".contains(spec.order_status);
    let ordered = spec.ordered.unwrap_or(filled.today);
    let [one, two, three, four, five] = filled.ship_to.lines.clone();
    Fields::new()
        .text("SalesOrder", order)
        .text("OrderStatus", spec.order_status)
        .text("ActiveFlag", if cancelled || spec.order_status == '9' { "N" } else { "Y" })
        .text("CancelledFlag", if cancelled { "Y" } else { "N" })
        .text("DocumentType", spec.document_type)
        .text("InterWhSale", if spec.target_warehouse.is_some() { "Y" } else { "N" })
        .text("IbtFlag", "N")
        .text("CounterSalesFlag", if spec.counter_sale { "Y" } else { "N" })
        .number("NextDetailLine", 1)
        .text("Customer", &filled.customer)
        .text("CustomerName", &filled.ship_to.name)
        .text("CustomerPoNumber", spec.customer_po.clone().unwrap_or_else(|| format!("PO-{}", key::edited(order))))
        .text("Branch", "10")
        .text("Warehouse", &spec.warehouse)
        .text("Salesperson", "100")
        .text("Email", &filled.email)
        .text("Currency", &spec.currency)
        .number("ExchangeRate", 1)
        .text("ShipAddress1", one)
        .text("ShipAddress2", two)
        .text("ShipAddress3", three)
        .text("ShipAddress4", four)
        .text("ShipAddress5", five)
        .text("ShipPostalCode", &filled.ship_to.postal_code)
        .text("State", &filled.ship_to.state)
        .text("Nationality", &filled.ship_to.nationality)
        .text("MultiShipCode", &filled.ship_to.ship_to_code)
        .text("ShippingInstrs", &spec.ship_via_text)
        .text("ShippingInstrsCod", &spec.ship_via_code)
        .date("OrderDate", Some(ordered))
        .date("EntrySystemDate", Some(ordered))
        .date("ReqShipDate", Some(spec.required.unwrap_or(filled.today)))
        .text("LastOperator", "CLERK")
        .text("Operator", "CLERK")
}

fn order_line(order: &str, number: u32, line: &LineSpec, filled: &Filled<'_>) -> Fields {
    let fields =
        Fields::new().text("SalesOrder", order).number("SalesOrderLine", number).number("SalesOrderInitLine", number);
    match &line.kind {
        LineKind::Goods(goods) => goods_fields(fields, goods, filled),
        LineKind::Freight { cents } => charge(fields, "4", "Freight", *cents),
        LineKind::Misc { text, cents } => charge(fields, "5", text, *cents),
        LineKind::Comment(text) => fields.text("LineType", "6").text("NComment", text),
    }
}

fn goods_fields(fields: Fields, goods: &Goods, filled: &Filled<'_>) -> Fields {
    let price = Decimal::new(goods.cents, 2);
    let mass = goods.mass.unwrap_or_default();
    let known = stock::find(&goods.code);
    fields
        .number("MStockUnitVol", known.map(stock::Stock::volume).unwrap_or_default())
        .text("MTariffCode", known.map_or("", stock::Stock::tariff_code))
        .text("LineType", goods.line_type)
        .text("MStockCode", &goods.code)
        .text("MStockDes", &goods.description)
        .text("MWarehouse", &filled.spec.warehouse)
        .number("MOrderQty", goods.ordered)
        .number("MShipQty", goods.to_ship)
        .number("MBackOrderQty", goods.ordered - goods.to_ship)
        .number("MQtyDispatched", goods.to_ship)
        .text("MOrderUom", "EA")
        .text("MStockingUom", "EA")
        .number("MStockQtyToShp", goods.to_ship)
        .number("MConvFactOrdUm", 1)
        .number("MPrice", price)
        .text("MPriceUom", "EA")
        .number("MStockUnitMass", mass)
        .text("MProductClass", goods.code.split('-').next().unwrap_or_default())
        .date("MLineShipDate", Some(filled.spec.required.unwrap_or(filled.today)))
        .text("MBomFlag", goods.bom_flag)
}

fn charge(fields: Fields, line_type: &str, text: &str, cents: i64) -> Fields {
    let value = Decimal::new(cents, 2);
    fields.text("LineType", line_type).text("NComment", text).number("NMscChargeValue", value)
}

fn note_header(note: &str, filled: &Filled<'_>) -> Fields {
    let spec = filled.spec;
    let [one, two, three, four, five] = filled.ship_to.lines.clone();
    let transfer = spec.target_warehouse.as_ref();
    Fields::new()
        .text("DispatchNote", note)
        .number("NextDetailLine", 1)
        .text("SalesOrder", &filled.sales_order)
        .text("Customer", &filled.customer)
        .text("CustomerName", &filled.customer_name)
        .text(
            "CustomerPoNumber",
            spec.customer_po.clone().unwrap_or_else(|| format!("PO-{}", key::edited(&filled.sales_order))),
        )
        .text("DispatchName", &filled.ship_to.name)
        .text("DispatchCustName", &filled.customer_name)
        .text("DispatchAddress1", one)
        .text("DispatchAddress2", two)
        .text("DispatchAddress3", three)
        .text("DispatchAddress4", four)
        .text("DispatchAddress5", five)
        .text("DispatchPostalCode", &filled.ship_to.postal_code)
        .text("MultiShipCode", &filled.ship_to.ship_to_code)
        .text("ShippingInstrs", &spec.ship_via_text)
        .text("UserField1", &spec.user_field_1)
        .text("Branch", "10")
        .text("Salesperson", "100")
        .text("Email", &filled.email)
        .date("PlannedDeliverDate", Some(spec.required.unwrap_or(filled.today)))
        .text("DispatchNoteStatus", spec.status)
        .text("StatusWhenHeld", if spec.status == 'H' { "5" } else { " " })
        .text("Nationality", &filled.ship_to.nationality)
        .text("State", &filled.ship_to.state)
        .text("SourceWarehouse", transfer.map_or("", |_| &spec.warehouse))
        .text("TargetWarehouse", transfer.map_or("", String::as_str))
        .text("LastOperator", "CLERK")
}

fn note_line(note: &str, number: u32, line: &LineSpec, parent: Option<&(String, u32)>, filled: &Filled<'_>) -> Fields {
    let (order, order_line) = parent.map_or(("", 0), |(order, number)| (order.as_str(), *number));
    let fields = Fields::new()
        .text("DispatchNote", note)
        .number("DispatchNoteLine", number)
        .text("SalesOrder", order)
        .number("SalesOrderLine", order_line);
    match &line.kind {
        LineKind::Goods(goods) => fields
            .text("LineType", goods.line_type)
            .text("MStockCode", &goods.code)
            .text("MStockDes", &goods.description)
            .number("MOrderQty", goods.ordered)
            .number("MStockQtyToShp", goods.to_ship)
            .text("MOrderUom", "EA")
            .date("MCustRequestDat", Some(filled.spec.required.unwrap_or(filled.today))),
        LineKind::Freight { cents } => charge(fields, "4", "Freight", *cents),
        LineKind::Misc { text, cents } => charge(fields, "5", text, *cents),
        LineKind::Comment(text) => fields.text("LineType", "6").text("NComment", text),
    }
}
