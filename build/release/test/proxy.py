"""A web proxy that itself answers for whatever host it is to connect to, with the
files of a folder: proxy.py CERTIFICATE KEY FOLDER. Prints its port, then each
path that is asked for, and ends with its standard input."""

import functools
import http.server
import ssl
import sys
import threading

certificate, key, folder = sys.argv[1:]
tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
tls.load_cert_chain(certificate, key)


class Proxy(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_CONNECT(self):
        self.send_response_only(200)
        self.end_headers()
        self.connection = tls.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)

    def do_GET(self):
        print(self.path, flush=True)
        super().do_GET()

    def log_message(self, *about):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Proxy, directory=folder))
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
