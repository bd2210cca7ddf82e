// SPDX-License-Identifier: MIT
//
// An intrusive list that is ordered by priority, highest first, and among equals by arrival, in which nothing takes
// longer because it is long. Equals form a ring; the first of each ring, its head, is in a second list, from
// the highest priority to the lowest. So adding walks over as many heads as there are distinct priorities above the new one
// and never over the elements themselves, and whoever leaves has its neighbours at hand.
//
// A head keeps where the pointer to it lies (`place`: in the list itself or in the next higher head) instead of a
// pointer back: the same member tells a head from its ring, and an element can leave without its list being named.

#pragma once

#include <base/assert.hpp>
#include <base/types.hpp>

namespace quartet {

template <typename T>
struct PriorityLink {
    T* next = nullptr;  // in the ring of equals; null where the element is in no list
    T* previous = nullptr;  // the head's is the one that arrived last
    T* lower = nullptr;  // a head's: the head of the next lower priority that somebody has
    T** place = nullptr;  // a head's: what points at it; null for all others
    u8 priority = 0;
};

// Context: any; the owner of the list guards it. Cost: constant, except where a walk over heads is said.
template <typename T, PriorityLink<T> T::* Link>
class PriorityList {
public:
    constexpr PriorityList() = default;
    PriorityList(const PriorityList&) = delete;
    PriorityList& operator=(const PriorityList&) = delete;

    constexpr bool empty() const { return first_ == nullptr; }
    // The one that arrived first among those of the highest priority; null where the list is empty.
    constexpr T* front() const { return first_; }

    static constexpr bool listed(const T& element) { return (element.*Link).next != nullptr; }

    // The one that comes after; null where `element` is the last.
    static constexpr T* next(const T& element) {
        T* next = (element.*Link).next;
        return ((next->*Link).place == nullptr) ? next : (next->*Link).lower;
    }

    // Behind its equals. Cost: a walk over the heads of higher priorities.
    [[gnu::always_inline]] constexpr void insert(T& element, u8 priority) {
        debug_check(!listed(element), "an element is in one priority list at most");
        (element.*Link).priority = priority;
        if (first_ != nullptr) [[unlikely]]
            return insert_among(element);
        PriorityLink<T>& link = element.*Link;
        link.next = &element;
        link.previous = &element;
        link.lower = nullptr;
        link.place = &first_;
        first_ = &element;
    }

    // Out of whichever list it is in.
    [[gnu::noinline]] static constexpr void remove(T& element) {
        PriorityLink<T>& link = element.*Link;
        debug_check(listed(element), "an element is removed from a list that it is in");
        T* next = link.next;
        if (next == &element) {
            *link.place = link.lower;
            if (link.lower != nullptr) (link.lower->*Link).place = link.place;
        } else {
            (next->*Link).previous = link.previous;
            (link.previous->*Link).next = next;
            if (link.place != nullptr) replace_head(link, *next);
        }
        link.next = nullptr;
    }

    // Null where the list is empty.
    [[gnu::always_inline]] constexpr T* pop_front() {
        T* element = first_;
        if (element == nullptr) return nullptr;
        PriorityLink<T>& link = element->*Link;
        T* head = link.next;
        T* lower = link.lower;
        if (head == element) {
            head = lower;
        } else {
            (head->*Link).previous = link.previous;
            (link.previous->*Link).next = head;
            (head->*Link).lower = lower;
            if (lower != nullptr) (lower->*Link).place = &(head->*Link).lower;
        }
        if (head != nullptr) [[unlikely]]
            (head->*Link).place = &first_;
        first_ = head;
        link.next = nullptr;
        return element;
    }

    // Everything of `other`, each behind those of its priority that are here; `other` is empty afterwards. Cost: a walk over
    // the heads of both.
    [[gnu::noinline]] constexpr void take_all(PriorityList& other) {
        T** place = &first_;
        while (T* head = other.first_) {
            PriorityLink<T>& link = head->*Link;
            while (*place != nullptr && ((*place)->*Link).priority > link.priority) place = &((*place)->*Link).lower;
            T* rest = link.lower;
            if (*place != nullptr && ((*place)->*Link).priority == link.priority) {
                join_rings(**place, *head);
            } else {
                link.lower = *place;
                if (*place != nullptr) ((*place)->*Link).place = &link.lower;
                link.place = place;
                *place = head;
            }
            other.first_ = rest;
        }
    }

private:
    static constexpr void add_head(T** place, T& element) {
        PriorityLink<T>& link = element.*Link;
        link.next = link.previous = &element;
        link.lower = *place;
        if (link.lower != nullptr) (link.lower->*Link).place = &link.lower;
        link.place = place;
        *place = &element;
    }

    [[gnu::noinline]] constexpr void insert_among(T& element) {
        PriorityLink<T>& link = element.*Link;
        T** place = &first_;
        while (*place != nullptr && ((*place)->*Link).priority > link.priority) place = &((*place)->*Link).lower;
        T* head = *place;
        if (head == nullptr || (head->*Link).priority != link.priority) return add_head(place, element);
        T* last = (head->*Link).previous;
        link.next = head;
        link.previous = last;
        link.place = nullptr;
        (last->*Link).next = &element;
        (head->*Link).previous = &element;
    }

    // `link` is that of a head that leaves a ring in which `next` comes after it.
    static constexpr void replace_head(PriorityLink<T>& link, T& next) {
        (next.*Link).lower = link.lower;
        if (link.lower != nullptr) (link.lower->*Link).place = &(next.*Link).lower;
        (next.*Link).place = link.place;
        *link.place = &next;
    }

    // The ring of `later` behind that of `head`.
    static constexpr void join_rings(T& head, T& later) {
        T* last = (head.*Link).previous;
        T* end = (later.*Link).previous;
        (last->*Link).next = &later;
        (later.*Link).previous = last;
        (end->*Link).next = &head;
        (head.*Link).previous = end;
        (later.*Link).place = nullptr;
    }

    T* first_ = nullptr;
};

}  // namespace quartet
