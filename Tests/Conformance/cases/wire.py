"""What an encoding has beside its operations: routes, malformed requests, cookies. These run once, over plain HTTP."""

import base64
import json

from peers import Wire
from server import USERS
from suite import case, check, equal

JSON_HEADERS = {"Content-Type": "application/json"}
RPC = {"jsonrpc": "2.0", "method": "invoke", "id": "7", "params": {
    "serviceId": "com.vmware.content.library", "operationId": "list", "input": {"STRUCTURE": {"operation-input": {}}}}}


def send(site, method, target, body=None, login=True, **headers):
    if login:
        headers["vmware-api-session-id"] = site.peer.session
    wire = Wire(site.server)
    try:
        return wire.send(method, target, JSON_HEADERS | headers, body)
    finally:
        wire.close()


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


@case(only=("api",))
def unknown_paths_and_methods_of_api_are_not_found_before_a_login_is_asked_for(site):
    for login in (True, False):
        for method, target in (
            ("GET", "/api/nothing"), ("PUT", "/api/content/library"), ("POST", "/api/content/library?action=nothing"), ("GET", "/api/"),
            ("GET", "/nothing"), ("GET", "/api/content/library/item/x/y/z"), ("GET", "/api/content/library/"),
        ):
            status, _, content = send(site, method, target, login=login)
            equal((status, json.loads(content)["error_type"]), (404, "OPERATION_NOT_FOUND"), f"the answer to {method} {target}")


@case(only=("rest",))
def unknown_paths_and_actions_of_rest_are_not_found(site):
    for method, target in (
        ("GET", "/rest/com/vmware/nothing"), ("PUT", "/rest/com/vmware/content/library"), ("POST", "/rest/com/vmware/content/library?~action=nothing"),
        ("POST", "/rest/com/vmware/content/library/item/update-session/id:x?action=complete"),
    ):
        status, _, content = send(site, method, target)
        equal((status, json.loads(content)["type"]), (404, "com.vmware.vapi.std.errors.operation_not_found"), f"the answer to {method} {target}")


@case(only=("api", "rest"))
def a_body_that_is_none_is_an_invalid_request(site):
    target = {"api": "/api/content/library/item", "rest": "/rest/com/vmware/content/library/item"}[site.peer.name]
    for body in ("{", "nothing", '{"a":1}{"b":2}', "[1,2", b"\xff\xfe", '{"name":"\\ud800"}', '{"a":' * 5000, "01"):
        status, _, content = send(site, "POST", target, body)
        equal(status, 400, f"the status for {body[:20]!r}")
        kind = json.loads(content).get("error_type") or json.loads(content)["type"].rsplit(".", 1)[1].upper()
        check(kind in ("INVALID_REQUEST", "INVALID_ARGUMENT"), f"{body[:20]!r} is {kind}")


@case(only=("api",))
def parameters_of_wrong_types_are_invalid_arguments(site):
    item = site.item()
    session = site.session(item)
    place = "/api/content/library/item"
    for method, target, body in (
        ("POST", place, {"name": 5}), ("POST", place, {"name": "n", "library_id": ["x"]}), ("POST", place, []), ("GET", place, None),
        ("POST", f"{place}/update-session/{session}/file", {"source_type": "PUSH"}),
        ("POST", f"{place}/update-session/{session}/file", {"name": "f"}),
        ("POST", f"{place}/update-session/{session}/file", {"name": "f", "source_type": "PUSH", "size": "x"}),
        ("POST", f"{place}/update-session/{session}/file", {"name": "f", "source_type": "PUSH", "size": 1.5}),
        ("POST", f"{place}/update-session/{session}/file", {"name": "f", "source_type": "PUSH", "size": 2**63}),
        ("POST", f"{place}/update-session/{session}?action=keep-alive", {"client_progress": "many"}),
        ("POST", f"{place}/update-session/{session}?action=fail", {}),
    ):
        status, _, content = send(site, method, target, None if body is None else json.dumps(body))
        kind = json.loads(content)["error_type"]
        check(status == 400 and kind in ("INVALID_ARGUMENT", "INVALID_REQUEST"), f"{method} {target} {body}: {status} {kind}")
    equal(site.call("update_file.list", update_session_id=session), [])


@case(only=("api",))
def a_client_token_comes_in_the_query_or_in_a_header(site):
    spec = json.dumps({"library_id": site.library(), "name": "n"})
    token = "b8a2a2e3-2314-43cd-a871-6ede0f470001"
    status, _, first = send(site, "POST", f"/api/content/library/item?client_token={token}", spec)
    equal(status, 201)
    status, _, second = send(site, "POST", "/api/content/library/item", spec, **{"Client-Token": token})
    equal((status, second), (201, first))


@case(only=("rest",))
def ids_come_with_and_without_their_prefix(site):
    library = site.library()
    for place in (f"/id:{library}", f"/{library}", f"/id%3A{library}"):
        status, _, content = send(site, "GET", f"/rest/com/vmware/content/library{place}")
        equal((status, json.loads(content)["value"]["id"]), (200, library), f"the answer for {place}")


@case(only=("rest",))
def a_login_of_rest_is_kept_in_a_cookie(site):
    _, headers, content = send(site, "POST", "/rest/com/vmware/cis/session", login=False, **basic("admin", USERS["admin"]))
    cookie = headers["Set-Cookie"]
    check(cookie.startswith(f"vmware-api-session-id={json.loads(content)['value']};") and "Path=/rest" in cookie, f"the cookie is {cookie}")
    equal(send(site, "GET", "/rest/com/vmware/content/library", login=False, Cookie=cookie.split(";")[0])[0], 200)
    quiet = {"vmware-use-header-authn": "true"} | basic("admin", USERS["admin"])
    check("Set-Cookie" not in send(site, "POST", "/rest/com/vmware/cis/session", login=False, **quiet)[1], "a cookie that nobody asked for")


@case(only=("api", "rest"))
def a_login_of_one_encoding_is_one_of_all(site):
    for target in ("/api/session", "/api/content/library", "/rest/com/vmware/cis/session", "/rest/com/vmware/content/library"):
        equal(send(site, "GET", target)[0], 200, f"the status of {target}")
    context = {"securityCtx": {"schemeId": "com.vmware.vapi.std.security.session_id", "sessionId": site.peer.session}}
    call = RPC | {"params": RPC["params"] | {"ctx": context}}
    check("output" in json.loads(send(site, "POST", "/api", json.dumps(call), login=False)[2])["result"], "JSON-RPC does not take it")


@case(only=("api", "rest"))
def a_password_is_as_good_as_a_login(site):
    target = {"api": "/api/content/library", "rest": "/rest/com/vmware/content/library"}[site.peer.name]
    equal(send(site, "GET", target, login=False, **basic("admin", USERS["admin"]))[0], 200)
    equal(send(site, "GET", target, login=False, **basic("admin", "wrong"))[0], 401)
    equal(send(site, "GET", target, login=False, Authorization="Basic %%%")[0], 401)
    equal(send(site, "GET", target, login=False, Authorization="Bearer x")[0], 401)


@case(only=("api",))
def json_rpc_answers_what_is_no_call_with_its_own_errors(site):
    def code(call, **headers):
        status, _, content = send(site, "POST", "/api", call if isinstance(call, str) else json.dumps(call), **headers)
        answer = json.loads(content)
        equal((status, answer["jsonrpc"]), (200, "2.0"))
        return answer["id"], answer["error"]["code"]

    equal(code("{"), (None, -32700))
    equal(code({key: value for key, value in RPC.items() if key != "jsonrpc"}), (None, -32600))
    equal(code(RPC | {"method": "nothing"}), ("7", -32601))
    equal(code(RPC | {"id": 7, "params": {}}), (7, -32602))
    equal(code(RPC, **{"vapi-service": "com.vmware.nothing"}), ("7", -31001))
    equal(code(RPC, **{"vapi-operation": "nothing"}), ("7", -31001))


@case(only=("api",))
def json_rpc_echoes_the_id_with_its_type(site):
    for id in ("0", 0, "x", 2**53):
        _, _, content = send(site, "POST", "/api", json.dumps(RPC | {"id": id}))
        equal(json.loads(content)["id"], id)


@case(only=("api",))
def json_rpc_takes_only_tagged_values(site):
    def error(input):
        params = {"serviceId": "com.vmware.content.library", "operationId": "find", "input": {"STRUCTURE": {"operation-input": input}}}
        (kind,) = json.loads(send(site, "POST", "/api", json.dumps(RPC | {"params": params}))[2])["result"]["error"]["ERROR"]
        return kind.rsplit(".", 1)[1]

    def spec(name):
        return {"spec": {"STRUCTURE": {"com.vmware.content.library.find_spec": {"name": name}}}}

    for wrong in ({}, {"spec": {"name": "x"}}, spec("x"), spec({"OPTIONAL": 5}), spec({"OPTIONAL": "x", "OTHER": 1}), spec({"OTHER": "x"})):
        equal(error(wrong), "invalid_argument", f"the answer to {wrong}")


@case(only=("api",))
def an_upload_that_ends_early_waits_for_another(site):
    import socket
    import urllib.parse

    session = site.session()
    url = site.announce(session, "f")
    place = urllib.parse.urlsplit(url).path
    with site.server.tls.wrap_socket(socket.create_connection((site.server.host, site.server.port)), server_hostname=site.server.host) as connection:
        connection.sendall(f"PUT {place} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc".encode())
        site.until(
            "the transfer is seen",
            lambda: site.look("update_file.get", update_session_id=session, file_name="f")["status"] == "TRANSFERRING")
    site.until(
        "the transfer is over",
        lambda: site.look("update_file.get", update_session_id=session, file_name="f")["status"] == "WAITING_FOR_TRANSFER")
    site.refuses("not_allowed_in_current_state: a file was not received", "update_session.complete", update_session_id=session)
    equal(site.put(url, b"abc"), 200)
    site.call("update_session.complete", update_session_id=session)
