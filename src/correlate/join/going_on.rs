//! Lines that say why a handshake failed, right behind the message that says whose it was, and that name nobody themselves: Apache writes what OpenSSL says on a line
//! of its own (httpd modules/ssl/ssl_engine_log.c, `ssl_log_ssl_error`).

use std::collections::BTreeMap;

use crate::correlate::rows::MessageIndex;
use crate::correlate::whole::Whole;
use crate::evidence::{InputId, MessageRow, Place};
use crate::facts::handshakes::tells_of_failed_handshake;

/// By the message that names somebody, the line behind it that goes on.
pub(super) type GoingOn = BTreeMap<MessageIndex, MessageIndex>;

/// All such lines.
pub(super) fn going_on(evidence: &Whole) -> GoingOn {
    let of_handshake = |row: &MessageRow| row.line.signature.is_some_and(tells_of_failed_handshake);
    let told = || evidence.messages.indexed().filter(|(_, row)| of_handshake(row));
    let mut nameless: BTreeMap<(InputId, u64), (MessageIndex, &MessageRow)> = BTreeMap::new();
    for (index, row) in told().filter(|(_, row)| row.line.client.is_none()) {
        nameless.extend(line_of(row).map(|line| (line, (index, row))));
    }
    let behind = |(index, row): (MessageIndex, &MessageRow)| {
        let (input, line) = line_of(row).filter(|_| row.line.client.is_some())?;
        let (next, goes_on) = nameless.get(&(input, line.checked_add(1)?))?;
        let is_same = row.line.process.is_some() && row.line.process == goes_on.line.process;
        is_same.then_some((index, *next))
    };
    told().filter_map(behind).collect()
}

/// The log and the line of a message.
fn line_of(row: &MessageRow) -> Option<(InputId, u64)> {
    match row.place {
        Place::Line { input, line, before: 0 } => Some((input, line)),
        _ => None,
    }
}
