//! middlebox-reset: a device between edge and origin resets connections.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::when;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "middlebox-reset",
    title: TITLE,
    layer: Layer::Tcp,
    who: Who::Path,
    level: Level::Root,
    edge_statuses: &[520, 525],
    doc: include_str!("text/middlebox_reset.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    // A side's own packets all travel the same way; a device's forged one does not.
    let row = case.connections(incident).next_back().filter(|row| row.reset_is_forged())?;
    let reset = row.connection.reset?;
    let own = match row.connection.traffic(reset.by).ttl? {
        (smallest, largest) if smallest < largest => format!("{smallest} to {largest}"),
        (only, _) => only.to_string(),
    };
    let text = format!(
        "the RST has a time to live of {}, the other packets of {} have {own}",
        reset.ttl,
        row.connection.address(reset.by),
    );
    let weight = Weight::new().shown(strength::STRONG, text, row.place(reset.at), when(reset.at));
    match row.connection.traffic(reset.by).conflicting_overlaps {
        0 => weight.some(),
        conflicts => {
            let text = format!(
                "{conflicts} segments in the name of {} have other bytes than were captured before for the same sequence numbers",
                row.connection.address(reset.by)
            );
            weight.supported(strength::HINT, text, None).some()
        }
    }
}

/// One line that names what is wrong.
const TITLE: &str = "a device between edge and origin resets connections";

/// What confirms or refutes it.
const CHECK: &str = "tshark -r capture.pcap -Y 'tcp.flags.reset == 1 && ip.addr == {edge_range}' -T fields -e frame.number \
    -e tcp.stream -e ip.src -e ip.ttl -e ip.id -e tcp.flags.str -e tcp.seq_raw -e tcp.time_delta";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Keep idle entries alive from the origin",
        target: "nginx",
        snippet: "# server { }: first probe after 60 s, then every 30 s
listen 443 ssl so_keepalive=60s:30s:5;",
        why: "Probes from the origin's side refresh the device's table before its timeout, however long \
              the edge stays silent.",
        risk: "One small packet per idle connection and minute. Devices that count only data are not \
              refreshed.",
        rollback: "Remove so_keepalive, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Raise the device's idle timeout",
        target: "aws",
        snippet: r#"# Network Load Balancer, TCP listener: 60 to 6000 s, default 350
aws elbv2 modify-listener-attributes --listener-arn "$LISTENER" --attributes Key=tcp.idle_timeout.seconds,Value=1000"#,
        why: "Above the edge's 900 s the edge is the first to close, and nobody uses an entry that is \
              gone.",
        risk: "The load balancer holds more idle connections. The 350 s of a NAT gateway cannot be \
              changed: use probes there.",
        rollback: "The same call with 350",
    },
    Remedy {
        title: "Close earlier than the device forgets",
        target: "nginx",
        snippet: "# below the device's timeout, here 350 s
keepalive_timeout 300s;",
        why: "A FIN from the origin is better than a reset from a device: the edge sees most of them in \
              time.",
        risk: "It brings back the keep-alive race with the edge, whose limit is 900 s; use it only where \
              the device cannot be changed.",
        rollback: "Restore the former value, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Exempt the edge from inspection",
        target: "linux",
        snippet: r#"# Suricata as an inline IPS, /etc/suricata/suricata.yaml and a rule of your own; other devices have the like
echo 'pass tcp {edge_range} any -> any [80,443] (msg:"edge passes"; sid:1000001; rev:1;)' >> /etc/suricata/rules/local.rules
suricata -T -c /etc/suricata/suricata.yaml && suricatasc -c reload-rules"#,
        why: "All traffic of the site comes from few addresses, which looks like an attack to rules that \
              count; the edge has rules of its own.",
        risk: "The device no longer sees attacks in this traffic.",
        rollback: "Remove the line and reload the rules",
    },
];
