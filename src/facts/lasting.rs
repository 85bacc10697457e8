//! Messages of what lasts: once said of an address or a name, it holds for a while, or until the contrary is said (see `facts::messages` for the source of each).

/// Something that lasts.
#[derive(Clone, Copy, Debug)]
pub struct Lasting {
    /// The messages that say that it begins, or holds.
    pub begins: &'static [&'static str],
    /// Those that say that it is over.
    pub ends: &'static [&'static str],
}

impl Lasting {
    /// All its messages.
    pub fn messages(self) -> impl Iterator<Item = &'static str> {
        self.begins.iter().chain(self.ends).copied()
    }
}

/// A ban of an address.
pub const BANNED: Lasting = Lasting { begins: &["fail2ban-banned"], ends: &["fail2ban-unbanned"] };

/// An address that has more connections than a limit lets it have, each of which is closed without an answer: of a flood of them some write one line.
pub const CONNECTIONS_LIMITED: Lasting = Lasting {
    begins: &["litespeed-connections-limited", "apache-connections-limited", "lighttpd-connections-limited"],
    ends: &[],
};

/// A name without a certificate, where the server obtains its own.
pub const WITHOUT_CERTIFICATE: Lasting =
    Lasting { begins: &["go-proxy-certificate-not-obtained"], ends: &["go-proxy-certificate-obtained"] };

const ALL: [Lasting; 3] = [BANNED, CONNECTIONS_LIMITED, WITHOUT_CERTIFICATE];

/// Whether a message is of one of them.
pub fn is_of_lasting(signature: &str) -> bool {
    ALL.into_iter().flat_map(Lasting::messages).any(|message| message == signature)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::messages;

    #[test]
    fn every_message_is_one_that_is_known() {
        for id in ALL.into_iter().flat_map(Lasting::messages) {
            assert!(messages::by_id(id).is_some(), "{id}");
        }
    }
}
