"""`virga serve` with small programs in the place of the API and the worker, for tests of the supervision alone."""

import sys
from pathlib import Path

from app.cli.address import Address
from app.cli.serve import serve
from app.core.errors import SetupError
from app.embedded.output import Output
from app.embedded.service import Program

WORKER = """
import signal, sys, threading
from app.core.supervision import follow_supervisor
follow_supervisor()
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
threading.Event().wait()
"""

API = """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from app.core.supervision import follow_supervisor

class Ready(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *_):
        pass

follow_supervisor()
HTTPServer((sys.argv[1], int(sys.argv[2])), Ready).serve_forever()
"""


def programs(address: Address, logs: Path) -> list[Program]:
    api = ["-c", API, address.host, str(address.port)]
    return [
        Program("worker-1", ["-c", WORKER], Output(logs / "worker-1.log")),
        Program("api", api, Output(logs / "api.log"), lambda: address.answers("/health/ready")),
    ]


if __name__ == "__main__":
    try:
        serve(Address("127.0.0.1", int(sys.argv[1])), Path(sys.argv[2]), programs)
    except SetupError as error:
        sys.exit(f"refused: {error}")
