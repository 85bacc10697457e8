//! The requests that the later passes should keep in detail, because an earlier source says that they failed. Often the edge logged a 520
//! and the capture looks clean, so it would not do to keep only what looks wrong in the packets.

use std::collections::BTreeSet;
use std::net::IpAddr;

use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};

use super::failure;
use super::met_by_browsers::MetByBrowsers;
use super::named_as_refused::NamedAsRefused;
use super::partial::Partial;
use super::request_key::{AskedAtEdge, COMMONEST_METHOD};
use super::suspected_loops::SuspectedLoops;
use crate::ray::Ray;

/// What the later passes should keep.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interest {
    /// Rays that failed.
    pub rays: HashSet<Ray, FixedState>,
    /// Targets of requests that failed, by method, as far as the edge's log tells them. They join sources that do not log the ray.
    pub request_lines: HashMap<String, HashSet<String, FixedState>, FixedState>,
    /// How far it does.
    pub asked_at_edge: AskedAtEdge,
    /// Edge addresses from which failing requests went to the origin.
    pub edge_addresses: BTreeSet<IpAddr>,
    /// What lines name that say that a request was refused.
    pub refused: NamedAsRefused,
    /// What browsers met that is a failure of other requests as well.
    pub met: MetByBrowsers,
    /// URLs that may redirect to themselves.
    pub loops: SuspectedLoops,
}

impl Interest {
    /// What failed by the edge's log and the HAR files. `origin_line_limit`: how many bytes of one request header line origins accept.
    pub fn of(partial: &Partial, origin_line_limit: u64) -> Interest {
        let met = MetByBrowsers::by(partial.har.iter(), origin_line_limit);
        let asked_at_edge = AskedAtEdge::of(partial.edge.iter().map(|row| &row.record));
        let mut interest = Interest { met, asked_at_edge, ..Interest::default() };
        for row in &partial.edge {
            interest.rays.extend(row.record.ray);
            interest.edge_addresses.extend(row.record.edge_address);
            if let Some(target) = &row.record.target {
                let method = row.record.method.as_deref().unwrap_or(COMMONEST_METHOD);
                interest
                    .request_lines
                    .entry_ref(method)
                    .or_default()
                    .get_or_insert_with(target, String::clone);
            }
        }
        for row in &partial.har {
            if failure::of_har_entry(&row.entry, origin_line_limit).is_some() {
                interest.rays.extend(row.entry.ray.map(|ray| ray.ray));
            }
        }
        interest
    }

    /// Whether a request is one of them: by its ray, or, where it has none, by its method and target.
    pub fn holds(&self, ray: Option<Ray>, method: Option<&str>, target: Option<&str>) -> bool {
        match ray {
            Some(ray) => self.rays.contains(&ray),
            None => match (method, target) {
                (Some(method), Some(target)) => {
                    let (method, target) = self.asked_at_edge.as_told(method, target);
                    self.request_lines.get(method).is_some_and(|targets| targets.contains(target))
                }
                _ => false,
            },
        }
    }
}
