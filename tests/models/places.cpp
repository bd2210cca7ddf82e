// SPDX-License-Identifier: MIT

#include "places.hpp"

#include <cstdlib>
#include <cstring>

namespace quartet::model::places {
namespace {

using arch::Order;

constexpr usize most_places = 512;
Place all[most_places];
usize count = 0;
// Where in `all` a place is, plus one; found by its numbers.
constexpr usize found_size = 4 * most_places;
u32 found[found_size];

bool paused = false;
bool weakened = false;
Place weak{};
Order weak_order = Order::Relaxed;

bool is(const Place& place, const char* file, u32 line, u32 column, Slot slot) {
    return place.line == line && place.column == column && place.slot == slot &&
           (place.file == file || std::strcmp(place.file, file) == 0);
}

void note(const char* file, u32 line, u32 column, Slot slot, Order order) {
    usize at = (line * 131 + column * 2 + static_cast<u32>(slot)) % found_size;
    for (; found[at] != 0; at = (at + 1) % found_size) {
        if (is(all[found[at] - 1], file, line, column, slot)) return;
    }
    if (count == most_places) std::abort();
    all[count++] = {file, line, column, slot, order};
    found[at] = static_cast<u32>(count);
}

}  // namespace

Order order_at(const OrderAt& order, Slot slot) {
    if (order.order == Order::Relaxed || paused) return order.order;
    const char* file = order.place.file_name();
    const u32 line = order.place.line();
    const u32 column = order.place.column();
    if (!weakened) note(file, line, column, slot, order.order);
    else if (is(weak, file, line, column, slot)) return weak_order;
    return order.order;
}

void start_noting() {
    count = 0;
    for (u32& place : found) place = 0;
}
void pause() { paused = true; }
void go_on() { paused = false; }
usize noted_count() { return count; }
const Place& noted(usize number) { return all[number]; }

void weaken(const Place& place, Order to) {
    weakened = true;
    weak = place;
    weak_order = to;
}

}  // namespace quartet::model::places
