"""A git host that answers https://git.example.com, over a proxy on loopback."""

import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

NAME = "git.example.com"


@contextmanager
def serve(folder: Path) -> Iterator[Mapping[str, str]]:
    """Serves the bare repositories in a folder.

    Yields the variables with which programs reach it; they reach other hosts as well. It needs git
    and openssl.
    """
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    class Repositories(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._run_git(b"")

        def do_POST(self) -> None:
            self._run_git(self.rfile.read(int(self.headers["Content-Length"])))

        def _run_git(self, body: bytes) -> None:
            path, _, query = self.path.partition("?")
            variables = {
                "GIT_PROJECT_ROOT": str(folder),
                "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
            }
            output = subprocess.run(
                ["git", "http-backend"],
                input=body,
                env={**os.environ, **variables},
                stdout=subprocess.PIPE,
                check=True,
            ).stdout
            head, _, content = output.partition(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
            self.send_response(int(headers.pop("Status", "200 OK").split()[0]))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    class Proxy(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            host, _, port = self.path.rpartition(":")
            self.send_response(200)
            self.end_headers()
            self.close_connection = True
            if host == NAME:
                with context.wrap_socket(self.connection, server_side=True) as connection:
                    Repositories(connection, self.client_address, self.server)
            else:
                with socket.create_connection((host, int(port))) as other:
                    _join(self.connection, other)

        def log_message(self, *_: object) -> None:
            pass

    known = Path(ssl.get_default_verify_paths().cafile or "")
    authorities = folder / "authorities.pem"
    shutil.copy(certificate, authorities)
    with authorities.open("ab") as file:
        file.write(known.read_bytes() if known.is_file() else b"")
    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield {
                "HTTPS_PROXY": f"http://127.0.0.1:{server.server_port}",
                # Go's, which reads these folders too.
                "SSL_CERT_FILE": str(authorities),
            }
        finally:
            server.shutdown()
            thread.join()


def _join(one: socket.socket, other: socket.socket) -> None:
    """Passes on what two connections say, until both have ended."""
    back = Thread(target=_copy, args=(other, one))
    back.start()
    _copy(one, other)
    back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(1 << 16):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        # One of them is gone.
        pass
