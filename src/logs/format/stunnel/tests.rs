use super::*;
use crate::time::Time;

/// The rows of some lines.
fn rows(lines: &[&str]) -> Vec<MessageLine> {
    let mut connections = TakenConnections::default();
    let mut clock = LineClock::near(Some(Time(0)));
    let parsed = lines.iter().map(|line| Stunnel.parse(line.as_bytes(), &mut connections, &mut clock));
    parsed
        .filter_map(|parsed| match parsed {
            Parsed::Message(row) => Some(row),
            other => {
                assert_eq!(other, Parsed::Skip(Skip::Comment));
                None
            }
        })
        .collect()
}

fn client(port: u16) -> (Option<IpAddr>, Option<u16>) {
    (Some("172.68.10.9".parse().unwrap()), Some(port))
}

const TAKEN: &str = "2026.11.17 08:01:01 LOG5[41]: Service [web] accepted connection from 172.68.10.9:41022";
const REFUSED: &str =
    "2026.11.17 08:01:01 LOG3[41]: s_connect: connect 10.0.0.5:8080: Connection refused (111)";
const GIVEN_UP: &str = "2026.11.17 08:01:02 LOG3[41]: No more addresses to connect";

#[test]
fn what_was_tried_in_vain_is_one_event_of_the_client_that_came() {
    let other = "2026.11.17 08:01:01 LOG5[42]: Service [web] accepted connection from 172.68.10.9:41023";
    let reset =
        "2026.11.17 08:01:02 LOG5[41]: Connection reset: 0 byte(s) sent to TLS, 0 byte(s) sent to socket";
    let rows = rows(&[TAKEN, REFUSED, other, GIVEN_UP, reset, GIVEN_UP]);
    assert_eq!(rows.len(), 5);
    let refused = &rows[2];
    assert_eq!((refused.client, refused.client_port), client(41022));
    assert_eq!(refused.signature, Some("stunnel-backend-refused"));
    assert_eq!((refused.upstream.as_deref(), refused.level.as_deref()), (Some("10.0.0.5:8080"), Some("err")));
    assert_eq!((refused.time, refused.time_is_local), (Time::parse_rfc3339("2026-11-17T08:01:02Z"), true));
    assert_eq!(
        refused.text,
        "s_connect: connect 10.0.0.5:8080: Connection refused (111): No more addresses to connect"
    );
    assert_eq!((rows[3].client, rows[3].client_port), client(41022));
    assert_eq!((rows[4].client, rows[4].signature), (None, None), "that connection is over");
}

/// Otherwise a server that is away is told of requests that the second one answered.
#[test]
fn a_server_that_was_away_is_nothing_where_the_next_one_is_there() {
    let connected = "2026.11.17 08:01:01 LOG5[41]: s_connect: connected 10.0.0.6:8080";
    let rows = rows(&[TAKEN, REFUSED, connected, GIVEN_UP]);
    assert!(rows.iter().all(|row| row.signature.is_none()), "{rows:?}");
}

#[test]
fn a_file_of_syslog_lines_is_read_alike() {
    let behind = |line: &str| format!("Nov 17 08:01:01 lb1 stunnel[811]: {}", &line[20..]);
    let rows = rows(&[&behind(TAKEN), &behind(REFUSED), &behind(GIVEN_UP)]);
    assert_eq!((rows[1].client, rows[1].client_port), client(41022));
    assert_eq!((rows[1].signature, rows[1].process), (Some("stunnel-backend-refused"), Some(811)));
}

#[test]
fn the_oldest_connections_are_forgotten() {
    let mut connections = TakenConnections::default();
    let most = u16::try_from(MOST_CONNECTIONS).unwrap();
    for number in 0..=most {
        connections.take(number.to_string().as_bytes(), (client(0).0.unwrap(), Some(number)));
    }
    assert_eq!((connections.known.len(), connections.oldest.len()), (MOST_CONNECTIONS, MOST_CONNECTIONS));
    assert!(!connections.known.contains_key(&b"0"[..]) && connections.known.contains_key(&b"1"[..]));
    // A name that is used again is a connection of its own.
    (0..most).for_each(|port| connections.take(b"1", (client(0).0.unwrap(), Some(port))));
    assert_eq!(connections.known.get(&b"1"[..]).and_then(|known| known.client?.1), Some(most - 1));
    assert!(connections.oldest.len() <= MOST_CONNECTIONS);
}

#[test]
fn lines_of_others_are_none() {
    for line in [
        "2026.11.17 08:01:01 LOG8[41]: x",
        "2026.11.17 08:01:01 LOG3 x",
        "2026-11-17 08:01:01 LOG3[41]: x",
        "2026.13.17 08:01:01 LOG3[41]: x",
        "Nov 17 08:01:01 lb1 app: x",
    ] {
        let clock = LineClock::near(Some(Time(0)));
        assert!(written(line.as_bytes(), &clock).is_none(), "{line}");
    }
}
