//! What a walk came by, so that everybody can see that it went anywhere.

use std::fmt;

/// Counts of one walk, or of many.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    pub(crate) walks: u64,
    pub(crate) rounds: u64,
    pub(crate) documents: u64,
    pub(crate) labels: u64,
    pub(crate) standing: u64,
    pub(crate) doubts: u64,
    pub(crate) wishes: u64,
    pub(crate) deaths: u64,
    pub(crate) faults: u64,
    pub(crate) calls: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, other: &Self) {
        let Self { walks, rounds, documents, labels, standing, doubts, wishes, deaths, faults, calls } = other;
        self.walks += walks;
        self.rounds += rounds;
        self.documents += documents;
        self.labels += labels;
        self.standing += standing;
        self.doubts += doubts;
        self.wishes += wishes;
        self.deaths += deaths;
        self.faults += faults;
        self.calls += calls;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { walks, rounds, documents, labels, standing, doubts, wishes, deaths, faults, calls } = self;
        write!(
            f,
            "{walks} walks, {rounds} rounds, {documents} documents, {labels} labels bought, {standing} standing, \
             {doubts} in doubt, {wishes} wishes, {deaths} deaths, {faults} faults in {calls} calls"
        )
    }
}
