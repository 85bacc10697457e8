"""A name server on loopback in the origin namespace, for web servers that look up their application's name."""

import os
import socket
import threading

ADDRESS = "127.0.0.53"


class NameServer:
    """Answers each name with 127.0.0.1 while `known` is true, else with "no such name"."""

    def __init__(self, lab):
        self.lab, self.known, self.socket = lab, True, None
        self.folder = os.path.join("/etc/netns", lab.namespaces.names["origin"])

    def start(self) -> None:
        os.makedirs(self.folder, exist_ok=True)
        with open(os.path.join(self.folder, "resolv.conf"), "w") as file:  # `ip netns exec` shows it as /etc/resolv.conf
            file.write(f"nameserver {ADDRESS}\noptions timeout:1 attempts:1\n")
        with self.lab.namespaces.inside("origin"):
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((ADDRESS, 53))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                query, peer = self.socket.recvfrom(4096)
            except OSError:
                return
            end = query.index(b"\0", 12) + 5
            kind = query[end - 4 : end - 2]
            answers = kind == b"\0\1"
            if not self.known:
                head = b"\x85\x83" + query[4:6] + b"\0\0\0\0\0\0"
                self.socket.sendto(query[:2] + head + query[12:end], peer)
            elif answers:
                head = b"\x85\x80" + query[4:6] + b"\0\1\0\0\0\0"
                record = b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4" + socket.inet_aton("127.0.0.1")
                self.socket.sendto(query[:2] + head + query[12:end] + record, peer)
            else:
                self.socket.sendto(query[:2] + b"\x85\x80" + query[4:6] + b"\0\0\0\0\0\0" + query[12:end], peer)

    def stop(self) -> None:
        if self.socket:
            self.socket.close()
        for path, remove in ((os.path.join(self.folder, "resolv.conf"), os.remove), (self.folder, os.rmdir)):
            if os.path.exists(path):
                remove(path)

    def keep(self) -> None:
        """Its answers leave no log."""
