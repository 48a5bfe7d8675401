//! *Try it*: the demo, beside the company's own data, for as long as this program runs.
//!
//! ```text
//! button ─► demo (pretended UPS and SYSPRO, a console of its own on loopback) ─► a link that enters it
//! ```
//!
//! Nothing of it touches the company's store: it has a folder of its own below the data directory. Pressed twice, there is
//! one. Killed, it is gone, and the next press makes a new one. Only where the console itself listens on loopback, because the
//! pretended one does.

use std::sync::Arc;

use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use super::Web;
use super::problem::Problem;
use crate::demo::{Demo, fresh_folder};

/// Enough for a board that shows everything.
const ORDERS: usize = 40;
/// The same company each time.
const SEED: u64 = 7;

/// The demo that runs, if one does.
#[derive(Debug, Default)]
pub(super) struct Trial(Mutex<Option<Running>>);

#[derive(Debug)]
struct Running {
    entry: String,
    work: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.work.abort();
    }
}

impl Trial {
    /// The link into it, if it runs.
    pub(super) async fn entry(&self) -> Option<String> {
        self.0.lock().await.as_ref().map(|it| it.entry.clone())
    }

    /// Starts it, unless it runs.
    pub(super) async fn begin(&self, web: &Web) -> Result<(), Problem> {
        let mut trial = self.0.lock().await;
        if trial.is_some() {
            return Ok(());
        }
        let failed = |error: anyhow::Error| {
            tracing::error!(%error, "the pretended systems could not be started");
            Problem::conflict(format!("the pretended systems could not be started: {error:#}; the log says more"))
        };
        let data_dir = fresh_folder(&web.app().data_dir.join("trial")).map_err(failed)?;
        let demo = Demo { orders: ORDERS, seed: SEED, faults: false, headless: false, data_dir };
        let running = Arc::new(Box::pin(demo.start()).await.map_err(failed)?);
        let entry = running.console().unwrap_or_default().to_owned();
        let work = tokio::spawn(async move {
            let worked = async {
                running.until_quiet(|_| ()).await?;
                running.attend().await
            };
            if let Err(error) = worked.await {
                tracing::error!(%error, "the pretended warehouse stopped");
            }
        });
        *trial = Some(Running { entry, work });
        Ok(())
    }
}
