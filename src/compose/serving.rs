//! Which server programs the inputs show: by the layout of a log, a configuration, a Server header, or who wrote a message. A step fits the server
//! that was seen, and where none was, the report says so.

use std::collections::BTreeSet;

use crate::causes::{Purpose, Remedy, Runtime, Target};
use crate::correlate::{Case, Incident, Whole};
use crate::evidence::{ConnectionRow, InputKind, Protocol};
use crate::facts::messages::{self, Program};
use crate::logs::ConfiguredProgram;
use crate::report::model::Applies;

/// A program for which remedies are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Served {
    Nginx,
    Apache,
    Haproxy,
    PhpFpm,
    /// A web server for which there are no remedies of its own.
    Another,
    Node,
    Python,
    Php,
    Java,
    /// Amazon's load balancers.
    Aws,
}

/// The layout of access lines that nginx has by default and many other programs write as well: it tells the server where nothing else does.
const LAYOUT_OF_MANY: &str = "nginx_access";

fn is_server(seen: &Served) -> bool {
    *seen <= Served::Another
}

/// The programs of an incident.
pub struct Serving {
    seen: BTreeSet<Served>,
}

impl Serving {
    /// What the inputs show.
    pub fn of(incident: &Incident) -> Serving {
        let evidence = &incident.evidence;
        let mut seen = BTreeSet::new();
        let inputs = || evidence.inputs.values().filter(|input| input.kind != InputKind::EdgeLog);
        for input in inputs().filter(|input| input.format != LAYOUT_OF_MANY) {
            seen.extend(by_format(&input.format));
        }
        for row in &evidence.settings {
            seen.extend(by_configuration(row.setting.program));
        }
        for row in &evidence.messages {
            let signature = row.line.signature.and_then(messages::by_id);
            seen.extend(signature.and_then(|signature| by_writer(signature.program)));
            seen.extend(row.line.program.as_deref().and_then(by_name));
        }
        let exchanges = evidence.connections.iter().flat_map(|row| &row.exchanges);
        for response in exchanges.filter_map(|kept| kept.exchange.response.as_deref()) {
            seen.extend(response.server.as_deref().and_then(by_name));
        }
        if !seen.iter().any(is_server) && inputs().any(|input| input.format == LAYOUT_OF_MANY) {
            seen.insert(Served::Nginx);
        }
        Serving { seen }
    }

    /// The systemd unit of the server that wrote of a case, else of the first that was seen.
    pub fn unit(&self, case: &Case, evidence: &Whole) -> Option<&'static str> {
        let writers = case.messages(evidence).filter_map(|row| messages::by_id(row.line.signature?));
        let mut told = writers.filter_map(|signature| unit_of(by_writer(signature.program)?));
        told.next().or_else(|| self.seen.iter().find_map(|seen| unit_of(*seen)))
    }

    /// Whether the program was seen whose configuration this target is.
    pub fn shows(&self, target: Target) -> bool {
        server_of(target).is_some_and(|program| self.seen.contains(&program))
    }

    /// Whether a remedy is for a program that was seen.
    pub fn applies(&self, remedy: &Remedy) -> Applies {
        let Some(program) = program_of(remedy) else { return Applies::Any };
        match program {
            program if self.seen.contains(&program) => Applies::Seen,
            program if is_server(&program) && !self.seen.iter().any(is_server) => Applies::Unknown,
            Served::Node | Served::Python | Served::Php | Served::Java => Applies::Unknown,
            _ => Applies::Other,
        }
    }

    /// The remedies of a cause with how they apply: what is for another program comes last, what is for a program that may not be there behind what fits
    /// any server, what only shows more behind what helps; else in the order of the catalogue, the best first.
    pub fn ordered<'r>(&self, remedies: &'r [Remedy], is_of_origin: bool) -> Vec<(&'r Remedy, Applies)> {
        let mut told: Vec<(&Remedy, Applies)> =
            remedies.iter().map(|remedy| (remedy, self.applies(remedy))).collect();
        told.sort_by_key(|(remedy, applies)| {
            let fits = match applies {
                Applies::Seen | Applies::Any => 0,
                Applies::Unknown => 1,
                Applies::Other => 2,
            };
            let elsewhere = is_of_origin && is_made_elsewhere(remedy.target);
            (fits.max(u8::from(elsewhere)), remedy.purpose == Purpose::Measure)
        });
        told
    }
}

/// Whether whoever runs the origin's servers makes the change somewhere else.
fn is_made_elsewhere(target: Target) -> bool {
    matches!(target, Target::Cloudflare | Target::Aws | Target::Terraform | Target::Ansible)
}

/// The program that a remedy is for; `None` where it is for any.
fn program_of(remedy: &Remedy) -> Option<Served> {
    match remedy.runtime() {
        Some(Runtime::Node) => Some(Served::Node),
        Some(Runtime::Python) => Some(Served::Python),
        Some(Runtime::Php) => Some(Served::Php),
        Some(Runtime::Java) => Some(Served::Java),
        None => server_of(remedy.target),
    }
}

/// Its unit, as distributions name it.
fn unit_of(program: Served) -> Option<&'static str> {
    match program {
        Served::Nginx => Some("nginx"),
        Served::Apache => Some("apache2"),
        Served::Haproxy => Some("haproxy"),
        Served::PhpFpm => Some("php-fpm"),
        Served::Another | Served::Node | Served::Python | Served::Php | Served::Java => None,
        Served::Aws => None,
    }
}

/// The program whose configuration a target is.
fn server_of(target: Target) -> Option<Served> {
    match target {
        Target::Nginx => Some(Served::Nginx),
        Target::Apache => Some(Served::Apache),
        Target::Haproxy => Some(Served::Haproxy),
        Target::PhpFpm => Some(Served::PhpFpm),
        Target::Aws => Some(Served::Aws),
        Target::App | Target::Linux | Target::Systemd => None,
        Target::Cloudflare | Target::Terraform | Target::Ansible => None,
    }
}

/// The names of formats begin with the program that writes them, but for some (`logs::format`, `logs::documents`).
fn by_format(format: &str) -> Option<Served> {
    match format {
        "alb" | "elb" | "nlb" => Some(Served::Aws),
        "uwsgi" | "gunicorn" | "uvicorn" => Some(Served::Python),
        format => by_name(format),
    }
}

fn by_configuration(program: ConfiguredProgram) -> Option<Served> {
    match program {
        ConfiguredProgram::Nginx => Some(Served::Nginx),
        ConfiguredProgram::Apache => Some(Served::Apache),
        ConfiguredProgram::Haproxy => Some(Served::Haproxy),
        ConfiguredProgram::PhpFpm => Some(Served::PhpFpm),
        ConfiguredProgram::Php => Some(Served::Php),
        ConfiguredProgram::Caddy | ConfiguredProgram::Varnish => Some(Served::Another),
        ConfiguredProgram::Systemd | ConfiguredProgram::Linux | ConfiguredProgram::Firewall => None,
    }
}

fn by_writer(program: Program) -> Option<Served> {
    match program {
        Program::Nginx => Some(Served::Nginx),
        Program::Apache => Some(Served::Apache),
        Program::Haproxy => Some(Served::Haproxy),
        Program::PhpFpm => Some(Served::PhpFpm),
        Program::Php => Some(Served::Php),
        Program::Node => Some(Served::Node),
        Program::Java => Some(Served::Java),
        Program::Gunicorn | Program::Uwsgi | Program::Uvicorn | Program::Waitress => Some(Served::Python),
        Program::GoProxy
        | Program::Lighttpd
        | Program::Varnish
        | Program::TrafficServer
        | Program::LiteSpeed
        | Program::Stunnel
        | Program::Hitch => Some(Served::Another),
        _ => None,
    }
}

/// A name as a Server header, a process or a format has it: `nginx/1.22.1`, `php-fpm8.2`, `haproxy_http`.
fn by_name(name: &str) -> Option<Served> {
    const NAMES: [(&str, Served); 18] = [
        ("nginx", Served::Nginx),
        ("openresty", Served::Nginx),
        ("apache", Served::Apache),
        ("httpd", Served::Apache),
        ("haproxy", Served::Haproxy),
        ("php-fpm", Served::PhpFpm),
        ("php_fpm", Served::PhpFpm),
        ("php", Served::Php),
        ("node", Served::Node),
        ("gunicorn", Served::Python),
        ("uwsgi", Served::Python),
        ("uvicorn", Served::Python),
        ("awselb", Served::Aws),
        ("caddy", Served::Another),
        ("traefik", Served::Another),
        ("lighttpd", Served::Another),
        ("litespeed", Served::Another),
        ("varnish", Served::Another),
    ];
    let name = name.trim().to_ascii_lowercase();
    NAMES.into_iter().find(|(begins, _)| name.starts_with(begins)).map(|(_, program)| program)
}

/// Whether a connection runs TLS; `None` where nothing tells.
pub fn runs_tls(row: &ConnectionRow) -> Option<bool> {
    match (row.tls.is_some(), row.protocol) {
        (true, _) => Some(true),
        (false, Protocol::Http) => Some(false),
        (false, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::causes::find;

    fn serving(seen: &[Served]) -> Serving {
        Serving { seen: seen.iter().copied().collect() }
    }

    fn first(slug: &str, seen: &[Served]) -> (Target, Applies) {
        let cause = find(slug).unwrap();
        let (remedy, applies) = serving(seen).ordered(&cause.remedies, true)[0];
        (remedy.target, applies)
    }

    #[test]
    fn the_first_step_is_for_the_server_that_was_seen() {
        assert_eq!(first("keepalive-race", &[Served::Haproxy]), (Target::Haproxy, Applies::Seen));
        assert_eq!(first("keepalive-race", &[Served::Apache]), (Target::Apache, Applies::Seen));
        assert_eq!(first("keepalive-race", &[]).1, Applies::Unknown);
    }

    #[test]
    fn a_program_is_known_by_what_it_calls_itself() {
        for (name, program) in [
            ("nginx/1.22.1", Some(Served::Nginx)),
            ("Apache/2.4.57 (Debian)", Some(Served::Apache)),
            ("php-fpm8.2", Some(Served::PhpFpm)),
            ("haproxy_http", Some(Served::Haproxy)),
            ("cloudflare", None),
        ] {
            assert_eq!(by_name(name), program, "{name}");
        }
    }

    /// Otherwise a person who searches runs after a log level before what fails is mended.
    #[test]
    fn what_only_shows_more_never_comes_before_what_helps() {
        for seen in [&[][..], &[Served::Nginx], &[Served::Apache, Served::PhpFpm], &[Served::Haproxy]] {
            for cause in crate::causes::ALL {
                let ordered = serving(seen).ordered(&cause.remedies, true);
                let (remedy, applies) = ordered[0];
                let helps = |(remedy, applies): &(&Remedy, Applies)| {
                    let is_here = *applies <= Applies::Any && !is_made_elsewhere(remedy.target);
                    remedy.purpose == Purpose::Change && is_here
                };
                let is_last_resort = !ordered.iter().any(helps);
                let title = &remedy.title;
                assert!(remedy.purpose == Purpose::Change || is_last_resort, "{}: {title}", cause.slug);
                assert!(applies != Applies::Other || is_last_resort, "{}: {title}", cause.slug);
            }
        }
    }
}
