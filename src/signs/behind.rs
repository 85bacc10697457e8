//! Signs of the hop behind the server that the edge asked, in packets: what became of the proxy's own try.

use super::sign::{Frequency, Observation, Sign, Viewpoint, look};
use crate::correlate::behind::{FailedTry, Fate};
use crate::text::words::duration;

pub(super) const SIGNS: &[Sign] = &[
    look(
        "behind-refuses",
        "in packets the server behind refuses the proxy's connection",
        Frequency::Never,
        |look| of_try(look, |fate| matches!(fate, Fate::Refused)),
    )
    .one_with("server-behind-refuses"),
    look(
        "behind-is-silent",
        "in packets the server behind does not answer until the proxy gives up",
        Frequency::Never,
        |look| of_try(look, |fate| matches!(fate, Fate::GivenUp(_))),
    )
    .one_with("upstream-timed-out"),
    look(
        "behind-closes",
        "in packets the server behind closes before its answer is complete",
        Frequency::Never,
        |look| of_try(look, |fate| matches!(fate, Fate::ClosedEarly)),
    )
    .one_with("upstream-closed"),
    look(
        "behind-answers-error",
        "in packets the server behind itself answers with an error",
        Frequency::Never,
        |look| of_try(look, |fate| matches!(fate, Fate::Answered(_))),
    ),
];

fn of_try(look: &Viewpoint<'_>, is_meant: fn(Fate) -> bool) -> Observation {
    let Some(failed) = look.incident.behind.of_case(look.case, &look.incident.evidence) else {
        // Most servers that end without an answer have asked nobody.
        return match look.case.origin_status(&look.incident.evidence) {
            Some(500..600) => {
                Observation::NotVisible("no capture has a failed try of its proxy at a server behind")
            }
            _ => Observation::Moot("the server that the edge asked does not say that it failed"),
        };
    };
    if !is_meant(failed.fate) {
        return Observation::Moot("packets show what became of it otherwise");
    }
    let seen = look.seen(|| told(&failed), failed.row.place(failed.at), failed.at.time);
    // A connection that was refused carries no ray.
    if failed.fate == Fate::Refused { seen.not_own() } else { seen }
}

fn told(failed: &FailedTry<'_>) -> String {
    let server = failed.row.connection.server;
    match failed.fate {
        Fate::Refused => format!("{server}, behind the server that the edge asked, refuses the connection"),
        Fate::GivenUp(waited) => {
            format!(
                "{server}, behind the server that the edge asked, does not answer for {}",
                duration(waited)
            )
        }
        Fate::ClosedEarly => {
            format!("{server}, behind the server that the edge asked, closes before its answer is complete")
        }
        Fate::Answered(status) => {
            format!("{server}, behind the server that the edge asked, answers {status} itself")
        }
    }
}
