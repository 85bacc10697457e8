"""What a visitor's browser saw: a HAR of a few requests, and saved error pages."""

import json
import os

from . import stamps

NAMES = {
    400: "Bad request",
    403: "Forbidden",
    409: "Conflict",
    413: "Payload Too Large",
    429: "Too Many Requests",
    500: "Internal server error",
    502: "Bad gateway",
    503: "Service Temporarily Unavailable",
    504: "Gateway time-out",
    520: "Web server is returning an unknown error",
    521: "Web server is down",
    522: "Connection timed out",
    523: "Origin is unreachable",
    524: "A timeout occurred",
    525: "SSL handshake failed",
    526: "Invalid SSL certificate",
    530: "Origin DNS error",
}
CODES = {
    1001: "DNS resolution error",
    1014: "CNAME Cross-User Banned",
    1015: "You are being rate limited",
    1016: "Origin DNS error",
    1020: "Access denied",
    1033: "Cloudflare Tunnel error",
    1101: "Worker threw exception",
    1102: "Worker exceeded resource limits",
    1200: "Rate limited",
}


def body(ray: dict, moment: float) -> str:
    """The edge's own page."""
    status, code, host = ray["edge_status"], ray["code"], ray["host"]
    word = CODES.get(code) or NAMES.get(status, "Error")
    label = f"Error {code}" if code else f"Error code {status}"
    title = f"{word} | {host} | Cloudflare" if code else f"{host} | {status}: {word}"
    return (
        f'<!DOCTYPE html>\n<html lang="en-US">\n<head><title>{title}</title></head>\n<body>\n<div id="cf-wrapper"><div id="cf-error-details" class="p-0">\n'
        f'<header><h1><span>{word}</span> <span class="code-label">{label}</span></h1>\n<div>{stamps.iso(moment, 0).replace("T", " ").replace("Z", " UTC")}</div></header>\n'
        f'<div class="cf-error-footer"><p><span class="cf-footer-item">Cloudflare Ray ID: <strong class="font-semibold">{ray["ray"]}</strong></span></p></div>\n'
        "</div></div>\n</body>\n</html>\n"
    )


def made_by_edge(ray: dict) -> bool:
    """Whether the visitor sees the edge's page: it made the failure, or it puts its own in the place of an origin's 502 and 504."""
    return not ray["attempts"] or ray["error"] is not None or ray["edge_status"] in (502, 504)


def entry(ray: dict, moment: float) -> dict:
    """One request of a HAR."""
    record = ray["record"]
    length = round((ray["ended"] - ray["started"]) * 1000)
    text = body(ray, moment) if made_by_edge(ray) and ray["edge_status"] >= 400 else ray["sample"] if ray["edge_status"] >= 400 else ""
    headers = [
        ("date", stamps.iso(moment, 0)),
        ("content-type", "text/html; charset=UTF-8"),
        ("server", "cloudflare"),
        ("cf-ray", f"{ray['ray']}-{ray['colo']}"),
    ]
    if ray["attempts"]:
        headers.append(("cf-cache-status", "DYNAMIC"))
    if record.get("SecurityAction"):
        headers.append(("cf-mitigated", "challenge" if "challenge" in record["SecurityAction"] else "block"))
    headers += [(name, value) for name, value in ray["headers"] if name in ("location", "set-cookie", "x-powered-by")][:6]
    return {
        "startedDateTime": stamps.iso(moment, 3),
        "time": length,
        "request": {
            "method": record["ClientRequestMethod"],
            "url": f"https://{ray['host']}{record['ClientRequestURI']}",
            "httpVersion": "h2",
            "cookies": [],
            "headers": [{"name": "user-agent", "value": record["ClientRequestUserAgent"]}],
            "queryString": [],
            "headersSize": -1,
            "bodySize": 0,
        },
        "response": {
            "status": ray["edge_status"],
            "statusText": "",
            "httpVersion": "h2",
            "cookies": [],
            "headers": [{"name": name, "value": value} for name, value in headers],
            "content": {"size": len(text), "mimeType": "text/html", "text": text},
            "redirectURL": next((value for name, value in ray["headers"] if name == "location"), ""),
            "headersSize": -1,
            "bodySize": len(text),
        },
        "cache": {},
        "timings": {"blocked": 0, "dns": -1, "connect": -1, "send": 1, "wait": max(0, length - 2), "receive": 1, "ssl": -1},
    }


def write_har(rays: list[tuple[dict, float]], path: str) -> None:
    entries = [entry(ray, moment) for ray, moment in sorted(rays, key=lambda pair: (pair[1], pair[0]["ray"]))]
    har = {"log": {"version": "1.2", "creator": {"name": "WebInspector", "version": "537.36"}, "pages": [], "entries": entries}}
    with open(path, "w") as file:
        json.dump(har, file, indent=1)


def write_page(ray: dict, moment: float, folder: str) -> None:
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, f"error-{ray['ray']}.html"), "w") as file:
        file.write(body(ray, moment))
