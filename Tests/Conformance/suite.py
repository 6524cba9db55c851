"""Runs the cases over one encoding, and writes down what happened: `suite.py PEER REPORT`, where PEER is rest, api or sdk."""

import importlib
import json
import pkgutil
import re
import sys
import time
import traceback

import coming
import operations
from peers import APIPeer, Refused, RESTPeer, SDKPeer, Wire, has_operation
from server import USERS, Server

CASES = {}
NOBODY = "00000000-0000-0000-0000-000000000000"


def case(function=None, *, only=(), arguments=()):
    """A case: a function of a site. `only` names the encodings that have it; `arguments` are for a server of its own."""
    if function is None:
        return lambda function: case(function, only=only, arguments=arguments)
    name = f"{function.__module__.removeprefix('cases.')}: {function.__name__.replace('_', ' ')}"
    add(name, function, only, arguments)
    return function


def add(name, function, only=(), arguments=()):
    assert name not in CASES, name
    CASES[name] = (function, only, arguments)


class NotImplementedYet(Exception):
    """The case needs what the server does not have yet."""


class Trace:
    """What was called and what came back, with ids, times and addresses replaced by their order: the same in every encoding."""

    VARIABLE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{64}\b|\b[0-9a-f]{32}\b")
    TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
    THUMBPRINT = re.compile(r"(?:[0-9A-F]{2}:){19}[0-9A-F]{2}")
    ADDRESS = re.compile(r"127\.0\.0\.1(:| port )\d+")

    def __init__(self):
        self.lines, self.names = [], {NOBODY: NOBODY}

    def note(self, operation, outcome):
        self.lines.append([operation, self.normal(outcome)])

    def normal(self, value):
        if isinstance(value, dict):
            return {key: self.normal(value[key]) for key in sorted(value)}
        if isinstance(value, list):
            normal = [self.normal(element) for element in value]
            return sorted(normal) if all(isinstance(element, str) for element in normal) else normal
        if isinstance(value, str):
            text = self.VARIABLE.sub(lambda found: self.names.setdefault(found[0], f"<{len(self.names)}>"), value)
            for pattern, name in ((self.TIME, "<time>"), (self.THUMBPRINT, "<thumbprint>"), (self.ADDRESS, "<address>")):
                text = pattern.sub(name, text)
            return text
        return value


class Site:
    """A server and somebody who is logged in to it, for one case."""

    def __init__(self, peer, server, run, trace):
        self.peer, self.server, self.run, self.trace = peer, server, run, trace

    def using(self, peer):
        return Site(peer, self.server, self.run, self.trace)

    def as_user(self, name):
        return self.using(self.run.logins(self.server)[name])

    # Calls.

    def call(self, operation, **arguments):
        """What the operation answers; the case fails if it refuses."""
        self.run.require(operation)
        value = self.peer.call(operation, arguments)
        self.run.called.add(operation)
        self.trace.note(operation, value)
        return value

    def look(self, operation, **arguments):
        """As call, for an answer that depends on what other cases left."""
        self.run.require(operation)
        self.run.called.add(operation)
        return self.peer.call(operation, arguments)

    def refuses(self, refusal, operation, **arguments):
        """The error that the operation refuses with: `kind`, or `kind: when` as its documentation has it."""
        kind, _, when = refusal.partition(": ")
        assert not when or refusal in operations.ALL[operation].refusals, f"{operation} documents no {refusal}"
        self.run.require(operation)
        try:
            raise AssertionError(f"{operation}: expected {kind}, not the answer {self.peer.call(operation, arguments)!r}")
        except Refused as refused:
            error = refused
        check(error.kind == kind, f"{operation}: expected {kind}, not {error}")
        self.check_error(error)
        self.run.called.add(operation)
        self.run.refused.add((operation, refusal))
        self.trace.note(operation, [error.kind, error.messages])
        return error

    def check_error(self, error):
        check(error.error_type in (None, error.kind.upper()), f"the error type of {error} is {error.error_type}")
        if self.peer.statuses is not None:
            check(error.status == self.peer.statuses.get(error.kind, 400), f"the status of {error} is {error.status}")
        check(error.messages, "an error without a message")
        for message in error.messages:
            check(message["id"] and message["default_message"] and isinstance(message["args"], list), f"not a message: {message}")
            check(all(isinstance(argument, str) for argument in message["args"]), f"arguments that are no text: {message}")

    def needs(self, feature):
        """For what is no operation of its own."""
        if feature in self.run.missing:
            raise NotImplementedYet(feature)

    # What most cases begin with.

    def library(self, name="Library", **more):
        backing = {"type": "DATASTORE", "datastore_id": "datastore-1"}
        return self.call("local_library.create", create_spec={"name": name, "type": "LOCAL", "storage_backings": [backing]} | more)

    def item(self, name="item", library=None, **more):
        return self.call("item.create", create_spec={"library_id": library or self.library(), "name": name, "type": "other"} | more)

    def session(self, item=None):
        return self.call("update_session.create", create_spec={"library_item_id": item or self.item()})

    def announce(self, session, name, file_spec=None):
        """The URL to push a file to."""
        info = self.call("update_file.add", update_session_id=session, file_spec=file_spec or {"name": name, "source_type": "PUSH"})
        return info["upload_endpoint"]["uri"]

    def put(self, url, body, headers=None):
        return self.server.transfer("PUT", url, body, headers)[0]

    def push(self, session, name, body):
        status = self.put(self.announce(session, name), body)
        check(status == 200, f"the upload of {name} answers {status}")

    def publish(self, item, **files):
        session = self.session(item)
        for name, body in files.items():
            self.push(session, name, body)
        self.call("update_session.complete", update_session_id=session)
        self.call("update_session.delete", update_session_id=session)

    def files(self, item):
        return {file["name"]: file for file in self.call("file.list", library_item_id=item)}

    def read(self, item, name):
        session = self.call("download_session.create", create_spec={"library_item_id": item})
        info = self.call("download_file.prepare", download_session_id=session, file_name=name, endpoint_type="HTTPS")
        status, _, body = self.server.transfer("GET", info["download_endpoint"]["uri"])
        check(status == 200, f"the download of {name} answers {status}")
        self.call("download_session.delete", download_session_id=session)
        return body


    def until(self, what, condition, seconds=30):
        """Asks again and again, for what the server does in its own time; returns the first answer that is true."""
        deadline = time.monotonic() + seconds
        while not (answer := condition()):
            check(time.monotonic() < deadline, f"{what}: not within {seconds} s")
            time.sleep(0.02)
        return answer


def check(condition, message):
    if not condition:
        raise AssertionError(message)


def equal(found, expected, what=""):
    check(found == expected, f"{what or 'it'} is {found!r}, not {expected!r}")


class Run:
    """All cases over one encoding."""

    def __init__(self, peer_type):
        self.peer_type = peer_type
        self.servers, self.users = {}, {}
        self.missing, self.called, self.refused = set(), set(), set()

    def server(self, arguments):
        if arguments not in self.servers:
            self.servers[arguments] = Server(*arguments).__enter__()
        return self.servers[arguments]

    def logins(self, server):
        if server not in self.users:
            self.users[server] = {user: self.peer_type(server).login(user, password) for user, password in USERS.items()}
        return self.users[server]

    def require(self, operation):
        if operation in self.missing:
            raise NotImplementedYet(operation)

    def detect(self):
        """What the server answers operation_not_found for, and the features that it lacks."""
        server = self.server(())
        # Nobody asks: which operation is meant comes before who means it.
        wire = Wire(server)
        for name, operation in operations.ALL.items():
            if not operation.is_rest_only:
                is_there = has_operation(wire, operation)
            elif self.peer_type is RESTPeer:
                is_there = wire.send("POST", RESTPeer(server).request(operation, {})[1])[0] == 401
            else:
                continue
            if not is_there:
                self.missing.add(name)
        wire.close()
        peer = self.logins(server)["admin"]
        for feature, is_missing in coming.FEATURES.items():
            if is_missing(Site(peer, server, self, Trace())):
                self.missing.add(feature)
        self.called.clear()
        self.refused.clear()

    def run(self):
        self.detect()
        report = {"missing": sorted(self.missing), "cases": {}}
        for name, (function, only, arguments) in CASES.items():
            if only and self.peer_type.name not in only:
                continue
            trace = Trace()
            try:
                server = self.server(arguments)
                function(Site(self.logins(server)["admin"], server, self, trace))
                outcome, detail = "passed", ""
            except NotImplementedYet as missing:
                outcome, detail = "not implemented", str(missing)
            except Exception:
                outcome, detail = "failed", traceback.format_exc(limit=-4)
            report["cases"][name] = {"outcome": outcome, "detail": detail, "trace": trace.lines}
        report["called"] = sorted(self.called)
        report["refused"] = sorted(self.refused)
        return report


def sample(operation):
    """Arguments that can be sent, and name nothing that exists."""
    values = {"file_spec": {"name": "f", "source_type": "PUSH"}, "force_sync_content": False, "source_endpoint": {"uri": "http://127.0.0.1:1/"}}
    return {
        name: values.get(name, {} if name.endswith("spec") else NOBODY)
        for name in operation.names if name + "?" not in operation.parameters
    }


def main(peer_name, report_path):
    import cases

    for module in pkgutil.iter_modules(cases.__path__):
        importlib.import_module(f"cases.{module.name}")
    peer_type = {"rest": RESTPeer, "api": APIPeer, "sdk": SDKPeer}[peer_name]
    run = Run(peer_type)
    try:
        report = run.run()
    finally:
        for server in run.servers.values():
            server.__exit__()
    report["exits"] = {" ".join(arguments): server.end for arguments, server in run.servers.items()}
    with open(report_path, "w") as file:
        json.dump(report, file)


if __name__ == "__main__":
    # The cases import this module by its name: it must not be there twice.
    sys.modules["suite"] = sys.modules["__main__"]
    main(*sys.argv[1:])
