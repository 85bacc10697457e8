//! What a report says of the certificates that servers showed, against what openssl says of the same chains (`openssl.tsv`, written by `record`).

#![allow(clippy::expect_used, reason = "a test that cannot read its data has failed")]

#[path = "../support/mod.rs"]
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::IpAddr;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use support::corpus::corpus;
use support::recorded;

const TABLE: &str = include_str!("openssl.tsv");
/// Of these, openssl 3.0 cannot read the key (ML-DSA), and so does not see that it signs itself.
const KEY_UNKNOWN_TO_OPENSSL: &[&str] = &["fd95785a038018dc"];

/// What the program writes of an input: the report, and the exported chains by name.
fn diagnosed(input: &Path, options: &[&str]) -> (Value, BTreeMap<String, String>) {
    let out = tempfile::tempdir().expect("a folder");
    let (report, chains) = (out.path().join("report"), out.path().join("chains"));
    let run = Command::new(env!("CARGO_BIN_EXE_rayscope"))
        .args(["diagnose", "--format", "quiet", "--out"])
        .arg(&report)
        .arg("--certificates")
        .arg(&chains)
        .args(options)
        .arg(input)
        .output()
        .expect("the program");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let text = fs::read_to_string(report.join("report.json")).expect("report.json");
    let files =
        fs::read_dir(&chains).expect("the folder of chains").map(|entry| entry.expect("an entry").path());
    let name = |path: &Path| path.file_stem().and_then(|stem| stem.to_str()).expect("a name").to_owned();
    let chains = files.map(|path| (name(&path), fs::read_to_string(&path).expect("PEM"))).collect();
    (serde_json::from_str(&text).expect("JSON"), chains)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or("-")
}

/// What openssl's verdict means: whether the roots verify the chain, it ends at another root, or an issuer is not there (X509_verify_cert's codes).
fn trust_of(code: &str) -> &'static str {
    match code {
        "0" => "browser_root",
        "18" | "19" => "other_root",
        "20" => "incomplete",
        other => panic!("openssl's code {other}"),
    }
}

/// `2048` of `RSA, 2048 bits`.
fn bits(key: &str) -> &str {
    key.split(' ').rev().nth(1).filter(|_| key.ends_with(" bits")).unwrap_or("-")
}

#[test]
fn chains_are_told_as_openssl_tells_them() {
    let Some(corpus) = corpus("certificates") else { return };
    let (report, chains) = diagnosed(&corpus.join("pcap"), &[]);
    let told: BTreeMap<&str, &Value> =
        list(&report["certificates"]).iter().map(|chain| (word(&chain["id"]), chain)).collect();
    assert!(told.keys().copied().eq(chains.keys().map(String::as_str)), "a chain for each file");
    let mut seen = BTreeSet::new();
    for line in TABLE.lines().skip(2) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [id, code, number, sha256, not_before, not_after, size, signature, names] = cells[..] else {
            panic!("{line}")
        };
        let chain = told.get(id).unwrap_or_else(|| panic!("{id} is not told"));
        seen.insert(id);
        if !KEY_UNKNOWN_TO_OPENSSL.contains(&id) {
            assert_eq!(word(&chain["trust"]["kind"]), trust_of(code), "{id}");
        }
        let certificate = &chain["certificates"][number.parse::<usize>().expect("a number")];
        assert_eq!(word(&certificate["sha256"]), sha256, "{id} {number}");
        let day = |time: &str| time.replace(' ', "T").replace('Z', ".000000000Z");
        assert_eq!(word(&certificate["not_before"]), day(not_before), "{id} {number}");
        assert_eq!(word(&certificate["not_after"]), day(not_after), "{id} {number}");
        assert_eq!(bits(word(&certificate["key"])), size, "{id} {number}");
        // openssl calls the older of the two numbers of SHA-1 with RSA `sha1WithRSA` (OIW, 1.3.14.3.2.29).
        let plain = |name: &str| name.to_ascii_lowercase().replace('-', "");
        let (written, signed) = (plain(word(&certificate["signature"])), plain(signature));
        assert!(
            written.starts_with(signed.split(' ').next().expect("a word")),
            "{id} {number} {written} {signed}"
        );
        // openssl writes all groups of an address.
        let name = |name: &str| name.parse::<IpAddr>().map_or(name.to_owned(), |address| address.to_string());
        let covered: Vec<String> = list(&certificate["names"]).iter().map(word).map(name).collect();
        let all: Vec<String> = names.split(',').filter(|name| *name != "-").map(name).collect();
        assert_eq!(covered, all[..all.len().min(100)], "{id} {number}");
    }
    assert_eq!(seen.len(), told.len(), "chains that the table lacks");
    assert!(seen.len() > 100, "{}", seen.len());
}

/// Whoever hands a certificate on as PEM must get the bytes that were sent, and the report must not change by that.
#[test]
fn what_is_exported_is_what_was_sent() {
    let recorded = recorded::incidents(&["tls-certificate-expired"]);
    let incident = &recorded.incidents[0];
    let (report, chains) = diagnosed(&incident.evidence(), &[]);
    let told = list(&report["certificates"]);
    assert!(!told.is_empty());
    for chain in told {
        let pem = &chains[word(&chain["id"])];
        let certificates = list(&chain["certificates"]);
        assert_eq!(pem.matches("-----BEGIN CERTIFICATE-----").count(), certificates.len());
        assert!(pem.lines().all(|line| line.len() <= 64 || line.contains('=')), "{pem}");
        let served = list(&chain["served"]);
        assert!(
            served.iter().all(|to| to["connections"].as_u64() > Some(0) && to["frame"].is_u64()),
            "{chain}"
        );
    }
    let kinds: BTreeSet<&str> = told
        .iter()
        .flat_map(|chain| list(&chain["observations"]))
        .map(|observation| word(&observation["kind"]))
        .collect();
    assert!(kinds.contains("expired"), "{kinds:?}");
    assert_eq!(report["profile"]["limits"]["root_store"], "2026-10-23");
}
