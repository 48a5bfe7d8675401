//! The client and the pretended UPS, both held against UPS's own OpenAPI descriptions.
//!
//! ```text
//! stories ─► ups::Client ─ HTTP ─► hop ─ HTTP ─► sandbox
//!                                   └─► tape ─► judge ◄─ spec ◄─ shared/ups-openapi/*.yaml
//!                                                 └─► strikes − deviations = nothing
//! ```
//!
//! Client and sandbox are written by the same people from the same notes, so they could share a mistake. The
//! descriptions are UPS's. Every call the connector needs is made once at least; what the client sent and what
//! the sandbox answered are judged apart from each other, down to members the description does not have. A
//! table at the end tells what was held against which schema.
//!
//! Two more proofs stand beside it: every example of an answer in the descriptions, and a specimen made from each
//! schema, is read; and so are the sandbox's answers bent out of shape, or refused with words that name the place.
//!
//! Not proved here: what UPS does. Where its practice is known to leave its description, `deviations` says so.

mod conformance {
    pub(crate) mod calls;
    pub(crate) mod deviations;
    pub(crate) mod hop;
    pub(crate) mod judge;
    pub(crate) mod shapes;
    pub(crate) mod spec;
    pub(crate) mod specimen;
    pub(crate) mod stories;
    pub(crate) mod table;
    pub(crate) mod teller;

    use std::io::Write as _;

    /// Says something past the harness, which keeps what a passing test prints to itself.
    pub(crate) fn say(words: &str) {
        // A closed standard output is no fault of the client or the sandbox.
        let _ = writeln!(std::io::stdout(), "{words}");
    }
}

use std::cell::Cell;
use std::collections::BTreeSet;

use conformance::calls::{Ask, UNNEEDED};
use conformance::deviations::DEVIATIONS;
use conformance::hop::Exchange;
use conformance::judge::{Judge, Strike};
use conformance::table::Table;
use conformance::teller::Teller;
use conformance::{say, shapes, spec, specimen, stories};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use ups::Error;

#[tokio::test]
async fn every_call_and_every_answer_keep_to_the_descriptions_of_ups() {
    let Some(folder) = spec::folder() else { return };
    let book = spec::Book::read(&folder);
    let tape = stories::tell().await;

    let judge = Judge::new(&book);
    let mut table = Table::default();
    let mut strikes: BTreeSet<Strike> = BTreeSet::new();
    for exchange in tape.exchanges() {
        let (operation, found) = judge.judge(&exchange);
        table.enter(operation, &exchange);
        strikes.extend(found);
    }
    say(&table.to_string());
    say(&format!("{} deviations are meant, each with its reason:", DEVIATIONS.len()));
    DEVIATIONS.iter().for_each(|deviation| say(deviation.to_string().trim_end()));

    let excused = |strike: &&Strike| DEVIATIONS.iter().any(|deviation| deviation.excuses(strike));
    let faults: Vec<String> = strikes.iter().filter(|strike| !excused(strike)).map(ToString::to_string).collect();
    assert!(faults.is_empty(), "{} disagreements\n  {}", faults.len(), faults.join("\n  "));
    let idle: Vec<String> = DEVIATIONS.iter().flat_map(|deviation| deviation.idle(&strikes)).collect();
    assert!(idle.is_empty(), "deviations that strike no more; take them out\n  {}", idle.join("\n  "));
    let missing = table.missing();
    assert!(missing.is_empty(), "not proved in both directions\n  {}", missing.join("\n  "));
}

/// A judge who sees nothing wrong anywhere proves nothing.
#[test]
fn the_judge_sees_what_is_wrong() {
    let Some(folder) = spec::folder() else { return };
    let book = spec::Book::read(&folder);
    let judge = Judge::new(&book);
    let verdict = |change: &dyn Fn(&mut Exchange)| {
        let mut exchange = Exchange::subscription();
        change(&mut exchange);
        let strikes = judge.judge(&exchange).1;
        strikes.into_iter().map(|it| format!("{:?} {} {}", it.side, it.place, it.keyword)).collect::<Vec<_>>()
    };
    assert_eq!(verdict(&|_| {}), [""; 0]);
    let number = "1Z999AA10123456784";
    let sent = |body: Value| move |it: &mut Exchange| it.body = body.to_string().into_bytes();
    let said = |body: Value| move |it: &mut Exchange| it.answer = body.to_string().into_bytes();
    let list = json!([number]);
    assert_eq!(verdict(&|it| drop(it.headers.remove("transId"))), ["Sent header transId required"]);
    assert_eq!(verdict(&|it| it.query = vec![("locale".into(), "en".into())]), ["Sent query locale unknown"]);
    assert_eq!(verdict(&|it| it.path = it.path.replace("standard", "premium")), ["Sent path type oneOf"]);
    assert_eq!(verdict(&sent(json!({ "trackingNumberList": list }))), ["Sent /locale required"]);
    let misplaced = json!({ "locale": "en_US", "trackingNumberList": list, "destination": {} });
    assert_eq!(verdict(&sent(misplaced)), ["Sent /destination unknown"]);
    let collapsed = json!({ "locale": "en_US", "trackingNumberList": number });
    assert_eq!(verdict(&sent(collapsed)), ["Sent /trackingNumberList type"]);
    let wrong = json!({ "locale": "en_US", "trackingNumberList": ["1Z"] });
    assert_eq!(verdict(&sent(wrong)), ["Sent /trackingNumberList/* pattern"]);
    assert_eq!(verdict(&|it| it.body = b"{".to_vec()), ["Sent  syntax"]);
    assert_eq!(verdict(&|it| it.status = 299), ["Answered status 299 unknown"]);
    assert_eq!(verdict(&|it| drop(it.answer_headers.remove("content-type"))), ["Answered header content-type unknown"]);
    assert_eq!(verdict(&said(json!({ "validTrackingNumbers": number }))), ["Answered /validTrackingNumbers type"]);
    assert_eq!(verdict(&said(json!({ "valid": list }))), ["Answered /valid unknown"]);
}

/// Every example of an answer, and a specimen made from the schema of each, is read by the client: a good one gives a
/// typed answer, a bad one an error with its code.
#[tokio::test]
async fn every_example_and_every_specimen_of_the_descriptions_is_read() {
    let Some(folder) = spec::folder() else { return };
    let book = spec::Book::read(&folder);
    let teller = Teller::open().await;
    let (mut read, mut faults) = ((0, 0), Vec::new());
    for operation in &book.operations {
        let name = &operation.name;
        let mut told = operation.example_answers();
        // What UPS sends by itself is an example of its words, too.
        if operation.is_webhook() {
            told.extend(operation.example_requests().into_iter().map(|(name, body)| (200, name, body)));
            for (_, schema) in operation.request_bodies() {
                let made = specimen::specimens(&operation.document, &schema);
                told.extend(made.into_iter().map(|body| (200, "specimen".to_owned(), body)));
            }
        }
        read.0 += told.len();
        for status in operation.statuses() {
            let schemas = operation.answer_bodies(status).into_iter().flatten();
            let made = schemas.flat_map(|(_, schema)| specimen::specimens(&operation.document, &schema));
            for specimen in made {
                told.push((status, "specimen".to_owned(), specimen.clone()));
                told.push((status, "collapsed specimen".to_owned(), specimen::collapsed(specimen)));
                read.1 += 2;
            }
        }
        let unread = Ask::readers_of(name, &Value::Null).next().is_none();
        if unread != UNNEEDED.iter().any(|(unneeded, _)| unneeded == name) {
            faults.push(format!("{name}: no call reads its answers, or it is called unneeded and read"));
        }
        for (status, which, body) in told {
            for ask in Ask::readers_of(name, &body) {
                let answer = teller.ask(ask, status, body.to_string().into_bytes()).await;
                faults.extend(
                    misread(status, &body, answer).map(|why| format!("{name} {ask:?} {status} {which}: {why}")),
                );
            }
        }
    }
    say(&format!("{} examples and {} specimens of the descriptions of UPS were read", read.0, read.1));
    assert!(faults.is_empty(), "{} answers were misread\n  {}", faults.len(), faults.join("\n  "));
}

/// Why an answer of the descriptions was misread, if it was.
fn misread(status: u16, body: &Value, answer: Result<String, Error>) -> Option<String> {
    let first = ["/response/errors/0/code", "/errors/0/code", "/response/errors/code", "/errors/code"]
        .iter()
        .find_map(|place| body.pointer(place).and_then(Value::as_str));
    match (status, answer) {
        (200..=299, Ok(_)) => None,
        (200..=299, Err(error)) => Some(format!("{error:?}\n    {body}")),
        (_, Ok(answer)) => Some(format!("a refusal was read as {answer}")),
        (400, Err(Error::Rejected { code, .. } | Error::Credentials { code, .. })) if Some(code.as_str()) == first => {
            None
        }
        (401, Err(Error::NotOnApp { .. } | Error::NotEntitled { .. } | Error::Credentials { .. })) => None,
        (403, Err(Error::NotEntitled { .. } | Error::Credentials { .. })) => None,
        (404 | 405, Err(Error::Rejected { .. })) => None,
        (429, Err(Error::Throttled { .. })) => None,
        (500..=599, Err(Error::Unavailable { .. } | Error::AnswerLost { .. })) => None,
        (_, Err(error)) => Some(format!("{error:?}\n    {body}")),
    }
}

/// How many answers are bent.
const CASES: u32 = 2_500;

/// Any answer in any shape is read, or refused with words that say what is missing. Never a panic.
#[test]
fn answers_in_any_shape_are_read_or_refused_by_name() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (tape, teller) = runtime.block_on(async { (stories::tell().await, Teller::open().await) });
    let mut subjects = Vec::new();
    for exchange in tape.exchanges().iter().filter(|exchange| exchange.status < 300) {
        let words = if exchange.webhook.is_some() { &exchange.body } else { &exchange.answer };
        let words: Value = serde_json::from_slice(words).expect("the sandbox speaks JSON");
        let readers = match exchange.webhook {
            Some(_) => vec![Ask::Alert],
            None => Ask::readers_of_call(&exchange.method, &exchange.path, &words),
        };
        subjects.extend(readers.into_iter().map(|ask| (ask, exchange.status, words.clone())));
    }
    // Enough of each kind: the first answers of a story tell the most.
    let mut seen: Vec<Ask> = Vec::new();
    subjects.retain(|(ask, ..)| {
        seen.push(*ask);
        seen.iter().filter(|it| *it == ask).count() <= 4
    });
    let (read, refused) = (Cell::new(0), Cell::new(0));
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(CASES) });
    let outcome = runner.run(&(any::<Index>(), shapes::bends()), |(which, bends)| {
        let (ask, status, answer) = which.get(&subjects);
        let body = shapes::bent(answer.clone(), &bends);
        match runtime.block_on(teller.ask(*ask, *status, body.to_string().into_bytes())) {
            Ok(_) => read.set(read.get() + 1),
            Err(error) => {
                prop_assert!(says_what(&error, answer), "{ask:?}: {error:?} of {body}");
                refused.set(refused.get() + 1);
            }
        }
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    let (read, refused) = (read.get(), refused.get());
    say(&format!("{CASES} answers out of shape: {read} read, {refused} refused by name"));
    assert!(read > 0 && refused > 0, "bends that change nothing, or everything, prove nothing");
}

/// Whether an error names the member it misses, or is one that UPS itself could have meant.
fn says_what(error: &Error, answer: &Value) -> bool {
    match error {
        Error::Unreadable { what: words } => names_a_member(words, answer),
        // A success with errors in it is told by its status and the first error.
        Error::AnswerLost { why: words, .. } => words.starts_with("status ") || names_a_member(words, answer),
        Error::Rejected { code, .. } | Error::NotEntitled { code, .. } | Error::Credentials { code, .. } => {
            !code.is_empty()
        }
        Error::Throttled { .. } | Error::Unavailable { .. } => true,
        Error::Unreachable { .. } | Error::NotOnApp { .. } | Error::Invalid { .. } => false,
    }
}

fn names_a_member(words: &str, answer: &Value) -> bool {
    match answer {
        Value::Object(members) => {
            members.iter().any(|(name, below)| words.contains(name.as_str()) || names_a_member(words, below))
        }
        Value::Array(items) => items.iter().any(|item| names_a_member(words, item)),
        _ => false,
    }
}
