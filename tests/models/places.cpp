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

bool paused = false;
bool weakened = false;
Place weak{};
Order weak_order = Order::Relaxed;

bool is(const Place& place, const char* file, u32 line, u32 column, Slot slot) {
    return place.line == line && place.column == column && place.slot == slot &&
           (place.file == file || std::strcmp(place.file, file) == 0);
}

void note(const char* file, u32 line, u32 column, Slot slot, Order order) {
    for (usize n = 0; n < count; ++n) {
        if (is(all[n], file, line, column, slot)) return;
    }
    if (count == most_places) std::abort();
    all[count++] = {file, line, column, slot, order};
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

void start_noting() { count = 0; }
void pause() { paused = true; }
void go_on() { paused = false; }
usize noted_count() { return count; }
const Place& noted(usize number) { return all[number]; }

void weaken(const Place& place, Order to) {
    weakened = true;
    weak = place;
    weak_order = to;
}
void restore() { weakened = false; }
bool same(const Place& one, const Place& other) { return is(one, other.file, other.line, other.column, other.slot); }

}  // namespace quartet::model::places
