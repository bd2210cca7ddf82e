// SPDX-License-Identifier: MIT
//
// Danger as a capability. What the compiler cannot check (a register write, a cast from an
// integer to a pointer, a table switch) takes an `Unsafe` whose argument says why the callee's
// contract holds here. It costs nothing, and one search finds every dangerous call with its reason.

#pragma once

#include <string_view>

namespace quartet {

void say_why_the_contract_holds();  // never defined: the compiler names it in its error message

class [[nodiscard]] Unsafe {
public:
    consteval explicit Unsafe(std::string_view reason) {
        if (reason.size() < 12) say_why_the_contract_holds();
    }
};

}  // namespace quartet
