//! The intent is on disk before UPS hears a word of the booking.
//!
//! ```text
//! strace ─► sync, the real binary ─► Trace ─┬─ writes to the database's log that hold a reference
//!                                           ├─ syncs of that log, from their beginning to their end
//!                                           └─ requests for a label, by connection, from their first byte
//! ```
//!
//! A process that dies leaves what it has written to the operating system, synced or not, so no crash point can tell
//! whether a power cut would have left the intent. The system calls can: for every reference the log is written, then
//! synced, and only then the request that carries it begins.

use std::collections::HashMap;
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::child;
use crate::leave_out;
use crate::world::{By, Manner, World};

/// The database's write-ahead log, whatever folder it is in.
const LOG: &str = "ml-connector.db-wal>";
/// How a request for a label begins.
const SHIP: &str = "POST /api/shipments/v2409/ship";
const CALLS: &str = "trace=connect,write,writev,pwrite64,pwritev,sendto,sendmsg,fsync,fdatasync";

#[tokio::test(flavor = "multi_thread")]
async fn the_intent_is_synced_before_the_first_byte_of_the_booking() -> anyhow::Result<()> {
    if let Some(why) = cannot_trace().await {
        leave_out(&format!("whether the intent is synced before the booking is asked for: {why}"));
        return Ok(());
    }
    let _seat = crate::SEATS.acquire().await?;
    let world = World::open(By::Process, Manner::default()).await?;
    let file = tempfile::NamedTempFile::new()?;
    let ended = child::run(traced(&world.command(&["sync", "--json"]), file.path().as_os_str())).await?;
    ensure!(matches!(ended.status.code(), Some(0 | 2)), "sync ended with {}: {}", ended.status, ended.err);

    let port: u16 = world.sandbox.ups_url().rsplit(':').next().context("UPS has a port")?.parse()?;
    let text = String::from_utf8_lossy(&std::fs::read(file.path())?).into_owned();
    let trace = Trace::read(&text);
    let store = world.store().await?;
    let mut proven = 0;
    for note in world.notes() {
        for row in store.find(None, &note.number.parse()?).await? {
            for attempt in store.attempts_of(&row.site, row.id).await? {
                trace.proves(attempt.reference.as_str(), port)?;
                proven += 1;
            }
        }
    }
    store.close().await;
    ensure!(proven == world.notes().len(), "{proven} attempts were made for {} documents", world.notes().len());
    let asked = world.sandbox.ledger().calls_of(&sandbox::Call::Ship);
    ensure!(
        u64::try_from(trace.requests.len())? == asked,
        "UPS was asked {asked} times, {} seen",
        trace.requests.len()
    );
    Ok(())
}

/// Why system calls cannot be traced here.
async fn cannot_trace() -> Option<String> {
    let mut probe = Command::new("strace");
    probe.args(["-f", "-y", "-o", "/dev/null", "-e", CALLS, "true"]);
    match child::run(probe).await {
        Ok(ended) if ended.status.success() => None,
        Ok(ended) => Some(format!("strace cannot trace here: {}", ended.err.trim())),
        Err(_) => Some("strace is not installed".to_owned()),
    }
}

/// The same command under strace: all threads, file names beside descriptors, data in full.
fn traced(command: &Command, to: &std::ffi::OsStr) -> Command {
    let mut traced = Command::new("strace");
    traced.args(["-f", "-y", "-s", "200000", "-e", CALLS, "-o"]).arg(to).arg(command.get_program());
    traced.args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => traced.env(name, value),
            None => traced.env_remove(name),
        };
    }
    traced
}

/// A request for a label.
#[derive(Debug)]
struct Request {
    /// The line at which its first byte was handed to the system.
    begins: usize,
    /// The port at the other end.
    port: Option<u16>,
    /// What was sent, as strace writes it.
    text: String,
}

/// What strace wrote down, by line.
#[derive(Debug, Default)]
struct Trace {
    /// Writes to the log: line and data.
    logged: Vec<(usize, String)>,
    /// Syncs of the log that went well: where each began and ended.
    synced: Vec<(usize, usize)>,
    requests: Vec<Request>,
}

impl Trace {
    fn read(text: &str) -> Self {
        let mut trace = Self::default();
        let mut ports: HashMap<&str, u16> = HashMap::new();
        let mut open: HashMap<&str, usize> = HashMap::new();
        let mut syncing: HashMap<&str, usize> = HashMap::new();
        for (line, written) in text.lines().enumerate() {
            // "1234  fdatasync(7</data/ml-connector.db-wal>) = 0"
            let Some((thread, call)) = written.trim_start().split_once(' ') else { continue };
            let call = call.trim_start();
            if let Some(begun) = call.starts_with("<...").then(|| syncing.remove(thread)).flatten() {
                trace.synced.extend(went_well(call).then_some((begun, line)));
                continue;
            }
            let Some((name, rest)) = call.split_once('(') else { continue };
            let descriptor = rest.split(|it: char| !it.is_ascii_digit()).next().unwrap_or_default();
            let is_log = rest.split(['>', ',', ')']).next().is_some_and(|it| format!("{it}>").ends_with(LOG));
            match name {
                "connect" => {
                    let port = rest.split_once("htons(").and_then(|(_, it)| it.split(')').next()?.parse().ok());
                    ports.extend(port.map(|port| (descriptor, port)));
                    open.remove(descriptor);
                }
                "fsync" | "fdatasync" if is_log && call.ends_with("<unfinished ...>") => {
                    syncing.insert(thread, line);
                }
                "fsync" | "fdatasync" if is_log => trace.synced.extend(went_well(call).then_some((line, line))),
                _ if is_log => trace.logged.push((line, rest.to_owned())),
                _ if rest.contains(SHIP) => {
                    open.insert(descriptor, trace.requests.len());
                    let port = ports.get(descriptor).copied();
                    trace.requests.push(Request { begins: line, port, text: rest.to_owned() });
                }
                // A label's file may have got the number of a connection that is closed by now.
                _ if !rest[descriptor.len()..].starts_with("<socket:") => drop(open.remove(descriptor)),
                _ => {
                    // A body may follow its head in writes of its own, until the connection's next request.
                    if rest.contains(" HTTP/1.1\\r\\n") {
                        open.remove(descriptor);
                    } else if let Some(request) = open.get(descriptor).and_then(|at| trace.requests.get_mut(*at)) {
                        request.text.push_str(rest);
                    }
                }
            }
        }
        trace
    }

    /// The log was written with this reference and synced before the request with it began.
    fn proves(&self, reference: &str, port: u16) -> anyhow::Result<()> {
        let request = self.requests.iter().find(|it| it.text.contains(reference));
        let request = request.with_context(|| format!("no request carries {reference}"))?;
        ensure!(request.port == Some(port), "the request went to port {:?} and not to UPS's {port}", request.port);
        let logged = self.logged.iter().find(|(_, data)| data.contains(reference)).map(|(line, _)| *line);
        let logged = logged.with_context(|| format!("{reference} was never written to the log"))?;
        let synced = self.synced.iter().any(|(begun, ended)| *begun > logged && *ended < request.begins);
        ensure!(
            synced,
            "{reference}: written to the log in line {logged}, asked for in line {}, and no sync of the log between them",
            request.begins
        );
        Ok(())
    }
}

fn went_well(call: &str) -> bool {
    call.trim_end().ends_with("= 0")
}

#[cfg(test)]
mod tests {
    use super::Trace;

    const REFERENCE: &str = "7Q3M0000000000000000000000";

    fn told(lines: &[&str]) -> anyhow::Result<()> {
        let lines: Vec<_> = lines.iter().map(|it| it.replace("REF", REFERENCE)).collect();
        Trace::read(&lines.join("\n")).proves(REFERENCE, 8091)
    }

    const CONNECTED: &str = "7 connect(9<socket:[1]>, {sa_family=AF_INET, sin_port=htons(8091), sin_addr=inet_addr(\"127.0.0.1\")}, 16) = 0";
    const LOGGED: &str = "5 pwrite64(4</data/ml-connector.db-wal>, \"\\0\\1REF\", 4096, 32) = 4096";
    const SYNCED: &str = "5 fdatasync(4</data/ml-connector.db-wal>) = 0";
    const ASKED: &str = "7 writev(9<socket:[1]>, [{iov_base=\"POST /api/shipments/v2409/ship HTTP/1.1\\r\\n\"}, {iov_base=\"REF\"}], 2) = 90";

    #[test]
    fn written_synced_asked_is_the_order() {
        told(&[CONNECTED, LOGGED, SYNCED, ASKED]).expect("proven");
    }

    #[test]
    fn a_sync_of_what_came_before_or_after_proves_nothing() {
        assert!(told(&[CONNECTED, SYNCED, LOGGED, ASKED]).is_err());
        assert!(told(&[CONNECTED, LOGGED, ASKED, SYNCED]).is_err());
        assert!(told(&[CONNECTED, LOGGED, &SYNCED.replace("-wal", ""), ASKED]).is_err());
        assert!(told(&[CONNECTED, LOGGED, &SYNCED.replace("= 0", "= -1 EIO"), ASKED]).is_err());
    }

    #[test]
    fn a_sync_counts_from_its_beginning_to_its_end() {
        let begun = "5 fdatasync(4</data/ml-connector.db-wal> <unfinished ...>";
        let ended = "5 <... fdatasync resumed>) = 0";
        told(&[CONNECTED, LOGGED, begun, ended, ASKED]).expect("proven");
        assert!(told(&[CONNECTED, LOGGED, begun, ASKED, ended]).is_err());
    }

    #[test]
    fn a_body_may_follow_its_head() {
        let head = "7 sendto(9<socket:[1]>, \"POST /api/shipments/v2409/ship HTTP/1.1\\r\\n\", 60, 0) = 60";
        let body = "7 sendto(9<socket:[1]>, \"{REF}\", 30, 0) = 30";
        told(&[CONNECTED, LOGGED, SYNCED, head, body]).expect("proven");
        assert!(told(&[CONNECTED, LOGGED, head, SYNCED, body]).is_err());
    }
}
