//! A folder in place of the machine's own: configurations that name files find them there, and nothing outside is written.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::program;

/// The folders of a machine that snippets name.
const TOP: [&str; 3] = ["/etc/", "/run/", "/var/"];

/// The machine on which a snippet is tried.
pub struct Surroundings {
    folder: TempDir,
}

impl Surroundings {
    /// One without files.
    pub fn new() -> Surroundings {
        Surroundings { folder: tempfile::tempdir().expect("a folder") }
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file of it.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, text).expect("a file");
        path
    }

    /// The text with its paths turned to this folder, where what they name is put first.
    pub fn settle(&self, text: &str) -> String {
        let mut settled = String::new();
        let mut rest = text;
        while let Some(at) = TOP.iter().filter_map(|top| rest.find(top)).min() {
            let (before, path) = rest.split_at(at);
            let end = path.find([' ', '\n', ';', '"', '\'']).unwrap_or(path.len());
            let (path, after) = path.split_at(end);
            self.supply(path);
            settled += &format!("{before}{}{path}", self.path().display());
            rest = after;
        }
        settled + rest
    }

    /// Makes what a path names, as its name tells.
    fn supply(&self, path: &str) {
        let name = path.trim_start_matches('/');
        let ending = Path::new(path).extension().unwrap_or_default();
        if path.ends_with('/') {
            self.write(&format!("{name}site.pem"), certificate());
        } else if ["pem", "crt", "key"].iter().any(|known| ending == *known) {
            self.write(name, certificate());
        } else if name.ends_with("edge-ranges.conf") {
            self.write(name, "set_real_ip_from 172.64.0.0/13;\n");
        } else if name.ends_with("edge-ranges.lst") {
            self.write(name, "172.64.0.0/13\n");
        } else if name.starts_with("var/www") {
            fs::create_dir_all(self.path().join(name)).expect("a folder");
        } else {
            fs::create_dir_all(self.path().join(name).parent().expect("a folder")).expect("a folder");
        }
    }
}

/// A key and its certificate in one text: each reader takes of it what it looks for.
fn certificate() -> &'static str {
    static MADE: OnceLock<String> = OnceLock::new();
    MADE.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let [key, certificate] = ["key", "certificate"].map(|name| folder.path().join(name));
        let mut openssl = Command::new("openssl");
        openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]);
        openssl
            .args(["-subj", "/CN=shop.example", "-days", "2", "-keyout"])
            .arg(&key)
            .arg("-out")
            .arg(&certificate);
        let (succeeded, said) = program::run(&mut openssl);
        assert!(succeeded, "{said}");
        [key, certificate].map(|path| fs::read_to_string(path).expect("PEM")).concat()
    })
}
