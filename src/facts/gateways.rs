//! In which protocol a web server asks the applications behind it: what such a program says of itself is about requests of that protocol alone.

/// Beginnings of what nginx writes as `upstream` (ngx_http_fastcgi_module, ngx_http_uwsgi_module, ngx_http_proxy_module).
const FASTCGI: &str = "fastcgi://";
const UWSGI: &str = "uwsgi://";
const HTTP: [&str; 2] = ["http://", "https://"];

/// Programs by the beginning of their messages' ids, and what they speak (php-fpm: sapi/fpm; uWSGI: its `socket`, or HTTP by `http-socket`; the others:
/// HTTP servers).
const SPEAK: &[(&str, &[&str])] = &[
    ("php-fpm-", &[FASTCGI]),
    ("uwsgi-", &[UWSGI, HTTP[0], HTTP[1]]),
    ("node-", &HTTP),
    ("puma-", &HTTP),
    ("unicorn-", &HTTP),
    ("uvicorn-", &HTTP),
    ("java-", &HTTP),
];

/// What Apache says first, without naming anybody or without what was asked, of a server behind that it could not ask or read from, by what it says then of the
/// request (modules/proxy/proxy_util.c, `ap_proxy_connect_backend`, `ap_proxy_determine_connection` and `ap_proxyerror`; mod_proxy_fcgi.c, mod_proxy_http.c).
const REASONS: [(&str, &str); 3] = [
    ("apache-backend-busy", "apache-backend-refused"),
    ("apache-backend-timed-out", "apache-backend-refused"),
    ("apache-backend-timed-out", "apache-backend-closed-early"),
];

/// Whether a message says why a server behind could not be asked or read from, before another says whose request that was.
pub fn is_reason(signature: &str) -> bool {
    REASONS.iter().any(|(reason, _)| *reason == signature)
}

/// Whether the first message says why what the second tells of has happened.
pub fn is_reason_of(reason: &str, told: &str) -> bool {
    REASONS.contains(&(reason, told))
}

/// Whether this upstream is asked in uWSGI's own protocol.
pub fn is_uwsgi(upstream: &str) -> bool {
    upstream.starts_with(UWSGI)
}

/// The server behind in what a proxy names as its upstream: of nginx's `fastcgi://unix:/run/php.sock:` and `http://127.0.0.1:9001/cart` the socket and the address, of
/// HAProxy's `app/web1` the backend.
pub fn server_behind(upstream: &str) -> &str {
    const SOCKET: &str = ".sock";
    let server = upstream.split_once("://").map_or(upstream, |(_, server)| server);
    let Some(path) = server.strip_prefix("unix:") else {
        return server.split('/').next().unwrap_or_default();
    };
    // What was asked for may follow right behind it.
    let named = path.find(SOCKET).and_then(|at| path.get(..at + SOCKET.len()));
    named.or_else(|| path.split(':').next()).unwrap_or(path)
}

/// Whether a message tells of a server behind that is asked on the machine of the one that writes it: by the upstream that it names, or, where it names none under that name, by an
/// address in its text (`dial tcp 127.0.0.1:8080: connect: connection refused`).
pub fn is_on_own_machine(upstream: Option<&str>, text: &str) -> bool {
    const OWN: [&str; 4] = ["127.0.0.1:", "[::1]:", "localhost:", "unix:"];
    let named = upstream.unwrap_or(text);
    OWN.iter().any(|own| named.contains(own))
}

/// Whether a program that writes such a message cannot be this upstream. `uwsgi_is_spoken`: something is asked in uWSGI's own protocol, so that uWSGI is not asked by HTTP.
pub fn is_another_program(signature: &str, upstream: &str, uwsgi_is_spoken: bool) -> bool {
    let asked_by = [FASTCGI, UWSGI].into_iter().chain(HTTP).find(|scheme| upstream.starts_with(scheme));
    let speaks = SPEAK.iter().find(|(begins, _)| signature.starts_with(begins));
    asked_by.zip(speaks).is_some_and(|(asked_by, (_, speaks))| {
        let by_http = uwsgi_is_spoken && speaks.contains(&UWSGI) && HTTP.contains(&asked_by);
        by_http || !speaks.contains(&asked_by)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::messages;

    #[test]
    fn every_message_is_one_that_is_known() {
        for id in REASONS.iter().flat_map(|(reason, told)| [reason, told]) {
            assert!(messages::by_id(id).is_some(), "{id}");
        }
    }

    #[test]
    fn a_loopback_address_is_of_the_own_machine() {
        assert!(is_on_own_machine(Some("http://127.0.0.1:8080/a"), ""));
        assert!(is_on_own_machine(Some("fastcgi://unix:/run/php.sock:"), ""));
        assert!(is_on_own_machine(None, "dial tcp 127.0.0.1:8080: connect: connection refused"));
        assert!(
            !is_on_own_machine(Some("http://10.0.0.5:8080/"), "client: 127.0.0.1:7"),
            "where it is named, that counts"
        );
        assert!(!is_on_own_machine(None, "client denied by server configuration"));
    }

    #[test]
    fn a_server_behind_is_known_whatever_is_asked_of_it() {
        for (upstream, server) in [
            ("fastcgi://unix:/run/php.sock:", "/run/php.sock"),
            ("http://unix:/run/puma.sock/users/sign_in", "/run/puma.sock"),
            ("uwsgi://unix:/run/app:", "/run/app"),
            ("http://127.0.0.1:9001/cart", "127.0.0.1:9001"),
            ("127.0.0.1:9001", "127.0.0.1:9001"),
            ("app/web1", "app"),
        ] {
            assert_eq!(server_behind(upstream), server);
        }
    }

    #[test]
    fn a_program_is_asked_in_its_own_protocol() {
        let other = |signature: &str, upstream: &str, spoken| is_another_program(signature, upstream, spoken);
        assert!(other("uwsgi-segfault", "fastcgi://unix:/run/php.sock:", false));
        assert!(!other("uwsgi-segfault", "uwsgi://127.0.0.1:3031", true));
        assert!(!other("uwsgi-segfault", "http://127.0.0.1:8000/", false), "it may listen for HTTP");
        assert!(other("uwsgi-segfault", "http://127.0.0.1:8000/", true));
        assert!(other("php-fpm-child-signalled", "http://127.0.0.1:8000/", false));
        assert!(other("node-uncaught", "uwsgi://127.0.0.1:3031", true));
        assert!(
            !other("kernel-segfault", "http://127.0.0.1:8000/", true),
            "the kernel's line is of any program"
        );
        assert!(!other("uwsgi-segfault", "127.0.0.1:8000", true), "other servers name no protocol");
        for (begins, _) in SPEAK {
            assert!(messages::all().any(|message| message.id.starts_with(begins)), "{begins}");
        }
    }
}
