//! A node: an App on a runtime of its own, so that it can die as a whole at any await.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use connector::app::App;
use connector::clock::Clock;
use connector::intake::Polled;
use connector::store::{DatabaseUrl, Options, Store, StoreError};
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
    /// PostgreSQL's address; none is SQLite in the node's folder.
    pub(crate) database: Option<String>,
    pub(crate) vault: Vault,
    pub(crate) clock: Clock,
}

impl Parts {
    pub(crate) async fn store(&self, folder: &Path) -> anyhow::Result<Store> {
        let database = self.database.as_deref().map(DatabaseUrl::parse).transpose()?;
        Ok(Store::open(folder, Options { database, ..Options::default() }).await?)
    }
}

/// One node.
pub(crate) struct Node {
    pub(crate) number: usize,
    /// Its data directory: whoever starts in it again is the same node, and frees what the dead one held.
    pub(crate) folder: PathBuf,
    pub(crate) app: Arc<App>,
    runtime: Runtime,
}

impl Node {
    pub(crate) async fn start(number: usize, parts: &Parts, folder: PathBuf) -> anyhow::Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let (parts, data_dir) = (parts.clone(), folder.clone());
        let starting = runtime.spawn(async move {
            let store = parts.store(&data_dir).await?;
            anyhow::Ok(App::new(store, parts.vault, parts.clock, &data_dir).await?)
        });
        let started = starting.await.context("starting a node panicked").and_then(|it| it);
        match started {
            Ok(app) => Ok(Self { number, folder, app, runtime }),
            Err(error) => {
                end(runtime).await;
                Err(error.context(format!("node {number} does not start")))
            }
        }
    }

    /// One round of what `serve` does for ever: reads what is ready, does what is due. Answers how the reading went.
    pub(crate) fn cycle(&self) -> JoinHandle<Result<Vec<Polled>, StoreError>> {
        let app = Arc::clone(&self.app);
        self.runtime.spawn(async move {
            let (polled, driven) = tokio::join!(app.poll(), app.drive());
            driven?;
            app.drive().await?;
            polled
        })
    }

    /// Ends at whatever await its tasks have come to.
    pub(crate) async fn dies(self) {
        let Self { app, runtime, .. } = self;
        end(runtime).await;
        drop(app);
    }

    /// Ends in order: logs off and lets go.
    pub(crate) async fn leaves(self) -> anyhow::Result<()> {
        let Self { app, runtime, number, .. } = self;
        app.stop();
        let leaving = runtime.spawn(app.close());
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
