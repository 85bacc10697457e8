//! Remedies of tls-plaintext-on-port.

use crate::causes::catalogue::Remedy;

/// One line that names what is wrong.
pub const TITLE: &str = "the origin speaks plain HTTP on the TLS port";

/// What confirms or refutes it.
pub const CHECK: &str = "openssl s_client -connect {origin}:443 -servername {host} </dev/null; curl -sv -H 'Host: {host}' \
    http://{origin}:443/ -o /dev/null";

/// What to change, best first.
pub const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Turn TLS on for the listener",
        target: "nginx",
        snippet: "# server { } of {host}
listen 443 ssl;
listen [::]:443 ssl;
ssl_certificate     /etc/ssl/site.pem;
ssl_certificate_key /etc/ssl/site.key;",
        why: "listen 443 without ssl opens the port for plain HTTP.",
        risk: "Whoever speaks plain HTTP to port 443 now gets a 400, such as an internal health check.",
        rollback: "Remove ssl from the listen lines, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Turn TLS on for the listener",
        target: "apache",
        snippet: "# needs mod_ssl
Listen 443 https
<VirtualHost *:443>
    ServerName {host}
    SSLEngine on
    SSLCertificateFile    /etc/ssl/site.pem
    SSLCertificateKeyFile /etc/ssl/site.key
</VirtualHost>",
        why: "Without SSLEngine on, a VirtualHost speaks plain HTTP on whatever port.",
        risk: "Whoever speaks plain HTTP to port 443 now gets an error.",
        rollback: "SSLEngine off, then apachectl configtest && apachectl graceful",
    },
    Remedy {
        title: "Turn TLS on for the listener",
        target: "haproxy",
        snippet: "# frontend; the directory holds files with certificate and key
bind :443 ssl crt /etc/haproxy/certs/ alpn h2,http/1.1",
        why: "bind :443 without ssl opens the port for plain HTTP.",
        risk: "Whoever speaks plain HTTP to port 443 now gets an error.",
        rollback: "Restore the former bind line, then reload",
    },
    Remedy {
        title: "Point the edge at the port that speaks TLS",
        target: "cloudflare",
        snippet: r#"# Rules > Origin Rules
# When incoming requests match:
http.host eq "{host}"
# Then: Destination Port, rewrite to 8443   (the port on which openssl s_client succeeds)"#,
        why: "Where the TLS listener is on another port, for instance behind a container's port mapping.",
        risk: "The port must be open for all of the edge's ranges.",
        rollback: "Disable the rule",
    },
];
