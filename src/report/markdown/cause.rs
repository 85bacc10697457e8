//! One cause as a section, and what no cause explains.

use std::fmt::Write;

use super::escaping::{block, code, plain};
use crate::report::model::{
    Candidate, Cause, CertaintyStep, Contrast, Evidence, Moment, Report, Share, Sign, Totals,
};
use crate::report::text::{confidence_number, confidence_word, counted, percent, share_percent};
use crate::report::weighing::{WeighedSigns, within, worth_telling};
use crate::text::words::capitalised;

/// A cause: what, how much, how sure, on what evidence, and what to change.
pub fn write_cause(out: &mut String, cause: &Cause, totals: &Totals) -> std::fmt::Result {
    let (amount, noun) = cause.amount(totals.population);
    writeln!(out, "### {}. {} ({})\n", cause.rank, plain(&capitalised(&cause.title)), code(&cause.slug))?;
    let span = match (&cause.first, &cause.last) {
        (Some(first), Some(last)) if first.date() == last.date() => {
            format!(", {} to {} UTC", plain(first.clock()), plain(last.clock()))
        }
        (Some(first), Some(last)) => {
            let day = |moment: &Moment| format!("{} {}", plain(moment.date()), plain(moment.clock()));
            format!(", {} to {} UTC", day(first), day(last))
        }
        _ => String::new(),
    };
    let share = match cause.is_beside_failures() {
        true => "beside the failures".to_owned(),
        false => format!("{} % of failures", percent(amount, totals.failures)),
    };
    writeln!(
        out,
        "{}, {share}{span}, {} ({})\n",
        counted(amount, noun),
        confidence_word(cause.confidence),
        confidence_number(cause.confidence)
    )?;
    if !cause.meaning.is_empty() {
        writeln!(out, "{}\n", plain(&cause.meaning))?;
    }
    if !cause.summary.is_empty() {
        writeln!(out, "{}\n", plain(&cause.summary))?;
    }
    write_sureness(out, &cause.certainty, &cause.otherwise)?;
    write_candidates(out, "What may lie behind it", cause.confidence, &cause.candidates)?;
    if let Some(form) = &cause.form {
        writeln!(out, "The form that it has here: {}.\n", plain(form))?;
    }
    // A chain of one says what the title says.
    if cause.chain.len() > 1 {
        for link in &cause.chain {
            writeln!(out, "- {}: {}", code(&link.slug), plain(&link.text))?;
        }
        writeln!(out)?;
    }
    write_evidence(out, cause)?;
    write_signs(out, &cause.signs)?;
    write_remedies(out, cause)?;
    write_checks(out, cause)
}

/// What to change: what fits the servers that were seen, then what is for others.
fn write_remedies(out: &mut String, cause: &Cause) -> std::fmt::Result {
    for remedy in &cause.remediation {
        let (deed, target) = (remedy.deed(), remedy.target_words());
        writeln!(out, "**{deed} ({target}): {}**\n", plain(&remedy.title))?;
        for part in &remedy.parts {
            if !part.place.is_empty() {
                writeln!(out, "{}:\n", plain(&part.place))?;
            }
            block(out, "", &part.text)?;
        }
        // A report of an earlier version has no parts.
        if remedy.parts.is_empty() && !remedy.snippet.is_empty() {
            block(out, "", &remedy.snippet)?;
        }
        for (name, text) in [("Why", &remedy.why), ("Risk", &remedy.risk), ("Undo", &remedy.rollback)] {
            if !text.is_empty() {
                writeln!(out, "- {name}: {}", plain(text))?;
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

/// The commands that confirm or refute it, and what they print.
fn write_checks(out: &mut String, cause: &Cause) -> std::fmt::Result {
    for check in cause.all_checks() {
        writeln!(out, "Confirm or refute, {}:\n", check.kind.words())?;
        block(out, "sh", &check.command)?;
        for (name, text) in [("Confirms", &check.confirms), ("Refutes", &check.refutes)] {
            if !text.is_empty() {
                writeln!(out, "- {name}: {}", plain(text))?;
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

/// How sure it is at each depth, in one line: `no byte of an answer came 0.99 → … 0.55; else: … 0.30`.
fn write_sureness(out: &mut String, steps: &[CertaintyStep], otherwise: &[Candidate]) -> std::fmt::Result {
    let told = |title: &str, confidence| format!("{} {}", plain(title), number(confidence));
    let steps_told: Vec<String> =
        steps.iter().take(6).map(|step| told(&step.title, step.confidence)).collect();
    let rivals: Vec<String> =
        worth_telling(otherwise, steps).map(|(title, confidence)| told(title, confidence)).collect();
    if steps.is_empty() {
        return Ok(());
    }
    let otherwise = if rivals.is_empty() { String::new() } else { format!("; else: {}", rivals.join(", ")) };
    writeln!(out, "How sure: {}{otherwise}\n", steps_told.join(" → "))
}

/// Candidates that lie within what has this probability.
fn write_candidates(
    out: &mut String,
    title: &str,
    whole: Share,
    candidates: &[Candidate],
) -> std::fmt::Result {
    let candidates = within(whole, candidates);
    if candidates.is_empty() {
        return Ok(());
    }
    writeln!(out, "{title}:\n")?;
    for (title, confidence) in candidates {
        writeln!(out, "- {} {}", plain(title), number(confidence))?;
    }
    writeln!(out)
}

/// A probability as people read it, bold.
fn number(confidence: Share) -> String {
    format!("**{}**", plain(&confidence_number(confidence)))
}

/// What speaks for it, what against, and what could not be seen.
fn write_signs(out: &mut String, signs: &[Sign]) -> std::fmt::Result {
    let WeighedSigns { speaks_for, speaks_against, not_at_hand } = WeighedSigns::of(signs);
    for (title, signs) in [("Speaks for it", speaks_for), ("Speaks against it", speaks_against)] {
        if signs.is_empty() {
            continue;
        }
        writeln!(out, "{title}:\n")?;
        for sign in signs.iter().take(6) {
            let spot = sign.place.as_ref().and_then(|place| Some((place, place.spot()?)));
            let place =
                spot.map_or_else(String::new, |(place, spot)| format!(" ({} {spot})", code(&place.input)));
            writeln!(out, "- {}{place}", plain(&sign.text))?;
        }
        writeln!(out)?;
    }
    if not_at_hand.is_empty() {
        return Ok(());
    }
    writeln!(out, "Could not be seen:\n")?;
    for (why, signs) in not_at_hand.iter().take(4) {
        let told: Vec<String> =
            signs.iter().take(6).map(|sign| format!("whether {}", plain(&sign.text))).collect();
        writeln!(out, "- {}, so it cannot be told {}", plain(why), told.join(", "))?;
    }
    writeln!(out)
}

fn write_evidence(out: &mut String, cause: &Cause) -> std::fmt::Result {
    for piece in cause.evidence.iter().take(12) {
        writeln!(out, "- {}: {}{}", place(piece), plain(&piece.text), filter(piece))?;
    }
    for setting in cause.settings.iter().take(12) {
        writeln!(
            out,
            "- {} line {}: {}{} is {}, wanted {}",
            code(&setting.input),
            setting.line,
            code(&setting.directive),
            setting.block.as_ref().map_or(String::new(), |block| format!(" of {}", code(block))),
            code(&setting.value),
            code(&setting.wanted)
        )?;
    }
    write_contrast(out, &cause.contrast)?;
    writeln!(out)
}

/// What sets these failures apart from healthy requests.
fn write_contrast(out: &mut String, rows: &[Contrast]) -> std::fmt::Result {
    for row in rows.iter().filter(|row| row.differs).take(5) {
        writeln!(
            out,
            "- {} {}: {} % of the failing, {} % of the healthy requests",
            plain(&row.attribute.replace('_', " ")),
            plain(&row.value),
            share_percent(row.failing_share),
            share_percent(row.healthy_share)
        )?;
    }
    Ok(())
}

/// Where a piece of evidence lies.
fn place(piece: &Evidence) -> String {
    let spot = piece.spot().map_or_else(String::new, |spot| format!(" {spot}"));
    format!("{}{spot}", code(&piece.input))
}

fn filter(piece: &Evidence) -> String {
    piece.filter.as_ref().map_or_else(String::new, |filter| format!(" ({})", code(filter)))
}

/// What no cause explains.
pub fn write_unexplained(out: &mut String, report: &Report) -> std::fmt::Result {
    let unexplained = &report.unexplained;
    if unexplained.failures == 0 && unexplained.collect_next.is_empty() {
        return Ok(());
    }
    match unexplained.failures {
        0 => writeln!(out, "### What could not be seen\n")?,
        failures => {
            writeln!(out, "### Unexplained: {}\n", counted(failures, report.totals.population.noun()))?
        }
    }
    write_sureness(out, &unexplained.certainty, &[])?;
    write_candidates(out, "What it may have been", Share::from_thousandths(1000), &unexplained.candidates)?;
    if unexplained.contrast.iter().any(|row| row.differs) {
        writeln!(out, "What sets these failures apart:\n")?;
        write_contrast(out, &unexplained.contrast)?;
        writeln!(out)?;
    }
    if !unexplained.why.is_empty() && unexplained.failures > 0 {
        writeln!(out, "Why no cause is named:\n")?;
    }
    for text in &unexplained.why {
        writeln!(out, "- {}", plain(text))?;
    }
    if !unexplained.collect_next.is_empty() {
        writeln!(out, "\nCollect next:\n")?;
        for (number, text) in (1..).zip(&unexplained.collect_next) {
            writeln!(out, "{number}. {}", plain(text))?;
        }
    }
    writeln!(out)
}
