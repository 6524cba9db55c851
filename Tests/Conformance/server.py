"""content-library-server as a process of its own, and its transfer URLs."""

import json
import os
import shutil
import signal
import ssl
import subprocess
import tempfile
import time
import urllib.parse
from pathlib import Path

from peers import Wire

ROOT = Path(__file__).resolve().parent.parent.parent
EXECUTABLE = os.environ.get("CLSYNCD_BIN_DIR", str(ROOT / ".build" / "debug")) + "/content-library-server"
USERS = {"admin": "admin's secret", "other": "other's secret", "reader": "reader's secret"}


class Server:
    """Ends, with its data, when the block does."""

    def __init__(self, *arguments):
        self.arguments = arguments
        self.process = None

    def __enter__(self):
        self.directory = tempfile.mkdtemp(prefix="conformance-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
        ready, self.log = f"{self.directory}/ready.json", f"{self.directory}/log"
        command = [EXECUTABLE, "--data", f"{self.directory}/data", "--listen", "127.0.0.1:0", "--ready-file", ready, *self.arguments]
        for user, password in USERS.items():
            command += ["--user", f"{user}:{password}" + (":read-only" if user == "reader" else "")]
        # setpriv(1): it ends at the latest with this process.
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", *command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(self.log, "wb"))
        deadline = time.monotonic() + 60
        while not os.path.exists(ready):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                raise SystemExit(f"the server did not start: {Path(self.log).read_text() if os.path.exists(self.log) else ''}")
            time.sleep(0.01)
        facts = json.loads(Path(ready).read_text())
        address = urllib.parse.urlsplit(facts["url"])
        self.host, self.port, self.thumbprint = address.hostname, address.port, facts["thumbprint"]
        self.certificate = f"{self.directory}/certificate.pem"
        Path(self.certificate).write_text(ssl.get_server_certificate((self.host, self.port)))
        self.tls = ssl.create_default_context(cafile=self.certificate)
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()
        self.end = self.process.returncode
        shutil.rmtree(self.directory, ignore_errors=True)

    def transfer(self, method, url, body=None, headers=None):
        """Sends to a transfer URL, with no credentials: the URL is one. Returns the status, the headers and the body."""
        address = urllib.parse.urlsplit(url)
        assert (address.scheme, address.hostname, address.port) == ("https", self.host, self.port), url
        wire = Wire(self)
        try:
            return wire.send(method, address.path + (f"?{address.query}" if address.query else ""), headers, body)
        finally:
            wire.close()
