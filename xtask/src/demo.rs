//! `cargo xtask demo`: the demo as a judge of the whole.
//!
//! ```text
//! ml-connector demo --headless --until-quiet --json ─► last line ─► Sum ─► faults in words
//! ```
//!
//! On a good day every order ends delivered or held, on a bad one some may wait at the in-doubt desk; on no day is a
//! label bought twice or a tracking number missing in SYSPRO.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::{program, shown};

/// Plays both days.
pub(crate) fn run() -> Result<()> {
    let program = program("debug")?;
    play(&program, Day::Good)?;
    play(&program, Day::Bad)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Day {
    Good,
    Bad,
}

fn play(program: &Path, day: Day) -> Result<()> {
    let mut command = Command::new(program);
    command.args(["demo", "--headless", "--until-quiet", "--json", "--orders", "200", "--seed", "7"]);
    if day == Day::Bad {
        command.arg("--faults");
    }
    println!("$ {}", shown(&command));
    let output =
        command.output().with_context(|| format!("{} cannot be started; build it first", program.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().next_back().unwrap_or_default();
    println!("{last}");
    let mut faults = match serde_json::from_str(last) {
        Ok(sum) => judge(&sum, day),
        Err(error) => vec![format!("the last line is no JSON object: {error}")],
    };
    if !matches!(output.status.code(), Some(0 | 2)) {
        faults.push(format!("it ended with {}", output.status));
    }
    if !faults.is_empty() {
        eprintln!("{}", String::from_utf8_lossy(&output.stderr));
        bail!("the demo on a {day:?} day:\n  {}", faults.join("\n  "));
    }
    Ok(())
}

/// What is wrong with a demo's sum.
fn judge(sum: &Value, day: Day) -> Vec<String> {
    let number = |key: &str| sum.get(key).and_then(Value::as_u64);
    let keys = [
        "orders",
        "not_ours",
        "booked",
        "delivered",
        "in_doubt",
        "labels_bought",
        "duplicate_labels",
        "tracking_in_syspro",
        "calls_taken",
        "exceptions",
        "exceptions_over",
        "audit_lines",
        "elapsed_ms",
    ];
    let mut faults: Vec<String> =
        keys.iter().filter(|key| number(key).is_none()).map(|key| format!("`{key}` is no number")).collect();
    let held =
        sum.get("held").and_then(Value::as_object).map(|held| held.values().filter_map(Value::as_u64).sum::<u64>());
    let (Some(held), true) = (held, faults.is_empty()) else {
        faults.push("`held` has to be an object of reasons and numbers".to_owned());
        return faults;
    };
    let of = |key| number(key).unwrap_or_default();
    let mut must = |holds: bool, words: &str| {
        if !holds {
            faults.push(words.to_owned());
        }
    };
    must(of("duplicate_labels") == 0, "a label was bought twice");
    must(of("booked") + held + of("in_doubt") == of("orders"), "booked, held and in doubt do not add up to the orders");
    must(of("tracking_in_syspro") == of("booked"), "SYSPRO does not carry every tracking number, or too many");
    must(of("labels_bought") == of("booked"), "a label stands at UPS that no shipment knows, or the other way round");
    must(of("delivered") == of("booked"), "not everything booked was delivered");
    let shown = sum.pointer("/statuses/DELIVERED").and_then(Value::as_u64);
    must(shown == Some(of("delivered")), "SYSPRO does not show every delivery, or too many");
    must(of("calls_taken") > 0, "UPS called about nothing");
    must(of("exceptions") > 0 && of("exceptions_over") > 0, "no parcel got into trouble and out of it");
    must(sum.pointer("/story/lines/0").is_some(), "no parcel's trouble is told");
    must(day == Day::Bad || of("in_doubt") == 0, "nothing may stay in doubt on a good day");
    must(of("booked") > 0, "nothing was booked at all");
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn good() -> Value {
        json!({
            "orders": 200, "not_ours": 90, "booked": 180, "delivered": 180, "held": {"no_street": 15, "po_box": 5},
            "in_doubt": 0, "labels_bought": 180, "duplicate_labels": 0, "tracking_in_syspro": 180, "audit_lines": 9,
            "statuses": {"DELIVERED": 180}, "calls_taken": 900, "exceptions": 12, "exceptions_over": 12,
            "story": {"lines": ["Tue 15 Sep 10:15 UTC  UPS calls: exception"]}, "elapsed_ms": 1
        })
    }

    #[test]
    fn a_sum_that_adds_up_has_no_fault() {
        assert_eq!(judge(&good(), Day::Good), Vec::<String>::new());
    }

    #[test]
    fn every_number_that_lies_is_told() {
        for (key, value, words) in [
            ("duplicate_labels", json!(1), "bought twice"),
            ("booked", json!(179), "do not add up"),
            ("labels_bought", json!(181), "no shipment knows"),
            ("tracking_in_syspro", json!(179), "does not carry"),
            ("delivered", json!(100), "not everything"),
            ("held", json!(20), "an object"),
            ("statuses", json!({}), "does not show every delivery"),
            ("calls_taken", json!(0), "called about nothing"),
            ("exceptions_over", json!(0), "no parcel got into trouble"),
            ("story", json!(null), "trouble is told"),
            ("audit_lines", json!("many"), "`audit_lines` is no number"),
        ] {
            let mut sum = good();
            sum[key] = value;
            let faults = judge(&sum, Day::Good).join("; ");
            assert!(faults.contains(words), "{key}: {faults}");
        }
    }

    #[test]
    fn doubt_is_for_bad_days() {
        let mut sum = good();
        sum["in_doubt"] = json!(2);
        sum["held"]["no_street"] = json!(13);
        assert_eq!(judge(&sum, Day::Bad), Vec::<String>::new());
        assert_eq!(judge(&sum, Day::Good), ["nothing may stay in doubt on a good day"]);
    }
}
