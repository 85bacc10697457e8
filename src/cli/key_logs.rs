//! The files that a person names as key logs (`--keylog`): one that is none is refused, since the captures would stay closed without a word.

use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::logs::recognise::HEAD;
use crate::source::{discover, is_read_once};
use crate::tls::KeyLog;

/// Holds that each of these is a key log. What can be read only once is not looked at here.
///
/// # Errors
/// Where one is not there, cannot be read, or is something else.
pub fn check(paths: &[PathBuf]) -> Result<()> {
    for path in paths.iter().filter(|path| !is_read_once(path)) {
        for file in discover(std::slice::from_ref(path))? {
            if !file.open().is_ok_and(|content| KeyLog::recognise(&content.head(HEAD))) {
                return Err(Error::Usage {
                    what: format!("--keylog {}: no key log", path.display()),
                    help: "give the file that SSLKEYLOGFILE named: lines such as CLIENT_RANDOM, a random and a secret, both in hex digits"
                        .to_owned(),
                });
            }
        }
    }
    Ok(())
}
