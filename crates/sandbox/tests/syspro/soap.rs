//! The asmx web services: the same objects behind SOAP envelopes.

use reqwest::StatusCode;
use sandbox::fault::{Call, Fault, Kind};
use sandbox::syspro::{Manners, SESSION_LOST};
use sandbox::world::DispatchNoteSpec;
use sandbox::{CREDENTIALS, Fired};

use crate::{Desk, header, one_note};

/// An argument of an operation.
type Argument<'a> = (&'a str, &'a str);

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(open)?;
    rest.split_once(close).map(|(inside, _)| inside)
}

impl Desk {
    /// The raw answer of an operation.
    async fn soap(&self, page: &str, operation: &str, arguments: &[Argument<'_>]) -> (StatusCode, String) {
        let space = format!("http://www.syspro.com/ns/{}/", page.to_lowercase());
        let inside: String =
            arguments.iter().map(|(name, value)| format!("<{name}>{}</{name}>", escaped(value))).collect();
        let envelope = format!(
            "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>\
             <{operation} xmlns=\"{space}\">{inside}</{operation}></soap:Body></soap:Envelope>"
        );
        let url = format!("{}/SYSPROWebServices/{page}.asmx", self.sandbox.enet_url());
        let request = self.http.post(url).header("SOAPAction", format!("\"{space}{operation}\""));
        let answer = request.header("Content-Type", "text/xml; charset=utf-8").body(envelope).send().await;
        let answer = answer.expect("an answer");
        assert!(answer.headers()["content-type"].to_str().expect("text").starts_with("text/xml"));
        (answer.status(), answer.text().await.expect("a body"))
    }

    /// The result of an operation that succeeds.
    async fn result(&self, page: &str, operation: &str, arguments: &[Argument<'_>]) -> String {
        let (status, text) = self.soap(page, operation, arguments).await;
        assert_eq!(status, StatusCode::OK, "{text}");
        let open = format!("<{operation}Result>");
        let result = between(&text, &open, &format!("</{operation}Result>")).expect("a result");
        unescaped(result)
    }

    async fn fault(&self, page: &str, operation: &str, arguments: &[Argument<'_>]) -> String {
        let (status, text) = self.soap(page, operation, arguments).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{text}");
        between(&text, "<faultstring>", "</faultstring>").map(unescaped).expect("a fault")
    }

    async fn soap_logon(&self) -> String {
        self.result("Utilities", "Logon", &logon(CREDENTIALS.syspro_operator_password, "")).await
    }
}

fn logon<'a>(password: &'a str, extra: &'a str) -> [Argument<'a>; 8] {
    [
        ("Operator", CREDENTIALS.syspro_operator),
        ("OperatorPassword", password),
        ("CompanyId", CREDENTIALS.syspro_company),
        ("CompanyPassword", ""),
        ("LanguageCode", "AUTO"),
        ("LogLevel", "ldNoDebug"),
        ("EncoreInstance", "EncoreInstance_0"),
        ("XmlIn", extra),
    ]
}

#[tokio::test]
async fn a_whole_session_runs_over_soap() {
    let desk = Desk::empty().await;
    one_note(&desk);
    let token = desk.soap_logon().await;
    assert_eq!(token.len(), 36);
    let profile = desk.result("Utilities", "GetLogonProfile", &[("UserId", &token)]).await;
    assert!(profile.contains("<OperatorCode>MLCONN</OperatorCode>"), "{profile}");
    let ask = "<Query><Key><DispatchNote>700</DispatchNote></Key></Query>";
    let query = [("UserId", token.as_str()), ("BusinessObject", "SORQDN"), ("XMLIn", ask)];
    let note = desk.result("Query", "Query", &query).await;
    assert!(note.contains("<DispatchNote>000000000000700</DispatchNote>"), "{note}");
    let post = [
        ("UserId", token.as_str()),
        ("BusinessObject", "SORTDH"),
        ("XMLParameters", ""),
        ("XMLIn", &header("700", "<UserField1>1Z &amp; more</UserField1>")),
    ];
    let answer = desk.result("Transaction", "Post", &post).await;
    assert!(answer.contains("<ItemsProcessed>000001</ItemsProcessed>"), "{answer}");
    assert_eq!(desk.sandbox.syspro().read_field("700", "UserField1").as_deref(), Some("1Z & more"));
    assert_eq!(desk.result("Utilities", "Logoff", &[("UserId", &token)]).await, "0");
    let lost = desk.fault("Query", "Query", &query).await;
    assert!(lost.ends_with(SESSION_LOST), "{lost}");
    let ledger = desk.sandbox.ledger();
    assert_eq!((ledger.logons, ledger.logoffs), (1, 1));
    assert_eq!(ledger.calls["syspro.post.SORTDH"], 1, "the transport does not show in a call's name");
    assert_eq!(ledger.refused.len(), 1);
    assert!(ledger.refused[0].why.contains("supplied UserID is invalid"));
}

#[tokio::test]
async fn refusals_are_faults_with_the_exceptions_text() {
    let desk = Desk::empty().await;
    let wrong = desk.fault("Utilities", "Logon", &logon("wrong", "")).await;
    assert_eq!(wrong, "Server was unable to process request. ---> Invalid operator password");
    desk.sandbox.syspro().manners(|it| it.soap_stack_trace = true);
    let traced = desk.fault("Utilities", "Logon", &logon("wrong", "")).await;
    assert!(traced.starts_with("System.Web.Services.Protocols.SoapException: "), "{traced}");
    assert!(traced.contains("Invalid operator password"), "{traced}");
    let token = desk.soap_logon().await;
    let stay = "<Logon><FailWhenAlreadyLoggedIn>Y</FailWhenAlreadyLoggedIn></Logon>";
    let refused = desk.fault("Utilities", "Logon", &logon(CREDENTIALS.syspro_operator_password, stay)).await;
    assert!(refused.contains("already logged in"), "{refused}");
    let profile = desk.result("Utilities", "GetLogonProfile", &[("UserId", &token)]).await;
    assert!(profile.contains("LogonProfile"), "the session that was there goes on");
    assert_eq!(desk.sandbox.ledger().wrong_passwords, 2);
}

#[tokio::test]
async fn spelling_and_enumerations_count_over_soap() {
    let desk = Desk::empty().await;
    let mut arguments = logon(CREDENTIALS.syspro_operator_password, "");
    arguments[4] = ("LanguageCode", "05");
    let (status, text) = desk.soap("Utilities", "Logon", &arguments).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(text.contains("LanguageCode") && text.contains("soap:Client"), "{text}");
    let token = desk.soap_logon().await;
    let ask = "<Query><Key><DispatchNote>700</DispatchNote></Key></Query>";
    let query = [("UserId", token.as_str()), ("BusinessObject", "SORQDN"), ("XmlIn", ask)];
    let fault = desk.fault("Query", "Query", &query).await;
    assert!(fault.contains("100000"), "an argument under another name is an empty one: {fault}");
    let (status, text) = desk.soap("Query", "Teleport", &query).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(text.contains("SOAPAction"), "{text}");
}

#[tokio::test]
async fn a_site_without_the_web_services_has_no_such_page() {
    let desk = Desk::with(Manners { asmx: false, ..Manners::default() }).await;
    let url = format!("{}/SYSPRO8WebServices/Utilities.asmx", desk.sandbox.enet_url());
    let answer = desk.http.post(&url).body("x").send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn faults_strike_soap_calls_by_the_same_names() {
    let desk = Desk::empty().await;
    desk.sandbox.syspro().release(&DispatchNoteSpec::new("700"));
    let token = desk.soap_logon().await;
    desk.sandbox.faults().add(Fault::after(Call::post("SORTDH"), Kind::Status(503)));
    let post = [
        ("UserId", token.as_str()),
        ("BusinessObject", "sortdh"),
        ("XMLParameters", ""),
        ("XMLIn", &header("700", "<UserField1>1Z</UserField1>")),
    ];
    let url = format!("{}/SYSPROWebServices/Transaction.asmx", desk.sandbox.enet_url());
    let space = "http://www.syspro.com/ns/transaction/";
    let inside: String = post.iter().map(|(name, value)| format!("<{name}>{}</{name}>", escaped(value))).collect();
    let envelope = format!(
        "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><p:Post xmlns:p=\"{space}\">{inside}\
         </p:Post></e:Body></e:Envelope>"
    );
    let answer = desk.http.post(url).header("SOAPAction", format!("{space}Post")).body(envelope).send().await;
    assert_eq!(answer.expect("an answer").status(), StatusCode::SERVICE_UNAVAILABLE);
    let fired: Vec<Fired> = desk.sandbox.faults().fired();
    assert_eq!(fired.len(), 1);
    assert_eq!(desk.sandbox.syspro().read_field("700", "UserField1").as_deref(), Some("1Z"), "the write had happened");
}
