//! Single masters and purchase orders: ARSQRY, INVQRY, PORQRY.
//!
//! PORQRY shows quantities twice: edited, with thousands separators, and `Unedited_…`. INVQRY
//! answers with every warehouse, whatever its filter says.

use crate::world::key::{edited, stored};
use crate::world::{OTHER_WAREHOUSE, WAREHOUSE};

use super::documents::included;
use super::enet::Failure;
use super::query::{cell, cells, edited_number, key_of, not_found, option};
use super::xml::{Element, Writer};
use super::{Office, form};

const CUSTOMER_COLUMNS: &[&str] = &[
    "Name",
    "ShortName",
    "Telephone",
    "Contact",
    "AddTelephone",
    "Fax",
    "Email",
    "SoldToAddr1",
    "SoldToAddr2",
    "SoldToAddr3",
    "SoldToAddr3Loc",
    "SoldToAddr4",
    "SoldToAddr5",
    "SoldPostalCode",
    "ShipToAddr1",
    "ShipToAddr2",
    "ShipToAddr3",
    "ShipToAddr3Loc",
    "ShipToAddr4",
    "ShipToAddr5",
    "ShipPostalCode",
    "ShippingInstrs",
    "ShippingInstrsCod",
    "State",
    "CountyZip",
    "City",
    "Nationality",
    "Currency",
    "RouteCode",
    "DeliveryTerms",
    "CustomerOnHold",
    "SpecialInstrs",
];

/// ARSQRY: a customer. That its fields bear the columns' names inside `Header` is *assumed*.
pub(crate) fn customer(office: &Office, query: &Element) -> Result<String, Failure> {
    let asked = key_of(query, "Customer")?;
    let mut xml = Writer::new("ARStatement", &office.manners);
    let Some(customer) = office.world.tables.row("ArCustomer", &[&stored(asked)]) else {
        return Ok(not_found(xml, "Customer", asked, "Customer"));
    };
    xml.open("Header");
    xml.field("CompanyName", crate::world::COMPANY_NAME);
    xml.field("Customer", &edited(customer.text("Customer")));
    cells(&mut xml, &customer, CUSTOMER_COLUMNS);
    xml.close("Header");
    if option(query, "IncludeCustomForms") {
        form::written(&mut xml, office, form::CUSTOMER, &[customer.text("Customer")]);
    }
    Ok(xml.finish())
}

const STOCK_COLUMNS: &[&str] = &[
    "StockCode",
    "Description",
    "LongDesc",
    "Decimals",
    "StockUom",
    "AlternateUom",
    "ConvFactAltUom",
    "ConvMulDiv",
    "OtherUom",
    "Supplier",
    "ProductClass",
    "TariffCode",
    "UserField1",
    "CountryOfOrigin",
    "Mass",
    "Volume",
    "SerialMethod",
    "KitType",
    "StorageHazard",
];

/// INVQRY: a stock code with its warehouses.
pub(crate) fn stock_code(office: &Office, query: &Element) -> Result<String, Failure> {
    let asked = key_of(query, "StockCode")?;
    let mut xml = Writer::new("InvQuery", &office.manners);
    let Some(stock) = office.world.tables.row("InvMaster", &[asked]) else {
        return Ok(not_found(xml, "StockCode", asked, "Stock code"));
    };
    xml.open("StockItem");
    cells(&mut xml, &stock, STOCK_COLUMNS);
    xml.close("StockItem");
    for (warehouse, quantity) in [(WAREHOUSE, 480), (OTHER_WAREHOUSE, 1_250)] {
        if office.manners.denied_warehouses.iter().any(|it| it == warehouse) {
            continue;
        }
        xml.open("WarehouseItem");
        xml.field("Warehouse", warehouse);
        for name in ["QtyOnHand", "AvailableQty"] {
            let raw = format!("{quantity}.000000");
            xml.field(name, &format!("{raw:>19}"));
            xml.field(&format!("Edited_{name}"), &edited_number(&raw));
        }
        xml.close("WarehouseItem");
    }
    if option(query, "IncludeCustomForms") {
        form::written(&mut xml, office, form::STOCK, &[asked]);
    }
    Ok(xml.finish())
}

const PURCHASE_HEADER: &[&str] = &[
    "CustomerPoNumber",
    "Currency",
    "DeliveryName",
    "DeliveryAddr1",
    "DeliveryAddr2",
    "DeliveryAddr3",
    "DeliveryAddr4",
    "DeliveryAddr5",
    "PostalCode",
    "DeliveryGpsLat",
    "DeliveryGpsLong",
    "OrderStatus",
    "Warehouse",
    "OrderEntryDate",
    "OrderDueDate",
    "MemoDate",
    "ShippingInstrs",
    "Buyer",
    "DeliveryTerms",
    "State",
    "CountyZip",
    "City",
];

/// The supplier's fields in a purchase order's answer; the columns of its address are *assumed*.
const SUPPLIER_ADDRESS: &[(&str, &str)] = &[
    ("SupplierAddr1", "SupAddr1"),
    ("SupplierAddr2", "SupAddr2"),
    ("SupplierAddr3", "SupAddr3"),
    ("SupplierAddr3Locality", "SupAddr3Loc"),
    ("SupplierAddr4", "SupAddr4"),
    ("SupplierAddr5", "SupAddr5"),
    ("SupPostalCode", "SupPostalCode"),
];

/// PORQRY: one purchase order with its lines.
pub(crate) fn purchase_order(office: &Office, query: &Element) -> Result<String, Failure> {
    let tables = &office.world.tables;
    let asked = key_of(query, "PurchaseOrder")?;
    let mut xml = Writer::new("PorDetail", &office.manners);
    let Some(order) = tables.row("PorMasterHdr", &[&stored(asked)]) else {
        return Ok(not_found(xml, "PurchaseOrder", asked, "Purchase order"));
    };
    xml.field("PurchaseOrder", &edited(order.text("PurchaseOrder")));
    xml.field("Supplier", &edited(order.text("Supplier")));
    if let Some(supplier) = tables.row("ApSupplier", &[order.text("Supplier")]) {
        cell(&mut xml, &supplier, "SupplierName", "SupplierName");
    }
    if let Some(address) = tables.row("ApSupplierAddr", &[order.text("Supplier")]) {
        for (element, column) in SUPPLIER_ADDRESS {
            cell(&mut xml, &address, element, column);
        }
    }
    xml.field("Customer", &edited(order.text("Customer")));
    cell(&mut xml, &order, "DeliveryAddr3Locality", "DeliveryAddr3Loc");
    cells(&mut xml, &order, PURCHASE_HEADER);
    let status = order.text("OrderStatus");
    let described = match status {
        "9" => "Complete",
        "*" => "Cancelled",
        _ => "",
    };
    xml.field("OrderStatusDescription", described);
    xml.field("OrderType", if order.text("OrderType") == "L" { "Local" } else { "" });
    cell(&mut xml, &order, "CompletedDate", "DatePoCompleted");
    if option(query, "IncludeCustomForms") {
        form::written(&mut xml, office, form::PURCHASE_ORDER, &[order.text("PurchaseOrder")]);
    }
    for line in tables.under("PorMasterDetail", &[order.text("PurchaseOrder")]) {
        let line_type = line.text("LineType");
        if !included(query, line_type) {
            continue;
        }
        let element = match line_type {
            "4" => "Freight",
            "5" => "MiscCharge",
            "6" => "Comment",
            _ => "Merchandise",
        };
        xml.open("PurchaseOrderLine");
        xml.open(element);
        xml.field("Line", &line.number("Line").normalize().to_string());
        xml.field("LineType", line_type);
        if element == "Merchandise" {
            cells(&mut xml, &line, &["MStockCode", "MStockDes", "MWarehouse", "MOrderUom", "MLatestDueDate"]);
            let stock = tables.row("InvMaster", &[line.text("MStockCode")]);
            let of_stock = |column: &str, own: &str| stock.map_or(line.number(own), |it| it.number(column)).to_string();
            xml.field("Mass", &of_stock("Mass", "MNonsUnitMass"));
            xml.field("Volume", &of_stock("Volume", "MNonsUnitVol"));
            for column in ["MOrderQty", "MReceivedQty"] {
                let raw = line.number(column);
                xml.field(column, &edited_number(&raw.round_dp(3).to_string()));
                xml.field(&format!("Unedited_{column}"), &format!("{raw:>19}"));
            }
            xml.field("SalesOrder", &edited(line.text("MSalesOrder")));
        } else {
            cells(&mut xml, &line, &["NComment", "NMscChargeValue"]);
        }
        xml.close(element);
        xml.close("PurchaseOrderLine");
    }
    Ok(xml.finish())
}
