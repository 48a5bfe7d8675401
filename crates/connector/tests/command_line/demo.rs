//! `demo`: what somebody sees who tries the product for the first time.

use std::process::{Command, Stdio};

use serde_json::Value;

/// UPS calls, statuses change in SYSPRO, a parcel gets into trouble, people hear of it, and it arrives all the same.
#[test]
fn the_demo_shows_calls_statuses_and_one_trouble_to_its_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let words = ["demo", "--headless", "--until-quiet", "--json", "--orders", "30", "--seed", "7", "--data-dir"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_ml-connector"));
    let output = command.args(words).arg(folder.path().join("data")).stdin(Stdio::null()).output().expect("a program");
    assert_eq!(output.status.code(), Some(2), "some addresses are wrong on purpose");
    let told = String::from_utf8(output.stdout).expect("text");
    let sum: Value = serde_json::from_str(told.lines().next_back().expect("a summary")).expect("JSON");
    let number = |key: &str| sum[key].as_u64().unwrap_or_else(|| panic!("{key}: {sum}"));
    assert!(number("booked") > 0 && number("delivered") == number("booked"), "{sum}");
    assert_eq!(sum["statuses"]["DELIVERED"].as_u64(), Some(number("delivered")), "{sum}");
    assert!(number("calls_taken") >= 8 * number("booked"), "UPS calls at every scan: {sum}");
    assert!(number("exceptions") > 0 && number("exceptions_over") == number("exceptions"), "{sum}");
    let story = sum["story"]["lines"].as_array().expect("a story");
    let lines: Vec<&str> = story.iter().filter_map(Value::as_str).collect();
    let at =
        |words: &str| lines.iter().position(|it| it.contains(words)).unwrap_or_else(|| panic!("{words}: {lines:#?}"));
    let (trouble, over) = (at("alarm exception for "), at("alarm exception settles itself"));
    assert!(at("UPS calls: ") < trouble && trouble < over && over < at("SYSPRO shows DELIVERED"), "{lines:#?}");
    assert!(at("SYSPRO: shipping status written and read back") < over, "{lines:#?}");
    assert!(sum["story"]["calls"].as_u64().is_some_and(|it| it > 0), "{sum}");
}
