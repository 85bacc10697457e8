//! Files that become shorter while they are read: logrotate's `copytruncate`, a capture that is begun anew, a download that starts over. What is left is
//! analysed and the rest is told; nothing ends by a signal, but for the look into an archive that docs/reliability.md tells of.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Instant;

use super::desk::{Drawn, MOMENTS};
use super::program::{Desk, access_line, edge_log, sample};

/// Larger than what is read at once when it is opened.
const AT_LEAST: usize = 1_200_000;

fn log() -> Vec<u8> {
    let lines: String = (0..60).map(access_line).collect();
    lines.repeat(AT_LEAST / lines.len() + 1).into_bytes()
}

fn har() -> Vec<u8> {
    let text = std::fs::read(format!("{}/visitor.har", sample("har-cookies-grow"))).expect("the sample");
    let mut har: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    let entries = har["log"]["entries"].as_array().expect("entries").clone();
    // Written without blanks it is shorter.
    let times = 2 * AT_LEAST / text.len() + 1;
    har["log"]["entries"] = entries.iter().cycle().take(entries.len() * times).cloned().collect();
    har.to_string().into_bytes()
}

fn gzip() -> Vec<u8> {
    // Noise before the log keeps it from being packed to nothing.
    let mut drawn = Drawn::new(7);
    let noise: Vec<u8> =
        (0..AT_LEAST).map(|_| b'a' + u8::try_from(drawn.below(26)).expect("small")).collect();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for line in noise.chunks(100) {
        encoder
            .write_all(access_line(1).replace("Mozilla", &String::from_utf8_lossy(line)).as_bytes())
            .unwrap();
    }
    encoder.finish().unwrap()
}

fn tar() -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in [("edge.log", edge_log().into_bytes()), ("access.log", log())] {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append_data(&mut header, name, &*bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

fn zip() -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in [("edge.log", edge_log().into_bytes()), ("access.log", log())] {
        writer.start_file(name, stored).unwrap();
        writer.write_all(&bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Archives, in which members are looked up through a map: who cuts one within a look of microseconds ends the program (SIGBUS). One moment may meet it by
/// chance, and hardly a second one.
const LOOKED_UP: [&str; 2] = ["logs.tar", "logs.zip"];
const SIGBUS: i32 = 7;
const MOST_IN_A_LOOK: usize = 2;

/// Runs over a file that is cut at each of the moments; how often that was told.
fn at_each_moment(name: &str, bytes: &[u8]) -> usize {
    let desk = Desk::new();
    desk.put("in/edge.log", edge_log());
    let run = |out: &str| {
        let arguments = ["diagnose", "in", "--out", out];
        desk.program(&arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program")
    };
    desk.put(&format!("in/{name}"), bytes);
    let begun = Instant::now();
    assert!(run("whole").wait().unwrap().success());
    let mut drawn = Drawn::new(bytes.len() as u64);
    let moments = drawn.moments(begun.elapsed());
    let (mut told, mut in_a_look) = (0, 0);
    for moment in moments {
        desk.put(&format!("in/{name}"), bytes);
        let child = run("report");
        sleep(moment);
        // Every other time to nothing, as `copytruncate` does it.
        let left = if drawn.below(2) == 0 { 0 } else { drawn.below(bytes.len() as u64) };
        OpenOptions::new().write(true).open(desk.path(&format!("in/{name}"))).unwrap().set_len(left).unwrap();
        let ended = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        if LOOKED_UP.contains(&name) && ended.status.signal() == Some(SIGBUS) {
            in_a_look += 1;
            assert!(in_a_look <= MOST_IN_A_LOOK, "{name} ends more runs by SIGBUS than chance does");
            assert!(matches!(desk.names("report").len(), 0 | 3), "half a report is left");
            continue;
        }
        assert_eq!(
            ended.status.code(),
            Some(0),
            "{name} cut to {left} after {moment:?}: {:?}: {said}",
            ended.status
        );
        assert_eq!(desk.names("report").len(), 3);
        told += usize::from(said.contains(name));
    }
    told
}

#[test]
fn a_file_that_is_cut_short_while_it_is_read_ends_no_run() {
    let capture = std::fs::read(format!("{}/origin/cap.pcap", sample("keepalive-race"))).expect("the sample");
    assert!(capture.len() < AT_LEAST, "one that is read at once when it is opened");
    let inputs = [
        ("access.log", log()),
        ("visitor.har", har()),
        ("packed.log.gz", gzip()),
        ("logs.tar", tar()),
        ("logs.zip", zip()),
        ("cap.pcap", [&capture[..], &capture[24..], &capture[24..]].concat()),
    ];
    std::thread::scope(|scope| {
        for (name, bytes) in &inputs {
            scope.spawn(move || {
                assert!(bytes.len() >= 1 << 20, "{name}");
                let told = at_each_moment(name, bytes);
                assert!((1..=MOMENTS).contains(&told), "{name}: {told}");
            });
        }
    });
}
