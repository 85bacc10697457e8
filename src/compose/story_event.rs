//! What happened to a request, event by event.

use crate::evidence::Place;
use crate::report::model::LaneRole;
use crate::time::Time;

/// Something that happened to a request.
pub struct StoryEvent {
    /// When, by the reference clock.
    pub time: Time,
    /// The host that it comes from.
    pub from: LaneRole,
    /// The host that it goes to; the same one where it happens at one host.
    pub to: LaneRole,
    /// A word or two (`POST`, `RST`).
    pub label: String,
    /// What it was.
    pub text: String,
    /// Where it can be seen.
    pub place: Option<Place>,
    /// Whether a packet shows it; else a log or a HAR tells it.
    pub captured: bool,
    /// Which part it has in the story.
    pub part: StoryPart,
}

/// The parts of a story. What a log tells has its place among the packets by what can have caused what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoryPart {
    /// The browser sends the request.
    BrowserAsks,
    /// The edge gets it.
    EdgeIsAsked,
    /// A Worker asks on its behalf.
    WorkerAsks,
    /// A packet opens a connection for it.
    Opens,
    /// A packet brings it to the origin.
    Arrives,
    /// Any other packet.
    Carried,
    /// A line of the origin is about it.
    Logged,
    /// The edge answers it.
    EdgeAnswers,
    /// The browser has the answer.
    BrowserIsAnswered,
}

impl StoryPart {
    /// What of one instant comes first: what asks, then packets, then what is told of them.
    pub fn rank(self) -> u8 {
        match self {
            StoryPart::BrowserAsks => 0,
            StoryPart::EdgeIsAsked => 1,
            StoryPart::WorkerAsks => 2,
            StoryPart::Opens | StoryPart::Arrives | StoryPart::Carried => 3,
            StoryPart::Logged => 4,
            StoryPart::EdgeAnswers => 5,
            StoryPart::BrowserIsAnswered => 6,
        }
    }
}

impl StoryEvent {
    /// Whether it sends or brings the request: what happened to it is told by another event.
    pub fn asks(&self) -> bool {
        !matches!(
            self.part,
            StoryPart::Carried | StoryPart::Logged | StoryPart::EdgeAnswers | StoryPart::BrowserIsAnswered
        )
    }
}
