#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sb::aircall::sandbox {

/// Only the digits: the form in which Aircall's search compares phone numbers.
std::string PhoneDigits(std::string_view phone);

/// A phone number as a contact may hold it: an optional plus, 3 to 15 digits, and separators.
bool IsPhone(std::string_view text);

/// "+16175550142" -> "+1 617-555-0142", the spelling of `raw_digits` and `digits`; "anonymous"
/// stays.
std::string DisplayPhone(std::string_view e164);

/// The country of an E.164 number as ISO 3166 alpha-2, for the few countries the seeded company
/// knows.
std::optional<std::string> CountryOfPhone(std::string_view e164);

bool IsBlank(std::string_view text);

/// How many characters, not bytes, `utf8` has.
std::size_t CharactersIn(std::string_view utf8);

/// Drops emojis, as Aircall does with notes and tag names (doc). `text` is UTF-8.
std::string WithoutEmojis(std::string_view text);

/// All of `text` as a decimal number, or nothing.
std::optional<std::int64_t> ParseInteger(std::string_view text);

/// The address of a webhook receiver, cut in two.
struct HookUrl {
  std::string origin;  ///< "https://host:port"
  std::string target;  ///< Path and query; at least "/".
};

/// Aircall demands https (doc). The sandbox also takes http to this machine, where receivers under
/// test live.
std::optional<HookUrl> ParseHookUrl(std::string_view url);

/// Whether `url` is http or https to 127.0.0.1, [::1] or localhost.
bool IsLoopbackUrl(std::string_view url);

}  // namespace sb::aircall::sandbox
