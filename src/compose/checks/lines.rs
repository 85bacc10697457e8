//! grep, sed and jq over logs, configurations and what browsers saved: the lines that a sign cites, by the words that make them what they are.

use std::collections::BTreeSet;

use super::cited::{Cited, MOST_CITED, Shown};
use super::shell::{PackedInput, quoted};
use crate::compose::place::name;
use crate::correlate::Incident;
use crate::evidence::{AccessRow, EdgeRow, InputKind, MessageRow, Place};
use crate::facts::endings::EndingVocabulary;
use crate::facts::messages;

/// The check of the lines, records or entries that a sign cites in one input.
pub fn shown(cited: &Cited<'_>, incident: &Incident) -> Option<Shown> {
    let evidence = &incident.evidence;
    let input = cited.places.first()?.input();
    let reading = PackedInput::of(name(incident, input))?;
    let places: BTreeSet<Place> = cited.places.iter().copied().collect();
    let is_cited = |place: &Place| places.contains(place);
    match evidence.kind(input)? {
        InputKind::ErrorLog | InputKind::SystemLog => {
            let rows = evidence.messages.iter().filter(|row| is_cited(&row.place)).collect::<Vec<_>>();
            messages_of(&rows, &reading).or_else(|| by_number(cited, &reading))
        }
        InputKind::AccessLog => {
            let rows = evidence.access.iter().filter(|row| is_cited(&row.place)).collect::<Vec<_>>();
            endings_of(&rows, &reading)
                .or_else(|| statuses_of(&rows, &reading))
                .or_else(|| by_number(cited, &reading))
        }
        InputKind::EdgeLog => {
            let rows = evidence.edge.iter().filter(|row| is_cited(&row.place)).collect::<Vec<_>>();
            let format = &evidence.inputs.get(&input)?.format;
            let is_plain = format == "cloudflare";
            records_of(&rows, &reading, is_plain).or_else(|| rays_of(&rows, &reading))
        }
        InputKind::Har => entry(cited.places[0], incident, &reading),
        InputKind::Config => setting(cited, incident, &reading).or_else(|| by_number(cited, &reading)),
        InputKind::Capture | InputKind::Events | InputKind::KeyLog | InputKind::Ignored => None,
    }
}

/// Messages by their wordings: a line of each stands in the log for every one that is cited.
fn messages_of(rows: &[&MessageRow], reading: &PackedInput) -> Option<Shown> {
    let expression = |row: &&MessageRow| messages::wording_as_expression(&row.line.text, row.line.signature?);
    let wordings: BTreeSet<String> = rows.iter().filter_map(expression).collect();
    if wordings.is_empty() || rows.iter().any(|row| expression(row).is_none()) {
        return None;
    }
    let any = wordings.into_iter().collect::<Vec<String>>().join("|");
    let lines = rows.iter().map(|row| row.place).collect::<BTreeSet<Place>>().len() as u64;
    let command = reading.to_filter(&format!("grep -anE {}", quoted(&any)));
    Some(Shown { command, lines, each: "such a message".to_owned() })
}

/// Lines of HAProxy by the code with which it ends them: it stands between blanks.
fn endings_of(rows: &[&AccessRow], reading: &PackedInput) -> Option<Shown> {
    let first = rows.first()?.line.termination.as_ref()?;
    first.vocabulary.eq(&EndingVocabulary::Haproxy).then_some(())?;
    // A request that was answered well ends so, too.
    let tells = !first.code.starts_with("--");
    let alike = rows.iter().filter(|row| row.line.termination.as_ref() == Some(first));
    let lines = alike.map(|row| row.place).collect::<BTreeSet<Place>>().len() as u64;
    let command = reading.to_filter(&format!("grep -anF {}", quoted(&format!(" {} ", first.code))));
    tells.then_some(Shown { command, lines, each: "a line that ends so".to_owned() })
}

/// Lines with one status, among those that are cited: in which column a log has it is its own affair.
fn statuses_of(rows: &[&AccessRow], reading: &PackedInput) -> Option<Shown> {
    let status = rows.first()?.line.status?;
    let alike = rows.iter().filter(|row| row.line.status == Some(status));
    let numbers: BTreeSet<u64> = alike.filter_map(|row| line(row.place)).take(MOST_CITED).collect();
    let lines = numbers.len() as u64;
    let command = format!("{} | grep -aw {status}", reading.to_filter(&printing(&numbers)));
    Some(Shown { command, lines, each: format!("a line of such a request with status {status}") })
}

/// Lines by their numbers.
fn by_number(cited: &Cited<'_>, reading: &PackedInput) -> Option<Shown> {
    let numbers: BTreeSet<u64> = cited.places.iter().copied().filter_map(line).take(MOST_CITED).collect();
    let lines = numbers.len() as u64;
    let command = reading.to_filter(&printing(&numbers));
    (lines > 0).then_some(Shown { command, lines, each: "as cited".to_owned() })
}

/// The setting that is cited, in its line.
fn setting(cited: &Cited<'_>, incident: &Incident, reading: &PackedInput) -> Option<Shown> {
    let place = *cited.places.first()?;
    let row = incident.evidence.settings.iter().find(|row| row.place == place)?;
    let word = row.setting.directive.split_ascii_whitespace().next_back()?;
    let lines = reading.to_filter(&printing(&BTreeSet::from([line(place)?])));
    let command = format!("{lines} | grep -aF {}", quoted(word));
    Some(Shown { command, lines: 1, each: format!("with {}", row.setting.directive) })
}

fn printing(numbers: &BTreeSet<u64>) -> String {
    let each: Vec<String> = numbers.iter().map(|number| format!("{number}p")).collect();
    format!("sed -n '{}'", each.join(";"))
}

/// Records with the statuses of the first one, all of the log.
fn records_of(rows: &[&EdgeRow], reading: &PackedInput, is_plain: bool) -> Option<Shown> {
    let first = &rows.first()?.record;
    let edge = first.edge_status.filter(|_| is_plain)?;
    let origin = first.origin_status.unwrap_or(0);
    let alike = rows.iter().filter(|row| {
        row.record.edge_status == Some(edge) && row.record.origin_status.unwrap_or(0) == origin
    });
    let places: BTreeSet<Place> = alike.map(|row| row.place).collect();
    // Numbers may stand in strings, and all records on one line.
    let program = format!(
        r#".. | objects | select("\(.EdgeResponseStatus) \(.OriginResponseStatus // 0)" == "{edge} {origin}") | [.RayID, .ClientRequestHost, .EdgeColoCode, .OriginIP] | @tsv"#
    );
    let command = reading.to_filter(&format!("jq -r '{program}'"));
    let each = format!("a record with {edge} of the edge and {origin} of the origin");
    Some(Shown { command, lines: places.len() as u64, each })
}

/// Records by their rays, in whatever form a log has them.
fn rays_of(rows: &[&EdgeRow], reading: &PackedInput) -> Option<Shown> {
    let rays: BTreeSet<String> =
        rows.iter().filter_map(|row| row.record.ray).map(|ray| ray.to_string()).take(MOST_CITED).collect();
    let lines = rays.len() as u64;
    let any = rays.into_iter().collect::<Vec<String>>().join("|");
    let command = format!("{} | sort -u", reading.to_filter(&format!("grep -aoiE {}", quoted(&any))));
    (lines > 0).then_some(Shown { command, lines, each: "the ray of such a record".to_owned() })
}

/// What a browser, or a person, saved of one answer.
fn entry(place: Place, incident: &Incident, reading: &PackedInput) -> Option<Shown> {
    let row = incident.evidence.har.iter().find(|row| row.place == place)?;
    let is_saved = incident.evidence.inputs.get(&place.input())?.is_saved_answer();
    let said = row.entry.error_code.or(Some(row.entry.status).filter(|status| *status > 0))?;
    let (filter, each) = if is_saved {
        (format!("grep -anw {said}"), format!("a line of the answer with {said}"))
    } else {
        let (index, status) = (row.entry.index, row.entry.status);
        let program = format!(
            ".log.entries[{index}] | select(.response.status == {status}) | [.request.method, .request.url, .response.status] | @tsv"
        );
        (format!("jq -r '{program}'"), format!("the entry with status {status}"))
    };
    Some(Shown { command: reading.to_filter(&filter), lines: 1, each })
}

fn line(place: Place) -> Option<u64> {
    match place {
        Place::Line { line, .. } => Some(line),
        Place::Packet { .. } | Place::Entry { .. } => None,
    }
}
