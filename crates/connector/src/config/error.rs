//! What is wrong with a site file: which key, where, why, and what to write instead.

use std::fmt;

/// One fault in a site file, told so that the person who wrote the file can mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The key's whole path, e.g. `ups.account` or `ship_from[2].cut_off`; empty when the file is not TOML at all.
    pub key: String,
    /// The line the key stands on, or the line of the table that lacks it.
    pub line: Option<usize>,
    /// What is wrong: "unknown key", "missing", "bad value".
    pub what: String,
    /// Why it cannot be used.
    pub why: String,
    /// What to do.
    pub cure: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.key.is_empty() {
            write!(f, "`{}`: ", self.key)?;
        }
        write!(f, "{}", self.what)?;
        if !self.why.is_empty() {
            write!(f, ", {}", self.why)?;
        }
        write!(f, "; {}", self.cure)
    }
}

impl std::error::Error for ConfigError {}
