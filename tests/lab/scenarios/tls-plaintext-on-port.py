from lab.capture import Capture
from lab.certificates import Authority
from lab.edgelog import EdgeLog
from lab.nginx import Nginx
from lab.scenario import Scenario
from lab.settings import EdgeBehaviour

SCENARIO = Scenario(note="After a deployment nginx speaks plain HTTP on port 443, for a few seconds.",
                    causes=["tls-plaintext-on-port"], capture=Capture(filter="tcp port 443 or icmp"),
                    edge_log=EdgeLog(timestamps="rfc3339ms", offset_s=4.1),
                    edge=EdgeBehaviour(tls=True, fresh_share=1.0), collateral={"tls_handshake": "tls-plaintext-on-port"})


def origin(lab):
    lab.nginx = lab.serve(Nginx(lab, listen="listen 443 ssl;", server=Authority(lab).leaf("shop.example")))


def traffic(lab):
    return lab.traffic.browse(200, 9)


def during(lab):
    lab.at(4.5)
    lab.nginx.reload("listen 443 ssl;", "listen 443;")
    lab.at(6.5)
    lab.nginx.reload("listen 443;", "listen 443 ssl;")
