//! Inputs to begin with: files of the corpus (`RAYSCOPE_CORPUS`, default `../shared/corpus`; not part of the repository), and a few
//! written here, so that every target has some without it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::script::of_libhtp;
use crate::targets::{conversations, packets};

/// Larger files are slow to mutate and show nothing that smaller ones do not.
const LARGEST: u64 = 64 << 10;

/// Which seeds a target begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seeds {
    /// Capture files.
    Captures,
    /// Their packets.
    Packets,
    /// Their connections, and conversations written by hand.
    Conversations,
    /// HTTP heads.
    Heads,
    /// Logs.
    Logs,
    /// Records of the edge.
    Edge,
    /// HAR files.
    Har,
    /// Logs and HAR files.
    Texts,
    /// nginx configurations.
    NginxConfigs,
    /// Log formats with lines.
    LogFormats,
    /// Limits.
    Limits,
}

const EDGE: &[u8] = br#"{"RayID":"0c1f00aa12bc34de","EdgeStartTimestamp":"2026-11-17T08:01:01Z","EdgeEndTimestamp":1794902461123000000,"ClientRequestHost":"shop.example","ClientRequestMethod":"GET","ClientRequestURI":"/pay?card=1","ClientRequestBytes":900,"ClientRequestSource":"eyeball","ClientIP":"198.51.100.9","ClientCountry":"de","EdgeColoCode":"FRA","EdgeServerIP":"172.68.1.2","EdgeResponseStatus":520,"OriginIP":"203.0.113.10","OriginResponseStatus":0,"OriginTCPHandshakeDurationMs":7,"CacheCacheStatus":"dynamic","SecurityAction":"","WorkerSubrequest":false,"RequestHeaders":{"cookie":"a=b"},"ResponseHeaders":{"server":"nginx"},"ParentRayID":"00"}
{"RayID":"0c1f00aa12bc34df","EdgeStartTimestamp":1794902461,"EdgeResponseStatus":200,"OriginResponseStatus":200,"EdgeServerIP":"","ClientRequestPath":"/"}
"#;
const HAR: &[u8] = br#"{"log":{"version":"1.2","creator":{"name":"b","version":"1"},"entries":[{"startedDateTime":"2026-11-17T08:01:01.000Z","time":12.5,"request":{"method":"GET","url":"https://shop.example/a?b=c","httpVersion":"h2","headers":[{"name":"cookie","value":"id=1"}],"cookies":[{"name":"id","value":"1"}],"headersSize":-1,"bodySize":0},"response":{"status":520,"statusText":"","headers":[{"name":"cf-ray","value":"0c1f00aa12bc34de-FRA"},{"name":"server","value":"cloudflare"}],"content":{"size":10,"mimeType":"text/html","text":"error code: 520"},"redirectURL":"","headersSize":-1,"bodySize":10},"serverIPAddress":"104.16.0.1","timings":{"blocked":-1,"dns":1,"connect":2,"ssl":1,"send":0,"wait":12.5,"receive":1}}]}}"#;
const LOG: &[u8] = b"172.68.1.2 - - [17/Nov/2026:08:01:01 +0000] \"GET /pay?card=1 HTTP/1.1\" 502 157 \"https://shop.example/\" \"Mozilla/5.0\" 0c1f00aa12bc34de-FRA rt=0.012 urt=\"0.001, 0.002\"
2026/11/17 08:01:01 [error] 811#811: *4 connect() failed (111: Connection refused) while connecting to upstream, client: 172.68.1.2, server: shop.example, request: \"GET /pay HTTP/1.1\", upstream: \"http://127.0.0.1:9000/pay\", host: \"shop.example\"
[Tue Nov 17 08:01:01.123456 2026] [core:error] [pid 12:tid 34] (111)Connection refused: [client 172.68.1.2:4711] AH00957: HTTP: attempt to connect\n[17-Nov-2026 08:01:01] WARNING: [pool www] server reached pm.max_children setting (5), consider raising it
<134>1 2026-11-17T08:01:01.5Z host haproxy 77 - - 172.68.1.2:4711 [17/Nov/2026:08:01:01.123] fe app/web1 0/0/-1/-1/5 503 212 - - SC-- 1/1/0/0/3 0/0 \"GET / HTTP/1.1\"
Nov 17 08:01:01 host kernel: [12345.678901] Out of memory: Killed process 811 (php-fpm) total-vm:123kB, anon-rss:45kB
{\"__REALTIME_TIMESTAMP\":\"1794902461000000\",\"MESSAGE\":\"x\",\"SYSLOG_IDENTIFIER\":\"kernel\",\"PRIORITY\":\"3\"}
";
const CONFIG: &[u8] = b"http { log_format main '$remote_addr [$time_local] \"$request\" $status $body_bytes_sent ' '\"$http_cf_ray\" $request_time';\n  keepalive_timeout 65s; # comment\n  server { listen 80; proxy_read_timeout 60; include x/*.conf; large_client_header_buffers 4 8k; }\n}\n";
const FORMATS: [&[u8]; 3] = [
    b"$remote_addr - [$time_local] \"$request\" $status $request_time $upstream_response_time\n1.2.3.4 - [17/Nov/2026:08:01:01 +0000] \"GET / HTTP/1.1\" 200 0.001 0.001, 0.002\n",
    b"%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" %D %X %k\n1.2.3.4 - - [17/Nov/2026:08:01:01 +0000] \"GET / HTTP/1.1\" 200 12 \"-\" 77 + 3\n",
    b"{\"time\":\"$time_iso8601\",\"ray\":\"$http_cf_ray\",\"s\":$status}\n{\"time\":\"2026-11-17T08:01:01+00:00\",\"ray\":\"0c1f00aa12bc34de-FRA\",\"s\":200}\n",
];
const HEADS: [&[u8]; 2] = [
    b"GET /a?b HTTP/1.1\r\nHost: shop.example\r\nCF-RAY: 0c1f00aa12bc34de-FRA\r\nCookie: a=b; c=d\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nServer: nginx\r\nSet-Cookie: a=b; Path=/\r\nContent-Length: 3, 3\r\n folded\r\nX : y\r\nKeep-Alive: timeout=5\r\n\r\nabc",
];

/// All seeds of a kind, in an order that is the same everywhere.
pub fn of(kind: Seeds) -> Vec<Vec<u8>> {
    let of_captures =
        |make: fn(&[u8]) -> Vec<Vec<u8>>| captures().iter().flat_map(|bytes| make(bytes)).collect();
    let mut seeds: Vec<Vec<u8>> = match kind {
        Seeds::Captures => captures(),
        Seeds::Packets => of_captures(packets),
        Seeds::Conversations => {
            let mut all: Vec<Vec<u8>> = of_captures(conversations);
            all.extend(files("http/libhtp").iter().map(|text| of_libhtp(text)));
            all.extend([of_libhtp(&[&b">>>\n"[..], HEADS[0], b"\n<<<\n", HEADS[1]].concat())]);
            all
        }
        Seeds::Heads => [files("http"), owned(&HEADS)].concat(),
        Seeds::Logs => [files("logs"), owned(&[LOG, EDGE])].concat(),
        Seeds::Edge => owned(&[EDGE]),
        Seeds::Har => [files("har"), owned(&[HAR])].concat(),
        Seeds::Texts => [files("logs"), files("har"), owned(&[LOG, EDGE, HAR])].concat(),
        Seeds::NginxConfigs => owned(&[CONFIG]),
        Seeds::LogFormats => owned(&FORMATS),
        Seeds::Limits => vec![rayscope::facts::limits::Profile::cloudflare().to_toml().into_bytes()],
    };
    seeds.retain(|seed| seed.len() as u64 <= LARGEST);
    seeds
}

fn owned(seeds: &[&[u8]]) -> Vec<Vec<u8>> {
    seeds.iter().map(|seed| seed.to_vec()).collect()
}

/// The corpus' captures, and one of a single connection for where there is no corpus.
fn captures() -> Vec<Vec<u8>> {
    let mut all = files("pcap");
    all.push(one_connection());
    all
}

fn one_connection() -> Vec<u8> {
    let mut bytes =
        vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0];
    let mut sequences = [1000u32, 5000];
    let steps: [(usize, u8, &[u8]); 8] = [
        (0, 0x02, b""),
        (1, 0x12, b""),
        (0, 0x10, b""),
        (0, 0x18, HEADS[0]),
        (1, 0x10, b""),
        (1, 0x18, HEADS[1]),
        (1, 0x11, b""),
        (0, 0x14, b""),
    ];
    for (time, (from, flags, data)) in (0u32..).zip(steps) {
        let length = 40 + data.len() as u32;
        for field in [1_794_902_461, time * 1000, length, length] {
            bytes.extend(field.to_le_bytes());
        }
        let addresses = [[172, 68, 1, 2], [203, 0, 113, 10]];
        let ports = [40_000u16, 80];
        bytes.extend([0x45, 0]);
        bytes.extend((length as u16).to_be_bytes());
        bytes.extend([0, 1, 0x40, 0, 60, 6, 0, 0]);
        bytes.extend(addresses[from]);
        bytes.extend(addresses[1 - from]);
        bytes.extend(ports[from].to_be_bytes());
        bytes.extend(ports[1 - from].to_be_bytes());
        bytes.extend(sequences[from].to_be_bytes());
        bytes.extend(sequences[1 - from].to_be_bytes());
        bytes.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
        bytes.extend(data);
        sequences[from] += data.len() as u32 + u32::from(flags & 3 != 0);
    }
    bytes
}

/// The corpus' files below a folder, in the order of their names.
fn files(folder: &str) -> Vec<Vec<u8>> {
    let root =
        std::env::var_os("RAYSCOPE_CORPUS").map_or_else(|| PathBuf::from("../shared/corpus"), PathBuf::from);
    let mut paths = Vec::new();
    collect(&root.join(folder), &mut paths);
    paths.sort();
    let small = |path: &PathBuf| fs::metadata(path).is_ok_and(|data| data.len() <= LARGEST);
    paths.iter().filter(|path| small(path)).filter_map(|path| fs::read(path).ok()).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() { collect(&path, paths) } else { paths.push(path) }
    }
}
