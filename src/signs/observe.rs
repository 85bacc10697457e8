//! Looks for a sign, in the way that is its own.

use super::sign::{How, Observation, Sign, Viewpoint};
use super::{error_page, lines, state};

impl Sign {
    /// Looks for it.
    pub fn observe(&self, look: &Viewpoint<'_>) -> Observation {
        match &self.how {
            How::Inspect(observe) => observe(look),
            How::Lines(scope, signatures) => match lines::observe(look, *scope, signatures, self.about) {
                Observation::NotSeen(_) if self.is_of_few && !lines::are_known(look.incident, signatures) => {
                    Observation::NotVisible("nothing at hand is known to write such lines")
                }
                Observation::NotSeen(_) if self.is_of_machine && !lines::system_log_would_show(look) => {
                    Observation::NotVisible("no log of the machine's system of that time is among the inputs")
                }
                Observation::NotSeen(_) if self.is_of_front && error_page::is_of_silent_front(look) => {
                    Observation::NotVisible(
                        "the server in front says so in its log of requests alone, whose line of this one is not at hand",
                    )
                }
                told => told,
            },
            How::State(signatures) => state::observe(look, signatures),
        }
    }
}
