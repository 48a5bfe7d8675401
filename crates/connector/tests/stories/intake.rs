//! Intake: which documents become shipments, and when.

use crate::dock::{Dock, note};

/// An ordinary dispatch note: ready in the morning, delivered some days later, and SYSPRO knows it all.
#[tokio::test]
async fn a_ready_dispatch_note_is_booked_written_back_and_delivered() {
    let dock = Dock::open().await;
    dock.releases([note("100482").of_order("500100")]);
    dock.until_quiet().await;

    assert_eq!(dock.stage_of("100482").await, "delivered");
    assert_eq!(dock.labels_bought(), 1);
    assert_eq!(dock.tracking_in_syspro("100482"), dock.only_tracking_number());
    assert_eq!(dock.field_in_syspro("100482", "UserField2"), "1");
    insta::assert_snapshot!(dock.audit_of("100482").await, @r#"
    received dispatch note 100482 for COPPDW000
    address taken over in UPS's spelling: street "8753 TECHNOLOGY DR" for "8753 Technology Dr", city "DENVER" for "Denver", postal code "802167555" for "80216"
    1 package, 5.3 lb
    quoted Ground 16.37 USD for 2026-09-14
    booking asked, attempt 1
    booked 1Z… for 16.37 USD
    1 label delivered to labels
    tracking number written and read back; freight cost and ship date written and read back
    label_created: Shipper created a label, UPS has not received the package yet. US
    shipping status written and read back
    picked_up: Pickup Scan COLUMBUS OH US
    shipping status written and read back
    in_transit: We have your package COLUMBUS OH US
    shipping status written and read back
    out_for_delivery: Out For Delivery Today DENVER CO US
    shipping status written and read back
    delivered: DELIVERED DENVER CO US
    shipping status written and read back; delivery date written and read back
    "#);
}
