//! redirect-loop: edge and origin redirect visitors in a circle.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::when;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::evidence::failure::Failure;

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "redirect-loop",
    title: TITLE,
    layer: Layer::Edge,
    who: Who::Edge,
    level: Level::Root,
    edge_statuses: &[301, 302, 307, 308],
    doc: include_str!("text/redirect_loop.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    if case.failure != Failure::RedirectToItself {
        return None;
    }
    let mut weight = Weight::new();
    for (row, kept) in case.exchanges(incident) {
        let (Some(request), Some(response)) = (&kept.exchange.request, &kept.exchange.response) else {
            continue;
        };
        let plain = row.tls.is_none();
        let text = format!(
            "the origin answers {} to the very URL that was asked for, again and again",
            response.status.unwrap_or_default()
        );
        weight = weight.shown(strength::STRONG, text, row.place(response.first), when(response.first));
        if plain && request.visitor_https {
            let text = "the visitor came by https, the edge asks in plain HTTP: the mode is Flexible";
            weight = weight.shown(strength::HINT, text, row.place(request.first), when(request.first));
        }
    }
    if let Some(row) = &case.har {
        let text = format!("the browser is sent to the URL that it asked for ({})", row.entry.status);
        weight = weight.shown(strength::STRONG, text, row.place, row.entry.start);
    }
    weight.some()
}

/// One line that names what is wrong.
const TITLE: &str = "edge and origin redirect visitors in a circle";

/// What confirms or refutes it.
const CHECK: &str = "curl -sS -o /dev/null -D - --resolve {host}:80:{origin} 'http://{host}{path}' -H 'X-Forwarded-Proto: \
    https' | grep -iE '^(HTTP|location)'";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Speak TLS to the origin",
        target: "cloudflare",
        snippet: r#"# the origin needs a certificate on port 443 first: SSL/TLS > Origin Server > Create Certificate
openssl s_client -connect {origin}:443 -servername {host} </dev/null 2>/dev/null | openssl x509 -noout -subject -dates
curl -X PATCH "https://api.cloudflare.com/client/v4/zones/$ZONE_ID/settings/ssl" \
  -H "Authorization: Bearer $API_TOKEN" -H "Content-Type: application/json" --data '{"value": "strict"}'"#,
        why: "The edge then asks by https what was asked by https, and nothing travels in the clear.",
        risk: "All hostnames of the zone change: each needs a certificate at its origin, else it fails \
              with 525 or 526. A Configuration Rule can set the mode for {host} alone.",
        rollback: "The same call with the value flexible",
    },
    Remedy {
        title: "Believe the header from the edge",
        target: "nginx",
        snippet: r#"# http { }: the scheme that the visitor used
map $http_x_forwarded_proto $visitor_scheme {
    default $http_x_forwarded_proto;
    ""      $scheme;
}
# server { } on port 80, in place of an unconditional redirect
if ($visitor_scheme = http) {
    return 301 https://$host$request_uri;
}"#,
        why: "The origin redirects only those who really came by http.",
        risk: "Whoever connects past the edge can set the header and stay on http: allow only the edge to \
              connect.",
        rollback: "Restore the unconditional redirect, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Believe the header from the edge",
        target: "apache",
        snippet: r#"# .htaccess or <VirtualHost *:80>
RewriteEngine On
RewriteCond %{HTTP:X-Forwarded-Proto} !=https
RewriteCond %{HTTPS} !=on
RewriteRule ^ https://%{HTTP_HOST}%{REQUEST_URI} [R=301,L]
# let applications see it as well
SetEnvIf X-Forwarded-Proto "^https$" HTTPS=on"#,
        why: "Most CMS decide by the variable HTTPS whether to redirect.",
        risk: "Whoever connects past the edge can set the header: allow only the edge to connect.",
        rollback: "Restore the former lines, then apachectl graceful",
    },
    Remedy {
        title: "Tell the application what stands in front",
        target: "app",
        snippet: r#"// WordPress, wp-config.php, above "That's all"
if (($_SERVER['HTTP_X_FORWARDED_PROTO'] ?? '') === 'https') { $_SERVER['HTTPS'] = 'on'; }
// Express:  app.set('trust proxy', true)
// Django:   SECURE_PROXY_SSL_HEADER = ('HTTP_X_FORWARDED_PROTO', 'https')
// Laravel:  TrustProxies with the edge's ranges"#,
        why: "The application's own redirect to https then knows that it is not needed.",
        risk: "The header must be trusted from the edge only.",
        rollback: "Remove the line",
    },
];
