//! The rungs of `ping` and `doctor`: green, red with cause and cure, or not tried.

use serde_json::{Value, json};

use crate::remote::trouble::Trouble;

/// How a rung is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Light {
    Green,
    Red,
    Skipped,
}

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rung {
    /// What was tried.
    pub(crate) name: String,
    light: Light,
    words: String,
    cure: Option<String>,
}

impl Rung {
    /// It holds.
    pub(crate) fn green(name: impl Into<String>, words: impl Into<String>) -> Self {
        Self { name: name.into(), light: Light::Green, words: words.into(), cure: None }
    }

    /// It broke, and this is what to do.
    pub(crate) fn red(name: impl Into<String>, words: impl Into<String>, cure: impl Into<String>) -> Self {
        let cure = cure.into();
        let cure = (!cure.is_empty()).then_some(cure);
        Self { name: name.into(), light: Light::Red, words: words.into(), cure }
    }

    /// It could not be tried, and that is in order.
    pub(crate) fn skipped(name: impl Into<String>, words: impl Into<String>) -> Self {
        Self { name: name.into(), light: Light::Skipped, words: words.into(), cure: None }
    }
}

/// Rungs from the bottom up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ladder(Vec<Rung>);

/// Names of the first three rungs to a host, and what to do about each.
const REACHING: [(&str, &str); 3] = [
    ("name", "check the address in the site file and this machine's name server"),
    ("connection", "check that the service runs, its port in the site file, and the firewall between"),
    ("certificate", "check the host's certificate; a private authority is trusted by [syspro] ca_file"),
];

impl Ladder {
    /// Puts a rung on top.
    pub(crate) fn add(&mut self, rung: Rung) {
        self.0.push(rung);
    }

    /// Puts the outcome of a call on top; whether it was green.
    pub(crate) fn result(&mut self, name: &str, outcome: Result<String, Trouble>) -> bool {
        let green = outcome.is_ok();
        self.add(match outcome {
            Ok(words) => Rung::green(name, words),
            Err(trouble) => Rung::red(name, trouble.words, trouble.cure.unwrap_or_default()),
        });
        green
    }

    /// Puts name, connection and certificate of a host on top; `fell` is the first of them that broke, and why. Whether
    /// the host was reached.
    pub(crate) fn reach(&mut self, who: &str, host: &str, encrypted: bool, fell: Option<(usize, &str)>) -> bool {
        for (at, (rung, cure)) in REACHING.into_iter().enumerate() {
            let name = format!("{who} {rung}");
            match fell {
                Some((broken, why)) if broken == at => {
                    self.add(Rung::red(name, format!("{host}: {why}"), cure));
                    return false;
                }
                _ if at == 2 && !encrypted => self.add(Rung::skipped(name, "plain http has none")),
                _ => self.add(Rung::green(name, host)),
            }
        }
        true
    }

    /// The first rung that broke.
    pub(crate) fn red(&self) -> Option<&Rung> {
        self.0.iter().find(|rung| rung.light == Light::Red)
    }

    /// For people: one line a rung, and one for the cure.
    pub(crate) fn lines(&self) -> Vec<String> {
        let width = self.0.iter().map(|rung| rung.name.chars().count()).max().unwrap_or(0);
        let told = self.0.iter().flat_map(|rung| {
            let light = match rung.light {
                Light::Green => "ok ",
                Light::Red => "RED",
                Light::Skipped => " - ",
            };
            let line = format!("{light}  {:width$}  {}", rung.name, rung.words);
            let cure = rung.cure.as_ref().map(|cure| format!("     {:width$}  -> {cure}", ""));
            [Some(line), cure]
        });
        told.flatten().collect()
    }

    /// For programs.
    pub(crate) fn value(&self) -> Value {
        let rungs = self.0.iter().map(|rung| {
            let light = match rung.light {
                Light::Green => "green",
                Light::Red => "red",
                Light::Skipped => "skipped",
            };
            json!({ "rung": rung.name, "light": light, "words": rung.words, "cure": rung.cure })
        });
        rungs.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_is_not_reached_ends_the_climb_at_the_rung_that_broke() {
        let mut ladder = Ladder::default();
        assert!(!ladder.reach("UPS", "ups.example.com", true, Some((1, "nobody answers"))));
        let lines = ladder.lines().join("\n");
        assert!(lines.contains("ok   UPS name"), "{lines}");
        assert!(lines.contains("RED  UPS connection  ups.example.com: nobody answers"), "{lines}");
        assert!(lines.contains("-> check that the service runs"), "{lines}");
        assert!(!lines.contains("certificate"), "{lines}");
        assert_eq!(ladder.red().map(|rung| rung.name.as_str()), Some("UPS connection"));
    }

    #[test]
    fn plain_http_has_no_certificate_to_check() {
        let mut ladder = Ladder::default();
        assert!(ladder.reach("SYSPRO", "127.0.0.1", false, None));
        assert_eq!(ladder.red(), None);
        assert_eq!(ladder.value()[2]["light"], "skipped");
    }
}
