//! Which sessions of key logs the captures hold, and which of these could not be opened although their secrets are known.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use tls_parser::TlsCipherSuite;

use super::names::TLS13;
use super::secrets::SessionNumber;
use super::suites::TLS10;

/// Why a session is not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum NotOpened {
    /// It has this version, which is not read.
    Version(u16),
    /// It has this cipher suite, which is not read in this version.
    Suite {
        /// TLS's version.
        version: u16,
        /// IANA's number.
        suite: u16,
    },
    /// The secrets that are known are not those that this version takes.
    OtherSecrets,
}

impl fmt::Display for NotOpened {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = |version: u16| match version {
            TLS10..=TLS13 => format!("TLS 1.{}", version - TLS10),
            0x0300 => "SSL 3.0".to_owned(),
            other => format!("version 0x{other:04x}"),
        };
        match *self {
            NotOpened::Version(number) => write!(out, "{}", version(number)),
            NotOpened::Suite { version: number, suite } => match TlsCipherSuite::from_id(suite) {
                Some(known) => write!(out, "{} with {}", version(number), known.name),
                None => write!(out, "{} with suite 0x{suite:04x}", version(number)),
            },
            NotOpened::OtherSecrets => write!(out, "secrets of another kind than it takes"),
        }
    }
}

/// The sessions of key logs that were met in captures.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundSessions(BTreeMap<SessionNumber, Option<NotOpened>>);

impl FoundSessions {
    /// It was met, and opened or, for this reason, not. What was opened anywhere counts as opened.
    pub fn met(&mut self, session: SessionNumber, why: Option<NotOpened>) {
        self.0.entry(session).and_modify(|known| *known = why.min(*known)).or_insert(why);
    }

    /// It was met and cannot be opened.
    pub fn cannot_open(&mut self, session: SessionNumber, why: NotOpened) {
        self.0.insert(session, Some(why));
    }

    /// Those of others, too.
    pub fn merge(&mut self, other: &FoundSessions) {
        other.0.iter().for_each(|(session, why)| self.met(*session, *why));
    }

    /// How many of these sessions were met, and for how many each reason holds that they were not opened.
    pub fn among(&self, sessions: &BTreeSet<SessionNumber>) -> (u64, BTreeMap<NotOpened, u64>) {
        let mut reasons = BTreeMap::new();
        let met: Vec<_> = sessions.iter().filter_map(|session| self.0.get(session)).collect();
        for why in met.iter().filter_map(|why| **why) {
            *reasons.entry(why).or_default() += 1;
        }
        (met.len() as u64, reasons)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_told_by_the_names_that_people_look_for() {
        let told = |why: NotOpened| why.to_string();
        let suite = NotOpened::Suite { version: 0x0302, suite: 0x000a };
        assert_eq!(told(suite), "TLS 1.1 with TLS_RSA_WITH_3DES_EDE_CBC_SHA");
        assert_eq!(told(NotOpened::Suite { version: 0x0303, suite: 0xfefe }), "TLS 1.2 with suite 0xfefe");
        assert_eq!(told(NotOpened::Version(0x0300)), "SSL 3.0");
    }
}
