"""OVF items: the descriptor, what it refers to, and the manifest."""

import hashlib

from suite import case, check, equal

DESCRIPTOR = b"""<?xml version="1.0" encoding="UTF-8"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1">
  <References><File ovf:href="disk.vmdk" ovf:id="file1" ovf:size="4"/></References>
  <DiskSection><Info>Disks</Info><Disk ovf:diskId="disk1" ovf:fileRef="file1" ovf:capacity="4"/></DiskSection>
  <VirtualSystem ovf:id="vm"><Info>A machine</Info></VirtualSystem>
</Envelope>
"""
DISK = b"disk"


def opened(site):
    site.needs("ovf adapter")
    item = site.item(type="ovf")
    return item, site.session(item)


def manifest(disk=DISK):
    return b"".join(b"SHA256(%s)= %s\n" % (name, hashlib.sha256(body).hexdigest().encode()) for name, body in ((b"a.ovf", DESCRIPTOR), (b"disk.vmdk", disk)))


@case
def a_whole_package_is_published_without_its_manifest(site):
    item, session = opened(site)
    for name, body in (("a.mf", manifest()), ("a.ovf", DESCRIPTOR), ("disk.vmdk", DISK)):
        site.push(session, name, body)
    equal(site.call("update_file.validate", update_session_id=session)["has_errors"], False)
    site.call("update_session.complete", update_session_id=session)
    equal(set(site.files(item)), {"a.ovf", "disk.vmdk"})
    equal(site.read(item, "disk.vmdk"), DISK)


@case
def a_file_that_the_descriptor_names_must_be_there(site):
    _, session = opened(site)
    site.push(session, "a.ovf", DESCRIPTOR)
    result = site.call("update_file.validate", update_session_id=session)
    named = result["missing_files"] + [file["name"] for file in result["invalid_files"]]
    check(result["has_errors"] and "disk.vmdk" in named, f"the result is {result}")
    error = site.refuses("not_allowed_in_current_state", "update_session.complete", update_session_id=session)
    equal(error.messages[0]["id"], "com.vmware.vdcs.cls-main.session_has_missing_or_invalid_files")
    site.push(session, "disk.vmdk", DISK)
    site.call("update_session.complete", update_session_id=session)


@case
def a_manifest_that_disagrees_is_an_error(site):
    _, session = opened(site)
    for name, body in (("a.mf", manifest(b"another disk")), ("a.ovf", DESCRIPTOR), ("disk.vmdk", DISK)):
        site.put(site.announce(session, name, file_spec={"name": name, "source_type": "PUSH"}), body)
    site.refuses("not_allowed_in_current_state", "update_session.complete", update_session_id=session)
