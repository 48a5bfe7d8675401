//! Labels: what stands on one, and the same thing as ZPL, EPL, SPL, GIF, PNG or PDF.
//!
//! ```text
//! Booked ─► Face ─┬─► marks ─► thermal (ZPL, EPL, SPL)
//!                 ├─► Canvas ─► GIF, PNG
//!                 └─► lines ─► Pdf (recovery only)
//! ```
//!
//! Drawing is a pure function of the sold shipment, so a recovered label equals the first one byte
//! for byte. Every label says SAMPLE.

use base64::Engine as _;
use serde_json::{Value, json};

use super::Manners;
use super::asked::Party;
use super::bitmap::{Canvas, Ink};
use super::number::masked;
use super::pdf::Pdf;
use super::shelf::Booked;
use super::thermal::{self, Mark};

/// The formats a label can have. UPS sells no PDF; recovery gives one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Zpl,
    Epl,
    Spl,
    Gif,
    Png,
    Pdf,
}

impl Format {
    /// By UPS's code; an empty one means a GIF.
    pub(crate) fn by_code(code: &str) -> Option<Self> {
        Some(match code.to_uppercase().as_str() {
            "" | "GIF" => Self::Gif,
            "PNG" => Self::Png,
            "ZPL" => Self::Zpl,
            "EPL" => Self::Epl,
            "SPL" => Self::Spl,
            "PDF" => Self::Pdf,
            _ => return None,
        })
    }

    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Zpl => "ZPL",
            Self::Epl => "EPL",
            Self::Spl => "SPL",
            Self::Gif => "GIF",
            Self::Png => "PNG",
            Self::Pdf => "PDF",
        }
    }

    /// A language of thermal printers, for which a stock size can be asked.
    pub(crate) fn is_thermal(self) -> bool {
        matches!(self, Self::Zpl | Self::Epl | Self::Spl)
    }
}

/// What stands on one package's label.
#[derive(Debug)]
pub(crate) struct Face {
    from: Vec<String>,
    to: Vec<String>,
    service: String,
    number: String,
    weight: String,
    count: String,
    date: String,
    /// References, the kind of return, what else was asked for.
    notes: Vec<String>,
}

impl Face {
    pub(crate) fn of(booked: &Booked, index: usize, manners: &Manners) -> Self {
        let parcel = &booked.parcels[index];
        let references = parcel.references.iter().chain(&booked.references);
        // Two are printed, as on UPS's own.
        let mut notes: Vec<String> = references.take(2).map(|one| format!("REF {}: {}", one.code, one.value)).collect();
        if booked.return_service.is_some() {
            notes.push("RETURN SERVICE".to_owned());
        }
        if booked.saturday {
            notes.push("SATURDAY DELIVERY".to_owned());
        }
        if parcel.confirmation.is_some() || booked.confirmation.is_some() {
            notes.push("SIGNATURE REQUIRED".to_owned());
        }
        // A return is sent by whoever has the goods.
        let sender = if booked.return_service.is_some() { &booked.origin } else { &booked.shipper };
        Self {
            from: party_lines(sender),
            to: party_lines(&booked.ship_to),
            service: booked.service.name_from(&booked.origin.country).to_uppercase(),
            number: masked(&parcel.number, manners),
            weight: format!("{} {}", parcel.weight.normalize(), parcel.weight_unit),
            count: format!("{} OF {}", index + 1, booked.parcels.len()),
            date: booked.ship_date.to_string(),
            notes,
        }
    }

    pub(crate) fn draw(&self, format: Format) -> Vec<u8> {
        match format {
            Format::Zpl => thermal::zpl(&self.marks()).into_bytes(),
            Format::Epl => thermal::epl(&self.marks()).into_bytes(),
            Format::Spl => thermal::spl(&self.marks()).into_bytes(),
            Format::Gif => self.picture().gif(),
            Format::Png => self.picture().png(),
            Format::Pdf => pages(std::slice::from_ref(self)),
        }
    }

    /// The page UPS sends beside a GIF or PNG.
    pub(crate) fn html(&self) -> String {
        format!(
            "<html><head><title>View/Print Label</title></head><body>\
             <img src=\"./label{}.gif\" height=\"392\" width=\"672\" alt=\"SAMPLE\"></body></html>",
            self.number
        )
    }

    fn spaced_number(&self) -> String {
        let cuts = [0, 2, 5, 8, 10, 14, 18];
        let groups = cuts.windows(2).filter_map(|cut| self.number.get(cut[0]..cut[1]));
        groups.collect::<Vec<_>>().join(" ")
    }

    fn marks(&self) -> Vec<Mark> {
        let text = |x, y, size, words: &str| Mark::Text { x, y, size, words: words.to_owned() };
        let mut marks: Vec<Mark> = (24..).step_by(26).zip(&self.from).map(|(y, line)| text(16, y, 24, line)).collect();
        marks.extend([
            text(500, 24, 30, &self.weight),
            text(660, 24, 30, &self.count),
            text(500, 64, 24, &self.date),
            text(16, 210, 30, "SHIP TO:"),
        ]);
        marks.extend((244..).step_by(38).zip(&self.to).map(|(y, line)| text(60, y, 36, line)));
        marks.extend([
            text(16, 560, 64, &self.service),
            text(16, 632, 32, &format!("TRACKING #: {}", self.spaced_number())),
            text(200, 460, 110, "SAMPLE"),
            Mark::Rule { y: 540, thick: 6 },
            Mark::Rule { y: 680, thick: 14 },
            Mark::Barcode { x: 90, y: 730, height: 240, text: self.number.clone() },
            Mark::Rule { y: 1010, thick: 14 },
        ]);
        marks.extend((1040..).step_by(34).zip(&self.notes).map(|(y, line)| text(16, y, 28, line)));
        marks
    }

    /// 1400 × 800 pixels, the landscape size of UPS's GIF.
    fn picture(&self) -> Canvas {
        let mut canvas = Canvas::new(1400, 800);
        for (y, line) in (20..).step_by(24).zip(&self.from) {
            canvas.text(20, y, 2, line, Ink::Black);
        }
        canvas.text(760, 20, 3, &self.weight, Ink::Black);
        canvas.text(1080, 20, 3, &self.count, Ink::Black);
        canvas.text(760, 60, 2, &self.date, Ink::Black);
        canvas.text(20, 170, 3, "SHIP TO:", Ink::Black);
        for (y, line) in (205..).step_by(32).zip(&self.to) {
            canvas.text(60, y, 3, line, Ink::Black);
        }
        canvas.text(820, 180, 14, "SAMPLE", Ink::Grey);
        canvas.bar(0, 400, 1400, 6);
        canvas.text(20, 420, 6, &self.service, Ink::Black);
        canvas.text(20, 480, 4, &format!("TRACKING #: {}", self.spaced_number()), Ink::Black);
        canvas.bar(0, 525, 1400, 10);
        canvas.code_128(120, 550, 4, 160, &self.number);
        canvas.bar(0, 725, 1400, 6);
        for (column, lines) in (0u16..).zip(self.notes.chunks(2)) {
            for (y, line) in (740..).step_by(28).zip(lines) {
                canvas.text(20 + column * 690, y, 3, line, Ink::Black);
            }
        }
        canvas
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = vec!["SAMPLE".to_owned()];
        lines.extend(self.from.iter().cloned());
        lines.push("SHIP TO:".to_owned());
        lines.extend(self.to.iter().cloned());
        lines.push(self.service.clone());
        lines.push(format!("TRACKING #: {}", self.spaced_number()));
        lines.push(format!("{}   {}   {}", self.weight, self.count, self.date));
        lines.extend(self.notes.iter().cloned());
        lines
    }
}

/// A PDF with a page of 4 × 6 inches for each label.
pub(crate) fn pages(faces: &[Face]) -> Vec<u8> {
    let mut pdf = Pdf::new(288, 432);
    for face in faces {
        pdf.page();
        face.lines().iter().for_each(|line| pdf.line(11, line));
    }
    pdf.finish()
}

/// The box to sign in that goes with thermal labels of shipments from outside the United States.
pub(crate) fn signature_box(format: Format) -> Vec<u8> {
    let text = |y, words: &str| Mark::Text { x: 16, y, size: 30, words: words.to_owned() };
    let marks = [
        text(40, "SAMPLE"),
        text(100, "The Warsaw Convention may apply to this shipment."),
        text(200, "Shipper's signature: ______________________"),
    ];
    match format {
        Format::Epl => thermal::epl(&marks).into_bytes(),
        Format::Spl => thermal::spl(&marks).into_bytes(),
        _ => thermal::zpl(&marks).into_bytes(),
    }
}

fn party_lines(party: &Party) -> Vec<String> {
    let town = format!("{} {} {}", party.city, party.state, party.printed_postal());
    // UPS prints 30 characters of a name although it takes 35.
    let printed = |name: &str| name.chars().take(30).collect::<String>();
    let head = [printed(&party.attention), printed(&party.name), party.phone.clone()];
    head.into_iter()
        .chain(party.lines.iter().cloned())
        .chain([town, party.country.clone()])
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.to_uppercase())
        .collect()
}

/// Base64, in lines of 76 characters when images are wrapped.
pub(crate) fn encoded(image: &[u8], manners: &Manners) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(image);
    if !manners.wrapped_images {
        return text;
    }
    let lines = text.as_bytes().chunks(76).map(String::from_utf8_lossy);
    lines.collect::<Vec<_>>().join("\r\n")
}

/// Puts the image into `label`, whole or in pieces.
pub(crate) fn put_image(label: &mut Value, image: &[u8], manners: &Manners) {
    let text = encoded(image, manners);
    if manners.images_in_pieces {
        let pieces = text.as_bytes().chunks(1000).map(|piece| String::from_utf8_lossy(piece).into_owned());
        label["GraphicImagePart"] = json!(pieces.collect::<Vec<_>>());
    } else {
        label["GraphicImage"] = json!(text);
    }
}

/// An `Image`-like element: format and content.
pub(crate) fn image(code: &str, content: &[u8], manners: &Manners) -> Value {
    json!({
        "ImageFormat": {"Code": code, "Description": code},
        "GraphicImage": encoded(content, manners),
    })
}
