"""Others who talk to the origin: scanners and health checks. Call these from a scenario's `during`."""
import socket
import struct

from . import settings

SCANNERS = [address for address in settings.BYSTANDERS][:2]
HEALTH_CHECKER = [address for address in settings.BYSTANDERS][2]


def _connect(source: str, port: int) -> socket.socket:
    one = socket.socket()
    one.settimeout(3)
    one.bind((source, 0))
    one.connect((settings.ORIGIN_LAB, port))
    return one


def scan(port: int = 80, source: str = SCANNERS[0]) -> None:
    """Connects and resets at once, as port scanners do."""
    one = _connect(source, port)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    one.close()


def probe_closed_port(port: int = 8443, source: str = SCANNERS[1]) -> None:
    """Tries a port where nothing listens."""
    try:
        _connect(source, port).close()
    except OSError:
        pass


def send_rubbish(data: bytes, port: int = 80, source: str = SCANNERS[1]) -> None:
    """Sends bytes that are no request, and leaves without reading the answer."""
    with _connect(source, port) as one:
        one.sendall(data)


def health_check(path: str = "/", port: int = 80) -> None:
    """A monitor's request, complete and on its own connection."""
    with _connect(HEALTH_CHECKER, port) as one:
        one.sendall(f"GET {path} HTTP/1.1\r\nHost: {settings.HOST}\r\nUser-Agent: monitor/2.4\r\nConnection: close\r\n\r\n".encode())
        while one.recv(65536):
            pass
