#include "engine/api/record_stream.h"

#include <charconv>
#include <chrono>
#include <map>
#include <variant>
#include <vector>

#include "engine/api/record_calls.h"
#include "engine/base/encoding.h"
#include "engine/ports/clock.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;

constexpr int kMostChangesTold = 200;
constexpr std::size_t kMostChangeBytes = 1024 * 1024;   // a message is no larger, and one change
constexpr auto kFreshPlace = std::chrono::seconds(30);  // accounts come and go
constexpr std::size_t kRecordTokenDigits = 8;

std::string CheckOfRecordToken(const ports::PlatformPlace& place, const std::string& number) {
  const std::string scope = ToText(place.account) + "\n" + place.object + "\n" + number;
  return ToHex(Sha256("record changes\n" + scope)).substr(0, kRecordTokenDigits);
}

}  // namespace

std::string MakeRecordToken(const ports::PlatformPlace& place, std::int64_t number) {
  const std::string text = std::to_string(number);
  return text + "." + CheckOfRecordToken(place, text);
}

std::optional<std::int64_t> ReadRecordToken(const ports::PlatformPlace& place,
                                            const std::string& token) {
  const auto dot = token.find('.');
  if (dot == std::string::npos) return {};
  const std::string text = token.substr(0, dot);
  if (token.substr(dot + 1) != CheckOfRecordToken(place, text)) return {};
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc() ? std::optional(number) : std::nullopt;
}

std::shared_ptr<RecordStream> RecordStream::Make(const Dependencies& deps,
                                                 const v1::WatchRecordChangesRequest& request) {
  return Kept(new RecordStream(deps, request));
}

Outcome RecordStream::FindPlace() {
  auto place = FindRecords(deps(), caller(), request_.account(), request_.object());
  if (auto* failure = std::get_if<Failure>(&place)) return std::move(*failure);
  place_ = std::get<ports::PlatformPlace>(std::move(place));
  place_found_at_ = deps().clock.Now();
  return {};
}

Outcome RecordStream::Begin() {
  if (auto wrong = FindPlace()) return wrong;
  if (request_.resume_token().empty()) return {};
  const auto number = ReadRecordToken(place_, request_.resume_token());
  const auto newest = deps().record_store.Newest(place_);
  if (!newest.ok()) return Failure(newest.error());
  // A token from before the database was restored may be ahead of it: it would hide what comes.
  if (!number || *number > *newest) {
    return WrongField("resume_token",
                      "is not a resume_token of WatchRecordChanges for these records: hand it back "
                      "unchanged, or leave it out to begin with the oldest change that waits",
                      "RESUME_TOKEN_INVALID");
  }
  told_ = *number;
  return {};
}

Outcome RecordStream::FillMessage(v1::WatchRecordChangesResponse& message) {
  if (deps().clock.Now() - place_found_at_ > kFreshPlace) {
    if (auto wrong = FindPlace()) return wrong;
  }
  const auto changes = deps().record_store.WaitingSince(place_, told_, kMostChangesTold);
  if (!changes.ok()) return Failure(changes.error());
  std::vector<std::string> keys;
  for (const ports::RecordChange& change : *changes) keys.push_back(change.key);
  const auto records = deps().record_store.Named(place_, keys);
  if (!records.ok()) return Failure(records.error());
  std::map<std::string, std::string> own_keys;
  for (const ports::PlatformRecord& record : *records) own_keys[record.key] = record.own_key;
  for (const ports::RecordChange& change : *changes) {
    *message.add_changes() = ToProto(change, own_keys[change.key]);
    told_ = change.number;
    if (message.ByteSizeLong() > kMostChangeBytes) break;
  }
  message.set_resume_token(MakeRecordToken(place_, told_));
  return {};
}

bool RecordStream::HasNews(const v1::WatchRecordChangesResponse& message) const {
  return message.changes_size() > 0;
}

}  // namespace sb::api
