//! Parts of the edge that a rule may set apart, and when what befell one of them is no chance.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::facts::ranges::EdgeRanges;

/// Fewer connections than this are chance.
pub(super) const CLUSTER: u64 = 3;
/// Failures and healthy requests fall apart by range by chance, where fewer orders than this are possible.
pub(super) const ENOUGH_ORDERS: u64 = 1000;

/// What a rule may set apart: a route or a list of allowed ranges a whole range, a ban a single address.
#[derive(Clone, Copy)]
pub(super) enum EdgePart {
    Range,
    Address,
}

impl EdgePart {
    pub(super) const BOTH: [EdgePart; 2] = [EdgePart::Range, EdgePart::Address];

    /// This part of the edge that has an address.
    pub(super) fn of(self, address: IpAddr, ranges: &EdgeRanges) -> Option<IpNet> {
        let range = ranges.find(address)?;
        Some(match self {
            EdgePart::Range => range,
            EdgePart::Address => IpNet::from(address),
        })
    }

    /// Of many addresses one fares by chance as no other does more easily than one of few ranges.
    pub(super) fn fewest_orders(self) -> u64 {
        match self {
            EdgePart::Range => 1,
            EdgePart::Address => ENOUGH_ORDERS,
        }
    }
}

/// The range and the address by itself under which what is told of an address of the edge is found.
pub(super) fn parts_of(address: IpAddr, ranges: &EdgeRanges) -> impl Iterator<Item = IpNet> {
    EdgePart::BOTH.into_iter().filter_map(move |part| part.of(address, ranges))
}

/// In how many orders so many of one kind and so many of another can come, up to [`ENOUGH_ORDERS`].
pub(super) fn orders(ones: u64, others: u64) -> u64 {
    let (fewer, all) = (ones.min(others), ones + others);
    (1..=fewer).fold(1, |orders, chosen| {
        let more: u64 = orders * (all - fewer + chosen) / chosen;
        more.min(ENOUGH_ORDERS)
    })
}

/// Whether so many that failed are all that came of some ranges, of each of which too few came to tell, and that is no chance: if so many `came` of each range.
pub(super) fn are_kept_out_together(came: &[u64], failed: u64) -> bool {
    /// So few ranges a rule names, and of more nobody counts what they can be together.
    const MOST_TOGETHER: u64 = 32;
    let others = came.iter().sum::<u64>() - failed;
    (CLUSTER..=MOST_TOGETHER).contains(&failed)
        && others >= CLUSTER
        && is_no_chance_of_whole_ranges(came, failed)
}

/// Whether it is no chance that so many that failed are all that came of some ranges, if so many `came` of each range: of as many that fail by chance hardly any choice is such.
fn is_no_chance_of_whole_ranges(came: &[u64], failed: u64) -> bool {
    let all: u64 = came.iter().sum();
    #[expect(clippy::cast_precision_loss, reason = "counts of connections, compared by their magnitude")]
    let chosen = (1..=failed).map(|chosen| (all + 1 - chosen) as f64 / chosen as f64).product::<f64>();
    // In how many ways ranges make up each number together.
    let mut whole = vec![0.0; usize::try_from(failed).unwrap_or(usize::MAX).saturating_add(1)];
    whole[0] = 1.0;
    for came in came.iter().filter_map(|came| usize::try_from(*came).ok()).filter(|came| *came > 0) {
        for sum in (came..whole.len()).rev() {
            whole[sum] += whole[sum - came];
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a thousand")]
    let enough = ENOUGH_ORDERS as f64;
    whole.last().is_some_and(|whole| chosen >= enough * whole)
}
