//! `cases.parquet`: what failed, each with what was found to be its cause and with the places of the rows that tell of it.

use polars::prelude::{DataFrame, PolarsResult};

use super::sheet::Sheet;
use super::telling::Telling;
use super::words;
use crate::correlate::{Case, Happened, Hop, Whole, lost_at};
use crate::diagnose::{Diagnosis, Judgement};
use crate::evidence::{ConnectionRow, Place};
use crate::report::model::UNEXPLAINED;

/// A case, and what was decided about it.
pub(super) struct JudgedCase<'d> {
    case: &'d Case,
    judgement: &'d Judgement,
    group: usize,
    happened: &'d Happened,
    counted: bool,
    evidence: &'d Whole,
    hop: Hop,
}

pub(super) fn rows(diagnosis: &Diagnosis) -> impl Iterator<Item = JudgedCase<'_>> {
    let incident = &diagnosis.incident;
    let judged = diagnosis.judgements.iter().zip(diagnosis.judge.kinds());
    incident.cases.iter().zip(judged).enumerate().map(|(index, (case, (judgement, (group, appearance))))| {
        let (counted, evidence) = (incident.counted.holds(index), &incident.evidence);
        let hop = lost_at(case, evidence, &incident.behind);
        JudgedCase { case, judgement, group: *group, happened: &appearance.happened, counted, evidence, hop }
    })
}

impl JudgedCase<'_> {
    fn connection(&self) -> Option<&ConnectionRow> {
        self.case.connections(self.evidence).next_back()
    }

    /// Where its connection begins.
    fn connection_place(&self) -> Option<Place> {
        self.connection().map(|row| row.place(row.connection.first))
    }
}

pub(super) fn frame(rows: &[JudgedCase<'_>], telling: &Telling) -> PolarsResult<DataFrame> {
    let mut sheet = Sheet::new(rows, telling);
    sheet.bare_ray("ray", |row| row.case.ray);
    sheet.colo(|row| row.case.colo);
    sheet.time("event_start", |row| Some(row.case.time));
    sheet.time("event_end", |row| Some(row.case.end));
    sheet.word("cause", |row| Some(row.judgement.cause.map_or(UNEXPLAINED, |cause| &cause.slug).to_owned()));
    sheet.share("confidence", |row| Some(f64::from(row.judgement.confidence) / 1000.0));
    sheet.u64("failure_group", |row| u64::try_from(row.group).ok());
    sheet.flag("counted", |row| Some(row.counted));
    sheet.word("outcome", |row| words::outcome(row.happened.outcome));
    sheet.word("failure", |row| Some(words::failure(row.case.failure)));
    sheet.word("lost_at", |row| Some(words::hop(row.hop)));
    sheet.text("http_request_method", |row| row.case.method(row.evidence));
    sheet.text("url_domain", |row| row.case.host(row.evidence));
    sheet.target("url_original", |row| row.case.target(row.evidence));
    sheet.u16("edge_status_code", |row| row.case.edge_status(row.evidence));
    sheet.u16("origin_status_code", |row| row.case.origin_status(row.evidence));
    sheet.address("source_ip", |row| row.case.edge_address(row.evidence));
    sheet.server("destination_ip", |row| row.case.server_address(row.evidence));
    places(&mut sheet);
    sheet.frame()
}

/// Where the rows of the other tables stand that tell of it; of several the last.
fn places(sheet: &mut Sheet<'_, '_, JudgedCase<'_>>) {
    fn line(place: Place) -> Option<u64> {
        match place {
            Place::Line { line, .. } => Some(line),
            _ => None,
        }
    }
    let edge = |row: &JudgedCase<'_>| Some(row.case.edge(row.evidence)?.place);
    let access = |row: &JudgedCase<'_>| Some(row.case.access(row.evidence).next_back()?.place);
    let har = |row: &JudgedCase<'_>| Some(row.case.har(row.evidence)?.place);
    sheet.input("edge_input", edge);
    sheet.u64("edge_line", |row| line(edge(row)?));
    sheet.input("access_input", access);
    sheet.u64("access_line", |row| line(access(row)?));
    sheet.input("har_input", har);
    sheet.u32("har_entry", |row| match har(row)? {
        Place::Entry { entry, .. } => Some(entry),
        _ => None,
    });
    sheet.input("connection_input", |row| row.connection_place());
    sheet.u64("connection_frame", |row| Some(row.connection()?.connection.first.packet.frame()));
    sheet.u32("exchange_number", |row| {
        let (_, kept) = row.case.exchanges(row.evidence).next_back()?;
        Some(kept.exchange.number)
    });
    sheet.u32("messages", |row| u32::try_from(row.case.messages(row.evidence).count()).ok());
}
