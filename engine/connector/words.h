#pragma once

#include <string>
#include <string_view>

namespace sb::connector {

/// A provider's text made fit for a message: one line of at most 300 bytes, with e-mail addresses,
/// phone numbers and whatever looks like a key replaced by "***".
std::string ForPeople(std::string_view text);

}  // namespace sb::connector
