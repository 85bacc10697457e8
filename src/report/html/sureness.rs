//! How sure a cause is: the way from what happened down to it, what may lie behind it, what it is otherwise, and what speaks for and against.

use crate::report::model::{Candidate, CertaintyStep, Share, Sign};
use crate::report::text::{confidence_number, cut, one_line};
use crate::report::weighing::{WeighedSigns, within, worth_telling};

use super::svg::{self, Canvas};

/// This many signs of a list are shown; the others are folded.
const UNFOLDED: usize = 5;
/// At most this many stand in a list at all; report.json has all of them.
const MOST_SIGNS: usize = 20;

/// A node with its probability.
pub struct LikelyRow {
    /// What it is, in words.
    pub title: String,
    /// Its probability.
    pub number: String,
    /// The probability as a bar.
    pub bar: String,
}

/// From what happened down to what is named, and beside it.
pub struct Sureness {
    /// From what happened on.
    pub steps: Vec<LikelyRow>,
    /// What it is otherwise.
    pub rivals: Vec<LikelyRow>,
    /// What may lie behind it, or may have been it.
    pub candidates: Vec<LikelyRow>,
}

/// A list of which the first few are shown and the others are folded.
pub struct Folded<T> {
    /// What is shown.
    pub shown: Vec<T>,
    /// What is folded.
    pub folded: Vec<T>,
}

/// A sign that is seen, or not.
pub struct SignItem {
    /// What is seen.
    pub text: String,
    /// Where.
    pub place: String,
}

/// What nothing at hand would show, for one reason.
pub struct NotAtHand {
    /// The reason.
    pub why: String,
    /// What it would tell, each as a clause.
    pub signs: Vec<String>,
}

/// Three lists of signs.
pub struct SignLists {
    /// What speaks for it and what against it, each under its title.
    pub seen: [(&'static str, Folded<SignItem>); 2],
    /// What could not be seen.
    pub not_at_hand: Folded<NotAtHand>,
}

/// The way to a node. Candidates lie within what has the probability beside them; `index` gives the colour of the bars.
pub fn compose(
    steps: &[CertaintyStep],
    rivals: &[Candidate],
    candidates: (Share, &[Candidate]),
    index: usize,
) -> Sureness {
    let candidates = within(candidates.0, candidates.1);
    Sureness {
        steps: steps.iter().take(6).map(|step| row(&step.title, step.confidence, index)).collect(),
        rivals: worth_telling(rivals, steps).map(|(title, share)| row(title, share, index)).collect(),
        candidates: candidates.into_iter().map(|(title, share)| row(title, share, index)).collect(),
    }
}

fn row(title: &str, confidence: Share, index: usize) -> LikelyRow {
    let mut canvas = Canvas::new(130.0, 10.0);
    canvas.rect(svg::cause(index), 0.0, 1.0, (f64::from(confidence.thousandths()) * 0.13).max(1.0), 8.0);
    LikelyRow {
        title: cut(&one_line(title), 160).into_owned(),
        number: confidence_number(confidence),
        bar: canvas.ornament("bars"),
    }
}

impl<T> Folded<T> {
    fn of(items: impl Iterator<Item = T>, unfolded: usize) -> Folded<T> {
        let mut shown: Vec<T> = items.take(MOST_SIGNS).collect();
        // A fold that hides a single line is longer than the line.
        let at = if shown.len() <= unfolded + 1 { shown.len() } else { unfolded };
        let folded = shown.split_off(at);
        Folded { shown, folded }
    }
}

impl SignLists {
    /// Of the signs of a cause.
    pub fn of(signs: &[Sign]) -> SignLists {
        let weighing = WeighedSigns::of(signs);
        let clause = |sign: &&Sign| cut(&one_line(&sign.text), 200).into_owned();
        let group = |(why, signs): &(&str, Vec<&Sign>)| NotAtHand {
            why: cut(&one_line(why), 200).into_owned(),
            signs: signs.iter().take(6).map(clause).collect(),
        };
        let items = |signs: Vec<&Sign>| Folded::of(signs.into_iter().map(item), UNFOLDED);
        SignLists {
            not_at_hand: Folded::of(weighing.not_at_hand.iter().map(group), 3),
            seen: [
                ("Speaks for it", items(weighing.speaks_for)),
                ("Speaks against it", items(weighing.speaks_against)),
            ],
        }
    }

    /// Whether there is something on both sides.
    pub fn speaks_both_ways(&self) -> bool {
        self.seen.iter().all(|(_, list)| !list.shown.is_empty())
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.seen.iter().all(|(_, list)| list.shown.is_empty()) && self.not_at_hand.shown.is_empty()
    }
}

fn item(sign: &Sign) -> SignItem {
    let place = sign.place.as_ref().map_or_else(String::new, |place| {
        format!("{} {}", cut(&place.input, 120), place.spot().unwrap_or_default())
    });
    SignItem { text: cut(&one_line(&sign.text), 300).into_owned(), place }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fold_hides_more_than_one_line() {
        let lengths = |count: usize| {
            let list = Folded::of(0..count, 5);
            (list.shown.len(), list.folded.len())
        };
        assert_eq!([5, 6, 7, 40].map(lengths), [(5, 0), (6, 0), (5, 2), (5, 15)]);
    }
}
