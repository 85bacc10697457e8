//! What answers of one host say of one another. A page says why the server refused a request; answers with the same status and the same number of bytes are
//! that page, and where a host that wants a client's certificate answered nobody well, so are all its answers of 400.

use std::collections::{BTreeMap, BTreeSet};

use super::joiner::Joiner;
use crate::correlate::case::Case;
use crate::correlate::whole::Whole;
use crate::evidence::HostKey;
use crate::evidence::failure::Failure;
use crate::evidence::sample::Seen;

impl Joiner<'_> {
    /// Tells of each answer of 400, 414 or 431 why it was given, where answers like it say so.
    pub(super) fn settle_pages(&mut self) {
        let wanting = want_certificates(&self.cases, self.evidence);
        let pages = known_pages(&self.cases, self.evidence);
        for case in &mut self.cases {
            let Failure::ToldByLine(status @ (400 | 414 | 431)) = case.failure else { continue };
            let wants = || case.host(self.evidence).is_some_and(|host| wanting.contains(&HostKey::of(host)));
            let of_page = pages_of(case, status, self.evidence).find_map(|page| *pages.get(&page)?);
            if status == 400 && wants() {
                case.failure = Failure::ClientCertificate;
            } else if let Some(failure) = of_page {
                case.failure = failure;
            }
        }
    }
}

/// The hosts of which a page says that they want a client's certificate, and that answered nobody else well: their other answers of 400 say the same.
fn want_certificates(cases: &[Case], evidence: &Whole) -> BTreeSet<HostKey> {
    let told = cases.iter().filter(|case| case.failure == Failure::ClientCertificate);
    let mut hosts: BTreeSet<HostKey> = told.filter_map(|case| case.host(evidence)).map(HostKey::of).collect();
    if hosts.is_empty() {
        return hosts;
    }
    for request in evidence.samples.of(Seen::Edge).filter(|request| request.status.is_some_and(|s| s < 400)) {
        request.host.iter().for_each(|host| {
            hosts.remove(&HostKey::of(host));
        });
    }
    hosts
}

/// An answer of a host, by its status and its size, with or without its head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct AnswerPage {
    host: HostKey,
    status: u16,
    size: AnswerSize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum AnswerSize {
    /// What the edge sent on.
    AtEdge(u32),
    /// What the origin's log counts.
    AtOrigin(u64),
}

/// The pages of answers that say why they were given; nothing for a page that two reasons share.
fn known_pages(cases: &[Case], evidence: &Whole) -> BTreeMap<AnswerPage, Option<Failure>> {
    let mut pages = BTreeMap::new();
    for case in cases {
        let status = match case.failure {
            Failure::ClientCertificate => 400,
            Failure::RequestHeaders(status) => status,
            _ => continue,
        };
        for page in pages_of(case, status, evidence) {
            let failure = pages.entry(page).or_insert(Some(case.failure));
            *failure = failure.filter(|known| *known == case.failure);
        }
    }
    pages
}

fn pages_of(case: &Case, status: u16, evidence: &Whole) -> impl Iterator<Item = AnswerPage> {
    let at_edge = case.edge(evidence).and_then(|row| row.record.response_bytes);
    let at_origin = case.access(evidence).find_map(|row| row.line.answer_bytes());
    let sizes = [at_edge.map(AnswerSize::AtEdge), at_origin.map(AnswerSize::AtOrigin)];
    let host = case.host(evidence).map(HostKey::of);
    sizes.into_iter().flatten().filter_map(move |size| Some(AnswerPage { host: host?, status, size }))
}
