"""Runs schemathesis with the vendor's description of /api, cut down to the operations that the server has, against the server.

    openapi.py [--seconds N] [--seed N]

Without `--seconds` it is short. The last line is "N passed, N failed", of operations. hooks.py puts ids of what there is in the place of most of the
ids that are made up, so that requests reach what they are about.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import yaml

import operations
from peers import APIPeer, Wire, has_operation
from server import ROOT, USERS, Server

DESCRIPTION = ROOT.parent / "shared" / "reference" / "openapi-9.1.yaml"
HERE = Path(__file__).resolve().parent
# A logout would end the login of the whole run; the conformance suite has it.
LEFT_OUT = {("DELETE", "/session")}
# Fields that only newer servers look at: to this one they are unknown, and unknown fields are ignored, whatever is in them.
NEWER_FIELDS = [("Content.Library.FindSpec", "storage_backing")]
CHECKS = [
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance", "response_schema_conformance",
    "negative_data_rejection", "ignored_auth", "use_after_free", "ensure_resource_availability", "known_operations_ask_for_a_login",
]
# Not among them: positive_data_acceptance, for what the schema allows is often refused by a rule (every field is optional in it), and
# unsupported_method, for this API answers 404, operation_not_found, where the check wants 405. missing_required_header lets
# 404 pass wherever there is an id in the path; known_operations_ask_for_a_login, of hooks.py, does not.


def actions(wire):
    """The actions of the operations that the server has, by method and path; None is no action."""
    found = {}
    for operation in operations.ALL.values():
        if not operation.is_rest_only and has_operation(wire, operation):
            found.setdefault((operation.method, re.sub(r"\{\w+\}", "{}", operation.path)), set()).add(operation.action)
    found["POST", "/session"] = {None}
    return found


def reduced(description, there):
    """The part of the description that the server has."""
    paths = {}
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            key = (method.upper(), re.sub(r"\{\w+\}", "{}", path))
            if key not in there or key in LEFT_OUT:
                continue
            for parameter in list(operation.get("parameters", [])):
                if parameter["name"] == "action":
                    parameter["schema"]["enum"] = [action for action in parameter["schema"]["enum"] if action in there[key]]
                    parameter["required"] = None not in there[key]
                    if not parameter["schema"]["enum"]:
                        # Nothing is of an empty enumeration, so schemathesis would make actions up.
                        operation["parameters"].remove(parameter)
            paths.setdefault(path, {})[method] = operation
    schemas = description["components"]["schemas"]
    for name, member in NEWER_FIELDS:
        del schemas[name]["properties"][member]
    return description | {"paths": paths}


def command(schemathesis, server, session, document, results, options):
    length = ["--max-time", str(options.seconds), "--max-examples", "2000"] if options.seconds else ["--max-examples", "12"]
    return [
        schemathesis, "run", document, "--url", f"https://{server.host}:{server.port}/api", "--tls-verify", server.certificate,
        "--header", f"vmware-api-session-id:{session}", "--checks", ",".join(CHECKS), "--phases", "coverage,fuzzing", "--seed", str(options.seed),
        "--report", "junit", "--report-junit-path", results, "--suppress-health-check", "all", "--warnings", "off", "--request-timeout", "20", *length,
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, help="go on for so long")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if not DESCRIPTION.exists():
        print(f"skipped: there is no {DESCRIPTION}")
        print("0 passed, 0 failed")
        return 0
    with Server("--login-timeout", "1d") as server, tempfile.TemporaryDirectory() as directory:
        wire = Wire(server)
        document = f"{directory}/description.json"
        description = yaml.load(DESCRIPTION.read_text(), yaml.CSafeLoader)
        Path(document).write_text(json.dumps(reduced(description, actions(wire)), default=str))
        # Methods that the description does not have: a DELETE of the session would end the login of the whole run.
        Path(f"{directory}/schemathesis.toml").write_text("[phases.coverage]\nunexpected-methods = []\n")
        session = APIPeer(server).login("admin", USERS["admin"]).session
        results = f"{directory}/results.xml"
        environment = os.environ | {
            "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE), "PYTHONDONTWRITEBYTECODE": "1", "CONFORMANCE_SESSION": session,
            "CONFORMANCE_SERVER": json.dumps([server.host, server.port, server.certificate])}
        limit = (options.seconds or 120) + 240
        process = subprocess.run(
            command(Path(sys.executable).with_name("schemathesis"), server, session, document, results, options), cwd=directory, env=environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=limit)
        tests = list(ElementTree.parse(results).iter("testcase")) if os.path.exists(results) else []
        failed = sum(1 for test in tests if test.find("failure") is not None or test.find("error") is not None)
        passed = sum(1 for test in tests if len(test) == 0)
        is_well = process.returncode == 0 and passed > 0
        if not is_well:
            print(process.stdout)
        else:
            print("\n".join(line for line in process.stdout.splitlines() if re.search(r"Test cases|generated|Operations:|Selected", line)))
    if not is_well and not failed:
        failed = 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
