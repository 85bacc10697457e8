//! Whether a machine is the one that served a request, where several stand side by side: lines that time alone ties to it may be another's.

use std::net::IpAddr;

use super::{FEWEST, Machines, lines_of};
use crate::correlate::case::Case;
use crate::correlate::whole::Whole;
use crate::evidence::{HostKey, InputId};

impl Machines {
    /// Whether a line of this input that only its time ties to a request may as well be that of a machine beside its own: several stand side by side, and nothing
    /// shows that this one served it. Where nobody knows which address was asked, a host that others have logged more requests of does not show it.
    pub fn may_be_anothers(&self, input: InputId, case: &Case, evidence: &Whole) -> bool {
        let is_most =
            |machine, host: &str| case.server_address(evidence).is_some() || self.logs_most_of(machine, host);
        self.is_untied(input, case, evidence, is_most)
    }

    /// The same of a line such as a server writes for each request that fails so: one where all fail has logged few of the host's requests, or none.
    pub fn may_be_anothers_failure(&self, input: InputId, case: &Case, evidence: &Whole) -> bool {
        self.is_untied(input, case, evidence, |_, _| true)
    }

    /// `by_host`: whether a machine that has logged a host's requests is tied to the case by it.
    fn is_untied(
        &self,
        input: InputId,
        case: &Case,
        evidence: &Whole,
        by_host: impl Fn(usize, &str) -> bool,
    ) -> bool {
        let Some(&machine) = self.of_input.get(&input) else { return false };
        let server = case.server_address(evidence);
        let is_host = |host: &str| self.logs_host(machine, host, server) && by_host(machine, host);
        self.are_side_by_side
            && !self.is_tied(machine, case, evidence)
            && !case.host(evidence).is_some_and(is_host)
    }

    /// Whether a machine served a request by what names that very request, or the address that was asked.
    fn is_tied(&self, machine: usize, case: &Case, evidence: &Whole) -> bool {
        let serves = |server: IpAddr| self.serves.get(&machine).is_some_and(|known| known.contains(&server));
        let messages = case.messages(evidence).map(|row| row.place.input());
        let mut told = lines_of(case, evidence).chain(messages).filter_map(|input| self.of_input.get(&input));
        told.any(|other| self.share_requests(machine, *other))
            || case.server_address(evidence).is_some_and(serves)
            || self.stands_beside(machine, case, evidence)
    }

    /// Whether this input would have a line of a request, had its machine something to tell of it: where several stand side by side, only of what its own
    /// machine served.
    pub fn would_tell_of(&self, input: InputId, case: &Case, evidence: &Whole) -> bool {
        self.may_concern(input, case, evidence) && !self.may_be_anothers(input, case, evidence)
    }

    /// Whether a machine, or one before or behind it, has logged a host's requests; not where another is known to serve the address that was asked, and
    /// has logged more than a few of them: of several machines that serve a host its name does not tell which was asked.
    fn logs_host(&self, machine: usize, host: &str, server: Option<IpAddr>) -> bool {
        let Some(logged) = self.hosts.get(&HostKey::of(host)) else { return false };
        let is_own = |other: &usize| self.share_requests(machine, *other);
        let is_anothers = |server: IpAddr| {
            let is_there = |other| self.serves.get(other).is_some_and(|serves| serves.contains(&server));
            logged.iter().any(|(other, requests)| !is_own(other) && *requests >= FEWEST && is_there(other))
        };
        logged.keys().any(is_own) && !server.is_some_and(is_anothers)
    }

    /// Whether a machine, with those before and behind it, has logged at least as many of a host's requests as all others together.
    fn logs_most_of(&self, machine: usize, host: &str) -> bool {
        let Some(logged) = self.hosts.get(&HostKey::of(host)) else { return false };
        let own = logged.iter().filter(|(other, _)| self.share_requests(machine, **other));
        let own: u64 = own.map(|(_, requests)| requests).sum();
        own * 2 >= logged.values().sum::<u64>()
    }
}
