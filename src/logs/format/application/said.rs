//! What an application says on a line: severity, process, the known message, what it is about.

use super::mention::take_mentions;
use super::opening::{LineOpening, opening, passenger, process_of, severity};
use super::trace;
use crate::facts::messages::{self, Program};
use crate::logs::row::message::{MessageLine, system_error};
use crate::text::line::split_at_byte;

/// The row of a line whose beginning is known.
pub fn of_opening(opening: &LineOpening<'_>) -> MessageLine {
    let mut row = parse_text(opening.text).at(Some(opening.stamp));
    row.process = opening.process.or(row.process);
    row.level = opening.level.map(str::to_owned).or(row.level);
    row
}

/// The row of a line that Passenger wrote into another server's log.
pub fn of_passenger(line: &[u8]) -> Option<MessageLine> {
    passenger(line).map(|opening| of_opening(&opening))
}

/// The row of a whole line, with or without an instant of its own; lines behind it are its trace.
pub fn parse_line(text: &[u8]) -> MessageLine {
    let (line, rest) = split_at_byte(text, b'\n').unwrap_or((text, b""));
    let mut row = opening(line).map_or_else(|| of_bare(line), |opening| of_opening(&opening));
    take_trace(&mut row, rest);
    row
}

/// The row of a line without an instant of which nobody knows what follows. Whoever recovers from a panic begins with words of its own, or with an instant.
fn of_bare(line: &[u8]) -> MessageLine {
    let row = parse_text(line);
    match row.signature {
        None if line.starts_with(b"panic: runtime error: ") => MessageLine { text: row.text, ..go_died() },
        _ => row,
    }
}

/// What it adds to a message that the Go program that wrote it died.
pub fn go_died() -> MessageLine {
    let program = Some(program_name(Program::Go).to_owned());
    MessageLine { signature: Some("go-died"), program, ..MessageLine::default() }
}

/// What it adds to an error that Node died of it.
pub fn node_died() -> MessageLine {
    MessageLine { signature: Some("node-uncaught"), ..MessageLine::default() }
}

/// Takes the exceptions of a trace into the row of its message.
pub fn take_trace(row: &mut MessageLine, trace: &[u8]) {
    const MOST_LINES: usize = 1000;
    let lines = trace.split(|byte| *byte == b'\n').take(MOST_LINES);
    for exception in lines.filter_map(trace::exception) {
        row.caused_by(parse_text(exception));
    }
}

/// The row of an application's text without its instant.
pub fn parse_text(text: &[u8]) -> MessageLine {
    let mut row = MessageLine::of(text, Some(Program::Application));
    row.level = level_of(text).map(str::to_owned);
    row.system_error = system_error(text);
    row.process = process_of(text);
    take_mentions(&mut row, text);
    if let Some(id) = row.signature {
        row.program = messages::by_id(id).map(|signature| program_name(signature.program).to_owned());
    }
    row
}

fn program_name(program: Program) -> &'static str {
    match program {
        Program::Nginx => "nginx",
        Program::Apache => "apache",
        Program::Haproxy => "haproxy",
        Program::GoProxy => "proxy",
        Program::Lighttpd => "lighttpd",
        Program::Varnish => "varnish",
        Program::Squid => "squid",
        Program::TrafficServer => "traffic_server",
        Program::LiteSpeed => "litespeed",
        Program::Stunnel => "stunnel",
        Program::Hitch => "hitch",
        Program::PhpFpm => "php-fpm",
        Program::Php => "php",
        Program::Gunicorn => "gunicorn",
        Program::Uwsgi => "uwsgi",
        Program::Node => "node",
        Program::Java => "java",
        Program::Go => "go",
        Program::Ruby => "ruby",
        Program::Cloudflared => "cloudflared",
        Program::Worker => "worker",
        Program::Kernel => "kernel",
        Program::Systemd => "systemd",
        Program::Uvicorn => "uvicorn",
        Program::Waitress => "waitress",
        Program::Passenger => "passenger",
        Program::Dotnet => "dotnet",
        Program::Supervisor => "supervisord",
        Program::Fail2ban => "fail2ban",
        Program::Database => "database",
        Program::OpenSsl => "openssl",
        Program::Application => "application",
    }
}

/// A severity among the first words, or `level=…`.
fn level_of(text: &[u8]) -> Option<&'static str> {
    let head = text.get(..96).unwrap_or(text);
    let mut words = head.split(|byte| !byte.is_ascii_alphabetic()).filter(|word| word.len() >= 3).take(6);
    words.find_map(severity)
}
