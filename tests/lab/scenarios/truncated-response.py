from lab.app import App, Reply, healthy, page
from lab.capture import Capture
from lab.scenario import Scenario

SCENARIO = Scenario(
    note="The application stops in the middle: short of Content-Length, without the last chunk, or inside the header block.",
    causes=["truncated-response"], capture=Capture(interface="any"))

CHUNKED = b"HTTP/1.1 200 OK\r\nServer: gunicorn\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"


def answer(asked):
    if asked.name == "/export/orders":
        return Reply(page(body=b"id;name;price\n" * 400)[:-2200], "close", wait_s=0.02)
    if asked.name == "/report/daily":
        return Reply(CHUNKED + b"400\r\n" + b"x" * 1024 + b"\r\n", "close", rest=b"200\r\n" + b"y" * 300, pause_s=0.05)
    if asked.name == "/feed.xml":
        return Reply(page()[:88], "close", wait_s=0.01)
    return healthy(asked)


def origin(lab):
    lab.serve(App(lab, answer))


def traffic(lab):
    return (lab.traffic.browse(320, 8)
            + lab.traffic.sprinkle(24, 8, ["/export/orders", "/report/daily?day=3", "/feed.xml"], "truncated-response"))
