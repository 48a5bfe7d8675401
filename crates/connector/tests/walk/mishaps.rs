//! What goes wrong outside: calls that fail in every way, systems that are away, sessions that are stolen, secrets that
//! are changed by somebody else.

use connector::config::SecretName;
use connector::remote::prove;
use jiff::SignedDuration;
use sandbox::{Call, Fault, Kind, When};
use secrecy::SecretString;

use crate::world::World;

/// What the walk has broken and somebody has to mend.
#[derive(Debug, Default)]
pub(crate) struct Trouble {
    pub(crate) ups_is_shut: bool,
    pub(crate) syspro_is_shut: bool,
    /// SYSPRO's operator has another password than the one we know.
    pub(crate) password_changed: bool,
}

impl World {
    /// One operation of any kind.
    pub(crate) async fn something_happens(&mut self) -> anyhow::Result<()> {
        match self.dice.u8(0..36) {
            0..=6 => self.documents_appear(),
            7..=11 => self.a_clerk_changes_something(),
            12..=19 => self.somebody_wishes_something().await?,
            20..=21 => self.a_secret_goes_wrong_or_is_mended().await?,
            22 => self.a_node_leaves().await?,
            _ => self.something_happens_outside().await,
        }
        Ok(())
    }

    /// Something that needs neither a node nor the store, so that it may happen at any moment.
    pub(crate) async fn something_happens_outside(&mut self) {
        match self.dice.u8(0..26) {
            24..=25 => {
                // Other nodes believe that leases have run out, while their holders are still at it.
                let jumped = if self.dice.bool() {
                    self.leases_run_out().await
                } else {
                    let minutes = self.dice.i64(-20..20);
                    self.step_wall(SignedDuration::from_mins(minutes))
                };
                if let Err(error) = jumped {
                    self.note(format!("the wall clock is not to be set: {error}"));
                }
            }
            0..=7 => self.a_call_is_to_fail(),
            8..=10 => self.weather_changes(),
            11 => self.ups_goes_or_comes().await,
            12 => self.syspro_goes_or_comes().await,
            13..=14 => self.manners_change(),
            15 => {
                let ended = self.sandbox.syspro().kick(self.sandbox.credentials().syspro_operator);
                self.note(format!("somebody uses our operator: {ended} sessions end"));
            }
            16 => {
                self.sandbox.syspro().restart();
                self.note("SYSPRO restarts".to_owned());
            }
            17 => {
                let seats = if self.dice.bool() { 0 } else { 10 };
                self.sandbox.syspro().set_seats(seats);
                self.note(format!("SYSPRO has {seats} seats"));
            }
            18 => {
                self.sandbox.ups().revoke_tokens();
                self.note("UPS revokes its tokens".to_owned());
            }
            19..=21 => self.a_clerk_changes_something(),
            _ => self.documents_appear(),
        }
    }

    /// A planned fault on one kind of call.
    fn a_call_is_to_fail(&mut self) {
        let calls = [
            Call::Ship,
            Call::Ship,
            Call::Ship,
            Call::Recovery,
            Call::Void,
            Call::Track,
            Call::Rate,
            Call::AddressValidation,
            Call::Token,
            Call::Logon,
            Call::Logoff,
            Call::Post(None),
            Call::Post(None),
            Call::PostLd(None),
            Call::Setup(None),
            Call::Setup(None),
            Call::Query(None),
            Call::ODataRead(None),
            Call::AnyUps,
            Call::AnySyspro,
        ];
        let call = calls[self.dice.usize(0..calls.len())].clone();
        let kinds = [
            Kind::Reset,
            Kind::Truncated,
            Kind::Garbage,
            Kind::Empty,
            Kind::EmptyWithErrorcode,
            Kind::Status(500),
            Kind::Status(503),
            Kind::Html(502),
            Kind::Latency(60),
            Kind::Latency(400),
        ];
        let kind = if self.dice.u8(..) < 8 { Kind::Hang } else { kinds[self.dice.usize(0..kinds.len())].clone() };
        // Nobody can know a token that was lost on its way: such a seat is not ours to free.
        let after = call != Call::Logon && call != Call::AnySyspro && self.dice.bool();
        let when = if after { When::After } else { When::Before };
        let (count, skip) = (self.dice.u32(1..4), self.dice.u32(0..3));
        // What a gateway says before UPS saw anything is no proof; what UPS's own envelope says is one. So a refusal in UPS's
        // words never comes after an effect.
        let when = if kind == Kind::EmptyWithErrorcode { When::Before } else { when };
        let fault = Fault { call, when, kind, count, skip };
        self.note(format!("to come: {} {:?} {}, {count} times, after {skip}", fault.call, fault.when, fault.kind));
        self.sandbox.faults().add(fault);
    }

    /// Any call may fail, more or less often.
    pub(crate) fn weather_changes(&mut self) {
        let per_thousand = [0, 20, 60, 100, 200, 400][self.dice.usize(0..6)];
        self.sandbox.faults().sprinkle(self.dice.u64(..), per_thousand);
        self.note(format!("{per_thousand} calls of a thousand fail"));
    }

    async fn ups_goes_or_comes(&mut self) {
        if self.trouble.ups_is_shut {
            self.sandbox.reopen_ups().await;
        } else {
            self.sandbox.shut_ups().await;
        }
        self.trouble.ups_is_shut = !self.trouble.ups_is_shut;
        self.note(format!("UPS is {}", if self.trouble.ups_is_shut { "away" } else { "back" }));
    }

    async fn syspro_goes_or_comes(&mut self) {
        if self.trouble.syspro_is_shut {
            self.sandbox.reopen_syspro().await;
        } else {
            self.sandbox.shut_syspro().await;
        }
        self.trouble.syspro_is_shut = !self.trouble.syspro_is_shut;
        self.note(format!("SYSPRO is {}", if self.trouble.syspro_is_shut { "away" } else { "back" }));
    }

    /// UPS shows labels late or not at once; SYSPRO says success and writes nothing.
    fn manners_change(&mut self) {
        match self.dice.u8(0..3) {
            0 => {
                let hidden = SignedDuration::from_mins([0, 1, 4, 30][self.dice.usize(0..4)]);
                self.sandbox.ups().change(|it| it.recovery_hidden = hidden);
                self.note(format!("UPS shows labels to recovery after {hidden:#}"));
            }
            1 => {
                let unready = SignedDuration::from_mins([0, 3, 40][self.dice.usize(0..3)]);
                self.sandbox.ups().change(|it| it.recovery_unready = unready);
                self.note(format!("UPS has labels ready after {unready:#}"));
            }
            _ => {
                let objects = ["SORTDH", "COMSFM"];
                let pretending =
                    if self.dice.bool() { Vec::new() } else { vec![objects[self.dice.usize(0..2)].to_owned()] };
                self.note(format!("SYSPRO says yes and writes nothing: {pretending:?}"));
                self.sandbox.syspro().manners(|it| it.pretending = pretending);
            }
        }
    }

    /// The operator's password is changed in SYSPRO, and sooner or later told us.
    async fn a_secret_goes_wrong_or_is_mended(&mut self) -> anyhow::Result<()> {
        let known = self.sandbox.credentials();
        if self.trouble.password_changed {
            self.sandbox.syspro().set_operator(known.syspro_operator, known.syspro_operator_password);
            self.trouble.password_changed = false;
            self.note("the operator's password is right again".to_owned());
            return self.lift(SecretName::SysproOperatorPassword).await;
        }
        if self.dice.u8(..) < 100 {
            self.sandbox.syspro().set_operator(known.syspro_operator, "another");
            self.trouble.password_changed = true;
            self.note("the operator's password is changed".to_owned());
        }
        Ok(())
    }

    /// What `site secret set` does once the secret is proven: the pause ends, everybody reads it anew.
    pub(crate) async fn lift(&mut self, name: SecretName) -> anyhow::Result<()> {
        let known = self.sandbox.credentials();
        let value = match name {
            SecretName::UpsClientSecret => known.ups_client_secret,
            _ => known.syspro_operator_password,
        };
        let app = self.somebody().await?;
        let version = app.store.next_secret_version(&self.site, name.as_str()).await?;
        let sealed = app.vault.seal(&self.site, name.as_str(), version, &SecretString::from(value.to_owned()))?;
        app.store.put_secret(&sealed, "walk", self.clock.now()).await?;
        let site = app.site(&self.site).ok_or_else(|| anyhow::anyhow!("the site is gone"))?;
        prove::lift(&app.store, &site.site, name, &self.clock).await?;
        for node in &self.nodes {
            node.app.load_sites().await?;
        }
        Ok(())
    }
}
