"""Runs the cases over every encoding, each in a process of its own, and holds the answers of the encodings against each other.

    python3 Tests/Conformance

The last line is the sum: "N passed, N failed". What the server does not have yet is counted apart, and must be what coming.py lists.
"""

import json
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import coming
import operations

HERE = Path(__file__).resolve().parent
SDK = HERE.parent.parent / ".build" / "sdk"
# Name, interpreter, and encoding.
PEERS = {
    "vmware-vcenter 8.0.3.0": (SDK / "vmware-8.0.3.0/bin/python", "sdk"),
    "vmware-vcenter 9.1.1.0": (SDK / "vmware-9.1.1.0/bin/python", "sdk"),
    "/rest": (sys.executable, "rest"),
    "/api": (sys.executable, "api"),
}
LIMIT = 240


class Count:
    def __init__(self):
        self.passed = self.failed = 0

    def add(self, what, problem):
        """One more check; `problem` is what is wrong, if anything is."""
        if not problem:
            self.passed += 1
            return
        self.failed += 1
        print(f"FAILED {what}\n    " + str(problem).strip().replace("\n", "\n    "))


def run(interpreter, encoding):
    """The report of one encoding; without one, what is wrong."""
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        command = [interpreter, HERE / "suite.py", encoding, report.name]
        try:
            process = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LIMIT)
        except subprocess.TimeoutExpired:
            return None, f"not done after {LIMIT} s"
        return (json.loads(Path(report.name).read_text()), None) if process.returncode == 0 else (None, process.stdout or process.returncode)


def check_operations(peer, report, count):
    """Every operation was called, and refused as its documentation has it."""
    missing, refused = set(report["missing"]), {tuple(pair) for pair in report["refused"]}
    for name, operation in operations.ALL.items():
        if name in missing or operation.is_rest_only and peer != "/rest":
            continue
        unmet = [
            refusal for refusal in operation.refusals
            if (name, refusal) not in refused and coming.CONDITIONS.get(refusal.partition(": ")[2]) not in missing]
        problem = "; ".join(["never called"] * (name not in report["called"]) + [f"never refused with {refusal}" for refusal in unmet])
        count.add(f"{peer}: {name} with its documented errors", problem)


def check_missing(peer, report, count):
    listed = {name for name in coming.NOT_IMPLEMENTED if peer == "/rest" or not getattr(operations.ALL.get(name), "is_rest_only", False)}
    found = set(report["missing"])
    problem = [f"{name} is there: take it off the list in coming.py" for name in sorted(listed - found)]
    problem += [f"{name} is not there, and not on the list in coming.py" for name in sorted(found - listed)]
    count.add(f"{peer}: what is not implemented is what is listed", "\n".join(problem))


def check_agreement(reports, count):
    """The same case gives the same answers in every encoding that has it."""
    for name in sorted(set().union(*(report["cases"] for report in reports.values()))):
        traces = {peer: report["cases"][name]["trace"] for peer, report in reports.items() if name in report["cases"]}
        outcomes = {report["cases"][name]["outcome"] for report in reports.values() if name in report["cases"]}
        if len(traces) < 2 or outcomes != {"passed"}:
            continue
        first, *others = traces
        problem = ""
        for other in others:
            pairs = enumerate(zip(traces[first], traces[other], strict=False))
            problem = problem or next((f"answer {n}:\n{first}: {one}\n{other}: {two}" for n, (one, two) in pairs if one != two), "")
            if not problem and len(traces[first]) != len(traces[other]):
                problem = f"{first} has {len(traces[first])} answers, {other} has {len(traces[other])}"
        count.add(f"all encodings: {name}", problem)


def main():
    count, reports = Count(), {}
    with ThreadPoolExecutor(2) as threads:
        results = dict(zip(PEERS, threads.map(lambda peer: run(*peer), PEERS.values()), strict=True))
    for peer, (report, problem) in results.items():
        if report is None:
            count.add(f"{peer}: the suite", problem)
            continue
        reports[peer] = report
        outcomes = Counter(result["outcome"] for result in report["cases"].values())
        for name, result in report["cases"].items():
            if result["outcome"] != "not implemented":
                count.add(f"{peer}: {name}", result["detail"])
        check_missing(peer, report, count)
        check_operations(peer, report, count)
        for arguments, end in report["exits"].items():
            count.add(f"{peer}: the server's end {arguments}".rstrip(), "" if end == 0 else f"its exit code is {end}")
        print(f"{peer:<24}{len(report['cases'])} cases: {outcomes['passed']} passed, {outcomes['failed']} failed, "
              f"{outcomes['not implemented']} NOT IMPLEMENTED ({len(report['missing'])} operations and features)", flush=True)
    check_agreement(reports, count)
    print(f"{count.passed} passed, {count.failed} failed")
    return 1 if count.failed or not count.passed else 0


if __name__ == "__main__":
    sys.exit(main())
