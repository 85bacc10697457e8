from lab.edgelog import EdgeLog
from lab.nginx import Nginx
from lab.scenario import Scenario
from lab.settings import EdgeBehaviour

SCENARIO = Scenario(note="nginx is down for two seconds: nothing listens, every connection is refused.",
                    causes=["connect-refused"], edge_log=EdgeLog(timestamps="rfc3339ms"),
                    edge=EdgeBehaviour(fresh_share=0.4), collateral={"connect_refused": "connect-refused"})


def origin(lab):
    lab.nginx = lab.serve(Nginx(lab))


def traffic(lab):
    # A lull as nginx goes down: a request that arrives at that very moment would fail by another cause.
    return [request for request in lab.traffic.browse(370, 9) if not 3.75 < request.at < 4.08]


def during(lab):
    lab.at(4)
    lab.nginx.stop()
    lab.at(6)
    lab.nginx.start()
