//! php-fpm's status page (`pm.status_path`): <https://www.php.net/manual/en/fpm.status.php>, as text or JSON.

use serde::Deserialize;

use crate::facts::messages::Program;
use crate::logs::document::{DocumentContent, key_and_value, telling_lines};
use crate::logs::row::MessageLine;
use crate::text::json::Scalar;

/// Whether it is the page as text.
pub fn fits_text(head: &str) -> bool {
    let begins = |beginning: &str| head.lines().any(|line| line.starts_with(beginning));
    head.starts_with("pool:") && begins("process manager:") && begins("listen queue:")
}

/// Whether it is the page as JSON.
pub fn fits_json(head: &str) -> bool {
    head.trim_start().starts_with('{')
        && head.contains("\"process manager\"")
        && head.contains("\"listen queue\"")
}

/// The figures that tell of a fault.
#[derive(Deserialize)]
struct StatusPage<'a> {
    #[serde(borrow, default)]
    pool: Scalar<'a>,
    #[serde(borrow, default, rename = "listen queue")]
    waiting: Scalar<'a>,
    #[serde(borrow, default, rename = "listen queue len")]
    fit: Scalar<'a>,
    #[serde(borrow, default, rename = "max children reached")]
    reached: Scalar<'a>,
}

/// Reads the page as JSON.
pub fn read_json(text: &str) -> DocumentContent {
    let Ok(page) = serde_json::from_str::<StatusPage<'_>>(text) else { return DocumentContent::default() };
    let figures = [page.waiting.number(), page.fit.number(), page.reached.number()];
    let keys =
        serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).map_or(0, |keys| keys.len());
    let mut document = DocumentContent { records: keys as u64, ..DocumentContent::default() };
    faults(&mut document, &page.pool.printed(), figures.map(|figure| figure.map(|figure: u64| (1, figure))));
    document
}

/// Reads the page as text; with `?full` every process follows, whose lines count.
pub fn read_text(text: &str) -> DocumentContent {
    let mut document = DocumentContent::default();
    let (mut pool, mut figures) = ("", [None; 3]);
    for (number, line) in telling_lines(text) {
        let Some((key, value)) = key_and_value(line, ':') else { continue };
        document.records += 1;
        let at = match key {
            "pool" => {
                pool = value;
                continue;
            }
            "listen queue" => 0,
            "listen queue len" => 1,
            "max children reached" => 2,
            _ => continue,
        };
        if let Some(slot) = figures.get_mut(at) {
            *slot = value.parse::<u64>().ok().map(|value| (number, value));
        }
    }
    faults(&mut document, pool, figures);
    document
}

/// Where requests wait, or all children were once in use: each figure with its line.
fn faults(document: &mut DocumentContent, pool: &str, [waiting, fit, reached]: [Option<(u64, u64)>; 3]) {
    if let Some((line, waiting @ 1..)) = waiting {
        let of = fit.map_or(String::new(), |(_, fit)| format!(" of {fit}"));
        let text = format!(
            "php-fpm status: {waiting} requests{of} wait for a child of pool {pool} when this was written down"
        );
        document.faults.push((line, MessageLine::of(text.as_bytes(), Some(Program::PhpFpm))));
    }
    if let Some((line, reached @ 1..)) = reached {
        let text =
            format!("php-fpm status: max children reached {reached} times by pool {pool} since it started");
        document.faults.push((line, MessageLine::of(text.as_bytes(), Some(Program::PhpFpm))));
    }
}
