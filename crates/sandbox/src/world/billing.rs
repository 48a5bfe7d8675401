//! Invoices: from a dispatch note, from an order, or described on their own.
//!
//! ```text
//! order (and note) ─► ArInvoice (no ship-to)
//!                 ├─► SorMasterRep: the order's header as invoiced, ship-to in short column names
//!                 ├─► MdnMasterRep: the note's header as invoiced
//!                 └─► ArTrnSummary, ArTrnDetail: values, quantities and mass of each line
//! ```
//!
//! Afterwards the note is complete, and the order if nothing is on back order. The posting period is that of the invoice's date.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::schema::ORDER_FORM;
use super::spec::DispatchNoteSpec;
use super::table::Fields;
use super::{World, key};

/// An invoice with the order, and if wanted the dispatch note, it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct InvoiceSpec {
    number: Option<String>,
    of: DispatchNoteSpec,
    with_note: bool,
    dated: Option<Date>,
    document_type: char,
}

impl InvoiceSpec {
    /// An invoice with this number; a number of digits only is stored with fifteen of them.
    #[must_use]
    pub fn new(number: &str) -> Self {
        Self { number: Some(number.to_owned()), ..Self::next() }
    }

    /// One that gets the next free number.
    #[must_use]
    pub fn next() -> Self {
        let of = DispatchNoteSpec::next().order_status('8');
        Self { number: None, of, with_note: false, dated: None, document_type: 'I' }
    }

    /// For the goods, ship-to and order that this describes; no dispatch note is made.
    #[must_use]
    pub fn of(self, spec: DispatchNoteSpec) -> Self {
        Self { of: spec, ..self }
    }

    /// With the dispatch note as well.
    #[must_use]
    pub fn with_note(self) -> Self {
        Self { with_note: true, ..self }
    }

    /// Bearing this date, which may be in the past.
    #[must_use]
    pub fn dated(self, date: Date) -> Self {
        Self { dated: Some(date), ..self }
    }

    /// Of this document type: `I` invoice, `C` credit note, `D` debit note.
    #[must_use]
    pub fn document_type(self, document_type: char) -> Self {
        Self { document_type, ..self }
    }
}

/// The keys of an invoice, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoiced {
    /// The invoice.
    pub invoice: String,
    /// The customer's code, which is part of the invoice's key.
    pub customer: String,
    /// The order it bills.
    pub sales_order: String,
    /// The dispatch note it bills; empty without one.
    pub dispatch_note: String,
}

impl World {
    /// Writes an invoice with the documents it came from.
    pub(crate) fn bill(&mut self, spec: &InvoiceSpec, today: Date) -> Invoiced {
        let dated = spec.dated.unwrap_or(today);
        let made = if spec.with_note { self.release(&spec.of, today) } else { self.place_order(&spec.of, today) };
        let number = self.invoice_number(spec.number.as_deref());
        let invoice = Invoice {
            number,
            order: made.sales_order.clone(),
            note: made.dispatch_note.clone(),
            dated,
            document_type: spec.document_type,
        };
        let customer = self.write_invoice(&invoice).unwrap_or_default();
        Invoiced { invoice: invoice.number, customer, sales_order: made.sales_order, dispatch_note: made.dispatch_note }
    }

    /// Invoices a note: status 9, an invoice in the receivables, the order complete or on back order.
    pub(crate) fn invoice(&mut self, note: &str, today: Date) -> Option<String> {
        let note = key::stored(note);
        let order = self.tables.row("MdnMaster", &[&note])?.text("SalesOrder").to_owned();
        let number = self.invoice_number(None);
        self.write_invoice(&Invoice { number: number.clone(), order, note, dated: today, document_type: 'I' })?;
        Some(number)
    }

    /// Invoices an order that has no dispatch note.
    pub(crate) fn invoice_order(&mut self, order: &str, today: Date) -> Option<String> {
        let order = key::stored(order);
        let number = self.invoice_number(None);
        let note = String::new();
        self.write_invoice(&Invoice { number: number.clone(), order, note, dated: today, document_type: 'I' })?;
        Some(number)
    }

    fn invoice_number(&mut self, wanted: Option<&str>) -> String {
        wanted.map_or_else(|| key::stored(&self.next_invoice().to_string()), key::stored)
    }

    /// Writes the invoice's rows; answers the customer, or nothing when order and note are missing.
    fn write_invoice(&mut self, invoice: &Invoice) -> Option<String> {
        let header = self
            .tables
            .row("SorMaster", &[&invoice.order])
            .or_else(|| self.tables.row("MdnMaster", &[&invoice.note]))?;
        let customer = header.text("Customer").to_owned();
        let customer_po = header.text("CustomerPoNumber").to_owned();
        let lines = self.billed_lines(invoice);
        let sum = |kind: fn(&str) -> bool| -> Decimal {
            lines.iter().filter(|it| kind(&it.line_type)).map(|it| it.value).sum()
        };
        let (goods, freight, other) = (sum(|it| matches!(it, "1" | "7")), sum(|it| it == "4"), sum(|it| it == "5"));
        let period = |fields: Fields| {
            fields
                .number("TrnYear", i64::from(invoice.dated.year()))
                .number("TrnMonth", i64::from(invoice.dated.month()))
                .number("Register", 1)
                .number("SummaryLine", 1)
        };
        let row = Fields::new()
            .text("Customer", &customer)
            .text("Invoice", &invoice.number)
            .text("DocumentType", invoice.document_type)
            .date("InvoiceDate", Some(invoice.dated))
            .text("SalesOrder", &invoice.order)
            .text("CustomerPoNumber", &customer_po)
            .text("Branch", "10")
            .text("Salesperson", "100")
            .text("TermsCode", "30")
            .number("CurrencyValue", goods + freight + other)
            .text("PostCurrency", "USD")
            .number("ConvRate", 1)
            .number("InvoiceBal1", goods + freight + other)
            .number("InvoiceYear", i64::from(invoice.dated.year()))
            .number("InvoiceMonth", i64::from(invoice.dated.month()))
            .text("LastDelNote", &invoice.note)
            .text("ProofOfDelivery", "N");
        let row = if self.post_dates { row.date("PostDate", Some(invoice.dated)) } else { row };
        self.tables.put("ArInvoice", row);
        let summary = period(Fields::new())
            .text("Invoice", &invoice.number)
            .date("InvoiceDate", Some(invoice.dated))
            .text("Customer", &customer)
            .text("SalesOrder", &invoice.order)
            .number("MerchandiseValue", goods)
            .number("FreightValue", freight)
            .number("OtherValue", other)
            .text("DocumentType", invoice.document_type)
            .text("LastPrintedDel", &invoice.note)
            .text("CustomerPoNumber", &customer_po)
            .text("Branch", "10");
        self.tables.put("ArTrnSummary", summary);
        for (line, number) in lines.into_iter().zip(1_u32..) {
            let fields = period(Fields::new())
                .text("Invoice", &invoice.number)
                .number("DetailLine", number)
                .text("StockCode", line.code)
                .text("Warehouse", line.warehouse)
                .number("QtyInvoiced", line.quantity)
                .number("Mass", line.mass)
                .number("Volume", line.volume)
                .number("NetSalesValue", line.value)
                .text("LineType", line.line_type)
                .text("SalesOrder", line.order)
                .number("SalesOrderLine", line.order_line)
                .text("CustomerPoNumber", &customer_po);
            self.tables.put("ArTrnDetail", fields);
        }
        self.copy_headers(invoice, period);
        self.complete(invoice);
        Some(customer)
    }

    /// The copies of order and note that keep what was invoiced.
    fn copy_headers(&mut self, invoice: &Invoice, period: impl Fn(Fields) -> Fields) {
        if let (Some(order), Some(copy)) =
            (self.tables.row("SorMaster", &[&invoice.order]), self.tables.table("SorMasterRep"))
        {
            let ship_to = [
                ("ShipAddr1", "ShipAddress1"),
                ("ShipAddr2", "ShipAddress2"),
                ("ShipAddr3", "ShipAddress3"),
                ("ShipAddr3Loc", "ShipAddress3Loc"),
                ("ShipAddr4", "ShipAddress4"),
                ("ShipAddr5", "ShipAddress5"),
                ("PostalCode", "ShipPostalCode"),
            ];
            let fields = period(order.fields().that_fit(copy)).text("InvoiceNumber", &invoice.number);
            let fields = ship_to.iter().fold(fields, |fields, (column, from)| fields.text(column, order.text(from)));
            self.tables.put("SorMasterRep", fields);
        }
        // The order's own form stays; *assumed*, only that there is a copy by the invoice's number is known.
        if let Some(form) = self.tables.row(ORDER_FORM, &[&invoice.order, ""]) {
            let fields = form.fields().text("InvoiceNumber", &invoice.number);
            self.tables.put(ORDER_FORM, fields);
        }
        if let Some(note) = self.tables.row("MdnMaster", &[&invoice.note]) {
            let fields = note
                .fields()
                .text("Invoice", &invoice.number)
                .text("DispatchNoteStatus", "9")
                .date("InvoiceCreatedDate", Some(invoice.dated));
            self.tables.put("MdnMasterRep", fields);
        }
    }

    /// The note is complete, and so is the order unless goods are still owed: then it is an open
    /// back order.
    fn complete(&mut self, invoice: &Invoice) {
        let status = self.tables.row("SorMaster", &[&invoice.order]).map(|it| it.text("OrderStatus").to_owned());
        let is_owed = |it: super::table::View<'_>| it.number("MBackOrderQty") > Decimal::ZERO;
        let owed = status.as_deref() != Some("9") && self.tables.under("SorDetail", &[&invoice.order]).any(is_owed);
        self.set_order_status(&invoice.order, if owed { '2' } else { '9' });
        let fields = Fields::new()
            .text("LastInvoice", &invoice.number)
            .text("LiveDispExist", "N")
            .date("DateLastInvPrt", Some(invoice.dated));
        self.tables.alter("SorMaster", &[&invoice.order], fields);
        self.set_note_status(&invoice.note, '9');
        let fields = Fields::new().text("Invoice", &invoice.number).date("InvoiceCreatedDate", Some(invoice.dated));
        self.tables.alter("MdnMaster", &[&invoice.note], fields);
    }

    /// The lines an invoice bills: the note's, or without a note the order's.
    fn billed_lines(&self, invoice: &Invoice) -> Vec<Billed> {
        let (table, document) =
            if invoice.note.is_empty() { ("SorDetail", &invoice.order) } else { ("MdnDetail", &invoice.note) };
        let lines = self.tables.under(table, &[document]).filter(|it| it.text("LineType") != "6");
        lines
            .map(|line| {
                let order_line = super::table::key_number(line.number("SalesOrderLine"));
                let of_order = self.tables.row("SorDetail", &[line.text("SalesOrder"), &order_line]).unwrap_or(line);
                let quantity = line.number("MStockQtyToShp");
                let goods = matches!(line.text("LineType"), "1" | "7");
                let value =
                    if goods { quantity * of_order.number("MPrice") } else { of_order.number("NMscChargeValue") };
                Billed {
                    line_type: line.text("LineType").to_owned(),
                    code: if goods { line.text("MStockCode") } else { line.text("NComment") }
                        .chars()
                        .take(30)
                        .collect(),
                    warehouse: of_order.text("MWarehouse").to_owned(),
                    quantity,
                    mass: of_order.number("MStockUnitMass") * quantity,
                    volume: of_order.number("MStockUnitVol") * quantity,
                    value: value.round_dp(2),
                    order: line.text("SalesOrder").to_owned(),
                    order_line: line.number("SalesOrderLine"),
                }
            })
            .collect()
    }
}

struct Invoice {
    number: String,
    order: String,
    note: String,
    dated: Date,
    document_type: char,
}

/// One line of the invoice register. `Mass` and `Volume` are of the whole line; *assumed*.
struct Billed {
    line_type: String,
    code: String,
    warehouse: String,
    quantity: Decimal,
    mass: Decimal,
    volume: Decimal,
    value: Decimal,
    order: String,
    order_line: Decimal,
}
