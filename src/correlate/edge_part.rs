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
