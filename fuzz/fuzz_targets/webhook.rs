//! The body of UPS's own call to us, from anybody who finds the address.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ups::track_alert::AlertEvent;

fuzz_target!(|body: &[u8]| {
    let Ok(event) = AlertEvent::read(body) else { return };
    assert!(!event.tracking_number.trim().is_empty());
    assert_eq!(event.raw[..], *body);
    // Told twice, it is the same event.
    let again = AlertEvent::read(body).expect("it was read before");
    assert_eq!((event.identity(), event.delivered()), (again.identity(), again.delivered()));
});
