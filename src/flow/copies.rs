//! What is remembered of a connection's last packets, to tell a packet that was captured twice from one that was sent twice.

use serde::{Deserialize, Serialize};

use super::delivered::{Delivered, RestingDelivered};
use super::recent::{Recent, RestingRecent};
use super::side::Side;
use crate::packet::Segment;
use crate::time::Time;

/// The last packets of both directions.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct LastPackets {
    recent: [Recent; 2],
    delivered: [Delivered; 2],
}

/// The same of a connection that hardly goes on.
#[derive(Serialize, Deserialize)]
pub(super) struct RestingPackets {
    recent: [RestingRecent; 2],
    delivered: [RestingDelivered; 2],
}

impl LastPackets {
    /// Whether a packet from this side was captured before.
    pub(super) fn holds(&self, from: Side, segment: &Segment<'_>, time: Time) -> bool {
        self.recent[from as usize].holds(segment, time)
    }

    /// Remembers a packet that is no copy.
    #[inline]
    pub(super) fn remember(&mut self, from: Side, segment: &Segment<'_>, time: Time) {
        self.recent[from as usize].remember(segment, time);
    }

    /// A copy was found, in whichever direction.
    pub(super) fn note_copy(&mut self) {
        self.recent.iter_mut().for_each(Recent::note_copy);
    }

    /// What was delivered last of this side's stream.
    #[inline]
    pub(super) fn delivered(&self, from: Side) -> &Delivered {
        &self.delivered[from as usize]
    }

    /// The same, to add to it.
    #[inline]
    pub(super) fn delivered_mut(&mut self, from: Side) -> &mut Delivered {
        &mut self.delivered[from as usize]
    }

    /// Lets go of the room for what has not come.
    pub(super) fn rest(self) -> RestingPackets {
        RestingPackets {
            recent: self.recent.map(Recent::rest),
            delivered: self.delivered.map(|delivered| delivered.rest()),
        }
    }
}

impl RestingPackets {
    /// As they were.
    pub(super) fn wake(self) -> LastPackets {
        LastPackets {
            recent: self.recent.map(RestingRecent::wake),
            delivered: self.delivered.map(|delivered| delivered.wake()),
        }
    }
}
