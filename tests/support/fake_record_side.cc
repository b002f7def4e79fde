#include "tests/support/fake_record_side.h"

#include <algorithm>
#include <cctype>

namespace sb::testing {
namespace {

using core::quota::Lane;
using core::twoway::FieldLimits;
using core::twoway::MatchBy;
using core::twoway::MatchKey;
using core::twoway::SideShape;
using ports::SideChanges;
using ports::SidePage;
using ports::SideRecord;
using ports::SideWrite;
using ports::SideWritten;

/// The clock of a server and ours may be so far apart.
constexpr Millis kClocksApart{5'000};

bool IsBlank(const Json& value) {
  return value.is_null() || (value.is_array() && value.empty()) || value == "";
}

bool IsList(const FieldLimits& limits) {
  return limits.type == "phones" || limits.type == "emails";
}

/// The first so many characters of UTF-8.
std::string CutTo(const std::string& text, std::size_t most) {
  std::size_t chars = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
    if (begins && chars++ == most) return text.substr(0, at);
  }
  return text;
}

/// Spellings of one phone number, or address, made alike.
std::string Plain(MatchBy by, const std::string& text) {
  std::string plain;
  for (const char sign : text) {
    const auto byte = static_cast<unsigned char>(sign);
    const bool counts =
        by == MatchBy::kPhone ? std::isdigit(byte) != 0 || sign == '+' : sign != ' ';
    if (counts) plain += static_cast<char>(std::tolower(byte));
  }
  return plain;
}

std::vector<std::string> TextsIn(const Json& value) {
  if (value.is_string()) return {value.get<std::string>()};
  std::vector<std::string> texts;
  if (!value.is_array()) return texts;
  for (const Json& entry : value) texts.push_back(TextMember(entry, "value"));
  return texts;
}

bool AreAlike(const Json& left, const Json& right) {
  return left == right || (IsBlank(left) && IsBlank(right));
}

}  // namespace

Json FakeRecordSide::FittedValue(const std::string& field, const Json& before, Json value) const {
  const auto known = options_.shape.find(field);
  const FieldLimits limits = known == options_.shape.end() ? FieldLimits() : known->second;
  if (!limits.clears && IsBlank(value) && !IsBlank(before)) return before;
  if (options_.spelling && !IsBlank(value)) value = options_.spelling(field, value);
  if (value.is_string() && limits.most_chars > 0) {
    value = CutTo(value.get<std::string>(), limits.most_chars);
  }
  if (IsList(limits) && value.is_array() && limits.most > 0 && value.size() > limits.most) {
    value.erase(value.begin() + static_cast<std::ptrdiff_t>(limits.most), value.end());
  }
  return value;
}

Result<Json> FakeRecordSide::Fitted(const Json& before, const Json& values) const {
  Json after = before.is_null() ? Json::object() : before;
  for (const auto& [field, value] : values.items()) {
    const auto known = options_.shape.find(field);
    if (known == options_.shape.end()) {
      return Invalid("FAKE_FIELD_UNKNOWN", "there is no field " + field);
    }
    const Json& was = Member(after, field);
    const std::size_t had = was.is_array() ? was.size() : 0;
    const std::size_t wanted = value.is_array() ? value.size() : 0;
    const bool short_list = IsList(known->second) && wanted < known->second.least && wanted < had;
    if (short_list) return Invalid("FAKE_LIST_TOO_SHORT", "the last ones of " + field + " stay");
    Json fitted = FittedValue(field, was, value);
    if (IsBlank(fitted)) {
      after.erase(field);
    } else {
      after[field] = std::move(fitted);
    }
  }
  for (const auto& [field, limits] : options_.shape) {
    if (before.is_null() && limits.required && IsBlank(Member(after, field))) {
      return Invalid("FAKE_FIELD_REQUIRED", "none is made without " + field);
    }
  }
  return after;
}

SideRecord FakeRecordSide::RecordOf(const std::string& key, const Stored& stored) const {
  WallTime at = stored.versions.back().at;
  if (options_.whole_seconds) at = std::chrono::floor<std::chrono::seconds>(at);
  return {key, stored.now(), at};
}

Result<std::string> FakeRecordSide::AddLocked(const Json& values, const std::string& op_key,
                                              bool ours) {
  Result<Json> native = Fitted(Json(), values);
  if (!native.ok()) return native.error();
  const std::string key = options_.prefix + std::to_string(++keys_);
  const WallTime now = clock_.Now();
  records_[key] = {{{now, *native}}, false, now, op_key, values, keys_};
  if (!op_key.empty()) applied_[op_key] = key;
  log_.push_back({key, false});
  deeds_.push_back({now, ours, Deed::What::kCreated, key, Json(), *native, op_key});
  return key;
}

Status FakeRecordSide::EditLocked(const std::string& key, const Json& values,
                                  const std::string& op_key, bool ours) {
  Stored& stored = records_.at(key);
  const Json before = stored.now();
  const Result<Json> after = Fitted(before, values);
  if (!after.ok()) return after.error();
  if (!op_key.empty()) applied_[op_key] = key;
  deeds_.push_back({clock_.Now(), ours, Deed::What::kUpdated, key, before, *after, op_key});
  if (*after == before) return {};
  stored.versions.push_back({clock_.Now(), *after});
  log_.push_back({key, false});
  return {};
}

void FakeRecordSide::RemoveLocked(Records::iterator at, const std::string& op_key, bool ours) {
  log_.push_back({at->first, true});
  deeds_.push_back(
      {clock_.Now(), ours, Deed::What::kDeleted, at->first, at->second.now(), Json(), op_key});
  records_.erase(at);
}

std::string FakeRecordSide::Add(const Json& native) {
  const std::lock_guard lock(mutex_);
  const Result<std::string> key = AddLocked(native, "", false);
  return key.ok() ? *key : std::string();
}

bool FakeRecordSide::Edit(const std::string& key, const Json& values) {
  const std::lock_guard lock(mutex_);
  return records_.count(key) > 0 && EditLocked(key, values, "", false).ok();
}

bool FakeRecordSide::Remove(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto at = records_.find(key);
  if (at == records_.end()) return false;
  RemoveLocked(at, "", false);
  return true;
}

void FakeRecordSide::Hide(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto at = records_.find(key);
  if (at == records_.end() || at->second.hidden) return;
  at->second.hidden = true;
  log_.push_back({key, true});
  const Json& native = at->second.now();
  deeds_.push_back({clock_.Now(), false, Deed::What::kHidden, key, native, native, ""});
}

void FakeRecordSide::Show(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto at = records_.find(key);
  if (at == records_.end() || !at->second.hidden) return;
  at->second.hidden = false;
  log_.push_back({key, false});
  const Json& native = at->second.now();
  deeds_.push_back({clock_.Now(), false, Deed::What::kShown, key, native, native, ""});
}

std::optional<Json> FakeRecordSide::Now(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto at = records_.find(key);
  return at == records_.end() ? std::nullopt : std::optional(at->second.now());
}

std::optional<SideRecord> FakeRecordSide::RecordNow(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto at = records_.find(key);
  if (at == records_.end() || at->second.hidden) return std::nullopt;
  return RecordOf(key, at->second);
}

bool FakeRecordSide::IsHidden(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto at = records_.find(key);
  return at != records_.end() && at->second.hidden;
}

std::map<std::string, Json> FakeRecordSide::All() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, Json> all;
  for (const auto& [key, stored] : records_) all[key] = stored.now();
  return all;
}

std::vector<FakeRecordSide::Deed> FakeRecordSide::Deeds() const {
  const std::lock_guard lock(mutex_);
  return deeds_;
}

std::int64_t FakeRecordSide::WritesOfOurs() const {
  const std::lock_guard lock(mutex_);
  return std::ranges::count_if(deeds_, &Deed::ours);
}

Result<SideShape> FakeRecordSide::Shape() {
  return Called<Result<SideShape>>(hooks, "Shape", false,
                                   [&](bool) { return Result<SideShape>(options_.shape); });
}

Result<std::vector<ports::SideProblem>> FakeRecordSide::Check(
    const std::vector<std::string>& read, const std::vector<std::string>& written) {
  using Problems = std::vector<ports::SideProblem>;
  return Called<Result<Problems>>(hooks, "Check", false, [&](bool) {
    Problems problems;
    for (const auto* const fields : {&read, &written}) {
      for (const std::string& field : *fields) {
        const auto known = options_.shape.find(field);
        if (known == options_.shape.end()) {
          problems.push_back({"LINK_FIELD_UNKNOWN", field, "there is no field " + field});
        } else if (fields == &written && !known->second.writable) {
          problems.push_back({"LINK_PRIVILEGE_MISSING", field, field + " cannot be written"});
        }
      }
    }
    return Result<Problems>(problems);
  });
}

Status FakeRecordSide::Prepare() {
  return Called<Status>(hooks, "Prepare", true, [](bool) { return Status(); });
}

Status FakeRecordSide::Dismantle() {
  return Called<Status>(hooks, "Dismantle", true, [](bool) { return Status(); });
}

Result<std::optional<SideRecord>> FakeRecordSide::Read(const std::string& key, Lane /*lane*/) {
  return Called<Result<std::optional<SideRecord>>>(hooks, "Read", false, [&](bool) {
    return Result<std::optional<SideRecord>>(RecordNow(key));
  });
}

Result<bool> FakeRecordSide::IsGone(const std::string& key, Lane /*lane*/) {
  return Called<Result<bool>>(hooks, "IsGone", false, [&](bool) {
    const std::lock_guard lock(mutex_);
    return Result<bool>(records_.count(key) == 0);
  });
}

bool FakeRecordSide::HasMatchKey(const std::string& key, const Json& native,
                                 const MatchKey& wanted) const {
  if (wanted.by == MatchBy::kExternalKey) {
    return wanted.value ==
           (options_.external_key.empty() ? key : TextMember(native, options_.external_key));
  }
  const char* const list = wanted.by == MatchBy::kPhone ? "phone" : "email";
  for (const auto& [field, value] : native.items()) {
    // By their names, since a table's columns are all of them text.
    if (field.find(list) == std::string::npos) continue;
    for (const std::string& text : TextsIn(value)) {
      if (Plain(wanted.by, text) == Plain(wanted.by, wanted.value)) return true;
    }
  }
  return false;
}

Result<std::vector<SideRecord>> FakeRecordSide::Find(const MatchKey& key, Lane /*lane*/) {
  return Called<Result<std::vector<SideRecord>>>(hooks, "Find", false, [&](bool) {
    const std::lock_guard lock(mutex_);
    constexpr std::size_t kMost = 20;
    const WallTime indexed_until = clock_.Now() - options_.index_lag;
    std::vector<std::pair<std::int64_t, SideRecord>> found;
    for (const auto& [name, stored] : records_) {
      if (stored.hidden) continue;
      const Version* indexed = nullptr;
      for (const Version& version : stored.versions) {
        if (version.at <= indexed_until) indexed = &version;
      }
      const bool fits = indexed != nullptr && HasMatchKey(name, indexed->native, key);
      if (fits) found.emplace_back(stored.order, RecordOf(name, stored));
    }
    std::ranges::sort(found, {}, [](const auto& each) { return each.first; });
    std::vector<SideRecord> records;
    for (auto& [order, record] : found) {
      if (records.size() < kMost) records.push_back(std::move(record));
    }
    return Result<std::vector<SideRecord>>(records);
  });
}

Result<SidePage> FakeRecordSide::Scan(const std::string& from, Lane /*lane*/) {
  return Called<Result<SidePage>>(hooks, "Scan", false, [&](bool) {
    const std::lock_guard lock(mutex_);
    SidePage page;
    page.requests = 1;
    page.total = std::ranges::count_if(records_, [](const auto& at) { return !at.second.hidden; });
    for (auto at = records_.upper_bound(from); at != records_.end(); ++at) {
      if (at->second.hidden) continue;
      if (page.records.size() == options_.page) {
        page.next = page.records.back().key;
        break;
      }
      page.records.push_back(RecordOf(at->first, at->second));
    }
    return Result<SidePage>(page);
  });
}

Result<SideChanges> FakeRecordSide::Changes(const std::string& from, int limit) {
  return Called<Result<SideChanges>>(hooks, "Changes", false, [&](bool) {
    const std::lock_guard lock(mutex_);
    SideChanges changes;
    if (!options_.tells_changes) return Result<SideChanges>(changes);
    std::size_t at = from.empty() ? log_.size() : std::stoul(from);
    for (; at < log_.size() && static_cast<int>(changes.hints.size()) < limit; ++at) {
      changes.hints.push_back({log_[at].key, log_[at].gone, std::nullopt});
    }
    changes.next = std::to_string(at);
    changes.more = at < log_.size();
    return Result<SideChanges>(changes);
  });
}

Result<SideWritten> FakeRecordSide::Create(const SideWrite& write, Lane /*lane*/) {
  return Called<Result<SideWritten>>(hooks, "Create", true, [&](bool) -> Result<SideWritten> {
    const std::lock_guard lock(mutex_);
    const auto before = applied_.find(write.op_key);
    if (options_.knows_writes && before != applied_.end()) {
      const auto at = records_.find(before->second);
      if (at == records_.end()) return SideWritten{};
      return SideWritten{false, RecordOf(at->first, at->second)};
    }
    const Result<std::string> key = AddLocked(write.values, write.op_key, true);
    if (!key.ok()) return key.error();
    return SideWritten{false, RecordOf(*key, records_.at(*key))};
  });
}

Result<SideWritten> FakeRecordSide::UpdateLocked(const SideWrite& write, bool half) {
  const auto at = records_.find(write.key);
  if (at == records_.end() || at->second.hidden) return SideWritten{true, std::nullopt};
  const bool applied = options_.knows_writes && applied_.count(write.op_key) > 0;
  if (applied) return SideWritten{false, RecordOf(at->first, at->second)};
  for (const auto& [field, value] : write.expected.items()) {
    const bool as_expected = AreAlike(value, Member(at->second.now(), field));
    if (!as_expected) return SideWritten{true, RecordOf(at->first, at->second)};
  }
  Json values = write.values;
  if (half && !options_.knows_writes) {
    for (const auto& [field, limits] : options_.shape) {
      if (IsList(limits)) values.erase(field);
    }
  }
  const Status edited = EditLocked(write.key, values, write.op_key, true);
  if (!edited.ok()) return edited.error();
  return SideWritten{false, RecordOf(at->first, at->second)};
}

Result<SideWritten> FakeRecordSide::Update(const SideWrite& write, Lane /*lane*/) {
  return Called<Result<SideWritten>>(hooks, "Update", true, [&](bool half) {
    const std::lock_guard lock(mutex_);
    return UpdateLocked(write, half);
  });
}

Status FakeRecordSide::Delete(const SideWrite& write, Lane /*lane*/) {
  return Called<Status>(hooks, "Delete", true, [&](bool) {
    const std::lock_guard lock(mutex_);
    const auto at = records_.find(write.key);
    const bool there = at != records_.end() && !at->second.hidden;
    if (!there) return Status();
    for (const auto& [field, value] : write.expected.items()) {
      const bool as_expected = AreAlike(value, Member(at->second.now(), field));
      if (!as_expected) return Status(Conflict("FAKE_RECORD_MOVED", "it is not as expected"));
    }
    RemoveLocked(at, write.op_key, true);
    return Status();
  });
}

void FakeRecordSide::LoseMemory() {
  const std::lock_guard lock(mutex_);
  first_asked_.clear();
}

bool FakeRecordSide::MayStillAppear(const SideWrite& write) {
  if (options_.knows_writes) return false;
  const auto [asked, fresh] = first_asked_.try_emplace(write.op_key, clock_.Now());
  return clock_.Now() < asked->second + options_.doubt;
}

Result<std::optional<SideRecord>> FakeRecordSide::FindCreated(const SideWrite& write,
                                                              Lane /*lane*/) {
  using Found = std::optional<SideRecord>;
  return Called<Result<Found>>(hooks, "FindCreated", false, [&](bool) -> Result<Found> {
    const std::lock_guard lock(mutex_);
    const WallTime indexed_until = clock_.Now() - options_.index_lag;
    const std::pair<const std::string, Stored>* oldest = nullptr;
    for (const auto& each : records_) {
      const Stored& stored = each.second;
      const bool fits = options_.knows_writes ? stored.op_key == write.op_key
                                              : stored.created_at >= write.at - kClocksApart &&
                                                    stored.created_at <= indexed_until &&
                                                    stored.asked == write.values && !stored.hidden;
      if (fits && (oldest == nullptr || stored.order < oldest->second.order)) oldest = &each;
    }
    if (oldest != nullptr) return Found(RecordOf(oldest->first, oldest->second));
    if (MayStillAppear(write)) {
      return Unavailable("FAKE_NOT_KNOWN_YET", "it may still appear");
    }
    return Found();
  });
}

}  // namespace sb::testing
