//! Switches of sessions, calendar and OData: each thing nobody knows for certain, both ways.

use jiff::SignedDuration;
use reqwest::StatusCode;
use sandbox::CREDENTIALS;
use sandbox::syspro::{CLERK, Manners, TokenShape};
use sandbox::world::{DispatchNoteSpec, InvoiceSpec};

use crate::{Desk, header, one_note};

#[tokio::test]
async fn a_logon_may_ask_to_leave_the_operators_other_session_alone() {
    let desk = Desk::empty().await;
    let first = desk.logon().await;
    let stay = "<Logon><FailWhenAlreadyLoggedIn>Y</FailWhenAlreadyLoggedIn></Logon>";
    let who = [
        ("Operator", CREDENTIALS.syspro_operator),
        ("OperatorPassword", CREDENTIALS.syspro_operator_password),
        ("CompanyId", CREDENTIALS.syspro_company),
        ("XmlIn", stay),
    ];
    assert_eq!(desk.text("Logon", &who).await, Manners::default().already_logged_in);
    assert!(desk.text("GetLogonProfile", &[("UserId", &first)]).await.contains("LogonProfile"));
    desk.sandbox.syspro().manners(|it| it.rest_logon_reads_xml = false);
    assert!(!desk.text("Logon", &who).await.starts_with("ERROR"), "a server that does not read it lets in");
    assert!(desk.text("GetLogonProfile", &[("UserId", &first)]).await.starts_with("ERROR"));
}

#[tokio::test]
async fn an_operator_with_concurrent_access_keeps_every_session() {
    let desk = Desk::with(Manners { concurrent_access: true, ..Manners::default() }).await;
    let first = desk.logon().await;
    let second = desk.logon().await;
    for token in [&first, &second] {
        assert!(desk.text("GetLogonProfile", &[("UserId", token)]).await.contains("MLCONN"));
    }
    assert_eq!(desk.sandbox.syspro().sessions().len(), 2);
}

#[tokio::test]
async fn the_last_seat_goes_to_whoever_comes_after_somebody_idled() {
    let desk = Desk::with(Manners { seats: 1, ..Manners::default() }).await;
    assert!(!desk.logon_as(CLERK.0, CLERK.1).await.starts_with("ERROR"));
    let operator = (CREDENTIALS.syspro_operator, CREDENTIALS.syspro_operator_password);
    let refused = desk.logon_as(operator.0, operator.1).await;
    assert_eq!(refused, Manners::default().licence_full);
    desk.sandbox.clock().advance(SignedDuration::from_mins(10));
    assert!(!desk.logon_as(operator.0, operator.1).await.starts_with("ERROR"));
    assert_eq!(desk.sandbox.syspro().sessions(), ["MLCONN"]);
}

#[tokio::test]
async fn every_shape_of_token_opens_the_same_door() {
    let desk = Desk::empty().await;
    for shape in [TokenShape::Plain, TokenShape::Long, TokenShape::JsonQuoted, TokenShape::InXml] {
        desk.sandbox.syspro().manners(|it| it.token_shape = shape);
        let raw = desk.logon().await;
        let bare = raw.trim_matches('"').split('>').nth(usize::from(shape == TokenShape::InXml)).unwrap_or_default();
        let bare = bare.split('<').next().unwrap_or_default();
        assert!(bare.ends_with("00  "), "{raw}");
        for token in [bare, bare.trim()] {
            assert!(desk.text("GetLogonProfile", &[("UserId", token)]).await.contains("MLCONN"), "{raw}");
        }
    }
}

#[tokio::test]
async fn the_servers_calendar_can_be_ahead() {
    let desk = Desk::with(Manners { clock_skew: SignedDuration::from_hours(24), ..Manners::default() }).await;
    desk.sandbox.syspro().bill(&InvoiceSpec::next());
    let rows = desk.rows("ArInvoice?$select=InvoiceDate").await;
    assert_eq!(rows[0]["InvoiceDate"], "2026-09-15T00:00:00Z");
    let token = desk.logon().await;
    let profile = desk.text("GetLogonProfile", &[("UserId", &token)]).await;
    assert!(profile.contains("<CompanyDate>2026-09-15</CompanyDate>"), "{profile}");
}

#[tokio::test]
async fn odata_types_dates_either_way_and_may_lack_in() {
    let desk = Desk::empty().await;
    one_note(&desk);
    let both = "MdnMaster?$filter=DispatchNoteStatus%20in%20('5','7')";
    assert_eq!(desk.rows(both).await.len(), 1);
    desk.sandbox.syspro().manners(|it| {
        it.odata_in = false;
        it.odata_plain_dates = true;
    });
    assert_eq!(desk.odata(both).await.status(), StatusCode::BAD_REQUEST);
    let metadata = desk.odata("$metadata").await.text().await.expect("a body");
    assert!(metadata.contains("<Property Name=\"OrderDate\" Type=\"Edm.Date\"/>"), "{metadata}");
    assert_eq!(desk.rows("MdnMaster?$filter=PlannedDeliverDate%20ge%202026-09-14").await.len(), 1);
    let other = desk.odata("MdnMaster?$filter=PlannedDeliverDate%20ge%202026-09-14T00:00:00Z").await;
    assert_eq!(other.status(), StatusCode::BAD_REQUEST);
    let found = desk.rows("SorMaster?$select=LastDelNote,OrderDate,AlternateKey").await;
    assert!(found[0]["LastDelNote"].is_null(), "an empty date is null");
    assert_eq!(found[0]["OrderDate"], "2026-09-14");
    assert_eq!(found[0]["AlternateKey"], "", "an empty text is blank");
}

#[tokio::test]
async fn tables_of_custom_forms_have_a_name_of_their_own_over_odata() {
    let desk = Desk::empty().await;
    one_note(&desk);
    desk.sandbox.syspro().write_form_value("ORD", "500", "TRKNUM", "1Z");
    assert_eq!(desk.rows("CusSorMasterPlus?$filter=TrackingNumber%20eq%20'1Z'").await.len(), 1);
    desk.sandbox.syspro().manners(|it| it.odata_plus = "_x002B_".into());
    assert_eq!(desk.rows("CusSorMaster_x002B_").await.len(), 1);
    assert_eq!(desk.odata("CusSorMasterPlus").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn note_numbers_with_a_slash_are_keys_like_others() {
    let desk = Desk::empty().await;
    desk.sandbox.syspro().release(&DispatchNoteSpec::new("000346/0001").of_order("346"));
    let token = desk.logon().await;
    desk.post(&token, "SORTDH", "", &header("000346/0001", "<UserField1>1Z</UserField1>")).await;
    assert_eq!(desk.sandbox.syspro().read_field("000346/0001", "UserField1").as_deref(), Some("1Z"));
    assert_eq!(desk.rows("MdnMaster?$filter=DispatchNote%20eq%20'000346%2F0001'").await.len(), 1);
}
