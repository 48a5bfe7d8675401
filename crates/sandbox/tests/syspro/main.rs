//! The pretend SYSPRO over real HTTP: sessions, queries, posts and OData as a client meets them.

mod reads;
mod soap;
mod switches;
mod writes;

use jiff::SignedDuration;
use reqwest::{Client, Response, StatusCode};
use sandbox::syspro::{BAD_PASSWORD, Manners, SESSION_LOST, TokenShape};
use sandbox::world::{DispatchNoteSpec, FormField, FormKind, ship_via};
use sandbox::{CREDENTIALS, Sandbox, Settings};

/// A client at the pretend SYSPRO's door.
struct Desk {
    sandbox: Sandbox,
    http: Client,
}

impl Desk {
    #[expect(clippy::disallowed_methods, reason = "a test of the sandbox alone has no client crate to take one from")]
    async fn open(change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::empty("2026-09-14T13:00:00Z".parse().expect("an instant"));
        change(&mut settings);
        let sandbox = Sandbox::start(settings).await.expect("the sandbox starts");
        Self { sandbox, http: Client::builder().no_proxy().build().expect("a client") }
    }

    async fn empty() -> Self {
        Self::open(|_| {}).await
    }

    async fn with(manners: Manners) -> Self {
        Self::open(|it| it.syspro = manners).await
    }

    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Response {
        let url = format!("{}/SYSPROWCFService/Rest/{path}", self.sandbox.enet_url());
        self.http.get(url).query(query).send().await.expect("an answer")
    }

    async fn text(&self, path: &str, query: &[(&str, &str)]) -> String {
        let answer = self.get(path, query).await;
        assert_eq!(answer.status(), StatusCode::OK);
        String::from_utf8_lossy(&answer.bytes().await.expect("a body")).into_owned()
    }

    async fn logon_as(&self, operator: &str, password: &str) -> String {
        let company = CREDENTIALS.syspro_company;
        let who =
            [("Operator", operator), ("OperatorPassword", password), ("CompanyId", company), ("CompanyPassword", "")];
        self.text("Logon", &who).await
    }

    async fn logon(&self) -> String {
        let token = self.logon_as(CREDENTIALS.syspro_operator, CREDENTIALS.syspro_operator_password).await;
        assert!(!token.starts_with("ERROR"), "{token}");
        token
    }

    async fn query(&self, token: &str, object: &str, xml: &str) -> String {
        self.text("Query/Query", &[("UserId", token), ("BusinessObject", object), ("XmlIn", xml)]).await
    }

    async fn post(&self, token: &str, object: &str, parameters: &str, xml: &str) -> String {
        let query = [("UserId", token), ("BusinessObject", object), ("XmlParameters", parameters), ("XmlIn", xml)];
        self.text("Transaction/Post", &query).await
    }

    async fn setup(&self, way: &str, token: &str, xml: &str) -> String {
        let query = [("UserId", token), ("BusinessObject", "COMSFM"), ("XmlParameters", ""), ("XmlIn", xml)];
        self.text(&format!("Setup/{way}"), &query).await
    }

    async fn odata(&self, rest: &str) -> Response {
        let url = format!("{}/EDU1/{rest}", self.sandbox.odata_url());
        let (user, password) = (CREDENTIALS.odata_user, CREDENTIALS.odata_password);
        self.http.get(url).basic_auth(user, Some(password)).send().await.expect("an answer")
    }

    async fn rows(&self, rest: &str) -> Vec<serde_json::Value> {
        let answer = self.odata(rest).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let body: serde_json::Value = answer.json().await.expect("JSON");
        body["value"].as_array().expect("rows").clone()
    }
}

fn header(note: &str, fields: &str) -> String {
    format!("<PostDispNoteHeader><Item><DispatchNote>{note}</DispatchNote>{fields}</Item></PostDispNoteHeader>")
}

fn form_item(order: &str, field: &str, value: &str) -> String {
    format!(
        "<SetupCustomForm><Item><Key><FormType>ORD</FormType><KeyField>{order}</KeyField>\
         <FieldName>{field}</FieldName></Key>{value}</Item></SetupCustomForm>"
    )
}

const VALIDATE_ONLY: &str =
    "<PostDispNoteHeader><Parameters><ValidateOnly>Y</ValidateOnly></Parameters></PostDispNoteHeader>";

fn one_note(desk: &Desk) {
    desk.sandbox.syspro().release(&DispatchNoteSpec::new("700").of_order("500").line("VLV-1010", 2));
}

#[tokio::test]
async fn a_token_is_36_octets_and_any_case_of_the_path_will_do() {
    let desk = Desk::empty().await;
    let who = [
        ("CompanyId", CREDENTIALS.syspro_company),
        ("OperatorPassword", CREDENTIALS.syspro_operator_password),
        ("Operator", CREDENTIALS.syspro_operator),
        ("Nonsense", "1"),
    ];
    let url = format!("{}/sysprowcfservice/REST/logon", desk.sandbox.enet_url());
    let answer = desk.http.get(url).query(&who).send().await.expect("an answer");
    assert_eq!(answer.headers()["content-type"], "application/octet-stream");
    assert_eq!(answer.headers()["content-length"], "36");
    assert_eq!(answer.headers()["server"], "Microsoft-HTTPAPI/2.0");
    let token = answer.text().await.expect("a token");
    assert!(token.ends_with("00  "));
    let profile = desk.text("GetLogonProfile", &[("UserId", &token)]).await;
    assert!(profile.contains("<OperatorCode>MLCONN</OperatorCode>"), "{profile}");
    assert_eq!(desk.text("GetVersion", &[]).await, "8.0.0.0");
    assert_eq!(desk.text("Logoff", &[("UserId", token.trim())]).await, "0");
    assert!(desk.text("Logoff", &[("UserId", &token)]).await.starts_with("ERROR: "));
    let ledger = desk.sandbox.ledger();
    assert_eq!((ledger.logons, ledger.logoffs, ledger.wrong_passwords), (1, 1, 0));
}

#[tokio::test]
async fn a_second_logon_a_restart_and_idleness_end_a_session() {
    let desk = Desk::empty().await;
    let lost = format!("ERROR: {SESSION_LOST}");
    let ask = "<Query><Key><SalesOrder>1</SalesOrder></Key></Query>";
    let first = desk.logon().await;
    let second = desk.logon().await;
    assert_eq!(desk.query(&first, "SORQRY", ask).await, lost);
    assert_ne!(desk.query(&second, "SORQRY", ask).await, lost);
    desk.sandbox.syspro().restart();
    assert_eq!(desk.query(&second, "SORQRY", ask).await, lost);
    let third = desk.logon().await;
    desk.sandbox.clock().advance(SignedDuration::from_mins(15));
    assert_eq!(desk.query(&third, "SORQRY", ask).await, lost);
}

#[tokio::test]
async fn wrong_passwords_are_counted_and_lock_the_operator() {
    let desk = Desk::empty().await;
    for _ in 0..5 {
        assert_eq!(desk.logon_as("mlconn", "wrong").await, BAD_PASSWORD);
    }
    let locked = desk.logon_as(CREDENTIALS.syspro_operator, CREDENTIALS.syspro_operator_password).await;
    assert!(locked.starts_with("ERROR: "), "{locked}");
    assert!(desk.sandbox.syspro().is_locked("MLCONN"));
    assert_eq!(desk.sandbox.ledger().wrong_passwords, 6);
}

#[tokio::test]
async fn a_full_house_refuses_a_logon_in_words() {
    let desk = Desk::empty().await;
    desk.sandbox.syspro().set_seats(0);
    let refused = desk.logon_as(CREDENTIALS.syspro_operator, CREDENTIALS.syspro_operator_password).await;
    assert_eq!(refused, Manners::default().licence_full);
    assert_eq!(desk.sandbox.ledger().wrong_passwords, 0);
}

#[tokio::test]
async fn tokens_come_wrapped_from_some_servers() {
    let desk = Desk::with(Manners { token_shape: TokenShape::JsonQuoted, ..Manners::default() }).await;
    let token = desk.logon().await;
    assert!(token.starts_with('"') && token.ends_with("  \""), "{token}");
}

#[tokio::test]
async fn tracking_is_written_to_a_dispatch_note_and_read_back() {
    let desk = Desk::empty().await;
    one_note(&desk);
    let token = desk.logon().await;
    let xml = header("000000000000700", "<UserField1>1ZA1B2C30300000010</UserField1><UserFeld2>2</UserFeld2>");
    let answer = desk.post(&token, "SORTDH", "", &xml).await;
    assert!(answer.contains("<ItemsProcessed>000001</ItemsProcessed>"), "{answer}");
    assert!(answer.contains("<StatusofItems>") && answer.contains("<postdispnoteheader Language='05'"), "{answer}");
    assert!(answer.ends_with("</postdispnoteheader>\n "));
    let note = desk.query(&token, "SORQDN", "<Query><Key><DispatchNote>700</DispatchNote></Key></Query>").await;
    assert!(note.contains("<UserField1>1ZA1B2C30300000010</UserField1>"), "{note}");
    assert!(note.contains("<UserField2/>"), "an unknown element is ignored in silence: {note}");
    assert_eq!(desk.sandbox.syspro().read_field("700", "UserField1").as_deref(), Some("1ZA1B2C30300000010"));
    let writes = desk.sandbox.ledger().writes;
    assert_eq!(writes.len(), 1);
    assert_eq!((writes[0].field.as_str(), writes[0].key.as_str()), ("UserField1", "000000000000700"));
}

#[tokio::test]
async fn a_post_that_only_validates_changes_nothing() {
    let desk = Desk::empty().await;
    one_note(&desk);
    let token = desk.logon().await;
    let answer = desk.post(&token, "SORTDH", VALIDATE_ONLY, &header("700", "<UserField1>x</UserField1>")).await;
    assert!(answer.contains("<ItemsProcessed>000001</ItemsProcessed>"), "{answer}");
    assert_eq!(desk.sandbox.syspro().read_field("700", "UserField1").as_deref(), Some(""));
    assert!(desk.sandbox.ledger().writes.is_empty());
}

#[tokio::test]
async fn bad_items_carry_error_children_while_good_ones_go_on() {
    let desk = Desk::empty().await;
    one_note(&desk);
    let token = desk.logon().await;
    let items = "<PostDispNoteHeader>\
        <Item><DispatchNote>999</DispatchNote><UserField1>a</UserField1></Item>\
        <Item><DispatchNote>700</DispatchNote><UserField1>a text of more than twenty</UserField1></Item>\
        <Item><DispatchNote>700</DispatchNote><ActualDeliveryDate>14.09.2026</ActualDeliveryDate></Item>\
        <Item><DispatchNote>700</DispatchNote><UserField2>2</UserField2></Item></PostDispNoteHeader>";
    let answer = desk.post(&token, "SORTDH", "", items).await;
    assert!(answer.contains("Dispatch note '999' not found"), "{answer}");
    assert!(answer.contains("<ErrorNumber>100028</ErrorNumber>"), "{answer}");
    assert!(answer.contains("UserField1 may not be longer than 20 characters"), "{answer}");
    assert!(
        answer.contains("<ItemsProcessed>000001</ItemsProcessed>\n<ItemsInvalid>000003</ItemsInvalid>"),
        "{answer}"
    );
    let all = VALIDATE_ONLY.replace("ValidateOnly", "ApplyIfEntireDocumentValid");
    let writes = desk.sandbox.ledger().writes.len();
    let answer = desk.post(&token, "SORTDH", &all, items).await;
    assert!(answer.contains("<ItemsProcessed>000000</ItemsProcessed>"), "{answer}");
    assert_eq!(desk.sandbox.ledger().writes.len(), writes);
}

#[tokio::test]
async fn a_wrong_root_or_an_unlicensed_object_is_an_error_text() {
    let desk = Desk::with(Manners { unlicensed: vec!["SORTDS".into()], ..Manners::default() }).await;
    let token = desk.logon().await;
    for (object, xml) in
        [("SORTDH", "<SORTDH/>"), ("SORTDS", "<PostDispStatus/>"), ("SORTXX", "<x/>"), ("SORTDH", "no")]
    {
        let answer = desk.post(&token, object, "", xml).await;
        assert!(answer.starts_with("ERROR: e.net exception 100000"), "{answer}");
    }
    assert_eq!(desk.sandbox.ledger().refused.len(), 4);
}

#[tokio::test]
async fn the_dispatch_status_moves_step_by_step() {
    let desk = Desk::empty().await;
    desk.sandbox.syspro().release(&DispatchNoteSpec::new("700").status('3'));
    let token = desk.logon().await;
    let to = |status: &str| {
        format!(
            "<PostDispStatus><Item><DispatchNote>700</DispatchNote><NewDispatchStatus>{status}</NewDispatchStatus></Item></PostDispStatus>"
        )
    };
    let skipped = desk.post(&token, "SORTDS", "", &to("7")).await;
    assert!(skipped.contains("can only be '5 / S / H'"), "{skipped}");
    for status in ["5", "H", "5", "7"] {
        let answer = desk.post(&token, "SORTDS", "", &to(status)).await;
        assert!(answer.contains("<ItemsInvalid>000000</ItemsInvalid>"), "{answer}");
    }
    assert_eq!(desk.sandbox.syspro().read_field("700", "DispatchNoteStatus").as_deref(), Some("7"));
    desk.sandbox.syspro().invoice("700").expect("an invoice");
    let late = desk.post(&token, "SORTDH", "", &header("700", "<UserField1>x</UserField1>")).await;
    assert!(late.contains("has been invoiced"), "{late}");
}

#[tokio::test]
async fn custom_form_values_need_their_field_and_know_add_from_update() {
    let desk = Desk::empty().await;
    one_note(&desk);
    let token = desk.logon().await;
    let alpha = |text: &str| form_item("500", "TRKNUM", &format!("<AlphaValue>{text}</AlphaValue>"));
    assert!(desk.setup("Update", &token, &alpha("1Z1")).await.contains("no value to update"));
    let added = desk.setup("Add", &token, &alpha("1Z1")).await;
    assert!(added.contains("<setupcustomform ") && added.contains("<keyfield>500</keyfield>"), "{added}");
    assert!(added.contains("<RecordsRead>00001</RecordsRead>\n<RecordsInvalid>00000</RecordsInvalid>"), "{added}");
    assert!(desk.setup("Add", &token, &alpha("1Z2")).await.contains("<ErrorNumber>120001</ErrorNumber>"));
    desk.setup("Update", &token, &alpha("1Z2")).await;
    desk.setup("Add", &token, &form_item("500", "FRTCST", "<NumericValue>18.40</NumericValue>")).await;
    desk.setup("Add", &token, &form_item("500", "SHPDAT", "<DateValue>2026-09-14</DateValue>")).await;
    let missing = desk.setup("Add", &token, &form_item("500", "NOSUCH", "<AlphaValue>x</AlphaValue>")).await;
    assert!(missing.contains("Field name 'NOSUCH' not found"), "{missing}");
    let syspro = desk.sandbox.syspro();
    assert_eq!(syspro.form_value("500", "TRKNUM").as_deref(), Some("1Z2"));
    assert_eq!(syspro.form_value("500", "FRTCST").as_deref(), Some("18.4"));
    assert_eq!(syspro.form_value("500", "SHPSTS"), None);
    let find = "<Query><TableName>CusSorMaster+</TableName><Columns><Column>TrackingNumber</Column><Column>ShipDate</Column>\
        </Columns><Where><Expression><Column>SalesOrder</Column><Condition>EQ</Condition><Value>000000000000500</Value>\
        </Expression></Where></Query>";
    let found = desk.query(&token, "COMFND", find).await;
    assert!(found.contains("<TrackingNumber>1Z2</TrackingNumber>\n<ShipDate>2026-09-14</ShipDate>"), "{found}");
    let forms = "<Query><Key><SalesOrder>500</SalesOrder></Key><Option><IncludeCustomForms>Y</IncludeCustomForms></Option></Query>";
    let order = desk.query(&token, "SORQRY", forms).await;
    assert!(order.contains("<Column>TrackingNumber</Column>") && order.contains("<Value>1Z2</Value>"), "{order}");
}

#[tokio::test]
async fn an_administrator_makes_and_removes_form_fields() {
    let desk = Desk::empty().await;
    one_note(&desk);
    let token = desk.logon().await;
    let syspro = desk.sandbox.syspro();
    syspro.add_form_field(FormField::new("ZONE", "ShippingZone", FormKind::Alpha(4)));
    let added = desk.setup("Add", &token, &form_item("500", "ZONE", "<AlphaValue>105</AlphaValue>")).await;
    assert!(added.contains("<RecordsInvalid>00000</RecordsInvalid>"), "{added}");
    syspro.remove_form_field("ZONE");
    let gone = desk.setup("Update", &token, &form_item("500", "ZONE", "<AlphaValue>106</AlphaValue>")).await;
    assert!(gone.contains("<RecordsInvalid>00001</RecordsInvalid>"), "{gone}");
}

#[tokio::test]
async fn large_documents_travel_by_post_and_long_addresses_are_refused() {
    let desk = Desk::empty().await;
    one_note(&desk);
    let token = desk.logon().await;
    let long = header("700", &format!("<UserField1>1Z</UserField1><Ignored>{}</Ignored>", "x".repeat(9_000)));
    let query = [("UserId", token.as_str()), ("BusinessObject", "SORTDH"), ("XmlParameters", ""), ("XmlIn", &long)];
    assert_eq!(desk.get("Transaction/Post", &query).await.status(), StatusCode::URI_TOO_LONG);
    let url = format!("{}/SYSPROWCFService/Rest/Transaction/PostLD", desk.sandbox.enet_url());
    let body = format!(
        "<TransactionPostLD xmlns=\"http://SYSPROWcfService\"><UserId>{}</UserId><BusinessObject>SORTDH</BusinessObject>\
         <XmlParameters></XmlParameters><XmlIn><![CDATA[{long}]]></XmlIn></TransactionPostLD>",
        token.trim()
    );
    let answer = desk.http.post(&url).body(body.clone()).send().await.expect("an answer");
    assert!(answer.text().await.expect("a body").contains("<ItemsProcessed>000001</ItemsProcessed>"));
    assert_eq!(desk.sandbox.syspro().read_field("700", "UserField1").as_deref(), Some("1Z"));
    desk.sandbox.syspro().manners(|it| it.post_ld = false);
    let answer = desk.http.post(&url).body(body).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn goods_by_weight_are_in_the_stock_master() {
    let desk = Desk::empty().await;
    desk.sandbox.syspro().release(&DispatchNoteSpec::new("700").weighing(12));
    let rows = desk.rows("InvMaster?$filter=StockCode%20eq%20'WT-12'&$select=Mass").await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["Mass"].to_string(), "12.0");
}

#[tokio::test]
async fn letters_beyond_ascii_leave_as_windows_1252() {
    let desk = Desk::empty().await;
    let spec = DispatchNoteSpec::new("700");
    desk.sandbox.syspro().release(&spec.customer_po("PO-Ñ1"));
    let token = desk.logon().await;
    let ask = "<Query><Key><DispatchNote>700</DispatchNote></Key></Query>";
    let query = [("UserId", token.as_str()), ("BusinessObject", "SORQDN"), ("XmlIn", ask)];
    let bytes = desk.get("Query/Query", &query).await.bytes().await.expect("a body");
    assert!(bytes.starts_with(b"<?xml version=\"1.0\" encoding=\"Windows-1252\"?>\n"));
    assert!(bytes.windows(5).any(|it| it == b"PO-\xD11"));
    desk.sandbox.syspro().manners(|it| it.utf8 = true);
    let bytes = desk.get("Query/Query", &query).await.bytes().await.expect("a body");
    assert!(bytes.windows(6).any(|it| it == "PO-Ñ1".as_bytes()));
}

#[tokio::test]
async fn comment_and_freight_lines_are_added_each_time_they_are_sent() {
    let desk = Desk::empty().await;
    one_note(&desk);
    let token = desk.logon().await;
    let order = "<SalesOrders><Orders><OrderHeader><OrderActionType>C</OrderActionType><SalesOrder>500</SalesOrder></OrderHeader>\
        <OrderDetails><CommentLine><LineActionType>A</LineActionType><Comment>Shipped 1Z</Comment></CommentLine>\
        <FreightLine><FreightValue>18.40</FreightValue><FreightCost>12.10</FreightCost></FreightLine></OrderDetails></Orders></SalesOrders>";
    for _ in 0..2 {
        let answer = desk.post(&token, "SORTOI", "", order).await;
        assert!(answer.contains("<StatusOfItems>") && !answer.contains("<SalesOrder>"), "{answer}");
    }
    let note = "<PostDispatchNoteLines><DispatchNoteLine><DispatchNoteNumber>700</DispatchNoteNumber>\
        <CommentLine><Comment>Shipped 1Z</Comment></CommentLine></DispatchNoteLine></PostDispatchNoteLines>";
    desk.post(&token, "SORTDA", "", note).await;
    let order = desk.query(&token, "SORQRY", "<Query><Key><SalesOrder>500</SalesOrder></Key></Query>").await;
    assert_eq!(order.matches("<NComment>Shipped 1Z</NComment>").count(), 2, "{order}");
    let note = desk.query(&token, "SORQDN", "<Query><Key><DispatchNote>700</DispatchNote></Key></Query>").await;
    assert_eq!(note.matches("<CommentLine>").count(), 1, "{note}");
}

#[tokio::test]
async fn odata_wants_its_own_user_and_answers_only_questions() {
    let desk = Desk::empty().await;
    let url = format!("{}/EDU1/MdnMaster", desk.sandbox.odata_url());
    let nobody = desk.http.get(&url).send().await.expect("an answer");
    assert_eq!(nobody.status(), StatusCode::UNAUTHORIZED);
    assert!(nobody.headers()["www-authenticate"].to_str().expect("text").starts_with("Basic"));
    let (user, password) = (CREDENTIALS.odata_user, CREDENTIALS.odata_password);
    let patch = desk.http.patch(&url).basic_auth(user, Some(password)).send().await.expect("an answer");
    assert_eq!(patch.status(), StatusCode::METHOD_NOT_ALLOWED);
    desk.sandbox.syspro().announce_odata_user("new", "pass");
    let ask = || desk.http.get(&url).basic_auth("new", Some("pass")).send();
    assert_eq!(ask().await.expect("an answer").status(), StatusCode::UNAUTHORIZED);
    desk.sandbox.syspro().restart();
    assert_eq!(ask().await.expect("an answer").status(), StatusCode::OK);
}

#[tokio::test]
async fn odata_filters_selects_orders_and_counts() {
    let desk = Desk::empty().await;
    for (number, status) in [("701", '5'), ("702", '7'), ("703", '9')] {
        desk.sandbox.syspro().release(&DispatchNoteSpec::new(number).status(status));
    }
    let answer = desk
        .odata("MdnMaster?$filter=DispatchNoteStatus%20in%20('5','7')&$select=DispatchNote,PlannedDeliverDate&$orderby=DispatchNote%20desc&$top=1&$count=true")
        .await;
    assert_eq!(answer.headers()["odata-version"], "4.0");
    let body: serde_json::Value = answer.json().await.expect("JSON");
    assert_eq!(body["@odata.count"], 2);
    assert_eq!(
        body["value"],
        serde_json::json!([{ "DispatchNote": "000000000000702", "PlannedDeliverDate": "2026-09-14T00:00:00Z" }])
    );
    let unknown = desk.odata("MdnMaster?$filter=PostDate%20ge%202026-09-01T00:00:00Z").await;
    assert_eq!(unknown.status(), StatusCode::BAD_REQUEST);
    let body: serde_json::Value = unknown.json().await.expect("JSON");
    assert!(body["error"]["message"].as_str().expect("words").contains("PostDate"));
    assert_eq!(desk.odata("NoSuchTable").await.status(), StatusCode::NOT_FOUND);
    assert_eq!(desk.odata("MdnMaster?$expand=Lines").await.status(), StatusCode::BAD_REQUEST);
    let metadata = desk.odata("$metadata").await.text().await.expect("a body");
    assert!(metadata.contains("<Property Name=\"TimeStamp\" Type=\"Edm.Binary\""), "{metadata}");
}

#[tokio::test]
async fn a_page_is_capped_and_pages_nobody_ordered_do_not_fit_together() {
    let desk = Desk::with(Manners { odata_cap: 7, ..Manners::default() }).await;
    for number in 1..=20 {
        desk.sandbox.syspro().release(&DispatchNoteSpec::new(&number.to_string()));
    }
    assert_eq!(desk.rows("MdnMaster?$top=1000&$select=DispatchNote").await.len(), 7);
    let mut ordered = Vec::new();
    let mut loose = Vec::new();
    for skip in [0, 7, 14] {
        ordered.extend(desk.rows(&format!("MdnMaster?$select=DispatchNote&$orderby=DispatchNote&$skip={skip}")).await);
        loose.extend(desk.rows(&format!("MdnMaster?$select=DispatchNote&$skip={skip}")).await);
    }
    let distinct = |rows: &[serde_json::Value]| {
        rows.iter().map(ToString::to_string).collect::<std::collections::BTreeSet<_>>().len()
    };
    assert_eq!(distinct(&ordered), 20);
    assert!(distinct(&loose) < 20);
    desk.sandbox.syspro().manners(|it| it.odata_next_link = true);
    let body: serde_json::Value =
        desk.odata("MdnMaster?$orderby=DispatchNote&$top=10").await.json().await.expect("JSON");
    let next = body["@odata.nextLink"].as_str().expect("a link");
    assert!(next.contains("$skip=7&$top=3"), "{next}");
}

#[tokio::test]
async fn a_seeded_company_offers_exactly_what_was_asked_for() {
    let desk = Desk::open(|it| {
        it.orders = 40;
        it.noise = true;
        it.seed = 7;
    })
    .await;
    let ready = desk.rows("MdnMaster?$filter=DispatchNoteStatus%20eq%20'5'%20or%20DispatchNoteStatus%20eq%20'7'").await;
    let ups: Vec<_> =
        ready.iter().filter(|it| ship_via::OURS.iter().any(|via| it["ShippingInstrs"] == via.text)).collect();
    assert!(ups.len() >= 40 && ready.len() > ups.len());
    assert_eq!(desk.sandbox.syspro().intended().len(), 40);
    assert_eq!(desk.sandbox.syspro().notes().len(), 56);
    assert_eq!(desk.sandbox.syspro().tracking_numbers(), 0);
}

#[tokio::test]
async fn the_control_address_reaches_the_clerks_desk() {
    let desk = Desk::empty().await;
    let control = format!("{}/syspro", desk.sandbox.control_url());
    let body = r#"{"number":"700","ship_via":"UPS2","lines":[{"code":"VLV-1010","quantity":3}]}"#;
    let answer = desk.http.post(format!("{control}/release")).body(body).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    let via = r#"{"code":"FDXG","text":"FedEx Ground"}"#;
    desk.http.post(format!("{control}/notes/700/ship-via")).body(via).send().await.expect("an answer");
    let note: serde_json::Value =
        desk.http.get(format!("{control}/notes/700")).send().await.expect("an answer").json().await.expect("JSON");
    assert_eq!(note["ship_via"], "FedEx Ground");
}
