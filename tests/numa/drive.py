# SPDX-License-Identifier: MIT
"""drive.py: boots a machine of cases.py, runs its cases there, checks them.

    drive.py BUILD MACHINE [--long] [--keep DIR]

BUILD is a build of the variety measure. --keep: what came of it is put there.
First the probe, then every case under the witness; then check.py, and where
counts must be the same in each run, the same command on a model of the machine,
here. Exit code: 0; 1: a check failed, with a sentence for each; 77: no guest.
"""
import argparse
import pathlib
import shlex
import subprocess
import sys
import tempfile
import time

import cases
import check

HERE = pathlib.Path(__file__).resolve().parent
TRACES = HERE.parent.parent / "workloads" / "traces"
EVENTS = 150000  # of a trace: nine threads are at work by then


def session(build, machine, chosen):
    """What the guest's shell does."""
    probe = [build / "tests/numa_probe", machine.nodes, machine.cpus,
             machine.memory_only, machine.rows()]
    yield shlex.join(map(str, probe)) + " >probe 2>&1"
    yield "mount -t cgroup2 none /sys/fs/cgroup"
    yield "echo +cpuset >/sys/fs/cgroup/cgroup.subtree_control"
    for case in chosen:
        command = [build / "tests/numa_witness", f"{case.name}.witness",
                   build / "bin/wane", *case.arguments(case.name)]
        line = shlex.join(map(str, command))
        if case.cpus:
            group = f"/sys/fs/cgroup/{case.name}"
            yield (f"mkdir {group}; echo {case.cpus} >{group}/cpuset.cpus; "
                   f"echo {case.nodes} >{group}/cpuset.mems")
            line = f"(sh -c 'echo $PPID' >{group}/cgroup.procs; exec {line})"
        yield f"{line} >{case.name}.output 2>&1"
    yield "true"


def boot(build, machine, chosen, folder):
    """Into `folder`; the exit code of guest. Before ctest's patience ends,
    which would leave the emulator behind."""
    (folder / "session").write_text("\n".join(session(build, machine,
                                                      chosen)) + "\n")
    add = [build / "tests/numa_probe", build / "tests/numa_witness",
           build / "bin/wane", build / "lib/wane", folder / "session"]
    if any(case.workload.startswith(cases.TRACE) for case in chosen):
        cut = folder / "threads_queue.gct"
        subprocess.run([build / "bin/wane", "trace", "cut",
                        TRACES / cut.name, "-o", cut, "--events", str(EVENTS),
                        "--level", "1"], check=True,
                       stdout=subprocess.DEVNULL)
        add.append(cut)
    command = [HERE / "guest", "--nodes", machine.nodes, "--cpus",
               machine.cpus, "--memory-only", machine.memory_only,
               "--memory", machine.memory, "--distances", machine.rows(),
               "--out", folder, "--timeout", 60 + 20 * len(chosen),
               "--thp", machine.thp]
    command += ["--balancing"] * machine.balancing
    for path in add:
        command += ["--add", path]
    return subprocess.run([*map(str, command), "--", "busybox", "sh",
                           "session"], cwd=folder, check=False).returncode


def probe_problems(folder):
    text = (folder / "probe").read_text()
    last = text.splitlines()[-1:] or ["it said nothing"]
    if not last[0].endswith(" checks, 0 failed"):
        yield last[0]
    for line in text.splitlines():
        if not line.startswith("ok ") and line != last[0]:
            yield line


def model_problems(build, folder, case, run):
    """The same command here, on the guest's topology; nothing is bound."""
    name = f"{case.name}.model"
    xml = folder / case.name / "topology.xml"
    command = [build / "bin/wane", *case.arguments(name), "--numa", "model",
               "--topology", f"xml:{xml}"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True,
                          check=False)
    if done.returncode:
        yield f"the model ended with {done.returncode}: {done.stderr.strip()}"
        return
    model = check.Rows(check.table(folder / name / "numa.csv"))
    yield from check.same_as_model(run, model, case)


def case_problems(build, folder, machine, case):
    output = (folder / f"{case.name}.output").read_text().strip()
    try:
        run = check.Run.load(folder, case.name)
    except FileNotFoundError as error:
        yield f"there is no {error.filename}; it said: {output}"
        return
    yield from check.problems(run, case, machine)
    if check.predicted(case):
        yield from model_problems(build, folder, case, run)


def report(name, problems):
    problems = list(problems)
    print(f"{'FAILED' if problems else 'ok':6}  {name}")
    for sentence in problems:
        print(f"        {sentence}")
    return bool(problems)


def drive(build, name, chosen, folder):
    began = time.monotonic()
    machine = cases.MACHINES[name]
    code = boot(build, machine, chosen, folder)
    if code:
        return code
    seconds = time.monotonic() - began
    failed = report(f"{name}: the probe", probe_problems(folder))
    for case in chosen:
        failed |= report(f"{name}: {case.name}: {case.place}, {case.memory}, "
                         f"steal {case.steal}, {case.collector}, "
                         f"{case.workload}",
                         case_problems(build, folder, machine, case))
    print(f"{len(chosen)} cases; {seconds:.1f} s in the guest")
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("machine", choices=cases.MACHINES)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("--only")
    given = parser.parse_args()
    chosen = (cases.LONG if given.long else cases.SHORT)[given.machine]
    if given.only:
        chosen = [case for case in chosen if given.only in case.name]
    build = given.build.resolve()
    if given.keep:
        given.keep.mkdir(parents=True)
        return drive(build, given.machine, chosen, given.keep.resolve())
    with tempfile.TemporaryDirectory() as folder:
        return drive(build, given.machine, chosen, pathlib.Path(folder))


if __name__ == "__main__":
    sys.exit(main())
