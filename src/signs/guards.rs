//! The own words of what keeps requests out: a firewall's, fail2ban's, a limiter's.

use std::net::IpAddr;

use super::lines::{has_signature, said_between};
use super::sign::{Frequency, Observation, Sign, Viewpoint, look};
use crate::correlate::limited::LimitedAddresses;
use crate::correlate::messages::Named;
use crate::facts::lasting::{BANNED, CONNECTIONS_LIMITED, Lasting};
use crate::text::address::address;
use crate::text::words::quote;
use crate::time::{Duration, Time};

pub(super) const SIGNS: &[Sign] = &[
    look(
        "firewall-line",
        "the firewall's own line names the edge's address",
        Frequency::Never,
        firewall_line,
    ),
    look("banned", "fail2ban has banned the edge's address", Frequency::Never, banned),
    look(
        "limit-met-line",
        "the application says at that moment that a limit refuses a request",
        Frequency::Never,
        limit_met,
    )
    .one_with("denied"),
    look(
        "address-limited-line",
        "a server says of the edge's address that it has too many connections, and closes what comes on more of them",
        Frequency::Never,
        address_limited,
    )
    .one_with("denied"),
];

/// The kernel's firewall writes one line for each packet, with the packet's source address in it: any of the edge's, where no record tells which one
/// asked. A record of the edge without an end does not tell how long it tried to connect; its packets do.
fn firewall_line(look: &Viewpoint<'_>) -> Observation {
    const NEAR: Duration = Duration::from_seconds(2);
    let (case, incident) = (look.case, look.incident);
    let asks = case.edge_address(&incident.evidence);
    let is_from = |client: IpAddr| match asks {
        Some(address) => client == address,
        None => incident.ranges.contains(client),
    };
    let tried = case.connections(&incident.evidence).map(|row| {
        let last = row.connection.handshake.last_syn.unwrap_or(row.connection.first);
        incident.clocks.correct(row.input(), last.time)
    });
    let end = tried.fold(case.end, Time::max);
    let mut lines = incident.messages.between(&incident.evidence, case.time.plus(-NEAR), end.plus(NEAR));
    let row = lines.find(|row| {
        let is_of_firewall = has_signature(row, &["firewall-blocked", "firewall-logged"]);
        let machines = &incident.population.machines;
        is_of_firewall
            && row.line.client.is_some_and(is_from)
            && !is_of_open_connection(&row.line.text)
            && !is_to_another(look, &row.line.text)
            && machines.would_tell_of(row.place.input(), case, &incident.evidence)
    });
    match row {
        Some(row) => look.seen(
            || format!("the firewall's own line: {}", quote(&row.line.text)),
            row.place,
            row.line.time,
        ),
        // Most firewalls write nothing of what they drop.
        None => Observation::NotVisible("no line of a firewall names the edge's address"),
    }
}

/// Whether a firewall's line is about a packet of a connection that was open before, such as a late reset: the flags stand as words
/// (net/netfilter/nf_log_syslog.c), and only a SYN begins anything.
fn is_of_open_connection(text: &str) -> bool {
    let has = |flag: &str| text.split_ascii_whitespace().any(|word| word == flag);
    !has("SYN") && ["RST", "FIN", "ACK"].into_iter().any(has)
}

/// Whether the packet of a firewall's line went to another server than the one that was asked: behind a translator of addresses the line has one that no
/// request names, and tells nothing of that.
fn is_to_another(look: &Viewpoint<'_>, text: &str) -> bool {
    let to = text.split_ascii_whitespace().find_map(|word| address(word.strip_prefix("DST=")?.as_bytes()));
    let asked = look.case.server_address(&look.incident.evidence);
    to.zip(asked).is_some_and(|(to, asked)| to != asked && look.incident.population.origins.answers(to))
}

/// A ban by fail2ban that held when the case began. fail2ban bans for ten minutes unless it is told otherwise; a day is what many set.
fn banned(look: &Viewpoint<'_>) -> Observation {
    const LONGEST_BAN: Duration = Duration::from_seconds(86_400);
    holds_for_address(
        look,
        (BANNED, LONGEST_BAN),
        |address| format!("fail2ban has banned the edge's address {address}"),
        "no line of fail2ban names the edge's address",
    )
}

/// ASP.NET Core's limiter names neither request nor client: its line is of one that is answered at that moment with a limit's status.
fn limit_met(look: &Viewpoint<'_>) -> Observation {
    const AT_ONCE: Duration = Duration::from_seconds(1);
    let status = look.case.origin_status(&look.incident.evidence);
    if !status.is_some_and(LimitedAddresses::counts) {
        return Observation::Moot("limits answer 429 or 503");
    }
    let (from, to) = (look.case.end.plus(-AT_ONCE), look.case.end.plus(AT_ONCE));
    match said_between(look, &["kestrel-requests-limited"], from, to).next() {
        Some(row) => {
            let text = || format!("a limit refuses a request at that moment: {}", quote(&row.line.text));
            look.seen(text, row.place, row.line.time).not_own()
        }
        None => Observation::NotVisible("no line of that moment says that a limit was met"),
    }
}

/// A limit on the connections of the edge's address that was met within the minute before: LiteSpeed bans who meets it for a while, and says so once.
fn address_limited(look: &Viewpoint<'_>) -> Observation {
    const LASTS: Duration = Duration::from_seconds(60);
    if look.case.origin_status(&look.incident.evidence).is_some() {
        return Observation::Moot("it was answered");
    }
    holds_for_address(
        look,
        (CONNECTIONS_LIMITED, LASTS),
        |address| format!("the edge's address {address} meets a limit"),
        "no line says that the edge's address has too many connections",
    )
}

/// What was said of the edge's address, so long before the case began at most, and held when it ended; `unsaid` where nothing was.
fn holds_for_address(
    look: &Viewpoint<'_>,
    (lasting, longest): (Lasting, Duration),
    said: impl Fn(IpAddr) -> String,
    unsaid: &'static str,
) -> Observation {
    let (case, incident) = (look.case, look.incident);
    let Some(address) = case.edge_address(&incident.evidence) else {
        return Observation::NotVisible("the edge's address is not known");
    };
    let (from, to) = (case.time.plus(-longest), case.end.plus(Duration::SECOND));
    match incident.messages.holding(&incident.evidence, (lasting, &Named::Client(address)), from, to) {
        Some(row) => {
            let text = || format!("{}: {}", said(address), quote(&row.line.text));
            look.seen(text, row.place, row.line.time)
        }
        None => Observation::NotVisible(unsaid),
    }
}
