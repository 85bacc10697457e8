//! tls-certificate-expired: the origin's certificate is outside its validity dates.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::when;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::flow::Side;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "tls-certificate-expired",
    title: TITLE,
    layer: Layer::Tls,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[526],
    doc: include_str!("text/tls_certificate_expired.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

/// RFC 8446, 6: the edge's word for a certificate past or before its dates.
const CERTIFICATE_EXPIRED: u8 = 45;

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let mut weight = Weight::new();
    for row in case.connections(incident) {
        let Some(tls) = &row.tls else { continue };
        let leaf = tls.certificates.first();
        if let Some(leaf) =
            leaf.filter(|leaf| leaf.at.time > leaf.not_after || leaf.at.time < leaf.not_before)
        {
            let text = format!(
                "the certificate of {} is valid from {} to {}, the handshake was at {}",
                leaf.subject, leaf.not_before, leaf.not_after, leaf.at.time
            );
            weight = weight.shown(strength::STRONG, text, row.place(leaf.at), when(leaf.at));
        }
        let refused = tls
            .alerts
            .iter()
            .find(|alert| alert.from == Side::Client && alert.description == CERTIFICATE_EXPIRED);
        if let Some(alert) = refused {
            let text = "the edge refuses the certificate: certificate_expired (45)";
            weight = weight.shown(strength::STRONG, text, row.place(alert.at), when(alert.at));
        }
    }
    weight.some()
}

/// One line that names what is wrong.
const TITLE: &str = "the origin's certificate is outside its validity dates";

/// What confirms or refutes it.
const CHECK: &str = "openssl s_client -connect {origin}:443 -servername {host} </dev/null 2>/dev/null | openssl x509 -noout \
    -subject -issuer -dates";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Renew, and load what was renewed",
        target: "linux",
        snippet: "certbot renew --cert-name {host} --deploy-hook 'nginx -t && systemctl reload nginx'
# what is served now:
openssl s_client -connect {origin}:443 -servername {host} </dev/null 2>/dev/null | openssl x509 -noout -dates",
        why: "A server keeps the certificate in memory: a new file helps only after a reload. certbot \
              remembers the hook for later renewals.",
        risk: "The authority limits renewals of the same names; use --dry-run while you try.",
        rollback: "The former certificate stays in /etc/letsencrypt/archive",
    },
    Remedy {
        title: "Watch what is served, not the file",
        target: "systemd",
        snippet: "cat > /etc/systemd/system/certificate-watch.service <<'EOF'
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'openssl s_client -connect {origin}:443 -servername {host} </dev/null 2>/dev/null | openssl x509 -noout -checkend 1209600'
EOF
cat > /etc/systemd/system/certificate-watch.timer <<'EOF'
[Timer]
OnCalendar=daily
Persistent=true

[Install]
WantedBy=timers.target
EOF
systemctl daemon-reload && systemctl enable --now certificate-watch.timer",
        why: "The unit fails two weeks before the end; let the monitoring look at failed units.",
        risk: "None.",
        rollback: "systemctl disable --now certificate-watch.timer and remove both files",
    },
    Remedy {
        title: "Use a long-lived origin certificate",
        target: "cloudflare",
        snippet: "# SSL/TLS > Origin Server > Create Certificate, for {host}; then on the origin (nginx):
ssl_certificate     /etc/ssl/cloudflare-origin.pem;
ssl_certificate_key /etc/ssl/cloudflare-origin.key;",
        why: "The edge trusts its own Origin CA in mode Full (strict), and such a certificate lives for up \
              to 15 years.",
        risk: "Browsers do not trust it: the hostname must stay proxied.",
        rollback: "Restore the former two lines, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Stop validating until it is renewed",
        target: "cloudflare",
        snippet: r#"# SSL/TLS > Overview: Full instead of Full (strict), for minutes, not for days
curl -X PATCH "https://api.cloudflare.com/client/v4/zones/$ZONE_ID/settings/ssl" \
  -H "Authorization: Bearer $API_TOKEN" -H "Content-Type: application/json" --data '{"value": "full"}'"#,
        why: "In mode Full the edge does not look at the dates, and the site is back at once.",
        risk: "The edge then accepts any certificate: someone on the way could stand in for the origin.",
        rollback: "The same call with the value strict",
    },
];
