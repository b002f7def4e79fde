#include "engine/api/page_token.h"

#include <optional>

#include "engine/base/encoding.h"

namespace sb::api {
namespace {

constexpr int kDefaultSize = 50;
constexpr int kMostSize = 1000;
constexpr std::size_t kNumberBytes = 8;
constexpr std::size_t kCheckBytes = 8;

std::string BytesOf(std::int64_t number) {
  std::string bytes;
  for (std::size_t i = 0; i < kNumberBytes; ++i) {
    bytes += static_cast<char>((static_cast<std::uint64_t>(number) >> (56 - 8 * i)) & 0xFFU);
  }
  return bytes;
}

std::int64_t NumberOf(const std::string& bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < kNumberBytes; ++i)
    number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return static_cast<std::int64_t>(number);
}

// Not a signature: whoever forges a token can only skip pages of a list that they may read anyway.
// It finds tokens that were cut, or are used with other filters.
std::string CheckOf(const std::string& number, const std::string& scope) {
  return Sha256(number + scope).substr(0, kCheckBytes);
}

std::optional<std::int64_t> ReadToken(const std::string& token, const std::string& scope) {
  const auto bytes = FromHex(token);
  if (!bytes || bytes->size() != kNumberBytes + kCheckBytes) return std::nullopt;
  const std::string number = bytes->substr(0, kNumberBytes);
  if (bytes->substr(kNumberBytes) != CheckOf(number, scope)) return std::nullopt;
  return NumberOf(number);
}

}  // namespace

std::variant<ports::PageRequest, Failure> ReadPage(int page_size, const std::string& page_token,
                                                   const std::string& scope) {
  ports::PageRequest page;
  page.size = page_size == 0 ? kDefaultSize : page_size;
  if (page.size < 1 || page.size > kMostSize) {
    return WrongField("page_size", "must be 1 to 1000, or 0 for 50", "PAGE_SIZE_INVALID");
  }
  if (page_token.empty()) return page;
  const auto before = ReadToken(page_token, scope);
  if (!before) {
    return WrongField(
        "page_token",
        "is not a next_page_token of this list: pass it on unchanged, with the same filters",
        "PAGE_TOKEN_INVALID");
  }
  page.before = *before;
  return page;
}

std::string MakePageToken(std::int64_t before, const std::string& scope) {
  if (before == 0) return {};
  const std::string number = BytesOf(before);
  return ToHex(number + CheckOf(number, scope));
}

}  // namespace sb::api
