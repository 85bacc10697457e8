//! What a look at a server's certificate says: `openssl s_client`, `openssl x509` and `openssl verify` (openssl-verification-options(1), X509_V_ERR;
//! openssl-x509(1)), and `certbot certificates`. Who asks through the edge sees the edge's certificate, with which nothing is wrong: a refusal is of the server's.

use crate::facts::messages::Program;
use crate::logs::document::{DocumentContent, key_and_value, telling_lines};
use crate::logs::row::MessageLine;
use crate::text::timestamp;
use crate::time::Time;
use crate::tls::any_covers;

/// What is said of a certificate that is for another name.
const OTHER_NAME: &str = "is for another name";

/// Numbers of a refusal, with what is wrong in the words of `facts::messages::state`.
const VERIFY_CODES: [(u32, &str); 7] = [
    (9, "is not valid yet"),
    (10, "has expired"),
    (18, "is self-signed"),
    (19, "is self-signed"),
    (20, "has an issuer that is not known"),
    (21, "comes without its issuer's"),
    (62, OTHER_NAME),
];

/// Alerts by which a server says that it has no certificate for the name: `unrecognized_name` (RFC 6066, section 3), and `internal_error`, which Go's TLS sends
/// (crypto/tls, alertInternalError).
const NAMELESS_ALERTS: [&str; 2] = ["SSL alert number 112", "SSL alert number 80"];

/// Whether it is what OpenSSL's commands print of a certificate.
pub fn fits_openssl(head: &str) -> bool {
    let begins = |beginning: &str| head.lines().any(|line| line.trim_start().starts_with(beginning));
    let of_client = begins("CONNECTED(") && (head.contains("ertificate") || begins("verify error:num="));
    let of_file = begins("error ") && head.contains(" depth lookup: ");
    let of_fields = begins("subject=") && (begins("issuer=") || begins("notAfter="));
    let of_text = begins("Not After :") && begins("Subject:") && begins("Issuer:");
    of_client || of_file || of_fields || of_text
}

/// Reads what OpenSSL refuses, each once: it says that as it comes and again at the end. A command that stands before its output names who was asked for.
pub fn read_openssl(text: &str) -> DocumentContent {
    let mut looks = Looks::default();
    for (number, line) in telling_lines(text) {
        looks.document.records += 1;
        looks.take(number, line);
    }
    looks.document
}

/// The looks at certificates that a text holds, one after the other.
#[derive(Default)]
struct Looks<'a> {
    document: DocumentContent,
    /// The name that the last command asked for.
    asked: Option<&'a str>,
    /// The common name of the certificate.
    common_name: Option<&'a str>,
    /// Whose it is, and who signed it.
    subject: Option<&'a str>,
    issuer: Option<&'a str>,
    said: Vec<&'static str>,
    /// The line of the last alert of a server without a certificate for the name.
    refused: Option<u64>,
}

impl<'a> Looks<'a> {
    fn take(&mut self, number: u64, line: &'a str) {
        if line.contains("openssl s_client") {
            *self = Looks {
                document: std::mem::take(&mut self.document),
                asked: name_asked_for(line),
                ..Looks::default()
            };
        } else if NAMELESS_ALERTS.iter().any(|alert| line.ends_with(alert)) {
            self.refused = Some(number);
        } else if let Some(subject) = line.strip_prefix("depth=0 ") {
            self.common_name = common_name(subject);
        } else if line == "no peer certificate available" {
            if let Some(number) = self.refused {
                self.say(number, "is missing");
            }
        } else if let Some(said) = refusal(line) {
            self.say(number, said);
        } else if let Some(names) = line.strip_prefix("DNS:") {
            let names: Vec<String> = names.split(", DNS:").map(str::to_ascii_lowercase).collect();
            if self.asked.is_some_and(|asked| !any_covers(&names, asked)) {
                self.say(number, OTHER_NAME);
            }
        } else if let Some((key, value)) = line.split_once(['=', ':']) {
            self.take_field(number, key.trim(), value.trim());
        }
    }

    fn take_field(&mut self, number: u64, key: &str, value: &'a str) {
        match key {
            // A second one of either is of the next certificate.
            "subject" | "Subject" => {
                self.issuer = self.issuer.filter(|_| self.subject.is_none());
                (self.subject, self.common_name) = (Some(value), common_name(value));
                self.compare(number);
            }
            "issuer" | "Issuer" => {
                self.subject = self.subject.filter(|_| self.issuer.is_none());
                self.issuer = Some(value);
                self.compare(number);
            }
            "notAfter" | "Not After" => {
                if let Some(end) = end_of_validity(value) {
                    self.see(number, &format!("is valid until {value}"), Some(end));
                }
            }
            _ => {}
        }
    }

    /// Who signs his own certificate is no server where he has no host's name: authorities do so, too.
    fn compare(&mut self, number: u64) {
        if self.subject.is_some() && self.subject == self.issuer && self.common_name.is_some() {
            self.say(number, "is self-signed");
        }
    }

    fn say(&mut self, number: u64, said: &'static str) {
        if !self.said.contains(&said) {
            self.said.push(said);
            self.see(number, said, None);
        }
    }

    /// What is said of a certificate holds for the name that was asked for and for its own; of one for another name, for the first alone.
    fn see(&mut self, number: u64, said: &str, time: Option<Time>) {
        let own = self.common_name.filter(|own| said != OTHER_NAME && Some(*own) != self.asked);
        let mut hosts: Vec<Option<&str>> = [self.asked, own].into_iter().flatten().map(Some).collect();
        if hosts.is_empty() {
            hosts.push(None);
        }
        let faults = hosts.into_iter().map(|host| (number, MessageLine { time, ..seen(said, host) }));
        self.document.faults.extend(faults);
    }
}

/// The common name of a subject, `C = US, O = Example, CN = shop.example`, where it is a host's.
fn common_name(subject: &str) -> Option<&str> {
    let (_, rest) = subject.rsplit_once("CN")?;
    let name = rest.trim_start().strip_prefix('=')?.split([',', '/']).next()?.trim();
    (name.contains('.') && !name.contains(' ')).then_some(name)
}

/// The name of `-servername`.
fn name_asked_for(command: &str) -> Option<&str> {
    let mut words = command.split_whitespace().skip_while(|word| *word != "-servername");
    words.nth(1)
}

/// What is wrong by the number of a refusal: `verify error:num=10:certificate has expired`, `error 10 at 0 depth lookup: …`.
fn refusal(line: &str) -> Option<&'static str> {
    let rest = line
        .strip_prefix("verify error:num=")
        .or_else(|| line.strip_prefix("Verify return code: "))
        .or_else(|| line.strip_prefix("error ").filter(|rest| rest.contains(" depth lookup: ")))?;
    let number: u32 = rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?;
    VERIFY_CODES.iter().find(|(code, _)| *code == number).map(|(_, said)| *said)
}

/// `Nov 17 06:58:41 2026 GMT`.
fn end_of_validity(text: &str) -> Option<Time> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [month, day, clock, year, "GMT"] = words[..] else { return None };
    let mut clock = clock.splitn(3, ':').map(|part| part.parse::<i8>().ok());
    let clock = (clock.next()??, clock.next()??, clock.next()??);
    let date = (year.parse().ok()?, timestamp::month(month.as_bytes())?, day.parse().ok()?);
    Time::from_civil(date, clock, 0, 0)
}

/// Whether it is `certbot certificates`.
pub fn fits_certbot(head: &str) -> bool {
    let has = |word: &str| head.lines().any(|line| line.trim_start().starts_with(word));
    has("Certificate Name: ") && has("Expiry Date: ") && has("Domains: ")
}

/// Reads what certbot holds for invalid: of each certificate its names, then its end, `2026-11-16 23:59:59+00:00 (INVALID: EXPIRED)`. What is valid in
/// certbot's folder may not be what the server has loaded.
pub fn read_certbot(text: &str) -> DocumentContent {
    let mut document = DocumentContent::default();
    let mut domains = "";
    for (number, line) in telling_lines(text) {
        let Some((key, value)) = key_and_value(line, ':') else { continue };
        document.records += u64::from(key == "Certificate Name");
        if key == "Domains" {
            domains = value;
        }
        if key == "Expiry Date" && value.contains("(INVALID: ") && value.contains("EXPIRED") {
            let expired = |domain| (number, seen("has expired", Some(domain)));
            document.faults.extend(domains.split_whitespace().map(expired));
        }
    }
    document
}

fn seen(said: &str, host: Option<&str>) -> MessageLine {
    let of_host = host.map(|host| format!(" for {host}")).unwrap_or_default();
    let text = format!("the server's certificate{of_host} {said}");
    MessageLine {
        host: host.map(str::to_ascii_lowercase),
        ..MessageLine::of(text.as_bytes(), Some(Program::OpenSsl))
    }
}
