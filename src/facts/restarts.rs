//! Which lines of a restart say that a server ends and which that it begins: one that ends behind a window of failures did not begin it.

/// What a line of a restart says of its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestartStep {
    /// It ends.
    Ends,
    /// It begins to serve, or to start.
    Begins,
    /// It does both, one after the other.
    Both,
}

/// Words by which such a line says that a server ends. Each is of a message of `facts::messages` (see there for the source).
const ENDS: [&str; 47] = [
    "(SIGTERM) received from ",
    "(SIGQUIT) received from ",
    "gracefully shutting down",
    "AH00169: ",
    "AH00491: ",
    "AH00170: ",
    "caught SIGTERM, shutting down",
    "Terminating ...",
    "Finishing ...",
    "exiting, bye-bye!",
    "Gracefully shutting down workers...",
    "Gracefully stopping, waiting for requests to finish",
    "=== puma shutdown: ",
    "Shutting down: Master",
    "Finished server process [",
    "timeout graceful shutdown exceeded",
    "Shutting down granian",
    "killing workers...",
    "goodbye to uWSGI.",
    "Application is shutting down...",
    "Commencing graceful shutdown",
    "Stopping ",
    "Stopped ",
    "WFLYSRV0050: ",
    " stopped (",
    " hard-stopped (",
    "Exiting Master process...",
    "Received signal ",
    "Deactivated successfully",
    ".service: Succeeded.",
    "Killing process ",
    "timed out. ",
    "shutting down apps, then terminating",
    "I have to go...",
    "server stopped by UID = ",
    "graceful shutdown started",
    ") ended",
    "] exited with code [",
    "Reached target ",
    "System is rebooting",
    "System is powering down",
    "The system will ",
    "from PID 1 (systemd-shutdow",
    "State changed from up to starting",
    "State changed from up to down",
    "Stopping all processes with SIGTERM",
    "container stop ",
];

/// Words by which it says that one begins.
const BEGINS: [&str; 31] = [
    "start worker processes",
    "AH00163: ",
    "AH00489: ",
    "AH00292: ",
    "resuming normal operations",
    "ready to handle connections",
    "fpm is running, pid ",
    "=== puma startup: ",
    "Puma starting in ",
    "* Listening on ",
    "Starting gunicorn ",
    "Starting granian (",
    "spawned uWSGI master process",
    "Application started. ",
    " started on port",
    "Server startup in ",
    "WFLYSRV0025: ",
    "] starting in -",
    " started.",
    ") forked",
    "Started ",
    "spawned: '",
    " entered RUNNING state",
    "Linux version ",
    "serving initial configuration",
    "Traefik version ",
    "server started (",
    ") Started",
    " initialization complete",
    "State changed from starting to up",
    "container start ",
];

/// What a line of a restart says of its server, by its words.
pub fn step(line: &str) -> RestartStep {
    let says = |words: &[&str]| words.iter().any(|words| line.contains(words));
    match (says(&ENDS), says(&BEGINS)) {
        (true, false) => RestartStep::Ends,
        (false, true) => RestartStep::Begins,
        _ => RestartStep::Both,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::messages;

    #[test]
    fn all_words_are_of_messages_that_are_known() {
        let lines: Vec<&str> =
            messages::all().flat_map(|signature| signature.wordings).map(|(_, line)| *line).collect();
        let unknown: Vec<&&str> = ENDS
            .iter()
            .chain(&BEGINS)
            .filter(|words| !lines.iter().any(|line| line.contains(**words)))
            .collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    /// If it breaks, a server that is stopped when everything is over explains what failed before, or one that has just been started what fails behind.
    #[test]
    fn a_stop_is_told_from_a_start_and_both_from_a_reload() {
        let steps = [
            ("signal 15 (SIGTERM) received from 1, exiting", RestartStep::Ends),
            ("Stopping app.service - The shop...", RestartStep::Ends),
            ("Child (811) ended", RestartStep::Ends),
            ("start worker processes", RestartStep::Begins),
            ("Started app.service - The shop.", RestartStep::Begins),
            ("Proxy fe started.", RestartStep::Begins),
            ("signal 1 (SIGHUP) received from 811, reconfiguring", RestartStep::Both),
            ("app.service: Scheduled restart job, restart counter is at 3.", RestartStep::Both),
            ("AH00493: SIGUSR1 received.  Doing graceful restart", RestartStep::Both),
        ];
        for (line, is) in steps {
            assert_eq!(step(line), is, "{line}");
        }
    }
}
