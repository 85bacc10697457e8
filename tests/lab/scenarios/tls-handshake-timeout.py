import os
import signal

from lab.capture import Capture
from lab.certificates import Authority
from lab.nginx import Nginx
from lab.scenario import Scenario
from lab.settings import EdgeBehaviour

SCENARIO = Scenario(note="The nginx worker hangs for some seconds: ClientHellos are acknowledged by the kernel and never answered.",
                    causes=["tls-handshake-timeout"], capture=Capture(filter="tcp port 443 or icmp"),
                    edge=EdgeBehaviour(tls=True, fresh_share=1.0), collateral={"tls_handshake": "tls-handshake-timeout"})


def origin(lab):
    lab.nginx = lab.serve(Nginx(lab, listen="listen 443 ssl;", server=Authority(lab).leaf("shop.example")))


def traffic(lab):
    # A lull before the hang: a request on its way would fail by its answer, not by its handshake.
    return [request for request in lab.traffic.browse(190, 10) if not 3.2 < request.at < 3.55]


def during(lab):
    worker, = lab.nginx.workers()
    lab.at(3.5)
    os.kill(worker, signal.SIGSTOP)
    lab.at(8)
    os.kill(worker, signal.SIGCONT)
