//! The real binary as a child process, watched so that one that hangs fails its case instead of stopping the tests.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::task::JoinHandle;

/// The longest a child may take; a whole `sync` takes a second.
const PATIENCE: Duration = Duration::from_secs(90);

/// How a child ended and what it said.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    /// Whether it ended by `abort`, and so without running a single destructor.
    pub(crate) fn aborted(&self) -> bool {
        #[cfg(unix)]
        {
            use std::os::unix::process::ExitStatusExt as _;
            const SIGABRT: i32 = 6;
            self.status.signal() == Some(SIGABRT)
        }
        #[cfg(not(unix))]
        {
            // What the C runtime of Windows makes of it.
            const FAIL_FAST: u32 = 0xC000_0409;
            self.status.code().is_some_and(|code| code.cast_unsigned() == FAIL_FAST)
        }
    }
}

/// Runs a command to its end.
pub(crate) async fn run(command: Command) -> anyhow::Result<Ended> {
    tokio::task::spawn_blocking(move || run_blocking(command)).await?
}

/// Starts a command: the number of its process, and its end.
pub(crate) fn start(command: Command) -> anyhow::Result<(u32, JoinHandle<anyhow::Result<Ended>>)> {
    let child = begun(command)?;
    Ok((child.id(), tokio::task::spawn_blocking(move || to_its_end(child))))
}

fn run_blocking(command: Command) -> anyhow::Result<Ended> {
    to_its_end(begun(command)?)
}

fn begun(mut command: Command) -> anyhow::Result<Child> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{} cannot be started", command.get_program().display()))
}

fn to_its_end(mut child: Child) -> anyhow::Result<Ended> {
    let out = drain(child.stdout.take());
    let err = drain(child.stderr.take());
    // Both pipes end when the process does.
    let (Ok(out), Ok(err)) = (out.recv_timeout(PATIENCE), err.recv_timeout(PATIENCE)) else {
        child.kill()?;
        child.wait()?;
        bail!("it did not end within {PATIENCE:?}");
    };
    Ok(Ended { status: child.wait()?, out, err })
}

fn drain(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<String> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What could be read is told; a broken pipe ends it like any other end.
            let _ = pipe.read_to_end(&mut bytes);
        }
        let _ = tell.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    told
}
