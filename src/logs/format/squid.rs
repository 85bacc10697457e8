//! Squid's access log in its native format (squid.conf, `logformat squid`): `%ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %[un %Sh/%<a %mt`. A
//! line is dated by the request's end, to the millisecond.

use crate::facts::endings::EndingVocabulary;
use crate::logs::access::draft::AccessDraft;
use crate::logs::access::field::AccessField;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::access::{AccessLine, UpstreamTry};
use crate::logs::sample::Sample;
use crate::text::clock::LineClock;
use crate::text::line::{split_at_byte, text_within};
use crate::text::timestamp;
use crate::time::Duration;

/// The format.
#[derive(Clone, Copy, Debug, Default)]
pub struct Squid;

impl LineFormat for Squid {
    type Memory = ();

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        sample.lines.iter().any(|line| parse_line(line).is_some()).then_some(Squid)
    }

    fn id(&self) -> &'static str {
        "squid_access"
    }

    fn kind(&self) -> LogKind {
        LogKind::AccessLog
    }

    fn parse(&self, line: &[u8], (): &mut (), _: &mut LineClock) -> Parsed {
        match parse_line(line) {
            Some(row) => Parsed::Access(row),
            None if line.starts_with(b"#") => Parsed::Skip(Skip::Comment),
            None => Parsed::Skip(Skip::Unparsed),
        }
    }
}

/// The row of a line; `None` where it is none of squid's.
fn parse_line(line: &[u8]) -> Option<AccessLine> {
    let mut words = line.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let mut next = || words.next();
    let (time, elapsed, client, result, bytes) = (next()?, next()?, next()?, next()?, next()?);
    let (method, url, _user, peer, _kind) = (next()?, next()?, next()?, next()?, next()?);
    let stamp = timestamp::epoch(time).filter(|stamp| stamp.resolution == Duration::MILLISECOND)?;
    let (code, status) = split_at_byte(result, b'/')?;
    let (chosen, server) = split_at_byte(peer, b'/')?;
    let word =
        |word: &[u8]| word.iter().all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'0'..=b'9'));
    if !word(code) || !word(chosen) || status.len() != 3 {
        return None;
    }
    let mut draft = AccessDraft::default();
    draft.put_time(Some(stamp));
    draft.line.time_is_end = true;
    draft.put(AccessField::RemoteAddress, client);
    draft.put(AccessField::Termination(EndingVocabulary::Squid), code);
    // 000: no answer was sent.
    let answered = status == b"000" || draft.put(AccessField::Status, status);
    let timed = draft.put(AccessField::RequestTime(Duration::MILLISECOND), elapsed);
    let counted = draft.put(AccessField::SentBytes, bytes);
    // `error:transaction-end-before-headers` stands where no request came.
    if url.starts_with(b"error:") {
        draft.line.odd_request_line = Some(text_within(url, 256));
    } else {
        draft.put(AccessField::Method, method);
        draft.put(AccessField::Target, url);
    }
    // What a `logformat` may add behind the usual columns: `%err_code/%err_detail`.
    if let Some(error) = words.find(|word| word.starts_with(b"ERR_")) {
        draft.put(AccessField::Termination(EndingVocabulary::Squid), error);
    }
    if server != b"-" {
        let address = Some(text_within(server, 256));
        draft.line.upstream.push(UpstreamTry { address, ..UpstreamTry::default() });
    }
    (answered && timed && counted).then(|| draft.finish()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_an_answer_or_a_request_is_a_row_too() {
        let row = parse_line(b"1794902461.418     18 172.70.1.2 NONE_NONE/000 0 - error:transaction-end-before-headers - HIER_NONE/- -").unwrap();
        assert_eq!((row.status, row.method.as_deref()), (None, None));
        assert!(row.odd_request_line.is_some() && row.upstream.is_empty());
        assert!(parse_line(b"1794902461.418 18 172.70.1.2 a/b 0 - x - y/- -").is_none());
    }

    #[test]
    fn an_error_behind_the_usual_columns_tells_how_it_ended() {
        let ending = |added: &str| {
            let line = format!(
                "1794902476.502 3002 172.70.1.2 TCP_MISS/503 4034 GET http://shop.example/a - HIER_DIRECT/10.0.0.5 text/html {added}"
            );
            parse_line(line.as_bytes()).unwrap().ending().map(|ending| ending.id)
        };
        assert_eq!(ending("ERR_CONNECT_FAIL/errno=111"), Some("squid-server-refused"));
        assert_eq!([ending(""), ending("-/-"), ending("ERROR")], [None; 3]);
    }
}
