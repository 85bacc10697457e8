//! What nginx's variables, Apache's format letters, JSON keys and short labels mean (nginx.org: http core, upstream and realip
//! modules; httpd.apache.org: mod_log_config).

use crate::facts::endings::EndingVocabulary;
use crate::logs::access::field::AccessField;
use crate::time::Duration;

/// The field of an nginx variable.
pub fn nginx_field(name: &str) -> AccessField {
    match name {
        "remote_addr" => AccessField::RemoteAddress,
        "realip_remote_addr" => AccessField::RealPeer,
        "remote_port" | "realip_remote_port" => AccessField::RemotePort,
        "time_local" | "time_iso8601" | "msec" => AccessField::Time,
        "request" => AccessField::Request,
        "request_method" => AccessField::Method,
        "request_uri" | "uri" | "document_uri" => AccessField::Target,
        "args" | "query_string" => AccessField::Query,
        "status" => AccessField::Status,
        "body_bytes_sent" => AccessField::BodyBytes,
        "bytes_sent" => AccessField::SentBytes,
        "request_length" => AccessField::RequestBytes,
        "request_time" => AccessField::RequestTime(Duration::SECOND),
        "upstream_addr" => AccessField::UpstreamAddress,
        "upstream_status" => AccessField::UpstreamStatus,
        "upstream_connect_time" => AccessField::UpstreamConnectTime(Duration::SECOND),
        "upstream_header_time" => AccessField::UpstreamHeaderTime(Duration::SECOND),
        "upstream_response_time" => AccessField::UpstreamResponseTime(Duration::SECOND),
        "connection" => AccessField::Connection,
        "connection_requests" => AccessField::ConnectionRequests,
        "http_user_agent" => AccessField::UserAgent,
        "host" | "http_host" | "server_name" => AccessField::Host,
        "http_cf_ray" => AccessField::Ray,
        "http_x_forwarded_for" => AccessField::ForwardedFor,
        "http_cf_connecting_ip" => AccessField::Visitor,
        "pid" => AccessField::Process,
        _ => AccessField::Ignored,
    }
}

/// The field of an Apache format letter with the name in its braces.
pub fn apache_field(letter: char, name: &str) -> AccessField {
    let header = |wanted: &str| name.eq_ignore_ascii_case(wanted);
    match (letter, name) {
        ('h' | 'a', "") => AccessField::RemoteAddress,
        ('a', "c") => AccessField::RealPeer,
        ('p', "remote") => AccessField::RemotePort,
        ('t', "" | "sec" | "msec" | "usec" | "begin:sec" | "begin:msec" | "begin:usec") => AccessField::Time,
        ('r', _) => AccessField::Request,
        ('m', _) => AccessField::Method,
        ('U', _) => AccessField::Target,
        ('q', _) => AccessField::Query,
        ('s', _) => AccessField::Status,
        ('b' | 'B', _) => AccessField::BodyBytes,
        ('O', _) => AccessField::SentBytes,
        ('I', _) => AccessField::RequestBytes,
        ('D', _) | ('T', "us") => AccessField::RequestTime(Duration::MICROSECOND),
        ('T', "ms") => AccessField::RequestTime(Duration::MILLISECOND),
        ('T', _) => AccessField::RequestTime(Duration::SECOND),
        ('k', _) => AccessField::RequestsBefore,
        ('P', "" | "pid") => AccessField::Process,
        ('X', _) => AccessField::Termination(EndingVocabulary::Apache),
        ('v' | 'V', _) => AccessField::Host,
        ('i', _) if header("cf-ray") => AccessField::Ray,
        ('i', _) if header("user-agent") => AccessField::UserAgent,
        ('i', _) if header("host") => AccessField::Host,
        ('i', _) if header("x-forwarded-for") => AccessField::ForwardedFor,
        ('i', _) if header("cf-connecting-ip") => AccessField::Visitor,
        _ => AccessField::Ignored,
    }
}

/// The field of a W3C extended log column (`#Fields:`; W3C WD-logfile-960323 and what IIS adds).
pub fn w3c_field(name: &str) -> AccessField {
    match name.to_ascii_lowercase().as_str() {
        "date" | "date-local" => AccessField::Date,
        "time" | "time-local" => AccessField::TimeOfDay,
        "c-ip" => AccessField::RemoteAddress,
        "c-port" => AccessField::RemotePort,
        "cs-method" => AccessField::Method,
        "cs-uri" | "cs-uri-stem" => AccessField::Target,
        "cs-uri-query" => AccessField::Query,
        "sc-status" | "c-status" => AccessField::Status,
        "sc-bytes" => AccessField::SentBytes,
        "cs-bytes" => AccessField::RequestBytes,
        "cs(user-agent)" | "c-user-agent" => AccessField::UserAgent,
        "cs-host" | "cs(host)" | "x-host-header" => AccessField::Host,
        "cs(cf-ray)" | "cf-ray" => AccessField::Ray,
        "s-pid" => AccessField::Process,
        // HTTP.SYS (HTTPERR).
        "s-reason" => AccessField::Termination(EndingVocabulary::HttpSys),
        // IIS counts milliseconds.
        "time-taken" | "timetakenms" => AccessField::RequestTime(Duration::MILLISECOND),
        _ => AccessField::Ignored,
    }
}

/// The field of a key of a JSON access line, or of a `key=value` piece, by the names in common use. Nested keys are joined by
/// dots. `None` where the key is of no such name.
pub fn named_field(key: &str) -> Option<AccessField> {
    // Traefik writes nanoseconds under the word that others use for seconds.
    match key {
        "Duration" => return Some(AccessField::RequestTime(Duration::NANOSECOND)),
        // HAProxy's variables under their own names: all in all, from the request's first byte or from the connection on.
        "Ta" | "Tt" => return Some(AccessField::RequestTime(Duration::MILLISECOND)),
        // Elastic Common Schema, event.duration.
        "event.duration" => return Some(AccessField::RequestTime(Duration::NANOSECOND)),
        "OriginDuration" => return Some(AccessField::UpstreamResponseTime(Duration::NANOSECOND)),
        _ => {}
    }
    let lower = key.to_ascii_lowercase().replace('-', "_");
    let short = lower.strip_prefix('$').unwrap_or(&lower);
    if let timed @ Some(_) = named_duration(short) {
        return timed;
    }
    if let known @ Some(_) = Some(nginx_field(short)).filter(|field| *field != AccessField::Ignored) {
        return known;
    }
    if is_moment(short) {
        return Some(AccessField::Time);
    }
    named_of_request(short)
        .or_else(|| named_of_visitor(short))
        .or_else(|| named_of_answer(short))
        .or_else(|| named_by_load_balancer(short))
}

/// Names of Google's load balancers (`LogEntry.httpRequest`, `jsonPayload.statusDetails`) and of Azure's Application Gateway (`properties`), durations in seconds.
fn named_by_load_balancer(name: &str) -> Option<AccessField> {
    Some(match name {
        "remoteip" => AccessField::RemoteAddress,
        "requesturl" | "requesturi" | "originalrequesturiwithargs" => AccessField::Target,
        "requestquery" => AccessField::Query,
        "originalhost" => AccessField::Host,
        "requestsize" | "receivedbytes" => AccessField::RequestBytes,
        "httpstatus" => AccessField::Status,
        "timetaken" => AccessField::RequestTime(Duration::SECOND),
        "responsesize" | "sentbytes" => AccessField::SentBytes,
        "serverrouted" => AccessField::UpstreamAddress,
        "serverstatus" => AccessField::UpstreamStatus,
        "serverresponselatency" => AccessField::UpstreamResponseTime(Duration::SECOND),
        "statusdetails" => AccessField::Termination(EndingVocabulary::GoogleLoadBalancing),
        "error_info" => AccessField::Termination(EndingVocabulary::ApplicationGateway),
        _ => return None,
    })
}

/// A duration by its name, with the unit that the name ends in (`request_time_ms`).
fn named_duration(name: &str) -> Option<AccessField> {
    const UNITS: [(&str, Duration); 14] = [
        ("_nanoseconds", Duration::NANOSECOND),
        ("_nanos", Duration::NANOSECOND),
        ("_ns", Duration::NANOSECOND),
        ("_microseconds", Duration::MICROSECOND),
        ("_micros", Duration::MICROSECOND),
        ("_usec", Duration::MICROSECOND),
        ("_us", Duration::MICROSECOND),
        ("_milliseconds", Duration::MILLISECOND),
        ("_millis", Duration::MILLISECOND),
        ("_milli", Duration::MILLISECOND),
        ("_msec", Duration::MILLISECOND),
        ("_ms", Duration::MILLISECOND),
        ("_seconds", Duration::SECOND),
        ("_sec", Duration::SECOND),
    ];
    let named = UNITS.iter().find_map(|(end, unit)| Some((name.strip_suffix(end)?, *unit)));
    let (base, unit) = named.map_or((name, None), |(base, unit)| (base, Some(unit)));
    match base {
        "rt" | "duration" | "elapsed" | "latency" | "took" | "request_duration" | "request_time"
        | "response_time" | "time_taken" | "total_time" | "generation_time" | "processing_time"
        | "time_active" | "service" => {
            Some(unit.map_or(AccessField::PlainDuration, AccessField::RequestTime))
        }
        "time" if name == "time_us" => Some(AccessField::RequestTime(Duration::MICROSECOND)),
        // pino-http's, in milliseconds.
        "responsetime" => Some(AccessField::RequestTime(Duration::MILLISECOND)),
        "upstream_response_time" => Some(AccessField::UpstreamResponseTime(unit?)),
        "upstream_header_time" => Some(AccessField::UpstreamHeaderTime(unit?)),
        "upstream_connect_time" => Some(AccessField::UpstreamConnectTime(unit?)),
        _ => None,
    }
}

/// Names of the headers in which the edge, or who stands between, says whom a request is from.
fn named_of_visitor(name: &str) -> Option<AccessField> {
    Some(match name {
        "x_forwarded_for"
        | "xff"
        | "fwd"
        | "forwardedfor"
        | "request_x_forwarded_for"
        | "request.headers.x_forwarded_for"
        | "req.headers.x_forwarded_for" => AccessField::ForwardedFor,
        "cf_connecting_ip"
        | "cfconnectingip"
        | "request_cf_connecting_ip"
        | "request.headers.cf_connecting_ip"
        | "req.headers.cf_connecting_ip" => AccessField::Visitor,
        _ => return None,
    })
}

/// Names of what was asked, by whom and on which connection.
fn named_of_request(name: &str) -> Option<AccessField> {
    Some(match name {
        "ip" | "ci" | "cip" | "client" | "client_ip" | "clientip" | "clienthost" | "remote_ip" | "remote"
        | "remoteaddr" | "remote_address" | "remote_host" | "source_ip" | "request.remote_ip" | "addr"
        | "source.ip" | "source.address" | "client.ip" | "client.address" => AccessField::RemoteAddress,
        "clientaddr" | "client_addr" | "peer" | "src" | "downstream_remote_address" => {
            AccessField::RemoteAddressAndPort
        }
        "rp" | "cp" | "cport" | "client_port" | "clientport" | "request.remote_port" | "port_remote" => {
            AccessField::RemotePort
        }
        "request_line" | "req" | "requestline" => AccessField::Request,
        "method"
        | "verb"
        | "requestmethod"
        | "request.method"
        | "http_method"
        | "req.method"
        | "httpmethod"
        | "http.request.method" => AccessField::Method,
        "path"
        | "url"
        | "requestpath"
        | "request.uri"
        | "request_path"
        | "request_url"
        | "req.url"
        | "http_uri"
        | "http_path"
        | "httpuri"
        | "url.original"
        | "url.path"
        | "x_envoy_original_path" => AccessField::Target,
        "query" | "url.query" | "http_query" => AccessField::Query,
        "request_bytes" | "req_len" | "rl" => AccessField::RequestBytes,
        "c" | "conn" | "connection_id" => AccessField::Connection,
        "r" | "cr" | "conn_requests" => AccessField::ConnectionRequests,
        "user_agent"
        | "useragent"
        | "agent"
        | "request_user_agent"
        | "request.headers.user_agent"
        | "user_agent.original" => AccessField::UserAgent,
        "vhost" | "domain" | "server" | "authority" | "req.headers.host" | "httphost" | "requesthost"
        | "request.host" | "url.domain" | "virtual_host" => AccessField::Host,
        "ray"
        | "rayid"
        | "ray_id"
        | "cf_ray"
        | "cf_ray_id"
        | "cfray"
        | "request_cf_ray"
        | "req.headers.cf_ray"
        | "request.headers.cf_ray" => AccessField::Ray,
        _ => return None,
    })
}

/// Names of when it was.
fn is_moment(name: &str) -> bool {
    matches!(
        name,
        "time"
            | "at"
            | "accept_date"
            | "time_accepted"
            | "timestamp"
            | "@timestamp"
            | "ts"
            | "date"
            | "datetime"
            | "start"
            | "start_time"
            | "startutc"
            | "startlocal"
            | "time_msec"
            | "epoch"
    )
}

/// Names of what was answered, how long it took and what the upstreams did.
fn named_of_answer(name: &str) -> Option<AccessField> {
    Some(match name {
        "status_code"
        | "statuscode"
        | "http_status"
        | "http_status_code"
        | "downstreamstatus"
        | "code"
        | "response_status"
        | "response.status"
        | "response_code"
        | "res.statuscode"
        | "http.response.status_code"
        | "st" => AccessField::Status,
        "bytes"
        | "size"
        | "length"
        | "body_bytes"
        | "downstreamcontentsize"
        | "response_size"
        | "body_bytes_sent"
        | "res_size"
        | "http.response.body.bytes"
        | "b" => AccessField::BodyBytes,
        "uct" => AccessField::UpstreamConnectTime(Duration::SECOND),
        "uht" => AccessField::UpstreamHeaderTime(Duration::SECOND),
        "urt" | "upstream_time" => AccessField::UpstreamResponseTime(Duration::SECOND),
        "us" | "originstatus" | "ust" => AccessField::UpstreamStatus,
        "ua" | "upstream" | "upstream_host" | "serviceaddr" | "service_addr" | "backend" | "uaddr" => {
            AccessField::UpstreamAddress
        }
        "process" => AccessField::Process,
        "bytes_read" | "haproxy_bytes" => AccessField::SentBytes,
        "response_flags" | "flags" => AccessField::Termination(EndingVocabulary::Envoy),
        "termination"
        | "termination_state"
        | "haproxy_termination_state"
        | "tsc"
        | "term"
        | "term_state"
        | "termstate" => AccessField::Termination(EndingVocabulary::Haproxy),
        _ => return None,
    })
}
