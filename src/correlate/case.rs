//! A case: one failing request, or one failed connection where no request was made, with all that is known of it.

use std::net::IpAddr;

use crate::evidence::failure::Failure;
use crate::evidence::{AccessRow, ConnectionRow, EdgeRow, HarRow, KeptExchange, MessageRow};
use crate::ray::{Colo, Ray};
use crate::time::Time;

use super::Incident;

/// One failing request or failed connection.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Its ray.
    pub ray: Option<Ray>,
    /// The data centre that received it.
    pub colo: Option<Colo>,
    /// When it began, by the reference clock.
    pub time: Time,
    /// When it was over, by the reference clock.
    pub end: Time,
    /// Method.
    pub method: Option<String>,
    /// Host.
    pub host: Option<String>,
    /// Request target.
    pub target: Option<String>,
    /// How it failed.
    pub failure: Failure,
    /// The edge's record.
    pub edge: Option<EdgeRow>,
    /// The browser's entry.
    pub har: Option<HarRow>,
    /// What the packets show, attempt by attempt in order of time.
    pub attempts: Vec<Attempt>,
    /// The origin's own lines about it.
    pub access: Vec<AccessRow>,
    /// Messages about this very request.
    pub messages: Vec<MessageRow>,
    /// How the sources were joined: the weakest link.
    pub join: Join,
}

/// One try of the edge at the origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The connection, by its index in `Incident::connections`.
    pub connection: usize,
    /// The exchange, by its index in that row; `None` where no request was made or it cannot be read.
    pub exchange: Option<usize>,
}

/// How two sources were found to speak of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Join {
    /// By its ray.
    Ray,
    /// By addresses and ports.
    Addresses,
    /// By the time and the request line.
    Time,
}

impl Case {
    /// The edge's status.
    pub fn edge_status(&self) -> Option<u16> {
        let har = self.har.as_ref().map(|row| row.entry.status).filter(|status| *status > 0);
        self.edge.as_ref().and_then(|row| row.record.edge_status).or(har)
    }

    /// The origin's status, by whichever source has one; `None` where it gave none.
    pub fn origin_status(&self, incident: &Incident) -> Option<u16> {
        let edge = self.edge.as_ref().and_then(|row| row.record.origin_status).filter(|status| *status > 0);
        let packets = || {
            self.exchanges(incident)
                .filter_map(|(_, kept)| kept.exchange.response.as_ref()?.status)
                .next_back()
        };
        // 499 and 444 are the server's words for an answer that was not given.
        let log = || {
            self.access.iter().filter_map(|row| row.line.status).rfind(|status| !matches!(status, 444 | 499))
        };
        edge.or_else(packets).or_else(log)
    }

    /// The connections of its attempts.
    pub fn connections<'a>(
        &'a self,
        incident: &'a Incident,
    ) -> impl DoubleEndedIterator<Item = &'a ConnectionRow> {
        self.attempts.iter().filter_map(|attempt| incident.connections.get(attempt.connection))
    }

    /// The exchanges of its attempts, each with its connection.
    pub fn exchanges<'a>(
        &'a self,
        incident: &'a Incident,
    ) -> impl DoubleEndedIterator<Item = (&'a ConnectionRow, &'a KeptExchange)> {
        self.attempts.iter().filter_map(|attempt| {
            let row = incident.connections.get(attempt.connection)?;
            Some((row, row.exchanges.get(attempt.exchange?)?))
        })
    }

    /// The edge's address towards the origin.
    pub fn edge_address(&self, incident: &Incident) -> Option<IpAddr> {
        let record = self.edge.as_ref().and_then(|row| row.record.edge_address);
        let packets = || self.connections(incident).map(|row| row.connection.client.ip()).next();
        let log = || self.access.iter().find_map(|row| row.line.real_peer.or(row.line.remote_address));
        record.or_else(packets).or_else(log)
    }

    /// The path without its query.
    pub fn path(&self) -> Option<&str> {
        let target = self.target.as_deref()?;
        Some(target.split_once('?').map_or(target, |(path, _)| path))
    }

    /// Whether any source knows of it.
    pub fn has_source(&self) -> bool {
        self.edge.is_some() || self.har.is_some() || !self.attempts.is_empty() || !self.access.is_empty()
    }

    /// Whether the edge's word fits a failure to connect or to shake hands.
    pub fn failed_before_answer(&self) -> bool {
        matches!(self.edge_status(), Some(520..=526))
            && self.edge.as_ref().is_some_and(|row| row.record.origin_status.unwrap_or(0) == 0)
    }

    /// Whether the edge's word leaves it open that the request was sent: 521 to 523, 525 and 526 say that it was not.
    pub fn may_have_been_sent(&self) -> bool {
        !matches!(self.edge_status(), Some(521..=523 | 525 | 526))
    }

    /// Whether it is a connection that failed before any request.
    pub fn is_connection_only(&self) -> bool {
        self.method.is_none() && self.edge.is_none() && self.har.is_none() && self.access.is_empty()
    }
}
