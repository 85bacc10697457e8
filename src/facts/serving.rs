//! Names of processes that serve web requests, as the kernel writes them (`comm`, at most 15 bytes).
//!
//! Sources: the programs' own names in Debian's packages (nginx, apache2, haproxy, …) and their documentation; `comm`: proc(5).

/// Beginnings of such names; a version may follow (`php-fpm8.2`, `python3.11`).
const SERVING: &[&str] = &[
    "nginx",
    "apache2",
    "httpd",
    "haproxy",
    "lighttpd",
    "caddy",
    "traefik",
    "envoy",
    "varnishd",
    "stunnel",
    "hitch",
    "openlitespeed",
    "litespeed",
    "lsphp",
    "php-fpm",
    "php",
    "node",
    "deno",
    "bun",
    "gunicorn",
    "uwsgi",
    "uvicorn",
    "hypercorn",
    "waitress",
    "python",
    "java",
    "ruby",
    "puma",
    "unicorn",
    "passenger",
    "dotnet",
    "kestrel",
    "w3wp",
    "beam.smp",
    "perl",
    "plackup",
];

/// Whether a process of this name may serve web requests.
pub fn may_serve(name: &str) -> bool {
    SERVING.iter().any(|begins| name.starts_with(begins))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_behind_the_name_is_no_other_program_and_a_database_serves_no_web_request() {
        assert!(may_serve("php-fpm8.2") && may_serve("python3.11") && may_serve("nginx"));
        assert!(!may_serve("mysqldump") && !may_serve("borg") && !may_serve(""));
    }
}
