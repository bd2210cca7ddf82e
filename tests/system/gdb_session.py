# SPDX-License-Identifier: MIT
"""Sessions of GDB with the kernel's own stub, inside gdb-multiarch: `gdb-multiarch -x` runs it (test_gdb.py).

Each line `ok WORDS` is a check that held; the last line is `end of session`. The machine has GDB_SPINNERS threads `spinN`, as many
as it has cores. Whoever started us gave a pipe: GDB_WISH takes what is to be typed at the console the next time that the machine goes
on. So nothing here waits for luck.
"""

import os

import gdb

ROUNDS = int(os.environ["GDB_ROUNDS"])
SPINNERS = int(os.environ["GDB_SPINNERS"])
WISH = int(os.environ["GDB_WISH"])
WANTED = "'quartet::shell::(anonymous namespace)::wanted'"
SPIN = "'quartet::shell::(anonymous namespace)::spin'"


def check(holds, words):
    if not holds:
        raise gdb.GdbError(f"not so: {words}")
    print(f"ok {words}", flush=True)


def run(line):
    return gdb.execute(line, to_string=True)


def go(typed=""):
    """The event with which it stops."""
    stops = []
    gdb.events.stop.connect(stops.append)
    os.write(WISH, typed.encode())
    run("continue")
    gdb.events.stop.disconnect(stops.append)
    return stops[-1]


def signal_of(stop):
    return getattr(stop, "stop_signal", None)


def stopped_by(stop, kind):
    return isinstance(stop, gdb.BreakpointEvent) and [each.type for each in stop.breakpoints] == [kind]


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
    """Threads that run in `spin` now, by the registers of their cores: one that is in a handler is not."""
    found = []
    for each in listed():
        if each.name.startswith("spin") and "running" in (each.details or ""):
            each.switch()
            if "::spin(" in run("info symbol $pc"):
                found.append(each)
    return found


def named(name):
    found, = (each for each in listed() if each.name == name)
    found.switch()
    return found


def stop_by_ctrl_c():
    """The byte that GDB sends for it, from the other end of its wire: a signal to GDB while it waits for an acknowledgement can be lost in it."""
    check(signal_of(go("\x03")) == "SIGINT" and len(listed()) > 4, "Ctrl-C stops it")


def look_around():
    names = [each.name for each in listed()]
    check(all(f"spin{n}" in names for n in range(SPINNERS)) and "shell" in names, "threads have names")
    check(sum("idle" in name for name in names) == 4, "idle threads are listed")
    check(len(spinning()) >= 3, "busy cores are seen to run")
    for each in listed():
        each.switch()
        trace = run("bt 12")
        # One that the shell has just begun or ended has not run yet, or runs no more.
        begun = "quartet_first_return" not in trace and "dead" not in each.details
        if each.name.startswith(("spin", "shell", "log")) and begun and "run_thread" not in trace:
            raise gdb.GdbError(f"the backtrace of {each.name} ({each.details}) does not lead to its begin: {trace}")
    check(True, "every thread has a backtrace")
    for number in range(4):
        check(int(gdb.parse_and_eval(f"'quartet::kernel::cores'[{number}].id")) == number, f"core {number}'s record is read")
    check(refused("x/gx 0") and refused("x/gx 0xffffff0000000000"), "bad memory is an error")
    check(refused("set var *(int*)16 = 1"), "bad memory cannot be written")
    named("log")
    check("unavailable" in run("p $x0") and refused("set var $x19 = 1"), "of who does not run x0 is unknown, and nothing can be changed")


def kernel_commands():
    lines = run("quartet threads").splitlines()
    check(all(any(f" spin{n} " in line for line in lines) for n in range(SPINNERS)), "quartet threads")
    check(any(" log " in line and "blocked" in line and "goes on in quartet::kernel::" in line for line in lines), "and where they wait")
    queues = run("quartet queues")
    check(all(f"core {n}: " in queues for n in range(4)) and "   4: " in queues, "quartet queues")
    slabs = run("quartet slabs")
    check(all(name in slabs for name in os.environ["GDB_SLABS"].split()), "quartet slabs")
    check("thread" in run("p *'quartet::kernel::cores'[0].current"), "a thread is printed")
    check(run("p 'quartet::shell::(anonymous namespace)::spinners'[0]").strip().endswith("spin0"), "a handle is printed")
    check(run(f"p {WANTED}").split("=")[1].strip() in ("4", "5"), "an atomic is printed")
    preempted = [each for each in listed() if each.name.startswith("idle") and "ready" in (each.details or "")]
    for each in preempted:
        each.switch()
        frame = gdb.newest_frame()
        while frame is not None and frame.type() != gdb.SIGTRAMP_FRAME:
            frame = frame.older()
        if frame is None:
            continue
        frame.select()
        shown = run("quartet frame $sp")
        check(f"elr {frame.older().pc():#018x}" in shown and " in quartet::" in shown, "the frame of an interrupt is printed")
        return
    check(len(preempted) < 4, "an idle thread that was interrupted shows the interrupt's frame")


def break_on_cores():
    spinning()[0].switch()
    run(f"break *{pc():#x}")
    seen = set()
    for _ in range(1000):  # which of them comes first is the machine's choice
        go()
        seen.add(gdb.selected_thread().name)
        if len(seen) == 3:
            break
    run("delete")
    check(len(seen) == 3, "one breakpoint stops several cores")


def break_and_step(kind):
    spinning()[0].switch()
    # A place of the loop: where some spinner is now.
    place = pc()
    run(f"{kind} *{place:#x}")
    go()
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
        if gdb.selected_thread().ptid != stopped.ptid:
            raise gdb.GdbError(f"a step went to {gdb.selected_thread().name}")
    check(len(seen) > 1, "it steps on")
    # And another core than the one that stopped.
    for each in spinning():
        if each.ptid in others:
            each.switch()
            if pc() != others.pop(each.ptid):
                raise gdb.GdbError("a core moved while another one was stepped")
            for _ in range(3):
                run("stepi")
            if gdb.selected_thread().ptid != each.ptid:
                raise gdb.GdbError(f"a step went to {gdb.selected_thread().name}")
            break
    for each in spinning():
        if each.ptid in others:
            each.switch()
            if pc() != others[each.ptid]:
                raise gdb.GdbError("a core moved while another one was stepped")
    check(True, f"{len(others)} cores stood meanwhile")


def break_in_command():
    run("break 'quartet::shell::(anonymous namespace)::echo'")
    go("echo to the debugger\r")
    shell = gdb.selected_thread()
    check(shell.name == "shell" and "run_thread" in run("bt"), "a command stops where it begins")
    run("delete")
    where = gdb.selected_frame().older().name()
    run("finish")
    check(gdb.selected_thread().ptid == shell.ptid and gdb.selected_frame().name() == where, "finish")
    for _ in range(2):
        run("next")
    check(gdb.selected_thread().ptid == shell.ptid, "next")
    run("step")
    check(gdb.selected_thread().ptid == shell.ptid, "step")


def break_in_handler():
    """Each core's heart beats in a timer's interrupt."""
    run("break 'quartet::kernel::(anonymous namespace)::beat'")
    go()
    at = gdb.selected_thread()
    trace = run("bt")
    check("beat" in trace.splitlines()[0] and "signal handler called" in trace, "a handler stops, and is seen above what it interrupted")
    run("delete")
    run("stepi")
    run("next")
    check(gdb.selected_thread().ptid == at.ptid, "a handler is stepped")
    run("finish")
    check(gdb.selected_thread().ptid == at.ptid, "and finished")
    # All hearts beat at once, so more cores may have come to it: what follows is about their threads.
    stop_by_ctrl_c()


def watch(count):
    run(f"rwatch *(unsigned int*)&{WANTED}")
    check(stopped_by(go(), gdb.BP_READ_WATCHPOINT) and gdb.selected_thread().name.startswith("spin"), "a watchpoint sees a busy core read")
    run("delete")
    run(f"watch *(unsigned int*)&{WANTED}")
    stop = go(f"spin {count}\r")
    now = int(gdb.parse_and_eval(f"*(unsigned int*)&{WANTED}"))
    check(stopped_by(stop, gdb.BP_HARDWARE_WATCHPOINT) and now == count and gdb.selected_thread().name == "shell", "and the shell write, where four others read")
    run("delete")


def write_code():
    before = run(f"x/2xw {SPIN}")
    run(f"set var *(unsigned int*){SPIN} = 0xd503201f")
    check("0xd503201f" in run(f"x/2xw {SPIN}"), "code is written")
    word = before.split("\t")[1].strip()
    run(f"set var *(unsigned int*){SPIN} = {word}")
    check(run(f"x/2xw {SPIN}") == before, "and written back")


def fault_and_kill():
    run(f"target remote {os.environ['GDB_TARGET']}")
    stop = go("crash null-read\r")
    check(signal_of(stop) == "SIGSEGV" and "run_thread" in run("bt"), "a fault stops for the debugger, with its backtrace")
    run("kill")
    check(not gdb.selected_inferior().threads(), "killed")


for line in ("set pagination off", "set confirm off", "set remotetimeout 60", f"source {os.environ['GDB_COMMANDS']}"):
    run(line)
for number in range(ROUNDS):
    run(f"target remote {os.environ['GDB_TARGET']}")
    check(gdb.selected_thread() is not None, f"round {number}: connected")
    look_around()
    if number == 0:
        kernel_commands()
        break_in_handler()
        write_code()
    break_on_cores()
    break_and_step("break")
    break_and_step("hbreak")
    break_in_command()
    watch(SPINNERS + 1 - number % 2)
    stop_by_ctrl_c()
    run("detach")
    check(True, f"round {number}: detached")
if os.environ.get("GDB_KILL"):
    fault_and_kill()
print("end of session", flush=True)
