//! Labels: what stands on one, and the same thing as ZPL, GIF, PNG or PDF.
//!
//! Drawing is a pure function of the sold shipment, so a recovered label equals the first one byte
//! for byte. Every label says SAMPLE.

use std::fmt::Write as _;

use base64::Engine as _;

use super::asked::Party;
use super::bitmap::{Canvas, Ink};
use super::shelf::Booked;

/// The formats a label can have. UPS sells no PDF; recovery gives one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Zpl,
    Gif,
    Png,
    Pdf,
}

impl Format {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Zpl => "ZPL",
            Self::Gif => "GIF",
            Self::Png => "PNG",
            Self::Pdf => "PDF",
        }
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
    references: Vec<String>,
}

impl Face {
    pub(crate) fn of(booked: &Booked, index: usize) -> Self {
        let parcel = &booked.parcels[index];
        let references = parcel.references.iter().chain(&booked.references);
        Self {
            from: party_lines(&booked.shipper),
            to: party_lines(&booked.ship_to),
            service: booked.service.name.to_uppercase(),
            number: parcel.number.clone(),
            weight: format!("{} {}", parcel.weight.normalize(), parcel.weight_unit),
            count: format!("{} OF {}", index + 1, booked.parcels.len()),
            date: booked.ship_date.to_string(),
            // Two are printed, as on UPS's own.
            references: references.take(2).map(|one| format!("REF {}: {}", one.code, one.value)).collect(),
        }
    }

    pub(crate) fn draw(&self, format: Format) -> Vec<u8> {
        match format {
            Format::Zpl => self.zpl().into_bytes(),
            Format::Gif => self.picture().gif(),
            Format::Png => self.picture().png(),
            Format::Pdf => self.pdf(),
        }
    }

    /// The page UPS sends beside a GIF.
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

    /// 4 × 6 inches at 203 dots per inch.
    fn zpl(&self) -> String {
        let mut zpl = String::from("^XA\n^CI28\n^PW812\n^LL1218\n^LH0,0\n");
        let mut text = |x: u32, y: u32, size: u32, words: &str| {
            // A caret or tilde would be read as a command.
            let words = words.replace(['^', '~', '\\'], " ");
            let _ = writeln!(zpl, "^FO{x},{y}^A0N,{size},{size}^FD{words}^FS");
        };
        for (y, line) in (24..).step_by(26).zip(&self.from) {
            text(16, y, 24, line);
        }
        text(500, 24, 30, &self.weight);
        text(660, 24, 30, &self.count);
        text(500, 64, 24, &self.date);
        text(16, 210, 30, "SHIP TO:");
        for (y, line) in (244..).step_by(38).zip(&self.to) {
            text(60, y, 36, line);
        }
        text(16, 560, 64, &self.service);
        text(16, 632, 32, &format!("TRACKING #: {}", self.spaced_number()));
        for (y, line) in (1040..).step_by(34).zip(&self.references) {
            text(16, y, 28, line);
        }
        text(200, 460, 110, "SAMPLE");
        let _ = writeln!(zpl, "^FO0,540^GB812,6,6^FS\n^FO0,680^GB812,14,14^FS\n^FO0,1010^GB812,14,14^FS");
        let _ = writeln!(zpl, "^FO90,730^BY3^BCN,240,N,N,N,A^FD{}^FS", self.number);
        zpl.push_str("^PQ1\n^XZ\n");
        zpl
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
        for (y, line) in (740..).step_by(28).zip(&self.references) {
            canvas.text(20, y, 3, line, Ink::Black);
        }
        canvas
    }

    fn pdf(&self) -> Vec<u8> {
        let mut lines = vec!["SAMPLE".to_owned()];
        lines.extend(self.from.iter().cloned());
        lines.push("SHIP TO:".to_owned());
        lines.extend(self.to.iter().cloned());
        lines.push(self.service.clone());
        lines.push(format!("TRACKING #: {}", self.spaced_number()));
        lines.push(format!("{}   {}   {}", self.weight, self.count, self.date));
        lines.extend(self.references.iter().cloned());
        one_page_pdf(&lines)
    }
}

fn party_lines(party: &Party) -> Vec<String> {
    let town = format!("{} {} {}", party.city, party.state, party.printed_postal());
    let head = [&party.attention, &party.name, &party.phone].map(Clone::clone);
    head.into_iter()
        .chain(party.lines.iter().cloned())
        .chain([town, party.country.clone()])
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.to_uppercase())
        .collect()
}

/// Base64, in lines of 76 characters when `wrapped`.
pub(crate) fn encoded(image: &[u8], wrapped: bool) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(image);
    if !wrapped {
        return text;
    }
    let lines = text.as_bytes().chunks(76).map(String::from_utf8_lossy);
    lines.collect::<Vec<_>>().join("\r\n")
}

/// A page of 4 × 6 inches with lines of text.
fn one_page_pdf(lines: &[String]) -> Vec<u8> {
    let mut text = String::from("BT /F1 11 Tf 14 TL 18 405 Td\n");
    for line in lines {
        let safe: String = line.chars().map(|c| if c.is_ascii() && !"()\\".contains(c) { c } else { ' ' }).collect();
        let _ = writeln!(text, "({safe}) Tj T*");
    }
    text.push_str("ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 288 432] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut pdf = String::from("%PDF-1.4\n");
    let mut offsets = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        offsets.push(pdf.len());
        let _ = write!(pdf, "{} 0 obj\n{object}\nendobj\n", index + 1);
    }
    let table = pdf.len();
    let _ = write!(pdf, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for offset in offsets {
        let _ = writeln!(pdf, "{offset:010} 00000 n ");
    }
    let _ = write!(pdf, "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n", objects.len() + 1);
    pdf.into_bytes()
}
