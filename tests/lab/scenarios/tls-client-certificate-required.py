from lab.capture import Capture
from lab.certificates import Authority
from lab.nginx import Nginx
from lab.scenario import Scenario
from lab.settings import EdgeBehaviour

OTHER = "admin.shop.example"

SCENARIO = Scenario(note="One host wants a client certificate, which the edge does not send: nginx answers 400.",
                    causes=["tls-client-certificate-required"], capture=Capture(filter="tcp port 443 or icmp"),
                    edge=EdgeBehaviour(tls=True, strict=False, tls_maximum="1.2"), failing_statuses=(400,))


def origin(lab):
    authority = Authority(lab)
    lab.serve(Nginx(lab, listen="listen 443 ssl;", server=authority.leaf("shop.example"),
                    more_servers=f"server {{ listen 443 ssl; server_name {OTHER}; {authority.leaf(OTHER)}"
                                 f" ssl_client_certificate {authority.file}; ssl_verify_client on; root {lab.www}; }}"))


def traffic(lab):
    return lab.traffic.browse(200, 8) + lab.traffic.sprinkle(26, 8, ["/", "/cart.html"], "tls-client-certificate-required", host=OTHER)
