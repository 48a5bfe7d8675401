//! Reading through OData: paging, dates, long filters, and failures.

use std::time::Duration;

use rust_decimal::Decimal;
use secrecy::SecretString;
use syspro::{DateLiteral, Filter, ListOperator, OData, ODataSettings, Select};
use wiremock::matchers::{header, method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::{PASSWORD, assert_discreet};

fn odata(server: &MockServer, change: impl FnOnce(&mut ODataSettings)) -> OData {
    let root = format!("{}/SYSPRO8Odata/SYSPROOData", server.uri());
    let mut settings = ODataSettings::new(root, "EDU1", "reader", SecretString::from(PASSWORD));
    settings.timeout = Duration::from_secs(1);
    settings.page_size = 2;
    change(&mut settings);
    OData::new(settings).expect("settings for a local server")
}

fn select() -> Select {
    Select::new("MdnMaster", Filter::is_in("DispatchNoteStatus", ["5", "7"]), ["DispatchNote"]).columns(["Mass"])
}

fn page(keys: &[&str], next: Option<&str>) -> ResponseTemplate {
    let rows: Vec<String> =
        keys.iter().map(|key| format!("{{\"DispatchNote\":\"{key}\",\"Mass\":0.100000,\"Due\":null}}")).collect();
    let next = next.map(|next| format!(",\"@odata.nextLink\":\"{next}\"")).unwrap_or_default();
    ResponseTemplate::new(200)
        .set_body_raw(format!("{{\"@odata.context\":\"x\",\"value\":[{}]{next}}}", rows.join(",")), "application/json")
}

fn keys(rows: &[syspro::Row]) -> Vec<String> {
    rows.iter().map(|row| row.text("dispatchnote").expect("the key").to_owned()).collect()
}

#[tokio::test]
async fn pages_are_read_until_a_short_one_and_a_shifted_row_comes_once() {
    let server = MockServer::start().await;
    let set = || {
        Mock::given(path("/SYSPRO8Odata/SYSPROOData/EDU1/MdnMaster"))
            .and(header("authorization", "Basic cmVhZGVyOmh1bnRlcjImPCU+IMOk"))
    };
    set()
        .and(query_param("$filter", "(DispatchNoteStatus eq '5' or DispatchNoteStatus eq '7')"))
        .and(query_param("$orderby", "DispatchNote"))
        .and(query_param("$select", "Mass,DispatchNote"))
        .and(query_param("$top", "2"))
        .and(query_param_is_missing("$skip"))
        .respond_with(page(&["1", "2"], None))
        .mount(&server)
        .await;
    set().and(query_param("$skip", "2")).respond_with(page(&["2", "3"], None)).mount(&server).await;
    set().and(query_param("$skip", "4")).respond_with(page(&[], None)).mount(&server).await;
    let rows = odata(&server, |_| {}).read(&select()).await.expect("rows");
    assert_eq!(keys(&rows), ["1", "2", "3"]);
    assert_eq!(rows[0].decimal("mass"), Ok(Decimal::new(1, 1)));
    assert_eq!(rows[0].raw("Mass"), Some("0.100000"));
    assert_eq!(rows[0].date("due"), Ok(None));
}

#[tokio::test]
async fn next_links_are_followed_at_our_own_address() {
    let server = MockServer::start().await;
    let at = || Mock::given(path("/SYSPRO8Odata/SYSPROOData/EDU1/MdnMaster"));
    at().and(query_param_is_missing("$skiptoken"))
        .respond_with(page(&["1"], Some("http://stranger.example.com/steal?$skiptoken=a%20b")))
        .mount(&server)
        .await;
    at().and(query_param("$skiptoken", "a b")).respond_with(page(&["2"], None)).mount(&server).await;
    assert_eq!(keys(&odata(&server, |_| {}).read(&select()).await.expect("rows")), ["1", "2"]);
}

#[tokio::test]
async fn paging_that_does_not_advance_is_an_error() {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(page(&["1", "2"], None)).mount(&server).await;
    let error = odata(&server, |_| {}).read(&select()).await.expect_err("the same page");
    assert_eq!(error.code(), "unreadable");
}

#[tokio::test]
async fn dates_are_spelt_as_the_metadata_types_them() {
    let server = MockServer::start().await;
    let edmx = |type_name: &str| {
        format!(
            "<Edmx><Schema Namespace='S'><EntityType Name='ArInvoice'><Property Name='InvoiceDate' Type='{type_name}'/></EntityType>\
             <EntityContainer Name='C'><EntitySet Name='ArInvoice' EntityType='S.ArInvoice'/></EntityContainer></Schema></Edmx>"
        )
    };
    let select = Select::new("ArInvoice", Filter::ge_date("InvoiceDate", jiff::civil::date(2026, 1, 31)), ["Invoice"]);
    for (type_name, filter) in
        [("Edm.Date", "InvoiceDate ge 2026-01-31"), ("Edm.DateTimeOffset", "InvoiceDate ge 2026-01-31T00:00:00Z")]
    {
        server.reset().await;
        let described = ResponseTemplate::new(200).set_body_string(edmx(type_name));
        Mock::given(path("/SYSPRO8Odata/SYSPROOData/EDU1/$metadata"))
            .respond_with(described)
            .expect(1)
            .mount(&server)
            .await;
        Mock::given(query_param("$filter", filter)).respond_with(page(&[], None)).expect(2..).mount(&server).await;
        let odata = odata(&server, |_| {});
        odata.read(&select).await.expect("no rows");
        odata.read(&select).await.expect("no rows, and $metadata not read again");
    }
    let fixed = odata(&server, |settings| settings.date_literal = DateLiteral::DateTimeOffset);
    fixed.read(&select).await.expect("no rows");
}

#[tokio::test]
async fn a_filter_too_long_for_one_address_is_read_in_parts() {
    let server = MockServer::start().await;
    let answer = |request: &Request| {
        let filter = request
            .url
            .query_pairs()
            .find(|(name, _)| name == "$filter")
            .map(|(_, it)| it.into_owned())
            .unwrap_or_default();
        let keys: Vec<&str> = filter.split('\'').skip(1).step_by(2).collect();
        page(&keys, None)
    };
    Mock::given(method("GET")).respond_with(answer).mount(&server).await;
    let wanted: Vec<String> = (0..50).map(|key| format!("{key:015}")).collect();
    let select = Select::new("MdnDetail", Filter::is_in("DispatchNote", wanted.clone()), ["DispatchNote"]);
    let service = odata(&server, |settings| {
        settings.page_size = 1000;
        settings.url_limit = 700;
    });
    assert_eq!(keys(&service.read(&select).await.expect("rows")), wanted);
    let one = Select::new("MdnDetail", Filter::eq("DispatchNote", "x".repeat(700)), ["DispatchNote"]);
    assert_eq!(service.read(&one).await.expect_err("too long").code(), "too_long");
}

#[tokio::test]
async fn odata_failures_are_told_apart_and_show_no_address() {
    let refused = ResponseTemplate::new(400)
        .set_body_string("{\"error\":{\"code\":\"\",\"message\":\"no property 'PostDate'\"}}");
    let expected = [
        (ResponseTemplate::new(401), "unauthorised"),
        (refused, "business_error"),
        (ResponseTemplate::new(404), "unavailable"),
        (ResponseTemplate::new(302).insert_header("location", "/login"), "unavailable"),
        (ResponseTemplate::new(503), "unavailable"),
        (ResponseTemplate::new(200).set_body_string("<html>"), "unreadable"),
        (ResponseTemplate::new(200).set_body_string("{\"value\":[{\"DispatchNote\":\"1\""), "unreadable"),
        (ResponseTemplate::new(200).set_body_string("{\"value\":[{\"Other\":\"1\"}]}"), "unreadable"),
        (page(&[], None).set_delay(Duration::from_secs(2)), "unavailable"),
    ];
    for (answer, code) in expected {
        let server = MockServer::start().await;
        Mock::given(method("GET")).respond_with(answer).mount(&server).await;
        let error = odata(&server, |_| {}).read(&select()).await.expect_err(code);
        assert_eq!(error.code(), code, "{error:?}");
        assert!(!error.may_have_taken_effect());
        assert_discreet(&error);
    }
}

#[tokio::test]
async fn a_service_that_knows_in_is_asked_with_it() {
    let server = MockServer::start().await;
    Mock::given(query_param("$filter", "DispatchNoteStatus in ('5','7')"))
        .respond_with(page(&["1"], None))
        .expect(1)
        .mount(&server)
        .await;
    let odata = odata(&server, |settings| settings.lists = ListOperator::In);
    assert_eq!(keys(&odata.read(&select()).await.expect("rows")), ["1"]);
}

#[tokio::test]
async fn very_old_keys_that_differ_by_a_leading_blank_are_two_rows() {
    let server = MockServer::start().await;
    Mock::given(query_param_is_missing("$skip")).respond_with(page(&[" 00001", "00001"], None)).mount(&server).await;
    Mock::given(query_param("$skip", "2")).respond_with(page(&[], None)).mount(&server).await;
    let rows = odata(&server, |_| {}).read(&select()).await.expect("rows");
    assert_eq!(rows.iter().filter_map(|row| row.raw("DispatchNote")).collect::<Vec<_>>(), [" 00001", "00001"]);
}

#[tokio::test]
async fn configured_names_are_checked_against_the_metadata() {
    let server = MockServer::start().await;
    let edmx = "<Edmx><Schema Namespace='S'><EntityType Name='M'><Property Name='DispatchNote' Type='Edm.String'/></EntityType>\
                <EntityContainer Name='C'><EntitySet Name='MdnMaster' EntityType='S.M'/></EntityContainer></Schema></Edmx>";
    Mock::given(path("/SYSPRO8Odata/SYSPROOData/EDU1/$metadata"))
        .respond_with(ResponseTemplate::new(200).set_body_string(edmx))
        .expect(1)
        .mount(&server)
        .await;
    let odata = odata(&server, |_| {});
    assert_eq!(odata.missing([("MdnMaster", ["DispatchNote"])]).await, Ok(Vec::new()));
    let missing = odata.missing([("MdnMaster", ["DispatchNotes"]), ("MdnMastr", ["DispatchNote"])]).await;
    let words: Vec<String> = missing.expect("described").iter().map(ToString::to_string).collect();
    assert_eq!(
        words,
        [
            "entity set MdnMaster has no column DispatchNotes; the nearest is DispatchNote",
            "there is no entity set MdnMastr; the nearest is MdnMaster"
        ]
    );
}

#[test]
fn a_page_is_read_from_its_bytes() {
    let rows = syspro::read_page(br#"{"@odata.count":1,"value":[{"DispatchNote":"1","@odata.etag":"x"}]}"#);
    assert_eq!(keys(&rows.expect("a page")), ["1"].map(str::to_owned));
    for bytes in [&b"\xff"[..], b"[]", b"{\"value\":[1]}", b"{\"value\":[{\"A\":"] {
        assert_eq!(syspro::read_page(bytes).expect_err("no page").code(), "unreadable");
    }
}
