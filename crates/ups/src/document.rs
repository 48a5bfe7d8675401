//! Papers beside the label: customs forms, receipts, high-value reports.

use std::fmt;

use bytes::Bytes;

use crate::json::Node;
use crate::label::{ImageFormat, image_of};

/// What a paper is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DocumentKind {
    /// All customs forms in one document.
    InternationalForms,
    /// A form of one package.
    PackageForm,
    /// A receipt for the customer.
    Receipt,
    /// The high-value report (control log) of packages with a high declared value. The driver signs it; two copies.
    ControlLog,
    /// The high-value report of returns and imports.
    HighValueReport,
    /// The page that is turned in for collect on delivery.
    CodTurnIn,
    /// The declaration of dangerous goods.
    DangerousGoods,
    /// The label as a page for a browser.
    LabelPage,
    /// The page with the carriage terms and a place for a signature: one per shipment from outside the US.
    SignaturePage,
}

/// A paper, decoded. Its `Debug` shows the size only: it carries names and addresses.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Document {
    /// What it is.
    pub kind: DocumentKind,
    /// The format UPS says it is, or else the one its first bytes show.
    pub format: ImageFormat,
    /// The document.
    pub bytes: Bytes,
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({:?}, {:?}, {} bytes)", self.kind, self.format, self.bytes.len())
    }
}

impl Document {
    /// Reads every paper of a container: UPS puts an image into it, or into an `Image` or `HTMLImage` within it.
    pub(crate) fn read_all(list: Node<'_>, kind: DocumentKind) -> Vec<Self> {
        let read = |node: Node<'_>| {
            let inner = node.at("Image");
            let page = node.at("HTMLImage").long_text().map(|text| (text, Some(ImageFormat::Html)));
            let image = [node, inner].into_iter().find_map(|it| Self::of(it, kind));
            image.or_else(|| Self::decoded(page?, kind)).or_else(|| Self::decoded((node.long_text()?, None), kind))
        };
        list.each().filter_map(read).collect()
    }

    /// Reads what comes inside the label's own container.
    pub(crate) fn read_beside_label(label: Node<'_>) -> Vec<Self> {
        let page = label.at("HTMLImage").long_text().map(|text| (text, Some(ImageFormat::Html)));
        let signature = label.at("InternationalSignatureGraphicImage").long_text().map(|text| (text, None));
        let papers = [(page, DocumentKind::LabelPage), (signature, DocumentKind::SignaturePage)];
        papers.into_iter().filter_map(|(image, kind)| Self::decoded(image?, kind)).collect()
    }

    fn of(node: Node<'_>, kind: DocumentKind) -> Option<Self> {
        let bytes = image_of(node)?;
        let named = node.at("ImageFormat").text_at("Code").map(|code| ImageFormat::of(&code));
        Some(Self { kind, format: format_of(named, &bytes), bytes: bytes.into() })
    }

    fn decoded((text, named): (&str, Option<ImageFormat>), kind: DocumentKind) -> Option<Self> {
        let bytes = crate::label::decode(text)?;
        Some(Self { kind, format: format_of(named, &bytes), bytes: bytes.into() })
    }
}

/// The name UPS gave, if it is a known one; else what the first bytes show.
fn format_of(named: Option<ImageFormat>, bytes: &[u8]) -> ImageFormat {
    match named {
        Some(ImageFormat::Other(code)) => shown_by(bytes).unwrap_or(ImageFormat::Other(code)),
        Some(known) => known,
        None => shown_by(bytes).unwrap_or(ImageFormat::Other("unnamed".to_owned())),
    }
}

fn shown_by(bytes: &[u8]) -> Option<ImageFormat> {
    let signs: [(&[u8], ImageFormat); 5] = [
        (b"%PDF", ImageFormat::Pdf),
        (b"GIF8", ImageFormat::Gif),
        (b"\x89PNG", ImageFormat::Png),
        (b"^XA", ImageFormat::Zpl),
        (b"<", ImageFormat::Html),
    ];
    let start = bytes.trim_ascii_start();
    signs.into_iter().find(|(sign, _)| start.starts_with(sign)).map(|(_, format)| format)
}

/// Links under which UPS shows label and receipt to anybody who has them: treat them as secrets. `Debug` hides them.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Links {
    /// The label.
    pub label: Option<String>,
    /// The label's page in the language of the country.
    pub local_label: Option<String>,
    /// The receipt.
    pub receipt: Option<String>,
    /// The receipt's page in the language of the country.
    pub local_receipt: Option<String>,
}

impl fmt::Debug for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = [&self.label, &self.local_label, &self.receipt, &self.local_receipt];
        write!(f, "Links({} hidden)", all.into_iter().flatten().count())
    }
}

impl Links {
    pub(crate) fn read(node: Node<'_>) -> Self {
        Self {
            label: node.text_at("LabelURL"),
            local_label: node.text_at("LocalLanguageLabelURL"),
            receipt: node.text_at("ReceiptURL"),
            local_receipt: node.text_at("LocalLanguageReceiptURL"),
        }
    }
}
