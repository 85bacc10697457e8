//! When tunnels had no connection with the edge, by what their near ends say. cloudflared keeps several connections and tries each again after longer and
//! longer waits (supervisor/tunnel.go, `retry.BackoffHandler`), so what it said minutes ago holds until it says that one is registered.

use std::collections::{BTreeMap, BTreeSet};

use super::messages::MessagesInOrder;
use super::rows::MessageIndex;
use super::whole::Whole;
use crate::evidence::{InputId, MessageRow};
use crate::time::Time;

const LOST: &str = "cloudflared-disconnected";
const NONE_LEFT: &str = "cloudflared-no-tunnel-left";
const CONNECTED: &str = "cloudflared-connected";
/// So many connections are lost, and none is registered again: one of them alone is lost now and then, and the others carry on.
const SEVERAL: usize = 2;

/// A time without a connection; without an end the log has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Gone {
    from: Time,
    until: Option<Time>,
    told: MessageIndex,
}

/// By the log of the tunnel's end, in order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tunnels {
    gone: BTreeMap<InputId, Vec<Gone>>,
}

impl Tunnels {
    pub(super) fn of(evidence: &Whole, messages: &MessagesInOrder) -> Tunnels {
        let mut changes: BTreeMap<InputId, Vec<(Time, MessageIndex, &MessageRow)>> = BTreeMap::new();
        for change in messages.with_signatures(&[LOST, NONE_LEFT, CONNECTED], evidence) {
            changes.entry(change.2.place.input()).or_default().push(change);
        }
        Tunnels { gone: changes.iter().map(|(input, changes)| (*input, spans(changes))).collect() }
    }

    /// By which line no tunnel had a connection at an instant of the reference clock. `None` where one had, or nothing tells.
    pub fn gone_at<'e>(&self, time: Time, evidence: &'e Whole) -> Option<&'e MessageRow> {
        let at = |spans: &Vec<Gone>| {
            let before = spans.partition_point(|gone| gone.from <= time).checked_sub(1)?;
            spans.get(before).filter(|gone| gone.until.is_none_or(|until| time < until)).copied()
        };
        let gone: Option<Vec<Gone>> = self.gone.values().map(at).collect();
        evidence.messages.get(gone?.first()?.told)
    }
}

/// The times without a connection, by what one end says in order of time.
fn spans(changes: &[(Time, MessageIndex, &MessageRow)]) -> Vec<Gone> {
    let mut spans: Vec<Gone> = Vec::new();
    let mut lost = BTreeSet::new();
    for (time, index, row) in changes {
        let open = spans.last_mut().filter(|gone| gone.until.is_none());
        if row.line.signature == Some(CONNECTED) {
            lost.clear();
            open.into_iter().for_each(|gone| gone.until = Some(*time));
            continue;
        }
        // The address is that of the connection's other end.
        lost.insert((row.line.client, row.line.client.is_none().then_some(&row.line.text)));
        let is_gone = lost.len() >= SEVERAL || row.line.signature == Some(NONE_LEFT);
        if open.is_none() && is_gone {
            spans.push(Gone { from: *time, until: None, told: *index });
        }
    }
    spans
}
