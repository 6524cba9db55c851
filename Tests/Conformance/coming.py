"""What the server under test does not have yet. The suite asks the server, and fails unless the answer is exactly this list."""

from peers import Refused

# Operations that are answered with operation_not_found, and features (below) that are missing.
NOT_IMPLEMENTED = {"update_file.probe", "range"}


def lacks_range(site):
    item = site.item()
    site.publish(item, f=b"0123456789")
    session = site.call("download_session.create", create_spec={"library_item_id": item})
    url = site.call("download_file.prepare", download_session_id=session, file_name="f")["download_endpoint"]["uri"]
    return site.server.transfer("GET", url, headers={"Range": "bytes=2-3"})[0] != 206


def lacks_ovf_adapter(site):
    session = site.session(site.item(type="ovf"))
    site.push(session, "a.ovf", b"no descriptor at all")
    try:
        site.call("update_session.complete", update_session_id=session)
    except Refused:
        return False
    return site.call("update_session.get", update_session_id=session)["state"] == "DONE"


# What is no operation of its own, and how its absence shows.
FEATURES = {"ovf adapter": lacks_ovf_adapter, "range": lacks_range}

# When a documented error happens only with something of the list: that something.
CONDITIONS = {
    "a subscribed library": "subscribed_library.create",
    "an item of a subscribed library": "subscribed_library.create",
}
