//! Runs every example as a reader would: as a program of its own, against a sandbox.

use std::path::PathBuf;
use std::process::Command;

use sandbox::{Sandbox, Settings};

/// A Monday morning in Oakland.
const START: &str = "2026-09-14T16:00:00Z";

/// Every example, with what it must say.
const EXAMPLES: &[(&str, &[&str])] = &[
    ("first_shipment", &[", ours ", "booked 1ZA1B2C3", "with a label of"]),
    ("international_invoice", &["booked 1ZA1B2C3", "paper: "]),
    ("return_label", &["return booked: 1ZA1B2C3", "label: Some(Label(Gif"]),
    ("void", &["voided: it will not be billed", "it was voided before"]),
    ("recovery_by_reference", &["the answer of UPS was lost", "it was booked: 1ZA1B2C3"]),
    ("following", &["UPS knows nothing yet", "InTransit", "OutForDelivery", "delivered, by StatusCode(\"011\")"]),
    ("alert", &["subscribed to [\"1ZA1B2C3", "LabelCreated", "delivered, after"]),
    ("quantum_view", &["LabelCreated of [\"1ZA1B2C3", "more behind the bookmark", "that was the last page"]),
    ("pickup", &["it costs 1", "asked again under", "pending: ", "cancelled"]),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_example_does_what_it_says_against_the_sandbox() {
    let start = START.parse().expect("an instant");
    for (name, lines) in EXAMPLES {
        let sandbox = Sandbox::start(Settings { running_clock: true, ..Settings::empty(start) }).await;
        let sandbox = sandbox.expect("free ports");
        let mut example = Command::new(program(name));
        example.env("UPS_URL", sandbox.ups_url()).env("UPS_SANDBOX_CONTROL", sandbox.control_url());
        let ran = tokio::task::spawn_blocking(move || example.output()).await.expect("no panic");
        let ran = ran.unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let (said, complained) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        assert!(ran.status.success(), "{name}: {}\n{said}\n{complained}", ran.status);
        for line in *lines {
            assert!(said.contains(line), "{name} did not say {line:?}:\n{said}\n{complained}");
        }
    }
}

#[test]
fn an_example_without_a_sandbox_says_what_to_do() {
    let ran = Command::new(program("void")).env("UPS_URL", "http://127.0.0.1:1").output().expect("it starts");
    let complained = String::from_utf8_lossy(&ran.stderr);
    assert!(!ran.status.success());
    assert!(complained.contains("Start `ml-connector sandbox`"), "{complained}");
}

#[test]
fn no_example_is_left_out() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples");
    let files = std::fs::read_dir(folder).expect("the folder of examples").map(|entry| entry.expect("an entry").path());
    let mut names: Vec<String> = files
        .filter(|path| path.extension().is_some_and(|it| it == "rs"))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    let mut run: Vec<&str> = EXAMPLES.iter().map(|(name, _)| *name).collect();
    run.sort_unstable();
    assert_eq!(names, run);
}

/// An example's program, which cargo builds with the tests: beside the folder this test lies in.
fn program(name: &str) -> PathBuf {
    let own = std::env::current_exe().expect("a test knows where it is");
    let folder = own.ancestors().nth(2).expect("target/debug/deps/…");
    let path = folder.join("examples").join(name).with_extension(std::env::consts::EXE_EXTENSION);
    assert!(
        path.is_file(),
        "{} is not built: `cargo build -p ups --examples`, or a plain `cargo test`",
        path.display()
    );
    path
}
