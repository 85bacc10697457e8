//! tls-certificate-name-mismatch: the origin's certificate does not cover the host.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::when;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "tls-certificate-name-mismatch",
    title: TITLE,
    layer: Layer::Tls,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[526],
    doc: include_str!("text/tls_certificate_name_mismatch.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let (row, leaf) = super::refused_certificate(case, incident)?;
    let asked = row.tls.as_ref()?.client_hello.as_ref()?.sni.as_deref().or(case.host.as_deref())?;
    if leaf.unreadable || leaf.dns_names.iter().any(|name| covers(name, asked)) {
        return None;
    }
    let text = format!("the edge asks for {asked}, the certificate covers {}", names(&leaf.dns_names));
    Weight::new().shown(strength::STRONG, text, row.place(leaf.at), when(leaf.at)).some()
}

fn names(names: &[String]) -> String {
    const SHOWN: usize = 4;
    match names.len() {
        0 => "no name at all".to_owned(),
        count @ ..=SHOWN => names[..count].join(", "),
        count => format!("{} and {} more", names[..SHOWN].join(", "), count - SHOWN),
    }
}

/// RFC 6125, 6.4.3: a wildcard stands for one whole label, the leftmost.
fn covers(pattern: &str, host: &str) -> bool {
    let host = host.trim_end_matches('.');
    match (pattern.strip_prefix("*."), host.split_once('.')) {
        (Some(parent), Some((label, rest))) => !label.is_empty() && rest.eq_ignore_ascii_case(parent),
        _ => pattern.eq_ignore_ascii_case(host),
    }
}

/// One line that names what is wrong.
const TITLE: &str = "the origin's certificate does not cover the host";

/// What confirms or refutes it.
const CHECK: &str = "openssl s_client -connect {origin}:443 -servername {host} -verify_hostname {host} </dev/null 2>&1 | \
    grep -E 'subject=|verify error|Verify return'";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Issue a certificate with all names",
        target: "linux",
        snippet: "certbot certonly --cert-name {host} --expand -d {host} -d www.{host} --webroot -w /var/www/html --deploy-hook 'nginx -t && systemctl reload nginx'
openssl s_client -connect {origin}:443 -servername {host} </dev/null 2>/dev/null | openssl x509 -noout -ext subjectAltName",
        why: "--expand keeps the file names and adds the names that were missing.",
        risk: "Each name is validated through the edge: exempt /.well-known/acme-challenge/ from redirects \
              and challenges. Wildcards need DNS validation.",
        rollback: "The former certificate stays in /etc/letsencrypt/archive",
    },
    Remedy {
        title: "Issue an origin certificate with all names",
        target: "cloudflare",
        snippet: "# SSL/TLS > Origin Server > Create Certificate
# Hostnames: {host}, *.{host}
# then on the origin (nginx):
ssl_certificate     /etc/ssl/cloudflare-origin.pem;
ssl_certificate_key /etc/ssl/cloudflare-origin.key;",
        why: "A wildcard does not cover the name itself: both must be listed.",
        risk: "Browsers do not trust it: the hostname must stay proxied.",
        rollback: "Restore the former two lines, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Let the right server block answer",
        target: "nginx",
        snippet: "# the block that holds the certificate for {host}; without a match the default server of the port answers with its own
server {
    listen 443 ssl;
    listen [::]:443 ssl;
    server_name {host} www.{host};
    ssl_certificate     /etc/ssl/{host}.fullchain.pem;
    ssl_certificate_key /etc/ssl/{host}.key;
}",
        why: "A missing listen for IPv6, or a name left out of server_name, sends the edge to the default \
              server.",
        risk: "A name in two blocks is served by the first: nginx -t warns about it.",
        rollback: "Restore the former block, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Ask for a name on the certificate",
        target: "cloudflare",
        snippet: r#"# Rules > Origin Rules; the plan must include the override
# When incoming requests match:
http.host eq "{host}"
# Then: SNI, override to a name that the certificate has"#,
        why: "For an origin whose certificate cannot be changed.",
        risk: "The origin may choose another site by the new name.",
        rollback: "Disable the rule",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_covers_one_label_and_no_more() {
        assert!(covers("*.shop.example", "www.shop.example") && covers("Shop.Example", "shop.example."));
        assert!(!covers("*.shop.example", "a.b.shop.example") && !covers("*.shop.example", "shop.example"));
    }
}
