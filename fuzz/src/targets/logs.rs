//! Logs of every format, HAR files, and the files that a person gives to configure.

use rayscope::facts::limits::Profile;
use rayscope::har;
use rayscope::logs::format::{Context, Format};
use rayscope::logs::recognise::{Content, DETECTORS, Sample, recognise};
use rayscope::logs::record::RecordReader;
use rayscope::logs::{AccessFormat, Body, NginxConfig, Splitting, each_record, parse_edge};
use rayscope::time::Time;

/// Every format reads every line, whether it is its own or not.
pub fn formats(bytes: &[u8]) {
    let lines: Vec<&[u8]> =
        bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).take(200).collect();
    let sample = Sample { head: bytes, lines };
    for format in DETECTORS.iter().filter_map(|detect| detect(&sample)) {
        parse(&format, bytes);
    }
    if let Content::Log(format) = recognise(bytes).content {
        parse(&format, bytes);
    }
}

fn parse(format: &Format, bytes: &[u8]) {
    let mut context = Context::new(Some(Time(1_794_902_400_000_000_000)));
    each_record(bytes, format.splitting(), &mut |record| {
        if let Body::Whole(line) | Body::Cut(line) = record.body {
            let _ = format.parse(line, &mut context);
        }
    });
}

/// Records are the same however the input is chunked.
pub fn records(bytes: &[u8]) {
    for splitting in [Splitting::Lines, Splitting::Objects { depth: 0 }, Splitting::Objects { depth: 2 }] {
        let whole = cut(bytes, splitting, bytes.len().max(1));
        let parts = cut(bytes, splitting, 1 + bytes.len() % 37);
        assert!(whole == parts, "{splitting:?}: {} records, {} in chunks", whole.len(), parts.len());
    }
}

fn cut(bytes: &[u8], splitting: Splitting, chunk: usize) -> Vec<(u64, u64, Option<Vec<u8>>)> {
    let mut records = Vec::new();
    let mut reader = RecordReader::new(splitting);
    let mut each = |record: rayscope::logs::Record<'_>| {
        let body = match record.body {
            Body::Whole(body) | Body::Cut(body) => Some(body.to_vec()),
            Body::TooLong => None,
        };
        records.push((record.line, record.offset, body));
    };
    // A byte order mark is looked for in the first chunk, which is never smaller than it.
    let (first, rest) = bytes.split_at(bytes.len().min(chunk.max(3)));
    reader.feed(first, &mut each);
    for part in rest.chunks(chunk) {
        reader.feed(part, &mut each);
    }
    reader.finish(&mut each);
    records
}

pub fn edge(bytes: &[u8]) {
    for line in bytes.split(|byte| *byte == b'\n') {
        let _ = parse_edge(line);
    }
}

pub fn har(bytes: &[u8]) {
    let _ = har::read(bytes);
}

/// A configuration, and the formats of it.
pub fn nginx_config(bytes: &[u8]) {
    for format in NginxConfig::read(bytes).log_formats {
        let _ = AccessFormat::parse(&format.text);
    }
}

/// A format and lines to read with it.
pub fn log_format(bytes: &[u8]) {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let format = lines.next().map(|line| String::from_utf8_lossy(line).into_owned());
    let Some(Ok(format)) = format.map(|text| AccessFormat::parse(&text)) else { return };
    for line in lines {
        let _ = format.parse_line(line);
    }
}

/// A profile that is taken can be printed and taken again.
pub fn limits(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(profile) = Profile::overlaid(text) {
        let printed = profile.to_toml();
        let again = Profile::overlaid(&printed).map(|profile| profile.to_toml()).ok();
        assert_eq!(again.as_ref(), Some(&printed));
    }
}
