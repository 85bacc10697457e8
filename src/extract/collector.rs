//! What a shard gathers from its connections. The shard hands it down with every packet. Through it the flow table opens connections and
//! gives them back when they are over (`extract::closed`), and the dialogues add to it the counts and samples of what they do not keep.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::attempts::Attempts;
use super::given::Given;
use super::kept_connections::KeptConnections;
use super::seen::SeenByShard;
use crate::evidence::capture_facts::ApplicationFacts;
use crate::evidence::view::{Group, View};
use crate::text::shared::KnownTexts;
use crate::time::Time;
use crate::tls::{FoundSessions, Sessions};

/// What is written of a collector: `now`, `views`, `facts`, `found`, `waiting` and `rows`.
pub type CollectorState =
    (Time, BTreeMap<Group, View>, Vec<ApplicationFacts>, FoundSessions, usize, KeptConnections);

/// Counts, samples and rows of one shard.
pub struct ShardCollector<'a> {
    /// What it can look up.
    pub given: Given<'a>,
    /// The latest time of a packet so far; at the end, of the capture.
    pub now: Time,
    /// Counts and samples by the group of connections that they came from.
    pub views: BTreeMap<Group, View>,
    /// HTTP and TLS counts by file of the set.
    pub facts: Vec<ApplicationFacts>,
    /// Attempts that failed and requests that were answered, since the pass last asked.
    pub attempts: Attempts,
    /// TLS sessions whose secrets are known: those of key logs, and those that the capture has told so far.
    pub sessions: Arc<Sessions>,
    /// Those of them that were found.
    pub found: FoundSessions,
    /// Bytes of TLS records that wait until these are whole.
    pub waiting: usize,
    /// Connections kept. Their stream numbers are the shard's own until they are assigned.
    pub rows: KeptConnections,
    /// Texts of what is kept, each of which is held once.
    pub texts: KnownTexts,
    /// Everything, where that is wanted.
    pub seen: Option<SeenByShard>,
}

impl<'a> ShardCollector<'a> {
    /// For a shard that has seen nothing yet.
    pub fn new(given: Given<'a>) -> ShardCollector<'a> {
        ShardCollector {
            given,
            now: Time(i64::MIN),
            views: BTreeMap::new(),
            facts: Vec::new(),
            attempts: Attempts::default(),
            sessions: Arc::default(),
            found: FoundSessions::default(),
            waiting: 0,
            rows: KeptConnections::of_shard(given.memory),
            texts: KnownTexts::default(),
            seen: None,
        }
    }

    /// What is written of it.
    pub fn state(&self) -> impl Serialize {
        let ShardCollector { now, views, facts, found, waiting, rows, .. } = self;
        (now, views, facts, found, waiting, rows)
    }

    /// The one of which this was written.
    pub fn restored(
        given: Given<'a>,
        sessions: &Arc<Sessions>,
        (now, views, facts, found, waiting, mut rows): CollectorState,
    ) -> ShardCollector<'a> {
        let mut texts = KnownTexts::default();
        for row in rows.all_mut() {
            row.files = Arc::clone(given.files);
            row.exchanges.iter_mut().for_each(|kept| kept.exchange.settle_down(&mut texts));
        }
        let sessions = Arc::clone(sessions);
        ShardCollector {
            now,
            views,
            facts,
            found,
            waiting,
            rows,
            texts,
            sessions,
            ..ShardCollector::new(given)
        }
    }

    /// Counts and samples of a group of connections.
    pub fn view(&mut self, group: Group) -> &mut View {
        self.views.entry(group.among(&self.views)).or_default()
    }

    /// The counts of a file of the set.
    pub fn facts_of(&mut self, file: u32) -> &mut ApplicationFacts {
        let index = file as usize;
        if self.facts.len() <= index {
            self.facts.resize(index + 1, ApplicationFacts::default());
        }
        &mut self.facts[index]
    }
}
