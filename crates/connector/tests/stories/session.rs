//! The operator's session at SYSPRO: one, ours, and never fought for.

use connector::config::SecretName;
use connector::remote::Remote;
use sandbox::Call;
use shipment::alarm::Kind as Alarm;

use crate::dock::{Dock, hours, minutes, note};

impl Dock {
    /// Somebody logs on elsewhere as the connector's operator.
    fn somebody_uses_the_operator(&self) {
        assert_eq!(self.sandbox.syspro().kick(self.sandbox.credentials().syspro_operator), 1, "there was a session");
    }

    /// Another program logs on as the connector's operator, with whatever password it knows.
    #[expect(
        clippy::disallowed_methods,
        reason = "a person's program is no client of ours, and the sandbox is on this machine"
    )]
    async fn logs_on_elsewhere(&self, password: &str) {
        let known = self.sandbox.credentials();
        let address = format!("{}/SYSPROWCFService/Rest/Logon", self.sandbox.enet_url().trim_end_matches('/'));
        let asked = [
            ("Operator", known.syspro_operator),
            ("OperatorPassword", password),
            ("CompanyId", known.syspro_company),
            ("CompanyPassword", ""),
        ];
        reqwest::Client::new().get(address).query(&asked).send().await.expect("an answer");
    }
}

/// All that is written in a while is written in one session, which ends when the connector ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn one_session_serves_many_notes_and_is_ended() {
    let mut dock = Dock::open().await;
    for number in ["700", "701", "702"] {
        dock.releases([note(number)]);
        dock.advance(minutes(2)).await;
    }
    assert_eq!(dock.ledger().logons, 1);
    dock.until_quiet().await;
    dock.closes().await;
    assert!(dock.sandbox.syspro().sessions().is_empty(), "no licence seat is left taken");
}

/// SYSPRO restarts: the session is gone, a new one is taken, nobody notices.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_lost_session_is_taken_anew() {
    let dock = Dock::open().await;
    dock.releases([note("700")]);
    dock.settle().await;
    dock.sandbox.syspro().restart();
    dock.releases([note("701")]);
    dock.settle().await;
    assert_ne!(dock.tracking_in_syspro("701"), "");
    assert_eq!(dock.ledger().logons, 2);
    assert!(!dock.audit_of("701").await.contains("postponed"));
    dock.until_quiet().await;
}

/// A person keeps logging on as the connector's operator: it stands back for a quarter of an hour and says why.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_person_is_never_fought_for_the_session() {
    let dock = Dock::open().await;
    dock.releases([note("700")]);
    dock.settle().await;
    dock.somebody_uses_the_operator();
    dock.releases([note("701")]);
    dock.settle().await;
    assert_eq!(dock.ledger().logons, 2, "once may be a restart");

    dock.somebody_uses_the_operator();
    dock.releases([note("702")]);
    dock.settle().await;
    assert_eq!(dock.ledger().logons, 2, "twice is a person");
    let away = dock.away(Remote::Syspro).expect("SYSPRO is left alone");
    assert!(away.words.contains("operator MLCONN is used by someone else"), "{}", away.words);
    assert_eq!(dock.stage_of("702").await, "booked", "its label was bought all the same");
    assert_eq!(dock.labels_in_folder().len(), 3, "and printed");
    assert_eq!(dock.alarm_kinds().await, [Alarm::OperatorElsewhere], "one item, which says what it is");

    dock.advance(minutes(14)).await;
    assert_eq!(dock.ledger().logons, 2);
    dock.advance(minutes(30)).await;
    assert_eq!(dock.ledger().logons, 3);
    assert_ne!(dock.tracking_in_syspro("702"), "");
    assert!(dock.state_of("702").await.hold().is_none());
    dock.until_quiet().await;
}

/// Every licence seat is taken: labels print, the telling waits, and goes on when a seat is free.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_full_house_is_waited_for() {
    let dock = Dock::open().await;
    dock.sandbox.syspro().set_seats(0);
    dock.releases([note("700")]);
    dock.advance(hours(3)).await;
    assert_eq!(dock.labels_in_folder().len(), 1);
    assert_eq!(dock.tracking_in_syspro("700"), "");
    let away = dock.away(Remote::Syspro).expect("SYSPRO is away");
    assert!(away.words.contains("log idle users off"), "{}", away.words);
    assert!(dock.state_of("700").await.hold().is_none());

    dock.sandbox.syspro().set_seats(2);
    dock.until_quiet().await;
    assert_eq!(dock.tracking_in_syspro("700"), dock.only_tracking_number());
    assert_eq!(dock.ledger().wrong_passwords, 0);
    assert_eq!(dock.stage_of("700").await, "delivered");
}

/// A wrong password is tried three times at most, a minute apart, because operators get locked. Then somebody must act.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_wrong_password_is_never_hammered() {
    let dock = Dock::set_up().secret(SecretName::SysproOperatorPassword, "last year's").open().await;
    dock.releases([note("700")]);
    dock.advance(hours(12)).await;
    let ledger = dock.ledger();
    assert!((1..=3).contains(&ledger.wrong_passwords), "{}", ledger.wrong_passwords);
    assert_eq!(ledger.logons, 0);
    let away = dock.away(Remote::Syspro).expect("SYSPRO is left alone");
    assert!(away.words.contains("site secret set"), "{}", away.words);
    assert_eq!(dock.labels_in_folder().len(), 1, "the label was printed all the same");
    assert!(dock.state_of("700").await.hold().is_none());

    dock.replaces_secret(SecretName::SysproOperatorPassword, dock.sandbox.credentials().syspro_operator_password).await;
    dock.until_quiet().await;
    assert_eq!(dock.tracking_in_syspro("700"), dock.only_tracking_number());
    assert_eq!(dock.stage_of("700").await, "delivered");
}

/// The password of the reading service is wrong: nothing is read, nothing is guessed, and the words say which password.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_wrong_reading_password_stops_the_reading() {
    let dock = Dock::set_up().secret(SecretName::SysproODataPassword, "last year's").open().await;
    dock.releases([note("700")]);
    let polled = dock.settle().await;
    assert!(polled[0].trouble.is_some());
    dock.advance(hours(6)).await;
    assert!(dock.maybe_shipment("700").await.is_none());
    let away = dock.away(Remote::Syspro).expect("SYSPRO is left alone");
    assert!(away.words.contains("syspro.odata.password"), "{}", away.words);
    assert!(dock.asked(&Call::ODataRead(None)) <= 5, "{}", dock.asked(&Call::ODataRead(None)));

    dock.replaces_secret(SecretName::SysproODataPassword, dock.sandbox.credentials().odata_password).await;
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
}

/// The operator was locked by somebody's wrong passwords: labels print, SYSPRO is left alone and the words say who can help.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_locked_operator_is_left_to_its_administrator() {
    let dock = Dock::set_up().syspro(|it| it.lockout_after = 1).open().await;
    let known = dock.sandbox.credentials();
    dock.logs_on_elsewhere("a wrong guess").await;
    assert!(dock.sandbox.syspro().is_locked(known.syspro_operator));
    dock.releases([note("700")]);
    dock.advance(hours(12)).await;
    assert!(dock.asked(&Call::Logon) <= 4, "a guess and at most three tries, not {}", dock.asked(&Call::Logon));
    assert_eq!(dock.labels_in_folder().len(), 1, "the label was printed all the same");
    let away = dock.away(Remote::Syspro).expect("SYSPRO is left alone");
    assert!(away.words.contains("locked"), "{}", away.words);
    assert!(dock.state_of("700").await.hold().is_none());

    dock.sandbox.syspro().set_operator(known.syspro_operator, known.syspro_operator_password);
    dock.replaces_secret(SecretName::SysproOperatorPassword, known.syspro_operator_password).await;
    dock.until_quiet().await;
    assert_eq!(dock.tracking_in_syspro("700"), dock.only_tracking_number());
}

/// A site that would rather wait than end a person's session waits for as long as the person works.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_operator_in_use_is_waited_for() {
    let dock = Dock::set_up().setting("syspro.fail_when_logged_in", true).open().await;
    dock.logs_on_elsewhere(dock.sandbox.credentials().syspro_operator_password).await;
    let theirs = dock.sandbox.syspro().sessions();
    assert_eq!(theirs.len(), 1);
    dock.releases([note("700")]);
    dock.settle().await;
    assert_eq!(dock.labels_in_folder().len(), 1);
    assert_eq!(dock.tracking_in_syspro("700"), "");
    assert_eq!(dock.sandbox.syspro().sessions(), theirs, "the person works on");
    assert!(dock.away(Remote::Syspro).is_some());

    dock.somebody_uses_the_operator();
    dock.until_quiet().await;
    assert_eq!(dock.tracking_in_syspro("700"), dock.only_tracking_number());
    assert!(dock.state_of("700").await.hold().is_none());
}
