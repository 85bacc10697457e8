from lab.app import App, Reply, healthy, page
from lab.capture import Capture
from lab.nginx import Nginx
from lab.scenario import Scenario

SCENARIO = Scenario(note="The application behind nginx closes before its answer is complete; the capture sees both hops.",
                    causes=["upstream-closed-early"], capture=Capture(interface="any", filter=""))


def answer(asked):
    if asked.name == "/api/sync":
        return Reply(b"", "close", wait_s=0.02)
    if asked.name == "/api/dump":
        return Reply(page(body=b"id;name;price\n" * 300)[:-1900], "close", pause_s=0.03)
    return healthy(asked)


def origin(lab):
    lab.serve(App(lab, answer, port=9000, address="127.0.0.1"))
    lab.serve(Nginx(lab, "location / { proxy_pass http://127.0.0.1:9000; }", shop=False))


def traffic(lab):
    return lab.traffic.browse(240, 7) + lab.traffic.sprinkle(24, 7, ["/api/sync", "/api/dump?all=1"], "upstream-closed-early")
