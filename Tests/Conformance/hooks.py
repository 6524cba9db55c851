"""Schemathesis' hooks: ids of what there is, in the place of those that are made up, and a check of what is answered without a login."""

import json
import os
import ssl
import threading
import types
import urllib.parse
import uuid

import schemathesis
from schemathesis.core.parameters import ParameterLocation

from peers import APIPeer

PATH, QUERY, BODY = ParameterLocation.PATH, ParameterLocation.QUERY, ParameterLocation.BODY
BACKING = {"type": "DATASTORE", "datastore_id": "datastore-1"}
connections = threading.local()


def peer():
    if not hasattr(connections, "peer"):
        host, port, certificate = json.loads(os.environ["CONFORMANCE_SERVER"])
        server = types.SimpleNamespace(host=host, port=port, tls=ssl.create_default_context(cafile=certificate))
        connections.peer = APIPeer(server, os.environ["CONFORMANCE_SESSION"])
    return connections.peer


def library():
    if not hasattr(connections, "library"):
        connections.library = peer().call("local_library.create", {"create_spec": {"name": "Library", "storage_backings": [BACKING]}})
    return connections.library


def item():
    return peer().call("item.create", {"create_spec": {"library_id": library(), "name": str(uuid.uuid4())}})


def update_session():
    session = peer().call("update_session.create", {"create_spec": {"library_item_id": item()}})
    peer().call("update_file.add", {"update_session_id": session, "file_spec": {"name": "f", "source_type": "PUSH"}})
    return session


def download_session():
    return peer().call("download_session.create", {"create_spec": {"library_item_id": item()}})


def new_library():
    return peer().call("local_library.create", {"create_spec": {"name": "Library", "storage_backings": [BACKING]}})


MAKERS = {
    "libraryId": new_library, "library_id": library, "libraryItemId": item, "library_item_id": item, "updateSessionId": update_session,
    "downloadSessionId": download_session,
}


def with_live_ids(values):
    """Most of the ids that are made up name nothing: three of four, by their own bytes, are given something new to name."""
    if not isinstance(values, dict):
        return
    for name, make in MAKERS.items():
        if isinstance(values.get(name), str) and len(values[name].encode(errors="replace")) % 4 != 3:
            values[name] = make()


@schemathesis.hook
def before_call(context, case, kwargs):
    for location, values in ((PATH, case.path_parameters), (QUERY, case.query), (BODY, case.body)):
        # What is wrong on purpose stays so.
        if case.meta is None or not case.meta.is_negative_at(location):
            with_live_ids(values)
    # To this server null is as good as a member that is not there.
    if isinstance(case.body, dict):
        for name in [name for name, value in case.body.items() if value is None]:
            del case.body[name]


def names_an_operation(operation, url):
    """Whether the path is the operation's, and the action one of those that it has."""
    address = urllib.parse.urlsplit(url)
    template, sent = ("/api" + operation.path).split("/"), address.path.split("/")
    if len(sent) != len(template) or any(one != other and not (one.startswith("{") and other) for one, other in zip(template, sent, strict=True)):
        return False
    actions = {None}
    for parameter in operation.definition.raw.get("parameters", []):
        if parameter["name"] == "action":
            actions = set(parameter["schema"]["enum"]) | ({None} if not parameter["required"] else set())
    asked = urllib.parse.parse_qs(address.query, keep_blank_values=True).get("action", [None])
    return len(asked) == 1 and asked[0] in actions


@schemathesis.check
def known_operations_ask_for_a_login(ctx, response, case):
    """Routing comes before authentication, as in a vCenter: so what is no operation is 404 without a login, and all else is 401."""
    is_login = (case.method, case.operation.path) == ("POST", "/session")
    header = "Authorization" if is_login else "vmware-api-session-id"
    if header in response.request.headers:
        return
    expected = 401 if names_an_operation(case.operation, response.request.url) else 404
    if response.status_code != expected:
        raise AssertionError(f"{case.method} {response.request.url} without {header}: the status is {response.status_code}, not {expected}")
