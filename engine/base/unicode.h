#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

// Text as people mean it, whatever bytes it came in (by utf8proc, docs/adr/0049).
namespace sb {

/// One form of all spellings of a text that look alike: Unicode NFC, without white space at its
/// ends; white space inside is one space, or, where there are line breaks in it, one of them or two
/// (an empty line). Control characters and byte-order marks are left out; joiners and variation
/// selectors stay. Nothing: it is not UTF-8. NormalText(NormalText(t)) == NormalText(t).
std::optional<std::string> NormalText(std::string_view text);

/// A normal text in lower case, character by character; again a normal text.
std::string LowerText(const std::string& text);

/// How many code points a well-formed text has.
std::size_t CharsIn(std::string_view text);

/// A normal text cut to at most so many code points, again normal: no character that people see as
/// one is cut in two, unless it alone is too long.
std::string CutText(const std::string& text, std::size_t most_chars);

}  // namespace sb
