//! An answer of SYSPRO in XML, bare and in a SOAP envelope, and as the answer to a post.

#![no_main]

use libfuzzer_sys::fuzz_target;
use syspro::Posted;

fuzz_target!(|answer: &[u8]| {
    let _ = syspro::read_soap(answer, "Query");
    if let Ok(element) = syspro::read_xml(answer) {
        let _ = Posted::read("SORTDH", false, element);
    }
});
