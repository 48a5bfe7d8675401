//! e.net over SOAP: envelopes, spellings, actions and faults.

use syspro::{DispatchHeader, Element, Enet, Error, FormData, FormMode, FormValue, Posting, TransportKind};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::{LOST, PASSWORD, TOKEN, assert_discreet, header_fields, settings, token};

pub(crate) const ASMX: &str = "/SYSPROWebServices";

pub(crate) fn enet(server: &MockServer) -> Enet {
    let mut settings = settings(server.uri());
    settings.transport = TransportKind::Asmx;
    Enet::new(settings).expect("settings for a local server")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn envelope(body: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soap:Body>{body}</soap:Body></soap:Envelope>"
    )
}

/// The answer of an operation, its inner text escaped.
pub(crate) fn result(operation: &str, text: &str) -> ResponseTemplate {
    let body = format!(
        "<{operation}Response xmlns=\"http://www.syspro.com/ns/\"><{operation}Result>{}</{operation}Result></{operation}Response>",
        escaped(text)
    );
    ResponseTemplate::new(200).set_body_raw(envelope(&body), "text/xml; charset=utf-8")
}

/// A fault as the web services make it of an exception of SYSPRO's library.
pub(crate) fn fault(code: &str, words: &str) -> ResponseTemplate {
    let told = format!(
        "System.Web.Services.Protocols.SoapException: Server was unable to process request. ---&gt; System.Exception: {}\n   at Encore.Transaction.Post(String UserId)\n   --- End of inner exception stack trace ---",
        escaped(words)
    );
    let body = format!(
        "<soap:Fault><faultcode>soap:{code}</faultcode><faultstring>{told}</faultstring><detail/></soap:Fault>"
    );
    ResponseTemplate::new(500).set_body_raw(envelope(&body), "text/xml; charset=utf-8")
}

pub(crate) async fn server(file: &str, action: &str, answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    let namespace = file.trim_end_matches(".asmx").to_lowercase();
    Mock::given(method("POST"))
        .and(path(format!("{ASMX}/{file}")))
        .and(header("soapaction", format!("\"http://www.syspro.com/ns/{namespace}/{action}\"")))
        .and(header("content-type", "text/xml; charset=utf-8"))
        .respond_with(answer)
        .mount(&server)
        .await;
    server
}

/// The arguments of the only request, in their order.
async fn arguments(server: &MockServer) -> Vec<(String, String)> {
    let requests = server.received_requests().await.expect("recorded");
    let [request] = &requests[..] else { panic!("{} requests", requests.len()) };
    assert_eq!(request.url.query(), None, "nothing travels in the address");
    let envelope = syspro::read_xml(&request.body).expect("an envelope");
    let operation = &envelope.child("Body").expect("a body").children()[0];
    operation.children().iter().map(|it| (it.name().to_owned(), it.raw_text().to_owned())).collect()
}

#[tokio::test]
async fn a_logon_gives_all_eight_arguments_in_their_order() {
    let server = server("Utilities.asmx", "Logon", result("Logon", &format!("{TOKEN}  "))).await;
    assert_eq!(enet(&server).logon().await.expect("logged on").expose(), TOKEN);
    let sent = arguments(&server).await;
    let sent: Vec<(&str, &str)> = sent.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(
        sent,
        [
            ("Operator", "UPSCONN"),
            ("OperatorPassword", PASSWORD),
            ("CompanyId", "EDU1"),
            ("CompanyPassword", ""),
            ("LanguageCode", "AUTO"),
            ("LogLevel", "ldNoDebug"),
            ("EncoreInstance", "EncoreInstance_0"),
            ("XmlIn", ""),
        ]
    );
}

#[tokio::test]
async fn a_logon_can_ask_not_to_end_another_session() {
    let server = server("Utilities.asmx", "Logon", result("Logon", TOKEN)).await;
    let mut settings = settings(server.uri());
    settings.transport = TransportKind::Asmx;
    settings.fail_when_already_logged_in = Some(true);
    Enet::new(settings).expect("settings").logon().await.expect("logged on");
    let sent = arguments(&server).await;
    let asked = "<Logon><FailWhenAlreadyLoggedIn>Y</FailWhenAlreadyLoggedIn></Logon>";
    assert_eq!(sent.last(), Some(&("XmlIn".to_owned(), asked.to_owned())));
}

#[tokio::test]
async fn every_operation_finds_its_service_and_its_spelling() {
    let answer = "<A><Row><K>1</K></Row><StatusOfItems><ItemsProcessed>1</ItemsProcessed></StatusOfItems></A>";
    let document = Element::new("Fetch").with(Element::leaf("Key", "1 & 2"));
    let parameters = Element::new("R").with(Element::new("Parameters"));
    let written = "<Fetch><Key>1 &amp; 2</Key></Fetch>";

    for operation in ["Browse", "Fetch", "NextKey", "PreviousKey"] {
        let server = server("Query.asmx", operation, result(operation, answer)).await;
        let (enet, token) = (enet(&server), token());
        let read = match operation {
            "Browse" => enet.browse(&token, &document).await,
            "Fetch" => enet.fetch(&token, &document).await,
            "NextKey" => enet.next_key(&token, &document).await,
            _ => enet.previous_key(&token, &document).await,
        };
        assert!(read.expect(operation).is("A"));
        let sent = [("UserId", TOKEN), ("XMLIn", written)].map(|(name, it)| (name.to_owned(), it.to_owned()));
        assert_eq!(arguments(&server).await, sent, "{operation}");
    }
    for (file, operation) in [("Query.asmx", "Query"), ("Transaction.asmx", "Build")] {
        let server = server(file, operation, result(operation, answer)).await;
        let (enet, token) = (enet(&server), token());
        let read = if operation == "Query" {
            enet.query(&token, "SORXXX", &document).await
        } else {
            enet.build(&token, "SORXXX", &document).await
        };
        assert!(read.expect(operation).is("A"));
        let names: Vec<_> = arguments(&server).await.into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["UserId", "BusinessObject", "XMLIn"], "{operation}");
    }
    let verbs =
        [("Add", syspro::SetupVerb::Add), ("Update", syspro::SetupVerb::Update), ("Delete", syspro::SetupVerb::Delete)];
    for (operation, verb) in verbs {
        let server = server("Setup.asmx", operation, result(operation, answer)).await;
        enet(&server).setup(&token(), verb, "COMSFM", &parameters, &document).await.expect(operation);
        let names: Vec<_> = arguments(&server).await.into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["UserId", "BusinessObject", "XMLParameters", "XMLIn"], "{operation}");
    }
    let server = server("Utilities.asmx", "Logoff", result("Logoff", "0")).await;
    enet(&server).logoff(&token()).await.expect("logged off");
}

#[tokio::test]
async fn a_long_document_goes_as_it_is() {
    let accepted =
        "<r><StatusofItems><ItemsProcessed>200</ItemsProcessed><ItemsInvalid>0</ItemsInvalid></StatusofItems></r>";
    let posts = server("Transaction.asmx", "Post", result("Post", accepted)).await;
    let headers: Vec<_> =
        (0..200).map(|note| DispatchHeader::new(format!("{note:015}")).user_field_1("1Z & é")).collect();
    let posted = enet(&posts).sortdh(&token(), &headers, Posting::default()).await.expect("posted");
    assert_eq!(posted.processed, Some(200));
    let sent = arguments(&posts).await;
    assert_eq!(sent[1].1, "SORTDH");
    assert!(sent[3].1.contains("<UserField1>1Z &amp; é</UserField1>"), "escaped once inside");

    let setups = server("Setup.asmx", "Add", result("Add", accepted)).await;
    let value = |key: u32| FormValue {
        form_type: "ORD".to_owned(),
        key: key.to_string(),
        field: "TRKNUM".to_owned(),
        value: FormData::Alpha("1Z".repeat(50)),
    };
    let values: Vec<_> = (0..200).map(value).collect();
    enet(&setups).comsfm(&token(), &values, FormMode::Add, false).await.expect("setup has no limit over soap");
}

#[tokio::test]
async fn the_version_is_unknown_but_the_service_is_there() {
    let server = server("Utilities.asmx", "GetLogonProfile", fault("Server", LOST)).await;
    assert_eq!(enet(&server).version().await, Ok(None));
    let elsewhere = MockServer::start().await;
    let error = enet(&elsewhere).version().await.expect_err("nothing there");
    assert!(matches!(error, Error::Unavailable { status: Some(404), .. }), "{error:?}");
    let profile =
        "<LogonProfile><OperatorCode>UPSCONN</OperatorCode><SysproVersion>8.0.000</SysproVersion></LogonProfile>";
    let server = crate::soap::server("Utilities.asmx", "GetLogonProfile", result("GetLogonProfile", profile)).await;
    let profile = enet(&server).profile(&token()).await.expect("a profile");
    assert_eq!((profile.operator(), profile.syspro_version()), (Some("UPSCONN"), Some("8.0.000")));
}

#[tokio::test]
async fn a_fault_of_the_web_service_itself_has_no_effect() {
    for answer in [
        fault("Client", "Server did not recognize the value of HTTP Header SOAPAction"),
        fault("Server", "Retrieving the COM class factory failed due to the following error: 80040154."),
    ] {
        let server = server("Transaction.asmx", "Post", answer).await;
        let error =
            enet(&server).sortdh(&token(), &header_fields(), Posting::default()).await.expect_err("not passed on");
        assert!(matches!(error, Error::Unavailable { status: Some(500), .. }), "{error:?}");
        assert!(!error.may_have_taken_effect());
        assert_discreet(&error);
    }
}

#[tokio::test]
async fn each_way_of_losing_an_envelope_is_in_doubt() {
    let whole = envelope("<PostResponse><PostResult>&lt;r/&gt;</PostResult></PostResponse>");
    let cut = |to: usize| ResponseTemplate::new(200).set_body_raw(whole[..to].to_owned(), "text/xml");
    let answers = [
        cut(10),
        cut(whole.len() - 20),
        ResponseTemplate::new(200).set_body_string(envelope("<PostResponse/>")),
        ResponseTemplate::new(200).set_body_string(envelope("")),
        ResponseTemplate::new(200).set_body_string("<html><body>sign in</body></html>"),
        ResponseTemplate::new(500).set_body_string("<html>http://proxy/?OperatorPassword=hunter2</html>"),
        ResponseTemplate::new(500).set_body_string(whole.clone()),
        ResponseTemplate::new(503),
        result("Post", "<r><Item>"),
        result("Post", "<html><body>sign in</body></html>"),
        result("Post", ""),
    ];
    for answer in answers {
        let server = server("Transaction.asmx", "Post", answer).await;
        let error = enet(&server).sortdh(&token(), &header_fields(), Posting::default()).await.expect_err("lost");
        assert!(matches!(error, Error::AnswerLost { .. }) && error.may_have_taken_effect(), "{error:?}");
        assert_discreet(&error);
        assert_eq!(server.received_requests().await.map(|all| all.len()), Some(1), "never sent twice");
    }
}

#[tokio::test]
async fn a_site_may_have_its_services_elsewhere() {
    let server = MockServer::start().await;
    let answer = |request: &Request| {
        assert_eq!(request.url.path(), "/SYSPRO8WebServices/Utilities.asmx");
        result("Logoff", "0")
    };
    Mock::given(method("POST")).respond_with(answer).expect(1).mount(&server).await;
    let mut settings = settings(server.uri());
    settings.transport = TransportKind::Asmx;
    settings.asmx_prefix = "/SYSPRO8WebServices".to_owned();
    Enet::new(settings).expect("settings").logoff(&token()).await.expect("logged off");
}
