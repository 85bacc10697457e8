//! Inputs to begin with: files of the corpus (`RAYSCOPE_CORPUS`, default `../shared/corpus`; not part of the repository), and a few
//! written here, so that every target has some without it.

use std::fs;
use std::path::{Path, PathBuf};

use rayscope::evidence::{Chunk, Extracted, Partial};
use rayscope::extract::{Extraction, extract};
use rayscope::har::Saved;

use crate::script::{of_libhtp, of_recording};
use crate::targets::{conversations, found_in, in_fragments, packets};

/// Larger files are slow to mutate and show nothing that smaller ones do not.
const LARGEST: u64 = 64 << 10;

/// Which seeds a target begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seeds {
    /// Capture files.
    Captures,
    /// Their packets.
    Packets,
    /// Their packets, cut in pieces.
    Fragments,
    /// Their connections, and conversations written by hand.
    Conversations,
    /// Conversations in TLS whose secrets are known.
    Opened,
    /// Their secrets.
    KeyLogs,
    /// HTTP heads.
    Heads,
    /// Conversations of HTTP/2 behind its greetings.
    Frames,
    /// Header blocks of HTTP/2.
    HeaderBlocks,
    /// Logs.
    Logs,
    /// Records of the edge.
    Edge,
    /// HAR files.
    Har,
    /// Logs and HAR files.
    Texts,
    /// Saved answers among the inputs of the tables of the tests.
    Saved,
    /// All inputs of these tables, and configurations, states and lists of events that were written for this.
    Documents,
    /// Configurations of nginx.
    NginxConfigs,
    /// Log formats with lines.
    LogFormats,
    /// Limits.
    Limits,
    /// Evidence as bytes.
    Chunks,
    /// Compressed files and archives.
    Packed,
    /// Several files of all kinds, each behind its length.
    Incidents,
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
172.68.1.2:4711 [17/Nov/2026:08:01:01.123] tls_in app/web1 1/-1/5007 0 sC 1/1/1/1/3 0/0
[WARNING]  (8) : Server app/web1 is DOWN, reason: Layer4 timeout, check duration: 1ms.
[2026-11-17T08:01:13.510Z] \"GET / HTTP/2\" 503 UF,URX details - \"delayed connect error: 111\" 0 167 2 - \"198.51.100.9,172.70.1.2\" \"a\" \"b\" \"shop.example:443\" \"10.0.0.5:80\" c - d 172.70.1.2:35120 - -
2026-11-17 08:01:13: (gw_backend.c.2246) response not received, request sent: 5 on socket: tcp:127.0.0.1:9000 for /a?b, closing connection
2026-11-17 08:01:13.512345 [NOTICE] [811] [172.70.1.2:35120:HTTP2-41#APVH_shop.example] [STDERR] x
*   << BeReq    >> 3\n-   Timestamp      Start: 1794902473.511000 0.0 0.0\n-   BereqURL       /a\n-   FetchError     backend w: fail errno 111 (x)\n-   End
--a1b2c3d4-A--\n[17/Nov/2026:08:01:13 +0000] Zx 172.70.1.2 35120 10.0.0.2 443\n--a1b2c3d4-H--\nMessage: Access denied with code 403 (phase 2).\n--a1b2c3d4-Z--
time=\"2026-11-17T08:01:16Z\" status=502 method=GET path=/a duration=2s host=shop.example:443 remote_addr=172.70.1.2:41022
#Fields: date time c-ip c-port cs-method cs-uri sc-status s-reason\n2026-11-17 08:01:13 172.70.1.2 35120 - - - Timer_ConnectionIdle
{\"level\":\"error\",\"ts\":1794902476.49,\"logger\":\"http.log.error\",\"msg\":\"EOF\",\"request\":{\"uri\":\"/a\"}}
{\"__REALTIME_TIMESTAMP\":\"1794902461000000\",\"MESSAGE\":\"x\",\"SYSLOG_IDENTIFIER\":\"kernel\",\"PRIORITY\":\"3\"}
";
const DOCUMENTS: [&[u8]; 8] = [
    b"KeepAliveTimeout 5\n<VirtualHost *:443>\nServerName x\\\n y\nProxyPass / http://a:b@c/\n</VirtualHost>\n",
    b"defaults\n timeout client 5s\nbackend app\n server a 10.0.0.5:80\n",
    b"*filter\n:INPUT DROP [0:0]\n-A INPUT -s 172.64.0.0/13 -p tcp --dport 443 -j DROP\nCOMMIT\n",
    b"table inet f {\n chain input {\n  type filter hook input priority 0; policy drop;\n  ip saddr { 172.64.0.0/13 } tcp dport 80-443 drop\n }\n}\n",
    b"State Recv-Q Send-Q Local Address:Port\nLISTEN 129 128 0.0.0.0:443\n",
    b"commit 5d41402abc4b2a76b9719d911017c592aaaaaaaa\nDate:   Tue Nov 17 08:59:00 2026 +0100\n\n    x\n",
    b"time,kind,text\n2026-11-17T07:58:00Z,a,\"b \"\"c\"\n",
    b"TcpExt: A ListenOverflows\nTcpExt: 0 7\n",
];

/// Logs of application servers and of systems, one text a format.
const SYSTEM_LOGS: [&[u8]; 9] = [
    b"[pid: 811|app: 0|req: 1/1] 172.70.1.2 () {42 vars in 812 bytes} [Tue Nov 17 08:01:13 2026] GET /a => generated 172 bytes in 2982 msecs (HTTP/1.1 502) 2 headers in 78 bytes (1 switches on core 0)\nTue Nov 17 08:01:20 2026 - HARAKIRI [core 0] 172.68.10.9 - GET /report since 1794902480\n",
    b"2026-11-17T08:01:01.134000000Z stdout F INFO:     172.68.10.9:41022 - \"GET /a HTTP/1.1\" 500 Internal Server Error\n2026-11-17T08:01:01.134000000Z stderr F ERROR:    Exception in ASGI application\n",
    b"fail: Microsoft.AspNetCore.Server.Kestrel[13]\n      Connection id \"0HN1\": An unhandled exception was thrown by the application.\n      System.Exception: boom\n         at A.B()\n",
    b"2026-11-17 08:00:51,123 fail2ban.actions        [811]: NOTICE  [nginx-limit-req] Ban 172.68.10.9\n",
    b"type=AVC msg=audit(1794902461.123:812): avc:  denied  { name_connect } for  pid=811 comm=\"nginx\"\n",
    b"Tue 2026-11-17 08:01:01.123456 UTC [s=d1a9;i=1f2;b=4c5d;m=1e3;t=648;x=9]\n    PRIORITY=4\n    SYSLOG_IDENTIFIER=systemd\n    MESSAGE=a.service: Watchdog timeout (limit 30s)!\n",
    b"Tue 2026-11-17 08:01:01 UTC    811  33  33 SIGSEGV present  /usr/sbin/php-fpm8.2    1.2M\n",
    b"kern  :err   : [Tue Nov 17 08:01:01 2026] Out of memory: Killed process 811 (php-fpm) total-vm:1kB\n<3>[    1.000000] x\n3,812,8125000001,-;y\n",
    b"2026-11-17 08:01:13,500 ERROR waitress Exception while serving /a\nTraceback (most recent call last):\n  File \"a.py\", line 12, in b\nOSError: boom\n{\"@timestamp\":\"2026-11-17T08:01:01Z\",\"message\":\"x\",\"level\":50,\"stack_trace\":\"java.lang.Error: y\"}\n[ W 2026-11-17 08:01:13.5001 811/Tb a.cpp:266 ]: [Client 1] x\nE, [2026-11-17T08:01:20.123456 #7] ERROR -- : y\n",
];
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

/// A request and its answer with a window, a reset and a GOAWAY: events of `play` with frames in them, in hex.
const FRAMES: [&str; 3] = [
    "00000f000006010500000001828684410161010019000005010400000001880f0d01320000020001000000016f6b",
    "0000250000030101000000018286840000030904000000014101610000040800000000000000ffff01000d0000040300000000010000000200000f000006010500000003828684410161010011000008070000000000000000010000000b",
    "00002c0000050200000000010000000010000009010c0000000102828684410161000000000300090000000101780001002000000806000000000000000000000000000000060104000000018d40017801790300040000000a0100250000030000000000016162630000060504000000010000000282be0000010001000000016404000400000000070000060000",
];
/// Blocks of RFC 7541, C.3 and C.4, behind their lengths, in hex.
const HEADER_BLOCKS: [&str; 2] = [
    "0014828684410f7777772e6578616d706c652e636f6d000e828684be58086e6f2d6361636865001d828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
    "0011828684418cf1e3c2e5f23a6ba0ab90f4ff000c828684be5886a8eb10649cbf0018828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
];

/// Two lines of an access log as each packer packs them, in hex.
const PACKED: [&str; 6] = [
    // gzip
    "1f8b0800000000000203333437d233b3d033d43352d005c26843737dbffc327d230323332b030b2b03432052d036008258052577d71005fd44058f9090007d433d4325052303030543232e436a180200126e57068a000000",
    // bzip2
    "425a6839314159265359a5ccc00d000028df804010500bf1d002c1440a2000810020006a0aaa68c8651804f298155430800340335157c5e9bf249ac8b15041ba0cd578e58a8ba48355082b41bb8569bd512649304d6a48af4ce5158d582ae534dd2a82c8ac93fbc7a2ee48a70a1214b99801a0",
    // xz
    "fd377a585a000004e6d6b4460200210116000000742fe5a3e0008900455d00188dc28ac12599f7ed2cbaf52ff5214a8f07baf3ca88196ba2cae56feca786077f9b5a5a0f171d36c7f23086c443ab0b22fbceaebdb3db449a4425bbcafa18c3059b08000000000000e75cae308d0ff45c0001618a0100000074c71743b1c467fb020000000004595a",
    // zstd
    "28b52ffd045825020052840e15a0390773f96de077f4bbc2bb689992d811a14ad80800be36d6dc7ec65a4493eb120653c4b683de79a7722234dea214977ef4f414eda690617a010085206888022e867049",
    // tar and gzip
    "1f8b0800000000000203edd43f0bc2301087e1cc7e8ad0554ceeced296eea293387413874e2e42c17fe8b7372a38b8086275f07d2e7047866408bfb4f11436dddaf5499222cf6f3d79ee626a8ff9be5fead89c17f70587ddbedda62bdd7fd2d24251050de647a9965ac679778c2656d452d5a269f9e1f559563e9b4e1a1f5b3f6b9a45d4a0993711af36f8c8210e3f70ee3dfdefe4bf481f00f927ff00000000000000000000000078e5023e2fc36b00280000",
    // zip
    "504b030414000000000000002100126e57068a0000008a00000007000000612f782e6c6f673137322e36382e312e32202d202d205b31372f4e6f762f323032363a30383a30313a3031202b303030305d2022474554202f6120485454502f312e3122203230302031320a3137322e36382e312e32202d202d205b31372f4e6f762f323032363a30383a30313a3031202b303030305d2022474554202f6120485454502f312e3122203230302031320a504b0102140314000000000000002100126e57068a0000008a000000070000000000000000000000800100000000612f782e6c6f67504b0506000000000100010035000000af0000000000",
];

/// All seeds of a kind, in an order that is the same everywhere.
pub fn of(kind: Seeds) -> Vec<Vec<u8>> {
    let of_captures =
        |make: fn(&[u8]) -> Vec<Vec<u8>>| captures().iter().flat_map(|bytes| make(bytes)).collect();
    let mut seeds: Vec<Vec<u8>> = match kind {
        Seeds::Captures => captures(),
        Seeds::Packets => of_captures(packets),
        Seeds::Fragments => of_captures(in_fragments),
        Seeds::Conversations => {
            let mut all: Vec<Vec<u8>> = of_captures(conversations);
            all.extend(files("http/libhtp").iter().map(|text| of_libhtp(text)));
            all.extend([of_libhtp(&[&b">>>\n"[..], HEADS[0], b"\n<<<\n", HEADS[1]].concat())]);
            all
        }
        Seeds::Opened => recordings("bin")
            .iter()
            .filter(|file| file.len() < 8_000)
            .map(|file| of_recording(file))
            .collect(),
        Seeds::KeyLogs => recordings("log"),
        Seeds::Heads => [files("http"), owned(&HEADS)].concat(),
        Seeds::Frames => FRAMES.iter().map(|text| unhex(text)).collect(),
        Seeds::HeaderBlocks => HEADER_BLOCKS.iter().map(|text| unhex(text)).collect(),
        Seeds::Logs => [files("logs"), tables(), owned(&[LOG, EDGE]), owned(&SYSTEM_LOGS)].concat(),
        Seeds::Edge => owned(&[EDGE]),
        Seeds::Har => [files("har"), owned(&[HAR])].concat(),
        Seeds::Texts => {
            [files("logs"), files("har"), tables(), owned(&[LOG, EDGE, HAR]), owned(&SYSTEM_LOGS)].concat()
        }
        Seeds::Saved => tables().into_iter().filter(|text| Saved::recognise(text).is_some()).collect(),
        Seeds::Documents => [tables(), owned(&[CONFIG]), owned(&DOCUMENTS)].concat(),
        Seeds::NginxConfigs => owned(&[CONFIG]),
        Seeds::LogFormats => owned(&FORMATS),
        Seeds::Packed => {
            let mut all: Vec<Vec<u8>> = PACKED.iter().map(|text| unhex(text)).collect();
            all.push(one_archive());
            all.extend(files("pcap").into_iter().filter(|bytes| bytes.starts_with(&[0x1f, 0x8b])));
            all
        }
        Seeds::Incidents => incidents(),
        Seeds::Chunks => chunks(),
        Seeds::Limits => vec![rayscope::facts::limits::Profile::cloudflare().to_toml().into_bytes()],
    };
    seeds.retain(|seed| seed.len() as u64 <= LARGEST);
    seeds
}

/// What is extracted from a capture, a record of the edge, a HAR file and the lines of logs, each alone.
fn chunks() -> Vec<Vec<u8>> {
    let texts = [owned(&[EDGE, HAR, LOG, CONFIG]), owned(&SYSTEM_LOGS)].concat();
    let inputs = std::iter::once(one_connection()).chain(texts);
    let encoded = inputs.map(|input| {
        let mut partial = Partial::default();
        found_in(&[&input], |found| partial = extract(found, &Extraction::default(), &|_| {}));
        Chunk { extracted: Extracted { partial, ..Extracted::default() }, ..Chunk::default() }.encode()
    });
    encoded.collect()
}

/// The edge's log with a capture, a HAR file, and three texts of each kind.
fn incidents() -> Vec<Vec<u8>> {
    let texts = [owned(&[LOG, CONFIG]), owned(&SYSTEM_LOGS), owned(&DOCUMENTS), tables()].concat();
    let framed = |file: &[u8]| [&(file.len() as u32).to_be_bytes()[1..], file].concat();
    let together = |files: &[Vec<u8>]| {
        let begin = [one_connection(), EDGE.to_vec(), HAR.to_vec()];
        begin.iter().chain(files).flat_map(|file| framed(file)).collect()
    };
    texts.chunks(3).map(together).collect()
}

/// The texts of the tables beside `tests/log_inputs/main.rs`, each between `text = '''` and the next three quotes.
fn tables() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/log_inputs");
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    let read = |path: &PathBuf| fs::read_to_string(path).unwrap_or_default();
    let texts = |table: String| -> Vec<Vec<u8>> {
        let begun = table.split("\ntext = '''\n").skip(1);
        begun.filter_map(|rest| rest.split_once("'''")).map(|(text, _)| text.as_bytes().to_vec()).collect()
    };
    paths.iter().map(read).flat_map(texts).collect()
}

/// The files beside `tests/data/tls/opened/record.py` with this ending.
pub fn recordings(ending: &str) -> Vec<Vec<u8>> {
    let mut paths = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/tls/opened"), &mut paths);
    paths.sort();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == ending));
    paths.iter().filter_map(|path| fs::read(path).ok()).collect()
}

fn owned(seeds: &[&[u8]]) -> Vec<Vec<u8>> {
    seeds.iter().map(|seed| seed.to_vec()).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// A tar of one file, not compressed, so that its headers can be damaged.
fn one_archive() -> Vec<u8> {
    let mut header = [0u8; 512];
    let fields: [(usize, &[u8]); 7] = [
        (0, b"a/x.log"),
        (100, b"0000644\0"),
        (124, b"00000000005\0"),
        (136, b"00000000000\0"),
        (148, b"        "),
        (156, b"0"),
        (257, b"ustar\x0000"),
    ];
    for (at, field) in fields {
        header[at..at + field.len()].copy_from_slice(field);
    }
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut bytes = header.to_vec();
    bytes.extend(b"hello");
    bytes.resize(512 * 4, 0);
    bytes
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
