#include "engine/adapters/crypto/key_text.h"

#include <optional>
#include <string_view>

#include "engine/adapters/crypto/key_bytes.h"
#include "engine/base/encoding.h"

namespace sb::adapters::crypto {
namespace {

constexpr std::size_t kMostKeys = 16;
constexpr std::string_view kBetween = " \t\r\n,";

}  // namespace

Result<std::vector<Secret>> ParseKeys(const Secret& text, const std::string& source) {
  const Error refusal = Invalid(
      "VAULT_KEY_INVALID",
      source +
          " must hold 64 hexadecimal characters, or up to 16 such keys, the newest first; put "
          "back the key that the credentials were stored with");
  std::vector<Secret> keys;
  const std::string_view all = text.Reveal();
  for (std::size_t at = all.find_first_not_of(kBetween); at != std::string_view::npos;
       at = all.find_first_not_of(kBetween, at)) {
    const std::string_view word = all.substr(at, all.find_first_of(kBetween, at) - at);
    std::optional<std::string> key = FromHex(word);
    if (!key || key->size() != kKeyBytes || keys.size() == kMostKeys) return refusal;
    keys.emplace_back(*std::move(key));
    at += word.size();
  }
  if (keys.empty()) return refusal;
  return keys;
}

}  // namespace sb::adapters::crypto
