"""Subscribed libraries: what they copy, and what they refuse."""

from peers import Refused
from source import Source, published
from suite import NOBODY, case, check, equal

BACKING = {"type": "DATASTORE", "datastore_id": "datastore-1"}
# What is no URI at all: VMware's SDK does not send it.
NO_URIS = ("no url", "https://a b/lib.json", "http://[::1/lib.json")
TOKEN = "b8a2a2e3-2314-43cd-a871-6ede0f46{:04}"


def spec(url, name="Subscribed", **more):
    subscription = {"authentication_method": "NONE", "automatic_sync_enabled": False, "on_demand": False, "subscription_url": url}
    return {"name": name, "type": "SUBSCRIBED", "storage_backings": [BACKING], "subscription_info": subscription} | more


def subscribed(site, source, items=1):
    site.run.require("subscribed_library.create")
    library = site.call("subscribed_library.create", create_spec=spec(source.url + "/lib.json"))
    site.call("subscribed_library.sync", library_id=library)
    site.until("the items are there", lambda: len(cached(site, library)) == items)
    return library, site.look("item.list", library_id=library)


def cached(site, library):
    found = []
    for item in site.look("item.list", library_id=library):
        try:
            if site.look("item.get", library_item_id=item)["cached"]:
                found.append(item)
        except Refused as error:
            # It went between the two calls.
            check(error.kind == "not_found", str(error))
    return found


@case
def a_subscribed_library_has_what_is_published(site):
    with Source(published({"one": {"a": b"abc", "b": b""}, "two": {"c d#": b"xyz"}})) as source:
        library, items = subscribed(site, source, items=2)
        model = site.call("subscribed_library.get", library_id=library)
        equal((model["type"], model["name"], model["subscription_info"]["on_demand"]), ("SUBSCRIBED", "Subscribed", False))
        check("password" not in model["subscription_info"], "a password")
        check(library in site.look("subscribed_library.list") and library in site.look("library.list"), "it is not listed")
        check(library not in site.look("local_library.list"), "it is listed as a local one")
        named = {site.look("item.get", library_item_id=item)["name"]: item for item in items}
        equal(set(named), {"one", "two"})
        equal(site.read(named["one"], "a"), b"abc")
        equal({file: info["size"] for file, info in site.files(named["one"]).items()}, {"a": 3, "b": 0})
        site.call("subscribed_item.sync", library_item_id=named["one"], force_sync_content=True)
        check(library in site.look("library.find", spec={"type": "SUBSCRIBED"}), "it is not found by its type")


@case
def a_sync_follows_the_publisher(site):
    with Source(published({"one": {"a": b"abc"}, "gone": {"b": b"b"}})) as source:
        library, _ = subscribed(site, source, items=2)
        source.files = published({"one": {"a": b"changed", "new": b"new"}}, version=2)
        site.call("subscribed_library.sync", library_id=library)
        (item,) = site.until("the item goes", lambda: len(items := cached(site, library)) == 1 and items)
        site.until("the content follows", lambda: len(site.look("file.list", library_item_id=item)) == 2)
        equal(site.read(item, "a"), b"changed")


@case
def items_of_a_subscribed_library_are_not_written(site):
    with Source(published({"one": {"a": b"abc"}})) as source:
        library, (item,) = subscribed(site, source)
        theirs = "invalid_element_type: an item of a subscribed library"
        site.refuses(theirs, "update_session.create", create_spec={"library_item_id": item})
        site.refuses(theirs, "item.update", library_item_id=item, update_spec={"name": "n"})
        site.refuses(theirs, "item.delete", library_item_id=item)
        subscribed_one = "invalid_element_type: a subscribed library"
        site.refuses(subscribed_one, "item.create", create_spec={"library_id": library, "name": "n"})
        site.refuses(subscribed_one, "local_library.get", library_id=library)
        site.refuses(subscribed_one, "local_library.update", library_id=library, update_spec={"name": "n"})
        site.refuses(subscribed_one, "local_library.delete", library_id=library)
        local = site.item()
        site.publish(local, f=b"abc")
        site.refuses(
            subscribed_one, "item.copy", source_library_item_id=local, destination_create_spec={"library_id": library, "name": "n"})
        # Content that is kept up to date is not given up.
        site.refuses("not_allowed_in_current_state: it synchronizes at once", "subscribed_library.evict", library_id=library)
        site.refuses(
            "invalid_element_configuration: its library synchronizes at once", "subscribed_item.evict", library_item_id=item)
        equal(site.read(item, "a"), b"abc")


@case
def a_subscribed_library_goes_with_its_items(site):
    with Source(published({"one": {"a": b"abc"}})) as source:
        library, (item,) = subscribed(site, source)
        site.call("subscribed_library.delete", library_id=library)
        site.refuses("not_found: the library", "subscribed_library.get", library_id=library)
        site.refuses("not_found: the item", "item.get", library_item_id=item)


@case
def local_libraries_are_not_subscribed_ones(site):
    site.run.require("subscribed_library.get")
    library = site.library()
    item = site.item(library=library)
    for operation in ("get", "delete", "sync", "evict"):
        site.refuses("invalid_element_type: a local library", f"subscribed_library.{operation}", library_id=library)
        site.refuses("not_found: the library", f"subscribed_library.{operation}", library_id=NOBODY)
    local = "invalid_element_type: an item of a local library"
    site.refuses(local, "subscribed_item.sync", library_item_id=item, force_sync_content=False)
    site.refuses(local, "subscribed_item.evict", library_item_id=item)
    site.refuses("not_found: the item", "subscribed_item.sync", library_item_id=NOBODY, force_sync_content=False)
    site.refuses("not_found: the item", "subscribed_item.evict", library_item_id=NOBODY)


@case
def a_subscription_needs_its_parts(site):
    with Source(published({})) as source:
        good = spec(source.url + "/lib.json")
        for bad in (
            {key: value for key, value in good.items() if key != "subscription_info"}, good | {"name": ""}, good | {"type": "LOCAL"},
            good | {"storage_backings": []},
        ):
            site.refuses("invalid_argument: the specification", "subscribed_library.create", create_spec=bad)
        site.refuses(
            "unsupported: more than one backing", "subscribed_library.create", create_spec=good | {"storage_backings": [BACKING, BACKING]})
        site.refuses(
            "invalid_argument: the client token's format", "subscribed_library.create", client_token="no token", create_spec=good)
        token = TOKEN.format(1)
        library = site.call("subscribed_library.create", client_token=token, create_spec=good)
        equal(site.call("subscribed_library.create", client_token=token, create_spec=good), library)


def refuses_the_url(site, url):
    error = site.refuses("invalid_argument: the specification", "subscribed_library.create", create_spec=spec(url))
    check("subscription_url" in error.messages[0]["default_message"], f"it is not {url!r} that is refused, but: {error}")


@case
def a_subscription_url_is_one_of_http(site):
    for url in ("", "lib.json", "https://", "ftp://127.0.0.1/lib.json", "http:///lib.json", "http:/127.0.0.1/lib.json"):
        refuses_the_url(site, url)


@case(only=("api", "rest"))
def a_subscription_url_that_is_none_is_refused(site):
    for url in NO_URIS:
        refuses_the_url(site, url)


@case(only=("sdk",))
def the_sdk_does_not_send_a_subscription_url_that_is_none(site):
    from vmware.vapi.exception import CoreException

    for url in NO_URIS:
        try:
            site.call("subscribed_library.create", create_spec=spec(url))
        except CoreException as error:
            check(repr(url) in str(error), f"it is not {url!r} that the SDK refuses, but: {error}")
        else:
            raise AssertionError(f"the SDK sent {url!r}")


@case
def a_publisher_that_is_gone_is_named(site):
    with Source(published({"one": {"a": b"abc"}})) as source:
        library, (item,) = subscribed(site, source)
    site.refuses("resource_inaccessible: the published library", "subscribed_library.sync", library_id=library)
    # What was copied stays.
    equal(site.read(item, "a"), b"abc")
