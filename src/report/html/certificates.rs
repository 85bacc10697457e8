//! The certificates that servers showed, on the page.

use crate::report::model::{Report, ServedChain, ServedTo};
use crate::report::text::{counted, cut};
use crate::text::words::thousands;

/// Chains that the page shows.
const MOST_CHAINS: usize = 50;
/// Servers, and names, that are shown of one.
const MOST_SHOWN: usize = 5;

/// All chains.
pub struct CertificateTable {
    /// One row a chain.
    pub rows: Vec<ChainRow>,
    /// What is not shown, where anything is not.
    pub more: String,
    /// The day of the roots.
    pub roots: String,
}

/// A chain: the server's certificate, and where it leads.
pub struct ChainRow {
    /// Whose the server's certificate is.
    pub subject: String,
    /// The names that it covers.
    pub names: String,
    /// Where it leads.
    pub trust: String,
    /// Key and signature.
    pub key: String,
    /// From when to when it is valid.
    pub valid: String,
    /// What is wrong with it.
    pub wrong: Vec<String>,
    /// Who showed it.
    pub served: Vec<String>,
    /// The file that `--certificates` writes.
    pub file: String,
    /// The certificates behind it, in words.
    pub behind: Vec<String>,
}

/// The certificates of a report.
pub fn certificates(report: &Report) -> CertificateTable {
    let rows: Vec<ChainRow> = report.certificates.iter().take(MOST_CHAINS).filter_map(row).collect();
    let more = match (report.certificates.len().saturating_sub(MOST_CHAINS), report.certificates_cut) {
        (0, false) => String::new(),
        (0, true) => "There were more, which are not told.".to_string(),
        (more, _) => format!("{more} more in report.json."),
    };
    CertificateTable { rows, more, roots: super::tables::root_store(report).unwrap_or_default().to_string() }
}

fn row(chain: &ServedChain) -> Option<ChainRow> {
    let leaf = chain.certificates.first()?;
    let text = |text: &str| cut(text, 300).into_owned();
    let names: Vec<String> =
        leaf.names.iter().take(MOST_SHOWN).map(|name| cut(name, 80).into_owned()).collect();
    let more = leaf.names.len().saturating_sub(MOST_SHOWN) as u64 + leaf.more_names;
    let signed = |signature: &str| format!("signed with {}", cut(signature, 80));
    let key = leaf.key.iter().map(|key| text(key)).chain(leaf.signature.iter().map(|by| signed(by)));
    let wrong = |number: u64, words: &str| match number {
        0 => text(words),
        number => format!("certificate {}: {}", number + 1, cut(words, 300)),
    };
    Some(ChainRow {
        subject: text(&leaf.subject),
        names: match more {
            0 => names.join(", "),
            more => format!("{} and {} more", names.join(", "), thousands(more)),
        },
        trust: text(&chain.trust.text),
        key: key.collect::<Vec<String>>().join(", "),
        valid: format!("{} – {}", cut(leaf.not_before.date(), 20), cut(leaf.not_after.date(), 20)),
        wrong: chain.observations.iter().map(|wrong_| wrong(wrong_.certificate, &wrong_.text)).collect(),
        served: served(&chain.served),
        file: chain.id.as_ref().map(|id| format!("{id}.pem")).unwrap_or_default(),
        behind: chain
            .certificates
            .iter()
            .skip(1)
            .map(|other| {
                let (from, to) = (other.not_before.date(), other.not_after.date());
                format!("{}, issued by {}, {from} – {to}", cut(&other.subject, 200), cut(&other.issuer, 200))
            })
            .collect(),
    })
}

/// Who showed a chain to whom, and where that is to be seen.
fn served(served: &[ServedTo]) -> Vec<String> {
    let words = |to: &ServedTo| {
        let name = to.name.as_ref().map_or("no name".to_string(), |name| cut(name, 80).into_owned());
        let frame = to.frame.map(|frame| format!(" frame {frame}")).unwrap_or_default();
        let connections = counted(to.connections, "connection");
        format!("{} for {name}: {connections}, {}{frame}", cut(&to.server, 60), cut(&to.input, 120))
    };
    let mut told: Vec<String> = served.iter().take(MOST_SHOWN).map(words).collect();
    if let Some(more @ 1..) = served.len().checked_sub(MOST_SHOWN) {
        told.push(format!("{more} more in report.json"));
    }
    told
}
