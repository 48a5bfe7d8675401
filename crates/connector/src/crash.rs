//! Named places where the program may be told to die, so that tests can see what a restart makes of it.
//!
//! ```text
//! ML_CONNECTOR_CRASH_AT=intent_recorded      ─► the process aborts the first time it comes by
//! ML_CONNECTOR_CRASH_AT=write_back_posted:2  ─► … the second time
//! ```
//!
//! An abort runs no destructor and flushes nothing, as a power cut would; the place is named on standard error first, so
//! that no other death is taken for this one. The list below is the only one:
//! `tests/crashes.rs` goes through it and fails if a place was never reached. In release builds the function is empty.
//! (Process death does not test `fsync`; another test traces the system calls for that.)

macro_rules! points {
    ($($(#[$doc:meta])* $variant:ident => $name:literal,)+) => {
        /// A place to die.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Point {
            $($(#[$doc])* $variant,)+
        }

        impl Point {
            /// Every place, in the order of an order's way.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name used in the environment.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

points! {
    /// Documents were read; nothing is stored.
    DocumentsRead => "documents_read",
    /// New shipments are stored; the poll is not finished.
    Received => "received",
    /// A shipment is claimed; nothing is done.
    Claimed => "claimed",
    /// UPS has judged the address; nothing is stored.
    AddressChecked => "address_checked",
    /// UPS has quoted; nothing is stored.
    Quoted => "quoted",
    /// The intent is about to be stored.
    IntentDecided => "intent_decided",
    /// The intent is stored; nothing is sent.
    IntentRecorded => "intent_recorded",
    /// UPS has answered; nothing of it is stored.
    BookingAnswered => "booking_answered",
    /// The waybill and the labels are stored.
    WaybillRecorded => "waybill_recorded",
    /// UPS has answered a question by reference; nothing of it is stored.
    ProbeAnswered => "probe_answered",
    /// The label is in the folder under its temporary name.
    LabelWritten => "label_written",
    /// The label is where it belongs; that is not stored.
    LabelDelivered => "label_delivered",
    /// SYSPRO has answered the logon; the session is not stored.
    LoggedOn => "logged_on",
    /// The session is stored.
    SessionRecorded => "session_recorded",
    /// SYSPRO was written; nothing is read back.
    WriteBackPosted => "write_back_posted",
    /// SYSPRO was read back; the proof is not stored.
    WriteBackRead => "write_back_read",
    /// The proof is stored.
    WriteBackRecorded => "write_back_recorded",
    /// The session is ended at SYSPRO; that is not stored.
    LoggedOff => "logged_off",
    /// UPS has told the scans; nothing of it is stored.
    Tracked => "tracked",
    /// UPS was asked to call about packages and has answered; nothing of it is stored.
    Subscribed => "subscribed",
    /// What became of the subscription is stored.
    SubscriptionRecorded => "subscription_recorded",
    /// UPS's calls were read from the inbox; nothing of them is heard.
    CallsRead => "calls_read",
    /// The scans of UPS's calls are stored and the calls are out of the inbox; nobody has gone on with the shipments.
    CallsHeard => "calls_heard",
    /// UPS was asked for an attempt that is over; nothing of it is stored.
    TwinLooked => "twin_looked",
    /// A late twin is stored; its void is not asked.
    TwinRecorded => "twin_recorded",
    /// UPS has voided a late twin; that is not stored.
    TwinVoided => "twin_voided",
    /// UPS has voided; that is not stored.
    Voided => "voided",
}

/// The environment variable that names the place.
pub const VARIABLE: &str = "ML_CONNECTOR_CRASH_AT";

/// Dies here if the environment says so; does nothing in release builds.
#[inline]
pub fn point(here: Point) {
    #[cfg(debug_assertions)]
    armed::check(here);
    #[cfg(not(debug_assertions))]
    let _ = here;
}

#[cfg(debug_assertions)]
mod armed {
    use std::io::Write as _;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::{Point, VARIABLE};

    static ARMED: OnceLock<Option<(String, u32)>> = OnceLock::new();
    static PASSED: AtomicU32 = AtomicU32::new(0);

    pub(super) fn check(here: Point) {
        let armed = ARMED.get_or_init(|| {
            let wanted = std::env::var(VARIABLE).ok()?;
            let (name, count) = match wanted.split_once(':') {
                Some((name, count)) => (name.to_owned(), count.parse().ok()?),
                None => (wanted, 1),
            };
            Some((name, count))
        });
        if let Some((name, count)) = armed
            && name == here.name()
            && PASSED.fetch_add(1, Ordering::SeqCst) + 1 == *count
        {
            // Nothing is left to do when nobody listens.
            let _ = writeln!(std::io::stderr().lock(), "crash point {name}");
            std::process::abort();
        }
    }
}
