//! A page of Quantum View.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ups::quantum_view::Page;

fuzz_target!(|answer: &[u8]| {
    let Ok(page) = Page::from_raw(answer) else { return };
    for (_, record) in page.records() {
        let _ = (record.canonical(), record.tracking_numbers());
        if let Some(event) = record.event() {
            assert!(!event.tracking_number.trim().is_empty());
            let _ = event.local();
        }
    }
});
