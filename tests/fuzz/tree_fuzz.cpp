// SPDX-License-Identifier: MIT
//
// FDT10: any bytes as a device tree. What our reader accepts, libfdt must accept too, and both must see the
// same nodes, properties, phandles and reservations; what ours refuses, libfdt must refuse, but for what stands on the list
// of stricter cases (tests/host/fdt_oracle.hpp); the machine that is read from it must keep its promises;
// nothing may take more than 10 ms. The mutator knows that trees are made of big-endian words.
//
// Each file in the folder that GOOD_TREES names must be accepted before anything else is tried. How many inputs were is
// said at the end.

#include "../host/fdt_oracle.hpp"

#include <fdt/address.hpp>
#include <fdt/interrupts.hpp>
#include <fdt/print.hpp>
#include <fdt/trail.hpp>
#include <platform/machine.hpp>

#include <libfdt.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

using namespace quartet;

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace {

void demand(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "FDT10: %s\n", what);
    std::abort();
}

u64 inputs_seen = 0;
u64 inputs_accepted = 0;

void demand_right_refusal(fdt::Bytes bytes, fdt::Fault fault) {
    const test::LibfdtReading libfdt{bytes};
    if (test::refused_rightly(fault.kind, libfdt)) return;
    const std::string what = std::string{fault.words()} + ": refused here, not by libfdt, and no listed case";
    demand(false, what.c_str());
}

class Oracle {
public:
    explicit Oracle(const fdt::Tree& tree) : tree_(tree), copy_(tree.size()) {
        std::memcpy(copy_.data(), tree.bytes().data(), tree.size());
        end_at_once();
        demand(fdt_check_full(blob(), copy_.size()) == 0, "accepted here, refused by libfdt");
    }

    void compare() const {
        compare_nodes();
        compare_reservations();
    }

private:
    const void* blob() const { return copy_.data(); }

    // A NOP may stand wherever a token may (Devicetree Specification, lexical structure), also between the end of the root
    // and the end of all. libfdt 1.6.1, which is Debian 12's, refuses it there: in its copy the first of them is the end.
    void end_at_once() {
        int depth = 0;
        bool root_ended = false;
        for (int at = 0, next = 0; at >= 0; at = next) {
            const u32 tag = fdt_next_tag(blob(), at, &next);
            if (tag == FDT_END) return;
            if (tag == FDT_BEGIN_NODE) depth += 1;
            if (tag == FDT_END_NODE) root_ended = --depth == 0;
            if (tag != FDT_NOP || !root_ended) continue;
            const fdt32_t end = cpu_to_fdt32(FDT_END);
            std::memcpy(copy_.data() + fdt_off_dt_struct(blob()) + at, &end, sizeof end);
            return;
        }
    }

    // Where our view lies in the blob.
    long place(const void* data) const {
        return static_cast<const char*>(data) -
               static_cast<const char*>(static_cast<const void*>(tree_.bytes().data()));
    }
    long oracle_place(const void* data) const { return static_cast<const char*>(data) - copy_.data(); }

    void compare_nodes() const {
        int depth = -1;
        int node = fdt_next_node(blob(), -1, &depth);
        u32 lookups = 0;
        for (fdt::Walk walk{tree_}; walk.next(); node = fdt_next_node(blob(), node, &depth)) {
            demand(node >= 0, "a node that libfdt does not have");
            demand(depth == static_cast<int>(walk.trail().depth()), "depths differ");
            int length = 0;
            const char* name = fdt_get_name(blob(), node, &length);
            demand(name != nullptr && walk.node().name() == std::string_view(name, static_cast<usize>(length)),
                   "names differ");
            compare_properties(walk.node(), node);
            demand(walk.node().phandle().value_or(0) == fdt_get_phandle(blob(), node), "phandles differ");
            if (lookups++ < 8) compare_lookups(walk.node(), name);
        }
        demand(node < 0 || depth < 0, "a node that only libfdt has");  // its depth falls below the root at the end
    }

    void compare_properties(fdt::Node ours, int node) const {
        int theirs = fdt_first_property_offset(blob(), node);
        for (const fdt::Property property : ours.properties()) {
            demand(theirs >= 0, "a property that libfdt does not have");
            const char* name = nullptr;
            int length = 0;
            const void* value = fdt_getprop_by_offset(blob(), theirs, &name, &length);
            demand(value != nullptr && property.name == name, "property names differ");
            demand(property.value.size() == static_cast<usize>(length), "property lengths differ");
            demand(length == 0 || place(property.value.data()) == oracle_place(value), "property values differ");
            theirs = fdt_next_property_offset(blob(), theirs);
        }
        demand(theirs < 0, "a property that only libfdt has");
    }

    // By path and by phandle both find the same first node.
    void compare_lookups(fdt::Node node, const char*) const {
        if (be_first_token_is_nop()) return;  // libfdt looks for the root at offset 0 only
        const u32 phandle = node.phandle().value_or(0);
        if (phandle != 0 && phandle != ~0u) {
            const auto ours = tree_.by_phandle(phandle);
            const int theirs = fdt_node_offset_by_phandle(blob(), phandle);
            demand(ours && theirs >= 0, "a phandle is found by one only");
            demand(place(ours->name().data()) == oracle_place(fdt_get_name(blob(), theirs, nullptr)),
                   "phandles lead elsewhere");
        }
        std::string path;
        const auto trail = fdt::trail_to(node);
        for (u32 depth = 1; depth <= trail->depth(); ++depth) path += '/' + std::string{trail->at(depth).name()};
        if (path.empty() || path.size() > 1000) return;
        const auto ours = tree_.find(path);
        const int theirs = fdt_path_offset(blob(), path.c_str());
        demand(ours.has_value() == (theirs >= 0), "a path is found by one only");
        if (ours)
            demand(place(ours->name().data()) == oracle_place(fdt_get_name(blob(), theirs, nullptr)),
                   "paths lead elsewhere");
    }

    bool be_first_token_is_nop() const { return tree_.root().offset() != 0; }

    void compare_reservations() const {
        int index = 0;
        for (const auto entry : tree_.reserve_map()) {
            if (entry.size == 0) return;  // libfdt's map ends here, the specification's does not
            u64 address = 0;
            u64 size = 0;
            demand(fdt_get_mem_rsv(blob(), index++, &address, &size) == 0, "a reservation that libfdt does not have");
            demand(address == entry.address && size == entry.size, "reservations differ");
        }
        demand(fdt_num_mem_rsv(blob()) == index, "a reservation that only libfdt has");
    }

    const fdt::Tree& tree_;
    std::vector<char> copy_;
};

constexpr platform::MachineInputs inputs{.image = {PhysAddr{0x20'0000}, PhysAddr{0x28'0000}},
                                         .tree = {PhysAddr{0x800'0000}, PhysAddr{0x801'0000}},
                                         .mpidr = 0x8000'0000};

bool interrupt_is_sound(const std::optional<u32>& id) { return !id || (*id >= 16 && *id < 1020); }

void check_machine(const platform::Machine& machine) {
    bool holds_image = false;
    for (u32 i = 0; i != machine.ram.size(); ++i) {
        const PhysRange& bank = machine.ram[i];
        demand(!bank.empty() && is_aligned(bank.begin.value() | bank.end.value(), page_size),
               "a bank is not whole pages");
        demand(bank.end.value() <= platform::ram_limit, "a bank passes the limit");
        demand(i == 0 || machine.ram[i - 1].end < bank.begin, "banks are not sorted and apart");
        holds_image = holds_image || bank.contains(inputs.image);
    }
    demand(holds_image, "no bank holds the image");
    for (const auto& area : machine.reserved) demand(area.range.begin < area.range.end, "an empty reservation");
    u32 running = 0;
    for (const auto& core : machine.cores) {
        running += core.running ? 1 : 0;
        demand(core.running || core.method != platform::EnableMethod::None, "a core that cannot be started");
        demand(core.method != platform::EnableMethod::Psci || core.running || machine.psci, "PSCI without its node");
        for (const auto& other : machine.cores) demand(&other == &core || other.mpidr != core.mpidr, "a core twice");
    }
    demand(running == 1, "not one running core");
    demand(machine.timer.virtual_interrupt >= 16 && machine.timer.virtual_interrupt < 32, "timer not private");
    demand(!machine.console.device.registers.empty(), "console without registers");
    for (const auto& device :
         {machine.mailbox, machine.power, machine.gpio, machine.aux, std::optional{machine.console.device}}) {
        demand(!device || (interrupt_is_sound(device->interrupt) && !device->registers.empty()),
               "a device is not sound");
    }
}

void read_everything(fdt::Bytes bytes) {
    static_cast<void>(fdt::header_size(bytes.first(bytes.size() < 4096 ? bytes.size() : 4096)));
    const auto tree = fdt::Tree::open(bytes);
    if (!tree) {
        demand(!tree.error().words().empty() && tree.error().offset <= bytes.size(), "a fault without words or place");
        return;
    }
    u64 printed = 0;
    const auto count = [&printed](std::string_view text) {
        for (const char c : text) demand(c == '\n' || (c >= ' ' && c <= '~'), "something unprintable is printed");
        printed += text.size();
    };
    fdt::print_subtree(tree->root(), count);
    platform::Advice advice;
    const auto machine = platform::read_machine(*tree, inputs, advice);
    if (machine) check_machine(*machine);
    for (const auto& line : advice) demand(!line.text().empty(), "an empty line of advice");
}

u64 cpu_microseconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<u64>(now.tv_sec) * 1'000'000 + static_cast<u64>(now.tv_nsec) / 1000;
}

// Processor time, and the best of three: it finds what hangs or is quadratic, it does not judge speed.
void time_limit(fdt::Bytes bytes) {
    for (u32 attempt = 0; attempt != 3; ++attempt) {
        const u64 start = cpu_microseconds();
        read_everything(bytes);
        if (cpu_microseconds() - start < 10'000) return;
    }
    demand(false, "more than 10 ms");
}

void put_word(uint8_t* at, u32 value) {
    for (u32 i = 0; i != 4; ++i) at[i] = static_cast<uint8_t>(value >> (24 - 8 * i));
}

u32 get_word(const uint8_t* at) {
    u32 value = 0;
    for (u32 i = 0; i != 4; ++i) value = (value << 8) | at[i];
    return value;
}

}  // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
    std::minstd_rand random{seed};
    const u32 kind = static_cast<u32>(random() % 8);
    if (size < 48 || kind < 3) return LLVMFuzzerMutate(data, size, max_size);
    static constexpr u32 words[] = {0,  1,  2,   3,           4,           9,           5,           8,
                                    12, 16, 255, 0x7FFF'FFFF, 0x8000'0000, 0xFFFF'FFFF, 0xFFFF'FFF0, 0xD00D'FEED};
    const size_t count = size / 4;
    const size_t header = 10;
    const size_t at = (kind == 3 ? random() % header : header + random() % (count - header)) * 4;
    const u32 old = get_word(data + at);
    switch (kind) {
        case 3:
        case 4: put_word(data + at, words[random() % std::size(words)]); break;
        case 5: put_word(data + at, old + static_cast<u32>(random() % 33) - 16); break;
        case 6: put_word(data + at, get_word(data + random() % count * 4)); break;
        default: {  // a run of words copied over another
            const size_t from = (header + random() % (count - header)) * 4;
            const size_t room = size - (from > at ? from : at);
            std::memmove(data + at, data + from, std::min<size_t>(room, 4 * (1 + random() % 16)));
        }
    }
    return size;
}

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    if (const char* folder = std::getenv("GOOD_TREES")) {
        usize good = 0;
        for (const auto& file : std::filesystem::directory_iterator{folder}) {
            std::ifstream stream{file.path(), std::ios::binary};
            const std::vector<char> blob{std::istreambuf_iterator<char>{stream}, {}};
            const auto tree = fdt::Tree::open(std::as_bytes(std::span{blob}));
            const std::string what = file.path().string() + " is refused, a good tree";
            demand(tree.has_value(), what.c_str());
            good += 1;
        }
        demand(good != 0, "no good tree to begin with");
    }
    std::atexit([] {
        std::fprintf(stderr, "FDT10: %llu of %llu inputs accepted\n", static_cast<unsigned long long>(inputs_accepted),
                     static_cast<unsigned long long>(inputs_seen));
    });
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const fdt::Bytes bytes{reinterpret_cast<const std::byte*>(data), size};
    time_limit(bytes);
    inputs_seen += 1;
    if (const auto tree = fdt::Tree::open(bytes)) {
        inputs_accepted += 1;
        Oracle{*tree}.compare();
    } else {
        demand_right_refusal(bytes, tree.error());
    }
    return 0;
}
