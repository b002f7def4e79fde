#pragma once

#include <string>
#include <string_view>

namespace sb {

/// With its ASCII letters in lower case; all other bytes stay.
std::string Lower(std::string_view text);

}  // namespace sb
