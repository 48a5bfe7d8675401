//! What SYSPRO would hold after a booking: the write-back's own planning, for a waybill whose numbers nobody has given.

use shipment::number::TrackingNumber;
use shipment::state::Rated;
use shipment::tracking::Status;
use shipment::waybill::{Charges, Waybill};
use shipment::write_back::{self, FieldWrite, StepName};

use super::After;
use crate::app::SiteRuntime;

/// Stands where UPS's number will stand; it has no check digit, so it cannot be taken for one.
const PLACEHOLDER: &str = "1ZXXXXXXXXXXXXXXXX";

/// Every field in the order of the steps, those of later steps included.
pub(super) fn of(site: &SiteRuntime, rated: &Rated) -> Vec<After> {
    let document = &rated.received().document;
    let rules = &site.site.write_back.rules;
    let (Ok(shipment_number), Ok(number)) = (PLACEHOLDER.parse(), PLACEHOLDER.parse::<TrackingNumber>()) else {
        return Vec::new();
    };
    let waybill = Waybill {
        shipment_number,
        tracking_numbers: rated.packed.packages.iter().map(|_| number.clone()).collect(),
        charges: Charges::QuotedOnly(rated.quote.clone()),
        adopted: false,
        booked_at: rated.received().read_at,
    };
    let first = write_back::plan(document, &waybill, rated.ship_date, rules).into_iter().map(|it| (it, "booked"));
    let status = write_back::plan_status(document, &Status::LabelCreated, rules).map(|it| (it, "at every new status"));
    let delivered = write_back::plan_delivery(document, rated.ship_date, rules).map(|it| (it, "delivered"));
    let comment = write_back::plan_delivery_comment(document, &waybill, rated.ship_date, rules, &[]);
    let copy = write_back::plan_invoice_copy(document, &Status::Delivered, rules);
    let at_delivery = comment.into_iter().chain(copy).map(|it| (it, "delivered"));
    let steps = first.chain(status).chain(delivered).chain(at_delivery);
    steps
        .flat_map(|(step, when)| {
            step.writes.iter().map(|write| field_after(step.name, write, when)).collect::<Vec<_>>()
        })
        .collect()
}

fn field_after(step: StepName, write: &FieldWrite, when: &'static str) -> After {
    let (record, field) = write.target.described();
    let value = match step {
        StepName::Delivery => "the day of delivery".to_owned(),
        StepName::DeliveryComment => format!("UPS delivered <day> {PLACEHOLDER}"),
        StepName::TrackingNumber
        | StepName::ShippingForm
        | StepName::InvoiceCopy
        | StepName::Status
        | StepName::Comment
        | StepName::Freight
        | StepName::StatusMove
        | StepName::Reversal => write.value.to_string(),
    };
    After { step: step.words(), record, field, value, when }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_placeholder_can_stand_for_a_number_and_is_none() {
        let number: TrackingNumber = PLACEHOLDER.parse().expect("readable");
        assert_eq!(number.check_digit_ok(), None);
    }
}
