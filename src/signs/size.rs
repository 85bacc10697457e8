//! Signs of sizes that logs tell: which answers reached the edge, and which did not.

use super::sign::{Frequency, Observation, Sign, Viewpoint, look};

pub(super) const SIGNS: &[Sign] = &[look(
    "large-alone-undelivered",
    "of what the server logs as answered the edge never got the large answers, and got all small ones",
    Frequency::Never,
    large_alone_undelivered,
)
.one_with("full-size")];

fn large_alone_undelivered(look: &Viewpoint<'_>) -> Observation {
    let incident = look.incident;
    let undelivered = &incident.population.undelivered;
    let lost = undelivered.large_alone(look.case, &incident.evidence, &incident.clocks);
    let Some((row, lost, others)) = lost else {
        return Observation::NotVisible(
            "no log tells how large the answers are that did not arrive, or of too few",
        );
    };
    let text = || {
        let small = others.all - others.large;
        format!(
            "the server answered, and the edge got nothing: so do all {} such answers, each of a packet of full size or more, and none of {small} small ones",
            lost.all
        )
    };
    look.seen(text, row.place, row.line.time)
}
