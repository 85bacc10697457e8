//! The measured figure that the headline of a cause tells.

use serde::Deserialize;

use crate::correlate::Incident;
use crate::text::words::duration;

/// Which figure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MeasuredFigure {
    /// The origin's idle timeout against the edge's.
    OriginIdle,
    /// How long the edge waits.
    EdgeGivesUp,
}

impl MeasuredFigure {
    /// In words that follow the cause's title; `None` where the data does not show it.
    pub fn in_words(self, incident: &Incident) -> Option<String> {
        match self {
            MeasuredFigure::OriginIdle => {
                let timer = incident.population.servers.idle()?;
                let edge = incident.profile.limits.idle_s;
                Some(format!("after {} idle against the edge's {edge} s", duration(timer.duration)))
            }
            MeasuredFigure::EdgeGivesUp => {
                let timer = incident.population.edge_gives_up?;
                Some(format!("which gives up after {}", duration(timer.duration)))
            }
        }
    }
}
