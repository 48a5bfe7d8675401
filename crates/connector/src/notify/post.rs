//! Handing mail to a server, by SMTP.
//!
//! ```text
//! outbox ─► message: Message-ID of the notice, Auto-Submitted, plain text ─► SMTP (TLS, logon) ─► taken │ refused
//! ```
//!
//! The Message-ID is the notice's name, the same at every try: a mail that was taken and sent again, because we died
//! before noting it, is one mail to any reader that looks. Certificates are always checked.

use std::error::Error as _;
use std::time::SystemTime;

use jiff::Timestamp;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use secrecy::{ExposeSecret as _, SecretString};

use super::{Refusal, words};
use crate::app::Secrets;
use crate::config::{Mail, MailTls, SecretName, Site};
use crate::store::{Channel, NoticeRow};

/// What hands mail to a site's server.
pub(crate) struct Postman {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    host: String,
}

impl Postman {
    /// Opens the password and prepares; nothing is connected yet.
    ///
    /// # Errors
    /// What is missing or cannot be used, for people.
    pub(crate) async fn open(site: &Site, mail: &Mail, secrets: &Secrets<'_>) -> Result<Self, String> {
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&mail.host)
            .port(mail.port)
            .timeout(Some(mail.timeout))
            .tls(Tls::None);
        if mail.tls != MailTls::None {
            let mut parameters = TlsParameters::builder(mail.host.clone());
            if let Some(pem) = opened(secrets, SecretName::MailCa).await? {
                let authority = Certificate::from_pem(pem.expose_secret().as_bytes());
                let unusable = |error| format!("[mail] ca_file holds no certificate: {}", told(&error));
                parameters = parameters.add_root_certificate(authority.map_err(unusable)?);
            }
            let parameters = parameters.build().map_err(|error| told(&error))?;
            transport = transport.tls(match mail.tls {
                MailTls::StartTls => Tls::Required(parameters),
                MailTls::None | MailTls::Tls => Tls::Wrapper(parameters),
            });
        }
        if let Some(user) = &mail.user {
            let missing = || {
                let name = &site.name;
                format!("the mail password is not set; set it with: ml-connector site secret set {name} mail.password")
            };
            let password = opened(secrets, SecretName::MailPassword).await?.ok_or_else(missing)?;
            transport = transport.credentials(Credentials::new(user.clone(), password.expose_secret().to_owned()));
        }
        Ok(Self { transport: transport.build(), from: mail.from.clone(), host: format!("{}:{}", mail.host, mail.port) })
    }

    /// Hands one mail over.
    pub(crate) async fn send(&self, notice: &NoticeRow, at: Timestamp) -> Result<(), Refusal> {
        let unsendable = |words: String| Refusal { words, for_good: true };
        let mut message = Message::builder()
            .from(self.from.clone())
            .subject(&notice.title)
            .date(SystemTime::from(at))
            .message_id(Some(format!("<{}.{}@{}>", notice.id, notice.site, self.from.email.domain())))
            .header(ContentType::TEXT_PLAIN);
        for recipient in &notice.recipients {
            let mailbox: Mailbox = recipient.parse().map_err(|error| unsendable(format!("{recipient}: {error}")))?;
            message = message.to(mailbox);
        }
        if let Ok(name) = HeaderName::new_from_ascii("Auto-Submitted".to_owned()) {
            message = message.raw_header(HeaderValue::new(name, "auto-generated".to_owned()));
        }
        let message = message.body(notice.body.clone()).map_err(|error| unsendable(error.to_string()))?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) => {
                let words = format!("mail server {}: {}", self.host, told(&error));
                Err(Refusal { words, for_good: false })
            }
        }
    }

    /// Connects, logs on and leaves again.
    pub(crate) async fn knock(&self) -> Result<(), String> {
        match self.transport.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err(format!("mail server {} is not ready", self.host)),
            Err(error) => Err(format!("mail server {}: {}", self.host, told(&error))),
        }
    }

    /// Sends one mail that says that mail works.
    pub(crate) async fn try_out(&self, site: &Site, recipients: Vec<String>, at: Timestamp) -> Result<(), Refusal> {
        let named = words::named(site);
        let notice = NoticeRow {
            site: site.name.clone(),
            id: format!("test-{}", at.as_second()),
            channel: Channel::Mail,
            recipients,
            title: format!("[{named}] mail works"),
            body: format!(
                "This is a test of the mail settings of site {named}. Nothing is wrong and nothing is to be done.\n"
            ),
            made_at: at,
            due_at: None,
            tries: 0,
            epoch: 0,
            sent_at: None,
            trouble: None,
        };
        self.send(&notice, at).await
    }
}

async fn opened(secrets: &Secrets<'_>, name: SecretName) -> Result<Option<SecretString>, String> {
    secrets.maybe(name).await.map_err(|error| error.to_string())
}

/// An error with what caused it, in one line.
fn told(error: &lettre::transport::smtp::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !words.contains(&more) {
            words = format!("{words}: {more}");
        }
        cause = error.source();
    }
    words
}
