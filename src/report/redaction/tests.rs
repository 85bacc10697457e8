use std::collections::BTreeSet;

use super::*;

fn redactor() -> Redactor<'static> {
    let public: BTreeSet<IpAddr> =
        ["203.0.113.7", "172.68.1.2", "127.0.0.1", "10.9.9.9"].map(|text| text.parse().unwrap()).into();
    Redactor::new(Redaction::On, move |address| public.contains(&address))
}

#[test]
fn visitors_become_ordinals_and_public_addresses_stay() {
    let redactor = redactor();
    assert_eq!(
        redactor.text("client: 198.51.100.9, server 203.0.113.7:443, edge 172.68.1.2:4711, then 2001:db8::1 and 198.51.100.9:80."),
        "client: visitor-0001, server 203.0.113.7:443, edge 172.68.1.2:4711, then visitor-0002 and visitor-0001:80."
    );
    assert_eq!(redactor.text("127.0.0.1:9000 10.9.9.9 10.1.2.3"), "127.0.0.1:9000 10.9.9.9 visitor-0003");
}

#[test]
fn rays_times_and_versions_are_not_taken_for_addresses() {
    let redactor = Redactor::new(Redaction::On, |address| address.is_unspecified());
    for text in [
        "2026-11-18T14:02:11.204000000Z",
        "9c1f00aa12bc34de",
        "nginx 1.22.1",
        "at 14:02:11: closed",
        "+0.3 ms",
        "::",
    ] {
        assert_eq!(redactor.text(text), text);
    }
}

#[test]
fn query_values_and_credentials_go_and_their_names_stay() {
    let redactor = redactor();
    for (text, told) in [
        ("GET /cart?id=7&coupon=SECRET&x HTTP/1.1", "GET /cart?id=…&coupon=…&x HTTP/1.1"),
        ("“Cookie: a=1; b=2” then", "“Cookie: …” then"),
        ("Authorization: Bearer abc.def\nnext", "Authorization: …\nnext"),
        ("login failed for user \"anna\", token=s3cr3t;", "login failed for user \"…\", token=…;"),
    ] {
        assert_eq!(redactor.text(text), told);
    }
}

/// What is known to be one is cut as one, whatever it holds: in a line the same characters would end it.
#[test]
fn a_target_has_no_other_end_than_its_own() {
    for (target, told) in [
        ("/a?b=it's SECRET\"<x>&c=1", "/a?b=…&c=…"),
        ("https://h/a?b=SECRET#access_token=SECRET", "https://h/a?b=…#…"),
        ("/a?b=&flag", "/a?b=&flag"),
        ("/a", "/a"),
    ] {
        assert_eq!(redactor().target(target), told);
    }
}

/// With a pseudonym in it a command would print nothing; and nobody gets a pseudonym by what is not told.
#[test]
fn a_command_that_would_tell_a_visitor_is_none() {
    let redactor = redactor();
    assert_eq!(redactor.verbatim("grep -c x logs/198.51.100.9/error.log".to_owned()), None);
    let of_edge = "tshark -r cap.pcap -Y 'ip.src == 203.0.113.7'";
    assert_eq!(redactor.verbatim(of_edge.to_owned()).as_deref(), Some(of_edge));
    assert_eq!(redactor.text("198.51.100.10"), "visitor-0001");
}

#[test]
fn where_redaction_is_off_all_texts_stay() {
    let redactor = Redactor::new(Redaction::Off, |_| false);
    let text = "198.51.100.9 /a?b=SECRET Cookie: x=1";
    assert_eq!(redactor.text(text), text);
    assert_eq!(redactor.target("/a?b=SECRET"), "/a?b=SECRET");
    assert_eq!(redactor.verbatim(text.to_owned()).as_deref(), Some(text));
}
