#include "connectors/aircall/sandbox/world/call_book.h"

#include <algorithm>
#include <string_view>

#include "connectors/aircall/sandbox/world/refusal.h"
#include "connectors/aircall/sandbox/world/text.h"

namespace sb::aircall::sandbox {
namespace {

constexpr std::size_t kMaxComments = 5;
constexpr auto kHistory = std::chrono::months(6);

bool HasTag(const Call& call, std::int64_t tag_id) {
  return std::any_of(call.tags.begin(), call.tags.end(),
                     [&](const CallTag& each) { return each.tag_id == tag_id; });
}

/// Whether these are the digits of `phone`; without a copy, as searches ask it of every call.
bool HasDigits(std::string_view phone, std::string_view digits) {
  for (const char c : phone) {
    if (c < '0' || c > '9') continue;
    if (digits.empty() || digits.front() != c) return false;
    digits.remove_prefix(1);
  }
  return digits.empty();
}

bool HasPhone(const Call& call, const std::string& digits,
              const std::map<std::int64_t, std::string>& own_digits) {
  if (digits.empty()) return false;
  if (HasDigits(call.external, digits)) return true;
  const auto own = own_digits.find(call.number_id);
  return own != own_digits.end() && own->second == digits;
}

bool Matches(const Call& call, const CallFilter& filter,
             const std::map<std::int64_t, std::string>& own_digits) {
  if (filter.matches_nothing) return false;
  if (filter.direction && call.direction != *filter.direction) return false;
  if (filter.user_id && call.user_id != filter.user_id) return false;
  if (filter.phone_number && !HasPhone(call, *filter.phone_number, own_digits)) {
    return false;
  }
  return std::all_of(filter.tag_ids.begin(), filter.tag_ids.end(),
                     [&](std::int64_t tag_id) { return HasTag(call, tag_id); });
}

}  // namespace

Call& CallBook::Begin(Direction direction, WallTime started_at) {
  Call call;
  call.id = ids_->Next(IdKind::kCall);
  call.sid = "CA" + ids_->Hex(32);
  call.direction = direction;
  call.started_at = started_at;
  by_start_.Insert(started_at, static_cast<std::int64_t>(calls_.size()));
  return calls_.emplace_back(std::move(call));
}

void CallBook::MoveStart(Call& call, WallTime started_at) {
  const std::int64_t place = PlaceOf(call.id);
  by_start_.Erase(call.started_at, place);
  call.started_at = started_at;
  by_start_.Insert(started_at, place);
}

Result<Comment> CallBook::AddComment(std::int64_t id, const std::string& content,
                                     std::optional<std::int64_t> author, WallTime now) {
  Call* call = Find(id);
  if (call == nullptr) return UnknownId("Call");
  const std::string clean = WithoutEmojis(content);
  if (IsBlank(clean)) return Refused("content is missing");
  if (call->comments.size() >= kMaxComments) {
    return Invalid("SANDBOX_INVALID",
                   "Maximum of 5 notes can be added to a Call.");  // Wording: doc, live.
  }
  call->comments.push_back({ids_->Next(IdKind::kComment), clean, now, author});
  return call->comments.back();
}

Status CallBook::AddTags(std::int64_t id, const std::vector<std::int64_t>& tag_ids,
                         std::optional<std::int64_t> author, WallTime now) {
  Call* call = Find(id);
  if (call == nullptr) return UnknownId("Call");
  if (tag_ids.empty()) return Refused("tags is missing: send a list of tag ids");
  for (const std::int64_t tag_id : tag_ids) {
    if (!HasTag(*call, tag_id)) call->tags.push_back({tag_id, now, author});
  }
  return {};
}

Status CallBook::RemoveTag(std::int64_t id, std::int64_t tag_id) {
  Call* call = Find(id);
  if (call == nullptr) return UnknownId("Call");
  const auto removed =
      std::erase_if(call->tags, [&](const CallTag& each) { return each.tag_id == tag_id; });
  return removed == 0 ? Status(UnknownId("Tag")) : Status();
}

void CallBook::StripTag(std::int64_t tag_id) {
  for (Call& call : calls_) {
    std::erase_if(call.tags, [&](const CallTag& each) { return each.tag_id == tag_id; });
  }
}

const Call* CallBook::Find(std::int64_t id) const {
  const auto place = static_cast<std::size_t>(PlaceOf(id));
  return place == calls_.size() || calls_[place].id != id ? nullptr : &calls_[place];
}

std::int64_t CallBook::PlaceOf(std::int64_t id) const {
  const auto found =
      std::lower_bound(calls_.begin(), calls_.end(), id,
                       [](const Call& call, std::int64_t wanted) { return call.id < wanted; });
  return found - calls_.begin();
}

Call* CallBook::Find(std::int64_t id) {
  return const_cast<Call*>(std::as_const(*this).Find(id));  // NOLINT(*-const-cast): ours to change
}

Result<Call> CallBook::Get(std::int64_t id) const {
  const Call* found = Find(id);
  if (found == nullptr) return UnknownId("Call");
  return *found;
}

Page<Call> CallBook::List(const CallFilter& asked, const ListQuery& query, WallTime now,
                          const std::map<std::int64_t, std::string>& own_digits) const {
  const TimeIndex::Range range =
      by_start_.After(by_start_.Window(query, WindowRule::kAfterFrom), now - kHistory);
  const auto find = [&](std::int64_t place) { return &calls_[static_cast<std::size_t>(place)]; };
  CallFilter filter = asked;
  if (filter.phone_number) filter.phone_number = PhoneDigits(*filter.phone_number);
  if (filter.IsEmpty()) return TakeRange<Call>(by_start_, range, query, find);
  return TakeFitting<Call>(by_start_, range, query, find,
                           [&](const Call& call) { return Matches(call, filter, own_digits); });
}

}  // namespace sb::aircall::sandbox
