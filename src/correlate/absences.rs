//! Servers that were gone for a while: every attempt at a port was refused, whoever made it, and before and after attempts were taken there. A rule that
//! turns some away takes others meanwhile; what dies again and again is gone as often.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use super::whole::Whole;
use crate::evidence::ConnectionRow;
use crate::evidence::open_spans::{AttemptFate, OpenSpan};
use crate::time::{Duration, Time};

/// So many attempts on end, of several addresses, are refused while a server is gone, and so many are taken on end before and after.
const FEWEST: usize = 3;
/// Who stops a server, or deploys, does it now and then; what dies of what it is asked is gone again and again.
const MOST: usize = 2;
/// What a server cuts off as it goes ends so short before the first attempt that it refuses.
const AS_IT_GOES: Duration = Duration::SECOND;

/// While a server was gone, by the capture's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Absence {
    /// When the first attempt was refused.
    pub from: Time,
    /// When the next one was taken again.
    pub to: Time,
    /// Attempts that were refused.
    pub refused: u64,
}

/// By server, of all that were captured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Absences(BTreeMap<SocketAddr, Vec<Absence>>);

impl Absences {
    /// Those of all captured servers.
    pub(super) fn of(evidence: &Whole) -> Absences {
        let mut absences = BTreeMap::new();
        for (&server, opened) in &evidence.tallies.opened {
            let mut by_port: BTreeMap<u16, Vec<&OpenSpan>> = BTreeMap::new();
            // What is dropped tells of the way, not of the port.
            let answered = opened.iter().filter(|span| span.fate != AttemptFate::Dropped);
            answered.for_each(|span| by_port.entry(span.ports.1).or_default().push(span));
            absences.extend(by_port.into_iter().map(|(port, attempts)| {
                let found = Some(absences_of(&attempts)).filter(|found| found.len() <= MOST);
                (SocketAddr::new(server, port), found.unwrap_or_default())
            }));
        }
        Absences(absences)
    }

    /// The absence of its server in which a connection was refused, or with which it ended; of the only server where a balancer's address stands for it.
    pub fn that_ended(&self, row: &ConnectionRow) -> Option<&Absence> {
        let ended = row.connection.last.time;
        let only = || self.0.values().next().filter(|_| self.0.len() == 1);
        let of_server = self.0.get(&row.connection.server).or_else(only)?;
        of_server.iter().find(|gone| gone.from.plus(-AS_IT_GOES) <= ended && ended <= gone.to)
    }
}

/// Of attempts at one port, in order.
fn absences_of(attempts: &[&OpenSpan]) -> Vec<Absence> {
    let rows: Vec<&[&OpenSpan]> = attempts.chunk_by(|one, next| one.fate == next.fate).collect();
    let gone = rows.windows(3).filter_map(|rows| {
        let [before, refused, after] = rows else { return None };
        let is_gone = refused.first()?.fate == AttemptFate::Refused;
        let clients: BTreeSet<_> = refused.iter().map(|attempt| attempt.client).collect();
        let are_enough = [before, refused, after].iter().all(|row| row.len() >= FEWEST) && clients.len() > 1;
        (is_gone && are_enough).then_some(Absence {
            from: refused.first()?.from,
            to: after.first()?.from,
            refused: refused.len() as u64,
        })
    });
    gone.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Attempts one after another: `+` is taken, `-` refused; of two addresses in turn, or of one.
    fn absences(fates: &str, addresses: u8) -> Vec<(i64, i64, u64)> {
        let attempts: Vec<OpenSpan> = (0..)
            .zip(fates.bytes())
            .map(|(second, fate)| OpenSpan {
                from: Time::from_seconds(second, 0),
                to: Time::from_seconds(second, 0),
                client: [172, 68, 10, (second % i64::from(addresses)) as u8].into(),
                ports: (4000, 443),
                fate: if fate == b'+' { AttemptFate::Taken } else { AttemptFate::Refused },
            })
            .collect();
        let attempts: Vec<&OpenSpan> = attempts.iter().collect();
        absences_of(&attempts)
            .into_iter()
            .map(|gone| (gone.from.second(), gone.to.second(), gone.refused))
            .collect()
    }

    #[test]
    fn who_refuses_everybody_for_a_while_and_takes_all_before_and_after_was_gone() {
        assert_eq!(absences("+++----+++", 2), [(3, 7, 4)]);
        assert_eq!(absences("+++--+-+++", 2), [], "a rule takes some in between");
        assert_eq!(absences("+++----", 2), [], "it did not come back");
        assert_eq!(absences("----+++", 2), [], "nobody knows that it was there");
        assert_eq!(absences("+++----+++", 1), [], "one address may be shut out");
    }
}
