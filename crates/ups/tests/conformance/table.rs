//! What was held against which schema, and what has to be.

use std::collections::BTreeMap;
use std::fmt;

use super::hop::Exchange;
use super::spec::Operation;

/// Every call the connector needs, by the story that makes it and the description it is held against.
const NEEDED: &[(&str, &str)] = &[
    ("token", "POST /security/v1/oauth/token"),
    ("address", "POST /addressvalidation/{version}/{requestoption}"),
    ("rate", "POST /rating/{version}/{requestoption}"),
    ("shop", "POST /rating/{version}/{requestoption}"),
    ("rate with time in transit", "POST /rating/{version}/{requestoption}"),
    ("shop with time in transit", "POST /rating/{version}/{requestoption}"),
    ("time in transit", "POST /shipments/{version}/transittimes"),
    ("ship within the US", "POST /shipments/{version}/ship"),
    ("ship in every way", "POST /rating/{version}/{requestoption}"),
    ("ship in every way", "POST /shipments/{version}/ship"),
    ("ship several packages", "POST /shipments/{version}/ship"),
    ("ship to Canada with an invoice", "POST /shipments/{version}/ship"),
    ("return", "POST /shipments/{version}/ship"),
    ("void a shipment", "DELETE /shipments/{version}/void/cancel/{shipmentidentificationnumber}"),
    ("void packages", "DELETE /shipments/{version}/void/cancel/{shipmentidentificationnumber}"),
    ("recover by number", "POST /labels/{version}/recovery"),
    ("recover by reference", "POST /labels/{version}/recovery"),
    ("track by number", "GET /track/v1/details/{inquiryNumber}"),
    ("track a shipment", "GET /track/v1/shipment/details/{inquiryNumber}"),
    ("track by reference", "GET /track/v1/reference/details/{referenceNumber}"),
    ("alert, standard", "POST /subscription/{type}/package"),
    ("alert, enhanced", "POST /subscription/{type}/package"),
    ("alert v1, standard", "POST /subscription/standard/package"),
    ("alert v1, enhanced", "POST /subscription/enhanced/package"),
    ("alert of an account", "POST /subscription/{type}/account"),
    ("alert of an account", "DELETE /subscription/{type}/account"),
    ("alert, standard", "webhook TrackingEvent v2"),
    ("alert, enhanced", "webhook TrackingEvent v2"),
    ("alert v1, standard", "webhook TrackingEvent v1"),
    ("alert v1, enhanced", "webhook TrackingEventEnhanced v1"),
    ("quantum view", "POST /quantumview/{version}/events"),
    ("pickup", "POST /shipments/{version}/pickup/{pickuptype}"),
    ("pickup", "POST /pickupcreation/{version}/pickup"),
    ("smart pickup", "POST /pickupcreation/{version}/pickup"),
    ("pickup", "GET /shipments/{version}/pickup/{pickuptype}"),
    ("pickup", "DELETE /shipments/{version}/pickup/{CancelBy}"),
    ("pickup", "GET /pickup/{version}/countries/{countrycode}"),
];

/// Requests and answers by story and operation.
#[derive(Debug, Default)]
pub(crate) struct Table(BTreeMap<(String, String, &'static str), Line>);

#[derive(Debug, Default)]
struct Line {
    requests: usize,
    answers: BTreeMap<u16, usize>,
}

impl Table {
    pub(crate) fn enter(&mut self, operation: &Operation, exchange: &Exchange) {
        let file = operation.document.file.to_owned();
        let line = self.0.entry((file, operation.name.clone(), exchange.story)).or_default();
        line.requests += 1;
        *line.answers.entry(exchange.status).or_default() += 1;
    }

    /// What is needed and was not made with a good answer.
    pub(crate) fn missing(&self) -> Vec<String> {
        let is_there = |story: &str, operation: &str| {
            self.0.iter().any(|((_, name, told), line)| {
                (name.as_str(), *told) == (operation, story)
                    && line.answers.keys().any(|status| (200..300).contains(status))
            })
        };
        let missing = NEEDED.iter().filter(|(story, operation)| !is_there(story, operation));
        missing.map(|(story, operation)| format!("{story}: {operation}")).collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut requests, mut answers) = (0, 0);
        let mut schema = (String::new(), String::new());
        for ((file, name, story), line) in &self.0 {
            if schema.0 != *file {
                writeln!(f, "\n{file}")?;
            }
            if schema != (file.clone(), name.clone()) {
                writeln!(f, "  {name}")?;
                schema = (file.clone(), name.clone());
            }
            let told: Vec<_> = line.answers.iter().map(|(status, count)| format!("{count} × {status}")).collect();
            writeln!(f, "    {story:<34} {:>3} sent, answered {}", line.requests, told.join(", "))?;
            requests += line.requests;
            answers += line.answers.values().sum::<usize>();
        }
        writeln!(f, "\n{requests} requests and {answers} answers held against the descriptions of UPS")
    }
}
