"""Update sessions: their states, their lease, and who may have one."""

import time

from suite import NOBODY, case, check, equal

TOKEN = "b8a2a2e3-2314-43cd-a871-6ede0f44{:04}"
ONES = ("get", "keep_alive", "complete", "cancel", "fail", "delete")
STATE = "com.vmware.vdcs.cls-main.update_session_invalid_state_for_operation_reason"


def more(operation):
    return {"client_error_message": "gone"} if operation == "fail" else {}


@case
def a_session_goes_from_active_to_done(site):
    item = site.item()
    version = site.call("item.get", library_item_id=item)["content_version"]
    session = site.session(item)
    model = site.call("update_session.get", update_session_id=session)
    expected = {
        "id": session, "library_item_id": item, "library_item_content_version": version, "client_progress": 0, "state": "ACTIVE"}
    equal({key: model[key] for key in expected}, expected)
    check("error_message" not in model, "an error message")
    site.push(session, "f", b"abc")
    site.call("update_session.complete", update_session_id=session)
    equal(site.call("update_session.get", update_session_id=session)["state"], "DONE")
    check(site.call("item.get", library_item_id=item)["content_version"] != version, "the content's version stays")
    site.call("update_session.delete", update_session_id=session)
    site.refuses("not_found: the session", "update_session.get", update_session_id=session)


@case
def nothing_is_visible_before_the_session_is_complete(site):
    item = site.item()
    site.publish(item, kept=b"kept", changed=b"old", gone=b"gone")
    versions = {name: file["version"] for name, file in site.files(item).items()}
    session = site.session(item)
    site.push(session, "changed", b"new!")
    site.push(session, "new", b"new")
    site.call("update_file.remove", update_session_id=session, file_name="gone")
    equal(set(site.files(item)), {"kept", "changed", "gone"})
    equal(site.read(item, "changed"), b"old")
    site.call("update_session.complete", update_session_id=session)
    after = site.files(item)
    equal({name: file["version"] for name, file in after.items() if name != "changed"}, {"kept": versions["kept"], "new": "1"})
    check(after["changed"]["version"] != versions["changed"] and after["changed"]["size"] == 4, f"it was not replaced: {after}")
    equal(site.read(item, "changed"), b"new!")


@case
def a_session_without_changes_changes_nothing(site):
    item = site.item()
    site.publish(item, f=b"abc")
    before = site.call("item.get", library_item_id=item)
    session = site.session(item)
    site.call("update_session.complete", update_session_id=session)
    equal(site.call("item.get", library_item_id=item)["content_version"], before["content_version"])
    equal(set(site.files(item)), {"f"})


@case
def an_item_has_one_active_session(site):
    item = site.item()
    first = site.session(item)
    site.refuses("resource_busy: another session", "update_session.create", create_spec={"library_item_id": item})
    site.as_user("other").refuses("resource_busy: another session", "update_session.create", create_spec={"library_item_id": item})
    for end in ("complete", "cancel", "fail"):
        site.call(f"update_session.{end}", update_session_id=first, **more(end))
        first = site.session(item)


@case
def a_session_needs_an_item(site):
    site.refuses("invalid_argument: the specification", "update_session.create", create_spec={})
    site.refuses("not_found: the item", "update_session.create", create_spec={"library_item_id": NOBODY})
    # In this order: the token's format, the specification, the item.
    bad = {"client_token": "no token", "create_spec": {"library_item_id": NOBODY}}
    site.refuses("invalid_argument: the client token's format", "update_session.create", **bad)


@case
def a_client_token_makes_one_session(site):
    item, token = site.item(), TOKEN.format(1)
    spec = {"library_item_id": item}
    first = site.call("update_session.create", client_token=token, create_spec=spec)
    # A replay is no second session: it comes before the question whether the item is busy.
    equal(site.call("update_session.create", client_token=token, create_spec=spec), first)
    site.refuses("invalid_argument", "update_session.create", client_token=token, create_spec={"library_item_id": site.item()})
    site.refuses("resource_busy: another session", "update_session.create", client_token=TOKEN.format(2), create_spec=spec)
    site.as_user("other").refuses("resource_busy: another session", "update_session.create", client_token=token, create_spec=spec)
    site.call("update_session.cancel", update_session_id=first)
    equal(site.call("update_session.create", client_token=token, create_spec=spec), first)


@case
def a_session_that_is_not_there_is_not_found(site):
    for id in (NOBODY, "no such session", "uuid:uuid", "a/b?c#d%"):
        for operation in ONES:
            site.refuses("not_found: the session", f"update_session.{operation}", update_session_id=id, **more(operation))


@case
def only_an_active_session_takes_changes(site):
    for end in ("complete", "cancel", "fail"):
        session = site.session()
        site.call(f"update_session.{end}", update_session_id=session, **more(end))
        state = site.call("update_session.get", update_session_id=session)["state"]
        for operation in ("keep_alive", "complete", "cancel", "fail"):
            error = site.refuses(
                "not_allowed_in_current_state: not active", f"update_session.{operation}", update_session_id=session, **more(operation))
            equal((error.messages[0]["id"], error.messages[0]["args"][:2]), (STATE, [operation, state]))
        site.call("update_session.delete", update_session_id=session)


@case
def an_active_session_is_not_deleted(site):
    session = site.session()
    site.refuses("not_allowed_in_current_state: active", "update_session.delete", update_session_id=session)
    equal(site.call("update_session.get", update_session_id=session)["state"], "ACTIVE")


@case
def a_canceled_session_frees_the_item_and_its_content(site):
    item = site.item()
    site.publish(item, f=b"abc")
    session = site.session(item)
    site.push(session, "f", b"never")
    url = site.announce(session, "g")
    site.call("update_session.cancel", update_session_id=session)
    equal(site.call("update_session.get", update_session_id=session)["state"], "CANCELED")
    equal(site.put(url, b"late"), 404)
    equal(site.read(item, "f"), b"abc")
    site.session(item)


@case
def a_failed_session_tells_why(site):
    session = site.session()
    site.call("update_session.fail", update_session_id=session, client_error_message="the disk is \N{SKULL} & gone")
    model = site.call("update_session.get", update_session_id=session)
    equal((model["state"], model["error_message"]["default_message"]), ("ERROR", "the disk is \N{SKULL} & gone"))


@case
def keep_alive_moves_the_lease_and_the_progress(site):
    session = site.session()

    def keep(progress=None):
        before = site.call("update_session.get", update_session_id=session)["expiration_time"]
        time.sleep(0.002)
        site.call("update_session.keep_alive", update_session_id=session, client_progress=progress)
        model = site.call("update_session.get", update_session_id=session)
        check(model["expiration_time"] > before, "the lease did not move")
        return model["client_progress"]

    # Progress that does not grow is ignored, and the lease moves all the same.
    equal([keep(progress) for progress in (None, 10, 5, 10, None, 42, 0, 100, 100)], [0, 10, 10, 10, 10, 42, 42, 100, 100])
    for progress in (-1, 101, 2**63 - 1, -(2**63)):
        site.refuses("invalid_argument", "update_session.keep_alive", update_session_id=session, client_progress=progress)


@case
def sessions_are_listed_to_their_user(site):
    one, two = site.item("one"), site.item("two")
    first, second = site.session(one), site.session(two)
    theirs = site.as_user("other").session(site.item("three"))
    check({first, second} <= set(site.look("update_session.list")), "one's own session is missing")
    check(theirs not in site.look("update_session.list"), "another user's session is listed")
    equal(site.call("update_session.list", library_item_id=one), [first])
    equal(site.as_user("other").call("update_session.list", library_item_id=one), [])
    site.refuses("not_found: the item", "update_session.list", library_item_id=NOBODY)


@case
def whoever_knows_a_session_may_end_it(site):
    session = site.session()
    other = site.as_user("other")
    equal(other.call("update_session.get", update_session_id=session)["state"], "ACTIVE")
    other.call("update_session.keep_alive", update_session_id=session, client_progress=5)
    other.call("update_session.cancel", update_session_id=session)
    other.call("update_session.delete", update_session_id=session)


@case
def a_session_outlives_the_login_that_made_it(site):
    from server import USERS

    login = site.using(site.peer.login("admin", USERS["admin"]))
    session = login.session()
    url = login.announce(session, "f")
    login.call("session.delete")
    equal(site.put(url, b"abc"), 200)
    site.call("update_session.complete", update_session_id=session)


@case(arguments=("--session-timeout", "1s"))
def a_session_that_nobody_keeps_alive_expires(site):
    item = site.item()
    session = site.session(item)
    url = site.announce(session, "f")
    for _ in range(3):
        time.sleep(0.4)
        site.call("update_session.keep_alive", update_session_id=session)
    deadline = time.monotonic() + 20
    while session in site.look("update_session.list", library_item_id=item):
        check(time.monotonic() < deadline, "it does not expire")
        time.sleep(0.05)
    for operation in ONES:
        site.refuses("not_found: the session", f"update_session.{operation}", update_session_id=session, **more(operation))
    equal(site.put(url, b"late"), 404)
    site.session(item)


@case
def a_session_is_updated(site):
    session = site.session()
    warnings = [{"type": "SELF_SIGNED_CERTIFICATE", "ignored": True}]
    site.call("update_session.update", update_session_id=session, update_spec={"warning_behavior": warnings})
    site.refuses("not_found: the session", "update_session.update", update_session_id=NOBODY, update_spec={"warning_behavior": warnings})
    site.call("update_session.cancel", update_session_id=session)
    site.refuses(
        "not_allowed_in_current_state: not active", "update_session.update", update_session_id=session, update_spec={"warning_behavior": warnings})
