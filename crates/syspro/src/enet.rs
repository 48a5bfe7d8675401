//! e.net over REST: the calls every business object goes through.
//!
//! ```text
//! XML document ─► percent-encoded query ─► GET ─► 200 + bytes ─► text ─► unwrapped ─► ERROR text ─► Error
//!                   │ longer than url_limit                                        └► XML ─► Element · Posted
//!                   └─► POST Transaction/PostLD ─► 404/405 (older service) ─► GET after all
//! ```
//!
//! Everything travels in the query, the password included. HTTP status 200 means that SYSPRO spoke, not that it agreed;
//! other statuses come from the HTTP layer or a proxy. Which of them prove that SYSPRO never saw the call is decided in
//! [`turned_away`]: 400 and 5xx do not, because the service answers with them also after an exception of its own.
//! Nothing is sent twice, except that a document refused by PostLD with 404 or 405 was not seen and goes by GET.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;
use reqwest::header::CONTENT_TYPE;
use secrecy::ExposeSecret as _;

use crate::answer::{self, ItemError, Posted, Verdict};
use crate::error::Error;
use crate::http::{self, Effect, Http, Reach, Reply};
use crate::session::{self, Profile, Sentences, Token};
use crate::settings::EnetSettings;
use crate::text;
use crate::xml::{Element, XmlError};

/// What stays readable in a query value.
pub(crate) const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A client of one SYSPRO server for one operator and company.
///
/// It keeps no session and does not serialise calls: SYSPRO allows an operator one session and works through its calls
/// one by one, so the caller holds the [`Token`] and makes one call at a time.
pub struct Enet {
    http: Http,
    /// Address of the REST service without a slash at its end.
    root: String,
    settings: EnetSettings,
    sentences: Sentences,
    post_ld_absent: AtomicBool,
}

impl fmt::Debug for Enet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.settings.fmt(f)
    }
}

/// One call on its way.
struct Call<'a> {
    name: String,
    business_object: Option<&'a str>,
    effect: Effect,
    token: Option<&'a Token>,
}

impl<'a> Call<'a> {
    fn new(name: impl Into<String>, effect: Effect) -> Self {
        Self { name: name.into(), business_object: None, effect, token: None }
    }

    fn of(mut self, business_object: &'a str, token: &'a Token) -> Self {
        self.business_object = Some(business_object);
        self.token = Some(token);
        self
    }

    /// An answer that is none of SYSPRO's.
    fn unreadable(&self, what: impl fmt::Display) -> Error {
        let (call, why) = (self.name.clone(), what.to_string());
        match self.effect {
            Effect::Changing => Error::AnswerLost { call, status: Some(200), why: format!("unreadable answer: {why}") },
            Effect::Reading => Error::Unreadable { call, what: why },
        }
    }
}

impl Enet {
    /// A client; nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the setting that cannot be used, among them plain http to another machine without leave.
    pub fn new(settings: EnetSettings) -> Result<Self, Error> {
        let base = http::base_url("base_url", &settings.base_url, settings.allow_plain_http)?;
        for (field, value) in [("operator", &settings.operator), ("company", &settings.company)] {
            if value.trim().is_empty() {
                return Err(Error::invalid(field, "is blank"));
            }
        }
        let reach = Reach {
            connect_timeout: settings.connect_timeout,
            timeout: settings.timeout,
            ca_pem: settings.ca_pem.as_deref(),
        };
        let sentences = Sentences::new(
            &settings.session_lost_patterns,
            &settings.licence_full_patterns,
            &settings.operator_busy_patterns,
        )?;
        let root = root(&base, &settings.rest_prefix);
        Ok(Self { http: Http::new(&reach)?, root, settings, sentences, post_ld_absent: AtomicBool::new(false) })
    }

    /// The version of the e.net service. Needs no session, so it tells whether the service is there at all.
    ///
    /// # Errors
    /// [`Error::Unreachable`], [`Error::Unavailable`] or [`Error::Unreadable`].
    pub async fn version(&self) -> Result<String, Error> {
        let call = Call::new("get version", Effect::Reading);
        let text = self.get(&call, "/GetVersion", &[]).await?;
        let version = text.trim();
        if version.is_empty() || version.starts_with('<') {
            return Err(call.unreadable("not a version number"));
        }
        Ok(self.cleaned(version, None))
    }

    /// Opens a session and thereby ends any other of the same operator.
    ///
    /// # Errors
    /// [`Error::LogonRefused`], [`Error::LicenceFull`] and [`Error::OperatorBusy`] in SYSPRO's words;
    /// [`Error::AnswerLost`] if a session may have been opened whose token never arrived.
    pub async fn logon(&self) -> Result<Token, Error> {
        let call = Call::new("logon", Effect::Changing);
        let settings = &self.settings;
        let company_password = settings.company_password.as_ref().map_or("", |secret| secret.expose_secret());
        let logon = if settings.fail_when_logged_in {
            self.write(&Element::new("Logon").with(Element::leaf("FailWhenAlreadyLoggedIn", "Y")))?
        } else {
            String::new()
        };
        let mut pairs = vec![
            ("Operator", settings.operator.as_str()),
            ("OperatorPassword", settings.operator_password.expose_secret()),
            ("CompanyId", settings.company.as_str()),
            ("CompanyPassword", company_password),
        ];
        if !logon.is_empty() {
            pairs.push(("XmlIn", &logon));
        }
        let url = self.url(&call, "/Logon", &pairs)?;
        let reply = self.http.send(&call.name, call.effect, self.http.get(url)).await?;
        let text = self.text(&call, &reply, 0)?;
        self.token(&call, &text)
    }

    fn token(&self, call: &Call<'_>, text: &str) -> Result<Token, Error> {
        let trimmed = text.trim();
        if session::is_error(trimmed) || self.sentences.is_about_logon(trimmed) {
            return Err(self.sentences.judge_logon(self.cleaned(trimmed, None)));
        }
        if trimmed.is_empty() || trimmed.starts_with('<') || trimmed.contains(char::is_whitespace) {
            return Err(call.unreadable("not a session token"));
        }
        let token = if self.settings.trim_token { trimmed } else { text };
        Ok(Token::new(token.to_owned().into()))
    }

    /// Ends a session and frees its seat.
    ///
    /// # Errors
    /// [`Error::SessionLost`] if there was none; whatever fails, SYSPRO ends an idle session by itself some day.
    pub async fn logoff(&self, token: &Token) -> Result<(), Error> {
        let mut call = Call::new("logoff", Effect::Changing);
        call.token = Some(token);
        let text = self.get(&call, "/Logoff", &[("UserId", token.expose())]).await?;
        if text.trim() == "0" { Ok(()) } else { Err(call.unreadable("not the expected 0")) }
    }

    /// The session's company, operator and settings. The cheapest question whether a session is still alive.
    ///
    /// # Errors
    /// [`Error::SessionLost`], and those of any reading call.
    pub async fn profile(&self, token: &Token) -> Result<Profile, Error> {
        let mut call = Call::new("get logon profile", Effect::Reading);
        call.token = Some(token);
        let text = self.get(&call, "/GetLogonProfile", &[("UserId", token.expose())]).await?;
        Ok(Profile::read(&self.read_xml(&call, &text)?))
    }

    /// Asks a query business object.
    ///
    /// # Errors
    /// [`Error::QueryRefused`] if the answer holds error elements, [`Error::Unlicensed`], [`Error::SessionLost`], and
    /// those of any reading call.
    pub async fn query(&self, token: &Token, business_object: &str, document: &Element) -> Result<Element, Error> {
        let call = Call::new(format!("query {business_object}"), Effect::Reading).of(business_object, token);
        let xml_in = self.write(document)?;
        let pairs = [("UserId", token.expose()), ("BusinessObject", business_object), ("XmlIn", &xml_in)];
        let text = self.get(&call, "/Query/Query", &pairs).await?;
        let answer = self.read_xml(&call, &text)?;
        let mut errors = answer::errors(&answer);
        self.check_errors(&call, &mut errors)?;
        if errors.is_empty() { Ok(answer) } else { Err(Error::QueryRefused { call: call.name, errors }) }
    }

    /// Whether a query's address would be short enough to be sent.
    pub(crate) fn query_fits(&self, token: &Token, business_object: &str, document: &Element) -> Result<bool, Error> {
        let xml_in = self.write(document)?;
        let pairs = [("UserId", token.expose()), ("BusinessObject", business_object), ("XmlIn", xml_in.as_str())];
        Ok(self.address("/Query/Query", &pairs).len() <= self.settings.longest_url)
    }

    /// Posts a document to a transaction business object: by GET while the address is short enough, else by PostLD, and
    /// by GET after all where the service has no PostLD.
    ///
    /// # Errors
    /// [`Error::Rejected`] if the whole document was refused; check [`Error::may_have_taken_effect`] on any error. A
    /// partly refused document is no error: see [`Posted::verdict`].
    pub async fn post(
        &self,
        token: &Token,
        business_object: &str,
        parameters: &Element,
        document: &Element,
    ) -> Result<Posted, Error> {
        self.post_items(token, business_object, parameters, document, &[]).await
    }

    /// [`Self::post`] with the keys of the items sent, so that errors can be given to their items.
    pub(crate) async fn post_items(
        &self,
        token: &Token,
        business_object: &str,
        parameters: &Element,
        document: &Element,
        keys: &[String],
    ) -> Result<Posted, Error> {
        let validate_only = validates_only(parameters);
        let call = Call::new(format!("post {business_object}"), effect(validate_only)).of(business_object, token);
        let (xml_parameters, xml_in) = (self.write(parameters)?, self.write(document)?);
        let pairs = [
            ("UserId", token.expose()),
            ("BusinessObject", business_object),
            ("XmlParameters", &xml_parameters),
            ("XmlIn", &xml_in),
        ];
        let long = self.address("/Transaction/Post", &pairs).len() > self.settings.url_limit;
        let by_post_ld = if long && !self.post_ld_absent.load(Ordering::Relaxed) {
            self.post_ld(&call, &pairs).await?
        } else {
            None
        };
        let text = match by_post_ld {
            Some(text) => text,
            None => self.get(&call, "/Transaction/Post", &pairs).await?,
        };
        self.posted(&call, validate_only, &text, keys)
    }

    /// Posts by body; `None` if the service does not know how, in which case nothing happened.
    async fn post_ld(&self, call: &Call<'_>, pairs: &[(&str, &str)]) -> Result<Option<String>, Error> {
        let name = format!("{} by PostLD", call.name);
        let call = Call { name, business_object: call.business_object, effect: call.effect, token: call.token };
        let url = self.url(&call, "/Transaction/PostLD", &[])?;
        let request = self.http.post(url).header(CONTENT_TYPE, "application/xml").body(post_ld_body(pairs)?);
        let reply = self.http.send(&call.name, call.effect, request).await?;
        if matches!(reply.status, 404 | 405) {
            self.post_ld_absent.store(true, Ordering::Relaxed);
            return Ok(None);
        }
        let text = self.text(&call, &reply, 0)?;
        self.check_sentence(&call, &text)?;
        Ok(Some(text))
    }

    /// Adds with a setup business object.
    ///
    /// # Errors
    /// As [`Self::post`], and [`Error::TooLong`] because setup has no way for long documents: split them.
    pub async fn setup_add(
        &self,
        token: &Token,
        business_object: &str,
        parameters: &Element,
        document: &Element,
    ) -> Result<Posted, Error> {
        self.setup(token, ("add", "/Setup/Add"), business_object, (parameters, document), &[]).await
    }

    /// Updates with a setup business object.
    ///
    /// # Errors
    /// As [`Self::setup_add`].
    pub async fn setup_update(
        &self,
        token: &Token,
        business_object: &str,
        parameters: &Element,
        document: &Element,
    ) -> Result<Posted, Error> {
        self.setup(token, ("update", "/Setup/Update"), business_object, (parameters, document), &[]).await
    }

    pub(crate) async fn setup(
        &self,
        token: &Token,
        (verb, path): (&str, &str),
        business_object: &str,
        (parameters, document): (&Element, &Element),
        keys: &[String],
    ) -> Result<Posted, Error> {
        let validate_only = validates_only(parameters);
        let call =
            Call::new(format!("setup {verb} {business_object}"), effect(validate_only)).of(business_object, token);
        let (xml_parameters, xml_in) = (self.write(parameters)?, self.write(document)?);
        let pairs = [
            ("UserId", token.expose()),
            ("BusinessObject", business_object),
            ("XmlParameters", &xml_parameters),
            ("XmlIn", &xml_in),
        ];
        let text = self.get(&call, path, &pairs).await?;
        self.posted(&call, validate_only, &text, keys)
    }

    fn posted(&self, call: &Call<'_>, validate_only: bool, text: &str, keys: &[String]) -> Result<Posted, Error> {
        let answer = self.read_xml(call, text)?;
        let mut posted = Posted::read(call.business_object.unwrap_or_default(), validate_only, answer);
        self.check_errors(call, &mut posted.item_errors)?;
        posted.align(keys);
        if posted.verdict() == Verdict::Refused { Err(Error::Rejected(Box::new(posted))) } else { Ok(posted) }
    }

    /// One GET whose answer is not an `ERROR` text.
    async fn get(&self, call: &Call<'_>, path: &str, pairs: &[(&str, &str)]) -> Result<String, Error> {
        let url = self.url(call, path, pairs)?;
        let length = url.as_str().len();
        let reply = self.http.send(&call.name, call.effect, self.http.get(url)).await?;
        let text = self.text(call, &reply, length)?;
        self.check_sentence(call, &text)?;
        Ok(text)
    }

    fn address(&self, path: &str, pairs: &[(&str, &str)]) -> String {
        let mut address = format!("{}{path}", self.root);
        for (index, (name, value)) in pairs.iter().enumerate() {
            address.push(if index == 0 { '?' } else { '&' });
            address.push_str(name);
            address.push('=');
            address.extend(utf8_percent_encode(value, PLAIN));
        }
        address
    }

    fn url(&self, call: &Call<'_>, path: &str, pairs: &[(&str, &str)]) -> Result<Url, Error> {
        let address = self.address(path, pairs);
        if address.len() > self.settings.longest_url {
            return Err(Error::TooLong {
                call: call.name.clone(),
                length: address.len(),
                limit: self.settings.longest_url,
            });
        }
        Url::parse(&address).map_err(|_| Error::invalid("rest_prefix", "makes no address"))
    }

    /// The text of an answer whose status says that SYSPRO spoke.
    fn text(&self, call: &Call<'_>, reply: &Reply, length: usize) -> Result<String, Error> {
        if !(200..300).contains(&reply.status) {
            return Err(turned_away(call, reply.status, length));
        }
        let text = text::decode(&reply.body, self.settings.encoding).map_err(|why| call.unreadable(why))?;
        Ok(session::unwrap(text))
    }

    /// Turns an `ERROR` text, or the bare sentence about a lost session, into an error.
    fn check_sentence(&self, call: &Call<'_>, text: &str) -> Result<(), Error> {
        let bare_loss = || !text.trim_start().starts_with('<') && self.sentences.is_session_lost(text);
        if session::is_error(text) || bare_loss() {
            let changing = call.effect == Effect::Changing;
            let words = self.cleaned(text, call.token);
            return Err(self.sentences.judge(&call.name, call.business_object, changing, words));
        }
        Ok(())
    }

    fn read_xml(&self, call: &Call<'_>, text: &str) -> Result<Element, Error> {
        let answer =
            Element::parse(text).map_err(|error| call.unreadable(self.cleaned(&error.to_string(), call.token)))?;
        if answer.is("html") { Err(call.unreadable("a web page")) } else { Ok(answer) }
    }

    /// Cleans the words of error elements, and turns those that concern the session or the licence instead of the data
    /// into errors of their own.
    fn check_errors(&self, call: &Call<'_>, errors: &mut [ItemError]) -> Result<(), Error> {
        for error in errors {
            error.description = self.cleaned(&error.description, call.token);
            error.value = self.cleaned(&error.value, call.token);
            let text = || error.description.clone();
            if self.sentences.is_session_lost(&error.description) {
                return Err(Error::SessionLost { call: call.name.clone(), text: text() });
            }
            if error.number.trim_start_matches('0') == "100000" && self.sentences.is_unlicensed(&error.description) {
                let business_object = call.business_object.unwrap_or_default().to_owned();
                return Err(Error::Unlicensed { business_object, text: text() });
            }
        }
        Ok(())
    }

    fn write(&self, document: &Element) -> Result<String, Error> {
        document.to_xml().map_err(|error| match error {
            XmlError::Unwritable { element, character, why } => {
                Error::invalid(element, format!("holds the character U+{:04X}, which {why}", u32::from(character)))
            }
            other => Error::invalid("document", other.to_string()),
        })
    }

    /// SYSPRO's words without our secrets in them.
    fn cleaned(&self, text: &str, token: Option<&Token>) -> String {
        let settings = &self.settings;
        let mut secrets = vec![settings.operator_password.expose_secret()];
        secrets.extend(settings.company_password.as_ref().map(|secret| secret.expose_secret()));
        secrets.extend(token.map(Token::expose));
        http::clean(text, &secrets)
    }
}

/// The REST service's address: the base with the prefix, unless the base ends in the prefix already.
fn root(base: &Url, prefix: &str) -> String {
    let base = base.as_str().trim_end_matches('/');
    let prefix = prefix.trim_matches('/');
    if prefix.is_empty() || base.to_ascii_lowercase().ends_with(&format!("/{}", prefix.to_ascii_lowercase())) {
        base.to_owned()
    } else {
        format!("{base}/{prefix}")
    }
}

fn effect(validate_only: bool) -> Effect {
    if validate_only { Effect::Reading } else { Effect::Changing }
}

fn validates_only(parameters: &Element) -> bool {
    parameters.find("ValidateOnly").is_some_and(|element| element.text().eq_ignore_ascii_case("Y"))
}

/// What a status other than success means. A redirect, a refused credential, an unknown path and an over-long address
/// come from in front of SYSPRO and prove that it never saw the call; any other status does not.
fn turned_away(call: &Call<'_>, status: u16, length: usize) -> Error {
    let name = call.name.clone();
    let why = match status {
        300..=399 => format!("status {status}: a redirect, which is not followed"),
        404 | 405 => format!("status {status}: the service is not at this address; check rest_prefix"),
        _ => format!("status {status}"),
    };
    let unseen = matches!(status, 300..=399 | 401 | 403 | 404 | 405 | 413);
    match (status, call.effect) {
        (414 | 431, _) => Error::TooLong { call: name, length, limit: length.saturating_sub(1) },
        (_, Effect::Changing) if !unseen => Error::AnswerLost { call: name, status: Some(status), why },
        _ => Error::Unavailable { call: name, status: Some(status), why },
    }
}

/// The body of `Transaction/PostLD`. The inner documents hold no `]]>`, because the writer escapes every `>`.
fn post_ld_body(pairs: &[(&str, &str)]) -> Result<String, Error> {
    let mut body = String::from("<TransactionPostLD xmlns=\"http://SYSPROWcfService\">");
    for (name, value) in pairs {
        if value.contains("]]>") {
            return Err(Error::invalid(*name, "holds the end of a character data section"));
        }
        body.push_str(&format!("<{name}><![CDATA[{value}]]></{name}>"));
    }
    body.push_str("</TransactionPostLD>");
    Ok(body)
}
