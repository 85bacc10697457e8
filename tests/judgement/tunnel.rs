//! Requests through a tunnel: what its near end says of the application behind it.

use super::incident::{Incident, Source, incident};
use super::request::{BEGIN, Request, SECOND, clock};

const UNREACHABLE: &str = "Unable to reach the origin service. The service may be down or it may not be responding to traffic from cloudflared: ";
const SERVICE: &str = "originService=http://127.0.0.1:8080";

/// How a line names its request.
#[derive(Clone, Copy, Debug)]
enum Naming {
    Ray,
    RayInObject,
    Url,
    UrlOfOther,
    RayOfOther,
}

/// What cloudflared says of a request, of which the application does not answer for this reason.
fn says(r: Request, why: &str, naming: Naming) -> Request {
    let (ray, url) = (r.ray(), r.url());
    let line = match naming {
        Naming::Ray => {
            format!(
                "ERR  error=\"{UNREACHABLE}{why}\" cfRay={ray}-FRA connIndex=0 event=1 ingressRule=0 {SERVICE}"
            )
        }
        Naming::RayInObject => format!(
            r#"{{"level":"error","error":"{UNREACHABLE}{why}","cfRay":"{ray}-FRA","originService":"http://127.0.0.1:8080","ingressRule":0,"connIndex":2,"message":""}}"#
        ),
        Naming::Url => format!(
            "ERR Request failed error=\"{UNREACHABLE}{why}\" connIndex=0 dest={url} event=0 ip=198.41.200.23 type=http"
        ),
        Naming::UrlOfOther => format!(
            "ERR Request failed error=\"{UNREACHABLE}{why}\" connIndex=0 dest={url}/other event=0 ip=198.41.200.23 type=http"
        ),
        Naming::RayOfOther => {
            let other = ray.to_string().replace("9f00", "9e00");
            format!(
                "ERR  error=\"{UNREACHABLE}{why}\" cfRay={other}-FRA connIndex=0 event=1 ingressRule=0 {SERVICE}"
            )
        }
    };
    r.cloudflared(&line)
}

fn through_tunnel(failing: impl Fn(Request) -> Request) -> Incident {
    let told = incident().others(40, |r| r.edge(200, 200)).failing(6, failing);
    told.without(Source::AccessLog).without(Source::Capture).without(Source::ErrorLog)
}

/// Otherwise a person who runs a tunnel is told that the application answered 502, which it never did.
#[test]
fn the_words_of_the_tunnels_end_say_what_became_of_the_application() {
    for (why, slug) in [
        ("dial tcp 127.0.0.1:8080: connect: connection refused", "upstream-refused"),
        ("dial tcp 10.0.0.5:8080: i/o timeout", "upstream-timeout"),
        ("EOF", "upstream-closed-early"),
        ("unexpected EOF", "upstream-closed-early"),
        ("dial tcp: lookup app on 127.0.0.11:53: no such host", "upstream-name"),
        (
            "tls: failed to verify certificate: x509: certificate signed by unknown authority",
            "origin-error-status",
        ),
    ] {
        for naming in [Naming::Ray, Naming::RayInObject, Naming::Url] {
            let named = through_tunnel(|r| says(r.edge(502, 502), why, naming)).named();
            assert_eq!(named, [Some(slug.to_owned())], "{why}, {naming:?}");
        }
        for naming in [Naming::UrlOfOther, Naming::RayOfOther] {
            let named = through_tunnel(|r| says(r.edge(502, 502), why, naming)).named();
            assert_eq!(named, [Some("origin-error-status".to_owned())], "{why}, {naming:?}");
        }
    }
}

/// A record of the edge may tell of no origin, since the tunnel's end is none. Otherwise the tunnel is said to be down that asks in vain.
#[test]
fn what_the_tunnels_end_asked_in_vain_is_no_answer_of_the_edges_own() {
    let why = "dial tcp 127.0.0.1:8080: connect: connection refused";
    let without_origin = |r: Request| r.edge(502, 0).unlogged("EdgeServerIP").unlogged("OriginIP");
    for naming in [Naming::Ray, Naming::RayInObject, Naming::Url] {
        let named = through_tunnel(|r| says(without_origin(r), why, naming)).named();
        assert_eq!(named, [Some("upstream-refused".to_owned())], "{naming:?}");
    }
    // A log of the edge that has the field, and has nothing in it.
    let emptied = |r: Request| r.edge(502, 0).field("EdgeServerIP", "").field("OriginIP", "");
    assert_eq!(
        through_tunnel(|r| says(emptied(r), why, Naming::Url)).named(),
        [Some("upstream-refused".to_owned())]
    );
    let of_other = through_tunnel(|r| says(emptied(r), why, Naming::UrlOfOther)).named();
    assert!(!of_other.contains(&Some("upstream-refused".to_owned())), "{of_other:?}");
    let lost = "ERR Serve tunnel error error=\"control stream encountered a failure while serving\" connIndex=0 event=0 ip=198.41.192.77";
    let named = through_tunnel(|r| without_origin(r).cloudflared(lost)).named();
    assert!(!named.contains(&Some("upstream-refused".to_owned())), "{named:?}");
}

/// cloudflared tries again after longer and longer waits, and says nothing meanwhile. Otherwise requests of such minutes are unexplained, and those near to a
/// line are not.
#[test]
fn a_tunnel_that_lost_its_connections_has_none_until_one_is_registered() {
    let at = |second: i64, text: &str| format!("{} {text}\n", clock(BEGIN + second * SECOND));
    let told = |lost: u8, back: i64| {
        let each = (0..lost).map(|number| {
            at(9, &format!("ERR Serve tunnel error error=\"timeout: no recent network activity\" connIndex={number} event=0 ip=198.41.192.{number}"))
        });
        let registered = at(
            back,
            "INF Registered tunnel connection connIndex=0 event=0 ip=198.41.200.53 location=fra03 protocol=quic",
        );
        let log = each.chain([registered]).collect::<String>();
        let told =
            incident().others(40, |r| r.edge(200, 200)).failing_within(20, (20, 118), |r| r.edge_alone(530));
        let told = told.without(Source::AccessLog).without(Source::Capture).without(Source::ErrorLog);
        told.file("cloudflared.log", log)
    };
    let gone =
        |told: Incident| told.judged().iter().filter(|case| case.seen.contains(&"tunnel-gone")).count();
    assert_eq!(told(4, 119).named(), [Some("tunnel-down".to_owned())]);
    assert_eq!((gone(told(4, 119)), gone(told(4, 60))), (20, 8));
    assert_eq!(gone(told(1, 119)), 0, "three others carry on");
}

/// Otherwise whatever a program dates itself is an hour off as soon as the journal around it, as `journalctl` prints it, is known to be of another zone.
#[test]
fn a_programs_own_instant_is_of_no_zone_that_the_journal_around_it_has() {
    let gone = |hours: i64| {
        let at = |second: i64| clock(BEGIN + second * SECOND);
        let local = |second: i64| at(second + hours * 3600)[8..19].replace('T', " ");
        let of_system = |second: i64, text: &str| format!("Nov {} nas {text}\n", local(second));
        let lost = (0..4).map(|number| {
            let text = format!("ERR Serve tunnel error error=\"timeout: no recent network activity\" connIndex={number} event=0 ip=198.41.192.{number}");
            of_system(9, &format!("cloudflared[812]: {} {text}", at(9)))
        });
        let others = [
            (2, "kernel: r8169 0000:02:00.0 enp2s0: Link is Down"),
            (119, "systemd[1]: Started Session 1 of user root."),
        ];
        let log = lost.chain(others.map(|(second, text)| of_system(second, text))).collect::<String>();
        let told =
            incident().others(40, |r| r.edge(200, 200)).failing_within(20, (20, 118), |r| r.edge_alone(530));
        let told = told.without(Source::AccessLog).without(Source::Capture).without(Source::ErrorLog);
        let judged = told.without(Source::SystemLog).file("journal.txt", log).judged();
        judged.iter().filter(|case| case.seen.contains(&"tunnel-gone")).count()
    };
    assert_eq!([0, 1, -8].map(gone), [20, 20, 20]);
}
