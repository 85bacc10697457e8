#!/usr/bin/env python3
"""Records conversations in TLS through memory buffers, with the secrets of each: NAME.bin holds (side, length, bytes), keys.log the secrets.

Both sides speak HTTP/1.1: request n asks for /n, its answer has n * SIZE bytes of body. Needs OpenSSL 3 and the `openssl` program."""

import os
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time

NO_ENCRYPT_THEN_MAC = 0x80000  # SSL_OP_NO_ENCRYPT_THEN_MAC, which the module does not name
EXCHANGES = 4
TLS12 = {
    "tls12-aes128-gcm": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "tls12-aes256-gcm": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "tls12-rsa-aes128-gcm": "AES128-GCM-SHA256",
    "tls12-chacha20": "ECDHE-ECDSA-CHACHA20-POLY1305",
    "tls12-aes128-ccm": "ECDHE-ECDSA-AES128-CCM",
    "tls12-aes256-ccm8": "ECDHE-ECDSA-AES256-CCM8",
    "tls12-aes128-cbc-sha": "ECDHE-ECDSA-AES128-SHA",
    "tls12-aes256-cbc-sha": "ECDHE-ECDSA-AES256-SHA",
    "tls12-aes128-cbc-sha256": "ECDHE-ECDSA-AES128-SHA256",
    "tls12-aes256-cbc-sha384": "ECDHE-ECDSA-AES256-SHA384",
}
WITHOUT_ENCRYPT_THEN_MAC = {"tls12-aes128-cbc-sha-mac-first": "ECDHE-ECDSA-AES128-SHA", "tls12-aes256-cbc-sha384-mac-first": "ECDHE-ECDSA-AES256-SHA384"}
# Both versions with the suites that they have in common with TLS 1.2; half of them encrypt first.
OLD = {
    "tls10-aes128-cbc-sha": (ssl.TLSVersion.TLSv1, "ECDHE-ECDSA-AES128-SHA", 0),
    "tls10-aes256-cbc-sha-mac-first": (ssl.TLSVersion.TLSv1, "ECDHE-ECDSA-AES256-SHA", NO_ENCRYPT_THEN_MAC),
    "tls11-aes256-cbc-sha": (ssl.TLSVersion.TLSv1_1, "ECDHE-ECDSA-AES256-SHA", 0),
    "tls11-aes128-cbc-sha-mac-first": (ssl.TLSVersion.TLSv1_1, "ECDHE-ECDSA-AES128-SHA", NO_ENCRYPT_THEN_MAC),
}
TLS13 = {
    "tls13-aes128-gcm": "TLS_AES_128_GCM_SHA256",
    "tls13-aes256-gcm": "TLS_AES_256_GCM_SHA384",
    "tls13-chacha20": "TLS_CHACHA20_POLY1305_SHA256",
    "tls13-aes128-ccm": "TLS_AES_128_CCM_SHA256",
    "tls13-aes128-ccm8": "TLS_AES_128_CCM_8_SHA256",
}


def answer(number: int, size: int) -> bytes:
    body = bytes(97 + (at + number) % 26 for at in range(number * size))
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body


class Conversation:
    """Two ends that speak over four buffers; what each sends is kept."""

    def __init__(self, client: ssl.SSLContext, server: ssl.SSLContext, session: ssl.SSLSession | None = None):
        self.buffers = [ssl.MemoryBIO() for _ in range(4)]
        to_client, from_client, to_server, from_server = self.buffers
        self.client = client.wrap_bio(to_client, from_client, server_hostname="shop.example", session=session)
        self.server = server.wrap_bio(to_server, from_server, server_side=True)
        self.kept: list[tuple[int, bytes]] = []

    def pass_on(self) -> None:
        to_client, from_client, to_server, from_server = self.buffers
        for side, sent, to in ((0, from_client, to_server), (1, from_server, to_client)):
            if data := sent.read():
                self.kept.append((side, data))
                to.write(data)

    def drive(self, step) -> None:
        for _ in range(20):
            try:
                step()
                return self.pass_on()
            except ssl.SSLWantReadError:
                self.pass_on()

    def handshake(self) -> None:
        done = [False, False]
        for _ in range(20):
            for at, end in enumerate((self.client, self.server)):
                if not done[at]:
                    try:
                        end.do_handshake()
                        done[at] = True
                    except ssl.SSLWantReadError:
                        pass
                self.pass_on()
            if all(done):
                return

    def exchanges(self, size: int) -> None:
        for number in range(1, EXCHANGES + 1):
            self.client.write(b"GET /%d HTTP/1.1\r\nHost: shop.example\r\n\r\n" % number)
            self.pass_on()
            self.drive(lambda: self.server.read(65536))
            self.server.write(answer(number, size))
            self.pass_on()
            wanted = len(answer(number, size))
            while wanted > 0:
                wanted -= len(self.client.read(65536))

    def close(self) -> None:
        for end in (self.client, self.server):
            try:
                end.unwrap()
            except ssl.SSLError:
                pass
            self.pass_on()

    def save(self, name: str) -> None:
        with open(name + ".bin", "wb") as file:
            for side, data in self.kept:
                file.write(struct.pack(">BI", side, len(data)) + data)


def certificate(folder: str, kind: list[str], name: str) -> tuple[str, str]:
    key, chain = os.path.join(folder, name + ".key"), os.path.join(folder, name + ".pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", *kind, "-nodes", "-keyout", key, "-out", chain, "-days", "30", "-subj", "/CN=shop.example",
                    "-addext", "subjectAltName=DNS:shop.example"], check=True, capture_output=True)
    return chain, key


def contexts(folder: str, version: ssl.TLSVersion, ciphers: str | None, options: int = 0) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(os.path.join(folder, "ec.pem"), os.path.join(folder, "ec.key"))
    server.load_cert_chain(os.path.join(folder, "rsa.pem"), os.path.join(folder, "rsa.key"))
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(os.path.join(folder, "ec.pem"))
    client.load_verify_locations(os.path.join(folder, "rsa.pem"))
    client.keylog_filename = "keys.log"
    for context in (client, server):
        context.minimum_version = context.maximum_version = version
        context.set_alpn_protocols(["http/1.1"])
        context.options |= options
        if ciphers:
            context.set_ciphers(ciphers + ":@SECLEVEL=0")
    return client, server


def record(name: str, folder: str, version: ssl.TLSVersion, ciphers: str | None = None, options: int = 0, size: int = 100) -> None:
    client, server = contexts(folder, version, ciphers, options)
    conversation = Conversation(client, server)
    conversation.handshake()
    conversation.exchanges(size)
    if name == "tls12-aes256-gcm":
        again = Conversation(client, server, conversation.client.session)
        again.handshake()
        again.exchanges(size)
        again.close()
        again.save("tls12-resumed")
    conversation.close()
    conversation.save(name)


def relay(client: socket.socket, server: socket.socket, kept: list[tuple[int, bytes]]) -> None:
    def pass_on(side: int, source: socket.socket, target: socket.socket) -> None:
        while data := source.recv(65536):
            kept.append((side, data))
            target.sendall(data)

    threads = [threading.Thread(target=pass_on, args=way, daemon=True) for way in ((0, client, server), (1, server, client))]
    for thread in threads:
        thread.start()


def with_key_updates(folder: str) -> None:
    """The module cannot update keys: `openssl s_client` does, asked by a line K on its standard input (both sides) or k (its own)."""
    _, server = contexts(folder, ssl.TLSVersion.TLSv1_3, None)
    outside, inside = socket.create_server(("127.0.0.1", 0)), socket.create_server(("127.0.0.1", 0))
    command = ["openssl", "s_client", "-connect", "127.0.0.1:%d" % outside.getsockname()[1], "-servername", "shop.example", "-keylogfile", "keys.log"]
    client = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    kept: list[tuple[int, bytes]] = []
    relay(outside.accept()[0], socket.create_connection(inside.getsockname()), kept)
    connection = server.wrap_socket(inside.accept()[0], server_side=True)
    assert client.stdin
    for number in range(1, EXCHANGES + 1):
        client.stdin.write(b"GET /%d HTTP/1.1\r\nHost: shop.example\r\n\r\n" % number)
        client.stdin.flush()
        asked = b""
        while not asked.endswith(b"\r\n\r\n"):
            asked += connection.recv(65536)
        connection.sendall(answer(number, 100))
        time.sleep(0.3)
        client.stdin.write(b"K\n" if number % 2 else b"k\n")
        client.stdin.flush()
        time.sleep(0.3)
    client.kill()
    with open("tls13-key-updates.bin", "wb") as file:
        for side, data in kept:
            file.write(struct.pack(">BI", side, len(data)) + data)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        certificate(folder, ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"], "ec")
        certificate(folder, ["rsa:2048"], "rsa")
        if len(sys.argv) > 1:
            return record(sys.argv[1], folder, ssl.TLSVersion.TLSv1_3, size=9000 if sys.argv[1].endswith("large") else 100)
        for name, ciphers in TLS12.items():
            record(name, folder, ssl.TLSVersion.TLSv1_2, ciphers)
        for name, ciphers in WITHOUT_ENCRYPT_THEN_MAC.items():
            record(name, folder, ssl.TLSVersion.TLSv1_2, ciphers, NO_ENCRYPT_THEN_MAC)
        for name, (version, ciphers, options) in OLD.items():
            record(name, folder, version, ciphers, options)
        with_key_updates(folder)
        # The module cannot choose suites of TLS 1.3: the library's configuration can.
        for name, suite in {**TLS13, "tls13-large": TLS13["tls13-aes128-gcm"]}.items():
            path = os.path.join(folder, "openssl.cnf")
            with open(path, "w") as file:
                file.write("openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\nCiphersuites = " + suite + "\nCipherString = ALL:@SECLEVEL=0\n")
            subprocess.run([sys.executable, __file__, name], check=True, env={**os.environ, "OPENSSL_CONF": path})


if __name__ == "__main__":
    main()
