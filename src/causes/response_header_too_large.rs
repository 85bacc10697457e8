//! response-header-too-large: response headers exceed what the edge takes.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::when;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "response-header-too-large",
    title: TITLE,
    layer: Layer::Http,
    who: Who::Origin,
    level: Level::Root,
    edge_statuses: &[520],
    doc: include_str!("text/response_header_too_large.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &[],
    weigh,
};

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let limit = incident.profile.limits.response_header_bytes;
    let mut weight = Weight::new();
    for (row, kept) in case.exchanges(incident) {
        let Some(response) = &kept.exchange.response else { continue };
        let bytes = response.head.bytes;
        let largest = response.head.largest.first().map_or(String::new(), |header| {
            format!("; the largest line is {} with {} bytes", header.name, header.bytes)
        });
        let place = row.place(response.first);
        if bytes > limit {
            let text = format!("response headers of {bytes} bytes, the edge takes {limit}{largest}");
            weight = weight.shown(strength::PROOF, text, place, when(response.first));
        } else if bytes > incident.profile.warn.header_total_bytes && case.edge_status() == Some(520) {
            let text =
                format!("response headers of {bytes} bytes, above the edge's limit of former years{largest}");
            weight = weight.shown(strength::HINT, text, place, when(response.first));
        }
    }
    if let Some(row) = &case.edge {
        let bytes: u64 = row.record.response_headers.iter().map(|(_, bytes)| *bytes).sum();
        if bytes > limit {
            let text = format!("the edge logged response headers of {bytes} bytes, it takes {limit}");
            weight = weight.shown(strength::PROOF, text, row.place, Some(row.record.start));
        }
    }
    weight.some()
}

/// One line that names what is wrong.
const TITLE: &str = "response headers exceed what the edge takes";

/// What confirms or refutes it.
const CHECK: &str = r#"curl -s -D - -o /dev/null --resolve {host}:443:{origin} 'https://{host}{path}' | awk '{ n += length($0) + 1; print length($0), substr($0, 1, 60) } END { print n, "bytes in total" }' | sort -rn | head"#;

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Keep the state on the server and a key in the cookie",
        target: "app",
        snippet: r#"# Largest measured: {bytes} bytes. Django: sessions in the database instead of in the cookie
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
# Rails: config/initializers/session_store.rb
#   Rails.application.config.session_store :cache_store, key: "_session", expire_after: 1.day"#,
        why: "A session cookie that carries its content grows with each item; a key does not.",
        risk: "Sessions that exist are lost at the change; the store must be shared by all servers.",
        rollback: "Set the former session store",
    },
    Remedy {
        title: "Drop headers that nobody reads",
        target: "nginx",
        snippet:
            "# location that proxies to the application; names are examples, take those that the audit lists
proxy_hide_header X-Debug-Token;
proxy_hide_header X-Debug-Token-Link;
proxy_hide_header Link;",
        why: "Debug, policy and preload headers are often larger than all cookies together.",
        risk: "Clients that read the header no longer see it.",
        rollback: "Remove the lines, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Expire the cookies that grew",
        target: "app",
        snippet: "Set-Cookie: NAME=; Path=/; Max-Age=0; Secure; HttpOnly",
        why: "Browsers keep sending what was set once; the old cookies must be taken back by the same name, \
              path and domain.",
        risk: "What was stored in them is lost.",
        rollback: "Stop sending the line",
    },
    Remedy {
        title: "Log the size to see it grow",
        target: "haproxy",
        snippet:
            "# frontend without other captures: the length of the last Set-Cookie header in each log line
declare capture response len 8
http-response capture res.hdr(Set-Cookie),length id 0",
        why: "The edge refuses at about 128 KB in total today and refused at 32 KB, 16 KB a header, before; \
              the log shows how far off the limit is.",
        risk: "The captured header stands at a fixed position in the log line: parsers must know.",
        rollback: "Remove both lines, then reload",
    },
];
