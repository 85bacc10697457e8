//! What nginx's variables, Apache's format letters, JSON keys and short labels mean (nginx.org: http core, upstream and realip
//! modules; httpd.apache.org: mod_log_config).

use crate::logs::access_field::Field;
use crate::time::{MICROSECOND, MILLISECOND, SECOND};

/// The field of an nginx variable.
pub fn nginx_field(name: &str) -> Field {
    match name {
        "remote_addr" => Field::RemoteAddress,
        "realip_remote_addr" => Field::RealPeer,
        "remote_port" | "realip_remote_port" => Field::RemotePort,
        "time_local" | "time_iso8601" | "msec" => Field::Time,
        "request" => Field::Request,
        "request_method" => Field::Method,
        "request_uri" | "uri" | "document_uri" => Field::Target,
        "args" | "query_string" => Field::Query,
        "status" => Field::Status,
        "body_bytes_sent" => Field::BodyBytes,
        "bytes_sent" => Field::SentBytes,
        "request_length" => Field::RequestBytes,
        "request_time" => Field::RequestTime(SECOND),
        "upstream_addr" => Field::UpstreamAddress,
        "upstream_status" => Field::UpstreamStatus,
        "upstream_connect_time" => Field::UpstreamConnectTime(SECOND),
        "upstream_header_time" => Field::UpstreamHeaderTime(SECOND),
        "upstream_response_time" => Field::UpstreamResponseTime(SECOND),
        "connection" => Field::Connection,
        "connection_requests" => Field::ConnectionRequests,
        "http_user_agent" => Field::UserAgent,
        "host" | "http_host" | "server_name" => Field::Host,
        "http_cf_ray" => Field::Ray,
        "pid" => Field::Process,
        _ => Field::Ignored,
    }
}

/// The field of an Apache format letter with the name in its braces.
pub fn apache_field(letter: char, name: &str) -> Field {
    let header = |wanted: &str| name.eq_ignore_ascii_case(wanted);
    match (letter, name) {
        ('h' | 'a', "") => Field::RemoteAddress,
        ('a', "c") => Field::RealPeer,
        ('p', "remote") => Field::RemotePort,
        ('t', "" | "sec" | "msec" | "usec" | "begin:sec" | "begin:msec" | "begin:usec") => Field::Time,
        ('r', _) => Field::Request,
        ('m', _) => Field::Method,
        ('U', _) => Field::Target,
        ('q', _) => Field::Query,
        ('s', _) => Field::Status,
        ('b' | 'B', _) => Field::BodyBytes,
        ('O', _) => Field::SentBytes,
        ('I', _) => Field::RequestBytes,
        ('D', _) | ('T', "us") => Field::RequestTime(MICROSECOND),
        ('T', "ms") => Field::RequestTime(MILLISECOND),
        ('T', _) => Field::RequestTime(SECOND),
        ('k', _) => Field::ConnectionRequests,
        ('P', "" | "pid") => Field::Process,
        ('X', _) => Field::Termination,
        ('v' | 'V', _) => Field::Host,
        ('i', _) if header("cf-ray") => Field::Ray,
        ('i', _) if header("user-agent") => Field::UserAgent,
        ('i', _) if header("host") => Field::Host,
        _ => Field::Ignored,
    }
}

/// The field of a W3C extended log column (`#Fields:`; W3C WD-logfile-960323 and what IIS adds).
pub fn w3c_field(name: &str) -> Field {
    match name.to_ascii_lowercase().as_str() {
        "date" | "date-local" => Field::Date,
        "time" | "time-local" => Field::TimeOfDay,
        "c-ip" => Field::RemoteAddress,
        "c-port" => Field::RemotePort,
        "cs-method" => Field::Method,
        "cs-uri" | "cs-uri-stem" => Field::Target,
        "cs-uri-query" => Field::Query,
        "sc-status" | "c-status" => Field::Status,
        "sc-bytes" => Field::SentBytes,
        "cs-bytes" => Field::RequestBytes,
        "cs(user-agent)" | "c-user-agent" => Field::UserAgent,
        "cs-host" | "cs(host)" => Field::Host,
        "cs(cf-ray)" | "cf-ray" => Field::Ray,
        "s-pid" => Field::Process,
        // IIS counts milliseconds.
        "time-taken" | "timetakenms" => Field::RequestTime(MILLISECOND),
        _ => Field::Ignored,
    }
}

/// The field of a key of a JSON access line, or of a `key=value` piece, by the names in common use. Nested keys are joined by
/// dots. `None` where the key is of no such name.
pub fn named_field(key: &str) -> Option<Field> {
    // Traefik writes nanoseconds under the word that others use for seconds.
    match key {
        "Duration" => return Some(Field::RequestTime(1)),
        "OriginDuration" => return Some(Field::UpstreamResponseTime(1)),
        _ => {}
    }
    let lower = key.to_ascii_lowercase().replace('-', "_");
    let short = lower.strip_prefix('$').unwrap_or(&lower);
    if let known @ Some(_) = Some(nginx_field(short)).filter(|field| *field != Field::Ignored) {
        return known;
    }
    Some(match short {
        "time" | "timestamp" | "@timestamp" | "ts" | "date" | "datetime" | "start_time" | "startutc"
        | "startlocal" | "time_msec" | "epoch" => Field::Time,
        "ip" | "client" | "client_ip" | "clientip" | "clienthost" | "remote_ip" | "remote" | "remoteaddr"
        | "remote_address" | "remote_host" | "request.remote_ip" | "addr" => Field::RemoteAddress,
        "clientaddr" | "client_addr" | "peer" | "src" => Field::RemoteAddressAndPort,
        "rp" | "client_port" | "clientport" | "request.remote_port" | "port_remote" => Field::RemotePort,
        "request_line" | "req" | "requestline" => Field::Request,
        "method" | "verb" | "requestmethod" | "request.method" | "http_method" => Field::Method,
        "path" | "url" | "requestpath" | "request.uri" | "request_path" | "request_url" => Field::Target,
        "query" => Field::Query,
        "status_code" | "downstreamstatus" | "code" | "response_status" | "response.status" | "st" => {
            Field::Status
        }
        "bytes" | "size" | "length" | "body_bytes" | "downstreamcontentsize" | "response_size" | "b" => {
            Field::BodyBytes
        }
        "request_bytes" | "req_len" | "rl" => Field::RequestBytes,
        "rt" | "duration" | "elapsed" | "latency" | "took" | "request_duration" => Field::RequestTime(SECOND),
        "duration_ms"
        | "request_time_ms"
        | "response_time_ms"
        | "responsetime"
        | "generation_time_milli"
        | "latency_ms"
        | "elapsed_ms" => Field::RequestTime(MILLISECOND),
        "duration_us" | "request_time_us" | "time_us" => Field::RequestTime(MICROSECOND),
        "uct" => Field::UpstreamConnectTime(SECOND),
        "uht" => Field::UpstreamHeaderTime(SECOND),
        "urt" | "upstream_time" => Field::UpstreamResponseTime(SECOND),
        "us" | "originstatus" | "ust" => Field::UpstreamStatus,
        "ua" | "upstream" | "serviceaddr" | "service_addr" | "backend" | "uaddr" => Field::UpstreamAddress,
        "c" | "conn" | "connection_id" => Field::Connection,
        "r" | "cr" | "conn_requests" => Field::ConnectionRequests,
        "user_agent" | "useragent" | "agent" | "request_user_agent" | "request.headers.user_agent" => {
            Field::UserAgent
        }
        "vhost" | "domain" | "server" | "requesthost" | "request.host" | "virtual_host" => Field::Host,
        "ray"
        | "rayid"
        | "ray_id"
        | "cf_ray"
        | "cf_ray_id"
        | "cfray"
        | "request_cf_ray"
        | "request.headers.cf_ray" => Field::Ray,
        "process" => Field::Process,
        "termination" | "termination_state" | "tsc" => Field::Termination,
        _ => return None,
    })
}
