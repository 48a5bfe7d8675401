//! One figure: what was measured, beside what, and what it should be.

use rust_decimal::Decimal;
use serde_json::{Value, json};

/// A measured or counted value.
pub(super) struct Figure {
    /// What it is of, as `whole-way/sqlite`.
    pub(super) name: String,
    pub(super) value: Decimal,
    pub(super) unit: &'static str,
    /// What it is compared with, measured in the same run.
    pub(super) baseline: Option<Decimal>,
    /// The value by the baseline, or by the goal where it is counted.
    pub(super) ratio: Option<Decimal>,
    pub(super) goal: Option<Goal>,
    /// What stands beside it: CPU by process, calls by name.
    pub(super) beside: String,
}

/// What a figure should be.
#[derive(Clone, Copy)]
pub(super) enum Goal {
    AtLeast(Decimal),
    AtMost(Decimal),
    /// The ratio, not the value.
    RatioAtLeast(Decimal),
    RatioAtMost(Decimal),
}

impl Figure {
    pub(super) fn new(name: impl Into<String>, value: Decimal, unit: &'static str) -> Self {
        let name = name.into();
        Self { name, value, unit, baseline: None, ratio: None, goal: None, beside: String::new() }
    }

    pub(super) fn against(mut self, baseline: Decimal) -> Self {
        self.baseline = Some(baseline);
        self.ratio = (!baseline.is_zero()).then(|| self.value / baseline);
        self
    }

    pub(super) fn goal(self, goal: Goal) -> Self {
        Self { goal: Some(goal), ..self }
    }

    pub(super) fn beside(self, beside: impl Into<String>) -> Self {
        Self { beside: beside.into(), ..self }
    }

    fn is_reached(&self) -> Option<bool> {
        Some(match self.goal? {
            Goal::AtLeast(goal) => self.value >= goal,
            Goal::AtMost(goal) => self.value <= goal,
            Goal::RatioAtLeast(goal) => self.ratio? >= goal,
            Goal::RatioAtMost(goal) => self.ratio? <= goal,
        })
    }

    /// One line for people, or one object.
    pub(super) fn print(&self, as_json: bool) {
        let goal = self.goal.map(|goal| match goal {
            Goal::AtLeast(goal) => ("≥", "", goal),
            Goal::AtMost(goal) => ("≤", "", goal),
            Goal::RatioAtLeast(goal) => ("≥", "×", goal),
            Goal::RatioAtMost(goal) => ("≤", "×", goal),
        });
        if as_json {
            let number = |value: Option<Decimal>| value.and_then(|it| it.round_dp(3).to_string().parse::<Value>().ok());
            println!(
                "{}",
                json!({
                    "name": self.name, "value": number(Some(self.value)), "unit": self.unit,
                    "baseline": number(self.baseline), "ratio": number(self.ratio),
                    "goal": goal.map(|(sign, of, goal)| format!("{sign} {goal}{of}")), "reached": self.is_reached(),
                    "beside": self.beside,
                })
            );
            return;
        }
        let text = |value: Option<Decimal>| value.map_or_else(|| "-".to_owned(), |it| it.round_dp(2).to_string());
        let goal = goal.map_or_else(|| "-".to_owned(), |(sign, of, goal)| format!("{sign} {goal}{of}"));
        let mark = match self.is_reached() {
            Some(true) => "✓",
            Some(false) => "✗",
            None => " ",
        };
        println!(
            "{:34} {:>12} {:22} {:>12} {:>7} {:>9} {mark}  {}",
            self.name,
            self.value.round_dp(2).to_string(),
            self.unit,
            text(self.baseline),
            text(self.ratio),
            goal,
            self.beside
        );
    }
}
