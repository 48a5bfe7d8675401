//! Invoices, purchase orders, masters and lists, through e.net and OData alike.

use sandbox::syspro::{Conditions, Manners};
use sandbox::world::{DispatchNoteSpec, InvoiceSpec, PurchaseOrderSpec, ship_via, suppliers::suppliers};

use crate::Desk;

#[tokio::test]
async fn an_invoice_has_no_ship_to_but_its_copies_do() {
    let desk = Desk::empty().await;
    let of = DispatchNoteSpec::new("700").of_order("500").line("VLV-1010", 2).freight(1_200);
    let dated = "2026-09-10".parse().expect("a date");
    let made = desk.sandbox.syspro().bill(&InvoiceSpec::new("310900").of(of).with_note().dated(dated));
    let invoices = desk.rows("ArInvoice?$filter=InvoiceDate%20ge%202026-09-10T00:00:00Z").await;
    assert_eq!(invoices.len(), 1);
    assert_eq!(invoices[0]["Invoice"], "000000000310900");
    assert_eq!(invoices[0]["SalesOrder"], "000000000000500");
    assert_eq!(invoices[0]["LastDelNote"], "000000000000700");
    assert_eq!(invoices[0]["CurrencyValue"].to_string(), "61.6");
    assert!(invoices[0].get("PostDate").is_none() && invoices[0].get("ShipPostalCode").is_none());
    let copies = desk.rows("SorMasterRep?$filter=InvoiceNumber%20eq%20'000000000310900'").await;
    let order = &desk.rows("SorMaster?$filter=SalesOrder%20eq%20'000000000000500'").await[0];
    assert_eq!(copies[0]["PostalCode"], order["ShipPostalCode"]);
    assert_eq!(copies[0]["ShipAddr1"], order["ShipAddress1"]);
    assert_eq!(order["OrderStatus"], "9");
    let lines = desk.rows("ArTrnDetail?$filter=Invoice%20eq%20'000000000310900'%20and%20LineType%20eq%20'1'").await;
    assert_eq!(lines[0]["Mass"].to_string(), "2.9");
    let notes = desk.rows("MdnMasterRep?$filter=Invoice%20eq%20'000000000310900'").await;
    assert_eq!(notes[0]["DispatchNote"], made.dispatch_note.as_str());
    let token = desk.logon().await;
    let find = "<Query><TableName>ArInvoice</TableName><Columns><Column>Invoice</Column></Columns><Where><Expression>\
        <Column>Customer</Column><Condition>EQ</Condition><Value>CUST</Value></Expression></Where></Query>"
        .replace("CUST", &made.customer);
    let found = desk.query(&token, "COMFND", &find).await;
    assert!(found.contains("<Invoice>000000000310900</Invoice>"), "{found}");
}

#[tokio::test]
async fn only_a_strict_seed_has_post_dates() {
    let desk = Desk::with(Manners { strict_seed: true, ..Manners::default() }).await;
    desk.sandbox.syspro().bill(&InvoiceSpec::next());
    desk.sandbox.syspro().place_purchase_order(&PurchaseOrderSpec::new("70900"));
    assert_eq!(desk.rows("ArInvoice?$filter=PostDate%20ge%202026-09-14T00:00:00Z").await.len(), 1);
    assert_eq!(desk.rows("PorMasterHdr?$filter=PostDate%20ge%202026-09-14T00:00:00Z").await.len(), 1);
}

#[tokio::test]
async fn purchase_orders_go_back_to_the_supplier_or_on_to_a_customer() {
    let desk = Desk::empty().await;
    let syspro = desk.sandbox.syspro();
    let supplier = &suppliers()[2];
    let customer = syspro.customers()[3].clone();
    let back = PurchaseOrderSpec::new("70900").supplier(&supplier.code).line("VLV-1010", 1_500);
    syspro.place_purchase_order(&back.ship_via(ship_via::SECOND_DAY));
    let on = PurchaseOrderSpec::new("70901").drop_ship(&customer.code, "500");
    syspro.place_purchase_order(&on.non_stocked("SPECIAL", "Made to order", Some(12.into()), 1));
    let rows = desk.rows("PorMasterHdr?$filter=OrderStatus%20eq%20'1'&$orderby=PurchaseOrder").await;
    assert_eq!(rows[0]["DeliveryName"], supplier.name);
    assert_eq!(rows[0]["PostalCode"], supplier.place.zip5);
    assert_eq!(rows[1]["DeliveryName"], customer.name.as_str());
    let lines = desk.rows("PorMasterDetail?$filter=PurchaseOrder%20eq%20'000000000070901'").await;
    assert_eq!(lines[0]["MNonsUnitMass"].to_string(), "12.0");
    assert_eq!(lines[0]["MSalesOrder"], "000000000000500");
    let token = desk.logon().await;
    let ask = "<Query><Key><PurchaseOrder>70900</PurchaseOrder></Key></Query>";
    let order = desk.query(&token, "PORQRY", ask).await;
    assert!(order.contains("<PorDetail ") && order.contains("<PurchaseOrder>070900</PurchaseOrder>"), "{order}");
    assert!(
        order.contains(&format!("<SupplierName>{}</SupplierName>", supplier.name.replace('&', "&amp;"))),
        "{order}"
    );
    assert!(order.contains("<MOrderQty>1,500.000</MOrderQty>"), "{order}");
    assert!(order.contains("<Unedited_MOrderQty>        1500.000000</Unedited_MOrderQty>"), "{order}");
    syspro.set_purchase_order_status("70900", '*');
    assert_eq!(desk.rows("PorMasterHdr?$filter=CancelledFlag%20eq%20'Y'").await.len(), 1);
}

#[tokio::test]
async fn orders_are_listed_by_status_page_by_page() {
    let desk = Desk::empty().await;
    for (number, status) in [("501", '4'), ("502", '9'), ("503", '4'), ("504", 'F'), ("505", '4'), ("100-7", '4')] {
        desk.sandbox.syspro().place_order(&DispatchNoteSpec::next().of_order(number).order_status(status));
    }
    let token = desk.logon().await;
    let list =
        |option: &str, filter: &str| format!("<Query><Option>{option}</Option><Filter>{filter}</Filter></Query>");
    let ready = "<OrderStatus FilterType='L' FilterValue='4,9'/>";
    let page = desk.query(&token, "SORQSO", &list("<ReturnOrders>2</ReturnOrders>", ready)).await;
    assert_eq!(page.matches("<SalesOrderItem>").count(), 2, "{page}");
    assert!(page.contains("<SalesOrder>000501</SalesOrder>") && page.contains("<DocumentType>ORD</DocumentType>"));
    let next = "<StartAtOrder>000503</StartAtOrder>";
    let page = desk.query(&token, "SORQSO", &list(next, ready)).await;
    assert_eq!(page.matches("<SalesOrderItem>").count(), 3, "the order it starts at is among them: {page}");
    assert!(page.contains("<SalesOrder>100-7</SalesOrder>"), "{page}");
    let all = "<IncludeCompletedOrders>Y</IncludeCompletedOrders><IncludeForwardOrders>Y</IncludeForwardOrders>";
    let page = desk.query(&token, "SORQSO", &list(all, "")).await;
    assert_eq!(page.matches("<SalesOrderItem>").count(), 6, "{page}");
}

#[tokio::test]
async fn notes_are_listed_by_their_flags_and_filters() {
    let desk = Desk::empty().await;
    for (number, status) in [("701", '3'), ("702", '5'), ("703", '7'), ("704", 'H')] {
        desk.sandbox.syspro().release(&DispatchNoteSpec::new(number).of_order(number).status(status));
    }
    desk.sandbox.syspro().release(&DispatchNoteSpec::new("705").transfer_to("NV"));
    let token = desk.logon().await;
    let ready = "<IncludeDispatchPrinted>Y</IncludeDispatchPrinted><IncludeDispatchReadyToInvoice>Y</IncludeDispatchReadyToInvoice>";
    let list =
        |extra: &str, filter: &str| format!("<Query><Option>{ready}{extra}</Option><Filter>{filter}</Filter></Query>");
    let notes = desk.query(&token, "SORQDL", &list("", "")).await;
    assert_eq!(notes.matches("<DispatchNoteItem>").count(), 3, "{notes}");
    let sales = "<SupplyChainTransfer>X</SupplyChainTransfer>";
    let notes = desk.query(&token, "SORQDL", &list(sales, "")).await;
    assert_eq!(notes.matches("<DispatchNoteItem>").count(), 2, "{notes}");
    let one = "<Dispatch FilterType='R' FilterValue='700,702'/><DispatchDate FilterType='R' FilterValue='2026-09-01,2026-09-30'/>";
    let notes = desk.query(&token, "SORQDL", &list("", one)).await;
    assert!(notes.contains("<DispatchNote>000000000000702</DispatchNote>"), "{notes}");
    assert_eq!(notes.matches("<DispatchNoteItem>").count(), 1, "{notes}");
}

#[tokio::test]
async fn masters_are_read_one_by_one_or_as_rows() {
    let desk = Desk::empty().await;
    let token = desk.logon().await;
    let customer = desk.sandbox.syspro().customers()[0].clone();
    let ask = format!("<Query><Key><Customer>{}</Customer></Key></Query>", customer.code);
    let answer = desk.query(&token, "ARSQRY", &ask).await;
    assert!(answer.contains("<ARStatement ") && answer.contains("<CustomerOnHold>"), "{answer}");
    let ask = format!("<Query><Filter><Customer FilterType='S' FilterValue='{}'/></Filter></Query>", customer.code);
    let answer = desk.query(&token, "ARSQMA", &ask).await;
    assert_eq!(answer.matches("<AddrCode>").count(), customer.places.len(), "{answer}");
    let ask = "<Query><Key><StockCode>MTR-0100</StockCode></Key></Query>";
    let answer = desk.query(&token, "INVQRY", ask).await;
    assert!(answer.contains("<Mass>          31.500000</Mass>"), "{answer}");
    assert!(
        answer.contains("<TariffCode>8501.40</TariffCode>")
            && answer.contains("<CountryOfOrigin>MEX</CountryOfOrigin>")
    );
    assert_eq!(answer.matches("<WarehouseItem>").count(), 2, "{answer}");
    let fetch = "<Fetch><TableName>ApSupplier</TableName><Key>SUP002</Key></Fetch>";
    let answer = desk.text("Query/Fetch", &[("UserId", &token), ("XmlIn", fetch)]).await;
    assert!(answer.contains("<ApSupplier ") && answer.contains("<SupplierName>"), "{answer}");
    let browse =
        "<Browse><BrowseName>ApSupplier</BrowseName><StartAtKey>SUP003</StartAtKey><ReturnRows>2</ReturnRows></Browse>";
    let answer = desk.text("Query/Browse", &[("UserId", &token), ("XmlIn", browse)]).await;
    assert!(answer.contains("<Value>SUP003</Value>") && answer.contains("<Value>SUP004</Value>"), "{answer}");
    assert_eq!(answer.matches("<Row>").count(), 2);
    let missing = desk.query(&token, "PORQRY", "<Query><Key><PurchaseOrder>9</PurchaseOrder></Key></Query>").await;
    assert!(missing.contains("Purchase order '9' not found"), "{missing}");
    let users = desk.query(&token, "COMQUS", "<Query/>").await;
    assert!(users.contains("<Operator>MLCONN</Operator>"), "{users}");
}

#[tokio::test]
async fn comparisons_beyond_equality_are_unproven_and_can_be_refused() {
    let desk = Desk::empty().await;
    for number in ["701", "702", "703"] {
        desk.sandbox.syspro().release(&DispatchNoteSpec::new(number));
    }
    let token = desk.logon().await;
    let find = "<Query><TableName>MdnMaster</TableName><Columns><Column>DispatchNote</Column></Columns><Where><Expression>\
        <Column>DispatchNote</Column><Condition>GT</Condition><Value>000000000000701</Value></Expression></Where>\
        <Sequence><Column Name=\"DispatchNote\" Orderby=\"D\"/></Sequence></Query>";
    let found = desk.query(&token, "COMFND", find).await;
    let first = found.find("000000000000703").expect("the last note");
    assert!(first < found.find("000000000000702").expect("the one before"), "{found}");
    assert_eq!(desk.sandbox.ledger().unproven["COMFND condition Gt"], 1);
    desk.sandbox.syspro().manners(|it| it.conditions = Conditions::EqOnly);
    assert!(desk.query(&token, "COMFND", find).await.starts_with("ERROR: "));
}
