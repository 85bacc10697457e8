//! Remedies of response-header-too-large.

use crate::causes::catalogue::Remedy;

/// One line that names what is wrong.
pub const TITLE: &str = "response headers exceed what the edge takes";

/// What confirms or refutes it.
pub const CHECK: &str = r#"curl -s -D - -o /dev/null --resolve {host}:443:{origin} 'https://{host}{path}' | awk '{ n += length($0) + 1; print length($0), substr($0, 1, 60) } END { print n, "bytes in total" }' | sort -rn | head"#;

/// What to change, best first.
pub const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Keep the state on the server and a key in the cookie",
        target: "app",
        snippet: r#"# Django: sessions in the database instead of in the cookie
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
# Rails: config/initializers/session_store.rb
#   Rails.application.config.session_store :cache_store, key: "_session", expire_after: 1.day"#,
        why: "A session cookie that carries its content grows with each item; a key does not. Largest \
              measured: {bytes} bytes.",
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
