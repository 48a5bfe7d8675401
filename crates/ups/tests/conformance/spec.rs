//! UPS's own descriptions of its calls, read from YAML and made into JSON Schema.
//!
//! ```text
//! *.yaml ─ tabs to spaces ─► Document ─► Operation: method, path, parameters, bodies, examples
//!                                                     └─ schema ─► JSON Schema 2020-12, closed
//! ```
//!
//! Closed means: a member the description does not name is a fault. UPS ignores such members without a
//! word, so a misspelt or misplaced one would never be noticed otherwise.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value, json};

/// The descriptions of the calls the connector needs. The two of Track Alert v2 are the same file to the byte.
const FILES: [&str; 11] = [
    "OAuthClientCredentials.yaml",
    "AddressValidation.yaml",
    "Rating.yaml",
    "TimeInTransit.yaml",
    "Shipping.yaml",
    "Tracking.yaml",
    "UPSTrackAlert.yaml",
    "UPSTrackAlert-v1-20250922.yaml",
    "UPSTrackAlertEnhanced-v1-20250922.yaml",
    "QuantumView.yaml",
    "Pickup.yaml",
];

/// The folder of the descriptions: beside the repository, unless `UPS_OPENAPI` names another.
///
/// Without it nothing can be held against anything. That is said loudly, and with `CI=true` it is a failure.
pub(crate) fn folder() -> Option<PathBuf> {
    let folder = match std::env::var_os("UPS_OPENAPI") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/ups-openapi"),
    };
    if folder.is_dir() {
        return Some(folder);
    }
    let in_ci = std::env::var("CI").is_ok_and(|it| it == "true");
    assert!(!in_ci, "UPS's descriptions are not in {}, and with CI=true nothing may be left out", folder.display());
    super::say(&format!(
        "LEFT OUT: UPS's OpenAPI descriptions are not in {}, so the client and the sandbox are not held against them.\n\
         \x20         UPS_OPENAPI names a folder that has them: github.com/UPS-API/api-documentation",
        folder.display()
    ));
    None
}

/// One description.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) file: &'static str,
    pub(crate) root: Value,
}

/// All descriptions, as the calls they describe.
#[derive(Debug)]
pub(crate) struct Book {
    pub(crate) operations: Vec<Operation>,
}

/// One call: a method and a path with its parameters, or a webhook.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    pub(crate) document: Arc<Document>,
    /// `POST /shipments/{version}/ship`, or `webhook TrackingEvent v2`.
    pub(crate) name: String,
    method: String,
    /// The path with the server's part in front; empty for a webhook.
    segments: Vec<String>,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) node: Value,
}

/// A parameter in path, query or header.
#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub(crate) place: String,
    pub(crate) name: String,
    pub(crate) required: bool,
    pub(crate) schema: Value,
}

impl Book {
    pub(crate) fn read(folder: &Path) -> Self {
        let documents = FILES.map(|file| Arc::new(Document::read(folder, file)));
        Self { operations: documents.iter().flat_map(Operation::all_of).collect() }
    }

    /// The operation a request is for, with the values of its path's parameters.
    pub(crate) fn find(&self, method: &str, path: &str) -> Option<(&Operation, Vec<(String, String)>)> {
        self.operations.iter().find_map(|operation| Some((operation, operation.fits(method, path)?)))
    }

    /// The operation of that name in that file.
    pub(crate) fn named(&self, file: &str, name: &str) -> &Operation {
        let found = self.operations.iter().find(|it| it.document.file == file && it.name == name);
        found.unwrap_or_else(|| panic!("{file} has no {name}"))
    }
}

impl Document {
    fn read(folder: &Path, file: &'static str) -> Self {
        let text = std::fs::read_to_string(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        // Two of the files have tabs where YAML allows none.
        let root =
            serde_saphyr::from_str(&text.replace('\t', "    ")).unwrap_or_else(|error| panic!("{file}: {error}"));
        Self { file, root }
    }

    /// What a `#/…` reference points at, or the node itself. Track Alert v1 points at a schema it does not have,
    /// for some refusals; that is nothing.
    pub(crate) fn resolve<'a>(&'a self, node: &'a Value) -> &'a Value {
        match node.get("$ref").and_then(Value::as_str) {
            Some(reference) => self.root.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null),
            None => node,
        }
    }

    /// The path in front of all paths, such as `/api`; descriptions without servers have none.
    fn base(&self) -> String {
        let server = self.root.pointer("/servers/0/url").and_then(Value::as_str).unwrap_or_default();
        let after_scheme = server.split_once("://").map_or("", |(_, rest)| rest);
        after_scheme.split_once('/').map_or(String::new(), |(_, path)| format!("/{path}"))
    }

    /// The version of the first call that tells one.
    fn version(&self) -> &str {
        let calls = members(self.root.get("paths")).flat_map(|(_, item)| members(Some(item)));
        let mut parameters = calls.flat_map(|(_, call)| call["parameters"].as_array().into_iter().flatten());
        let version = parameters.find(|it| it["name"] == "version").and_then(|it| it["schema"]["default"].as_str());
        version.unwrap_or_default()
    }

    /// A schema of this description as a closed JSON Schema of its own.
    pub(crate) fn json_schema(&self, node: &Value) -> Value {
        let mut definitions = Map::new();
        for (name, schema) in members(self.root.pointer("/components/schemas")) {
            definitions.insert(name.clone(), self.converted(schema));
        }
        let mut schema = self.converted(node);
        schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
        schema["$defs"] = Value::Object(definitions);
        schema
    }

    /// A schema in JSON Schema's words. The parts of an `allOf` become one, since each knows only its own members and
    /// none could be closed by itself.
    fn converted(&self, schema: &Value) -> Value {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            return match reference.strip_prefix("#/components/schemas/").filter(|name| !name.contains('/')) {
                // A schema that is not there allows everything.
                _ if self.resolve(schema).is_null() => json!({}),
                Some(name) => json!({ "$ref": format!("#/$defs/{name}") }),
                // A part of another schema stands here itself.
                None => self.converted(self.resolve(schema)),
            };
        }
        if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
            return self.converted(&self.merged(parts));
        }
        let mut made = Map::new();
        for keyword in TELLING {
            if let Some(value) = schema.get(keyword) {
                made.insert(keyword.to_owned(), value.clone());
            }
        }
        if schema["nullable"] == true
            && let Some(kind) = made.remove("type")
        {
            made.insert("type".to_owned(), json!([kind, "null"]));
        }
        if let Some(items) = schema.get("items") {
            made.insert("items".to_owned(), self.converted(items));
        }
        for choice in ["oneOf", "anyOf"] {
            if let Some(ways) = schema.get(choice).and_then(Value::as_array) {
                made.insert(choice.to_owned(), ways.iter().map(|way| self.converted(way)).collect());
            }
        }
        if let Some(properties) = schema.get("properties") {
            let properties = members(Some(properties)).map(|(name, it)| (name.clone(), self.converted(it)));
            let mut properties: Map<String, Value> = properties.collect();
            // Rating demands a member of which it says nothing else.
            for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                properties.entry(name).or_insert(json!({}));
            }
            made.insert("properties".to_owned(), Value::Object(properties));
            let others = schema.get("additionalProperties").cloned().unwrap_or(json!(false));
            made.insert("additionalProperties".to_owned(), others);
        }
        Value::Object(made)
    }

    fn merged(&self, parts: &[Value]) -> Value {
        let (mut properties, mut required) = (Map::new(), Vec::new());
        for part in parts.iter().map(|part| self.resolve(part)) {
            properties.extend(members(part.get("properties")).map(|(name, it)| (name.clone(), it.clone())));
            required.extend(part["required"].as_array().into_iter().flatten().cloned());
        }
        json!({ "type": "object", "properties": properties, "required": required })
    }
}

impl Operation {
    fn all_of(document: &Arc<Document>) -> Vec<Self> {
        let base = document.base();
        let mut all = Vec::new();
        for (path, item) in members(document.root.get("paths")) {
            let shared = item.get("parameters").and_then(Value::as_array).cloned().unwrap_or_default();
            for (method, node) in members(Some(item)).filter(|(method, _)| METHODS.contains(&method.as_str())) {
                let method = method.to_ascii_uppercase();
                let name = format!("{method} {path}");
                let segments = format!("{base}{path}").split('/').map(str::to_owned).collect();
                all.push(Self::new(document, name, method, segments, &shared, node));
            }
        }
        for (name, item) in members(document.root.get("webhooks")) {
            let name = format!("webhook {name} {}", document.version());
            all.push(Self::new(document, name, String::new(), Vec::new(), &[], &item["post"]));
        }
        // The old versions stand under names of their own; a client that used one would not be found here.
        all.retain(|it| !it.name.contains("{deprecatedVersion}"));
        all
    }

    fn new(
        document: &Arc<Document>,
        name: String,
        method: String,
        segments: Vec<String>,
        shared: &[Value],
        node: &Value,
    ) -> Self {
        let own = node.get("parameters").and_then(Value::as_array).cloned().unwrap_or_default();
        let parameters = shared.iter().chain(&own).map(|it| Parameter::read(document, document.resolve(it))).collect();
        Self { document: Arc::clone(document), name, method, segments, parameters, node: node.clone() }
    }

    pub(crate) fn is_webhook(&self) -> bool {
        self.segments.is_empty()
    }

    /// The path's parameters, if the request is for this operation in its current version.
    fn fits(&self, method: &str, path: &str) -> Option<Vec<(String, String)>> {
        let given: Vec<&str> = path.split('/').collect();
        if self.method != method || given.len() != self.segments.len() {
            return None;
        }
        let mut found = Vec::new();
        for (segment, given) in self.segments.iter().zip(given) {
            match segment.strip_prefix('{').and_then(|it| it.strip_suffix('}')) {
                Some("version") if self.version() != given => return None,
                Some(name) => found.push((name.to_owned(), decoded(given))),
                None if segment != given => return None,
                None => {}
            }
        }
        Some(found)
    }

    /// The current version, as the description tells it. Track Alert v2 tells it of one of its calls only.
    fn version(&self) -> &str {
        let own = self.parameters.iter().find(|it| it.name == "version");
        own.and_then(|it| it.schema["default"].as_str()).unwrap_or(self.document.version())
    }

    /// The kinds of body a request may have, each with its schema.
    pub(crate) fn request_bodies(&self) -> Vec<(String, Value)> {
        bodies(self.document.resolve(&self.node["requestBody"]))
    }

    /// The kinds of body an answer of that status may have; nothing if the description does not know the status.
    pub(crate) fn answer_bodies(&self, status: u16) -> Option<Vec<(String, Value)>> {
        let answer = self.node["responses"].get(status.to_string())?;
        Some(bodies(self.document.resolve(answer)))
    }

    /// The statuses an answer may have.
    pub(crate) fn statuses(&self) -> Vec<u16> {
        members(self.node.get("responses")).filter_map(|(status, _)| status.parse().ok()).collect()
    }

    /// The examples of answers, each with its status and a name.
    pub(crate) fn example_answers(&self) -> Vec<(u16, String, Value)> {
        let mut all = Vec::new();
        for (status, answer) in members(self.node.get("responses")) {
            let status = status.parse().unwrap_or_else(|_| panic!("{}: status {status}", self.name));
            for (_, content) in members(self.document.resolve(answer).get("content")) {
                all.extend(examples(content).into_iter().map(|(name, value)| (status, name, value)));
            }
        }
        all
    }

    /// The examples of what is sent.
    pub(crate) fn example_requests(&self) -> Vec<(String, Value)> {
        let content = self.document.resolve(&self.node["requestBody"]).get("content");
        members(content).flat_map(|(_, content)| examples(content)).collect()
    }
}

impl Parameter {
    fn read(document: &Document, node: &Value) -> Self {
        let text = |name: &str| node[name].as_str().unwrap_or_default().to_owned();
        Self {
            place: text("in"),
            name: text("name"),
            required: node["required"].as_bool().unwrap_or(false),
            schema: document.resolve(&node["schema"]).clone(),
        }
    }
}

const METHODS: [&str; 4] = ["get", "post", "put", "delete"];

fn members(node: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    node.and_then(Value::as_object).into_iter().flatten()
}

fn bodies(node: &Value) -> Vec<(String, Value)> {
    members(node.get("content")).map(|(kind, content)| (kind.clone(), content["schema"].clone())).collect()
}

fn examples(content: &Value) -> Vec<(String, Value)> {
    let one = content.get("example").map(|value| ("example".to_owned(), value.clone()));
    let several = members(content.get("examples")).map(|(name, it)| (name.clone(), it["value"].clone()));
    one.into_iter().chain(several).collect()
}

fn decoded(segment: &str) -> String {
    let url = reqwest::Url::parse(&format!("http://it/?{}", segment.replace('+', "%2B"))).expect("a segment is no URL");
    url.query_pairs().next().map_or(String::new(), |(name, _)| name.into_owned())
}

/// The keywords that say something about a value; `xml`, examples, titles and descriptions do not.
const TELLING: [&str; 13] = [
    "type",
    "required",
    "enum",
    "const",
    "maxLength",
    "minLength",
    "maxItems",
    "minItems",
    "uniqueItems",
    "minimum",
    "maximum",
    "pattern",
    "default",
];
