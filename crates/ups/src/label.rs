//! Labels: images in base64 inside JSON, whole or in pieces.
//!
//! UPS breaks base64 with CR/LF now and then, sends an image as `GraphicImage` or as a list of
//! `GraphicImagePart`s, and writes the format in capitals when booking and in small letters
//! when recovering.

use std::fmt;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::codes::codes;
use crate::error::Error;
use crate::json::Node;
use crate::text;

codes! {
    /// Which label to ask for when booking.
    pub enum LabelFormat {
        /// 203 dpi.
        Zpl = "ZPL", "Zebra's printer language";
        Epl = "EPL", "Eltron's printer language";
        Spl = "SPL", "Star's printer language";
        /// 1400 x 800 pixels, lying on its side.
        Gif = "GIF", "GIF image";
        /// UPS's description does not list it, and UPS delivers it.
        Png = "PNG", "PNG image";
    }
}

impl LabelFormat {
    pub(crate) fn is_thermal(&self) -> bool {
        matches!(self, Self::Zpl | Self::Epl | Self::Spl)
    }
}

/// The paper of a thermal printer. The image itself never exceeds 4 x 6 inches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LabelStock {
    /// 4 x 6 inches.
    #[default]
    FourBySix,
    /// 4 x 8 inches.
    FourByEight,
}

impl LabelStock {
    pub(crate) fn write(self) -> Value {
        let height = match self {
            Self::FourBySix => "6",
            Self::FourByEight => "8",
        };
        json!({ "Height": height, "Width": "4" })
    }
}

/// The label to make: `LabelFormat::Zpl.into()`, or with another paper or character set.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LabelSpec {
    /// In what it is made.
    pub format: LabelFormat,
    /// The printer's paper; images have none.
    pub stock: LabelStock,
    /// UPS's three letters for the language of the label's characters, such as `fra`.
    pub character_set: Option<String>,
}

impl LabelSpec {
    /// A label on paper of 4 x 6 inches.
    #[must_use]
    pub fn new(format: LabelFormat) -> Self {
        Self { format, stock: LabelStock::default(), character_set: None }
    }

    /// The printer's paper.
    #[must_use]
    pub fn on(mut self, stock: LabelStock) -> Self {
        self.stock = stock;
        self
    }

    /// The `LabelSpecification`. It stands beside `Shipment`; anywhere else UPS ignores it and sends a
    /// GIF. A stock size goes with printer languages only.
    pub(crate) fn write(&self) -> Result<Value, Error> {
        Ok(json!({
            "LabelImageFormat": { "Code": text::required("label", self.format.code(), 4)? },
            "LabelStockSize": self.format.is_thermal().then(|| self.stock.write()),
            "HTTPUserAgent": (self.format == LabelFormat::Gif).then_some(BROWSER),
            "CharacterSet": text::optional("label.character_set", self.character_set.as_deref(), 3)?,
        }))
    }
}

impl From<LabelFormat> for LabelSpec {
    fn from(format: LabelFormat) -> Self {
        Self::new(format)
    }
}

/// What UPS takes for a browser that shows GIFs.
pub(crate) const BROWSER: &str = "Mozilla/4.5";

codes! {
    /// What came: a printer's language, an image or a page.
    pub enum ImageFormat {
        Zpl = "ZPL", "Zebra's printer language";
        Epl = "EPL", "Eltron's printer language";
        Spl = "SPL", "Star's printer language";
        Gif = "GIF", "GIF image";
        Png = "PNG", "PNG image";
        Pdf = "PDF", "PDF document";
        Html = "HTML", "HTML page";
    }
}

/// A label, decoded. Its `Debug` shows the size only: a label carries the consignee's address.
#[derive(Clone, PartialEq, Eq)]
pub struct Label {
    /// The format UPS says it is.
    pub format: ImageFormat,
    /// The printer's commands or the image.
    pub bytes: Bytes,
}

impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Label({:?}, {} bytes)", self.format, self.bytes.len())
    }
}

impl Label {
    /// Reads `ShippingLabel` (booking) or `LabelImage` (recovery); nothing if there is no image, its
    /// format is not named, or it cannot be decoded.
    pub(crate) fn read(node: Node<'_>) -> Option<Self> {
        let format = ["ImageFormat", "LabelImageFormat"].iter().find_map(|name| node.at(name).text_at("Code"))?;
        Some(Self { format: ImageFormat::of(&format), bytes: image_of(node)?.into() })
    }
}

/// The image of a container, whole or in pieces; nothing if there is none or it cannot be decoded.
pub(crate) fn image_of(node: Node<'_>) -> Option<Vec<u8>> {
    let bytes = match node.at("GraphicImage").long_text() {
        Some(whole) => decode(whole),
        None => pieces(node),
    };
    bytes.filter(|bytes| !bytes.is_empty())
}

/// The pieces are cuts through one base64 text, or each a base64 text of its own; a padded piece before
/// the last shows the second kind.
fn pieces(node: Node<'_>) -> Option<Vec<u8>> {
    let parts: Vec<&str> = node.at("GraphicImagePart").each().filter_map(Node::long_text).collect();
    if parts.is_empty() {
        return None;
    }
    decode(&parts.concat()).or_else(|| {
        let decoded: Option<Vec<Vec<u8>>> = parts.iter().map(|part| decode(part)).collect();
        decoded.map(|parts| parts.concat())
    })
}

pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    GeneralPurpose::new(&STANDARD, config).decode(plain).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(value: &Value) -> Option<Label> {
        Label::read(Node::new(value))
    }

    #[test]
    fn line_breaks_in_base64_are_no_part_of_the_label() {
        let read = label(&json!({ "ImageFormat": { "Code": "ZPL" }, "GraphicImage": "XlhB\r\nXlha\r\n" }));
        let label = read.expect("a label");
        assert_eq!(label.bytes.as_ref(), b"^XA^XZ");
        assert_eq!(label.format, ImageFormat::Zpl);
        assert_eq!(format!("{label:?}"), "Label(Zpl, 6 bytes)");
    }

    #[test]
    fn a_label_may_come_in_pieces_and_small_letters() {
        let cut = json!({ "LabelImageFormat": { "Code": "zpl" }, "GraphicImagePart": ["XlhBX", "lha"] });
        assert_eq!(label(&cut).expect("a label").bytes.as_ref(), b"^XA^XZ");
        let padded = json!({ "LabelImageFormat": { "Code": "zpl" }, "GraphicImagePart": ["XlhBXg==", "WFo="] });
        assert_eq!(label(&padded).expect("a label").bytes.as_ref(), b"^XA^XZ");
    }

    #[test]
    fn an_unknown_format_is_kept_and_an_unnamed_one_is_no_label() {
        let star = label(&json!({ "ImageFormat": { "Code": "QRX" }, "GraphicImage": "XlhB" })).expect("a label");
        assert_eq!(star.format, ImageFormat::Other("QRX".to_owned()));
        assert_eq!(label(&json!({ "ImageFormat": "", "GraphicImage": "XlhB" })), None);
        assert_eq!(label(&json!({ "ImageFormat": { "Code": "GIF" }, "GraphicImage": "no base64 !" })), None);
    }
}
