//! What a text is, by its content alone: names of files never matter.

mod known;
mod voting;

pub use self::known::KnownFormats;
pub use self::voting::Detector;
use self::voting::reads_most;
use crate::logs::content::{is_binary, is_har, is_table};
use crate::logs::document::DocumentFormat;
use crate::logs::documents::{DOCUMENTS, NGINX};
use crate::logs::format::access_inferred::InferredFormat;
use crate::logs::format::access_json::JsonAccess;
use crate::logs::format::access_logfmt::LogfmtAccess;
use crate::logs::format::access_table::AccessTable;
use crate::logs::format::apache_error::ApacheError;
use crate::logs::format::application::ApplicationLog;
use crate::logs::format::auditd::Auditd;
use crate::logs::format::caddy_console::CaddyConsole;
use crate::logs::format::cloud_firewall::CloudFirewall;
use crate::logs::format::cloudflare::Cloudflare;
use crate::logs::format::cloudflare::csv::CloudflareCsv;
use crate::logs::format::cloudflare::renamed::CloudflareRenamed;
use crate::logs::format::cloudflared::Cloudflared;
use crate::logs::format::container::docker_inspect::DockerInspect;
use crate::logs::format::container::pod_description::PodDescription;
use crate::logs::format::coredumpctl::Coredumpctl;
use crate::logs::format::dmesg_relative::DmesgRelative;
use crate::logs::format::dotnet::Dotnet;
use crate::logs::format::envoy::Envoy;
use crate::logs::format::fail2ban::Fail2ban;
use crate::logs::format::gin::Gin;
use crate::logs::format::go_proxy::GoProxy;
use crate::logs::format::haproxy::Haproxy;
use crate::logs::format::hitch::Hitch;
use crate::logs::format::java_util_logging::JavaUtilLogging;
use crate::logs::format::journal::export::JournalExport;
use crate::logs::format::journal::json::JournalJson;
use crate::logs::format::journal::monotonic::JournalMonotonic;
use crate::logs::format::journal::verbose::JournalVerbose;
use crate::logs::format::kernel::Kernel;
use crate::logs::format::lighttpd::LighttpdError;
use crate::logs::format::litespeed::LiteSpeedError;
use crate::logs::format::load_balancer::LoadBalancer;
use crate::logs::format::modsecurity::ModSecurityAudit;
use crate::logs::format::nginx_error::NginxError;
use crate::logs::format::php_fpm::PhpFpm;
use crate::logs::format::rails::Rails;
use crate::logs::format::squid::Squid;
use crate::logs::format::stunnel::Stunnel;
use crate::logs::format::syslog::Syslog;
use crate::logs::format::traffic_server::TrafficServerError;
use crate::logs::format::uvicorn::Uvicorn;
use crate::logs::format::uwsgi::Uwsgi;
use crate::logs::format::varnish::Varnishlog;
use crate::logs::format::w3c::{COLUMNS_LINE, W3c};
use crate::logs::format::windows_events::WindowsEvents;
use crate::logs::format::workers::WorkerTrace;
use crate::logs::line_format::LineFormat;
use crate::logs::log_format::LogFormat;
use crate::logs::record::{RecordBody, RecordReader, Splitting};
use crate::logs::sample::Sample;
use crate::logs::wrapping::{CollectorWrapping, Peeled, Unwrapper, is_of_router};
use crate::text::colours::without_colours;
use crate::text::line::trimmed;
use crate::tls::KeyLog;

/// The part of a text that is looked at, in bytes.
pub const HEAD: usize = 64 * 1024;

/// Lines that are tried.
const MOST_SAMPLES: usize = 256;

/// What a text is.
#[derive(Clone, Debug)]
pub enum TextContent {
    /// A log.
    Log(LogFormat),
    /// A HAR file.
    Har,
    /// Secrets of TLS sessions.
    KeyLog,
    /// Configuration, state, or events: taken as a whole.
    Document(DocumentFormat),
    /// Nothing in it.
    Empty,
    /// Not text.
    Binary,
    /// Records of the edge in a table without a header line, of which the values do not tell which column is which.
    EdgeTable,
    /// A table with separators and no format that is known.
    Csv,
    /// JSON that is no log.
    Json,
    /// Text that is no log.
    Text,
}

impl TextContent {
    /// Why the text is of no use and what to give instead; `None` where it is of use.
    pub fn refusal(&self) -> Option<&str> {
        match self {
            TextContent::KeyLog | TextContent::Log(_) | TextContent::Har | TextContent::Document(_) => None,
            TextContent::Empty => Some("the file is empty"),
            TextContent::Binary => Some("not text: neither a log nor a HAR file"),
            TextContent::EdgeTable => Some(
                "no header line: a table with rays and instants, of which the values do not tell which column is which. Add a first line \
                 that names the fields, in the order of the Logpush job's field_names",
            ),
            TextContent::Csv => Some(
                "a table whose columns are not known: give Cloudflare's logs as NDJSON, or as CSV with a first line that names the fields (the dashboard's counts have no single requests); other logs in their own format",
            ),
            TextContent::Json => Some(
                "JSON, but neither a HAR file (log.entries) nor records of Cloudflare or of a web server",
            ),
            TextContent::Text => {
                Some("text in no log format that is known: for access logs give their log_format")
            }
        }
    }
}

/// Every format that can be recognised, the more particular first: of two that read a file equally well the earlier is taken.
pub const DETECTORS: &[Detector] = &[
    detect::<Cloudflare>,
    detect::<CloudflareCsv>,
    detect::<CloudflareRenamed>,
    detect::<Cloudflared>,
    detect::<WorkerTrace>,
    detect::<WindowsEvents>,
    detect::<DockerInspect>,
    detect::<PodDescription>,
    detect::<JournalJson>,
    detect::<ModSecurityAudit>,
    detect::<CloudFirewall>,
    detect::<JsonAccess>,
    detect::<GoProxy>,
    detect::<CaddyConsole>,
    detect::<Haproxy>,
    detect::<W3c>,
    detect::<LoadBalancer>,
    detect::<Varnishlog>,
    detect::<Envoy>,
    detect::<NginxError>,
    detect::<JournalMonotonic>,
    detect::<DmesgRelative>,
    detect::<Kernel>,
    detect::<ApacheError>,
    detect::<LighttpdError>,
    detect::<LiteSpeedError>,
    detect::<PhpFpm>,
    detect::<TrafficServerError>,
    detect::<Stunnel>,
    detect::<Hitch>,
    detect::<Uwsgi>,
    detect::<Uvicorn>,
    detect::<Gin>,
    detect::<Squid>,
    detect::<Rails>,
    detect::<Dotnet>,
    detect::<JavaUtilLogging>,
    detect::<Fail2ban>,
    detect::<Auditd>,
    detect::<JournalExport>,
    detect::<JournalVerbose>,
    detect::<Coredumpctl>,
    detect::<Syslog>,
    detect::<LogfmtAccess>,
    detect::<AccessTable>,
    detect::<InferredFormat>,
    detect::<ApplicationLog>,
];

fn detect<F: LineFormat>(sample: &Sample<'_>) -> Option<LogFormat> {
    F::detect(sample).map(LogFormat::new)
}

/// Recognises a text by its first bytes, at best [`HEAD`] of them.
pub fn recognise(head: &[u8]) -> TextContent {
    recognise_among(head, &KnownFormats::default())
}

/// The same where formats are known already: one that fits is taken before any guess.
pub fn recognise_among(head: &[u8], known: &KnownFormats) -> TextContent {
    let head = head.get(..HEAD).unwrap_or(head);
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let bare = trimmed(text).trim_ascii();
    if bare.is_empty() {
        return TextContent::Empty;
    }
    if is_binary(text) {
        return TextContent::Binary;
    }
    let plain = without_colours(text);
    let lines = sample_lines(&plain, head.len() == HEAD);
    let readable = String::from_utf8_lossy(text);
    if !is_as_told(text, &lines, known)
        && let Some(format) = DOCUMENTS.iter().find(|format| (format.fits)(&readable))
    {
        return TextContent::Document(*format);
    }
    let starts = |beginnings: &[&[u8]]| beginnings.iter().any(|beginning| bare.starts_with(beginning));
    if starts(&[b"{", b"[{", b"[\n", b"[ "]) {
        if is_har(bare) {
            return TextContent::Har;
        }
        // It has a ray inside its event, by which the edge's records are known, too.
        if let Some(format) = WorkerTrace::of_text(bare) {
            return TextContent::Log(LogFormat::new(format));
        }
        if let Some(format) = Cloudflare::of_document(bare) {
            return TextContent::Log(LogFormat::new(format));
        }
    }
    if KeyLog::recognise(bare) {
        return TextContent::KeyLog;
    }
    if let Some(format) = known.table_without_header(&lines) {
        return TextContent::Log(format);
    }
    // Any line that begins with an instant is an application's.
    let is_particular = |format: &LogFormat| format.ids().any(|id| id != ApplicationLog.id());
    if let Some(format) = format_of(&plain, &lines, known)
        && (is_particular(&format) || !CloudflareCsv::is_untold(&lines))
    {
        return TextContent::Log(format);
    }
    if starts(&[b"{", b"["])
        && let Some(format) = format_in_document(bare, known)
    {
        return TextContent::Log(format);
    }
    if (NGINX.fits)(&readable) {
        TextContent::Document(NGINX)
    } else if starts(&[b"{", b"[{", b"[\n"]) {
        TextContent::Json
    } else if CloudflareCsv::is_untold(&lines) {
        TextContent::EdgeTable
    } else if is_table(&lines) {
        TextContent::Csv
    } else {
        TextContent::Text
    }
}

/// Whether a format of access logs that was told reads most of the lines: then nothing is guessed.
fn is_as_told(head: &[u8], lines: &[&[u8]], known: &KnownFormats) -> bool {
    let sample = Sample { head, lines: lines.to_vec() };
    reads_most(&sample, known.told(&sample))
}

/// Lines of the text without empty ones and comments. The last one counts only where the text ends there.
fn sample_lines(text: &[u8], more_follows: bool) -> Vec<&[u8]> {
    let whole = match memchr::memrchr(b'\n', text) {
        Some(end) if more_follows => text.get(..end).unwrap_or(text),
        _ => text,
    };
    whole
        .split(|byte| *byte == b'\n')
        .map(trimmed)
        .filter(|line| {
            let comment = line.starts_with(b"#") && !line.starts_with(COLUMNS_LINE);
            !comment && !line.trim_ascii().is_empty()
        })
        .take(MOST_SAMPLES)
        .collect()
}

/// The wrapping that most lines have.
fn wrapping_of(lines: &[&[u8]]) -> CollectorWrapping {
    CollectorWrapping::ALL
        .into_iter()
        .find(|wrapping| wrapping.fits_most(lines))
        .unwrap_or(CollectorWrapping::None)
}

/// The format of most lines, inside the wrapping that most of them have.
fn format_of(head: &[u8], lines: &[&[u8]], known: &KnownFormats) -> Option<LogFormat> {
    let wrapping = wrapping_of(lines);
    let inner = unwrapped(wrapping, lines);
    let inner: Vec<&[u8]> = inner.iter().map(Vec::as_slice).collect();
    let bare = || bare_format_of(head, lines, known);
    match wrapping {
        CollectorWrapping::None => bare(),
        // An application writes such objects and stamps itself: then they have more to say than the text inside.
        CollectorWrapping::Shipped | CollectorWrapping::Stamped | CollectorWrapping::Table => {
            let within = bare_format_of(head, &inner, known);
            let particular = |format: &LogFormat| format.ids().any(|id| id != ApplicationLog.id());
            let format = within.filter(|format| wrapping == CollectorWrapping::Stamped || particular(format));
            format.map(|format| format.within(wrapping)).or_else(bare)
        }
        CollectorWrapping::Platform => Some(format_beside_router(head, &inner, known)?.within(wrapping)),
        _ => Some(bare_format_of(head, &inner, known)?.within(wrapping)),
    }
}

/// The format of an application's lines, with those of its platform's router among them: the router's are none of the application's, whatever it reads.
fn format_beside_router(head: &[u8], lines: &[&[u8]], known: &KnownFormats) -> Option<LogFormat> {
    let (of_router, others): (Vec<&[u8]>, Vec<&[u8]>) =
        lines.iter().copied().partition(|line| is_of_router(line));
    let format = bare_format_of(head, &others, known);
    if of_router.is_empty() {
        return format;
    }
    let router = LogFormat::new(LogfmtAccess::default());
    Some(format.map_or(router.clone(), |format| format.behind_requests(&router)))
}

/// The format of lines inside the objects of a document (`{"events":[{"message":…}]}`, `[{…}]`, an object over several lines).
fn format_in_document(head: &[u8], known: &KnownFormats) -> Option<LogFormat> {
    let objects = (0..=3u16).map(|depth| Splitting::Objects { depth });
    // Loki's answers, and what is pushed to it.
    let arrays = [Splitting::Arrays { depth: 5 }, Splitting::Arrays { depth: 4 }];
    objects.chain(arrays).find_map(|splitting| {
        let mut objects: Vec<Vec<u8>> = Vec::new();
        let mut reader = RecordReader::new(splitting);
        reader.feed(head, &mut |record| {
            if let RecordBody::Text(text) = record.body
                && objects.len() < MOST_SAMPLES
            {
                objects.push(text.to_vec());
            }
        });
        let objects: Vec<&[u8]> = objects.iter().map(Vec::as_slice).collect();
        if let Some(format) = JournalJson::of_objects(&objects, splitting) {
            return Some(LogFormat::new(format));
        }
        if let Some(format) = CloudflareRenamed::of_objects(&objects, splitting) {
            return Some(LogFormat::new(format));
        }
        if !CollectorWrapping::Shipped.fits_most(&objects) {
            return JsonAccess::of_objects(&objects)
                .map(|format| LogFormat::new(format).in_document(splitting));
        }
        let inner = unwrapped(CollectorWrapping::Shipped, &objects);
        let inner: Vec<&[u8]> = inner.iter().map(Vec::as_slice).collect();
        let format = bare_format_of(head, &inner, known)?;
        Some(format.within(CollectorWrapping::Shipped).in_document(splitting))
    })
}

/// The formats of these lines.
fn bare_format_of(head: &[u8], lines: &[&[u8]], known: &KnownFormats) -> Option<LogFormat> {
    let told = known.told(&Sample { head, lines: lines.to_vec() });
    voting::bare_format_of(head, lines, told, DETECTORS)
}

/// The lines inside a collector's wrapping; nothing where there is none.
fn unwrapped(wrapping: CollectorWrapping, lines: &[&[u8]]) -> Vec<Vec<u8>> {
    let mut unwrapper = Unwrapper::new(wrapping);
    let inner = |line: &&[u8]| match unwrapper.peel(line) {
        Peeled::Inner { text, .. } => Some(without_colours(&text).into_owned()),
        Peeled::Bare | Peeled::Skip(_) => None,
    };
    lines.iter().filter_map(inner).collect()
}

#[cfg(test)]
mod tests;
