//! Logs of every format, HAR files, and the files that a person gives to configure.

use rayscope::facts::limits::Profile;
use rayscope::har::{self, Saved};
use rayscope::logs::documents::DOCUMENTS;
use rayscope::logs::recognise::DETECTORS;
use rayscope::logs::{
    AccessFormat, LogFormat, LogRecord, NginxConfig, RecordBody, RecordReader, Sample, Splitting,
    TextContent, parse_edge, recognise,
};
use rayscope::time::Time;

/// Every format reads every line, whether it is its own or not.
pub fn formats(bytes: &[u8]) {
    let lines: Vec<&[u8]> =
        bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).take(200).collect();
    let sample = Sample { head: bytes, lines };
    for format in DETECTORS.iter().filter_map(|detect| detect(&sample)) {
        parse(&format, bytes);
    }
    if let TextContent::Log(format) = recognise(bytes) {
        parse(&format, bytes);
    }
}

fn parse(format: &LogFormat, bytes: &[u8]) {
    let mut lines = format.reader(Some(Time(1_794_902_400_000_000_000)));
    let mut each = |record: LogRecord<'_>| {
        if let RecordBody::Text(line) = record.body {
            let _ = lines.parse(line);
        }
    };
    let mut records = RecordReader::new(format.splitting());
    records.feed(bytes, &mut each);
    records.finish(&mut each);
}

/// Records are the same however the input is chunked.
pub fn records(bytes: &[u8]) {
    let arrays = Splitting::Arrays { depth: 1 };
    for splitting in
        [Splitting::Lines, Splitting::Objects { depth: 0 }, Splitting::Objects { depth: 2 }, arrays]
    {
        let whole = cut(bytes, splitting, bytes.len().max(1));
        let parts = cut(bytes, splitting, 1 + bytes.len() % 37);
        assert!(whole == parts, "{splitting:?}: {} records, {} in chunks", whole.len(), parts.len());
    }
}

fn cut(bytes: &[u8], splitting: Splitting, chunk: usize) -> Vec<(u64, Option<Vec<u8>>)> {
    let mut records = Vec::new();
    let mut reader = RecordReader::new(splitting);
    let mut each = |record: LogRecord<'_>| {
        let text = match record.body {
            RecordBody::Text(text) => Some(text.to_vec()),
            RecordBody::TooLong => None,
        };
        records.push((record.line, text));
    };
    for part in bytes.chunks(chunk) {
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

/// A single answer that was saved by hand: what it is taken for, and as each kind.
pub fn saved(bytes: &[u8]) {
    let _ = Saved::recognise(bytes).map(|kind| kind.read(bytes));
    for kind in [Saved::ErrorPage, Saved::Curl] {
        let _ = kind.read(bytes);
    }
}

/// The text as every kind that is taken as a whole, whether it is one or not. What fits a text fits it whatever was asked before.
pub fn documents(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for format in DOCUMENTS {
        let document = (format.read)(&text);
        let lines = text.lines().count().max(1) as u64;
        let cited = document.settings.iter().map(|setting| setting.line);
        let cited = cited.chain(document.faults.iter().map(|(line, _)| *line));
        let cited = cited.chain(document.events.iter().map(|event| event.line));
        cited.for_each(|line| assert!((1..=lines).contains(&line), "{}: line {line} of {lines}", format.id));
        assert_eq!((format.fits)(&text), (format.fits)(&text), "{}", format.id);
    }
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
