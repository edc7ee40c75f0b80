#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the module costs: instructions, system calls, writes, memory.

Each figure is a difference or a ratio between servers of one run that differ
in the module alone. Instructions are callgrind's, counted between two requests
of a warm server: they repeat to within some tens, whatever else the machine
does. Nothing here is a time but what `errclarity explain` takes, as a multiple
of what grep takes for the same file at the same moment.

    bench.py [--quick] [--log-mib N] [PART ...]

exit 0: no target exceeded but by a known miss, 1: one is, 2: cannot run
"""
import argparse
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

import errorlog
import httpd

JSON = "application/json"
STATIC = "/1k.html"
EMPTY = "/fail?status=204"
CANNED = "/fail?die=500&log=error:boom"
# A 502 lets the connection live, a 500 does not.
KEPT_ALIVE = "/fail?die=502&log=error:boom"
# One of the longer messages of daily life, with a trace behind it.
TRACE = ("/fail?die=500&log=error:PHP+Fatal+error:++Uncaught+PDOException:+"
         "SQLSTATE%5BHY000%5D+%5B2002%5D+Connection+refused+in+"
         "/srv/www/shop/lib/db.php:12%0AStack+trace:%0A%230+"
         "/srv/www/shop/lib/db.php(12):+PDO-%3E__construct()%0A%231+"
         "/srv/www/shop/index.php(3):+connect()%0A%232+%7Bmain%7D%0A++thrown+"
         "in+/srv/www/shop/lib/db.php+on+line+12")
BODY_BYTES = 10 * 1024 * 1024

# Times grep at LogLevel info; more when others use the second core.
EXPLAIN = 4
EXPLAIN_KNOWN = 6

# Full records throughout, where the module limits them.
UNLIMITED = """\
<IfDirective ErrClarityThrottle>
    ErrClarityThrottle full=1000000 interval=60
</IfDirective>
"""

ERROR_PAGES = pathlib.Path("/usr/share/apache2/error")
LOCALIZED = f"""\
LoadModule alias_module {{dir}}/mod_alias.so
LoadModule include_module {{dir}}/mod_include.so
LoadModule negotiation_module {{dir}}/mod_negotiation.so
Alias /error/ {ERROR_PAGES}/
ErrorDocument 500 /error/HTTP_INTERNAL_SERVER_ERROR.html.var
<Directory {ERROR_PAGES}>
    Options IncludesNoExec
    AddOutputFilter Includes html
    AddHandler type-map var
    LanguagePriority en de
    ForceLanguagePriority Prefer Fallback
</Directory>
"""

PROCESSES = """\
StartServers 2
ServerLimit 2
ThreadsPerChild 8
MinSpareThreads 1
MaxSpareThreads 16
MaxRequestWorkers 16
MaxConnectionsPerChild 0
"""


class Table:
    """Rows: printed as they come, remembered for the verdict."""

    WIDTHS = "{:<52} {:>12} {:>10} {:>8}  {}"

    def __init__(self):
        self.over = self.known = 0
        print(self.WIDTHS.format("what", "measured", "target", "goal", ""))

    def row(self, what, measured, target=None, goal=None, form="{:.0f}",
            unit="", known=None):
        """A target is a maximum; without one the row only informs. A miss that
        docs/testing.md admits is told, but counts only beyond known."""
        def cell(value):
            return "" if value is None else form.format(value) + unit

        verdict = ""
        if target is not None:
            verdict = ("ok" if measured <= target else
                       "OVER" if known is None or measured > known else
                       f"OVER, known up to {cell(known)}")
            self.over += verdict == "OVER"
            self.known += verdict.startswith("OVER,")
        print(self.WIDTHS.format(what, cell(measured), cell(target),
                                 cell(goal), verdict), flush=True)


def expect(server, path, status, content="", accept=JSON):
    """The server must answer what the row is about."""
    got, head, _body = server.get(path, accept)
    if got != status or content not in head:
        raise RuntimeError(f"{path}: expected {status} {content}, got:\n{head}")


def count_instructions(directory, mode, count):
    """Instructions a request by kind, of one server in that mode."""
    with httpd.Callgrind(directory, mode, extra=UNLIMITED) as server:
        problem = "application/problem+json" if mode == "On" else ""
        expect(server, STATIC, 200, "Content-Length: 1024")
        expect(server, EMPTY, 204)
        expect(server, CANNED, 500, problem)
        paths = {"static": STATIC, "empty": EMPTY, "canned": CANNED,
                 "trace": TRACE}
        paths.update({n: f"/fail?logflood={n}" for n in (1, 17)})
        return {name: server.instructions(path, count, JSON)
                for name, path in paths.items()}


def median_instructions(base, mode, count, starts):
    """Each start seeds httpd's hash tables anew, which moves every figure by
    some tens of instructions: take the median of several."""
    found = [count_instructions(base / f"callgrind-{mode}-{n}", mode, count)
             for n in range(starts)]
    return {kind: statistics.median(one[kind] for one in found)
            for kind in found[0]}


def localized_pages(base, count):
    extra = LOCALIZED.format(dir=httpd.modules_dir())
    with httpd.Callgrind(base / "callgrind-pages", extra=extra) as server:
        expect(server, CANNED, 500, "Content-Language: en", "*/*")
        return server.instructions(CANNED, count)


def crash_report(table, base, plain, more, count):
    """ErrClarityCrashReport copies each request: a server of its own."""
    extra = "ErrClarityCrashReport On\nDefaultRuntimeDir {dir}\n".format(
        dir=base)
    with httpd.Callgrind(base / "callgrind-crash", "On", extra=extra) as server:
        table.row("  with ErrClarityCrashReport On: more than that",
                  server.instructions(STATIC, count, JSON) - plain - more)


def instructions(table, base, quick):
    count, starts = (50, 1) if quick else (200, 3)
    plain, off, on = (median_instructions(base, mode, count, starts)
                      for mode in (None, "Off", "On"))

    def more(kind, one):
        return one[kind] - plain[kind]

    def message(one):
        return (one[17] - one[1]) / 16

    table.row("httpd's own 1 KiB static request, instructions",
              plain["static"])
    table.row("  the module On: more", more("static", on), 600, 300)
    crash_report(table, base, plain["static"], more("static", on), count)
    table.row("  the module Off: more", more("static", off), 150)
    table.row("httpd's own 204, instructions", plain["empty"])
    table.row("  the module On: more", more("empty", on), 600, 300)
    table.row("  the module Off: more", more("empty", off), 150)
    table.row("httpd's own error_log message, instructions", message(plain))
    table.row("  captured: more", message(on) - message(plain), 500)
    table.row("  the module Off: more", message(off) - message(plain))
    table.row("httpd's own canned 500, instructions", plain["canned"])
    table.row("  problem+json and its record: times that",
              on["canned"] / plain["canned"], 2.0, 1.4, "{:.2f}", "x")
    table.row("  the same for a PHP trace of 6 lines: times",
              on["trace"] / plain["trace"], None, None, "{:.2f}", "x")
    if httpd_pages_exist():
        table.row("  httpd's own multi-language page: times",
                  localized_pages(base, count) / plain["canned"], None, None,
                  "{:.2f}", "x")


def httpd_pages_exist():
    return (ERROR_PAGES / "HTTP_INTERNAL_SERVER_ERROR.html.var").exists()


def classification(table, base, _quick):
    """A diagnosis alone, without a server. Any count gives the same mean."""
    def count(times):
        out = base / f"classify.{times}"
        subprocess.run(
            [httpd.program("valgrind"), "-q", "--tool=callgrind",
             "--toggle-collect=ecl_classify", f"--callgrind-out-file={out}",
             httpd.BUILD / "classify_bench", str(times)],
            capture_output=True, check=True, timeout=120)
        return int(re.search(r"^summary: (\d+)", out.read_text(), re.M)[1])

    table.row("classification of a 40-line incident, instructions",
              (count(11) - count(1)) / 10, None, 300000)


def run_timed(argv):
    """(seconds by the clock, seconds of processor time, peak KiB). Not into
    /dev/null: there grep stops at the first match."""
    with tempfile.TemporaryFile() as out:
        start = time.monotonic()
        # pylint: disable=consider-using-with
        process = subprocess.Popen(argv, stdout=out)
        _pid, status, usage = os.wait4(process.pid, 0)
        took = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise RuntimeError(f"{argv[0]} ended with {process.returncode}")
    return took, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def explain(table, base, quick, mebibytes):
    """An error_log of each level. grep is one thread, explain two."""
    for level, target in (("info", EXPLAIN), ("warn", None)):
        log = base / "error.log"
        with open(log, "wb") as to:
            errorlog.write(to, mebibytes << 20, level=level)
        runs = [(run_timed(["grep", "-cE", "AH[0-9]{5}", log]),
                 run_timed([httpd.BUILD / "errclarity", "explain", log]))
                for _ in range(1 if quick else 3)]
        log.unlink()
        greps, ours = ([statistics.median(values) for values in zip(*figures)]
                       for figures in zip(*runs))
        table.row(f"grep of {mebibytes} MiB at LogLevel {level}, milliseconds",
                  1000 * greps[0])
        table.row("  errclarity explain: times that", ours[0] / greps[0],
                  target, None, "{:.1f}", "x", EXPLAIN_KNOWN)
        table.row("  its processor time: times grep's", ours[1] / greps[1],
                  None, None, "{:.1f}", "x")
        table.row("  its peak memory", ours[2], 65536, unit=" KiB")


def system_calls(table, base, quick):
    count = 20 if quick else 50
    found = {}
    for mode in (None, "On"):
        with httpd.Strace(base / f"strace-{mode}", mode,
                          extra=UNLIMITED) as server:
            found[mode] = [len(server.calls(path, count)) / count
                           for path in (STATIC, EMPTY)]
            if mode:
                trace = server.calls(CANNED, count, JSON)
    for what, plain, on in zip(("1 KiB static request", "204"), found[None],
                               found["On"]):
        table.row(f"httpd's own {what}, system calls", plain, form="{:.2f}")
        table.row("  the module On: more", on - plain, 0, form="{:.2f}")
    writes = [line for line in trace
              if re.search(r"\bp?writev?2?\(\d+<[^>]*/incidents\.json>", line)]
    table.row("write(2) for one record", len(writes) / count, 1, form="{:.2f}")


def run_ab(server, path, requests):
    """Keep-alive requests; returns how many were answered. ab counts a
    kept-alive connection that is closed as a request, so it is fewer."""
    out = subprocess.run(
        [httpd.program("ab"), "-q", "-k", "-l", "-c", "8", "-n", str(requests),
         "-H", f"Accept: {JSON}", f"http://127.0.0.1:{server.port}{path}"],
        capture_output=True, text=True, timeout=180, check=True).stdout
    answered = int(re.search(r"^Non-2xx responses:\s+(\d+)", out, re.M)[1])
    if answered < 0.99 * requests:
        raise RuntimeError(f"of {requests} requests {answered} were answered")
    return answered


def count_failures(path):
    """Failing requests by the access log: ab leaves some unread at its end."""
    with open(path, "rb") as log:
        return sum(b'" 502 ' in line for line in log)


def count_records(path):
    """(lines, different incident ids) of the diagnostics log."""
    lines, ids = 0, set()
    with open(path, "rb") as log:
        for line in log:
            lines += 1
            found = re.search(rb'"id":"([0-9A-Z]{5}-[0-9A-Z]{8})"', line)
            if found:
                ids.add(found[1])
    return lines, len(ids)


def flood(table, base, quick):
    warm, requests = (5000, 20000) if quick else (20000, 200000)
    with httpd.Httpd(base / "flood", "On", mpm="event", extra=PROCESSES,
                     single=False) as server:
        answered = run_ab(server, KEPT_ALIVE, warm)
        before = {pid: httpd.memory(pid, "VmRSS") for pid in server.pids()}
        answered += run_ab(server, KEPT_ALIVE, requests)
        server.settled("access.log")
        after = {pid: httpd.memory(pid, "VmRSS") for pid in server.pids()}
    if before.keys() != after.keys():
        raise RuntimeError("processes came or went: " + server.text("error.log")
                           [-2000:])
    failed = count_failures(server.root / "access.log")
    if failed < answered:
        raise RuntimeError(f"{answered} answers, but {failed} in access.log")
    lines, ids = count_records(server.root / "incidents.json")
    table.row(f"{requests} failing requests: largest growth of a process",
              max(after[pid] - before[pid] for pid in after), 512,
              unit=" KiB")
    table.row("  records missing in the log", abs(failed - lines), 0)
    table.row("  records without an id of their own", failed - ids, 0)


def peak(server, path):
    """KiB that the process grows at most while it answers."""
    pid = server.process.pid
    for _ in range(20):
        server.get(KEPT_ALIVE, JSON)
    httpd.reset_peak(pid)
    before = httpd.memory(pid, "VmRSS")
    _status, _head, body = server.get(path, JSON)
    return httpd.memory(pid, "VmHWM") - before, len(body)


def large_body(table, base, _quick):
    path = f"/fail?status=500&log=error:boom&big={BODY_BYTES}"
    for what, classes, is_kept in (("streams", "none", True),
                                   ("is dropped", "all", False)):
        with httpd.Httpd(base / f"body-{classes}", "On",
                         extra=f"ErrClarityReplace {classes}") as server:
            grown, length = peak(server, path)
        if (length >= BODY_BYTES) != is_kept:
            raise RuntimeError(f"the body was not what this row is about: "
                               f"{length} bytes")
        table.row(f"a failing body of 10 MiB {what}: peak memory", grown,
                  4096, unit=" KiB")


CGI = """\
LoadModule alias_module {dir}/mod_alias.so
LoadModule cgi_module {dir}/mod_cgi.so
ScriptAlias /cgi/ {scripts}/
ErrClarityProbe {probe}
"""


def count_probes(base, probe, count):
    """(instructions, system calls) of a failing CGI request, in the server
    alone: its child is another process."""
    scripts = base / f"cgi-{probe}"
    scripts.mkdir()
    scripts.chmod(0o755)
    script = scripts / "silent.cgi"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    conf = CGI.format(dir=httpd.modules_dir(), scripts=scripts, probe=probe)
    path = "/cgi/silent.cgi"
    with httpd.Callgrind(base / f"callgrind-probe-{probe}", "On",
                         extra=UNLIMITED + conf) as server:
        expect(server, path, 500, "problem")
        cost = server.instructions(path, count, JSON)
    with httpd.Strace(base / f"strace-probe-{probe}", "On",
                      extra=UNLIMITED + conf) as server:
        pid = f"{server.pids()[0]} "
        calls = server.calls(path, count, JSON)
    return cost, sum(one.startswith(pid) for one in calls) / count


def probes(table, base, quick):
    count = 20 if quick else 100
    (off, off_calls), (on, on_calls) = (count_probes(base, probe, count)
                                        for probe in ("Off", "On"))
    table.row("a CGI script without output, instructions", off)
    table.row("  its probes and recent changes: more", on - off)
    table.row("  system calls: more", on_calls - off_calls, 256,
              form="{:.1f}")


PARTS = {"instructions": instructions, "classification": classification,
         "explain": explain, "calls": system_calls, "probes": probes,
         "flood": flood, "body": large_body}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true",
                        help="fewer requests: about a minute")
    parser.add_argument("--log-mib", type=int, default=150, metavar="N",
                        help="size of the log that explain reads (%(default)s)")
    parser.add_argument("parts", nargs="*", metavar="PART",
                        help=f"{', '.join(PARTS)}; all by default")
    args = parser.parse_args()
    unknown = set(args.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    for name in ("mod_errclarity.so", "mod_ecltest.so", "errclarity",
                 "classify_bench"):
        if not (httpd.BUILD / name).exists():
            print(f"{httpd.BUILD / name} is not there: make it first",
                  file=sys.stderr)
            return 2
    with tempfile.TemporaryDirectory(prefix="ecl-bench-") as scratch:
        base = pathlib.Path(scratch)
        base.chmod(0o755)
        table = Table()
        try:
            for name in args.parts or PARTS:
                more = [args.log_mib] if name == "explain" else []
                PARTS[name](table, base, args.quick, *more)
        except httpd.MissingTool as missing:
            print(missing, file=sys.stderr)
            return 2
    print(f"targets exceeded: {table.over}"
          + (f"; known misses: {table.known}" if table.known else ""))
    return 1 if table.over else 0


if __name__ == "__main__":
    sys.exit(main())
