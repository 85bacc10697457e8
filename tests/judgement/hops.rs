//! A proxy before a proxy on one machine, where no log of the edge shows which of their lines are about one request.

use super::incident::incident;

/// 1 November 2026, 10:00:00 UTC.
const TEN: i64 = 1_793_527_200;

/// One request every two seconds; of every eighth nginx finds nobody behind itself.
struct Asked {
    number: i64,
}

impl Asked {
    fn clock(&self) -> String {
        format!("10:{:02}:{:02}", self.number * 2 / 60, self.number * 2 % 60)
    }

    fn status(&self) -> u16 {
        if self.number % 8 == 7 { 502 } else { 200 }
    }

    fn connection(&self) -> i64 {
        100 + self.number
    }

    /// HAProxy's line, with the ray.
    fn in_front(&self) -> String {
        let Asked { number } = self;
        let (clock, status) = (self.clock(), self.status());
        let (port, ray) = (20_000 + number, 0x1fec_eed9_8efe_7000 + number);
        format!(
            "2026-11-01T{clock}.428067+00:00 172.68.10.9:{port} [01/Nov/2026:{clock}.427] web shop/app1 0/0/0/1/1 {status} 289 - - ---- 1/1/0/0/0 0/0 {{{ray:016x}-IAD|shop.example|curl/8.5.0}} \"GET /page/{number} HTTP/1.1\""
        )
    }

    /// nginx's, without it.
    fn behind(&self) -> String {
        let Asked { number } = self;
        let (clock, status, connection, at) =
            (self.clock(), self.status(), self.connection(), TEN + number * 2);
        format!(
            r#"{{"time":"2026-11-01T{clock}Z","msec":"{at}.428","remote_addr":"127.0.0.1","remote_port":"35458","method":"GET","uri":"/page/{number}","status":"{status}","bytes_sent":"157","request_time":"0.000","host":"shop.example","user_agent":"curl/8.5.0","connection":"{connection}","connection_requests":"1"}}"#
        )
    }

    /// What nginx says of it, if it failed.
    fn error(&self) -> Option<String> {
        let Asked { number } = self;
        let (clock, connection) = (self.clock(), self.connection());
        let text = || {
            format!(
                "2026/11/01 {clock} [error] 810#810: *{connection} connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, server: _, request: \"GET /page/{number} HTTP/1.1\", upstream: \"http://127.0.0.1:9001/page/{number}\", host: \"shop.example\""
            )
        };
        (self.status() == 502).then(text)
    }
}

fn log(line: impl Fn(&Asked) -> Option<String>) -> String {
    let lines: Vec<String> = (0..80).filter_map(|number| line(&Asked { number })).collect();
    lines.join("\n")
}

/// Otherwise the one line that says why is held for another request's, since it names a connection of the server behind, and that one's own line is nobody's.
#[test]
fn what_the_server_behind_says_is_about_the_request_that_the_one_in_front_has_a_ray_of() {
    let told = incident()
        .file("origin/haproxy.log", log(|asked| Some(asked.in_front())))
        .file("origin/nginx/access.log", log(|asked| Some(asked.behind())))
        .file("origin/nginx/error.log", log(Asked::error));
    let causes = told.diagnosed().causes.into_iter();
    let named: Vec<(String, usize)> =
        causes.map(|ranked| (ranked.cause.slug.clone(), ranked.cases.len())).collect();
    assert_eq!(named, [("upstream-refused".to_owned(), 10)]);
}
