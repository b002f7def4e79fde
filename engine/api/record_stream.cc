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
constexpr auto kBetweenSigns = std::chrono::seconds(10);
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
  std::shared_ptr<RecordStream> stream(  // NOLINT: the constructor is private
      new RecordStream(deps, request));
  stream->self_ = stream;
  return stream;
}

Outcome RecordStream::FindPlace() {
  auto place = FindRecords(deps_, call_->caller(), request_.account(), request_.object());
  if (auto* failure = std::get_if<Failure>(&place)) return std::move(*failure);
  place_ = std::get<ports::PlatformPlace>(std::move(place));
  place_found_at_ = deps_.clock.Now();
  return {};
}

Outcome RecordStream::Open(std::shared_ptr<Call> call) {
  call_ = std::move(call);
  if (auto wrong = FindPlace()) return wrong;
  if (request_.resume_token().empty()) return {};
  const auto number = ReadRecordToken(place_, request_.resume_token());
  const auto newest = deps_.record_store.Newest(place_);
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
  if (deps_.clock.Now() - place_found_at_ > kFreshPlace) {
    if (auto wrong = FindPlace()) return wrong;
  }
  const auto changes = deps_.record_store.WaitingSince(place_, told_, kMostChangesTold);
  if (!changes.ok()) return Failure(changes.error());
  std::vector<std::string> keys;
  for (const ports::RecordChange& change : *changes) keys.push_back(change.key);
  const auto records = deps_.record_store.Named(place_, keys);
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

void RecordStream::Poll() {
  {
    const std::lock_guard lock(mutex_);
    if (polling_ || writing_ || concluded_) return;
    polling_ = true;
  }
  v1::WatchRecordChangesResponse message;
  auto failure = FillMessage(message);
  const bool silent = deps_.clock.Now() - last_message_at_ > kBetweenSigns;
  {
    const std::lock_guard lock(mutex_);
    polling_ = false;
    // A database that is away for a moment is no reason to end: the next poll comes again.
    const bool worth_it = !failure && (message.changes_size() > 0 || silent);
    if (failure && failure->error.kind != ErrorKind::kUnavailable) failure_ = std::move(failure);
    if (worth_it && !failure_) {
      last_message_at_ = deps_.clock.Now();
      written_.Swap(&message);
      writing_ = true;
      StartWrite(&written_);
    }
  }
  Settle();
}

void RecordStream::Settle() {
  Failure failure(Internal("INTERNAL", ""));
  {
    const std::lock_guard lock(mutex_);
    if (!failure_ || polling_ || writing_ || concluded_ || call_ == nullptr) return;
    concluded_ = true;
    failure = *failure_;
  }
  call_->Finish(failure);  // outside the lock: it ends in OnDone
}

void RecordStream::Fail(Failure failure) {
  {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(failure);
  }
  Settle();
}

bool RecordStream::ended() const {
  const std::lock_guard lock(mutex_);
  return concluded_;
}

void RecordStream::OnWriteDone(bool ok) {
  const auto self = shared_from_this();
  {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    if (!ok && !failure_) failure_ = Cancelled("CALL_ABANDONED", "the watching client went away");
  }
  Settle();
  // There may be more: look at once.
  if (ok) static_cast<void>(deps_.post([self] { self->Poll(); }));
}

void RecordStream::OnCancel() {
  const auto self = shared_from_this();
  Fail(Cancelled("CALL_ABANDONED", "the watching client went away"));
}

void RecordStream::OnDone() {
  std::shared_ptr<RecordStream> self;  // destroys this object at the end, or a late poll does
  const std::lock_guard lock(mutex_);
  concluded_ = true;
  self.swap(self_);
}

}  // namespace sb::api
