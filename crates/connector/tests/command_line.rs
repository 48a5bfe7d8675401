//! The program as people and schedulers use it: the real binary, its exit codes, its answers in JSON, against both
//! pretended systems over the addresses of a site file.
//!
//! ```text
//! this test ─► ml-connector (a process per command) ─► data directory │ UPS, SYSPRO (this process)
//! ```

#[path = "command_line/address.rs"]
mod address;
#[path = "command_line/alarm.rs"]
mod alarm;
#[path = "command_line/chore.rs"]
mod chore;
#[path = "command_line/demo.rs"]
mod demo;
#[path = "command_line/doubt.rs"]
mod doubt;
#[path = "command_line/ladder.rs"]
mod ladder;
#[path = "command_line/plan.rs"]
mod plan;
#[path = "command_line/refused.rs"]
mod refused;
#[path = "command_line/serve.rs"]
mod serve;

use std::path::Path;
use std::process::{Child, Command, Stdio};

use connector::clock::Clock;
use connector::config::{Mode, Start, pretend_secrets, pretend_site};
use jiff::Timestamp;
use sandbox::Sandbox;
use sandbox::world::Trouble;
use serde_json::Value;
use tempfile::TempDir;

/// The program lives by the wall clock, and both sides of a shipment have to agree on the day.
fn now() -> Timestamp {
    Clock::system().now()
}

/// A folder with a site file for a running sandbox, and a key.
struct Desk {
    folder: TempDir,
    sandbox: Sandbox,
}

/// How a command went.
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Said {
    /// The last line of standard output, which has to be a value.
    fn value(&self) -> Value {
        let last = self.out.lines().next_back().unwrap_or_default();
        serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {last:?}, {}", self.err))
    }
}

impl Desk {
    async fn open(orders: usize) -> Self {
        Self::over(sandbox::Settings { seed: 7, orders, ..sandbox::Settings::new(now()) }).await
    }

    /// A company without a single document.
    async fn empty() -> Self {
        Self::over(sandbox::Settings::empty(now())).await
    }

    async fn over(settings: sandbox::Settings) -> Self {
        let settings = sandbox::Settings { running_clock: true, ..settings };
        let desk = Self {
            folder: tempfile::tempdir().expect("a folder"),
            sandbox: Sandbox::start(settings).await.expect("free ports"),
        };
        for (file, secret) in pretend_secrets(&desk.sandbox) {
            desk.write(&file, secret);
        }
        desk.write("site.toml", &pretend_site(&desk.sandbox, Mode::Approve, Start::Everything));
        assert_eq!(desk.run(&["key", "new", "key"]).await.code, Some(0));
        desk
    }

    fn write(&self, file: &str, text: &str) {
        std::fs::write(self.path().join(file), text).expect("written");
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A document of ours with which nothing is wrong.
    fn ready_note(&self) -> String {
        self.intended(|trouble| trouble.is_none())
    }

    /// A document of ours with which this is wrong.
    fn troubled(&self, wanted: Trouble) -> String {
        self.intended(|trouble| trouble == Some(wanted))
    }

    fn intended(&self, fits: impl Fn(Option<Trouble>) -> bool) -> String {
        let found = self.sandbox.syspro().intended().into_iter().find(|it| fits(it.trouble));
        found.expect("such a document").dispatch_note
    }

    /// A ready document with this ship-via.
    fn note_by(&self, ship_via: &str) -> String {
        let mut notes = self.sandbox.syspro().notes().into_iter();
        let fits = |it: &sandbox::syspro::Note| it.status == "5" && it.ship_via == ship_via;
        notes.find(fits).expect("such a document").dispatch_note
    }

    /// Starts the program and lets it run.
    fn start(&self, words: &[&str]) -> Child {
        self.command(words).stdout(Stdio::piped()).spawn().expect("the program starts")
    }

    /// Runs the program to its end; the pretended systems answer meanwhile.
    async fn run(&self, words: &[&str]) -> Said {
        let mut command = self.command(words);
        let ended = tokio::task::spawn_blocking(move || command.output()).await.expect("it ran");
        let output = ended.expect("the program starts");
        Said {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ml-connector"));
        command.args(words).current_dir(self.path()).stdin(Stdio::null());
        let surroundings = ["ML_CONNECTOR_KEY", "ML_CONNECTOR_CLOCK_FILE", "ML_CONNECTOR_LOG", "ML_CONNECTOR_ACTOR"];
        for name in surroundings {
            command.env_remove(name);
        }
        command.env("ML_CONNECTOR_DATA_DIR", "data").env("ML_CONNECTOR_KEY_FILE", "key").env("USER", "ann");
        command
    }

    async fn applied(orders: usize) -> Self {
        let desk = Self::open(orders).await;
        let said = desk.run(&["site", "apply", "site.toml", "--json"]).await;
        assert_eq!(said.code, Some(0), "{}", said.err);
        desk
    }
}

/// A new site: tried, approved order by order, then left to itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_site_is_applied_pinged_approved_and_made_automatic() {
    let desk = Desk::applied(12).await;
    let ping = desk.run(&["ping", "--json"]).await;
    assert_eq!(ping.code, Some(0), "{}{}", ping.out, ping.err);
    assert_eq!(ping.value()["money"]["real"], false);

    let planned = desk.run(&["sync", "--json"]).await;
    let stages = &planned.value()["stages"];
    let rated = stages["rated"].as_u64().expect("planned shipments");
    assert_eq!(desk.sandbox.ledger().labels_bought(), 0, "nobody has approved anything");

    let list = desk.run(&["shipment", "list", "--stage", "rated", "--json"]).await;
    let first = list.value()["document"].as_str().expect("a document").to_owned();
    let shipped = desk.run(&["shipment", "ship", &first, "--boxes", "2", "--weight", "7.5", "--json"]).await;
    assert_eq!(shipped.code, Some(0), "{}{}", shipped.out, shipped.err);
    assert_eq!(shipped.value()["tracking_numbers"].as_array().map(Vec::len), Some(2));
    assert_eq!(desk.sandbox.ledger().labels_bought(), 1);

    assert_eq!(desk.run(&["site", "mode", "sandbox", "automatic"]).await.code, Some(0));
    let synced = desk.run(&["sync", "--json"]).await.value();
    assert_eq!(
        synced["stages"]["booked"].as_u64(),
        Some(rated),
        "what was planned is booked without being asked again"
    );
    assert_eq!(desk.sandbox.ledger().duplicates().len(), 0);
    assert_eq!(desk.run(&["audit", "verify"]).await.code, Some(0));
    assert_eq!(desk.run(&["doctor"]).await.code, Some(if synced["holds"] == serde_json::json!({}) { 0 } else { 2 }));
}

/// The same file again, without its secrets at hand: nothing changes and nothing is lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_site_file_is_applied_again_without_its_secrets() {
    let desk = Desk::applied(0).await;
    for (file, _) in pretend_secrets(&desk.sandbox) {
        std::fs::remove_file(desk.path().join(file)).expect("removed");
    }
    let again = desk.run(&["site", "apply", "site.toml", "--json"]).await.value();
    assert_eq!(again["result"], "unchanged");
    assert_eq!(again["secrets_sealed"], serde_json::json!([]));
    assert_eq!(again["secrets_kept"].as_array().map(Vec::len), Some(4));
    assert_eq!(desk.run(&["ping"]).await.code, Some(0));
}

/// The wrong key is told as the wrong key, before anything is touched.
#[tokio::test(flavor = "multi_thread")]
async fn the_wrong_master_key_is_named_and_changes_nothing() {
    let desk = Desk::applied(0).await;
    assert_eq!(desk.run(&["key", "new", "other"]).await.code, Some(0));
    let said = desk.run(&["site", "apply", "site.toml", "--key-file", "other"]).await;
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("the master key is not the one the secrets were sealed with"), "{}", said.err);
    assert_eq!(desk.run(&["key", "check"]).await.code, Some(0));
    assert_eq!(desk.run(&["key", "rotate", "other"]).await.code, Some(0));
    assert_eq!(desk.run(&["key", "check"]).await.code, Some(1));
    assert_eq!(desk.run(&["key", "check", "--key-file", "other"]).await.code, Some(0));
}

/// What stands in a file and is wrong comes back with the key, the line and the cure, and nothing is stored.
#[tokio::test(flavor = "multi_thread")]
async fn a_faulty_site_file_is_refused_with_key_line_and_cure() {
    let desk = Desk::open(0).await;
    let text = pretend_site(&desk.sandbox, Mode::Approve, Start::Everything);
    desk.write("site.toml", &text.replace("account = ", "acount = "));
    let said = desk.run(&["site", "apply", "site.toml"]).await;
    assert_eq!(said.code, Some(1));
    for part in ["site.toml: line ", "`ups.account`: missing", "has `acount`", "six letters or digits"] {
        assert!(said.err.contains(part), "{part}: {}", said.err);
    }
    assert_eq!(desk.run(&["site", "list", "--json"]).await.out, "");
}

/// Usage errors are failures; 2 is kept for "a person is needed".
#[tokio::test(flavor = "multi_thread")]
async fn a_mistyped_command_fails_with_one() {
    let desk = Desk::open(0).await;
    assert_eq!(desk.run(&["shipmnt"]).await.code, Some(1));
    assert_eq!(desk.run(&["--help"]).await.code, Some(0));
    assert_eq!(desk.run(&["shipment", "show", "4711"]).await.code, Some(1));
}

/// Two processes never share a data directory.
#[tokio::test(flavor = "multi_thread")]
async fn a_data_directory_in_use_ends_with_three() {
    let desk = Desk::applied(0).await;
    let folder = desk.path().join("data");
    let held = connector::store::Store::open(&folder, connector::store::Options::default()).await.expect("opens");
    let said = desk.run(&["site", "list"]).await;
    assert_eq!(said.code, Some(3), "{}", said.err);
    assert!(said.err.contains("in use by another process"), "{}", said.err);
    held.close().await;
    assert_eq!(desk.run(&["site", "list"]).await.code, Some(0));
}

/// The template is what `init` writes, once.
#[tokio::test(flavor = "multi_thread")]
async fn init_writes_a_file_once_and_prints_it_as_often_as_one_likes() {
    let desk = Desk::open(0).await;
    assert_eq!(desk.run(&["init", "new.toml"]).await.code, Some(0));
    assert_eq!(desk.run(&["init", "new.toml"]).await.code, Some(1), "it is there already");
    let printed = desk.run(&["init", "--print"]).await.out;
    assert_eq!(std::fs::read_to_string(desk.path().join("new.toml")).expect("readable"), printed);
}
