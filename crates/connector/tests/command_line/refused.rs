//! What stands wrong in a file, a key or an environment comes back with its name and its cure, and nothing is stored.

use connector::config::{Mode, Start, pretend_site};

use crate::Desk;

/// One fault: what stands in the file, what is written instead, and what the refusal has to say.
type Fault = (&'static str, &'static str, &'static [&'static str]);

const FAULTS: &[Fault] = &[
    ("mass_unit = \"lb\"", "mass_unit = \"lb\"\nmax_spent = \"100.00\"", &["`max_spent`", "unknown key"]),
    ("enet_url = \"http", "enet_url = \"htp", &["`syspro.enet_url`", "bad URL", "scheme, host and port"]),
    (
        "enet_url = \"http://127.0.0.1",
        "enet_url = \"http://syspro.example.com",
        &["`syspro.enet_url`", "plain http", "allow_plain_http = true"],
    ),
    (
        "base_url = \"http://127.0.0.1",
        "base_url = \"http://ups.example.com",
        &["`ups.base_url`", "plain http", "client secret"],
    ),
    ("account = \"A1B2C3\"", "account = \"A1B2C3D4\"", &["`ups.account`", "six letters or digits"]),
    (
        "operator_password = { file = \"syspro_operator_password.txt\" }",
        "operator_password = \"hunter2\"",
        &["`syspro.operator_password`", "a secret in clear", "env = "],
    ),
    ("[[source]]\nkind", "[[source]]\nkind = \"sales_orders\"\n\n[[source]]\nkind", &["source", "warehouse OH"]),
    ("printer = \"dock\"", "printer = \"dck\"", &["printer", "dck"]),
    ("mode = \"approve\"", "mode = \"auto\"", &["`mode`", "automatic"]),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_in_a_site_file_names_its_key_and_cure() {
    let desk = Desk::open(0).await;
    let text = pretend_site(&desk.sandbox, Mode::Approve, Start::Everything);
    for (stands, instead, parts) in FAULTS {
        assert!(text.contains(stands), "the pretended site has no {stands:?}");
        desk.write("site.toml", &text.replacen(stands, instead, 1));
        let said = desk.run(&["site", "apply", "site.toml"]).await;
        assert_eq!(said.code, Some(1), "{instead}: {}", said.err);
        for part in *parts {
            assert!(said.err.contains(part), "{part:?} is not said of {instead:?}: {}", said.err);
        }
        assert!(said.err.contains("site.toml"), "{}", said.err);
        assert!(!said.err.contains("hunter2"), "a secret is repeated: {}", said.err);
    }
    assert_eq!(desk.run(&["site", "list", "--json"]).await.out, "", "nothing is stored");
}

/// A file that is not there, and one that is no TOML.
#[tokio::test(flavor = "multi_thread")]
async fn a_missing_or_broken_file_is_named() {
    let desk = Desk::open(0).await;
    let said = desk.run(&["site", "apply", "nowhere.toml"]).await;
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("nowhere.toml") && said.err.contains("ml-connector init"), "{}", said.err);
    desk.write("broken.toml", "name = \"oakland\nmode");
    let said = desk.run(&["site", "apply", "broken.toml"]).await;
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("broken.toml: line 2: the file is not TOML"), "{}", said.err);
    desk.write("umlaut.toml", "");
    std::fs::write(desk.path().join("umlaut.toml"), [b'#', 0xfc]).expect("written");
    let said = desk.run(&["site", "apply", "umlaut.toml"]).await;
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("umlaut.toml"), "{}", said.err);
}

/// A secret whose file is not there, without a site that has it already.
#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_cannot_be_read_is_named_with_its_place() {
    let desk = Desk::open(0).await;
    std::fs::remove_file(desk.path().join("ups_client_secret.txt")).expect("removed");
    let said = desk.run(&["site", "apply", "site.toml"]).await;
    assert_eq!(said.code, Some(1));
    for part in ["ups.client_secret", "ups_client_secret.txt", "put the secret alone into that file"] {
        assert!(said.err.contains(part), "{part}: {}", said.err);
    }
}

/// Without the key, with a file that holds none, with another one.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_does_not_fit_is_told_before_anything_is_touched() {
    let desk = Desk::applied(0).await;
    let said = desk.run(&["ping", "--key-file", "nokey"]).await;
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("nokey"), "{}", said.err);
    desk.write("short", "abc");
    let said = desk.run(&["ping", "--key-file", "short"]).await;
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("key"), "{}", said.err);
    assert_eq!(desk.run(&["key", "new", "other"]).await.code, Some(0));
    for command in [&["ping"][..], &["sync"], &["serve", "--listen", "127.0.0.1:0"], &["shipment", "plan", "1"]] {
        let said = desk.run(&[command, &["--key-file", "other"]].concat()).await;
        assert_eq!(said.code, Some(1), "{command:?}");
        assert!(said.err.contains("the master key is not the one the secrets were sealed with"), "{}", said.err);
    }
    let doctor = desk.run(&["doctor", "--key-file", "other", "--json"]).await;
    assert_eq!(doctor.code, Some(1));
    let findings = doctor.value()["findings"].as_array().cloned().unwrap_or_default();
    let key = findings.iter().find(|it| it["check"] == "master key").expect("the key is looked at");
    assert_eq!(key["level"], "bad");
    assert!(key["cure"].as_str().is_some_and(|it| it.contains("--key-file")), "{key}");
    assert_eq!(desk.sandbox.ledger().logons, 0);
}

/// Commands about sites and documents that are not there say what there is.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_known_is_told_with_what_is() {
    let desk = Desk::open(0).await;
    for command in [&["ping"][..], &["site", "probe"]] {
        let said = desk.run(command).await;
        assert_eq!(said.code, Some(1), "{command:?}");
        assert!(said.err.contains("no site") && said.err.contains("site apply"), "{command:?}: {}", said.err);
    }
    assert_eq!(desk.run(&["site", "apply", "site.toml"]).await.code, Some(0));
    let said = desk.run(&["ping", "oakland"]).await;
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("site oakland is not known; there are sandbox"), "{}", said.err);
    let said = desk.run(&["serve", "--listen", "0.0.0.0:0"]).await;
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("0.0.0.0:0") && said.err.contains("user add"), "{}", said.err);
}
