//! Progress of long work: one line on a terminal, erased at the end; nothing in a pipe.

use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::options::When;

/// A bar over bytes of input, on standard error.
pub struct ReadingBar {
    bar: ProgressBar,
    total: u64,
    read: AtomicU64,
}

impl ReadingBar {
    /// A bar over so many bytes.
    pub fn new(total: u64, when: When) -> ReadingBar {
        ReadingBar { bar: bar(total, when), total, read: AtomicU64::new(0) }
    }

    /// So many more bytes were read. Files that are packed, and those that are looked at twice, have more than the disk holds of them: the bar is
    /// full then, and never more than that.
    pub fn read(&self, bytes: u64) {
        let read = self.read.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        self.bar.set_position(read.min(self.total));
    }

    /// Erases it.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

fn bar(bytes: u64, when: When) -> ProgressBar {
    let shown = match when {
        When::Always => true,
        When::Never => false,
        When::Auto => io::stderr().is_terminal(),
    };
    if !shown {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr());
    let template = "reading {bytes}/{total_bytes} {wide_bar} {bytes_per_sec}, {eta} left";
    // The template is fixed; were it wrong, the default style would show.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_never_exceeds_its_total() {
        let bar = ReadingBar::new(100, When::Never);
        for (bytes, shown) in [(60, 60), (60, 100), (u64::MAX, 100)] {
            bar.read(bytes);
            assert_eq!(bar.bar.position(), shown);
        }
    }
}
