//! `cargo xtask bench`: figures that are counted, not hoped for.
//!
//! ```text
//! ml-connector sandbox (a process of its own) ◄─ HTTP ─ ml-connector site apply, sync, site mode, sync
//!        └─ GET /ledger: how often SYSPRO was called ─► calls for a hundred orders or shipments ─► table │ --json
//! ```
//!
//! Counts do not depend on the machine. Every case starts from nothing in a folder of its own, on loopback.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::{cargo, program, run as run_shown, shown};

/// How many documents of ours the pretended distributor has ready.
const ORDERS: u32 = 100;

/// One way of talking to SYSPRO.
struct Case {
    name: &'static str,
    soap: bool,
    odata: bool,
    /// The longest address in bytes; none leaves the default.
    url_limit: Option<i64>,
    /// Custom forms by the object that may travel as one long document.
    comtfm: bool,
}

const CASES: [Case; 5] = [
    Case { name: "rest-odata", soap: false, odata: true, url_limit: None, comtfm: false },
    Case { name: "rest-odata-long", soap: false, odata: true, url_limit: Some(8000), comtfm: true },
    Case { name: "rest-enet", soap: false, odata: false, url_limit: None, comtfm: false },
    Case { name: "soap-odata", soap: true, odata: true, url_limit: None, comtfm: false },
    Case { name: "soap-enet", soap: true, odata: false, url_limit: None, comtfm: false },
];

/// What was counted, and what it should be.
struct Figure {
    name: String,
    value: Decimal,
    unit: &'static str,
    goal: Option<Decimal>,
    calls: String,
}

/// Counts what was named, or everything.
pub(crate) fn run(words: &[String]) -> Result<()> {
    let as_json = words.iter().any(|word| word == "--json");
    let named: Vec<&str> = words.iter().map(String::as_str).filter(|word| *word != "--json").collect();
    if let Some(unknown) = named.iter().find(|name| !["intake", "write-back"].contains(name)) {
        bail!("no bench is called {unknown:?}; there are intake and write-back");
    }
    let wanted = |name: &str| named.is_empty() || named.contains(&name);
    run_shown(cargo().args(["build", "--release", "--locked", "--package", "ml-connector"]))?;
    let program = program("release")?;
    let mut figures = Vec::new();
    for case in &CASES {
        let (intake, write_back) = count(&program, case).with_context(|| format!("the case {}", case.name))?;
        figures.extend(wanted("intake").then_some(intake));
        figures.extend(wanted("write-back").then_some(write_back));
    }
    for figure in &figures {
        if as_json {
            let ratio = figure.goal.map(|goal| (figure.value / goal).round_dp(2));
            let number = |value: Option<Decimal>| value.and_then(|it| it.to_string().parse::<Value>().ok());
            println!(
                "{}",
                json!({ "name": figure.name, "value": number(Some(figure.value)), "unit": figure.unit,
                        "baseline": null, "ratio": number(ratio), "goal": number(figure.goal), "calls": figure.calls })
            );
        } else {
            let goal = figure.goal.map_or_else(|| "-".to_owned(), |goal| format!("<= {goal}"));
            println!("{:28} {:8.1} {:22} {:8} {}", figure.name, figure.value, figure.unit, goal, figure.calls);
        }
    }
    Ok(())
}

fn count(program: &Path, case: &Case) -> Result<(Figure, Figure)> {
    let folder = std::env::temp_dir().join(format!("ml-connector-bench-{}-{}", std::process::id(), case.name));
    fs::create_dir_all(&folder)?;
    let counted = count_in(program, case, &folder);
    fs::remove_dir_all(&folder).ok();
    counted
}

fn count_in(program: &Path, case: &Case, folder: &Path) -> Result<(Figure, Figure)> {
    let sandbox = Sandbox::start(program, folder)?;
    let site = folder.join("site.toml");
    fs::write(&site, for_case(&fs::read_to_string(&site)?, case)?)?;
    let key = folder.join("key");
    let connector = |words: &[&str]| -> Result<Value> {
        let mut command = Command::new(program);
        command.args(words).arg("--json").arg("--data-dir").arg(folder.join("data"));
        if words.first() != Some(&"key") {
            command.arg("--key-file").arg(&key);
        }
        let output = command.output().with_context(|| format!("`{}` cannot be started", shown(&command)))?;
        // 2: something waits for a person, which is so at every distributor.
        if !matches!(output.status.code(), Some(0 | 2)) {
            bail!("`{}` ended with {}: {}", shown(&command), output.status, String::from_utf8_lossy(&output.stderr));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        Ok(text.lines().next_back().and_then(|line| serde_json::from_str(line).ok()).unwrap_or(Value::Null))
    };
    let text = |path: &Path| path.to_str().map(str::to_owned).context("a path that is no text");
    connector(&["key", "new", &text(&key)?])?;
    connector(&["site", "apply", &text(&site)?])?;

    connector(&["sync"])?;
    let read = sandbox.syspro_calls()?;
    connector(&["site", "mode", "sandbox", "automatic", "--yes"])?;
    connector(&["sync"])?;
    let all = sandbox.syspro_calls()?;
    let shipments = sandbox.labels()?;
    if shipments == 0 {
        bail!("nothing was booked");
    }
    let written: BTreeMap<String, u64> = all
        .iter()
        .map(|(call, many)| (call.clone(), many - read.get(call).copied().unwrap_or_default()))
        // The second cycle polls once more before it ships.
        .filter(|(call, many)| *many > 0 && !call.starts_with("syspro.odata"))
        .collect();
    let limit_of_address = !case.soap && !case.comtfm;
    Ok((
        figure(format!("intake/{}", case.name), &read, ORDERS.into(), "calls/100 orders", Some(10)),
        figure(
            format!("write-back/{}", case.name),
            &written,
            shipments,
            "calls/100 shipments",
            (!limit_of_address).then_some(12),
        ),
    ))
}

/// Sessions are not work, so logging on and off is shown and not counted.
fn figure(name: String, calls: &BTreeMap<String, u64>, by: u64, unit: &'static str, goal: Option<u64>) -> Figure {
    let work = calls.iter().filter(|(call, _)| !matches!(call.as_str(), "syspro.logon" | "syspro.logoff"));
    let many: u64 = work.map(|(_, many)| many).sum();
    let value = (Decimal::from(many) * Decimal::ONE_HUNDRED / Decimal::from(by)).round_dp(1);
    let calls = calls.iter().map(|(call, many)| format!("{many} {}", call.trim_start_matches("syspro.")));
    Figure { name, value, unit, goal: goal.map(Decimal::from), calls: calls.collect::<Vec<_>>().join(", ") }
}

/// The sandbox's site file, with this case's way of talking.
fn for_case(text: &str, case: &Case) -> Result<String> {
    let mut site: toml::Table = text.parse().context("the sandbox's site file")?;
    let syspro = site.get_mut("syspro").and_then(toml::Value::as_table_mut).context("no [syspro]")?;
    if case.soap {
        syspro.insert("transport".to_owned(), "soap".into());
    }
    if !case.odata {
        syspro.remove("odata");
    }
    if let Some(limit) = case.url_limit {
        syspro.insert("url_limit".to_owned(), limit.into());
        syspro.insert("find_by_range".to_owned(), true.into());
    }
    if case.comtfm {
        let write_back = site.entry("write_back").or_insert_with(|| toml::Table::new().into());
        let write_back = write_back.as_table_mut().context("[write_back] is no table")?;
        write_back.insert("form_object".to_owned(), "comtfm".into());
        write_back.insert("max_items".to_owned(), 500.into());
    }
    Ok(toml::to_string(&site)?)
}

/// The pretended systems in a process of their own, ended with this value.
struct Sandbox {
    child: Child,
    control: String,
}

impl Sandbox {
    fn start(program: &Path, folder: &Path) -> Result<Self> {
        let orders = ORDERS.to_string();
        let mut child = Command::new(program)
            .args(["--json", "sandbox", "--orders", &orders, "--seed", "7"])
            .args(["--ups-port", "0", "--syspro-port", "0", "--control-port", "0", "--site-folder"])
            .arg(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("{} cannot be started", program.display()))?;
        let mut line = String::new();
        let said = child.stdout.take().context("the sandbox says nothing")?;
        BufReader::new(said).read_line(&mut line)?;
        let told: Value = serde_json::from_str(&line).context("the sandbox's first line is no JSON")?;
        let control = told.get("control").and_then(Value::as_str).context("the sandbox names no control address")?;
        let control = control.trim_start_matches("http://").trim_end_matches('/').to_owned();
        Ok(Self { child, control })
    }

    fn ledger(&self) -> Result<Value> {
        let mut stream = TcpStream::connect(&self.control).context("the control address does not answer")?;
        write!(stream, "GET /ledger HTTP/1.0\r\nHost: {}\r\n\r\n", self.control)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (_, body) = answer.split_once("\r\n\r\n").context("the control address answers without a body")?;
        serde_json::from_str(body).context("the ledger is no JSON")
    }

    fn syspro_calls(&self) -> Result<BTreeMap<String, u64>> {
        let ledger = self.ledger()?;
        let calls = ledger.get("calls").and_then(Value::as_object).context("the ledger counts no calls")?;
        let ours = calls.iter().filter(|(call, _)| call.starts_with("syspro."));
        Ok(ours.map(|(call, many)| (call.clone(), many.as_u64().unwrap_or_default())).collect())
    }

    fn labels(&self) -> Result<u64> {
        let ledger = self.ledger()?;
        let labels = ledger.get("labels").and_then(Value::as_array).context("the ledger has no labels")?;
        Ok(u64::try_from(labels.len())?)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
