//! The chains that servers showed, as files that openssl and others read (RFC 7468). A certificate is public: its server shows it to everybody who asks, so
//! nothing of it is redacted.

use std::fmt::Write;

use super::chains::{by_chain, id};
use crate::correlate::Incident;
use crate::report::text::one_line;
use crate::text::base64::base64;

/// Characters of a line (RFC 7468, section 2).
const LINE: usize = 64;

/// Each chain whose bytes were kept: the name of its file, and what stands in it, the server's own certificate first.
pub fn certificate_files(incident: &Incident) -> Vec<(String, String)> {
    let chains = by_chain(incident).into_iter().filter_map(|showings| {
        let first = showings.first()?;
        let mut text = String::new();
        for (certificate, der) in first.shown.chain.iter().zip(first.bytes) {
            // Writing to a String cannot fail.
            let _ = writeln!(
                text,
                "subject={}\nissuer={}",
                one_line(&certificate.subject),
                one_line(&certificate.issuer)
            );
            write_pem(&mut text, der);
        }
        Some((format!("{}.pem", id(first.bytes)?), text))
    });
    let mut files: Vec<_> = chains.collect();
    files.sort();
    files.dedup();
    files
}

fn write_pem(out: &mut String, der: &[u8]) {
    out.push_str("-----BEGIN CERTIFICATE-----\n");
    let digits = base64(der);
    for at in (0..digits.len()).step_by(LINE) {
        out.push_str(digits.get(at..digits.len().min(at + LINE)).unwrap_or_default());
        out.push('\n');
    }
    out.push_str("-----END CERTIFICATE-----\n");
}
