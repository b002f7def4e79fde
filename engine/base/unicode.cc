#include "engine/base/unicode.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utf8proc.h>

namespace sb {
namespace {

constexpr utf8proc_int32_t kByteOrderMark = 0xFEFF;
constexpr utf8proc_int32_t kLastAscii = 0x7F;

const utf8proc_uint8_t* UnicodeBytes(std::string_view text) {
  return reinterpret_cast<const utf8proc_uint8_t*>(text.data());
}

/// The code point at `at`, which is moved behind it; negative: this is not UTF-8.
utf8proc_int32_t NextCodePoint(std::string_view text, std::size_t& at) {
  utf8proc_int32_t code = -1;
  const auto left = static_cast<utf8proc_ssize_t>(text.size() - at);
  const utf8proc_ssize_t length = utf8proc_iterate(UnicodeBytes(text) + at, left, &code);
  if (length <= 0) return -1;
  at += static_cast<std::size_t>(length);
  return code;
}

void AppendCodePoint(std::string& text, utf8proc_int32_t code) {
  constexpr std::size_t kLongest = 4;
  utf8proc_uint8_t bytes[kLongest];
  const utf8proc_ssize_t length = utf8proc_encode_char(code, bytes);
  text.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
}

bool IsLineBreak(utf8proc_int32_t code) {
  constexpr utf8proc_int32_t kNextLine = 0x85;
  const bool ascii = code >= '\n' && code <= '\r';  // with vertical tab and form feed
  const utf8proc_category_t category = utf8proc_category(code);
  return ascii || code == kNextLine || category == UTF8PROC_CATEGORY_ZL ||
         category == UTF8PROC_CATEGORY_ZP;
}

bool IsBlankSpace(utf8proc_int32_t code) {
  return code == '\t' || utf8proc_category(code) == UTF8PROC_CATEGORY_ZS;
}

bool IsLeftOut(utf8proc_int32_t code) {
  return code == kByteOrderMark || utf8proc_category(code) == UTF8PROC_CATEGORY_CC;
}

std::string ToNfc(const std::string& text) {
  const bool ascii =
      std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) <= kLastAscii; });
  if (ascii) return text;
  utf8proc_uint8_t* composed = nullptr;
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  const utf8proc_ssize_t length = utf8proc_map(
      UnicodeBytes(text), static_cast<utf8proc_ssize_t>(text.size()), &composed, options);
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(composed, &std::free);
  if (length < 0) return text;  // out of memory: it was well formed
  return {reinterpret_cast<const char*>(composed), static_cast<std::size_t>(length)};
}

/// White space between two visible characters.
class Gap {
 public:
  void Add(utf8proc_int32_t code) {
    const bool second_half = code == '\n' && last_ == '\r';
    if (IsLineBreak(code) && !second_half) ++breaks_;
    last_ = code;
    open_ = true;
  }

  /// Ends it; at the beginning of a text it is nothing.
  void CloseInto(std::string& text) {
    if (open_ && !text.empty()) text += breaks_ == 0 ? " " : breaks_ == 1 ? "\n" : "\n\n";
    *this = {};
  }

 private:
  bool open_ = false;
  int breaks_ = 0;
  utf8proc_int32_t last_ = 0;
};

}  // namespace

std::optional<std::string> NormalText(std::string_view text) {
  std::string kept;
  Gap gap;
  for (std::size_t at = 0; at < text.size();) {
    const utf8proc_int32_t code = NextCodePoint(text, at);
    if (code < 0) return std::nullopt;
    if (IsLineBreak(code) || IsBlankSpace(code)) {
      gap.Add(code);
    } else if (!IsLeftOut(code)) {
      gap.CloseInto(kept);
      AppendCodePoint(kept, code);
    }
  }
  return ToNfc(kept);
}

std::string LowerText(const std::string& text) {
  std::string lower;
  for (std::size_t at = 0; at < text.size();) {
    const utf8proc_int32_t code = NextCodePoint(text, at);
    if (code < 0) return text;
    AppendCodePoint(lower, utf8proc_tolower(code));
  }
  return ToNfc(lower);
}

std::size_t CharsIn(std::string_view text) {
  std::size_t chars = 0;
  for (std::size_t at = 0; at < text.size(); ++chars) {
    if (NextCodePoint(text, at) < 0) ++at;
  }
  return chars;
}

std::string CutText(const std::string& text, std::size_t most_chars) {
  std::size_t whole = 0;  // bytes up to the last place between two characters
  std::size_t bytes = 0;
  std::size_t chars = 0;
  utf8proc_int32_t before = 0;
  utf8proc_int32_t state = 0;
  while (bytes < text.size()) {
    std::size_t next = bytes;
    const utf8proc_int32_t code = NextCodePoint(text, next);
    if (code < 0) break;
    if (chars > 0 && utf8proc_grapheme_break_stateful(before, code, &state)) whole = bytes;
    if (chars == most_chars) break;
    before = code;
    bytes = next;
    ++chars;
  }
  if (bytes == text.size()) return text;
  std::string cut = text.substr(0, whole == 0 ? bytes : whole);
  while (cut.ends_with(' ') || cut.ends_with('\n')) cut.pop_back();
  return cut;
}

}  // namespace sb
