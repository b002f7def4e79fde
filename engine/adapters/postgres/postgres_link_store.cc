#include "engine/adapters/postgres/postgres_link_store.h"

#include <algorithm>
#include <functional>

#include <nlohmann/json.hpp>
#include <pqxx/result>

#include "engine/adapters/postgres/link_queries.h"
#include "engine/adapters/postgres/link_rows.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {
namespace {

using core::twoway::Side;
using ports::Hint;
using ports::Link;
using ports::LinkConflict;
using ports::LinkPlace;

// What eng.commit_link answers besides a step.
constexpr int kLinkIsElsewhere = -1;
constexpr int kLinkKeyIsTaken = -2;

Error LinkMoved() {
  return Conflict("LINK_MOVED", "somebody else has changed this link; read it again");
}

Error LinkKeyTaken() {
  return Conflict("LINK_KEY_TAKEN",
                  "another link has this record, or one of its phone numbers, addresses or keys");
}

const Statement& LinkAt(Side side, const Statement& a, const Statement& b) {
  return side == Side::kA ? a : b;
}

ArrayText LinkKeyTexts(const std::vector<std::string>& keys) {
  ArrayText texts;
  for (const std::string& key : keys) texts.AddText(key);
  return texts;
}

template <typename T>
Result<std::vector<T>> LinkRowsAs(const Result<pqxx::result>& rows, T (*read)(const pqxx::row&)) {
  if (!rows.ok()) return rows.error();
  std::vector<T> all;
  for (const pqxx::row& row : *rows) all.push_back(read(row));
  return all;
}

std::string LinkObjectKey(const pqxx::row& row) {
  return TextOf(row, "object_key");
}

Status LinkStatusOf(const Result<pqxx::result>& rows) {
  return rows.ok() ? Status() : Status(rows.error());
}

}  // namespace

// ---- Links

Result<std::optional<Link>> PostgresLinkStore::Commit(const ports::LinkCommit& commit) {
  const auto rows = database_.Write(kLinkCommit, LinkCommitParams(commit));
  if (!rows.ok()) return rows.error();
  const auto step = static_cast<int>(NumberOf(rows->front(), "step"));
  if (step == kLinkIsElsewhere) return LinkMoved();
  if (step == kLinkKeyIsTaken) return LinkKeyTaken();
  std::optional<Link> stored = commit.link;
  if (stored) {
    stored->place = commit.place;
    stored->step = step;
  }
  return stored;
}

Result<std::optional<Link>> PostgresLinkStore::Holding(const LinkPlace& place, Side side,
                                                       const std::string& key) {
  const auto rows =
      database_.Read(LinkAt(side, kLinkHoldingA, kLinkHoldingB), AtLinks(place).Text(key));
  if (!rows.ok()) return rows.error();
  std::optional<Link> link;
  if (!rows->empty()) link = ReadLink(rows->front());
  return link;
}

Result<Link> PostgresLinkStore::Get(const LinkPlace& place, ports::LinkId id) {
  const auto rows = database_.Read(kLinkGet, AtLinks(place).Number(id.number()));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return NotFound("LINK_NOT_FOUND", "the sync has no such link");
  return ReadLink(rows->front());
}

Result<std::vector<Link>> PostgresLinkStore::List(const LinkPlace& place,
                                                  std::optional<ports::LinkStanding> standing,
                                                  ports::LinkId after, int limit) {
  Params params = AtLinks(place);
  params.Number(after.number()).Number(limit);
  if (!standing) return LinkRowsAs(database_.Read(kLinkList, params), ReadLink);
  if (*standing == ports::LinkStanding::kEnded) return std::vector<Link>();
  params.Number(static_cast<int>(*standing));
  return LinkRowsAs(database_.Read(kLinkListOf, params), ReadLink);
}

Result<std::vector<Link>> PostgresLinkStore::Of(const LinkPlace& place, Side side,
                                                const std::string& key) {
  auto links = LinkRowsAs(
      database_.Read(LinkAt(side, kLinkOfA, kLinkOfB), AtLinks(place).Text(key)), ReadLink);
  if (links.ok()) std::ranges::sort(*links, std::ranges::greater(), &Link::id);
  return links;
}

Result<std::vector<ports::LinkId>> PostgresLinkStore::Matching(
    const LinkPlace& place, const std::vector<core::twoway::MatchKey>& keys) {
  ArrayText digests;
  for (const auto& key : keys) digests.AddBytes(DigestOf(key));
  const auto rows = database_.Read(kLinkMatching, AtLinks(place).Array(digests));
  if (!rows.ok()) return rows.error();
  std::vector<ports::LinkId> ids;
  for (const pqxx::row& row : *rows) ids.emplace_back(NumberOf(row, "link_id"));
  return ids;
}

Result<std::vector<std::pair<std::string, std::string>>> PostgresLinkStore::HashesOf(
    const LinkPlace& place, Side side, const std::vector<std::string>& keys) {
  const auto rows = database_.Read(LinkAt(side, kLinkHashesA, kLinkHashesB),
                                   AtLinks(place).Array(LinkKeyTexts(keys)));
  if (!rows.ok()) return rows.error();
  std::vector<std::pair<std::string, std::string>> hashes;
  for (const pqxx::row& row : *rows) hashes.emplace_back(LinkObjectKey(row), TextOf(row, "hash"));
  return hashes;
}

Status PostgresLinkStore::Seen(const LinkPlace& place, Side side,
                               const std::vector<std::string>& keys, WallTime scan_begun_at) {
  if (keys.empty()) return {};
  return LinkStatusOf(
      database_.Write(LinkAt(side, kLinkSeenA, kLinkSeenB),
                      AtLinks(place).Array(LinkKeyTexts(keys)).Time(scan_begun_at)));
}

Result<std::vector<std::string>> PostgresLinkStore::Unseen(const LinkPlace& place, Side side,
                                                           WallTime scan_begun_at, int limit) {
  return LinkRowsAs(database_.Read(LinkAt(side, kLinkUnseenA, kLinkUnseenB),
                                   AtLinks(place).Time(scan_begun_at).Number(limit)),
                    LinkObjectKey);
}

// ---- Hints

Result<std::vector<Hint>> PostgresLinkStore::Due(const LinkPlace& place, WallTime now, int limit) {
  return LinkRowsAs(database_.Read(kLinkDue, AtLinks(place).Time(now).Number(limit)), ReadLinkHint);
}

Status PostgresLinkStore::Add(const LinkPlace& place, const std::vector<Hint>& hints) {
  if (hints.empty()) return {};
  Params params = AtLinks(place);
  return LinkStatusOf(database_.Write(kLinkAddHints, AddLinkHints(hints, params)));
}

Status PostgresLinkStore::Delay(const LinkPlace& place, const Hint& hint, WallTime until) {
  return LinkStatusOf(database_.Write(kLinkDelay, AtLinks(place)
                                                      .Number(static_cast<int>(hint.side))
                                                      .Text(hint.key)
                                                      .Number(hint.generation)
                                                      .Time(until)));
}

// ---- Deletes

Result<std::optional<ports::Tombstone>> PostgresLinkStore::TombstoneOf(const LinkPlace& place,
                                                                       Side side,
                                                                       const std::string& key) {
  const auto rows = database_.Read(
      kLinkTombstone, AtLinks(place).Number(static_cast<int>(side)).Bytes(DigestOf(key)));
  if (!rows.ok()) return rows.error();
  std::optional<ports::Tombstone> tombstone;
  if (rows->empty()) return tombstone;
  tombstone.emplace();
  tombstone->side = side;
  tombstone->key = key;
  const Json base = JsonOf(rows->front(), "base");
  if (base.is_object()) tombstone->base = base.get<core::twoway::Record>();
  tombstone->deleted_at = TimeOf(rows->front(), "deleted_at");
  return tombstone;
}

Result<std::int64_t> PostgresLinkStore::DeletedSince(const LinkPlace& place, Side side,
                                                     WallTime since) {
  const auto rows =
      database_.Read(kLinkDeletedSince, AtLinks(place).Number(static_cast<int>(side)).Time(since));
  if (!rows.ok()) return rows.error();
  return NumberOf(rows->front(), "deleted");
}

// ---- Conflicts and history

Result<std::int64_t> PostgresLinkStore::ApproveDeletes(const LinkPlace& place, Side side,
                                                       const std::string& reason, WallTime now,
                                                       int limit) {
  const auto rows = database_.Write(
      kLinkApproveDeletes,
      AtLinks(place).Text(side == Side::kA ? "a" : "b").Text(reason).Time(now).Number(limit));
  if (!rows.ok()) return rows.error();
  return NumberOf(rows->front(), "approved");
}

Result<std::vector<LinkConflict>> PostgresLinkStore::Conflicts(const LinkPlace& place,
                                                               const ports::ConflictQuery& query) {
  const char* open = !query.open ? "" : *query.open ? "true" : "false";
  return LinkRowsAs(database_.Read(kLinkConflicts, AtLinks(place)
                                                       .Text(open)
                                                       .Text(query.code)
                                                       .Text(query.field)
                                                       .Number(query.link.number())
                                                       .Text(query.key)
                                                       .Number(static_cast<int>(query.side))
                                                       .Number(query.after.number())
                                                       .Number(query.limit)
                                                       .Text(query.unanswered ? "true" : "false")),
                    ReadLinkConflict);
}

Result<LinkConflict> PostgresLinkStore::Conflict(const LinkPlace& place, ports::ConflictId id) {
  const auto rows = database_.Read(kLinkConflict, AtLinks(place).Number(id.number()));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return NotFound("LINK_CONFLICT_NOT_FOUND", "the sync has no such conflict");
  return ReadLinkConflict(rows->front());
}

Result<std::vector<ports::LinkEntry>> PostgresLinkStore::History(const LinkPlace& place,
                                                                 ports::LinkId id, int limit) {
  return LinkRowsAs(database_.Read(kLinkHistory, AtLinks(place).Number(id.number()).Number(limit)),
                    ReadLinkEntry);
}

// ---- How far it is

Result<ports::LinkCounts> PostgresLinkStore::Count(const LinkPlace& place) {
  const auto rows = database_.Read(kLinkCount, AtLinks(place).Number(ports::kOftenHindered));
  if (!rows.ok()) return rows.error();
  const pqxx::row row = rows->front();
  return ports::LinkCounts{
      NumberOf(row, "active"),       NumberOf(row, "parked"),         NumberOf(row, "paused"),
      NumberOf(row, "waiting"),      NumberOf(row, "open_conflicts"), NumberOf(row, "overwritten"),
      OptionalTimeOf(row, "oldest"), NumberOf(row, "deletes_held"),   NumberOf(row, "hindered")};
}

Result<std::optional<ports::LinkProgress>> PostgresLinkStore::Progress(const LinkPlace& place) {
  const auto rows = database_.Read(kLinkProgress, AtLinks(place));
  if (!rows.ok()) return rows.error();
  std::optional<ports::LinkProgress> progress;
  if (!rows->empty()) progress = ReadLinkProgress(rows->front());
  return progress;
}

Result<int> PostgresLinkStore::SaveProgress(const ports::LinkProgress& progress,
                                            const std::vector<Hint>& hints) {
  int step = 0;
  const Status saved =
      database_.Transact("link.save_progress", [&](Transaction& transaction) -> Status {
        const auto rows =
            transaction.Run(progress.step == 0 ? kLinkProgressInsert : kLinkProgressSave,
                            LinkProgressParams(progress));
        if (!rows.ok()) return rows.error();
        if (rows->empty()) return LinkMoved();
        step = static_cast<int>(NumberOf(rows->front(), "step"));
        if (hints.empty()) return {};
        Params params = AtLinks(progress.place);
        return LinkStatusOf(transaction.Run(kLinkAddHints, AddLinkHints(hints, params)));
      });
  if (!saved.ok()) return saved.error();
  return step;
}

Result<std::int64_t> PostgresLinkStore::Prune(const std::vector<Slot>& slots, WallTime before,
                                              int limit) {
  ArrayText ours;
  for (const Slot slot : slots) ours.AddNumber(slot);
  const auto rows = database_.Write(kLinkPrune, Params().Array(ours).Time(before).Number(limit));
  if (!rows.ok()) return rows.error();
  return NumberOf(rows->front(), "pruned");
}

}  // namespace sb::adapters::postgres
