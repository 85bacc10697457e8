"""Writes the customer's edge log (Logpush http_requests, NDJSON) and the truth, both from what the edge saw."""
import gzip
import json
import os
import random
import time
from dataclasses import dataclass

from . import settings
from .edge import Outcome

ERROR_PAGE_SIZE = 7093   # bytes of the edge's own error page


@dataclass
class EdgeLog:
    """The form of a scenario's edge log."""
    timestamps: str = "unixnano"   # or "rfc3339", "unix", "rfc3339ms"
    offset_s: float = 0.0          # the edge's clock against the origin's
    files: int = 1                 # batches
    compressed: bool = True
    folder: str = "cloudflare"
    fields: tuple = ()             # only these, as the customer chose them; else all
    form: str = "ndjson"           # or "array": one JSON array


def _stamp(seconds: float, form: str):
    if form == "unixnano":
        return int(seconds * 1e6) * 1000
    if form == "unix":
        return int(seconds)
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return text + (f".{int(seconds * 1000) % 1000:03d}Z" if form == "rfc3339ms" else "Z")


def record(outcome: Outcome, log: EdgeLog, tls: bool) -> dict:
    """One request as the customer's log shows it."""
    request, visitor, edge = outcome.request, outcome.request.visitor, outcome.request.edge
    asked = bool(outcome.attempts)
    duration = round((outcome.ended - outcome.started) * 1000)
    size = ERROR_PAGE_SIZE if outcome.error and outcome.edge_status >= 520 else outcome.body_size
    return {
        "RayID": request.ray, "ParentRayID": "00", "ZoneName": settings.HOST,
        "EdgeStartTimestamp": _stamp(outcome.started + log.offset_s, log.timestamps),
        "EdgeEndTimestamp": _stamp(outcome.ended + log.offset_s, log.timestamps),
        "ClientIP": visitor.address, "ClientSrcPort": visitor.port, "ClientCountry": visitor.country.lower(),
        "ClientASN": visitor.network, "ClientRequestSource": request.source,
        "ClientRequestHost": request.host, "ClientRequestMethod": request.method, "ClientRequestPath": request.name,
        "ClientRequestURI": request.path, "ClientRequestProtocol": "HTTP/2", "ClientRequestScheme": "https",
        "ClientRequestReferer": "", "ClientRequestUserAgent": visitor.agent,
        "ClientRequestBytes": 620 + len(request.path) + len(request.body) + len(request.cookies or visitor.cookies),
        "ClientSSLProtocol": "TLSv1.3",
        "EdgeColoCode": edge.colo, "EdgeColoID": edge.colo_id, "EdgeServerIP": edge.shown if asked else "",
        "EdgeRequestHost": request.host if asked else "", "EdgeResponseStatus": outcome.edge_status,
        "EdgeResponseBytes": size + 480, "EdgeResponseBodyBytes": size,
        "EdgeResponseContentType": outcome.content_type.partition(";")[0], "EdgeTimeToFirstByteMs": duration,
        "CacheCacheStatus": _cache_status(request), "CacheResponseBytes": outcome.body_size + 420 if asked else 0,
        "OriginIP": settings.SHOWN[request.origin] if asked else "", "OriginResponseStatus": outcome.origin_status,
        "OriginDNSResponseTimeMs": 0, "OriginTCPHandshakeDurationMs": outcome.connect_ms,
        "OriginTLSHandshakeDurationMs": outcome.handshake_ms,
        "OriginRequestHeaderSendDurationMs": outcome.send_ms,
        "OriginResponseHeaderReceiveDurationMs": outcome.receive_ms,
        "OriginResponseDurationMs": outcome.origin_ms if asked else 0,
        "OriginSSLProtocol": (outcome.tls_version or ("unknown" if tls else "none")) if asked else "unknown",
        "SecurityAction": request.security_action,
        "SecurityRuleID": "7f1b6c02a9d84f35b0c4de51a2339e10" if request.security_action else "", "WorkerStatus": request.worker_status, "WorkerSubrequest": False,
        "SmartRouteColoID": 0, "UpperTierColoID": 0,
    }


def _cache_status(request) -> str:
    if request.cache_hit:
        return "hit"
    if request.edge_status:
        return "unknown"
    return "miss" if request.path.startswith("/static/") else "dynamic"


def write(outcomes: list[Outcome], log: EdgeLog, tls: bool, incident: str, rng: random.Random) -> None:
    """Writes the log's files. Records inside a file are not sorted, as the service promises no order."""
    folder = os.path.join(incident, log.folder)
    os.makedirs(folder, exist_ok=True)
    ordered = sorted(outcomes, key=lambda outcome: outcome.ended)
    size = len(ordered) // log.files + 1
    for start in range(0, len(ordered), size):
        batch = ordered[start:start + size]
        first, last = batch[0].ended + log.offset_s, batch[-1].ended + log.offset_s
        rng.shuffle(batch)
        records = [record(outcome, log, tls) for outcome in batch]
        if log.fields:
            records = [{name: one[name] for name in log.fields} for one in records]
        lines = [json.dumps(one, separators=(",", ":")) for one in records]
        content = "\n".join(lines) + "\n" if log.form == "ndjson" else "[" + ",\n".join(lines) + "]\n"
        stamps = "_".join(time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(moment)) for moment in (first, last))
        path = os.path.join(folder, f"{stamps}_{rng.getrandbits(32):08x}.log")
        if log.compressed:
            with gzip.GzipFile(path + ".gz", "wb", mtime=0) as file:
                file.write(content.encode())
        else:
            with open(path, "w") as file:
                file.write(content)


def write_truth(outcomes: list[Outcome], slug_of, path: str) -> list[dict]:
    """Writes the truth, one line for each ray, and gives it back."""
    truth = []
    for outcome in sorted(outcomes, key=lambda one: (one.started, one.request.ray)):
        slug = slug_of(outcome)
        truth.append({"ray": outcome.request.ray, "edge_status": outcome.edge_status, "failed": slug is not None,
                      "slug": slug, "error": outcome.error or None, "attempts": outcome.attempts})
    with open(path, "w") as file:
        file.writelines(json.dumps(line) + "\n" for line in truth)
    return truth
