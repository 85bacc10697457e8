from lab.app import App, Reply, healthy
from lab.nginx import Nginx
from lab.scenario import Scenario

SCENARIO = Scenario(note="nginx may open 44 files only; with many slow requests at once none is left for its application.",
                    causes=["fd-exhausted"], collateral={"*": "fd-exhausted"})


def answer(asked):
    reply = healthy(asked)
    return Reply(reply.data, wait_s=1.2) if asked.name == "/export" else reply


def origin(lab):
    lab.serve(App(lab, answer, port=9000, address="127.0.0.1"))
    lab.serve(Nginx(lab, "location / { proxy_pass http://127.0.0.1:9000; }", shop=False, main="worker_rlimit_nofile 44;"))


def traffic(lab):
    requests = lab.traffic.browse(320, 9)
    for second in (2, 4.5, 7):
        requests += lab.traffic.sprinkle(22, 0.6, ["/export?all=1"], None, start=second)
    return requests
