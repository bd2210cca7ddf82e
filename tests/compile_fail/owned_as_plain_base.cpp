// SPDX-License-Identifier: MIT
//
// Case: CMP25 an owner of a base whose destructor does not find the object's own
// Refused-by: gcc `conversion from`
// Refused-by: clang `no viable conversion`

#include <mm/owned.hpp>

using namespace quartet;

struct Base {
#if WRONG
    ~Base() = default;
#else
    virtual ~Base() = default;
#endif
};
struct Derived : Base {
    u64 more[8];
};

void keep(mm::Owned<Base>& place, mm::Owned<Derived>&& object) {
    mm::Owned<Base> base = std::move(object);
    place = std::move(base);
}
