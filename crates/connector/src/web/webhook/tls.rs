//! The webhook's own certificate: read from PEM files, and read again when they change.
//!
//! ```text
//! TCP ─► handshake, each on its own task with a deadline ─► the listener
//! ```
//!
//! A certificate is renewed by whoever issues it, by replacing the files; nobody has to restart anything for that. A
//! caller that never finishes its handshake keeps no other waiting.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::server::TlsStream;

use super::Caller;
use crate::clock::Clock;

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(60);
/// Handshakes that are done and not taken yet.
const DONE: usize = 64;
/// Handshakes at once.
const AT_ONCE: usize = 256;

/// A certificate chain and its key, in PEM files.
#[derive(Debug, Clone)]
pub struct Certificate {
    chain: PathBuf,
    key: PathBuf,
    config: Arc<ServerConfig>,
    changed: Option<SystemTime>,
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file cannot be read, or holds no such thing.
    #[error("{} cannot be used as {what}: {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What it should be.
        what: &'static str,
        /// Why not.
        why: String,
    },
    /// Chain and key do not fit each other.
    #[error("the certificate and its key cannot be used together: {0}")]
    Mismatch(String),
}

impl Certificate {
    /// Reads chain and key.
    ///
    /// # Errors
    /// When a file cannot be read, or the two do not fit.
    pub fn read(chain: &Path, key: &Path) -> Result<Self, CertificateError> {
        let wrong = |path: &Path, what, why: String| CertificateError::File { path: path.to_owned(), what, why };
        let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(chain)
            .and_then(Iterator::collect)
            .map_err(|error| wrong(chain, "a certificate chain", error.to_string()))?;
        if certificates.is_empty() {
            return Err(wrong(chain, "a certificate chain", "it holds no certificate".to_owned()));
        }
        let secret =
            PrivateKeyDer::from_pem_file(key).map_err(|error| wrong(key, "a private key", error.to_string()))?;
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|it| it.with_no_client_auth().with_single_cert(certificates, secret))
            .map_err(|error| CertificateError::Mismatch(error.to_string()))?;
        let changed = changed(chain).max(changed(key));
        Ok(Self { chain: chain.to_owned(), key: key.to_owned(), config: Arc::new(config), changed })
    }

    /// The same, read again if its files have changed; as it was while they cannot be read.
    fn renewed(self) -> Self {
        if changed(&self.chain).max(changed(&self.key)) == self.changed {
            return self;
        }
        match Self::read(&self.chain, &self.key) {
            Ok(renewed) => {
                tracing::info!("the webhook's certificate was read again");
                renewed
            }
            Err(error) => {
                tracing::warn!(%error, "the webhook's new certificate cannot be used; the old one stays");
                self
            }
        }
    }
}

fn changed(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|it| it.modified()).ok()
}

/// A listener whose connections are encrypted.
pub(super) struct Encrypted {
    address: SocketAddr,
    done: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    accepting: JoinHandle<()>,
}

pub(super) fn listener(listener: TcpListener, certificate: Certificate, clock: Clock) -> Encrypted {
    let address = listener.local_addr().unwrap_or_else(|_| SocketAddr::from(([0, 0, 0, 0], 0)));
    let (hand_over, done) = mpsc::channel(DONE);
    let accepting = tokio::spawn(accept(listener, certificate, clock, hand_over));
    Encrypted { address, done, accepting }
}

async fn accept(
    mut listener: TcpListener,
    mut certificate: Certificate,
    clock: Clock,
    hand_over: mpsc::Sender<(TlsStream<TcpStream>, SocketAddr)>,
) {
    let places = Arc::new(tokio::sync::Semaphore::new(AT_ONCE));
    let mut looked: Instant = clock.monotonic();
    loop {
        let (stream, from) = Listener::accept(&mut listener).await;
        if clock.monotonic().duration_since(looked) > LOOK {
            looked = clock.monotonic();
            certificate = certificate.renewed();
        }
        let acceptor = TlsAcceptor::from(Arc::clone(&certificate.config));
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let hand_over = hand_over.clone();
        tokio::spawn(async move {
            if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
                // Nobody listens any more when this fails.
                let _ = hand_over.send((stream, from)).await;
            }
            drop(place);
        });
    }
}

impl Listener for Encrypted {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.done.recv().await {
            Some(connection) => connection,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(self.address)
    }
}

impl Drop for Encrypted {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Connected<IncomingStream<'_, Encrypted>> for Caller {
    fn connect_info(stream: IncomingStream<'_, Encrypted>) -> Self {
        Self(*stream.remote_addr())
    }
}
