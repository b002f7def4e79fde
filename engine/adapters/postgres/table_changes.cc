#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>
#include <pqxx/result>

#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/rows.h"
#include "engine/adapters/postgres/table_home.h"
#include "engine/adapters/postgres/table_picture.h"
#include "engine/adapters/postgres/table_rows.h"
#include "engine/adapters/postgres/table_side.h"
#include "engine/adapters/postgres/table_side_sql.h"

// How TableSide tells what changed.
namespace sb::adapters::postgres {
namespace {

using ports::SideChanges;
using ports::SideHint;

constexpr int kMostChanges = 1000;
/// Rows that are remembered as told; more than these are told again.
constexpr std::size_t kMostRemembered = 200'000;
/// With a poll a second, a long walk is made each minute.
constexpr int kShortWalks = 59;

/// Where the reading of the log is: the last entry that was read.
struct LogPlace {
  std::string xid;
  std::string id;
};

bool IsCount(const std::string& text) {
  constexpr std::size_t kLongest = 20;
  return !text.empty() && text.size() <= kLongest &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<LogPlace> ParseLogPlace(const std::string& cursor) {
  const std::size_t slash = cursor.find('/');
  if (slash == std::string::npos) return std::nullopt;
  LogPlace place{cursor.substr(0, slash), cursor.substr(slash + 1)};
  if (!IsCount(place.xid) || !IsCount(place.id)) return std::nullopt;
  return place;
}

/// Where the polling is. A walk begins ten minutes before the latest change that was seen, so that
/// a transaction that took so long is not missed, and goes on page by page.
struct PollPlace {
  std::string high;       ///< The latest change that was seen.
  std::string at;         ///< Within a walk: the last row of the page before. Else empty.
  std::string key;        ///< With `at`.
  std::int64_t news = 0;  ///< Pages that told anything, so that no two cursors are alike.
};

std::optional<PollPlace> ParsePollPlace(const std::string& cursor) {
  const auto json = ParseJson(cursor);
  if (!json.ok() || !json->is_object()) return std::nullopt;
  PollPlace place{TextMember(*json, "high"), TextMember(*json, "at"), TextMember(*json, "key"), 0};
  const Json& news = Member(*json, "news");
  if (news.is_number_integer()) place.news = news.get<std::int64_t>();
  if (place.high.empty()) return std::nullopt;
  return place;
}

std::string TextOfPlace(const PollPlace& place) {
  Json json = {{"high", place.high}, {"news", place.news}};
  if (!place.at.empty()) {
    json["at"] = place.at;
    json["key"] = place.key;
  }
  return DumpJson(json);
}

Result<SideHint> HintOfLog(const pqxx::row& row) {
  if (IsNull(row, "key"))
    return SideHint{TextOf(row, "record_key"), TextOf(row, "op") == "D", std::nullopt};
  auto record = TableRowOf(row);
  if (!record.ok()) return record.error();
  std::string key = record->key;
  return SideHint{std::move(key), false, std::move(*record)};
}

}  // namespace

Result<SideChanges> TableSide::Changes(const std::string& from, int limit) {
  const auto picture = Picture();
  if (!picture.ok()) return picture.error();
  const int page = std::clamp(limit, 1, kMostChanges);
  return settings_.spec.changes == core::twoway::ChangeFeed::kTrigger
             ? LogChanges(**picture, from, page)
             : PolledChanges(**picture, from, page);
}

Error TableSide::Replaced() {
  const std::lock_guard lock(mutex_);
  picture_ = nullptr;
  return Conflict("LINK_SIDE_CHANGED",
                  settings_.spec.table +
                      " is another table than the one that the sync was deployed with, or what "
                      "follows it was taken away; deploy the sync again");
}

// ---- The log

Result<SideChanges> TableSide::LogBegin(bool missed) {
  const auto now = Ask(kLogNow.name, kLogNow.text, Params());
  if (!now.ok()) return now.error();
  return SideChanges{{}, TextOf(now->front(), "xid") + "/0", false, missed};
}

Result<SideChanges> TableSide::LogChanges(const TablePicture& picture, const std::string& from,
                                          int limit) {
  const auto place = ParseLogPlace(from);
  // A place that cannot be read is one of another way of telling.
  if (!place) return LogBegin(!from.empty());
  const auto rows = Ask(
      "table.log", LogPageSql(picture, ColumnsOf(picture), TriggerOfFeed(settings_.feed)),
      Params().Text(settings_.feed).Text(place->xid).Text(place->id).Number(limit), About::kHome);
  if (!rows.ok()) return rows.error();
  const pqxx::row first = rows->front();
  if (!FlagOf(first, "same_table") || !FlagOf(first, "has_trigger")) return Replaced();
  if (FlagOf(first, "ahead")) return LogBegin(true);
  SideChanges changes;
  changes.next = from;
  changes.more = NumberOf(first, "told") == limit;
  if (!IsNull(first, "next_xid"))
    changes.next = TextOf(first, "next_xid") + "/" + TextOf(first, "next_id");
  for (const pqxx::row& row : *rows) {
    if (IsNull(row, "record_key")) continue;
    auto hint = HintOfLog(row);
    if (!hint.ok()) return hint.error();
    changes.hints.push_back(std::move(*hint));
  }
  // Up to `from`, since the caller has stored what was told before. Left undone it is done next
  // time.
  if (FlagOf(first, "stale")) {
    (void)database_.Write(kPruneLog,
                          Params().Text(settings_.feed).Text(place->xid).Text(place->id));
  }
  return changes;
}

// ---- Looking at updated_at

Result<SideChanges> TableSide::PolledChanges(const TablePicture& picture, const std::string& from,
                                             int limit) {
  const auto columns = ColumnsOf(picture);
  if (columns.updated_at == nullptr) return Replaced();
  const auto place = ParsePollPlace(from);
  if (!place) {
    const auto now = Ask("table.now", PollNowSql(*columns.updated_at), Params());
    if (!now.ok()) return now.error();
    const std::string begin = TextOfPlace({TextOf(now->front(), "at"), "", "", 0});
    return SideChanges{{}, begin, false, !from.empty()};
  }
  const bool behind = !place->at.empty();
  const PollFrom begin = behind ? PollFrom::kBehindRow : BeginOfWalk();
  const auto rows = Ask("table.poll", PolledRowsSql(picture, columns, begin),
                        Params()
                            .Number(limit)
                            .Text(behind ? place->at : place->high)
                            .Text(place->key)
                            .Text(settings_.feed),
                        About::kHome);
  if (!rows.ok()) return rows.error();
  if (!rows->empty() && !FlagOf(rows->front(), "same_table")) return Replaced();
  auto hints = HintsOfNews(*rows, from);
  if (!hints.ok()) return hints.error();
  PollPlace next = *place;
  const bool full = static_cast<int>(rows->size()) == limit;
  if (!rows->empty()) next.high = std::max(next.high, TextOf(rows->back(), "seen_text"));
  next.at = full ? TextOf(rows->back(), "changed_text") : "";
  next.key = full ? TextOf(rows->back(), "key") : "";
  if (!hints->empty()) ++next.news;
  SideChanges changes{std::move(*hints), TextOfPlace(next), full, false};
  Walked(changes);
  return changes;
}

Result<std::vector<SideHint>> TableSide::HintsOfNews(const pqxx::result& rows,
                                                     const std::string& from) {
  const std::lock_guard lock(mutex_);
  if (from != walked_to_) {
    // Nobody knows whether what was told has been stored.
    last_walk_.clear();
    walk_.clear();
  }
  std::vector<SideHint> hints;
  for (const pqxx::row& row : rows) {
    auto record = TableRowOf(row);
    if (!record.ok()) return record.error();
    const std::string version = TextOf(row, "version");
    const auto before = last_walk_.find(record->key);
    const bool told = before != last_walk_.end() && before->second == version;
    if (walk_.size() < kMostRemembered) walk_.insert_or_assign(record->key, version);
    if (told) continue;
    std::string key = record->key;
    hints.push_back({std::move(key), false, std::move(*record)});
  }
  return hints;
}

/// Who commits minutes after the change is seen again. Where that meant many pages (of an import),
/// it is not done with each poll.
PollFrom TableSide::BeginOfWalk() {
  const std::lock_guard lock(mutex_);
  walk_is_short_ = short_walks_ > 0;
  walk_pages_ = 0;
  if (!walk_is_short_) return PollFrom::kBefore;
  --short_walks_;
  return PollFrom::kLatest;
}

void TableSide::Walked(const SideChanges& changes) {
  const std::lock_guard lock(mutex_);
  walked_to_ = changes.next;
  ++walk_pages_;
  if (changes.more) return;
  if (!walk_is_short_) {
    short_walks_ = walk_pages_ > 1 ? kShortWalks : 0;
    last_walk_ = std::exchange(walk_, {});
    return;
  }
  for (auto& [key, version] : walk_) {
    if (last_walk_.size() < kMostRemembered || last_walk_.contains(key))
      last_walk_.insert_or_assign(key, std::move(version));
  }
  walk_.clear();
}

}  // namespace sb::adapters::postgres
