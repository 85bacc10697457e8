//! What the answer itself says: pages of proxies and frameworks, with no log beside the edge's.

use std::io::Write as _;

use super::conversation::Speaker::Edge;
use super::conversation::answer;
use super::incident::{Incident, Source, incident};
use super::request::Request;
use super::{Decoy, Trial};

const NO_SERVER: &str = "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>\n";
pub const INCOMPLETE: &str = "<html><body><h1>502 Bad Gateway</h1>\nThe server returned an invalid or incomplete response.\n</body></html>\n";
const IN_TIME: &str = "<html>\r\n<body>\r\n<center><h1>504 Gateway Time-out</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n";
const BAD_GATEWAY: &str = "<html>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n";
const NAMELESS: &str = "<p>The proxy server received an invalid\r\nresponse from an upstream server.<br />\r\n<p>Reason: <strong>DNS lookup failure for: app.internal</strong></p></p>";

/// The origin answers with this page, and no log of its own says so.
pub fn answered(r: Request, status: u16, page: impl AsRef<[u8]>, more: &str) -> Request {
    let whole = answer(&format!("{status} Failed"), more, page);
    r.edge(status, status).connection(|c| c.opens().asks().answers(&whole).ends(Edge))
}

fn shown(status: u16, page: &'static str) -> Incident {
    incident().healthy(40).failing(8, |r| answered(r, status, page, ""))
}

pub const TRIALS: &[Trial] = &[
    Trial {
        slug: "upstream-refused",
        sign: "no-server-left-page",
        at_work: || shown(503, NO_SERVER),
        decoys: &[
            Decoy {
                mark: "the same status, with a page of the application's own",
                named: Some("origin-error-status"),
                told: || shown(503, "<p>We are counting our stock, come back tomorrow</p>"),
            },
            Decoy {
                mark: "the proxy's page that the server behind was too slow",
                named: Some("upstream-timeout"),
                told: || shown(504, IN_TIME),
            },
        ],
    },
    Trial {
        slug: "upstream-name",
        sign: "upstream-name-line",
        at_work: || shown(502, NAMELESS),
        decoys: &[Decoy {
            mark: "the proxy's page without that reason",
            named: Some("origin-error-status"),
            told: || {
                shown(502, "<p>The proxy server received an invalid\r\nresponse from an upstream server.</p>")
            },
        }],
    },
];

/// Otherwise a page that a filter compressed says nothing.
#[test]
fn a_compressed_page_is_read() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(NO_SERVER.as_bytes()).expect("a buffer takes it");
    let page = packed.finish().expect("a buffer takes it");
    let told = incident().healthy(40).failing(8, |r| answered(r, 503, &page, "Content-Encoding: gzip\r\n"));
    assert_eq!(told.named(), [Some("upstream-refused".to_owned())]);
}

/// Otherwise the log of an application speaks against a head that was too large for HAProxy's buffer and for one that was closed early: neither is in it.
#[test]
fn what_haproxy_writes_into_no_error_log_is_missing_in_none() {
    let note = "2026/11/17 08:00:05 [notice] 7#7: signal process started";
    let unseen = |page| {
        let judged = shown(502, page).line(Source::ErrorLog, 5, note).judged();
        let missing = |sign: &str| judged.iter().filter(|case| case.unseen.contains(&sign)).count();
        (missing("upstream-closed-line"), missing("upstream-head-too-big-line"))
    };
    assert_eq!(unseen(INCOMPLETE), (0, 0));
    assert_eq!(unseen(BAD_GATEWAY), (8, 8), "nginx has an error log");
}

/// Otherwise a page that fits several causes names one of them.
#[test]
fn a_page_without_a_reason_names_no_cause_behind() {
    for (page, sign) in [(BAD_GATEWAY, "gateway-page"), (INCOMPLETE, "unusable-answer-page")] {
        let judged = shown(502, page).judged();
        assert!(!judged.is_empty());
        for case in judged {
            assert!(matches!(case.slug.as_deref(), None | Some("origin-error-status")), "{}", case.account);
            assert!(case.seen.contains(&sign), "{}", case.account);
        }
    }
}
