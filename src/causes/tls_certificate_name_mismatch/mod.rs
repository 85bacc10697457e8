//! What speaks for `tls-certificate-name-mismatch`, and what against it.

use crate::causes::catalogue::Reasoning;
use crate::causes::signs::{self, when};
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};

/// How it judges a case.
pub const REASONING: Reasoning = Reasoning::of(weigh);

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let (row, leaf) = signs::refused_certificate(case, incident)?;
    let asked = row.tls.as_ref()?.client_hello.as_ref()?.sni.as_deref().or(case.host(&incident.evidence))?;
    if leaf.unreadable || leaf.dns_names.iter().any(|name| covers(name, asked)) {
        return None;
    }
    let text = format!("the edge asks for {asked}, the certificate covers {}", names(&leaf.dns_names));
    Weight::new().shown(strength::STRONG, text, row.place(leaf.at), when(leaf.at)).some()
}

fn names(names: &[String]) -> String {
    const SHOWN: usize = 4;
    match names.len() {
        0 => "no name at all".to_owned(),
        count @ ..=SHOWN => names[..count].join(", "),
        count => format!("{} and {} more", names[..SHOWN].join(", "), count - SHOWN),
    }
}

/// A wildcard stands for one whole label, the leftmost one (RFC 6125, section 6.4.3).
fn covers(pattern: &str, host: &str) -> bool {
    let host = host.trim_end_matches('.');
    match (pattern.strip_prefix("*."), host.split_once('.')) {
        (Some(parent), Some((label, rest))) => !label.is_empty() && rest.eq_ignore_ascii_case(parent),
        _ => pattern.eq_ignore_ascii_case(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_covers_one_label_and_no_more() {
        assert!(covers("*.shop.example", "www.shop.example") && covers("Shop.Example", "shop.example."));
        assert!(!covers("*.shop.example", "a.b.shop.example") && !covers("*.shop.example", "shop.example"));
    }
}
