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
fn an_address_is_found_whatever_stands_around_it() {
    for (text, told) in [
        (
            "ip198.51.100.9 ip:198.51.100.9 face198.51.100.9",
            "ipvisitor-0001 ip:visitor-0001 facevisitor-0001",
        ),
        ("client=198.51.100.9:4711.", "client=visitor-0001:4711."),
        ("::ffff:198.51.100.9 [::ffff:c633:6409]", "visitor-0001 [visitor-0001]"),
        ("ip-198-51-100-9.ec2.internal", "ip-visitor-0001.ec2.internal"),
        ("198-51-100-9.dip.example.net", "visitor-0001.dip.example.net"),
        ("198.51.100.9.dip0.example.net", "visitor-0001.dip0.example.net"),
        ("p198.51.100.9.example.net", "pvisitor-0001.example.net"),
        ("14:02:11:198.51.100.9", "14:02:11:visitor-0001"),
        ("198.051.100.009", "visitor-0001"),
        (
            "ip:2001:db8::9, addr2001:db8::9. [2001:db8::9]:443",
            "ip:visitor-0001, addrvisitor-0001. [visitor-0001]:443",
        ),
        ("host 2001:db8::9.example.net", "host visitor-0001.example.net"),
        (
            "ip-203-0-113-7.ec2.internal ip203.0.113.7 ::ffff:203.0.113.7",
            "ip-203-0-113-7.ec2.internal ip203.0.113.7 ::ffff:203.0.113.7",
        ),
    ] {
        assert_eq!(redactor().text(text), told);
    }
}

#[test]
fn dates_versions_and_names_of_items_are_no_addresses() {
    for text in [
        "2026-11-20-10 20-11-26-10 then",
        "1.3.6.1.2.1.4 1.2.3.4.5",
        "std::fmt::de rust::de",
        "a.b.c.d 256.1.1.1 1.2.3 1..2.3",
        "00:1a:2b:3c:4d:5e",
    ] {
        assert_eq!(redactor().text(text), text);
    }
}

proptest::proptest! {
    /// Forms that nobody thought of: an address is not told, whatever stands before it and behind.
    #[test]
    fn no_address_is_told(
        octets: [u8; 4],
        groups: [u16; 8],
        before in "([a-zA-Z=:;,@#/ _\\[(\"'-]|é){0,12}",
        behind in "(:[0-9]{1,5})?([a-zA-Z=;,@#/ _\\])\"'-]|é){0,12}",
        separator in "[.-]",
    ) {
        let four = octets.map(|octet| octet.to_string()).join(&separator);
        // Numbers with dashes are an address in a host's name only.
        let text = if separator == "-" { format!("{before} ip-{four}.example.net{behind}") } else { format!("{before}{four}{behind}") };
        let told = Redactor::new(Redaction::On, |_| false).text(text.clone());
        proptest::prop_assert!(!told.contains(&four), "{text} is told as {told}");
        let six = std::net::Ipv6Addr::from(groups).to_string();
        let told = Redactor::new(Redaction::On, |_| false).text(format!("{before} ip={six} {behind}"));
        proptest::prop_assert!(!told.contains(&six), "{six} is told as {told}");
    }
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
