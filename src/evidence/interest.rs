//! Which requests the later passes should keep in detail, because an earlier source says that they failed. The edge's 520 over a
//! capture that looks clean is the common case: detail cannot wait for the packets to look wrong.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::failure;
use super::partial::Partial;
use crate::ray::Ray;

/// What to keep.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interest {
    /// Rays that failed.
    pub rays: BTreeSet<Ray>,
    /// Method and target of requests that failed: what joins where no ray is logged.
    pub request_lines: BTreeSet<(String, String)>,
    /// Edge addresses from which failing requests went to the origin.
    pub edge_addresses: BTreeSet<IpAddr>,
}

impl Interest {
    /// From what the edge's log and the HAR files say. `origin_line_limit`: what origins take of one request header line, in bytes.
    pub fn of(partial: &Partial, origin_line_limit: u64) -> Interest {
        let mut interest = Interest::default();
        for row in &partial.edge {
            interest.rays.extend(row.record.ray);
            interest.edge_addresses.extend(row.record.edge_address);
            if let (Some(method), Some(target)) = (&row.record.method, &row.record.target) {
                interest.request_lines.insert((method.clone(), target.clone()));
            }
        }
        for row in &partial.har {
            if failure::of_har_entry(&row.entry, origin_line_limit).is_some() {
                interest.rays.extend(row.entry.ray.map(|ray| ray.ray));
            }
        }
        interest
    }

    /// Whether a request is one of those.
    pub fn holds(&self, ray: Option<Ray>, method: Option<&str>, target: Option<&str>) -> bool {
        match ray {
            Some(ray) => self.rays.contains(&ray),
            None => match (method, target) {
                (Some(method), Some(target)) => {
                    !self.request_lines.is_empty()
                        && self.request_lines.contains(&(method.to_owned(), target.to_owned()))
                }
                _ => false,
            },
        }
    }
}
