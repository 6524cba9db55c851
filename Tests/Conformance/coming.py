"""What the server under test does not have yet. The suite asks the server, and fails unless the answer is exactly this list."""

from peers import Refused

# Operations that are answered with operation_not_found, and features (below) that are missing.
NOT_IMPLEMENTED = set()


def lacks_ovf_adapter(site):
    session = site.session(site.item(type="ovf"))
    site.push(session, "a.ovf", b"no descriptor at all")
    try:
        site.call("update_session.complete", update_session_id=session)
    except Refused:
        return False
    return site.call("update_session.get", update_session_id=session)["state"] == "DONE"


# What is no operation of its own, and how its absence shows.
FEATURES = {"ovf adapter": lacks_ovf_adapter}

# When a documented error happens only with something of the list: that something.
CONDITIONS = {
    "a subscribed library": "subscribed_library.create",
    "an item of a subscribed library": "subscribed_library.create",
}
