from lab import settings
from lab.app import App
from lab.edgelog import EdgeLog
from lab.scenario import Scenario
from lab.settings import EdgeBehaviour

FAR = settings.edges_in("162.158.166.", "104.22.")

SCENARIO = Scenario(note="The application stops accepting for some seconds and its listen queue holds sixteen connections.",
                    causes=["accept-queue-overflow"], edge_log=EdgeLog(offset_s=1.1), edge=EdgeBehaviour(fresh_share=0.3),
                    collateral={"connect_timeout": "accept-queue-overflow", "not_acknowledged": "accept-queue-overflow",
                                "read_timeout": "accept-queue-overflow"})


def origin(lab):
    lab.app = lab.serve(App(lab, backlog=15))


def traffic(lab):
    # Visitors of a near data centre fill the queue while the handshakes of others, far away, are under way.
    near = [lab.traffic.request(3.01, fresh=True, cache_hit=False, edge=settings.EDGES[0]) for _ in range(12)]
    far = [lab.traffic.request(2.98, fresh=True, cache_hit=False, edge=lab.random.choice(FAR)) for _ in range(12)]
    return lab.traffic.browse(340, 10) + near + far


def during(lab):
    lab.at(3)
    lab.app.accepting.clear()
    lab.at(5)
    lab.keep_output("origin/ss-ltn.txt", "ss", "-ltn")
    lab.at(7.8)
    lab.keep_output("origin/nstat.txt", "nstat", "-az", "TcpExtListenOverflows", "TcpExtListenDrops", "TcpPassiveOpens")
    lab.app.accepting.set()
