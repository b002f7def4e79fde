#include "connectors/aircall/sandbox/call_book.h"

#include <algorithm>

#include "connectors/aircall/sandbox/refusal.h"
#include "connectors/aircall/sandbox/text.h"

namespace sb::aircall::sandbox {
namespace {

constexpr std::size_t kMaxComments = 5;
constexpr auto kHistory = std::chrono::months(6);

bool HasTag(const Call& call, std::int64_t tag_id) {
  return std::any_of(call.tags.begin(), call.tags.end(),
                     [&](const CallTag& each) { return each.tag_id == tag_id; });
}

bool HasPhone(const Call& call, const std::string& digits,
              const std::map<std::int64_t, std::string>& own_digits) {
  if (digits.empty()) return false;
  const auto own = own_digits.find(call.number_id);
  return PhoneDigits(call.external) == digits || (own != own_digits.end() && own->second == digits);
}

bool Matches(const Call& call, const CallFilter& filter,
             const std::map<std::int64_t, std::string>& own_digits) {
  if (filter.matches_nothing) return false;
  if (filter.direction && call.direction != *filter.direction) return false;
  if (filter.user_id && call.user_id != filter.user_id) return false;
  if (filter.phone_number && !HasPhone(call, PhoneDigits(*filter.phone_number), own_digits)) {
    return false;
  }
  return std::all_of(filter.tag_ids.begin(), filter.tag_ids.end(),
                     [&](std::int64_t tag_id) { return HasTag(call, tag_id); });
}

}  // namespace

Call& CallBook::Begin(Direction direction, WallTime started_at) {
  Call call;
  call.id = ids_.Next(IdKind::kCall);
  call.sid = "CA" + ids_.Hex(32);
  call.direction = direction;
  call.started_at = started_at;
  return calls_.emplace(call.id, std::move(call)).first->second;
}

Result<Comment> CallBook::AddComment(std::int64_t id, const std::string& content, WallTime now) {
  Call* call = Find(id);
  if (call == nullptr) return UnknownId("Call");
  const std::string clean = WithoutEmojis(content);
  if (IsBlank(clean)) return Refused("content is missing");
  if (call->comments.size() >= kMaxComments) {
    return Invalid("SANDBOX_INVALID",
                   "Maximum of 5 notes can be added to a Call.");  // Wording: doc, live.
  }
  call->comments.push_back({ids_.Next(IdKind::kComment), clean, now, std::nullopt});
  return call->comments.back();
}

Status CallBook::AddTags(std::int64_t id, const std::vector<std::int64_t>& tag_ids, WallTime now) {
  Call* call = Find(id);
  if (call == nullptr) return UnknownId("Call");
  if (tag_ids.empty()) return Refused("tags is missing: send a list of tag ids");
  for (const std::int64_t tag_id : tag_ids) {
    if (!HasTag(*call, tag_id)) call->tags.push_back({tag_id, now});
  }
  return {};
}

void CallBook::StripTag(std::int64_t tag_id) {
  for (auto& [id, call] : calls_) {
    std::erase_if(call.tags, [&](const CallTag& each) { return each.tag_id == tag_id; });
  }
}

Call* CallBook::Find(std::int64_t id) {
  const auto found = calls_.find(id);
  return found == calls_.end() ? nullptr : &found->second;
}

Result<Call> CallBook::Get(std::int64_t id) const {
  const auto found = calls_.find(id);
  if (found == calls_.end()) return UnknownId("Call");
  return found->second;
}

Page<Call> CallBook::List(const CallFilter& filter, const ListQuery& query, WallTime now,
                          const std::map<std::int64_t, std::string>& own_digits) const {
  std::vector<const Call*> matching;
  for (const auto& [id, call] : calls_) {
    if (call.started_at > now - kHistory && Matches(call, filter, own_digits)) {
      matching.push_back(&call);
    }
  }
  const TimeOf<Call> started = [](const Call& each) { return each.started_at; };
  return TakePage<Call>(std::move(matching), query, WindowRule::kAfterFrom, started, started);
}

}  // namespace sb::aircall::sandbox
