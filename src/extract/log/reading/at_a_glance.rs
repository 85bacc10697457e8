//! Lines that are told at a glance: counted, offered to the samples, and not parsed.

use super::{LineAt, Reading};
use crate::evidence::RequestKey;
use crate::evidence::failure;
use crate::evidence::sample::Seen;
use crate::extract::log::sampling::UnreadLine;
use crate::logs::{AccessGlance, EdgeGlance, Parsed};
use crate::ray::Ray;
use crate::text::line::trimmed;

impl Reading<'_> {
    /// Counts a record of the edge of which nothing is kept; `false` where the whole record must be read. Does what [`Reading::edge`] does
    /// with such records.
    pub(super) fn edge_at_a_glance(&mut self, glance: &EdgeGlance<'_>, line: &[u8], at: LineAt) -> bool {
        let asked_for = glance.ray.is_some_and(|ray| self.wanted.interest.rays.contains(&ray));
        if self.is_second_look() {
            return !asked_for;
        }
        let counts = glance.is_visitors && self.is_asked_host(glance.host);
        let tells = asked_for || failure::edge_record_may_tell(glance.edge_status, glance.origin_status);
        // It may be a Worker's subrequest.
        let for_a_visitor = !glance.is_visitors && tells;
        if for_a_visitor || counts && (tells || !self.sample(Seen::Edge, glance.ray, line, at)) {
            return false;
        }
        self.request(glance.start, glance.edge_status, glance.ray);
        glance.end.into_iter().for_each(|end| self.summary.saw(end));
        self.note_interval(glance.stands_for);
        if counts {
            let origin_status = glance.origin_status.filter(|_| glance.went_to_origin);
            self.count_edge(glance.start, glance.edge_status, origin_status, glance.stands_for);
        }
        true
    }

    /// Counts an access line of which nothing is kept; `false` where the whole line must be read. Does what [`Reading::access`] does with
    /// such lines.
    pub(super) fn access_at_a_glance(&mut self, glance: &AccessGlance<'_>, line: &[u8], at: LineAt) -> bool {
        let may_be_ray = glance.possible_ray.filter(|_| glance.ray.is_none());
        if may_be_ray.is_some_and(|ray| self.wanted.interest.rays.contains(&ray)) {
            return false;
        }
        let is_other = self.is_other_host(glance.host);
        let wanted = || self.may_be_wanted(glance);
        if self.is_second_look() {
            return is_other || !wanted();
        }
        let tells = failure::access_line_may_tell(glance.status);
        if !is_other && (tells || wanted() || !self.sample(Seen::Access, glance.ray, line, at)) {
            return false;
        }
        self.request(glance.time, glance.status, glance.ray);
        if self.is_asked_host(glance.host) {
            self.requests.note(glance.start.second(), glance.status.unwrap_or(0));
        }
        true
    }

    /// Whether the host is another one than the person asked for.
    pub(super) fn is_other_host(&self, host: Option<&[u8]>) -> bool {
        host.is_some() && !self.is_asked_host(host)
    }

    /// Whether it is certain that the host is the one that the person asked for, where one was: only then a request counts.
    pub(super) fn is_asked_host(&self, host: Option<&[u8]>) -> bool {
        let is_wanted = |wanted: &str| host.is_some_and(|host| host.eq_ignore_ascii_case(wanted.as_bytes()));
        self.wanted.host.is_none_or(is_wanted)
    }

    /// Offers a healthy line, with or without CR at its end, to its sample; `false` where it must be parsed for that.
    fn sample(&mut self, seen: Seen, ray: Option<Ray>, line: &[u8], at: LineAt) -> bool {
        if !self.sampling.may_take(seen, ray, at.ordinal) {
            return true;
        }
        let is_kept = self.sampling.keep_unread(seen, ray, at.ordinal, trimmed(line));
        if self.sampling.is_due() {
            self.hand_in_sampled();
        }
        is_kept
    }

    /// Hands in the lines that were sampled and are not parsed yet.
    pub(super) fn hand_in_sampled(&mut self) {
        let taken = self.sampling.hand_in();
        self.read_sampled(&taken);
    }

    /// Parses lines that a sample holds, and offers them to it.
    pub fn read_sampled(&mut self, lines: &[UnreadLine]) {
        for line in lines {
            if self.lines.glance(&line.text, false).is_none() {
                self.lines.learn(&line.text);
            }
            // None of them holds a backslash, or it would not have been told at a glance.
            match self.lines.row(&line.text, false) {
                Parsed::Edge(record) => self.sampling.offer_edge(&record, line.ordinal),
                Parsed::Access(row) => self.sampling.offer_access(&row, line.ordinal),
                Parsed::Message(_) | Parsed::Cause(_) | Parsed::Skip(_) => {}
            }
        }
    }

    /// Whether a line may be about a request that failed by another source.
    fn may_be_wanted(&self, glance: &AccessGlance<'_>) -> bool {
        let interest = self.wanted.interest;
        match (glance.ray, glance.method.zip(glance.target)) {
            (Some(ray), _) => interest.rays.contains(&ray),
            (None, Some((method, target))) if !interest.request_lines.is_empty() => {
                match (std::str::from_utf8(method), std::str::from_utf8(target)) {
                    (Ok(method), Ok(target)) => {
                        interest.holds(None, Some(method), Some(target))
                            && !self.nameless.is_crowded(RequestKey::of(method, target))
                    }
                    // What is no UTF-8 stands in the row in another form.
                    _ => true,
                }
            }
            _ => false,
        }
    }
}
