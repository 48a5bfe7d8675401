//! Living under an operating system: the only code that differs between them.
//!
//! So far only being told to stop. Installing as a service is a later chapter.

/// Waits until the operating system or a person tells this process to stop.
///
/// # Errors
/// When the signals cannot be heard.
pub async fn told_to_stop() -> std::io::Result<()> {
    platform::told_to_stop().await
}

#[cfg(unix)]
mod platform {
    use tokio::signal::unix::{SignalKind, signal};

    /// Ctrl-C, or what service managers and containers send.
    pub(super) async fn told_to_stop() -> std::io::Result<()> {
        let mut terminated = signal(SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminated.recv() => Ok(()),
        }
    }
}

#[cfg(windows)]
mod platform {
    use tokio::signal::windows::{ctrl_close, ctrl_shutdown};

    /// Ctrl-C, a closed window, or Windows going down.
    pub(super) async fn told_to_stop() -> std::io::Result<()> {
        let (mut closed, mut shut_down) = (ctrl_close()?, ctrl_shutdown()?);
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = closed.recv() => Ok(()),
            _ = shut_down.recv() => Ok(()),
        }
    }
}

#[cfg(not(any(unix, windows)))]
mod platform {
    pub(super) async fn told_to_stop() -> std::io::Result<()> {
        tokio::signal::ctrl_c().await
    }
}
