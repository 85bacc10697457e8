//! A conversation that is written and read again between any two segments goes on as it would have, if its secrets are known; they are no part of what is written.

use super::*;

/// As it is read again, before it has its keys.
fn read_again(conversation: &TlsConversation) -> (TlsConversation, Vec<u8>) {
    let written = rmp_serde::to_vec(conversation).unwrap();
    (rmp_serde::from_slice(&written).unwrap(), written)
}

#[test]
fn what_is_inside_is_read_on_with_every_suite_and_behind_every_segment() {
    for (name, recording) in SMALL {
        for size in [40, 1_448] {
            let sessions = sessions_of(&keys());
            let on = |conversation: TlsConversation| {
                let (mut read, written) = read_again(&conversation);
                read.take_keys(&sessions).unwrap();
                assert!(read_again(&read).1 == written, "{name} {size}");
                read
            };
            let (heard, handshake) = play_through(recording, size, &[], sessions_of(&keys()), on);
            let (whole, expected) = play(recording, size, &[], sessions_of(&keys()));
            assert_eq!((heard.bytes, heard.missing), (whole.bytes, whole.missing), "{name} {size}");
            assert_eq!((heard.acknowledged, heard.ended), (whole.acknowledged, whole.ended), "{name} {size}");
            assert_eq!(handshake, expected, "{name} {size}");
        }
    }
}

#[test]
fn what_is_written_opens_nothing_and_holds_no_secret() {
    let keys = keys();
    let hex = |digits: &str| -> Vec<u8> {
        let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
    };
    let lines = keys.lines().filter(|line| !line.starts_with('#'));
    let secrets = lines.filter_map(|line| line.split(' ').nth(2)).map(hex);
    let secrets: Vec<Vec<u8>> = secrets.filter(|secret| secret.len() >= 32).collect();
    assert!(secrets.len() > SMALL.len());
    for (name, recording) in SMALL {
        let mut segments = 0;
        let without_keys = |conversation: TlsConversation| {
            let (read, written) = read_again(&conversation);
            segments += 1;
            let holds = |secret: &Vec<u8>| written.windows(16).any(|there| secret.starts_with(there));
            assert!(segments % 300 > 0 || !secrets.iter().any(holds), "{name}");
            read
        };
        // No record is whole in the segment in which the keys become known.
        let (heard, handshake) = play_through(recording, 5, &[], sessions_of(&keys), without_keys);
        assert!(heard.bytes.iter().all(BTreeMap::is_empty), "{name}");
        assert_eq!(handshake.opened, None, "{name}");
    }
}

#[test]
fn other_secrets_are_refused() {
    let (_, recording) = SMALL.iter().find(|(name, _)| *name == "tls13-aes128-gcm").unwrap();
    let mut refused = 0;
    let on = |conversation: TlsConversation| {
        let (mut read, _) = read_again(&conversation);
        refused += usize::from(read.take_keys(&Sessions::default()).is_none());
        conversation
    };
    play_through(recording, 1_448, &[], sessions_of(&keys()), on);
    assert!(refused > 0);
}
