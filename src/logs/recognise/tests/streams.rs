//! Streams of containers, in which requests and messages of several programs stand.

use super::*;

#[test]
fn requests_and_errors_of_one_container_are_both_read() {
    let text = format!("{}{}", format!("{ACCESS}\n").repeat(8), format!("{ERROR}\n").repeat(3));
    let found = rows(&text);
    assert_eq!(found.iter().filter(|row| matches!(row, Parsed::Access(_))).count(), 8);
    assert_eq!(found.iter().filter(|row| matches!(row, Parsed::Message(_))).count(), 3);
    assert_eq!(found.len(), 11);
}

/// Otherwise the reason of a proxy's 502 is lost as soon as a second container's requests stand in the same stream.
#[test]
fn what_caddy_says_is_read_among_the_requests_of_two_containers() {
    let request = r#"caddy-1 | {"level":"info","ts":1795752426.13,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"172.68.10.34","remote_port":"55401","proto":"HTTP/1.1","method":"GET","host":"a.example","uri":"/a","headers":{}},"duration":0.01,"size":5,"status":200}"#;
    let of_app = "app-1   | 2026-11-27T04:07:06.172Z info GET /a 200 5ms";
    let error = r#"caddy-1 | {"level":"error","ts":1795752434.83,"logger":"http.handlers.reverse_proxy","msg":"failed getting dynamic upstreams; falling back to static upstreams","error":"lookup app on 127.0.0.11:53: no such host"}"#;
    for (of_proxy, of_other) in [(40, 40), (60, 20), (20, 60)] {
        let (requests, others) =
            (format!("{request}\n").repeat(of_proxy), format!("{of_app}\n").repeat(of_other));
        let text = format!("{requests}{others}{error}\n");
        let told = rows(&text).into_iter().filter_map(|row| match row {
            Parsed::Message(row) => row.signature,
            _ => None,
        });
        assert_eq!(told.collect::<Vec<_>>(), ["go-proxy-servers-unresolved"], "{of_proxy} beside {of_other}");
    }
}
