//! Writing: addresses, forms, orders and lines, and everything that keeps a write from happening.

use sandbox::syspro::{FormWriting, Manners, NameCase};
use sandbox::world::{DispatchNoteSpec, PurchaseOrderSpec};

use crate::{Desk, header, one_note};

impl Desk {
    async fn set_up(&self, way: &str, token: &str, object: &str, xml: &str) -> String {
        let query = [("UserId", token), ("BusinessObject", object), ("XmlParameters", ""), ("XmlIn", xml)];
        self.text(&format!("Setup/{way}"), &query).await
    }
}

fn address(customer: &str, code: &str, fields: &str) -> String {
    format!(
        "<SetupArMultipleShipAddresses><Item><Key><Customer>{customer}</Customer><AddrCode>{code}</AddrCode></Key>{fields}\
         </Item></SetupArMultipleShipAddresses>"
    )
}

#[tokio::test]
async fn ship_to_addresses_are_added_changed_and_deleted() {
    let desk = Desk::empty().await;
    let customer = desk.sandbox.syspro().customers()[0].code.clone();
    let token = desk.logon().await;
    let fields =
        "<ShipToName>Bay 4</ShipToName><ShipToAddr1>100 Main St</ShipToAddr1><ShipPostalCode>94607</ShipPostalCode>";
    let added = desk.set_up("Add", &token, "ARSSMA", &address(&customer, "SITE", fields)).await;
    assert!(added.contains("<setuparmultipleshipaddresses ") && added.contains("<addrcode>SITE</addrcode>"), "{added}");
    assert!(added.contains("<RecordsInvalid>00000</RecordsInvalid>"), "{added}");
    let again = desk.set_up("Add", &token, "ARSSMA", &address(&customer, "SITE", fields)).await;
    assert!(again.contains("<ErrorNumber>120001</ErrorNumber>"), "{again}");
    let street = "<ShipToAddr1>100 Main Street</ShipToAddr1><ShipToAddr2/>";
    desk.set_up("Update", &token, "ARSSMA", &address(&customer, "SITE", street)).await;
    let cell = |column: &str| desk.sandbox.syspro().cell("ArMultAddress", &[&customer, "SITE"], column);
    assert_eq!(cell("ShipToAddr1").as_deref(), Some("100 Main Street"));
    assert_eq!(cell("ShipPostalCode").as_deref(), Some("94607"), "what is left out stays");
    let long = format!("<ShipToAddr1>{}</ShipToAddr1>", "x".repeat(41));
    let refused = desk.set_up("Update", &token, "ARSSMA", &address(&customer, "SITE", &long)).await;
    assert!(refused.contains("longer than 40"), "{refused}");
    let missing = desk.set_up("Update", &token, "ARSSMA", &address(&customer, "NONE", street)).await;
    assert!(missing.contains("not found"), "{missing}");
    desk.set_up("Delete", &token, "ARSSMA", &address(&customer, "SITE", "")).await;
    assert_eq!(cell("ShipToAddr1"), None);
}

fn record(form_type: &str, key: &str, fields: &str) -> String {
    format!(
        "<PostCustomForm><Item><Key><FormType>{form_type}</FormType><KeyFields>{key}</KeyFields></Key>\
         <Fields>{fields}</Fields></Item></PostCustomForm>"
    )
}

fn function(code: &str) -> String {
    format!("<PostCustomForm><Parameters><Function>{code}</Function></Parameters></PostCustomForm>")
}

#[tokio::test]
async fn a_record_of_a_form_is_posted_by_column_names() {
    let desk = Desk::empty().await;
    let syspro = desk.sandbox.syspro();
    one_note(&desk);
    syspro.place_purchase_order(&PurchaseOrderSpec::new("70900"));
    let token = desk.logon().await;
    let fields = "<TrackingNumber>1Z1</TrackingNumber><FreightCost>18.40</FreightCost><NoSuchColumn>x</NoSuchColumn>";
    let key = "<PurchaseOrder>70900</PurchaseOrder>";
    let added = desk.post(&token, "COMTFM", &function("A"), &record("POR", key, fields)).await;
    assert!(added.contains("<PostCustomForm ") && !added.contains("StatusOf"), "{added}");
    assert!(!added.contains("Error"), "an unknown column is ignored like any element: {added}");
    assert_eq!(syspro.value_on_form("POR", "70900", "TRKNUM").as_deref(), Some("1Z1"));
    assert_eq!(syspro.cell("PorMasterHdr+", &["000000000070900"], "FreightCost").as_deref(), Some("18.4"));
    let again = desk.post(&token, "COMTFM", &function("A"), &record("POR", key, fields)).await;
    assert!(again.contains("<ErrorNumber>120001</ErrorNumber>"), "{again}");
    let changed = record("POR", key, "<TrackingNumber>1Z2</TrackingNumber>");
    desk.post(&token, "COMTFM", &function("C"), &changed).await;
    assert_eq!(syspro.value_on_form("POR", "70900", "TRKNUM").as_deref(), Some("1Z2"));
    let note = record("DSP", "<DispatchNote>700</DispatchNote>", "<TrackingNumber>1Z3</TrackingNumber>");
    let missing = desk.post(&token, "COMTFM", &function("C"), &note).await;
    assert!(missing.contains("not found"), "{missing}");
    syspro.manners(|it| it.form_writing = FormWriting::Upsert);
    desk.post(&token, "COMTFM", &function("C"), &note).await;
    assert_eq!(syspro.value_on_form("DSP", "700", "TRKNUM").as_deref(), Some("1Z3"));
    let shown = "<Query><Key><DispatchNote>700</DispatchNote></Key><Option><IncludeCustomForms>Y</IncludeCustomForms></Option></Query>";
    let shown = desk.query(&token, "SORQDN", shown).await;
    assert!(shown.contains("<Name>TRKNUM</Name>") && shown.contains("<Value>1Z3</Value>"), "{shown}");
    let form = "<Query><Key><FormType>POR</FormType><KeyField>70900</KeyField></Key></Query>";
    let form = desk.query(&token, "COMQFM", form).await;
    assert!(form.contains("<Column>TrackingNumber</Column>") && form.contains("<Value>1Z2</Value>"), "{form}");
    assert!(desk.post(&token, "COMTFM", &function("X"), &note).await.starts_with("ERROR: "));
}

#[tokio::test]
async fn another_hand_writes_on_a_form_without_being_in_the_ledger() {
    let desk = Desk::empty().await;
    one_note(&desk);
    let syspro = desk.sandbox.syspro();
    assert!(syspro.write_form_value("ORD", "500", "TRKNUM", "1Z OTHER"));
    assert!(!syspro.write_form_value("ORD", "501", "TRKNUM", "1Z OTHER"));
    assert_eq!(syspro.form_value("500", "TRKNUM").as_deref(), Some("1Z OTHER"));
    assert!(desk.sandbox.ledger().writes.is_empty());
}

fn import(header: &str, details: &str) -> String {
    format!(
        "<SalesOrders><Orders><OrderHeader>{header}</OrderHeader><OrderDetails>{details}</OrderDetails></Orders></SalesOrders>"
    )
}

fn change(details: &str) -> String {
    import("<OrderActionType>C</OrderActionType><SalesOrder>500</SalesOrder>", details)
}

#[tokio::test]
async fn an_order_import_changes_ship_to_and_lines() {
    let desk = Desk::empty().await;
    let syspro = desk.sandbox.syspro();
    syspro.place_order(&DispatchNoteSpec::next().of_order("500").order_status('4'));
    let token = desk.logon().await;
    let header = "<CustomerName>Dock 4</CustomerName><OrderActionType>C</OrderActionType><SalesOrder>500</SalesOrder>\
        <ShipAddress1>100 Main St</ShipAddress1><ShipPostalCode>94607</ShipPostalCode><Telephone>555</Telephone>";
    let answer = desk.post(&token, "SORTOI", "", &import(header, "")).await;
    assert!(answer.contains("<ItemsProcessed>000001</ItemsProcessed>") && !answer.contains("<Order>"), "{answer}");
    assert_eq!(syspro.read_field("500", "ShipAddress1").as_deref(), Some("100 Main St"));
    assert_eq!(syspro.read_field("500", "CustomerName").as_deref(), Some("Dock 4"));
    let freight = "<FreightLine><LineActionType>A</LineActionType><FreightValue>18.40</FreightValue></FreightLine>";
    for _ in 0..2 {
        desk.post(&token, "SORTOI", "", &change(freight)).await;
    }
    assert_eq!(syspro.freight_lines("500"), 2);
    assert_eq!(
        desk.sandbox.ledger().syspro_lines["000000000000500"].freight,
        2,
        "the second line is there to be caught"
    );
    let away = "<FreightLine><CustomerPoLine>0003</CustomerPoLine><LineActionType>D</LineActionType></FreightLine>";
    desk.post(&token, "SORTOI", "", &change(away)).await;
    assert_eq!(syspro.freight_lines("500"), 1);
    assert_eq!(desk.sandbox.ledger().syspro_lines["000000000000500"].freight, 1);
    let again = desk.post(&token, "SORTOI", "", &change(away)).await;
    assert!(again.contains("Order line '0003' not found"), "{again}");
    let comment = "<CommentLine><LineActionType>A</LineActionType><Comment>Shipped 1Z1</Comment></CommentLine>";
    desk.post(&token, "SORTOI", "", &change(comment)).await;
    let reworded = "<CommentLine><CustomerPoLine>0004</CustomerPoLine><LineActionType>C</LineActionType>\
        <Comment>Voided 1Z1</Comment></CommentLine>";
    desk.post(&token, "SORTOI", "", &change(reworded)).await;
    assert_eq!(syspro.comments("500"), ["Voided 1Z1"]);
    let find = "<Query><TableName>SorDetail</TableName><Columns><Column>LineType</Column><Column>NMscChargeValue</Column></Columns>\
        <Where><Expression><Column>SalesOrder</Column><Condition>EQ</Condition><Value>000000000000500</Value></Expression></Where></Query>";
    let lines = desk.query(&token, "COMFND", find).await;
    assert!(lines.contains("<LineType>4</LineType>\n<NMscChargeValue>          18.40</NMscChargeValue>"), "{lines}");
}

#[tokio::test]
async fn an_order_import_places_orders_and_cancels_them() {
    let desk = Desk::empty().await;
    let syspro = desk.sandbox.syspro();
    let customer = syspro.customers()[0].code.clone();
    let token = desk.logon().await;
    let header = format!(
        "<CustomerPoNumber>WEB-1</CustomerPoNumber><OrderActionType>A</OrderActionType><Customer>{customer}</Customer>"
    );
    let lines = "<StockLine><StockCode>VLV-1010</StockCode><OrderQty>2</OrderQty></StockLine>\
        <FreightLine><FreightValue>9</FreightValue></FreightLine>";
    let validate = "<SalesOrders><Parameters><Process>VALIDATE</Process></Parameters></SalesOrders>";
    desk.post(&token, "SORTOI", validate, &import(&header, lines)).await;
    assert!(desk.sandbox.ledger().writes.is_empty());
    let clean = desk.post(&token, "SORTOI", "", &import(&header, lines)).await;
    assert!(!clean.contains("<SalesOrder>"), "a clean import does not tell the number: {clean}");
    let rows = desk.rows("SorMaster?$filter=CustomerPoNumber%20eq%20'WEB-1'").await;
    let order = rows[0]["SalesOrder"].as_str().expect("a number").to_owned();
    assert_eq!(syspro.freight_lines(&order), 1);
    let unknown = lines.replace("VLV-1010", "NOTHING");
    let refused = desk.post(&token, "SORTOI", "", &import(&header, &unknown)).await;
    assert!(refused.contains("<ErrorNumber>240004</ErrorNumber>") && refused.contains("<SalesOrder/>"), "{refused}");
    syspro.manners(|it| it.import_tells_order = true);
    let cancel = import(&format!("<OrderActionType>D</OrderActionType><SalesOrder>{order}</SalesOrder>"), "");
    let told = desk.post(&token, "SORTOI", "", &cancel).await;
    assert!(told.contains("<SalesOrder>100401</SalesOrder>"), "{told}");
    assert_eq!(syspro.read_field(&order, "OrderStatus").as_deref(), Some("\\"));
    let late = desk.post(&token, "SORTOI", "", &cancel).await;
    assert!(late.contains("complete or cancelled"), "{late}");
}

#[tokio::test]
async fn order_statuses_are_posted_and_counted() {
    let desk = Desk::empty().await;
    let syspro = desk.sandbox.syspro();
    syspro.place_order(&DispatchNoteSpec::next().of_order("500").order_status('4'));
    let token = desk.logon().await;
    let item = |fields: &str| {
        format!("<PostSorOrderStatus><Item><SalesOrder>500</SalesOrder>{fields}</Item></PostSorOrderStatus>")
    };
    let ready = "<NewOrderStatus>8</NewOrderStatus><DeliveryNoteNumber>1ZA1B2C30300000010</DeliveryNoteNumber>\
        <DateDeliveryNotePrinted>2026-09-14</DateDeliveryNotePrinted>";
    let answer = desk.post(&token, "SORTOS", "", &item(ready)).await;
    assert!(
        answer.contains("<NewOrderStatus>8</NewOrderStatus>\n</Order>\n<ItemNumber>000001</ItemNumber>"),
        "{answer}"
    );
    assert_eq!(syspro.read_field("500", "OrderStatus").as_deref(), Some("8"));
    assert_eq!(syspro.read_field("500", "DeliveryNote").as_deref(), Some("1ZA1B2C30300000010"));
    assert_eq!(syspro.read_field("500", "LastDelNote").as_deref(), Some("2026-09-14"));
    let wrong = desk.post(&token, "SORTOS", "", &item("<NewOrderStatus>7</NewOrderStatus>")).await;
    assert!(wrong.contains("can only be"), "{wrong}");
}

#[tokio::test]
async fn which_orders_take_changes_is_a_matter_of_switches() {
    let desk = Desk::empty().await;
    let syspro = desk.sandbox.syspro();
    one_note(&desk);
    let token = desk.logon().await;
    let comment = change("<CommentLine><Comment>x</Comment></CommentLine>");
    syspro.manners(|it| it.dispatched_orders_refuse = true);
    assert!(desk.post(&token, "SORTOI", "", &comment).await.contains("live dispatch notes"));
    syspro.manners(|it| {
        it.dispatched_orders_refuse = false;
        it.change_needs_customer = true;
    });
    assert!(desk.post(&token, "SORTOI", "", &comment).await.contains("Customer may not be spaces"));
    assert!(syspro.comments("500").is_empty());
}

#[tokio::test]
async fn a_document_somebody_maintains_refuses_everyone_else() {
    let desk = Desk::empty().await;
    let syspro = desk.sandbox.syspro();
    one_note(&desk);
    let token = desk.logon().await;
    syspro.lock("700", "CLERK");
    syspro.lock("500", "CLERK");
    let user_field = header("700", "<UserField1>1Z</UserField1>");
    let held = "is currently being maintained by operator CLERK";
    assert!(desk.post(&token, "SORTDH", "", &user_field).await.contains(held));
    let line = "<PostDispatchNoteLines><DispatchNoteLine><CommentLine><DispatchNoteNumber>700</DispatchNoteNumber>\
        <Comment>x</Comment></CommentLine></DispatchNoteLine></PostDispatchNoteLines>";
    assert!(desk.post(&token, "SORTDA", "", line).await.contains(held));
    let comment = change("<CommentLine><Comment>x</Comment></CommentLine>");
    assert!(desk.post(&token, "SORTOI", "", &comment).await.contains(held));
    assert!(desk.sandbox.ledger().writes.is_empty());
    let form = record("ORD", "<SalesOrder>500</SalesOrder>", "<TrackingNumber>1Z</TrackingNumber>");
    syspro.manners(|it| it.locks_hold_forms = true);
    assert!(desk.post(&token, "COMTFM", &function("A"), &form).await.contains(held));
    syspro.manners(|it| it.locks_hold_forms = false);
    assert!(!desk.post(&token, "COMTFM", &function("A"), &form).await.contains("Error"));
    assert!(syspro.unlock("700") && !syspro.unlock("700"));
    assert!(!desk.post(&token, "SORTDH", "", &user_field).await.contains("Error"));
    let added = desk.post(&token, "SORTDA", "", line).await;
    assert!(added.contains("<DispatchLine>0002</DispatchLine>\n</Key>"), "{added}");
    assert!(added.contains("<DispatchLineType>6</DispatchLineType>"), "{added}");
    assert_eq!(syspro.comments("700"), ["x"]);
}

#[tokio::test]
async fn warnings_refuse_unless_they_are_to_be_ignored() {
    let warnings = vec![("SORTDH".to_owned(), "Note is on the truck".to_owned())];
    let desk = Desk::with(Manners { warnings, ..Manners::default() }).await;
    one_note(&desk);
    let token = desk.logon().await;
    let ignoring = |how: &str| {
        format!(
            "<PostDispNoteHeader><Parameters><IgnoreWarnings>{how}</IgnoreWarnings></Parameters></PostDispNoteHeader>"
        )
    };
    let xml = header("700", "<UserField1>1Z</UserField1>");
    let refused = desk.post(&token, "SORTDH", &ignoring("N"), &xml).await;
    assert!(refused.contains("<WarningDescription>Note is on the truck</WarningDescription>"), "{refused}");
    assert!(refused.contains("<ItemsRejectedWithWarnings>000001</ItemsRejectedWithWarnings>"), "{refused}");
    assert_eq!(desk.sandbox.syspro().read_field("700", "UserField1").as_deref(), Some(""));
    let told = desk.post(&token, "SORTDH", &ignoring("W"), &xml).await;
    assert!(told.contains("<ItemsProcessedWithWarnings>000001</ItemsProcessedWithWarnings>"), "{told}");
    let silent = desk.post(&token, "SORTDH", &ignoring("Y"), &xml).await;
    assert!(!silent.contains("Warning"), "{silent}");
    assert_eq!(desk.sandbox.syspro().read_field("700", "UserField1").as_deref(), Some("1Z"));
}

#[tokio::test]
async fn success_is_told_without_writing_and_known_elements_get_lost() {
    let manners = Manners { pretending: vec!["SORTDH".into()], ..Manners::default() };
    let desk = Desk::with(manners).await;
    one_note(&desk);
    let token = desk.logon().await;
    let xml = header("700", "<UserField1>1Z</UserField1><UserField2>2</UserField2>");
    let answer = desk.post(&token, "SORTDH", "", &xml).await;
    assert!(answer.contains("<ItemsProcessed>000001</ItemsProcessed>"), "{answer}");
    assert!(desk.sandbox.ledger().writes.is_empty());
    desk.sandbox.syspro().manners(|it| {
        it.pretending.clear();
        it.ignored_elements = vec!["UserField2".into()];
    });
    desk.post(&token, "SORTDH", "", &xml).await;
    assert_eq!(desk.sandbox.syspro().read_field("700", "UserField1").as_deref(), Some("1Z"));
    assert_eq!(desk.sandbox.syspro().read_field("700", "UserField2").as_deref(), Some(""));
}

#[tokio::test]
async fn a_closed_period_and_a_missing_object_are_told_differently() {
    let manners = Manners {
        closed_period_for: vec!["SORTOI".into()],
        missing_objects: vec!["SORTDH".into()],
        ..Manners::default()
    };
    let desk = Desk::with(manners).await;
    one_note(&desk);
    let token = desk.logon().await;
    let closed = desk.post(&token, "SORTOI", "", &change("<CommentLine><Comment>x</Comment></CommentLine>")).await;
    assert!(closed.contains("<ErrorDescription>The posting period is closed</ErrorDescription>"), "{closed}");
    assert!(desk.sandbox.syspro().comments("500").is_empty());
    let missing = desk.post(&token, "SORTDH", "", &header("700", "")).await;
    assert_eq!(missing, "ERROR: e.net exception 100000: business object SORTDH could not be found");
}

#[tokio::test]
async fn security_leaves_elements_out_instead_of_saying_so() {
    let desk = Desk::empty().await;
    one_note(&desk);
    let token = desk.logon().await;
    let ask = "<Query><Key><SalesOrder>500</SalesOrder></Key></Query>";
    let open = desk.query(&token, "SORQRY", ask).await;
    assert!(open.contains("<MPrice>") && open.contains("<MWarehouse>OH</MWarehouse>"), "{open}");
    desk.sandbox.syspro().manners(|it| {
        it.hidden_elements = vec!["MPrice".into()];
        it.denied_warehouses = vec!["OH".into()];
    });
    let shut = desk.query(&token, "SORQRY", ask).await;
    assert!(!shut.contains("MPrice") && !shut.contains("MWarehouse") && shut.contains("<MStockCode>"), "{shut}");
    let stock = desk.query(&token, "INVQRY", "<Query><Key><StockCode>VLV-1010</StockCode></Key></Query>").await;
    assert_eq!(stock.matches("<WarehouseItem>").count(), 1, "{stock}");
    let customer = desk.sandbox.syspro().customers()[0].code.clone();
    let header =
        format!("<OrderActionType>A</OrderActionType><Customer>{customer}</Customer><Warehouse>OH</Warehouse>");
    let denied = desk.post(&token, "SORTOI", "", &import(&header, "")).await;
    assert!(denied.contains("<ErrorNumber>240096</ErrorNumber>"), "{denied}");
}

#[tokio::test]
async fn letter_case_of_names_is_a_switch() {
    let desk = Desk::with(Manners { name_case: NameCase::Lower, ..Manners::default() }).await;
    one_note(&desk);
    let token = desk.logon().await;
    let note = desk.query(&token, "SORQDN", "<Query><Key><DispatchNote>700</DispatchNote></Key></Query>").await;
    assert!(
        note.contains("<dispatchnotedetail ") && note.contains("<dispatchnotestatus>5</dispatchnotestatus>"),
        "{note}"
    );
    desk.sandbox.syspro().manners(|it| it.name_case = NameCase::Documented);
    let answer = desk.post(&token, "SORTDH", "", &header("700", "<UserField1>x</UserField1>")).await;
    assert!(answer.contains("<PostDispNoteHeader ") && answer.ends_with("</PostDispNoteHeader>\n "), "{answer}");
}

#[tokio::test]
async fn a_notepad_is_replaced_as_a_whole() {
    let desk = Desk::empty().await;
    one_note(&desk);
    let token = desk.logon().await;
    let write = |text: &str| {
        format!(
            "<SetupNotepad><Item><Key><Company>EDU1</Company><NoteType>ORD</NoteType><KeyField>500</KeyField></Key>\
             <NotepadText><![CDATA[{{\\rtf {text}\\par }}]]></NotepadText></Item></SetupNotepad>"
        )
    };
    let read = "<Query><Key><NoteType>ORD</NoteType><KeyFieldValue>000500</KeyFieldValue></Key><ReturnRtf>N</ReturnRtf></Query>";
    for text in ["first", "second"] {
        let answer = desk.set_up("Update", &token, "COMSNO", &write(text)).await;
        assert!(
            answer.contains("<notetype>ORD</notetype>") && answer.contains("<RecordsRead>00001</RecordsRead>"),
            "{answer}"
        );
    }
    let notes = desk.query(&token, "COMNOT", read).await;
    assert!(notes.contains("<Text>second</Text>") && !notes.contains("first"), "{notes}");
}

#[tokio::test]
async fn what_was_on_back_order_is_released_on_another_note() {
    let desk = Desk::empty().await;
    let syspro = desk.sandbox.syspro();
    syspro.release(&DispatchNoteSpec::new("700").of_order("500").partial_line("VLV-1010", 10, 4));
    syspro.invoice("700").expect("an invoice");
    assert_eq!(syspro.read_field("500", "OrderStatus").as_deref(), Some("2"), "six are owed");
    let again = syspro.release_back_order("500").expect("six are owed");
    let rows = desk.rows(&format!("MdnDetail?$filter=DispatchNote%20eq%20'{}'", again.dispatch_note)).await;
    assert_eq!(rows[0]["MStockQtyToShp"].to_string(), "6.0");
    assert_eq!(syspro.read_field(&again.dispatch_note, "SalesOrder").as_deref(), Some("000000000000500"));
    assert_eq!(syspro.release_back_order("500"), None);
    syspro.place_order(&DispatchNoteSpec::next().of_order("501").order_status('2').partial_line("VLV-1010", 5, 2));
    let alone = syspro.release_back_order("501").expect("three are owed");
    assert_eq!(alone.dispatch_note, "");
    assert_eq!(syspro.read_field("501", "OrderStatus").as_deref(), Some("4"));
}

#[tokio::test]
async fn an_expired_password_is_no_wrong_password() {
    let desk = Desk::empty().await;
    let known = sandbox::CREDENTIALS;
    desk.sandbox.syspro().expire_password(known.syspro_operator, true);
    for _ in 0..6 {
        let answer = desk.logon_as(known.syspro_operator, known.syspro_operator_password).await;
        assert_eq!(answer, Manners::default().password_expired);
    }
    assert!(!desk.sandbox.syspro().is_locked(known.syspro_operator));
    desk.sandbox.syspro().expire_password(known.syspro_operator, false);
    desk.logon().await;
}

#[tokio::test]
async fn switches_are_turned_over_the_control_address() {
    let desk = Desk::empty().await;
    let url = format!("{}/syspro/manners", desk.sandbox.control_url());
    let body = r#"{"utf8":true,"idle":"PT5M","token_shape":"long","unlicensed":["SORTDS"]}"#;
    let answer = desk.http.patch(&url).body(body).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let now: serde_json::Value = desk.http.get(&url).send().await.expect("an answer").json().await.expect("JSON");
    assert_eq!(now["utf8"], true);
    assert_eq!(now["url_limit"], 8192, "what was not given stays");
    let manners = desk.sandbox.syspro().current_manners();
    assert_eq!((manners.unlicensed.as_slice(), manners.idle.as_mins()), (["SORTDS".to_owned()].as_slice(), 5));
    let wrong = desk.http.patch(&url).body(r#"{"colour":"red"}"#).send().await.expect("an answer");
    assert_eq!(wrong.status(), 400);
}
