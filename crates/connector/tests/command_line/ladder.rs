//! `ping`: each thing that can be wrong between a site and its two systems is named at its own rung, with its cure, and
//! the rest is tried all the same.

use std::collections::BTreeMap;

use sandbox::Call;
use serde_json::Value;

use crate::{Desk, Said};

impl Said {
    /// The light of every rung.
    fn lights(&self) -> BTreeMap<String, String> {
        let value = self.value();
        let rungs = value["rungs"].as_array().expect("rungs").clone();
        let text = |rung: &Value, key: &str| rung[key].as_str().unwrap_or_default().to_owned();
        rungs.iter().map(|rung| (text(rung, "rung"), text(rung, "light"))).collect()
    }

    /// What one rung says, its cure included.
    fn rung(&self, name: &str) -> String {
        let value = self.value();
        let rung = value["rungs"].as_array().into_iter().flatten().find(|it| it["rung"] == name);
        let rung = rung.unwrap_or_else(|| panic!("no rung {name}: {}", self.out));
        format!("{} -> {}", rung["words"].as_str().unwrap_or_default(), rung["cure"].as_str().unwrap_or_default())
    }

    fn red(&self) -> Vec<String> {
        self.lights().into_iter().filter(|(_, light)| light == "red").map(|(rung, _)| rung).collect()
    }
}

async fn ping(desk: &Desk) -> Said {
    desk.run(&["ping", "--json"]).await
}

fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in: {text}");
    }
}

/// Everything is in order: every rung is green, nothing was bought or written, and the session is given back.
#[tokio::test(flavor = "multi_thread")]
async fn every_rung_is_green_and_nothing_happened() {
    let desk = Desk::applied(6).await;
    let said = desk.run(&["ping"]).await;
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    let rungs: Vec<&str> = said.out.lines().filter_map(|line| line.strip_prefix("ok   ")).map(|it| &it[..22]).collect();
    let rungs: Vec<&str> = rungs.into_iter().map(str::trim).collect();
    let wanted = [
        "UPS name",
        "UPS connection",
        "UPS certificate",
        "UPS token",
        "UPS address check",
        "UPS rate",
        "SYSPRO name",
        "SYSPRO connection",
        "SYSPRO certificate",
        "SYSPRO logon",
        "e.net read",
        "OData read",
        "write permission",
        "custom form",
        "tracking number",
        "SYSPRO logoff",
    ];
    assert_eq!(rungs, wanted, "{}", said.out);
    let last = said.out.lines().next_back().unwrap_or_default();
    has(last, &["real labels, real money: no", "UPS host 127.0.0.1", "Ridgeline Industrial Supply"]);

    let ledger = desk.sandbox.ledger();
    assert_eq!((ledger.labels_bought(), ledger.writes.len()), (0, 0));
    assert_eq!((ledger.logons, ledger.logoffs), (1, 1));
    assert!(desk.sandbox.syspro().sessions().is_empty());
}

/// A wrong client secret stops what needs a token, and SYSPRO is looked at all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_ups_secret_is_red_at_its_own_rung() {
    let desk = Desk::open(3).await;
    desk.write("ups_client_secret.txt", "not the secret");
    assert_eq!(desk.run(&["site", "apply", "site.toml"]).await.code, Some(0));
    let said = ping(&desk).await;
    assert_eq!(said.code, Some(1));
    assert_eq!(said.red(), ["UPS token"]);
    has(
        &said.rung("UPS token"),
        &["client id or its secret", "ml-connector site secret set sandbox ups.client_secret"],
    );
    has(&said.err, &["site sandbox", "UPS token"]);
    let lights = said.lights();
    assert_eq!((lights["UPS rate"].as_str(), lights["SYSPRO logoff"].as_str()), ("not_tried", "green"));
}

/// The credentials are good and one product is missing on the app: the product is named, the other rungs hold. Once it
/// is added, a ping lets go on what the site had stopped for.
#[tokio::test(flavor = "multi_thread")]
async fn a_missing_product_is_named_and_a_ping_lifts_the_pause() {
    let desk = Desk::applied(3).await;
    desk.sandbox.ups().change(|manners| manners.missing_products = vec![Call::Rate]);
    let synced = desk.run(&["sync", "--json"]).await;
    assert_eq!(synced.code, Some(2));
    assert_eq!(synced.value()["outages"][0]["remote"], "ups.rating", "{}", synced.out);
    let said = ping(&desk).await;
    assert_eq!((said.code, said.red()), (Some(1), vec!["UPS rate".to_owned()]));
    has(&said.rung("UPS rate"), &["lacks the product Rating", "developer portal", "ml-connector ping sandbox"]);
    assert_eq!(said.lights()["UPS address check"], "green");

    desk.sandbox.ups().change(|manners| manners.missing_products.clear());
    assert_eq!(ping(&desk).await.code, Some(0));
    let synced = desk.run(&["sync", "--json"]).await.value();
    assert_eq!(synced["outages"], serde_json::json!([]), "the pause is lifted");
    assert!(synced["stages"]["rated"].as_u64() > Some(0), "{synced}");
}

/// No negotiated rate although the site asks for one: that costs money every day.
#[tokio::test(flavor = "multi_thread")]
async fn a_missing_negotiated_rate_is_red() {
    let desk = Desk::applied(0).await;
    desk.sandbox.ups().change(|manners| manners.negotiated_percent = None);
    let said = ping(&desk).await;
    assert_eq!(said.red(), ["UPS rate"]);
    has(&said.rung("UPS rate"), &["no negotiated rate for account A1B2C3", "negotiated_rates = false"]);
}

/// A wrong SYSPRO password is tried once, however often somebody pings; three in a row would lock the operator.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_syspro_password_is_never_hammered() {
    let desk = Desk::applied(3).await;
    desk.sandbox.syspro().set_operator(desk.sandbox.credentials().syspro_operator, "changed by somebody");
    let said = ping(&desk).await;
    assert_eq!((said.code, said.red()), (Some(1), vec!["SYSPRO logon".to_owned()]));
    has(&said.rung("SYSPRO logon"), &["Invalid operator password", "site secret set sandbox syspro.operator_password"]);
    let lights = said.lights();
    for rung in ["e.net read", "write permission", "custom form", "SYSPRO logoff"] {
        assert_eq!(lights[rung], "not_tried", "{rung}");
    }
    assert_eq!((lights["OData read"].as_str(), lights["UPS rate"].as_str()), ("green", "green"));

    for _ in 0..4 {
        let again = ping(&desk).await;
        has(&again.rung("SYSPRO logon"), &["not tried again now", "Invalid operator password"]);
    }
    assert_eq!(desk.sandbox.ledger().wrong_passwords, 1);
    assert!(!desk.sandbox.syspro().is_locked(desk.sandbox.credentials().syspro_operator));
}

/// Whose fault it is that nobody can log on: the licence, not the password.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_licence_says_so() {
    let desk = Desk::applied(0).await;
    desk.sandbox.syspro().set_seats(0);
    let said = ping(&desk).await;
    assert_eq!(said.red(), ["SYSPRO logon"]);
    has(&said.rung("SYSPRO logon"), &["no licence seat is free", "log idle users off in SYSPRO or buy a seat"]);
}

/// A business object the operator is not allowed: named by the rung that needs it.
#[tokio::test(flavor = "multi_thread")]
async fn a_missing_business_object_is_named() {
    let desk = Desk::applied(3).await;
    desk.sandbox.syspro().manners(|it| it.unlicensed = vec!["SORTDH".to_owned()]);
    let said = ping(&desk).await;
    assert_eq!(said.red(), ["write permission"]);
    has(&said.rung("write permission"), &["SORTDH", "license the business object"]);
    assert_eq!(said.lights()["SYSPRO logoff"], "green");
    assert!(desk.sandbox.syspro().sessions().is_empty());
}

/// A custom form field that nobody created: red for the tracking number, a notice for the rest.
#[tokio::test(flavor = "multi_thread")]
async fn a_missing_form_field_is_named() {
    let desk = Desk::applied(3).await;
    desk.sandbox.syspro().remove_form_field("FRTCST");
    let said = ping(&desk).await;
    assert_eq!((said.code, said.lights()["custom form"].as_str()), (Some(2), "notice"));
    has(&said.rung("custom form"), &["FRTCST is not written", "create FRTCST on the sales order's custom form"]);
    desk.sandbox.syspro().remove_form_field("TRKNUM");
    let said = ping(&desk).await;
    assert_eq!((said.code, said.red()), (Some(1), vec!["custom form".to_owned()]));
}

/// UPS is not there: the connection is red, what stands on it is not tried, SYSPRO is.
#[tokio::test(flavor = "multi_thread")]
async fn a_remote_that_is_not_there_is_red_at_the_connection() {
    let desk = Desk::applied(0).await;
    desk.sandbox.shut_ups().await;
    let said = ping(&desk).await;
    assert_eq!(said.red(), ["UPS connection"]);
    let lights = said.lights();
    assert_eq!((lights["UPS name"].as_str(), lights["UPS token"].as_str()), ("green", "not_tried"));
    assert_eq!(lights["SYSPRO logon"], "green");
    has(&said.rung("UPS connection"), &["check that the service runs"]);

    desk.sandbox.reopen_ups().await;
    desk.sandbox.shut_syspro().await;
    let said = ping(&desk).await;
    assert_eq!(said.red(), ["OData read", "SYSPRO connection"]);
    assert_eq!(said.lights()["UPS rate"], "green");
}

/// A host nobody knows: the name is red.
#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_host_is_red_at_the_name() {
    let desk = Desk::open(0).await;
    let text = std::fs::read_to_string(desk.path().join("site.toml")).expect("readable");
    desk.write("site.toml", &text.replace(&desk.sandbox.ups_url(), "https://ups.invalid"));
    assert_eq!(desk.run(&["site", "apply", "site.toml"]).await.code, Some(0));
    let said = ping(&desk).await;
    assert_eq!(said.red(), ["UPS name"]);
    has(&said.rung("UPS name"), &["ups.invalid", "name server"]);
}

/// e.net speaks of one company and OData of none or another: shipping would find nothing, or somebody else's orders.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_company_segment_is_found() {
    let desk = Desk::open(3).await;
    let text = std::fs::read_to_string(desk.path().join("site.toml")).expect("readable");
    desk.write("site.toml", &text.replace("company_segment = \"EDU1\"", "company_segment = \"EDU2\""));
    assert_eq!(desk.run(&["site", "apply", "site.toml"]).await.code, Some(0));
    let said = ping(&desk).await;
    assert_eq!(said.red(), ["OData read"]);
    has(&said.rung("OData read"), &["EDU2", "company_segment"]);
    assert_eq!(said.lights()["e.net read"], "green");
}

/// Nothing is ready: what needs a document is not tried, and nothing is wrong.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_ready_document_nothing_is_red() {
    let desk = Desk::empty().await;
    assert_eq!(desk.run(&["site", "apply", "site.toml"]).await.code, Some(0));
    let said = ping(&desk).await;
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    assert_eq!(said.lights()["e.net read"], "not_tried");
    has(&said.rung("write permission"), &["needs a ready dispatch note"]);
}

/// A ship-from UPS does not know would come back with every parcel.
#[tokio::test(flavor = "multi_thread")]
async fn a_ship_from_ups_does_not_know_is_red() {
    let desk = Desk::open(0).await;
    let text = std::fs::read_to_string(desk.path().join("site.toml")).expect("readable");
    desk.write("site.toml", &text.replace("city = \"Columbus\"", "city = \"Dayton\""));
    assert_eq!(desk.run(&["site", "apply", "site.toml"]).await.code, Some(0));
    let said = ping(&desk).await;
    assert!(said.red().contains(&"UPS address check".to_owned()), "{}", said.out);
    has(&said.rung("UPS address check"), &["Dayton", "[[ship_from]]"]);
}
