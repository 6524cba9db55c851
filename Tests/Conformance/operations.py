"""The operations, as their documentation has them: parameters, routes, documented errors, privileges.

Written from the 6.6.1 specification and the vendor's pages, and not derived from the server's own declarations: the suite
holds the one against the other.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Operation:
    service: str
    name: str
    # In the vendor's order; a trailing "?" is an optional one.
    parameters: tuple
    # The parameter that /rest writes into the path, as /id:...
    rest_id: str | None
    # /api: method, path, action, the parameter that is the whole body, and the status of success.
    method: str
    path: str
    action: str | None
    body: str | None
    status: int
    # Documented errors, as "kind: when".
    refusals: tuple
    # What the caller needs, if a read-only user does not have it.
    privilege: str | None
    # /rest only: not in the vendor's binding.
    is_rest_only: bool = False

    @property
    def id(self):
        return f"com.vmware.{self.service}.{self.name}"

    @property
    def names(self):
        return tuple(name.rstrip("?") for name in self.parameters)


ALL = {}
ITEM = "/content/library/item"


def service(short, service_id, operations):
    for line, refusals in operations.items():
        signature, route = (part.strip() for part in line.split(" -> "))
        name, parameters = signature.rstrip(")").split("(")
        words = route.split()
        method, path, rest = words[0], words[1], dict(word.split("=") for word in words[2:])
        path, _, action = path.partition("?")
        if "{item}" in path or path.startswith("+"):
            path = path.replace("+", ITEM, 1)
        ALL[f"{short}.{name}"] = Operation(
            service=service_id, name=name, parameters=tuple(parameters.split()), rest_id=rest.get("rest"), method=method, path=path,
            action=action or None, body=rest.get("body"), status=int(rest.get("status", 200)), refusals=tuple(refusals),
            privilege=rest.get("needs"), is_rest_only=method == "REST")


service("session", "cis.session", {
    "get() -> GET /session": [],
    "delete() -> DELETE /session status=204": [],
})
service("library", "content.library", {
    "list() -> GET /content/library": [],
    "find(spec) -> POST /content/library?find body=spec": ["invalid_argument: nothing is asked for"],
    "get(library_id) -> GET /content/library/{library_id} rest=library_id": ["not_found: the library"],
    "update(library_id update_spec) -> PATCH /content/library/{library_id} rest=library_id body=update_spec status=204 needs=UpdateLibrary": [
        "invalid_argument: the specification", "invalid_argument: a stale version", "not_found: the library"],
})
service("local_library", "content.local_library", {
    "create(client_token? create_spec) -> POST /content/local-library body=create_spec status=201 needs=CreateLocalLibrary": [
        "invalid_argument: the specification", "invalid_argument: the client token's format", "unsupported: more than one backing"],
    "get(library_id) -> GET /content/local-library/{library_id} rest=library_id": [
        "invalid_element_type: a subscribed library", "not_found: the library"],
    "list() -> GET /content/local-library": [],
    "update(library_id update_spec) -> PATCH /content/local-library/{library_id} rest=library_id body=update_spec status=204 needs=UpdateLocalLibrary": [
        "concurrent_change: a stale version", "invalid_argument: the specification", "invalid_element_type: a subscribed library",
        "not_found: the library"],
    "delete(library_id) -> DELETE /content/local-library/{library_id} rest=library_id status=204 needs=DeleteLocalLibrary": [
        "invalid_element_type: a subscribed library", "not_allowed_in_current_state: an item is being updated", "not_found: the library"],
})
service("subscribed_library", "content.subscribed_library", {
    "create(client_token? create_spec) -> POST /content/subscribed-library body=create_spec status=201 needs=CreateSubscribedLibrary": [
        "invalid_argument: the specification", "invalid_argument: the client token's format", "unsupported: more than one backing"],
    "get(library_id) -> GET /content/subscribed-library/{library_id} rest=library_id": [
        "invalid_element_type: a local library", "not_found: the library"],
    "list() -> GET /content/subscribed-library": [],
    "delete(library_id) -> DELETE /content/subscribed-library/{library_id} rest=library_id status=204 needs=DeleteSubscribedLibrary": [
        "invalid_element_type: a local library", "not_found: the library"],
    "sync(library_id) -> POST /content/subscribed-library/{library_id}?sync rest=library_id status=204 needs=SyncLibrary": [
        "invalid_element_type: a local library", "not_found: the library", "resource_inaccessible: the published library"],
    "evict(library_id) -> POST /content/subscribed-library/{library_id}?evict rest=library_id status=204 needs=EvictSubscribedLibrary": [
        "invalid_element_type: a local library", "not_allowed_in_current_state: it synchronizes at once", "not_found: the library"],
})
service("subscribed_item", "content.library.subscribed_item", {
    "sync(library_item_id force_sync_content sync_optional_files?) -> POST /content/library/subscribed-item/{library_item_id}?sync"
    " rest=library_item_id status=204 needs=SyncLibraryItem": [
        "invalid_element_type: an item of a local library", "not_found: the item"],
    "evict(library_item_id) -> POST /content/library/subscribed-item/{library_item_id}?evict rest=library_item_id status=204"
    " needs=EvictLibraryItem": [
        "invalid_element_configuration: its library synchronizes at once", "invalid_element_type: an item of a local library",
        "not_found: the item"],
})
service("item", "content.library.item", {
    "create(client_token? create_spec) -> POST + body=create_spec status=201 needs=AddLibraryItem": [
        "already_exists: an item of that name", "invalid_argument: the specification", "invalid_argument: the client token's format",
        "invalid_element_type: a subscribed library", "not_found: the library"],
    "get(library_item_id) -> GET +/{library_item_id} rest=library_item_id": ["not_found: the item"],
    "list(library_id) -> GET +": ["not_found: the library"],
    "find(spec) -> POST +?find body=spec": ["invalid_argument: nothing is asked for"],
    "update(library_item_id update_spec) -> PATCH +/{library_item_id} rest=library_item_id body=update_spec status=204 needs=UpdateLibraryItem": [
        "already_exists: an item of that name", "invalid_argument: the specification", "invalid_argument: a stale version",
        "invalid_element_type: an item of a subscribed library", "not_found: the item"],
    "delete(library_item_id) -> DELETE +/{library_item_id} rest=library_item_id status=204 needs=DeleteLibraryItem": [
        "invalid_element_type: an item of a subscribed library", "not_allowed_in_current_state: the item is being updated",
        "not_found: the item"],
    "copy(client_token? source_library_item_id destination_create_spec) -> POST +/{source_library_item_id}?copy"
    " rest=source_library_item_id body=destination_create_spec needs=AddLibraryItem": [
        "invalid_argument: the specification", "invalid_argument: the client token's format", "invalid_element_type: a subscribed library",
        "not_found: the item", "not_found: the library"],
})
service("file", "content.library.item.file", {
    "get(library_item_id name) -> GET +/{library_item_id}/file rest=library_item_id": ["not_found: the item", "not_found: the name"],
    "list(library_item_id) -> GET +/{library_item_id}/file": ["not_found: the item"],
})
service("storage", "content.library.item.storage", {
    "get(library_item_id file_name) -> GET +/{library_item_id}/storage rest=library_item_id needs=ReadStorage": [
        "not_found: the item", "not_found: the file"],
    "list(library_item_id) -> GET +/{library_item_id}/storage needs=ReadStorage": ["not_found: the item"],
})
service("update_session", "content.library.item.update_session", {
    "create(client_token? create_spec) -> POST +/update-session body=create_spec status=201 needs=UpdateSession": [
        "invalid_argument: the specification", "invalid_argument: the client token's format",
        "invalid_element_type: an item of a subscribed library", "not_found: the item", "resource_busy: another session"],
    "get(update_session_id) -> GET +/update-session/{update_session_id} rest=update_session_id": ["not_found: the session"],
    "list(library_item_id?) -> GET +/update-session needs=UpdateSession": ["not_found: the item"],
    "keep_alive(update_session_id client_progress?) -> POST +/update-session/{update_session_id}?keep-alive rest=update_session_id status=204": [
        "not_found: the session", "not_allowed_in_current_state: not active"],
    "complete(update_session_id) -> POST +/update-session/{update_session_id}?complete rest=update_session_id status=204": [
        "not_found: the session", "not_allowed_in_current_state: not active", "not_allowed_in_current_state: a file was not received"],
    "cancel(update_session_id) -> POST +/update-session/{update_session_id}?cancel rest=update_session_id status=204": [
        "not_found: the session", "not_allowed_in_current_state: not active"],
    "fail(update_session_id client_error_message) -> POST +/update-session/{update_session_id}?fail rest=update_session_id status=204": [
        "not_found: the session", "not_allowed_in_current_state: not active"],
    "delete(update_session_id) -> DELETE +/update-session/{update_session_id} rest=update_session_id status=204": [
        "not_found: the session", "not_allowed_in_current_state: active"],
    "update(update_session_id update_spec) -> PATCH +/update-session/{update_session_id} rest=update_session_id body=update_spec status=204": [
        "not_found: the session", "not_allowed_in_current_state: not active"],
})
service("update_file", "content.library.item.updatesession.file", {
    "add(update_session_id file_spec) -> POST +/update-session/{update_session_id}/file rest=update_session_id body=file_spec status=201": [
        "invalid_argument: the specification", "not_found: the session", "not_allowed_in_current_state: not active"],
    "get(update_session_id file_name) -> GET +/update-session/{update_session_id}/file/{file_name} rest=update_session_id": [
        "not_found: the session", "invalid_argument: the file"],
    "list(update_session_id) -> GET +/update-session/{update_session_id}/file": ["not_found: the session"],
    "remove(update_session_id file_name) -> DELETE +/update-session/{update_session_id}/file/{file_name} rest=update_session_id status=204": [
        "not_found: the session", "invalid_argument: the file", "not_allowed_in_current_state: not active"],
    "validate(update_session_id) -> POST +/update-session/{update_session_id}/file?validate rest=update_session_id": [
        "not_found: the session", "not_allowed_in_current_state: not active", "not_allowed_in_current_state: a file was not received"],
    "probe(source_endpoint) -> REST - needs=UpdateSession": ["invalid_argument: the specification"],
})
service("download_session", "content.library.item.download_session", {
    "create(client_token? create_spec) -> POST +/download-session body=create_spec status=201": [
        "invalid_argument: the specification", "invalid_argument: the client token's format", "not_found: the item"],
    "get(download_session_id) -> GET +/download-session/{download_session_id} rest=download_session_id": ["not_found: the session"],
    "list(library_item_id?) -> GET +/download-session": ["not_found: the item"],
    "keep_alive(download_session_id progress?) -> POST +/download-session/{download_session_id}?keep-alive rest=download_session_id status=204": [
        "not_found: the session", "not_allowed_in_current_state: not active"],
    "cancel(download_session_id) -> POST +/download-session/{download_session_id}?cancel rest=download_session_id status=204": [
        "not_found: the session", "not_allowed_in_current_state: not active"],
    "fail(download_session_id client_error_message) -> POST +/download-session/{download_session_id}?fail rest=download_session_id status=204": [
        "not_found: the session", "not_allowed_in_current_state: not active"],
    "delete(download_session_id) -> DELETE +/download-session/{download_session_id} rest=download_session_id status=204": [
        "not_found: the session"],
})
service("download_file", "content.library.item.downloadsession.file", {
    "get(download_session_id file_name) -> GET +/download-session/{download_session_id}/file rest=download_session_id": [
        "not_found: the session", "invalid_argument: the file"],
    "list(download_session_id) -> GET +/download-session/{download_session_id}/file": ["not_found: the session"],
    "prepare(download_session_id file_name endpoint_type?) -> POST +/download-session/{download_session_id}/file?prepare rest=download_session_id": [
        "not_found: the session", "invalid_argument: the file", "not_allowed_in_current_state: not active"],
})
service("type", "content.type", {"list() -> GET /content/type": []})
