//! e.net over REST: what is sent, and how failures of HTTP and of SYSPRO are told apart.

use std::time::Duration;

use rust_decimal::Decimal;
use syspro::{
    DispatchHeader, Enet, Error, Find, FormData, FormMode, FormValue, LogonRefusal, Obstacle, Posting, Verdict,
};
use wiremock::matchers::{body_string_contains, header, method, path, query_param};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::{LOST, PASSWORD, REST, TOKEN, assert_discreet, enet, header_fields, says, server_saying, settings, token};

#[tokio::test]
async fn a_logon_sends_all_four_values_and_trims_the_token() {
    let server = MockServer::start().await;
    for answer in [format!("{TOKEN}  "), format!("\"{TOKEN}  \""), format!("<string xmlns=\"x\">{TOKEN}  </string>")] {
        server.reset().await;
        Mock::given(path(format!("{REST}/Logon")))
            .and(query_param("Operator", "UPSCONN"))
            .and(query_param("OperatorPassword", PASSWORD))
            .and(query_param("CompanyId", "EDU1"))
            .and(query_param("CompanyPassword", ""))
            .respond_with(says(answer))
            .expect(1..)
            .mount(&server)
            .await;
        assert_eq!(enet(&server).logon().await.expect("logged on").expose(), TOKEN);
    }
    let mut verbatim = settings(server.uri());
    verbatim.trim_token = false;
    let token = Enet::new(verbatim).expect("settings").logon().await.expect("logged on");
    assert_eq!(token.expose(), format!("{TOKEN}  "));
}

#[tokio::test]
async fn a_refused_logon_comes_with_status_200_and_is_told_in_its_words() {
    let server = server_saying("/Logon", says("ERROR: Invalid operator password")).await;
    let error = enet(&server).logon().await.expect_err("refused");
    let text = "ERROR: Invalid operator password".to_owned();
    assert_eq!(error, Error::LogonRefused { text, reason: LogonRefusal::Credentials });
    assert!(!error.may_have_taken_effect());

    let server = server_saying(
        "/Logon",
        says(format!("ERROR: no licence; password {PASSWORD} at http://erp/Rest?x={PASSWORD}")),
    )
    .await;
    let error = enet(&server).logon().await.expect_err("refused");
    assert_eq!(error.code(), "licence_full");
    assert_discreet(&error);
}

#[tokio::test]
async fn a_logon_whose_answer_is_lost_may_hold_a_seat() {
    for answer in [
        says(""),
        says("<html>proxy</html>"),
        ResponseTemplate::new(503),
        says(TOKEN).set_delay(Duration::from_secs(2)),
    ] {
        let server = server_saying("/Logon", answer).await;
        let error = enet(&server).logon().await.expect_err("no token");
        assert!(matches!(error, Error::AnswerLost { .. }), "{error:?}");
        assert!(error.may_have_taken_effect());
        assert_discreet(&error);
    }
}

#[tokio::test]
async fn a_logoff_is_answered_by_a_nought() {
    let server = server_saying("/Logoff", says("0")).await;
    enet(&server).logoff(&token()).await.expect("logged off");
    let server = server_saying("/Logoff", says(format!("ERROR: {LOST}"))).await;
    assert_eq!(enet(&server).logoff(&token()).await.expect_err("lost").code(), "session_lost");
}

#[tokio::test]
async fn a_lost_session_is_noticed_with_and_without_error_before_it() {
    for sentence in [LOST.to_owned(), format!("ERROR: {LOST}")] {
        let server = server_saying("/Transaction/Post", says(sentence)).await;
        let error = enet(&server).sortdh(&token(), &header_fields(), Posting::default()).await.expect_err("lost");
        assert_eq!(error.code(), "session_lost");
        assert!(!error.may_have_taken_effect());
    }
}

#[tokio::test]
async fn an_order_in_windows_1252_is_read_with_its_lines() {
    let xml = b"<?xml version=\"1.0\" encoding=\"Windows-1252\"?>\n<DispatchNoteDetail Language='05' OperatorPrimaryRole='   '>\n\
        <DispatchNote>000000000000160</DispatchNote><DispatchName>Caf\xE9 M\xFCller</DispatchName><UserField1/>\n\
        <DispatchNoteLine><Merchandise><DispatchNoteLine>0001</DispatchNoteLine><MStockQtyToShp>     12.000000</MStockQtyToShp></Merchandise></DispatchNoteLine>\n\
        </DispatchNoteDetail>\n ";
    let server = server_saying("/Query/Query", says(xml.as_slice())).await;
    let note = enet(&server).sorqdn(&token(), "000000000000160").await.expect("an answer").expect("a note");
    assert_eq!(note.header.text("DISPATCHNAME"), Ok("Café Müller"));
    assert_eq!(note.header.text("UserField1"), Ok(""));
    assert_eq!(note.lines[0].fields.decimal("MStockQtyToShp"), Ok(Decimal::from(12)));
    assert_eq!(note.lines[0].number, Some(1));
}

#[tokio::test]
async fn a_note_that_does_not_exist_is_none_and_another_complaint_an_error() {
    let refused = |words: &str| {
        says(format!(
            "<dispatchnotedetail><DispatchNote><Value>9</Value><ErrorNumber>240100</ErrorNumber><ErrorDescription>{words}</ErrorDescription></DispatchNote></dispatchnotedetail>"
        ))
    };
    let server = server_saying("/Query/Query", refused("Dispatch note '9' not found")).await;
    assert_eq!(enet(&server).sorqdn(&token(), "9").await, Ok(None));
    let server = server_saying("/Query/Query", refused("Access to warehouse denied")).await;
    let error = enet(&server).sorqdn(&token(), "9").await.expect_err("refused");
    assert_eq!(error.to_string(), "query SORQDN: refused: DispatchNote: Access to warehouse denied (240100)");
}

#[tokio::test]
async fn an_unlicensed_object_is_named() {
    let server = server_saying(
        "/Query/Query",
        says("<r><ErrorMessage><ErrorNumber>100000</ErrorNumber><ErrorDescription>e.net exception 100000</ErrorDescription></ErrorMessage></r>"),
    )
    .await;
    let error = enet(&server).sorqry(&token(), "1").await.expect_err("unlicensed");
    assert!(matches!(error, Error::Unlicensed { ref business_object, .. } if business_object == "SORQRY"), "{error:?}");
}

#[tokio::test]
async fn a_short_post_goes_by_get_and_its_answer_is_judged() {
    let server = server_saying(
        "/Transaction/Post",
        says(
            "<postdispnoteheader><Item><DispatchNote>000000000000160</DispatchNote></Item>\
             <StatusofItems><ItemsProcessed>000001</ItemsProcessed><ItemsInvalid>000000</ItemsInvalid></StatusofItems></postdispnoteheader>\n ",
        ),
    )
    .await;
    let posted = enet(&server).sortdh(&token(), &header_fields(), Posting::default()).await.expect("posted");
    assert_eq!(posted.verdict(), Verdict::Accepted);
    let sent = &server.received_requests().await.expect("recorded")[0];
    let value = |name: &str| sent.url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    assert_eq!(
        value("XmlIn").as_deref(),
        Some(
            "<PostDispNoteHeader><Item><DispatchNote>000000000000160</DispatchNote><UserField1>1Z999AA10123456784</UserField1></Item></PostDispNoteHeader>"
        )
    );
    assert!(
        value("XmlParameters").is_some_and(|xml| xml.starts_with("<PostDispNoteHeader><Parameters><ValidateOnly>N<"))
    );
}

#[tokio::test]
async fn errors_go_to_the_items_they_belong_to() {
    let server = server_saying(
        "/Transaction/Post",
        says(
            "<postdispnoteheader><Item><DispatchNote>161</DispatchNote></Item><Item><DispatchNote><Value>000000000000160</Value>\
             <ErrorNumber>240200</ErrorNumber><ErrorDescription>invoiced</ErrorDescription></DispatchNote></Item>\
             <StatusofItems><ItemsProcessed>1</ItemsProcessed><ItemsInvalid>1</ItemsInvalid></StatusofItems></postdispnoteheader>",
        ),
    )
    .await;
    let headers = ["160", "161"].map(|note| DispatchHeader::new(note).user_field_2("1"));
    let posted = enet(&server).sortdh(&token(), &headers, Posting::default()).await.expect("partly");
    assert_eq!(posted.verdict(), Verdict::Partial);
    assert_eq!((posted.errors_of(0).count(), posted.errors_of(1).count()), (1, 0));
}

#[tokio::test]
async fn a_document_refused_as_a_whole_is_an_error_without_effect() {
    let server = server_saying(
        "/Transaction/Post",
        says("<r><Item><UserField1><Value>x</Value><ErrorNumber>1</ErrorNumber><ErrorDescription>too long</ErrorDescription></UserField1></Item>\
              <StatusofItems><ItemsProcessed>0</ItemsProcessed><ItemsInvalid>1</ItemsInvalid></StatusofItems></r>"),
    )
    .await;
    let error = enet(&server).sortdh(&token(), &header_fields(), Posting::default()).await.expect_err("refused");
    assert!(matches!(error, Error::Rejected(_)));
    assert!(!error.may_have_taken_effect());
}

#[tokio::test]
async fn a_long_post_goes_by_body_and_by_get_where_that_is_not_known() {
    let accepted =
        "<r><StatusofItems><ItemsProcessed>9</ItemsProcessed><ItemsInvalid>0</ItemsInvalid></StatusofItems></r>";
    let headers: Vec<_> =
        (0..12).map(|note| DispatchHeader::new(note.to_string()).user_field_1("a & b ]]> é")).collect();

    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path(format!("{REST}/Transaction/PostLD")))
        .and(header("content-type", "application/xml"))
        .and(body_string_contains("<TransactionPostLD xmlns=\"http://SYSPROWcfService\"><UserId><![CDATA[3EA6"))
        .and(body_string_contains("a &amp; b ]]&gt; é"))
        .respond_with(says(accepted))
        .expect(1)
        .mount(&server)
        .await;
    enet(&server).sortdh(&token(), &headers, Posting::default()).await.expect("posted by body");

    for absent in [404, 405] {
        let server = server_saying("/Transaction/Post", says(accepted)).await;
        Mock::given(method("POST")).respond_with(ResponseTemplate::new(absent)).expect(1).mount(&server).await;
        let enet = enet(&server);
        enet.sortdh(&token(), &headers, Posting::default()).await.expect("posted by get");
        enet.sortdh(&token(), &headers, Posting::default()).await.expect("posted by get at once");
    }
}

#[tokio::test]
async fn each_way_of_losing_a_posts_answer_is_in_doubt_and_each_refusal_in_front_of_syspro_is_not() {
    let after = [
        ResponseTemplate::new(500),
        ResponseTemplate::new(502).set_body_string("<html>http://proxy/?OperatorPassword=hunter2</html>"),
        ResponseTemplate::new(503),
        ResponseTemplate::new(400),
        says("<r><Item>"),
        says("garbage"),
        says(""),
        says("<html><body>sign in</body></html>"),
        says("<r/>").set_delay(Duration::from_secs(2)),
    ];
    for answer in after {
        let server = server_saying("/Transaction/Post", answer).await;
        let error = enet(&server).sortdh(&token(), &header_fields(), Posting::default()).await.expect_err("lost");
        assert!(matches!(error, Error::AnswerLost { .. }) && error.may_have_taken_effect(), "{error:?}");
        assert_discreet(&error);
        assert_eq!(server.received_requests().await.map(|all| all.len()), Some(1), "never sent twice");
    }
    let before = [302, 401, 403, 404, 405, 414]
        .map(|status| ResponseTemplate::new(status).insert_header("location", "/elsewhere"));
    for answer in before {
        let server = server_saying("/Transaction/Post", answer).await;
        let error =
            enet(&server).sortdh(&token(), &header_fields(), Posting::default()).await.expect_err("turned away");
        assert!(!error.may_have_taken_effect(), "{error:?}");
        assert_discreet(&error);
        assert_eq!(server.received_requests().await.map(|all| all.len()), Some(1), "not redirected");
    }
}

#[tokio::test]
async fn a_broken_connection_is_told_by_how_far_it_got() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let refused =
        Enet::new(settings(format!("http://{address}"))).expect("settings").logon().await.expect_err("refused");
    assert!(matches!(refused, Error::Unreachable { obstacle: Obstacle::Connection, .. }), "{refused:?}");
    assert!(!refused.may_have_taken_effect());
    assert_discreet(&refused);

    let nobody = Enet::new(settings("https://nobody.invalid".to_owned())).expect("settings").version().await;
    // A resolver that hangs instead of answering runs into the call's deadline.
    let unresolved = |error: &Error| match error {
        Error::Unreachable { obstacle, .. } => *obstacle == Obstacle::Name,
        error => error.code() == "unavailable",
    };
    assert!(nobody.as_ref().is_err_and(unresolved), "{nobody:?}");

    let plain = MockServer::start().await;
    let untrusted = Enet::new(settings(format!("https://{}", plain.address()))).expect("settings").version().await;
    let error = untrusted.expect_err("no tls there");
    assert!(matches!(error, Error::Unreachable { obstacle: Obstacle::Certificate, .. }), "{error:?}");

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let drops = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.readable().await.expect("a request");
            drop(stream);
        }
    });
    let enet = Enet::new(settings(format!("http://{address}"))).expect("settings");
    let post = enet.sortdh(&token(), &header_fields(), Posting::default()).await.expect_err("dropped");
    assert!(post.may_have_taken_effect(), "{post:?}");
    assert_discreet(&post);
    let dry = enet.sortdh(&token(), &header_fields(), Posting::dry_run()).await.expect_err("dropped");
    assert!(!dry.may_have_taken_effect(), "{dry:?}");
    drops.abort();
}

#[tokio::test]
async fn form_values_are_added_or_updated_and_a_duplicate_is_told() {
    let server = server_saying(
        "/Setup/Add",
        says("<setupcustomform><item><key><formtype>ORD</formtype><keyfield>000346</keyfield><fieldname>TRKNUM</fieldname></key>\
              <ErrorMessage><Value/><ErrorNumber>120001</ErrorNumber><ErrorDescription>Duplicate key</ErrorDescription></ErrorMessage></item>\
              <StatusOfItems><RecordsRead>1</RecordsRead><RecordsInvalid>1</RecordsInvalid></StatusOfItems></setupcustomform>"),
    )
    .await;
    Mock::given(path(format!("{REST}/Setup/Update")))
        .and(query_param("BusinessObject", "COMSFM"))
        .respond_with(says("<setupcustomform><StatusOfItems><RecordsRead>1</RecordsRead><RecordsInvalid>0</RecordsInvalid></StatusOfItems></setupcustomform>"))
        .mount(&server)
        .await;
    let value = FormData::Alpha("1Z1".to_owned());
    let values =
        [FormValue { form_type: "ORD".to_owned(), key: "000346".to_owned(), field: "TRKNUM".to_owned(), value }];
    let enet = enet(&server);
    let error = enet.comsfm(&token(), &values, FormMode::Add, false).await.expect_err("exists");
    let Error::Rejected(posted) = error else { panic!("{error:?}") };
    assert!(posted.errors_of(0).all(syspro::ItemError::is_duplicate) && posted.errors_of(0).count() == 1);
    let updated = enet.comsfm(&token(), &values, FormMode::Update, false).await.expect("updated");
    assert_eq!(updated.processed, Some(1));

    let many: Vec<_> = (0..60).map(|_| values[0].clone()).collect();
    let error = enet.comsfm(&token(), &many, FormMode::Add, false).await.expect_err("too long");
    assert!(matches!(error, Error::TooLong { limit: 8000, .. }) && !error.may_have_taken_effect(), "{error:?}");
}

#[tokio::test]
async fn text_that_cannot_be_stored_is_refused_before_anything_is_sent() {
    let server = MockServer::start().await;
    let headers = [DispatchHeader::new("1").user_field_1("東京")];
    let error = enet(&server).sortdh(&token(), &headers, Posting::default()).await.expect_err("unwritable");
    assert_eq!(error.to_string(), "UserField1: holds the character U+6771, which is not in windows-1252");
    assert_eq!(server.received_requests().await.map(|all| all.len()), Some(0));
}

#[tokio::test]
async fn a_long_list_of_keys_is_asked_for_in_parts() {
    let server = MockServer::start().await;
    let answer = |request: &Request| {
        let xml = request
            .url
            .query_pairs()
            .find(|(name, _)| name == "XmlIn")
            .map(|(_, xml)| xml.into_owned())
            .unwrap_or_default();
        assert!(request.url.as_str().len() <= 8000);
        let keys = xml.split("<Value>").skip(1).filter_map(|rest| rest.split_once('<'));
        let rows: String = keys.map(|(key, _)| format!("<Row><SalesOrder>{key}</SalesOrder></Row>\n")).collect();
        says(format!("<SorMaster>{rows}<RowsReturned>   9</RowsReturned></SorMaster>\n "))
    };
    Mock::given(query_param("BusinessObject", "COMFND")).respond_with(answer).mount(&server).await;
    let keys: Vec<String> = (0..90).map(|key| format!("{key:015}")).collect();
    let find = Find::new("SorMaster").columns(["SalesOrder"]).where_any_of("SalesOrder", keys.clone());
    let rows = enet(&server).comfnd(&token(), &find).await.expect("rows");
    let read: Vec<_> = rows.iter().map(|row| row.text("salesorder").expect("the key").to_owned()).collect();
    assert_eq!(read, keys);
    assert!(server.received_requests().await.map_or(0, |all| all.len()) > 1);

    let error = enet(&server).comfnd(&token(), &find.limit(3)).await.expect_err("more rows than expected");
    assert_eq!(error.code(), "unreadable");
}

#[test]
fn settings_that_cannot_work_are_named() {
    let plain = Enet::new(settings("http://erp.example.com:30001".to_owned())).expect_err("plain http");
    assert!(matches!(plain, Error::Invalid { ref field, .. } if field == "base_url"), "{plain:?}");
    let mut bad = settings("https://erp.example.com".to_owned());
    bad.sentences.session_lost = vec!["(".to_owned()];
    assert!(Enet::new(bad).is_err());
    let mut bad = settings("https://erp.example.com".to_owned());
    bad.ca_pem = Some(b"nonsense".to_vec());
    assert!(Enet::new(bad).is_err());
    let fine = settings("https://erp.example.com/sysprowcfservice/rest/".to_owned());
    let shown = format!("{:?} {fine:?}", Enet::new(fine.clone()).expect("settings"));
    assert!(!shown.contains("erp.example.com") && !shown.contains("hunter2"), "{shown}");
}
