//! Remedies of tls-certificate-expired.

use crate::causes::catalogue::Remedy;

/// One line that names what is wrong.
pub const TITLE: &str = "the origin's certificate is outside its validity dates";

/// What confirms or refutes it.
pub const CHECK: &str = "openssl s_client -connect {origin}:443 -servername {host} </dev/null 2>/dev/null | openssl x509 -noout \
    -subject -issuer -dates";

/// What to change, best first.
pub const REMEDIES: &[Remedy] = &[
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
