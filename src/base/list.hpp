// SPDX-License-Identifier: MIT
//
// A doubly linked list whose links lie in the elements: adding and removing never allocates, and an
// element can leave from the middle in constant time. An element is in at most one list for each
// link member that it has.

#pragma once

#include <base/assert.hpp>
#include <base/types.hpp>

namespace quartet {

template <typename T>
struct ListLink {
    T* next = nullptr;
    T* previous = nullptr;
};

// Context: any; the owner of the list guards it. Cost: constant, except where a walk is said.
template <typename T, ListLink<T> T::* Link>
class List {
public:
    constexpr List() = default;
    List(const List&) = delete;
    List& operator=(const List&) = delete;

    constexpr bool empty() const { return first_ == nullptr; }
    constexpr T* front() const { return first_; }
    constexpr T* back() const { return last_; }
    static constexpr T* next(const T& element) { return (element.*Link).next; }
    static constexpr T* previous(const T& element) { return (element.*Link).previous; }

    constexpr void push_back(T& element) { insert_before(nullptr, element); }
    constexpr void push_front(T& element) { insert_before(first_, element); }

    // Before `place`, or at the end where it is null.
    constexpr void insert_before(T* place, T& element) {
        debug_check((element.*Link).next == nullptr && (element.*Link).previous == nullptr && first_ != &element,
                    "a list element is in one list at most");
        T* before = place != nullptr ? (place->*Link).previous : last_;
        (element.*Link).next = place;
        (element.*Link).previous = before;
        (before != nullptr ? (before->*Link).next : first_) = &element;
        (place != nullptr ? (place->*Link).previous : last_) = &element;
    }

    constexpr void remove(T& element) {
        T* after = (element.*Link).next;
        T* before = (element.*Link).previous;
        debug_check(before != nullptr || first_ == &element, "a list element is removed from the list that it is in");
        (before != nullptr ? (before->*Link).next : first_) = after;
        (after != nullptr ? (after->*Link).previous : last_) = before;
        (element.*Link) = {};
    }

    // Null where the list is empty.
    constexpr T* pop_front() {
        T* element = first_;
        if (element != nullptr) remove(*element);
        return element;
    }

    // Whether `element` is in this list or another one through the same link; a lone element of a
    // list is told from a free one by the list alone.
    constexpr bool contains(const T& element) const {
        return (element.*Link).previous != nullptr || (element.*Link).next != nullptr || first_ == &element;
    }

private:
    T* first_ = nullptr;
    T* last_ = nullptr;
};

}  // namespace quartet
