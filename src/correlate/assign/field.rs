//! All requests and lines of one method and target, and who of them competes.

use std::collections::BTreeMap;

use super::contest::{MOST_LINES, MOST_RIVALS, Odds, chances};
use super::fit::{Claimant, LoggedTrace, fit};
use crate::evidence::RequestKey;
use crate::time::{Duration, Time};

/// A line goes to a request that is its own with this chance.
const SURE: f64 = 0.95;
/// Of the lines (or requests) on either side of a moment, so many are looked at: more would be too many to tell apart.
const NEAREST: usize = 24;
/// A line that fits so little beside the best is not looked at.
const SLIGHT: f64 = 0.001;
/// Of a line beyond those of a contest, that it is still free: nearly all lines have a request of their own.
const FREE: f64 = 0.1;
/// Of the lines elsewhere that a rival may take, so many are looked at.
const WAYS_OUT: usize = 3;

/// Requests and lines that wait to be brought together. Named by what the caller gives: `R` a request, `L` a line.
pub struct Field<'e, R, L> {
    keys: BTreeMap<RequestKey, OfKey<'e, R, L>>,
    /// How likely it is that a line belongs to a request that is not known.
    unclaimed: f64,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assigned<R, L> {
    /// Each request that a line surely belongs to, with it.
    pub pairs: Vec<(R, L)>,
    /// Requests for which several lines, or lines that several requests may have left, fit equally well.
    pub undecided: u64,
}

struct OfKey<'e, R, L> {
    wanting: Vec<(R, Claimant<'e>)>,
    rivals: Vec<Claimant<'e>>,
    lines: Vec<(L, LoggedTrace<'e>)>,
}

/// The numbers of a list's members by a moment of each, in order of time.
struct ByMoment(Vec<(Time, usize)>);

impl<'e, R: Copy, L: Copy> Field<'e, R, L> {
    /// A field without requests and lines.
    pub fn new(unclaimed: f64) -> Field<'e, R, L> {
        Field { keys: BTreeMap::new(), unclaimed }
    }

    fn of(&mut self, key: RequestKey) -> &mut OfKey<'e, R, L> {
        let empty = || OfKey { wanting: Vec::new(), rivals: Vec::new(), lines: Vec::new() };
        self.keys.entry(key).or_insert_with(empty)
    }

    /// Adds a request that a line is wanted for.
    pub fn want(&mut self, key: RequestKey, request: R, asked: Claimant<'e>) {
        self.of(key).wanting.push((request, asked));
    }

    /// Adds a request that competes, and whose line nobody asks for.
    pub fn compete(&mut self, key: RequestKey, asked: Claimant<'e>) {
        if self.keys.contains_key(&key) {
            self.of(key).rivals.push(asked);
        }
    }

    /// Adds a line.
    pub fn offer(&mut self, key: RequestKey, line: L, told: LoggedTrace<'e>) {
        if self.keys.contains_key(&key) {
            self.of(key).lines.push((line, told));
        }
    }

    /// Gives each line to the request that it surely belongs to.
    pub fn assign(self) -> Assigned<R, L> {
        let mut assigned = Assigned { pairs: Vec::new(), undecided: 0 };
        for of_key in self.keys.values().filter(|of_key| !of_key.lines.is_empty()) {
            of_key.assign(self.unclaimed, &mut assigned);
        }
        assigned
    }
}

impl<R: Copy, L: Copy> OfKey<'_, R, L> {
    fn assign(&self, unclaimed: f64, assigned: &mut Assigned<R, L>) {
        let requests: Vec<&Claimant<'_>> =
            self.wanting.iter().map(|(_, asked)| asked).chain(&self.rivals).collect();
        let lines: Vec<&LoggedTrace<'_>> = self.lines.iter().map(|(_, told)| told).collect();
        let index = Index {
            starts: ByMoment::of(requests.iter().map(|asked| Some(asked.start))),
            ends: ByMoment::of(requests.iter().map(|asked| asked.end)),
            line_starts: ByMoment::of(lines.iter().map(|told| told.start)),
            line_ends: ByMoment::of(lines.iter().map(|told| told.end.filter(|_| told.start.is_none()))),
            reach: lines.iter().map(|told| told.reach()).max().unwrap_or_default(),
            requests,
            lines,
        };
        // Of each line, the request that it fits best so far. Contests overlap, and a line must not be given twice.
        let mut best: BTreeMap<usize, (f64, Option<usize>)> = BTreeMap::new();
        for number in 0..self.wanting.len() {
            match index.contest(number, unclaimed) {
                Outcome::Line(line, chance) => {
                    let (known, holder) = best.entry(line).or_insert((0.0, None));
                    assigned.undecided += u64::from(holder.is_some());
                    if chance > *known {
                        (*known, *holder) = (chance, Some(number));
                    }
                }
                Outcome::Undecided => assigned.undecided += 1,
                Outcome::NoLine => {}
            }
        }
        for (line, (_, holder)) in best {
            let request = holder.and_then(|number| self.wanting.get(number));
            if let (Some((request, _)), Some((line, _))) = (request, self.lines.get(line)) {
                assigned.pairs.push((*request, *line));
            }
        }
    }
}

/// What became of a request.
enum Outcome {
    /// This line is its own, with this chance.
    Line(usize, f64),
    /// A line may be its own or another's.
    Undecided,
    /// It left none, or none that is here.
    NoLine,
}

struct Index<'a, 'e> {
    requests: Vec<&'a Claimant<'e>>,
    lines: Vec<&'a LoggedTrace<'e>>,
    starts: ByMoment,
    ends: ByMoment,
    line_starts: ByMoment,
    line_ends: ByMoment,
    reach: Duration,
}

impl Index<'_, '_> {
    fn contest(&self, number: usize, unclaimed: f64) -> Outcome {
        let Some(asked) = self.requests.get(number) else { return Outcome::NoLine };
        let mut lines = self.lines_near(asked);
        let best = lines.first().map_or(0.0, |(_, fit)| *fit);
        lines.retain(|(_, fit)| *fit >= best * SLIGHT && *fit > 0.0);
        if lines.is_empty() {
            return Outcome::NoLine;
        }
        if lines.get(MOST_LINES).is_some_and(|(_, fit)| *fit >= best / 2.0) {
            return Outcome::Undecided;
        }
        // With more lines than a contest takes, those left out fit less well, and count as places where it may be, too.
        let left_out: f64 = lines.iter().skip(MOST_LINES).map(|(_, fit)| fit * FREE).sum();
        lines.truncate(MOST_LINES);
        let rivals = self.rivals(number, &lines, unclaimed);
        let mut unclaimed = vec![unclaimed; lines.len()];
        for rival in rivals.iter().skip(MOST_RIVALS) {
            unclaimed.iter_mut().zip(&rival.lines).for_each(|(unclaimed, fit)| *unclaimed += fit);
        }
        let of = Odds { lines: lines.iter().map(|(_, fit)| *fit).collect(), alone: asked.alone };
        let chances = chances(&of, &rivals, &unclaimed);
        let sure = chances.iter().zip(&lines).max_by(|(a, _), (b, _)| a.total_cmp(b));
        let Some((&chance, &(line, fit))) = sure else { return Outcome::NoLine };
        let among_all = chance * fit / (fit + left_out);
        match chances.iter().sum::<f64>() {
            _ if among_all >= SURE => Outcome::Line(line, chance),
            any if any < 0.5 => Outcome::NoLine,
            _ => Outcome::Undecided,
        }
    }

    /// The lines near a request with how well they fit, the best first.
    fn lines_near(&self, asked: &Claimant<'_>) -> Vec<(usize, f64)> {
        let by_start = self.line_starts.near(asked.start, self.reach);
        let by_end = self.line_ends.near(asked.end.unwrap_or(asked.start), self.reach);
        let fits = by_start.chain(by_end).filter_map(|line| Some((line, fit(asked, self.lines.get(line)?))));
        let mut fits: Vec<(usize, f64)> = fits.filter(|(_, fit)| *fit > 0.0).collect();
        fits.sort_by(|(a, fit_a), (b, fit_b)| fit_b.total_cmp(fit_a).then(a.cmp(b)));
        fits
    }

    /// The other requests that may have left these lines, those that want them most first. Lines of theirs that are not among these are
    /// ways out, which they may take where no better claim is likely.
    fn rivals(&self, number: usize, lines: &[(usize, f64)], unclaimed: f64) -> Vec<Odds> {
        let mut near: Vec<usize> = Vec::new();
        for told in lines.iter().filter_map(|(line, _)| self.lines.get(*line)) {
            near.extend(self.requests_near(told));
        }
        near.sort_unstable();
        near.dedup();
        let of_lines = |asked: &Claimant<'_>| -> Vec<f64> {
            lines.iter().map(|(line, _)| self.lines.get(*line).map_or(0.0, |told| fit(asked, told))).collect()
        };
        let claims = near.into_iter().filter(|rival| *rival != number).filter_map(|rival| {
            let asked = *self.requests.get(rival)?;
            let lines = of_lines(asked);
            let claim = lines.iter().sum::<f64>() / asked.alone;
            (claim > 0.0).then_some((claim, rival, lines))
        });
        let mut claims: Vec<(f64, usize, Vec<f64>)> = claims.collect();
        claims.sort_by(|(a, first, _), (b, second, _)| b.total_cmp(a).then(first.cmp(second)));
        let odds = claims.into_iter().enumerate().filter_map(|(rank, (_, rival, of_lines))| {
            let asked = *self.requests.get(rival)?;
            // Only those that take part are looked at more closely.
            let way_out =
                if rank < MOST_RIVALS { self.way_out(rival, number, lines, unclaimed) } else { 0.0 };
            Some(Odds { lines: of_lines, alone: asked.alone + way_out })
        });
        odds.collect()
    }

    /// How well a rival would do with lines that are not among these: each counts against what else would become of it.
    fn way_out(&self, rival: usize, number: usize, lines: &[(usize, f64)], unclaimed: f64) -> f64 {
        let Some(asked) = self.requests.get(rival) else { return 0.0 };
        let elsewhere = self.lines_near(asked).into_iter();
        let elsewhere = elsewhere.filter(|(line, _)| lines.iter().all(|(known, _)| known != line));
        let ways = elsewhere.take(WAYS_OUT).filter_map(|(line, of_rival)| {
            let told = self.lines.get(line)?;
            let others = self.requests_near(told).filter(|other| *other != rival && *other != number);
            let wanted: f64 = others.filter_map(|other| Some(fit(self.requests.get(other)?, told))).sum();
            Some(of_rival / (unclaimed + wanted))
        });
        ways.sum()
    }

    fn requests_near(&self, told: &LoggedTrace<'_>) -> impl Iterator<Item = usize> + '_ {
        let by_start = told.start.map(|start| self.starts.near(start, self.reach));
        let by_end = told.end.filter(|_| told.start.is_none()).map(|end| self.ends.near(end, self.reach));
        by_start.into_iter().flatten().chain(by_end.into_iter().flatten())
    }
}

impl ByMoment {
    fn of(moments: impl Iterator<Item = Option<Time>>) -> ByMoment {
        let mut sorted: Vec<(Time, usize)> =
            moments.enumerate().filter_map(|(number, moment)| Some((moment?, number))).collect();
        sorted.sort_unstable();
        ByMoment(sorted)
    }

    /// Those within reach of a moment, at most the nearest on either side.
    fn near(&self, moment: Time, reach: Duration) -> impl Iterator<Item = usize> + '_ {
        let from = self.0.partition_point(|(time, _)| *time < moment.plus(-reach));
        let at = self.0.partition_point(|(time, _)| *time < moment);
        let to = self.0.partition_point(|(time, _)| *time <= moment.plus(reach));
        let near = from.max(at.saturating_sub(NEAREST))..to.min(at + NEAREST);
        self.0.get(near).unwrap_or_default().iter().map(|(_, number)| *number)
    }
}
