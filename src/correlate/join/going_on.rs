//! Lines that say why a handshake failed, right behind the message that says whose it was, and that name nobody themselves: Apache writes what OpenSSL says on a line
//! of its own (httpd modules/ssl/ssl_engine_log.c, `ssl_log_ssl_error`). And lines that say why a server behind could not be asked, right before the message that says
//! whose request that was (httpd modules/proxy/proxy_util.c, `ap_proxy_connect_backend`).

use std::collections::BTreeMap;

use crate::correlate::rows::MessageIndex;
use crate::correlate::whole::Whole;
use crate::evidence::{InputId, MessageRow, Place};
use crate::facts::gateways::{is_reason, is_reason_of};
use crate::facts::handshakes::tells_of_failed_handshake;

/// By the message that names somebody, the line behind it that goes on.
pub(in crate::correlate) type GoingOn = BTreeMap<MessageIndex, MessageIndex>;

/// All such lines.
pub(in crate::correlate) fn going_on(evidence: &Whole) -> GoingOn {
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

/// By the message that names somebody, the line before it that says why.
pub(super) fn reasons(evidence: &Whole) -> BTreeMap<MessageIndex, MessageIndex> {
    let is_reason = |row: &MessageRow| row.line.signature.is_some_and(is_reason);
    let reasons = evidence.messages.indexed().filter(|(_, row)| is_reason(row));
    let reasons: BTreeMap<(InputId, u64), (MessageIndex, &MessageRow)> =
        reasons.filter_map(|(index, row)| Some((line_of(row)?, (index, row)))).collect();
    if reasons.is_empty() {
        return BTreeMap::new();
    }
    let before = |(index, row): (MessageIndex, &MessageRow)| {
        let (input, line) = line_of(row).filter(|_| row.line.client.is_some())?;
        let (reason, told) = reasons.get(&(input, line.checked_sub(1)?))?;
        let client = |row: &MessageRow| (row.line.client, row.line.client_port);
        let is_same = row.line.process.is_some()
            && row.line.process == told.line.process
            && (told.line.client.is_none() || client(told) == client(row));
        let is_why = is_reason_of(told.line.signature?, row.line.signature?);
        (is_same && is_why).then_some((index, *reason))
    };
    evidence.messages.indexed().filter_map(before).collect()
}

/// The log and the line of a message.
fn line_of(row: &MessageRow) -> Option<(InputId, u64)> {
    match row.place {
        Place::Line { input, line, before: 0 } => Some((input, line)),
        _ => None,
    }
}
