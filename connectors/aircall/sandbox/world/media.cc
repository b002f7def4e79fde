#include "connectors/aircall/sandbox/world/media.h"

#include <array>
#include <cstdio>

#include "connectors/aircall/sandbox/world/text.h"
#include "engine/base/encoding.h"

namespace sb::aircall::sandbox {
namespace {

constexpr Seconds kDirectLife = std::chrono::hours(1);
constexpr Seconds kShortLife = std::chrono::hours(3);

/// "20260929T164000Z", as signed links of object storage write their date.
std::string DateOf(WallTime when) {
  const auto day = std::chrono::floor<std::chrono::days>(when);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<Seconds>(when - day));
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d%02u%02uT%02d%02d%02dZ", int{date.year()},
                unsigned{date.month()}, unsigned{date.day()},
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()));
  return text.data();
}

std::optional<WallTime> ParseDate(const std::string& text) {
  if (text.size() != 16) return {};
  return ParseRfc3339(text.substr(0, 4) + "-" + text.substr(4, 2) + "-" + text.substr(6, 5) + ":" +
                      text.substr(11, 2) + ":" + text.substr(13));
}

std::string SignatureOf(const World& world, const std::string& path, const std::string& date,
                        const std::string& life) {
  const std::string key = "media " + world.api_key().token;
  return ToHex(HmacSha256(key, path + "\n" + date + "\n" + life));
}

/// Keys as object storage has them, so that clients that look at them find them.
std::string Signed(const World& world, const std::string& path, Seconds life) {
  const std::string date = DateOf(world.Now());
  const std::string seconds = std::to_string(life.count());
  return world.settings().base_url + path + "?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=" + date +
         "&X-Amz-Expires=" + seconds +
         "&X-Amz-Signature=" + SignatureOf(world, path, date, seconds);
}

std::string CompanyPart(const World& world) {
  return std::to_string(world.directory().company.id);
}

/// The part that all paths to an asset share: "61001/4294967290/recording".
std::string PlaceOf(const World& world, const Call& call, AssetKind kind) {
  return CompanyPart(world) + "/" + std::to_string(call.id) + "/" + NameOf(kind);
}

}  // namespace

const char* NameOf(AssetKind kind) {
  return kind == AssetKind::kRecording ? "recording" : "voicemail";
}

std::string AssetLink(const World& world, const Call& call, AssetKind kind) {
  return Signed(
      world,
      "/media/" + PlaceOf(world, call, kind) + "/" + call.AssetKey(kind).value_or("") + ".mp3",
      kDirectLife);
}

std::string ShortAssetLink(const World& world, const Call& call, AssetKind kind) {
  return Signed(
      world,
      "/short-urls/v1/" + PlaceOf(world, call, kind) + "/" + call.AssetKey(kind).value_or(""),
      kShortLife);
}

std::string AssetPage(const World& world, const Call& call, AssetKind kind) {
  return world.settings().base_url + "/assets/calls/" + std::to_string(call.id) + "/" +
         NameOf(kind);
}

LinkState CheckLink(const World& world, const std::string& path, const Fields& query) {
  const std::string date = query.GetOr("X-Amz-Date", "");
  const std::string life = query.GetOr("X-Amz-Expires", "");
  const auto signed_at = ParseDate(date);
  const auto seconds = ParseInteger(life);
  const bool genuine = signed_at && seconds &&
                       query.GetOr("X-Amz-Signature", "") == SignatureOf(world, path, date, life);
  if (!genuine) return LinkState::kForged;
  return world.Now() < *signed_at + Seconds(*seconds) ? LinkState::kGood : LinkState::kExpired;
}

}  // namespace sb::aircall::sandbox
