#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Diagnose every incident of the corpus with the command-line tool and say how
many verdicts an expert would accept.

    score.py BUILD/errclarity [FILE...] [--missed] [--facts] [--only TEXT]

Accepted: the expert's cause or one of the labels that count as right too.
Exact: the expert's cause. Facts: of the facts an expert extracts, those found
with an equal value. An incident passes when its verdict is accepted. A run
over the whole corpus fails (exit code 1) when a figure falls below LEAST or
a verdict cannot be read.
"""
import argparse
import collections
import json
import pathlib
import subprocess
import sys

# Percent of all that the figures must reach.
LEAST = {"accepted": 98, "exact": 92, "facts": 92, "high right": 99}

CORPUS = pathlib.Path(__file__).with_name("incidents.jsonl")


class Tally:
    def __init__(self):
        self.n = self.accepted = self.exact = 0
        self.facts = self.found = self.high = self.high_right = 0

    def add(self, incident, verdict):
        right = verdict["code"] in [incident["cause"], *incident["also"]]
        self.n += 1
        self.accepted += right
        self.exact += verdict["code"] == incident["cause"]
        self.facts += len(incident["facts"])
        self.found += len(incident["facts"]) - len(wrong_facts(incident,
                                                               verdict))
        if verdict["confidence"] == "high":
            self.high += 1
            self.high_right += right

    def too_low(self):
        """The figures below LEAST."""
        parts = {"accepted": (self.accepted, self.n),
                 "exact": (self.exact, self.n),
                 "facts": (self.found, self.facts),
                 "high right": (self.high_right, self.high)}
        return [f"{name}: {percent(*parts[name]).strip()}, must be {least} %"
                for name, least in LEAST.items()
                if 100 * parts[name][0] < least * parts[name][1]]

    def row(self, name):
        return (f"{name:<24} {self.n:4}  {percent(self.accepted, self.n)}"
                f"  {percent(self.exact, self.n)}"
                f"  {percent(self.found, self.facts)}"
                f"  {percent(self.high_right, self.high)}"
                f" of {self.high}")


def percent(part, whole):
    return f"{100 * part / whole:5.1f} %" if whole else "    - %"


def wrong_facts(incident, verdict):
    """Name -> (expected, found) of the expert's facts that were not found."""
    found = verdict["facts"]
    return {name: (value, found.get(name))
            for name, value in incident["facts"].items()
            if str(found.get(name)) != str(value)}


def explain(tool, incident):
    """The verdict on one incident, or None when the tool gave none."""
    text = "\n".join(incident["log"]) + "\n"
    done = subprocess.run(
        [tool, "explain", "--single", "--format", "json"], check=False,
        input=text.encode(), stdout=subprocess.PIPE, timeout=60)
    lines = done.stdout.decode().splitlines()
    if done.returncode not in (0, 1) or len(lines) != 1:
        return None
    return json.loads(lines[0])


def show_miss(incident, verdict):
    print(f"{incident['id']} {incident['component']}: expected "
          f"{incident['cause']}"
          f"{' or ' + ', '.join(incident['also']) if incident['also'] else ''}"
          f", got {verdict['code']} ({verdict['confidence']})")
    for line in incident["log"][:6]:
        print(f"    {line[:200]}")


def arguments():
    parser = argparse.ArgumentParser(description="Score the diagnosis.")
    parser.add_argument("tool")
    parser.add_argument("corpus", type=pathlib.Path, nargs="*",
                        help="default: incidents.jsonl")
    parser.add_argument("--missed", action="store_true",
                        help="list the verdicts an expert would not accept")
    parser.add_argument("--facts", action="store_true",
                        help="list the facts that were not found")
    parser.add_argument("--only", default="",
                        help="incidents whose id, cause or component has this")
    return parser.parse_args()


def main():
    args = arguments()
    tallies = collections.defaultdict(Tally)
    total, unusable = Tally(), 0
    for line in [line for file in args.corpus or [CORPUS] for line in
                 file.read_text(encoding="utf-8").splitlines()]:
        incident = json.loads(line)
        if args.only not in " ".join((incident["id"], incident["cause"],
                                      incident["component"])):
            continue
        verdict = explain(args.tool, incident)
        if verdict is None:
            unusable += 1
            print(f"{incident['id']}: no verdict")
            continue
        total.add(incident, verdict)
        tallies["kind " + incident["kind"]].add(incident, verdict)
        tallies[incident["cause"].split(".")[0]].add(incident, verdict)
        if args.missed and verdict["code"] not in [incident["cause"],
                                                   *incident["also"]]:
            show_miss(incident, verdict)
        if args.facts:
            for name, (want, got) in wrong_facts(incident, verdict).items():
                print(f"{incident['id']} {verdict['code']} {name}: "
                      f"expected {want!r}, got {got!r}")
    print(f"{'':<24}    n  accepted   exact    facts  high right")
    for name in sorted(tallies):
        print(tallies[name].row(name))
    print(total.row("all"))
    print(f"no verdict: {unusable}")
    # A part of the corpus says nothing about the whole, nor do other files.
    low = [] if args.only or args.corpus else total.too_low()
    for complaint in low:
        print(complaint)
    print(f"{total.accepted} passed, "
          f"{total.n - total.accepted + unusable} failed")
    return int(bool(unusable or low or not total.n))


if __name__ == "__main__":
    sys.exit(main())
