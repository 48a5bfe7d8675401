//! Which mails are to be written now: the first word of a cause at once, the rest in digests.
//!
//! ```text
//! news of an owner, by kind ─┬─ nobody was written to of that kind lately ─► gathered for a moment ─► a mail of its own
//!                            └─ somebody was ─► waits until the digest ─► one digest for the owner, with what is over
//! ```
//!
//! A cause is an owner and a kind at a site. Its first mail waits a minute for more of its kind, unless it is urgent, so
//! that five hundred holds of one poll are one mail and what is over within the minute is none. What follows within the
//! digest's span comes in one mail when the span is over, and so does the end of what was told. That an alarm is seen
//! again is no news. Pure: no store, no clock, no mail server.

use std::collections::BTreeMap;

use jiff::Timestamp;
use shipment::alarm::{Kind, Severity};
use shipment::hold::Owner;

use super::words::{Letter, Told};
use crate::config::{Mail, Site};
use crate::store::{AlarmRow, NewMail, Untold};

/// What is to be done about the news of a site.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// To be written.
    pub(crate) mails: Vec<NewMail>,
    /// Alarms that are never mailed.
    pub(crate) passed_over: Vec<String>,
    /// When to look again, though nothing new happens.
    pub(crate) next: Option<Timestamp>,
}

type Item = (AlarmRow, Option<String>);

/// Plans the mails of a site.
pub(crate) fn plan(site: &Site, mail: &Mail, news: Untold, now: Timestamp) -> Plan {
    let mut plan = Plan::default();
    let told: BTreeMap<(Owner, Kind), Timestamp> =
        news.told.iter().map(|(owner, kind, at)| ((*owner, *kind), *at)).collect();
    let silent = |it: &Item| it.0.kind == Kind::MailAway || mail.recipients(it.0.owner).is_empty();
    let (passed, raised): (Vec<Item>, Vec<Item>) = news.raised.into_iter().partition(silent);
    let (passed_ends, ended): (Vec<Item>, Vec<Item>) = news.ended.into_iter().partition(silent);
    plan.passed_over = passed.into_iter().chain(passed_ends).map(|it| it.0.id).collect();
    for owner in Owner::ALL {
        let of = |list: &[Item]| list.iter().filter(|it| it.0.owner == owner).cloned().collect::<Vec<Item>>();
        let mut desk = Desk { site, mail, owner, now, told: &told, plan: &mut plan };
        desk.write(of(&raised), of(&ended));
    }
    plan
}

/// The mails to one owner.
struct Desk<'a> {
    site: &'a Site,
    mail: &'a Mail,
    owner: Owner,
    now: Timestamp,
    told: &'a BTreeMap<(Owner, Kind), Timestamp>,
    plan: &'a mut Plan,
}

impl Desk<'_> {
    fn write(&mut self, raised: Vec<Item>, ended: Vec<Item>) {
        let mut fresh: BTreeMap<Kind, Vec<Item>> = BTreeMap::new();
        let mut waiting: Vec<Item> = Vec::new();
        for item in raised {
            match self.digest_of(item.0.kind) {
                Some(until) if item.0.raised_at < until => waiting.push(item),
                Some(_) | None => fresh.entry(item.0.kind).or_default().push(item),
            }
        }
        for (kind, items) in fresh {
            let oldest = items.iter().map(|it| it.0.raised_at).min().unwrap_or(self.now);
            let at = if kind.severity() == Severity::Urgent { oldest } else { oldest + self.mail.gather };
            if at <= self.now {
                self.post(Letter::First(kind), items, Vec::new());
            } else {
                self.look_at(at);
            }
        }
        let ends = waiting.iter().chain(&ended).filter_map(|it| self.digest_of(it.0.kind)).min();
        match ends {
            Some(at) if at > self.now => self.look_at(at),
            Some(_) => self.post(Letter::Digest, waiting, ended),
            // Its beginning was told under another owner, who was never written to of this kind.
            None if !ended.is_empty() => self.post(Letter::Digest, waiting, ended),
            None => {}
        }
    }

    /// Until when news of a kind waits for the digest; none if nobody was written to.
    fn digest_of(&self, kind: Kind) -> Option<Timestamp> {
        self.told.get(&(self.owner, kind)).map(|at| *at + self.mail.digest)
    }

    fn look_at(&mut self, at: Timestamp) {
        self.plan.next = Some(self.plan.next.map_or(at, |next| next.min(at)));
    }

    fn post(&mut self, letter: Letter, raised: Vec<Item>, ended: Vec<Item>) {
        let told = Told { site: self.site, mail: self.mail, owner: self.owner, now: self.now, raised, ended };
        let kinds = told.raised.iter().chain(&told.ended).map(|it| it.0.kind);
        let mut kinds: Vec<Kind> = kinds.collect();
        kinds.sort_unstable();
        kinds.dedup();
        let names = |list: &[Item]| list.iter().map(|it| it.0.id.clone()).collect();
        self.plan.mails.push(NewMail {
            owner: self.owner,
            recipients: self.mail.recipients(self.owner).iter().map(ToString::to_string).collect(),
            subject: told.subject(letter),
            body: told.body(),
            raised: names(&told.raised),
            ended: names(&told.ended),
            kinds,
        });
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::config::SiteFile;

    const MAIL: &str = "\n[mail]\nhost = \"localhost\"\ntls = \"none\"\nfrom = \"c@example.com\"\n\
                        to = [\"all@example.com\"]\nit = [\"it@example.com\"]\n";

    fn site() -> Site {
        SiteFile::parse(&format!("{}{MAIL}", SiteFile::TEMPLATE)).expect("a site")
    }

    fn noon() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().expect("a time")
    }

    fn after(minutes: i64) -> Timestamp {
        noon() + SignedDuration::from_mins(minutes)
    }

    fn alarm(kind: Kind, subject: &str, raised_at: Timestamp) -> Item {
        let row = AlarmRow {
            site: "oakland".parse().expect("a name"),
            id: subject.to_owned(),
            kind,
            subject: subject.to_owned(),
            owner: kind.owner(),
            words: format!("{subject} went wrong"),
            shipment: None,
            raised_at,
            last_seen: raised_at,
            times: 1,
            settled_at: None,
            settled_by: None,
            settled_words: None,
        };
        (row, None)
    }

    fn planned(news: Untold, now: Timestamp) -> Plan {
        let site = site();
        let mail = site.mail.clone().expect("mail");
        plan(&site, &mail, news, now)
    }

    fn raised(items: Vec<Item>) -> Untold {
        Untold { raised: items, ..Untold::default() }
    }

    #[test]
    fn a_storm_is_one_mail_after_a_moment() {
        let storm: Vec<Item> = (0..500).map(|n| alarm(Kind::NeedsYou, &n.to_string(), noon())).collect();
        let early = planned(raised(storm.clone()), noon());
        assert!(early.mails.is_empty());
        assert_eq!(early.next, Some(after(1)));
        let plan = planned(raised(storm), after(1));
        let [mail] = plan.mails.as_slice() else { panic!("{} mails", plan.mails.len()) };
        assert_eq!((mail.raised.len(), mail.kinds.as_slice()), (500, [Kind::NeedsYou].as_slice()));
        assert!(mail.subject.contains("500 × a shipment needs you"), "{}", mail.subject);
        assert!(mail.body.lines().count() < 60, "nobody reads five hundred lines");
        assert!(mail.body.contains("and 480 more"), "{}", mail.body);
    }

    #[test]
    fn what_presses_goes_at_once_and_to_its_owner() {
        let plan = planned(raised(vec![alarm(Kind::SitePaused, "ups", noon())]), noon());
        let [mail] = plan.mails.as_slice() else { panic!("{} mails", plan.mails.len()) };
        assert_eq!(mail.recipients, ["it@example.com"]);
        let plan = planned(raised(vec![alarm(Kind::PrinterAway, "dock", noon())]), noon());
        assert_eq!(plan.mails[0].recipients, ["all@example.com"], "nobody in particular is named for the warehouse");
    }

    #[test]
    fn more_of_a_cause_waits_for_the_digest_with_what_is_over() {
        let told = vec![(Owner::It, Kind::SitePaused, noon())];
        let mut over = alarm(Kind::SitePaused, "ups", noon());
        over.0.settled_at = Some(after(5));
        let news = Untold {
            raised: vec![alarm(Kind::SitePaused, "syspro", after(10)), alarm(Kind::ScheduleOverdue, "poll", after(10))],
            ended: vec![over],
            told,
        };
        let soon = planned(news.clone(), after(11));
        let subjects: Vec<&str> = soon.mails.iter().map(|it| it.subject.as_str()).collect();
        assert_eq!(subjects.len(), 1, "another cause has a first mail of its own: {subjects:?}");
        assert_eq!(soon.mails[0].raised, ["poll"]);
        assert_eq!(soon.next, Some(after(60)));

        let news = Untold { raised: vec![alarm(Kind::SitePaused, "syspro", after(10))], ..news };
        let digest = planned(news, after(60));
        let [mail] = digest.mails.as_slice() else { panic!("{} mails", digest.mails.len()) };
        assert_eq!(
            (mail.raised.as_slice(), mail.ended.as_slice()),
            (["syspro".to_owned()].as_slice(), ["ups".to_owned()].as_slice())
        );
    }

    #[test]
    fn that_mail_cannot_be_sent_is_not_mailed() {
        let plan = planned(raised(vec![alarm(Kind::MailAway, "smtp", noon())]), after(60));
        assert!(plan.mails.is_empty());
        assert_eq!(plan.passed_over, ["smtp"]);
    }
}
