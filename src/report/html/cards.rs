//! One card per cause: what happened, one case as a ladder, the picture that proves it, what to change, what to open, and
//! how sure that is.

use crate::report::model::{
    Case, Cause, ChainRole, Check, Contrast, Evidence, Report, Setting, Share, Totals, Who,
};
use crate::report::redaction::ReportText;
use crate::report::text::{
    THIN, confidence_number, confidence_word, counted, cut, one_line, percent, share_percent, unbroken,
};
use crate::text::words::{capitalised, thousands};

use super::figures::{self, Picture};
use super::fixes::{self, Fixes};
use super::ids::{badge_class, case_id, cause_id};
use super::ladder::{self, Drawn};
use super::sureness::{self, SignLists, Sureness};
use super::svg::{self, Anchor, Canvas, n};

/// A row of the contrast table.
pub struct ContrastRow {
    /// The attribute with its value.
    pub name: String,
    /// The two bars.
    pub drawing: String,
    /// How many times as frequent.
    pub lift: String,
}

/// What sets failures apart from healthy requests.
pub struct ContrastTable {
    /// What differs.
    pub rows: Vec<ContrastRow>,
    /// What the numbers at the bars are, as the head of the table says it.
    pub head: &'static str,
    /// What people suspect first and what is alike, in a sentence; empty where there is none of that.
    pub alike: String,
}

/// A piece of evidence.
pub struct EvidenceItem {
    /// The input.
    pub input: String,
    /// The place in it.
    pub place: String,
    /// What it shows.
    pub text: String,
    /// A display filter to copy.
    pub filter: String,
}

/// A cause as the page shows it.
pub struct Card<'a> {
    /// The cause.
    pub cause: &'a Cause,
    /// The card's id.
    pub id: String,
    /// The class of its badge.
    pub badge: String,
    /// Whether it is open at first.
    pub open: bool,
    /// Title, cut.
    pub title: String,
    /// Requests, share and time.
    pub facts: String,
    /// The scale of confidence.
    pub scale: String,
    /// The number of the confidence.
    pub number: String,
    /// Its word.
    pub word: &'static str,
    /// Who acts, in words.
    pub who: &'static str,
    /// The ladder of one case.
    pub ladder: Option<Drawn>,
    /// How many cases it is one of.
    pub ladder_of: String,
    /// The ray of that case, and the id of its row where it is listed.
    pub ladder_case: Option<(Option<String>, String)>,
    /// The pictures.
    pub pictures: Vec<Picture>,
    /// What the clearest case shows.
    pub summary: String,
    /// What such a cause is; empty in the first card, above which it stands as the lead.
    pub meaning: String,
    /// What sets these failures apart.
    pub contrast: ContrastTable,
    /// The chain as sentences.
    pub chain: Vec<(&'static str, String)>,
    /// What to change.
    pub fixes: Fixes<'a>,
    /// The id that leads to the changes.
    pub fixes_id: String,
    /// Settings found among the inputs.
    pub settings: &'a [Setting],
    /// What to open.
    pub evidence: Vec<EvidenceItem>,
    /// How many more pieces report.json holds.
    pub more_evidence: usize,
    /// How sure it is at each depth.
    pub sure: Sureness,
    /// Which form it has.
    pub form: Option<String>,
    /// What speaks for it, against it, and what could not be seen.
    pub signs: SignLists,
    /// A few rays, and how many more there are.
    pub rays: Vec<&'a str>,
    /// How many rays are not shown, in words.
    pub more_rays: String,
    /// Commands that would confirm or refute it; all but the first are folded.
    pub checks: Vec<Check>,
    /// The line that opens the others.
    pub more_checks: String,
}

/// The numbers at the bars of a contrast.
#[derive(Clone, Copy)]
enum Numbers {
    /// How many requests.
    Counts,
    /// Which share of the requests.
    Shares,
}

const MOST_EVIDENCE: usize = 12;
const MOST_CONTRAST: usize = 6;
const MOST_RAYS: usize = 5;

/// The card of the cause at `index`.
pub fn compose<'a>(cause: &'a Cause, index: usize, report: &Report) -> Card<'a> {
    let totals = &report.totals;
    let checks = cause.all_checks();
    Card {
        cause,
        id: cause_id(&cause.slug),
        badge: badge_class(index),
        open: index == 0,
        title: capitalised(&cut(&cause.title, 120)),
        facts: facts(cause, totals),
        scale: scale(cause, index),
        number: confidence_number(cause.confidence),
        word: confidence_word(cause.confidence),
        who: who(cause.who),
        ladder: cause
            .ladder
            .as_ref()
            .and_then(|ladder| ladder::draw(ladder, &format!("ladder-{}", cause.rank))),
        ladder_of: thousands(cause.amount(totals.population).0),
        ladder_case: ladder_case(cause, &report.cases),
        pictures: (cause.figures.iter().take(4).enumerate())
            .map(|(number, figure)| figures::draw(figure, index, &format!("figure-{}-{number}", cause.rank)))
            .collect(),
        summary: unbroken(&cut(&cause.summary, 1500)),
        meaning: if index == 0 { String::new() } else { cut(&cause.meaning, 500).into_owned() },
        contrast: contrast_table(&cause.contrast, index, totals.failures),
        // A chain of one says what the title says.
        chain: cause
            .chain
            .iter()
            .filter(|_| cause.chain.len() > 1)
            .take(6)
            .map(|link| (role(link.role), cut(&link.text, 300).into_owned()))
            .collect(),
        fixes: fixes::compose(cause),
        fixes_id: fixes::fixes_id(cause),
        settings: cause.settings.get(..12).unwrap_or(&cause.settings),
        evidence: cause.evidence.iter().take(MOST_EVIDENCE).map(|piece| evidence(piece, cause)).collect(),
        more_evidence: cause.evidence.len().saturating_sub(MOST_EVIDENCE),
        sure: sureness::compose(
            &cause.certainty,
            &cause.otherwise,
            (cause.confidence, &cause.candidates),
            index,
        ),
        form: cause.form.as_ref().map(|form| cut(form, 200).into_owned()),
        signs: SignLists::of(&cause.signs),
        rays: cause.rays.iter().take(MOST_RAYS).map(ReportText::as_str).collect(),
        more_rays: match cause.rays.len().saturating_sub(MOST_RAYS) {
            0 => String::new(),
            more => format!("… and {} more in report.json", thousands(more as u64)),
        },
        more_checks: format!("{} more", counted(checks.len().saturating_sub(1) as u64, "command")),
        checks,
    }
}

/// `338 requests, 82 % of failures · 14:02:11–14:19:40`.
fn facts(cause: &Cause, totals: &Totals) -> String {
    let (amount, noun) = cause.amount(totals.population);
    let share = match cause.is_beside_failures() {
        true => "beside the failures".to_owned(),
        false => format!("{}{THIN}% of failures", percent(amount, totals.failures)),
    };
    let mut facts = format!("{}, {share}", counted(amount, noun));
    if let (Some(first), Some(last)) = (&cause.first, &cause.last) {
        facts.push_str(&match first.date() == last.date() {
            true => format!(" · {}–{}", first.clock(), last.clock()),
            false => format!(" · {} {} – {} {}", first.date(), first.clock(), last.date(), last.clock()),
        });
    }
    facts
}

fn who(who: Who) -> &'static str {
    match who {
        Who::Origin => "the origin’s owner acts",
        Who::Path => "the network’s operator acts",
        Who::Edge => "whoever configures the edge acts",
        Who::Client => "the visitors’ side",
    }
}

fn role(role: ChainRole) -> &'static str {
    match role {
        ChainRole::Root => "it begins with",
        ChainRole::Consequence => "then",
    }
}

/// The case that a ladder draws, as a link to its row where that is among those that are listed.
fn ladder_case(cause: &Cause, cases: &[Case]) -> Option<(Option<String>, String)> {
    let ray = cause.ladder_case.as_deref()?;
    let is_listed = cases.iter().any(|case| case.ray.as_deref() == Some(ray));
    Some((case_id(Some(ray)).filter(|_| is_listed), cut(&one_line(ray), 60).into_owned()))
}

/// The scale with the marks of the bands, the interval and the confidence.
fn scale(cause: &Cause, index: usize) -> String {
    let mut canvas = Canvas::new(200.0, 22.0);
    let x = |share: Share| 5.0 + f64::from(share.thousandths()) / 1000.0 * 190.0;
    let ticks: String = [0, 500, 800, 950, 1000]
        .into_iter()
        .map(|tick| format!("M{} 15v5", n(x(Share::from_thousandths(tick)))))
        .collect();
    canvas.path(svg::TRACK, "M5 9H195");
    if let Some(interval) = cause.confidence_interval {
        canvas.path(svg::RANGE, &format!("M{} 9H{}", n(x(interval.low)), n(x(interval.high))));
    }
    canvas.path(svg::AXIS, &ticks);
    canvas.circle(svg::cause(index), x(cause.confidence), 9.0, 6.0);
    canvas.ornament("scale")
}

fn contrast_table(rows: &[Contrast], index: usize, failures: u64) -> ContrastTable {
    // Shares of a few failures would look more exact than they are.
    let (numbers, head) =
        if failures < 20 { (Numbers::Counts, "number of") } else { (Numbers::Shares, "share of") };
    let set_apart = rows.iter().filter(|row| row.differs).take(MOST_CONTRAST);
    // What all requests have says nothing.
    let whole = Share::from_thousandths(1000);
    let alike: Vec<String> = rows
        .iter()
        .filter(|row| !row.differs && (row.failing_share, row.healthy_share) != (whole, whole))
        .take(3)
        .map(attribute)
        .collect();
    ContrastTable {
        rows: set_apart.map(|row| contrast(row, index, numbers)).collect(),
        head,
        alike: match alike.is_empty() {
            true => String::new(),
            false => format!(
                "Among failing requests about as frequent as among healthy ones: {}.",
                alike.join(", ")
            ),
        },
    }
}

/// An attribute with its value.
fn attribute(row: &Contrast) -> String {
    cut(&format!("{} {}", row.attribute.replace('_', " "), row.value), 80).into_owned()
}

/// What no cause explains, as the page shows it among the causes.
pub struct RestCard {
    /// It stands before the cause of this rank.
    pub rank: u32,
    /// Whether it is open at first.
    pub open: bool,
    /// Requests and share.
    pub facts: String,
    /// What is certain all the same.
    pub sure: Sureness,
    /// What sets these failures apart.
    pub contrast: ContrastTable,
}

/// The card of what no cause explains; nothing where all is explained.
pub fn compose_rest(report: &Report) -> Option<RestCard> {
    let (rest, totals) = (&report.unexplained, &report.totals);
    // The colour of causes beyond the fifth: it has none of its own.
    const GREY: usize = 5;
    let last = u32::try_from(report.causes.len() + 1).unwrap_or(u32::MAX);
    let rank = rest.rank.unwrap_or(last).clamp(1, last);
    (rest.failures > 0).then(|| RestCard {
        rank,
        open: rank == 1,
        facts: format!(
            "{}, {}{THIN}% of failures · no cause is named",
            counted(rest.failures, totals.population.noun()),
            percent(rest.failures, totals.failures)
        ),
        sure: sureness::compose(
            &rest.certainty,
            &[],
            (Share::from_thousandths(1000), &rest.candidates),
            GREY,
        ),
        contrast: contrast_table(&rest.contrast, GREY, totals.failures),
    })
}

fn contrast(row: &Contrast, index: usize, numbers: Numbers) -> ContrastRow {
    let mut canvas = Canvas::new(175.0, 26.0);
    let width = |share: Share| f64::from(share.thousandths()) / 1000.0 * 122.0;
    let shown = |share: Share, count: u64| match numbers {
        Numbers::Counts => thousands(count),
        Numbers::Shares => format!("{}{THIN}%", share_percent(share)),
    };
    canvas.rect(svg::cause(index), 0.0, 3.0, width(row.failing_share).max(1.0), 9.0);
    canvas.rect(svg::HEALTHY, 0.0, 14.0, width(row.healthy_share).max(1.0), 9.0);
    let (failing, healthy) = (shown(row.failing_share, row.failing), shown(row.healthy_share, row.healthy));
    canvas.text("t", Anchor::Start, width(row.failing_share) + 5.0, 12.0, &failing);
    canvas.text("t", Anchor::Start, width(row.healthy_share) + 5.0, 24.0, &healthy);
    let lift = row.lift.map(|lift| lift.to_f64());
    ContrastRow {
        name: attribute(row),
        drawing: canvas.ornament("bars"),
        lift: match lift {
            None => "only".to_string(),
            Some(lift) if lift >= 10.0 => format!("{}×", n(lift.round())),
            Some(lift) => format!("{}×", n(lift)),
        },
    }
}

fn evidence(piece: &Evidence, cause: &Cause) -> EvidenceItem {
    let place = piece.spot().unwrap_or_default();
    let time = piece.time.as_ref().map_or_else(String::new, |time| time.clock_ms().to_string());
    let place = [place, time].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
    // That of the case in the ladder stands above it.
    let ray = piece.ray.as_ref().filter(|ray| cause.ladder_case.as_ref() != Some(*ray));
    let ray = ray.map_or_else(String::new, |ray| format!(" (ray {})", cut(ray, 40)));
    EvidenceItem {
        input: cut(&piece.input, 160).into_owned(),
        place,
        text: format!("{}{ray}", unbroken(&cut(&one_line(&piece.text), 500))),
        filter: piece.filter.as_deref().map_or_else(String::new, |filter| cut(filter, 300).into_owned()),
    }
}
