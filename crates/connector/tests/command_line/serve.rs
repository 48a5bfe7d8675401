//! `serve`: works by itself until it is told to stop, and then leaves nothing open.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command};
use std::time::Duration;

use connector::clock::Clock;
use sandbox::world::DispatchNoteSpec;
use sandbox::{Call, Fault, Kind};
use serde_json::Value;

use crate::Desk;

/// How often and how many times a running process is looked at.
const LOOK: Duration = Duration::from_millis(50);
const LOOKS: usize = 600;

/// It ships what is ready without being asked, answers on its page, holds the data, and ends as asked.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn it_works_until_it_is_told_to_stop() {
    let desk = Desk::applied(4).await;
    assert_eq!(desk.run(&["site", "mode", "sandbox", "automatic"]).await.code, Some(0));
    let mut serving = desk.start(&["serve", "--listen", "127.0.0.1:0", "--json"]);
    let mut lines = BufReader::new(serving.stdout.take().expect("piped")).lines();
    let first: Value = serde_json::from_str(&lines.next().expect("a line").expect("text")).expect("JSON");
    let page = first["page"].as_str().expect("an address").trim_start_matches("http://").to_owned();
    assert!(get(&page, "/healthz").starts_with("HTTP/1.1 200"));
    assert!(get(&page, "/").contains("/login?to="), "nobody is in without logging in");
    let entry = first["entry"].as_str().expect("a first run");
    let (_, path) = entry.split_once(&page).expect("an address of the same console");
    assert!(get(&page, path).contains("Make yourself the administrator"));
    assert_eq!(desk.run(&["site", "list"]).await.code, Some(3), "the data is held");

    let ours = desk.sandbox.syspro().intended().iter().filter(|it| it.trouble.is_none()).count();
    for _ in 0..LOOKS {
        if desk.sandbox.ledger().labels_bought() >= ours && desk.sandbox.syspro().tracking_numbers() >= ours {
            break;
        }
        tokio::time::sleep(LOOK).await;
    }
    assert_eq!(desk.sandbox.ledger().labels_bought(), ours);
    terminate(&serving);
    assert_eq!(ended(serving).await, Some(0));
    let last: Value = serde_json::from_str(&lines.next().expect("a line").expect("text")).expect("JSON");
    assert_eq!(last["stopped"], true);
    assert!(desk.sandbox.syspro().sessions().is_empty(), "the operator is logged off");
    assert_eq!(desk.run(&["audit", "verify"]).await.code, Some(0));
}

/// Without any site it starts, prints its address with the token, and shows what to begin with.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn it_starts_with_nothing_and_says_where_to_begin() {
    let desk = Desk::empty().await;
    let mut serving = desk.start(&["serve", "--listen", "127.0.0.1:0", "--json"]);
    let mut lines = BufReader::new(serving.stdout.take().expect("piped")).lines();
    let first: Value = serde_json::from_str(&lines.next().expect("a line").expect("text")).expect("JSON");
    assert_eq!(first["sites"], Value::Array(Vec::new()));
    let page = first["page"].as_str().expect("an address").trim_start_matches("http://").to_owned();
    let entry = first["entry"].as_str().expect("a first run");
    let (_, path) = entry.split_once(&page).expect("an address of the same console");
    assert!(get(&page, path).contains("Make yourself the administrator"));
    terminate(&serving);
    assert_eq!(ended(serving).await, Some(0));
}

/// A booking hangs while it is told to stop: it waits no longer than it said, logs off, and keeps what it knows.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn it_stops_in_time_although_a_booking_hangs() {
    let desk = Desk::empty().await;
    desk.sandbox.syspro().release(&DispatchNoteSpec::new("700").line("VLV-1010", 2));
    assert_eq!(desk.run(&["site", "apply", "site.toml"]).await.code, Some(0));
    assert_eq!(desk.run(&["site", "mode", "sandbox", "automatic"]).await.code, Some(0));
    desk.sandbox.faults().add(Fault::after(Call::Ship, Kind::Hang));
    let serving = desk.start(&["serve", "--listen", "127.0.0.1:0", "--stop-within", "1"]);
    for _ in 0..LOOKS {
        if desk.sandbox.ledger().labels_bought() > 0 {
            break;
        }
        tokio::time::sleep(LOOK).await;
    }
    terminate(&serving);
    let clock = Clock::system();
    let told = clock.monotonic();
    assert_eq!(ended(serving).await, Some(0));
    assert!(clock.monotonic().duration_since(told) < Duration::from_secs(11));
    assert!(desk.sandbox.syspro().sessions().is_empty(), "the operator is logged off");

    // The intent is on record, so nobody buys a second label; UPS is asked instead.
    let list = desk.run(&["shipment", "list", "--json"]).await;
    assert_eq!(list.value()["stage"], "booking", "{}", list.out);
    assert_eq!(desk.run(&["sync"]).await.code, Some(0));
    assert_eq!(desk.sandbox.ledger().labels_bought(), 1);
}

fn get(page: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(page).expect("it listens");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {page}\r\nConnection: close\r\n\r\n").expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    answer
}

fn terminate(process: &Child) {
    let told = Command::new("kill").args(["-TERM", &process.id().to_string()]).status().expect("kill runs");
    assert!(told.success());
}

async fn ended(mut process: Child) -> Option<i32> {
    tokio::task::spawn_blocking(move || process.wait().expect("it ends").code()).await.expect("it ran")
}
