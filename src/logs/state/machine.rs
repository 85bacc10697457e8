//! The machine as a whole: `uptime`, and `sar` in its text form. None of their figures is a fault by itself, and those of a whole day would be
//! held against an incident of some minutes; they are known so that nobody takes them for logs, and the report says that nothing was taken.

use crate::logs::document::{DocumentContent, telling_lines};

/// Whether it is `uptime` (uptime(1)): every line has the time of day, how long the machine is up, and its load.
pub fn fits_uptime(head: &str) -> bool {
    let known = |line: &str| line.contains(" up ") && line.contains("load average: ");
    telling_lines(head).next().is_some() && telling_lines(head).all(|(_, line)| known(line))
}

/// Whether it is what `sar` prints (sar(1)): the kernel, the host and the date first, then tables whose columns each heading names.
pub fn fits_sar(head: &str) -> bool {
    let mut lines = telling_lines(head).map(|(_, line)| line);
    lines.next().is_some_and(|line| line.starts_with("Linux ") && line.contains(" CPU)"))
        && lines.any(|line| {
            line.split_whitespace().any(|word| {
                matches!(
                    word,
                    "%idle"
                        | "rxpck/s"
                        | "active/s"
                        | "totsck"
                        | "runq-sz"
                        | "kbmemfree"
                        | "tps"
                        | "pswpin/s"
                        | "proc/s"
                )
            })
        })
}

/// Reads the lines below the headings: those in which a word is a number.
pub fn read(text: &str) -> DocumentContent {
    let number =
        |word: &str| word.trim_end_matches(['%', ',', 'B', 'G', 'M', 'K', 'i']).parse::<f64>().is_ok();
    let figures = telling_lines(text)
        .filter(|(_, line)| !line.starts_with("Linux ") && line.split_whitespace().any(number));
    DocumentContent { records: figures.count() as u64, ..DocumentContent::default() }
}
