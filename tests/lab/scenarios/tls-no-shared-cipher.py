from lab.capture import Capture
from lab.certificates import Authority
from lab.nginx import Nginx
from lab.scenario import Scenario
from lab.settings import EdgeBehaviour

LEGACY = "legacy.shop.example"

SCENARIO = Scenario(note="One host allows a single cipher, which the edge does not offer: handshake_failure.",
                    causes=["tls-no-shared-cipher"], capture=Capture(filter="tcp port 443 or icmp"),
                    edge=EdgeBehaviour(tls=True, tls_maximum="1.2"))


def origin(lab):
    authority = Authority(lab)
    lab.serve(Nginx(lab, listen="listen 443 ssl;", error_level="info",
                    server=authority.leaf("shop.example") + " ssl_protocols TLSv1.2;",
                    more_servers=f"server {{ listen 443 ssl; server_name {LEGACY}; {authority.leaf(LEGACY)}"
                                 " ssl_protocols TLSv1.2; ssl_ciphers ECDHE-RSA-CHACHA20-POLY1305; root /nowhere; }"))


def traffic(lab):
    return (lab.traffic.browse(200, 8)
            + lab.traffic.sprinkle(26, 8, ["/login", "/"], "tls-no-shared-cipher", host=LEGACY))
