#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sb::core::workflow {

/// The candidate that `text` was most likely meant to be; empty when none is near.
std::string Nearest(std::string_view text, const std::vector<std::string>& candidates);

/// "did you mean aircall.contacts.search?", or empty.
std::string DidYouMean(std::string_view text, const std::vector<std::string>& candidates);

}  // namespace sb::core::workflow
