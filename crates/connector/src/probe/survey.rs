//! The survey: what a SYSPRO looks like, the site file that would fit it, and what nobody but its people can answer.
//!
//! ```text
//! logon ─► profile, who else is on ─┐
//! tables ─► how much of each kind ──┼─► proposal (a whole site file) + questions
//! $metadata ─► sets, columns        │
//! samples ─► addresses, ship-vias ──┤
//! COMQFM ─► form fields ────────────┘
//! ```
//!
//! Everything is read, nothing is stored or written. The operator's session is asked for like any other holder does: where
//! another node has it, or SYSPRO says that somebody else is on, the survey says so and goes on with what OData tells.
//! What cannot be found out is a question and never a guess.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;
use shipment::address::{Map, Place};
use shipment::document::{Document, Source};
use shipment::number::DocumentNumber;
use shipment::service::Found;

use crate::app::{App, SiteRuntime};
use crate::config::{Selection, SourceSettings};
use crate::intake;
use crate::intake::reader::Reader;
use crate::intake::reading;
use crate::remote::session::Seat;
use crate::remote::trouble::Trouble;

/// How many documents of the proposed kind are looked at closely.
const SAMPLES: usize = 100;

/// What a SYSPRO looks like.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Survey {
    /// The version of e.net, where the service tells it.
    pub enet_version: Option<String>,
    /// The version of SYSPRO.
    pub syspro_version: Option<String>,
    /// The company's name.
    pub company: Option<String>,
    /// The company's currency.
    pub currency: Option<String>,
    /// Sessions of the operator, ours among them, where SYSPRO tells them.
    pub operator_sessions: Option<usize>,
    /// How much there is of each kind of document.
    pub kinds: Vec<KindSeen>,
    /// Sets and columns that OData does not offer under the names of the site file.
    pub missing_in_odata: Vec<String>,
    /// Custom form fields of sales orders.
    pub form_fields: Option<Vec<String>>,
    /// Documents looked at closely.
    pub samples: usize,
    /// What is proposed to be changed in the site file, and why.
    pub proposals: Vec<String>,
    /// What only people can answer.
    pub questions: Vec<String>,
    /// The site file with what is proposed; without comments.
    pub site_file: String,
}

/// How much there is of a kind of document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KindSeen {
    /// Which kind.
    pub source: Source,
    /// Documents that would be wanted now; none if it cannot be read.
    pub wanted: Option<usize>,
    /// Some of them, or why there is none.
    pub words: String,
}

/// Looks at a site's SYSPRO.
///
/// # Errors
/// When SYSPRO can be read by no way, or the store fails.
pub async fn survey(app: &App, site: &Arc<SiteRuntime>) -> Result<Survey, Trouble> {
    let mut survey = Survey { enet_version: site.enet.version().await.ok().flatten(), ..Survey::default() };
    let mut seat = match app.sessions.take(app, site).await {
        Ok(seat) => Some(seat),
        Err(trouble) if site.odata.is_some() => {
            let words = trouble.told_at(&site.site.name);
            survey
                .questions
                .push(format!("The operator was not logged on: {words}. Everything below is from OData alone."));
            None
        }
        Err(trouble) => return Err(trouble),
    };
    if let Some(seat) = &seat {
        survey.session(seat, site).await?;
    }
    let Some(reader) = Reader::of(app, site, &mut seat) else { return Err(Trouble::no_session()) };
    survey.odata(site).await;
    let mut wanted: BTreeMap<Source, Vec<DocumentNumber>> = BTreeMap::new();
    for source in Source::ALL {
        let numbers = survey.kind(app, site, &reader, source).await;
        wanted.insert(source, numbers);
    }
    let chosen = survey.choose(site);
    let numbers = wanted.remove(&chosen).unwrap_or_default();
    let settings = site.source(chosen).cloned().unwrap_or_else(|| SourceSettings::usual(chosen));
    let first = &numbers[..numbers.len().min(SAMPLES)];
    let samples = reading::documents(&reader, &settings, first).await?;
    let samples: Vec<Document> = samples.into_iter().map(|it| it.document).collect();
    survey.samples = samples.len();
    seat = reader.into_seat().or(seat);
    if let (Some(seat), Some(order)) = (&seat, samples.iter().find_map(|it| it.sales_orders.first())) {
        survey.form(seat, site, order.as_str()).await;
    }
    let body = app.store.site_settings(&site.site.name, None).await?.map(|it| it.body).unwrap_or_default();
    survey.propose(site, chosen, &samples, body.parse().unwrap_or_default());
    survey.ask(site, &samples);
    Ok(survey)
}

impl Survey {
    async fn session(&mut self, seat: &Seat<'_>, site: &SiteRuntime) -> Result<(), Trouble> {
        let token = seat.token()?;
        let profile = site.enet.profile(&token).await?;
        self.company = profile.company_name().map(str::to_owned);
        self.syspro_version = profile.syspro_version().map(str::to_owned);
        self.currency = profile.fields.get("LocalCurrencyCode").filter(|it| !it.is_empty()).map(str::to_owned);
        let operator = &site.site.syspro.operator;
        match site.enet.comqus(&token).await {
            Ok(users) => {
                let same = users.iter().filter(|it| it.operator.trim().eq_ignore_ascii_case(operator)).count();
                self.operator_sessions = Some(same);
                if same > 1 {
                    self.questions.push(format!(
                        "Who else uses operator {operator}? It has {same} sessions; the connector needs one of its own."
                    ));
                }
            }
            Err(error) => {
                self.questions
                    .push(format!("Is operator {operator} the connector's alone? SYSPRO does not tell: {error}."));
            }
        }
        Ok(())
    }

    /// Compares the names of the site's sources with what the service describes.
    async fn odata(&mut self, site: &SiteRuntime) {
        let (Some(odata), Some(settings)) = (&site.odata, &site.site.syspro.odata) else {
            self.questions
                .push("Has the company SYSPRO's OData service? With it the operator's session is spared.".to_owned());
            return;
        };
        let metadata = match odata.metadata().await {
            Ok(metadata) => metadata,
            Err(error) => {
                self.questions.push(format!("OData's $metadata cannot be read ({error}): which tables does it offer?"));
                return;
            }
        };
        let mut missing = BTreeSet::new();
        for source in &site.site.sources {
            let definition = &source.definition;
            let lines = (definition.lines.table.as_str(), definition.lines.columns());
            let header = (definition.table.as_str(), definition.header_columns());
            let joins = definition.joins.iter().map(|it| (it.table.as_str(), definition.join_columns(it)));
            for (table, columns) in [header, lines].into_iter().chain(joins) {
                let set = settings.sets.of(table);
                match metadata.properties(set) {
                    None => drop(missing.insert(set.to_owned())),
                    Some(known) => {
                        let unknown = |column: &&&str| !known.iter().any(|it| it.name.eq_ignore_ascii_case(column));
                        missing.extend(columns.iter().filter(unknown).map(|it| format!("{set}.{it}")));
                    }
                }
            }
        }
        self.missing_in_odata = missing.into_iter().collect();
        if !self.missing_in_odata.is_empty() {
            let names = self.missing_in_odata.join(", ");
            self.questions
                .push(format!("Under which names does OData offer {names}? See [syspro.odata.sets] and [[source]]."));
        }
    }

    async fn kind(
        &mut self,
        app: &App,
        site: &Arc<SiteRuntime>,
        reader: &Reader<'_>,
        source: Source,
    ) -> Vec<DocumentNumber> {
        let settings = site.source(source).cloned().unwrap_or_else(|| SourceSettings::usual(source));
        let since = intake::first_day(site, &settings, None, app.clock.now());
        let (wanted, words, numbers) = match reading::headers(reader, &settings, since).await {
            Ok(headers) => {
                let numbers: Vec<_> = headers.into_iter().map(|it| it.number).collect();
                let which = match &settings.definition.selection {
                    Selection::Status { .. } => format!("in status {}", settings.ready.join(" or ")),
                    Selection::Date { column, .. } => format!("with {column} of {since} or later"),
                };
                let example = numbers.first().map(|it| format!(", e.g. {it}")).unwrap_or_default();
                (Some(numbers.len()), format!("{which}{example}"), numbers)
            }
            Err(trouble) => (None, trouble.words, Vec::new()),
        };
        self.kinds.push(KindSeen { source, wanted, words });
        numbers
    }

    /// Dispatch notes where there are any, else sales orders; what the site reads otherwise is its own choice.
    fn choose(&self, site: &SiteRuntime) -> Source {
        let has = |source| self.kinds.iter().any(|it| it.source == source && it.wanted.is_some_and(|count| count > 0));
        let reads = site.site.sources.first().map(|it| it.source);
        match reads {
            Some(dated @ (Source::Invoices | Source::PurchaseOrders)) => dated,
            _ if has(Source::DispatchNotes) => Source::DispatchNotes,
            _ if has(Source::SalesOrders) => Source::SalesOrders,
            read => read.unwrap_or(Source::DispatchNotes),
        }
    }

    async fn form(&mut self, seat: &Seat<'_>, site: &SiteRuntime, order: &str) {
        let form_type = &site.site.write_back.order_form.form_type;
        let asked = match seat.token() {
            Ok(token) => site.enet.comqfm(&token, form_type, order, &[("SalesOrder", order)]).await,
            Err(_) => return,
        };
        match asked {
            Ok(fields) => self.form_fields = Some(fields.into_iter().map(|it| it.name).collect()),
            Err(error) => self.questions.push(format!("Which custom form fields have sales orders? {error}.")),
        }
    }

    fn propose(&mut self, site: &SiteRuntime, chosen: Source, samples: &[Document], mut file: toml::Table) {
        if site.source(chosen).is_none() {
            let read: Vec<_> = site.site.sources.iter().map(|it| it.source.noun()).collect();
            self.proposals.push(format!(
                "read {}s instead of {}s: there are some, and of the others none is ready",
                chosen.noun(),
                read.join("s and ")
            ));
            let source = toml::Table::from_iter([("kind".to_owned(), chosen.code().into())]);
            file.insert("source".to_owned(), toml::Value::Array(vec![source.into()]));
        }
        if let Some(map) = best_map(&site.site.address, samples) {
            let words =
                format!("city = {}, state = {}, country = {}", told(map.city), told(map.state), told(map.country));
            self.proposals.push(format!("[address] {words}: so most of the {} samples can be read", samples.len()));
            let address = file.entry("address").or_insert_with(|| toml::Table::new().into());
            if let Some(address) = address.as_table_mut() {
                let street = map.street.iter().map(|it| written(*it)).collect::<Vec<_>>();
                for (key, value) in [
                    ("street", toml::Value::Array(street)),
                    ("city", written(map.city)),
                    ("state", written(map.state)),
                    ("country", written(map.country)),
                ] {
                    address.insert(key.to_owned(), value);
                }
            }
        }
        let unmapped: BTreeSet<String> = samples
            .iter()
            .filter(|it| matches!(site.rules.ship_via.find(&it.ship_via), Found::Hold(hold) if hold.code() == "unmapped_ship_via"))
            .map(|it| it.ship_via.text.trim().to_owned())
            .collect();
        for text in &unmapped {
            self.proposals.push(format!("a [[ship_via]] for {text:?}, held until its service is named"));
            self.questions.push(format!("Which UPS service is ship-via {text:?}?"));
            let rule = [("pattern", format!("^{}$", regex::escape(text))), ("action", "hold".to_owned())];
            let rule = toml::Table::from_iter(rule.map(|(key, value)| (key.to_owned(), value.into())));
            let rules = file.entry("ship_via").or_insert_with(|| toml::Value::Array(Vec::new()));
            if let Some(rules) = rules.as_array_mut() {
                rules.push(rule.into());
            }
        }
        self.site_file = toml::to_string(&file).expect("a table of TOML can be written as TOML");
    }

    fn ask(&mut self, site: &SiteRuntime, samples: &[Document]) {
        let settings = &site.site;
        if samples.is_empty() {
            self.questions.push(
                "Which status means ready to ship? Nothing is ready now, so nothing could be looked at.".to_owned(),
            );
        }
        let weighed =
            samples.iter().flat_map(|it| &it.lines).find(|it| it.unit_mass.is_some_and(|mass| !mass.is_zero()));
        if let Some((code, mass)) = weighed.and_then(|it| it.stock_code.as_ref().zip(it.unit_mass)) {
            let mass = mass.normalize();
            self.questions.push(format!(
                "Does one {code} weigh {mass} {}? SYSPRO does not say in which unit.",
                settings.mass_unit
            ));
        }
        let unphoned = samples.iter().filter(|it| it.phone.is_none()).count();
        if unphoned > 0 {
            let all = samples.len();
            self.questions.push(format!("Where do phone numbers stand? {unphoned} of {all} samples have none."));
        }
        if let Some(currency) = self.currency.as_ref().filter(|it| it.parse().ok() != Some(settings.currency)) {
            self.questions.push(format!(
                "The company counts in {currency} and UPS bills in {}: what becomes of freight lines?",
                settings.currency
            ));
        }
        let wanted = settings
            .write_back
            .rules
            .form
            .iter()
            .flat_map(|it| [&it.tracking, &it.status, &it.freight_cost, &it.ship_date]);
        if let Some(fields) = &self.form_fields {
            let missing: Vec<&str> = wanted
                .flatten()
                .filter(|name| !fields.iter().any(|it| it.eq_ignore_ascii_case(name)))
                .map(String::as_str)
                .collect();
            if !missing.is_empty() {
                let names = missing.join(", ");
                self.questions
                    .push(format!("Who creates {names} on the sales orders' custom form? They do not exist."));
            }
        }
    }
}

/// The map that reads more samples than the site's own, if there is one.
fn best_map(own: &Map, samples: &[Document]) -> Option<Map> {
    let reads = |map: &Map| samples.iter().filter(|it| map.read_place(&it.ship_to).is_ok()).count();
    let towns = [(vec![1, 2], 3), (vec![1], 2), (vec![1, 2, 3], 4)];
    let mut best = (reads(own), None);
    for (street, city) in towns {
        for state in [Place::State, Place::Line(4)] {
            for country in [Place::Absent, Place::Line(5), Place::Nationality] {
                let map = Map {
                    street: street.iter().map(|line| Place::Line(*line)).collect(),
                    city: Place::Line(city),
                    state,
                    country,
                    ..own.clone()
                };
                let count = if state == Place::Line(city) { 0 } else { reads(&map) };
                if count > best.0 {
                    best = (count, Some(map));
                }
            }
        }
    }
    best.1
}

fn written(place: Place) -> toml::Value {
    match place {
        Place::Line(line) => toml::Value::Integer(i64::from(line)),
        Place::State => "state".into(),
        Place::Nationality => "nationality".into(),
        Place::Absent => "none".into(),
    }
}

fn told(place: Place) -> String {
    written(place).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SiteFile;

    fn sample(lines: [&str; 5], state: &str) -> Document {
        let mut document: Document = serde_json::from_value(serde_json::json!({
            "source": "dispatch_notes", "number": "700", "release": 1, "sales_orders": [], "status": "5",
            "document_type": "O", "inter_warehouse": false, "counter_sale": false, "cancelled": false,
            "customer": "C1", "customer_name": "Bay Bicycles", "customer_on_hold": false, "ship_to_code": null,
            "ship_to": { "name": "Bay Bicycles", "lines": ["", "", "", "", ""], "postal_code": "94612", "state": "",
                         "nationality": "" },
            "phone": null, "email": null, "ship_via": { "code": "", "text": "UPS GROUND" }, "customer_po": "",
            "required_date": null, "warehouse": "FG", "lines": [], "carried_tracking": null
        }))
        .expect("a document");
        document.ship_to.lines = lines.map(str::to_owned);
        state.clone_into(&mut document.ship_to.state);
        document
    }

    #[test]
    fn a_habit_of_writing_addresses_is_found_in_samples() {
        let own = SiteFile::parse(SiteFile::TEMPLATE).expect("the template parses").address;
        let usual = sample(["1200 Broadway", "", "Oakland", "", ""], "CA");
        assert_eq!(best_map(&own, &[usual]), None);
        let other = sample(["1200 Broadway", "Oakland", "", "CA", "USA"], "");
        let found = best_map(&own, &[other]).expect("another habit");
        assert_eq!((found.city, found.state), (Place::Line(2), Place::Line(4)));
    }
}
