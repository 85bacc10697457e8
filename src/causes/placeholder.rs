//! The names in braces that checks and snippets may hold: each is filled with what the incident shows.

/// What stands for a value of the incident in a check or a snippet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placeholder {
    /// The host that was asked for.
    Host,
    /// The origin's address.
    Origin,
    /// The edge's address range that the case came from.
    EdgeRange,
    /// Seconds after which the origin closes an idle connection.
    Idle,
    /// Seconds after which the edge gives up.
    Timeout,
    /// Bytes of the largest message head.
    Bytes,
    /// The path that was asked for.
    Path,
    /// The address of the application behind the web server.
    Upstream,
}

impl Placeholder {
    /// All of them.
    pub const ALL: [Placeholder; 8] = [
        Placeholder::Host,
        Placeholder::Origin,
        Placeholder::EdgeRange,
        Placeholder::Idle,
        Placeholder::Timeout,
        Placeholder::Bytes,
        Placeholder::Path,
        Placeholder::Upstream,
    ];

    /// How it is written.
    pub fn written(self) -> &'static str {
        match self {
            Placeholder::Host => "{host}",
            Placeholder::Origin => "{origin}",
            Placeholder::EdgeRange => "{edge_range}",
            Placeholder::Idle => "{idle_s}",
            Placeholder::Timeout => "{timeout_s}",
            Placeholder::Bytes => "{bytes}",
            Placeholder::Path => "{path}",
            Placeholder::Upstream => "{upstream}",
        }
    }

    /// The word that a report puts where the incident does not show the value: the reader fills it in.
    pub fn word(self) -> &'static str {
        match self {
            Placeholder::Host => "HOST",
            Placeholder::Origin => "ORIGIN_ADDRESS",
            Placeholder::EdgeRange => "EDGE_RANGE",
            Placeholder::Idle | Placeholder::Timeout | Placeholder::Bytes => "N",
            Placeholder::Path => "/PATH",
            Placeholder::Upstream => "UPSTREAM",
        }
    }

    /// The value in the examples of the catalogue's texts: names and addresses that are reserved for documentation (RFC 2606, RFC 5737).
    pub fn example(self) -> &'static str {
        match self {
            Placeholder::Host => "shop.example",
            Placeholder::Origin => "203.0.113.7",
            Placeholder::EdgeRange => "172.64.0.0/13",
            Placeholder::Idle => "65.0",
            Placeholder::Timeout => "125.0",
            Placeholder::Bytes => "9000",
            Placeholder::Path => "/cart",
            Placeholder::Upstream => "127.0.0.1:8080",
        }
    }
}

/// The text with each placeholder that it holds replaced by its value.
pub fn fill(text: &str, value: impl Fn(Placeholder) -> String) -> String {
    Placeholder::ALL.into_iter().fold(text.to_owned(), |text, placeholder| {
        if text.contains(placeholder.written()) {
            text.replace(placeholder.written(), &value(placeholder))
        } else {
            text
        }
    })
}
