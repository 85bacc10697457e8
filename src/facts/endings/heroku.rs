//! The error codes of Heroku's router (`code=` of its lines with `at=error`).

use super::AnswerFate::{Cut, Missing, OfProxy};
use super::{Ending, ending};

/// Source: devcenter.heroku.com/articles/error-codes. H15 and H18 end an answer that has begun.
pub(super) const HEROKU: &[Ending] = &[
    ending(
        "H10",
        "heroku-app-crashed",
        OfProxy,
        "the dyno crashed, or did not start in time, and is not started again yet",
    ),
    ending(
        "H11",
        "heroku-backlog-too-deep",
        OfProxy,
        "more requests wait for the dynos than the router lets wait",
    ),
    ending(
        "H12",
        "heroku-request-timed-out",
        OfProxy,
        "the dyno sent no byte of an answer within 30 seconds",
    ),
    ending("H13", "heroku-dyno-closed-early", OfProxy, "the dyno closed the connection without an answer"),
    ending("H14", "heroku-no-dynos", OfProxy, "no web dynos run"),
    ending("H15", "heroku-answer-stalled", Cut, "the dyno sent no further byte of its answer for 55 seconds"),
    ending("H17", "heroku-answer-invalid", OfProxy, "the dyno's answer is not valid HTTP"),
    ending("H18", "heroku-answer-cut", Cut, "the dyno closed the connection in the middle of its answer"),
    ending(
        "H19",
        "heroku-connect-timed-out",
        OfProxy,
        "the dyno did not take the connection within 5 seconds",
    ),
    ending(
        "H20",
        "heroku-boot-timed-out",
        OfProxy,
        "the dyno did not start within 75 seconds, and the request waited for it",
    ),
    ending("H21", "heroku-dyno-refused", OfProxy, "the dyno refused the connection"),
    ending(
        "H22",
        "heroku-connections-used-up",
        OfProxy,
        "the dyno has as many connections as the router opens to one",
    ),
    ending("H27", "heroku-client-left", Missing, "the client left before the dyno answered"),
    ending("H28", "heroku-client-idle", Missing, "the client sent no byte for 55 seconds"),
    ending("H80", "heroku-maintenance", OfProxy, "the application is in maintenance mode"),
    ending("H99", "heroku-platform-error", OfProxy, "the platform itself failed"),
];
