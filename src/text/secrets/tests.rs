use proptest::prelude::*;

use super::*;

fn cut(text: &str) -> String {
    replaced(text, &in_line(text, 25), |_| "…".to_owned()).into_owned()
}

#[test]
fn what_overlaps_is_cut_once_and_nothing_between_is_left() {
    for (text, told) in [
        ("GET /a?token=SECRET&x=SECRET then", "GET /a?token=…&x=… then"),
        ("GET /a?b=it's-SECRET HTTP/1.1", "GET /a?b=… HTTP/1.1"),
        ("for 'http://h/a?b=SECRET' failed", "for 'http://h/a?b=…' failed"),
        ("Cookie: a=SECRET?b=SECRET; c", "Cookie: …"),
        ("/a?next=Cookie: SECRET", "/a?next=… …"),
        ("http://anna:SECRET@127.0.0.1:9000/a?b=SECRET\"", "http://…@127.0.0.1:9000/a?b=…\""),
        ("mail anna@example.org, http://h/a@b", "mail …@example.org, http://h/a@b"),
        ("Authorization: Basic SECRET", "Authorization: …"),
        ("token=Cookie: SECRET SECRET", "token=… …"),
        ("Cookie: token=SECRET SECRET\" token=SECRET, b", "Cookie: …\" token=…, b"),
    ] {
        assert_eq!(cut(text), told);
    }
}

/// Otherwise a report is cut where nobody's secret stands, and tells less.
#[test]
fn what_tells_of_a_failure_is_left() {
    for text in [
        "upstream timed out (110: Connection timed out) while reading response header from upstream",
        "Access denied (using password: YES)",
        "php-fpm@8.2.service: Main process exited, code=killed, status=9/KILL",
        "token=null session: none",
        "Unexpected token: } in JSON at position 512",
        "GET /assets/index-4f3a2b1c9d8e7f6a5b4c.js HTTP/1.1",
        "GET /blog/2026-11-20-what-we-learned-of-outage-520 HTTP/1.1",
        "cf-ray: 9c1f893eb7db0ddd-FRA, x-request-id: 6f1c1a52-8d0e-4b5e-9c43-3a8f3f6b2d11",
        "EdgeStartTimestamp 1794902400003632000, 4000000 bytes, 2026-11-20 09:00:10.000",
        "incident/2026-11-20T0900-web01-4711/access.log:12",
        "php::Session::start, auth::login, src/token.rs:12",
        "sha256:0f343b0931126a20f133d67c2b018a3b",
        "express@4.18.2, git@v2",
    ] {
        assert_eq!(cut(text), text);
    }
}

/// What programs write, with a place for a secret, by the kind of secret that stands there.
const CARRIERS: [(&str, &[Kind]); 45] = [
    ("GET /a?b={}&c=1 HTTP/1.1", &[Kind::Word, Kind::Jwt, Kind::Key]),
    ("GET /login%3Fnext%3D%252Fcart%26token%3D{} HTTP/1.1", &[Kind::Word, Kind::Key]),
    ("redirect to /out/https%3A%2F%2Fshop.example%2F%3Fcode%3D{}", &[Kind::Word]),
    ("GET /reset/{} HTTP/1.1", &[Kind::Identifier, Kind::Jwt, Kind::Key]),
    ("GET /reset/{}/new?x=1 HTTP/1.1", &[Kind::Identifier]),
    ("proxy to https://shop.example/s/{}/cart failed", &[Kind::Identifier, Kind::Jwt]),
    ("connect to amqp://app:{}@10.0.0.5:5672/", &[Kind::Word]),
    ("password={}", &[Kind::Word]),
    ("DB_PASSWORD={}, DB_HOST=db", &[Kind::Word]),
    ("db.password: {}", &[Kind::Word]),
    (r#"{"user": "{}", "id": 5}"#, &[Kind::Word, Kind::Phrase, Kind::Mailbox]),
    (r#"{"access_token":"{}","expires":60}"#, &[Kind::Word, Kind::Jwt, Kind::Key]),
    (r#"body: "{\"client_secret\":\"{}\",\"a\":1}" rejected"#, &[Kind::Word, Kind::Phrase]),
    ("array('password' => '{}', 'x' => 1)", &[Kind::Word, Kind::Phrase]),
    (r#"{:password=>"{}", :x=>1}"#, &[Kind::Word, Kind::Phrase]),
    (r#"Parameters: {"authenticity_token"=>"{}"}"#, &[Kind::Word, Kind::Phrase]),
    ("X-Api-Key: {}", &[Kind::Word, Kind::Key]),
    ("x-auth-token = {};", &[Kind::Word, Kind::Key]),
    ("csrfmiddlewaretoken={}&x=1", &[Kind::Word]),
    ("cookie: a=1; b={}; c=2", &[Kind::Word]),
    ("Set-Cookie: PHPSESSID={}; path=/", &[Kind::Word]),
    ("JSESSIONID={}", &[Kind::Word]),
    ("Authorization: Bearer {}", &[Kind::Word, Kind::Jwt]),
    ("got Bearer {} of nobody", &[Kind::Word, Kind::Jwt, Kind::Key]),
    (r#"user "{}": password mismatch, client: 10.1.2.3"#, &[Kind::Word, Kind::Phrase, Kind::Mailbox]),
    ("Access denied for user '{}'@'localhost' (using password: YES)", &[Kind::Word]),
    (r#"FATAL: password authentication failed for user "{}""#, &[Kind::Word]),
    (r#"{"msg":"Access denied for user \"{}\" at db"}"#, &[Kind::Word, Kind::Phrase]),
    ("Failed password for invalid user {} from 10.1.2.3 port 22", &[Kind::Word]),
    ("Accepted publickey for {} from 10.1.2.3 port 22", &[Kind::Word]),
    ("session opened for user {} by (uid=0)", &[Kind::Word]),
    ("open() \"/home/{}/www/x.php\" failed (13: Permission denied)", &[Kind::Word]),
    ("open /Users/{}/x failed", &[Kind::Word]),
    ("#0 /srv/x.php(12): login('{}', 'b')", &[Kind::Word, Kind::Phrase, Kind::Mailbox]),
    ("#3 /srv/x.php(12): App\\Auth->login(Object(X), '{}')", &[Kind::Word, Kind::Phrase]),
    ("[data \"Matched Data: {} found within ARGS:q: {}\"]", &[Kind::Word, Kind::Phrase]),
    ("against variable `ARGS:q' (Value: `{}' )", &[Kind::Word, Kind::Phrase]),
    ("upstream sent invalid header: \"X-Note: {}\\x20...\" while reading", &[Kind::Word, Kind::Phrase]),
    ("client sent invalid header line: \"x-a: {}\"", &[Kind::Word]),
    ("mail to {} failed", &[Kind::Mailbox]),
    ("no such customer: {}", &[Kind::Mailbox, Kind::Card, Kind::Jwt, Kind::Key]),
    ("charge {} declined", &[Kind::Card]),
    ("failed with {}", &[Kind::Jwt, Kind::Key]),
    ("open(/var/lib/php/sessions/sess_{}, O_RDWR) failed", &[Kind::Session]),
    ("next=%2Fpay%3Femail%3D{}", &[Kind::Word]),
];

/// What stands there.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// Letters and digits.
    Word,
    /// With blanks and marks.
    Phrase,
    /// A part of a path.
    Identifier,
    /// A JSON Web Token.
    Jwt,
    /// A key with the mark of who gives it out.
    Key,
    Mailbox,
    Card,
    /// The identifier of a session of PHP.
    Session,
}

impl Kind {
    fn drawn(self) -> BoxedStrategy<String> {
        match self {
            Kind::Word => "[a-zA-Z0-9]{6,20}[0-9]".boxed(),
            Kind::Phrase => "[a-z]{6,8}[0-9][ ,;:!&=/-][a-zA-Z]{6,8}[0-9]".boxed(),
            Kind::Identifier => "[a-f0-9]{24,64}"
                .prop_filter("an identifier has both", |text| {
                    let digits = text.bytes().filter(u8::is_ascii_digit).count();
                    (4..text.len() - 4).contains(&digits)
                })
                .boxed(),
            Kind::Jwt => "eyJ[a-zA-Z0-9_-]{20,60}[0-9]\\.[a-zA-Z0-9_-]{20,80}\\.[a-zA-Z0-9_-]{20,43}".boxed(),
            Kind::Key => prop_oneof![
                "AKIA[A-Z0-9]{15}[0-9]",
                "gh[pousr]_[A-Za-z0-9]{35}[0-9]",
                "sk_live_[A-Za-z0-9]{23}[0-9]",
                "AIza[A-Za-z0-9_-]{34}[0-9]",
                "xoxb-[0-9]{11}-[A-Za-z0-9]{24}",
                "glpat-[A-Za-z0-9]{19}[0-9]"
            ]
            .boxed(),
            Kind::Mailbox => "[a-z]{4,9}\\.[a-z]{4,9}[0-9]{2}@(mail|shop)\\.(example|org)".boxed(),
            Kind::Card => ("[3-6][0-9]{14}", 0u8..3).prop_map(|(digits, form)| card(&digits, form)).boxed(),
            Kind::Session => "[a-z0-9]{25}[0-9]".boxed(),
        }
    }

    /// The parts of it of which nobody may read one: of a mailbox the host stays.
    fn secrets(self, drawn: &str) -> Vec<String> {
        let hidden = match self {
            Kind::Mailbox => drawn.split('@').next().unwrap_or(drawn),
            _ => drawn,
        };
        let parts = hidden.split(|c: char| !c.is_ascii_alphanumeric());
        parts.filter(|part| part.len() >= 4).map(str::to_owned).collect()
    }
}

/// With its check digit: bare, in fours with blanks, in fours with dashes.
fn card(digits: &str, form: u8) -> String {
    let doubled =
        |(place, digit): (usize, u32)| if place % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { digit };
    let sum: u32 = digits.chars().rev().filter_map(|digit| digit.to_digit(10)).enumerate().map(doubled).sum();
    let number = format!("{digits}{}", (10 - sum % 10) % 10);
    let fours: Vec<&str> = [0..4, 4..8, 8..12, 12..16].into_iter().map(|four| &number[four]).collect();
    fours.join(["", " ", "-"][usize::from(form)])
}

fn planted() -> impl Strategy<Value = (String, Vec<String>)> {
    let carriers: Vec<(&str, Kind)> = CARRIERS
        .into_iter()
        .flat_map(|(carrier, kinds)| kinds.iter().map(move |kind| (carrier, *kind)))
        .collect();
    proptest::sample::select(carriers).prop_flat_map(|(carrier, kind)| {
        let drawn = kind.drawn().prop_map(move |drawn| (carrier.replace("{}", &drawn), kind.secrets(&drawn)));
        let holes = carrier.matches("{}").count();
        drawn.prop_filter("no word that the line has anyway is a secret", move |(line, secrets)| {
            secrets.iter().all(|secret| line.matches(secret.as_str()).count() == holes)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// Otherwise somebody publishes a visitor's session, or a key of the company.
    #[test]
    fn a_secret_is_cut_in_whatever_form_it_stands((line, secrets) in planted(), before in "[ -~]{0,24}", after in "[ -~]{0,24}") {
        let told = cut(&line);
        let is_told = |told: &str| secrets.iter().any(|secret| told.contains(secret));
        prop_assert!(!is_told(&told), "{} is told as {}", line, told);
        // Whatever stands around it, on another line.
        let around = cut(&format!("{before}\n{line}\n{after}"));
        prop_assert!(!is_told(&around), "{:?} is told as {:?}", line, around);
    }

    /// Otherwise a message can make the program stop or run for hours.
    #[test]
    fn any_text_is_cut_at_its_characters(text in "([?%=&:\"'`“”é@/.\\\\ ]|%3[fFdD]|%26|user |token|password|cookie:|Bearer |eyJ|[0-9]{1,6}|[a-z]{1,4}|\n){0,60}") {
        let secrets = in_line(&text, 25);
        prop_assert!(secrets.is_sorted_by(|a, b| a.end <= b.start), "{secrets:?}");
        replaced(&text, &secrets, |_| "…".to_owned());
        replaced(&text, &in_target(&text, 25), |_| "…".to_owned());
    }
}
