//! Incidents in a few words: what the edge's log, the origin's logs, a capture and a browser's saved page hold of some healthy requests and
//! of those that fail. They are written to a folder and diagnosed from its bytes on, as a person's would be.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use rayscope::correlate::Happened;
use rayscope::diagnose::{Diagnosis, diagnose};
use rayscope::ray::Ray;
use rayscope::signs;
use serde_json::{Value, json};

use super::request::{ACCEPTED, BEGIN, ORIGIN, Request, SECOND, clock};
use super::support::capture::FileFormat;
use super::support::extraction::{extracted, incident as joined};

/// What a folder of evidence may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    EdgeLog,
    AccessLog,
    /// nginx's.
    ErrorLog,
    /// Apache's; there only where a request has a line in it.
    ApacheErrorLog,
    SystemLog,
    /// A Go program's own; there only where it has a line.
    GoLog,
    /// cloudflared's, on the console; there only where a request has a line in it.
    TunnelLog,
    /// HAProxy's own, in a folder apart from the capture's; there only where a request has a line in it.
    ProxyLog,
    /// stunnel's and hitch's own; there only where a request has a line in it.
    StunnelLog,
    HitchLog,
    Capture,
}

/// How long the edge's log goes on, in seconds.
const WINDOW: i64 = 120;

/// An incident in the making.
pub struct Incident {
    requests: Vec<Request>,
    /// The numbers of the requests that it is about.
    subjects: BTreeSet<usize>,
    missing: BTreeSet<Source>,
    lines: Vec<(Source, i64, String)>,
    packets: Vec<(i64, Vec<u8>)>,
    /// What the clock of nginx's error log is ahead of UTC.
    error_log_zone: i64,
    /// What the clock of Apache's error log is ahead of UTC.
    apache_log_zone: i64,
    /// What the clock of the proxy's log is ahead of UTC.
    proxy_ahead: i64,
    /// What the capture's clock is ahead.
    capture_ahead: i64,
    /// What the clock of the edge's log is behind.
    edge_behind: i64,
    /// Whether the edge's log has whole seconds.
    edge_in_seconds: bool,
    has_two_machines: bool,
    /// Where the capture lies.
    capture_folder: &'static str,
    /// How much of each packet the capture keeps.
    snap_length: usize,
    /// Whether it has what the origin sends.
    sees_origin: bool,
    files: BTreeMap<String, String>,
}

/// What became of one failing request.
#[derive(Debug)]
pub struct JudgedCase {
    /// The cause that is named.
    pub slug: Option<String>,
    /// What happened, and which source tells.
    pub happened: Happened,
    /// The signs that are seen.
    pub seen: Vec<&'static str>,
    /// The signs that would be seen if they were there, and are not.
    pub unseen: Vec<&'static str>,
    /// What happened, the likeliest causes, and the messages that belong to it, for whoever reads why a test failed.
    pub account: String,
}

/// Nothing yet: two minutes, of which all logs and a capture are at hand.
pub fn incident() -> Incident {
    Incident {
        requests: Vec::new(),
        subjects: BTreeSet::new(),
        missing: BTreeSet::new(),
        lines: Vec::new(),
        packets: Vec::new(),
        snap_length: usize::MAX,
        error_log_zone: 0,
        apache_log_zone: 0,
        proxy_ahead: 0,
        capture_ahead: 0,
        edge_behind: 0,
        edge_in_seconds: false,
        has_two_machines: false,
        capture_folder: "origin",
        sees_origin: true,
        files: BTreeMap::new(),
    }
}

impl Incident {
    /// So many requests that go well, all over the two minutes.
    pub fn healthy(self, count: usize) -> Incident {
        self.others(count, Request::goes_well)
    }

    /// So many requests beside those that the incident is about.
    pub fn others(mut self, count: usize, told: impl Fn(Request) -> Request) -> Incident {
        self.add(count, (0, WINDOW), told);
        self
    }

    /// The same between two moments, in seconds from the beginning.
    pub fn others_within(
        mut self,
        count: usize,
        within: (i64, i64),
        told: impl Fn(Request) -> Request,
    ) -> Incident {
        self.add(count, within, told);
        self
    }

    /// So many failing requests, scattered over the two minutes.
    pub fn failing(self, count: usize, told: impl Fn(Request) -> Request) -> Incident {
        self.failing_within(count, (10, WINDOW - 10), told)
    }

    /// So many failing requests between two moments, in seconds from the beginning.
    pub fn failing_within(
        mut self,
        count: usize,
        within: (i64, i64),
        told: impl Fn(Request) -> Request,
    ) -> Incident {
        let from = self.requests.len();
        self.add(count, within, told);
        self.subjects.extend(from..self.requests.len());
        self
    }

    fn add(&mut self, count: usize, (from, to): (i64, i64), told: impl Fn(Request) -> Request) {
        for turn in 0..count {
            let number = self.requests.len();
            // Nothing in the world begins in a rhythm.
            let share = (to - from) * SECOND / count as i64;
            let at = BEGIN + from * SECOND + share * turn as i64 + (number as i64 * 7_919_000_003) % share;
            self.requests.push(told(Request::new(number, at)));
        }
    }

    /// A kind of input is not at hand.
    pub fn without(mut self, source: Source) -> Incident {
        self.missing.insert(source);
        self
    }

    /// A line that is no request's own, so many seconds from the beginning.
    pub fn line(mut self, source: Source, at: i64, text: &str) -> Incident {
        self.lines.push((source, BEGIN + at * SECOND, text.to_owned()));
        self
    }

    /// Lines of the system's log, each with its second.
    pub fn system_lines(self, lines: &[(i64, &str)]) -> Incident {
        lines.iter().fold(self, |told, (at, line)| told.line(Source::SystemLog, *at, line))
    }

    /// nginx is stopped and, seven seconds later, started.
    pub fn nginx_restarts(self) -> Incident {
        self.system_lines(&[
            (50, "systemd[1]: Stopping nginx.service - A high performance web server..."),
            (57, "systemd[1]: Started nginx.service - A high performance web server."),
        ])
    }

    /// Packets of connections that belong to no request.
    pub fn packets(mut self, packets: impl IntoIterator<Item = (i64, Vec<u8>)>) -> Incident {
        self.packets.extend(packets);
        self
    }

    /// The machine of nginx's error log, which names no zone, has local time: so many hours ahead of UTC.
    pub fn error_log_ahead(mut self, hours: i64) -> Incident {
        self.error_log_zone = hours * 3600 * SECOND;
        self
    }

    /// The machine of Apache's error log, which names no zone, has local time: so many hours ahead of UTC.
    pub fn apache_log_ahead(mut self, hours: i64) -> Incident {
        self.apache_log_zone = hours * 3600 * SECOND;
        self
    }

    /// The machine of the proxy's log, which names no zone, has local time: so many seconds ahead of UTC, zone and error of its clock together.
    pub fn proxy_ahead(mut self, seconds: i64) -> Incident {
        self.proxy_ahead = seconds * SECOND;
        self
    }

    /// The clock of the machine that captures is so many seconds ahead.
    pub fn capture_ahead(mut self, seconds: i64) -> Incident {
        self.capture_ahead = seconds * SECOND;
        self
    }

    /// The clock of the edge's log is so many seconds behind.
    pub fn edge_behind(mut self, seconds: i64) -> Incident {
        self.edge_behind = seconds * SECOND;
        self
    }

    /// The edge's log has whole seconds.
    pub fn edge_in_seconds(mut self) -> Incident {
        self.edge_in_seconds = true;
        self
    }

    /// The capture lies in a folder of its own, apart from the logs of the machine that it was taken on.
    pub fn capture_apart(mut self) -> Incident {
        self.capture_folder = "packets";
        self
    }

    /// The other server is a machine of its own, whose logs lie apart.
    pub fn two_machines(mut self) -> Incident {
        self.has_two_machines = true;
        self
    }

    /// The capture keeps so many bytes of each packet.
    pub fn snapped(mut self, length: usize) -> Incident {
        self.snap_length = length;
        self
    }

    /// The capture has nothing of what the origin sends.
    pub fn one_way(mut self) -> Incident {
        self.sees_origin = false;
        self
    }

    /// Another file.
    pub fn file(mut self, path: &str, text: impl Into<String>) -> Incident {
        self.files.insert(path.to_owned(), text.into());
        self
    }

    fn has(&self, source: Source) -> bool {
        !self.missing.contains(&source)
    }

    fn write(&self) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let write = |path: &str, bytes: &[u8]| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, bytes).expect("a file");
        };
        let text = |lines: Vec<(i64, String)>| {
            let mut lines = lines;
            lines.sort();
            lines.into_iter().map(|(_, line)| line + "\n").collect::<String>()
        };
        let logs = [
            (Source::EdgeLog, "cloudflare/edge.log", self.edge_log()),
            (Source::AccessLog, "origin/access.log", self.access_log(false)),
            (Source::AccessLog, "elsewhere/access.log", self.access_log(true)),
            (Source::ErrorLog, "origin/error.log", self.error_log()),
            (Source::ApacheErrorLog, "origin/apache_error.log", self.apache_error_log()),
            (Source::SystemLog, "origin/syslog", self.system_log()),
            (Source::GoLog, "origin/shop.log", self.go_log()),
            (Source::TunnelLog, "origin/cloudflared.log", self.tunnel_log()),
            (Source::ProxyLog, "proxy/haproxy.log", self.proxy_log()),
            (Source::StunnelLog, "origin/stunnel.log", self.stunnel_log()),
            (Source::HitchLog, "origin/hitch.log", self.hitch_log()),
        ];
        for (source, path, lines) in logs {
            if self.has(source) && !lines.is_empty() {
                write(path, text(lines).as_bytes());
            }
        }
        if self.has(Source::Capture) {
            write(&format!("{}/cap.pcap", self.capture_folder), &self.capture());
        }
        let entries: Vec<Value> = self.requests.iter().filter_map(Request::browser_entry).collect();
        if !entries.is_empty() {
            let creator = json!({"name": "WebInspector", "version": "537.36"});
            let file = json!({"log": {"version": "1.2", "creator": creator, "entries": entries}});
            write("visitor.har", file.to_string().as_bytes());
        }
        self.files.iter().for_each(|(path, text)| write(path, text.as_bytes()));
        folder
    }

    fn edge_log(&self) -> Vec<(i64, String)> {
        let resolution = if self.edge_in_seconds { SECOND } else { 1 };
        self.requests.iter().flat_map(|request| request.edge_records(self.edge_behind, resolution)).collect()
    }

    fn access_log(&self, elsewhere: bool) -> Vec<(i64, String)> {
        let of_log = |request: &&Request| (self.has_two_machines && request.is_elsewhere()) == elsewhere;
        self.requests.iter().filter(of_log).filter_map(Request::access_line).collect()
    }

    /// The lines of one log that are no request's own, and of each request.
    fn lines(&self, source: Source) -> impl Iterator<Item = (i64, &str)> {
        let of = self.lines.iter().filter(move |(of, ..)| *of == source);
        let of = of.map(|(_, at, text)| (*at, text.as_str()));
        of.chain(self.requests.iter().flat_map(move |request| request.lines(source)))
    }

    fn error_log(&self) -> Vec<(i64, String)> {
        // A server that has nothing to say writes now and then, too.
        let idle = [0, WINDOW / 2, WINDOW].map(|at| {
            (
                BEGIN + at * SECOND,
                "[warn] 811#811: *1 a client request body is buffered to a temporary file /var/lib/nginx/1",
            )
        });
        let written = |at: i64| clock(at + self.error_log_zone)[..19].replace('-', "/").replace('T', " ");
        let lines = self.lines(Source::ErrorLog).chain(idle);
        lines.map(|(at, text)| (at, format!("{} {text}", written(at)))).collect()
    }

    fn apache_error_log(&self) -> Vec<(i64, String)> {
        let written = |at: i64| format!("[Tue Nov 17 {} 2026]", &clock(at + self.apache_log_zone)[11..26]);
        self.lines(Source::ApacheErrorLog).map(|(at, text)| (at, format!("{} {text}", written(at)))).collect()
    }

    fn system_log(&self) -> Vec<(i64, String)> {
        let idle = [0, WINDOW].map(|at| (BEGIN + at * SECOND, "cron[77]: (root) CMD (true)"));
        let lines = self.lines(Source::SystemLog).chain(idle);
        lines.map(|(at, text)| (at, format!("{} web1 {text}", clock(at).replace('Z', "+00:00")))).collect()
    }

    fn go_log(&self) -> Vec<(i64, String)> {
        let written = |at: i64| clock(at)[..19].replace('-', "/").replace('T', " ");
        self.lines(Source::GoLog).map(|(at, text)| (at, format!("{} {text}", written(at)))).collect()
    }

    fn tunnel_log(&self) -> Vec<(i64, String)> {
        let written = |at: i64, text: &str| match text.strip_prefix('{') {
            Some(rest) => format!(r#"{{"time":"{}Z",{rest}"#, &clock(at)[..19]),
            None => format!("{}Z {text}", &clock(at)[..19]),
        };
        self.lines(Source::TunnelLog).map(|(at, text)| (at, written(at, text))).collect()
    }

    fn proxy_log(&self) -> Vec<(i64, String)> {
        let written = |at: i64, text: &str| {
            let at = clock(at + self.proxy_ahead);
            let accepted = format!("17/Nov/2026:{}", &at[11..23]);
            format!("Nov 17 {} lb1 {}", &at[11..19], text.replace(ACCEPTED, &accepted))
        };
        self.lines(Source::ProxyLog).map(|(at, text)| (at, written(at, text))).collect()
    }

    fn stunnel_log(&self) -> Vec<(i64, String)> {
        let written = |at: i64| clock(at)[..19].replace('-', ".").replace('T', " ");
        self.lines(Source::StunnelLog).map(|(at, text)| (at, format!("{} {text}", written(at)))).collect()
    }

    fn hitch_log(&self) -> Vec<(i64, String)> {
        let written = |at: i64| clock(at)[..26].replace(['-', ':'], "");
        self.lines(Source::HitchLog).map(|(at, text)| (at, format!("{} {text}", written(at)))).collect()
    }

    fn capture(&self) -> Vec<u8> {
        let requests = self.requests.iter().flat_map(Request::packets);
        let mut packets: Vec<(i64, Vec<u8>)> = requests.chain(self.packets.iter().cloned()).collect();
        packets.sort_by_key(|(at, _)| *at);
        // Where the source's address stands in a frame of Segment.
        packets.retain(|(_, frame)| self.sees_origin || frame[26..30] != ORIGIN.octets());
        let packets = packets.iter().map(|(at, frame)| (at + self.capture_ahead, frame.as_slice()));
        FileFormat::PcapNanoseconds.write_snapped(packets, self.snap_length)
    }

    /// Diagnoses it.
    pub fn diagnosed(&self) -> Diagnosis {
        let folder = self.write();
        diagnose(joined(extracted(folder.path())))
    }

    /// What the requests that it is about are put down to, once where several in a row have the same.
    pub fn named(&self) -> Vec<Option<String>> {
        let mut slugs: Vec<Option<String>> = self.judged().into_iter().map(|case| case.slug).collect();
        slugs.dedup();
        slugs
    }

    /// What became of the requests that it is about: by their rays, and failed connections that have none.
    pub fn judged(&self) -> Vec<JudgedCase> {
        let diagnosis = self.diagnosed();
        let rays: BTreeSet<Ray> = self.subjects.iter().map(|number| self.requests[*number].ray()).collect();
        let evidence = &diagnosis.incident.evidence;
        let mut judged = Vec::new();
        for (number, case) in diagnosis.incident.cases.iter().enumerate() {
            if case.ray.is_some_and(|ray| !rays.contains(&ray)) {
                continue;
            }
            let account = diagnosis.judge.account(number);
            let of = |wanted: &dyn Fn(usize) -> bool| {
                let signs = signs::ALL.iter().enumerate().filter(|(sign, _)| wanted(*sign));
                signs.map(|(_, sign)| sign.id).collect::<Vec<&'static str>>()
            };
            let is_seen = |sign| account.states.seen.holds(sign);
            let seen = of(&is_seen);
            let unseen = of(&|sign| account.states.visible.holds(sign) && !is_seen(sign));
            let nodes: Vec<_> = account
                .nodes
                .iter()
                .take(4)
                .map(|(cause, p)| (cause.slug.as_str(), (p * 1000.0) as u32))
                .collect();
            let messages: Vec<_> = case.messages(evidence).map(|row| row.line.signature).collect();
            let (outcome, ray) = (account.happened, case.ray);
            judged.push(JudgedCase {
                happened: outcome,
                slug: diagnosis.judgements[number].cause.map(|cause| cause.slug.clone()),
                account: format!("{ray:?} {:?} {outcome:?} {nodes:?} {seen:?} {messages:?}", case.failure),
                seen,
                unseen,
            });
        }
        judged
    }
}
