//! Which lines say that an application failed at a request, so that its server answers 500 where nothing of the answer was on its way.

/// By their ids in `facts::messages`, each with the source code that has the answer.
const ANSWERED_500: &[(&str, &str)] = &[
    ("gunicorn-request-failed", "gunicorn, gunicorn/workers/base.py (handle_error)"),
    (
        "uvicorn-request-failed",
        "uvicorn, uvicorn/protocols/http/h11_impl.py, httptools_impl.py (send_500_response)",
    ),
    ("waitress-request-failed", "Pylons/waitress, src/waitress/channel.py, task.py (ErrorTask)"),
    ("django-request-failed", "django, django/core/handlers/exception.py (handle_uncaught_exception)"),
    ("flask-request-failed", "pallets/flask, src/flask/app.py (handle_exception)"),
    ("puma-request-failed", "puma, lib/puma/server.rb (lowlevel_error)"),
    ("unicorn-request-failed", "unicorn, lib/unicorn/http_server.rb (handle_error)"),
];

/// Whether a server answers 500 to a request of which it writes this line.
pub fn is_answered_500(line: &str) -> bool {
    ANSWERED_500.iter().any(|(known, _)| *known == line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::messages;

    #[test]
    fn the_lines_are_known_messages_each_with_a_source() {
        assert!(
            ANSWERED_500.iter().all(|(line, source)| messages::by_id(line).is_some() && !source.is_empty())
        );
        assert!(is_answered_500("django-request-failed") && !is_answered_500("php-slow-request"));
    }
}
