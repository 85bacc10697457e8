//! Requests that the edge tried again: an attempt that failed and that a later one answered is counted, not reported.

use std::collections::{BTreeMap, BTreeSet};

use crate::ray::Ray;
use crate::time::Time;

/// What one shard saw of attempts since it was last asked.
#[derive(Default)]
pub struct Attempts {
    /// Rays of which an attempt failed.
    pub failed: BTreeSet<Ray>,
    /// Rays that were answered well, and when they were asked.
    pub answered: Vec<(Ray, Time)>,
}

/// Rays of which an attempt failed, and those of them that a later attempt answered.
#[derive(Default)]
pub struct HealedAttempts {
    failed: BTreeSet<Ray>,
    healed: BTreeMap<Ray, Time>,
}

impl HealedAttempts {
    /// Takes what the shards saw. A retry comes after the failure in the capture's time; within a batch of packets shards do not wait for
    /// each other, so what they saw during it is held together when it is over.
    pub fn take<'s>(&mut self, shards: impl Iterator<Item = &'s mut Attempts>) {
        let mut answered = Vec::new();
        for attempts in shards {
            self.failed.append(&mut attempts.failed);
            answered.append(&mut attempts.answered);
        }
        for (ray, time) in answered.into_iter().filter(|(ray, _)| self.failed.contains(ray)) {
            let latest = self.healed.entry(ray).or_insert(time);
            *latest = (*latest).max(time);
        }
    }

    /// The rays that a later attempt answered, and when the last of those was asked.
    pub fn finish(self) -> BTreeMap<Ray, Time> {
        self.healed
    }
}
