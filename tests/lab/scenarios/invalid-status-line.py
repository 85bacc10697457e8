from lab.app import App, PAGE, Reply, healthy, page
from lab.scenario import Scenario

SCENARIO = Scenario(note="Some answers have no status line of HTTP/1: bare HTML, ICY, a missing or an impossible code.",
                    causes=["invalid-status-line"])

LINES = {"/stream": b"ICY 200 OK", "/status": b"HTTP/1.1 OK", "/beta": b"HTTP/2.0 200 OK", "/old": b"HTTP/1.1 1000 Fine"}


def answer(asked):
    if asked.name == "/raw":
        return Reply(PAGE, "close")
    if asked.name in LINES:
        return Reply(page().replace(b"HTTP/1.1 200 OK", LINES[asked.name], 1))
    return healthy(asked)


def origin(lab):
    lab.serve(App(lab, answer))


def traffic(lab):
    return lab.traffic.browse(330, 8) + lab.traffic.sprinkle(30, 8, ["/raw", *LINES], "invalid-status-line")
