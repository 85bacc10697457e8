//! The certificates that browsers trust as roots: those that Mozilla ships with Firefox for TLS servers, as the Common CA Database publishes them
//! (ccadb.org, IncludedCACertificateReport). They come as data in the crate webpki-root-certs, under CDLA-Permissive-2.0 (roots-license.txt).

/// The day on which this set was published: that of the crate's version (crates.io).
pub const DATE: &str = "2026-10-23";
/// The version of the crate that holds it.
pub const VERSION: &str = "1.0.11";

/// Each root, as a certificate (DER).
pub fn roots() -> impl Iterator<Item = &'static [u8]> {
    webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().map(|root| root.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Another set under the old date would make every verdict on a chain one that nobody can check.
    #[test]
    fn the_date_is_that_of_the_set_that_is_built_in() {
        let lock = include_str!("../../Cargo.lock");
        let built_in = format!("name = \"webpki-root-certs\"\nversion = \"{VERSION}\"\n");
        assert!(lock.contains(&built_in), "webpki-root-certs has another version: say its day, too");
        assert!(roots().count() > 100);
    }
}
