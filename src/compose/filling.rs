//! Fills the placeholders of checks and snippets with the values of the incident.

use crate::causes::placeholder::{Placeholder, fill};
use crate::correlate::timer::Timer;
use crate::correlate::{Case, Incident, Whole};
use crate::time::Duration;

/// A check or a snippet with what was measured; where nothing was, with a word that the reader replaces.
pub fn filled(text: &str, case: &Case, incident: &Incident) -> String {
    fill(text, |placeholder| match value(placeholder, case, incident) {
        Some(value) => harmless(&value),
        None => placeholder.word().to_owned(),
    })
}

fn value(placeholder: Placeholder, case: &Case, incident: &Incident) -> Option<String> {
    let evidence = &incident.evidence;
    match placeholder {
        Placeholder::Host => case.host(evidence).map(str::to_owned),
        Placeholder::Origin => origin(case, evidence),
        Placeholder::EdgeRange => {
            incident.ranges.find(case.edge_address(evidence)?).map(|range| range.to_string())
        }
        Placeholder::Idle => incident.population.servers.idle().map(seconds),
        Placeholder::Timeout => incident.population.edge_gives_up.map(seconds),
        Placeholder::Bytes => largest_head(case, evidence).map(|bytes| bytes.to_string()),
        Placeholder::Path => case.path(evidence).map(str::to_owned),
        Placeholder::Upstream => upstream(case, evidence),
    }
}

/// The origin's address from the edge's record, else from the packets.
fn origin(case: &Case, evidence: &Whole) -> Option<String> {
    let record = case.asked_origin(evidence).and_then(|row| row.record.origin_address);
    let packets = || case.connections(evidence).next().map(|row| row.connection.server.ip());
    record.or_else(packets).map(|address| address.to_string())
}

/// Seconds with one decimal, the rest cut off.
fn seconds(timer: Timer) -> String {
    format!(
        "{}.{}",
        timer.duration / Duration::SECOND,
        timer.duration % Duration::SECOND / (Duration::SECOND / 10)
    )
}

/// Bytes of the largest head of the case's requests and responses.
fn largest_head(case: &Case, evidence: &Whole) -> Option<u64> {
    let heads = case.exchanges(evidence).flat_map(|(_, kept)| {
        let request = kept.exchange.request.as_ref().map(|request| request.head.bytes);
        [request, kept.exchange.response.as_ref().map(|response| response.head.bytes)]
    });
    heads.flatten().max()
}

/// The application's address from a message about the case, else from its access line.
fn upstream(case: &Case, evidence: &Whole) -> Option<String> {
    let told = case.messages(evidence).find_map(|row| row.line.upstream.clone());
    told.or_else(|| {
        let upstreams = case.access(evidence).flat_map(|row| &row.line.upstream);
        upstreams.into_iter().find_map(|upstream| upstream.address.clone())
    })
}

/// A value from the evidence without the characters that a shell would act on, because people paste the command.
fn harmless(value: &str) -> String {
    value.chars().filter(|c| c.is_ascii_alphanumeric() || "._-:/%~+[]".contains(*c)).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_command_cannot_be_made_to_run_something_else() {
        assert_eq!(harmless("/a;rm -rf $HOME`x`'\"|&"), "/arm-rfHOMEx");
    }
}
