#include "engine/api/record_calls.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/api/account_reach.h"
#include "engine/api/json_mapping.h"
#include "engine/api/page_token.h"
#include "engine/api/request_id.h"
#include "engine/base/encoding.h"
#include "engine/base/time.h"
#include "engine/ports/clock.h"
#include "engine/syncs/platform_records.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using syncs::PlatformRecords;
using syncs::PushOutcome;

constexpr int kMostPushed = 1000;
constexpr std::size_t kLongestObject = 60;
constexpr std::size_t kLongestRecordKey = 200;
constexpr std::size_t kLargestPush = 64 * 1024;
constexpr std::size_t kLongestRefusal = 500;
constexpr std::size_t kRecordPageBytes = 1024 * 1024;
constexpr std::size_t kRecordCheckDigits = 8;
constexpr int kNanosInMicro = 1000;
constexpr int kNanosInSecond = 1'000'000'000;
/// A clock that is further ahead would make every later push an older one.
constexpr Millis kMostAhead = std::chrono::hours(24);

/// Text that the store can keep as it is.
bool HasNoControls(const std::string& text) {
  return std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

bool IsRecordWord(const std::string& text, std::size_t longest) {
  return !text.empty() && text.size() <= longest && HasNoControls(text);
}

/// Nothing: it is no time at which a record can have changed.
std::optional<WallTime> TimeOfPush(const google::protobuf::Timestamp& time, WallTime now) {
  const std::int64_t latest =
      std::chrono::floor<std::chrono::seconds>(now + kMostAhead).time_since_epoch().count();
  const bool seconds = time.seconds() >= 0 && time.seconds() <= latest;
  if (!seconds || time.nanos() < 0 || time.nanos() >= kNanosInSecond) return {};
  return WallTime(std::chrono::seconds(time.seconds()) +
                  std::chrono::microseconds(time.nanos() / kNanosInMicro));
}

Failure WrongRecordKey() {
  return WrongField("key", "must be a record's key, of 1 to 200 bytes");
}

/// A record as it was pushed; or why it cannot be stored.
struct ReadPush {
  std::optional<syncs::RecordPush> push;
  std::string code;
  std::string message;
};

ReadPush ReadRecordPush(const v1::RecordPush& given, WallTime now) {
  if (!IsRecordWord(given.key(), kLongestRecordKey)) {
    return {{}, "RECORD_KEY_INVALID", "a key has 1 to 200 bytes, without control characters"};
  }
  if (given.fields().ByteSizeLong() > kLargestPush) {
    return {{}, "RECORD_TOO_LARGE", "the fields of a record take at most 64 KiB"};
  }
  if (given.expected_version() < 0)
    return {{}, "FIELD_INVALID", "expected_version is 0 or a version that was told"};
  syncs::RecordPush push;
  push.key = given.key();
  if (!given.deleted()) push.fields = ToJson(given.fields());
  push.deleted = given.deleted();
  if (given.has_change_time()) {
    push.changed_at = TimeOfPush(given.change_time(), now);
    if (!push.changed_at)
      return {{}, "RECORD_TIME_INVALID", "change_time lies after 1970 and not in the future"};
  }
  if (given.has_expected_version()) push.expected_version = given.expected_version();
  return {std::move(push), "", ""};
}

/// Of what a request says, so that another one is told from the same again.
std::string DigestOfPushes(const v1::PushRecordsRequest& request) {
  Sha256Stream digest;
  for (const v1::RecordPush& each : request.records()) {
    const std::string version =
        each.has_expected_version() ? std::to_string(each.expected_version()) : "-";
    const std::string time = std::to_string(each.change_time().seconds()) + "." +
                             std::to_string(each.change_time().nanos());
    digest.Add(DumpJson(Json::array({each.key(), ToJson(each.fields()), each.deleted(),
                                     each.has_change_time(), time, version})));
  }
  return digest.Finish();
}

void TellPushed(const PlatformRecords::Pushed& pushed, v1::RecordPushResult& result) {
  result.set_version(pushed.version);
  switch (pushed.outcome) {
    case PushOutcome::kStored:
      return result.set_outcome(v1::RecordPushResult::OUTCOME_STORED);
    case PushOutcome::kUnchanged:
      return result.set_outcome(v1::RecordPushResult::OUTCOME_UNCHANGED);
    case PushOutcome::kStale:
      return result.set_outcome(v1::RecordPushResult::OUTCOME_STALE);
    case PushOutcome::kMoved:
      return result.set_outcome(v1::RecordPushResult::OUTCOME_MOVED);
    case PushOutcome::kTooLarge:
      result.set_outcome(v1::RecordPushResult::OUTCOME_REFUSED);
      result.set_error_code("RECORD_TOO_LARGE");
      result.set_error_message("with what it has already the record takes more than 64 KiB");
  }
}

v1::Record RecordProto(const ports::PlatformRecord& record, std::size_t waiting) {
  v1::Record proto;
  proto.set_key(record.key);
  proto.set_own_key(record.own_key);
  *proto.mutable_fields() = ToStruct(record.fields);
  proto.set_version(record.version);
  if (record.changed_at) *proto.mutable_change_time() = ToTimestamp(*record.changed_at);
  proto.set_waiting_changes(static_cast<int>(waiting));
  return proto;
}

std::string CheckOfRecords(const ports::PlatformPlace& place, const std::string& key) {
  const std::string scope = ToText(place.account) + "\n" + place.object + "\n" + key;
  return ToHex(Sha256("records\n" + scope)).substr(0, kRecordCheckDigits);
}

std::string RecordPageToken(const ports::PlatformPlace& place, const std::string& key) {
  return ToHex(key) + "." + CheckOfRecords(place, key);
}

/// The key behind which the page begins. Nothing: it is no such token.
std::optional<std::string> ReadRecordPageToken(const ports::PlatformPlace& place,
                                               const std::string& token) {
  if (token.empty()) return std::string();
  const auto dot = token.find('.');
  if (dot == std::string::npos) return {};
  auto key = FromHex(token.substr(0, dot));
  if (!key || token.substr(dot + 1) != CheckOfRecords(place, *key)) return {};
  return key;
}

Outcome ReadRecordAnswer(const v1::AcknowledgeRecordChangeRequest& request,
                         PlatformRecords::Answer& answer) {
  switch (request.answer_case()) {
    case v1::AcknowledgeRecordChangeRequest::kDone:
      answer.own_key = request.done().key();
      if (answer.own_key.empty() || IsRecordWord(answer.own_key, kLongestRecordKey)) return {};
      return WrongField("done.key", "takes at most 200 bytes, without control characters");
    case v1::AcknowledgeRecordChangeRequest::kRefused:
      answer.done = false;
      answer.reason = request.refused().reason();
      if (answer.reason.size() <= kLongestRefusal && HasNoControls(answer.reason)) return {};
      return WrongField("refused.reason", "takes at most 500 bytes, without control characters");
    default:
      return WrongField("answer", "say what became of the change: done or refused");
  }
}

}  // namespace

v1::RecordChange ToProto(const ports::RecordChange& change, const std::string& own_key) {
  v1::RecordChange proto;
  proto.set_id(ports::ToText(change.id));
  proto.set_kind(static_cast<v1::RecordChange::Kind>(change.kind));
  proto.set_key(change.key);
  proto.set_own_key(own_key);
  *proto.mutable_fields() = ToStruct(change.fields);
  *proto.mutable_before() = ToStruct(change.before);
  *proto.mutable_record() = ToStruct(change.record);
  proto.set_state(static_cast<v1::RecordChange::State>(change.state));
  proto.set_reason(change.reason);
  *proto.mutable_make_time() = ToTimestamp(change.made_at);
  return proto;
}

std::variant<ports::PlatformPlace, Failure> FindRecords(const Dependencies& deps,
                                                        const Caller& caller,
                                                        const std::string& account,
                                                        const std::string& object) {
  auto owner = AccountReach(deps.accounts, caller).Find("account", account);
  if (auto* failure = std::get_if<Failure>(&owner)) return std::move(*failure);
  if (!IsRecordWord(object, kLongestObject)) {
    return WrongField("object",
                      "must be the word by which definitions name your records, such as contact");
  }
  const auto& found = std::get<ports::Account>(owner);
  return ports::PlatformPlace{found.slot, found.id, object};
}

Outcome PushRecordsInto(const Dependencies& deps, const Caller& caller,
                        const v1::PushRecordsRequest& request, v1::PushRecordsResponse& response) {
  auto place = FindRecords(deps, caller, request.account(), request.object());
  if (auto* failure = std::get_if<Failure>(&place)) return std::move(*failure);
  if (request.records().empty() || request.records_size() > kMostPushed)
    return WrongField("records", "takes 1 to 1000 records");
  if (auto wrong = CheckRequestId(request.request_id())) return wrong;
  if (!HasNoControls(request.request_id()))
    return WrongField("request_id", "must be without control characters");
  std::vector<syncs::RecordPush> pushes;
  std::vector<int> places;  // of each push among the results
  for (const v1::RecordPush& given : request.records()) {
    v1::RecordPushResult& result = *response.add_results();
    result.set_key(given.key());
    ReadPush read = ReadRecordPush(given, deps.clock.Now());
    if (read.push) {
      pushes.push_back(*std::move(read.push));
      places.push_back(response.results_size() - 1);
      continue;
    }
    result.set_outcome(v1::RecordPushResult::OUTCOME_REFUSED);
    result.set_error_code(read.code);
    result.set_error_message(read.message);
  }
  const auto pushed = deps.platform_records.Push(std::get<ports::PlatformPlace>(place), pushes,
                                                 request.request_id(), DigestOfPushes(request));
  if (!pushed.ok()) return pushed.error();
  for (std::size_t i = 0; i < places.size() && i < pushed->records.size(); ++i)
    TellPushed(pushed->records[i], *response.mutable_results(places[i]));
  response.set_repeated_request(pushed->repeated);
  return {};
}

Outcome GetRecordInto(const Dependencies& deps, const Caller& caller,
                      const v1::GetRecordRequest& request, v1::GetRecordResponse& response) {
  auto place = FindRecords(deps, caller, request.account(), request.object());
  if (auto* failure = std::get_if<Failure>(&place)) return std::move(*failure);
  if (!IsRecordWord(request.key(), kLongestRecordKey)) return WrongRecordKey();
  const auto found =
      deps.platform_records.Find(std::get<ports::PlatformPlace>(place), request.key());
  if (!found.ok()) return found.error();
  if (!*found) return NotFound("RECORD_NOT_FOUND", "there is no such record; push it first");
  *response.mutable_record() = RecordProto((*found)->record, (*found)->waiting.size());
  return {};
}

Outcome ListRecordsInto(const Dependencies& deps, const Caller& caller,
                        const v1::ListRecordsRequest& request, v1::ListRecordsResponse& response) {
  auto found = FindRecords(deps, caller, request.account(), request.object());
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  const auto& place = std::get<ports::PlatformPlace>(found);
  auto page = ReadPage(request.page_size(), "", "records");
  if (auto* failure = std::get_if<Failure>(&page)) return std::move(*failure);
  const auto after = ReadRecordPageToken(place, request.page_token());
  if (!after) {
    return WrongField("page_token",
                      "is not a next_page_token of this list: pass it on unchanged, with the same "
                      "account and object",
                      "PAGE_TOKEN_INVALID");
  }
  const int size = std::get<ports::PageRequest>(page).size;
  const auto records = deps.record_store.List(place, *after, size);
  if (!records.ok()) return records.error();
  std::size_t bytes = 0;
  for (const ports::PlatformRecord& record : *records) {
    v1::Record& added = *response.add_records();
    added = RecordProto(record, 0);
    bytes += added.ByteSizeLong();
    if (bytes > kRecordPageBytes) break;
  }
  const bool all = response.records_size() == static_cast<int>(records->size());
  if (!all || response.records_size() == size) {
    const auto& last = response.records(response.records_size() - 1);
    response.set_next_page_token(RecordPageToken(place, last.key()));
  }
  return {};
}

Outcome AcknowledgeRecordChangeInto(const Dependencies& deps, const Caller& caller,
                                    const v1::AcknowledgeRecordChangeRequest& request,
                                    v1::AcknowledgeRecordChangeResponse& response) {
  auto place = FindRecords(deps, caller, request.account(), request.object());
  if (auto* failure = std::get_if<Failure>(&place)) return std::move(*failure);
  const auto id = ports::ParseRecordChangeId(request.change());
  if (!id) return WrongField("change", "must be the id of a change, such as rch_01hv3k7q8s0g");
  PlatformRecords::Answer answer;
  if (auto wrong = ReadRecordAnswer(request, answer)) return wrong;
  const auto acknowledged =
      deps.platform_records.Acknowledge(std::get<ports::PlatformPlace>(place), *id, answer);
  if (!acknowledged.ok()) return acknowledged.error();
  const ports::PlatformRecord& record = acknowledged->record;
  *response.mutable_change() = ToProto(acknowledged->change, record.own_key);
  if (record.standing == ports::RecordStanding::kPresent) response.set_version(record.version);
  return {};
}

}  // namespace sb::api
