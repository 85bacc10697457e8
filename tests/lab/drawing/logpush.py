"""The customer's edge log in the forms in which Logpush delivers it."""

import csv
import gzip
import io
import json
import os
import random
import time
from dataclasses import dataclass

from . import stamps

FULL: tuple = ()  # all that a recording has
TYPICAL = (
    "RayID",
    "ClientIP",
    "ClientRequestHost",
    "ClientRequestMethod",
    "ClientRequestURI",
    "EdgeStartTimestamp",
    "EdgeEndTimestamp",
    "EdgeResponseStatus",
    "OriginResponseStatus",
    "OriginIP",
    "EdgeServerIP",
    "EdgeColoCode",
    "CacheCacheStatus",
    "ClientRequestSource",
    "OriginTCPHandshakeDurationMs",
    "OriginTLSHandshakeDurationMs",
    "OriginResponseHeaderReceiveDurationMs",
    "SecurityAction",
)
DEFAULT = (
    "ClientIP",
    "ClientRequestHost",
    "ClientRequestMethod",
    "ClientRequestURI",
    "EdgeEndTimestamp",
    "EdgeResponseBytes",
    "EdgeResponseStatus",
    "EdgeStartTimestamp",
    "RayID",
)
SMALL = ("RayID", "EdgeStartTimestamp", "ClientRequestHost", "ClientRequestURI", "EdgeResponseStatus", "OriginResponseStatus")
TIMES = ("EdgeStartTimestamp", "EdgeEndTimestamp")


@dataclass
class Form:
    fields: tuple = FULL
    timestamps: str = "rfc3339"  # "unixnano", "unix", "rfc3339", "rfc3339ms"
    shape: str = "ndjson"  # "array", "csv" (with a header: without one its columns are anybody's guess)
    compressed: bool = True
    files: int = 1
    folder: str = "cloudflare"
    offset_s: float = 0.0  # the edge's clock against the origin's
    drift: float = 0.0  # seconds that it gains over the incident
    sample: int = 1  # one record of so many


def draw(rng: random.Random) -> Form:
    fields = rng.choices([FULL, TYPICAL, DEFAULT, SMALL], [50, 30, 10, 10])[0]
    offset = rng.choice([0.0, rng.uniform(-0.5, 0.5), rng.uniform(-3, 3), rng.uniform(-9, 9)])
    shape = rng.choices(["ndjson", "array", "csv"], [76, 12, 12])[0]
    return Form(
        fields,
        rng.choice(["unixnano", "unix", "rfc3339", "rfc3339", "rfc3339ms"]),
        shape,
        rng.random() < 0.6,
        rng.choice([1, 1, 2, 3]),
        rng.choice(["cloudflare", "logpush", "edge", "cf-logs"]),
        round(offset, 3),
        round(rng.choice([0, 0, 0, rng.uniform(-0.4, 0.4)]), 3),
    )


def moment_of(stamp_ns: int, form: Form, begin: float, end: float) -> float:
    """What the edge's clock says."""
    seconds = stamp_ns / 1e9
    return seconds + form.offset_s + form.drift * (seconds - begin) / max(1.0, end - begin)


def _stamp(seconds: float, form: str):
    if form == "unixnano":
        return int(seconds * 1e6) * 1000
    return int(seconds) if form == "unix" else stamps.iso(seconds, 3 if form == "rfc3339ms" else 0)


def fields_of(form: Form, record: dict) -> list[str]:
    return list(form.fields or record)


def write(records: list[dict], form: Form, incident: str, rng: random.Random) -> None:
    """`records` are rendered but for their times, which are numbers in nanoseconds of the recording's clock, shifted already."""
    if not records:
        return
    folder = os.path.join(incident, form.folder)
    os.makedirs(folder, exist_ok=True)
    begin, end = (pick(record["EdgeEndTimestamp"] for record in records) / 1e9 for pick in (min, max))
    records = sorted(records, key=lambda record: (record["EdgeEndTimestamp"], record["RayID"]))
    size = len(records) // form.files + 1
    for start in range(0, len(records), size):
        batch = records[start : start + size]
        bounds = [moment_of(batch[at]["EdgeEndTimestamp"], form, begin, end) for at in (0, -1)]
        rng.shuffle(batch)
        rows = []
        for record in batch:
            row = {name: record[name] for name in fields_of(form, record)}
            for name in TIMES:
                if name in row:
                    row[name] = _stamp(moment_of(record[name], form, begin, end), form.timestamps)
            rows.append(row)
        name = "_".join(time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(one)) for one in bounds) + f"_{rng.getrandbits(32):08x}"
        _file(os.path.join(folder, name + (".csv" if form.shape == "csv" else ".log")), _content(rows, form.shape), form.compressed)


def _content(rows: list[dict], shape: str) -> str:
    if shape == "csv":
        out = io.StringIO()
        writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
        writer.writerow(list(rows[0]))
        writer.writerows([[str(value).lower() if isinstance(value, bool) else value for value in row.values()] for row in rows])
        return out.getvalue()
    lines = [json.dumps(row, separators=(",", ":")) for row in rows]
    return "\n".join(lines) + "\n" if shape == "ndjson" else "[" + ",\n".join(lines) + "]\n"


def _file(path: str, content: str, compressed: bool) -> None:
    if compressed:
        with gzip.GzipFile(path + ".gz", "wb", mtime=0) as file:
            file.write(content.encode())
    else:
        with open(path, "w") as file:
            file.write(content)
