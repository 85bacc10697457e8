from lab import bystanders
from lab.app import App, Reply, healthy
from lab.edgelog import EdgeLog
from lab.nginx import Nginx
from lab.scenario import Scenario

SCENARIO = Scenario(note="Nothing is broken, but there are scanners, resets after complete answers, 404s and a few visitors who leave.",
                    edge_log=EdgeLog(timestamps="rfc3339"))


LEFT = set()   # rays of visitors who leave: each gets a slow answer, whatever the page


def answer(asked):
    reply = healthy(asked)
    return Reply(reply.data, wait_s=1.2) if asked.ray in LEFT else reply


def origin(lab):
    lab.serve(App(lab, answer, port=9000, address="127.0.0.1"))
    lab.serve(Nginx(lab, "location / { proxy_pass http://127.0.0.1:9000; }", shop=False))


def traffic(lab):
    leavers = [lab.traffic.request(second, cache_hit=False, leave_after_s=0.4) for second in (1, 2.5, 3, 5, 6.5, 8)]
    LEFT.update(request.ray for request in leavers)
    return (lab.traffic.browse(360, 9) + lab.traffic.sprinkle(12, 8, ["/.env", "/old-page"], None) + leavers
            + lab.traffic.sprinkle(5, 8, ["/static/app.css"], None, edge_status=504, source="earlyHintsCache"))


def during(lab):
    for second in range(1, 9):
        lab.at(second)
        bystanders.scan()
        bystanders.probe_closed_port()
        bystanders.send_rubbish(b"\x16\x03\x01\x00\x05hello\r\n\r\n")
        bystanders.health_check()
        lab.edge.pool.close_some(0.15, lab.random, reset=second % 2 == 0)
