from lab.capture import Capture
from lab.certificates import Authority
from lab.nginx import Nginx
from lab.scenario import Scenario
from lab.settings import EdgeBehaviour

SCENARIO = Scenario(note="For some seconds nginx takes TLS 1.3 only, and this edge offers 1.2 at most: protocol_version.",
                    causes=["tls-protocol-version"], capture=Capture(filter="tcp port 443 or icmp"),
                    edge=EdgeBehaviour(tls=True, tls_maximum="1.2", fresh_share=1.0), collateral={"tls_handshake": "tls-protocol-version"})


def origin(lab):
    lab.nginx = lab.serve(Nginx(lab, listen="listen 443 ssl;", error_level="info",
                                server=Authority(lab).leaf("shop.example") + " ssl_protocols TLSv1.2;"))


def traffic(lab):
    return lab.traffic.browse(190, 9)


def during(lab):
    lab.at(4.5)
    lab.nginx.reload("ssl_protocols TLSv1.2;", "ssl_protocols TLSv1.3;")
    lab.at(6.5)
    lab.nginx.reload("ssl_protocols TLSv1.3;", "ssl_protocols TLSv1.2;")
