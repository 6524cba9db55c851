"""Logins, and what everybody must be to call an operation."""

import operations
from suite import NOBODY, add, case, check, equal, sample
from server import USERS


@case
def a_login_shows_its_user_and_its_times(site):
    info = site.call("session.get")
    equal(info["user"], "admin")
    check(info["created_time"] <= info["last_accessed_time"], f"accessed before it was created: {info}")


@case
def a_wrong_password_and_an_unknown_user_are_unauthenticated(site):
    for user, password in [("admin", "wrong"), ("admin", ""), ("nobody", USERS["admin"]), ("ADMIN", USERS["admin"])]:
        try:
            site.peer.login(user, password)
        except Exception as error:
            equal(getattr(error, "kind", error), "unauthenticated", f"the answer to {user}")
            site.check_error(error)
            equal(error.messages[0]["id"], "com.vmware.vapi.endpoint.method.authentication.required")
        else:
            raise AssertionError(f"{user} was let in with {password!r}")


@case
def a_login_ends_with_its_logout(site):
    mine = site.using(site.peer.login("admin", USERS["admin"]))
    session = mine.peer.session
    mine.call("session.get")
    mine.call("session.delete")
    mine.refuses("unauthenticated", "session.get")
    site.using(site.peer.with_session(session)).refuses("unauthenticated", "library.list")
    site.call("session.get")


@case(arguments=("--login-timeout", "1s"))
def a_login_that_is_idle_for_too_long_ends(site):
    import time

    mine = site.using(site.peer.login("admin", USERS["admin"]))
    mine.call("library.list")
    # Any call begins the idle time anew: so there is none meanwhile.
    time.sleep(1.2)
    mine.refuses("unauthenticated", "library.list")


def without_login(name):
    def body(site):
        site.run.require(name)
        arguments = sample(operations.ALL[name])
        site.using(site.peer.with_session(None)).refuses("unauthenticated", name, **arguments)
        error = site.using(site.peer.with_session(NOBODY)).refuses("unauthenticated", name, **arguments)
        equal(error.messages[0]["id"], "com.vmware.vapi.endpoint.method.authentication.required")

    return body


def without_privilege(name):
    """The privilege is one on an object: so the object is there."""

    def body(site):
        site.run.require(name)
        library = site.library()
        item = site.item(library=library)
        there = {"library_id": library, "library_item_id": item, "source_library_item_id": item}
        specs = {"item.create": {"library_id": library, "name": "n"}, "item.copy": {"library_id": library, "name": "n"},
                 "update_session.create": {"library_item_id": item}}
        arguments = sample(operations.ALL[name])
        for parameter in operations.ALL[name].names:
            if parameter in there:
                arguments[parameter] = there[parameter]
            elif parameter.endswith("create_spec"):
                arguments[parameter] = specs.get(name, {})
        site.as_user("reader").refuses("unauthorized", name, **arguments)

    return body


for name, operation in operations.ALL.items():
    only = ("rest",) if operation.is_rest_only else ()
    add(f"logins: {name} needs a login", without_login(name), only)
    if operation.privilege:
        add(f"logins: {name} needs {operation.privilege}", without_privilege(name), only)


@case
def a_read_only_user_may_look_and_download(site):
    library = site.library()
    item = site.item(library=library)
    site.publish(item, f=b"abc")
    reader = site.as_user("reader")
    check(library in reader.look("library.list"), "the library is not listed")
    check(library in reader.look("local_library.list"), "the local library is not listed")
    reader.call("library.get", library_id=library)
    reader.call("local_library.get", library_id=library)
    check(library in reader.look("library.find", spec={"name": "library"}), "the library is not found")
    equal(reader.call("item.list", library_id=library), [item])
    equal(reader.call("item.get", library_item_id=item)["name"], "item")
    equal(reader.call("item.find", spec={"library_id": library}), [item])
    reader.call("file.get", library_item_id=item, name="f")
    equal(reader.read(item, "f"), b"abc")
    equal(reader.call("session.get")["user"], "reader")


@case
def the_session_of_an_operation_without_privilege_changes_nothing(site):
    library = site.library()
    reader = site.as_user("reader")
    reader.refuses("unauthorized", "item.create", create_spec={"library_id": library, "name": "n"})
    equal(site.call("item.list", library_id=library), [])
    reader.refuses("unauthorized", "local_library.delete", library_id=library)
    site.call("library.get", library_id=library)
