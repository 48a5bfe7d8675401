//! e.net: the calls every business object goes through, whichever way they travel.
//!
//! ```text
//! XML document ─► Call ─► Transport (REST or SOAP) ─► Said ─┬─ Refusal ─► Sentences ─► Error
//!                                                           └─ Answer ─► XML ─► Element · Posted
//! ```
//!
//! What a refusal means, and whether a call may have taken effect, is decided here and so alike for both transports.

use std::fmt;

use secrecy::ExposeSecret as _;

use crate::answer::{self, ItemError, Posted, Verdict};
use crate::error::Error;
use crate::http::{self, Effect, Http, Reach};
use crate::session::{Profile, Sentences, Token};
use crate::settings::{EnetSettings, TransportKind};
use crate::template::Library;
use crate::transport::asmx::Asmx;
use crate::transport::rest::Rest;
use crate::transport::{Call, Operation, Said, Transport};
use crate::xml::{Element, XmlError};

/// A client of one SYSPRO server for one operator and company.
///
/// It keeps no session and does not serialise calls: SYSPRO allows an operator one session and works through its calls
/// one by one, so the caller holds the [`Token`] and makes one call at a time, or lets an
/// [`Operator`](crate::Operator) do both.
pub struct Enet {
    http: Http,
    transport: Transport,
    settings: EnetSettings,
    sentences: Sentences,
    library: Library,
}

impl fmt::Debug for Enet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.settings.fmt(f)
    }
}

/// What a setup business object is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetupVerb {
    /// Create.
    Add,
    /// Change.
    Update,
    /// Remove.
    Delete,
}

impl SetupVerb {
    fn word(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    fn operation(self) -> Operation {
        match self {
            Self::Add => Operation::Add,
            Self::Update => Operation::Update,
            Self::Delete => Operation::Delete,
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
        let sentences = Sentences::new(&settings.sentences)?;
        let transport = match settings.transport {
            TransportKind::Rest => Transport::Rest(Box::new(Rest::new(&base, &settings))),
            TransportKind::Asmx => Transport::Asmx(Box::new(Asmx::new(&base, &settings))),
        };
        let library = Library::new(&settings.templates)?;
        Ok(Self { http: Http::new(&reach)?, transport, settings, sentences, library })
    }

    pub(crate) fn library(&self) -> &Library {
        &self.library
    }

    /// The version that the e.net service tells without a session, so it shows whether the service is there at all. SOAP
    /// has no such call: there the profile of no session is asked for, any answer shows that the service is there, and
    /// the version is `None`; [`Profile::syspro_version`] has it once there is a session.
    ///
    /// # Errors
    /// [`Error::Unreachable`], [`Error::Unavailable`] or [`Error::Unreadable`].
    pub async fn version(&self) -> Result<Option<String>, Error> {
        let call = Call::new("get version", Operation::Version, Effect::Reading);
        let said = self.transport.send(&self.http, &call).await?;
        if self.settings.transport == TransportKind::Asmx {
            return Ok(None);
        }
        let text = self.accepted(&call, said)?;
        let version = text.trim();
        if version.is_empty() || version.starts_with('<') {
            return Err(call.unreadable("not a version number"));
        }
        Ok(Some(self.cleaned(version, None)))
    }

    /// Opens a session and thereby ends any other of the same operator, unless the settings ask it to fail instead.
    ///
    /// # Errors
    /// [`Error::LogonRefused`], [`Error::LicenceFull`] and [`Error::OperatorBusy`] in SYSPRO's words;
    /// [`Error::AnswerLost`] if a session may have been opened whose token never arrived.
    pub async fn logon(&self) -> Result<Token, Error> {
        let settings = &self.settings;
        let company_password = settings.company_password.as_ref().map_or("", |secret| secret.expose_secret());
        let document = match settings.fail_when_already_logged_in {
            None => String::new(),
            Some(fail) => {
                let fail = Element::leaf("FailWhenAlreadyLoggedIn", if fail { "Y" } else { "N" });
                self.write(&Element::new("Logon").with(fail))?
            }
        };
        let mut call = Call::new("logon", Operation::Logon, Effect::Changing)
            .with("Operator", &settings.operator)
            .with("OperatorPassword", settings.operator_password.expose_secret())
            .with("CompanyId", &settings.company)
            .with("CompanyPassword", company_password);
        if !document.is_empty() {
            call = call.with("XmlIn", &document);
        }
        match self.transport.send(&self.http, &call).await? {
            Said::Refusal(words) => Err(self.sentences.judge_logon(self.cleaned(&words, None))),
            Said::Answer(text) => self.token(&call, &text),
        }
    }

    fn token(&self, call: &Call<'_>, text: &str) -> Result<Token, Error> {
        let trimmed = text.trim();
        if self.sentences.is_about_logon(trimmed) {
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
        let call = Call::new("logoff", Operation::Logoff, Effect::Changing).with_token(token);
        let text = self.ask(&call).await?;
        if text.trim() == "0" { Ok(()) } else { Err(call.unreadable("not the expected 0")) }
    }

    /// The session's company, operator and settings (`GetLogonProfile`). The cheapest question whether a session is still
    /// alive.
    ///
    /// # Errors
    /// [`Error::SessionLost`], and those of any reading call.
    pub async fn profile(&self, token: &Token) -> Result<Profile, Error> {
        let call = Call::new("get logon profile", Operation::Profile, Effect::Reading).with_token(token);
        let text = self.ask(&call).await?;
        Ok(Profile::read(&self.read_xml(&call, &text)?))
    }

    /// Asks a query business object.
    ///
    /// # Errors
    /// [`Error::QueryRefused`] if the answer holds error elements, [`Error::Unlicensed`], [`Error::SessionLost`], and
    /// those of any reading call.
    pub async fn query(&self, token: &Token, business_object: &str, document: &Element) -> Result<Element, Error> {
        let xml_in = self.write(document)?;
        self.read(&query_call(token, business_object, &xml_in)).await
    }

    pub(crate) fn finds_by_range(&self) -> bool {
        self.settings.find_by_range
    }

    /// Whether a query is short enough to be sent.
    pub(crate) fn query_fits(&self, token: &Token, business_object: &str, document: &Element) -> Result<bool, Error> {
        let xml_in = self.write(document)?;
        Ok(self.transport.fits(&query_call(token, business_object, &xml_in)))
    }

    /// Pages through a browse (`COMBRW` document).
    ///
    /// # Errors
    /// As [`Self::query`].
    pub async fn browse(&self, token: &Token, document: &Element) -> Result<Element, Error> {
        self.read_by(token, ("browse", Operation::Browse), document).await
    }

    /// Fetches one row (`COMFCH` document); the answer's root is the table's name.
    ///
    /// # Errors
    /// As [`Self::query`].
    pub async fn fetch(&self, token: &Token, document: &Element) -> Result<Element, Error> {
        self.read_by(token, ("fetch", Operation::Fetch), document).await
    }

    /// The key after the one in a `COMKEY` document. The path of this call over REST is inferred, not proven.
    ///
    /// # Errors
    /// As [`Self::query`].
    pub async fn next_key(&self, token: &Token, document: &Element) -> Result<Element, Error> {
        self.read_by(token, ("next key", Operation::NextKey), document).await
    }

    /// The key before the one in a `COMKEY` document. The path of this call over REST is inferred, not proven.
    ///
    /// # Errors
    /// As [`Self::query`].
    pub async fn previous_key(&self, token: &Token, document: &Element) -> Result<Element, Error> {
        self.read_by(token, ("previous key", Operation::PreviousKey), document).await
    }

    /// Asks a transaction business object to build a document for a later post; nothing is changed by it.
    ///
    /// # Errors
    /// As [`Self::query`].
    pub async fn build(&self, token: &Token, business_object: &str, document: &Element) -> Result<Element, Error> {
        let xml_in = self.write(document)?;
        let call = Call::new(format!("build {business_object}"), Operation::Build, Effect::Reading)
            .with_token(token)
            .of(business_object)
            .with("XmlIn", &xml_in);
        self.read(&call).await
    }

    async fn read_by(
        &self,
        token: &Token,
        (name, operation): (&str, Operation),
        document: &Element,
    ) -> Result<Element, Error> {
        let xml_in = self.write(document)?;
        self.read(&Call::new(name, operation, Effect::Reading).with_token(token).with("XmlIn", &xml_in)).await
    }

    /// One reading call whose answer holds no error elements.
    async fn read(&self, call: &Call<'_>) -> Result<Element, Error> {
        let text = self.ask(call).await?;
        let answer = self.read_xml(call, &text)?;
        let mut errors = answer::errors(&answer);
        self.check_errors(call, &mut errors)?;
        if errors.is_empty() { Ok(answer) } else { Err(Error::QueryRefused { call: call.name.clone(), errors }) }
    }

    /// Posts a document to a transaction business object. Over REST by GET while the address is short enough, else by
    /// PostLD, and by GET after all where the service has no PostLD; over SOAP whatever its length.
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
        let name = format!("post {business_object}");
        self.change(token, (name, Operation::Post), business_object, (parameters, document), keys).await
    }

    /// Adds, updates or deletes with a setup business object.
    ///
    /// # Errors
    /// As [`Self::post`], and [`Error::TooLong`] over REST, because setup has no way for long documents there: split them.
    pub async fn setup(
        &self,
        token: &Token,
        verb: SetupVerb,
        business_object: &str,
        parameters: &Element,
        document: &Element,
    ) -> Result<Posted, Error> {
        self.setup_items(token, verb, business_object, (parameters, document), &[]).await
    }

    /// [`Self::setup`] with the keys of the items sent, so that errors can be given to their items.
    pub(crate) async fn setup_items(
        &self,
        token: &Token,
        verb: SetupVerb,
        business_object: &str,
        documents: (&Element, &Element),
        keys: &[String],
    ) -> Result<Posted, Error> {
        let name = format!("setup {} {business_object}", verb.word());
        self.change(token, (name, verb.operation()), business_object, documents, keys).await
    }

    async fn change(
        &self,
        token: &Token,
        (name, operation): (String, Operation),
        business_object: &str,
        (parameters, document): (&Element, &Element),
        keys: &[String],
    ) -> Result<Posted, Error> {
        let validate_only = validates_only(parameters);
        let (xml_parameters, xml_in) = (self.write(parameters)?, self.write(document)?);
        let effect = if validate_only { Effect::Reading } else { Effect::Changing };
        let call = Call::new(name, operation, effect)
            .with_token(token)
            .of(business_object)
            .with("XmlParameters", &xml_parameters)
            .with("XmlIn", &xml_in);
        let text = self.ask(&call).await?;
        self.posted(&call, validate_only, &text, keys)
    }

    /// Whether a post or setup call is short enough to be sent as it is: over REST an address has an end, and only posts
    /// have PostLD.
    pub(crate) fn change_fits(
        &self,
        token: &Token,
        verb: Option<SetupVerb>,
        business_object: &str,
        (parameters, document): (&Element, &Element),
    ) -> Result<bool, Error> {
        let (xml_parameters, xml_in) = (self.write(parameters)?, self.write(document)?);
        let operation = verb.map_or(Operation::Post, SetupVerb::operation);
        let call = Call::new("fits", operation, Effect::Changing)
            .with_token(token)
            .of(business_object)
            .with("XmlParameters", &xml_parameters)
            .with("XmlIn", &xml_in);
        Ok(self.transport.fits(&call))
    }

    fn posted(&self, call: &Call<'_>, validate_only: bool, text: &str, keys: &[String]) -> Result<Posted, Error> {
        let answer = self.read_xml(call, text)?;
        let mut posted = Posted::read(call.business_object.unwrap_or_default(), validate_only, answer);
        self.check_errors(call, &mut posted.item_errors)?;
        posted.align(keys);
        if posted.verdict() == Verdict::Refused { Err(Error::Rejected(Box::new(posted))) } else { Ok(posted) }
    }

    /// One call whose answer is no refusal.
    async fn ask(&self, call: &Call<'_>) -> Result<String, Error> {
        let said = self.transport.send(&self.http, call).await?;
        self.accepted(call, said)
    }

    /// Turns a refusal, or the bare sentence about a lost session, into an error.
    fn accepted(&self, call: &Call<'_>, said: Said) -> Result<String, Error> {
        let words = match said {
            Said::Refusal(words) => words,
            Said::Answer(text) if !text.trim_start().starts_with('<') && self.sentences.is_session_lost(&text) => text,
            Said::Answer(text) => return Ok(text),
        };
        let words = self.cleaned(&words, call.token);
        let changing = call.effect == Effect::Changing;
        Err(self.sentences.judge(&call.name, call.business_object, changing, words))
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
            error.not_found = self.sentences.is_not_found(&error.description);
            error.locked = self.sentences.is_locked(&error.description);
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

fn query_call<'a>(token: &'a Token, business_object: &'a str, xml_in: &'a str) -> Call<'a> {
    Call::new(format!("query {business_object}"), Operation::Query, Effect::Reading)
        .with_token(token)
        .of(business_object)
        .with("XmlIn", xml_in)
}

/// Whether a post only asks whether it would be accepted: by `ValidateOnly`, or `Process` where an object has that.
fn validates_only(parameters: &Element) -> bool {
    let says = |name: &str, value: &str| parameters.find(name).is_some_and(|it| it.text().eq_ignore_ascii_case(value));
    says("ValidateOnly", "Y") || says("Process", "VALIDATE")
}
