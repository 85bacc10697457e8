//! The certificates that servers showed, as a section of `report.md`.

use std::fmt::Write;

use super::escaping::{code, plain};
use crate::report::model::{Report, ServedChain};
use crate::report::text::counted;
use crate::text::words::thousands;

/// At most this many chains, and servers of one, are listed; all of them stand in report.json.
const MOST: usize = 20;

/// Writes the section, where a server showed a certificate.
pub(super) fn write_certificates(out: &mut String, report: &Report) -> std::fmt::Result {
    if report.certificates.is_empty() {
        return Ok(());
    }
    writeln!(out, "### Certificates\n")?;
    for chain in report.certificates.iter().take(MOST) {
        write_chain(out, chain)?;
    }
    let more = report.certificates.len().saturating_sub(MOST) as u64;
    if more > 0 || report.certificates_cut {
        writeln!(
            out,
            "- {} more in report.json{}",
            thousands(more),
            if report.certificates_cut { ", not all" } else { "" }
        )?;
    }
    writeln!(out)
}

fn write_chain(out: &mut String, chain: &ServedChain) -> std::fmt::Result {
    let Some(leaf) = chain.certificates.first() else { return Ok(()) };
    let key = leaf.key.as_ref().map(|key| format!("{}, ", plain(key))).unwrap_or_default();
    let (from, to) = (plain(leaf.not_before.date()), plain(leaf.not_after.date()));
    writeln!(out, "- {}: {key}valid {from} – {to}; {}", code(&leaf.subject), plain(&chain.trust.text))?;
    for observation in &chain.observations {
        let which = match observation.certificate {
            0 => String::new(),
            number => format!("certificate {} of the chain ", number + 1),
        };
        writeln!(out, "  - **{which}{}**", plain(&observation.text))?;
    }
    for to in chain.served.iter().take(MOST) {
        let name = to.name.as_ref().map_or("no name".to_string(), |name| code(name));
        let frame = to.frame.map(|frame| format!(" frame {frame}")).unwrap_or_default();
        let connections = counted(to.connections, "connection");
        writeln!(
            out,
            "  - shown by {} for {name}: {connections} ({}{frame})",
            code(&to.server),
            code(&to.input)
        )?;
    }
    match chain.served.len().saturating_sub(MOST) {
        0 => Ok(()),
        more => writeln!(out, "  - and {more} more in report.json"),
    }
}
