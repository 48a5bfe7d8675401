//! A tracking answer.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ups::{CanonicalStatus, Tracking};

fuzz_target!(|answer: &[u8]| {
    let Ok(tracking) = Tracking::from_raw(answer) else { return };
    assert!(tracking.found() || !tracking.warnings.is_empty());
    for package in &tracking.packages {
        assert!(!package.tracking_number.trim().is_empty());
        assert!(tracking.package(&package.tracking_number).is_some());
        let _ = package.delivered();
        for scan in &package.activity {
            // A delivery is never read from its letter alone.
            let by_letter = scan.status.status_code.is_none() && scan.status.code.is_none();
            assert!(!by_letter || scan.status.canonical() != CanonicalStatus::Delivered);
        }
    }
});
