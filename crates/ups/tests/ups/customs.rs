//! Across borders: the papers UPS makes, and what it demands beside them.

use serde_json::{Value, json};
use ups::{
    Amount, CertifiedGoods, Customs, InternationalForms, Invoice, LabelFormat, NetCost, Package, Party,
    PreferenceCriterion, Producer, ProducerKnowledge, Product, ReasonForExport, Service, Shipment, TaxId, TaxIdKind,
    TermsOfShipment, UnitOfMeasure, UsmcaCertificate, WeightUnit,
};

use crate::desk::{customer, dock, number, refused, with, written};

fn day() -> jiff::civil::Date {
    jiff::civil::date(2026, 9, 1)
}

fn buyer() -> Party {
    customer().place("Toronto", "ON", "M5V 2T6", "CA").attention("Receiving").phone("416 555 0100")
}

fn hinges() -> Product {
    Product::new("Steel hinges", 40, UnitOfMeasure::Pieces, number("3.25")).tariff_code("8302.10").made_in("us")
}

fn forms() -> InternationalForms {
    let invoice = Invoice::new("INV-7", day(), ReasonForExport::Sale, "usd").terms(TermsOfShipment::DeliveredAtPlace);
    InternationalForms::invoice(invoice, buyer()).product(hinges())
}

fn to_canada(customs: impl Into<Customs>) -> Shipment {
    let shipper = dock().attention("Shipping");
    Shipment::international("A1B2C3", shipper, buyer(), Service::Standard, "Hinges", customs)
        .package(Package::pounds(number("12")))
        .on(day())
}

fn international(shipment: &Shipment) -> Value {
    written(shipment)["ShipmentServiceOptions"]["InternationalForms"].clone()
}

#[test]
fn a_commercial_invoice_has_all_that_customs_asks() {
    let mut full = forms();
    let invoice = full.invoice.take().expect("an invoice");
    let mut invoice = invoice
        .purchase_order("PO-4500")
        .declaring("The goods are as described.")
        .freight(number("12.50"))
        .insurance(number("1"))
        .discount(number("5"));
    invoice.comments = Some("two cartons".to_owned());
    invoice.other = Some((number("2"), "crating".to_owned()));
    invoice.on_paper_too = true;
    full.invoice = Some(invoice);
    full.products[0] = full.products[0].clone().part_number("H-40").weighing(number("11.94"), WeightUnit::Pounds);
    assert_eq!(
        international(&to_canada(full)),
        json!({
            "FormType": ["01"],
            "InvoiceNumber": "INV-7", "InvoiceDate": "20260901", "PurchaseOrderNumber": "PO-4500",
            "TermsOfShipment": "DAP", "ReasonForExport": "SALE", "CurrencyCode": "USD", "Comments": "two cartons",
            "DeclarationStatement": "The goods are as described.",
            "Discount": { "MonetaryValue": "5" }, "FreightCharges": { "MonetaryValue": "12.5" },
            "InsuranceCharges": { "MonetaryValue": "1" },
            "OtherCharges": { "MonetaryValue": "2", "Description": "crating" },
            "OverridePaperlessIndicator": "",
            "Contacts": { "SoldTo": {
                "Name": "Hill Hardware", "AttentionName": "Receiving", "Phone": { "Number": "4165550100" },
                "Address": { "AddressLine": ["9 Main Street"], "City": "Toronto", "StateProvinceCode": "ON",
                    "PostalCode": "M5V2T6", "CountryCode": "CA" },
            } },
            "Product": [{
                "Description": ["Steel hinges"], "CommodityCode": "830210", "PartNumber": "H-40", "OriginCountryCode": "US",
                "Unit": { "Number": "40", "UnitOfMeasurement": { "Code": "PCS" }, "Value": "3.25" },
                "ProductWeight": { "UnitOfMeasurement": { "Code": "LBS" }, "Weight": "12" },
            }],
        })
    );
}

#[test]
fn the_value_of_the_goods_is_the_sum_of_the_forms() {
    let body = written(&to_canada(forms()));
    assert_eq!(body["InvoiceLineTotal"], json!({ "CurrencyCode": "USD", "MonetaryValue": "130" }));
    assert_eq!(body["Description"], "Hinges");
    let told = to_canada(forms()).worth(Amount::usd(number("131.5")));
    assert_eq!(written(&told)["InvoiceLineTotal"]["MonetaryValue"], "131.5", "what is told goes first");

    let (field, why) = refused(&to_canada(Customs::OnPaper));
    assert_eq!((field, why.as_str()), ("goods_value", "is missing: UPS demands it from US to CA"));
    let cheap = to_canada(Customs::OnPaper).worth(Amount::usd(number("0.99")));
    assert_eq!(refused(&cheap).0, "goods_value");

    let mut mexican = buyer().place("Monterrey", "NL", "64000", "MX");
    mexican.phone = Some("81 5555 0100".to_owned());
    let mut to_mexico = to_canada(Customs::OnPaper).to(mexican);
    assert_eq!(written(&to_mexico).get("InvoiceLineTotal"), None, "UPS takes it to Canada and Puerto Rico only");
    to_mexico = to_mexico.worth(Amount::usd(number("130")));
    assert_eq!(written(&to_mexico).get("InvoiceLineTotal"), None);

    let home = customer().place("San Juan", "PR", "00901", "US").attention("Receiving").phone("787 555 0100");
    let mut to_puerto_rico = Shipment::domestic("A1B2C3", dock().attention("Shipping"), home, Service::Ground)
        .package(Package::pounds(number("12")))
        .containing("Hinges");
    to_puerto_rico.ship_to.country = "PR".to_owned();
    assert_eq!(refused(&to_puerto_rico).0, "goods_value");
    let body = written(&to_puerto_rico.worth(Amount::usd(number("130"))));
    assert_eq!(body["InvoiceLineTotal"]["MonetaryValue"], "130");
}

#[test]
fn a_certificate_of_origin_leaves_out_what_is_not_certified() {
    let period = (day(), jiff::civil::date(2027, 8, 31));
    let certificate = UsmcaCertificate::new(Producer::Exporter, period.0, period.1);
    let mut goods = CertifiedGoods::new(PreferenceCriterion::B, ProducerKnowledge::Producer);
    let screws = Product::new("Screws", 200, UnitOfMeasure::Each, number("0.012")).made_in("CN");
    let certified = hinges().certified(goods.clone());
    let written = international(&to_canada(
        with(forms(), |it| it.products = vec![certified]).product(screws).usmca(certificate.clone()),
    ));
    assert_eq!(written["FormType"], json!(["01", "04"]));
    assert_eq!(written["BlanketPeriod"], json!({ "BeginDate": "20260901", "EndDate": "20270831" }));
    assert_eq!(written["Contacts"]["Producer"], json!({ "Option": "02" }));
    let product = &written["Product"][0];
    assert_eq!((&product["NetCostCode"], &product["PreferenceCriteria"]), (&json!("NO"), &json!("B")));
    assert_eq!(product["ProducerInfo"], "Yes");
    assert_eq!(written["Product"][1]["ExcludeFromForm"], json!({ "FormType": ["04"] }));

    goods.net_cost = NetCost::Over(period.0, period.1);
    goods.jointly_produced = true;
    let made = with(certificate.clone(), |it| it.producer = Producer::Party(Box::new(dock())));
    let certified = |products, certificate| to_canada(with(forms(), |it| it.products = products).usmca(certificate));
    let written = international(&certified(vec![hinges().certified(goods.clone())], made));
    assert_eq!(written["Product"][0]["NetCostCode"], "ND");
    assert_eq!(written["Product"][0]["NetCostDateRange"]["EndDate"], "20270831");
    assert_eq!(written["Product"][0]["JointProductionIndicator"], "");
    let producer = &written["Contacts"]["Producer"];
    assert_eq!((&producer["CompanyName"], producer.get("Name")), (&json!("Ridge Supply"), None));

    assert_eq!(refused(&certified(vec![hinges()], certificate.clone())).0, "customs.products", "nothing is certified");
    let untold = with(hinges().certified(goods.clone()), |it| it.tariff_code = None);
    assert_eq!(refused(&certified(vec![untold], certificate.clone())).0, "customs.products.tariff_code");
    let long = UsmcaCertificate::new(Producer::Exporter, day(), jiff::civil::date(2027, 9, 2));
    assert_eq!(refused(&certified(vec![hinges().certified(goods.clone())], long)).0, "customs.usmca.blanket_period");
    let german = buyer().place("Berlin", "", "10115", "DE");
    let forms = with(forms(), |it| it.sold_to = Some(german.clone()));
    let to_germany = to_canada(forms.product(hinges().certified(goods)).usmca(certificate)).to(german);
    assert_eq!(refused(&to_germany).0, "customs.usmca");
}

#[test]
fn papers_that_cannot_be_right_are_refused_by_name() {
    let lacking = |change: fn(&mut InternationalForms)| {
        let mut changed = forms();
        change(&mut changed);
        refused(&to_canada(changed)).0
    };
    assert_eq!(lacking(|it| it.sold_to = None), "sold_to");
    assert_eq!(lacking(|it| it.sold_to = Some(buyer().place("Berlin", "", "10115", "DE"))), "sold_to.country");
    assert_eq!(lacking(|it| it.sold_to = Some(with(buyer(), |it| it.phone = None))), "sold_to.phone");
    assert_eq!(lacking(|it| it.products.clear()), "customs.products");
    assert_eq!(lacking(|it| it.products = vec![hinges(); 51]), "customs.products");
    assert_eq!(lacking(|it| it.products[0].origin = None), "customs.products.origin");
    assert_eq!(lacking(|it| it.products[0].quantity = 0), "customs.products.quantity");
    assert_eq!(lacking(|it| it.products[0].unit_value = number("0.0000001")), "customs.products.unit_value");
    assert_eq!(lacking(|it| it.products[0].tariff_code = Some("8302".to_owned())), "customs.products.tariff_code");
    assert_eq!(lacking(|it| it.products[0].description = vec!["d".repeat(36)]), "customs.products");
    assert_eq!(lacking(|it| it.invoice = None), "customs");
    let invoice = |change: fn(&mut Invoice)| {
        let mut changed = forms();
        change(changed.invoice.as_mut().expect("an invoice"));
        refused(&to_canada(changed)).0
    };
    assert_eq!(invoice(|it| it.number = "7".repeat(36)), "invoice.number");
    assert_eq!(invoice(|it| it.currency = "dollars".to_owned()), "invoice.currency");
    assert_eq!(invoice(|it| it.freight = Some(number("-1"))), "invoice.freight");
    assert_eq!(invoice(|it| it.reason = "r".repeat(21).as_str().into()), "invoice.reason");
    assert_eq!(invoice(|it| it.other = Some((number("1"), "too long a word".to_owned()))), "invoice.other");
}

#[test]
fn a_border_is_not_passed_without_a_word_on_customs() {
    let domestic = with(to_canada(Customs::OnPaper), |it| it.customs = Customs::NotNeeded);
    assert_eq!(refused(&domestic).0, "customs");
    let at_home = with(crate::desk::shipment(), |it| it.customs = forms().into());
    assert_eq!(refused(&at_home).0, "customs");

    let german = dock().place("Berlin", "", "10115", "DE").attention("Versand").phone("030 5555 0100");
    let french = buyer().place("Paris", "", "75001", "FR");
    let mut within =
        Shipment::domestic("A1B2C3", german, french, Service::Standard).package(Package::kilograms(number("5")));
    assert_eq!(written(&within).get("Description"), None, "Standard within the EU needs none");
    within.service = Service::WorldwideSaver;
    assert_eq!(refused(&within).0, "description");
    within.not_in_free_circulation = true;
    within.description = "Hinges".to_owned();
    assert_eq!(refused(&within).0, "customs", "goods that are not free of duties");
    within.customs = Customs::OnPaper;
    assert_eq!(written(&within)["GoodsNotInFreeCirculationIndicator"], "");
}

#[test]
fn uploaded_documents_are_named_by_their_ids() {
    let written = international(&to_canada(forms().uploaded("2013-12-04-00.15.33.207814")));
    assert_eq!(written["FormType"], json!(["01", "07"]));
    assert_eq!(written["UserCreatedForm"], json!({ "DocumentID": ["2013-12-04-00.15.33.207814"] }));
}

#[test]
fn customs_knows_sender_and_receiver_by_their_numbers() {
    let mut to_mexico = to_canada(forms());
    to_mexico.tax_ids = vec![TaxId::consignee("1002", "XAXX010101000").issued_in("mx")];
    let told =
        written(&to_mexico.clone().tax_id(with(TaxId::ship_from(TaxIdKind::Importer, "DE1"), |it| it.eori = true)));
    let agents = &told["GlobalTaxInformation"]["AgentTaxIdentificationNumber"];
    assert_eq!((&agents[0]["AgentRole"], &agents[1]["AgentRole"]), (&json!("20"), &json!("30")));
    assert_eq!(agents[0]["TaxIdentificationNumber"][0]["IDNumberPurposeCode"], "02", "an EORI number");
    assert_eq!(
        agents[1]["TaxIdentificationNumber"],
        json!([{
            "IdentificationNumber": "XAXX010101000", "IDNumberTypeCode": "1002", "IDNumberCustomerRole": "18",
            "IDNumberPurposeCode": "01", "IDNumberEncryptionIndicator": "0", "IDNumberIssuingCntryCd": "MX",
        }])
    );
    assert_eq!(written(&to_canada(forms())).get("GlobalTaxInformation"), None);
    to_mexico.tax_ids[0].kind = TaxIdKind::Passport;
    assert_eq!(refused(&to_mexico).0, "tax_ids", "no passport for a receiver");
}

#[test]
fn documents_of_no_value_need_no_invoice() {
    let papers = to_canada(Customs::Documents).worth(Amount::usd(number("1")));
    let body = written(&papers);
    assert_eq!(body["DocumentsOnlyIndicator"], "");
    assert_eq!(body.get("ShipmentServiceOptions"), None);
    assert!(ups::ShipRequest::new(papers, LabelFormat::Zpl).check_city);
}
