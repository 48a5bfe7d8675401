//! How parcels are heard of, seen from outside: alarms for their owners, figures, kinds of subscriptions, the encrypted
//! door.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use connector::config::AlertVersion;
use connector::web::metrics;
use connector::web::webhook::{Certificate, Webhook};
use sandbox::ups::{Fate, Outcome};
use shipment::alarm::Kind;
use shipment::hold::Owner;
use shipment::tracking::Feed;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::dock::{Dock, hours, note};
use crate::feeds::nobody_answers_questions;

/// The name on the certificate.
const NAME: &str = "hooks.example.com";

/// A parcel is forgotten at the dock: the warehouse hears of it once its ship date has passed, and no more once UPS has it.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_label_that_is_not_handed_over_is_an_item_until_it_is() {
    let dock = Dock::set_up().setting("tracking.every", "2h").open().await;
    dock.releases([note("700").of_order("500")]);
    dock.settle().await;
    dock.sandbox.ups().decide_fate(&dock.only_tracking_number(), Fate::Forgotten);
    let ship_date = dock.booked("700").await.rated.ship_date;
    let mut items = Vec::new();
    while dock.stage_of("700").await != "delivered" {
        dock.advance(hours(2)).await;
        for alarm in dock.alarms().await {
            let possessed = dock.booked("700").await.tracking.summary.is_some_and(|it| it.possession.is_some());
            assert_eq!((alarm.kind, alarm.kind.owner(), possessed), (Kind::NotTendered, Owner::Warehouse, false));
            assert!(alarm.words.contains(&ship_date.to_string()), "{}", alarm.words);
            items.push(alarm.id);
        }
    }
    items.dedup();
    assert_eq!(items.len(), 1, "one item, however often it is looked at");
    assert!(dock.alarms().await.is_empty());
}

/// A parcel is left in another state: customer service hears where, and the item stays until a person has settled it.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_parcel_that_is_delivered_elsewhere_is_an_item_for_a_person() {
    let dock = Dock::set_up().setting("tracking.every", "2h").open().await;
    dock.releases([note("700").of_order("500")]);
    dock.settle().await;
    dock.sandbox.ups().decide_fate(&dock.only_tracking_number(), Fate::Misdelivered);
    dock.until_quiet().await;
    let alarms = dock.alarms().await;
    let told: Vec<_> = alarms.iter().map(|it| (it.kind, it.kind.owner())).collect();
    assert_eq!(told, [(Kind::DeliveredElsewhere, Owner::CustomerService)]);
    assert!(alarms[0].words.to_uppercase().contains("RENO"), "{}", alarms[0].words);
    assert_eq!(dock.form_in_syspro("500", "SHPSTS"), "DELIVERED");
}

/// A refused parcel comes back: the exception gives way to the return, which a person receives.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_parcel_that_comes_back_is_an_item_for_a_person() {
    let dock = Dock::set_up().setting("tracking.every", "2h").open().await;
    dock.releases([note("700").of_order("500")]);
    dock.settle().await;
    dock.sandbox.ups().decide_fate(&dock.only_tracking_number(), Fate::Refused);
    let mut seen = Vec::new();
    while dock.stage_of("700").await != "ended" {
        dock.advance(hours(2)).await;
        seen.extend(dock.alarm_kinds().await);
    }
    assert!(seen.contains(&Kind::Exception), "{seen:?}");
    dock.until_quiet().await;
    assert_eq!(dock.alarm_kinds().await, [Kind::Returned]);
}

/// An enhanced subscription brings the chosen kinds of scans and no others, in both versions; the parcel arrives all the
/// same, and its trouble is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_enhanced_subscription_brings_what_was_chosen() {
    for version in [AlertVersion::V1, AlertVersion::V2] {
        let events: toml::Value = vec!["D", "X"].into();
        let dock = Dock::set_up()
            .called_by_ups(version)
            .setting("tracking.alerts.level", "enhanced")
            .setting("tracking.alerts.events", events)
            .fault(nobody_answers_questions())
            .open()
            .await;
        dock.releases([note("700").of_order("500")]);
        dock.settle().await;
        dock.sandbox.ups().decide_fate(&dock.only_tracking_number(), Fate::SecondAttempt);
        dock.until_quiet().await;
        assert_eq!(dock.stage_of("700").await, "delivered", "{version:?}");
        assert_eq!(dock.form_in_syspro("500", "SHPSTS"), "DELIVERED", "{version:?}");
        let sent = dock.sandbox.ups().webhooks_sent();
        assert!(sent.iter().all(|it| it.outcome == Outcome::Answered(200)), "{version:?}");
        let kinds: Vec<&str> = sent.iter().filter_map(|it| it.body["activityStatus"]["type"].as_str()).collect();
        assert!(kinds.contains(&"X") && kinds.contains(&"D"), "{version:?} {kinds:?}");
        // Updates of the day of delivery come with every choice.
        assert!(kinds.iter().all(|it| ["D", "X", "U"].contains(&it.trim())), "{version:?} {kinds:?}");
        let audit = dock.audit_of("700").await;
        assert!(audit.contains("delivery attempted: ") && audit.contains("delivered: "), "{version:?} {audit}");
        assert!(dock.alarms().await.is_empty(), "{:?}", dock.alarms().await);
    }
}

/// What the feeds bring, how packages are subscribed and how long news take stand in the figures.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_health_of_the_feeds_stands_in_the_figures() {
    let dock = Dock::set_up().called_by_ups(AlertVersion::V2).open().await;
    dock.releases([note("700").of_order("500"), note("701").of_order("501")]);
    dock.settle().await;
    dock.settle().await;
    let site = dock.site.clone();
    let figure = |text: &str, name: &str, labels: &str| -> Option<i64> {
        let start = format!("{name}{{site=\"{site}\"{labels}}} ");
        text.lines().find_map(|line| line.strip_prefix(&start)?.parse().ok())
    };
    let text = metrics::figures(&dock.app).await.expect("figures");
    assert_eq!(figure(&text, "ml_connector_subscriptions", ",state=\"in_force\""), Some(2), "{text}");
    assert_eq!(figure(&text, "ml_connector_subscriptions", ",state=\"none\""), Some(0));
    let fourteen_days = 14 * 24 * 3600;
    assert_eq!(figure(&text, "ml_connector_subscription_first_end_seconds", ""), Some(fourteen_days));
    assert_eq!(figure(&text, "ml_connector_news_measured", ""), Some(0), "nothing has happened yet");
    assert_eq!(figure(&text, "ml_connector_news_lag_seconds", ",quantile=\"0.5\""), None);

    while dock.stage_of("700").await != "delivered" || dock.stage_of("701").await != "delivered" {
        dock.advance(hours(1)).await;
    }
    let text = metrics::figures(&dock.app).await.expect("figures");
    let feed = dock.feed(Feed::TrackAlert).await.expect("heard");
    assert!(feed.events > 0);
    let told =
        |told: &str| figure(&text, "ml_connector_feed_events", &format!(",feed=\"track_alert\",told=\"{told}\""));
    assert_eq!(
        (told("first"), told("again"), told("others")),
        (Some(feed.events), Some(feed.again), Some(0)),
        "{text}"
    );
    assert_eq!(figure(&text, "ml_connector_feed_refused", ",feed=\"track_alert\""), Some(0));
    let silent = dock.now().duration_since(feed.last_at.expect("heard")).as_secs();
    assert_eq!(figure(&text, "ml_connector_feed_silent_seconds", ",feed=\"track_alert\""), Some(silent));
    assert_eq!(figure(&text, "ml_connector_subscriptions", ",state=\"in_force\""), Some(0), "both have arrived");
    assert_eq!(figure(&text, "ml_connector_news_measured", ""), Some(2));
    let lag = |quantile: &str| {
        figure(&text, "ml_connector_news_lag_seconds", &format!(",quantile=\"{quantile}\"")).expect("a lag")
    };
    assert!(lag("0.5") <= lag("0.95") && lag("0.95") <= lag("0.99"), "{text}");
    // Time moves by the hour here, and SYSPRO hears within that.
    assert!((0..=3600).contains(&lag("0.99")), "{}", lag("0.99"));
}

/// The webhook has a certificate of its own: UPS's call comes in encrypted, one in the clear does not, and a caller that
/// says nothing keeps nobody waiting.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_door_speaks_tls_with_its_own_certificate() {
    let dock =
        Dock::set_up().called_by_ups(AlertVersion::V1).secret_in_alerts("credential", "agreed with UPS").open().await;
    dock.releases([note("700").of_order("500")]);
    dock.settle().await;
    let own = OwnCertificate::made();
    let certificate = Certificate::read(&own.chain(), &own.key()).expect("a certificate");
    let anywhere = "127.0.0.1:0".parse().expect("an address");
    let door = Webhook::open(Arc::clone(&dock.app), anywhere, Some(certificate)).await.expect("a free port");
    assert!(door.url().starts_with("https://"));
    let says_nothing = TcpStream::connect(door.address()).await.expect("a connection");

    let event = format!(
        r#"{{"trackingNumber":"{}","localActivityDate":"20260915","localActivityTime":"101500","activityStatus":{{"type":"I","code":"DP","description":"Departed from Facility"}}}}"#,
        dock.only_tracking_number()
    );
    let path = dock.webhook_path();
    let encrypted = async |credential: &str| {
        let stream = TcpStream::connect(door.address()).await.expect("a connection");
        let name = ServerName::try_from(NAME).expect("a name");
        let stream = trusting(&own.chain()).connect(name, stream).await.expect("a handshake");
        posted(stream, &path, credential, &event).await
    };
    assert_eq!(encrypted("agreed with UPS").await, Some(200));
    assert_eq!(encrypted("guessed").await, Some(401));
    let clear = TcpStream::connect(door.address()).await.expect("a connection");
    assert_eq!(posted(clear, &path, "agreed with UPS", &event).await, None, "no HTTP in the clear");
    dock.app.read_calls().await.expect("read");
    let feed = dock.feed(Feed::TrackAlert).await.expect("heard");
    assert_eq!((feed.events, feed.refused), (1, 1));
    drop(says_nothing);
    dock.until_quiet().await;
}

/// A certificate that cannot be used is told by its file, before anything listens.
#[test]
fn a_certificate_that_cannot_be_used_is_named() {
    let own = OwnCertificate::made();
    let nowhere = own.0.path().join("nowhere.pem");
    let missing = Certificate::read(&nowhere, &own.key()).expect_err("no such file").to_string();
    assert!(missing.contains("nowhere.pem") && missing.contains("a certificate chain"), "{missing}");
    let no_key = Certificate::read(&own.chain(), &own.chain()).expect_err("no key").to_string();
    assert!(no_key.contains("chain.pem") && no_key.contains("a private key"), "{no_key}");
    let no_chain = Certificate::read(&own.key(), &own.key()).expect_err("no certificate").to_string();
    assert!(no_chain.contains("it holds no certificate"), "{no_chain}");
}

/// A certificate for [`NAME`] and its key, made just now and trusted nowhere else.
struct OwnCertificate(TempDir);

impl OwnCertificate {
    fn made() -> Self {
        let made = rcgen::generate_simple_self_signed(vec![NAME.to_owned()]).expect("a certificate");
        let own = Self(tempfile::tempdir().expect("a folder"));
        std::fs::write(own.chain(), made.cert.pem()).expect("written");
        std::fs::write(own.key(), made.signing_key.serialize_pem()).expect("written");
        own
    }

    fn chain(&self) -> PathBuf {
        self.0.path().join("chain.pem")
    }

    fn key(&self) -> PathBuf {
        self.0.path().join("key.pem")
    }
}

/// A caller that trusts this certificate and no other.
fn trusting(certificate: &Path) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(certificate).expect("a certificate")).expect("trusted");
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

/// Posts an event; the status of the answer, if there is one.
async fn posted(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    path: &str,
    credential: &str,
    body: &str,
) -> Option<u16> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {NAME}\r\nconnection: close\r\ncontent-type: application/json\r\n\
         credential: {credential}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.flush().await.ok()?;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).strip_prefix("HTTP/1.1 ")?.split(' ').next()?.parse().ok()
}
