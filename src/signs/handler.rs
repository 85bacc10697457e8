//! Signs of a handler that failed while its server lives on: the server cuts the connection of that request.

use super::line_table::own;
use super::lines;
use super::sign::{Frequency, Observation, Sign, Viewpoint, look};

/// What servers say of it.
const FAILED: &[&str] = &["go-handler-panicked"];

pub(super) const SIGNS: &[Sign] = &[
    own("handler-cut-line", "the handler of this request failed, and the server cut its connection", FAILED)
        .where_written(),
    look(
        "handler-behind-cut-line",
        "the handler of the server behind failed, and that server cut the proxy's connection",
        Frequency::Never,
        behind,
    )
    .one_with("upstream-closed"),
];

fn behind(look: &Viewpoint<'_>) -> Observation {
    if look.case.origin_status(&look.incident.evidence).is_none_or(|status| status < 500) {
        return Observation::Moot("no proxy answered for a server behind it");
    }
    let unknown = Observation::NotVisible("no handler of a server behind is known to have failed at it");
    lines::own(look, FAILED).unwrap_or(unknown)
}
