//! Key logs: the secrets of TLS sessions as programs write them where SSLKEYLOGFILE names (RFC 9850), one a line.

use std::collections::BTreeSet;
use std::io::{self, BufRead};

use memchr::memchr;

use super::secrets::{ClientRandom, Secret, SecretUse, SessionNumber, Sessions};

/// The longest line has a label of 31 bytes, a random of 64 and a secret of 96; longer ones are none.
const LONGEST_LINE: usize = 512;
/// Lines by which a text is known for a key log.
const SAMPLE: usize = 256;

/// Labels of secrets that open records, and what each is for.
const LABELS: [(&[u8], SecretUse); 6] = [
    (b"CLIENT_RANDOM", SecretUse::Master),
    (b"CLIENT_EARLY_TRAFFIC_SECRET", SecretUse::ClientEarly),
    (b"CLIENT_HANDSHAKE_TRAFFIC_SECRET", SecretUse::ClientHandshake),
    (b"SERVER_HANDSHAKE_TRAFFIC_SECRET", SecretUse::ServerHandshake),
    (b"CLIENT_TRAFFIC_SECRET_0", SecretUse::ClientApplication),
    (b"SERVER_TRAFFIC_SECRET_0", SecretUse::ServerApplication),
];
/// Labels of secrets that are of no use here: later generations follow from the first, exported keys and Encrypted
/// ClientHello are another matter. (`RSA` and `PMS_CLIENT_RANDOM` are NSS's older forms.)
const USELESS: [&[u8]; 9] = [
    b"CLIENT_TRAFFIC_SECRET_",
    b"SERVER_TRAFFIC_SECRET_",
    b"EXPORTER_SECRET",
    b"EARLY_EXPORTER_SECRET",
    b"ECH_SECRET",
    b"ECH_CONFIG",
    b"QUIC_",
    b"RSA",
    b"PMS_CLIENT_RANDOM",
];

/// What a key log held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyLog {
    /// Its sessions.
    pub sessions: BTreeSet<SessionNumber>,
    /// Lines that are none of a key log, or whose hex digits do not fit.
    pub bad_lines: u64,
    /// Secrets of sessions beyond those that are kept.
    pub beyond: u64,
}

/// What one line says.
enum LineSays {
    Secret(ClientRandom, SecretUse, Secret),
    /// A comment, a blank line, or a secret that opens no record.
    Nothing,
    Bad,
}

impl KeyLog {
    /// Whether a text is a key log: half of its first lines are secrets.
    pub fn recognise(text: &[u8]) -> bool {
        let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with(b"#")).take(SAMPLE);
        let (mut entries, mut keys) = (0_usize, 0_usize);
        for line in lines {
            entries += 1;
            keys += usize::from(is_entry(line));
        }
        keys > 0 && keys * 2 > entries
    }

    /// Reads one, and adds its secrets to those of `sessions`.
    ///
    /// # Errors
    /// Where the input breaks off. What came before it is in `self`.
    pub fn read(&mut self, mut input: impl BufRead, sessions: &mut Sessions) -> io::Result<()> {
        let mut line: Vec<u8> = Vec::new();
        let mut is_too_long = false;
        loop {
            let chunk = input.fill_buf()?;
            if chunk.is_empty() {
                break;
            }
            let end = memchr(b'\n', chunk);
            let part = chunk.get(..end.unwrap_or(chunk.len())).unwrap_or_default();
            is_too_long |= line.len() + part.len() > LONGEST_LINE;
            if !is_too_long {
                line.extend_from_slice(part);
            }
            let used = part.len() + usize::from(end.is_some());
            input.consume(used);
            if end.is_some() {
                self.line(&line, is_too_long, sessions);
                line.clear();
                is_too_long = false;
            }
        }
        self.line(&line, is_too_long, sessions);
        Ok(())
    }

    fn line(&mut self, line: &[u8], is_too_long: bool, sessions: &mut Sessions) {
        match if is_too_long { LineSays::Bad } else { read_line(line.trim_ascii()) } {
            LineSays::Secret(random, purpose, secret) => match sessions.add(random, purpose, secret) {
                Some(number) => {
                    self.sessions.insert(number);
                }
                None => self.beyond += 1,
            },
            LineSays::Nothing => {}
            LineSays::Bad => self.bad_lines += 1,
        }
    }
}

fn read_line(line: &[u8]) -> LineSays {
    if line.is_empty() || line.starts_with(b"#") {
        return LineSays::Nothing;
    }
    let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let (label, random, secret, more) = (words.next(), words.next(), words.next(), words.next());
    let Some(label) = label else { return LineSays::Nothing };
    let Some((_, purpose)) = LABELS.iter().find(|(known, _)| *known == label) else {
        let is_known = USELESS.iter().any(|known| label.starts_with(known));
        return if is_known { LineSays::Nothing } else { LineSays::Bad };
    };
    let random = random.and_then(hex).and_then(|random| ClientRandom::try_from(random).ok());
    // Of the hash's length (RFC 8446, 7.1); a master secret has 48 bytes (RFC 5246, 8.1).
    let fits = |secret: &Vec<u8>| secret.len() == 48 || secret.len() == 32 && *purpose != SecretUse::Master;
    match (random, secret.and_then(hex).filter(fits), more) {
        (Some(random), Some(secret), None) => LineSays::Secret(random, *purpose, Secret::new(&secret)),
        _ => LineSays::Bad,
    }
}

/// A label of a key log, a random and a secret of any kind.
fn is_entry(line: &[u8]) -> bool {
    let mut words = line.split(|byte| *byte == b' ');
    let label = words.next().unwrap_or_default();
    let is_label = LABELS.iter().any(|(known, _)| *known == label)
        || USELESS.iter().any(|known| label.starts_with(known));
    let is_random = words.next().is_some_and(|random| random.len() == 64 && hex(random).is_some());
    is_label && is_random && words.next().is_some_and(|secret| hex(secret).is_some())
}

/// The bytes of hex digits; `None` where they are odd in number, none at all, or something else.
fn hex(digits: &[u8]) -> Option<Vec<u8>> {
    if digits.is_empty() {
        return None;
    }
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    let digit = |byte: u8| (byte as char).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> (KeyLog, Sessions) {
        let (mut log, mut sessions) = (KeyLog::default(), Sessions::default());
        log.read(text, &mut sessions).unwrap();
        (log, sessions)
    }

    #[test]
    fn secrets_are_read_whatever_stands_between_them() {
        let (one, two) = ("01".repeat(32), "0A".repeat(32));
        let text = format!(
            "# SSL/TLS secrets log file\r\n\r\nCLIENT_RANDOM {one} {}\r\nEXPORTER_SECRET {two} {one}\n\
             CLIENT_TRAFFIC_SECRET_0 {two} {one}\n  SERVER_TRAFFIC_SECRET_0  {two} {one}\nCLIENT_TRAFFIC_SECRET_1 {two} {one}\n\
             SERVER_HANDSHAKE_TRAFFIC_SECRET {two} {one}{}",
            "Cd".repeat(48),
            &one[..32]
        );
        let (log, sessions) = read(text.as_bytes());
        assert_eq!((log.sessions.len(), log.bad_lines, log.beyond), (2, 0, 0));
        assert_eq!(sessions.find(&[1; 32]).unwrap().1.master, Some(Secret::new(&[0xcd; 48])));
        let (_, secrets) = sessions.find(&[10; 32]).unwrap();
        assert_eq!(secrets.application.client, Some(Secret::new(&[1; 32])));
        assert_eq!(secrets.application.server, secrets.application.client);
        assert_eq!(secrets.handshake.server, Some(Secret::new(&[1; 48])));
        assert!(KeyLog::recognise(text.as_bytes()));
    }

    #[test]
    fn lines_that_are_wrong_are_counted_and_cost_no_other() {
        let random = "01".repeat(32);
        let good = format!("CLIENT_RANDOM {random} {}\n", "cd".repeat(48));
        let wrong = [
            format!("CLIENT_RANDOM {random} {}\n", "cd".repeat(47)),
            format!("CLIENT_RANDOM {random} {}c\n", "cd".repeat(47)),
            format!("CLIENT_RANDOM {random}\n"),
            format!("CLIENT_RANDOM {} {random}\n", &random[1..]),
            format!("CLIENT_RANDOM {random} {} x\n", "cd".repeat(48)),
            format!("CLIENT_HANDSHAKE_TRAFFIC_SECRET {random} {}\n", "zz".repeat(32)),
            format!("SOMETHING {random} {random}\n"),
            format!("{}\n", "f".repeat(1 << 20)),
            "\u{fffd}\n".to_owned(),
        ];
        let (log, sessions) = read(format!("{}{good}", wrong.concat()).as_bytes());
        assert_eq!((log.sessions.len(), log.bad_lines), (1, wrong.len() as u64));
        assert!(sessions.find(&[1; 32]).is_some());
    }

    #[test]
    fn other_texts_are_no_key_logs() {
        for text in
            ["", "# a comment\n", "CLIENT_RANDOM\n", "a=b\nCLIENT_RANDOM 01 02\n", "RSA key\nRSA other\n"]
        {
            assert!(!KeyLog::recognise(text.as_bytes()), "{text}");
        }
    }
}
