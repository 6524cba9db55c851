"""Libraries: any, and local ones."""

from suite import NOBODY, case, check, equal

BACKING = {"type": "DATASTORE", "datastore_id": "datastore-1"}
TOKEN = "b8a2a2e3-2314-43cd-a871-6ede0f42{:04}"


def spec(**more):
    return {"name": "Library", "type": "LOCAL", "storage_backings": [BACKING]} | more


@case
def a_library_has_the_fields_that_are_always_there(site):
    library = site.library("Images", description="of systems")
    for operation in ("library.get", "local_library.get"):
        model = site.call(operation, library_id=library)
        equal(model["id"], library)
        equal(model["name"], "Images")
        equal(model["description"], "of systems")
        equal(model["type"], "LOCAL")
        equal(model["storage_backings"], [BACKING])
        equal(model["creation_time"], model["last_modified_time"])
        check(model["version"] and model["server_guid"], f"no version, or no guid: {model}")
        check("password" not in str(model), "a password")


@case
def a_description_that_is_not_given_is_empty(site):
    equal(site.call("library.get", library_id=site.library())["description"], "")


@case
def libraries_are_listed(site):
    one, two = site.library("one"), site.library("two")
    for operation in ("library.list", "local_library.list"):
        found = site.look(operation)
        check({one, two} <= set(found) and len(found) == len(set(found)), f"{operation}: {found}")


@case
def libraries_are_found_by_name_whatever_its_case_and_by_type(site):
    one, two = site.library("Found Me"), site.library("found me")
    equal(set(site.call("library.find", spec={"name": "FOUND ME"})), {one, two})
    equal(set(site.call("library.find", spec={"name": "found me", "type": "LOCAL"})), {one, two})
    equal(site.call("library.find", spec={"name": "found me", "type": "SUBSCRIBED"}), [])
    equal(site.call("library.find", spec={"name": "found"}), [])
    check(one in site.look("library.find", spec={"type": "LOCAL"}), "it is not found by its type")


@case
def a_search_for_nothing_or_for_no_type_is_refused(site):
    site.refuses("invalid_argument: nothing is asked for", "library.find", spec={})
    site.refuses("invalid_argument", "library.find", spec={"type": "NOTHING"})


@case
def a_library_that_is_not_there_is_not_found(site):
    for id in (NOBODY, "no such library", "a:b/c?d#e%"):
        site.refuses("not_found: the library", "library.get", library_id=id)
        site.refuses("not_found: the library", "local_library.get", library_id=id)
        site.refuses("not_found: the library", "local_library.delete", library_id=id)


@case
def a_library_needs_a_name_and_one_backing(site):
    wrong = "invalid_argument: the specification"
    for bad in (
        spec(name=None), spec(name=""), spec(storage_backings=None), spec(storage_backings=[]), spec(type="SUBSCRIBED"),
        spec(description="d" * 2001), spec(storage_backings=[{"type": "DATASTORE", "datastore_id": "nowhere"}]),
        spec(storage_backings=[{"type": "OTHER", "storage_uri": "file:///etc"}]),
        spec(storage_backings=[{"type": "OTHER", "storage_uri": "nfs://host/share"}]),
    ):
        site.refuses(wrong, "local_library.create", create_spec={key: value for key, value in bad.items() if value is not None})
    site.refuses("unsupported: more than one backing", "local_library.create", create_spec=spec(storage_backings=[BACKING, BACKING]))
    site.library("Longest", description="d" * 2000)


@case
def a_client_token_makes_one_library(site):
    token = TOKEN.format(1)
    first = site.call("local_library.create", client_token=token, create_spec=spec())
    equal(site.call("local_library.create", client_token=token, create_spec=spec()), first)
    equal(site.call("local_library.create", client_token=token.upper(), create_spec=spec()), first)
    site.refuses("invalid_argument", "local_library.create", client_token=token, create_spec=spec(name="Another"))
    other = site.as_user("other").call("local_library.create", client_token=token, create_spec=spec())
    check(other != first, "the token of one user is another's")
    for bad in ("", "token", token + "0", token.replace("-", ""), token[:-1] + "g"):
        site.refuses("invalid_argument: the client token's format", "local_library.create", client_token=bad, create_spec=spec())


@case
def a_library_goes_with_its_items(site):
    library = site.library()
    item = site.item(library=library)
    site.publish(item, f=b"abc")
    session = site.call("download_session.create", create_spec={"library_item_id": item})
    site.call("local_library.delete", library_id=library)
    site.refuses("not_found: the library", "library.get", library_id=library)
    site.refuses("not_found: the item", "item.get", library_item_id=item)
    site.refuses("not_found: the session", "download_session.get", download_session_id=session)
    site.refuses("not_found: the library", "local_library.delete", library_id=library)


@case
def a_library_stays_while_an_item_of_it_is_being_updated(site):
    library = site.library()
    session = site.session(site.item(library=library))
    site.refuses("not_allowed_in_current_state: an item is being updated", "local_library.delete", library_id=library)
    site.call("update_session.cancel", update_session_id=session)
    site.call("local_library.delete", library_id=library)


@case
def a_local_library_is_updated(site):
    library = site.library()
    before = site.call("library.get", library_id=library)
    site.call("local_library.update", library_id=library, update_spec={"name": "Renamed", "version": before["version"]})
    after = site.call("library.get", library_id=library)
    equal((after["name"], after["description"], after["storage_backings"]), ("Renamed", "", [BACKING]))
    check(after["version"] != before["version"], "the version stays")
    site.call("local_library.update", library_id=library, update_spec={"description": "d"})
    equal(site.call("library.get", library_id=library)["name"], "Renamed")
    site.refuses(
        "concurrent_change: a stale version", "local_library.update", library_id=library, update_spec={"name": "x", "version": before["version"]})
    for bad in ({"name": ""}, {"description": "d" * 2001}):
        site.refuses("invalid_argument: the specification", "local_library.update", library_id=library, update_spec=bad)
    site.refuses("not_found: the library", "local_library.update", library_id=NOBODY, update_spec={"name": "x"})
    equal(site.call("library.get", library_id=library)["name"], "Renamed")


@case
def any_library_is_updated(site):
    library = site.library()
    version = site.call("library.get", library_id=library)["version"]
    site.call("library.update", library_id=library, update_spec={"description": "d", "version": version})
    equal(site.call("library.get", library_id=library)["description"], "d")
    # Unlike the local library's own update, whose stale version is a concurrent change.
    site.refuses(
        "invalid_argument: a stale version", "library.update", library_id=library, update_spec={"description": "e", "version": version})
    site.refuses("invalid_argument: the specification", "library.update", library_id=library, update_spec={"name": ""})
    site.refuses("not_found: the library", "library.update", library_id=NOBODY, update_spec={"name": "x"})


@case
def the_types_of_items_are_listed(site):
    types = {type["type"] for type in site.call("type.list")}
    check({"ovf", "iso"} <= types, f"the types are {types}")
