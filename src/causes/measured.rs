//! The title of a cause with the figure in it that was measured.

use serde::Deserialize;

use crate::correlate::Incident;
use crate::text::words::duration;

/// How a cause is called where its figure was measured.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasuredTitle {
    /// Which figure it is.
    by: MeasuredFigure,
    /// The title: `{measured}` is the figure, `{edge_idle}` for how long the edge keeps idle connections at most.
    title: String,
}

/// Which figure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum MeasuredFigure {
    /// The origin's idle timeout against the edge's.
    OriginIdle,
    /// How long the edge waits.
    EdgeGivesUp,
}

impl MeasuredTitle {
    /// In words; `None` where the data does not show the figure.
    pub fn in_words(&self, incident: &Incident) -> Option<String> {
        let timer = match self.by {
            MeasuredFigure::OriginIdle => incident.population.servers.idle()?,
            MeasuredFigure::EdgeGivesUp => incident.population.edge_gives_up?,
        };
        let edge_idle = format!("{} s", incident.profile.limits.idle_s);
        let title = self.title.replace("{measured}", &duration(timer.duration));
        Some(title.replace("{edge_idle}", &edge_idle))
    }
}
