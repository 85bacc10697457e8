//! Remedies of request-header-too-large.

use crate::causes::catalogue::Remedy;

/// One line that names what is wrong.
pub const TITLE: &str = "request headers exceed what the origin takes";

/// What confirms or refutes it.
pub const CHECK: &str = r#"curl -s -o /dev/null -D - -H "Cookie: pad=$(head -c 9000 /dev/zero | tr '\0' x)" --resolve {host}:443:{origin} 'https://{host}{path}' | head -1"#;

/// What to change, best first.
pub const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Take larger request headers",
        target: "nginx",
        snippet: "# http { } or the default server { } of the address; largest measured: {bytes} bytes
large_client_header_buffers 4 32k;",
        why: "One header line must fit into one buffer, 8 KB by default; a Cookie header is one line.",
        risk: "Up to 128 KB of memory for a connection that sends so much; the application behind has its \
              own limit.",
        rollback: "large_client_header_buffers 4 8k; then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Take larger request headers",
        target: "apache",
        snippet: "# server config, or the first VirtualHost of the address; largest measured: {bytes} bytes
LimitRequestFieldSize 32768
LimitRequestLine 16384",
        why: "One field may have 8190 bytes by default; a Cookie header is one field.",
        risk: "More memory for a request that sends so much.",
        rollback: "Remove both lines, then apachectl configtest && apachectl graceful",
    },
    Remedy {
        title: "Expire the cookies that grew",
        target: "app",
        snippet: "Set-Cookie: NAME=; Path=/; Domain=.{host}; Max-Age=0; Secure",
        why: "The headers grow since cookies are added and never taken back. Send one such line for each \
              cookie that is no longer needed, with the path and domain it was set with.",
        risk: "What was stored in the cookie is lost.",
        rollback: "Stop sending the line",
    },
    Remedy {
        title: "Drop cookies where none are needed",
        target: "cloudflare",
        snippet: r#"# Rules > Transform Rules > Modify Request Header
# When incoming requests match:
starts_with(http.request.uri.path, "/static/")
# Then: Remove, header name: Cookie"#,
        why: "Static paths need no cookies, and they are most of the requests.",
        risk: "A path that does read cookies loses the session of its visitors.",
        rollback: "Disable the rule",
    },
];
