//! What a node of the tree weighs before any sign is looked at.

use super::odds::LogOdds;
use super::probability::Thousandths;

/// A mechanism that is the plain name of the outcome.
pub const NAME: LogOdds = 0;
/// A mechanism in a way of its own.
pub const MECHANISM: LogOdds = -1500;
/// No mechanism that is known, where packets show what happened, and where only the edge's word or a log line does.
pub const NONE_SEEN: LogOdds = -2500;
/// See above.
pub const NONE_TOLD: LogOdds = -1000;
/// A root, against none that is known.
pub const ROOT: LogOdds = -2000;
/// The edge shows a status that it shows for the cause less often.
pub const ODD_STATUS: LogOdds = -700;
/// That a request ended as it is seen to have ended, before anything speaks for a cause of that. Packets and lines of another request may be
/// taken for its own: on drawn incidents 94 of 100 failing requests ended in a family that their true cause can bring about (docs/weights.md).
pub const HAPPENED: Thousandths = 950;
