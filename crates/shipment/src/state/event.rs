//! Everything that can happen to a shipment, and the answer to what may not.
//!
//! Events carry what the next state needs and nothing else; who did it, when and in which words is the audit line's
//! matter. A name here is a name in the audit trail, so renaming one changes what reports find.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Approval, Attempt, Gone, Known, Look, Stage};
use crate::address::{Address, Class};
use crate::document::Document;
use crate::hold::Hold;
use crate::number::{AttemptNumber, TrackingNumber};
use crate::packing::{Bench, Package};
use crate::service::Service;
use crate::tracking::{Hearing, Summary};
use crate::waybill::{Quote, Waybill};
use crate::write_back::{Progress, WriteStep};

/// Everything that can happen to a shipment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// The document was read again.
    Reread {
        /// The reading.
        document: Box<Document>,
        /// Its service.
        service: Option<Service>,
        /// When.
        at: Timestamp,
    },
    /// The document is no longer to be shipped.
    Gone(Gone),
    /// An address fit for a label.
    AddressSettled {
        /// As it will be printed.
        address: Address,
        /// Residential or commercial.
        class: Class,
        /// What was taken over or confirmed, in plain words.
        how: String,
    },
    /// Packages planned.
    Packed(Vec<Package>),
    /// Priced for a day.
    Quoted {
        /// The day.
        ship_date: Date,
        /// The price.
        quote: Quote,
    },
    /// A person or the bench says that a label may be bought.
    Approved(Approval),
    /// The bench told boxes and weights.
    Weighed(Bench),
    /// A person gave the address.
    AddressChosen {
        /// As it is to be printed.
        address: Address,
        /// Who.
        by: String,
    },
    /// A person gave the service.
    ServiceChosen {
        /// The service.
        service: Service,
        /// Who.
        by: String,
    },
    /// The intent to ask UPS for a label. Durable before the socket opens.
    Asked(Attempt),
    /// UPS answered with a waybill, or was found to know one under our reference.
    Booked {
        /// The waybill.
        waybill: Box<Waybill>,
        /// What SYSPRO is to be told.
        steps: Vec<WriteStep>,
    },
    /// UPS certainly has no label from this attempt.
    NotBooked {
        /// How we know.
        why: String,
    },
    /// The answer never came or could not be read.
    AnswerLost {
        /// When we noticed.
        at: Timestamp,
        /// What we saw.
        why: String,
    },
    /// Asked UPS by reference; it knows nothing (yet).
    ProbedNothing {
        /// When.
        at: Timestamp,
    },
    /// UPS knows it and does not give its label: it exists, and a person may have to say under which number.
    Learned(Known),
    /// Under our reference UPS knows only a voided shipment.
    FoundVoided,
    /// The last probe found nothing.
    ProbesOver,
    /// A person at the in-doubt desk says that no label exists.
    SaidAbsent {
        /// Who.
        by: String,
        /// Why.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// UPS was asked for an attempt that is over.
    Looked {
        /// Which.
        attempt: AttemptNumber,
        /// What it brought.
        look: Look,
    },
    /// A person must look.
    Held(Hold),
    /// A person has looked: go on.
    Released {
        /// Who.
        by: String,
    },
    /// Something about a booked shipment.
    Part(Part),
}

/// What became of a booked shipment's part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// Delivered to folder or printer.
    LabelDelivered {
        /// When.
        at: Timestamp,
        /// Where.
        to: String,
    },
    /// Perhaps printed.
    LabelMaybePrinted {
        /// When.
        at: Timestamp,
        /// The printer.
        printer: String,
    },
    /// Not delivered, no byte sent: again later.
    LabelLater {
        /// Not before.
        next_at: Timestamp,
    },
    /// A person wants it printed (again).
    PrintAsked {
        /// Who.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// Write-back steps came this far.
    Written {
        /// How far each step is, in the order of the steps; only pending ones learn from it.
        progress: Vec<Progress>,
        /// When to look again if something is pending.
        next_at: Timestamp,
    },
    /// Nothing could be written or read; again later.
    WriteBackLater {
        /// Not before.
        next_at: Timestamp,
    },
    /// A person wants refused steps tried again.
    WriteBackAsked {
        /// Who.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// Asked for scans, or told of some.
    Tracked {
        /// What all scans say now.
        summary: Option<Box<Summary>>,
        /// New steps for SYSPRO.
        steps: Vec<WriteStep>,
        /// The next poll; none at the end.
        next_at: Option<Timestamp>,
        /// What is known of the feeds, and of what people were told.
        #[serde(default)]
        hearing: Hearing,
    },
    /// A person wants it undone.
    VoidAsked {
        /// Who.
        by: String,
        /// Why.
        reason: String,
        /// Ship again afterwards.
        restart: bool,
        /// Only these packages; the whole shipment if none are named.
        packages: Vec<TrackingNumber>,
        /// When.
        at: Timestamp,
    },
    /// UPS voided some of its packages; the others go on.
    PackagesVoided {
        /// When.
        at: Timestamp,
        /// Which.
        packages: Vec<TrackingNumber>,
        /// The steps that tell SYSPRO the numbers which remain.
        steps: Vec<WriteStep>,
    },
    /// UPS voided it.
    Voided {
        /// When.
        at: Timestamp,
        /// The step that takes the number back out of SYSPRO.
        reversal: Option<WriteStep>,
    },
    /// UPS will not void it.
    VoidRefused {
        /// UPS's words.
        words: String,
    },
    /// The void could not be asked; again later.
    VoidLater {
        /// Not before.
        next_at: Timestamp,
    },
    /// Something a person must look at.
    Attention(Hold),
    /// What a person was to look at has settled by itself.
    Settled {
        /// The hold's code.
        code: String,
    },
    /// A person has looked at what [`super::State::hold`] shows; what else waits comes next.
    AttentionCleared {
        /// Who.
        by: String,
    },
    /// Voided, SYSPRO told, and the release is to be shipped again.
    Reopened {
        /// When.
        at: Timestamp,
    },
}

impl Event {
    /// The event's name in snake case, for audit lines and messages.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Reread { .. } => "read_again",
            Self::Gone(_) => "cancelled",
            Self::AddressSettled { .. } => "address_settled",
            Self::Packed(_) => "packed",
            Self::Quoted { .. } => "quoted",
            Self::Approved(_) => "approved",
            Self::Weighed(_) => "weighed",
            Self::AddressChosen { .. } => "address_chosen",
            Self::ServiceChosen { .. } => "service_chosen",
            Self::Asked(_) => "booking_asked",
            Self::Booked { waybill, .. } if waybill.adopted => "adopted",
            Self::Booked { .. } => "booked",
            Self::NotBooked { .. } => "not_booked",
            Self::AnswerLost { .. } => "in_doubt",
            Self::ProbedNothing { .. } => "not_found_yet",
            Self::Learned(_) => "exists",
            Self::FoundVoided => "found_voided",
            Self::ProbesOver => "to_the_desk",
            Self::SaidAbsent { .. } => "said_absent",
            Self::Looked { look, .. } => look.name(),
            Self::Held(_) => "held",
            Self::Released { .. } => "released",
            Self::Part(part) => part.name(),
        }
    }
}

impl Look {
    fn name(&self) -> &'static str {
        match self {
            Self::Nothing { .. } => "no_twin",
            Self::Later { .. } => "look_later",
            Self::Twin { .. } => "late_twin",
            Self::TwinVoided { .. } => "twin_voided",
            Self::Over => "watch_over",
        }
    }
}

impl Part {
    fn name(&self) -> &'static str {
        match self {
            Self::LabelDelivered { .. } => "label_delivered",
            Self::LabelMaybePrinted { .. } => "label_maybe_printed",
            Self::LabelLater { .. } => "label_later",
            Self::PrintAsked { .. } => "print_asked",
            Self::Written { .. } => "written_back",
            Self::WriteBackLater { .. } => "write_back_later",
            Self::WriteBackAsked { .. } => "write_back_asked",
            Self::Tracked { .. } => "tracked",
            Self::VoidAsked { .. } => "void_asked",
            Self::PackagesVoided { .. } => "packages_voided",
            Self::Voided { .. } => "voided",
            Self::VoidRefused { .. } => "void_refused",
            Self::VoidLater { .. } => "void_later",
            Self::Attention(_) => "attention",
            Self::Settled { .. } => "settled",
            Self::AttentionCleared { .. } => "attention_cleared",
            Self::Reopened { .. } => "reopened",
        }
    }
}

/// An event that may not follow on a state.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{event} cannot happen to a shipment that is {}: {why}", .stage.as_str())]
pub struct Misstep {
    /// Where the shipment stood.
    pub stage: Stage,
    /// What was tried.
    pub event: &'static str,
    /// Why not.
    pub why: &'static str,
}
