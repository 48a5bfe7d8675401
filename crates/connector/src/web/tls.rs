//! TLS with the house's own certificate.
//!
//! ```text
//! TCP ─► handshake, each on its own task, with a deadline ─► queue ─► axum
//! ```
//!
//! A peer that connects and says nothing must not keep the next one waiting, so no handshake happens where connections are
//! accepted. The certificate is read at the start: a renewed one needs a restart.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::server::TlsStream;

use super::ConsoleError;

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Connections that wait to be served.
const WAITING: usize = 64;

/// A certificate with its key.
pub(super) struct Certificate(TlsAcceptor);

impl Certificate {
    /// Reads both from PEM files.
    pub(super) fn read(chain: &Path, key: &Path) -> Result<Self, ConsoleError> {
        let bad = |what: &Path, error: String| ConsoleError::Certificate(format!("{}: {error}", what.display()));
        let certificates = CertificateDer::pem_file_iter(chain)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| bad(chain, error.to_string()))?;
        let private = PrivateKeyDer::from_pem_file(key).map_err(|error| bad(key, error.to_string()))?;
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|it| it.with_no_client_auth().with_single_cert(certificates, private))
            .map_err(|error| bad(chain, error.to_string()))?;
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    /// Accepts on a listener from here on.
    pub(super) fn listen(self, listener: TcpListener) -> Secured {
        let address = listener.local_addr();
        let (to, ready) = mpsc::channel(WAITING);
        let accepting = tokio::spawn(async move {
            loop {
                // Out of descriptors, or a peer that left: the next one may do better.
                let Ok((stream, peer)) = listener.accept().await else {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                };
                let (acceptor, to) = (self.0.clone(), to.clone());
                tokio::spawn(async move {
                    if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
                        // Nobody serves any more: the connection is dropped.
                        let _ = to.send((stream, peer)).await;
                    }
                });
            }
        });
        Secured { ready, address, accepting }
    }
}

/// Connections over TLS.
pub(super) struct Secured {
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    address: io::Result<SocketAddr>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Listener for Secured {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(connection) => connection,
            // The accepting task ends with the process only.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.address.as_ref().copied().map_err(|error| io::Error::new(error.kind(), error.to_string()))
    }
}

impl Drop for Secured {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
