#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace sb::aircall::sandbox {

/// A file of pages/, which is built into the program: "consent.html". Empty when there is none.
std::string_view PageFile(std::string_view path);

using PageValues = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// Puts values, which are HTML already, for the {{names}} of a page.
std::string Filled(std::string_view page, PageValues values);

}  // namespace sb::aircall::sandbox
