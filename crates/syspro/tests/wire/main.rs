//! The clients against scripted servers: what goes over the wire and what each kind of answer is taken for.

mod alike;
mod objects;
mod odata;
mod operator;
mod rest;
mod sandbox;
mod soap;

use std::time::Duration;

use secrecy::SecretString;
use syspro::{DispatchHeader, Enet, EnetSettings, Error, Token};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

pub(crate) const REST: &str = "/SYSPROWCFService/Rest";
pub(crate) const PASSWORD: &str = "hunter2&<%> ä";
pub(crate) const TOKEN: &str = "3EA613166FE4BF47925DF1CEA14E910100";
pub(crate) const LOST: &str = "The supplied UserID is invalid. Either you were not logged in; or your session has expired. You will need to logon again.";

pub(crate) fn settings(base_url: String) -> EnetSettings {
    let mut settings = EnetSettings::new(base_url, "UPSCONN", SecretString::from(PASSWORD), "EDU1");
    settings.timeout = Duration::from_secs(1);
    settings
}

pub(crate) fn enet(server: &MockServer) -> Enet {
    Enet::new(settings(server.uri())).expect("settings for a local server")
}

pub(crate) fn token() -> Token {
    Token::new(TOKEN.to_owned().into())
}

pub(crate) fn says(body: impl Into<Vec<u8>>) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body, "application/octet-stream")
}

pub(crate) async fn server_saying(call: &str, answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET")).and(path(format!("{REST}{call}"))).respond_with(answer).mount(&server).await;
    server
}

pub(crate) fn header_fields() -> [DispatchHeader; 1] {
    [DispatchHeader::new("000000000000160").user_field_1("1Z999AA10123456784")]
}

/// Nothing that a person may see shows the address, the password or the token.
pub(crate) fn assert_discreet(error: &Error) {
    for shown in [error.to_string(), format!("{error:?}")] {
        for secret in ["hunter2", TOKEN, "http://", "127.0.0.1", "OperatorPassword"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }
}
