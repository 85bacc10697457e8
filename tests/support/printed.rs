//! What holds of everything that a report prints, whatever the incident: no truth is needed to see where it does not.

use std::collections::BTreeSet;

use rayscope::report::model::{
    Cause, Evidence, InputKind, Ladder, LadderRow, LaneRole, Population, Report, RowKind, ThresholdState,
    VerdictKind,
};
use rayscope::report::redaction::ReportText;
use rayscope::report::{html, markdown};
use serde_json::Value;

/// Where a report breaks a law of what is printed; empty where it keeps them all.
pub fn broken_laws(report: &Report) -> Vec<String> {
    let laws = [counts(report), verdict(report), figures(report), outputs(report), words(report)]
        .into_iter()
        .flatten();
    let of_causes = report.causes.iter().flat_map(|cause| of_cause(cause, report));
    let broken = laws.filter(|(_, kept)| !kept).map(|(law, _)| law.to_owned());
    broken.chain(of_causes).chain(broken_links(report)).collect()
}

type Law = (&'static str, bool);

/// Requests and connections are never added, and shares of failures are shares of one thing.
fn counts(report: &Report) -> Vec<Law> {
    let (totals, rest) = (&report.totals, &report.unexplained);
    let explained: u64 = report.causes.iter().map(|cause| cause.affected.failures).sum();
    let shares: u64 =
        report.causes.iter().map(|cause| u64::from(cause.affected.share_of_failures.thousandths())).sum();
    let failed: u64 = report.timeline.series.failed.iter().sum();
    vec![
        ("what is explained and what is not are all failures", explained + rest.failures == totals.failures),
        ("shares are never over 100 %", shares <= 1000 + report.causes.len() as u64),
        (
            "failures are failed requests where requests are counted",
            totals.population == Population::Connections || totals.failures == totals.failed_requests,
        ),
        (
            "failures are connections where these are counted",
            totals.population == Population::Requests
                || totals.failures <= totals.failed_requests + totals.failed_connections,
        ),
        ("no more requests failed than there were", totals.failed_requests <= totals.requests),
        ("the timeline shows the failures", failed == totals.failures),
        (
            "a request that a visitor gave up on is a failure or none",
            totals.client_aborts == 0 || !report.causes.iter().any(|cause| cause.slug == "client-abort"),
        ),
    ]
}

/// Healthy is a claim, too.
fn verdict(report: &Report) -> Vec<Law> {
    let (totals, kind) = (&report.totals, report.verdict.kind);
    let healthy = kind == VerdictKind::Healthy;
    let statuses = [&totals.statuses.edge, &totals.statuses.origin];
    let with_status = |statuses: &std::collections::BTreeMap<ReportText, u64>| {
        statuses.iter().filter(|(status, _)| *status != "none").map(|(_, count)| count).sum::<u64>()
    };
    let seen = statuses.into_iter().map(with_status).max().unwrap_or(0);
    let of = |kind| report.inputs.iter().any(move |input| input.kind == kind && input.records > 0);
    let beyond_log = [InputKind::EdgeLog, InputKind::Capture, InputKind::Har].into_iter().any(of);
    let readable = report.inputs.iter().filter_map(|input| input.facts.as_ref());
    let readable: u64 = readable.map(|facts| facts.http1_responses.min(facts.http1_requests)).sum();
    let named = report.coverage.notes.iter().any(|note| note.starts_with("not judged"));
    vec![
        ("a healthy verdict has requests", !healthy || totals.requests > 0),
        ("a healthy verdict has outcomes", !healthy || seen * 2 > totals.requests),
        ("an origin's own log alone does not make a healthy verdict", !healthy || beyond_log),
        ("nothing is the cause of nothing", !healthy || report.causes.is_empty() && totals.failures == 0),
        ("where nothing failed, no party has to act", totals.failures > 0 || kind_is_open(kind)),
        (
            "what could not be seen is said",
            kind != VerdictKind::Inconclusive || totals.failures > 0 || !report.unexplained.why.is_empty(),
        ),
        (
            "no request is said to be missing that the facts count, unless it is named as left out",
            readable == 0 || totals.requests > 0 || named,
        ),
        (
            "the statuses of all requests are told",
            totals.requests == 0 || statuses.iter().any(|all| !all.is_empty()),
        ),
    ]
}

fn kind_is_open(kind: VerdictKind) -> bool {
    matches!(kind, VerdictKind::Healthy | VerdictKind::Inconclusive)
}

/// Figures and times.
fn figures(report: &Report) -> Vec<Law> {
    let measured = |state: ThresholdState| state != ThresholdState::NotMeasured;
    let within = |cause: &Cause| cause.first.as_ref().zip(cause.last.as_ref()).is_none_or(|(a, b)| a <= b);
    let window = report.window.first.as_ref().zip(report.window.last.as_ref());
    vec![
        (
            "what was not measured is not ok",
            report.thresholds.iter().all(|row| measured(row.state) == row.measured.is_some()),
        ),
        (
            "what one moment says is said once",
            report.timeline.events.windows(2).all(|pair| match pair {
                [a, b] => (&a.time, &a.text) != (&b.time, &b.text),
                _ => true,
            }),
        ),
        ("a cause ends after it began", report.causes.iter().all(within)),
        ("the window ends after it began", window.is_none_or(|(first, last)| first <= last)),
        (
            "rays of failures are rays that were seen",
            report.cases.iter().filter(|case| case.ray.is_some()).count() == 0 || report.totals.rays.seen > 0,
        ),
    ]
}

/// All files say the same.
fn outputs(report: &Report) -> Vec<Law> {
    let (markdown, html) = (markdown::render(report), html::render(report));
    // Cut to two decimals, as both files show it; the highest is "> 0.99".
    let number = |cause: &Cause| match cause.confidence.thousandths() {
        991.. => "0.99".to_owned(),
        thousandths => format!("0.{:02}", thousandths / 10),
    };
    let in_both = |text: &str| markdown.contains(text) && html.contains(text);
    let confidences = report.causes.iter().all(|cause| in_both(&number(cause)));
    let is_zero = |line: &str| line.contains(" 0 % of failures") || line.contains(">0\u{202f}% of failures");
    vec![
        ("a confidence is the same number everywhere", confidences),
        ("no share is 0 % of some", !markdown.lines().chain(html.lines()).any(is_zero)),
        (
            "no duration runs backwards",
            !report.causes.iter().any(|cause| cause.evidence.iter().any(|piece| runs_backwards(&piece.text))),
        ),
        (
            "what nginx says while all is as usual is no event",
            !report.timeline.events.iter().any(|event| event.text.contains("closed keepalive connection")),
        ),
        ("the headline is one line", !report.verdict.headline.contains(char::is_control)),
        ("the lead is not told again", lead_stands_once(&html)),
        ("shares are percentages", !markdown.lines().any(is_decimal_share)),
    ]
}

/// The lead of the page: what stands under its heading, and in no card.
fn lead_stands_once(html: &str) -> bool {
    let lead = html.split_once("<p class=\"lead\">").and_then(|(_, rest)| rest.split_once("</p>"));
    lead.is_none_or(|(lead, rest)| !rest.contains(lead))
}

/// `0.370 of the failing, 0.306 of the healthy requests`.
fn is_decimal_share(line: &str) -> bool {
    line.split_once(" of the failing").is_some_and(|(before, _)| !before.ends_with('%'))
}

/// A headline is understood by people who know no slug, and names what is about as large as the first cause.
fn words(report: &Report) -> Vec<Law> {
    let headline = &report.verdict.headline;
    let open = report.verdict.kind == VerdictKind::Inconclusive;
    let is_word = |slug: &str| slug.contains('-') && headline.contains(slug);
    let second_is_named = match report.causes.as_slice() {
        [first, second, ..] if !open && second.affected.failures * 2 >= first.affected.failures => {
            headline.replace(',', "").contains(&format!("({})", second.affected.failures))
        }
        _ => true,
    };
    // A word of a message may be quoted; a whole line stands among the evidence.
    let quotes = |text: &str| text.contains(": “") || text.starts_with('“');
    vec![
        ("a headline has words, and no slugs", !report.causes.iter().any(|cause| is_word(&cause.slug))),
        ("a headline is read at a glance", headline.chars().count() <= 260),
        ("a second cause that is about as large is named in the headline", second_is_named),
        (
            "a summary has words of ours, and no lines of logs",
            !report.causes.iter().any(|cause| quotes(&cause.summary)),
        ),
        ("a cause says what it is", report.causes.iter().all(|cause| cause.meaning.ends_with('.'))),
    ]
}

/// What is shown can be looked up: each ray that is shown has its row, each cause a story, each link of the page its target.
fn broken_links(report: &Report) -> Vec<String> {
    let page = html::render(report);
    let rows = rows(&page);
    let rays: BTreeSet<&str> = report.cases.iter().filter_map(|case| case.ray.as_deref()).collect();
    let evidence =
        report.causes.iter().flat_map(|cause| cause.evidence.iter().filter_map(|piece| piece.ray.as_deref()));
    let ladders = report.causes.iter().filter_map(|cause| cause.ladder_case.as_deref());
    let shown: BTreeSet<&str> = evidence.chain(ladders).collect();
    let unlisted =
        shown.into_iter().filter(|ray| !rays.contains(ray) || !rows.iter().any(|row| row.ray == *ray));
    let untold = report.causes.iter().map(|cause| cause.slug.as_str()).filter(|slug| {
        !rows.iter().any(|row| row.has_story && row.cause.split(' ').next_back() == Some(slug))
    });
    let ids: BTreeSet<&str> = attribute(&page, "id").collect();
    let links = attribute(&page, "href").filter_map(|href| href.strip_prefix('#'));
    let lost = links.filter(|id| !ids.contains(id));
    let unlisted = unlisted.map(|ray| format!("a ray that is shown is listed: {ray}"));
    let untold = untold.map(|slug| format!("a cause has a story: {slug}"));
    unlisted.chain(untold).chain(lost.map(|id| format!("a link has its target: {id}"))).collect()
}

/// The values of an attribute in the page, whatever it is an attribute of.
fn attribute<'a>(page: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let mark = format!(" {name}=\"");
    let values: Vec<&str> =
        page.split(mark.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect();
    values.into_iter()
}

/// A row of the page's table of cases.
struct Row {
    ray: String,
    cause: String,
    has_story: bool,
}

/// All rows: of the data block, or of the table where it holds all.
fn rows(page: &str) -> Vec<Row> {
    let block = page.split_once("id=\"case-data\">").and_then(|(_, rest)| rest.split("</script>").next());
    let Some(block) = block else {
        let table = page.split("<tr").skip(1).filter(|row| row.contains("class=\"rq\""));
        let cell = |row: &str, index: usize| {
            let cell = row.split("<td").nth(index + 1).and_then(|cell| cell.split_once('>'));
            cell.and_then(|(_, text)| text.split("</td>").next()).unwrap_or_default().to_owned()
        };
        let row =
            |row: &str| Row { ray: cell(row, 1), cause: cell(row, 5), has_story: row.contains("<details>") };
        return table.map(row).collect();
    };
    let block: Value = serde_json::from_str(block).expect("JSON");
    let row = |row: &Value| Row {
        ray: row[1].as_str().unwrap_or_default().to_owned(),
        cause: row[5]
            .as_u64()
            .and_then(|cause| block["causes"][cause as usize].as_str())
            .unwrap_or_default()
            .to_owned(),
        has_story: row[7].as_array().is_some_and(|story| !story.is_empty()),
    };
    block["rows"].as_array().into_iter().flatten().map(row).collect()
}

/// `−79.5 ms after the request`, with whatever sign.
fn runs_backwards(text: &str) -> bool {
    let words: Vec<&str> = text.split(' ').collect();
    words.windows(3).any(|three| match three {
        [number, unit, "after" | "ahead"] => number.starts_with(['-', '−']) && matches!(*unit, "s" | "ms"),
        _ => false,
    })
}

fn of_cause(cause: &Cause, report: &Report) -> Vec<String> {
    let mut broken: Vec<String> = Vec::new();
    if cause.affected.failures == 0 {
        broken.push("a cause explains something".to_owned());
    }
    let timeless = |piece: &&Evidence| piece.time.is_none() && !is_state(piece, report);
    broken.extend(
        cause.evidence.iter().filter(timeless).map(|piece| format!("evidence has a time: {}", piece.text)),
    );
    broken.extend(cause.ladder.iter().flat_map(of_ladder));
    broken.into_iter().map(|law| format!("{}: {law}", cause.slug)).collect()
}

/// A line of a configuration, or of a state that was read later, has no time.
fn is_state(piece: &Evidence, report: &Report) -> bool {
    let mut inputs = report.inputs.iter().filter(|input| input.path == piece.input);
    inputs.any(|input| input.kind == InputKind::Config)
}

/// Whether the edge's answer stands right before the packet by which the origin ended the request: two clocks, and no telling which came first.
fn answers_before(ended: Option<i64>, answered: Option<i64>) -> bool {
    const RIGHT_BEFORE_NS: i64 = 5_000_000;
    ended
        .zip(answered)
        .is_some_and(|(ended, answered)| answered < ended && ended - answered < RIGHT_BEFORE_NS)
}

/// Ladders never contradict causality.
fn of_ladder(ladder: &Ladder) -> Vec<String> {
    let role = |lane: usize| ladder.lanes.get(lane).map(|lane| lane.role);
    let goes = |row: &LadderRow, from, to| role(row.from) == Some(from) && role(row.to) == Some(to);
    let times = |wanted: &dyn Fn(&LadderRow) -> bool| -> Vec<i64> {
        ladder.rows.iter().filter(|row| wanted(row)).map(|row| row.offset_ns).collect()
    };
    let is_method =
        |row: &LadderRow| row.label.len() >= 3 && row.label.bytes().all(|byte| byte.is_ascii_uppercase());
    let arrives = |row: &LadderRow| {
        row.kind == RowKind::Solid
            && goes(row, LaneRole::Edge, LaneRole::Origin)
            && row.text.starts_with("the request arrives")
    };
    let arrived = times(&arrives).into_iter().min();
    let asked = times(&|row| goes(row, LaneRole::Client, LaneRole::Edge)).into_iter().max();
    let answered = times(&|row| goes(row, LaneRole::Edge, LaneRole::Client)).into_iter().min();
    let logged = times(&|row| row.kind == RowKind::Dashed && row.text.starts_with("the origin logs"))
        .into_iter()
        .min();
    let telling: Vec<&LadderRow> = ladder.rows.iter().filter(|row| row.telling).collect();
    let ends = |row: &&&LadderRow| {
        row.kind == RowKind::Solid
            && role(row.from) == Some(LaneRole::Origin)
            && matches!(row.label.as_str(), "RST" | "FIN")
    };
    let ended = telling.iter().find(ends).map(|row| row.offset_ns);
    let asks = |row: &LadderRow| {
        goes(row, LaneRole::Client, LaneRole::Edge)
            || arrives(row)
            || is_method(row) && goes(row, LaneRole::Edge, LaneRole::Origin) && row.kind == RowKind::Dashed
    };
    let news = ladder.rows.iter().any(|row| !asks(row) && row.label != "SYN");
    let comes_first =
        |first: Option<i64>, then: Option<i64>| first.zip(then).is_none_or(|(first, then)| first <= then);
    let laws = [
        ("rows stand in the order of time", ladder.rows.is_sorted_by_key(|row| row.offset_ns)),
        ("one row tells", telling.len() == 1),
        ("that the request came is no news", telling.iter().all(|row| !asks(row)) || !news),
        ("the edge is asked before the request arrives", comes_first(asked, arrived)),
        ("the edge answers after the request arrived", comes_first(arrived, answered)),
        ("the edge answers after it was asked", comes_first(asked, answered)),
        ("the origin logs after the request arrived", comes_first(arrived, logged)),
        ("the edge answers behind the packet that tells", !answers_before(ended, answered)),
    ];
    laws.into_iter().filter(|(_, kept)| !kept).map(|(law, _)| format!("ladder: {law}")).collect()
}
