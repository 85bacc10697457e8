//! Progress of long work: one line on a terminal, erased at the end; nothing in a pipe.

use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::When;

/// A bar over so many bytes of input, on standard error.
pub fn bar(bytes: u64, when: When) -> ProgressBar {
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
