//! Signs that somebody is kept out: ranges of the edge that alone fare ill, and attempts that never arrive.

use ipnet::IpNet;

use super::sign::{Frequency, NO_PACKETS, Observation, Sign, Viewpoint, absent, look, or_absent};
use crate::correlate::in_packets::is_said_refused;
use crate::correlate::population::Population;
use crate::correlate::selective::Selective;
use crate::correlate::unanswered::{unanswered, unanswered_syn};
use crate::correlate::{Case, Incident};
use crate::evidence::ConnectionRow;
use crate::facts::ranges::EdgeRanges;
use crate::flow::{Arrival, IcmpError};
use crate::logs::EdgeRecord;

/// The edge's word for an origin that refuses to connect.
pub(super) const REFUSED: u16 = 521;
/// And for one that does not answer its attempts to connect.
const UNANSWERED: u16 = 522;

const NO_REFUSAL: &str = "no refused connection of it was captured";
const TOO_FEW: &str = "too few connections of its range came to tell";

pub(super) const SIGNS: &[Sign] = &[
    look(
        "range-alone-unanswered",
        "only some of the edge's ranges go unanswered",
        Frequency::Seldom,
        range_alone_unanswered,
    ),
    look(
        "range-alone-refused",
        "only some of the edge's ranges are refused",
        Frequency::Seldom,
        range_alone_refused,
    ),
    look(
        "refused-in-turn",
        "the server refuses some connections of an address and takes others of it within the same second, again and again",
        Frequency::Never,
        refused_in_turn,
    ),
    look(
        "refused-while-many-open",
        "the server turns attempts away from a number of open connections on, and takes them below it",
        Frequency::Never,
        refused_while_many_open,
    )
    .one_with("refused-in-turn"),
    look(
        "range-alone-unacknowledged",
        "only to some of the edge's ranges no answer finds its way",
        Frequency::Seldom,
        range_alone_unacknowledged,
    ),
    look(
        "range-only-fails",
        "by the edge's log every request of this range to the origin fails to connect, from the first that does on",
        Frequency::Never,
        range_only_fails,
    )
    .one_with("range-alone-unanswered"),
    look(
        "range-only-refused",
        "by the edge's log every request of this range to the origin is refused, from the first that is on",
        Frequency::Never,
        range_only_refused,
    )
    .one_with("range-alone-refused"),
    look(
        "range-turned-away",
        "of this range, of which by the edge's log every request to the origin fails to connect, some are turned away at once",
        Frequency::Seldom,
        range_turned_away,
    )
    .one_with("range-alone-refused"),
    look(
        "never-arrives",
        "no attempt of it arrives at a capture that has other connections to its server",
        Frequency::Seldom,
        never_arrives,
    )
    .one_with("arrival"),
    look(
        "refused-amid-others",
        "connections of other ranges complete at the same port within the second in which this one is refused",
        Frequency::Often,
        refused_amid_others,
    ),
];

fn range_alone_unanswered(look: &Viewpoint<'_>) -> Observation {
    let population = &look.incident.population;
    let selective = population.selective_range(look.case, &look.incident.evidence, &look.incident.ranges);
    let Some(selective) = selective else {
        return match population.too_few_unanswered(look.case, &look.incident.evidence, &look.incident.ranges)
        {
            true => Observation::NotVisible(TOO_FEW),
            false => without_range(look),
        };
    };
    let first = unanswered_syn(look.case, &look.incident.evidence).map(|(row, syn, _)| (row, syn));
    let first =
        first.or_else(|| unanswered(look.case, &look.incident.evidence).map(|sign| (sign.row, sign.first)));
    let text = || {
        let (from, others) = (from(selective.range), others(selective));
        format!("what comes from {from} is captured and never answered, while {others} complete")
    };
    look.seen(text, first.map(|(row, at)| row.place(at)), first.map(|(_, at)| at.time))
}

/// A range as people write it; a single address without the length of its prefix.
fn from(range: IpNet) -> String {
    if is_single(range) { range.addr().to_string() } else { range.to_string() }
}

fn is_single(range: IpNet) -> bool {
    range.prefix_len() == range.max_prefix_len()
}

fn kind(range: IpNet) -> &'static str {
    if is_single(range) { "addresses" } else { "ranges" }
}

fn others(selective: Selective) -> String {
    format!("{} connections from other {}", selective.others_established, kind(selective.range))
}

/// Where no range stands out: whether captures show enough of others to say so.
fn without_range(look: &Viewpoint<'_>) -> Observation {
    if look.case.attempts.is_empty() { Observation::NotVisible(NO_PACKETS) } else { absent() }
}

fn range_alone_refused(look: &Viewpoint<'_>) -> Observation {
    let Incident { population, evidence, ranges, .. } = look.incident;
    // The edge heard a refusal of which the capture has nothing that can be read: there its SYNs look unanswered.
    let unread = unanswered_syn(look.case, evidence).filter(|_| is_said_refused(look.case, evidence));
    let by_unread = || unread.and_then(|_| population.selective_range(look.case, evidence, ranges));
    let selective = population.refused_range(look.case, evidence, ranges).or_else(by_unread);
    let by_resets = || population.range_answered_by_resets(look.case, evidence, ranges);
    let Some(range) = selective.map(|selective| selective.range).or_else(by_resets) else {
        return match population.too_few_refused(look.case, evidence, ranges) {
            true => Observation::NotVisible(TOO_FEW),
            false => without_range(look),
        };
    };
    let at = refusal(look.case, look).or(unread.map(|(row, syn, _)| (row, syn))).or_else(|| {
        let sign = unanswered(look.case, evidence)?;
        Some((sign.row, sign.reset_after_request().unwrap_or(sign.first)))
    });
    let text = || match selective {
        Some(selective) => {
            format!("what comes from {} is refused, while {} complete", from(range), others(selective))
        }
        None => format!(
            "resets alone answer {}, those who connect as well as those who ask over an open connection, while others are answered",
            from(range)
        ),
    };
    look.seen(text, at.map(|(row, at)| row.place(at)), at.map(|(_, at)| at.time))
}

fn refused_amid_others(look: &Viewpoint<'_>) -> Observation {
    let Some((row, at)) = refusal(look.case, look) else {
        return Observation::NotVisible(NO_REFUSAL);
    };
    let others = look.incident.population.refused_amid.others(&row.connection, &look.incident.ranges);
    let seen = others.map(|others| {
        let text = || {
            format!("it is refused within a second in which {others} connections of other ranges complete at that port")
        };
        look.seen(text, row.place(at), at.time)
    });
    seen.unwrap_or(Observation::NotVisible("too few others connect within that second"))
}

fn refused_in_turn(look: &Viewpoint<'_>) -> Observation {
    let Some((row, at)) = refusal(look.case, look) else {
        return Observation::NotVisible(NO_REFUSAL);
    };
    or_absent(look.incident.population.refused_in_turn(row.connection.server).map(|fates| {
        let text = || {
            format!(
                "of connections from the same addresses {} are refused and {} taken, in turn",
                fates.refused, fates.taken
            )
        };
        look.seen(text, row.place(at), at.time)
    }))
}

/// A rule that counts connections goes by their number alone.
fn refused_while_many_open(look: &Viewpoint<'_>) -> Observation {
    let evidence = &look.incident.evidence;
    let syn = || unanswered_syn(look.case, evidence).map(|(row, syn, _)| (row, syn));
    let Some((row, at)) = refusal(look.case, look).or_else(syn) else {
        return Observation::NotVisible("no attempt of it that was turned away was captured");
    };
    let connection = &row.connection;
    let limit = look.incident.population.open_limit(connection.server, connection.client.ip());
    or_absent(limit.map(|limit| {
        let text = || {
            let whose = if limit.of_address { "the address" } else { "all addresses" };
            format!(
                "from {} open connections of {whose} on attempts are turned away ({}), below they are taken ({})",
                limit.open, limit.turned_away, limit.taken
            )
        };
        look.seen(text, row.place(at), at.time)
    }))
}

/// Where a capture stands before the machine's own filter, what the machine drops is in it. What is not was dropped on the way: by a filter that lets others through,
/// or where others of its range come through as well, by nobody on purpose.
fn never_arrives(look: &Viewpoint<'_>) -> Observation {
    let evidence = &look.incident.evidence;
    let Some(row) = look.case.asked_origin(evidence).filter(|row| row.record.edge_status == Some(UNANSWERED))
    else {
        return Observation::Moot("the edge does not say that it got no answer");
    };
    if !look.case.attempts.is_empty() {
        return Observation::Moot("it arrived, and what dropped it then is not in packets");
    }
    if !look.incident.population.arriving.would_show(look.case, evidence) {
        return Observation::NotVisible("no capture has the connections to its server at that time");
    }
    if row.record.edge_address.is_none() && row.record.origin_address.is_none() {
        return Observation::NotVisible(
            "the edge's log tells neither which address was asked nor from which, so it may have been asked elsewhere",
        );
    }
    let Incident { population, ranges, .. } = look.incident;
    if row.record.edge_address.is_some() && population.range_that_only_fails(&row.record, ranges).is_none() {
        return Observation::Moot("others from its range arrive, so nothing keeps that out");
    }
    let text =
        || "no attempt of it is in the capture, which has other connections to its server then".to_owned();
    look.seen(text, row.place, row.record.start)
}

/// The RST or the ICMP error that answers a SYN of the case.
fn refusal<'a>(case: &Case, look: &Viewpoint<'a>) -> Option<(&'a ConnectionRow, Arrival)> {
    case.connections(&look.incident.evidence).find_map(|row| {
        let icmp = row.connection.icmp.filter(IcmpError::is_rejection).map(|icmp| icmp.at);
        Some((row, row.connection.refused_at().or(icmp)?))
    })
}

fn range_alone_unacknowledged(look: &Viewpoint<'_>) -> Observation {
    let evidence = &look.incident.evidence;
    let Some(selective) = look.incident.population.unacknowledged_range(
        look.case,
        &look.incident.evidence,
        &look.incident.ranges,
    ) else {
        return without_range(look);
    };
    let row = look.case.connections(evidence).next_back();
    let text = || {
        let (to, others) = (from(selective.range), others(selective));
        format!("no answer to {to} is ever acknowledged, while {others} complete")
    };
    let at = row.map(|row| row.connection.handshake.syn_ack.unwrap_or(row.connection.last));
    look.seen(text, row.zip(at).map(|(row, at)| row.place(at)), at.map(|at| at.time))
}

fn range_only_fails(look: &Viewpoint<'_>) -> Observation {
    one_fate(look, Population::range_that_only_fails, "fails to connect")
}

fn range_only_refused(look: &Viewpoint<'_>) -> Observation {
    if look.case.status_at_origin(&look.incident.evidence) != Some(REFUSED) {
        return Observation::Moot("the edge does not say that it was refused");
    }
    one_fate(look, Population::range_only_refused, "is refused")
}

/// Whoever drops packets turns nobody away. Where the edge hears of it, by 521 or 523, an answer came; what it sends on connections that are open, or what
/// meets the limit for ICMP errors (Linux: `icmp_ratelimit`), waits in vain.
fn range_turned_away(look: &Viewpoint<'_>) -> Observation {
    if look.case.status_at_origin(&look.incident.evidence) != Some(UNANSWERED) {
        return Observation::Moot("the edge does not say that it got no answer");
    }
    one_fate(look, Population::range_turned_away, "is turned away or gets no answer")
}

fn one_fate(
    look: &Viewpoint<'_>,
    alone: fn(&Population, &EdgeRecord, &EdgeRanges) -> Option<IpNet>,
    fate: &str,
) -> Observation {
    let row = look.case.asked_origin(&look.incident.evidence);
    let Some(row) = row.filter(|row| row.record.edge_address.is_some()) else {
        return Observation::NotVisible("no record of the edge tells its address");
    };
    let range = alone(&look.incident.population, &row.record, &look.incident.ranges);
    or_absent(range.map(|range| {
        let text = || {
            let (from, kind) = (from(range), kind(range));
            format!(
                "every request from {from} to this origin {fate}, from the first that does to the last, while those from other {kind} pass"
            )
        };
        look.seen(text, row.place, row.record.start)
    }))
}
