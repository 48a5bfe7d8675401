//! Alarms: what a person has to know of, once for each cause, until the cause is gone.
//!
//! ```text
//! state before ─► standing ─┐
//!                           ├─► raised · settled ─► (connector) one row per open (site, kind, subject) ─► list, mail, webhook
//! state after  ─► standing ─┘
//! remote away, source unreadable, printer away … ─► raised and settled by who notices
//! ```
//!
//! An alarm has a kind, a subject (which shipment, remote, source, number), an owner and words. Of one kind and subject
//! there is at most one open at a site: raising it again counts, it does not add. What a shipment's state says is derived
//! from the state alone, before and after a step, so that an alarm is written with the change that causes it and settled
//! with the change that ends it; the same state derived twice gives the same alarms. One exhaustive match per question,
//! so that a new kind has to answer all of them. What is deliberately not here: where alarms are kept, who is told, when.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::hold::{Hold, Owner, Reason};
use crate::number::TrackingNumber;
use crate::state::{Change, Gone, State};
use crate::tracking::Concern;

/// What an alarm is about. The names ([`Kind::as_str`]) are for programs and never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A remote is away for a site. Subject: the remote.
    SitePaused,
    /// A remote refuses the site's credentials. Subject: the remote.
    CredentialsFailing,
    /// A person or another program uses the connector's SYSPRO operator. Subject: the remote.
    OperatorElsewhere,
    /// Too many bookings in a row are in doubt. Subject: `booking`.
    BookingPaused,
    /// A site's settings or secrets cannot be used. Subject: the site.
    SiteNotLoaded,
    /// A source could not be read though its remote answers. Subject: the source.
    SourceUnreadable,
    /// A poll brought more new documents than the site allows. Subject: the source.
    CycleBrake,
    /// Something periodic has not run for too long. Subject: what it is.
    ScheduleOverdue,
    /// SYSPRO has no such custom form field. Subject: form type and field.
    FormFieldMissing,
    /// A printer or label folder cannot be reached. Subject: the printer.
    PrinterAway,
    /// Polls bring news that the webhook should have brought. Subject: `track_alert`.
    WebhookSilent,
    /// UPS refused to subscribe numbers to Track Alert. Subject: the number, or `track_alert` for all.
    SubscriptionRefused,
    /// Mail cannot be sent. Subject: the mail server.
    MailAway,
    /// A receiver of our webhooks does not take them. Subject: its address.
    ReceiverAway,
    /// UPS knows a label that the connector does not. Subject: its number.
    UnknownLabel,
    /// UPS does not know a label that the connector bought. Subject: the shipment.
    UnknownAtUps,
    /// It is not known whether a label was bought, and UPS was asked to the end. Subject: the shipment.
    InDoubt,
    /// A shipment is held, or has something a person must look at. Subject: the shipment and the hold's code.
    NeedsYou,
    /// A second label of one release was found and is being voided. Subject: the shipment.
    LateTwin,
    /// A second label was found and voided. Subject: the shipment.
    LateTwinVoided,
    /// A second label was found and UPS does not void it. Subject: the shipment.
    LateTwinNotVoided,
    /// A voided label was scanned: the parcel is under way. Subject: the shipment.
    VoidedButScanned,
    /// A label was bought and UPS never saw the parcel. Subject: the shipment.
    NeverScanned,
    /// The document changed after its label was bought. Subject: the shipment.
    ChangedAfterBooking,
    /// The document was cancelled, or is no longer ours, after its label was bought. Subject: the shipment.
    CancelledAfterBooking,
    /// SYSPRO refused what was to be written. Subject: the shipment.
    WriteBackRefused,
    /// A parcel was not handed to UPS by its ship date. Subject: the shipment.
    NotTendered,
    /// A parcel under way was not scanned for too long. Subject: the shipment.
    NoScan,
    /// UPS reports an exception. Subject: the shipment.
    Exception,
    /// A parcel is late against what UPS promised. Subject: the shipment.
    Late,
    /// A parcel comes back or came back. Subject: the shipment.
    Returned,
    /// A parcel was delivered to another place than it was sent to. Subject: the shipment.
    DeliveredElsewhere,
    /// UPS lost a parcel or destroyed it. Subject: the shipment.
    Lost,
}

/// How much an alarm presses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know; nothing waits.
    Notice,
    /// Something waits for a person.
    Action,
    /// Work stands still, or money is being lost.
    Urgent,
}

/// What closes an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closing {
    /// The end of its cause; nobody has to tick it off.
    ByItself,
    /// A person who has read it: the connector cannot see that it is over.
    ByPerson,
}

/// What the state of a shipment has to say to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// What it is about.
    pub kind: Kind,
    /// What tells it from others of its kind at the same shipment; mostly empty.
    pub part: &'static str,
    /// Who should look.
    pub owner: Owner,
    /// What happened, in plain words.
    pub words: String,
}

/// What changed between two states.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// New, or in new words.
    pub raised: Vec<Alarm>,
    /// Over.
    pub settled: Vec<Alarm>,
}

/// The kinds that follow from a shipment's state alone: open exactly as long as [`standing`] names them.
pub const OF_THE_STATE: [Kind; 12] = [
    Kind::InDoubt,
    Kind::NeedsYou,
    Kind::ChangedAfterBooking,
    Kind::CancelledAfterBooking,
    Kind::WriteBackRefused,
    Kind::NotTendered,
    Kind::NoScan,
    Kind::Exception,
    Kind::Late,
    Kind::Returned,
    Kind::DeliveredElsewhere,
    Kind::Lost,
];

/// What a shipment in this state has to say to people.
pub fn standing(state: &State) -> Vec<Alarm> {
    match state {
        State::Desk(booking) => {
            let doubt = booking.doubt.as_ref().map_or("the answer was lost", |it| it.why.as_str());
            let reference = &booking.attempt.reference;
            vec![Alarm {
                kind: Kind::InDoubt,
                part: "",
                owner: Kind::InDoubt.owner(),
                words: format!(
                    "UPS was asked for a label under reference {reference} and it is not known whether it was bought: {doubt}"
                ),
            }]
        }
        State::Held(held) => vec![of_hold(&held.hold, None)],
        State::Booked(booked) => {
            let looks = booked.attention.iter().map(|hold| of_hold(hold, booked.changed.as_ref()));
            looks.chain(of_parcels(&booked.tracking.hearing.concerns)).collect()
        }
        State::AlreadyThere(_)
        | State::Received(_)
        | State::Addressed(_)
        | State::Packed(_)
        | State::Rated(_)
        | State::Booking(_)
        | State::Cancelled(_) => Vec::new(),
    }
}

/// What a step raised and settled. Both are empty for nearly every step.
pub fn changes(before: &[Alarm], after: &[Alarm]) -> Changes {
    let same = |one: &Alarm, other: &Alarm| one.kind == other.kind && one.part == other.part;
    Changes {
        raised: after.iter().filter(|it| !before.contains(it)).cloned().collect(),
        settled: before.iter().filter(|it| !after.iter().any(|now| same(now, it))).cloned().collect(),
    }
}

/// One alarm for each kind of concern, however many packages it is about.
fn of_parcels(concerns: &[(TrackingNumber, Concern)]) -> Vec<Alarm> {
    let mut alarms: Vec<Alarm> = Vec::new();
    for (number, concern) in concerns {
        let kind = of_concern(concern);
        let words = format!("parcel {number}: {}", concern.words());
        match alarms.iter_mut().find(|it| it.kind == kind) {
            Some(alarm) => alarm.words = format!("{}; {words}", alarm.words),
            None => alarms.push(Alarm { kind, part: "", owner: kind.owner(), words }),
        }
    }
    alarms
}

fn of_concern(concern: &Concern) -> Kind {
    match concern {
        Concern::NoScan { .. } => Kind::NoScan,
        Concern::NotTendered { .. } => Kind::NotTendered,
        Concern::Exception { .. } => Kind::Exception,
        Concern::Late { .. } => Kind::Late,
        Concern::Returned => Kind::Returned,
        Concern::Lost => Kind::Lost,
        Concern::DeliveredElsewhere { .. } => Kind::DeliveredElsewhere,
    }
}

fn of_hold(hold: &Hold, changed: Option<&Change>) -> Alarm {
    let of = |kind: Kind| Alarm { kind, part: "", owner: hold.owner(), words: hold.words() };
    match &hold.reason {
        Reason::ChangedAfterBooking { .. } => match changed {
            Some(Change::Gone(Gone::Cancelled | Gone::NotOurs { .. } | Gone::Withdrawn { .. })) => {
                of(Kind::CancelledAfterBooking)
            }
            Some(Change::Gone(Gone::Invoiced | Gone::NoLongerReady { .. } | Gone::Vanished) | Change::Reading(_))
            | None => of(Kind::ChangedAfterBooking),
        },
        Reason::WriteBackRefused { .. } => of(Kind::WriteBackRefused),
        Reason::LateTwin { .. } => Alarm { part: hold.code(), ..of(Kind::LateTwinNotVoided) },
        Reason::VoidedButScanned { .. } => Alarm { part: hold.code(), ..of(Kind::VoidedButScanned) },
        _ => Alarm { part: hold.code(), ..of(Kind::NeedsYou) },
    }
}

impl Alarm {
    /// Its subject at a shipment: the shipment's number, and which of several it is.
    pub fn subject(&self, shipment: impl fmt::Display) -> String {
        if self.part.is_empty() { shipment.to_string() } else { format!("{shipment}/{}", self.part) }
    }
}

impl Kind {
    /// All of them: those of a site first, then those of a shipment in the order of its life.
    pub const ALL: [Self; 33] = [
        Self::SitePaused,
        Self::CredentialsFailing,
        Self::OperatorElsewhere,
        Self::BookingPaused,
        Self::SiteNotLoaded,
        Self::SourceUnreadable,
        Self::CycleBrake,
        Self::ScheduleOverdue,
        Self::FormFieldMissing,
        Self::PrinterAway,
        Self::WebhookSilent,
        Self::SubscriptionRefused,
        Self::MailAway,
        Self::ReceiverAway,
        Self::UnknownLabel,
        Self::UnknownAtUps,
        Self::InDoubt,
        Self::NeedsYou,
        Self::LateTwin,
        Self::LateTwinVoided,
        Self::LateTwinNotVoided,
        Self::VoidedButScanned,
        Self::NeverScanned,
        Self::ChangedAfterBooking,
        Self::CancelledAfterBooking,
        Self::WriteBackRefused,
        Self::NotTendered,
        Self::NoScan,
        Self::Exception,
        Self::Late,
        Self::Returned,
        Self::DeliveredElsewhere,
        Self::Lost,
    ];

    /// Its name for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SitePaused => "site_paused",
            Self::CredentialsFailing => "credentials_failing",
            Self::OperatorElsewhere => "operator_elsewhere",
            Self::BookingPaused => "booking_paused",
            Self::SiteNotLoaded => "site_not_loaded",
            Self::SourceUnreadable => "source_unreadable",
            Self::CycleBrake => "cycle_brake",
            Self::ScheduleOverdue => "schedule_overdue",
            Self::FormFieldMissing => "form_field_missing",
            Self::PrinterAway => "printer_away",
            Self::WebhookSilent => "webhook_silent",
            Self::SubscriptionRefused => "subscription_refused",
            Self::MailAway => "mail_away",
            Self::ReceiverAway => "receiver_away",
            Self::UnknownLabel => "unknown_label",
            Self::UnknownAtUps => "unknown_at_ups",
            Self::InDoubt => "in_doubt",
            Self::NeedsYou => "needs_you",
            Self::LateTwin => "late_twin",
            Self::LateTwinVoided => "late_twin_voided",
            Self::LateTwinNotVoided => "late_twin_not_voided",
            Self::VoidedButScanned => "voided_but_scanned",
            Self::NeverScanned => "never_scanned",
            Self::ChangedAfterBooking => "changed_after_booking",
            Self::CancelledAfterBooking => "cancelled_after_booking",
            Self::WriteBackRefused => "write_back_refused",
            Self::NotTendered => "not_tendered",
            Self::NoScan => "no_scan",
            Self::Exception => "exception",
            Self::Late => "late",
            Self::Returned => "returned",
            Self::DeliveredElsewhere => "delivered_elsewhere",
            Self::Lost => "lost",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }

    /// A heading for people; what happened in particular is in the alarm's words.
    pub fn title(self) -> &'static str {
        match self {
            Self::SitePaused => "a remote system is away",
            Self::CredentialsFailing => "credentials are refused",
            Self::OperatorElsewhere => "the SYSPRO operator is used by someone else",
            Self::BookingPaused => "booking is paused after several lost answers",
            Self::SiteNotLoaded => "the site cannot be loaded",
            Self::SourceUnreadable => "a source cannot be read",
            Self::CycleBrake => "one poll brought more documents than allowed",
            Self::ScheduleOverdue => "a scheduled job is overdue",
            Self::FormFieldMissing => "a custom form field is missing in SYSPRO",
            Self::PrinterAway => "a printer cannot be reached",
            Self::WebhookSilent => "UPS's webhook is silent",
            Self::SubscriptionRefused => "UPS refused a tracking subscription",
            Self::MailAway => "mail cannot be sent",
            Self::ReceiverAway => "a webhook receiver does not answer",
            Self::UnknownLabel => "UPS knows a label that is not ours",
            Self::UnknownAtUps => "UPS does not know a label we bought",
            Self::InDoubt => "it is in doubt whether a label was bought",
            Self::NeedsYou => "a shipment needs you",
            Self::LateTwin => "a second label was found",
            Self::LateTwinVoided => "a second label was found and voided",
            Self::LateTwinNotVoided => "a second label was found and cannot be voided",
            Self::VoidedButScanned => "a voided label was scanned",
            Self::NeverScanned => "a label was bought and never scanned",
            Self::ChangedAfterBooking => "a document changed after its label was bought",
            Self::CancelledAfterBooking => "a document was cancelled after its label was bought",
            Self::WriteBackRefused => "SYSPRO refused a write-back",
            Self::NotTendered => "a parcel was not handed to UPS by its date",
            Self::NoScan => "a parcel was not scanned for too long",
            Self::Exception => "UPS reports an exception",
            Self::Late => "a parcel is late",
            Self::Returned => "a parcel comes back",
            Self::DeliveredElsewhere => "a parcel was delivered elsewhere",
            Self::Lost => "a parcel is lost",
        }
    }

    /// What its owner does, as plain sentences.
    pub fn what_to_do(self) -> &'static str {
        match self {
            Self::SitePaused => {
                "Bring the named system back; what waits goes on by itself, and `ping` shows what fails."
            }
            Self::CredentialsFailing => {
                "Set the right secret with `site secret set`; it is proven before it replaces the old one, and the pause ends."
            }
            Self::OperatorElsewhere => "Give the connector a SYSPRO operator of its own, or log the other user off.",
            Self::BookingPaused => {
                "Look at UPS's status page; one booking at a time is tried as a probe. Decide the shipments in doubt at the desk."
            }
            Self::SiteNotLoaded => "Apply the site file again, or set the missing secret; `doctor` says what is wrong.",
            Self::SourceUnreadable => {
                "Check the view, columns and permissions with `ping` and `site probe`; the next poll that succeeds closes this."
            }
            Self::CycleBrake => "Look at the documents in SYSPRO; if they are right, go on with `site resume`.",
            Self::ScheduleOverdue => "See that a node is running; `doctor` names what is overdue and since when.",
            Self::FormFieldMissing => {
                "Add the field to the custom form in SYSPRO, or take it out of the site's write-back."
            }
            Self::PrinterAway => "Switch the printer on or mend its address; labels wait and come out by themselves.",
            Self::WebhookSilent => {
                "Check that UPS reaches the webhook's address and that its credentials are current; polling goes on meanwhile."
            }
            Self::SubscriptionRefused => {
                "Check the Track Alert product of UPS's application; the parcels are followed by polling meanwhile."
            }
            Self::MailAway => {
                "Check host, port and password under [mail] with `notify test`; mails wait and are sent later."
            }
            Self::ReceiverAway => {
                "Bring the receiver back; events wait and are sent again, older ones with `notify replay`."
            }
            Self::UnknownLabel => {
                "Find out which system bought it; if it belongs to a release here, void it at UPS. Then tick this off with `alarm done`."
            }
            Self::UnknownAtUps => {
                "Look it up on UPS's site by its number; if UPS does not know it, void and ship again. Then tick this off with `alarm done`."
            }
            Self::InDoubt => {
                "Look for the reference at UPS, then decide: it exists, it does not, or void and restart (`shipment resolve`)."
            }
            Self::NeedsYou => "Follow the hold's next step (`shipment show`), then release it.",
            Self::LateTwin => "Nothing yet: it is being voided. Do not put the second label on a parcel.",
            Self::LateTwinVoided => {
                "Make sure that the voided label is on no parcel, then tick this off with `alarm done`."
            }
            Self::LateTwinNotVoided => {
                "Void it on UPS's site or ask UPS for the money back, then tick this off with `alarm done`."
            }
            Self::VoidedButScanned => {
                "Find the parcel: it travels on a voided label and will be charged. Tell the customer which label counts, then tick this off with `alarm done`."
            }
            Self::NeverScanned => {
                "Find out whether the parcel left; if it did not, void the label while UPS still allows it."
            }
            Self::ChangedAfterBooking => {
                "Compare the order with the label; void and ship again if the label is wrong, else clear it."
            }
            Self::CancelledAfterBooking => {
                "Void the label if the parcel has not left (`shipment void`); else have UPS intercept it."
            }
            Self::WriteBackRefused => "Correct what SYSPRO names, then let it be written again with `shipment retry`.",
            Self::NotTendered => "Hand the parcel to UPS today, or void the label and ship again.",
            Self::NoScan => "Ask UPS for a trace by the tracking number and tell the customer.",
            Self::Exception => {
                "Read UPS's words; correct the address or arrange delivery with UPS, and tell the customer."
            }
            Self::Late => "Tell the customer the new date; claim the guarantee where the service has one.",
            Self::Returned => {
                "Find out why it comes back and agree with the customer what happens next; then tick this off with `alarm done`."
            }
            Self::DeliveredElsewhere => {
                "Ask UPS for the proof of delivery and the consignee whether they have it; then tick this off with `alarm done`."
            }
            Self::Lost => {
                "File a claim with UPS and agree on a replacement with the customer; then tick this off with `alarm done`."
            }
        }
    }

    /// Who should look. A hold names its own owner; this is whose it mostly is.
    pub fn owner(self) -> Owner {
        match self {
            Self::SitePaused
            | Self::CredentialsFailing
            | Self::OperatorElsewhere
            | Self::BookingPaused
            | Self::SiteNotLoaded
            | Self::SourceUnreadable
            | Self::ScheduleOverdue
            | Self::FormFieldMissing
            | Self::WebhookSilent
            | Self::SubscriptionRefused
            | Self::MailAway
            | Self::ReceiverAway
            | Self::WriteBackRefused => Owner::It,
            Self::PrinterAway
            | Self::InDoubt
            | Self::LateTwin
            | Self::LateTwinVoided
            | Self::VoidedButScanned
            | Self::NeverScanned
            | Self::NotTendered => Owner::Warehouse,
            Self::UnknownLabel | Self::UnknownAtUps | Self::LateTwinNotVoided => Owner::Finance,
            Self::CycleBrake
            | Self::NeedsYou
            | Self::ChangedAfterBooking
            | Self::CancelledAfterBooking
            | Self::NoScan
            | Self::Exception
            | Self::Late
            | Self::Returned
            | Self::DeliveredElsewhere
            | Self::Lost => Owner::CustomerService,
        }
    }

    /// How much it presses.
    pub fn severity(self) -> Severity {
        match self {
            Self::SitePaused
            | Self::CredentialsFailing
            | Self::OperatorElsewhere
            | Self::BookingPaused
            | Self::SiteNotLoaded
            | Self::CycleBrake
            | Self::PrinterAway
            | Self::LateTwinNotVoided
            | Self::VoidedButScanned
            | Self::CancelledAfterBooking => Severity::Urgent,
            Self::SourceUnreadable
            | Self::ScheduleOverdue
            | Self::FormFieldMissing
            | Self::MailAway
            | Self::ReceiverAway
            | Self::UnknownLabel
            | Self::UnknownAtUps
            | Self::InDoubt
            | Self::NeedsYou
            | Self::NeverScanned
            | Self::ChangedAfterBooking
            | Self::WriteBackRefused
            | Self::NotTendered
            | Self::NoScan
            | Self::Exception
            | Self::Returned
            | Self::DeliveredElsewhere
            | Self::Lost => Severity::Action,
            Self::WebhookSilent | Self::SubscriptionRefused | Self::LateTwin | Self::LateTwinVoided | Self::Late => {
                Severity::Notice
            }
        }
    }

    /// What closes it.
    pub fn closing(self) -> Closing {
        match self {
            Self::UnknownLabel
            | Self::UnknownAtUps
            | Self::LateTwinVoided
            | Self::LateTwinNotVoided
            | Self::VoidedButScanned
            | Self::Returned
            | Self::DeliveredElsewhere
            | Self::Lost => Closing::ByPerson,
            Self::SitePaused
            | Self::CredentialsFailing
            | Self::OperatorElsewhere
            | Self::BookingPaused
            | Self::SiteNotLoaded
            | Self::SourceUnreadable
            | Self::CycleBrake
            | Self::ScheduleOverdue
            | Self::FormFieldMissing
            | Self::PrinterAway
            | Self::WebhookSilent
            | Self::SubscriptionRefused
            | Self::MailAway
            | Self::ReceiverAway
            | Self::InDoubt
            | Self::NeedsYou
            | Self::LateTwin
            | Self::NeverScanned
            | Self::ChangedAfterBooking
            | Self::CancelledAfterBooking
            | Self::WriteBackRefused
            | Self::NotTendered
            | Self::NoScan
            | Self::Exception
            | Self::Late => Closing::ByItself,
        }
    }
}

impl Severity {
    /// Its name for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Action => "action",
            Self::Urgent => "urgent",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn held(reason: Reason) -> Vec<Alarm> {
        vec![of_hold(&Hold::of(reason), None)]
    }

    #[test]
    fn every_kind_is_listed_once_and_found_by_its_name() {
        let names: BTreeSet<&str> = Kind::ALL.iter().map(|it| it.as_str()).collect();
        assert_eq!(names.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            assert_eq!(Kind::from_name(kind.as_str()), Some(kind));
            let stored = serde_json::to_string(&kind).expect("it can be written");
            assert_eq!(stored, format!("\"{kind}\""), "the stored name is the one for programs");
        }
    }

    #[test]
    fn whoever_has_to_tick_an_alarm_off_is_told_how() {
        for kind in Kind::ALL.into_iter().filter(|it| it.closing() == Closing::ByPerson) {
            assert!(kind.what_to_do().contains("`alarm done`"), "{kind}: {}", kind.what_to_do());
        }
    }

    #[test]
    fn another_reason_settles_the_first_and_raises_its_own() {
        let no_phone = held(Reason::NoPhone { found: String::new() });
        let no_lines = held(Reason::NoLines);
        let changed = changes(&no_phone, &no_lines);
        assert_eq!((changed.raised, changed.settled), (no_lines.clone(), no_phone));
        assert_eq!(changes(&no_lines, &no_lines), Changes::default());
    }

    #[test]
    fn new_words_are_told_without_settling() {
        let first = held(Reason::HeldByPerson { words: "wait".to_owned() });
        let second = held(Reason::HeldByPerson { words: "wait longer".to_owned() });
        let changed = changes(&first, &second);
        assert_eq!((changed.raised, changed.settled), (second, Vec::new()));
    }

    #[test]
    fn a_hold_is_owned_by_who_can_lift_it() {
        let alarm = held(Reason::InSuspense { status: "S".to_owned() }).remove(0);
        assert_eq!((alarm.kind, alarm.owner), (Kind::NeedsYou, Owner::Finance));
        assert_eq!(alarm.subject("0199"), "0199/in_suspense");
    }
}
