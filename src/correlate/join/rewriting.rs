//! Whether an access log has the target that the edge has, or one that the server made of it. A ray may be used again, and then only the
//! request line tells whose the line is (Cloudflare does not promise that a ray is unique: docs, cloudflare-ray-id).

use std::collections::{BTreeMap, BTreeSet};

use crate::correlate::whole::Whole;
use crate::evidence::InputId;
use crate::evidence::sample::Seen;
use crate::ray::Ray;

/// So many requests must be seen on both sides, and so many in ten have the same path there.
const ENOUGH: u64 = 10;
const IN_TEN: u64 = 9;

/// The access logs whose targets are those of the edge, by their healthy requests.
pub(super) fn logs_that_keep_targets(evidence: &Whole) -> BTreeSet<InputId> {
    let paths: BTreeMap<Ray, &str> = evidence
        .samples
        .of(Seen::Edge)
        .filter_map(|request| Some((request.ray?, request.path.as_deref()?)))
        .collect();
    let mut counts: BTreeMap<InputId, (u64, u64)> = BTreeMap::new();
    for request in evidence.samples.of(Seen::Access) {
        let at_edge = request.ray.and_then(|ray| paths.get(&ray));
        let (Some(at_edge), Some(path)) = (at_edge, request.path.as_deref()) else { continue };
        let (same, all) = counts.entry(request.input).or_default();
        *same += u64::from(*at_edge == path);
        *all += 1;
    }
    let keeps = |(same, all): &(u64, u64)| *all >= ENOUGH && same * 10 >= all * IN_TEN;
    counts.into_iter().filter(|(_, counts)| keeps(counts)).map(|(input, _)| input).collect()
}
