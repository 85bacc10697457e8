//! What stands around a TLS connection: who knows the secrets of sessions, and who reads what they open.

use super::found::NotOpened;
use super::secrets::{ClientRandom, SessionSecrets};
use crate::flow::Application;

/// Handed down with every call, so that no connection holds on to it.
pub trait Above {
    /// The secrets of the session that this ClientHello began. Asked at the ServerHello, and before where the ClientHello offers early data.
    fn secrets(&mut self, random: &ClientRandom) -> Option<SessionSecrets>;

    /// The session that this ClientHello began cannot be opened although its secrets are known.
    fn cannot_open(&mut self, _random: &ClientRandom, _why: NotOpened) {}

    /// Who reads what was opened: a connection of its own, whose offsets count the bytes inside.
    fn reader(&mut self) -> Option<&mut dyn Application>;

    /// Whether so many bytes more of a record that is not whole may wait.
    fn may_hold(&mut self, bytes: usize) -> bool;

    /// So many bytes wait no longer.
    fn let_go(&mut self, bytes: usize);
}

/// Nobody knows a secret.
impl Above for () {
    fn secrets(&mut self, _: &ClientRandom) -> Option<SessionSecrets> {
        None
    }

    fn reader(&mut self) -> Option<&mut dyn Application> {
        None
    }

    fn may_hold(&mut self, _: usize) -> bool {
        false
    }

    fn let_go(&mut self, _: usize) {}
}
