"""Download sessions and their files."""

import hashlib
import time

from suite import NOBODY, case, check, equal

TOKEN = "b8a2a2e3-2314-43cd-a871-6ede0f45{:04}"
ONES = ("get", "keep_alive", "cancel", "fail", "delete")


def more(operation):
    return {"client_error_message": "gone"} if operation == "fail" else {}


def published(site, **files):
    item = site.item()
    site.publish(item, **(files or {"f": b"abc"}))
    return item


def opened(site, item):
    return site.call("download_session.create", create_spec={"library_item_id": item})


def prepared(site, session, name="f"):
    return site.call("download_file.prepare", download_session_id=session, file_name=name)["download_endpoint"]["uri"]


@case
def a_session_begins_active(site):
    item = published(site)
    session = opened(site, item)
    model = site.call("download_session.get", download_session_id=session)
    expected = {
        "id": session, "library_item_id": item, "client_progress": 0, "state": "ACTIVE",
        "library_item_content_version": site.call("item.get", library_item_id=item)["content_version"]}
    equal({key: model[key] for key in expected}, expected)
    check("expiration_time" in model and "error_message" not in model, f"the session is {model}")


@case
def a_file_is_prepared_and_read(site):
    session = opened(site, published(site))
    (info,) = site.call("download_file.list", download_session_id=session)
    equal((info["name"], info["size"], info["bytes_transferred"], info["status"]), ("f", 3, 0, "UNPREPARED"))
    check("download_endpoint" not in info and "checksum_info" not in info, f"too much: {info}")
    info = site.call("download_file.prepare", download_session_id=session, file_name="f", endpoint_type="HTTPS")
    equal(info["status"], "PREPARED")
    url = info["download_endpoint"]["uri"]
    equal(info["download_endpoint"]["ssl_certificate_thumbprint"], site.server.thumbprint)
    # Preparing again changes nothing.
    equal(prepared(site, session), url)
    status, headers, body = site.server.transfer("HEAD", url)
    equal((status, headers["Content-Length"], body), (200, "3", b""))
    status, headers, body = site.server.transfer("GET", url)
    equal((status, headers["Content-Length"], body), (200, "3", b"abc"))
    deadline = time.monotonic() + 10
    # The server notes the end after it has sent the last byte.
    while (info := site.peer.call("download_file.get", {"download_session_id": session, "file_name": "f"}))["bytes_transferred"] < 3:
        check(time.monotonic() < deadline, f"the download is not noted: {info}")
    equal(info["checksum_info"], {"algorithm": "SHA1", "checksum": hashlib.sha1(b"abc").hexdigest()})
    equal(site.call("download_file.get", download_session_id=session, file_name="f"), info)


@case
def a_session_shows_the_item_as_it_was(site):
    item = published(site, f=b"old", g=b"gone")
    session = opened(site, item)
    update = site.session(item)
    site.push(update, "f", b"new")
    site.call("update_file.remove", update_session_id=update, file_name="g")
    site.call("update_session.complete", update_session_id=update)
    equal(site.server.transfer("GET", prepared(site, session))[2], b"old")
    equal(site.server.transfer("GET", prepared(site, session, "g"))[2], b"gone")
    equal(site.read(item, "f"), b"new")


@case
def a_session_needs_an_item(site):
    site.refuses("invalid_argument: the specification", "download_session.create", create_spec={})
    site.refuses("not_found: the item", "download_session.create", create_spec={"library_item_id": NOBODY})
    site.refuses(
        "invalid_argument: the client token's format", "download_session.create", client_token="x", create_spec={"library_item_id": NOBODY})


@case
def a_client_token_makes_one_session(site):
    item, token = published(site), TOKEN.format(1)
    first = site.call("download_session.create", client_token=token, create_spec={"library_item_id": item})
    equal(site.call("download_session.create", client_token=token, create_spec={"library_item_id": item}), first)
    check(opened(site, item) != first, "without the token it is the same one")
    site.refuses("invalid_argument", "download_session.create", client_token=token, create_spec={"library_item_id": site.item()})


@case
def a_session_that_is_not_there_is_not_found(site):
    for id in (NOBODY, "a/b?c#d%"):
        for operation in ONES:
            site.refuses("not_found: the session", f"download_session.{operation}", download_session_id=id, **more(operation))
        site.refuses("not_found: the session", "download_file.list", download_session_id=id)
        for operation in ("get", "prepare"):
            site.refuses("not_found: the session", f"download_file.{operation}", download_session_id=id, file_name="f")


@case
def a_file_that_is_not_there_is_an_invalid_argument(site):
    session = opened(site, published(site))
    for name in ("g", "F", ""):
        for operation in ("get", "prepare"):
            site.refuses("invalid_argument: the file", f"download_file.{operation}", download_session_id=session, file_name=name)


@case
def only_an_active_session_is_kept_and_ended(site):
    item = published(site)
    for end, state in (("cancel", "CANCELED"), ("fail", "ERROR")):
        session = opened(site, item)
        url = prepared(site, session)
        site.call(f"download_session.{end}", download_session_id=session, **more(end))
        model = site.call("download_session.get", download_session_id=session)
        equal(model["state"], state)
        equal(model.get("error_message", {}).get("default_message"), "gone" if end == "fail" else None)
        # Its URLs end with it.
        equal(site.server.transfer("GET", url)[0], 404)
        for operation in ("keep_alive", "cancel", "fail"):
            site.refuses(
                "not_allowed_in_current_state: not active", f"download_session.{operation}", download_session_id=session, **more(operation))
        site.refuses("not_allowed_in_current_state: not active", "download_file.prepare", download_session_id=session, file_name="f")
        site.call("download_session.delete", download_session_id=session)
        site.refuses("not_found: the session", "download_session.get", download_session_id=session)


@case
def an_active_session_is_deleted_too(site):
    session = opened(site, published(site))
    url = prepared(site, session)
    site.call("download_session.delete", download_session_id=session)
    equal(site.server.transfer("GET", url)[0], 404)
    site.refuses("not_found: the session", "download_session.delete", download_session_id=session)


@case
def many_sessions_of_an_item_may_be_active(site):
    item = published(site)
    sessions = {opened(site, item), opened(site, item), site.as_user("other").call("download_session.create", create_spec={"library_item_id": item})}
    equal(len(sessions), 3)
    update = site.session(item)
    site.call("update_session.cancel", update_session_id=update)


@case
def sessions_are_listed_to_their_user(site):
    one, two = published(site), published(site)
    first, second = opened(site, one), opened(site, two)
    theirs = opened(site.as_user("other"), one)
    check({first, second} <= set(site.look("download_session.list")), "one's own session is missing")
    check(theirs not in site.look("download_session.list"), "another user's session is listed")
    equal(site.call("download_session.list", library_item_id=one), [first])
    site.refuses("not_found: the item", "download_session.list", library_item_id=NOBODY)


@case
def keep_alive_moves_the_lease_and_the_progress(site):
    session = opened(site, published(site))

    def keep(progress=None):
        before = site.call("download_session.get", download_session_id=session)["expiration_time"]
        time.sleep(0.002)
        site.call("download_session.keep_alive", download_session_id=session, progress=progress)
        model = site.call("download_session.get", download_session_id=session)
        check(model["expiration_time"] > before, "the lease did not move")
        return model["client_progress"]

    equal([keep(progress) for progress in (None, 10, 5, 100, 0)], [0, 10, 10, 100, 100])
    for progress in (-1, 101):
        site.refuses("invalid_argument", "download_session.keep_alive", download_session_id=session, progress=progress)


@case(arguments=("--session-timeout", "1s"))
def a_session_that_nobody_keeps_alive_expires(site):
    item = published(site)
    session = opened(site, item)
    url = prepared(site, session)
    deadline = time.monotonic() + 20
    while session in site.look("download_session.list", library_item_id=item):
        check(time.monotonic() < deadline, "it does not expire")
        time.sleep(0.05)
    for operation in ONES:
        site.refuses("not_found: the session", f"download_session.{operation}", download_session_id=session, **more(operation))
    equal(site.server.transfer("GET", url)[0], 404)


@case
def parts_of_a_file_are_read(site):
    session = opened(site, published(site, f=b"0123456789"))
    url = prepared(site, session)
    for given, status, place, body in (
        ("bytes=2-3", 206, "bytes 2-3/10", b"23"), ("bytes=7-", 206, "bytes 7-9/10", b"789"), ("bytes=-2", 206, "bytes 8-9/10", b"89"),
        ("bytes=0-99", 206, "bytes 0-9/10", b"0123456789"), ("bytes=10-", 416, "bytes */10", None), ("lines=1-2", 200, None, b"0123456789"),
    ):
        answered, headers, content = site.server.transfer("GET", url, headers={"Range": given})
        equal((answered, headers.get("Content-Range")), (status, place), f"the answer to {given}")
        check(body is None or content == body, f"{given}: {content!r}")
    _, headers, _ = site.server.transfer("GET", url)
    check(headers["ETag"] and headers["Accept-Ranges"] == "bytes", f"the headers are {dict(headers)}")
    answered, head, content = site.server.transfer("HEAD", url, headers={"Range": "bytes=2-3"})
    equal((answered, head["Content-Length"], head["ETag"], content), (200, "10", headers["ETag"], b""), "what HEAD answers")
    for tag, status in ((headers["ETag"], 206), ('"another"', 200)):
        equal(site.server.transfer("GET", url, headers={"Range": "bytes=2-3", "If-Range": tag})[0], status, f"the status with {tag}")


@case
def conditions_go_by_the_tag(site):
    item = published(site, f=b"0123456789")
    url = prepared(site, opened(site, item))
    tag = site.server.transfer("HEAD", url)[1]["ETag"]
    for method in ("GET", "HEAD"):
        for name, given, status in (
            ("If-None-Match", tag, 304), ("If-None-Match", f"W/{tag}", 304), ("If-None-Match", '"another"', 200), ("If-Match", tag, 200),
            ("If-Match", "*", 200), ("If-Match", f'"another", {tag}', 200), ("If-Match", f"W/{tag}", 412), ("If-Match", '"another"', 412),
        ):
            answered, headers, _ = site.server.transfer(method, url, headers={name: given})
            equal((answered, headers["ETag"]), (status, tag), f"the answer to {method}, {name}: {given}")
    # Other bytes have another tag, and those of before cannot be resumed with them.
    site.publish(item, f=b"abcdefghij")
    url = prepared(site, opened(site, item))
    answered, headers, body = site.server.transfer("GET", url, headers={"Range": "bytes=5-", "If-Range": tag})
    equal((answered, body), (200, b"abcdefghij"))
    check(headers["ETag"] != tag, "the tag is that of other bytes")


@case
def a_file_is_transferred_once_its_parts_are(site):
    session = opened(site, published(site, f=b"0123456789"))
    url = prepared(site, session)

    def told():
        return site.peer.call("download_file.get", {"download_session_id": session, "file_name": "f"})

    for given, count in (("bytes=6-", 4), ("bytes=0-1", 6), ("bytes=1-3", 8)):
        equal(site.server.transfer("GET", url, headers={"Range": given})[0], 206)
        info = told()
        equal((info["bytes_transferred"], "checksum_info" in info), (count, False), f"after {given}")
    equal(site.server.transfer("GET", url, headers={"Range": "bytes=4-5"})[2], b"45")
    deadline = time.monotonic() + 10
    # The server notes the end after it has sent the last byte.
    while "checksum_info" not in (info := told()):
        check(time.monotonic() < deadline, f"the download is not noted: {info}")
    equal((info["bytes_transferred"], info["checksum_info"]["checksum"]), (10, hashlib.sha1(b"0123456789").hexdigest()))
