//! Requests that a web server writes into the stream of its messages: a container's two outputs make one log, and of a server that complains as it starts the
//! beginning of it shows messages alone. The layouts are those of the servers' own images and packages.

use std::sync::LazyLock;

use crate::logs::format::access_format::AccessFormat;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::text::clock::LineClock;

/// The format, by whose requests they are: nginx dates a line by the end of its request, Apache by the start. It is never proposed for a text: it stands
/// behind a format of messages.
#[derive(Clone, Copy, Debug)]
pub enum ServerRequests {
    /// nginx's.
    Nginx,
    /// Apache's.
    Apache,
}

/// `main` of nginx's packages and image (nginx/pkg-oss, nginx.conf), and `combined`.
static OF_NGINX: LazyLock<Vec<AccessFormat>> = LazyLock::new(|| {
    compiled(&[
        r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "$http_x_forwarded_for""#,
        "combined",
    ])
});

/// `common` of Apache's image, `combined`, and Debian's `vhost_combined` (httpd docs/conf/httpd.conf.in; Debian's apache2.conf).
static OF_APACHE: LazyLock<Vec<AccessFormat>> = LazyLock::new(|| {
    compiled(&["common", r#"%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i""#, "vhost_combined"])
});

fn compiled(formats: &[&str]) -> Vec<AccessFormat> {
    // The constants are tested to compile.
    formats.iter().filter_map(|format| AccessFormat::parse(format).ok()).collect()
}

impl ServerRequests {
    /// Those that may stand among messages in the format with this name.
    pub fn beside(messages: &str) -> Option<ServerRequests> {
        match messages {
            "apache_error" => Some(ServerRequests::Apache),
            "nginx_error" | "application" | "php_fpm" => Some(ServerRequests::Nginx),
            _ => None,
        }
    }
}

impl LineFormat for ServerRequests {
    type Memory = ();

    fn id(&self) -> &'static str {
        "server_requests"
    }

    fn kind(&self) -> LogKind {
        LogKind::AccessLog
    }

    fn parse(&self, line: &[u8], (): &mut (), _: &mut LineClock) -> Parsed {
        let layouts = match self {
            ServerRequests::Nginx => &*OF_NGINX,
            ServerRequests::Apache => &*OF_APACHE,
        };
        let row = layouts.iter().find_map(|layout| layout.parse_line(line));
        row.map_or(Parsed::Skip(Skip::Unparsed), Parsed::Access)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layout_compiles_and_reads_its_own_lines() {
        assert_eq!((OF_NGINX.len(), OF_APACHE.len()), (2, 3));
        let common = r#"172.68.10.9 - - [17/Nov/2026:08:01:01 +0000] "GET /cart HTTP/1.1" 502 157"#;
        let combined = format!("{common} \"-\" \"curl/8\"");
        let main = format!("{combined} \"198.51.100.7\"");
        let read = |of: ServerRequests, line: &str| match of.parse(
            line.as_bytes(),
            &mut (),
            &mut LineClock::default(),
        ) {
            Parsed::Access(row) => Some((row.status, row.time_is_end)),
            _ => None,
        };
        for line in [&combined, &main] {
            assert_eq!(read(ServerRequests::Nginx, line), Some((Some(502), true)), "{line}");
        }
        for line in [common, combined.as_str(), &format!("shop.example:443 {combined}")] {
            assert_eq!(read(ServerRequests::Apache, line), Some((Some(502), false)), "{line}");
        }
        let error =
            "2026/11/17 08:01:01 [error] 7#7: *9 x, client: 172.68.10.9, request: \"GET /cart HTTP/1.1\"";
        assert_eq!(read(ServerRequests::Nginx, error), None);
    }
}
