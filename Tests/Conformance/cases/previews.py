"""The preview of an update session: who signed an OVF package, and what of it has to be ignored."""

import io
import tarfile

from cases.ovf import DESCRIPTOR, DISK, manifest
from suite import case, check, equal

# Of the bytes of manifest(), by a key that is the key of all certificates below; made with `openssl dgst -sha256 -sign KEY -hex` and, for the
# certificates, `openssl ca -selfsign -startdate ... -enddate ...`. The key itself is gone.
SIGNATURE = (
    b"304402203a319622bdcb728c05e24f2feaa288c5374c068b6063f9dfd32b8b3239f0f0"
    b"4f0220741764caa29ad6684746da78a6cec006da43840ec2f7ae5a125c25c591fc24c6")
# 2020 to 2120.
VALID = """-----BEGIN CERTIFICATE-----
MIIBPzCB5QICEjQwCgYIKoZIzj0EAwIwKjETMBEGA1UECgwKQWNtZSwgTHRkLjET
MBEGA1UEAwwKQXBwbGlhbmNlczAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAw
MDAwMFowKjETMBEGA1UECgwKQWNtZSwgTHRkLjETMBEGA1UEAwwKQXBwbGlhbmNl
czBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABHoWQHNKwIEswQG/6EaYv4aa3Gix
VkbRfxLHgzJPntSUyAqHTbcU8aFm2TbJTnF8ANnNXaGcqHbRjhU6ct1I8VowCgYI
KoZIzj0EAwIDSQAwRgIhAOU21LWU5HLFPos3+kQqL5HByi+3gOdsvOc7rdBRjtEg
AiEAnPpFxl4srnYuKPzsPHGXjcK+pygVnWBQfjtYWz0wMWY=
-----END CERTIFICATE-----
"""
# 2001.
EXPIRED = """-----BEGIN CERTIFICATE-----
MIIBPDCB4wICEvMwCgYIKoZIzj0EAwIwKjETMBEGA1UECgwKQWNtZSwgTHRkLjET
MBEGA1UEAwwKQXBwbGlhbmNlczAeFw0wMTAxMDEwMDAwMDBaFw0wMjAxMDEwMDAw
MDBaMCoxEzARBgNVBAoMCkFjbWUsIEx0ZC4xEzARBgNVBAMMCkFwcGxpYW5jZXMw
WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAR6FkBzSsCBLMEBv+hGmL+GmtxosVZG
0X8Sx4MyT57UlMgKh023FPGhZtk2yU5xfADZzV2hnKh20Y4VOnLdSPFaMAoGCCqG
SM49BAMCA0gAMEUCIFh8UUqRWFmWrlYt1P37cOUhlFzjThdr0hHAY4E8ULWJAiEA
qMVPzXlxlqhSNCpa4CHCBSPotX+oTUBcKYruPURi46s=
-----END CERTIFICATE-----
"""
# 2100 to 2120.
FUTURE = """-----BEGIN CERTIFICATE-----
MIIBQDCB5wICHcAwCgYIKoZIzj0EAwIwKjETMBEGA1UECgwKQWNtZSwgTHRkLjET
MBEGA1UEAwwKQXBwbGlhbmNlczAiGA8yMTAwMDEwMTAwMDAwMFoYDzIxMjAwMTAx
MDAwMDAwWjAqMRMwEQYDVQQKDApBY21lLCBMdGQuMRMwEQYDVQQDDApBcHBsaWFu
Y2VzMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEehZAc0rAgSzBAb/oRpi/hprc
aLFWRtF/EseDMk+e1JTICodNtxTxoWbZNslOcXwA2c1doZyodtGOFTpy3UjxWjAK
BggqhkjOPQQDAgNIADBFAiBpehWoJeZqbTRUw93/kC/yS6bnaSuNzCeQidjdG8XT
lAIhAL7v9e1Ft4ZjMqZmDh69/nQOX8HJx78cVIdWO13LE0vs
-----END CERTIFICATE-----
"""

ALL = ("SELF_SIGNED_CERTIFICATE", "EXPIRED_CERTIFICATE", "NOT_YET_VALID_CERTIFICATE", "UNTRUSTED_CERTIFICATE")


def behavior(*ignored):
    return [{"type": warning, "ignored": True} for warning in ignored]


def opened(site, **more):
    site.needs("ovf adapter")
    item = site.item(type="ovf")
    return item, site.call("update_session.create", create_spec={"library_item_id": item} | more)


def preview(site, session):
    return site.call("update_session.get", update_session_id=session).get("preview_info")


def certificate(pem):
    return b"SHA256(a.mf)= " + SIGNATURE + b"\n" + pem.encode()


def push_signed(site, session, pem, listed=None):
    for name, body in (("a.mf", listed or manifest()), ("a.cert", certificate(pem)), ("a.ovf", DESCRIPTOR), ("disk.vmdk", DISK)):
        site.push(session, name, body)


def archive(pem):
    """As VMware's tools write it: the descriptor, what signs it, the disks."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, body in (("a.ovf", DESCRIPTOR), ("a.mf", manifest()), ("a.cert", certificate(pem)), ("disk.vmdk", DISK)):
            member = tarfile.TarInfo(name)
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    return whole.getvalue()


def check_shown(shown, pem, *warnings):
    equal(shown["state"], "AVAILABLE")
    name = "CN=Appliances,O=Acme\\, Ltd."
    equal(shown["certificate_info"], {"issuer": name, "subject": name, "self_signed": True, "x509": pem})
    equal(shown["cert_chain"], ["".join(pem.splitlines()[1:-1])])
    equal([(warning["type"], warning["ignored"]) for warning in shown["warnings"]], list(warnings))
    for warning in shown["warnings"]:
        check(warning["message"]["id"] and warning["message"]["default_message"], f"a warning without a message: {warning}")


@case
def a_preview_comes_with_the_descriptor(site):
    _, session = opened(site)
    equal(preview(site, session), {"state": "UNAVAILABLE"})
    site.push(session, "a.mf", manifest())
    site.push(session, "a.cert", certificate(VALID))
    equal(preview(site, session), {"state": "UNAVAILABLE"})
    url = site.announce(session, "a.ovf")
    equal(preview(site, session), {"state": "PREPARING"})
    equal(site.put(url, DESCRIPTOR), 200)
    check_shown(preview(site, session), VALID, ("SELF_SIGNED_CERTIFICATE", False), ("UNTRUSTED_CERTIFICATE", False))
    site.call("update_session.cancel", update_session_id=session)
    equal(preview(site, session), None)


@case
def what_is_not_signed_is_shown_without_a_certificate(site):
    _, session = opened(site)
    site.push(session, "a.ovf", DESCRIPTOR)
    equal(preview(site, session), {"state": "AVAILABLE", "warnings": []})


@case
def other_types_have_no_preview(site):
    equal(preview(site, site.session()), {"state": "NOT_APPLICABLE"})


@case
def a_warning_that_is_not_ignored_stops_the_completion(site):
    item, session = opened(site)
    push_signed(site, session, VALID)
    equal(site.call("update_file.validate", update_session_id=session)["has_errors"], False)
    error = site.refuses("not_allowed_in_current_state", "update_session.complete", update_session_id=session)
    equal([message["id"].rpartition(".")[2] for message in error.messages], ["warnings_not_ignored", "CERTIFICATE_SELF_SIGNED", "CERTIFICATE_UNTRUSTED"])
    spec = {"warning_behavior": behavior("SELF_SIGNED_CERTIFICATE")}
    site.call("update_session.update", update_session_id=session, update_spec=spec)
    check_shown(preview(site, session), VALID, ("SELF_SIGNED_CERTIFICATE", True), ("UNTRUSTED_CERTIFICATE", False))
    error = site.refuses("not_allowed_in_current_state", "update_session.complete", update_session_id=session)
    equal(error.messages[0]["args"], ["UNTRUSTED_CERTIFICATE"])
    # As VMware's sample does: everything that the preview shows is ignored.
    shown = [warning["type"] for warning in preview(site, session)["warnings"]]
    site.call("update_session.update", update_session_id=session, update_spec={"warning_behavior": behavior(*shown)})
    site.call("update_session.complete", update_session_id=session)
    equal(set(site.files(item)), {"a.ovf", "disk.vmdk"})


@case
def the_dates_of_the_certificate_are_looked_at(site):
    for pem, warning in ((EXPIRED, "EXPIRED_CERTIFICATE"), (FUTURE, "NOT_YET_VALID_CERTIFICATE")):
        _, session = opened(site, warning_behavior=behavior("SELF_SIGNED_CERTIFICATE", "UNTRUSTED_CERTIFICATE"))
        push_signed(site, session, pem)
        check_shown(preview(site, session), pem, ("SELF_SIGNED_CERTIFICATE", True), (warning, False), ("UNTRUSTED_CERTIFICATE", True))
        error = site.refuses("not_allowed_in_current_state", "update_session.complete", update_session_id=session)
        equal(error.messages[0]["args"], [warning])
        site.call("update_session.update", update_session_id=session, update_spec={"warning_behavior": behavior(*ALL)})
        site.call("update_session.complete", update_session_id=session)


@case
def a_signature_of_another_manifest_is_an_error_that_nobody_can_ignore(site):
    item, session = opened(site, warning_behavior=behavior(*ALL))
    push_signed(site, session, VALID, listed=manifest() + b"\n")
    equal(preview(site, session), {"state": "AVAILABLE", "warnings": []})
    result = site.call("update_file.validate", update_session_id=session)
    equal([file["name"] for file in result["invalid_files"]], ["a.cert"])
    site.refuses("not_allowed_in_current_state", "update_session.complete", update_session_id=session)
    equal(site.files(item), {})


@case
def an_archive_has_the_preview_of_its_members(site):
    item, session = opened(site)
    url = site.announce(session, "a.ova")
    equal(preview(site, session), {"state": "PREPARING"})
    equal(site.put(url, archive(VALID)), 200)
    check_shown(preview(site, session), VALID, ("SELF_SIGNED_CERTIFICATE", False), ("UNTRUSTED_CERTIFICATE", False))
    site.refuses("not_allowed_in_current_state", "update_session.complete", update_session_id=session)
    spec = {"warning_behavior": behavior("SELF_SIGNED_CERTIFICATE", "UNTRUSTED_CERTIFICATE")}
    site.call("update_session.update", update_session_id=session, update_spec=spec)
    site.call("update_session.complete", update_session_id=session)
    equal(set(site.files(item)), {"a.ovf", "disk.vmdk"})
