//! From nothing to a label, as somebody does it who has read nothing: the pretended warehouse, and systems of one's own.

use std::path::Path;
use std::sync::Arc;

use connector::app::App;
use connector::clock::Clock;
use connector::store::{Options, Store};
use connector::vault::{MasterKey, Vault};
use connector::web::{Console, Settings};
use jiff::Timestamp;
use sandbox::Sandbox;
use sandbox::world::{self, DispatchNoteSpec, ship_via};
use tempfile::TempDir;

use crate::browser::{Screen, chromium};
use crate::dock::MONDAY_MORNING;
use crate::{TABLET, WIDE};

/// A node without a site, as `serve` starts it.
async fn nothing(folder: &TempDir, clock: Clock) -> (Arc<App>, Console) {
    let store = Store::open(folder.path(), Options::default()).await.expect("a store");
    let vault = Vault::new(MasterKey::generate().expect("a key"));
    let app = App::new(store, vault, clock, folder.path()).await.expect("a node");
    let listen = "127.0.0.1:0".parse().expect("an address");
    let console = Console::open(Arc::clone(&app), Settings::on(listen)).await.expect("a console");
    (app, console)
}

async fn becomes_administrator(screen: &Screen, console: &Console) {
    screen.goes_to(console.entry().expect("a first run")).await;
    screen.types("#name", "ann").await;
    screen.types("#password", "correct horse battery").await;
    screen.types("[name=again]", "correct horse battery").await;
    screen.clicks("button", "Begin").await;
    screen.sees("How would you like to begin?").await;
}

async fn keeps(screen: &Screen, name: &str) {
    if let Some(folder) = std::env::var_os("ML_CONNECTOR_SCREENSHOTS") {
        screen.picture(&Path::new(&folder).join(name)).await;
    }
}

/// Somebody starts with nothing, tries it, and sees labels on a board that fills itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_nothing_to_labels_in_the_pretended_warehouse() {
    let Some(program) = chromium() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let (_app, console) = nothing(&folder, Clock::system()).await;
    let screen = Screen::open(&program, TABLET).await;
    becomes_administrator(&screen, &console).await;
    keeps(&screen, "begin-first-820.png").await;
    screen.clicks("button", "Try it").await;
    screen.sees("The pretended warehouse is open.").await;
    screen.clicks("main a", "Enter the pretended warehouse").await;
    screen.sees("What stands where, right now.").await;
    screen.sees("Not production.").await;
    screen.until("document.querySelectorAll('#newest ~ * td').length > 20").await;
    keeps(&screen, "board-filled-820.png").await;
    // One order needs somebody: they take UPS's spelling, and it gets its label too.
    screen.clicks("nav a", "Needs you").await;
    screen.sees("UPS proposes").await;
    let order = screen.says("document.querySelector('article:has(form [value=\"1\"]) h2 a').textContent").await;
    let order = order.and_then(|it| it.as_str().map(str::to_owned)).expect("an order");
    screen.clicks("button", "Take it").await;
    screen.sees("Put down: it ships to the chosen address").await;
    screen.clicks("nav a", "Shipments").await;
    screen.types("#q", &order).await;
    screen.presses("Enter", "#q").await;
    screen.clicks("td a", &order).await;
    screen.until("/1Z[0-9A-Z]{16}/.test(document.body.innerText)").await;

    // The real console knows its reader still, and has no site.
    screen.goes_to(&format!("{}/", console.url())).await;
    screen.sees("The pretended warehouse is open.").await;
    screen.closes().await;
}

/// Somebody connects a SYSPRO and a UPS by typing a few facts, tries everything, and releases one order of the baseline.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_nothing_to_a_label_with_systems_of_ones_own() {
    let Some(program) = chromium() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let start: Timestamp = MONDAY_MORNING.parse().expect("a time");
    let sandbox = Sandbox::start(sandbox::Settings::empty(start)).await.expect("free ports");
    sandbox.syspro().release(&DispatchNoteSpec::new("700").line("VLV-1010", 2));
    let (app, console) = nothing(&folder, Clock::driven(start)).await;
    let screen = Screen::open(&program, WIDE).await;
    becomes_administrator(&screen, &console).await;
    screen.clicks("main a", "Connect my systems").await;
    let (known, from) = (sandbox.credentials(), world::ship_from());
    let street = from.street_line();
    let facts: [(&str, &str); 15] = [
        ("name", "harbor"),
        ("enet_url", &sandbox.enet_url()),
        ("operator", known.syspro_operator),
        ("company", known.syspro_company),
        ("ups", &sandbox.ups_url()),
        ("account", known.ups_account),
        ("ground", ship_via::GROUND.text),
        ("warehouse", world::WAREHOUSE),
        ("sender", "Ridgeline Industrial Supply"),
        ("street", &street),
        ("city", from.city),
        ("state", from.state),
        ("postal_code", from.zip5),
        ("phone", "614 555 0100"),
        ("time_zone", "America/New_York"),
    ];
    for (field, value) in facts {
        screen.types(&format!("#{field}"), value).await;
    }
    keeps(&screen, "connect-facts-1440.png").await;
    screen.clicks("button", "Make the site file").await;
    screen.until("document.querySelector('#body').value.includes('name = \"harbor\"')").await;
    screen.clicks("button", "Apply it").await;
    screen.sees("type it into its field below").await;
    for (field, value) in [
        ("#syspro-operator_password", known.syspro_operator_password),
        ("#ups-client_id", known.ups_client_id),
        ("#ups-client_secret", known.ups_client_secret),
    ] {
        screen.types(field, value).await;
    }
    keeps(&screen, "connect-typed-1440.png").await;
    screen.clicks("button", "Apply it").await;
    screen.sees("The site file is applied.").await;
    let page = screen.says("document.body.innerHTML").await.expect("a page").to_string();
    assert!(!page.contains(known.ups_client_secret), "a secret is never shown");

    // What was ready before stays where it is; everything that can be tried is tried.
    app.poll().await.expect("read");
    app.drive().await.expect("driven");
    screen.clicks("button", "Try everything").await;
    screen.sees("It has ended.").await;
    screen.sees("UPS would get").await;
    screen.sees("1 document was ready before the connector came").await;
    let red = "document.querySelectorAll('#checks .tag.bad, #checks .wrong').length";
    let shown = screen.says("document.querySelector('#checks').innerText").await;
    assert_eq!(screen.says(red).await, Some(serde_json::Value::from(0)), "{shown:?}");
    keeps(&screen, "tried-1440.png").await;
    screen.clicks("button", "Print a test page").await;
    screen.sees("A test page was sent.").await;
    assert!(folder.path().join("labels/test-page.zpl").is_file());
    assert_eq!(sandbox.ledger().labels_bought(), 0);

    // Shadow, then approve, then the first label.
    screen.says("document.querySelector('[name=mode]').value = 'approve'").await;
    screen.clicks("button", "Change mode").await;
    screen.sees("The mode is changed.").await;
    screen.goes_to(&format!("{}/shipments?q=700", console.url())).await;
    screen.clicks("td a", "700").await;
    screen.clicks("button", "Ship it too").await;
    app.drive().await.expect("driven");
    screen.clicks("button", "Buy the label now").await;
    app.drive().await.expect("driven");
    screen.until("/1Z[0-9A-Z]{16}/.test(document.body.innerText)").await;
    assert_eq!(sandbox.ledger().labels_bought(), 1);
    screen.closes().await;
    app.close().await;
}
