//! The stage of a bench: a folder, a sandbox and a connector as processes of their own, and what they used.
//!
//! ```text
//! Stage::set ─► sandbox ─► site file ─ changed by the bench ─► key new, site apply ─► sync │ serve
//!                  └─ control address: ledger, faults                                   └─ CPU, memory by /proc
//! ```
//!
//! CPU and memory are read from Linux's /proc; elsewhere they are left out. A stage ends its processes when it is dropped.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use cluster::Cluster;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::{program, shown};

/// What is measured.
pub(super) struct Programs {
    pub(super) connector: PathBuf,
    /// The example that drives the libraries alone.
    pub(super) measure: PathBuf,
}

impl Programs {
    pub(super) fn of(profile: &str) -> Result<Self> {
        let connector = program(profile)?;
        let folder = connector.parent().context("a program in no folder")?.join("examples");
        Ok(Self { measure: folder.join(format!("measure{}", std::env::consts::EXE_SUFFIX)), connector })
    }
}

/// Real time: what a bench is about.
#[expect(clippy::disallowed_methods, reason = "a bench measures real time and nothing else")]
pub(super) fn now() -> Instant {
    Instant::now()
}

pub(super) fn seconds(span: Duration) -> Decimal {
    Decimal::from(u64::try_from(span.as_micros()).unwrap_or(u64::MAX)) / Decimal::from(1_000_000)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a bench waits for other processes; there is nothing else on this thread"
)]
pub(super) fn wait(span: Duration) {
    std::thread::sleep(span);
}

/// A folder with everything of one case.
pub(super) struct Stage<'a> {
    programs: &'a Programs,
    pub(super) folder: PathBuf,
    pub(super) sandbox: Sandbox,
    /// Further words of every connector command.
    words: Vec<String>,
}

impl<'a> Stage<'a> {
    /// A sandbox with so many documents of ours, and a site over it in a folder of its own.
    pub(super) fn set(programs: &'a Programs, name: &str, orders: u32) -> Result<Self> {
        let name = name.replace('/', "-");
        let folder = std::env::temp_dir().join(format!("ml-connector-bench-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let sandbox = Sandbox::start(&programs.connector, &folder, orders)?;
        Ok(Self { programs, folder, sandbox, words: Vec::new() })
    }

    /// The same over a database of this PostgreSQL instead of a file.
    pub(super) fn on(mut self, cluster: &Cluster) -> Self {
        self.words = vec!["--database-url".to_owned(), cluster.database()];
        self
    }

    /// Applies the sandbox's site file, changed.
    pub(super) fn apply(&self, change: impl FnOnce(&mut toml::Table) -> Result<()>) -> Result<()> {
        self.apply_of(self, change)
    }

    /// Applies the site file of another stage's sandbox here, changed.
    pub(super) fn apply_of(&self, of: &Self, change: impl FnOnce(&mut toml::Table) -> Result<()>) -> Result<()> {
        let site = of.folder.join("site.toml");
        let mut text: toml::Table = fs::read_to_string(&site)?.parse().context("the sandbox's site file")?;
        change(&mut text)?;
        fs::write(&site, toml::to_string(&text)?)?;
        let key = self.folder.join("key");
        if !key.exists() {
            self.connector(&["key", "new", &text_of(&key)?])?;
        }
        self.connector(&["site", "apply", &text_of(&site)?]).map(drop)
    }

    /// A command of the connector, to its end: the last line it says, and the milliseconds of CPU it took.
    pub(super) fn connector(&self, words: &[&str]) -> Result<(Value, Option<u64>)> {
        let mut command = self.command(words)?;
        let before = children_cpu();
        let output = command.output().with_context(|| format!("`{}` cannot be started", shown(&command)))?;
        // 2: something waits for a person, which is so at every distributor.
        if !matches!(output.status.code(), Some(0 | 2)) {
            bail!("`{}` ended with {}: {}", shown(&command), output.status, String::from_utf8_lossy(&output.stderr));
        }
        let used = children_cpu().zip(before).map(|(after, before)| after.saturating_sub(before));
        let text = String::from_utf8_lossy(&output.stdout);
        let said = text.lines().next_back().and_then(|line| serde_json::from_str(line).ok()).unwrap_or(Value::Null);
        Ok((said, used))
    }

    /// A command of the connector, not yet started.
    pub(super) fn command(&self, words: &[&str]) -> Result<Command> {
        self.command_in(words, &self.data())
    }

    fn command_in(&self, words: &[&str], data: &Path) -> Result<Command> {
        let mut command = Command::new(&self.programs.connector);
        command.args(words).arg("--json").args(["--log", "warn"]).arg("--data-dir").arg(data);
        command.args(&self.words);
        if words.first() != Some(&"key") {
            command.arg("--key-file").arg(self.folder.join("key"));
        }
        Ok(command)
    }

    /// `serve`, once it says that it is ready.
    pub(super) fn serve(&self) -> Result<Running> {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"])?;
        Running::start(&mut command).map(|(running, _)| running)
    }

    /// One of several nodes over this stage's database, with so many shipments in flight, once it says that it is ready.
    pub(super) fn node(&self, number: u32, in_flight: u32) -> Result<Running> {
        let words = ["serve", "--listen", "127.0.0.1:0", "--ups-at-once", &in_flight.to_string()];
        let mut command = self.command_in(&words, &self.folder.join(format!("node-{number}")))?;
        Running::start(&mut command).map(|(running, _)| running)
    }

    pub(super) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// What this stage's connector recorded, once more into a new store.
    pub(super) fn replay(&self, cluster: Option<&Cluster>) -> Result<Value> {
        let (data, replayed) = (text_of(&self.data())?, text_of(&self.folder.join("replayed"))?);
        let mut words = vec!["store", &data, &replayed];
        let fresh = cluster.map(Cluster::database);
        words.extend(self.words.get(1).map(String::as_str));
        words.extend(fresh.as_deref());
        measure(self.programs, &words)
    }
}

/// Runs the example that drives the libraries alone, to its end: the object it says.
pub(super) fn measure(programs: &Programs, words: &[&str]) -> Result<Value> {
    let mut command = Command::new(&programs.measure);
    command.args(words);
    let output = command.output().with_context(|| format!("`{}` cannot be started", shown(&command)))?;
    if !output.status.success() {
        bail!("`{}` ended with {}: {}", shown(&command), output.status, String::from_utf8_lossy(&output.stderr));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().next_back().with_context(|| format!("`{}` says nothing", shown(&command)))?;
    serde_json::from_str(line).with_context(|| format!("`{}` says no JSON: {line}", shown(&command)))
}

/// A number of an object that a program said.
pub(super) fn number(said: &Value, name: &str) -> Result<Decimal> {
    let found = said.get(name).filter(|it| it.is_number()).with_context(|| format!("no {name} in {said}"))?;
    found.to_string().parse().with_context(|| format!("{name} is {found}"))
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.folder).ok();
    }
}

pub(super) fn text_of(path: &Path) -> Result<String> {
    path.to_str().map(str::to_owned).context("a path that is no text")
}

/// A process that says one line when it is ready; it is ended with this value.
pub(super) struct Running {
    child: Child,
    /// Kept open: a process that speaks into a closed pipe ends.
    _said: BufReader<ChildStdout>,
}

impl Running {
    /// Starts it and waits for its first line, which has to be an object.
    pub(super) fn start(command: &mut Command) -> Result<(Self, Value)> {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("`{}` cannot be started", shown(command)))?;
        let said = child.stdout.take().context("it says nothing")?;
        let mut running = Self { child, _said: BufReader::new(said) };
        let mut line = String::new();
        running._said.read_line(&mut line)?;
        let told = serde_json::from_str(&line).with_context(|| format!("`{}` said {line:?}", shown(command)))?;
        Ok((running, told))
    }

    /// Milliseconds of CPU it has used.
    pub(super) fn cpu(&self) -> Option<u64> {
        cpu_of(&format!("/proc/{}/stat", self.child.id()), 11)
    }

    /// Resident memory in kilobytes.
    pub(super) fn memory(&self) -> Option<u64> {
        let text = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.split_whitespace().next()?.parse().ok()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Milliseconds from two neighbouring fields of a stat file, counted behind the program's name. The kernel counts in
/// hundredths of a second on every platform that Rust runs on.
fn cpu_of(path: &str, first: usize) -> Option<u64> {
    let text = fs::read_to_string(path).ok()?;
    let (_, fields) = text.rsplit_once(')')?;
    let ticks = fields.split_whitespace().skip(first).take(2).map(|it| it.parse::<u64>().ok());
    ticks.sum::<Option<u64>>().map(|ticks| ticks * 10)
}

/// Milliseconds of CPU of all children that have ended.
fn children_cpu() -> Option<u64> {
    cpu_of("/proc/self/stat", 13)
}

/// What the whole machine has done so far, in ticks: at work, and altogether. Linux only.
pub(super) fn machine() -> Option<(u64, u64)> {
    let text = fs::read_to_string("/proc/stat").ok()?;
    let ticks: Vec<u64> = text.lines().next()?.split_whitespace().skip(1).filter_map(|it| it.parse().ok()).collect();
    let all: u64 = ticks.iter().take(8).sum();
    let idle: u64 = ticks.get(3..5)?.iter().sum();
    Some((all - idle, all))
}

/// The pretended systems in a process of their own.
pub(super) struct Sandbox {
    pub(super) process: Running,
    control: String,
}

impl Sandbox {
    fn start(program: &Path, folder: &Path, orders: u32) -> Result<Self> {
        let mut command = Command::new(program);
        command
            .args(["--json", "sandbox", "--orders", &orders.to_string(), "--seed", "7", "--ups", "mishaps=0"])
            .args(["--ups-port", "0", "--syspro-port", "0", "--control-port", "0", "--site-folder"])
            .arg(folder);
        let (process, told) = Running::start(&mut command)?;
        let control = told.get("control").and_then(Value::as_str).context("the sandbox names no control address")?;
        let control = control.trim_start_matches("http://").trim_end_matches('/').to_owned();
        Ok(Self { process, control })
    }

    pub(super) fn ledger(&self) -> Result<Value> {
        let body = self.ask("GET", "/ledger", "")?;
        serde_json::from_str(&body).context("the ledger is no JSON")
    }

    /// Makes calls slow from now on: `ups`, `syspro` and so on, as the sandbox's faults name them.
    pub(super) fn slow(&self, call: &str, milliseconds: u32) -> Result<()> {
        let kind = format!("latency:{milliseconds}");
        let fault = serde_json::json!({ "call": call, "when": "before", "kind": kind, "count": u32::MAX });
        self.ask("POST", "/faults", &fault.to_string()).map(drop)
    }

    fn ask(&self, verb: &str, path: &str, body: &str) -> Result<String> {
        let mut stream = TcpStream::connect(&self.control).context("the control address does not answer")?;
        write!(
            stream,
            "{verb} {path} HTTP/1.0\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.control,
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").context("the control address answers without a body")?;
        let status = head.split_whitespace().nth(1).unwrap_or_default();
        if !status.starts_with('2') {
            bail!("{verb} {path} on the control address: {status} {body}");
        }
        Ok(body.to_owned())
    }

    /// How often each call was made, of those that begin so.
    pub(super) fn calls(&self, beginning: &str) -> Result<BTreeMap<String, u64>> {
        let ledger = self.ledger()?;
        let calls = ledger.get("calls").and_then(Value::as_object).context("the ledger counts no calls")?;
        let ours = calls.iter().filter(|(call, _)| call.starts_with(beginning));
        Ok(ours.map(|(call, many)| (call.clone(), many.as_u64().unwrap_or_default())).collect())
    }

    /// How many shipments were sold; each may have several packages.
    pub(super) fn shipments(&self) -> Result<u64> {
        let ledger = self.ledger()?;
        let labels = ledger.get("labels").and_then(Value::as_array).context("the ledger has no labels")?;
        let number = |label: &Value| label.get("shipment_identification_number").map(ToString::to_string);
        let shipments: BTreeSet<String> = labels.iter().filter_map(number).collect();
        Ok(u64::try_from(shipments.len())?)
    }
}

/// "connector 3.1 ms, sandbox 2.0 ms": CPU by process for one shipment.
pub(super) fn cpu_per_shipment(shipments: u64, used: &[(&str, Option<u64>)]) -> String {
    let each = |(name, used): &(&str, Option<u64>)| {
        let used = (*used)?;
        let each = (Decimal::from(used) / Decimal::from(shipments.max(1))).round_dp(2);
        Some(format!("{name} {each} ms CPU"))
    };
    used.iter().filter_map(each).collect::<Vec<_>>().join(", ")
}
