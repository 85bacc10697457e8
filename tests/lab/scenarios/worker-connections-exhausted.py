from lab.app import App, Reply, healthy
from lab.edgelog import EdgeLog
from lab.nginx import Nginx
from lab.scenario import Scenario

SCENARIO = Scenario(note="nginx may hold 40 connections only, both sides counted; bursts of slow requests use them up.",
                    causes=["worker-pool-exhausted"], edge_log=EdgeLog(files=2), collateral={"*": "worker-pool-exhausted"})


def answer(asked):
    reply = healthy(asked)
    return Reply(reply.data, wait_s=1.2) if asked.name == "/export" else reply


def origin(lab):
    lab.serve(App(lab, answer, port=9000, address="127.0.0.1"))
    lab.serve(Nginx(lab, "location / { proxy_pass http://127.0.0.1:9000; }", shop=False, connections=40))


def traffic(lab):
    requests = lab.traffic.browse(280, 9)
    for second in (2, 4.5, 7):
        requests += lab.traffic.sprinkle(24, 0.6, ["/export?all=1"], None, start=second)
    return requests
