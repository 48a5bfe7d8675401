//! Labels to folders and raw printers.
//!
//! ```text
//! sheets ─► folder: temporary name ─ fsync ─ rename to a fixed name      (twice = the same file again)
//!        └► host:port: connect ─ write all ─ half-close                  (no acknowledgement exists)
//! ```
//!
//! Port 9100 answers nothing, so "every byte was taken" is the most that can be known. A failure before the first byte
//! is repeated; one after it is not, because the label may be lying in the tray, and a second one with the same number
//! travels on another box. Then a person looks and chooses.

use std::path::{Path, PathBuf};
use std::time::Duration;

use shipment::document::Document;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::app::App;
use crate::config::{LabelFormat, Printer, PrinterKind};
use crate::crash::{self, Point};
use crate::store::LabelRow;

/// How long a printer may take to answer the connection, and to take a sheet.
const PATIENCE: Duration = Duration::from_secs(10);

/// One label, ready for paper.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// The name its file gets in a folder: document and tracking number, so that repeating replaces.
    pub file_name: String,
    /// The label as UPS drew it.
    pub bytes: Vec<u8>,
}

impl Sheet {
    pub(crate) fn of(document: &Document, row: LabelRow, reprint: bool) -> Self {
        let number: String = document
            .number
            .as_str()
            .trim()
            .chars()
            .map(|it| if it.is_ascii_alphanumeric() { it } else { '-' })
            .collect();
        let again = if reprint { "-reprint" } else { "" };
        Self { file_name: format!("{number}_{}{again}.{}", row.tracking_number, row.format), bytes: row.bytes }
    }
}

/// What became of some sheets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Printed {
    /// In the folder, or every byte taken by the socket.
    Done {
        /// Where, for people.
        to: String,
    },
    /// Nothing has left; trying again is safe.
    NothingSent {
        /// Why.
        why: String,
    },
    /// Some bytes have left.
    Perhaps {
        /// What happened then.
        why: String,
    },
}

/// Brings sheets to a printer.
pub(crate) async fn deliver(app: &App, printer: &Printer, sheets: &[Sheet]) -> Printed {
    match &printer.kind {
        PrinterKind::Folder(path) => to_folder(&app.data_dir.join(path), sheets).await,
        PrinterKind::Raw(address) => to_socket(address, sheets).await,
    }
}

/// Sends a page that says what it is, for whoever looks whether the printer prints. Sent twice, two pages come out.
pub(crate) async fn test(app: &App, printer: &Printer, who: &str) -> Printed {
    let at = app.clock.now().strftime("%Y-%m-%d %H:%M UTC").to_string();
    let who: String = who.chars().filter(|it| it.is_ascii_alphanumeric() || matches!(it, '.' | '-' | '@')).collect();
    let (text, ending) = match printer.format {
        LabelFormat::Zpl => {
            let line = |y: u32, size: u32, words: &str| format!("^FO60,{y}^A0N,{size},{size}^FD{words}^FS");
            let page = [
                line(60, 60, "ml-connector: test page"),
                line(150, 36, &format!("printer {}, {at}", printer.name)),
                line(210, 36, &format!("asked for by {who}")),
                line(300, 36, "This is no label. Throw it away."),
            ];
            (format!("^XA{}^XZ\n", page.concat()), "zpl")
        }
        // Printers of pictures take text; a folder shows it.
        LabelFormat::Gif | LabelFormat::Png => {
            let page = format!("ml-connector: test page\r\nprinter {}, {at}\r\nasked for by {who}\r\n", printer.name);
            (format!("{page}This is no label. Throw it away.\r\n\x0c"), "txt")
        }
    };
    let sheet = Sheet { file_name: format!("test-page.{ending}"), bytes: text.into_bytes() };
    deliver(app, printer, &[sheet]).await
}

async fn to_folder(folder: &Path, sheets: &[Sheet]) -> Printed {
    for sheet in sheets {
        if let Err(error) = write_sheet(folder, sheet).await {
            return Printed::NothingSent { why: format!("folder {}: {error}", folder.display()) };
        }
    }
    Printed::Done { to: folder.display().to_string() }
}

async fn write_sheet(folder: &Path, sheet: &Sheet) -> std::io::Result<()> {
    tokio::fs::create_dir_all(folder).await?;
    let finished: PathBuf = folder.join(&sheet.file_name);
    let unfinished = folder.join(format!(".{}.part", sheet.file_name));
    let mut file = tokio::fs::File::create(&unfinished).await?;
    file.write_all(&sheet.bytes).await?;
    file.sync_all().await?;
    crash::point(Point::LabelWritten);
    tokio::fs::rename(&unfinished, &finished).await?;
    crash::point(Point::LabelDelivered);
    Ok(())
}

async fn to_socket(address: &str, sheets: &[Sheet]) -> Printed {
    let connected = tokio::time::timeout(PATIENCE, TcpStream::connect(address)).await;
    let mut stream = match connected {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return Printed::NothingSent { why: format!("{address}: {error}") },
        Err(_) => return Printed::NothingSent { why: format!("{address} does not answer") },
    };
    let mut sent = 0_usize;
    for sheet in sheets {
        let mut rest = sheet.bytes.as_slice();
        while !rest.is_empty() {
            match tokio::time::timeout(PATIENCE, stream.write(rest)).await {
                Ok(Ok(0)) => return unfinished(sent, "the printer closed the connection"),
                Ok(Ok(taken)) => {
                    sent += taken;
                    rest = &rest[taken..];
                }
                Ok(Err(error)) => return unfinished(sent, &error.to_string()),
                Err(_) => return unfinished(sent, "the printer takes no more bytes"),
            }
        }
    }
    match stream.shutdown().await {
        Ok(()) => Printed::Done { to: address.to_owned() },
        Err(error) => unfinished(sent, &error.to_string()),
    }
}

fn unfinished(sent: usize, why: &str) -> Printed {
    if sent == 0 { Printed::NothingSent { why: why.to_owned() } } else { Printed::Perhaps { why: why.to_owned() } }
}
