//! Runs the built program in a folder of its own, and lays out small incidents for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A folder in which the program runs; messages then hold no path of the machine.
pub struct Desk {
    folder: TempDir,
}

/// How a run ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit status; `None` where a signal ended it.
    pub status: Option<i32>,
    /// What it wrote on standard output.
    pub out: String,
    /// What it wrote on standard error.
    pub err: String,
}

impl Ended {
    /// All that a person sees, for a snapshot.
    pub fn seen(&self) -> String {
        let status = self.status.map_or("a signal".to_owned(), |status| status.to_string());
        format!("{}{}[exit status {status}]", self.out, self.err)
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Ended {
        Ended {
            status: output.status.code(),
            out: String::from_utf8(output.stdout).expect("the program prints UTF-8"),
            err: String::from_utf8(output.stderr).expect("the program prints UTF-8"),
        }
    }
}

impl Desk {
    pub fn new() -> Desk {
        Desk { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, with its folders.
    pub fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
    }

    /// The program, about to run in this folder, free of what the machine's environment says of colours.
    pub fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rayscope"));
        command.args(arguments).current_dir(self.folder.path());
        command.env_remove("CLICOLOR_FORCE").env_remove("COLUMNS");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ended {
        self.program(arguments).output().expect("the program").into()
    }

    /// A shell in this folder, in which `$RAYSCOPE` is the program.
    pub fn shell(&self, script: &str) -> Ended {
        let mut command = Command::new("bash");
        command.args(["-c", script]).current_dir(self.folder.path());
        command.env("RAYSCOPE", env!("CARGO_BIN_EXE_rayscope")).output().expect("bash").into()
    }

    /// Diagnoses and gives report.json.
    pub fn report(&self, arguments: &[&str]) -> Value {
        let ended = self.run(&[&["diagnose", "--format", "json", "--out", "report"], arguments].concat());
        assert_eq!(ended.status, Some(0), "{}", ended.err);
        serde_json::from_str(&ended.out).expect("JSON")
    }

    /// The names in a folder, sorted.
    pub fn names(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path(folder)) else { return Vec::new() };
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

/// One of the incidents in samples/.
pub fn sample(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name);
    path.to_str().expect("a path in UTF-8").to_owned()
}

/// A small shop's edge log: forty visits in forty seconds, of which the 11th and the 21st to `shop.example` get a 520 after
/// the origin closed without an answer, and every fourth goes to `blog.example` and is well.
pub fn edge_log() -> String {
    (0..40).map(edge_record).collect()
}

/// The ray of the n-th visit.
pub fn ray(visit: u32) -> String {
    format!("9f000000000000{visit:02x}")
}

fn edge_record(visit: u32) -> String {
    let (host, failed) = match visit {
        10 | 20 => ("shop.example", true),
        _ if visit % 4 == 3 => ("blog.example", false),
        _ => ("shop.example", false),
    };
    let (edge, origin) = if failed { (520, 0) } else { (200, 200) };
    let record = serde_json::json!({
        "RayID": ray(visit),
        "EdgeStartTimestamp": format!("2026-11-20T09:00:{visit:02}Z"),
        "EdgeEndTimestamp": format!("2026-11-20T09:00:{visit:02}.250Z"),
        "ClientIP": "198.51.100.77",
        "ClientCountry": "nl",
        "ClientRequestSource": "eyeball",
        "ClientRequestHost": host,
        "ClientRequestMethod": "GET",
        "ClientRequestPath": "/cart",
        "ClientRequestURI": "/cart?voucher=birthday-of-anna",
        "EdgeColoCode": "AMS",
        "EdgeServerIP": "162.158.84.5",
        "EdgeResponseStatus": edge,
        "OriginIP": "203.0.113.7",
        "OriginResponseStatus": origin,
    });
    format!("{record}\n")
}

/// A line of nginx's combined format with the ray behind it.
pub fn access_line(visit: u32) -> String {
    format!(
        "162.158.84.5 - - [20/Nov/2026:09:00:{visit:02} +0000] \"GET /cart?voucher=birthday-of-anna HTTP/1.1\" 200 512 \
         \"-\" \"Mozilla/5.0\" \"{}-AMS\"\n",
        ray(visit)
    )
}
