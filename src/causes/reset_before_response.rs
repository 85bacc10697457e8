//! reset-before-response: the origin resets the connection instead of answering.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::{self, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::text::words::duration;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "reset-before-response",
    title: TITLE,
    layer: Layer::Tcp,
    who: Who::Origin,
    level: Level::Residual,
    edge_statuses: &[520],
    doc: include_str!("text/reset_before_response.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let sign = signs::unanswered(case, incident)?;
    let reset = sign.reset_after_request()?;
    if sign.closed_before_request().is_some() || sign.given_up().is_some() {
        return None;
    }
    let text = format!(
        "RST from the origin {} after the request",
        duration(reset.time.since(sign.request.last.time))
    );
    let weight = Weight::new().shown(strength::STRONG, text, sign.place(reset), when(reset));
    Some(match sign.request.acknowledged.filter(|acknowledged| *acknowledged < reset) {
        Some(at) => {
            weight.shown(strength::SLIGHT, "the request had been acknowledged", sign.place(at), when(at))
        }
        None => weight,
    })
}

/// One line that names what is wrong.
const TITLE: &str = "the origin resets the connection instead of answering";

/// What confirms or refutes it.
const CHECK: &str = "tshark -r capture.pcap -Y 'tcp.flags.reset == 1 && ip.src == {origin}' -T fields -e frame.number -e \
    tcp.stream -e ip.ttl -e tcp.time_relative";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Read the request to its end before closing",
        target: "nginx",
        snippet: "# http { } or server { }: the defaults, to be restored where they were changed
lingering_close on;
lingering_time 30s;
lingering_timeout 5s;
reset_timedout_connection off;",
        why: "A socket that is closed with unread bytes sends a reset, and the reset destroys the answer \
              that was on its way.",
        risk: "Connections stay some seconds longer after an early answer.",
        rollback: "Restore the former lines, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Consume the body before an early answer",
        target: "app",
        snippet: "// Node.js: refuse an upload without a reset
request.on('end', () => response.writeHead(413, { 'Content-Type': 'text/plain' }).end('too large'));
request.resume();",
        why: "Answering and closing while the body still arrives leaves unread bytes in the socket.",
        risk: "The body is transferred in full before the answer; bound it by a limit at the web server.",
        rollback: "Remove the lines",
    },
    Remedy {
        title: "Exempt the edge from rejecting rules",
        target: "linux",
        snippet: "# Rules that answer with a reset:
iptables-save -c | grep -n 'tcp-reset'
nft list ruleset | grep -n 'reject with tcp reset'
# before them:
iptables -I INPUT -p tcp -s {edge_range} -m multiport --dports 80,443 -j ACCEPT",
        why: "A filter or plugin that rejects by tcp-reset in the middle of a connection looks like a server \
              that gives up.",
        risk: "The rule no longer protects against what comes through the edge; limit by the visitor's \
              address instead.",
        rollback: "The same iptables command with -D instead of -I",
    },
    Remedy {
        title: "Look for a process that died",
        target: "systemd",
        snippet: "journalctl --since '-1 hour' | grep -E 'exited on signal|segfault|oom-kill|status=[0-9]+/'
coredumpctl list --since '-1 hour'",
        why: "When a process dies, the kernel resets its connections with unread data.",
        risk: "None, it only reads.",
        rollback: "Nothing to take back",
    },
];
