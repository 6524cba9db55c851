"""The files of update sessions: announced, pushed, verified, removed."""

import hashlib

from suite import NOBODY, case, check, equal

NAMES = ["plain.iso", "a b#c%20?.iso", "ü+&=;:@.bin", "%", "'\"<>|*", "日本語", "\N{GRINNING FACE}", "n" * 255, ".hidden", "id:x", "a;b=c", "~action"]


def spec(name="f", **more):
    return {"name": name, "source_type": "PUSH"} | more


def checksum(body, algorithm):
    return {"algorithm": algorithm, "checksum": hashlib.new(algorithm.lower(), body).hexdigest()}


def file(site, session, name="f"):
    return site.call("update_file.get", update_session_id=session, file_name=name)


@case
def a_pushed_file_waits_and_then_is_ready(site):
    session = site.session()
    info = site.call("update_file.add", update_session_id=session, file_spec=spec(size=3))
    url = info["upload_endpoint"]["uri"]
    check(url.endswith("/f") and info["upload_endpoint"]["ssl_certificate_thumbprint"] == site.server.thumbprint, f"the endpoint is {info}")
    # The size is what was received, not what was announced.
    expected = {"name": "f", "source_type": "PUSH", "status": "WAITING_FOR_TRANSFER", "bytes_transferred": 0}
    equal({key: info[key] for key in expected}, expected)
    check("size" not in info and "checksum_info" not in info and "source_endpoint" not in info, f"too much: {info}")
    equal(file(site, session), info)
    equal(site.call("update_file.list", update_session_id=session), [info])
    equal(site.put(url, b"abc"), 200)
    ready = file(site, session)
    expected |= {"status": "READY", "bytes_transferred": 3, "size": 3, "checksum_info": checksum(b"abc", "SHA1")}
    equal({key: ready[key] for key in expected}, expected)
    equal(ready["upload_endpoint"]["uri"], url)


@case
def files_that_the_item_has_are_there_from_the_start(site):
    item = site.item()
    site.publish(item, f=b"abc")
    session = site.session(item)
    (info,) = site.call("update_file.list", update_session_id=session)
    equal((info["name"], info["source_type"], info["status"], info["size"]), ("f", "NONE", "READY", 3))
    check("upload_endpoint" not in info and "source_endpoint" not in info, f"an endpoint: {info}")


@case
def every_checksum_is_verified(site):
    body = b"The quick brown fox" * 100
    session = site.session()
    for algorithm in ("SHA1", "SHA256", "SHA512", "MD5"):
        good = checksum(body, algorithm)
        for number, announced in enumerate((good, good | {"checksum": good["checksum"].upper()})):
            name = f"{algorithm}-{number}"
            url = site.announce(session, name, file_spec=spec(name, size=len(body), checksum_info=announced))
            equal(site.put(url, body), 200)
            equal(file(site, session, name)["checksum_info"], good)
    unnamed = {"checksum": checksum(body, "SHA1")["checksum"]}
    equal(site.put(site.announce(session, "unnamed", file_spec=spec("unnamed", checksum_info=unnamed)), body), 200)
    site.call("update_session.complete", update_session_id=session)


@case
def bytes_that_are_not_the_announced_ones_are_an_error(site):
    for announced in ({"checksum_info": checksum(b"abd", "SHA256")}, {"size": 4}, {"size": 2}, {"size": 0}):
        session = site.session()
        url = site.announce(session, "f", file_spec=spec(**announced))
        equal(site.put(url, b"abc"), 400)
        info = file(site, session)
        equal(info["status"], "ERROR")
        check(info["error_message"]["default_message"] and info["upload_endpoint"]["uri"] == url, f"no reason: {info}")
        error = site.refuses(
            "not_allowed_in_current_state: a file was not received", "update_session.complete", update_session_id=session)
        equal(error.messages[0]["args"], ["f", "ERROR"])
        # Announced again and sent well, it is as if nothing had been.
        site.push(session, "f", b"abc")
        site.call("update_session.complete", update_session_id=session)


@case
def a_second_upload_is_taken_until_one_is_ready(site):
    session = site.session()
    url = site.announce(session, "f", file_spec=spec(checksum_info=checksum(b"abc", "SHA1")))
    equal(site.put(url, b"abd"), 400)
    equal(site.put(url, b"abc"), 200)
    equal(site.put(url, b"abc"), 409)
    equal(file(site, session)["status"], "READY")


@case
def a_file_that_was_not_received_holds_the_completion_up(site):
    session = site.session()
    site.push(session, "a", b"abc")
    site.announce(session, "b")
    error = site.refuses("not_allowed_in_current_state: a file was not received", "update_session.complete", update_session_id=session)
    equal(error.messages[0]["id"], "com.vmware.vdcs.cls-main.update_session_file_not_received")
    equal(error.messages[0]["args"][0], "b")
    site.refuses("not_allowed_in_current_state: a file was not received", "update_file.validate", update_session_id=session)
    equal(site.call("update_session.get", update_session_id=session)["state"], "ACTIVE")
    site.call("update_file.remove", update_session_id=session, file_name="b")
    equal(site.call("update_file.validate", update_session_id=session), {"has_errors": False, "missing_files": [], "invalid_files": []})
    site.call("update_session.complete", update_session_id=session)


@case
def a_name_that_is_added_again_is_a_new_file(site):
    item = site.item()
    site.publish(item, f=b"published")
    session = site.session(item)
    first = site.announce(session, "f")
    equal(site.put(first, b"first"), 200)
    second = site.announce(session, "f")
    check(first != second, "the URL is the same")
    equal(site.put(first, b"late"), 404)
    equal([info["status"] for info in site.call("update_file.list", update_session_id=session)], ["WAITING_FOR_TRANSFER"])
    equal(site.put(second, b"second"), 200)
    site.call("update_session.complete", update_session_id=session)
    equal(site.read(item, "f"), b"second")


@case
def names_come_back_as_they_went(site):
    item = site.item()
    session = site.session(item)
    for number, name in enumerate(NAMES):
        url = site.announce(session, name, file_spec=spec(name))
        equal(site.put(url, b"%d" % number), 200)
        equal(file(site, session, name)["name"], name)
    site.announce(session, "a b", file_spec=spec("a b"))
    site.call("update_file.remove", update_session_id=session, file_name="a b")
    site.call("update_session.complete", update_session_id=session)
    equal(set(site.files(item)), set(NAMES))
    for number, name in enumerate(NAMES):
        equal(site.call("file.get", library_item_id=item, name=name)["name"], name)
        equal(site.read(item, name), b"%d" % number)


@case
def a_wrong_announcement_is_refused(site):
    session = site.session()
    for name in ("", ".", "..", "a/b", "/", "a\\b", "a\nb", "n" * 256, "日" * 86):
        site.refuses("invalid_argument: the specification", "update_file.add", update_session_id=session, file_spec=spec(name))
    sha1 = checksum(b"", "SHA1")
    for bad in (
        {"size": -1}, {"source_type": "NONE"}, {"checksum_info": sha1 | {"checksum": "da39"}}, {"checksum_info": sha1 | {"checksum": "x" * 40}},
        {"checksum_info": sha1 | {"algorithm": "SHA256"}}, {"checksum_info": sha1 | {"algorithm": "CRC32"}},
    ):
        site.refuses("invalid_argument: the specification", "update_file.add", update_session_id=session, file_spec=spec() | bad)
    equal(site.call("update_file.list", update_session_id=session), [])


@case
def a_file_that_is_removed_is_not_published(site):
    item = site.item()
    site.publish(item, kept=b"kept", gone=b"gone")
    session = site.session(item)
    url = site.announce(session, "pushed")
    site.call("update_file.remove", update_session_id=session, file_name="gone")
    site.call("update_file.remove", update_session_id=session, file_name="pushed")
    equal(site.put(url, b"late"), 404)
    for name in ("gone", "pushed"):
        site.refuses("invalid_argument: the file", "update_file.get", update_session_id=session, file_name=name)
        site.refuses("invalid_argument: the file", "update_file.remove", update_session_id=session, file_name=name)
    site.call("update_session.complete", update_session_id=session)
    equal(set(site.files(item)), {"kept"})


@case
def an_item_can_lose_all_of_its_files(site):
    item = site.item()
    site.publish(item, f=b"abc")
    session = site.session(item)
    site.call("update_file.remove", update_session_id=session, file_name="f")
    site.call("update_session.complete", update_session_id=session)
    equal(site.files(item), {})
    equal(site.call("item.get", library_item_id=item)["size"], 0)


@case
def a_session_that_is_not_there_has_no_files(site):
    for id in (NOBODY, "a/b?c#d%"):
        site.refuses("not_found: the session", "update_file.add", update_session_id=id, file_spec=spec())
        site.refuses("not_found: the session", "update_file.list", update_session_id=id)
        site.refuses("not_found: the session", "update_file.validate", update_session_id=id)
        for operation in ("get", "remove"):
            site.refuses("not_found: the session", f"update_file.{operation}", update_session_id=id, file_name="f")


@case
def files_of_a_session_that_ended_stay_as_they_are(site):
    for end in ("complete", "cancel", "fail"):
        item = site.item()
        site.publish(item, f=b"abc")
        session = site.session(item)
        site.call(f"update_session.{end}", update_session_id=session, **({"client_error_message": "e"} if end == "fail" else {}))
        ended = "not_allowed_in_current_state: not active"
        site.refuses(ended, "update_file.add", update_session_id=session, file_spec=spec("g"))
        # The state comes before the arguments.
        site.refuses(ended, "update_file.add", update_session_id=session, file_spec=spec(""))
        site.refuses(ended, "update_file.remove", update_session_id=session, file_name="f")
        site.refuses(ended, "update_file.validate", update_session_id=session)


@case
def a_transfer_needs_its_url_and_nothing_else(site):
    session = site.session()
    url = site.announce(session, "f")
    path, name = url.rsplit("/", 1)
    for bad in (path + "/g", path[:-1] + ("0" if path[-1] != "0" else "1") + "/" + name, path + "x/" + name, path):
        equal(site.put(bad, b"abc"), 404, f"the answer to {bad.removeprefix(path)}")
    for method in ("PATCH", "DELETE"):
        equal(site.server.transfer(method, url)[0], 405)
    equal(site.server.transfer("GET", url)[0], 404)
    equal(site.server.transfer("POST", url, b"abc", {"vmware-api-session-id": "ignored"})[0], 200)
    equal(file(site, session)["status"], "READY")


@case
def an_empty_file_and_a_large_one_are_files(site):
    item = site.item()
    large = bytes(range(256)) * 32768
    site.publish(item, empty=b"", large=large)
    equal((site.files(item)["empty"]["size"], site.files(item)["large"]["size"]), (0, len(large)))
    equal(site.read(item, "empty"), b"")
    check(site.read(item, "large") == large, "the bytes are others")
