// SPDX-License-Identifier: MIT

#include <base/priority_list.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <vector>

using namespace quartet;

namespace {

struct Element {
    PriorityLink<Element> link;
    u32 number = 0;
};
using Elements = PriorityList<Element, &Element::link>;

// The same by a sorted vector.
class Model {
public:
    bool empty() const { return elements_.empty(); }
    Element* front() const { return elements_.empty() ? nullptr : elements_.front(); }
    void insert(Element& element, u8 priority) {
        auto place = std::find_if(elements_.begin(), elements_.end(),
                                  [&](const Element* other) { return other->link.priority < priority; });
        elements_.insert(place, &element);
    }
    void remove(Element& element) { std::erase(elements_, &element); }
    void take_all(Model& other) {
        for (Element* element : other.elements_) insert(*element, element->link.priority);
        other.elements_.clear();
    }
    const std::vector<Element*>& elements() const { return elements_; }

private:
    std::vector<Element*> elements_;
};

// In order by the heads and their rings; every link backwards fits the one forwards, and the heads are as many as priorities.
bool same(const Elements& list, const Model& model) {
    std::vector<Element*> found;
    Element* head = list.front();
    Element** place = nullptr;
    while (head != nullptr) {
        if (place != nullptr && head->link.place != place) return false;
        if (head->link.place == nullptr || *head->link.place != head) return false;
        if (!found.empty() && found.back()->link.priority <= head->link.priority) return false;
        Element* at = head;
        do {
            if (!Elements::listed(*at) || at->link.priority != head->link.priority) return false;
            if ((at != head && at->link.place != nullptr) || at->link.next->link.previous != at) return false;
            found.push_back(at);
            at = at->link.next;
        } while (at != head);
        place = &head->link.lower;
        head = head->link.lower;
    }
    return found == model.elements();
}

}  // namespace

TEST_CASE("SEM02 a priority list under random operations equals a sorted vector, links and all") {
    for (u32 seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        std::mt19937 source{seed};
        auto random = [&] { return static_cast<u32>(source()); };
        u32 priorities = 1 + seed % 5 * 8;
        std::vector<Element> elements(60);
        Elements lists[2];
        Model models[2];
        std::vector<u32> where(elements.size(), 2);
        for (u32 round = 0; round < 3000; ++round) {
            u32 n = random() % 60;
            u32 side = random() % 2;
            switch (random() % 8) {
                case 0: {
                    Element* first = lists[side].pop_front();
                    REQUIRE(first == models[side].front());
                    if (first == nullptr) break;
                    models[side].remove(*first);
                    where[static_cast<usize>(first - elements.data())] = 2;
                    break;
                }
                case 1:
                    if (random() % 16 != 0) break;
                    lists[side].take_all(lists[1 - side]);
                    models[side].take_all(models[1 - side]);
                    for (u32& at : where) at = at == 1 - side ? side : at;
                    break;
                default:
                    if (where[n] == 2) {
                        auto priority = static_cast<u8>(random() % priorities);
                        lists[side].insert(elements[n], priority);
                        models[side].insert(elements[n], priority);
                        where[n] = side;
                    } else {
                        Elements::remove(elements[n]);
                        models[where[n]].remove(elements[n]);
                        where[n] = 2;
                    }
            }
            REQUIRE(Elements::listed(elements[n]) == (where[n] != 2));
            for (u32 k = 0; k < 2; ++k) {
                REQUIRE(lists[k].empty() == models[k].empty());
                REQUIRE(same(lists[k], models[k]));
            }
        }
    }
}

TEST_CASE("SEM02 priorities 0 and 255 and a list of one are served like all others") {
    Element elements[3];
    Elements list;
    list.insert(elements[0], 0);
    CHECK(list.front() == &elements[0]);
    list.insert(elements[1], 255);
    list.insert(elements[2], 0);
    CHECK(list.pop_front() == &elements[1]);
    CHECK(list.pop_front() == &elements[0]);
    CHECK(list.pop_front() == &elements[2]);
    CHECK(list.pop_front() == nullptr);
    CHECK(!Elements::listed(elements[2]));
}
