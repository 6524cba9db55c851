"""Items, their published files, and where those lie."""

import hashlib

from suite import NOBODY, case, check, equal

TOKEN = "b8a2a2e3-2314-43cd-a871-6ede0f43{:04}"
DUPLICATE = "com.vmware.vdcs.cls-main.duplicate_item_name_unsupported_in_library"


@case
def an_item_has_the_fields_that_are_always_there(site):
    library = site.library()
    item = site.item("an item", library, description="d", type="iso")
    model = site.call("item.get", library_item_id=item)
    expected = {"id": item, "library_id": library, "name": "an item", "description": "d", "type": "iso", "cached": True, "size": 0}
    equal({key: model[key] for key in expected}, expected)
    check(model["creation_time"] == model["last_modified_time"], "it was modified")
    check(all(model[key] for key in ("content_version", "metadata_version", "version")), f"a version is missing: {model}")


@case
def items_of_a_library_are_listed(site):
    library = site.library()
    equal(site.call("item.list", library_id=library), [])
    one, two = site.item("one", library), site.item("two", library)
    equal(set(site.call("item.list", library_id=library)), {one, two})
    site.refuses("not_found: the library", "item.list", library_id=NOBODY)


@case
def an_item_name_is_there_once_in_a_library(site):
    library = site.library("Taken Names")
    site.item("name", library)
    for name in ("name", "NAME"):
        error = site.refuses("already_exists: an item of that name", "item.create", create_spec={"library_id": library, "name": name})
        equal((error.messages[0]["id"], error.messages[0]["args"]), (DUPLICATE, [name, "Taken Names", library]))
    site.item("name", site.library("Another"))


@case
def an_item_needs_a_library_and_a_good_name(site):
    library = site.library()
    wrong = "invalid_argument: the specification"
    for name in ("", ".", "..", "a/b", "a\\b", "tab\there", "n" * 81):
        site.refuses(wrong, "item.create", create_spec={"library_id": library, "name": name})
    site.refuses(wrong, "item.create", create_spec={"library_id": library})
    site.refuses(wrong, "item.create", create_spec={"name": "n"})
    site.refuses(wrong, "item.create", create_spec={"library_id": library, "name": "n", "description": "d" * 2001})
    site.refuses("not_found: the library", "item.create", create_spec={"library_id": NOBODY, "name": "n"})
    for name in ("n" * 80, "ISO#MSSQL STD 2012 SP2", "a:b?c%20&d=e+f", "日本語", "\N{GRINNING FACE}"):
        item = site.item(name, library)
        equal(site.call("item.get", library_item_id=item)["name"], name)


@case
def a_client_token_makes_one_item(site):
    token, spec = TOKEN.format(1), {"library_id": site.library(), "name": "n", "type": "iso"}
    first = site.call("item.create", client_token=token, create_spec=spec)
    # A replay comes before the question whether the name is taken.
    equal(site.call("item.create", client_token=token, create_spec=spec), first)
    site.refuses("invalid_argument", "item.create", client_token=token, create_spec=spec | {"name": "m"})
    site.refuses("already_exists: an item of that name", "item.create", client_token=TOKEN.format(2), create_spec=spec)
    site.refuses("invalid_argument: the client token's format", "item.create", client_token="no token", create_spec=spec)


@case
def items_are_found_by_every_property(site):
    library = site.library()
    one, two = site.item("Find Me", library, type="iso"), site.item("and me", library, type="ovf")
    elsewhere = site.item("find me", site.library())

    def found(**spec):
        return set(site.look("item.find", spec=spec))

    check({one, elsewhere} <= found(name="FIND ME"), "it is not found by its name")
    equal(found(name="find me", library_id=library), {one})
    equal(found(library_id=library), {one, two})
    equal(found(library_id=library, type="ovf"), {two})
    equal(found(library_id=library, cached=True), {one, two})
    equal(found(library_id=library, cached=False), set())
    equal(found(library_id=library, source_id=NOBODY), set())
    equal(found(library_id=NOBODY), set())
    site.refuses("invalid_argument: nothing is asked for", "item.find", spec={})


@case
def an_item_that_is_not_there_is_not_found(site):
    for id in (NOBODY, "no such item", "a:b/c?d#e%"):
        site.refuses("not_found: the item", "item.get", library_item_id=id)
        site.refuses("not_found: the item", "item.update", library_item_id=id, update_spec={"name": "n"})
        site.refuses("not_found: the item", "item.delete", library_item_id=id)
        site.refuses("not_found: the item", "file.list", library_item_id=id)
        site.refuses("not_found: the item", "file.get", library_item_id=id, name="f")


@case
def an_update_changes_what_it_names(site):
    item = site.item("before", description="old", type="iso")
    before = site.call("item.get", library_item_id=item)
    site.call("item.update", library_item_id=item, update_spec={"name": "after", "version": before["version"]})
    after = site.call("item.get", library_item_id=item)
    equal((after["name"], after["description"], after["type"]), ("after", "old", "iso"))
    check(after["version"] != before["version"] and after["metadata_version"] != before["metadata_version"], "the versions stay")
    equal(after["content_version"], before["content_version"], "the version of the content")
    site.call("item.update", library_item_id=item, update_spec={"description": "new"})
    equal(site.call("item.get", library_item_id=item)["description"], "new")
    site.call("item.update", library_item_id=item, update_spec={"name": "AFTER"})
    equal(site.call("item.get", library_item_id=item)["name"], "AFTER")


@case
def a_wrong_update_is_refused(site):
    library = site.library()
    item = site.item("mine", library)
    site.item("taken", library)
    version = site.call("item.get", library_item_id=item)["version"]
    site.call("item.update", library_item_id=item, update_spec={"description": "d"})

    def refuses(refusal, **spec):
        site.refuses(refusal, "item.update", library_item_id=item, update_spec=spec)

    refuses("invalid_argument: a stale version", name="n", version=version)
    refuses("already_exists: an item of that name", name="TAKEN")
    for name in ("", ".", "a/b", "n" * 81):
        refuses("invalid_argument: the specification", name=name)
    refuses("invalid_argument: the specification", description="d" * 2001)
    model = site.call("item.get", library_item_id=item)
    equal((model["name"], model["description"]), ("mine", "d"))


@case
def an_item_goes_with_its_files_and_sessions(site):
    item = site.item()
    site.publish(item, f=b"abc")
    done = site.session(item)
    site.call("update_session.complete", update_session_id=done)
    download = site.call("download_session.create", create_spec={"library_item_id": item})
    url = site.call("download_file.prepare", download_session_id=download, file_name="f")["download_endpoint"]["uri"]
    site.call("item.delete", library_item_id=item)
    site.refuses("not_found: the item", "item.get", library_item_id=item)
    site.refuses("not_found: the session", "update_session.get", update_session_id=done)
    site.refuses("not_found: the session", "download_session.get", download_session_id=download)
    equal(site.server.transfer("GET", url)[0], 404)


@case
def an_item_stays_while_it_is_being_updated(site):
    item = site.item()
    session = site.session(item)
    site.refuses("not_allowed_in_current_state: the item is being updated", "item.delete", library_item_id=item)
    site.call("update_session.cancel", update_session_id=session)
    site.call("item.delete", library_item_id=item)


@case
def published_files_tell_what_they_are(site):
    item = site.item()
    equal(site.call("file.list", library_item_id=item), [])
    site.publish(item, a=b"abc", b=b"")
    files = site.files(item)
    equal(set(files), {"a", "b"})
    sha1 = hashlib.sha1(b"abc").hexdigest()
    expected = {"name": "a", "size": 3, "cached": True, "version": "1", "checksum_info": {"algorithm": "SHA1", "checksum": sha1}}
    equal({key: files["a"].get(key) for key in expected}, expected)
    equal(site.call("file.get", library_item_id=item, name="a"), files["a"])
    equal(files["b"]["size"], 0)
    equal(site.call("item.get", library_item_id=item)["size"], 3)
    for name in ("c", "A", "", "../a"):
        site.refuses("not_found: the name", "file.get", library_item_id=item, name=name)


@case
def storage_tells_where_the_files_lie(site):
    item = site.item()
    site.publish(item, f=b"abc")
    (info,) = site.call("storage.list", library_item_id=item)
    equal((info["name"], info["size"], info["cached"], info["version"]), ("f", 3, True, "1"))
    equal(info["storage_backing"], {"type": "DATASTORE", "datastore_id": "datastore-1"})
    check(info["storage_uris"] and info["storage_uris"][0].startswith("ds:///vmfs/volumes/"), f"the places are {info['storage_uris']}")
    equal(site.call("storage.get", library_item_id=item, file_name="f"), [info])
    site.refuses("not_found: the item", "storage.list", library_item_id=NOBODY)
    site.refuses("not_found: the item", "storage.get", library_item_id=NOBODY, file_name="f")
    site.refuses("not_found: the file", "storage.get", library_item_id=item, file_name="g")


@case
def a_copy_has_the_files_and_is_an_item_of_its_own(site):
    library = site.library()
    item = site.item("original", library, description="d", type="iso")
    site.publish(item, f=b"abc")
    target = {"library_id": site.library("Target"), "name": "copied"}
    token = TOKEN.format(3)
    copy = site.call("item.copy", client_token=token, source_library_item_id=item, destination_create_spec=target)
    equal(site.call("item.copy", client_token=token, source_library_item_id=item, destination_create_spec=target), copy)
    model = site.call("item.get", library_item_id=copy)
    equal((model["name"], model["library_id"], model["size"]), ("copied", target["library_id"], 3))
    site.publish(item, f=b"changed")
    equal(site.read(copy, "f"), b"abc")
    site.call("item.delete", library_item_id=item)
    equal(site.read(copy, "f"), b"abc")


@case
def a_wrong_copy_is_refused(site):
    library = site.library()
    item = site.item("original", library)
    site.publish(item, f=b"abc")

    def refuses(refusal, source=item, token=None, **spec):
        site.refuses(refusal, "item.copy", client_token=token, source_library_item_id=source, destination_create_spec=spec)

    refuses("not_found: the item", source=NOBODY, library_id=library, name="n")
    refuses("not_found: the library", library_id=NOBODY, name="n")
    refuses("invalid_argument: the specification", library_id=library, name="a/b")
    refuses("invalid_argument: the client token's format", token="no token", library_id=library, name="n")
    refuses("already_exists", library_id=library, name="Original")
    equal(site.call("item.list", library_id=library), [item])
