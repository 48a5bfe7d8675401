//! Planning the packages: masses from SYSPRO, or what the bench weighed. Asks nobody.

use jiff::Timestamp;
use shipment::packing::pack;
use shipment::state::{Event, State};

use super::journey::{ENGINE, Journey};

pub(super) fn plan(journey: &mut Journey, now: Timestamp) {
    let State::Addressed(addressed) = journey.state() else { return };
    let received = &addressed.received;
    match pack(&received.document, &journey.site.site.packing, received.bench.as_ref()) {
        Ok(packages) => {
            let weights: Vec<_> = packages.iter().map(|it| it.weight.to_string()).collect();
            let noun = if packages.len() == 1 { "package" } else { "packages" };
            let words = format!("{} {noun}, {}", packages.len(), weights.join(" + "));
            journey.step(now, ENGINE, Event::Packed(packages), words);
        }
        Err(hold) => journey.hold(now, hold),
    }
}
