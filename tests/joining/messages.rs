//! The error logs of an incident: what fails leaves a message nearly always, what goes well now and then.

use rayscope::time::Duration;

use super::incident::{Axes, BEGIN, Request, shown};
use super::random::Random;

/// An error log of nginx, and for each line the request that it is about.
pub fn error_log(
    axes: &Axes,
    requests: &[Request],
    server: usize,
    random: &mut Random,
) -> (String, Vec<usize>) {
    let mut lines = Vec::new();
    let mut in_order: Vec<usize> =
        (0..requests.len()).filter(|&index| requests[index].server == server).collect();
    in_order.sort_by_key(|&index| requests[index].at_origin.1);
    let half = in_order.get(in_order.len() / 2).map_or(BEGIN, |&index| requests[index].at_origin.1);
    for index in in_order {
        let request = &requests[index];
        for (level, what) in said_of(request, random) {
            // Most is said as the request ends.
            let (from, to) = request.at_origin;
            let early = if level == "warn" { to.since(from) / 2 } else { Duration::MILLISECOND };
            let time = to.plus(-early.min(to.since(from)));
            let shown = shown(axes, server, half, time).to_string();
            lines.push((time, index, line(axes, request, &shown, level, what)));
        }
    }
    lines.sort();
    let text = lines.iter().map(|(_, _, line)| format!("{line}\n")).collect();
    (text, lines.iter().map(|(_, index, _)| *index).collect())
}

/// What nginx says of a request: level and message.
fn said_of(request: &Request, random: &mut Random) -> Vec<(&'static str, &'static str)> {
    const REFUSED: &str = "connect() failed (111: Connection refused) while connecting to upstream";
    const CLOSED: &str = "upstream prematurely closed connection while reading response header from upstream";
    const LATE: &str =
        "upstream timed out (110: Connection timed out) while reading response header from upstream";
    const NONE_LEFT: &str = "no live upstreams while connecting to upstream";
    const MISSING: &str = "open() \"/srv/www/x\" failed (2: No such file or directory)";
    const BUFFERED: &str =
        "an upstream response is buffered to a temporary file /var/cache/nginx/1 while reading upstream";
    let chance = random.below(100);
    match (request.logged, request.origin_status) {
        (None, _) => Vec::new(),
        (Some(502), _) if chance < 45 => vec![("error", CLOSED)],
        (Some(502), _) if chance < 90 => vec![("error", REFUSED), ("error", NONE_LEFT)],
        (Some(504), _) if chance < 95 => vec![("error", LATE)],
        (Some(503), _) if chance < 90 => vec![("error", NONE_LEFT)],
        (Some(500), _) if chance < 80 => vec![("error", CLOSED)],
        (Some(404), _) if chance < 50 => vec![("error", MISSING)],
        // The next server answered.
        (Some(200), 200) if chance < 1 => vec![("error", REFUSED)],
        (Some(200), 200) if chance < 3 => vec![("warn", BUFFERED)],
        _ => Vec::new(),
    }
}

fn line(axes: &Axes, request: &Request, time: &str, level: &str, what: &str) -> String {
    let at = format!("{}/{}/{} {}", &time[..4], &time[5..7], &time[8..10], &time[11..19]);
    let client = match (axes.balancer, axes.real_ip) {
        (true, _) => "10.0.0.5".to_owned(),
        (false, true) => request.visitor(),
        (false, false) => request.edge(),
    };
    let (method, target) = (request.method, &request.target);
    format!(
        "{at} [{level}] 811#811: *{} {what}, client: {client}, server: shop.example, request: \"{method} {target} HTTP/1.1\", \
         upstream: \"http://10.0.0.1:8080{target}\", host: \"shop.example\"",
        request.connection
    )
}
