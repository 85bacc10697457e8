//! Folders that programs keep below `/var/log`: what lies beside them there is of the same machine.

/// As packages of Debian and Red Hat make them, and as the programs' own documentation names them; a version may stand behind.
const OF_PROGRAMS: &[&str] = &[
    "apache",
    "app",
    "audit",
    "caddy",
    "cloudflared",
    "crowdsec",
    "gunicorn",
    "haproxy",
    "httpd",
    "journal",
    "lighttpd",
    "mysql",
    "nginx",
    "php",
    "pm2",
    "postgresql",
    "puma",
    "redis",
    "squid",
    "supervisor",
    "tomcat",
    "traefik",
    "unicorn",
    "uwsgi",
    "varnish",
];

/// Whether a folder is named after a program, and not after a machine (`php8.2-fpm` is, `nginx-frankfurt` is not).
pub fn is_of_program(folder: &str) -> bool {
    let folder = folder.to_ascii_lowercase();
    let is_version = |rest: &str| {
        let rest = rest.strip_suffix("-fpm").or(rest.strip_suffix("ncsa")).unwrap_or(rest);
        rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    OF_PROGRAMS.iter().any(|program| folder.strip_prefix(program).is_some_and(is_version))
}

#[cfg(test)]
mod tests {
    use super::is_of_program;

    #[test]
    fn a_folder_is_a_programs_with_its_version_and_a_machines_with_a_name_of_its_own() {
        for folder in ["nginx", "apache2", "httpd", "php8.2-fpm", "tomcat9", "Nginx"] {
            assert!(is_of_program(folder), "{folder}");
        }
        for folder in ["web1", "nginx-frankfurt", "app-17", "lb", "origin", ""] {
            assert!(!is_of_program(folder), "{folder}");
        }
    }
}
