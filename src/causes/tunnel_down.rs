//! tunnel-down: the tunnel to the origin is not connected.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "tunnel-down",
    title: TITLE,
    layer: Layer::Edge,
    who: Who::Edge,
    level: Level::Root,
    edge_statuses: &[502, 530],
    doc: include_str!("text/tunnel_down.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

/// Cloudflare docs: cloudflare-1xxx-errors.
const CODES: &[u16] = &[1033];

fn weigh(case: &Case, _: &Incident) -> Option<Weight> {
    let row = case.har.as_ref()?;
    let code = row.entry.error_code.filter(|code| CODES.contains(code))?;
    let text = format!("the error page says {code}: the tunnel to the origin is not connected");
    Weight::new().shown(strength::PROOF, text, row.place, row.entry.start).some()
}

/// One line that names what is wrong.
const TITLE: &str = "the tunnel to the origin is not connected";

/// What confirms or refutes it.
const CHECK: &str = "systemctl status cloudflared --no-pager | head -12; cloudflared tunnel list; journalctl -u \
    cloudflared --since '-30 min' | grep -E 'ERR|Registered|Unregistered|Lost connection' | tail";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Run it as a service",
        target: "systemd",
        snippet: r#"cloudflared service install      # with a token for a remotely managed tunnel: cloudflared service install "$TUNNEL_TOKEN"
mkdir -p /etc/systemd/system/cloudflared.service.d
cat > /etc/systemd/system/cloudflared.service.d/restart.conf <<'EOF'
[Unit]
StartLimitIntervalSec=0
[Service]
Restart=always
RestartSec=5
EOF
systemctl daemon-reload && systemctl enable --now cloudflared && systemctl status cloudflared --no-pager"#,
        why: "A tunnel started by hand ends with its terminal or at the next boot.",
        risk: "None.",
        rollback: "cloudflared service uninstall",
    },
    Remedy {
        title: "Let it out",
        target: "linux",
        snippet: "# outgoing 7844, UDP for QUIC and TCP for HTTP/2; adapt table and chain
nft insert rule inet filter output udp dport 7844 accept
nft insert rule inet filter output tcp dport 7844 accept
# where UDP cannot be opened, in /etc/cloudflared/config.yml:
#   protocol: http2",
        why: "Without QUIC cloudflared falls back to TCP; without both it has no way.",
        risk: "The rules are lost at a reload unless they are written to /etc/nftables.conf.",
        rollback: "nft -a list chain inet filter output shows the handles; nft delete rule inet filter output \
              handle N",
    },
    Remedy {
        title: "Run a second replica",
        target: "ansible",
        snippet: "- name: Run cloudflared on every origin host
  hosts: origins
  tasks:
    - name: Install the service with the tunnel's token
      ansible.builtin.command:
        cmd: cloudflared service install {{ tunnel_token }}
        creates: /etc/systemd/system/cloudflared.service
      no_log: true",
        why: "Replicas of one tunnel share the traffic, and the loss of a host loses nothing.",
        risk: "Each replica needs its own way to the service: an ingress to localhost must be served on \
              every host.",
        rollback: "cloudflared service uninstall on the second host",
    },
    Remedy {
        title: "Correct what the tunnel points to",
        target: "app",
        snippet: "# /etc/cloudflared/config.yml
tunnel: TUNNEL_ID
credentials-file: /etc/cloudflared/TUNNEL_ID.json
ingress:
  - hostname: {host}
    service: http://{upstream}
  - service: http_status:404
# cloudflared tunnel ingress validate && systemctl restart cloudflared",
        why: "The 502 form: the tunnel is connected and the address of the service is wrong, or refers to \
              localhost inside a container.",
        risk: "Hostnames that no rule names get 404.",
        rollback: "Restore the former file and restart",
    },
];
