//! Whose turn it is inside an encrypted connection: over HTTP/1 client and server speak by turns, and the sizes of their records tell requests and
//! answers from what TLS itself says.

use serde::{Deserialize, Serialize};

use crate::flow::Arrival;
use crate::time::Duration;

/// Payload of a record with a protected alert in TLS 1.3: level and description, the inner type, and a tag of 16 bytes (RFC 8446, 5.2 and 6). No
/// record of TLS 1.2 with a byte to tell is as short.
pub(super) const PROTECTED_ALERT: u16 = 19;
/// Payload of a record with a client's Finished in TLS 1.3: 4 bytes and a hash of 32 or 48, the inner type, and the tag.
pub(super) const PROTECTED_FINISHED: [u16; 2] = [53, 69];
/// Payload of a record with a client's Certificate that holds none, which TLS 1.3's client says before its Finished where it was asked for one and has none: a
/// header of 4 bytes, an empty context and an empty list (RFC 8446, 4.4.2), the inner type, and the tag.
pub(super) const PROTECTED_NO_CERTIFICATE: u16 = 25;
/// Payload of a record with a session ticket, and how many of them servers send at most by default (OpenSSL: two; Go, BoringSSL: one or two).
const SESSION_TICKET: std::ops::RangeInclusive<u16> = 60..=420;
const SESSION_TICKETS: u8 = 2;
/// They are written at once, before the server looks at what was asked (OpenSSL ssl/statem/statem_srvr.c: each as the last is flushed). Of the second one the capture
/// may have the head cut off, and what comes later is an answer as small as a ticket.
const TICKETS_AT_ONCE: Duration = Duration::from_milliseconds(10);
/// No head of a request is as short; HTTP/2's frames of control are (RFC 9113, 6: WINDOW_UPDATE 13 bytes, PING 17).
const SHORTEST_REQUEST: u16 = 50;

/// What the client said last, without the server saying anything in between: over HTTP/1 a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// The packet in which its first record begins.
    pub first: Arrival,
    /// The packet in which its last record begins.
    pub last: Arrival,
    /// When the server had acknowledged more of the client's bytes after that.
    pub acknowledged: Option<Arrival>,
    /// The packet in which the server's last answer before it begins, where there was one.
    pub before: Option<Arrival>,
    /// Its number on the connection, from 1, as far as the connection was captured.
    pub number: u32,
    /// The packet in which the server's answer begins.
    pub answered: Option<Arrival>,
}

/// Follows the records of application data of both sides.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Turns {
    turn: Option<Turn>,
    answered: Option<Arrival>,
    /// Something of the client's was protected already, early data apart.
    begun: bool,
    /// The client sent early data.
    early: bool,
    /// Where the server's flight began that answers early data, and whether its Finished came.
    flight: Option<Arrival>,
    flight_is_over: bool,
    tickets: u8,
    first_ticket: Option<Arrival>,
    /// How long the last record is that was taken for a part of the server's flight.
    last_of_flight: u16,
    /// The server has begun a record of its handshake.
    is_answered_in_clear: bool,
    /// The client has begun one behind it: up to TLS 1.2 its key exchange and its Finished, in TLS 1.3 a second ClientHello at the most.
    goes_on_in_clear: bool,
}

/// What hides among the application data of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Among {
    /// The handshake's end, tickets and alerts, too: TLS 1.3, or a version that was not captured.
    Handshake,
    /// Nothing else: TLS 1.2 and older.
    Nothing,
}

impl Turns {
    /// The client's last turn.
    pub fn last(&self) -> Option<Turn> {
        self.turn
    }

    /// When the server spoke last.
    pub fn last_answer(&self) -> Option<Arrival> {
        self.answered
    }

    /// A record of the handshake begins.
    pub fn handshake_begins(&mut self, is_clients: bool) {
        self.goes_on_in_clear |= is_clients && self.is_answered_in_clear;
        self.is_answered_in_clear |= !is_clients;
    }

    /// What hides among the application data, as far as nothing but the order of records tells the version.
    fn among(&self, told: Among) -> Among {
        if self.goes_on_in_clear { Among::Nothing } else { told }
    }

    /// A record of the client begins.
    pub fn client(&mut self, length: u16, at: Arrival, told: Among) {
        // Behind a second ClientHello the client's Finished is protected all the same.
        self.goes_on_in_clear &= self.begun || !PROTECTED_FINISHED.contains(&length);
        let is_first = !self.begun && self.among(told) == Among::Handshake;
        if is_first && length == PROTECTED_NO_CERTIFICATE {
            return;
        }
        let is_finished = is_first && PROTECTED_FINISHED.contains(&length);
        self.begun = true;
        if !is_finished {
            self.asks(length, at);
        }
    }

    /// A record of early data begins.
    pub fn early(&mut self, length: u16, at: Arrival) {
        self.early = true;
        self.asks(length, at);
    }

    /// The server does not take early data: nothing was asked by it.
    pub fn early_is_refused(&mut self) {
        self.turn = None;
    }

    fn asks(&mut self, length: u16, at: Arrival) {
        if length < SHORTEST_REQUEST {
            return;
        }
        match &mut self.turn {
            Some(turn) if turn.answered.is_none() => turn.last = at,
            turn => {
                let number = turn.map_or(1, |turn| turn.number.saturating_add(1));
                let before = self.answered;
                *turn =
                    Some(Turn { first: at, last: at, acknowledged: None, before, number, answered: None });
            }
        }
    }

    /// A record of the server begins.
    pub fn server(&mut self, length: u16, at: Arrival, told: Among) {
        let among = self.among(told);
        // Before the client's Finished, TLS 1.3's server speaks of its certificate.
        let of_handshake = among == Among::Handshake && !self.begun && self.is_of_flight(length, at);
        if of_handshake {
            // Where the capture cut the client's Finished off, two of one length are tickets (OpenSSL): no two parts of a flight are.
            if SESSION_TICKET.contains(&length) && length == self.last_of_flight {
                self.tickets = SESSION_TICKETS;
            }
            self.last_of_flight = length;
        }
        if length == PROTECTED_ALERT || of_handshake {
            return;
        }
        if among == Among::Handshake && SESSION_TICKET.contains(&length) && self.may_be_ticket(at) {
            self.tickets += 1;
            self.first_ticket.get_or_insert(at);
            return;
        }
        self.answered = Some(at);
        if let Some(turn) = &mut self.turn {
            turn.answered.get_or_insert(at);
        }
    }

    /// Whether what is as long as a ticket may be one.
    fn may_be_ticket(&self, at: Arrival) -> bool {
        let is_first_turn = self.turn.is_none_or(|turn| turn.number <= 1);
        let is_at_once = self.first_ticket.is_none_or(|first| at.time.since(first.time) <= TICKETS_AT_ONCE);
        is_first_turn && self.tickets < SESSION_TICKETS && is_at_once
    }

    /// Whether a record of the server's before the client's Finished is one of the handshake. What answers early data may come as soon (RFC 8446, 2.3): behind
    /// the server's Finished, or in a later packet.
    fn is_of_flight(&mut self, length: u16, at: Arrival) -> bool {
        if !self.early {
            return true;
        }
        let is_first_packet = *self.flight.get_or_insert(at) == at;
        let was_over = self.flight_is_over;
        self.flight_is_over |= PROTECTED_FINISHED.contains(&length);
        is_first_packet && !was_over
    }

    /// The server acknowledged more of the client's bytes.
    pub fn acknowledged(&mut self, at: Arrival) {
        if let Some(turn) = self.turn.as_mut().filter(|turn| at > turn.last) {
            turn.acknowledged.get_or_insert(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::PacketId;
    use crate::time::Time;

    fn at(millisecond: i64) -> Arrival {
        Arrival { time: Time(millisecond * 1_000_000), packet: PacketId::new(0, millisecond as u64) }
    }

    #[test]
    fn before_tls_13_all_that_is_encrypted_is_said_by_one_of_both() {
        let mut turns = Turns::default();
        turns.client(69, at(1), Among::Nothing);
        assert_eq!(turns.last().unwrap().first, at(1), "a short request, and no Finished");
        turns.server(234, at(2), Among::Nothing);
        assert_eq!(turns.last().unwrap().answered, Some(at(2)), "an answer, and no ticket");
    }

    /// Otherwise a healthy capture with a short snap length is an incident: small answers are taken for tickets, and the edge gave up on them all.
    #[test]
    fn what_is_said_in_the_clear_behind_the_servers_flight_tells_of_an_older_version() {
        let mut turns = Turns::default();
        [false, true, false].into_iter().for_each(|is_clients| turns.handshake_begins(is_clients));
        turns.client(589, at(1), Among::Handshake);
        turns.server(207, at(2), Among::Handshake);
        assert_eq!(turns.last().unwrap().answered, Some(at(2)), "an answer, and no ticket");
        // A second ClientHello of TLS 1.3 is in the clear as well, and the Finished behind it is not.
        let mut turns = Turns::default();
        [false, true, false].into_iter().for_each(|is_clients| turns.handshake_begins(is_clients));
        turns.client(53, at(1), Among::Handshake);
        turns.client(589, at(2), Among::Handshake);
        turns.server(207, at(3), Among::Handshake);
        assert_eq!(turns.last().unwrap().answered, None, "a ticket");
    }

    /// The same where the capture cut the header of the client's Finished.
    #[test]
    fn two_records_of_one_length_ahead_of_a_request_are_tickets_and_the_next_is_an_answer() {
        let answered = |lengths: [u16; 2]| {
            let mut turns = Turns::default();
            lengths.into_iter().for_each(|length| turns.server(length, at(1), Among::Handshake));
            turns.client(555, at(2), Among::Handshake);
            turns.server(191, at(3), Among::Handshake);
            turns.last().unwrap().answered
        };
        assert_eq!(answered([298, 298]), Some(at(3)));
        assert_eq!(answered([900, 281]), None, "a certificate and what proves it");
    }

    /// Its Finished comes second then, and is no request.
    #[test]
    fn a_client_that_was_asked_for_a_certificate_says_first_that_it_has_none() {
        let mut turns = Turns::default();
        turns.client(PROTECTED_NO_CERTIFICATE, at(1), Among::Handshake);
        turns.client(69, at(1), Among::Handshake);
        assert_eq!(turns.last(), None);
        turns.client(500, at(2), Among::Handshake);
        assert_eq!(turns.last().map(|turn| (turn.first, turn.number)), Some((at(2), 1)));
    }

    #[test]
    fn what_is_too_short_for_a_request_or_one_ticket_too_many_tells() {
        let mut turns = Turns::default();
        turns.client(53, at(1), Among::Handshake);
        turns.client(17 + 17, at(2), Among::Handshake);
        assert_eq!(turns.last(), None, "a PING of HTTP/2 asks for nothing");
        turns.client(700, at(3), Among::Handshake);
        turns.client(1400, at(4), Among::Handshake);
        turns.acknowledged(at(5));
        (6..9).for_each(|time| turns.server(234, at(time), Among::Handshake));
        let turn = turns.last().unwrap();
        assert_eq!((turn.number, turn.first, turn.last), (1, at(3), at(4)));
        assert_eq!((turn.acknowledged, turn.answered), (Some(at(5)), Some(at(8))));
    }

    /// A page of a limit is as short as a ticket, and the head of the second ticket may be cut off.
    #[test]
    fn what_comes_a_while_behind_a_ticket_is_an_answer() {
        let mut turns = Turns::default();
        turns.client(69, at(1), Among::Handshake);
        turns.server(282, at(2), Among::Handshake);
        turns.client(576, at(3), Among::Handshake);
        turns.server(205, at(18), Among::Handshake);
        assert_eq!(turns.last().unwrap().answered, Some(at(18)));
    }

    #[test]
    fn early_data_asks_and_may_be_answered_before_the_clients_finished() {
        let mut turns = Turns::default();
        turns.early(600, at(1));
        // EncryptedExtensions and Finished, in one packet.
        turns.server(27, at(2), Among::Handshake);
        turns.server(69, at(2), Among::Handshake);
        assert_eq!(turns.last().map(|turn| (turn.number, turn.first, turn.answered)), Some((1, at(1), None)));
        turns.server(900, at(2), Among::Handshake);
        assert_eq!(turns.last().unwrap().answered, Some(at(2)));
        // EndOfEarlyData, Finished, a ticket, and what is asked then.
        turns.early(21, at(3));
        turns.client(69, at(3), Among::Handshake);
        turns.server(234, at(4), Among::Handshake);
        turns.client(700, at(5), Among::Handshake);
        assert_eq!(turns.last().map(|turn| (turn.number, turn.first, turn.answered)), Some((2, at(5), None)));
        let mut refused = Turns::default();
        refused.early(600, at(1));
        refused.early_is_refused();
        refused.client(69, at(3), Among::Handshake);
        refused.client(700, at(5), Among::Handshake);
        assert_eq!(refused.last().map(|turn| (turn.number, turn.first)), Some((1, at(5))));
    }

    #[test]
    fn tickets_and_alerts_are_no_answer_and_an_answer_ends_the_turn() {
        let mut turns = Turns::default();
        turns.client(69, at(1), Among::Handshake);
        turns.client(700, at(2), Among::Handshake);
        turns.server(234, at(3), Among::Handshake);
        turns.server(234, at(4), Among::Handshake);
        turns.server(PROTECTED_ALERT, at(5), Among::Handshake);
        let turn = turns.last().unwrap();
        assert_eq!((turn.number, turn.first, turn.answered), (1, at(2), None));
        turns.server(900, at(6), Among::Handshake);
        turns.client(700, at(7), Among::Handshake);
        let turn = turns.last().unwrap();
        assert_eq!((turn.number, turn.before, turn.answered), (2, Some(at(6)), None));
    }
}
