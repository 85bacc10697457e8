"""The layouts in which sites write their access logs, from the rich form of a recording."""

import json
import re

from . import stamps

# Layouts by program. "-ray" has the ray in it.
CHOICES = {
    "nginx": ["combined", "combined-ray", "combined-ray", "timed-ray", "timed", "full-ray", "json-ray", "json"],
    "apache2": ["combined", "combined-ray", "combined-ray", "timed-ray", "common", "full-ray"],
    "python": ["combined", "combined-ray", "json-ray", "timed-ray"],
    "node": ["combined", "combined-ray", "json-ray", "json"],
    "gunicorn": ["combined", "combined-ray", "timed-ray"],
    "haproxy": ["iso-ray", "syslog-ray", "syslog", "syslog-ray"],
    "caddy": ["json-ray", "json-ray", "json"],
    "uwsgi": ["own", "own", "own-ray"],
}


def has_ray(layout: str) -> bool:
    return layout.endswith("-ray")


def row(program: str, layout: str, fields: dict, moment: float, zone: int) -> str:
    """One line. `moment` is when the program writes it, by its clock; `fields` has shown addresses."""
    if program == "haproxy":
        return _haproxy(layout, fields, moment, zone)
    if program == "caddy":
        return _caddy(layout, fields, moment)
    if program == "uwsgi":
        return _uwsgi(layout, fields, moment, zone)
    if program == "apache2":  # its %t is when the request began
        moment = round(moment - float(fields["rt"]), 6)
    if layout.startswith("json"):
        return _json(layout, fields, moment, zone)
    return _text(layout, fields, moment, zone)


def _text(layout: str, fields: dict, moment: float, zone: int) -> str:
    request = fields.get("line") or f"{fields['method']} {fields['uri']} {fields.get('proto') or 'HTTP/1.1'}"
    size = fields.get("bytes") or 0
    common = f'{fields["addr"]} - - [{stamps.clf(moment, zone)}] "{_quoted(request)}" {fields["status"]:03d} {size}'
    if layout == "common":
        return common
    line = f'{common} "{fields.get("referer") or "-"}" "{_quoted(fields.get("agent") or "-")}"'
    if has_ray(layout):
        line += f' "{fields.get("ray") or "-"}"'
    if layout.startswith(("timed", "full")):
        line += f" rt={float(fields.get('rt') or 0):.3f}"
        line += f" urt={fields['urt'] or '-'} us={fields['ustatus'] or '-'}" if "urt" in fields else ""
    if layout.startswith("full"):
        line += f" rp={fields['port']}" + (
            f" ua={fields['uaddr'] or '-'} c={fields['conn']} r={fields['connreq']}"
            if "conn" in fields
            else f" k={fields['kept']} X={fields['conn_state']}"
        )
        line += f' host="{fields.get("host") or "-"}"'
    return line


def _quoted(text: str) -> str:
    """As nginx and Apache write what is no printable ASCII."""
    raw = text.encode("utf-8", "surrogateescape")
    return "".join(chr(byte) if 0x20 <= byte < 0x7F and byte not in b'"\\\\' else f"\\x{byte:02X}" for byte in raw)


def _json(layout: str, fields: dict, moment: float, zone: int) -> str:
    out = {
        "time": stamps.iso(moment, 0, zone) if zone else stamps.iso(moment, 0),
        "msec": f"{moment:.3f}",
        "remote_addr": fields["addr"],
        "remote_port": str(fields["port"]),
        "method": fields["method"],
        "uri": fields["uri"],
        "status": str(fields["status"]),
        "bytes_sent": str(fields.get("bytes") or 0),
        "request_time": f"{float(fields.get('rt') or 0):.3f}",
        "host": fields.get("host", ""),
        "user_agent": fields.get("agent", ""),
    }
    if "urt" in fields:
        out |= {
            "upstream_addr": fields["uaddr"],
            "upstream_status": fields["ustatus"],
            "upstream_response_time": fields["urt"],
            "connection": str(fields["conn"]),
            "connection_requests": str(fields["connreq"]),
        }
    if has_ray(layout):
        out["cf_ray"] = fields.get("ray", "")
    return json.dumps(out, separators=(",", ":"))


def _haproxy(layout: str, fields: dict, moment: float, zone: int) -> str:
    text = fields["text"]
    if not has_ray(layout):
        text = re.sub(r" \{[^}]*\}", "", text, count=1)
    return haproxy_stamp(layout, moment, zone) + text


def haproxy_stamp(layout: str, moment: float, zone: int) -> str:
    return stamps.stamp(moment, "haproxy", zone) if layout.startswith("iso") else stamps.stamp(moment, "kernel", zone) + "lb1 haproxy[812]: "


def _caddy(layout: str, fields: dict, moment: float) -> str:
    value = fields["caddy"]
    value["ts"] = round(moment, 7)
    if not has_ray(layout) and "request" in value:
        value["request"]["headers"] = {name: content for name, content in value["request"].get("headers", {}).items() if name != "Cf-Ray"}
    return json.dumps(value, separators=(",", ":"))


def _uwsgi(layout: str, fields: dict, moment: float, zone: int) -> str:
    begin = moment - float(fields["rt"])
    written = re.sub(r"\[\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\]", "[" + stamps.stamp(begin, "uwsgi", zone)[:-3] + "]", fields["own"], count=1)
    return written + (f" ray={fields.get('ray') or '-'}" if has_ray(layout) else "")
