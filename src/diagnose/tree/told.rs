//! What a line of the request itself says is a cause's name: that whoever stands behind refused, closed early or took too long. Why it did so other causes may tell
//! (a crash, a restart, a kill for memory), but only by more than that line.

use super::{NAMED_FROM, Node, SignStates, Tree};
use crate::diagnose::odds::LogOdds;
use crate::signs;

/// From this much on a line says a cause's name: where it is the cause, the line stands there in most cases (docs/weights.md).
const SAYS_ITS_NAME: LogOdds = 5000;
/// From this much on a sign beside the line speaks for why it was written.
const SAYS_MORE: LogOdds = 1000;

impl Tree {
    /// Leaves where no cause that more than a line of the request speaks for would be named: what causes hold that nothing else speaks for goes to the
    /// one whose name the line says, but for `doubt` of it. Where that is not enough, since several that more speaks for share the rest, what these hold goes there as
    /// well: which of them it was nobody can tell, and all of them have the line written.
    pub fn as_told(&self, leaves: Vec<f64>, states: SignStates, doubt: f64) -> Vec<f64> {
        let told = states.own.both(&self.told_of_one);
        if told.is_empty() {
            return leaves;
        }
        let is_known =
            |(node, _): (&Node, f64)| self.is_root(node) && node.says_more(states, |sign| told.holds(sign));
        if self.named(&leaves, states).is_some_and(is_known) {
            return leaves;
        }
        let moved = |of_all: bool| {
            let lines = (0..signs::ALL.len()).filter(|sign| told.holds(*sign));
            let is_behind =
                |node: &Node, sign: usize| of_all || !node.says_more(states, |other| other == sign);
            let moved =
                lines.filter_map(|sign| self.moved(&leaves, sign, doubt, |node| is_behind(node, sign)));
            moved.max_by(|(_, one), (_, other)| one.total_cmp(other)).map(|(moved, _)| moved)
        };
        moved(false).or_else(|| moved(true)).unwrap_or(leaves)
    }

    /// The same for one line and the causes that are behind it, and what the cause whose name it says holds then.
    fn moved(
        &self,
        leaves: &[f64],
        sign: usize,
        doubt: f64,
        is_behind: impl Fn(&Node) -> bool,
    ) -> Option<(Vec<f64>, f64)> {
        let named = self.named_by(sign)?;
        let is_behind = |root: usize| {
            let node = &self.nodes[root];
            root != named && node.lets_expect(sign) && is_behind(node)
        };
        let mut moved = leaves.to_vec();
        for (place, leaf) in self.leaves.iter().enumerate() {
            if !leaf.root.is_some_and(is_behind) {
                continue;
            }
            let same = |other: &super::Leaf| other.mechanism == leaf.mechanism && other.root == Some(named);
            if let Some(of_named) = self.leaves.iter().position(same) {
                let share = leaves[place] * (1.0 - doubt);
                moved[place] -= share;
                moved[of_named] += share;
            }
        }
        let holds = self.leaves.iter().zip(&moved).filter(|(leaf, _)| leaf.root == Some(named));
        let holds: f64 = holds.map(|(_, share)| share).sum();
        (holds >= NAMED_FROM).then_some((moved, holds))
    }

    /// The root whose name a line says: the one that it speaks for most.
    fn named_by(&self, sign: usize) -> Option<usize> {
        let speaks = |node: usize| {
            let expected = self.nodes[node].expected.iter().find(|expected| expected.sign == sign);
            expected.map(|expected| expected.worth.own)
        };
        let nodes = (0..self.nodes.len()).filter_map(|node| Some((node, speaks(node)?)));
        let (node, most) = nodes.max_by_key(|(_, speaks)| *speaks)?;
        let is_alone = (0..self.nodes.len()).filter(|other| speaks(*other) == Some(most)).count() == 1;
        (is_alone && most >= SAYS_ITS_NAME && self.is_root(&self.nodes[node])).then_some(node)
    }
}

impl Node {
    fn lets_expect(&self, sign: usize) -> bool {
        self.expected.iter().any(|expected| expected.sign == sign && expected.worth.own > 0)
    }

    /// Whether a sign speaks for it that is none of these lines.
    fn says_more(&self, states: SignStates, is_line: impl Fn(usize) -> bool) -> bool {
        let others = self.expected.iter().filter(|expected| !is_line(expected.sign));
        let speaks = |weight: Option<LogOdds>| weight.is_some_and(|weight| weight >= SAYS_MORE);
        others.filter(|other| states.seen.holds(other.sign)).any(|other| speaks(other.weight(states)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::causes;
    use crate::correlate::Outcome;
    use crate::diagnose::parameters::Parameters;
    use crate::signs::SignSet;

    fn sign(id: &str) -> usize {
        signs::ALL.iter().position(|sign| sign.id == id).unwrap()
    }

    fn set(ids: &[&str]) -> SignSet {
        ids.iter().map(|id| sign(id)).collect()
    }

    /// What each of four causes of a refused upstream holds, where all held alike before and these signs are there, the first of them the request's own.
    fn holds(seen: &[&str], cause: &str) -> f64 {
        const ALIKE: [&str; 4] = ["upstream-refused", "worker-crash", "restart-window", "oom-kill"];
        let tree = Tree::of(Outcome::Status, &vec![0.0; signs::ALL.len()], Parameters::current());
        let number = |slug: &str| causes::ALL.iter().position(|cause| cause.slug == slug);
        let paths = tree.paths(&vec![0.0; tree.leaves.len()]);
        let is_alike = |root: Option<usize>| root.is_some() && ALIKE.iter().any(|slug| number(slug) == root);
        let alike = paths.iter().map(|path| f64::from(u8::from(is_alike(path.root)))).collect();
        let states = SignStates { seen: set(seen), own: set(&seen[..1]), visible: set(seen) };
        let told = tree.as_told(super::super::shares(alike), states, 0.25);
        let paths = tree.paths(&told);
        paths.iter().filter(|path| path.root == number(cause)).map(|path| path.share).sum()
    }

    /// If it breaks, what a server in front says of each of its requests is called an error of the origin's own, as soon as processes are killed beside it for two
    /// reasons.
    #[test]
    fn what_a_line_says_is_named_where_several_tell_why() {
        let of_line =
            holds(&["upstream-refused-line", "process-died-line", "out-of-memory-line"], "upstream-refused");
        assert!(of_line > 0.75, "{of_line}");
    }

    /// If it breaks, a request of which the server in front says that the one behind refused it is called an error of the origin, since nobody knows why.
    #[test]
    fn what_a_line_says_is_named_where_nothing_tells_why() {
        let near = |held: f64, expected: f64| (held - expected).abs() < 0.01;
        let of_line = holds(&["upstream-refused-line"], "upstream-refused");
        assert!(near(of_line, 0.8125), "three quarters of what the others hold: {of_line}");
        let of_crash = holds(&["upstream-refused-line", "process-died-line"], "worker-crash");
        assert!(near(of_crash, 0.0625), "what speaks for it speaks for a kill as well: {of_crash}");
        let without = holds(&["whole-error-answer", "upstream-refused-line"], "upstream-refused");
        assert!(near(without, 0.25), "another request's line: {without}");
        let of_page = holds(&["no-server-left"], "upstream-refused");
        assert!(near(of_page, 0.25), "it may stand there for other reasons: {of_page}");
    }
}
