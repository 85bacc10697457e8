//! Whether a machine is the one that served a request, where several stand side by side: lines that time alone ties to it may be another's.

use std::net::IpAddr;

use super::{FEWEST, Machines, lines_of};
use crate::correlate::case::Case;
use crate::correlate::whole::Whole;
use crate::evidence::{HostKey, InputId};

impl Machines {
    /// Whether a line of this input that only its time ties to a request may as well be that of a machine beside its own: several stand side
    /// by side, and nothing shows that this one served it.
    pub fn may_be_anothers(&self, input: InputId, case: &Case, evidence: &Whole) -> bool {
        let Some(&machine) = self.of_input.get(&input) else { return false };
        let host = case.host(evidence);
        self.are_side_by_side
            && !self.is_tied(machine, case, evidence)
            && !host.is_some_and(|host| self.logs_host(machine, host, case.server_address(evidence)))
    }

    /// The same of what the kernel of a machine says of no request, a flood or a kill: where nobody knows which address was asked, a host that others have logged more
    /// requests of does not tie it either.
    pub fn kernel_may_be_anothers(&self, input: InputId, case: &Case, evidence: &Whole) -> bool {
        let Some(&machine) = self.of_input.get(&input) else { return false };
        let is_open = case.server_address(evidence).is_none();
        let is_least = || case.host(evidence).is_some_and(|host| !self.logs_most_of(machine, host));
        self.may_be_anothers(input, case, evidence)
            || self.are_side_by_side && is_open && !self.is_tied(machine, case, evidence) && is_least()
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
