//! Documents that prove a delivery: signature, photo, proof of delivery.
//!
//! UPS gives them to entitled accounts only and only where they are asked for; it says nothing where it leaves one out.
//! It does not name their formats, so they are told by their first bytes.

use std::fmt;

use bytes::Bytes;

use crate::json::Node;
use crate::label::decode;

/// What kind of document, told by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Media {
    /// A GIF image, as signatures mostly are.
    Gif,
    /// A PNG image.
    Png,
    /// A JPEG image, as photos mostly are.
    Jpeg,
    /// A PDF.
    Pdf,
    /// An HTML page, as proofs of delivery mostly are.
    Html,
    /// Decoded, and of no kind this crate knows.
    Other,
    /// No base64, so the bytes are the text as it came.
    Undecoded,
}

/// A document that proves a delivery. Its `Debug` shows the size only: it is personal data.
#[derive(Clone, PartialEq, Eq)]
pub struct Proof {
    /// What kind of document.
    pub media: Media,
    /// The document, decoded.
    pub bytes: Bytes,
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proof({:?}, {} bytes)", self.media, self.bytes.len())
    }
}

impl Proof {
    /// A document in base64; nothing if the member is missing or blank.
    pub(crate) fn read(node: Node<'_>) -> Option<Self> {
        let text = node.long_text()?;
        Some(match decode(text) {
            Some(bytes) => Self { media: Media::of(&bytes), bytes: bytes.into() },
            None => Self { media: Media::Undecoded, bytes: Bytes::copy_from_slice(text.as_bytes()) },
        })
    }
}

impl Media {
    fn of(bytes: &[u8]) -> Self {
        let text = bytes.trim_ascii_start();
        match bytes {
            [b'G', b'I', b'F', b'8', ..] => Self::Gif,
            [0x89, b'P', b'N', b'G', ..] => Self::Png,
            [0xff, 0xd8, 0xff, ..] => Self::Jpeg,
            [b'%', b'P', b'D', b'F', ..] => Self::Pdf,
            _ if text.first() == Some(&b'<') => Self::Html,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_is_told_by_its_first_bytes() {
        let media = |text: &str| Proof::read(Node::new(&json!(text))).expect("a document").media;
        assert_eq!(media("R0lG\r\nODlh"), Media::Gif);
        assert_eq!(media("PGh0bWw+PC9odG1sPg=="), Media::Html);
        assert_eq!(media("AAAA"), Media::Other);
        assert_eq!(media("no base64 !"), Media::Undecoded);
        assert_eq!(Proof::read(Node::new(&json!(" "))), None);
        assert_eq!(Proof::read(Node::new(&json!(null))), None);
    }

    #[test]
    fn nobody_sees_a_signature_by_printing_it() {
        let proof = Proof::read(Node::new(&json!("R0lGODlh"))).expect("a document");
        assert_eq!(format!("{proof:?}"), "Proof(Gif, 6 bytes)");
    }
}
