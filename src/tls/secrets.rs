//! TLS secrets of sessions, by the random of their ClientHello (RFC 9850). They are looked up, and shown nowhere.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::handshake::BySide;

/// Sessions that are kept; what is beyond is counted. (A session takes some 400 bytes.)
const MOST_SESSIONS: usize = 1 << 18;

/// The random of a ClientHello, which names a session.
pub type ClientRandom = [u8; 32];

/// The number of a session, in the order in which they became known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SessionNumber(u32);

/// A secret. It prints as nothing but its name.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<[u8]>);

impl Secret {
    /// These bytes, kept from sight.
    pub fn new(bytes: &[u8]) -> Secret {
        Secret(bytes.into())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}

/// What a secret is for (RFC 9850, 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretUse {
    /// The master secret of TLS 1.2 and older.
    Master,
    /// TLS 1.3: what the client says before the server has said anything.
    ClientEarly,
    /// TLS 1.3: the client's part of the handshake.
    ClientHandshake,
    /// TLS 1.3: the server's part of the handshake.
    ServerHandshake,
    /// TLS 1.3: what the client says then. Later generations (`…_SECRET_1`) follow from it (RFC 8446, 7.2).
    ClientApplication,
    /// TLS 1.3: what the server says then.
    ServerApplication,
}

/// The secrets of one session. Sides are those of TLS: the client sent the ClientHello.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionSecrets {
    pub(super) master: Option<Secret>,
    pub(super) early: Option<Secret>,
    pub(super) handshake: BySide<Option<Secret>>,
    pub(super) application: BySide<Option<Secret>>,
}

impl SessionSecrets {
    fn of(&mut self, purpose: SecretUse) -> &mut Option<Secret> {
        match purpose {
            SecretUse::Master => &mut self.master,
            SecretUse::ClientEarly => &mut self.early,
            SecretUse::ClientHandshake => &mut self.handshake.client,
            SecretUse::ServerHandshake => &mut self.handshake.server,
            SecretUse::ClientApplication => &mut self.application.client,
            SecretUse::ServerApplication => &mut self.application.server,
        }
    }
}

/// All sessions whose secrets are known.
#[derive(Clone, Debug, Default)]
pub struct Sessions {
    numbers: HashMap<ClientRandom, SessionNumber>,
    secrets: Vec<SessionSecrets>,
}

impl Sessions {
    /// Adds a secret; one that is known already stays as it is. Gives the session's number, `None` where no more sessions are kept.
    pub fn add(&mut self, random: ClientRandom, purpose: SecretUse, secret: Secret) -> Option<SessionNumber> {
        let number = match self.numbers.entry(random) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(place) => {
                if self.secrets.len() >= MOST_SESSIONS {
                    return None;
                }
                let number = SessionNumber(u32::try_from(self.secrets.len()).ok()?);
                self.secrets.push(SessionSecrets::default());
                *place.insert(number)
            }
        };
        self.secrets.get_mut(number.0 as usize)?.of(purpose).get_or_insert(secret);
        Some(number)
    }

    /// The secrets of the session that this ClientHello began.
    pub fn find(&self, random: &ClientRandom) -> Option<(SessionNumber, &SessionSecrets)> {
        let number = *self.numbers.get(random)?;
        Some((number, self.secrets.get(number.0 as usize)?))
    }

    /// Whether no secret is known at all.
    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_prints_as_nothing_but_its_name() {
        let mut sessions = Sessions::default();
        sessions.add([7; 32], SecretUse::Master, Secret::new(&[0xab; 48])).unwrap();
        let (_, secrets) = sessions.find(&[7; 32]).unwrap();
        let printed = format!("{secrets:?} {sessions:?}");
        assert!(
            printed.contains("Secret") && !printed.contains("171") && !printed.contains("ab"),
            "{printed}"
        );
    }

    #[test]
    fn the_first_secret_stays_and_sessions_are_bounded() {
        let mut sessions = Sessions::default();
        let first = sessions.add([0; 32], SecretUse::Master, Secret::new(&[1])).unwrap();
        assert_eq!(sessions.add([0; 32], SecretUse::Master, Secret::new(&[2])), Some(first));
        assert_eq!(sessions.find(&[0; 32]).unwrap().1.master, Some(Secret::new(&[1])));
        for number in 1..u32::try_from(MOST_SESSIONS).unwrap() {
            let mut random = [0; 32];
            random[..4].copy_from_slice(&number.to_be_bytes());
            assert!(sessions.add(random, SecretUse::Master, Secret::new(&[3])).is_some());
        }
        assert_eq!(sessions.add([9; 32], SecretUse::Master, Secret::new(&[3])), None);
        assert!(sessions.add([0; 32], SecretUse::ClientHandshake, Secret::new(&[3])).is_some());
    }
}
