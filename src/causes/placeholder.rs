//! The names in braces that checks and snippets may hold: each is filled with what the incident shows.

/// What stands for a value of the incident in a check or a snippet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placeholder {
    /// The host that was asked for.
    Host,
    /// The origin's address.
    Origin,
    /// The port at which the origin was asked.
    Port,
    /// In what the origin was asked: `https` or `http`.
    Scheme,
    /// The edge's address that the case came from.
    EdgeAddress,
    /// The edge's address range that the case came from.
    EdgeRange,
    /// Seconds after which the origin closes an idle connection.
    Idle,
    /// Seconds after which the edge gives up.
    Timeout,
    /// Seconds, below those after which the edge gives up: as measured, else by the limits profile.
    BelowTimeout,
    /// Bytes of the largest message head.
    Bytes,
    /// The path that was asked for.
    Path,
    /// The host and port of the application behind the web server.
    Upstream,
    /// The header that breaks a rule.
    Header,
    /// The largest header of the answers that a proxy may leave out.
    LargeHeader,
    /// The largest cookie.
    Cookie,
    /// A buffer, in KiB, that holds the largest head with room to spare.
    RoomKibibytes,
    /// The same in bytes.
    RoomBytes,
    /// The port and how it is spoken at, as nginx listens: `443 ssl`.
    Listen,
    /// The same as HAProxy binds.
    Bind,
    /// The port, or both usual ones, as nftables takes them.
    Ports,
    /// The systemd unit of the server that was seen.
    Unit,
    /// Shortly before the first failure, as systemd takes an instant.
    Since,
    /// Shortly after the last failure.
    Until,
}

/// Each with how it is written, and with the value that it has in the examples of the catalogue's texts: names and addresses that are reserved
/// for documentation (RFC 2606, RFC 5737).
const WRITTEN: &[(Placeholder, &str, &str)] = &[
    (Placeholder::Host, "{host}", "shop.example"),
    (Placeholder::Origin, "{origin}", "203.0.113.7"),
    (Placeholder::Port, "{port}", "443"),
    (Placeholder::Scheme, "{scheme}", "https"),
    (Placeholder::EdgeAddress, "{edge_address}", "172.68.1.2"),
    (Placeholder::EdgeRange, "{edge_range}", "172.64.0.0/13"),
    (Placeholder::Idle, "{idle_s}", "65.0"),
    (Placeholder::Timeout, "{timeout_s}", "125.0"),
    (Placeholder::BelowTimeout, "{below_timeout_s}", "112"),
    (Placeholder::Bytes, "{bytes}", "9000"),
    (Placeholder::Path, "{path}", "/cart"),
    (Placeholder::Upstream, "{upstream}", "127.0.0.1:8080"),
    (Placeholder::Header, "{header}", "Access-Control-Allow-Origin"),
    (Placeholder::LargeHeader, "{large_header}", "X-Debug-Token"),
    (Placeholder::Cookie, "{cookie}", "cart"),
    (Placeholder::RoomKibibytes, "{room_k}", "32"),
    (Placeholder::RoomBytes, "{room_bytes}", "32768"),
    (Placeholder::Listen, "{listen}", "443 ssl"),
    (Placeholder::Bind, "{listen_haproxy}", "443 ssl crt /etc/haproxy/certs/ alpn h2,http/1.1"),
    (Placeholder::Ports, "{ports}", "443"),
    (Placeholder::Unit, "{unit}", "nginx"),
    (Placeholder::Since, "{since}", "2026-11-18 14:01:00 UTC"),
    (Placeholder::Until, "{until}", "2026-11-18 14:21:00 UTC"),
];

impl Placeholder {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Placeholder> {
        WRITTEN.iter().map(|(placeholder, _, _)| *placeholder)
    }

    /// How it is written.
    pub fn written(self) -> &'static str {
        self.row().1
    }

    /// The value in the examples of the catalogue's texts.
    pub fn example(self) -> &'static str {
        self.row().2
    }

    fn row(self) -> (Placeholder, &'static str, &'static str) {
        let is_own = |(placeholder, _, _): &&(Placeholder, &str, &str)| *placeholder == self;
        WRITTEN.iter().find(is_own).copied().unwrap_or((self, "", ""))
    }
}

/// The text with each placeholder that it holds replaced by its value; `None` where one of them has none.
fn fill(text: &str, value: impl Fn(Placeholder) -> Option<String>) -> Option<String> {
    Placeholder::all().try_fold(text.to_owned(), |text, placeholder| {
        if text.contains(placeholder.written()) {
            Some(text.replace(placeholder.written(), &value(placeholder)?))
        } else {
            Some(text)
        }
    })
}

/// The text with the values of the catalogue's examples.
pub fn example(text: &str) -> String {
    fill(text, |placeholder| Some(placeholder.example().to_owned())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_with_a_gap_that_nothing_fills_is_none() {
        let only_host = |placeholder| (placeholder == Placeholder::Host).then(|| "a.example".to_owned());
        assert_eq!(fill("dig {host}", only_host).as_deref(), Some("dig a.example"));
        assert_eq!(fill("dig {host} @{origin}", only_host), None);
        assert_eq!(fill("no gap { }", only_host).as_deref(), Some("no gap { }"));
        assert!(Placeholder::all().all(|placeholder| !placeholder.written().is_empty()));
    }
}
