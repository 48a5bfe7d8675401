//! A small canvas: block letters, bars, a Code 128 barcode; out as GIF or PNG.

use std::borrow::Cow;

/// What a pixel is drawn with. The palette of both formats is in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    White = 0,
    Black = 1,
    Grey = 2,
}

const PALETTE: [u8; 12] = [255, 255, 255, 0, 0, 0, 170, 170, 170, 255, 255, 255];

/// A picture of palette indices, row by row.
#[derive(Debug)]
pub(crate) struct Canvas {
    width: u16,
    height: u16,
    pixels: Vec<u8>,
}

impl Canvas {
    pub(crate) fn new(width: u16, height: u16) -> Self {
        Self { width, height, pixels: vec![Ink::White as u8; usize::from(width) * usize::from(height)] }
    }

    fn fill(&mut self, x: u16, y: u16, width: u16, height: u16, ink: Ink) {
        let right = x.saturating_add(width).min(self.width);
        for row in y.min(self.height)..y.saturating_add(height).min(self.height) {
            let start = usize::from(row) * usize::from(self.width);
            let line = &mut self.pixels[start + usize::from(x.min(right))..start + usize::from(right)];
            line.fill(ink as u8);
        }
    }

    /// A black bar.
    pub(crate) fn bar(&mut self, x: u16, y: u16, width: u16, height: u16) {
        self.fill(x, y, width, height, Ink::Black);
    }

    /// Block letters of 5 × 7 dots, each dot `size` pixels wide. What has no letter stays blank.
    pub(crate) fn text(&mut self, x: u16, y: u16, size: u16, words: &str, ink: Ink) {
        let step = 6 * size;
        for (letter, left) in words.chars().zip((x..self.width).step_by(usize::from(step))) {
            for (row, dots) in (0u16..).zip(glyph(letter)) {
                for column in (0..5u16).filter(|column| dots >> (4 - column) & 1 == 1) {
                    self.fill(left + column * size, y + row * size, size, size, ink);
                }
            }
        }
    }

    /// A Code 128 barcode, its narrowest bar `module` pixels wide.
    pub(crate) fn code_128(&mut self, x: u16, y: u16, module: u16, height: u16, text: &str) {
        let mut left = x;
        let mut black = true;
        for symbol in code_128_symbols(text) {
            for digit in PATTERNS[symbol].bytes() {
                let width = u16::from(digit - b'0') * module;
                if black {
                    self.bar(left, y, width, height);
                }
                left = left.saturating_add(width);
                black = !black;
            }
            // Every symbol but the last ends on a white bar.
            black = true;
        }
    }

    pub(crate) fn gif(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let frame = gif::Frame {
            width: self.width,
            height: self.height,
            buffer: Cow::Borrowed(&self.pixels),
            ..gif::Frame::default()
        };
        // Writing into memory does not fail.
        if let Ok(mut encoder) = gif::Encoder::new(&mut out, self.width, self.height, &PALETTE) {
            let _ = encoder.write_frame(&frame);
        }
        out
    }

    pub(crate) fn png(&self) -> Vec<u8> {
        let packed: Vec<u8> = self
            .pixels
            .chunks(4)
            .map(|four| four.iter().enumerate().fold(0, |byte, (index, pixel)| byte | pixel << (6 - 2 * index)))
            .collect();
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, self.width.into(), self.height.into());
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_depth(png::BitDepth::Two);
        encoder.set_palette(PALETTE.as_slice());
        // Writing into memory does not fail.
        if let Ok(mut writer) = encoder.write_header() {
            let _ = writer.write_image_data(&packed);
        }
        out
    }
}

const START_B: usize = 104;
const STOP: usize = 106;

/// Start, the characters by code set B, the check symbol, stop.
fn code_128_symbols(text: &str) -> Vec<usize> {
    let values = text.bytes().filter(|byte| (32..127).contains(byte)).map(|byte| usize::from(byte - 32));
    let mut symbols: Vec<usize> = std::iter::once(START_B).chain(values).collect();
    let weighted: usize = symbols.iter().enumerate().map(|(index, value)| index.max(1) * value).sum();
    symbols.push(weighted % 103);
    symbols.push(STOP);
    symbols
}

/// Widths of bars and gaps, in turn, of each Code 128 symbol.
const PATTERNS: [&str; 107] = [
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213", "221312",
    "231212", "112232", "122132", "122231", "113222", "123122", "123221", "223211", "221132", "221231", "213212",
    "223112", "312131", "311222", "321122", "321221", "312212", "322112", "322211", "212123", "212321", "232121",
    "111323", "131123", "131321", "112313", "132113", "132311", "211313", "231113", "231311", "112133", "112331",
    "132131", "113123", "113321", "133121", "313121", "211331", "231131", "213113", "213311", "213131", "311123",
    "311321", "331121", "312113", "312311", "332111", "314111", "221411", "431111", "111224", "111422", "121124",
    "121421", "141122", "141221", "112214", "112412", "122114", "122411", "142112", "142211", "241211", "221114",
    "413111", "241112", "134111", "111242", "121142", "121241", "114212", "124112", "124211", "411212", "421112",
    "421211", "212141", "214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311",
    "113141", "114131", "311141", "411131", "211412", "211214", "211232", "2331112",
];

/// Seven rows of five dots, the leftmost dot in the highest bit.
#[rustfmt::skip]
fn glyph(letter: char) -> [u8; 7] {
    match letter.to_ascii_uppercase() {
        'A' => [14, 17, 17, 31, 17, 17, 17],
        'B' => [30, 17, 17, 30, 17, 17, 30],
        'C' => [14, 17, 16, 16, 16, 17, 14],
        'D' => [30, 17, 17, 17, 17, 17, 30],
        'E' => [31, 16, 16, 30, 16, 16, 31],
        'F' => [31, 16, 16, 30, 16, 16, 16],
        'G' => [14, 17, 16, 23, 17, 17, 15],
        'H' => [17, 17, 17, 31, 17, 17, 17],
        'I' => [14, 4, 4, 4, 4, 4, 14],
        'J' => [7, 2, 2, 2, 2, 18, 12],
        'K' => [17, 18, 20, 24, 20, 18, 17],
        'L' => [16, 16, 16, 16, 16, 16, 31],
        'M' => [17, 27, 21, 21, 17, 17, 17],
        'N' => [17, 25, 21, 19, 17, 17, 17],
        'O' => [14, 17, 17, 17, 17, 17, 14],
        'P' => [30, 17, 17, 30, 16, 16, 16],
        'Q' => [14, 17, 17, 17, 21, 18, 13],
        'R' => [30, 17, 17, 30, 20, 18, 17],
        'S' => [15, 16, 16, 14, 1, 1, 30],
        'T' => [31, 4, 4, 4, 4, 4, 4],
        'U' => [17, 17, 17, 17, 17, 17, 14],
        'V' => [17, 17, 17, 17, 17, 10, 4],
        'W' => [17, 17, 17, 21, 21, 27, 17],
        'X' => [17, 17, 10, 4, 10, 17, 17],
        'Y' => [17, 17, 10, 4, 4, 4, 4],
        'Z' => [31, 1, 2, 4, 8, 16, 31],
        '0' => [14, 17, 19, 21, 25, 17, 14],
        '1' => [4, 12, 4, 4, 4, 4, 14],
        '2' => [14, 17, 1, 6, 8, 16, 31],
        '3' => [31, 2, 4, 6, 1, 17, 14],
        '4' => [2, 6, 10, 18, 31, 2, 2],
        '5' => [31, 16, 30, 1, 1, 17, 14],
        '6' => [6, 8, 16, 30, 17, 17, 14],
        '7' => [31, 1, 2, 4, 8, 8, 8],
        '8' => [14, 17, 17, 14, 17, 17, 14],
        '9' => [14, 17, 17, 15, 1, 2, 12],
        '.' => [0, 0, 0, 0, 0, 12, 12],
        ',' => [0, 0, 0, 0, 12, 4, 8],
        '-' => [0, 0, 0, 31, 0, 0, 0],
        '/' => [1, 1, 2, 4, 8, 16, 16],
        ':' => [0, 12, 12, 0, 12, 12, 0],
        '#' => [10, 10, 31, 10, 31, 10, 10],
        '&' => [12, 18, 20, 8, 21, 18, 13],
        '(' => [2, 4, 8, 8, 8, 4, 2],
        ')' => [8, 4, 2, 2, 2, 4, 8],
        '\'' => [4, 4, 8, 0, 0, 0, 0],
        '+' => [0, 4, 4, 31, 4, 4, 0],
        _ => [0; 7],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_barcode_symbol_is_eleven_modules_wide_and_the_stop_thirteen() {
        for (index, pattern) in PATTERNS.iter().enumerate() {
            let width: u32 = pattern.bytes().map(|digit| u32::from(digit - b'0')).sum();
            assert_eq!(width, if index == STOP { 13 } else { 11 }, "{index}");
        }
        let distinct: std::collections::BTreeSet<_> = PATTERNS.iter().collect();
        assert_eq!(distinct.len(), PATTERNS.len());
    }

    #[test]
    fn check_symbol_of_a_published_example() {
        // "PJJ123C" in code set A and B alike ends in check symbol 54 from start A, 55 from start B.
        assert_eq!(code_128_symbols("PJJ123C")[8], 55);
    }
}
