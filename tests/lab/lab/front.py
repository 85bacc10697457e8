"""What a web server in front of an application is told, whichever program it is."""

from dataclasses import dataclass, field

APPLICATION_PORT = 9000


@dataclass
class TlsHost:
    """One name with its certificate. `base` is the path of certificate and key without their endings."""

    name: str
    base: str
    minimum: str = "1.2"
    maximum: str = "1.3"
    ciphers: str = ""  # of TLS 1.2, in OpenSSL's words
    client_authority: str = ""  # a certificate of this authority is required of the client
    reject: bool = False  # the handshake for this name is refused


@dataclass
class Front:
    """Settings. Not every program has a word for each; site.py says which fault goes with which program."""

    application: str = "http"  # how the application is spoken to: "http", "uwsgi", "php" or "static"
    keepalive_s: float = 65
    answer_timeout_s: float = 60  # for the application's answer
    application_name: str = ""  # else it is an address
    deny: dict[str, str] = field(default_factory=dict)  # path → "403", "close" or "reset"
    limit_per_client: int = 0  # requests a second; more are refused
    connections: int = 0  # most at once
    files_limit: int = 0
    workers: int = 2
    backlog: int = 511
    proxy_protocol: bool = False
    redirect_host: str = ""  # this name is sent to https
    refuse_chunked: bool = False  # 411 for a body without length
    wide_headers: bool = False  # the application's headers may be large
    tls: list[TlsHost] = field(default_factory=list)
    plain: bool = False  # the port of TLS speaks plain HTTP
    alpn: tuple = ()  # protocols that the server takes

    @property
    def port(self) -> int:
        return 443 if self.tls else 80
