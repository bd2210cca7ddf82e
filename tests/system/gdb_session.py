# SPDX-License-Identifier: MIT
"""One session of GDB with the kernel's own stub, inside gdb-multiarch: `gdb-multiarch -x` runs it (test_gdb.py).

Each line `ok WORDS` is a check that held; the last line is `end of session`.
"""

import os
import signal
import threading

import gdb

ROUNDS = int(os.environ["GDB_ROUNDS"])
SPINNERS = int(os.environ["GDB_SPINNERS"])


def check(holds, words):
    if not holds:
        raise gdb.GdbError(f"not so: {words}")
    print(f"ok {words}", flush=True)


def run(line):
    return gdb.execute(line, to_string=True)


def pc():
    return int(gdb.parse_and_eval("(unsigned long)$pc"))


def refused(line):
    try:
        run(line)
    except gdb.error as why:
        return str(why)
    return None


def listed():
    return sorted(gdb.selected_inferior().threads(), key=lambda each: each.ptid[1] or each.ptid[2])


def spinning():
    """Threads that run in `spin` now, by the registers of their cores."""
    found = []
    for each in listed():
        each.switch()
        if each.name.startswith("spin") and "running" in (each.details or ""):
            found.append(each)
    return found


def stop_by_ctrl_c():
    threading.Timer(1, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    try:
        run("continue")
    except KeyboardInterrupt:
        pass


def look_around():
    names = [each.name for each in listed()]
    check(all(f"spin{n}" in names for n in range(SPINNERS)) and "shell" in names, f"threads have names: {len(names)}")
    check(sum("idle" in name for name in names) == 4, "idle threads are listed")
    check(len(spinning()) >= 3, "busy cores are seen to run")
    traces = 0
    for each in listed():
        each.switch()
        traces += "#0" in run("bt 8")
    check(traces == len(names), "every thread has registers and a backtrace")
    for number in range(4):
        check(int(gdb.parse_and_eval(f"'quartet::kernel::cores'[{number}].id")) == number, f"core {number}'s record is read")
    check(refused("x/gx 0") is not None and refused("x/gx 0xffffff0000000000") is not None, "bad memory is an error")
    check(refused("set var *(int*)16 = 1") is not None, "bad memory cannot be written")
    check("spin0" in run("quartet threads") and "core 3" in run("quartet queues") and "CACHE" in run("quartet slabs"),
          "the kernel's commands answer")


def break_and_step(kind):
    each = spinning()[0]
    each.switch()
    # A place of the loop: where some spinner is now.
    place = pc()
    run(f"{kind} *{place:#x}")
    run("continue")
    stopped = gdb.selected_thread()
    check(pc() == place and stopped.name.startswith("spin"), f"{kind}: a busy core stops there")
    others = {}
    for each in spinning():
        if each.ptid != stopped.ptid:
            each.switch()
            others[each.ptid] = pc()
    stopped.switch()
    run("delete")
    seen = set()
    for _ in range(6):
        run("stepi")
        seen.add(pc())
        check_thread = gdb.selected_thread()
        if check_thread.ptid != stopped.ptid:
            raise gdb.GdbError(f"a step went to {check_thread.name}")
    check(len(seen) > 1, "it steps on")
    for each in spinning():
        if each.ptid in others:
            each.switch()
            if pc() != others[each.ptid]:
                raise gdb.GdbError("a core moved while another one was stepped")
    check(True, f"{len(others)} cores stood meanwhile")


def watch():
    run("rwatch *(unsigned int*)&'quartet::shell::(anonymous namespace)::wanted'")
    text = run("continue")
    check("wanted" in text or "Value" in text, "a watchpoint sees a busy core read")
    run("delete")


def write_code():
    before = run("x/2xw 'quartet::shell::(anonymous namespace)::spin'")
    run("set var *(unsigned int*)'quartet::shell::(anonymous namespace)::spin' = 0xd503201f")
    check("0xd503201f" in run("x/2xw 'quartet::shell::(anonymous namespace)::spin'"), "code is written")
    word = before.split(":", 1)[1].split()[0]
    run(f"set var *(unsigned int*)'quartet::shell::(anonymous namespace)::spin' = {word}")
    check(run("x/2xw 'quartet::shell::(anonymous namespace)::spin'") == before, "and written back")


for line in ("set pagination off", "set confirm off", "set remotetimeout 60", f"source {os.environ['GDB_COMMANDS']}"):
    run(line)
for number in range(ROUNDS):
    run(f"target remote {os.environ['GDB_TARGET']}")
    check(gdb.selected_thread() is not None, f"round {number}: connected")
    look_around()
    write_code()
    break_and_step("break")
    break_and_step("hbreak")
    watch()
    stop_by_ctrl_c()
    check(len(listed()) > 4, "Ctrl-C stops it")
    run("detach")
    check(True, f"round {number}: detached")
print("end of session", flush=True)
