//! What the page promises: self-contained, harmless whatever the input, small, and true to report.json.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::report::model::ReportText;
use crate::report::{fixtures, json};

/// Every value of an attribute in the page's tags.
fn attribute<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let mark = format!(" {name}=\"");
    page.split(mark.as_str()).skip(1).map(|part| part.split('"').next().unwrap_or("")).collect()
}

/// The page without the contents of its style, its script and its data block.
fn markup(page: &str) -> String {
    let mut out = page.to_string();
    for (open, close) in [("<style>", "</style>"), ("<script", "</script>")] {
        while let Some(start) = out.find(open) {
            let end = out[start..].find(close).expect("an element that is closed") + start;
            out.replace_range(start..end + close.len(), "");
        }
    }
    out
}

/// How often each element occurs.
fn elements(markup: &str) -> BTreeMap<String, usize> {
    let mut count = BTreeMap::new();
    for part in markup.split('<').skip(1) {
        let name: String =
            part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '/' || *c == '!').collect();
        *count.entry(name).or_insert(0) += 1;
    }
    count
}

/// The data block of cases, parsed.
fn block(page: &str) -> Option<serde_json::Value> {
    let (_, rest) = page.split_once("id=\"case-data\">")?;
    Some(serde_json::from_str(rest.split("</script>").next().unwrap()).unwrap())
}

/// An air-gapped machine, or one whose policy forbids inline code, must show the page all the same.
#[test]
fn nothing_is_fetched_and_no_markup_carries_style_or_code() {
    for (name, report) in fixtures::all() {
        let page = render(&report);
        let markup = markup(&page);
        for href in attribute(&markup, "href") {
            assert!(href.starts_with('#'), "{name}: {href}");
        }
        for forbidden in
            ["src", "action", "style", "srcset", "formaction", "onclick", "onload", "onerror", "xlink:href"]
        {
            assert!(attribute(&markup, forbidden).is_empty(), "{name}: {forbidden}");
        }
        for tag in markup.split('<').skip(1).map(|part| part.split('>').next().unwrap_or("")) {
            assert!(!tag.contains(" on") || !tag.contains("on="), "{name}: <{tag}>");
        }
        for url in attribute(&markup, "fill") {
            assert!(url.starts_with('#') || url == "none" || url == "url(#hatch)", "{name}: {url}");
        }
    }
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import") && !STYLE.contains("</"));
    for forbidden in
        ["fetch(", "XMLHttpRequest", "import(", "innerHTML", "eval(", "new Function", "http:", "https:", "</"]
    {
        assert!(!SCRIPT.contains(forbidden), "{forbidden}");
    }
}

/// A hash that does not fit makes the browser refuse style and script without a word.
#[test]
fn the_policy_names_the_hashes_of_the_only_style_and_the_only_script() {
    // RFC 4648, section 10.
    for (text, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
        assert_eq!(base64(text.as_bytes()), coded);
    }
    for (name, report) in fixtures::all() {
        let page = render(&report);
        let between = |open: &str, close: &str| -> Vec<String> {
            page.split(open).skip(1).map(|part| part.split(close).next().unwrap_or("").to_string()).collect()
        };
        let (styles, scripts) = (between("<style>", "</style>"), between("<script>", "</script>"));
        assert_eq!((styles.len(), scripts.len()), (1, 1), "{name}");
        let policy =
            attribute(&page, "content").into_iter().find(|content| content.contains("-src")).unwrap();
        assert!(policy.starts_with("default-src 'none';"), "{policy}");
        assert!(policy.contains(&format!("style-src 'sha256-{}'", base64(&Sha256::digest(&styles[0])))));
        assert!(policy.contains(&format!("script-src 'sha256-{}'", base64(&Sha256::digest(&scripts[0])))));
        let (meta, style) = (page.find("Content-Security-Policy"), page.find("<style>"));
        assert!(meta.is_some() && meta < style, "{name}");
    }
}

/// A link that leads nowhere, or to the first of two, wastes the time of whoever follows it.
#[test]
fn ids_are_unique_and_every_reference_is_found() {
    let without_cases = Report { cases: Vec::new(), ..fixtures::two_causes() };
    for (name, report) in fixtures::all().into_iter().chain([("without cases", without_cases)]) {
        let page = markup(&render(&report));
        let ids = attribute(&page, "id");
        let known: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(known.len(), ids.len(), "{name}: {ids:?}");
        let references = attribute(&page, "href").into_iter().map(|href| href.trim_start_matches('#'));
        for id in references.chain(attribute(&page, "aria-labelledby")) {
            assert!(known.contains(id), "{name}: {id}");
        }
    }
}

/// Heading and lead are what is quoted: their figures must be those of report.json.
#[test]
fn every_figure_of_the_first_sentences_stands_in_the_json() {
    for (name, report) in fixtures::all().into_iter().filter(|(name, _)| *name != "hostile") {
        let page = render(&report);
        let json = json::render(&report);
        let inside = |open: &str, close: &str| {
            page.split(open).nth(1).and_then(|part| part.split(close).next()).unwrap_or("").to_string()
        };
        let text = format!("{} {}", inside("<h1>", "</h1>"), inside("<p class=\"lead\">", "</p>"));
        let words = text.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == ','));
        let figures: Vec<String> = words.map(|word| word.trim_matches(['.', ',']).replace(',', "")).collect();
        assert!(figures.iter().any(|figure| !figure.is_empty()), "{name}: {text}");
        // "3 more" counts what is not named; it is the length of a list, not a figure of the report.
        let left_out = report.causes.len().saturating_sub(3).to_string();
        for figure in figures.iter().filter(|figure| !figure.is_empty() && **figure != left_out) {
            assert!(json.replace(',', "").contains(figure.as_str()), "{name}: {figure} of {text}");
        }
    }
}

/// Whoever controls a header must not control the page: tags, quotes, controls, marks that turn text, 60 kB names.
#[test]
fn hostile_input_gives_the_elements_of_harmless_input() {
    let (bad, good) = (
        render(&fixtures::hostile(fixtures::Texts::Hostile)),
        render(&fixtures::hostile(fixtures::Texts::Harmless)),
    );
    assert_eq!(
        elements(&markup(&bad)).keys().collect::<Vec<_>>(),
        elements(&markup(&good)).keys().collect::<Vec<_>>()
    );
    let (bad_count, good_count) = (elements(&markup(&bad)), elements(&markup(&good)));
    for (element, count) in &bad_count {
        // Long texts of a ladder take more lines.
        let more = if element == "text" || element == "/text" { 60 } else { 0 };
        let expected = good_count[element];
        assert!((expected..=expected + more).contains(count), "{element}: {count}, harmless {expected}");
    }
    for forbidden in ['\0', '\u{1b}', '\u{202e}', '\u{2066}'] {
        assert!(!bad.contains(forbidden), "{forbidden:?}");
    }
    assert!(bad.contains("\\x1b[2J\\x00\\u202e"));
    assert!(bad.len() < good.len() + 250_000, "{} and {}", bad.len(), good.len());
    assert_eq!(block(&bad).unwrap()["rows"].as_array().unwrap().len(), 412);
}

/// A page of hundreds of megabytes opens in no browser.
#[test]
fn the_page_keeps_to_its_budget() {
    assert!(STYLE.len() <= 12_000, "{}", STYLE.len());
    assert!(SCRIPT.len() <= 10_000, "{}", SCRIPT.len());
    for (name, report) in fixtures::all() {
        let whole = render(&report);
        assert!(whole.len() <= 1_500_000, "{name}: {}", whole.len());
        let without_cases = render(&Report { cases: Vec::new(), ..report });
        let most = if name == "hostile" { 250_000 } else { 150_000 };
        assert!(without_cases.len() <= most, "{name}: {}", without_cases.len());
        let count: usize = elements(&markup(&whole)).values().sum();
        // Each element counts twice, opened and closed.
        assert!(count < 2 * 3_000, "{name}: {count}");
    }
}

/// Ten thousand long requests must neither lose a row nor break the budget; stories go first.
#[test]
fn all_cases_are_listed_even_where_their_stories_do_not_fit() {
    let report = fixtures::ten_thousand_cases();
    let data = block(&render(&report)).unwrap();
    let rows = data["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 10_000);
    assert_eq!(rows[9_999][1].as_str(), report.cases[9_999].ray.as_deref());
    let mut wild = report;
    for (number, case) in wild.cases.iter_mut().enumerate() {
        case.path = Some(ReportText::made_up(format!("/{number}{}", "<&\u{1b}\u{202e}".repeat(400))));
        case.story =
            (0..20).map(|line| ReportText::made_up(format!("{number} {line} {}", "<".repeat(500)))).collect();
    }
    let page = render(&wild);
    assert!(page.len() < 1_500_000, "{}", page.len());
    assert_eq!(block(&page).unwrap()["rows"].as_array().unwrap().len(), 10_000);
}

/// Nothing failed must not look like blame, blindness must not look like health, and each kind says who acts.
#[test]
fn the_first_screen_fits_the_verdict() {
    let page = |report: &Report| markup(&render(report));
    assert!(page(&fixtures::healthy()).contains("<dl class=\"act calm\">"));
    assert!(page(&fixtures::one_cause()).contains("<dl class=\"act blame\">"));
    let inconclusive = page(&fixtures::inconclusive());
    assert!(inconclusive.contains("<dl class=\"act open\">") && inconclusive.contains("Collect next"));
    assert!(inconclusive.contains("not looked at"), "what was not captured must not read as zero");
    let mut blind = fixtures::healthy();
    blind.totals.requests = 0;
    blind.inputs.iter_mut().for_each(|input| input.records = 0);
    assert!(page(&blind).contains("<dl class=\"act open\">"));
    for (kind, words) in [
        (VerdictKind::Edge, "Nothing to change at the origin"),
        (VerdictKind::Client, "Nobody at the origin"),
    ] {
        let mut report = fixtures::one_cause();
        report.verdict.kind = kind;
        assert!(page(&report).contains(words), "{kind:?}");
    }
}

/// A report with nothing in it, and one whose parts contradict each other, must still give a page.
#[test]
fn empty_and_contradictory_reports_give_a_page() {
    use crate::report::model::*;
    assert!(render(&Report::default()).contains("<h1>"));
    let ladder = Ladder {
        lanes: vec![Lane::default()],
        rows: vec![
            LadderRow {
                from: 9,
                to: usize::MAX,
                offset_ns: i64::MIN,
                crosses_next: true,
                ..LadderRow::default()
            };
            40
        ],
    };
    let figures = vec![
        Figure::Histogram {
            title: ReportText::default(),
            finding: ReportText::default(),
            unit: ReportText::default(),
            bounds: vec![Decimal::whole(1); 2],
            failing: vec![u64::MAX],
            healthy: Vec::new(),
            marks: vec![ScaleMark { value: Decimal::whole(1), text: "x".into() }; 9],
        },
        Figure::Histogram {
            title: ReportText::default(),
            finding: ReportText::default(),
            unit: ReportText::default(),
            bounds: Vec::new(),
            failing: Vec::new(),
            healthy: Vec::new(),
            marks: vec![ScaleMark::default()],
        },
        Figure::Validity {
            title: ReportText::default(),
            finding: ReportText::default(),
            rows: vec![ValidityRow::default()],
            at: Moment::default(),
        },
        Figure::Bars {
            title: ReportText::default(),
            finding: ReportText::default(),
            unit: ReportText::default(),
            rows: vec![Bar::default(); 40],
            limit: Some(ScaleMark::default()),
        },
    ];
    let cause = Cause { ladder: Some(ladder), figures, ..Cause::default() };
    let mut report = Report { causes: vec![cause], ..fixtures::two_causes() };
    report.timeline.series.failed = vec![u64::MAX; 7];
    report.timeline.bucket_s = Decimal::from_millionths(1);
    let page = render(&report);
    assert!(!page.contains("NaN") && !page.contains("\"inf"), "a drawing with a place that is no number");
}
