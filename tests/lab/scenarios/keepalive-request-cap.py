from lab import settings
from lab.app import App, Reply, healthy
from lab.capture import Capture
from lab.scenario import Scenario
from lab.settings import EdgeBehaviour

CAP = 10

SCENARIO = Scenario(note="The application closes each connection after 10 requests without announcing it.",
                    causes=["keepalive-request-cap"], capture=Capture(nano=True),
                    edge=EdgeBehaviour(retry=False, one_way_delay_s=0.06, fresh_share=0.0),
                    collateral={"closed": "keepalive-request-cap", "reset": "keepalive-request-cap"})


def answer(asked):
    reply = healthy(asked)
    return Reply(reply.data, "close", pause_s=0.08) if asked.number == CAP else Reply(reply.data)


def origin(lab):
    lab.serve(App(lab, answer, log="origin/app/access.log"))


def traffic(lab):
    busy = settings.edges_in("172.68.10.9", "141.101.76.", "104.23.")
    return [lab.traffic.request(lab.random.random() * 9, edge=lab.random.choice(busy), cache_hit=False) for _ in range(540)]
