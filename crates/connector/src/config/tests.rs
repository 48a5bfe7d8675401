//! Bad site files and what they are told; the template as the documentation it is.

use shipment::hold::Owner;

use super::*;

/// The template with one piece exchanged.
fn with(old: &str, new: &str) -> String {
    assert!(SiteFile::TEMPLATE.contains(old), "the template no longer has {old:?}");
    SiteFile::TEMPLATE.replacen(old, new, 1)
}

/// What the person who wrote this file is told.
fn told(text: &str) -> String {
    SiteFile::parse(text).expect_err("this file has a fault").to_string()
}

#[test]
fn the_template_is_a_site() {
    let site = SiteFile::parse(SiteFile::TEMPLATE).expect("the template parses");
    assert_eq!(site.name.as_str(), "oakland");
    assert_eq!(site.mode, Mode::Approve);
    assert_eq!(site.start, Start::Baseline);
    assert_eq!(site.patience, jiff::SignedDuration::from_hours(24));
    assert_eq!(site.sources[0].ready, ["5", "7"]);
    assert_eq!(site.sources[0].warehouses, [site.ship_froms[0].warehouse.clone()]);
    assert_eq!(site.secrets().len(), 4);
    assert!(!site.buys_real_labels());
    assert!(!site.may_write_to_syspro(), "the test host never writes into a company that is not declared a test");
    assert!(site.printer_of(&site.ship_froms[0]).is_some());
}

/// The template with one of its commented lines in force; one of a commented table with the whole paragraph.
fn with_line(at: usize) -> String {
    let lines: Vec<&str> = SiteFile::TEMPLATE.lines().collect();
    let paragraph = (0..=at).rev().find(|&it| lines[it].is_empty()).map_or(0, |it| it + 1);
    let whole = lines[paragraph..=at].iter().any(|it| it.starts_with("#["));
    let in_force = |it: usize, line: &str| {
        let same = it > paragraph && lines[paragraph..=it].iter().all(|it| !it.is_empty()) || it == paragraph;
        let code = line.starts_with("#[") || (line.starts_with('#') && line.contains(" = ") && !line.starts_with("# "));
        it == at || (whole && it >= paragraph && same && code)
    };
    let text = lines.iter().enumerate().map(|(it, line)| if in_force(it, line) { &line[1..] } else { line });
    text.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_key_the_template_comments_out_is_a_real_one() {
    for (at, line) in SiteFile::TEMPLATE.lines().enumerate() {
        let is_key = line.starts_with('#') && line[1..].starts_with(|it: char| it.is_ascii_lowercase());
        if !is_key || !line.contains(" = ") {
            continue;
        }
        if let Err(error) = SiteFile::parse(&with_line(at)) {
            let belongs_to_a_choice =
                ["ups.base_url", "printer[1].address", "source[1].overlap"].contains(&error.key.as_str());
            assert!(belongs_to_a_choice, "{line}: {error}");
        }
    }
}

#[test]
fn every_key_there_is_stands_in_the_template() {
    let tables = SiteFile::TEMPLATE.lines().filter(|line| line.starts_with('['));
    for table in tables.chain(["name = \"oakland\""]) {
        let told = told(&with(&format!("\n{table}\n"), &format!("\n{table}\nnobody_asked = 1\n")));
        let (_, known) = told.split_once("known in ").and_then(|(_, rest)| rest.split_once(": ")).expect(&told);
        for key in known.split(", ") {
            let shown = SiteFile::TEMPLATE.lines().any(|line| {
                let line = line.trim_start_matches('#');
                line.starts_with(&format!("{key} = "))
                    || line.trim_matches(['[', ']']).split('.').next_back() == Some(key)
            });
            assert!(shown, "{key} of {table} is not in the template");
        }
    }
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_its_neighbour() {
    let told = told(&with("#max_new_per_cycle = 50", "max_new_per_cycel = 5"));
    assert!(told.contains("`max_new_per_cycel`: unknown key"), "{told}");
    assert!(told.contains("`max_new_per_cycle` looks like it"), "{told}");
    assert!(told.starts_with("line "), "{told}");
}

#[test]
fn a_missing_key_points_at_its_misspelling() {
    let told = told(&with("account = \"A1B2C3\"", "acount = \"A1B2C3\""));
    assert!(told.contains("`ups.account`: missing"), "{told}");
    assert!(told.contains("has `acount`, which looks like it"), "{told}");
}

/// One fault each: what is exchanged in the template, and what has to be said about it.
const FAULTS: &[(&str, &str, &[&str])] = &[
    ("mass_unit = \"lb\"", "", &["`mass_unit`: missing", "write one of \"kg\", \"lb\""]),
    ("mass_unit = \"lb\"", "mass_unit = 5", &["text in quotes is wanted", "a whole number is there"]),
    ("name = \"oakland\"", "name = \"Oakland Plant\"", &["`name`: bad value \"Oakland Plant\"", "small letters"]),
    ("name = \"oakland\"", "name = ", &["the file is not TOML", "init --print"]),
    ("account = \"A1B2C3\"", "account = \"12-34\"", &["`ups.account`: bad value \"12-34\"", "six letters or digits"]),
    ("#patience = \"24h\"", "patience = \"a while\"", &["`patience`: bad value", "begin with a number", "\"24h\""]),
    ("#fresh_for = \"5m\"", "fresh_for = \"5\"", &["the unit is missing"]),
    ("#max_new_per_cycle = 50", "max_new_per_cycle = 0", &["allowed is 1 to"]),
    ("environment = \"test\"", "environment = \"tset\"", &["`ups.environment`", "no such environment"]),
    ("environment = \"test\"", "environment = \"custom\"", &["`ups.base_url`: missing", "127.0.0.1"]),
    ("#base_url = \"http://127.0.0.1:8081\"", "base_url = \"https://x.example\"", &["`ups.base_url`: not used"]),
    (
        "environment = \"test\"",
        "environment = \"custom\"\nbase_url = \"http://ups.example.com\"",
        &["plain http", "client secret"],
    ),
    ("https://syspro.example.com:30001", "http://syspro.example.com:30001", &["plain http", "allow_plain_http = true"]),
    ("https://syspro.example.com:30001", "syspro:30001", &["`syspro.enet_url`: bad URL"]),
    ("https://syspro.example.com:30001", "https://me:word@syspro.example.com", &["credentials in a URL"]),
    ("{ env = \"SYSPRO_PASSWORD\" }", "\"hunter2\"", &["`syspro.operator_password`: a secret in clear", "{ env = "]),
    (
        "{ env = \"UPS_CLIENT_SECRET\" }",
        "\"s3cret\"",
        &["`ups.client_secret`: a secret in clear", "change that secret"],
    ),
    ("{ env = \"UPS_CLIENT_SECRET\" }", "{ enw = \"X\" }", &["no source"]),
    (
        "#currencies = [[\"$\", \"USD\"], [\"\", \"USD\"]]",
        "currencies = [[\"$\"]]",
        &["`currencies`: bad value", "each entry is"],
    ),
    (
        "#invoice_copy = false",
        "invoice_copy = true",
        &["`write_back.custom_form.invoice_copy`: not possible", "form_object = \"comtfm\""],
    ),
    ("#delivery_comment = \"none\"", "delivery_comment = \"door\"", &["`write_back.delivery_comment`: bad value"]),
    ("#templates = \"templates\"", "templates = 5", &["`syspro.templates`: text in quotes is wanted", "name a folder"]),
    ("#addresses = \"24h\"", "addresses = \"long\"", &["`reference.addresses`: bad value"]),
    ("#price_unit = \"\"", "price_unit = \"MPriceUom\"", &["`source[1].lines.price_unit`: not used", "name the price"]),
    ("#label_format = \"gif\"", "label_format = \"jpg\"", &["`ship_from[1].label_format`: bad value"]),
    ("printer = \"dock\"", "printer = \"door\"", &["`ship_from[1].printer`", "no printer has that name"]),
    (
        "city = \"Oakland\"",
        "city = \"Llanfairpwllgwyngyllgogerychwyrn\"",
        &["`ship_from[1].city`", "UPS takes 1 to 30"],
    ),
    ("\ntime_zone = \"America/Los_Angeles\"", "\ntime_zone = \"PST8\"", &["`ship_from[1].time_zone`"]),
    ("cut_off = \"15:00\"", "cut_off = \"3 pm\"", &["no time of day"]),
    ("#warehouses = [\"FG\"]", "warehouses = [\"ZZ\"]", &["`source[1].warehouses[1]`", "no [[ship_from]]"]),
    ("kind = \"dispatch_notes\"", "kind = \"quotes\"", &["`source[1].kind`", "\"dispatch_notes\", \"sales_orders\""]),
    ("#ready = [\"5\", \"7\"]", "ready = []", &["`source[1].ready`", "no status would ever be ready"]),
    ("#warehouses = [\"FG\"]", "warehouses = []", &["`source[1].warehouses`", "no document would ever be shipped"]),
    ("#overlap = \"7d\"", "overlap = \"3d\"", &["`source[1].overlap`: not used", "name a watermark column"]),
    (
        "kind = \"dispatch_notes\"",
        "kind = \"invoices\"\nready = [\"5\"]",
        &["`source[1].ready`: not used", "invoices have no status column", "[source.columns]"],
    ),
    (
        "kind = \"dispatch_notes\"",
        "kind = \"invoices\"\nfinished = [\"9\"]",
        &["`source[1].finished`: not used", "invoices have no status column"],
    ),
    (
        "[source.lines]",
        "[source.lines]\nkey = []",
        &["`source[1].lines.key`: bad value", "pages are stable only in the order of a key"],
    ),
    ("#status = \"DispatchNoteStatus\"", "status = []", &["`source[1].watermark`", "neither a status nor a date"]),
    ("#phone = \"customer.Telephone\"", "phone = \"form.Phone\"", &["\"form\" is used", "add a [[source.join]]"]),
    ("max_package_weight = \"50 lb\"", "max_package_weight = \"200 lb\"", &["UPS takes no package above"]),
    ("max_package_weight = \"50 lb\"", "max_package_weight = 50", &["text in quotes is wanted", "lb\""]),
    ("default_box = \"M\"", "default_box = \"XL\"", &["no box has that name"]),
    ("size = \"16 x 12 x 10 in\"", "size = \"16x12 in\"", &["length, width and height"]),
    ("code = \"UPSGND\"\n", "", &["`ship_via[1].code`: missing", "fit nothing"]),
    ("action = \"hold\"", "action = \"wait\"", &["means nothing here"]),
    ("#count = \"user_field_2\"", "count = \"user_field_1\"", &["overwrite"]),
    ("#max_spend = \"150.00\"", "max_spend = \"150.001\"", &["`ups.max_spend`"]),
    ("#every = \"1m\"", "every = \"often\"", &["`schedule.every`", "a number and a unit"]),
    ("#cron = \"*/5 6-19 * * mon-fri\"", "cron = \"at noon\"", &["`schedule.cron`", "minute, hour"]),
    ("#cron = \"*/5 6-19 * * mon-fri\"", "cron = \"0 0 30 2 *\"", &["`schedule`: never", "ten years"]),
    ("#[reconcile]", "[reconcile]\ncron = \"weekly\"", &["`reconcile.cron`", "minute, hour"]),
    (
        "#until_hour = \"20:00\"",
        "from_hour = \"20:00\"\nuntil_hour = \"06:00\"",
        &["`schedule.until_hour`", "not after"],
    ),
    (
        "#[[schedule.peak]]",
        "[[schedule.peak]]\nfrom = \"11-16\"\nuntil = \"12-24\"",
        &["`schedule.peak[1].every`: missing"],
    ),
    (
        "#[[schedule.peak]]",
        "[[schedule.peak]]\nfrom = \"2026-11-16\"\nuntil = \"12-24\"\nevery = \"20s\"",
        &["`schedule.peak[1].until`", "names a year"],
    ),
    (
        "#[[schedule.peak]]",
        "[[schedule.peak]]\nfrom = \"11-16\"\nuntil = \"02-30\"\nevery = \"20s\"",
        &["`schedule.peak[1].until`", "month and day"],
    ),
];

#[test]
fn every_fault_is_told_with_its_key_and_its_cure() {
    for (old, new, wanted) in FAULTS {
        let told = told(&with(old, new));
        for part in *wanted {
            assert!(told.contains(part), "{new:?} was told {told:?} and not {part:?}");
        }
    }
}

/// What no source of a site ever takes is said, and not ignored.
#[test]
fn a_step_that_no_source_takes_is_refused() {
    let invoices = with("kind = \"dispatch_notes\"", "kind = \"invoices\"");
    let freight = "[write_back.freight_line]\ncharge = \"actual\"\n\n[tracking]";
    let moves = |which: &str| format!("[write_back.status_move]\n{which} = true\n\n[tracking]");
    for (old, new, key) in [
        ("[tracking]", freight, "`write_back.freight_line`: not used"),
        ("#comment_line = \"none\"", "comment_line = \"sales_order\"", "`write_back.comment_line`: not used"),
        ("#delivery_comment = \"none\"", "delivery_comment = \"document\"", "`write_back.delivery_comment`: not used"),
        ("[tracking]", &moves("dispatch_notes"), "`write_back.status_move.dispatch_notes`: not used"),
        ("[tracking]", &moves("sales_orders"), "`write_back.status_move.sales_orders`: not used"),
    ] {
        let told = told(&invoices.replacen(old, new, 1));
        assert!(told.contains(key) && told.contains("add the [[source]]"), "{new:?} was told {told:?}");
    }
}

#[test]
fn a_site_without_odata_reads_through_enet_and_needs_no_password_for_it() {
    let (before, rest) = SiteFile::TEMPLATE.split_once("[syspro.odata]").expect("the table");
    let (_, after) = rest.split_once("[ups]").expect("the next table");
    let site = SiteFile::parse(&format!("{before}[ups]{after}")).expect("a site");
    assert!(site.syspro.odata.is_none());
    assert!(site.secrets().iter().all(|(name, _)| *name != SecretName::SysproODataPassword));
}

/// The template with other words in its one source.
fn source(words: &str) -> SourceSettings {
    let site = SiteFile::parse(&with("kind = \"dispatch_notes\"", words)).map_err(|error| error.to_string());
    site.expect("a site").sources.remove(0)
}

/// What the product is described with in public: invoices and purchase orders by a posting date. Real tables have none,
/// so a site that has a view with one names it.
#[test]
fn a_view_with_a_posting_date_can_be_named() {
    let usual = source("kind = \"invoices\"");
    let day = |column: &str, days: i64| Selection::Date {
        column: column.to_owned(),
        overlap: jiff::SignedDuration::from_hours(24 * days),
    };
    assert_eq!(usual.definition.selection, day("InvoiceDate", 7));
    assert_eq!(usual.document_types, ["I"]);
    let posted = "kind = \"invoices\"\ntable = \"ArInvoicePosted\"\nwatermark = \"PostDate\"\noverlap = \"3d\"";
    let posted = source(posted);
    assert_eq!(posted.definition.selection, day("PostDate", 3));
    assert!(posted.definition.header_columns().contains(&"PostDate"));
    let posted = source("kind = \"purchase_orders\"\nwatermark = \"InvoiceDate\"");
    assert_eq!(posted.definition.selection, day("InvoiceDate", 7));
    assert_eq!(posted.finished, ["9"]);
}

#[test]
fn a_join_that_stands_on_none_is_refused() {
    let join = "kind = \"sales_orders\"\n[[source.join]]\nname = \"customer\"\ntable = \"ArCustomer\"\nkey = \"Customer\"\non = ";
    let told =
        |on: &str| told(&with("kind = \"dispatch_notes\"", &format!("{join}{on}")).replace("[source.columns]", ""));
    assert!(told("\"form.Customer\"").contains("stands on form"), "{}", told("\"form.Customer\""));
}

/// What the administrator's page shows of `[[source]]` can be pasted as it stands.
#[test]
fn the_sources_shown_to_administrators_are_real() {
    let page = include_str!("../../../../docs/syspro.md");
    let (before, rest) = SiteFile::TEMPLATE.split_once("\n[[source]]\n").expect("a source");
    let (_, after) = rest.split_once("# Which ship-via is which").expect("the ship-vias");
    let shown: Vec<&str> = page
        .split("```toml\n")
        .skip(1)
        .filter_map(|it| it.split_once("```").map(|(block, _)| block))
        .filter(|it| it.contains("[source"))
        .collect();
    assert_eq!(shown.len(), 3);
    for block in shown {
        let head = if block.contains("[[source]]") { "" } else { "[[source]]\nkind = \"sales_orders\"\n" };
        let block = block.replace("\"RT\"", "\"FG\"");
        let file = format!("{before}\n{head}{block}\n# Which ship-via is which{after}");
        SiteFile::parse(&file).unwrap_or_else(|error| panic!("{error}\n{block}"));
    }
}

#[test]
fn every_usual_source_stands_on_joins_it_has() {
    for kind in shipment::document::Source::ALL {
        let settings = source(&format!("kind = \"{kind}\""));
        assert_eq!(settings.definition, Definition::usual(kind));
        assert!(!settings.definition.watched_columns().is_empty() || kind == shipment::document::Source::Invoices);
    }
}

#[test]
fn a_ship_to_may_stand_in_a_table_of_the_sites_own() {
    let words = "kind = \"purchase_orders\"\n[[source.ship_to]]\njoin = \"supplier\"\nname = [\"SupplierName\"]\n\
                 lines = [\"A1\", \"A2\", \"A3\", \"A4\", \"A5\"]\npostal_code = \"Code\"\n\n";
    let supplier = source(words);
    let join = supplier.definition.joins.iter().find(|it| it.name == "supplier").expect("a join");
    assert!(supplier.definition.join_columns(join).contains(&"A5"));
    assert!(supplier.definition.ship_to.iter().all(|it| it.join.as_deref() == Some("supplier")));
}

#[test]
fn a_secret_in_clear_is_not_repeated() {
    for (old, secret) in [("{ env = \"SYSPRO_PASSWORD\" }", "hunter2"), ("{ env = \"UPS_CLIENT_SECRET\" }", "s3cret")] {
        let told = told(&with(old, &format!("{secret:?}")));
        assert!(!told.contains(secret), "{told}");
    }
}

#[test]
fn plain_http_is_fine_on_this_machine_and_where_it_is_allowed() {
    for host in ["http://127.0.0.1:30001", "http://[::1]:30001", "http://localhost:30001"] {
        SiteFile::parse(&with("https://syspro.example.com:30001", host)).expect(host);
    }
    let told = told(&with("https://syspro.example.com:30001", "http://127.0.0.1.example.com"));
    assert!(told.contains("plain http"), "{told}");
    let allowed = "http://syspro.example.com:30001\"\nallow_plain_http = true #";
    SiteFile::parse(&with("https://syspro.example.com:30001", allowed)).expect("allowed in words");
}

#[test]
fn two_sources_cannot_ship_from_one_warehouse() {
    let second = "\n[[source]]\nkind = \"sales_orders\"\n\n[[source]]\n";
    let told = told(&with("\n[[source]]\n", second));
    assert!(told.contains("warehouse FG is shipped by two sources"), "{told}");
    assert!(told.contains("a label for the same goods"), "{told}");
}

#[test]
fn a_site_that_would_not_tell_syspro_cannot_be_automatic() {
    let automatic = with("mode = \"approve\"", "mode = \"automatic\"");
    SiteFile::parse(&automatic).expect("the default carries the tracking number");
    let silent = automatic.replacen("#tracking = \"user_field_1\"", "tracking = \"none\"", 1);
    assert!(told(&silent).contains("`mode`: \"automatic\" is not possible"));
}

#[test]
fn secrets_are_read_without_their_line_end() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("ups.txt"), "pass word \r\n").expect("written");
    std::fs::write(folder.path().join("empty.txt"), "\n").expect("written");
    let read = |name: &str| SecretSource::File(name.into()).read(folder.path());
    let secret = read("ups.txt").expect("readable");
    assert_eq!(secrecy::ExposeSecret::expose_secret(&secret), "pass word ");
    assert!(read("empty.txt").expect_err("empty").to_string().contains("is empty"));
    assert!(read("absent.txt").expect_err("absent").to_string().contains("cannot be read"));
    let unset = SecretSource::Env("ML_CONNECTOR_TEST_NOT_SET".to_owned()).read(folder.path());
    assert!(unset.expect_err("not set").to_string().contains("is not set"));
}

#[test]
fn calls_of_ups_need_an_address_it_can_reach_and_a_renewal_in_time() {
    let alerts = |keys: &str| with("[tracking]\n", &format!("[tracking.alerts]\n{keys}\n\n[tracking]\n"));
    let site = SiteFile::parse(&alerts("public_url = \"https://hooks.example.com/in/\"")).expect("a site");
    let alerts_of = site.tracking.alerts.expect("alerts");
    assert_eq!(alerts_of.address("abc").as_str(), "https://hooks.example.com/in/ups/abc");
    assert_eq!(alerts_of.token_address("abc").as_str(), "https://hooks.example.com/in/ups/abc/token");
    assert_eq!((alerts_of.version, alerts_of.level), (AlertVersion::V2, AlertLevel::Standard));

    let url = "public_url = \"https://hooks.example.com\"";
    for (keys, expected) in [
        (String::new(), "`tracking.alerts.public_url`: missing"),
        ("public_url = \"http://hooks.example.com\"".to_owned(), "plain http"),
        (format!("{url}\nrenew_every = \"14d\""), "UPS ends a subscription after 14 days"),
        (format!("{url}\nevents = [\"D\"]"), "a standard subscription tells of every scan"),
        (format!("{url}\nlevel = \"enhanced\"\nevents = [\"Z\"]"), "UPS knows no such kind of scan"),
        (format!("{url}\ncredential = \"in clear\""), "a secret in clear"),
    ] {
        let told = told(&alerts(&keys));
        assert!(told.contains(expected), "{keys}: {told}");
    }
}

#[test]
fn how_parcels_are_followed_is_within_bounds() {
    assert!(told(&with("#calls_per_minute = 600", "calls_per_minute = 0")).contains("allowed is 1 to 1000000"));
    let long = "quantum_view_subscription = \"a name of more than 21 letters\"";
    assert!(told(&with("#quantum_view_subscription = \"OutboundXML\"", long)).contains("too long"));
}

/// The template with its tables for words to people and programs taken in.
fn telling() -> String {
    let (before, tables) = SiteFile::TEMPLATE.split_once("\n#[mail]\n").expect("the tables");
    let line = |line: &str| match line.strip_prefix('#') {
        Some(key) if !key.starts_with(' ') => key.to_owned(),
        _ => line.to_owned(),
    };
    let tables: Vec<String> = tables.lines().map(line).collect();
    format!("{before}\n[mail]\n{}\n", tables.join("\n"))
}

#[test]
fn mail_and_webhooks_are_off_and_read_as_the_template_shows_them() {
    let silent = SiteFile::parse(SiteFile::TEMPLATE).expect("a site");
    assert!(silent.mail.is_none() && silent.webhook.is_none());
    let site = SiteFile::parse(&telling()).map_err(|error| error.to_string()).expect("a site");
    let mail = site.mail.clone().expect("mail");
    assert_eq!((mail.port, mail.tls), (587, MailTls::StartTls));
    assert_eq!(mail.recipients(Owner::Warehouse).len(), 1);
    let webhook = site.webhook.as_ref().expect("a receiver");
    assert!(webhook.alarms && webhook.milestones.len() == 4);
    let secrets: Vec<SecretName> = site.secrets().into_iter().map(|(name, _)| name).collect();
    for name in [SecretName::MailPassword, SecretName::MailCa, SecretName::WebhookSecret] {
        assert!(secrets.contains(&name), "{name}");
    }
    for table in ["[mail]", "[webhook]"] {
        let told = told(&telling().replace(&format!("{table}\n"), &format!("{table}\nnobody_asked = 1\n")));
        let (_, known) = told.split_once("known in ").and_then(|(_, rest)| rest.split_once(": ")).expect(&told);
        for key in known.split(", ") {
            assert!(telling().contains(&format!("\n{key} = ")), "{key} of {table} is not in the template");
        }
    }
}

#[test]
fn every_fault_of_mail_and_webhooks_is_told_with_its_cure() {
    const FAULTS: &[(&str, &str, &[&str])] = &[
        ("tls = \"starttls\"", "tls = \"none\"", &["`mail.tls`: no encryption", "starttls"]),
        ("user = \"shipping@example.com\"\n", "", &["`mail.user`: half a logon", "both user and password"]),
        ("password = { env = \"MAIL_PASSWORD\" }", "password = \"hunter2\"", &["`mail.password`: a secret in clear"]),
        (
            "to = [\"shipping@example.com\"]\nwarehouse = [\"dock@example.com\"]",
            "",
            &["`mail.to`", "belongs to warehouse"],
        ),
        ("it = [\"it@example.com\"]", "it = [\"it at example\"]", &["`mail.it[1]`", "write an address"]),
        ("https://hooks.example.com/shipping", "http://hooks.example.com/shipping", &["`webhook.url`: plain http"]),
        ("\"delivered\", \"voided\"]", "\"deliverd\"]", &["`webhook.events[4]`", "no such event", "\"voided\""]),
    ];
    for (old, new, wanted) in FAULTS {
        let text = telling();
        assert!(text.contains(old), "{old} is not in the template");
        let told = told(&text.replacen(old, new, 1));
        for part in *wanted {
            assert!(told.contains(part), "{new:?} was told {told:?} and not {part:?}");
        }
    }
}
