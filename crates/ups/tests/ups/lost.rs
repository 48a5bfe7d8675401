//! Connections that fail, before and after the request was sent.

use std::time::Duration;

use ups::{Client, Error, Rung};

use crate::desk::{Manner, client_of, order, settings_of, socket, socket_that_goes_away};

/// UPS gave a token and was gone before the shipment was sent: nothing can have been bought.
#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let client = client_of(&socket_that_goes_away().await);
    client.token().await.expect("a token");
    let error = client.ship(&order()).await.expect_err("nobody is there");
    assert!(matches!(error, Error::Unreachable { rung: Rung::Connection, .. }), "{error:?}");
    assert!(!error.may_have_taken_effect());
}

#[tokio::test]
async fn without_encryption_nothing_was_sent() {
    let plain = socket(Manner::Blurts("this is no encryption, and no http either")).await;
    let client = client_of(&plain.replace("http:", "https:"));
    let error = client.ship(&order()).await.expect_err("no handshake");
    assert!(matches!(error, Error::Unreachable { rung: Rung::Certificate, .. }), "{error:?}");
}

#[tokio::test]
async fn without_a_name_nothing_was_sent() {
    let client = client_of("https://no-such-host.invalid");
    let error = client.ship(&order()).await.expect_err("no such host");
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    assert!(!error.to_string().contains("no-such-host"), "no address in {error}");
}

/// The server took the connection and the request, and only then fell silent.
#[tokio::test]
async fn silence_after_the_request_leaves_the_booking_in_doubt() {
    let manners = [
        Manner::Drops,
        Manner::Hangs,
        Manner::Says("HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"ShipmentResponse\":"),
        Manner::Says("HTTP/1.1 200 OK\r\ncontent-length: 500\r\nerrorcode: 1\r\n\r\n"),
        Manner::Says("HTTP/1.1 400 Bad Request\r\ncontent-length: 500\r\n\r\n{\"response\":"),
        Manner::Says("what is this"),
    ];
    for manner in manners {
        let mut settings = settings_of(&socket(manner).await);
        settings.timeouts.changing_call = Duration::from_secs(2);
        let client = Client::new(settings).expect("a client");
        client.token().await.expect("a token");
        let error = client.ship(&order()).await.expect_err("no answer");
        assert!(error.may_have_taken_effect(), "{error:?}");
    }
}

/// The same silence costs a reading call nothing but time.
#[tokio::test]
async fn silence_after_a_question_is_no_harm() {
    for manner in [Manner::Drops, Manner::Hangs, Manner::Says("HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{")] {
        let mut settings = settings_of(&socket(manner).await);
        settings.timeouts.read_call = Duration::from_secs(2);
        let client = Client::new(settings).expect("a client");
        let error = client.track("1Z999AA10123456784").await.expect_err("no answer");
        assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
        assert!(!error.may_have_taken_effect());
    }
}

/// The handshake is bounded by the connection's own time, so that this silence, too, is known as not sent.
#[tokio::test]
async fn a_server_that_never_finishes_the_handshake_was_sent_nothing() {
    let silent = socket(Manner::Hangs).await.replace("http:", "https:");
    let mut settings = settings_of(&silent);
    settings.timeouts.read_call = Duration::from_secs(4);
    let client = Client::new(settings).expect("a client");
    let error = client.ship(&order()).await.expect_err("no handshake");
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
}
