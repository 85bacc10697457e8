"""Time stamps at the beginning of log lines: read off, and written again by another clock."""

import calendar
import re
import time

MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
DAYS = "Mon Tue Wed Thu Fri Sat Sun".split()


def _seconds(text: str, form: str) -> float:
    return calendar.timegm(time.strptime(text, form))


def _zone(seconds: int) -> str:
    sign = "-" if seconds < 0 else "+"
    return f"{sign}{abs(seconds) // 3600:02d}{abs(seconds) % 3600 // 60:02d}"


def _parts(moment: float) -> tuple[int, int]:
    """Whole seconds and microseconds, to the nearest: a double holds no more."""
    return divmod(round(moment * 1e6), 10**6)


# Name → (pattern, reader, writer(moment, zone in seconds), digits of a second).
FORMS = {
    "nginx": (
        re.compile(r"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) "),
        lambda m: _seconds(m[1], "%Y/%m/%d %H:%M:%S"),
        lambda at, zone: time.strftime("%Y/%m/%d %H:%M:%S ", time.gmtime(at + zone)),
        0,
    ),
    "apache": (
        re.compile(r"\[(\w{3} \w{3} \d\d \d\d:\d\d:\d\d)\.(\d{6}) (\d{4})\] "),
        lambda m: _seconds(f"{m[1]} {m[3]}", "%a %b %d %H:%M:%S %Y") + int(m[2]) / 1e6,
        lambda at, zone: time.strftime("[%a %b %d %H:%M:%S", time.gmtime(_parts(at)[0] + zone))
        + f".{_parts(at)[1]:06d} "
        + time.strftime("%Y] ", time.gmtime(at + zone)),
        6,
    ),
    "gunicorn": (
        re.compile(r"\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) \+0000\] "),
        lambda m: _seconds(m[1], "%Y-%m-%d %H:%M:%S"),
        lambda at, zone: time.strftime("[%Y-%m-%d %H:%M:%S ", time.gmtime(at + zone)) + _zone(zone) + "] ",
        0,
    ),
    "fpm": (
        re.compile(r"\[(\d\d-\w{3}-\d{4} \d\d:\d\d:\d\d)\] "),
        lambda m: _seconds(m[1], "%d-%b-%Y %H:%M:%S"),
        lambda at, zone: time.strftime("[%d-%b-%Y %H:%M:%S] ", time.gmtime(at + zone)),
        0,
    ),
    "iso": (
        re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+)(?:\+00:00|Z) "),
        lambda m: _seconds(m[1][:19], "%Y-%m-%dT%H:%M:%S") + float("0" + m[1][19:]),
        lambda at, zone: time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(_parts(at)[0] + zone))
        + f".{_parts(at)[1]:06d}"
        + _zone(zone)[:3]
        + ":"
        + _zone(zone)[3:]
        + " ",
        6,
    ),
    "isoz": (
        re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})Z "),
        lambda m: _seconds(m[1][:19], "%Y-%m-%dT%H:%M:%S") + float("0" + m[1][19:]),
        lambda at, zone: time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(_parts(at)[0])) + f".{_parts(at)[1] // 1000:03d}Z ",
        3,
    ),
    "syslog": (
        re.compile(r"(\w{3} [ \d]\d \d\d:\d\d:\d\d) "),
        lambda m: _seconds(f"{time.gmtime(m.about).tm_year} {m[1]}", "%Y %b %d %H:%M:%S"),
        lambda at, zone: time.strftime("%b %e %H:%M:%S ", time.gmtime(at + zone)),
        0,
    ),
    "uwsgi": (
        re.compile(r"(\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}) - "),
        lambda m: _seconds(m[1], "%a %b %d %H:%M:%S %Y"),
        lambda at, zone: time.strftime("%a %b %e %H:%M:%S %Y - ", time.gmtime(at + zone)),
        0,
    ),
}
OF_PROGRAM = {
    "nginx": "nginx",
    "apache2": "apache",
    "gunicorn": "gunicorn",
    "php-fpm": "fpm",
    "haproxy": "iso",
    "node": "isoz",
    "kernel": "syslog",
    "uwsgi": "uwsgi",
}


class _Match:
    """A match with the time of the recording, for stamps without a year."""

    def __init__(self, match, about: float):
        self.match, self.about = match, about

    def __getitem__(self, group):
        return self.match[group]


def split(line: str, program: str, about: float) -> tuple[float | None, str]:
    """When a line was written, by its stamp, and what stands behind the stamp."""
    form = OF_PROGRAM.get(program)
    match = form and FORMS[form][0].match(line)
    return (FORMS[form][1](_Match(match, about)), line[match.end() :]) if match else (None, line)


def digits(program: str) -> int:
    return FORMS[OF_PROGRAM[program]][3] if program in OF_PROGRAM else 0


def stamp(moment: float, program: str, zone: int) -> str:
    return FORMS[OF_PROGRAM[program]][2](moment, zone)


def clf(moment: float, zone: int) -> str:
    """As access logs write it: 21/Nov/2026:03:40:14 +0000."""
    parts = time.gmtime(moment + zone)
    return f"{parts.tm_mday:02d}/{MONTHS[parts.tm_mon - 1]}/{parts.tm_year}:{parts.tm_hour:02d}:{parts.tm_min:02d}:{parts.tm_sec:02d} {_zone(zone)}"


def iso(moment: float, digits_kept: int, zone: int = 0) -> str:
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment + zone))
    text += f".{int(moment % 1 * 10**digits_kept):0{digits_kept}d}" if digits_kept else ""
    return text + (_zone(zone)[:3] + ":" + _zone(zone)[3:] if zone else "Z")
