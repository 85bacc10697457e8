//! Which service or program a line of its supervisor is about: systemd's units, the programs of supervisord and of PM2. The wordings are those of
//! `facts::messages` (see there for the source of each).

/// What stands before and behind a program's name in such a line.
const NAMED: [(&str, char); 5] = [
    // PM2: the name, and the number of the process behind a colon.
    ("App [", ':'),
    ("Stopping app:", ' '),
    // supervisord.
    ("exited: ", ' '),
    ("spawned: '", '\''),
    ("success: ", ' '),
];

/// The name of the service that a line tells of; `None` where it names none.
pub fn service_named(line: &str) -> Option<&str> {
    let of_systemd = || {
        let mut words = line.split([' ', ':']);
        words.find(|word| word.len() > ".service".len() && word.ends_with(".service"))
    };
    let of_another = || {
        NAMED.iter().find_map(|(before, behind)| {
            let (_, rest) = line.split_once(before)?;
            rest.split(*behind).next().filter(|name| !name.is_empty())
        })
    };
    of_systemd().or_else(of_another)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Otherwise a program that nobody asks for speaks for the one that failed.
    #[test]
    fn the_service_is_named_as_its_supervisor_names_it() {
        for (line, name) in [
            ("PM2 log: App [mailer:3] exited with code [1] via signal [SIGINT]", Some("mailer")),
            ("PM2 log: Stopping app:shop id:0", Some("shop")),
            ("app.service: Main process exited, code=exited, status=1/FAILURE", Some("app.service")),
            ("Started app.service - The shop.", Some("app.service")),
            ("exited: app (exit status 1; not expected)", Some("app")),
            ("spawned: 'app' with pid 811", Some("app")),
            ("Started The shop.", None),
            ("- Gracefully stopping, waiting for requests to finish", None),
            ("[pool www] child 811 exited on signal 11", None),
        ] {
            assert_eq!(service_named(line), name, "{line}");
        }
    }
}
