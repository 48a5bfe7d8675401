//! SYSPRO's own tables and columns, source by source: what holds where a site says nothing else.
//!
//! Names and status codes are those of real company databases; where a list of codes is not published, what is certain is
//! named and everything else is taken (purchase orders: every status but complete).

use std::collections::BTreeMap;

use jiff::SignedDuration;
use shipment::document::Source;
use shipment::schedule::Schedule;

use super::{Column, Definition, Join, Lines, Role, Selection, ShipToPlace, SourceSettings};

impl SourceSettings {
    /// A kind of document as SYSPRO has it, of no warehouse.
    pub fn usual(source: Source) -> Self {
        let (ready, finished, document_types): (&[&str], &[&str], &[&str]) = match source {
            Source::DispatchNotes => (&["5", "7"], &[], &["O"]),
            Source::SalesOrders => (&["4"], &[], &["O"]),
            Source::Invoices => (&[], &[], &["I"]),
            Source::PurchaseOrders => (&[], &["9"], &[]),
        };
        Self {
            source,
            ready: owned(ready),
            finished: owned(finished),
            document_types: owned(document_types),
            warehouses: Vec::new(),
            schedule: Schedule::every(SignedDuration::from_mins(1)),
            definition: Definition::usual(source),
        }
    }
}

impl Definition {
    /// SYSPRO's own tables and columns for a kind of document.
    pub fn usual(source: Source) -> Self {
        match source {
            Source::DispatchNotes => dispatch_notes(),
            Source::SalesOrders => sales_orders(),
            Source::Invoices => invoices(),
            Source::PurchaseOrders => purchase_orders(),
        }
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|it| (*it).to_owned()).collect()
}

fn roles(of: &[(Role, &[&str])]) -> BTreeMap<Role, Vec<Column>> {
    of.iter().map(|(role, columns)| (*role, columns.iter().map(|it| Column::read(it)).collect())).collect()
}

fn join(name: &str, table: &str, key: &str, on: &str) -> Join {
    let (name, table, key) = (name.to_owned(), table.to_owned(), key.to_owned());
    Join { name, table, key, on: Column::read(on), instead_of: None }
}

fn place(join: Option<&str>, name: &[&str], line: &str, postal_code: &str) -> ShipToPlace {
    ShipToPlace {
        join: join.map(str::to_owned),
        name: owned(name),
        lines: [1, 2, 3, 4, 5].map(|number| format!("{line}{number}")),
        postal_code: postal_code.to_owned(),
        state: Some("State".to_owned()),
        nationality: Some("Nationality".to_owned()),
    }
}

fn some(name: &str) -> Option<String> {
    Some(name.to_owned())
}

fn customer() -> Join {
    join("customer", "ArCustomer", "Customer", "Customer")
}

fn dispatch_notes() -> Definition {
    use Role as R;
    Definition {
        table: "MdnMaster".to_owned(),
        key: owned(&["DispatchNote"]),
        number: "DispatchNote".to_owned(),
        selection: Selection::Status { column: "DispatchNoteStatus".to_owned() },
        watched: Vec::new(),
        joins: vec![join("order", "SorMaster", "SalesOrder", "SalesOrder"), customer()],
        columns: roles(&[
            (R::Status, &["DispatchNoteStatus"]),
            (R::DocumentType, &["order.DocumentType"]),
            (R::SalesOrder, &["SalesOrder"]),
            (R::Customer, &["Customer"]),
            (R::CustomerName, &["CustomerName"]),
            (R::CustomerPo, &["CustomerPoNumber"]),
            (R::CustomerOnHold, &["customer.CustomerOnHold"]),
            (R::ShipToCode, &["MultiShipCode"]),
            (R::ShipViaCode, &["order.ShippingInstrsCod"]),
            (R::ShipVia, &["ShippingInstrs"]),
            (R::Currency, &["order.Currency"]),
            (R::RequiredDate, &["PlannedDeliverDate"]),
            (R::Phone, &["customer.Telephone"]),
            (R::Email, &["Email", "customer.Email"]),
            (R::Warehouse, &["order.Warehouse", "SourceWarehouse"]),
            (R::TargetWarehouse, &["TargetWarehouse"]),
            (R::InterWarehouse, &["order.InterWhSale"]),
            (R::CounterSale, &["order.CounterSalesFlag"]),
            (R::Cancelled, &["order.CancelledFlag"]),
        ]),
        ship_to: vec![place(
            None,
            &["DispatchName", "DispatchCustName", "CustomerName"],
            "DispatchAddress",
            "DispatchPostalCode",
        )],
        lines: Lines {
            table: "MdnDetail".to_owned(),
            key: owned(&["DispatchNote", "DispatchNoteLine"]),
            document: "DispatchNote".to_owned(),
            line: "DispatchNoteLine".to_owned(),
            line_type: "LineType".to_owned(),
            stock_code: "MStockCode".to_owned(),
            description: owned(&["MStockDes", "NComment"]),
            quantity: "MStockQtyToShp".to_owned(),
            done: None,
            unit: owned(&["MOrderUom"]),
            mass: None,
            warehouse: None,
            kit: None,
            sales_order: some("SalesOrder"),
            sales_order_line: some("SalesOrderLine"),
            price: None,
            price_unit: None,
            value: None,
        },
    }
}

fn sales_orders() -> Definition {
    use Role as R;
    Definition {
        table: "SorMaster".to_owned(),
        key: owned(&["SalesOrder"]),
        number: "SalesOrder".to_owned(),
        selection: Selection::Status { column: "OrderStatus".to_owned() },
        watched: owned(&["LastInvoice"]),
        joins: vec![customer()],
        columns: roles(&[
            (R::Status, &["OrderStatus"]),
            (R::DocumentType, &["DocumentType"]),
            (R::SalesOrder, &["SalesOrder"]),
            (R::Customer, &["Customer"]),
            (R::CustomerName, &["CustomerName"]),
            (R::CustomerPo, &["CustomerPoNumber"]),
            (R::CustomerOnHold, &["customer.CustomerOnHold"]),
            (R::ShipToCode, &["MultiShipCode"]),
            (R::ShipViaCode, &["ShippingInstrsCod"]),
            (R::ShipVia, &["ShippingInstrs"]),
            (R::Currency, &["Currency"]),
            (R::RequiredDate, &["ReqShipDate"]),
            (R::Phone, &["customer.Telephone"]),
            (R::Email, &["Email", "customer.Email"]),
            (R::Warehouse, &["Warehouse"]),
            (R::InterWarehouse, &["InterWhSale"]),
            (R::CounterSale, &["CounterSalesFlag"]),
            (R::Cancelled, &["CancelledFlag"]),
        ]),
        ship_to: vec![place(None, &["CustomerName"], "ShipAddress", "ShipPostalCode")],
        lines: Lines {
            table: "SorDetail".to_owned(),
            key: owned(&["SalesOrder", "SalesOrderLine"]),
            document: "SalesOrder".to_owned(),
            line: "SalesOrderLine".to_owned(),
            line_type: "LineType".to_owned(),
            stock_code: "MStockCode".to_owned(),
            description: owned(&["MStockDes", "NComment"]),
            quantity: "MStockQtyToShp".to_owned(),
            done: None,
            unit: owned(&["MStockingUom"]),
            mass: some("MStockUnitMass"),
            warehouse: some("MWarehouse"),
            kit: some("MBomFlag"),
            sales_order: some("SalesOrder"),
            sales_order_line: some("SalesOrderLine"),
            price: some("MPrice"),
            price_unit: some("MPriceUom"),
            value: None,
        },
    }
}

/// An invoice has no ship-to: it stands on the order, or on the order's copy at invoicing once the order is gone. Lines
/// come from the invoice register, the only table that knows them after the order is complete.
fn invoices() -> Definition {
    use Role as R;
    let history = Join { instead_of: some("order"), ..join("history", "SorMasterRep", "InvoiceNumber", "Invoice") };
    let history_ship_to =
        ShipToPlace { state: None, nationality: None, ..place(Some("history"), &[], "ShipAddr", "PostalCode") };
    Definition {
        table: "ArInvoice".to_owned(),
        key: owned(&["Customer", "Invoice", "DocumentType"]),
        number: "Invoice".to_owned(),
        selection: Selection::Date { column: "InvoiceDate".to_owned(), overlap: WEEK },
        watched: Vec::new(),
        joins: vec![join("order", "SorMaster", "SalesOrder", "SalesOrder"), history, customer()],
        columns: roles(&[
            (R::DocumentType, &["DocumentType"]),
            (R::SalesOrder, &["SalesOrder"]),
            (R::Customer, &["Customer"]),
            (R::CustomerName, &["order.CustomerName", "customer.Name"]),
            (R::CustomerPo, &["CustomerPoNumber"]),
            (R::CustomerOnHold, &["customer.CustomerOnHold"]),
            (R::ShipToCode, &["order.MultiShipCode"]),
            (R::ShipViaCode, &["order.ShippingInstrsCod", "customer.ShippingInstrsCod"]),
            (R::ShipVia, &["order.ShippingInstrs", "customer.ShippingInstrs"]),
            (R::Currency, &["order.Currency", "PostCurrency"]),
            (R::RequiredDate, &["order.ReqShipDate"]),
            (R::Phone, &["customer.Telephone"]),
            (R::Email, &["order.Email", "customer.Email"]),
            (R::Warehouse, &["order.Warehouse"]),
            (R::InterWarehouse, &["order.InterWhSale"]),
            (R::CounterSale, &["order.CounterSalesFlag"]),
        ]),
        ship_to: vec![place(Some("order"), &["CustomerName"], "ShipAddress", "ShipPostalCode"), history_ship_to],
        lines: Lines {
            table: "ArTrnDetail".to_owned(),
            key: owned(&["TrnYear", "TrnMonth", "Register", "Invoice", "SummaryLine", "DetailLine"]),
            document: "Invoice".to_owned(),
            line: "DetailLine".to_owned(),
            line_type: "LineType".to_owned(),
            stock_code: "StockCode".to_owned(),
            description: owned(&["StockCode"]),
            quantity: "QtyInvoiced".to_owned(),
            done: None,
            unit: Vec::new(),
            mass: None,
            warehouse: some("Warehouse"),
            kit: None,
            sales_order: some("SalesOrder"),
            sales_order_line: some("SalesOrderLine"),
            price: None,
            price_unit: None,
            value: some("NetSalesValue"),
        },
    }
}

/// A purchase order is delivered where its header says: a drop-ship at the customer's. For returns to the supplier a
/// site names the table of the supplier's address.
fn purchase_orders() -> Definition {
    use Role as R;
    let delivery = ShipToPlace { nationality: None, ..place(None, &["DeliveryName"], "DeliveryAddr", "PostalCode") };
    Definition {
        table: "PorMasterHdr".to_owned(),
        key: owned(&["PurchaseOrder"]),
        number: "PurchaseOrder".to_owned(),
        selection: Selection::Date { column: "OrderEntryDate".to_owned(), overlap: WEEK },
        watched: owned(&["OrderStatus"]),
        joins: vec![customer(), join("supplier", "ApSupplier", "Supplier", "Supplier")],
        columns: roles(&[
            (R::Status, &["OrderStatus"]),
            (R::Customer, &["Customer", "Supplier"]),
            (R::CustomerName, &["DeliveryName", "supplier.SupplierName"]),
            (R::CustomerPo, &["CustomerPoNumber"]),
            (R::CustomerOnHold, &["customer.CustomerOnHold"]),
            (R::ShipVia, &["ShippingInstrs"]),
            (R::Currency, &["Currency"]),
            (R::RequiredDate, &["OrderDueDate"]),
            (R::Phone, &["customer.Telephone"]),
            (R::Email, &["customer.Email"]),
            (R::Warehouse, &["Warehouse"]),
            (R::Cancelled, &["CancelledFlag"]),
        ]),
        ship_to: vec![delivery],
        lines: Lines {
            table: "PorMasterDetail".to_owned(),
            key: owned(&["PurchaseOrder", "Line"]),
            document: "PurchaseOrder".to_owned(),
            line: "Line".to_owned(),
            line_type: "LineType".to_owned(),
            stock_code: "MStockCode".to_owned(),
            description: owned(&["MStockDes", "NComment"]),
            quantity: "MOrderQty".to_owned(),
            done: some("MReceivedQty"),
            unit: owned(&["MOrderUom"]),
            mass: some("MNonsUnitMass"),
            warehouse: some("MWarehouse"),
            kit: None,
            sales_order: some("MSalesOrder"),
            sales_order_line: some("MSalesOrderLine"),
            price: some("MPrice"),
            price_unit: None,
            value: None,
        },
    }
}

/// The usual overlap of dated sources.
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);
