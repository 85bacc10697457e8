from lab.app import App, Reply, healthy, page
from lab.edgelog import EdgeLog
from lab.scenario import Scenario

SCENARIO = Scenario(note="Two faults, one after the other: broken headers on some pages, then the application is down for a while.",
                    causes=["connect-refused", "invalid-header"], edge_log=EdgeLog(timestamps="rfc3339", offset_s=-2.2),
                    collateral={"connect_refused": "connect-refused"})


def answer(asked):
    if asked.name == "/offers":
        return Reply(page(headers=["X-Offer: 10\x00 percent"]))
    return healthy(asked)


def origin(lab):
    lab.app = lab.serve(App(lab, answer))


def traffic(lab):
    requests = lab.traffic.browse(360, 10) + lab.traffic.sprinkle(18, 5.5, ["/offers?page=1", "/offers"], "invalid-header")
    # A lull as the application goes down: what arrives at that very moment would fail by another cause.
    return [request for request in requests if not 5.7 < request.at < 6.1]


def during(lab):
    lab.at(6)
    lab.app.stop()
    lab.at(7.6)
    lab.app.start()
