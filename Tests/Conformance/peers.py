"""One client for each encoding, all with the same face: call(operation, arguments) gives plain values, or throws Refused.

Plain values are those of JSON: structures as dictionaries without their unset fields, times as the API writes them.
"""

import base64
import http.client
import json
import re
import urllib.parse
from dataclasses import dataclass, field

import operations

PREFIX = "com.vmware.vapi.std.errors."
# The statuses of refusals: PROTOCOL 1.4. What is not listed is 400.
STATUSES = {
    "not_found": 404, "operation_not_found": 404, "concurrent_change": 409, "unauthenticated": 401, "unauthorized": 403, "error": 500,
    "internal_server_error": 500, "service_unavailable": 503, "timed_out": 504,
}
API_STATUSES = STATUSES | {"resource_busy": 500, "resource_inaccessible": 500, "unable_to_allocate_resource": 500}


@dataclass
class Refused(Exception):
    """An error of the API's own."""

    kind: str
    messages: list
    error_type: str | None
    # None where the encoding does not use it.
    status: int | None = None
    fields: dict = field(default_factory=dict)

    def __str__(self):
        return f"{self.kind}: {'; '.join(message['default_message'] for message in self.messages)}"


class Broken(Exception):
    """An answer that is none of this encoding's."""


def quote(text):
    return urllib.parse.quote(text, safe="")


class Wire:
    """A connection that stays, and is made anew when the server closed it."""

    def __init__(self, server):
        self.server, self.connection = server, None

    def send(self, method, target, headers=None, body=None):
        headers = dict(headers or {})
        for attempt in (1, 2):
            fresh = self.connection is None
            if fresh:
                self.connection = http.client.HTTPSConnection(self.server.host, self.server.port, timeout=30, context=self.server.tls)
            try:
                self.connection.request(method, target, body=body, headers=headers)
                response = self.connection.getresponse()
                content = response.read()
            except (http.client.RemoteDisconnected, ConnectionError):
                self.close()
                if fresh or attempt == 2:
                    raise
                continue
            if response.getheader("Connection", "").lower() == "close":
                self.close()
            return response.status, response.headers, content

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None


def has_operation(wire, operation):
    """Whether the server knows it, by JSON-RPC, where an operation has one name."""
    parameters = {"serviceId": "com.vmware." + operation.service, "operationId": operation.name, "input": {"STRUCTURE": {"operation-input": {}}}}
    call = {"jsonrpc": "2.0", "method": "invoke", "id": "0", "params": parameters}
    _, _, content = wire.send("POST", "/api", {"Content-Type": "application/json"}, json.dumps(call))
    (kind,) = json.loads(content)["result"]["error"]["ERROR"]
    return kind != PREFIX + "operation_not_found"


class RESTPeer:
    """/rest, as govmomi and older scripts speak it."""

    name = "rest"

    def __init__(self, server, session=None):
        self.server, self.session, self.wire = server, session, Wire(server)

    # How the dialect is served.
    base = "/rest/com/vmware/"
    statuses = STATUSES

    def login(self, user, password):
        basic = base64.b64encode(f"{user}:{password}".encode()).decode()
        peer = type(self)(self.server)
        status, _, body = peer.wire.send("POST", self.session_target, {"Authorization": f"Basic {basic}", "vmware-use-header-authn": "true"})
        peer.session = peer.answer(status, body, self.login_status)
        return peer

    session_target, login_status = "/rest/com/vmware/cis/session", 200

    def with_session(self, session):
        return type(self)(self.server, session)

    def call(self, name, arguments):
        operation = operations.ALL[name]
        method, target, body = self.request(operation, {key: value for key, value in arguments.items() if value is not None})
        headers = {"Accept": "application/json"}
        if self.session is not None:
            headers["vmware-api-session-id"] = self.session
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body)
        status, answered, content = self.wire.send(method, target, headers, body)
        if content and not answered.get("Content-Type", "").startswith("application/json"):
            raise Broken(f"{method} {target}: the answer is {answered.get('Content-Type')}, not JSON")
        return self.answer(status, content, self.success(operation))

    def success(self, operation):
        return 200

    def request(self, operation, rest):
        action = operation.name.replace("_", "-")
        target = "/rest/com/vmware/" + operation.service.replace(".", "/").replace("_", "-")
        if operation.rest_id:
            target += "/id:" + quote(rest.pop(operation.rest_id))
        if operation.name in ("list", "delete") or (operation.name == "get" and not rest):
            method = "DELETE" if operation.name == "delete" else "GET"
            return method, target + ("?" + urllib.parse.urlencode(rest, quote_via=urllib.parse.quote) if rest else ""), None
        if operation.name not in ("create", "update"):
            target += "?~action=" + action
        return "PATCH" if operation.name == "update" else "POST", target, rest or None

    def answer(self, status, content, success):
        if status >= 400:
            raise self.refusal(status, content)
        if status != success:
            raise Broken(f"the status is {status}, not {success}")
        return self.value(content)

    def value(self, content):
        if not content:
            return None
        value = json.loads(content)
        if not isinstance(value, dict) or list(value) != ["value"]:
            raise Broken(f"not one value: {content[:200]!r}")
        return value["value"]

    def refusal(self, status, content):
        error = json.loads(content)
        if not error["type"].startswith(PREFIX):
            raise Broken(f"no error: {content[:200]!r}")
        value = error["value"]
        return Refused(error["type"].removeprefix(PREFIX), value["messages"], value.get("error_type"), status, value)


class APIPeer(RESTPeer):
    """/api, as newer scripts speak it."""

    name = "api"
    statuses = API_STATUSES
    session_target, login_status = "/api/session", 201

    def success(self, operation):
        return operation.status

    def request(self, operation, rest):
        target = "/api" + re.sub(r"\{(\w+)\}", lambda found: quote(rest.pop(found[1])), operation.path)
        query = {"action": operation.action} if operation.action else {}
        body = None
        if operation.method in ("POST", "PATCH"):
            if "client_token" in rest:
                query["client_token"] = rest.pop("client_token")
            body = rest.get(operation.body, {}) if operation.body else rest or None
        else:
            query |= rest
        if query:
            target += "?" + urllib.parse.urlencode(query, quote_via=urllib.parse.quote)
        return operation.method, target, body

    def answer(self, status, content, success):
        value = super().answer(status, content, success)
        if (status == 204) != (not content):
            raise Broken(f"the status is {status} with {len(content)} bytes")
        return value

    def value(self, content):
        return json.loads(content) if content else None

    def refusal(self, status, content):
        error = json.loads(content)
        return Refused(error["error_type"].lower(), error["messages"], error["error_type"], status, error)


class SDKPeer:
    """VMware's SDK: what it does not accept of an answer, the suite fails for."""

    name = "sdk"
    statuses = None

    def __init__(self, server, client=None):
        self.server, self.client = server, client

    @property
    def session(self):
        return self.client.get_session_id()

    def http(self):
        import requests

        session = requests.Session()
        # The environment's certificates would otherwise come before the server's.
        session.trust_env, session.verify = False, self.server.certificate
        return session

    def login(self, user, password):
        from com.vmware.vapi.std.errors_client import Error
        from vmware.vapi.vsphere.client import VsphereClient, create_vsphere_client

        # A client whose login was refused has no such attribute yet, and its destructor then looks for it without end. That is an error which
        # it catches, unless the garbage collection that called it is deep in the stack already: then the interpreter ends.
        VsphereClient._stub_factory = None
        try:
            client = create_vsphere_client(f"{self.server.host}:{self.server.port}", user, password, session=self.http())
        except Error as error:
            raise self.refusal(error) from None
        return SDKPeer(self.server, client)

    def with_session(self, session):
        from com.vmware.cis_client import Session
        from vmware.vapi.lib.connect import get_requests_connector
        from vmware.vapi.stdlib.client.factories import StubConfigurationFactory
        from vmware.vapi.vsphere.client import StubFactory, create_vsphere_client

        address = f"{self.server.host}:{self.server.port}"
        if session is not None:
            return SDKPeer(self.server, create_vsphere_client(address, session_id=session, session=self.http()))
        configuration = StubConfigurationFactory.new_std_configuration(get_requests_connector(self.http(), url=f"https://{address}/api"))
        return SDKPeer(self.server, Nobody(StubFactory(configuration).content, Session(configuration)))

    def call(self, name, arguments):
        from com.vmware.vapi.std.errors_client import Error

        operation = operations.ALL[name]
        stub = self.stub(operation)
        types = stub._api_interface._operations[operation.name]["input_type"]
        given = {key: bound(types.get_field(key), value) for key, value in arguments.items() if value is not None}
        try:
            return plain(getattr(stub, operation.name)(**given))
        except Error as error:
            raise self.refusal(error) from None

    def stub(self, operation):
        place = self.client
        if operation.service == "cis.session":
            return place.session_svc
        *packages, service = operation.service.split(".")
        for package in packages:
            place = getattr(place, package)
        return getattr(place, service.title().replace("_", ""))

    def refusal(self, error):
        kind = re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__).lower()
        fields = plain(error)
        return Refused(kind, fields["messages"], fields.get("error_type"), None, fields)


@dataclass
class Nobody:
    """The SDK's services for somebody who has not logged in."""

    content: object
    session_svc: object


def bound(kind, value):
    """A plain value as the SDK's binding of this type."""
    from vmware.vapi.bindings import type as types

    if isinstance(kind, types.OptionalType):
        return None if value is None else bound(kind.element_type, value)
    if isinstance(kind, types.ReferenceType):
        return bound(kind.resolved_type, value)
    if isinstance(kind, types.ListType):
        return [bound(kind.element_type, element) for element in value]
    if isinstance(kind, types.EnumType):
        return kind.binding_class(value)
    if isinstance(kind, types.StructType):
        return kind.binding_class(**{name: bound(kind.get_field(name), inner) for name, inner in value.items()})
    return value


def plain(value):
    """What the SDK gives, as a plain value."""
    import datetime

    from vmware.vapi.bindings.struct import VapiStruct

    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03}Z"
    if isinstance(value, VapiStruct):
        fields = {name: getattr(value, name) for name in value.get_binding_type().get_field_names()}
        return {name: plain(inner) for name, inner in fields.items() if inner is not None}
    if isinstance(value, (list, tuple)):
        return [plain(element) for element in value]
    if isinstance(value, (set, frozenset)):
        return sorted(plain(element) for element in value)
    return str(value) if isinstance(value, str) else value
