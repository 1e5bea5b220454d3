"""What bad indexes need beside a server: certificates, a page to log in, a SOCKS proxy."""

import socket
import socketserver
import ssl
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest

CERTIFICATES = Path(__file__).parent / "certificates"


def tls(name):
    """Return the server's side of TLS with one of our certificates."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / f"{name}.pem")
    return context


def login_page():
    """Return what a single sign-on answers, with status 200, to whoever has not signed on."""
    form = b'<form action="/login"><input name="user"><input type="password"></form>'
    return "text/html; charset=utf-8", b"<!DOCTYPE html><html><body>" + form + b"</body></html>"


@dataclass
class Socks:
    """A SOCKS5 proxy on 127.0.0.1. ``names``: host -> where it really is."""

    address: str = ""
    user: str = ""
    names: dict = field(default_factory=dict)
    asked: list = field(default_factory=list)


class _SocksHandler(socketserver.StreamRequestHandler):
    """RFC 1928 as far as CONNECT goes, RFC 1929 for user and password."""

    def handle(self):
        state = self.server.state
        _, count = self.rfile.read(2)
        methods = self.rfile.read(count)
        method = 2 if state.user else 0
        if method not in methods:
            self.wfile.write(b"\x05\xff")
            return
        self.wfile.write(bytes([5, method]))
        if state.user and not self._authenticated(state.user):
            return
        host, port = self._target()
        state.asked.append(f"{host}:{port}")
        with socket.create_connection((state.names.get(host, host), port)) as there:
            self.wfile.write(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
            back = threading.Thread(target=_pump, args=(there, self.connection), daemon=True)
            back.start()
            _pump(self.connection, there)
            back.join()

    def _authenticated(self, expected):
        self.rfile.read(1)
        words = [self.rfile.read(self.rfile.read(1)[0]).decode() for _ in range(2)]
        right = ":".join(words) == expected
        self.wfile.write(bytes([1, 0 if right else 1]))
        return right

    def _target(self):
        kind = self.rfile.read(4)[3]
        if kind == 3:
            host = self.rfile.read(self.rfile.read(1)[0]).decode()
        else:
            host = socket.inet_ntoa(self.rfile.read(4))
        return host, int.from_bytes(self.rfile.read(2), "big")


def _pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class _SocksServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@pytest.fixture
def socks():
    """Give a SOCKS5 proxy."""
    with _SocksServer(("127.0.0.1", 0), _SocksHandler) as proxy:
        proxy.state = Socks(address=f"127.0.0.1:{proxy.server_address[1]}")
        thread = threading.Thread(target=proxy.serve_forever, args=(0.01,))
        thread.start()
        yield proxy.state
        proxy.shutdown()
        thread.join()
