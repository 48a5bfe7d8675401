//! A page of SYSPRO's OData service.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|answer: &[u8]| {
    let _ = syspro::read_page(answer);
});
