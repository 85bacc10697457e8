//! Memory by free(1) and vmstat(8). Little memory that is free is no fault, since what caches hold is available; less than one in a hundred that
//! is available, and no swap left, is. So is a machine that moves pages to swap and back in most intervals.

use crate::facts::messages::Program;
use crate::logs::document::{DocumentContent, telling_lines};
use crate::logs::row::MessageLine;

/// Intervals that must tell the same.
const FEWEST_INTERVALS: usize = 3;

/// Whether it is `free`.
pub fn fits_free(head: &str) -> bool {
    let mut lines = telling_lines(head).map(|(_, line)| line);
    lines.next().is_some_and(|line| line.split_whitespace().take(3).eq(["total", "used", "free"]))
        && lines.next().is_some_and(|line| line.starts_with("Mem:"))
}

/// Reads `free`, also repeated with `-s`. Older ones do not tell what is available.
pub fn read_free(text: &str) -> DocumentContent {
    let mut document = DocumentContent::default();
    let mut available_at = None;
    let mut memory: Option<(u64, f64, f64)> = None;
    for (number, line) in telling_lines(text) {
        let words: Vec<&str> = line.split_whitespace().collect();
        if words.first() == Some(&"total") {
            available_at = words.iter().position(|word| *word == "available");
            continue;
        }
        let Some((name, figures)) = words.split_first() else { continue };
        document.records += 1;
        let figure = |at: usize| figures.get(at).and_then(|word| bytes(word));
        match *name {
            "Mem:" => {
                memory = available_at.and_then(figure).zip(figure(0)).map(|(left, all)| (number, left, all))
            }
            "Swap:" => {
                let used_up = figure(2) == Some(0.0);
                let short =
                    memory.take().filter(|(_, left, all)| used_up && *all > 0.0 && left * 100.0 < *all);
                document
                    .faults
                    .extend(short.map(|(number, left, all)| (number, short_of_memory(left / all))));
            }
            _ => {}
        }
    }
    document
}

fn short_of_memory(share: f64) -> MessageLine {
    let text = format!(
        "free: {:.1} of 100 parts of memory are available, and no swap is left, when this was written down",
        share * 100.0
    );
    MessageLine::of(text.as_bytes(), Some(Program::Kernel))
}

/// A figure of `free` with or without its unit: `4028148`, `3.8Gi`, `0B`.
fn bytes(word: &str) -> Option<f64> {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match word.get(digits.len()..)?.trim_end_matches(['B', 'i']) {
        "" => 1.0,
        "K" => 1024.0,
        "M" => 1_048_576.0,
        "G" => 1_073_741_824.0,
        "T" => 1_099_511_627_776.0,
        _ => return None,
    };
    digits.parse::<f64>().ok().map(|number| number * unit)
}

/// Whether it is `vmstat`.
pub fn fits_vmstat(head: &str) -> bool {
    let mut lines = telling_lines(head).map(|(_, line)| line);
    lines.next().is_some_and(|line| line.starts_with("procs ") && line.contains("memory"))
        && lines.next().is_some_and(|line| line.starts_with("r ") && line.contains(" swpd "))
}

/// Reads `vmstat`. Its first line is the mean since the machine started, and tells nothing of now.
pub fn read_vmstat(text: &str) -> DocumentContent {
    let mut document = DocumentContent::default();
    let mut columns: Option<(usize, usize)> = None;
    let mut intervals: Vec<(u64, bool)> = Vec::new();
    for (number, line) in telling_lines(text) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let at = |name: &str| words.iter().position(|word| *word == name);
        if let Some(found) = at("si").zip(at("so")) {
            columns = Some(found);
            continue;
        }
        let Some((into, out)) = columns else { continue };
        let figure = |at: usize| words.get(at).and_then(|word| word.parse::<u64>().ok());
        if let Some((into, out)) = figure(into).zip(figure(out)) {
            document.records += 1;
            intervals.push((number, into > 0 && out > 0));
        }
    }
    let now = intervals.get(1..).unwrap_or_default();
    let swapping: Vec<u64> = now.iter().filter(|(_, swaps)| *swaps).map(|(number, _)| *number).collect();
    if let Some(first) =
        swapping.first().filter(|_| swapping.len() >= FEWEST_INTERVALS && swapping.len() * 2 > now.len())
    {
        let text = format!(
            "vmstat: in {} of {} intervals pages went to swap and came back",
            swapping.len(),
            now.len()
        );
        document.faults.push((*first, MessageLine::of(text.as_bytes(), Some(Program::Kernel))));
    }
    document
}
