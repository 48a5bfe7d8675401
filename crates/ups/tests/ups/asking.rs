//! Trouble with questions, whatever is asked.

use wiremock::ResponseTemplate;

use crate::desk::{Desk, envelope};

const NUMBER: &str = "1Z999AA10123456784";

/// A reading call that fails says so without a doubt: asking again costs nothing.
#[tokio::test]
async fn trouble_with_a_question_is_never_a_doubt() {
    let cases = [
        (ResponseTemplate::new(500), "unavailable"),
        (ResponseTemplate::new(503).set_body_json(envelope("10004")), "10004"),
        (ResponseTemplate::new(200), "unreadable"),
        (ResponseTemplate::new(200).set_body_string("<html>"), "unreadable"),
        (ResponseTemplate::new(302).insert_header("location", "/elsewhere"), "unreadable"),
        (ResponseTemplate::new(200).insert_header("errorcode", "1"), "1"),
        (ResponseTemplate::new(200).set_body_json(envelope("120100")), "120100"),
    ];
    for (answer, code) in cases {
        let desk = Desk::open().await.answers(answer).await;
        let error = desk.client.track(NUMBER).await.expect_err("trouble");
        assert_eq!(error.code(), code);
        assert!(!error.may_have_taken_effect());
        assert_eq!(desk.calls().await.len(), 1, "asked once");
    }
}
