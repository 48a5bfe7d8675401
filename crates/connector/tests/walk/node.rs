//! A node: an App on a runtime of its own, so that it can die as a whole at any await.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use connector::app::App;
use connector::clock::Clock;
use connector::store::{Options, Store, StoreError};
use connector::vault::Vault;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

/// The longest a node may take to end in order.
const LEAVING: Duration = Duration::from_secs(20);
/// The longest a runtime's threads may take to notice that they are to end.
const DYING: Duration = Duration::from_secs(10);

/// What every node of a world is made of.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) folder: PathBuf,
    pub(crate) vault: Vault,
    pub(crate) clock: Clock,
}

/// Where a node keeps its records.
#[derive(Clone)]
pub(crate) enum Keeps {
    /// In the data directory's SQLite file, alone.
    Own,
    /// In a store that it shares with others and that outlives it.
    Shared(Store),
}

/// One node.
pub(crate) struct Node {
    pub(crate) number: usize,
    pub(crate) app: Arc<App>,
    runtime: Runtime,
}

impl Node {
    pub(crate) async fn start(number: usize, parts: &Parts, keeps: Keeps) -> anyhow::Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let Parts { folder, vault, clock } = parts.clone();
        let starting = runtime.spawn(async move {
            let store = match keeps {
                Keeps::Own => Store::open(&folder, Options::default()).await?,
                Keeps::Shared(store) => store,
            };
            anyhow::Ok(App::new(store, vault, clock, &folder).await?)
        });
        let started = starting.await.context("starting a node panicked").and_then(|it| it);
        match started {
            Ok(app) => Ok(Self { number, app, runtime }),
            Err(error) => {
                end(runtime).await;
                Err(error.context(format!("node {number} does not start")))
            }
        }
    }

    /// One round of what `serve` does for ever: reads what is ready, does what is due. Answers what could not be read, and
    /// why.
    pub(crate) fn cycle(&self) -> JoinHandle<Result<Vec<String>, StoreError>> {
        let app = Arc::clone(&self.app);
        self.runtime.spawn(async move {
            let (polled, driven) = tokio::join!(app.poll(), app.drive());
            driven?;
            app.drive().await?;
            Ok(polled?.into_iter().filter_map(|it| it.trouble).collect())
        })
    }

    /// Ends at whatever await its tasks have come to.
    pub(crate) async fn dies(self) {
        let Self { app, runtime, .. } = self;
        end(runtime).await;
        drop(app);
    }

    /// Ends in order: logs off and lets go.
    pub(crate) async fn leaves(self, alone: bool) -> anyhow::Result<()> {
        let Self { app, runtime, number } = self;
        app.stop();
        let leaving = runtime.spawn(async move {
            if alone {
                app.close().await;
            } else {
                app.leave().await;
            }
        });
        let left = tokio::time::timeout(LEAVING, leaving).await;
        end(runtime).await;
        match left {
            Ok(Ok(())) => Ok(()),
            Ok(Err(panicked)) => bail!("node {number} panicked while it ended: {panicked}"),
            Err(_) => bail!("node {number} does not end"),
        }
    }
}

async fn end(runtime: Runtime) {
    let ended = tokio::task::spawn_blocking(move || runtime.shutdown_timeout(DYING)).await;
    ended.expect("ending a runtime does not panic");
}
