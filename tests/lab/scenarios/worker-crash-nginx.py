import os
import signal

from lab.app import App, Reply, healthy
from lab.nginx import Nginx
from lab.scenario import Scenario
from lab.settings import EdgeBehaviour

SCENARIO = Scenario(note="nginx worker processes die of a segmentation fault with requests in flight, which get no byte.",
                    causes=["worker-crash"], edge=EdgeBehaviour(retry=False),
                    collateral={"closed": "worker-crash", "reset": "worker-crash", "truncated_body": "worker-crash"})


def answer(asked):
    reply = healthy(asked)
    return Reply(reply.data, wait_s=reply.wait_s * 12)


def origin(lab):
    lab.serve(App(lab, answer, port=9000, address="127.0.0.1"))
    lab.nginx = lab.serve(Nginx(lab, "location / { proxy_pass http://127.0.0.1:9000; }", shop=False, workers=2))


def traffic(lab):
    return lab.traffic.browse(380, 9)


def during(lab):
    for second in (2.0, 3.5, 5.0, 6.5, 7.5):
        lab.at(second)
        for worker in lab.nginx.workers():
            os.kill(worker, signal.SIGSEGV)
