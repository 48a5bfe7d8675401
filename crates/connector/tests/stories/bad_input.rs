//! Bad input: each gets a clear word to the right person; the rest goes on and nothing is lost.

use connector::config::SecretName;
use connector::engine::wishes::Wish;
use sandbox::{Call, Fault, Kind};

use crate::dock::{Dock, consignee, hours, minutes, note};

/// No postal code: the clerk enters it in SYSPRO, and the order goes on by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_missing_postal_code_is_asked_for() {
    let dock = Dock::open().await;
    dock.releases([note("700").to(consignee("Denver").postal_code("")), note("701")]);
    dock.until_quiet().await;
    let hold = dock.hold_of("700").await;
    assert_eq!(hold.code(), "no_postal_code");
    insta::assert_snapshot!(hold.about("dispatch note 700"), @r"
    dispatch note 700: The ship-to has no postal code, and US needs one. Enter the postal code on the order in SYSPRO; it goes on by itself.
    ");
    assert_eq!(dock.stage_of("701").await, "delivered", "the rest goes on");

    dock.sandbox.syspro().change_ship_to("700", &consignee("Denver"));
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
}

/// A name of 60 characters: too long for two lines of a label, so it is asked about and not cut. Fifty fit on two.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_long_name_is_split_or_asked_about_and_never_cut() {
    let dock = Dock::open().await;
    let fits = "Mountain States Industrial Pump and Valve Company";
    // SYSPRO's own column keeps fifty characters of it.
    let word = "Donaudampfschifffahrtsgesellschaftskapitaensmuetzenfabrikant";
    dock.releases([note("700").to(consignee("Denver").name(fits)), note("701").to(consignee("Denver").name(word))]);
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
    let request = &dock.attempts_of("700").await[0].request;
    for part in fits.split(' ') {
        assert!(request.contains(part), "{part} is lost: {request}");
    }
    let hold = dock.hold_of("701").await;
    assert_eq!(hold.code(), "name_too_long");
    assert!(hold.words().contains("50 characters"), "{}", hold.words());
}

/// A name in another script cannot be printed; umlauts and a euro sign can be read at least.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn text_no_label_can_show_is_asked_about() {
    let dock = Dock::open().await;
    dock.releases([
        note("700").to(consignee("Denver").name("Насосы и клапаны")),
        note("701").to(consignee("Denver").name("Müller Pumpen")),
        note("702").to(consignee("Denver").name("Bell\u{7} Works")),
    ]);
    dock.until_quiet().await;
    assert_eq!(dock.held_because("700").await, "text_not_printable");
    assert_eq!(dock.stage_of("701").await, "delivered");
    assert_eq!(dock.held_because("702").await, "text_not_printable");
}

/// No street, no state, no name: each says which part.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_incomplete_address_says_what_is_missing() {
    let dock = Dock::open().await;
    dock.releases([
        note("700").to(consignee("Denver").line(1, "")),
        note("701").to(consignee("Denver").line(3, "")),
        note("702").to(consignee("Denver").postal_code("8O216")),
    ]);
    dock.until_quiet().await;
    assert_eq!(dock.held_because("700").await, "no_street");
    assert!(dock.hold_of("701").await.words().contains("city"), "{}", dock.hold_of("701").await.words());
    assert!(dock.hold_of("702").await.words().contains("8O216"), "{}", dock.hold_of("702").await.words());
}

/// The reading service sends no JSON for a while: nothing is taken for an empty list, and nothing is missed.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_reading_that_is_no_json_is_no_reading() {
    let dock = Dock::set_up().mode(connector::config::Mode::Approve).open().await;
    dock.releases([note("700")]);
    dock.until_quiet().await;
    for kind in [Kind::Garbage, Kind::Truncated, Kind::Html(200), Kind::Empty] {
        dock.fault(Fault::before(Call::ODataRead(None), kind.clone()));
        let polled = dock.settle().await;
        assert!(polled[0].trouble.is_some(), "{kind}");
        assert_eq!(dock.stage_of("700").await, "rated", "{kind}: what was not read has not vanished");
        dock.advance(minutes(2)).await;
    }
    dock.releases([note("701")]);
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("701").await, "rated");
}

/// UPS's answers to questions are unreadable for a while: asked again, and nothing is believed.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn unreadable_answers_to_questions_are_asked_again() {
    for kind in [Kind::Garbage, Kind::Truncated, Kind::Html(200), Kind::Empty, Kind::EmptyWithErrorcode] {
        let dock = Dock::open().await;
        for call in [Call::Token, Call::AddressValidation, Call::Rate, Call::Track] {
            // An errorcode header refuses for good what a question carries; elsewhere it is only an odd answer.
            if kind != Kind::EmptyWithErrorcode || call == Call::Token || call == Call::Track {
                dock.fault(Fault::before(call, kind.clone()));
            }
        }
        dock.releases([note("700")]);
        dock.until_quiet().await;
        assert_eq!(dock.stage_of("700").await, "delivered", "{kind}");
        assert_eq!(dock.ledger().labels.len(), 1, "{kind}");
    }
}

/// e.net answers with something that is no XML: the reading decides later, and SYSPRO is told once.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_answer_that_is_no_xml_proves_nothing() {
    for kind in [Kind::Garbage, Kind::Truncated, Kind::Html(200), Kind::Empty] {
        let dock = Dock::open().await;
        dock.fault(Fault::before(Call::query("COMFND"), kind.clone()).times(2));
        dock.releases([note("700")]);
        dock.until_quiet().await;
        assert_eq!(dock.tracking_in_syspro("700"), dock.only_tracking_number(), "{kind}");
        assert_eq!(dock.stage_of("700").await, "delivered", "{kind}");
    }
}

/// Servers give the session's token bare, in quotes, in an element, or longer: each is understood.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_session_token_may_come_wrapped() {
    for shape in
        [sandbox::syspro::TokenShape::JsonQuoted, sandbox::syspro::TokenShape::InXml, sandbox::syspro::TokenShape::Long]
    {
        let dock = Dock::set_up().syspro(|it| it.token_shape = shape).open().await;
        dock.releases([note("700")]);
        dock.until_quiet().await;
        assert_eq!(dock.tracking_in_syspro("700"), dock.only_tracking_number(), "{shape:?}");
    }
}

/// The operator has no licence for the object that writes: the words name it, labels print, nobody's order is at fault.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_unlicensed_object_is_named() {
    let dock = Dock::set_up().syspro(|it| it.unlicensed = vec!["SORTDH".to_owned()]).open().await;
    dock.releases([note("700")]);
    dock.advance(hours(3)).await;
    let away = dock.away(connector::remote::Remote::Syspro).expect("SYSPRO is left alone");
    assert!(away.words.contains("SORTDH"), "{}", away.words);
    assert_eq!(dock.labels_in_folder().len(), 1);
    assert!(dock.state_of("700").await.hold().is_none());
}

/// Both passwords are wrong: each remote is left alone for its own reason, and the note waits unharmed.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn two_wrong_secrets_are_both_told() {
    let dock = Dock::set_up()
        .secret(SecretName::SysproOperatorPassword, "wrong")
        .secret(SecretName::UpsClientSecret, "wrong")
        .open()
        .await;
    dock.releases([note("700")]);
    dock.advance(hours(1)).await;
    assert!(dock.away(connector::remote::Remote::Ups).is_some());
    assert_eq!(dock.stage_of("700").await, "received");
    dock.wishes("700", Wish::Withdraw).await;
}
