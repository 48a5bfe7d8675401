//! A small PDF writer: pages of text in Helvetica, nothing else.
//!
//! Enough for a label, an invoice and what goes with it; any reader opens them.

use std::fmt::Write as _;

/// A document being written, all pages of one size in points.
#[derive(Debug)]
pub(crate) struct Pdf {
    width: u32,
    height: u32,
    pages: Vec<String>,
    /// How far down the present page is written.
    down: u32,
}

const MARGIN: u32 = 18;

impl Pdf {
    /// A document without a page; [`page`](Self::page) begins the first.
    pub(crate) fn new(width: u32, height: u32) -> Self {
        Self { width, height, pages: Vec::new(), down: 0 }
    }

    /// Begins a page.
    pub(crate) fn page(&mut self) {
        self.pages.push(String::new());
        self.down = MARGIN;
    }

    /// Writes a line of `size` points below what is there, on a new page if this one is full.
    pub(crate) fn line(&mut self, size: u32, words: &str) {
        if self.pages.is_empty() || self.down + size + MARGIN > self.height {
            self.page();
        }
        self.down += size;
        let y = self.height - self.down;
        self.down += size / 3;
        if let Some(page) = self.pages.last_mut() {
            let _ = writeln!(page, "BT /F1 {size} Tf {MARGIN} {y} Td ({}) Tj ET", escaped(words));
        }
    }

    /// The finished document.
    pub(crate) fn finish(self) -> Vec<u8> {
        let kids: Vec<String> = (0..self.pages.len()).map(|page| format!("{} 0 R", 4 + 2 * page)).collect();
        let mut objects = vec![
            "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
            format!("<< /Type /Pages /Kids [{}] /Count {} >>", kids.join(" "), kids.len()),
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
        ];
        for (page, text) in self.pages.iter().enumerate() {
            objects.push(format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {} {}] /Contents {} 0 R \
                 /Resources << /Font << /F1 3 0 R >> >> >>",
                self.width,
                self.height,
                5 + 2 * page
            ));
            objects.push(format!("<< /Length {} >>\nstream\n{text}endstream", text.len()));
        }
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
}

/// The text as a PDF string: Latin-1 as octal numbers, what is beyond it as a question mark.
fn escaped(words: &str) -> String {
    let mut safe = String::new();
    for c in words.chars() {
        match c {
            '(' | ')' | '\\' => safe.extend(['\\', c]),
            ' '..='~' => safe.push(c),
            '\u{a0}'..='\u{ff}' => {
                let _ = write!(safe, "\\{:03o}", u32::from(c));
            }
            _ => safe.push('?'),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_points_at_every_object_and_long_texts_get_more_pages() {
        let mut pdf = Pdf::new(288, 432);
        (0..60).for_each(|line| pdf.line(12, &format!("Zeile {line} (für Käufer)")));
        let text = String::from_utf8(pdf.finish()).expect("ASCII");
        assert!(text.contains("/Count 3") && text.contains("f\\374r") && text.contains("\\(f"));
        let table = text.rsplit_once("startxref\n").and_then(|(_, rest)| rest.lines().next()).expect("an offset");
        assert!(text[table.parse().expect("a number")..].starts_with("xref"));
        let offsets = text.lines().filter(|line| line.ends_with(" 00000 n "));
        for (number, line) in (1..).zip(offsets) {
            let offset: usize = line[..10].parse().expect("a number");
            assert!(text[offset..].starts_with(&format!("{number} 0 obj")), "{number}");
        }
    }
}
