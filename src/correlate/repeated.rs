//! Records of the edge that stand in more than one input: two jobs, an export beside a job, a delivery that came twice. Failing ones are kept,
//! and count once. Of healthy ones only counts and a sample are kept, so how many of them stand twice is known from the sample.

use std::collections::BTreeSet;

use super::whole::Whole;
use crate::evidence::InputId;
use crate::evidence::sample::{HealthyRequest, Seen};
use crate::time::Duration;

/// What the sample of the edge's healthy records says of their repetition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RepeatedRecords {
    /// Records of the sample whose request another input has, too, but for one of each.
    pub repeated: u64,
    /// All of the sample.
    pub sampled: u64,
    /// The inputs that share them.
    pub inputs: BTreeSet<InputId>,
}

impl RepeatedRecords {
    /// Of these inputs. The sample is in the order of the rays' hashes, so records of one ray stand together, those of one input behind those
    /// of another.
    pub fn of(evidence: &Whole) -> RepeatedRecords {
        /// Requests of one ray that are looked at: the edge gives a ray to a request and its subrequests.
        const MOST_OF_A_RAY: usize = 8;
        let mut found = RepeatedRecords::default();
        let mut of_ray: Vec<&HealthyRequest> = Vec::new();
        for request in evidence.samples.of(Seen::Edge).filter(|request| request.ray.is_some()) {
            found.sampled += 1;
            if of_ray.first().is_some_and(|first| first.ray != request.ray) {
                of_ray.clear();
            }
            match of_ray.iter().find(|other| is_same(other, request)) {
                Some(other) => {
                    found.repeated += 1;
                    found.inputs.extend([other.input, request.input]);
                }
                None if of_ray.len() < MOST_OF_A_RAY => of_ray.push(request),
                None => {}
            }
        }
        found
    }

    /// Whether it is more than a record here and there, which no total shows.
    pub fn matter(&self) -> bool {
        self.repeated >= 2 && self.repeated * 100 >= self.sampled
    }
}

/// Whether two inputs tell of one request: instants may be of another resolution, and a field may be missing.
fn is_same(a: &HealthyRequest, b: &HealthyRequest) -> bool {
    fn agree<T: PartialEq>(a: Option<&T>, b: Option<&T>) -> bool {
        a.zip(b).is_none_or(|(a, b)| a == b)
    }
    let apart = a.time.since(b.time).abs();
    a.input != b.input
        && (apart == Duration::ZERO || apart < a.resolution.max(b.resolution))
        && agree(a.host.as_ref(), b.host.as_ref())
        && agree(a.method.as_ref(), b.method.as_ref())
        && agree(a.path.as_ref(), b.path.as_ref())
        && agree(a.status.as_ref(), b.status.as_ref())
}
