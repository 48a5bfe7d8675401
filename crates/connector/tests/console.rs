//! The console in a real browser, as a clerk uses it, over the real connector and both pretended systems.
//!
//! ```text
//! Chromium ─► console ─► wish ─► the dock's engine ─► store ─► SSE ─► Chromium
//! ```
//!
//! Each test says in its first line who does what. The engine is run where the story says so.

#![expect(clippy::print_stderr, reason = "what is left out is said loudly")]

#[path = "console/api.rs"]
mod api;
#[path = "console/beginning.rs"]
mod beginning;
#[path = "console/browser.rs"]
mod browser;
#[path = "stories/dock.rs"]
#[expect(dead_code, reason = "the stories use more of the dock than the browser does")]
mod dock;

use std::path::PathBuf;
use std::sync::Arc;

use connector::config::Mode;
use connector::people::Role;
use connector::web::{Console, Settings};
use sandbox::world::DispatchNoteSpec;
use sandbox::{Call, Kind};
use serde_json::Value;

use browser::{Screen, chromium};
use dock::{Dock, consignee, hours, minutes, note};

const WIDE: u32 = 1440;
const TABLET: u32 = 820;

async fn console(dock: &Dock) -> Console {
    let listen = "127.0.0.1:0".parse().expect("an address");
    Console::open(Arc::clone(&dock.app), Settings::on(listen)).await.expect("a console")
}

/// Denver's known address with a wrong street.
fn misspelt(number: &str) -> DispatchNoteSpec {
    let right = consignee("Denver");
    let wrong = right.lines[0].replace("Technology", "Tecnoogy");
    note(number).to(right.line(1, &wrong))
}

/// Works while the browser waits: what is woken is done.
fn at_work(dock: &Dock) -> tokio::task::JoinHandle<()> {
    let app = Arc::clone(&dock.app);
    tokio::spawn(async move {
        loop {
            app.store.hinted().await;
            app.drive().await.expect("driven");
        }
    })
}

/// The first one here makes themselves administrator, is on the board, logs out and in again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_run_and_the_log_in() {
    let Some(program) = chromium() else { return };
    let dock = Dock::open().await;
    let console = console(&dock).await;
    let screen = Screen::open(&program, WIDE).await;
    screen.goes_to(console.entry().expect("a first run")).await;
    screen.types("#name", "Ann").await;
    screen.types("#password", "correct horse battery").await;
    screen.types("[name=again]", "correct horse batter").await;
    screen.clicks("button", "Begin").await;
    screen.sees("The two passwords differ.").await;
    screen.types("#password", "correct horse battery").await;
    screen.types("[name=again]", "correct horse battery").await;
    screen.clicks("button", "Begin").await;
    screen.sees("What stands where, right now.").await;
    screen.sees("administrator").await;

    screen.clicks("button", "Log out").await;
    screen.goes_to(&format!("{}/shipments?stage=held", console.url())).await;
    screen.types("#name", "ann").await;
    screen.types("#password", "correct horse battery").await;
    screen.presses("Enter", "#password").await;
    screen.sees("No shipment is like that.").await;

    // Somebody ends her session elsewhere: the next thing she does is logging in, and then she is where she was.
    dock.app.store.close_web_sessions("ann", "test", dock.app.clock.real_now()).await.expect("closed");
    screen.clicks("nav a", "Costs").await;
    screen.until("location.pathname === '/login' && new URLSearchParams(location.search).get('to') === '/costs'").await;
    screen.closes().await;
}

/// A clerk settles what waits for a person: takes UPS's address, types a weight, says who may see what.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_needs_a_person_is_settled_on_its_page() {
    let Some(program) = chromium() else { return };
    let dock = Dock::set_up().setting("packing.missing_weight", "bench").open().await;
    dock.releases([misspelt("700"), note("701").line("SWT-0020", 1)]);
    dock.until_quiet().await;
    assert_eq!(dock.held_because("700").await, "address_corrected");
    assert_eq!(dock.held_because("701").await, "bench_weighs");
    let console = console(&dock).await;
    let screen = Screen::open(&program, WIDE).await;
    screen.is(&dock.app, console.url(), "sam", Role::Shipper).await;
    screen.goes_to(&format!("{}/needs", console.url())).await;
    screen.sees("UPS proposes").await;
    screen.clicks("button", "Take it").await;
    screen.sees("Put down: it ships to the chosen address").await;
    screen.types("[name=weights]", "12.4").await;
    screen.clicks("button", "Ship with these weights").await;
    dock.settle().await;
    for document in ["700", "701"] {
        assert_eq!(dock.booked(document).await.waybill.tracking_numbers.len(), 1, "{document}");
    }
    assert_eq!(dock.booked("701").await.rated.packed.packages[0].weight.to_string(), "12.4 lb");
    let approvals = dock.audit_of("700").await;
    assert!(approvals.contains("address chosen"), "{approvals}");
    screen.goes_to(&format!("{}/needs", console.url())).await;
    screen.sees("Nothing waits for a person.").await;
    dock.until_quiet().await;
    screen.closes().await;
}

/// Two answers are lost. Of one, UPS never heard: it may be said so once UPS can no longer be working on it. The other exists, and
/// a supervisor reads its number from ups.com.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doubts_are_decided_at_the_desk() {
    let Some(program) = chromium() else { return };
    let dock = Dock::set_up().ups(|it| it.recovery_hidden = hours(1)).open().await;
    dock.never_hears(Call::Ship, Kind::Reset);
    dock.releases([note("700")]);
    dock.advance(minutes(12)).await;
    assert_eq!(dock.stage_of("700").await, "in_doubt");
    let console = console(&dock).await;
    let desk = format!("{}/desk", console.url());
    let screen = Screen::open(&program, WIDE).await;
    screen.is(&dock.app, console.url(), "sue", Role::Supervisor).await;
    screen.goes_to(&desk).await;
    screen.sees("a person decides").await;
    screen.sees("can be said in").await;
    dock.advance(minutes(10)).await;
    screen.goes_to(&desk).await;
    screen.touches("summary", "It does not exist").await;
    screen.types("input[id^=absent-]", "not in UPS's history").await;
    screen.clicks("button", "It does not exist").await;
    screen.sees("Put down: one more attempt").await;
    dock.settle().await;
    assert_eq!(dock.labels_bought(), 1);

    dock.loses_the_answer_to(Call::Ship, Kind::Reset);
    dock.releases([note("701")]);
    // The desk itself looks again after half an hour and after two; between the two it is visible.
    dock.advance(minutes(70)).await;
    let row = dock.shipment("701").await;
    assert_eq!(row.stage, "in_doubt");
    let number = dock.ledger().labels.last().expect("a label").tracking_number.clone();
    screen.goes_to(&desk).await;
    screen.touches("summary", "It exists: adopt its number").await;
    screen.types("input[name=number]", &number).await;
    screen.types("input[id^=adopt-why]", "seen on ups.com").await;
    screen.clicks("button", "Adopt this number").await;
    screen.sees("Put down: UPS is asked for that number").await;
    dock.settle().await;
    assert!(dock.booked("701").await.waybill.adopted);
    assert_eq!(dock.labels_bought(), 2);
    screen.goes_to(&desk).await;
    screen.sees("Nothing is in doubt.").await;
    dock.until_quiet().await;
    screen.closes().await;
}

/// A packer scans a document, types two weights, and reads the number from two metres; a viewer may not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_station_ships_what_is_scanned() {
    let Some(program) = chromium() else { return };
    let dock = Dock::set_up().mode(Mode::Approve).open().await;
    dock.releases([note("700")]);
    dock.settle().await;
    let console = console(&dock).await;
    let work = at_work(&dock);
    let screen = Screen::open(&program, TABLET).await;
    screen.is(&dock.app, console.url(), "pat", Role::Shipper).await;
    screen.goes_to(&format!("{}/station", console.url())).await;
    screen.types("#scan", "999").await;
    screen.presses("Enter", "#scan").await;
    screen.sees("Not known").await;
    screen.types("#scan", "000700").await;
    screen.presses("Enter", "#scan").await;
    screen.sees("700 · ready").await;
    screen.types("[name=weights]", "3 4").await;
    screen.clicks("button", "Ship it").await;
    screen.sees("700 · label").await;
    let waybill = dock.booked("700").await.waybill;
    for number in &waybill.tracking_numbers {
        screen.sees(number.as_str()).await;
    }
    assert_eq!(waybill.tracking_numbers.len(), 2);

    // Pressed again, nothing more is bought; and a supervisor voids it.
    screen.is(&dock.app, console.url(), "sue", Role::Supervisor).await;
    screen.goes_to(&format!("{}/shipments?q=700", console.url())).await;
    screen.clicks("td a", "700").await;
    screen.touches("summary", "Void the label").await;
    screen.types("input[id^=void-]", "wrong box").await;
    screen.clicks("button", "Void the label").await;
    screen.until("/voided 1Z\\w+ at UPS/.test(document.body.innerText)").await;
    work.abort();
    assert_eq!(dock.stage_of("700").await, "voided");
    dock.until_quiet().await;

    screen.is(&dock.app, console.url(), "vic", Role::Viewer).await;
    screen.goes_to(&format!("{}/station", console.url())).await;
    screen.sees("Not allowed").await;
    screen.closes().await;
}

/// A new ship-via is explained once, and both orders that wait for it ship; polls rest and go on; of three packages one is voided;
/// two doubts are decided with one reason.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_schedules_packages_and_many_doubts_are_settled_on_their_pages() {
    let Some(program) = chromium() else { return };
    let dock = Dock::set_up().ups(|it| it.recovery_hidden = hours(1)).open().await;
    let via = |number: &str| note(number).ship_via_text("UPS3", "UPS Three Day Select");
    dock.releases([via("700"), via("701"), misspelt("702")]);
    dock.until_quiet().await;
    assert_eq!(dock.held_because("700").await, "unmapped_ship_via");
    let console = console(&dock).await;
    let screen = Screen::open(&program, WIDE).await;
    screen.is(&dock.app, console.url(), "ann", Role::Administrator).await;

    // By who can help, and by age.
    screen.goes_to(&format!("{}/needs?hours=72", console.url())).await;
    screen.sees("Nothing is like that.").await;
    screen.goes_to(&format!("{}/needs?why=unmapped_ship_via", console.url())).await;
    assert_eq!(screen.says("document.querySelectorAll('#holds article').length").await, Some(Value::from(2)));
    screen.touches("summary", "always means").await;
    screen.says("document.querySelector('select[id^=always-]').value = '12'").await;
    screen.clicks("button", "Remember it").await;
    screen.sees("The rule is remembered").await;
    dock.settle().await;
    for document in ["700", "701"] {
        assert_eq!(dock.booked(document).await.rated.received().service.as_ref().map(|it| it.code()), Some("12"));
    }
    let settings = dock.app.store.site_settings(&dock.site, None).await.expect("read").expect("settings");
    assert!(settings.version > 1 && settings.body.contains("# said by ann"), "{}", settings.body);

    // Polls rest, and go on.
    screen.goes_to(&format!("{}/sites/{}", console.url(), dock.site)).await;
    screen.touches("summary", "Pause it").await;
    screen.types("input[id^=why-]", "stock taking").await;
    screen.clicks("button", "Pause it").await;
    screen.sees("It rests until somebody lets it run again.").await;
    screen.sees("stock taking").await;
    screen.clicks("button", "Let it run again").await;
    screen.clicks("button", "Run it now").await;
    screen.sees("It is due now").await;

    // One package of several is void, the others go on.
    dock.releases([note("703").line("PMP-1040", 6)]);
    dock.settle().await;
    let numbers = dock.booked("703").await.waybill.tracking_numbers;
    assert!(numbers.len() > 1, "one box is no story");
    let row = dock.shipment("703").await;
    screen.goes_to(&format!("{}/shipments/{}/{}", console.url(), row.site, row.id)).await;
    screen.touches("summary", "Void the label").await;
    screen.touches("label.check", numbers[1].as_str()).await;
    screen.types("input[id^=void-]", "one box less").await;
    screen.clicks("button", "Void the label").await;
    screen.sees("UPS is asked to void those packages").await;
    dock.settle().await;
    let booked = dock.booked("703").await;
    assert_eq!((booked.voided_packages.as_slice(), booked.void.is_none()), ([numbers[1].clone()].as_slice(), true));

    // Two answers are lost, UPS never heard of either.
    dock.never_hears(Call::Ship, Kind::Reset);
    dock.never_hears(Call::Ship, Kind::Reset);
    dock.releases([note("704"), note("705")]);
    dock.advance(minutes(25)).await;
    screen.goes_to(&format!("{}/desk", console.url())).await;
    screen.touches("summary", "Many at once").await;
    screen.says("document.querySelectorAll('[name=pick]').forEach((it) => (it.checked = true))").await;
    screen.types("#desk-why", "not in UPS's history").await;
    screen.touches("button", "Put all decisions down").await;
    screen.clicks("dialog button.primary", "Put all decisions down").await;
    screen.sees("Put down for all that were chosen.").await;
    dock.settle().await;
    for document in ["704", "705"] {
        assert_eq!(dock.booked(document).await.waybill.tracking_numbers.len(), 1, "{document}");
    }
    screen.closes().await;
    dock.until_quiet().await;
}

/// A page of ours in another's clothes, and a customer named like a script: neither does anything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forged_requests_are_refused_and_names_are_text() {
    let Some(program) = chromium() else { return };
    let dock = Dock::set_up().mode(Mode::Approve).open().await;
    let mut to = consignee("Denver");
    to.name = "<script>alert(1)</script>".to_owned();
    dock.releases([note("700").to(to)]);
    dock.settle().await;
    let console = console(&dock).await;
    let screen = Screen::open(&program, WIDE).await;
    screen.is(&dock.app, console.url(), "ann", Role::Administrator).await;
    screen.goes_to(&format!("{}/where?q=700", console.url())).await;
    let row = dock.shipment("700").await;
    screen.goes_to(&format!("{}/shipments/{}/{}", console.url(), row.site, row.id)).await;
    screen.sees("<script>alert(1)</script>").await;
    assert_eq!(screen.says("document.querySelectorAll('script:not([src])').length").await, Some(Value::from(0)));
    let forged = "fetch('/shipments/bulk', { method: 'POST', body: new URLSearchParams({ action: 'retry', pick: 'x' }) })\
                  .then((it) => it.status)";
    assert_eq!(screen.says(forged).await, Some(Value::from(403)), "no token");
    assert!(dock.app.store.wishes_of(&row.site, row.id).await.expect("read").is_empty());
    screen.closes().await;
}

/// Every page, filled, at both widths: nobody is kept out by faint text, a nameless field or a page wider than the screen. The
/// pictures are kept where `ML_CONNECTOR_SCREENSHOTS` says.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_can_be_used_by_everybody() {
    let Some(program) = chromium() else { return };
    let dock = Dock::set_up().setting("packing.missing_weight", "bench").open().await;
    dock.releases([note("700").of_order("500"), note("701").line("PMP-1040", 4), note("702")]);
    dock.advance(hours(30)).await;
    dock.releases([misspelt("704"), note("705").line("SWT-0020", 1), note("706")]);
    dock.settle().await;
    dock.never_hears(Call::Ship, Kind::Reset);
    dock.releases([note("707").of_order("501")]);
    dock.advance(minutes(12)).await;
    let console = console(&dock).await;
    let folder = std::env::var_os("ML_CONNECTOR_SCREENSHOTS").map(PathBuf::from);
    let booked = dock.shipment("700").await;
    let held = dock.shipment("704").await;
    let site = &dock.site;
    let pages = [
        ("board", "/".to_owned()),
        ("needs", "/needs".to_owned()),
        ("desk", "/desk".to_owned()),
        ("station", "/station?document=700".to_owned()),
        ("station-held", "/station?document=705".to_owned()),
        ("shipments", "/shipments".to_owned()),
        ("shipment", format!("/shipments/{site}/{}", booked.id)),
        ("shipment-held", format!("/shipments/{site}/{}", held.id)),
        ("where", "/where?q=700".to_owned()),
        ("costs", "/costs".to_owned()),
        ("audit", "/audit?q=700".to_owned()),
        ("health", "/health".to_owned()),
        ("sites", "/sites".to_owned()),
        ("site", format!("/sites/{site}")),
        ("people", "/people".to_owned()),
        ("printers", "/printers".to_owned()),
        ("begin", "/begin".to_owned()),
        ("connect", "/connect".to_owned()),
        ("connect-file", format!("/connect?site={site}")),
        ("checks", format!("/sites/{site}/checks")),
        ("not-found", "/nowhere".to_owned()),
    ];
    let faults = include_str!("console/fair.js");
    let mut told = Vec::new();
    for width in [WIDE, TABLET] {
        let screen = Screen::open(&program, width).await;
        screen.goes_to(&format!("{}/login", console.url())).await;
        if let Some(folder) = &folder {
            screen.picture(&folder.join(format!("login-{width}.png"))).await;
        }
        screen.is(&dock.app, console.url(), "ann", Role::Administrator).await;
        for (name, path) in &pages {
            screen.goes_to(&format!("{}{path}", console.url())).await;
            if let Some(folder) = &folder {
                screen.picture(&folder.join(format!("{name}-{width}.png"))).await;
            }
            let found = screen.says(faults).await.expect("judged");
            let found = found.as_array().expect("a list").iter().filter_map(Value::as_str);
            told.extend(found.map(|it| format!("{name} at {width}: {it}")));
        }
        screen.closes().await;
    }
    assert!(told.is_empty(), "{} faults\n{}", told.len(), told.join("\n"));
    dock.until_quiet().await;
}
