#include "engine/adapters/system/file_spool.h"

#include <algorithm>
#include <cctype>
#include <sys/stat.h>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/log.h"

namespace sb::adapters::system {
namespace {

namespace fs = std::filesystem;

constexpr const char* kEnding = ".deliveries";
constexpr const char* kDamaged = ".damaged";

Json ToJson(const ports::InboxItem& item) {
  Json json = {{"slot", item.slot},
               {"account", item.account.number()},
               {"id", item.id.number()},
               {"dedupe", ToHex(item.dedupe)},
               {"source", static_cast<int>(item.source)},
               {"event", item.event},
               {"entity", item.entity},
               {"entity_id", item.entity_id},
               {"received_us", item.received_at.time_since_epoch().count()},
               {"body", ToBase64(item.body)}};
  if (!item.occurrence.empty()) json["occurrence"] = ToHex(item.occurrence);
  if (item.occurred_at) json["occurred_us"] = item.occurred_at->time_since_epoch().count();
  return json;
}

WallTime ToTime(const Json& micros) {
  return WallTime(std::chrono::microseconds(micros.get<std::int64_t>()));
}

/// Throws what nlohmann/json throws, or std::bad_optional_access, where the text is not ours.
ports::InboxItem ItemOf(const Json& json) {
  ports::InboxItem item;
  item.slot = json.at("slot").get<Slot>();
  item.account = AccountId(json.at("account").get<std::int64_t>());
  item.id = EventId(json.at("id").get<std::int64_t>());
  item.dedupe = FromHex(json.at("dedupe").get<std::string>()).value();
  item.source = static_cast<ports::InboxSource>(json.at("source").get<std::int16_t>());
  item.event = json.at("event").get<std::string>();
  item.entity = json.at("entity").get<std::string>();
  item.entity_id = json.at("entity_id").get<std::string>();
  item.received_at = ToTime(json.at("received_us"));
  item.body = FromBase64(json.at("body").get<std::string>()).value();
  if (json.contains("occurrence"))
    item.occurrence = FromHex(json.at("occurrence").get<std::string>()).value();
  if (json.contains("occurred_us")) item.occurred_at = ToTime(json.at("occurred_us"));
  return item;
}

std::optional<std::vector<ports::InboxItem>> ItemsIn(const fs::path& path) {
  const auto text = ReadFile(path);
  if (!text.ok()) return {};
  const auto json = ParseJson(*text);
  if (!json.ok() || !json->is_array()) return {};
  std::vector<ports::InboxItem> items;
  try {
    for (const Json& each : *json) items.push_back(ItemOf(each));
  } catch (const std::exception&) {
    return {};
  }
  return items;
}

/// "0000000000000042.deliveries" -> 42; nothing for what we did not write.
std::optional<std::int64_t> NumberOf(const fs::path& path) {
  const std::string stem = path.stem().string();
  const bool digits = !stem.empty() && std::ranges::all_of(stem, [](unsigned char c) {
    return std::isdigit(c) != 0;
  });
  if (path.extension() != kEnding || !digits || stem.size() > 18) return {};
  return std::stoll(stem);
}

}  // namespace

Result<std::unique_ptr<FileSpool>> FileSpool::Open(fs::path folder, Limits limits) {
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return Unavailable("SPOOL_UNUSABLE", "cannot make the folder " + folder.string() +
                                             ", where deliveries wait while the database is away");
  }
  std::unique_ptr<FileSpool> spool(new FileSpool(std::move(folder), limits));
  if (Status found = spool->FindWhatWaits(); !found.ok()) return found.error();
  return spool;
}

Status FileSpool::FindWhatWaits() {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    const auto number = NumberOf(entry.path());
    if (!number) continue;
    std::error_code unreadable;
    const std::uintmax_t size = entry.file_size(unreadable);
    if (unreadable) continue;
    sizes_[entry.path().filename().string()] = size;
    bytes_ += size;
    next_ = std::max(next_, *number + 1);
  }
  if (!error) return {};
  return Unavailable("SPOOL_UNUSABLE", "cannot read the folder " + folder_.string() +
                                           ", where deliveries wait while the database is away");
}

Status FileSpool::Keep(const std::vector<ports::InboxItem>& items) {
  Json json = Json::array();
  for (const ports::InboxItem& item : items) json.push_back(ToJson(item));
  const std::string text = DumpJson(json);
  const std::lock_guard lock(mutex_);
  if (bytes_ + text.size() > limits_.bytes) {
    return Unavailable("SPOOL_FULL", "the database is away, and " + folder_.string() +
                                         " holds as many deliveries as it may");
  }
  const std::string name = fmt::format("{:016}{}", next_, kEnding);
  if (Status written = WriteFileAtomically(folder_ / name, text); !written.ok()) return written;
  ++next_;
  sizes_[name] = text.size();
  bytes_ += text.size();
  return {};
}

bool FileSpool::IsEmpty() const {
  const std::lock_guard lock(mutex_);
  return sizes_.empty();
}

std::optional<ports::SpooledGroup> FileSpool::Oldest() {
  const std::lock_guard lock(mutex_);
  while (!sizes_.empty()) {
    const std::string name = sizes_.begin()->first;
    if (auto items = ItemsIn(folder_ / name)) {
      return ports::SpooledGroup{name, std::move(*items)};
    }
    PutAside(name);
  }
  return {};
}

void FileSpool::Forget(const std::string& name) {
  const std::lock_guard lock(mutex_);
  std::error_code error;
  fs::remove(folder_ / name, error);
  if (error) Log::Warn("spool.not_removed", {{"file", (folder_ / name).string()}});
  Drop(name);
}

void FileSpool::Drop(const std::string& name) {
  const auto found = sizes_.find(name);
  if (found == sizes_.end()) return;
  bytes_ -= found->second;
  sizes_.erase(found);
}

void FileSpool::PutAside(const std::string& name) {
  std::error_code error;
  fs::rename(folder_ / name, folder_ / (name + kDamaged), error);
  Log::Error("spool.damaged", {{"file", (folder_ / (name + kDamaged)).string()}});
  Drop(name);
}

}  // namespace sb::adapters::system
