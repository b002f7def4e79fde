#pragma once

#include <string>
#include <variant>

#include "engine/api/error_mapping.h"
#include "engine/ports/page.h"

namespace sb::api {

/// Reads page_size and page_token of a list request. `scope` is what the list is of: the method and
/// its filters; a token works for the scope it was made for only. Failures: PAGE_SIZE_INVALID,
/// PAGE_TOKEN_INVALID.
std::variant<ports::PageRequest, Failure> ReadPage(int page_size, const std::string& page_token,
                                                   const std::string& scope);

/// The token of the page that begins before `before`; empty when that is 0, the end.
std::string MakePageToken(std::int64_t before, const std::string& scope);

}  // namespace sb::api
