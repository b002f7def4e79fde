#include "connectors/aircall/sandbox/world/text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>

namespace sb::aircall::sandbox {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

struct DialPlan {
  std::string_view prefix;
  std::string_view country;
  std::string_view shape;  // '#' stands for a digit of the national number.
};

constexpr std::array<DialPlan, 3> kDialPlans = {{
    {"+1", "US", "+1 ###-###-####"},
    {"+33", "FR", "+33 # ## ## ## ##"},
    {"+44", "GB", "+44 ## #### ####"},
}};

const DialPlan* PlanOf(std::string_view e164) {
  const auto* const plan =
      std::find_if(kDialPlans.begin(), kDialPlans.end(),
                   [&](const DialPlan& each) { return e164.starts_with(each.prefix); });
  return plan == kDialPlans.end() ? nullptr : &*plan;
}

std::string FillShape(std::string_view shape, std::string_view digits) {
  std::string text;
  for (const char c : shape) {
    if (c != '#') {
      text.push_back(c);
      continue;
    }
    text.push_back(digits.front());
    digits.remove_prefix(1);
  }
  return text;
}

std::size_t SequenceLength(unsigned char lead) {
  if (lead >= 0xF0) return 4;
  if (lead >= 0xE0) return 3;
  return lead >= 0xC0 ? 2 : 1;
}

std::uint32_t CodePoint(std::string_view sequence) {
  const auto lead = static_cast<unsigned char>(sequence.front());
  if (sequence.size() == 1) return lead;
  std::uint32_t point = lead & (0xFFU >> (sequence.size() + 1));
  for (const char c : sequence.substr(1))
    point = point << 6U | (static_cast<unsigned char>(c) & 0x3FU);
  return point;
}

bool IsEmoji(std::uint32_t point) {
  return (point >= 0x1F000 && point <= 0x1FAFF) || (point >= 0x2600 && point <= 0x27BF) ||
         (point >= 0x2B00 && point <= 0x2BFF) || point == 0xFE0F || point == 0x200D ||
         point == 0x20E3;
}

std::string_view HostOf(std::string_view authority) {
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) return {};
  if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

struct UrlParts {
  std::string_view scheme;
  std::string_view authority;
  std::string_view rest;
};

std::optional<UrlParts> SplitUrl(std::string_view url) {
  const auto colon = url.find("://");
  if (colon == std::string_view::npos) return {};
  const std::string_view after = url.substr(colon + 3);
  const auto end = std::min(after.find_first_of("/?#"), after.size());
  const UrlParts parts{url.substr(0, colon), after.substr(0, end), after.substr(end)};
  const bool web = parts.scheme == "http" || parts.scheme == "https";
  const bool clean =
      std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c != 127; });
  if (!web || !clean || HostOf(parts.authority).empty()) return {};
  return parts;
}

bool IsLoopbackHost(std::string_view host) {
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

}  // namespace

std::string PhoneDigits(std::string_view phone) {
  std::string digits;
  std::copy_if(phone.begin(), phone.end(), std::back_inserter(digits), IsDigit);
  return digits;
}

bool IsPhone(std::string_view text) {
  const auto known = [](char c) {
    return IsDigit(c) || std::string_view("+ -().").find(c) != std::string_view::npos;
  };
  const std::size_t digits = PhoneDigits(text).size();
  return std::all_of(text.begin(), text.end(), known) && digits >= 3 && digits <= 15;
}

std::string DisplayPhone(std::string_view e164) {
  const DialPlan* plan = PlanOf(e164);
  if (plan == nullptr) return std::string(e164);
  const std::string_view national = e164.substr(plan->prefix.size());
  const auto places = std::count(plan->shape.begin(), plan->shape.end(), '#');
  const bool fits = static_cast<std::size_t>(places) == national.size() &&
                    std::all_of(national.begin(), national.end(), IsDigit);
  return fits ? FillShape(plan->shape, national) : std::string(e164);
}

std::optional<std::string> CountryOfPhone(std::string_view e164) {
  const DialPlan* plan = PlanOf(e164);
  if (plan == nullptr) return {};
  return std::string(plan->country);
}

bool IsBlank(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; });
}

std::size_t CharactersIn(std::string_view utf8) {
  const auto leads = std::count_if(utf8.begin(), utf8.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  });
  return static_cast<std::size_t>(leads);
}

std::string WithoutEmojis(std::string_view text) {
  std::string kept;
  while (!text.empty()) {
    const std::size_t length =
        std::min(SequenceLength(static_cast<unsigned char>(text.front())), text.size());
    const std::string_view sequence = text.substr(0, length);
    if (!IsEmoji(CodePoint(sequence))) kept += sequence;
    text.remove_prefix(length);
  }
  return kept;
}

std::optional<std::int64_t> ParseInteger(std::string_view text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, number);
  if (problem != std::errc() || stop != end) return {};
  return number;
}

std::optional<HookUrl> ParseHookUrl(std::string_view url) {
  const auto parts = SplitUrl(url);
  if (!parts) return {};
  if (parts->scheme == "http" && !IsLoopbackHost(HostOf(parts->authority))) return {};
  HookUrl hook{std::string(parts->scheme) + "://" + std::string(parts->authority),
               std::string(parts->rest)};
  if (!hook.target.starts_with('/')) hook.target.insert(0, "/");
  return hook;
}

bool IsLoopbackUrl(std::string_view url) {
  const auto parts = SplitUrl(url);
  return parts && IsLoopbackHost(HostOf(parts->authority));
}

}  // namespace sb::aircall::sandbox
