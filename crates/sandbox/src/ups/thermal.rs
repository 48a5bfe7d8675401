//! Printers' languages: the same page of lines as ZPL, EPL or SPL.
//!
//! A page is 4 × 6 inches at 203 dots to the inch, whatever stock was asked for: UPS's image never
//! grows beyond that.

use std::fmt::Write as _;

/// One thing on a thermal page, in dots from its upper left corner.
#[derive(Debug)]
pub(crate) enum Mark {
    Text { x: u32, y: u32, size: u32, words: String },
    Rule { y: u32, thick: u32 },
    Barcode { x: u32, y: u32, height: u32, text: String },
}

const WIDTH: u32 = 812;
const LENGTH: u32 = 1218;

/// Zebra's ZPL II.
pub(crate) fn zpl(marks: &[Mark]) -> String {
    let mut zpl = format!("^XA\n^CI28\n^PW{WIDTH}\n^LL{LENGTH}\n^LH0,0\n");
    for mark in marks {
        let _ = match mark {
            Mark::Text { x, y, size, words } => {
                // A caret or tilde would be read as a command.
                writeln!(zpl, "^FO{x},{y}^A0N,{size},{size}^FD{}^FS", without(words, "^~\\"))
            }
            Mark::Rule { y, thick } => writeln!(zpl, "^FO0,{y}^GB{WIDTH},{thick},{thick}^FS"),
            Mark::Barcode { x, y, height, text } => writeln!(zpl, "^FO{x},{y}^BY3^BCN,{height},N,N,N,A^FD{text}^FS"),
        };
    }
    zpl.push_str("^PQ1\n^XZ\n");
    zpl
}

/// Eltron's EPL2.
pub(crate) fn epl(marks: &[Mark]) -> String {
    let mut epl = format!("\nN\nq{WIDTH}\nQ{LENGTH},24\nS4\n");
    for mark in marks {
        let _ = match mark {
            Mark::Text { x, y, size, words } => {
                let times = (size / 24).clamp(1, 6);
                writeln!(epl, "A{x},{y},0,3,{times},{times},N,\"{}\"", without(words, "\"\\"))
            }
            Mark::Rule { y, thick } => writeln!(epl, "LO0,{y},{WIDTH},{thick}"),
            Mark::Barcode { x, y, height, text } => writeln!(epl, "B{x},{y},0,1,3,6,{height},N,\"{text}\""),
        };
    }
    epl.push_str("P1\n");
    epl
}

/// A plain notation under the name of UPS's third language, SPL, whose commands no public source
/// tells: one mark a line.
pub(crate) fn spl(marks: &[Mark]) -> String {
    let mut spl = format!("SPL SAMPLE {WIDTH} {LENGTH}\n");
    for mark in marks {
        let _ = match mark {
            Mark::Text { x, y, size, words } => writeln!(spl, "T {x} {y} {size} {words}"),
            Mark::Rule { y, thick } => writeln!(spl, "R {y} {thick}"),
            Mark::Barcode { x, y, height, text } => writeln!(spl, "B {x} {y} {height} {text}"),
        };
    }
    spl.push_str("END\n");
    spl
}

fn without(words: &str, unsafe_ones: &str) -> String {
    words.chars().map(|c| if unsafe_ones.contains(c) || c.is_control() { ' ' } else { c }).collect()
}
