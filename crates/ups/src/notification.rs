//! Notifications: whom UPS writes to, and when.

use serde_json::{Value, json};

use crate::codes::codes;
use crate::error::Error;
use crate::text;

codes! {
    /// The occasion of a notification.
    pub enum Occasion {
        /// Returns only; two addresses.
        ReturnLabel = "2", "a return label was made";
        /// Returns only.
        InTransit = "5", "a return is on its way";
        /// Forward shipments only.
        Ship = "6", "the shipment was sent";
        Exception = "7", "something came between";
        Delivery = "8", "the shipment was delivered";
        AlternateDelivery = "012", "the shipment waits at another place";
        AccessPointShipper = "013", "news of an Access Point for the shipper";
    }
}

/// One occasion and those who are told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notification {
    /// When to write.
    pub occasion: Occasion,
    /// Up to five addresses, two for [`Occasion::ReturnLabel`], of at most 50 characters.
    pub emails: Vec<String>,
    /// A text for the mail, at most 150 characters; one per shipment.
    pub memo: Option<String>,
    /// From whom the mail seems to come, at most 35 characters; one per shipment. UPS takes the shipper's name otherwise.
    pub from_name: Option<String>,
    /// Who hears of mails that could not be delivered; one per shipment.
    pub undeliverable_to: Option<String>,
    /// A number for a text message: for the two occasions of other places only.
    pub text_to: Option<String>,
    /// A language and dialect, such as `("ENG", "US")`: for the two occasions of other places only.
    pub locale: Option<(String, String)>,
}

impl Notification {
    /// Writes to that address on that occasion.
    pub fn new(occasion: Occasion, email: impl Into<String>) -> Self {
        Self {
            occasion,
            emails: vec![email.into()],
            memo: None,
            from_name: None,
            undeliverable_to: None,
            text_to: None,
            locale: None,
        }
    }

    /// Writes to that address as well.
    #[must_use]
    pub fn and(mut self, email: impl Into<String>) -> Self {
        self.emails.push(email.into());
        self
    }

    /// Adds a text to the mail.
    #[must_use]
    pub fn memo(mut self, memo: impl Into<String>) -> Self {
        self.memo = Some(memo.into());
        self
    }

    fn is_elsewhere(&self) -> bool {
        matches!(self.occasion, Occasion::AlternateDelivery | Occasion::AccessPointShipper | Occasion::Other(_))
    }

    fn write(&self, returns: bool) -> Result<Value, Error> {
        const FIELD: &str = "notifications";
        let fits = match self.occasion {
            Occasion::ReturnLabel | Occasion::InTransit => returns,
            Occasion::Ship => !returns,
            _ => true,
        };
        if !fits {
            let kind = if returns { "returns" } else { "forward shipments" };
            return Err(Error::invalid(FIELD, format!("cannot be sent for {kind}: {}", self.occasion)));
        }
        if (self.text_to.is_some() || self.locale.is_some()) && !self.is_elsewhere() {
            return Err(Error::invalid(FIELD, "takes no text message and no language on this occasion"));
        }
        let most = if self.occasion == Occasion::ReturnLabel { 2 } else { 5 };
        let text_to = text::optional(FIELD, self.text_to.as_deref(), 15)?;
        let emails = match (self.emails.is_empty(), &text_to) {
            (true, Some(_)) => Vec::new(),
            _ => text::emails(FIELD, &self.emails, most)?,
        };
        let locale = self.locale.as_ref();
        Ok(json!({
            "NotificationCode": text::required(FIELD, self.occasion.code(), 3)?,
            "EMail": {
                "EMailAddress": emails,
                "UndeliverableEMailAddress": text::optional(FIELD, self.undeliverable_to.as_deref(), 50)?,
                "FromName": text::optional(FIELD, self.from_name.as_deref(), 35)?,
                "Memo": text::optional(FIELD, self.memo.as_deref(), 150)?,
            },
            "TextMessage": text_to.map(|number| json!({ "PhoneNumber": number })),
            "Locale": locale.map(|(language, dialect)| json!({ "Language": language, "Dialect": dialect })),
        }))
    }
}

/// All of a shipment's notifications: each occasion once, and one memo, sender and address for failures in all.
pub(crate) fn write_all(notifications: &[Notification], returns: bool) -> Result<Value, Error> {
    const FIELD: &str = "notifications";
    for (at, one) in notifications.iter().enumerate() {
        if notifications.iter().take(at).any(|earlier| earlier.occasion == one.occasion) {
            return Err(Error::invalid(FIELD, format!("names an occasion twice: {}", one.occasion)));
        }
    }
    let once = [
        ("memo", notifications.iter().filter(|it| it.memo.is_some()).count()),
        ("sender", notifications.iter().filter(|it| it.from_name.is_some()).count()),
        ("address for undeliverable mail", notifications.iter().filter(|it| it.undeliverable_to.is_some()).count()),
    ];
    if let Some((what, _)) = once.iter().find(|(_, count)| *count > 1) {
        return Err(Error::invalid(FIELD, format!("has more than one {what}, UPS takes one per shipment")));
    }
    let written: Result<Vec<Value>, Error> = notifications.iter().map(|it| it.write(returns)).collect();
    written.map(Value::Array)
}
