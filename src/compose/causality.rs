//! The order of a story's events: packets as they were captured, and what logs tell within what can have caused what. A log's clock may be off by
//! more than its events are apart; where it contradicts, its event stands where it can have happened, and says so.

use super::story_event::{StoryEvent, StoryPart};
use crate::report::model::LaneRole;
use crate::text::words::duration;
use crate::time::{Duration, Time};

/// Smaller contradictions are those of a clock's resolution, and not worth a word.
const WORTH_TELLING: Duration = Duration::MILLISECOND;

/// Puts events into order. Instants of different clocks that are nearer than their `spread` may have been the other way round.
pub fn settle(events: &mut [StoryEvent], spread: impl FnOnce(&[StoryEvent]) -> Duration) {
    let sent = first_sent(events);
    let asked = latest_of(events, StoryPart::EdgeIsAsked, sent);
    latest_of(events, StoryPart::BrowserAsks, asked.or(sent));
    earliest_of(events, StoryPart::WorkerAsks, asked);
    let arrived = arrival(events).or(asked);
    earliest_of(events, StoryPart::Logged, arrived);
    let worker = last_of(events, StoryPart::WorkerAsks);
    let decided = decided(events, spread);
    let answered = earliest_of(events, StoryPart::EdgeAnswers, arrived.max(worker).max(decided));
    earliest_of(events, StoryPart::BrowserIsAnswered, answered.or(arrived));
    events.sort_by_key(|event| (event.time, event.part.rank()));
}

/// How many decimals of a second tell all events apart that are apart, from the first one on.
pub fn decimals(events: &[StoryEvent]) -> usize {
    const MOST: usize = 9;
    let Some(start) = events.first().map(|event| event.time) else { return 1 };
    let at =
        |event: &StoryEvent, decimals: usize| event.time.since(start).nanoseconds().max(0) / unit(decimals);
    let tells_apart = |decimals: &usize| {
        events.windows(2).all(|pair| match pair {
            [a, b] => a.time == b.time || at(a, *decimals) != at(b, *decimals),
            _ => true,
        })
    };
    (1..MOST).find(tells_apart).unwrap_or(MOST)
}

/// `+65.0113 s`: how long after the first event, with so many decimals.
pub fn offset(after: Duration, decimals: usize) -> String {
    let nanoseconds = after.nanoseconds().max(0);
    let fraction = nanoseconds % SECOND / unit(decimals);
    format!("+{}.{fraction:0decimals$} s", nanoseconds / SECOND)
}

/// Nanoseconds in a second.
const SECOND: i64 = 1_000_000_000;

/// Nanoseconds in the last of so many decimals of a second.
fn unit(decimals: usize) -> i64 {
    let decimals = u32::try_from(decimals).unwrap_or(u32::MAX);
    10_i64.pow(9_u32.saturating_sub(decimals))
}

/// When the edge first sent something for the request, as captured.
fn first_sent(events: &[StoryEvent]) -> Option<Time> {
    let sent = events.iter().filter(|event| {
        event.captured
            && event.from == LaneRole::Edge
            && matches!(event.part, StoryPart::Opens | StoryPart::Arrives)
    });
    sent.map(|event| event.time).min()
}

/// When the request first arrived at the origin, or where none did, the connection that was opened for it.
fn arrival(events: &[StoryEvent]) -> Option<Time> {
    let first =
        |part: StoryPart| events.iter().filter(|event| event.part == part).map(|event| event.time).min();
    first(StoryPart::Arrives).or_else(|| first(StoryPart::Opens))
}

/// When the packet came on which the edge's answer rests: the first one of the origin behind the request that ends it or answers it. `None` where the
/// edge had closed before it, or answered earlier than its clock may be wrong.
fn decided(events: &[StoryEvent], spread: impl FnOnce(&[StoryEvent]) -> Duration) -> Option<Time> {
    let arrived = last_of(events, StoryPart::Arrives)?;
    let answered =
        events.iter().filter(|event| event.part == StoryPart::EdgeAnswers).map(|event| event.time).min()?;
    let tells_nothing = |event: &&StoryEvent| {
        matches!(event.label.as_str(), "ACK" | "SYN/ACK" | "data" | "encrypted" | "window 0")
    };
    let carried = events.iter().filter(|event| event.part == StoryPart::Carried && event.time >= arrived);
    let first = carried.filter(|event| !tells_nothing(event)).min_by_key(|event| event.time)?;
    // A clock that lets the edge answer before the request arrived is wrong by that much at least.
    let wrong = spread(events).max(arrived.since(answered));
    let is_its_cause = first.from == LaneRole::Origin && first.time.since(arrived.max(answered)) <= wrong;
    is_its_cause.then_some(first.time)
}

fn last_of(events: &[StoryEvent], part: StoryPart) -> Option<Time> {
    events.iter().filter(|event| event.part == part).map(|event| event.time).max()
}

/// Moves the events of a part that cannot have come after an instant before it; gives the first one's time.
fn latest_of(events: &mut [StoryEvent], part: StoryPart, limit: Option<Time>) -> Option<Time> {
    for event in events.iter_mut().filter(|event| event.part == part) {
        if let Some(limit) = limit.filter(|limit| event.time > *limit) {
            event.told_at(limit, "later");
        }
    }
    events.iter().filter(|event| event.part == part).map(|event| event.time).min()
}

/// Moves the events of a part that cannot have come before an instant behind it; gives the last one's time.
fn earliest_of(events: &mut [StoryEvent], part: StoryPart, limit: Option<Time>) -> Option<Time> {
    for event in events.iter_mut().filter(|event| event.part == part) {
        if let Some(limit) = limit.filter(|limit| event.time < *limit) {
            event.told_at(limit, "earlier");
        }
    }
    last_of(events, part)
}

impl StoryEvent {
    /// Stands where it can have happened; its own clock says otherwise.
    fn told_at(&mut self, time: Time, its_clock: &str) {
        let apart = Duration::from_nanoseconds(self.time.since(time).nanoseconds().abs());
        if apart >= WORTH_TELLING {
            self.text.push_str(&format!(" (its clock says {} {its_clock})", duration(apart)));
        }
        self.time = time;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::model::LaneRole;

    fn event(milliseconds: i64, part: StoryPart) -> StoryEvent {
        let captured = matches!(part, StoryPart::Opens | StoryPart::Arrives | StoryPart::Carried);
        StoryEvent {
            time: Time::default().plus(Duration::from_milliseconds(milliseconds)),
            from: LaneRole::Edge,
            to: LaneRole::Origin,
            label: String::new(),
            text: String::new(),
            place: None,
            captured,
            part,
        }
    }

    fn settled(events: &[(i64, StoryPart)]) -> Vec<(i64, StoryPart)> {
        let mut events: Vec<StoryEvent> = events.iter().map(|(at, part)| event(*at, *part)).collect();
        settle(&mut events, |_| Duration::from_milliseconds(20));
        events
            .iter()
            .map(|event| (event.time.since(Time::default()) / Duration::MILLISECOND, event.part))
            .collect()
    }

    #[test]
    fn what_logs_tell_stands_where_it_can_have_happened() {
        use StoryPart::{Arrives, Carried, EdgeAnswers, EdgeIsAsked, Logged};
        let late = [(900, EdgeIsAsked), (500, Arrives), (510, Carried), (300, EdgeAnswers), (100, Logged)];
        let told = [(500, EdgeIsAsked), (500, Arrives), (500, Logged), (500, EdgeAnswers), (510, Carried)];
        assert_eq!(settled(&late), told);
        let fine = [(100, EdgeIsAsked), (500, Arrives), (510, Carried), (600, Logged), (700, EdgeAnswers)];
        assert_eq!(settled(&fine), fine, "what does not contradict stays");
    }

    #[test]
    fn an_answer_follows_the_packet_that_caused_it_within_what_clocks_may_be_wrong() {
        use StoryPart::{Arrives, Carried, EdgeAnswers};
        let told = |answered: i64, by: LaneRole, ended: i64| {
            let mut events = [event(500, Arrives), event(ended, Carried), event(answered, EdgeAnswers)];
            events[1].from = by;
            settle(&mut events, |_| Duration::from_milliseconds(20));
            let answer = events.iter().find(|event| event.part == EdgeAnswers).expect("it stays");
            answer.time.since(Time::default()) / Duration::MILLISECOND
        };
        let origin = LaneRole::Origin;
        assert_eq!([told(505, origin, 510), told(510, origin, 510)], [510, 510]);
        // Its clock is 300 ms behind, so 10 ms are within what it may be wrong.
        assert_eq!(told(200, origin, 510), 510);
        assert_eq!(told(505, origin, 600), 505, "it had answered long before");
        assert_eq!(told(505, LaneRole::Edge, 510), 505, "what the edge does itself causes nothing");
    }

    #[test]
    fn times_have_the_digits_that_order_them() {
        let mut events = [
            event(0, StoryPart::EdgeIsAsked),
            event(2_104, StoryPart::Carried),
            event(2_105, StoryPart::Arrives),
        ];
        assert_eq!(decimals(&events), 3);
        let start = events[0].time;
        assert_eq!(offset(events[1].time.since(start), 3), "+2.104 s");
        events[2].time = events[1].time.plus(Duration::from_nanoseconds(40));
        assert_eq!(decimals(&events), 8);
        assert_eq!(decimals(&events[..2]), 1);
    }
}
