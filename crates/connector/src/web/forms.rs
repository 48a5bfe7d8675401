//! What a form or an address bar carried, as names and values.
//!
//! Read once, by the guard, which looks for the form's token in it; pages then ask by name. An empty field is a field that was
//! not filled in.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::Web;
use super::problem::Problem;

/// The fields of a form.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields(pub(super) Vec<(String, String)>);

impl Fields {
    /// The first filled-in value of a name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Every filled-in value of a name.
    pub(super) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let of_name = self.0.iter().filter(move |(known, _)| known == name);
        of_name.map(|(_, value)| value.trim()).filter(|value| !value.is_empty()).collect::<Vec<_>>().into_iter()
    }

    /// A value that has to be there.
    pub(super) fn required(&self, name: &'static str) -> Result<&str, Problem> {
        self.get(name).ok_or_else(|| Problem::unusable(format!("the field \"{name}\" is empty")))
    }

    /// A value that has to be readable, if it is there.
    pub(super) fn parsed<T>(&self, name: &'static str) -> Result<Option<T>, Problem>
    where
        T: std::str::FromStr,
        T::Err: std::fmt::Display,
    {
        let parsed = self.get(name).map(str::parse).transpose();
        parsed.map_err(|error: T::Err| Problem::unusable(format!("the field \"{name}\" cannot be read: {error}")))
    }
}

/// The form of this request, as the guard read it.
impl FromRequestParts<Web> for Fields {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}
