//! Reports made by hand for the tests of all renderers: realistic in shape, invented in their figures.

use std::collections::BTreeMap;

use super::model::*;

fn share(thousandths: u16) -> Share {
    Share::from_thousandths(thousandths)
}

fn milli(thousandths: i64) -> Decimal {
    Decimal::from_millionths(thousandths * 1000)
}

fn whole(value: i64) -> Decimal {
    Decimal::whole(value)
}

/// 18 Nov 2026, so many milliseconds after 14:00:00.
pub fn at(milliseconds: u64) -> Moment {
    let seconds = milliseconds / 1000 + 14 * 3600;
    Moment::new(format!(
        "2026-11-{:02}T{:02}:{:02}:{:02}.{:03}000000Z",
        18 + seconds / 86_400,
        seconds / 3600 % 24,
        seconds / 60 % 60,
        seconds % 60,
        milliseconds % 1000
    ))
}

fn statuses(pairs: &[(&str, u64)]) -> BTreeMap<String, u64> {
    pairs.iter().map(|(status, count)| ((*status).to_string(), *count)).collect()
}

fn input(path: &str, kind: InputKind, format: &str, records: u64) -> Input {
    Input {
        path: path.into(),
        kind,
        format: Some(format.into()),
        bytes: records * 311,
        records,
        first: Some(at(0)),
        last: Some(at(1_200_000)),
        sample_interval: 1,
        vantage: Some(if kind == InputKind::EdgeLog { "cloudflare" } else { "origin" }.into()),
        ..Input::default()
    }
}

fn inputs() -> Vec<Input> {
    let facts = CaptureFacts {
        packets: 812_344,
        bytes: 612_000_000,
        captured_bytes: 612_000_000,
        link_types: vec![1],
        tcp_streams: 3_120,
        rst: 412,
        retransmissions: 96,
        ..CaptureFacts::default()
    };
    vec![
        input("cloudflare/20261118.log.gz", InputKind::EdgeLog, "logpush_http_requests", 96_204),
        input("origin/access.log", InputKind::AccessLog, "nginx_access", 95_792),
        Input {
            first: Some(at(137_000)),
            warnings: vec!["cut short after packet 812344: 17 of 64 bytes".into()],
            facts: Some(facts),
            ..input("origin/cap.pcap00.gz", InputKind::Capture, "pcapng", 812_344)
        },
        input("origin/kern.log", InputKind::SystemLog, "syslog", 2_114),
    ]
}

fn base() -> Report {
    Report {
        profile: Profile {
            name: "cloudflare".into(),
            date: "2026-07-23".into(),
            limits: [
                ("idle_timeout_s".to_string(), Limit::Number(whole(900))),
                ("root_store".to_string(), Limit::Text("2026-07-01".into())),
            ]
            .into(),
        },
        inputs: inputs(),
        window: Window { first: Some(at(0)), last: Some(at(1_200_000)) },
        hosts: vec!["shop.example".into()],
        clocks: vec![Clock {
            a: "cloudflare".into(),
            b: "origin".into(),
            offset_s: milli(7_310),
            spread_s: milli(20),
            pairs: 412,
        }],
        ..Report::default()
    }
}

/// Nothing failed in 96,204 requests.
pub fn healthy() -> Report {
    Report {
        verdict: Verdict {
            kind: VerdictKind::Healthy,
            headline: "Nothing failed in 96,204 requests between 14:00 and 14:20 UTC".into(),
            confidence: share(990),
        },
        totals: Totals {
            requests: 96_204,
            client_aborts: 31,
            healed_attempts: 4,
            origin_statuses: statuses(&[("200", 95_100), ("304", 1_104)]),
            rays: RayTotals {
                seen: 96_204,
                joined_capture: 95_800,
                joined_edge_log: 96_204,
                ..RayTotals::default()
            },
            ..Totals::default()
        },
        timeline: Timeline {
            bucket_s: whole(20),
            start: Some(at(0)),
            series: Series {
                requests: (0..60).map(|bucket| 1_500 + bucket * 7 % 200).collect(),
                failed: vec![0; 60],
                by_cause: BTreeMap::new(),
            },
            events: Vec::new(),
        },
        coverage: Coverage {
            encrypted_share: Some(share(0)),
            packets_lost_by_capture: Some(0),
            ..Coverage::default()
        },
        ..base()
    }
}

/// A case of `slug` at so many milliseconds; `number` makes its ray.
pub fn case(slug: &str, number: u64, milliseconds: u64) -> Case {
    let post = !number.is_multiple_of(3);
    Case {
        ray: Some(format!("{:016x}", 0x7d12_3456_7890_abcd_u64.wrapping_add(number.wrapping_mul(7_919_771)))),
        colo: Some(if number.is_multiple_of(2) { "LAX" } else { "FRA" }.into()),
        time: Some(at(milliseconds)),
        slug: slug.into(),
        confidence: share(970),
        method: Some(if post { "POST" } else { "GET" }.into()),
        host: Some("shop.example".into()),
        path: Some(if post { "/checkout" } else { "/api/cart?id=value-0003" }.into()),
        edge_status: Some(520),
        joined: vec![InputKind::Capture, InputKind::EdgeLog],
        join: Some(Join::Ray),
        hop: Some(Hop::EdgeOrigin),
        attempts: vec![Attempt {
            time: at(milliseconds),
            healed: false,
            text: "reset before a response byte".into(),
        }],
        connection: Some(Connection {
            client: format!("172.68.3.{}:{}", number % 250, 20_000 + number % 40_000),
            server: "203.0.113.10:443".into(),
            community_id: Some("1:LQU9qZlK+B5F3KDmev6m5PMibrg=".into()),
            seen_in: vec![SeenIn {
                input: "origin/cap.pcap00.gz".into(),
                stream: number,
                first_frame: 80 * number,
                last_frame: 80 * number + 30,
            }],
        }),
        story: vec![
            format!("The connection had been idle for {} s.", 64 + number % 2),
            "The origin's FIN crossed the request; RST followed.".into(),
        ],
        ..Case::default()
    }
}

fn race_ladder() -> Ladder {
    let lane = |role, label: &str| Lane { role, label: label.into() };
    let row = |offset_ms: i64, from, to, label: &str, text: &str| LadderRow {
        offset_ns: offset_ms * 1_000_000,
        from,
        to,
        label: label.into(),
        text: text.into(),
        ..LadderRow::default()
    };
    let capture = Some("origin/cap.pcap00.gz".to_string());
    Ladder {
        lanes: vec![
            lane(LaneRole::Client, "client"),
            lane(LaneRole::Edge, "edge LAX"),
            lane(LaneRole::Origin, "origin :443"),
        ],
        rows: vec![
            LadderRow {
                frame: Some(81_102),
                input: capture.clone(),
                ..row(0, 2, 1, "200 OK", "response complete")
            },
            LadderRow {
                kind: RowKind::Dashed,
                line: Some(77),
                input: Some("cloudflare/20261118.log.gz".into()),
                ..row(64_998, 0, 1, "POST /checkout", "edge log only")
            },
            LadderRow {
                crosses_next: true,
                frame: Some(81_227),
                input: capture.clone(),
                ..row(65_000, 2, 1, "FIN", "the origin closes the idle connection; its FIN crosses the POST")
            },
            LadderRow {
                frame: Some(81_228),
                input: capture.clone(),
                ..row(65_000, 1, 2, "POST", "the request")
            },
            LadderRow {
                telling: true,
                frame: Some(81_229),
                input: capture,
                ..row(65_001, 2, 1, "RST", "0.3 ms after the POST, and no response byte")
            },
            LadderRow {
                kind: RowKind::Dashed,
                ..row(65_013, 1, 0, "520", "ray 7d1234567890abcd; a POST is not tried again")
            },
        ],
    }
}

fn race(requests: u64, failed: u64) -> Cause {
    Cause {
        rank: 1,
        slug: "keepalive-race".into(),
        title: "Keep-alive race".into(),
        layer: Layer::Tcp,
        who: Who::Origin,
        confidence: share(972),
        confidence_interval: Some(Interval { low: share(930), high: share(990) }),
        confidence_terms: vec![
            ConfidenceTerm { text: "336 of 338 idle ages lie within 0.4 s of 65 s".into(), weight: 3_100 },
            ConfidenceTerm { text: "336 failures show FIN before RST on the wire".into(), weight: 2_400 },
            ConfidenceTerm { text: "no failure on a connection's first request".into(), weight: 800 },
            ConfidenceTerm {
                text: "2 failures have no packets: the capture starts later".into(),
                weight: -300,
            },
        ],
        missing: vec!["nginx.conf is not among the inputs, so 65 s is measured, not read".into()],
        affected: Affected {
            requests,
            connections: requests,
            share_of_failures: Share::of(requests, failed),
        },
        first: Some(at(131_204)),
        last: Some(at(1_180_000)),
        edge_statuses: statuses(&[("520", requests)]),
        rays: (0..requests).map(|number| format!("{:016x}", 0x7d12_3456_7890_abcd_u64 + number)).collect(),
        summary: format!(
            "{requests} of {failed} failed requests were sent on a connection that the origin was closing at that \
             moment. The origin closes a connection after 65.0 s without a request and answered with RST and no \
             response byte."
        ),
        evidence: vec![
            Evidence {
                kind: EvidenceKind::Packet,
                input: "origin/cap.pcap00.gz".into(),
                frame: Some(81_229),
                time: Some(at(131_204)),
                filter: Some("tcp.stream eq 12".into()),
                text: "RST from the origin 0.3 ms after the request, 65.0 s after the last response".into(),
                ..Evidence::default()
            },
            Evidence {
                kind: EvidenceKind::Edge,
                input: "cloudflare/20261118.log.gz".into(),
                line: Some(77),
                ray: Some("7d1234567890abcd".into()),
                text: "EdgeResponseStatus 520, OriginResponseStatus 0".into(),
                ..Evidence::default()
            },
        ],
        settings: vec![Setting {
            input: "etc/nginx.conf".into(),
            line: 31,
            directive: "keepalive_timeout".into(),
            value: "65".into(),
            wanted: "> 900s".into(),
        }],
        contrast: vec![
            contrast("idle_age", "≥ 64.5 s", 994, 8, true),
            contrast("method", "POST", 710, 220, true),
            contrast("reused_connection", "yes", 1000, 810, true),
            contrast("edge_range", "172.68.0.0/16", 310, 300, false),
            contrast("colo", "LAX", 120, 120, false),
        ],
        remediation: vec![Remediation {
            title: "Keep idle connections longer than the edge does".into(),
            target: Target::Nginx,
            snippet: "# http or server block; longer than the edge's 900 s\nkeepalive_timeout 910s;".into(),
            why: "Then the edge closes first and never sends on a connection that is going away.".into(),
            risk: "Idle connections hold memory longer: about 3 kB each.".into(),
            rollback: "keepalive_timeout 65s;".into(),
        }],
        check: "nginx -T 2>/dev/null | grep -n keepalive_timeout".into(),
        ladder_case: Some("7d1234567890abcd".into()),
        ladder: Some(race_ladder()),
        figures: vec![Figure::Histogram {
            title: "Idle time before reuse".into(),
            finding: "336 of 338 failures lie in the last bin before 65 s; no connection is reused later"
                .into(),
            unit: "s".into(),
            bounds: (0..=20).map(|bin| whole(bin * 5)).collect(),
            failing: (0..20).map(|bin| if bin == 12 { 336 } else { u64::from(bin == 11) * 2 }).collect(),
            healthy: (0..20).map(|bin| if bin < 13 { 9_000 >> bin } else { 0 }).collect(),
            marks: vec![
                ScaleMark { value: whole(65), text: "origin closes at 65 s".into() },
                ScaleMark { value: whole(900), text: "edge keeps: 900 s".into() },
            ],
        }],
        ..Cause::default()
    }
}

fn contrast(attribute: &str, value: &str, failing: u16, healthy: u16, differs: bool) -> Contrast {
    Contrast {
        attribute: attribute.into(),
        value: value.into(),
        failing_share: share(failing),
        healthy_share: share(healthy),
        lift: Decimal::ratio(failing.into(), healthy.into()),
        q: share(if differs { 1 } else { 800 }),
        failing: 338 * u64::from(failing) / 1000,
        healthy: 95_792 * u64::from(healthy) / 1000,
        differs,
    }
}

/// A second cause: the kernel kills php-fpm.
fn oom() -> Cause {
    Cause {
        rank: 2,
        slug: "oom-kill".into(),
        title: "Out-of-memory kill".into(),
        layer: Layer::Application,
        confidence: share(884),
        affected: Affected { requests: 62, connections: 62, share_of_failures: Share::of(62, 412) },
        first: Some(at(662_000)),
        last: Some(at(761_000)),
        edge_statuses: statuses(&[("520", 50), ("502", 12)]),
        rays: vec!["7d12400c77e13b0d".into()],
        summary: "The kernel killed php-fpm at 14:11:02; 62 responses broke off in the next 100 s.".into(),
        chain: vec![
            ChainLink {
                slug: "oom-kill".into(),
                role: ChainRole::Root,
                text: "the kernel kills php-fpm".into(),
            },
            ChainLink {
                slug: "truncated-response".into(),
                role: ChainRole::Consequence,
                text: "62 responses break off".into(),
            },
        ],
        evidence: vec![Evidence {
            kind: EvidenceKind::Line,
            input: "origin/kern.log".into(),
            line: Some(512),
            time: Some(at(662_000)),
            text: "Out of memory: Killed process 2210 (php-fpm8.2) total-vm:912340kB".into(),
            ..Evidence::default()
        }],
        remediation: vec![Remediation {
            title: "Fewer workers than the memory holds".into(),
            target: Target::PhpFpm,
            snippet: "pm.max_children 24".into(),
            why: "24 workers of 120 MB fit into the 3 GB that are left.".into(),
            risk: "Fewer requests are served at the same time.".into(),
            rollback: "pm.max_children 60".into(),
        }],
        check: "journalctl -k --since '2026-11-18 14:00' | grep -i 'out of memory'".into(),
        ..Cause::default()
    }
}

/// Counts per bucket of 20 s: the race from bucket 7 on, the kill in buckets 33 to 38.
fn timeline(causes: &[Cause], unexplained: u64) -> Timeline {
    let mut by_cause: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let mut failed = vec![0_u64; 60];
    for (index, cause) in causes.iter().enumerate() {
        let range = if index == 1 { 33..38_usize } else { 6 + index * 3..59 };
        let mut counts = vec![0_u64; 60];
        for number in 0..cause.affected.requests {
            counts[range.start + (number * 7 % range.len() as u64) as usize] += 1;
        }
        for (sum, count) in failed.iter_mut().zip(&counts) {
            *sum += count;
        }
        by_cause.insert(cause.slug.clone(), counts);
    }
    for number in 0..unexplained {
        failed[(number * 11 % 53 + 7) as usize] += 1;
    }
    Timeline {
        bucket_s: whole(20),
        start: Some(at(0)),
        series: Series {
            requests: (0..60).map(|bucket| 1_500 + bucket * 7 % 200).collect(),
            failed,
            by_cause,
        },
        events: vec![
            Event { time: at(120_000), text: "deploy nginx.conf r418".into(), kind: "deployment".into() },
            Event { time: at(662_000), text: "kernel kills php-fpm".into(), kind: "system".into() },
        ],
    }
}

/// A report over these causes, with so many requests that stay unexplained.
fn with_causes(causes: Vec<Cause>, unexplained: u64) -> Report {
    let failed = causes.iter().map(|cause| cause.affected.requests).sum::<u64>() + unexplained;
    let mut cases: Vec<Case> = causes
        .iter()
        .flat_map(|cause| {
            (0..cause.affected.requests).map(|number| {
                let start = 131_204 + u64::from(cause.rank) * 97;
                case(&cause.slug, number * 10 + u64::from(cause.rank), start + number * 3_109)
            })
        })
        .chain((0..unexplained).map(|number| case(UNEXPLAINED, 100_000 + number, 140_000 + number * 80_000)))
        .collect();
    cases.sort_by(|a, b| (&a.time, &a.ray).cmp(&(&b.time, &b.ray)));
    Report {
        verdict: Verdict {
            kind: VerdictKind::Origin,
            headline:
                "The origin closes idle connections after 65 s; Cloudflare keeps using them for up to 900 s"
                    .into(),
            confidence: share(972),
        },
        totals: Totals {
            requests: 96_204,
            failed_requests: failed,
            failure_rate: Share::of(failed, 96_204),
            client_aborts: 31,
            healed_attempts: 1_911,
            edge_statuses: statuses(&[("520", failed - 12), ("502", 12)]),
            origin_statuses: statuses(&[("200", 95_792), ("none", failed)]),
            rays: RayTotals {
                seen: 96_204,
                joined_capture: 90_100,
                joined_edge_log: 96_204,
                ..RayTotals::default()
            },
            ..Totals::default()
        },
        timeline: timeline(&causes, unexplained),
        causes,
        cases,
        unexplained: Unexplained {
            requests: unexplained,
            why: if unexplained > 0 {
                vec!["encrypted connections without a key log".into()]
            } else {
                Vec::new()
            },
            collect_next: if unexplained > 0 {
                vec!["capture with SSLKEYLOGFILE".into(), "nginx error_log at level info".into()]
            } else {
                Vec::new()
            },
        },
        header_audit: audit(),
        thresholds: vec![
            Threshold {
                name: "tcp_connect".into(),
                limit: whole(19),
                unit: "s".into(),
                measured: Some(milli(20)),
                state: ThresholdState::Ok,
                place: "origin/cap.pcap00.gz frame 12".into(),
            },
            Threshold {
                name: "response_header_bytes".into(),
                limit: whole(131_072),
                unit: "B".into(),
                measured: Some(whole(120_412)),
                state: ThresholdState::Warn,
                place: "customer.har entry 14".into(),
            },
        ],
        coverage: Coverage {
            captured_share_of_failures: Some(share(940)),
            encrypted_share: Some(share(31)),
            packets_lost_by_capture: Some(0),
            snaplen_cut_packets: 0,
            notes: vec!["The capture starts 6 s after the first failure.".into()],
        },
        ..base()
    }
}

fn audit() -> HeaderAudit {
    let place = || "entry 14".to_string();
    HeaderAudit {
        largest: vec![
            HeaderSize {
                name: "set-cookie".into(),
                bytes: 120_412,
                requests: 14,
                first_bytes: 3_100,
                last_bytes: 120_412,
                setter: Some("/api/cart".into()),
                input: "customer.har".into(),
                place: place(),
                ..HeaderSize::default()
            },
            HeaderSize {
                direction: Direction::Request,
                name: "cookie".into(),
                bytes: 18_204,
                requests: 96,
                first_bytes: 900,
                last_bytes: 18_204,
                input: "customer.har".into(),
                place: place(),
                ..HeaderSize::default()
            },
        ],
        cookies: vec![CookieSize {
            name: "basket_state".into(),
            bytes: 17_001,
            requests: 96,
            first_bytes: 410,
            last_bytes: 17_001,
            setter: Some("/api/cart".into()),
            input: "customer.har".into(),
            place: place(),
        }],
        over_budget: vec![OverBudget {
            direction: Direction::Request,
            name: "cookie".into(),
            bytes: 18_204,
            limit_bytes: 16_384,
            limit: "request_header_line_bytes".into(),
            requests: 3,
            input: "customer.har".into(),
            place: place(),
        }],
    }
}

/// One cause explains all 338 failures.
pub fn one_cause() -> Report {
    with_causes(vec![race(338, 338)], 0)
}

/// Two causes and 12 unexplained of 412.
pub fn two_causes() -> Report {
    with_causes(vec![race(338, 412), oom()], 12)
}

/// Six causes with every sort of figure.
pub fn six_causes() -> Report {
    let bytes = "0d0a582d55736572203a20616e6e610d0a436f6e74656e742d4c656e6774683a20300d0a0d0a";
    let figures = [
        None,
        None,
        Some(Figure::Hexdump {
            title: "Response head".into(),
            finding: "a space stands before the colon at offset 0x48".into(),
            offset: 0x40,
            bytes: bytes.into(),
            marked: MarkedRange { offset: 0x48, length: 1 },
            label: "space before the colon (offset 0x48)".into(),
        }),
        Some(Figure::Bars {
            title: "Response header by size".into(),
            finding: "set-cookie alone exceeds what the edge takes".into(),
            unit: "B".into(),
            rows: vec![
                Bar { label: "set-cookie".into(), failing: whole(140_412), healthy: whole(0) },
                Bar { label: "content-security-policy".into(), failing: whole(0), healthy: whole(4_100) },
            ],
            limit: Some(ScaleMark { value: whole(131_072), text: "edge's limit 128 kB".into() }),
        }),
        Some(Figure::Bars {
            title: "Connections by edge range".into(),
            finding: "no SYN from 172.64.0.0/13 was answered, all others were".into(),
            unit: "connections".into(),
            rows: vec![
                Bar { label: "172.64.0.0/13".into(), failing: whole(40), healthy: whole(0) },
                Bar { label: "162.158.0.0/15".into(), failing: whole(0), healthy: whole(212) },
            ],
            limit: None,
        }),
        Some(Figure::Validity {
            title: "Certificate dates".into(),
            finding: "the certificate of shop.example ended 17 days before the failures".into(),
            rows: vec![ValidityRow {
                label: "shop.example".into(),
                not_before: Moment::new("2026-08-03T00:00:00.000000000Z"),
                not_after: Moment::new("2026-11-01T00:00:00.000000000Z"),
            }],
            at: at(130_000),
        }),
    ];
    let named = [
        ("keepalive-race", "Keep-alive race", Who::Origin, Layer::Tcp, 338),
        ("oom-kill", "Out-of-memory kill", Who::Origin, Layer::Application, 62),
        ("invalid-header", "Invalid header", Who::Origin, Layer::Http, 41),
        ("response-header-too-large", "Response header too large", Who::Origin, Layer::Http, 30),
        ("firewall-drop", "Firewall drops edge ranges", Who::Origin, Layer::Tcp, 22),
        ("tls-certificate-expired", "Certificate expired", Who::Path, Layer::Tls, 9),
    ];
    let failed = named.iter().map(|cause| cause.4).sum::<u64>() + 12;
    let causes = named
        .into_iter()
        .zip(figures)
        .zip(1..)
        .map(|(((slug, title, who, layer, requests), figure), rank)| {
            let model = match rank {
                1 => race(requests, failed),
                2 => oom(),
                _ => Cause { summary: format!("{title}: {requests} requests."), ..oom() },
            };
            Cause {
                rank,
                slug: slug.into(),
                title: title.into(),
                who,
                layer,
                figures: figure.into_iter().chain(model.figures.clone()).collect(),
                affected: Affected {
                    requests,
                    connections: requests,
                    share_of_failures: Share::of(requests, failed),
                },
                edge_statuses: statuses(&[("520", requests)]),
                ..model
            }
        })
        .collect();
    with_causes(causes, 12)
}

/// 12 requests failed and nothing names a cause.
pub fn inconclusive() -> Report {
    let mut report = with_causes(Vec::new(), 12);
    report.verdict = Verdict {
        kind: VerdictKind::Inconclusive,
        headline: "12 of 96,204 requests failed and the evidence names no cause".into(),
        confidence: share(0),
    };
    report.totals.edge_statuses = statuses(&[("520", 12)]);
    report.coverage.captured_share_of_failures = None;
    report
}

/// `two_causes` with every text replaced by one of the same meaning that does no harm (`poison` false), or by one that
/// tries to (`poison` true). Both have the same shape.
pub fn hostile(poison: bool) -> Report {
    let mut report = two_causes();
    let text = |harmless: &str| match poison {
        false => harmless.to_string(),
        true => format!(
            "</script></title><img src=x onerror=alert(1)><script>alert(2)</script>\" ' & {{{{7*7}}}} | `x` \
             \u{1b}[2J\u{0}\u{202e}gnp.exe\u{2066}{harmless}"
        ),
    };
    let long = if poison { format!("<b>{}", "k".repeat(60_000)) } else { "session".to_string() };
    report.hosts = vec![text("host")];
    report.verdict.headline = text("headline");
    for cause in &mut report.causes {
        cause.title = text("title");
        cause.summary = text("summary");
        cause.check = text("check");
        for piece in &mut cause.evidence {
            (piece.text, piece.input) = (text("text"), text("input"));
            piece.filter = piece.filter.as_deref().map(text);
        }
        for remedy in &mut cause.remediation {
            (remedy.title, remedy.snippet, remedy.why) = (text("title"), text("snippet"), text("why"));
        }
        for row in &mut cause.contrast {
            row.value = text("value");
        }
        for row in cause.ladder.iter_mut().flat_map(|ladder| &mut ladder.rows) {
            (row.label, row.text) = (text("label"), text("text"));
        }
        for figure in &mut cause.figures {
            if let Figure::Histogram { title, finding, marks, .. } = figure {
                (*title, *finding) = (text("title"), text("finding"));
                marks.iter_mut().for_each(|mark| mark.text = text("mark"));
            }
        }
        for term in &mut cause.confidence_terms {
            term.text = text("term");
        }
    }
    for case in &mut report.cases {
        case.path = Some(text("/path"));
        case.host = Some(text("host"));
        case.story = vec![text("story")];
    }
    for input in &mut report.inputs {
        input.path = text(&input.path);
        input.warnings.iter_mut().for_each(|warning| *warning = text("warning"));
    }
    report.header_audit.cookies[0].name = long.clone();
    report.header_audit.largest[0].name = long;
    report.timeline.events.iter_mut().for_each(|event| event.text = text("event"));
    report.coverage.notes = vec![text("note")];
    report.unexplained.why = vec![text("why")];
    report.warnings = vec![text("warning")];
    report
}

/// One cause, 10,000 listed cases and 2,000 omitted.
pub fn ten_thousand_cases() -> Report {
    let mut report = with_causes(vec![race(10_000, 12_000)], 0);
    for (number, case) in report.cases.iter_mut().enumerate() {
        case.path = Some(format!("/api/v2/accounts/{}/orders/{}", number * 37 % 9_001, number));
        case.story = vec![
            format!(
                "The connection had been idle for 6{}.{:03} s when the request was sent.",
                4 + number % 2,
                number % 997
            ),
            "The origin's FIN crossed the request; RST followed.".into(),
        ];
    }
    report.cases_omitted = 2_000;
    report
}

/// Every fixture with its name.
pub fn all() -> Vec<(&'static str, Report)> {
    vec![
        ("healthy", healthy()),
        ("inconclusive", inconclusive()),
        ("one-cause", one_cause()),
        ("two-causes", two_causes()),
        ("six-causes", six_causes()),
        ("hostile", hostile(true)),
        ("ten-thousand-cases", ten_thousand_cases()),
    ]
}
