"""Files that the server fetches by itself."""

import hashlib

from source import Source
from suite import case, check, equal


def spec(uri, name="f", **more):
    return {"name": name, "source_type": "PULL", "source_endpoint": {"uri": uri}} | more


def ended(site, session):
    """The session, once the server is done with it."""
    return site.until("the session ends", lambda: (m := site.look("update_session.get", update_session_id=session))["state"] != "ACTIVE" and m)


def checksum(body, algorithm="SHA256"):
    return {"algorithm": algorithm, "checksum": hashlib.new(algorithm.lower(), body).hexdigest()}


@case
def a_pulled_file_is_published_at_the_end(site):
    body = bytes(range(256)) * 1000
    with Source({"/a%20b.iso": body}) as source:
        item = site.item()
        session = site.session(item)
        info = site.call(
            "update_file.add", update_session_id=session,
            file_spec=spec(source.url + "/a%20b.iso", size=len(body), checksum_info=checksum(body)))
        equal((info["source_type"], info["source_endpoint"]["uri"]), ("PULL", source.url + "/a%20b.iso"))
        check("upload_endpoint" not in info, "an endpoint to push to")
        site.call("update_session.complete", update_session_id=session)
        equal(ended(site, session)["state"], "DONE")
        equal(site.files(item)["f"]["size"], len(body))
        check(site.read(item, "f") == body, "the bytes are others")


@case
def a_pull_of_other_bytes_fails_the_session(site):
    with Source({"/f": b"abc"}) as source:
        for more in ({"checksum_info": checksum(b"abd")}, {"checksum_info": checksum(b"abd", "SHA1")}, {"size": 2}, {"size": 4}):
            item = site.item()
            session = site.session(item)
            site.call("update_file.add", update_session_id=session, file_spec=spec(source.url + "/f", **more))
            site.look("update_session.complete", update_session_id=session)
            model = ended(site, session)
            equal(model["state"], "ERROR", f"the state with {more}")
            check(model["error_message"]["default_message"], "no reason")
            equal(site.files(item), {})


@case
def a_source_that_has_no_such_file_fails_the_session(site):
    with Source({}) as source:
        gone = source.url + "/nothing"
        session = site.session()
        site.call("update_file.add", update_session_id=session, file_spec=spec(gone))
        site.look("update_session.complete", update_session_id=session)
        equal(ended(site, session)["state"], "ERROR")


@case
def sources_that_are_none_are_refused(site):
    session = site.session()
    for uri in (
        "", "nothing", "ftp://127.0.0.1/f", "file:///C:/f", "file://server/share/f", "ds:///vmfs/volumes/nowhere/f", "ds:///f", "file:///etc/passwd",
    ):
        site.refuses("invalid_argument: the specification", "update_file.add", update_session_id=session, file_spec=spec(uri))
    equal(site.call("update_file.list", update_session_id=session), [])


@case(only=("rest",))
def a_source_is_probed(site):
    with Source({"/f": b"abc"}) as source:
        equal(site.call("update_file.probe", source_endpoint={"uri": source.url + "/f"}), {"status": "SUCCESS", "error_messages": []})
        for uri, status, message in (
            (source.url + "/g", "RESOURCE_NOT_FOUND", "http_request_error"), ("nothing", "INVALID_URL", "invalid_url_format"),
            ("ds:///vmfs/volumes/datastore-1/f", "INVALID_URL", "file_probe_unsupported_uri_scheme"),
        ):
            found = site.call("update_file.probe", source_endpoint={"uri": uri})
            equal((found["status"], [one["id"] for one in found["error_messages"]]), (status, ["com.vmware.vdcs.cls-main." + message]), uri)
        equal(source.paths, ["/f", "/g"], "what was asked for")
    # The server's own certificate is one that nobody vouches for.
    uri = f"https://{site.server.host}:{site.server.port}/nothing"
    found = site.call("update_file.probe", source_endpoint={"uri": uri})
    equal((found["status"], found["ssl_thumbprint"]), ("CERTIFICATE_ERROR", site.server.thumbprint))
    for trust in ({"ssl_certificate_thumbprint": found["ssl_thumbprint"]}, {"ssl_certificate": found["ssl_certificate"]}):
        found = site.call("update_file.probe", source_endpoint={"uri": uri} | trust)
        equal(found["status"], "RESOURCE_NOT_FOUND", f"the status with {sorted(trust)}")
    contradiction = {"uri": source.url + "/f", "ssl_certificate_thumbprint": found["ssl_thumbprint"]}
    site.refuses("invalid_argument: the specification", "update_file.probe", source_endpoint=contradiction)
