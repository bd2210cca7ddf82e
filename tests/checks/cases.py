# SPDX-License-Identifier: MIT
"""Planted violations. `finds` is what the check must say; a case without it is lawful and must pass."""

import json

HEAD = "// SPDX-License-Identifier: MIT\n"

START = """
    .text
    .global _start
_start:
    mov x0, xzr
    %s
    br x0
"""


def source(check, name, files, finds=None, options=()):
    return {"check": check, "name": name, "files": {p: t if t.startswith("#!") else HEAD + t for p, t in files.items()},
            "finds": finds, "options": list(options)}


def early(name, code, finds=None):
    return {"check": "check_early", "name": name, "asm": START % code, "finds": finds}


def image(name, rule, asm, finds=None, **more):
    return {"check": f"check_{rule}", "name": name, "asm": START % "" + asm, "finds": finds, **more}


def boot(name, resident="", finds=None, inside="ret\n"):
    """Code between __boot_begin and __boot_end, called by the list, and what stays beside it."""
    given = "" if inside is None else f"""
.balign 4096
.global __boot_begin, __boot_end
__boot_begin: .word 0
.type once, %function
once: nop
.type twice, %function
twice: {inside}
.balign 4096
__boot_end:
.type after, %function
after: ret
"""
    call = "" if inside is None else "bl once\n"
    return image(name, "boot", f".type quartet_boot, %function\nquartet_boot: {call}ret\n.type other, %function\n{resident}.text\n{given}",
                 finds)


KERNEL = """
namespace quartet::kernel { class IrqContext; class ThreadContext; }
namespace quartet::mm { [[gnu::noinline]] void* allocate(int n) { static char room[64]; asm volatile(""); return room + n; } }
namespace quartet { [[noreturn, gnu::noinline]] void check_failed(const char*) { for (;;) asm volatile(""); } }
using quartet::kernel::IrqContext;
using quartet::kernel::ThreadContext;
int counter;
void* kept;
[[gnu::noinline]] void wait(ThreadContext& self) { asm volatile("" : : "r"(&self)); }
[[gnu::noinline]] void step(int n) { counter += n; asm volatile(""); }
extern "C" void _start() { for (;;) asm volatile(""); }
"""

HOOK = "extern void (*hook)(void*); void (*hook)(void*);"
TWO_TAKEN = ("void first(void*) { step(1); } void second(void*) { step(2); } void choose(int n) { hook = n != 0 ? first : second; }"
             "void handler(IrqContext&) noexcept { hook(kept); step(1); }")
HARMLESS = (HOOK + "extern void (*other)(void*); void (*other)(void*); extern void (*wide)(int); void (*wide)(int); void first(void*) { step(1); }"
            "void third(int n) { step(n); } void choose() { hook = first; other = first; wide = third; }")
SWITCH = "[[gnu::noinline]] void choose(int n) { switch (n) {" + "".join(f'case {n}: asm volatile("nop // {n}"); step({n * n}); step(3); break;' for n in range(9)) + "} }"
PAIR = ("[[gnu::noinline]] int even(int n); [[gnu::noinline]] int odd(int n) { int x = n > 0 ? even(n - 1) : 0; step(n); return x + 1; }"
        "[[gnu::noinline]] int even(int n) { int x = n > 0 ? odd(n - 1) : 0; step(n); return x + 1; }")
SHARED = ("struct Block { long words[4]; }; extern Block from, to; template <typename T> [[gnu::noinline]] void copy(T& a, const T& b)"
          " { a = b; }\n")
ASSEMBLY = ('extern "C" void assembly_part(); asm(".text\\n.global assembly_part\\n.type assembly_part, %function\\nassembly_part:'
            ' stp x29, x30, [sp, #-32]!\\n ldp x29, x30, [sp], #32\\n ret\\n .size assembly_part, .-assembly_part");'
            "void handler(IrqContext&) noexcept { assembly_part(); step(1); }")
DEVICES = ("struct Device { virtual void send(int n) = 0; }; struct First : Device { void send(int n) override { step(n); } };"
           "struct Second : Device { void send(int n) override { step(n + 1); } }; First a; Second b; extern Device* device; Device* device;"
           "void choose(int n) { device = n != 0 ? static_cast<Device*>(&a) : &b; }")
REGISTERED = (HOOK + "[[gnu::noinline]] void attach(int, void (*f)(void*)) { hook = f; step(1); } void first(void*) { step(1); } void second(void*) { step(2); }"
              "void set_up() { attach(0, first); attach(0, second); } void handler(IrqContext&) noexcept { hook(kept); step(1); }")
REGISTERED_LINES = "indirect handler(*) -> first(*)\nregistered handler(*) by attach(*) 1\n"
THREAD = ("void handler(IrqContext&) noexcept { step(1); } void worker(ThreadContext&, void*) { char room[8000]; kept = room; step(room[1]); }"
          "void (*entry)(ThreadContext&, void*) = worker;")
ATTACH = ("extern void (*slot)(IrqContext&) noexcept; void (*slot)(IrqContext&) noexcept; [[gnu::noinline]] void attach(void (*f)(IrqContext&) noexcept) { slot = f; step(1); }"
          "struct Traits { using Context = IrqContext; };")
HIDDEN = {
    "a handler without a C++ name": 'extern "C" void evil(IrqContext&) noexcept { %s; } void set_up() { attach(evil); }',
    "a handler without a C++ name, of a type by another name": 'extern "C" void evil(Traits::Context&) noexcept { %s; } void set_up() { attach(evil); }',
    "a generic lambda as handler": "void set_up() { attach([](auto&) noexcept { %s; }); }",
    "a handler with a label for a name": 'void evil(IrqContext&) noexcept asm("innocent"); void evil(IrqContext&) noexcept { %s; } void set_up() { attach(evil); }',
    "a handler with the label of another type": 'void evil(IrqContext&) noexcept asm("_Z4goodi"); void evil(IrqContext&) noexcept { %s; } void set_up() { attach(evil); }',
    "a handler whose type a template's argument names": "template <typename T> void evil(typename T::Context&) noexcept { %s; } void set_up() { attach(evil<Traits>); }",
    "a handler in data alone, without a C++ name": 'extern "C" void evil(IrqContext&) noexcept { %s; } extern void (*const table[])(IrqContext&) noexcept; '
                                                   "void (*const table[])(IrqContext&) noexcept = {evil};",
}
HIDDEN["a handler in a pool of addresses, without a C++ name"] = (
    'extern "C" void evil(IrqContext&) noexcept { %s; } void set_up() { void (*f)(IrqContext&) noexcept; asm("ldr %%0, =evil" : "=r"(f)); slot = f; }')
PLAIN = 'extern "C" void plain(void*) { kept = quartet::mm::allocate(3); } void set_up() { hook = plain; } void handler(IrqContext&) noexcept { step(1); }'
OWNER = ("namespace quartet::mm { template <typename T, typename Home> struct OwnedFrom { Home home;"
         " [[gnu::noinline]] void reset() { home.destroy(counter); step(1); } }; }")


TREE = {"dts/quartet.dts": """/dts-v1/;
/ { #address-cells = <2>; #size-cells = <1>;
    soc { #address-cells = <1>; #size-cells = <1>; ranges = <0x7e000000 0 0xfe000000 0x1800000>;
        serial@7e201000 { reg = <0x7e201000 0x200>; };
        bus { #address-cells = <1>; #size-cells = <0>; i2c@50 { reg = <0x50>; }; };
    };
};
"""}


def orders(name, weaker, as_written, finds=None):
    """The judge of the models, given a program that says what it is told to: with an order weaker, and of a run without."""
    program = f"""#!/bin/sh
case "$*" in
--list) echo "all 1" ;;
*--weaker*) {weaker} ;;
*--first*) {as_written} ;;
*) echo "model MOD01 all holds 1 it says so"; tests/models/orders.py --sites | sed "s/^/reached /" ;;
esac
"""
    return {"check": "orders.py", "tool": "tests/models/orders.py", "name": name, "program": program, "finds": finds}


REFUTED = "echo 'model MOD01 all refuted 7 it: planted'; exit 1"
HOLDS = "echo 'model MOD01 all holds 7 it'"


def header(name, text, finds=None):
    """A public header, in a tree whose presets are configured for one source."""
    database = '[{"file": "/x/src/a.cpp", "command": "g++ -c /x/src/a.cpp", "directory": "/"}]'
    return {"check": "check_headers", "name": name, "finds": finds, "options": [],
            "files": {"include/x.h": HEAD + text, **{f"build/{preset}/compile_commands.json": database for preset in ("release", "host")}}}


def callgraph(name, code, finds=None, table="", options=("--stack-bytes", "4096"), **more):
    """`before` is a source that is linked first, with `before_flags`; `offered` a table whose lines need not fit; `also` are more words that the failure has to say."""
    return {"check": "check_callgraph", "name": name, "cpp": KERNEL + code, "finds": finds, "table": table, "options": list(options), **more}


def compiled(*words):
    """The compile commands of a preset that has one source, src/a.cpp."""
    return json.dumps([{"file": "@ROOT@/src/a.cpp", "command": " ".join([*words, "-c", "@ROOT@/src/a.cpp"]), "directory": "@ROOT@"}])


TAKEN_BACK = ("-Wno-thread-safety", "-Wno-thread-safety-analysis", "-Wno-error=thread-safety", "-Wno-error", "-Wno-everything", "-w")


def clang(check, name, text, finds=None, *flags, **files):
    """A tree whose one source the preset clang compiles, with `flags` behind its own."""
    words = compiled("clang++-19", "--target=aarch64-linux-gnu", "-std=gnu++2b", "-Wthread-safety", "-Werror=thread-safety", *flags)
    return {"check": check, "name": name, "finds": finds, "options": ["--all"] if check == "check_tidy" else [],
            "files": {"src/a.cpp": HEAD + text, "build/clang/compile_commands.json": words, **files.get("files", {})}}


LOCKED = ("struct [[clang::capability(\"lock\")]] Lock { void take() __attribute__((acquire_capability())); void give() __attribute__((release_capability())); };\n"
          "Lock lock; int guarded __attribute__((guarded_by(lock)));\nvoid f() { %s }\n")
TIDY = {".clang-tidy": "Checks: -*,modernize-use-nullptr\nWarningsAsErrors: '*'\n"}
KERNEL_FLAGS = ("-ffreestanding", "-mgeneral-regs-only", "-mno-outline-atomics", "-fno-omit-frame-pointer", "-fno-exceptions", "-fno-rtti",
                "-fno-threadsafe-statics", "-fno-stack-protector", "-fstack-clash-protection", "-Werror")


def flags(name, words, finds=None, preset="release"):
    """A preset that compiles one source so."""
    return {"check": "check_flags", "name": name, "finds": finds, "files": {f"build/{preset}/compile_commands.json": compiled("g++", *words)}}


CASES = [
    # --- call graph
    callgraph("a handler that counts", "void handler(IrqContext&) noexcept { step(1); }"),
    callgraph("no handler at all", "void f() { step(1); }", "no handler found"),
    callgraph("a handler that allocates", "void handler(IrqContext&) noexcept { kept = quartet::mm::allocate(3); }",
              "mm::allocate(int) allocates"),
    callgraph("an allocation three calls deep", "[[gnu::noinline]] void a() { kept = quartet::mm::allocate(3); step(1); }"
              "[[gnu::noinline]] void b() { a(); step(2); } void handler(IrqContext&) noexcept { b(); step(3); }", "allocates"),
    callgraph("an allocation by a tail call", "void handler(IrqContext&) noexcept { quartet::mm::allocate(3); }", "allocates"),
    callgraph("a lambda as handler", "void (*table)(IrqContext&) noexcept = [](IrqContext&) noexcept { kept = quartet::mm::allocate(3); };",
              "allocates"),
    *(callgraph(f"a handler that allocates by {name}", f'extern "C" [[gnu::noinline]] void* {name}(void* at) {{ step(1); return at; }}'
                f" void handler(IrqContext&) noexcept {{ kept = {name}(kept); step(1); }}", f"{name} allocates")
      for name in ("quartet_magazine_pop", "quartet_magazine_push", "quartet_cache_refill", "quartet_cache_flush")),
    *(callgraph(f"{name} that allocates", ATTACH + code % "kept = quartet::mm::allocate(3)", "mm::allocate(int) allocates") for name, code in HIDDEN.items()),
    callgraph("one of each of these that counts", ATTACH + "".join(code.replace("evil", f"evil{n}").replace("set_up", f"set_up{n}") % "step(2)"
                                                                   for n, code in enumerate(HIDDEN.values()))),
    callgraph("a function without a C++ name that only code calls, by its name", 'extern "C" [[gnu::noinline]] void plain() { kept = quartet::mm::allocate(3); }'
              "void thread() { plain(); step(1); } void handler(IrqContext&) noexcept { step(1); }"),
    callgraph("a function without a C++ name that is no handler", HOOK + PLAIN, table="other plain because a thread alone calls it by the hook\n"),
    callgraph("a function without a C++ name that could be one", HOOK + PLAIN, "if it is none, `other plain because"),
    callgraph("a line for a function without a C++ name that is gone", "void handler(IrqContext&) noexcept { step(1); }", "nothing needs other plain",
              table="other plain because a thread alone calls it by the hook\n"),
    callgraph("a handler that blocks", "extern ThreadContext* self; ThreadContext* self; void handler(IrqContext&) noexcept { wait(*self); }",
              "blocks"),
    callgraph("a handler that panics", 'void handler(IrqContext&) noexcept { if (counter > 3) quartet::check_failed("x"); step(1); }', "panics"),
    callgraph("a thread may allocate and block", "void thread(ThreadContext& self) { kept = quartet::mm::allocate(1); wait(self); }"
              "void handler(IrqContext&) noexcept { step(1); }"),
    callgraph("a handler that blocks by the scheduler's own function", "namespace quartet::kernel { [[gnu::noinline]] void block_thread(int n)"
              " { step(n); } } void handler(IrqContext&) noexcept { quartet::kernel::block_thread(2); step(1); }", "block_thread(int) blocks"),
    callgraph("a handler that switches threads", "namespace quartet::kernel { namespace { [[gnu::noinline]] void switch_to(int n)"
              " { step(n); } } } void handler(IrqContext&) noexcept { quartet::kernel::switch_to(2); step(1); }", "::switch_to(int)"),
    callgraph("recursion", "[[gnu::noinline]] int deep(int n) { int x = n > 0 ? deep(n - 1) : counter; step(x); return x + 1; }"
              "void handler(IrqContext&) noexcept { deep(4); }", "recursion"),
    callgraph("recursion whose bound is named", "[[gnu::noinline]] int deep(int n) { int x = n > 0 ? deep(n - 1) : counter; step(x); return x + 1; }"
              "void handler(IrqContext&) noexcept { deep(4); }", table="recursion deep(int) 5 because the argument is four\n"),
    callgraph("recursion that is too deep", "[[gnu::noinline]] int deep(int n) { int x = n > 0 ? deep(n - 1) : counter; step(x); return x + 1; }"
              "void handler(IrqContext&) noexcept { deep(4); }", "of stack and 512", table="recursion deep(int) 500 because the argument is large\n"),
    callgraph("a stack of dynamic size", "void handler(IrqContext&) noexcept {"
              "char* p = static_cast<char*>(__builtin_alloca(static_cast<unsigned>(counter))); kept = p; step(p[1]); }", "dynamic size"),
    callgraph("more stack than there is", "void handler(IrqContext&) noexcept { char room[4000]; kept = room; step(room[1]); }",
              "of stack and 512 of reserve"),
    callgraph("an indirect call that nobody explained", "extern void (*hook)(); void (*hook)(); void handler(IrqContext&) noexcept { hook(); step(1); }",
              "an indirect call at"),
    callgraph("an indirect call to harmless code", "extern void (*hook)(); void harmless() { step(2); } void (*hook)() = harmless;"
              "void handler(IrqContext&) noexcept { hook(); step(1); }", table="indirect handler(*) -> harmless()\n"),
    callgraph("an indirect call to what allocates", "extern void (*hook)(); void harmful() { kept = quartet::mm::allocate(2); } void (*hook)() = harmful;"
              "void handler(IrqContext&) noexcept { hook(); step(1); }", "allocates", table="indirect handler(*) -> harmful()\n"),
    callgraph("a table line whose target is gone", "extern void (*hook)(); void (*hook)(); void handler(IrqContext&) noexcept { hook(); step(1); }",
              "nothing is called nobody()", table="indirect handler(*) -> nobody()\n"),
    callgraph("a table line that nothing needs", "void handler(IrqContext&) noexcept { step(1); }", "reaches wait(*) any more",
              table="exempt wait(*) because it is here to be stale\n"),
    callgraph("an exemption", "void handler(IrqContext&) noexcept { kept = quartet::mm::allocate(3); }",
              table="exempt quartet::mm::allocate(int) because the test says so\n"),
    callgraph("a handler that a thread's function contains", "extern void (*hook)(IrqContext&) noexcept; void (*hook)(IrqContext&) noexcept;"
              "void thread(ThreadContext& self) { hook = [](IrqContext&) noexcept { auto part = [] [[gnu::noinline]] () { step(1); }; part(); step(2); };"
              " wait(self); }"),
    callgraph("a template that takes a thread beside others", "template <typename T> [[gnu::noinline]] T* give(int n, T* p, const ThreadContext& self)"
              ' { asm volatile("" : : "r"(&self)); step(n); return p; } extern const ThreadContext* self; const ThreadContext* self;'
              "void handler(IrqContext&) noexcept { kept = give(1, &counter, *self); step(1); }", "blocks"),
    callgraph("a function that returns what an owner of src/mm is", "namespace quartet::mm { struct Kind { int n; }; }"
              "template <typename T> [[gnu::noinline]] quartet::mm::Kind make(T n) { step(n); return {n}; }"
              "void handler(IrqContext&) noexcept { counter += make(3).n; }"),
    callgraph("a template of src/mm, whatever it returns", "namespace quartet::mm { template <typename T> [[gnu::noinline]] T* make(T* p)"
              " { step(4); return p; } } void handler(IrqContext&) noexcept { kept = quartet::mm::make(&counter); step(1); }", "allocates"),
    callgraph("an owner whose home is harmless", OWNER + "struct Home { [[gnu::noinline]] void destroy(int) { step(3); } };"
              "void handler(IrqContext&) noexcept { quartet::mm::OwnedFrom<int, Home>{}.reset(); step(1); }"),
    callgraph("an owner whose home is the heap", OWNER + "struct Home { [[gnu::noinline]] void destroy(int n) { kept = quartet::mm::allocate(n); } };"
              "void handler(IrqContext&) noexcept { quartet::mm::OwnedFrom<int, Home>{}.reset(); step(1); }", "mm::allocate(int) allocates"),
    callgraph("a star that is a pointer's is no other parameter", HOOK + "void other(void*, int) { kept = quartet::mm::allocate(2); } void mine(void*) { step(2); }"
              "void (*one)(void*) = mine; void (*two)(void*, int) = other; void handler(IrqContext&) noexcept { hook(kept); step(1); }", table="indirect handler(*) -> *(void\\*)\n"),
    callgraph("a star that stands for any parameters", HOOK + "void other(void*, int) { kept = quartet::mm::allocate(2); } void mine(void*) { step(2); }"
              "void (*one)(void*) = mine; void (*two)(void*, int) = other; void handler(IrqContext&) noexcept { hook(kept); step(1); }", "allocates", table="indirect handler(*) -> *(void*)\n"),
    callgraph("a line for a call that is offered and not made", "void handler(IrqContext&) noexcept { step(1); }",
              table="offered indirect nobody(*) -> step(int)\n"),
    callgraph("a line for a call that is offered and gone", "void handler(IrqContext&) noexcept { step(1); }", "no handler reaches",
              table="offered indirect nobody(*) -> step(int)\n", options=("--stack-bytes", "4096", "--offered")),
    callgraph("a call that is offered and allocates", HOOK + "void bad(void*) { kept = quartet::mm::allocate(2); } void set_up() { hook = bad; }"
              "void handler(IrqContext&) noexcept { hook(kept); step(1); }", "allocates", table="offered indirect handler(*) -> bad(*)\n"),

    callgraph("lines of the kernel about what an application has not", HARMLESS + "void handler(IrqContext&) noexcept { hook(kept); step(1); }",
              offered="indirect handler(*) -> first(*)\nindirect handler(*) -> nobody()\nindirect gone(*) -> nobody()\nexempt wait(*) because it is here to be stale\n"),
    callgraph("a line of an application that nothing needs", "void handler(IrqContext&) noexcept { step(1); }", "reaches wait(*) any more",
              table="exempt wait(*) because it is here to be stale\n", offered=""),
    callgraph("a table that is not there", "void handler(IrqContext&) noexcept { step(1); }", "no table /nowhere/callgraph.txt",
              options=("--table", "/nowhere/callgraph.txt")),
    callgraph("a table of the kernel that is not there", "void handler(IrqContext&) noexcept { step(1); }", "no table /nowhere/callgraph.txt",
              options=("--offered-table", "/nowhere/callgraph.txt")),

    callgraph("a recursion of two functions", PAIR + "void handler(IrqContext&) noexcept { even(counter); step(1); }",
              "recursion, whose depth has no bound"),
    callgraph("two functions of which one calls the other", "[[gnu::noinline]] int odd(int n) { step(n); return n + 1; }"
              "[[gnu::noinline]] int even(int n) { int x = odd(n - 1); step(x); return x + 1; } void handler(IrqContext&) noexcept { even(counter); step(1); }"),
    callgraph("the calls that lead to it, with file and line", "\n#line 7 \"deep.cpp\"\n[[gnu::noinline]] void a() { kept = quartet::mm::allocate(3); step(1); }\n"
              "[[gnu::noinline]] void b() { a(); step(2); }\nvoid handler(IrqContext&) noexcept { b(); step(3); }\n",
              "deep.cpp:9 -> a(), called at", also=("b(), called at", "deep.cpp:8", "mm::allocate(int), called at", "deep.cpp:7")),
    callgraph("a check that is inlined, with the line that calls it", '\n#line 7 "check.hpp"\ninline void check(bool holds) { if (!holds) quartet::check_failed("x"); }\n#line 3 "deep.cpp"\n'
              "void handler(IrqContext&) noexcept { check(counter > 3); step(1); }\n", "called at", also=("deep.cpp:3 with", "check.hpp:7")),
    callgraph("a SIMD copy in a shared template", SHARED + "void handler(IrqContext&) noexcept { copy(to, from); step(1); }",
              "copy<Block>(Block&, Block const&) touches a SIMD register at", also=("before.cpp:1,",), before=SHARED + "Block from, to; void g() { copy(to, from); }"),
    callgraph("a shared template whose copy is the kernel's", SHARED + "void handler(IrqContext&) noexcept { copy(to, from); step(1); }",
              before=SHARED + "Block from, to; void g() { copy(to, from); }", before_flags=("-mgeneral-regs-only",)),
    callgraph("assembly that nobody annotated", ASSEMBLY, "assembly_part is assembly or a library's"),
    callgraph("assembly that is annotated", ASSEMBLY, table="machine assembly_part 32\n"),
    callgraph("assembly that takes more stack than its line says", ASSEMBLY, "takes 32 bytes of stack, not 16", table="machine assembly_part 16\n"),
    callgraph("a line for assembly that is gone", "void handler(IrqContext&) noexcept { step(1); }", "reaches assembly_part any more",
              table="machine assembly_part 16\n"),
    callgraph("a panic that an exemption cannot cover", 'void handler(IrqContext&) noexcept { if (counter > 3) quartet::check_failed("x"); step(1); }',
              "panics", table="exempt quartet::check_failed(*) because the test says so\n"),
    callgraph("a panic that is a named end", 'void handler(IrqContext&) noexcept { if (counter > 3) quartet::check_failed("x"); step(1); }',
              table="fatal quartet::check_failed(*) because the test says so\n"),

    # --- call graph: declared sets against what the image has
    callgraph("two functions of a table, one of them declared", DEVICES + "void handler(IrqContext&) noexcept { device->send(3); step(1); }",
              "may call Second::send(int) as well (virtual)", table="indirect handler(*) -> First::send(int)\n"),
    callgraph("two functions of a table, both declared", DEVICES + "void handler(IrqContext&) noexcept { device->send(3); step(1); }",
              table="indirect handler(*) -> *::send(int)\n"),
    callgraph("a function whose address is taken, and that is not declared", HOOK + TWO_TAKEN, "may call second(void*) as well (code)",
              table="indirect handler(*) -> first(*)\n"),
    callgraph("a function that a line rules out", HOOK + TWO_TAKEN, table="indirect handler(*) -> first(*)\nnarrow handler(*) -> second(*) because the test says so\n"),
    callgraph("a declared target whose address nobody takes", HOOK + TWO_TAKEN + "void third(void*) { step(3); }", "nothing is called third(*)",
              table="indirect handler(*) -> *d(void\\*)\nindirect handler(*) -> first(*)\nindirect handler(*) -> third(*)\n"),
    callgraph("a handler that is registered, and not declared", REGISTERED, "gives second(void*) to attach", table=REGISTERED_LINES,
              also=("image.cpp:", "call it as one is called (first(*)), or write `indirect handler(*) -> second(void*)`")),
    callgraph("handlers that are registered and declared", REGISTERED, table=REGISTERED_LINES + "indirect handler(*) -> second(*)\n"),
    callgraph("a handler that is registered for something else", REGISTERED, table=REGISTERED_LINES.replace(" 1\n", " 1 if 0\n")),

    callgraph("a call through a pointer beside the one that is declared", HARMLESS + "void handler(IrqContext&) noexcept { hook(kept); step(1); other(kept); step(2); }",
              "handler(kernel::IrqContext&) calls through a pointer at 2 places and not 1", table="indirect handler(*) -> first(*)\n"),
    callgraph("two calls through pointers, both declared", HARMLESS + "void handler(IrqContext&) noexcept { hook(kept); step(1); other(kept); step(2); }",
              table="indirect handler(*) -> first(*)\nsites handler(*) 2\n"),
    callgraph("a call through a pointer that is declared and gone", HARMLESS + "void handler(IrqContext&) noexcept { hook(kept); step(1); }",
              "at 1 places and not 2", table="indirect handler(*) -> first(*)\nsites handler(*) 2\n"),
    callgraph("targets that no one instruction could all call", HARMLESS + "void handler(IrqContext&) noexcept { hook(kept); step(1); }",
              "has targets of 2 shapes, for 1 places", table="indirect handler(*) -> first(*)\nindirect handler(*) -> third(*)\n"),
    callgraph("a line that counts calls of nobody", "void handler(IrqContext&) noexcept { step(1); }", "reaches nobody(*) any more", table="sites nobody(*) 2\n"),
    callgraph("a jump through a pointer", HARMLESS + "void handler(IrqContext&) noexcept { hook(kept); }", "an indirect call at"),
    callgraph("a call through a pointer that assembly makes", HARMLESS + 'void handler(IrqContext&) noexcept { asm volatile("blr %0" : : "r"(hook) : "x30"); step(1); }',
              "an indirect call at"),
    callgraph("a jump by a table of distances", SWITCH + "void handler(IrqContext&) noexcept { choose(counter); step(1); }"),

    # --- call graph: stacks of threads
    callgraph("a thread with more stack than it has", THREAD, "work: 8", table="thread work: worker(*) in 4096\n"),
    callgraph("a thread whose stack is large enough", THREAD, table="thread work: worker(*) in 16384\n"),
    callgraph("a thread, and what an interrupt leaves on its stack", THREAD, "work: ", table="thread work: worker(*) in 9216\ntail step(int) + 1024\n"),
    callgraph("a thread of which no line tells", THREAD + "void another(ThreadContext&, void*) { step(4); } void (*second)(ThreadContext&, void*) = another;",
              "is a thread's entry, and no line", table="thread work: worker(*) in 16384\n"),
    callgraph("a thread that calls through a pointer that nobody explained", HOOK + THREAD.replace("step(room[1])", "hook(room)"), "an indirect call at",
              table="thread work: worker(*) in 16384\n"),
    callgraph("a stack whose size no source names", THREAD, "no one number in the sources is called size_of_nothing",
              table="thread work: worker(*) in size_of_nothing\n"),

    # --- layers
    source("check_layers", "a room may include what stands to its left",
           {"src/base/types.hpp": "", "src/mm/bump.hpp": "#include <base/types.hpp>\n#include <expected>\n"}),
    source("check_layers", "base includes kernel", {"src/base/a.hpp": "#include <kernel/thread/thread.hpp>\n", "src/kernel/thread/thread.hpp": ""},
           "src/base/a.hpp:2: base includes <kernel/thread/thread.hpp>"),
    source("check_layers", "mm includes a header that nobody wrote yet", {"src/mm/a.cpp": "#include <kernel/x.hpp>\n"}, "mm includes"),
    source("check_layers", "shell and debug do not see each other", {"src/shell/a.cpp": "#include <debug/trace.hpp>\n"}, "shell includes"),
    source("check_layers", "a driver sees kernel/iface", {"src/drivers/gic/a.cpp": "#include <kernel/iface/irq.hpp>\n"}),
    source("check_layers", "a driver includes the kernel", {"src/drivers/gic/a.cpp": "#include <kernel/irq/irq.hpp>\n"}, "drivers includes"),
    source("check_layers", "a driver includes another driver",
           {"src/drivers/gic/a.cpp": "#include <drivers/uart/b.hpp>\n", "src/drivers/uart/b.hpp": ""}, "driver gic includes driver uart"),
    source("check_layers", "kernel/iface includes the kernel", {"src/kernel/iface/a.hpp": "#include <kernel/irq/irq.hpp>\n"},
           "kernel/iface includes"),
    source("check_layers", "a path that climbs out of the room",
           {"src/base/a.hpp": '#include "../kernel/irq/irq.hpp"\n', "src/kernel/irq/irq.hpp": ""}, "for a file beside this one"),
    *(source("check_layers", f"an include by {how}", {"src/base/a.hpp": text}, "src/base/a.hpp:2: an include in another form") for how, text in (
        ("a macro", "#include HEADER\n"), ("import", "#import <kernel/x.hpp>\n"), ("include_next", "#include_next <kernel/x.hpp>\n"), ("%:", "%:include <kernel/x.hpp>\n"),
        ("a continued line", "#include \\\n <kernel/x.hpp>\n"), ("a continued word", "#inc\\\nlude <kernel/x.hpp>\n"), ("a macro behind a comment", "#/**/include/**/HEADER\n"), ("a comment of two lines", "#/*\n*/include <kernel/x.hpp>\n"), ("embed", "#embed <kernel/x.hpp>\n"))),
    source("check_layers", "words that are no include", {"src/base/a.hpp": "// #include HEADER\n#define INCLUDE 1\n#pragma once\nconst char* a = \"#import\";\n"}),
    source("check_layers", "an include in a comment is none", {"src/base/a.hpp": "// #include <kernel/x.hpp>\n/*\n#include <mm/y.hpp>\n*/\n"}),
    source("check_layers", "headers in a circle",
           {"src/mm/a.hpp": "#include <mm/b.hpp>\n", "src/mm/b.hpp": "#include <mm/c.hpp>\n", "src/mm/c.hpp": "#include <mm/a.hpp>\n"},
           "circle: src/mm/a.hpp -> src/mm/b.hpp -> src/mm/c.hpp -> src/mm/a.hpp"),
    source("check_layers", "a room that the table does not know", {"src/misc/a.hpp": ""}, "src/misc is no room"),

    # --- headers
    header("a public header that C can read", "#pragma once\nint f(void);\n"),
    header("a public header with a word of C++", "#pragma once\nint f(const int& x);\n", "include/x.h (release, c11)"),
    header("a public header with a function whose parameters C does not know", "#pragma once\nint f();\n",
           "include/x.h (release, c11)"),

    # --- flags
    flags("a source with all that the promises stand on", KERNEL_FLAGS),
    *(flags(f"a source without {flag}", [each for each in KERNEL_FLAGS if each != flag], f"a.cpp (release): compiled without {flag}")
      for flag in KERNEL_FLAGS),
    *(flags(f"a source with {flag}", [*KERNEL_FLAGS, flag], f"a.cpp (debug): compiled with {flag}", preset="debug")
      for flag in ("-ffast-math", "-frtti", "-w")),
    {"check": "check_flags", "name": "early code without strict alignment", "finds": "a.cpp (release): compiled without -mstrict-align",
     "files": {"build/release/compile_commands.json": compiled("g++", *KERNEL_FLAGS).replace("/src/a.cpp", "/src/boot/early/a.cpp")}},
    {"check": "check_flags", "name": "no preset", "files": {"src/a.cpp": HEAD}, "finds": "configure one"},

    # --- formatting
    source("check_format", "a formatted file", {"src/a.cpp": "int f(int x) {\n    if (x == 0) return 1;\n    return x;\n}\n"}),
    source("check_format", "a brace on a line of its own", {"src/a.cpp": "int f()\n{\n    return 1;\n}\n"}, "src/a.cpp:2: clang-format"),
    source("check_format", "two blanks in a test", {"tests/host/a.cpp": "int  x;\n"}, "tests/host/a.cpp:2: clang-format"),

    # --- clang
    clang("check_clang", "data under their lock", LOCKED % "lock.take(); guarded = 1; lock.give();"),
    clang("check_clang", "data without their lock", LOCKED % "guarded = 1;", "src/a.cpp:4:12: error: writing variable 'guarded' requires holding"),
    clang("check_clang", "a lock that is not given back", LOCKED % "lock.take();", "is still held at the end of function"),
    {"check": "check_clang", "name": "no preset", "files": {"src/a.cpp": HEAD}, "finds": "configure the preset clang"},
    clang("check_tidy", "a null pointer by its name", "int* p = nullptr;\n", files=TIDY),
    clang("check_tidy", "a null pointer by a number", "int* p = 0;\n", "src/a.cpp:2: use nullptr", files=TIDY),
    {"check": "check_tidy", "name": "no preset", "files": {"src/a.cpp": HEAD, **TIDY}, "finds": "configure the preset clang"},

    # --- boundary
    source("check_points", "a call that is no point", {"tests/fakes/include/arch/a.hpp": "inline int count() { return 1; }\n"},
           "tests/fakes/include/arch/a.hpp:2: count is no point"),
    source("check_points", "a method that is no point",
           {"tests/fakes/include/arch/a.hpp": "struct A {\n    void set(int n) noexcept { n_ = n; }\n    int n_;\n};\n"}, "a.hpp:3: set is"),
    source("check_points", "an excuse ends at the blank line",
           {"tests/fakes/include/arch/a.hpp": "// No point: it never changes.\ninline int a() { return 1; }\n\n"
                                              "inline int b() { return 2; }\n"}, "a.hpp:5: b is no point"),
    source("check_points", "points, and what calls them, and what says why it is none",
           {"tests/fakes/include/arch/a.hpp": "inline int read() { sim_point(); return 1; }\ninline int twice() { return 2 * read(); }\n"
                                              "// No point: it never changes.\ninline int a() { return 1; }\n"}),
    source("check_boundary", "words in comments and strings are free",
           {"src/kernel/a.cpp": '// asm volatile\nconst char* a = "reinterpret_cast<float> asm volatile throw";\n'}),
    source("check_boundary", "the machine's folder may", {"src/arch/aarch64/include/arch/a.hpp": 'inline void f() { asm volatile("nop"); }\n'}),
    source("check_boundary", "assembly in the kernel", {"src/kernel/a.cpp": 'void f() { asm("nop"); }\n'}, "src/kernel/a.cpp:2: assembly"),
    source("check_boundary", "assembly in an application", {"apps/x/main.cpp": 'void f() { __asm__("nop"); }\n'}, "assembly"),
    source("check_boundary", "an assembly file outside arch", {"src/kernel/a.S": "nop\n"}, "an assembly file outside"),
    source("check_boundary", "an assembly file that places data", {"src/platform/a.S": '.section .x, "a"\na: .incbin "b"  /* nop */\n.balign 8\n'}),
    source("check_boundary", "volatile in a driver", {"src/drivers/a/a.cpp": "volatile int x;\n"}, "volatile"),
    source("check_boundary", "a system register by built-in", {"src/mm/a.cpp": 'auto x = __builtin_arm_rsr64("daif");\n'}, "a machine built-in"),
    source("check_boundary", "a cast in the kernel", {"src/kernel/a.cpp": "auto p = reinterpret_cast<char*>(1);\n"}, "reinterpret_cast"),
    source("check_boundary", "a cast in a driver is lawful", {"src/drivers/a/a.cpp": "auto p = reinterpret_cast<char*>(1);\n"}),
    source("check_boundary", "a conditional between others", {"src/arch/include/a.hpp": "#elifdef HOST\n"}, "conditional compilation"),
    source("check_boundary", "a conditional by its other spelling", {"src/kernel/a.cpp": "%:ifdef HOST\n"}, "conditional compilation"),
    *(source("check_boundary", f"{spelling} in the kernel", {"src/kernel/a.cpp": text}, finds) for spelling, text, finds in (
        ("__volatile__", "__volatile__ int x;\n", "volatile (__volatile__)"), ("__volatile", "int __volatile x;\n", "volatile (__volatile)"),
        ("__asm", "void f() { __asm(\"nop\"); }\n", "assembly"), ("__rsr64", 'auto x = __rsr64("daif");\n', "a machine built-in"),
        ("bit_cast to a pointer", "auto p = std::bit_cast<const char*>(n);\n", "a cast to a pointer"),
        ("bit_cast to a pointer, spread", "auto p = bit_cast< volatile void *\n>(n);\n", "a cast to a pointer"),
        ("the built-in of bit_cast", "auto p = __builtin_bit_cast(char*, n);\n", "a cast to a pointer"),
        ("__thread", "__thread int x;\n", "thread_local"), ("_Atomic", "_Atomic int x;\n", "an atomic"), ("_Float64", "_Float64 x;\n", "floating point"),
        ("a target attribute", '[[gnu::target("+simd")]] void f();\n', "code for another machine"),
        ("a target attribute of GCC", '__attribute__((noinline, __target__("+simd"))) void f();\n', "code for another machine"),
        ("a target pragma", '#pragma GCC target("+simd")\n', "code for another machine"))),
    source("check_boundary", "casts to numbers, a target that is a name, a pointer kept as a number", {
        "src/kernel/a.cpp": "auto n = std::bit_cast<u64>(p); auto m = __builtin_bit_cast(u64, &thread); int target(int); int x = target(3);\n",
        "src/kernel/fault/a.cpp": "auto p = std::bit_cast<const char*>(n);\n", "src/mm/a.cpp": "auto p = std::bit_cast<char*>(n);\n"}),
    source("check_boundary", "std::atomic", {"src/sync/a.hpp": "std::atomic<int> x;\n"}, "an atomic that is not arch::Atomic"),
    source("check_boundary", "a compiler's atomic", {"src/sync/a.hpp": "int f(int* p) { return __atomic_load_n(p, 0); }\n"}, "an atomic"),
    source("check_boundary", "thread_local", {"src/kernel/a.cpp": "thread_local int x;\n"}, "thread_local"),
    source("check_boundary", "float", {"src/base/a.hpp": "constexpr double x = 1;\n"}, "floating point"),
    source("check_boundary", "throw", {"src/base/a.cpp": "void f() { throw 1; }\n"}, "exceptions"),
    source("check_boundary", "a hosted header", {"src/base/a.hpp": "#include <vector>\n"}, "hosted library"),
    source("check_boundary", "a hosted header in the public interface", {"include/quartet/time.hpp": "#include <chrono>\n"}, "hosted library"),
    source("check_boundary", "the header for those who have the whole library", {"include/quartet/std.hpp": "#if 1\n#include <chrono>\n#endif\n"}),
    source("check_boundary", "a conditional", {"src/kernel/a.cpp": "#ifdef HOST\n#endif\n"}, "conditional compilation"),
    source("check_boundary", "a digit separator is no character literal",
           {"src/kernel/a.cpp": "int x = 1'000'000; void f() { throw 1; }  // '\n"}, "exceptions"),

    # --- text
    source("check_text", "a clean file", {"src/base/a.hpp": "#pragma once\n"}),
    {"check": "check_text", "name": "no licence", "files": {"src/base/a.hpp": "#pragma once\n"}, "finds": "no line `SPDX"},
    {"check": "check_text", "name": "a script without licence", "files": {"scripts/x": "#!/bin/sh\ntrue\n"}, "finds": "no line `SPDX"},
    source("check_text", "a note to oneself", {"src/base/a.hpp": "// TO" "DO: later\n"}, "src/base/a.hpp:2: `TO" "DO`"),
    source("check_text", "a path of one machine", {"docs/a.md": "see /wo" "rk/x\n"}, "/wo" "rk/"),
    source("check_text", "blanks at a line's end", {"src/base/a.hpp": "int x; \n"}, "blanks at the end"),
    source("check_text", "no newline at the end", {"src/base/a.hpp": "int x;"}, "no newline"),

    # --- the image: early code
    early("plain early code", "str x0, [x1, #8]"),
    early("an exclusive before the MMU", "ldxr x2, [x1]", "_start+0x4: an exclusive or atomic while the MMU is off"),
    early("a store-exclusive behind a branch", "cbz x1, 1f\n ret\n1: stlxr w2, x3, [x1]", "an exclusive or atomic"),
    early("an exclusive in a function that early code calls", "bl f\n b 2f\nf: ldaxrb w2, [x1]\n ret\n2:", "f: an exclusive"),
    early("an LSE atomic", ".arch armv8.1-a\n ldaddal x1, x2, [x3]", "an exclusive or atomic"),
    early("an acquire load is no exclusive", "ldar x2, [x1]"),
    early("code behind the indirect branch is free", "br x0\n ldxr x2, [x1]"),
    early("dc zva", "dc zva, x1", "dc zva"),
    early("an unaligned offset", "ldur x2, [x1, #4]", "not aligned to its size"),
    early("an unaligned word of a pair", "ldp w2, w3, [x1, #4]\n ldur w4, [x1, #2]", "ldur w4"),
    early("a SIMD register", "movi v0.2d, #0", "a SIMD register"),
    early("an indirect call", "blr x5", "an indirect call"),

    # --- the image: all of it
    image("general registers alone", "simd", "f: add x0, x0, x1\n b.ne f\n ldrb w0, [x1]\n msr daifset, #2\n"),
    image("a SIMD register", "simd", "f: ldr q0, [x1]\n", "f: ldr q0"),
    image("a scalar register of floating point", "simd", "f: fmov d3, x1\n", "fmov d3"),
    image("a SIMD register in the file that saves them", "simd",
          ".global quartet_fp_save\n.type quartet_fp_save, %function\nquartet_fp_save: str q0, [x1]\n"),
    image("separate rights", "rights", ".data\n.quad 1\n"),
    image("a segment with all rights", "rights", ".data\n.quad 1\n", "writable and executable", flags=["-Wl,-N"]),
    image("a section with all rights", "rights", '.section .both, "awx"\n.quad 1\n', "section .both"),
    image("a static constructor", "static", '.section .init_array, "aw"\n.quad _start\n', "constinit"),
    image("a guard variable", "static", ".data\n.global _ZGVZ1fvE1x\n_ZGVZ1fvE1x: .quad 0\n", "_ZGVZ1fvE1x"),
    image("no constructor", "static", ".data\n.quad 1\n"),
    image("an outlined atomic", "symbols", ".global __aarch64_ldadd4_relax\n__aarch64_ldadd4_relax: ret\n", "__aarch64_ldadd4_relax"),
    image("an atomic in its place, and a name like a library's", "symbols", ".global add\nadd: ldaxr w1, [x0]\nstlxr w2, w1, [x0]\nret\n.global libc_free\nlibc_free: ret\n"),
    *(image(f"{name} of a hosted library", "symbols", f".global {name}\n{name}: ret\n", name) for name in ("__stack_chk_fail", "_Unwind_Resume", "__cxa_throw")),
    boot("start-up code that the list calls"),
    boot("no start-up code", "", "nothing is given back", inside=None),
    boot("resident code that calls it", "other: bl once\n", "goes to once"),
    boot("resident code that jumps to it if", "other: cbz x0, once\n", "goes to once"),
    boot("resident code that takes its address", "other: adrp x0, once\nadd x0, x0, :lo12:once\nret\n", "computes an address in once"),
    boot("resident code that takes its address late", "other: adrp x1, once\nmov x2, x3\nadd x2, x1, :lo12:once\nret\n", "computes an address in once"),
    boot("resident code that reads in it", "other: adrp x0, twice\nldr w0, [x0, :lo12:twice]\nret\n", "computes an address in twice"),
    boot("resident code that takes its address nearby", "other: adr x0, once\nret\n", "computes an address in once"),
    boot("resident code with a pool of addresses", "other: ldr x0, =once\nret\n.ltorg\n", "holds an address of once"),
    boot("a table of functions", '.section .rodata, "a"\n.balign 8\n.quad once\n', "holds an address of once"),
    boot("the range's own address", "other: adrp x0, __boot_begin\nadd x0, x0, :lo12:__boot_begin\nret\n"),
    boot("start-up code that leaves its address", "", "takes the address of once", inside="adrp x0, once\nadd x0, x0, :lo12:once\nret\n"),
    boot("start-up code that leaves a resident address", "", inside="adrp x0, _start\nadd x0, x0, :lo12:_start\nret\n"),
    boot("start-up code with a jump table", "", inside="adr x0, 1f\nbr x0\n1: ret\n"),
    image("a small image", "size", "", img=256 * 1024),
    image("an image one byte too large", "size", "", "1 too many", img=256 * 1024 + 1),

    # --- locking
    source("check_locking", "the hand-over, and what the locks themselves are made of", {
        "src/kernel/sched/thread_lock.hpp": "void f() { lock.take_across_switch(why); }\n",
        "src/sync/spin_lock.hpp": "void take() UNCHECKED_LOCKING;\n", "cmake/flags.cmake": "add(-Werror=thread-safety)\n",
        "src/kernel/a.cpp": "void f() REQUIRES_LOCK(lock_);  // not UNCHECKED_LOCKING\n"}),
    source("check_locking", "a function that is not checked", {"src/kernel/a.cpp": "void f() UNCHECKED_LOCKING;\n"},
           "src/kernel/a.cpp:2: locking that is not checked"),
    source("check_locking", "the attribute by its own name", {"include/quartet/a.hpp": "[[clang::no_thread_safety_analysis]] void f();\n"},
           "locking that is not checked"),
    *(source("check_locking", f"the attribute as {text}", {"src/mm/a.hpp": f"{text} void f();\n"}, finds) for text, finds in (
        ("__attribute__((__no_thread_safety_analysis__))", "locking that is not checked"), ("[[clang::__no_thread_safety_analysis__]]", "locking that is not checked"),
        ("__attribute__((__assert_capability__(x)))", "said to be held"), ("[[clang::__assert_shared_capability__(x)]]", "said to be held"),
        ("__attribute__((assert_shared_lock(x)))", "said to be held"))),
    source("check_locking", "a lock that is said to be held", {"src/mm/a.hpp": "void f() ASSERTS_LOCK(lock_);\n"}, "said to be held"),
    source("check_locking", "a second hand-over", {"src/kernel/wait/a.cpp": "void f() { lock.release_across_switch(why); }\n"},
           "the hand-over across a switch"),
    source("check_locking", "a second lock that a report opens", {"src/debug/a.cpp": "void f() { lock.open_after_fault(why); }\n"},
           "a lock that is taken from its holder"),
    source("check_locking", "a bare lock", {"src/mm/a.hpp": "sync::TicketLock<> lock_;\n"}, "without rank and guard"),
    source("check_locking", "a warning switched off", {"src/mm/a.cpp": "#pragma clang diagnostic ignored \"-Wthread-safety\"\n"}, "switched off"),
    source("check_locking", "a warning switched off by an operator", {"src/mm/a.cpp": "_Pragma(\"clang diagnostic ignored \\\"-Wthread-safety\\\"\")\n"},
           "switched off"),
    source("check_locking", "a header that says it is the system's", {"src/mm/a.hpp": "#pragma GCC system_header\n"}, "switched off"),
    *(source("check_locking", f"an analysis that {flag} takes back", {"cmake/flags.cmake": f"add(-Werror=thread-safety)\nadd({flag})  # once\n"},
             f"switched off ({flag})") for flag in TAKEN_BACK),
    *(clang("check_locking", f"a source whose analysis {flag} takes back", "int x;\n", f"a.cpp (clang): the analysis of locks is switched off ({flag})", flag)
      for flag in TAKEN_BACK),
    clang("check_locking", "a source that is compiled with the analysis", "int x;\n"),
    {"check": "check_locking", "name": "a source that is compiled without it", "finds": "a.cpp (clang): compiled without -Wthread-safety",
     "files": {"build/clang/compile_commands.json": compiled("clang++-19")}},
    source("check_locking", "an analysis that is no error", {"src/mm/a.cpp": "", "cmake/flags.cmake": "add(-Wall)\n"}, "is no error"),

    # --- addresses
    source("check_addresses", "an address of the tree, and a pattern", {**TREE, "src/mm/a.cpp": "auto x = 0xfe201018; auto y = 0xffff'ffff;\n"}),
    source("check_addresses", "an address that no node has", {**TREE, "src/mm/a.cpp": "// 0xfe000000\nauto x = 0xfe20'2000;\n"},
           "src/mm/a.cpp:3: 0xfe20'2000 is in no node"),
    source("check_addresses", "an address as the bus writes it", {**TREE, "src/mm/a.cpp": "auto x = 0xff20'1000;\n"}, "is in no node"),
    source("check_addresses", "a tree that dtc refuses", {"dts/quartet.dts": "rubbish\n"}, "dtc refuses"),

    # --- the judge of the models
    orders("orders that are all needed", REFUTED, HOLDS),
    {"check": "orders.py", "tool": "tests/models/orders.py", "name": "no program", "options": ["/nowhere/models_tests"], "finds": "no program /nowhere/models_tests"},
    orders("an order that nothing needs", HOLDS, HOLDS, "FAIL MOD01 every order"),
    orders("a program that is killed", "kill -9 $$", HOLDS, "gave no verdict and ended with -9"),
    orders("a program that ends outside a run", "echo 'models: it was, outside a run' >&2; exit 1", HOLDS, "ended with 1: models: it was"),
    orders("a program that says nothing", "exit 0", HOLDS, "gave no verdict and ended with 0"),
    orders("a program that dies after its word", HOLDS + "; exit 2", HOLDS, "gave no verdict and ended with 2"),
    orders("a run that fails with the order as well", REFUTED, REFUTED, "run 7 of all is refuted without it, too"),
]
