//! A throw-away PostgreSQL: begun by a test process, ended with it, however it ends.
//!
//! ```text
//! test process ── pipe ──► keeper.sh ── child ──► postgres, in a temporary folder, on a Unix socket only
//!     │ writes stop, crash, start     │
//!     └ ends, is killed: pipe closes ─┴─► postgres is told to end at once, the folder is removed
//! ```
//!
//! Nothing here relies on a server that happens to run, and nothing is left running: the keeper waits for the end of a
//! pipe that only the test process holds, so even `kill -9` of the tests ends the server. PostgreSQL refuses to run as
//! root; a root process therefore starts it as `postgres`, or `nobody` where that user does not exist.
//!
//! Durability is as in production (`fsync` and `synchronous_commit` on). Text is sorted as people sort it and not by its
//! bytes, so that nothing comes to rely on the order of bytes. What is deliberately not here: anything of ours. This crate
//! knows no table and no store.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

/// What tests read to know which programs are left out on purpose, separated by blanks.
const LEFT_OUT: &str = "ML_CONNECTOR_LEFT_OUT";
/// The program a cluster cannot be without, by which it is left out.
const PROGRAM: &str = "initdb";
/// Where Debian keeps PostgreSQL's programs, a folder a version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// Everybody's user in a cluster.
const USER: &str = "connector";
/// The longest name of a socket that the system takes, less PostgreSQL's own part of it.
const LONGEST_FOLDER: usize = 80;

/// A running PostgreSQL with databases of its own.
#[derive(Debug)]
pub struct Cluster {
    folder: PathBuf,
    programs: PathBuf,
    keeper: Mutex<Keeper>,
    made: AtomicU32,
}

/// The shell that starts and ends the server.
#[derive(Debug)]
struct Keeper {
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Cluster {
    /// The cluster of this process, begun when it is first asked for. `None` where there is no PostgreSQL to begin one
    /// with, which is said past any capture of the test's output.
    ///
    /// # Panics
    /// With `CI=true` when there is none, because nothing may be left out there; and when one cannot be begun.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Cluster>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref()
    }

    /// A cluster of one's own, for whoever stops it in the middle.
    ///
    /// # Panics
    /// See [`Cluster::shared`].
    pub fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            leave_out();
            return None;
        };
        Some(
            Self::begun(programs)
                .unwrap_or_else(|error| panic!("a PostgreSQL for the tests cannot be started: {error}")),
        )
    }

    fn begun(programs: PathBuf) -> std::io::Result<Self> {
        let folder = place()?;
        let runner = runner(&folder)?;
        let data = folder.join("data");
        let mut init = as_runner(runner.as_ref(), &programs.join(PROGRAM));
        init.args(["--no-sync", "--auth=trust", "--encoding=UTF8", "--username", USER])
            .args(collation(&programs))
            .arg("-D")
            .arg(&data);
        said(&mut init)?;
        let server = as_runner(runner.as_ref(), &programs.join("postgres"));
        let words: Vec<OsString> =
            std::iter::once(server.get_program()).chain(server.get_args()).map(ToOwned::to_owned).collect();
        let mut child = Command::new("sh")
            .arg("-c")
            .arg(include_str!("keeper.sh"))
            .arg("keeper")
            .arg(&folder)
            .arg(programs.join("pg_isready"))
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let orders = child.stdin.take();
        let answers = child.stdout.take().ok_or_else(|| std::io::Error::other("the keeper has no output"))?;
        let keeper = Mutex::new(Keeper { child, orders, answers: BufReader::new(answers) });
        let cluster = Self { folder, programs, keeper, made: AtomicU32::new(0) };
        cluster.order("start");
        Ok(cluster)
    }

    /// Makes a database that nobody else has, and gives its address.
    ///
    /// # Panics
    /// When the server does not make it.
    pub fn database(&self) -> String {
        let name = format!("test_{}", self.made.fetch_add(1, Ordering::Relaxed));
        self.execute(&self.url("postgres"), &format!("CREATE DATABASE {name}"));
        self.url(&name)
    }

    /// A database that begins as a copy of another one, in which nobody may be at work.
    ///
    /// # Panics
    /// When the server does not make it.
    pub fn copy_of(&self, url: &str) -> String {
        let name = format!("test_{}", self.made.fetch_add(1, Ordering::Relaxed));
        let from = self.execute(url, "SELECT current_database()");
        self.execute(&self.url("postgres"), &format!("CREATE DATABASE {name} TEMPLATE {from}"));
        self.url(&name)
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://{USER}@localhost/{database}?host={}", self.folder.display())
    }

    /// Does to a database what a program should not be able to, and gives what was answered: a line a row, columns
    /// parted by `|`.
    ///
    /// # Panics
    /// When the server refuses it.
    pub fn execute(&self, url: &str, sql: &str) -> String {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "-v", "ON_ERROR_STOP=1"]);
        psql.args(["--dbname", url, "--command", sql]);
        said(&mut psql).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Ends the server as its administrator would: what is under way is broken off, what is committed stays.
    pub fn stop(&self) {
        self.order("stop");
    }

    /// Ends the server as a failing machine would, without a word to anybody.
    pub fn crash(&self) {
        self.order("crash");
    }

    /// Starts the server again, on the same data and at the same address.
    pub fn start_again(&self) {
        self.order("start");
    }

    /// Freezes the server: it answers nobody and closes nothing.
    pub fn freeze(&self) {
        self.order("freeze");
    }

    /// Lets a frozen server go on.
    pub fn thaw(&self) {
        self.order("thaw");
    }

    /// Gives the keeper an order and waits until it is carried out.
    fn order(&self, order: &str) {
        let mut keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        let given = keeper.orders.as_mut().map(|it| writeln!(it, "{order}").and_then(|()| it.flush()));
        let mut answer = String::new();
        let heard = keeper.answers.read_line(&mut answer);
        let done = given.is_some_and(|it| it.is_ok()) && heard.is_ok() && answer.trim() == "done";
        assert!(done, "PostgreSQL does not {order}: {answer}{}", self.log());
    }

    /// What the server wrote down.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let keeper = self.keeper.get_mut().unwrap_or_else(PoisonError::into_inner);
        // The end of the pipe is the order to end.
        drop(keeper.orders.take());
        let _ = keeper.child.wait();
    }
}

/// The folder with PostgreSQL's programs: Debian's newest, else the one on the path.
fn programs() -> Option<PathBuf> {
    if std::env::var(LEFT_OUT).is_ok_and(|it| it.split(' ').any(|it| it == PROGRAM)) {
        return None;
    }
    let versions = std::fs::read_dir(DEBIAN).ok().into_iter().flatten().flatten();
    let versions: BTreeSet<u32> = versions.filter_map(|it| it.file_name().to_str()?.parse().ok()).collect();
    let debian = versions.iter().rev().map(|version| Path::new(DEBIAN).join(version.to_string()).join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let whole =
        |folder: &PathBuf| ["initdb", "postgres", "psql", "pg_isready"].iter().all(|it| folder.join(it).is_file());
    debian.chain(paths).find(whole)
}

fn leave_out() {
    let why = "PostgreSQL is not installed, so nothing is tested on it; `apt-get install postgresql` as root brings it";
    let mut out = std::io::stderr().lock();
    // Nothing is left to do when the terminal is gone.
    let _ = writeln!(out, "\n*** LEFT OUT: {why}\n");
    let all = std::env::var("CI").is_ok_and(|it| it == "true");
    assert!(!all, "CI=true leaves nothing out: {why}");
}

/// A new folder whose name is short enough for a socket in it.
fn place() -> std::io::Result<PathBuf> {
    let wanted = std::env::temp_dir();
    let parent = if wanted.as_os_str().len() > LONGEST_FOLDER { PathBuf::from("/tmp") } else { wanted };
    Ok(tempfile::Builder::new().prefix("cluster").tempdir_in(parent)?.keep())
}

/// The user as whom the server runs; `None` where we may be that ourselves.
fn runner(folder: &Path) -> std::io::Result<Option<(u32, u32)>> {
    use std::os::unix::fs::{MetadataExt as _, chown};
    if folder.metadata()?.uid() != 0 {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd")?;
    let ids = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut numbers = line.split(':').skip(2).filter_map(|it| it.parse().ok());
        Some((numbers.next()?, numbers.next()?))
    };
    let user = ids("postgres").or_else(|| ids("nobody"));
    let (user, group) = user.ok_or_else(|| std::io::Error::other("there is neither a user postgres nor nobody"))?;
    chown(folder, Some(user), Some(group))?;
    Ok(Some((user, group)))
}

fn as_runner(runner: Option<&(u32, u32)>, program: &Path) -> Command {
    let Some((user, group)) = runner else { return Command::new(program) };
    let mut command = Command::new("setpriv");
    command.args([format!("--reuid={user}"), format!("--regid={group}")]).args(["--clear-groups", "--"]).arg(program);
    command
}

/// Sorting as people sort, where this version can do it without a locale of the system's.
fn collation(programs: &Path) -> &'static [&'static str] {
    let version = said(Command::new(programs.join(PROGRAM)).arg("--version")).unwrap_or_default();
    let major = version.split(' ').find_map(|it| it.split('.').next()?.parse::<u32>().ok());
    if major.is_some_and(|it| it >= 15) {
        &["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"]
    } else {
        &["--locale=C.UTF-8"]
    }
}

/// Runs a program to its end and gives what it said.
fn said(command: &mut Command) -> std::io::Result<String> {
    let output = command.current_dir("/").stdin(Stdio::null()).output()?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(std::io::Error::other(format!(
            "{:?} ended with {}: {words}",
            command.get_program(),
            output.status
        )));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_answers_is_stopped_and_has_kept_what_was_committed() {
        let Some(cluster) = Cluster::start() else { return };
        let url = cluster.database();
        cluster.execute(&url, "CREATE TABLE kept (word TEXT)");
        cluster.execute(&url, "INSERT INTO kept VALUES ('b'), ('A'), ('a'), ('B')");
        for end in [Cluster::stop, Cluster::crash] {
            end(&cluster);
            cluster.start_again();
        }
        assert_eq!(cluster.execute(&url, "SELECT string_agg(word, '' ORDER BY word) FROM kept"), "aAbB");
        assert_eq!(cluster.execute(&url, "SHOW fsync"), "on");
        assert_eq!(cluster.execute(&url, "SHOW synchronous_commit"), "on");
        let copy = cluster.copy_of(&url);
        assert_eq!(cluster.execute(&copy, "SELECT COUNT(*) FROM kept"), "4");
        let folder = cluster.folder.clone();
        drop(cluster);
        assert!(!folder.exists(), "{} is left behind", folder.display());
    }
}
