#include "engine/adapters/postgres/link_rows.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/adapters/postgres/rows.h"
#include "engine/base/encoding.h"

namespace sb::adapters::postgres {
namespace {

using core::twoway::Agreement;
using core::twoway::Intent;
using core::twoway::LinkState;
using core::twoway::Record;
using core::twoway::Side;
using core::twoway::WriteMark;
using ports::Hint;
using ports::Link;
using ports::LinkCommit;
using ports::LinkConflict;
using ports::LinkEntry;
using ports::Tombstone;

// ---- JSON of what no column of its own is for

std::int64_t LinkMicros(WallTime when) {
  return when.time_since_epoch().count();
}

WallTime LinkTimeIn(const Json& json, const char* member) {
  return WallTime(std::chrono::microseconds(json.value(member, std::int64_t{0})));
}

Side LinkSideIn(const Json& json) {
  return static_cast<Side>(json.value("side", static_cast<int>(Side::kA)));
}

std::map<std::string, Json> LinkValuesIn(const Json& json) {
  std::map<std::string, Json> values;
  if (!json.is_object()) return values;
  for (const auto& [name, value] : json.items()) values[name] = value;
  return values;
}

std::vector<std::string> LinkTextsIn(const Json& list) {
  std::vector<std::string> texts;
  if (!list.is_array()) return texts;
  for (const Json& text : list) texts.push_back(PlainText(text));
  return texts;
}

std::set<std::string> LinkNamesIn(const Json& list) {
  const std::vector<std::string> names = LinkTextsIn(list);
  return std::set<std::string>(names.begin(), names.end());
}

/// Empty where they were never merged.
std::string LinkAgreedText(const std::optional<Agreement>& agreed) {
  if (!agreed) return {};
  return DumpJson({{"base", Json(agreed->base)},
                   {"shown_a", Json(agreed->shown_a)},
                   {"shown_b", Json(agreed->shown_b)},
                   {"owed_a", Json(agreed->owed_a)},
                   {"owed_b", Json(agreed->owed_b)},
                   {"doubted", Json(agreed->doubted)}});
}

std::optional<Agreement> LinkAgreedIn(const Json& json) {
  if (!json.is_object()) return {};
  Agreement agreed;
  agreed.base = LinkValuesIn(Member(json, "base"));
  agreed.shown_a = LinkValuesIn(Member(json, "shown_a"));
  agreed.shown_b = LinkValuesIn(Member(json, "shown_b"));
  agreed.owed_a = LinkNamesIn(Member(json, "owed_a"));
  agreed.owed_b = LinkNamesIn(Member(json, "owed_b"));
  agreed.doubted = LinkNamesIn(Member(json, "doubted"));
  return agreed;
}

/// Empty where there is none.
std::string LinkIntentText(const std::optional<Intent>& intent) {
  if (!intent) return {};
  return DumpJson({{"op_key", intent->op_key},
                   {"side", static_cast<int>(intent->side)},
                   {"kind", static_cast<int>(intent->kind)},
                   {"target", Json(intent->target)},
                   {"at", LinkMicros(intent->at)}});
}

std::optional<Intent> LinkIntentIn(const Json& json) {
  if (!json.is_object()) return {};
  Intent intent;
  intent.op_key = TextMember(json, "op_key");
  intent.side = LinkSideIn(json);
  intent.kind =
      static_cast<Intent::Kind>(json.value("kind", static_cast<int>(Intent::Kind::kUpdate)));
  intent.target = LinkValuesIn(Member(json, "target"));
  intent.at = LinkTimeIn(json, "at");
  return intent;
}

std::string LinkWritesText(const std::vector<WriteMark>& writes) {
  Json list = Json::array();
  for (const WriteMark& mark : writes) {
    list.push_back(
        {{"side", static_cast<int>(mark.side)}, {"hash", mark.hash}, {"at", LinkMicros(mark.at)}});
  }
  return DumpJson(list);
}

std::vector<WriteMark> LinkWritesIn(const Json& list) {
  std::vector<WriteMark> writes;
  if (!list.is_array()) return writes;
  for (const Json& mark : list)
    writes.push_back({LinkSideIn(mark), TextMember(mark, "hash"), LinkTimeIn(mark, "at")});
  return writes;
}

/// What no agreement is of has no hash.
std::string LinkHashOf(const LinkState& state, Side side) {
  return state.agreed ? core::twoway::HashOf(state.agreed->shown(side)) : std::string();
}

// ---- Parts of a commit

void AddLinkNothing(Params& params) {
  constexpr int kOfALink = 17;
  for (int i = 0; i < kOfALink; ++i) params.NumberOrNull({});
}

void AddLink(const std::optional<Link>& link, Params& params) {
  if (!link) return AddLinkNothing(params);
  const LinkState& state = link->state;
  params.Number(link->id.number())
      .Number(link->step)
      .Text(state.key_a)
      .Text(state.key_b)
      .Text(LinkAgreedText(state.agreed))
      .Text(DumpJson(Json(state.choices)))
      .Text(LinkIntentText(state.intent))
      .Text(LinkWritesText(state.writes))
      .Text(DumpJson(Json(state.mapped)))
      .Text(LinkHashOf(state, Side::kA))
      .Text(LinkHashOf(state, Side::kB))
      .Number(static_cast<int>(link->standing))
      .Text(link->code)
      .Text(link->reason)
      .Number(link->attempts)
      .Time(link->created_at)
      .Time(link->settled_at);
}

void AddLinkKeys(const LinkCommit& commit, Params& params) {
  ArrayText digests;
  if (commit.match_keys) {
    for (const auto& key : *commit.match_keys) digests.AddBytes(DigestOf(key));
  }
  params.Text(commit.match_keys ? "true" : "false").Array(digests);
}

void AddLinkDone(const std::optional<Hint>& done, Params& params) {
  if (!done) {
    params.NumberOrNull({}).NumberOrNull({}).NumberOrNull({});
    return;
  }
  params.Number(static_cast<int>(done->side)).Text(done->key).Number(done->generation);
}

/// Of several of one question the last stands, as if they had come one after the other.
std::vector<const LinkConflict*> NewestLinkConflicts(const std::vector<LinkConflict>& conflicts) {
  std::vector<const LinkConflict*> newest;
  const auto replaces = [](const LinkConflict& later, const LinkConflict& former) {
    const bool same_question = later.link == former.link && later.side == former.side &&
                               later.key == former.key && later.code == former.code &&
                               later.field == former.field && former.open;
    return later.id == former.id || same_question;
  };
  for (const LinkConflict& each : conflicts) {
    std::erase_if(newest, [&](const LinkConflict* former) { return replaces(each, *former); });
    newest.push_back(&each);
  }
  return newest;
}

void AddLinkConflicts(const std::vector<LinkConflict>& conflicts, Params& params) {
  ArrayText ids, links, sides, keys, codes, fields, bases, as, bs, a_ats, b_ats, rules, rivals,
      open, resolutions, by, ats, resolved;
  for (const LinkConflict* each : NewestLinkConflicts(conflicts)) {
    ids.AddNumber(each->id.number());
    links.AddNumber(each->link.number());
    sides.AddNumber(static_cast<int>(each->side));
    keys.AddText(each->key);
    codes.AddText(each->code);
    fields.AddText(each->field);
    bases.AddText(DumpJson(each->base));
    as.AddText(DumpJson(each->a));
    bs.AddText(DumpJson(each->b));
    a_ats.AddTimeOrNull(each->a_at);
    b_ats.AddTimeOrNull(each->b_at);
    rules.AddText(each->rule);
    rivals.AddText(DumpJson(Json(each->rivals)));
    open.AddFlag(each->open);
    resolutions.AddText(each->resolution);
    by.AddText(each->resolved_by);
    ats.AddTime(each->at);
    resolved.AddTimeOrNull(each->resolved_at);
  }
  params.Array(ids).Array(links).Array(sides).Array(keys).Array(codes).Array(fields);
  params.Array(bases).Array(as).Array(bs).Array(a_ats).Array(b_ats).Array(rules).Array(rivals);
  params.Array(open).Array(resolutions).Array(by).Array(ats).Array(resolved);
}

void AddLinkEntries(const std::vector<LinkEntry>& history, Params& params) {
  ArrayText ats, whats, reasons, details;
  for (const LinkEntry& entry : history) {
    ats.AddTime(entry.at);
    whats.AddText(entry.what);
    reasons.AddText(entry.reason);
    details.AddText(DumpJson(entry.detail));
  }
  params.Array(ats).Array(whats).Array(reasons).Array(details).Number(ports::kMostLinkEntries);
}

/// A statement may store a row once only: the last of a record stands.
void AddLinkTombstones(const std::vector<Tombstone>& tombstones, Params& params) {
  std::map<std::pair<Side, std::string>, const Tombstone*> last;
  for (const Tombstone& each : tombstones) last[{each.side, DigestOf(each.key)}] = &each;
  ArrayText sides, digests, bases, ats;
  for (const auto& [of, tombstone] : last) {
    sides.AddNumber(static_cast<int>(of.first));
    digests.AddBytes(of.second);
    bases.AddText(DumpJson(Json(tombstone->base)));
    ats.AddTime(tombstone->deleted_at);
  }
  params.Array(sides).Array(digests).Array(bases).Array(ats);
}

const char* LinkMatchName(core::twoway::MatchBy by) {
  switch (by) {
    case core::twoway::MatchBy::kExternalKey:
      return "external_key";
    case core::twoway::MatchBy::kPhone:
      return "phone";
    case core::twoway::MatchBy::kEmail:
      return "email";
  }
  return "";
}

}  // namespace

std::string DigestOf(const core::twoway::MatchKey& key) {
  return Sha256(std::string(LinkMatchName(key.by)) + "\n" + CleanText(key.value));
}

std::string DigestOf(const std::string& key) {
  return Sha256(CleanText(key));
}

Params AtLinks(const ports::LinkPlace& place) {
  return Params().Number(place.slot).Number(place.account.number()).Number(place.sync.number());
}

Params& AddLinkHints(const std::vector<Hint>& hints, Params& params) {
  std::map<std::pair<Side, std::string>, Hint> once;
  for (const Hint& hint : hints) {
    const auto [known, is_new] = once.try_emplace({hint.side, CleanText(hint.key)}, hint);
    if (is_new) continue;
    Hint& former = known->second;
    former.reason = hint.reason;
    former.gone = former.gone || hint.gone;
    former.due_at = std::min(former.due_at, hint.due_at);
  }
  ArrayText sides, keys, reasons, gone, firsts, due;
  for (const auto& [of, hint] : once) {
    sides.AddNumber(static_cast<int>(of.first));
    keys.AddText(of.second);
    reasons.AddText(hint.reason);
    gone.AddFlag(hint.gone);
    firsts.AddTime(hint.first_at);
    due.AddTime(hint.due_at);
  }
  return params.Array(sides).Array(keys).Array(reasons).Array(gone).Array(firsts).Array(due);
}

Params LinkCommitParams(const LinkCommit& commit) {
  Params params = AtLinks(commit.place);
  AddLink(commit.link, params);
  AddLinkKeys(commit, params);
  AddLinkDone(commit.done, params);
  AddLinkHints(commit.add, params);
  AddLinkConflicts(commit.conflicts, params);
  ArrayText answered;
  for (const ports::ConflictId id : commit.answered) answered.AddNumber(id.number());
  params.Array(answered);
  AddLinkEntries(commit.history, params);
  AddLinkTombstones(commit.tombstones, params);
  if (commit.deleted) {
    params.Number(static_cast<int>(commit.deleted->first)).Time(commit.deleted->second);
  } else {
    params.NumberOrNull({}).TimeOrNull({});
  }
  return params;
}

Params LinkProgressParams(const ports::LinkProgress& progress) {
  Params params = AtLinks(progress.place);
  params.Text(progress.cursor_a)
      .Text(progress.cursor_b)
      .Number(static_cast<int>(progress.scanning))
      .Text(progress.scan)
      .Number(progress.scan_seen)
      .NumberOrNull(progress.scan_total)
      .TimeOrNull(progress.scan_begun_at)
      .TimeOrNull(progress.side_begun_at)
      .TimeOrNull(progress.compared_at)
      .Number(progress.drift)
      .Text(progress.first_done ? "true" : "false")
      .Text(progress.error)
      .Text(progress.error_reason)
      .Time(progress.due_at)
      .Number(progress.step);
  return params;
}

Link ReadLink(const pqxx::row& row) {
  Link link;
  link.id = ports::LinkId(NumberOf(row, "link_id"));
  link.place = {static_cast<Slot>(NumberOf(row, "slot")), AccountId(NumberOf(row, "account_id")),
                ports::SyncId(NumberOf(row, "sync_id"))};
  link.state.key_a = TextOf(row, "key_a");
  link.state.key_b = TextOf(row, "key_b");
  link.state.agreed = LinkAgreedIn(JsonOf(row, "agreed"));
  link.state.choices = LinkValuesIn(JsonOf(row, "choices"));
  link.state.intent = LinkIntentIn(JsonOf(row, "intent"));
  link.state.writes = LinkWritesIn(JsonOf(row, "writes"));
  link.state.mapped = LinkNamesIn(JsonOf(row, "mapped"));
  link.standing = static_cast<ports::LinkStanding>(NumberOf(row, "standing"));
  link.code = TextOf(row, "code");
  link.reason = TextOf(row, "reason");
  link.attempts = static_cast<int>(NumberOf(row, "attempts"));
  link.created_at = TimeOf(row, "created_at");
  link.settled_at = TimeOf(row, "settled_at");
  link.step = static_cast<int>(NumberOf(row, "step"));
  return link;
}

Hint ReadLinkHint(const pqxx::row& row) {
  Hint hint;
  hint.side = static_cast<Side>(NumberOf(row, "side"));
  hint.key = TextOf(row, "object_key");
  hint.reason = TextOf(row, "reason");
  hint.gone = FlagOf(row, "gone");
  hint.generation = NumberOf(row, "generation");
  hint.first_at = TimeOf(row, "first_at");
  hint.due_at = TimeOf(row, "due_at");
  return hint;
}

LinkConflict ReadLinkConflict(const pqxx::row& row) {
  LinkConflict conflict;
  conflict.id = ports::ConflictId(NumberOf(row, "conflict_id"));
  conflict.link = ports::LinkId(NumberOf(row, "link_id"));
  conflict.side = static_cast<Side>(NumberOf(row, "side"));
  conflict.key = TextOf(row, "object_key");
  conflict.code = TextOf(row, "code");
  conflict.field = TextOf(row, "field");
  conflict.base = JsonOf(row, "base");
  conflict.a = JsonOf(row, "a");
  conflict.b = JsonOf(row, "b");
  conflict.a_at = OptionalTimeOf(row, "a_at");
  conflict.b_at = OptionalTimeOf(row, "b_at");
  conflict.rule = TextOf(row, "rule");
  conflict.rivals = LinkTextsIn(JsonOf(row, "rivals"));
  conflict.open = FlagOf(row, "open");
  conflict.resolution = TextOf(row, "resolution");
  conflict.resolved_by = TextOf(row, "resolved_by");
  conflict.at = TimeOf(row, "made_at");
  conflict.resolved_at = OptionalTimeOf(row, "resolved_at");
  return conflict;
}

LinkEntry ReadLinkEntry(const pqxx::row& row) {
  return {TimeOf(row, "at"), TextOf(row, "what"), TextOf(row, "reason"), JsonOf(row, "detail")};
}

ports::LinkProgress ReadLinkProgress(const pqxx::row& row) {
  ports::LinkProgress progress;
  progress.place = {static_cast<Slot>(NumberOf(row, "slot")),
                    AccountId(NumberOf(row, "account_id")),
                    ports::SyncId(NumberOf(row, "sync_id"))};
  progress.cursor_a = TextOf(row, "cursor_a");
  progress.cursor_b = TextOf(row, "cursor_b");
  progress.scanning = static_cast<Side>(NumberOf(row, "scanning"));
  progress.scan = TextOf(row, "scan");
  progress.scan_seen = NumberOf(row, "scan_seen");
  if (!IsNull(row, "scan_total")) progress.scan_total = NumberOf(row, "scan_total");
  progress.scan_begun_at = OptionalTimeOf(row, "scan_begun_at");
  progress.side_begun_at = OptionalTimeOf(row, "side_begun_at");
  progress.compared_at = OptionalTimeOf(row, "compared_at");
  progress.drift = NumberOf(row, "drift");
  progress.first_done = FlagOf(row, "first_done");
  progress.error = TextOf(row, "error");
  progress.error_reason = TextOf(row, "error_reason");
  progress.due_at = TimeOf(row, "due_at");
  progress.step = static_cast<int>(NumberOf(row, "step"));
  return progress;
}

}  // namespace sb::adapters::postgres
