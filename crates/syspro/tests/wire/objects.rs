//! What the business objects send, and what they make of the answers.

use jiff::civil::date;
use rust_decimal::Decimal;
use syspro::{
    DispatchLine, DispatchNoteStatus, DispatchSearch, DispatchStatus, Enet, Error, FormData, FormFunction, FormRecord,
    FreightCharge, LineKind, OrderChange, OrderLineChange, OrderSearch, OrderStatusChange, PostalAddress, Posting,
    SalesOrderStatus, SetupVerb, ShipToChange, Slots, Templates,
};
use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, MockServer, Request};

use crate::{REST, enet, says, settings, token};

/// A server that gives these answers to calls of these objects.
async fn server(answers: &[(&str, &str, &str)]) -> MockServer {
    let server = MockServer::start().await;
    for (call, object, answer) in answers {
        let at = Mock::given(method("GET")).and(path(format!("{REST}{call}")));
        let at = if object.is_empty() { at } else { at.and(query_param("BusinessObject", *object)) };
        at.respond_with(says(*answer)).mount(&server).await;
    }
    server
}

/// The documents of the only request: parameters, empty for queries, and the document.
async fn sent(server: &MockServer) -> (String, String) {
    let requests = server.received_requests().await.expect("recorded");
    let [request] = &requests[..] else { panic!("{} requests", requests.len()) };
    (value(request, "XmlParameters"), value(request, "XmlIn"))
}

fn value(request: &Request, name: &str) -> String {
    request.url.query_pairs().find(|(key, _)| key == name).map(|(_, it)| it.into_owned()).unwrap_or_default()
}

const ACCEPTED: &str =
    "<r><StatusOfItems><ItemsProcessed>000001</ItemsProcessed><ItemsInvalid>000000</ItemsInvalid></StatusOfItems></r>";
const POST: &str = "/Transaction/Post";
const QUERY: &str = "/Query/Query";

#[tokio::test]
async fn sorqso_goes_page_after_page_and_gives_each_order_once() {
    let http = MockServer::start().await;
    let answer = |request: &Request| {
        let document = value(request, "XmlIn");
        let start = document.split_once("<StartAtOrder>").and_then(|(_, rest)| rest.split_once('<')).map(|(it, _)| it);
        let from = start.map_or(1, |it| it.parse::<u32>().expect("a number"));
        let item = |number: u32| {
            format!(
                "<SalesOrderItem><SalesOrder>{number:06}</SalesOrder><Customer>000010</Customer><OrderStatus>4</OrderStatus></SalesOrderItem>"
            )
        };
        says(format!("<SorQuery Language='05'>{}</SorQuery>\n ", (from..=5).take(2).map(item).collect::<String>()))
    };
    Mock::given(query_param("BusinessObject", "SORQSO")).respond_with(answer).mount(&http).await;
    let search = OrderSearch { page_size: 2, ..OrderSearch::default() }.in_states(["4", "8"]);
    let orders = enet(&http).sorqso(&token(), &search).await.expect("orders");
    let keys: Vec<_> = orders.iter().map(|order| order.sales_order.as_str()).collect();
    assert_eq!(keys, ["000001", "000002", "000003", "000004", "000005"]);
    assert_eq!(orders[0].status, Some(SalesOrderStatus::InWarehouse));
    let first = &http.received_requests().await.expect("recorded")[0];
    assert_eq!(
        value(first, "XmlIn"),
        "<Query><Option><IncludeCompletedOrders>N</IncludeCompletedOrders><IncludeCancelledOrders>N</IncludeCancelledOrders>\
         <IncludeForwardOrders>N</IncludeForwardOrders><ReturnOrders>2</ReturnOrders></Option>\
         <Filter><Customer FilterType=\"A\" FilterValue=\"\"/><OrderDate FilterType=\"A\" FilterValue=\"\"/>\
         <OrderStatus FilterType=\"L\" FilterValue=\"4,8\"/></Filter></Query>"
    );
    let bad = OrderSearch { customers: vec!["A,B".to_owned()], ..OrderSearch::default() };
    assert_eq!(enet(&http).sorqso(&token(), &bad).await.expect_err("a comma").code(), "invalid");
}

#[tokio::test]
async fn a_server_that_does_not_heed_the_start_ends_the_list() {
    let same = "<SorQuery><SalesOrderItem><SalesOrder>1</SalesOrder></SalesOrderItem></SorQuery>";
    let http = server(&[(QUERY, "SORQSO", same)]).await;
    let search = OrderSearch { page_size: 1, ..OrderSearch::default() };
    assert_eq!(enet(&http).sorqso(&token(), &search).await.expect("orders").len(), 1);
    assert_eq!(http.received_requests().await.map(|all| all.len()), Some(2));
    let blank = "<SorQuery><SalesOrderItem><SalesOrder/></SalesOrderItem></SorQuery>";
    let http = server(&[(QUERY, "SORQSO", blank)]).await;
    assert_eq!(enet(&http).sorqso(&token(), &search).await.expect_err("no key").code(), "unreadable");
}

#[tokio::test]
async fn sorqdl_asks_by_a_flag_for_each_state() {
    let answer = "<DispatchNoteList><DispatchNoteItem><DispatchNote>000000000000160</DispatchNote><SalesOrder>000346</SalesOrder>\
                  <DispatchNoteStatus>5</DispatchNoteStatus><UserField1/></DispatchNoteItem></DispatchNoteList>";
    let http = server(&[(QUERY, "SORQDL", answer)]).await;
    let mut search = DispatchSearch::in_states([DispatchNoteStatus::Printed, DispatchNoteStatus::ReadyToInvoice]);
    search.dispatch_dates = Some((date(2026, 1, 1), date(2026, 1, 31)));
    let notes = enet(&http).sorqdl(&token(), &search).await.expect("notes");
    assert_eq!(notes[0].status, Some(DispatchNoteStatus::Printed));
    assert_eq!(notes[0].sales_order.as_deref(), Some("000346"));
    let (_, document) = sent(&http).await;
    for part in [
        "<IncludeDispatchPrinted>Y</IncludeDispatchPrinted>",
        "<IncludeDispatchReadyToInvoice>Y</IncludeDispatchReadyToInvoice>",
        "<IncludeDispatchReadyToPrint>N</IncludeDispatchReadyToPrint>",
        "<SupplyChainTransfer>X</SupplyChainTransfer>",
        "<DispatchDate FilterType=\"R\" FilterValue=\"2026-01-01,2026-01-31\"/>",
    ] {
        assert!(document.contains(part), "{part} in {document}");
    }
    let unknown = DispatchSearch::in_states([DispatchNoteStatus::from_code("0")]);
    assert_eq!(enet(&http).sorqdl(&token(), &unknown).await.expect_err("no flag").code(), "invalid");
}

#[tokio::test]
async fn reference_data_are_read_by_key() {
    let customer = "<ARStatement><SystemInformation><OperatorCode>X</OperatorCode><Customer>never</Customer></SystemInformation><Header>\
                    <CompanyName>Ours</CompanyName><Customer>0000010</Customer><CustomerName>Bayside</CustomerName><Telephone> 510 555 0100</Telephone>\
                    <ShipToAddr1>15 Central Avenue</ShipToAddr1><ShipPostalCode>94607</ShipPostalCode></Header></ARStatement>";
    let stock = "<InvQuery><SystemInformation/><StockCode>B100</StockCode><Mass>      1.500000</Mass><TariffCode>8712.00</TariffCode></InvQuery>";
    let users = "<UsersLoggedInQuery><QueryOptions><UserInformation>S</UserInformation></QueryOptions><UserDetails><UserNumber>2515</UserNumber>\
                 <Operator>ADMIN</Operator><OperatorInstance>00</OperatorInstance></UserDetails></UsersLoggedInQuery>";
    let order = "<PorDetail><PurchaseOrder>000419</PurchaseOrder><Supplier>0000004</Supplier><DeliveryName>Dock 2</DeliveryName>\
                 <PurchaseOrderLine><Line>1</Line><MStockCode>B100</MStockCode></PurchaseOrderLine></PorDetail>";
    let http = server(&[
        (QUERY, "ARSQRY", customer),
        (QUERY, "INVQRY", stock),
        (QUERY, "COMQUS", users),
        (QUERY, "PORQRY", order),
        ("/Query/Fetch", "", "<ArCustomer Language='05'><Customer>0000010</Customer><Name>Bayside</Name></ArCustomer>"),
    ])
    .await;
    let (enet, token) = (enet(&http), token());

    let customer = enet.arsqry(&token, "10").await.expect("an answer").expect("a customer");
    assert_eq!(customer.name(), Some("Bayside"));
    assert_eq!(customer.telephone(), Some("510 555 0100"));
    assert_eq!(customer.ship_to().postal_code.as_deref(), Some("94607"));
    assert_eq!(customer.fields.get("OperatorCode"), None);
    let item = enet.invqry(&token, "B100").await.expect("an answer").expect("a stock code");
    assert_eq!((item.mass(), item.tariff_code()), (Ok(Some(Decimal::new(1_500_000, 6))), Some("8712.00")));
    assert!(item.volume().is_err(), "an absent volume is no zero");
    let users = enet.comqus(&token).await.expect("users");
    assert_eq!((users[0].operator.as_str(), users[0].instance.as_deref()), ("ADMIN", Some("00")));
    let order = enet.porqry(&token, "419").await.expect("an answer").expect("an order");
    assert_eq!((order.lines[0].kind.clone(), order.lines[0].number), (LineKind::Merchandise, Some(1)));
    assert_eq!(PostalAddress::of_purchase_order(&order.header).name.as_deref(), Some("Dock 2"));
    let row = enet.comfch(&token, "ArCustomer", "0000010", &["x"]).await.expect("an answer").expect("a row");
    assert_eq!(row.text("Name"), Ok("Bayside"));
    let fetch = http.received_requests().await.expect("recorded").pop().expect("the fetch");
    assert_eq!(
        value(&fetch, "XmlIn"),
        "<Fetch><TableName>ArCustomer</TableName><Key>0000010</Key><OptionalKey1>x</OptionalKey1><FullKeyProvided>N</FullKeyProvided></Fetch>"
    );
}

#[tokio::test]
async fn a_ship_to_is_changed_and_proven_by_reading_it_back() {
    let listed = "<ARListofMultipleShipAddresses><Address><Customer>0000010</Customer><AddrCode>YARD</AddrCode><ShipPostalCode>94607</ShipPostalCode></Address>\
                  <Address><Customer>0000010</Customer><AddrCode>SITE</AddrCode><ShipToAddr3>Oakland</ShipToAddr3><ShipPostalCode>94601</ShipPostalCode></Address></ARListofMultipleShipAddresses>";
    let http = server(&[("/Setup/Update", "ARSSMA", ACCEPTED), (QUERY, "ARSQMA", listed)]).await;
    let (enet, token) = (enet(&http), token());
    let mut address = PostalAddress { postal_code: Some("94607".to_owned()), ..PostalAddress::default() };
    address.lines[2] = Some("Oakland".to_owned());
    let change = ShipToChange { customer: "0000010".to_owned(), code: "SITE".to_owned(), address };
    enet.arssma(&token, std::slice::from_ref(&change), SetupVerb::Update, Posting::default()).await.expect("updated");
    let (parameters, document) = sent(&http).await;
    assert!(parameters.starts_with("<SetupArMultipleShipAddresses><Parameters>"), "{parameters}");
    assert_eq!(
        document,
        "<SetupArMultipleShipAddresses><Item><Key><Customer>0000010</Customer><AddrCode>SITE</AddrCode></Key>\
         <ShipToAddr3>Oakland</ShipToAddr3><ShipPostalCode>94607</ShipPostalCode></Item></SetupArMultipleShipAddresses>"
    );
    // The postal code of another address does not prove this one's.
    let template = enet.template("ARSSMA").expect("shipped");
    let read = enet.read_back(&token, template, &change.slots().expect("a change")).await.expect("read back");
    let proven: Vec<_> = read.iter().map(|it| (it.slot.as_str(), it.is_proven(), it.found.join("|"))).collect();
    assert_eq!(
        proven,
        [("ship_address_3", true, "Oakland".to_owned()), ("ship_postal_code", false, "94601".to_owned())]
    );
    assert_eq!(http.received_requests().await.map(|all| all.len()), Some(2), "one query for both");
}

#[tokio::test]
async fn an_order_gets_a_ship_to_a_comment_and_freight_in_one_document() {
    let http = server(&[(POST, "SORTOI", ACCEPTED)]).await;
    let mut ship_to = PostalAddress { postal_code: Some("94607".to_owned()), ..PostalAddress::default() };
    ship_to.lines[0] = Some("15 Central <Avenue>".to_owned());
    let change = OrderChange::new("000346")
        .ship_to(ship_to)
        .line(OrderLineChange::AddComment { text: "UPS 1Z9 & more".to_owned() })
        .line(OrderLineChange::AddFreight {
            charge: FreightCharge::new(Decimal::new(1840, 2)).costing(Decimal::new(155, 1)),
        });
    enet(&http)
        .sortoi(
            &token(),
            &[change, OrderChange::new("347").line(OrderLineChange::RemoveComment { line: 3 })],
            Posting::default(),
        )
        .await
        .expect("posted");
    let (parameters, document) = sent(&http).await;
    assert_eq!(
        parameters,
        "<SalesOrders><Parameters><Process>IMPORT</Process><IgnoreWarnings>W</IgnoreWarnings></Parameters></SalesOrders>"
    );
    assert_eq!(
        document,
        "<SalesOrders><Orders><OrderHeader><OrderActionType>C</OrderActionType><ShipAddress1>15 Central &lt;Avenue&gt;</ShipAddress1>\
         <ShipPostalCode>94607</ShipPostalCode><SalesOrder>000346</SalesOrder></OrderHeader><OrderDetails>\
         <CommentLine><LineActionType>A</LineActionType><Comment>UPS 1Z9 &amp; more</Comment></CommentLine>\
         <FreightLine><LineActionType>A</LineActionType><FreightValue>18.40</FreightValue><FreightCost>15.50</FreightCost></FreightLine></OrderDetails></Orders>\
         <Orders><OrderHeader><OrderActionType>C</OrderActionType><SalesOrder>347</SalesOrder></OrderHeader><OrderDetails>\
         <CommentLine><CustomerPoLine>0003</CustomerPoLine><LineActionType>D</LineActionType></CommentLine></OrderDetails></Orders></SalesOrders>"
    );
}

#[tokio::test]
async fn dispatch_notes_get_lines_and_states() {
    let http = server(&[(POST, "SORTDA", ACCEPTED)]).await;
    let note = || "000000000000160".to_owned();
    let lines = [
        DispatchLine::Comment { dispatch_note: note(), text: "UPS 1Z9".to_owned() },
        DispatchLine::Freight { dispatch_note: note(), charge: FreightCharge::new(Decimal::from(9)) },
    ];
    enet(&http).sortda(&token(), &lines, Posting::default()).await.expect("posted");
    assert_eq!(
        sent(&http).await.1,
        "<PostDispatchNoteLines><DispatchNoteLine><CommentLine><DispatchNoteNumber>000000000000160</DispatchNoteNumber><Comment>UPS 1Z9</Comment></CommentLine></DispatchNoteLine>\
         <DispatchNoteLine><FreightLine><DispatchNoteNumber>000000000000160</DispatchNoteNumber><FreightValue>9.00</FreightValue></FreightLine></DispatchNoteLine></PostDispatchNoteLines>"
    );

    let http = server(&[(POST, "SORTDS", ACCEPTED)]).await;
    let moves = [DispatchStatus { dispatch_note: note(), from: None, to: "7".to_owned() }];
    enet(&http).sortds(&token(), &moves, Posting::default()).await.expect("posted");
    assert_eq!(
        sent(&http).await.1,
        "<PostDispStatus><Item><DispatchNote>000000000000160</DispatchNote><NewDispatchStatus>7</NewDispatchStatus></Item></PostDispStatus>"
    );

    let http = server(&[(POST, "SORTOS", ACCEPTED)]).await;
    let delivery_note = Some("1Z9".to_owned());
    let moves = [OrderStatusChange {
        sales_order: "346".to_owned(),
        from: Some("4".to_owned()),
        to: "8".to_owned(),
        delivery_note,
    }];
    enet(&http).sortos(&token(), &moves, Posting::default()).await.expect("posted");
    assert_eq!(
        sent(&http).await.1,
        "<PostSorOrderStatus><Item><SalesOrder>346</SalesOrder><OrderStatus>4</OrderStatus><NewOrderStatus>8</NewOrderStatus><DeliveryNoteNumber>1Z9</DeliveryNoteNumber></Item></PostSorOrderStatus>"
    );
    assert_eq!(enet(&http).sortos(&token(), &[], Posting::default()).await.expect_err("empty").code(), "invalid");
}

#[tokio::test]
async fn comtfm_writes_columns_and_reads_them_back() {
    let read = "<Query><Key><FormType>ORD</FormType></Key><Field><Name>TRKNUM</Name><Column>TrackingNumber</Column><Value>1Z9</Value></Field>\
                <Field><Name>FRTCST</Name><Column>FreightCost</Column><Value>       18.400000</Value></Field></Query>";
    let echoed = "<PostCustomForm><Item><Key><FormType>ORD</FormType><KeyFields><SalesOrder>000346</SalesOrder></KeyFields></Key></Item></PostCustomForm>";
    let http = server(&[(POST, "COMTFM", echoed), (QUERY, "COMQFM", read)]).await;
    let (enet, token) = (enet(&http), token());
    let record = FormRecord {
        form_type: "ORD".to_owned(),
        key: vec![("SalesOrder".to_owned(), "000346".to_owned()), ("InvoiceNumber".to_owned(), "I1".to_owned())],
        fields: vec![
            ("TrackingNumber".to_owned(), FormData::Alpha("1Z9".to_owned())),
            ("FreightCost".to_owned(), FormData::Numeric(Decimal::new(184, 1))),
        ],
    };
    enet.comtfm(&token, std::slice::from_ref(&record), FormFunction::Add, Posting::default()).await.expect("posted");
    assert_eq!(
        sent(&http).await.1,
        "<PostCustomForm><Item><Key><FormType>ORD</FormType><KeyFields><SalesOrder>000346</SalesOrder><InvoiceNumber>I1</InvoiceNumber></KeyFields></Key>\
         <Fields><TrackingNumber>1Z9</TrackingNumber><FreightCost>18.4</FreightCost></Fields></Item></PostCustomForm>"
    );
    let template = enet.template("COMTFM").expect("shipped");
    let read = enet.read_back(&token, template, &record.slots().expect("a record")).await.expect("read back");
    assert_eq!((read.len(), read.iter().all(syspro::ReadBack::is_proven)), (2, true), "{read:?}");
    let asked = http.received_requests().await.expect("recorded").pop().expect("the query");
    assert_eq!(
        value(&asked, "XmlIn"),
        "<Query><Key><FormType>ORD</FormType><KeyField>000346</KeyField><KeyFields><SalesOrder>000346</SalesOrder><InvoiceNumber>I1</InvoiceNumber></KeyFields></Key></Query>"
    );
    let mut bad = record;
    bad.fields[0].0 = "Tracking><x".to_owned();
    let error = enet.comtfm(&token, &[bad], FormFunction::Add, Posting::default()).await.expect_err("no name");
    assert!(matches!(&error, Error::Invalid { field, .. } if field == "template COMTFM"), "{error}");
}

#[tokio::test]
async fn a_sites_own_document_is_sent_and_a_wrong_one_stops_the_start() {
    let http = server(&[(POST, "SORTDH", ACCEPTED)]).await;
    let own = Templates::shipped_text("SORTDH").expect("shipped").replace(
        "<UserField2>{{user_field_2?}}</UserField2>",
        "<CustomerPoNumber>UPS {{user_field_2?}}</CustomerPoNumber><eSignature/>",
    );
    let mut mine = settings(http.uri());
    mine.templates = Templates::shipped().with("SORTDH", own);
    let header = syspro::DispatchHeader::new("1").user_field_2("1Z9");
    Enet::new(mine).expect("settings").sortdh(&token(), &[header], Posting::default()).await.expect("posted");
    assert_eq!(
        sent(&http).await.1,
        "<PostDispNoteHeader><Item><DispatchNote>1</DispatchNote><CustomerPoNumber>UPS 1Z9</CustomerPoNumber><eSignature/></Item></PostDispNoteHeader>"
    );

    let mut wrong = settings(http.uri());
    wrong.templates = Templates::shipped().with("SORTDH", "<template object='SORTDH' call='post'>");
    let error = Enet::new(wrong).expect_err("cut off").to_string();
    assert_eq!(error, "template SORTDH, line 1: the xml is cut off in template");
}

#[tokio::test]
async fn how_many_items_fit_is_known_before_they_are_sent() {
    let http = server(&[]).await;
    let mut short = settings(http.uri());
    short.longest_url = 2000;
    let (enet, token) = (Enet::new(short).expect("settings"), token());
    let item = |key: u32| {
        Slots::new().with("form_type", "ORD").with("key", key.to_string()).with("field", "TRKNUM").with("alpha", "1Z")
    };
    let items: Vec<Slots> = (100..140).map(item).collect();
    let posting = Posting::default().slots();
    let template = enet.template("COMSFM").expect("shipped");
    let fit = enet.how_many_fit(&token, template, &posting, &items).expect("fits");
    assert!((1..40).contains(&fit), "{fit}");
    assert_eq!(enet.how_many_fit(&token, template, &posting, &items[..fit]), Ok(fit));
    let headers: Vec<Slots> =
        (0..200).map(|key| Slots::new().with("dispatch_note", key.to_string()).with("user_field_1", "x")).collect();
    let all = enet.how_many_fit(&token, enet.template("SORTDH").expect("shipped"), &posting, &headers);
    assert_eq!(all, Ok(200), "a post has PostLD");
}

/// Forms have no row until they are first written: a range that shows some of the wanted keys has shown them all, and one
/// that shows none is checked with one short list.
#[tokio::test]
async fn keys_without_a_row_cost_no_list_of_keys() {
    let wanted: Vec<String> = (100..200).map(|it| format!("{it:0>15}")).collect();
    let find = || syspro::Find::new("CusSorMaster+").columns(["SalesOrder"]).where_any_of("SalesOrder", wanted.clone());
    let some = "<Comfnd><Row><SalesOrder>000000000000117</SalesOrder></Row><Row><SalesOrder>000000000000999</SalesOrder></Row></Comfnd>";
    for (answer, rows, questions) in [(some, 1, 1), ("<Comfnd/>", 0, 2)] {
        let http = server(&[(QUERY, "COMFND", answer)]).await;
        let mut ranging = settings(http.uri());
        ranging.find_by_range = true;
        let found = Enet::new(ranging).expect("settings").comfnd(&token(), &find()).await.expect("an answer");
        assert_eq!(found.len(), rows);
        assert_eq!(http.received_requests().await.expect("recorded").len(), questions);
    }
}
