//! truncated-response: the origin stops in the middle of its response.

use crate::causes::catalogue::{Cause, Layer, Level, Remedy, Who};
use crate::causes::signs::when;
use crate::causes::weight::{Weight, strength};
use crate::correlate::{Case, Incident};
use crate::flow::Side;
use crate::http::exchange::{BodyState, Cut, Framing, Response};

/// The cause.
pub const CAUSE: Cause = Cause {
    slug: "truncated-response",
    title: TITLE,
    layer: Layer::Http,
    who: Who::Origin,
    level: Level::Residual,
    edge_statuses: &[520],
    doc: include_str!("text/truncated_response.md"),
    check: CHECK,
    remedies: REMEDIES,
    wins_over: &["empty-response", "reset-before-response"],
    weigh,
};

fn weigh(case: &Case, incident: &Incident) -> Option<Weight> {
    let (row, kept) = case.exchanges(incident).next_back()?;
    let response = kept.exchange.response.as_ref()?;
    let text = cut(response)?;
    let end = row.connection.closed_first().map_or(response.last, |(_, _, at)| at);
    Weight::new().shown(strength::STRONG, text, row.place(end), when(end)).some()
}

/// What was announced and what came, where the origin itself cut it short.
fn cut(response: &Response) -> Option<String> {
    let (in_head, how) = match response.body.state {
        BodyState::InHead(cut) => (true, cut),
        BodyState::InBody(cut) => (false, cut),
        BodyState::Complete | BodyState::Lost => return None,
    };
    let how = match how {
        Cut::Fin => "closes (FIN)",
        Cut::Reset(Side::Server) => "resets the connection",
        Cut::Reset(Side::Client) | Cut::Capture => return None,
    };
    let received = response.body.received;
    Some(match (in_head, response.body.framing) {
        (true, _) => {
            format!("the origin {how} inside the response's head, after {} bytes", response.head.bytes)
        }
        (false, Framing::Length(length)) => {
            format!("the origin {how} after {received} of {length} bytes (Content-Length)")
        }
        (false, Framing::Chunked) => format!("the origin {how} after {received} bytes without a last chunk"),
        (false, _) => format!("the origin {how} after {received} bytes of body"),
    })
}

/// One line that names what is wrong.
const TITLE: &str = "the origin stops in the middle of its response";

/// What confirms or refutes it.
const CHECK: &str = "curl -sS --resolve {host}:443:{origin} 'https://{host}{path}' -o /dev/null";

/// What to change, best first.
const REMEDIES: &[Remedy] = &[
    Remedy {
        title: "Give the proxy room for its buffers",
        target: "nginx",
        snippet: "# http { }; before: df -h /var/lib/nginx, and the owner of the proxy directory must be nginx's user
proxy_buffers 16 16k;
proxy_busy_buffers_size 32k;
proxy_max_temp_file_size 1024m;
proxy_temp_path /var/lib/nginx/proxy 1 2;",
        why: "A full or forbidden temp directory cuts every response that does not fit into the memory \
              buffers.",
        risk: "More memory for each connection; the temp files need the disk.",
        rollback: "Restore the former lines, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Let the server count the length",
        target: "app",
        snippet: "# Do not set Content-Length by hand where a later step compresses or changes the body. To see the difference:
curl -sS --raw --resolve {host}:443:{origin} -H 'Accept-Encoding: gzip' -D - -o body.bin 'https://{host}{path}'
wc -c body.bin   # must equal Content-Length",
        why: "A length computed before compression promises bytes that never come.",
        risk: "Without Content-Length the response is chunked and progress bars lose their total.",
        rollback: "Set the header again",
    },
    Remedy {
        title: "Give slow transfers more time",
        target: "nginx",
        snippet: "# location of the large responses
send_timeout 120s;
proxy_read_timeout 120s;",
        why: "Cuts that come after the same time each are a timeout between two writes or two reads.",
        risk: "Stalled connections stay longer.",
        rollback: "Remove both lines, then nginx -t && nginx -s reload",
    },
    Remedy {
        title: "Let the script finish",
        target: "php-fpm",
        snippet: "; pool file; seconds. PHP's own max_execution_time must not be longer.
request_terminate_timeout = 120s
request_slowlog_timeout = 5s
slowlog = /var/log/php-fpm-slow.log",
        why: "A script that is ended by a limit leaves half of its output behind.",
        risk: "A stuck script holds its worker longer.",
        rollback: "Restore the former values, then systemctl reload php-fpm",
    },
];
