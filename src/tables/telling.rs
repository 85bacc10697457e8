//! What of a row a table may tell: addresses of visitors by their pseudonym, of query values their length.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::values;
use crate::correlate::Incident;
use crate::evidence::{InputId, Place};
use crate::report::redaction::{Redaction, Redactor};

/// What tables tell of the rows of an incident.
pub(super) struct Telling<'i> {
    inputs: BTreeMap<InputId, String>,
    redactor: Mutex<Redactor<'i>>,
    /// The largest line of a head that the edge takes, in bytes.
    line_limit: u64,
}

impl<'i> Telling<'i> {
    pub(super) fn of(incident: &'i Incident, redactor: Redactor<'i>) -> Telling<'i> {
        let summaries = incident.evidence.inputs.iter();
        let inputs = summaries
            .map(|(input, summary)| (*input, redactor.text(summary.name.as_str()).to_string()))
            .collect();
        let line_limit = incident.profile.warn.origin_header_line_bytes;
        Telling { inputs, redactor: Mutex::new(redactor), line_limit }
    }

    /// The pseudonyms that were given.
    pub(super) fn into_redactor(self) -> Redactor<'i> {
        self.redactor.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn line_limit(&self) -> u64 {
        self.line_limit
    }

    /// An input's name, as the report lists it.
    pub(super) fn input(&self, place: Option<Place>) -> Option<String> {
        self.inputs.get(&place?.input()).cloned()
    }

    /// An address that may be a visitor's, of the edge or of the origin.
    pub(super) fn address(&self, address: IpAddr) -> String {
        self.redactor().address(address)
    }

    /// An address that a source calls a visitor's.
    pub(super) fn visitor(&self, address: IpAddr) -> String {
        self.redactor().visitor(address)
    }

    /// An address that a header calls a visitor's; what is no address there is a text of somebody else.
    pub(super) fn named_visitor(&self, text: &str) -> Option<String> {
        Some(text.trim().parse().map_or_else(|_| self.text(text), |address| self.visitor(address)))
    }

    /// Whether an address stands in the tables as it is.
    pub(super) fn is_told(&self, address: IpAddr) -> bool {
        self.redactor().is_told(address)
    }

    /// A request target or URL.
    pub(super) fn target(&self, text: &str) -> String {
        let redactor = self.redactor();
        if redactor.redaction() == Redaction::Off {
            return text.to_owned();
        }
        let (path, query) = text.split_at(text.find('?').unwrap_or(text.len()));
        format!("{}{}", redactor.text(path), values::query(query))
    }

    /// A text in which no address stands.
    pub(super) fn without_secrets(&self, text: &str) -> String {
        self.redactor().without_secrets(text)
    }

    /// A message, or another text of somebody else.
    pub(super) fn text(&self, text: &str) -> String {
        self.redactor().text(text).to_string()
    }

    fn redactor(&self) -> MutexGuard<'_, Redactor<'i>> {
        self.redactor.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
