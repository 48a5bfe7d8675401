//! What money was spent on: the answers to booking, recovery, void and rating.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ups::{Rates, RecoveryAnswer, VoidAnswer, Waybill};

fuzz_target!(|answer: &[u8]| {
    for packages in 1..=2 {
        let Ok(waybill) = Waybill::from_raw(answer, packages) else { continue };
        assert_eq!(waybill.packages.len(), packages);
        assert!(!waybill.shipment_identification_number.is_empty());
        let _ = waybill.papers().count();
    }
    if let Ok(rates) = Rates::from_raw(answer) {
        // No price is no quote.
        assert!(!rates.quotes.is_empty());
    }
    if let Ok(recovery) = RecoveryAnswer::from_raw(answer) {
        let _ = recovery.outcome.was_booked();
    }
    if let Ok(void) = VoidAnswer::from_raw(answer) {
        let _ = void.is_void();
    }
});
