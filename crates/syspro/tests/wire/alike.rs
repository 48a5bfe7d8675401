//! What SYSPRO says means the same over REST and over SOAP.

use syspro::{DispatchHeader, Enet, Error, LogonRefusal, Posted, Posting, Verdict};
use wiremock::{MockServer, ResponseTemplate};

use crate::{LOST, TOKEN, assert_discreet, header_fields, says, server_saying, soap, token};

/// What SYSPRO says, to be put into either transport's wrapping.
#[derive(Clone, Copy)]
enum Says<'a> {
    Text(&'a str),
    Refusal(&'a str),
}

/// A call of either transport's: REST's path, and SOAP's file and operation.
type Place = (&'static str, &'static str, &'static str);
const POST: Place = ("/Transaction/Post", "Transaction.asmx", "Post");
const QUERY: Place = ("/Query/Query", "Query.asmx", "Query");
const LOGON: Place = ("/Logon", "Utilities.asmx", "Logon");

/// A server for each transport that says this, and a client for each. The servers live as long as they are held.
async fn both((path, file, operation): Place, said: Says<'_>) -> [(MockServer, Enet); 2] {
    let (rest, asmx): (ResponseTemplate, ResponseTemplate) = match said {
        Says::Text(text) => (says(text), soap::result(operation, text)),
        Says::Refusal(words) => (says(format!("ERROR: {words}")), soap::fault("Server", words)),
    };
    let (rest, asmx) = (server_saying(path, rest).await, soap::server(file, operation, asmx).await);
    let (by_rest, by_soap) = (crate::enet(&rest), soap::enet(&asmx));
    [(rest, by_rest), (asmx, by_soap)]
}

async fn post(said: Says<'_>) -> [Result<Posted, Error>; 2] {
    let [rest, asmx] = both(POST, said).await;
    let (token, fields) = (token(), header_fields());
    let post = async |enet: &Enet| enet.sortdh(&token, &fields, Posting::default()).await;
    [post(&rest.1).await, post(&asmx.1).await]
}

#[tokio::test]
async fn a_refused_post_is_judged_alike() {
    let refused = |words: &str| {
        format!(
            "<r><ErrorMessage><ErrorNumber>100000</ErrorNumber><ErrorDescription>{words}</ErrorDescription></ErrorMessage></r>"
        )
    };
    let counted = "<r><Item><DispatchNote>1</DispatchNote><UserField1><Value>x</Value><ErrorNumber>1</ErrorNumber>\
                   <ErrorDescription>too long</ErrorDescription></UserField1></Item>\
                   <StatusofItems><ItemsProcessed>0</ItemsProcessed><ItemsInvalid>1</ItemsInvalid></StatusofItems></r>";
    let leak = refused("memory leak in SORTDH");
    let unlicensed = refused("e.net exception 100000");
    for (said, code, doubt) in [
        (Says::Refusal(LOST), "session_lost", false),
        (Says::Text(LOST), "session_lost", false),
        (Says::Refusal("period closed"), "business_error", true),
        (Says::Refusal("business object not registered"), "unlicensed", false),
        (Says::Text(&unlicensed), "unlicensed", false),
        (Says::Text(&leak), "rejected", true),
        (Says::Text(counted), "rejected", false),
        (Says::Text("nonsense"), "answer_lost", true),
        (Says::Text("<html/>"), "answer_lost", true),
    ] {
        for result in post(said).await {
            let error = result.expect_err(code);
            assert_eq!((error.code(), error.may_have_taken_effect()), (code, doubt), "{error:?}");
            assert_discreet(&error);
        }
    }
}

#[tokio::test]
async fn a_locked_document_is_told_alike() {
    let item = |words: &str| {
        format!(
            "<r><Item><DispatchNote><Value>1</Value><ErrorNumber>1</ErrorNumber><ErrorDescription>{words}</ErrorDescription></DispatchNote></Item>\
             <StatusofItems><ItemsProcessed>0</ItemsProcessed><ItemsInvalid>1</ItemsInvalid></StatusofItems></r>"
        )
    };
    let (locked, other) = (item("Dispatch note '1' is currently locked by ADMIN"), item("too long"));
    for (said, is_locked) in [
        (Says::Text(&locked), true),
        (Says::Refusal("Sales order is being maintained"), true),
        (Says::Text(&other), false),
        (Says::Refusal("period closed"), false),
    ] {
        for result in post(said).await {
            assert_eq!(result.expect_err("refused").is_locked(), is_locked);
        }
    }
}

#[tokio::test]
async fn an_answer_is_read_alike() {
    let answer = "<?xml version=\"1.0\" encoding=\"Windows-1252\"?>\n<postdispnoteheader Language='05'>\n<Item><DispatchNote>1</DispatchNote>\
                  <WarningNumber>7</WarningNumber><WarningDescription>late &amp; heavy</WarningDescription></Item>\n\
                  <StatusofItems><ItemsProcessed>000001</ItemsProcessed><ItemsInvalid>000000</ItemsInvalid></StatusofItems>\n</postdispnoteheader>\n ";
    let [rest, asmx] = post(Says::Text(answer)).await;
    let (rest, asmx) = (rest.expect("posted"), asmx.expect("posted"));
    assert_eq!(rest, asmx);
    assert_eq!((rest.verdict(), rest.processed), (Verdict::Accepted, Some(1)));
    assert_eq!(rest.warnings[0].description, "late & heavy");
}

#[tokio::test]
async fn a_query_is_judged_alike() {
    for (said, code) in [
        (Says::Refusal(LOST), "session_lost"),
        (Says::Refusal("disk full"), "business_error"),
        (
            Says::Text(
                "<r><ErrorMessage><ErrorNumber>240096</ErrorNumber><ErrorDescription>denied</ErrorDescription></ErrorMessage></r>",
            ),
            "query_refused",
        ),
        (Says::Text("<SorDetail><SalesOrder>1"), "unreadable"),
        (Says::Text("<html><body>sign in</body></html>"), "unreadable"),
    ] {
        for (_server, enet) in both(QUERY, said).await {
            let error = enet.sorqry(&token(), "1").await.expect_err(code);
            assert_eq!((error.code(), error.may_have_taken_effect()), (code, false), "{error:?}");
            assert_discreet(&error);
        }
    }
    for (_server, enet) in both(QUERY, Says::Text("<SorDetail><SalesOrder>000346</SalesOrder></SorDetail>")).await {
        assert!(enet.sorqry(&token(), "346").await.expect("an answer").is_some());
    }
}

#[tokio::test]
async fn a_refused_logon_is_told_alike() {
    for (words, reason) in [
        ("Invalid operator password", LogonRefusal::Credentials),
        ("The password for this operator has expired", LogonRefusal::PasswordExpired),
        ("Operator is locked out", LogonRefusal::Locked),
        ("Something nobody wrote down", LogonRefusal::Unknown),
    ] {
        for (_server, enet) in both(LOGON, Says::Refusal(words)).await {
            let error = enet.logon().await.expect_err(words);
            assert!(
                matches!(&error, Error::LogonRefused { reason: it, text } if *it == reason && text.ends_with(words)),
                "{error:?}"
            );
            assert!(!error.may_have_taken_effect());
        }
    }
    for (words, code) in
        [("No licences are available", "licence_full"), ("Operator is already logged in", "operator_busy")]
    {
        for said in [Says::Refusal(words), Says::Text(words)] {
            for (_server, enet) in both(LOGON, said).await {
                assert_eq!(enet.logon().await.expect_err(words).code(), code);
            }
        }
    }
    for (_server, enet) in both(LOGON, Says::Text(&format!("\"{TOKEN}  \""))).await {
        assert_eq!(enet.logon().await.expect("logged on").expose(), TOKEN);
    }
}

#[tokio::test]
async fn a_dry_run_has_no_effect_however_it_ends() {
    for (_server, enet) in both(POST, Says::Refusal("period closed")).await {
        let header = DispatchHeader::new("1").user_field_1("x");
        let error = enet.sortdh(&token(), &[header], Posting::dry_run()).await.expect_err("refused");
        assert!(!error.may_have_taken_effect());
        let change = syspro::OrderChange::new("1").line(syspro::OrderLineChange::AddComment { text: "x".to_owned() });
        let error = enet.sortoi(&token(), &[change], Posting::dry_run()).await.expect_err("refused");
        assert!(!error.may_have_taken_effect(), "Process=VALIDATE is a dry run too");
    }
}
