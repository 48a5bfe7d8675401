//! The client against the pretend SYSPRO, which shares no line with it: every object over both transports, each write
//! proven by its template, and keys of every kind selected alone by OData.

use jiff::civil::date;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rust_decimal::Decimal;
use sandbox::syspro::{Manners, NameCase, TokenShape};
use sandbox::world::DispatchNoteSpec;
use sandbox::{CREDENTIALS, Sandbox, Settings};
use syspro::{
    Condition, DispatchHeader, DispatchLine, DispatchNoteStatus, DispatchSearch, DispatchStatus, Enet, EnetSettings,
    Filter, Find, FormData, FormFunction, FormMode, FormRecord, FormValue, FreightCharge, LineKind, ListOperator,
    OData, ODataSettings, Op, OrderChange, OrderLineChange, OrderSearch, OrderStatusChange, PostalAddress, Posting,
    Select, SetupVerb, ShipToChange, Slots, Token, TransportKind, Verdict,
};

async fn sandbox(manners: Manners) -> Sandbox {
    let mut settings = Settings::empty("2026-09-14T13:00:00Z".parse().expect("an instant"));
    settings.syspro = manners;
    Sandbox::start(settings).await.expect("the sandbox starts")
}

fn enet(sandbox: &Sandbox, transport: TransportKind) -> Enet {
    let password = CREDENTIALS.syspro_operator_password.to_owned().into();
    let mut settings =
        EnetSettings::new(sandbox.enet_url(), CREDENTIALS.syspro_operator, password, CREDENTIALS.syspro_company);
    settings.transport = transport;
    Enet::new(settings).expect("settings")
}

fn odata(sandbox: &Sandbox, lists: ListOperator) -> OData {
    let password = CREDENTIALS.odata_password.to_owned().into();
    let mut settings = ODataSettings::new(sandbox.odata_url(), "EDU1", CREDENTIALS.odata_user, password);
    settings.lists = lists;
    OData::new(settings).expect("settings")
}

/// The manners under which everything has to work alike.
fn manners() -> [(TransportKind, Manners); 4] {
    let lower = Manners { name_case: NameCase::Lower, token_shape: TokenShape::JsonQuoted, ..Manners::default() };
    let documented =
        Manners { name_case: NameCase::Documented, utf8: true, soap_stack_trace: true, ..Manners::default() };
    let old = Manners { post_ld: false, token_shape: TokenShape::Long, ..Manners::default() };
    [
        (TransportKind::Rest, lower.clone()),
        (TransportKind::Asmx, lower),
        (TransportKind::Asmx, documented),
        (TransportKind::Rest, old),
    ]
}

/// Reads back what was written, which has to be there.
async fn proven(enet: &Enet, token: &Token, object: &str, item: Result<Slots, syspro::Error>) {
    let template = enet.template(object).expect(object);
    let read = enet.read_back(token, template, &item.expect("an item")).await.expect(object);
    assert!(!read.is_empty(), "{object} proves nothing");
    for value in read {
        assert!(value.is_proven(), "{object}: {value:?}");
    }
}

#[tokio::test]
async fn every_object_reads_what_stands_there() {
    for (transport, manners) in manners() {
        let sandbox = sandbox(manners).await;
        let released = sandbox.syspro().release(&DispatchNoteSpec::next().weighing(12).comment("call first"));
        let bought = sandbox.syspro().place_purchase_order(&sandbox::world::PurchaseOrderSpec::next());
        let note = sandbox.syspro().note(&released.dispatch_note).expect("the note");
        let enet = enet(&sandbox, transport);
        let version = enet.version().await.expect("a service");
        assert_eq!(version.is_some(), transport == TransportKind::Rest);
        let token = enet.logon().await.expect("logged on");
        let profile = enet.profile(&token).await.expect("a profile");
        assert_eq!(profile.operator(), Some(CREDENTIALS.syspro_operator));

        let order = enet.sorqry(&token, &released.sales_order).await.expect("an answer").expect("the order");
        assert_eq!(
            order.header.text("Customer").map(|it| it.trim_start_matches('0').to_owned()),
            Ok(note.customer.trim_start_matches('0').to_owned())
        );
        assert!(PostalAddress::of_order(&order.header).postal_code.is_some());
        let read = enet.sorqdn(&token, &released.dispatch_note).await.expect("an answer").expect("the note");
        assert_eq!(read.dispatch_note_status(), Some(DispatchNoteStatus::from_code(&note.status)));
        assert!(read.lines.iter().any(|line| line.kind == LineKind::Merchandise));
        assert!(read.lines.iter().any(|line| line.kind == LineKind::Comment));
        assert!(PostalAddress::of_dispatch_note(&read.header).lines[0].is_some());
        assert_eq!(enet.sorqdn(&token, "000000000099999").await, Ok(None));
        let bought = enet.porqry(&token, &bought).await.expect("an answer").expect("the purchase order");
        assert!(bought.header.get("Supplier").is_some() && !bought.lines.is_empty());

        let search = OrderSearch { page_size: 1, ..OrderSearch::default() };
        let orders = enet.sorqso(&token, &search).await.expect("orders");
        assert!(orders.iter().any(|it| released.sales_order.ends_with(it.sales_order.trim_start_matches('0'))));
        let search = DispatchSearch::in_states([DispatchNoteStatus::from_code(&note.status)]);
        let notes = enet.sorqdl(&token, &search).await.expect("notes");
        assert!(notes.iter().any(|it| it.dispatch_note.trim() == released.dispatch_note), "{notes:?}");
        let none = DispatchSearch::in_states([DispatchNoteStatus::OnHold]);
        assert_eq!(enet.sorqdl(&token, &none).await, Ok(Vec::new()));

        let customer = enet.arsqry(&token, &note.customer).await.expect("an answer").expect("the customer");
        assert!(customer.name().is_some() && customer.ship_to().lines[0].is_some(), "{:?}", customer.fields);
        assert_eq!(enet.arsqry(&token, "NOBODY").await, Ok(None));
        let stock_code =
            read.lines.iter().find_map(|line| line.fields.get("MStockCode")).expect("a stock code").to_owned();
        let item = enet.invqry(&token, &stock_code).await.expect("an answer").expect("the stock code");
        assert!(item.mass().is_ok(), "{:?}", item.fields);
        assert_eq!(enet.invqry(&token, "NOTHING").await, Ok(None));
        let users = enet.comqus(&token).await.expect("users");
        assert!(users.iter().any(|it| it.operator == CREDENTIALS.syspro_operator));
        let row = enet.comfch(&token, "ArCustomer", &note.customer, &[]).await.expect("an answer").expect("a row");
        assert!(row.get("Name").is_some());
        assert_eq!(enet.comfch(&token, "ArCustomer", "NOBODY", &[]).await, Ok(None));
        let find = Find::new("MdnMaster")
            .columns(["DispatchNote"])
            .where_any_of("DispatchNote", [&released.dispatch_note, "x"]);
        assert_eq!(enet.comfnd(&token, &find).await.expect("rows").len(), 1);
        let fields = enet.comqfm(&token, "ORD", &released.sales_order, &[("SalesOrder", &released.sales_order)]).await;
        assert!(fields.expect("fields").iter().any(|field| field.name == "TRKNUM"));

        enet.logoff(&token).await.expect("logged off");
        assert_eq!(enet.profile(&token).await.expect_err("gone").code(), "session_lost");
        assert_eq!(sandbox.syspro().sessions(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn every_object_writes_what_its_template_proves() {
    for (transport, manners) in manners() {
        let sandbox = sandbox(manners).await;
        let released = sandbox.syspro().release(&DispatchNoteSpec::next());
        let placed = sandbox.syspro().place_order(&DispatchNoteSpec::next().order_status('4'));
        let (note, order) = (released.dispatch_note.as_str(), placed.sales_order.as_str());
        let enet = enet(&sandbox, transport);
        let token = enet.logon().await.expect("logged on");
        let how = Posting::default();

        let header = DispatchHeader::new(note).user_field_1("1Z999AA1 & é").actual_delivery_date(date(2026, 9, 14));
        let posted = enet.sortdh(&token, std::slice::from_ref(&header), how).await.expect("SORTDH");
        assert_eq!(posted.verdict(), Verdict::Accepted);
        proven(&enet, &token, "SORTDH", header.slots()).await;

        let charge = || FreightCharge::new(Decimal::new(1840, 2)).costing(Decimal::new(155, 1));
        for line in [
            DispatchLine::Comment { dispatch_note: note.to_owned(), text: "UPS 1Z9".to_owned() },
            DispatchLine::Freight { dispatch_note: note.to_owned(), charge: charge() },
        ] {
            enet.sortda(&token, std::slice::from_ref(&line), how).await.expect("SORTDA");
            proven(&enet, &token, "SORTDA", line.slots()).await;
        }

        let next = DispatchStatus { dispatch_note: note.to_owned(), from: None, to: "7".to_owned() };
        enet.sortds(&token, std::slice::from_ref(&next), how).await.expect("SORTDS");
        proven(&enet, &token, "SORTDS", next.slots()).await;

        let mut ship_to = PostalAddress { postal_code: Some("94607".to_owned()), ..PostalAddress::default() };
        ship_to.lines[0] = Some("15 Central Avenue".to_owned());
        let change = OrderChange::new(order)
            .ship_to(ship_to.clone())
            .line(OrderLineChange::AddComment { text: "UPS 1Z9 for you".to_owned() })
            .line(OrderLineChange::AddFreight { charge: charge() });
        enet.sortoi(&token, std::slice::from_ref(&change), how).await.expect("SORTOI");
        proven(&enet, &token, "SORTOI", change.slots()).await;
        let read = enet.sorqry(&token, order).await.expect("an answer").expect("the order");
        let freight = read.lines.iter().find(|line| line.kind == LineKind::Freight).and_then(|line| line.number);
        let line = freight.expect("a freight line with a number");
        let undo = OrderChange::new(order).line(OrderLineChange::RemoveFreight { line, cancel_code: None });
        enet.sortoi(&token, &[undo], how).await.expect("SORTOI");
        assert_eq!(sandbox.syspro().freight_lines(order), 0);

        let status =
            OrderStatusChange { sales_order: order.to_owned(), from: None, to: "8".to_owned(), delivery_note: None };
        enet.sortos(&token, std::slice::from_ref(&status), how).await.expect("SORTOS");
        proven(&enet, &token, "SORTOS", status.slots()).await;

        let value = |field: &str, value: FormData| FormValue {
            form_type: "ORD".to_owned(),
            key: order.to_owned(),
            field: field.to_owned(),
            value,
        };
        let values = [
            value("TRKNUM", FormData::Alpha("1Z9".to_owned())),
            value("FRTCST", FormData::Numeric(Decimal::new(1840, 2))),
            value("SHPDAT", FormData::Date(date(2026, 9, 14))),
        ];
        enet.comsfm(&token, &values, FormMode::Add, false).await.expect("COMSFM");
        for value in &values {
            proven(&enet, &token, "COMSFM", value.slots()).await;
        }
        let record = FormRecord {
            form_type: "ORD".to_owned(),
            key: vec![("SalesOrder".to_owned(), order.to_owned())],
            fields: vec![("TrackingNumber".to_owned(), FormData::Alpha("1Z8".to_owned()))],
        };
        enet.comtfm(&token, std::slice::from_ref(&record), FormFunction::Change, how).await.expect("COMTFM");
        proven(&enet, &token, "COMTFM", record.slots()).await;

        let customer =
            sandbox.syspro().customers().into_iter().find(|it| it.places.len() > 1).expect("two places").code;
        let address = enet.arsqma(&token, &customer).await.expect("addresses").remove(0);
        let change = ShipToChange { customer, code: address.code, address: ship_to };
        enet.arssma(&token, std::slice::from_ref(&change), SetupVerb::Update, how).await.expect("ARSSMA");
        proven(&enet, &token, "ARSSMA", change.slots()).await;

        enet.logoff(&token).await.expect("logged off");
    }
}

/// Says success and writes nothing: only reading back tells.
#[tokio::test]
async fn a_pretended_write_is_not_proven() {
    let sandbox = sandbox(Manners { pretending: vec!["SORTDH".to_owned()], ..Manners::default() }).await;
    let released = sandbox.syspro().release(&DispatchNoteSpec::next());
    for transport in [TransportKind::Rest, TransportKind::Asmx] {
        let enet = enet(&sandbox, transport);
        let token = enet.logon().await.expect("logged on");
        let header = DispatchHeader::new(&released.dispatch_note).user_field_1("1Z9");
        let posted = enet.sortdh(&token, std::slice::from_ref(&header), Posting::default()).await.expect("it says so");
        assert_eq!(posted.verdict(), Verdict::Accepted);
        let template = enet.template("SORTDH").expect("shipped");
        let read = enet.read_back(&token, template, &header.slots().expect("a header")).await.expect("read back");
        assert!(!read[0].is_proven());
        enet.logoff(&token).await.expect("logged off");
    }
}

#[tokio::test]
async fn a_document_in_maintenance_is_locked_over_both() {
    let sandbox = sandbox(Manners::default()).await;
    let released = sandbox.syspro().release(&DispatchNoteSpec::next());
    sandbox.syspro().lock(&released.dispatch_note, "CLERK");
    for transport in [TransportKind::Rest, TransportKind::Asmx] {
        let enet = enet(&sandbox, transport);
        let token = enet.logon().await.expect("logged on");
        let header = DispatchHeader::new(&released.dispatch_note).user_field_1("1Z9");
        let error = enet.sortdh(&token, &[header], Posting::default()).await.expect_err("locked");
        assert!(error.is_locked(), "{error}");
        enet.logoff(&token).await.expect("logged off");
    }
}

/// Keys that text of any kind can be in: quotes, brackets, words of the language, blanks, letters of Windows-1252.
fn key() -> impl Strategy<Value = String> {
    prop_oneof!["[A-Z'\\\\ &%+#/)(,=;é€]{1,14}", "' (or|and) [A-Z]{1,3} eq '[A-Z]?"]
        .prop_map(|key| format!("K{}", key.trim_end()))
}

/// Whatever a key holds, OData's filter and COMFND's condition select it alone.
#[test]
fn whatever_a_key_holds_it_is_selected_alone() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let _inside = runtime.enter();
    let manners = Manners { odata_in: true, ..Manners::default() };
    let sandbox = runtime.block_on(sandbox(manners));
    let services = [ListOperator::Or, ListOperator::In].map(|lists| odata(&sandbox, lists));
    let clients = [TransportKind::Rest, TransportKind::Asmx].map(|transport| enet(&sandbox, transport));
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    let seen = std::cell::RefCell::new(std::collections::HashSet::new());
    let tried = runner.run(&key(), |key| {
        if !seen.borrow_mut().insert(key.clone()) {
            return Ok(());
        }
        sandbox.syspro().place_order(&DispatchNoteSpec::next().of_order(&key));
        let found = |rows: Vec<syspro::Row>| {
            rows.iter().map(|row| row.get("SalesOrder").unwrap_or_default().to_owned()).collect::<Vec<_>>()
        };
        for service in &services {
            let filter = Filter::is_in("SalesOrder", [key.as_str(), "no such order"]);
            let rows = runtime
                .block_on(service.read(&Select::new("SorMaster", filter, ["SalesOrder"]).columns(["SalesOrder"])));
            prop_assert_eq!(found(rows.expect("rows")), [key.clone()]);
        }
        for client in &clients {
            let token = runtime.block_on(client.logon()).expect("logged on");
            let mut find = Find::new("SorMaster").columns(["SalesOrder"]);
            find.all_of.push(Condition { column: "SalesOrder".to_owned(), op: Op::Eq, value: key.clone() });
            let rows = runtime.block_on(client.comfnd(&token, &find));
            prop_assert_eq!(found(rows.expect("rows")), [key.clone()]);
            runtime.block_on(client.logoff(&token)).expect("logged off");
        }
        Ok(())
    });
    tried.expect("every key selects itself alone");
}
