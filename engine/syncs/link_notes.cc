// What the work on a link leaves for people: its history and its conflicts.
#include <algorithm>
#include <utility>

#include "engine/syncs/link_job.h"

namespace sb::syncs {
namespace {

using core::twoway::Loss;
using core::twoway::Seen;
using core::twoway::Side;

constexpr int kMostOpenOfLink = 200;
/// Losses are noted just before the intent that they go with.
constexpr Millis kLossesBefore = std::chrono::minutes(1);
constexpr std::array<Side, 2> kNotedSides = {Side::kA, Side::kB};

Result<std::vector<ports::LinkConflict>> OpenOf(ports::LinkStore& links, const ports::Link& link) {
  if (link.step == 0) return std::vector<ports::LinkConflict>();
  ports::ConflictQuery query;
  query.open = true;
  query.link = link.id;
  query.limit = kMostOpenOfLink;
  return links.Conflicts(link.place, query);
}

bool SaysTheSame(const ports::LinkConflict& conflict, const Loss& loss) {
  return conflict.field == loss.field && conflict.base == loss.base && conflict.a == loss.a &&
         conflict.b == loss.b;
}

}  // namespace

Status AnswerQuestionsOf(ports::LinkStore& links, const ports::Link& link,
                         ports::LinkCommit& commit) {
  const auto open = OpenOf(links, link);
  if (!open.ok()) return open.error();
  for (const ports::LinkConflict& each : *open) commit.answered.push_back(each.id);
  return {};
}

Status AnswerQuestionsAbout(ports::LinkStore& links, const ports::LinkPlace& place,
                            const std::pair<Side, std::string>& record, const std::string& but,
                            ports::LinkCommit& commit) {
  ports::ConflictQuery query;
  query.open = true;
  query.side = record.first;
  query.key = record.second;
  query.limit = kMostOpenOfLink;
  const auto open = links.Conflicts(place, query);
  if (!open.ok()) return open.error();
  for (const ports::LinkConflict& each : *open) {
    if (each.link.IsNone() && each.code != but) commit.answered.push_back(each.id);
  }
  return {};
}

Status HintRivalsOf(ports::LinkStore& links, const ports::Link& link, WallTime now,
                    ports::LinkCommit& commit) {
  ports::ConflictQuery query;
  query.open = true;
  query.code = "LINK_TAKEN";
  query.limit = kMostOpenOfLink;
  for (;;) {
    const auto open = links.Conflicts(link.place, query);
    if (!open.ok()) return open.error();
    for (const ports::LinkConflict& each : *open) {
      query.after = each.id;
      const std::string& mine = link.state.key(OtherOf(each.side));
      const bool waited =
          each.link.IsNone() && !mine.empty() && std::ranges::count(each.rivals, mine) > 0;
      if (!waited) continue;
      commit.add.push_back({each.side, each.key, "retry", false, 0, now, now});
      commit.answered.push_back(each.id);  // asked again where it is still so
    }
    if (open->size() < static_cast<std::size_t>(query.limit)) return {};
  }
}

void LinkJob::Note(std::string what, std::string reason, Json detail) {
  commit_.history.push_back(
      {deps_.clock.Now(), std::move(what), std::move(reason), std::move(detail)});
}

/// Fields about which a person is asked: their question tells both values.
std::set<std::string> LinkJob::AskedFields() {
  std::set<std::string> asked;
  if (!link_.state.agreed || !look(Side::kA) || !look(Side::kB)) return asked;
  for (const core::twoway::Field& field : scene_.definition.fields) {
    if (field.conflict != core::twoway::Conflict::kAsk) continue;
    const auto edited = [&](Side side) {
      return core::twoway::ValueOf(link_.state.agreed->shown(side), field.name) !=
             core::twoway::ValueOf(look(side)->seen.told.record, field.name);
    };
    if (edited(Side::kA) && edited(Side::kB)) asked.insert(field.name);
  }
  return asked;
}

/// Each edit once, as it is first seen. Whoever goes on with an intent has them in the history.
void LinkJob::NoteEdits() {
  const std::set<std::string> asked = AskedFields();
  for (const Side side : kNotedSides) {
    auto& noted = noted_[side == Side::kA ? 0 : 1];
    if (!look(side) || look(side)->seen.presence != core::twoway::Presence::kPresent) continue;
    const core::twoway::Record& record = look(side)->seen.told.record;
    const bool silent = !noted && (resumed_ || !link_.state.agreed);
    if (!noted && !silent) noted = link_.state.agreed->shown(side);
    if (!silent && *noted != record) {
      const auto& at = look(side)->seen.told.changed_at;
      Json changes = ChangesBetween(*noted, record);
      for (const std::string& field : asked) changes.erase(field);
      if (!changes.empty())
        Note(side == Side::kA ? "edited_a" : "edited_b", at ? "changed at " + ToRfc3339(*at) : "",
             std::move(changes));
    }
    noted = record;
  }
}

ports::LinkConflict LinkJob::ConflictOf(const Loss& loss, const char* code, bool open) {
  ports::LinkConflict conflict;
  conflict.id = ports::ConflictId(deps_.new_id());
  conflict.link = link_.id;
  conflict.side = OtherOf(loss.winner);
  conflict.key = key(conflict.side);
  conflict.code = code;
  conflict.field = loss.field;
  conflict.base = loss.base;
  conflict.a = loss.a;
  conflict.b = loss.b;
  if (look(Side::kA)) conflict.a_at = look(Side::kA)->seen.told.changed_at;
  if (look(Side::kB)) conflict.b_at = look(Side::kB)->seen.told.changed_at;
  conflict.rule = loss.rule;
  conflict.open = open;
  conflict.at = deps_.clock.Now();
  return conflict;
}

void LinkJob::NoteChoices() {
  for (const auto& [field, value] : link_.state.choices) {
    if (field != core::twoway::kWholeRecord)  // the approval was told when it was given
      Note("chosen", "what was chosen stands", {{field, value}});
  }
}

/// Stored with the intent, before the write: afterwards nothing would tell of them.
void LinkJob::NoteLosses(const core::twoway::Verdict& verdict) {
  for (const Loss& loss : verdict.losses) {
    const bool known = std::ranges::any_of(
        losses_, [&](const ports::LinkConflict& each) { return SaysTheSame(each, loss); });
    if (known) continue;  // decided in a round before, which wrote nothing
    losses_.push_back(ConflictOf(loss, kFieldOverwritten, false));
    commit_.conflicts.push_back(losses_.back());
    const bool lost_a = loss.winner == Side::kB;
    Note("lost", loss.rule,
         {{loss.field, Json::array({lost_a ? loss.a : loss.b, lost_a ? loss.b : loss.a})}});
  }
}

Result<std::vector<ports::LinkConflict>> LinkJob::OpenConflicts() {
  return OpenOf(deps_.links, link_);
}

/// Questions that are new are put, and those that are none any more are answered by that.
Status LinkJob::NoteAsks(const core::twoway::Verdict& verdict) {
  const bool may_have_any =
      !verdict.asks.empty() || !link_.code.empty() || !link_.state.choices.empty() ||
      std::ranges::any_of(scene_.definition.fields, [](const core::twoway::Field& field) {
        return field.conflict == core::twoway::Conflict::kAsk;
      });
  if (!may_have_any) return {};
  const auto open = OpenConflicts();
  if (!open.ok()) return open.error();
  for (const ports::LinkConflict& each : *open) {
    const bool stays =
        each.code == kFieldAsks &&
        std::ranges::any_of(verdict.asks, [&](const Loss& ask) { return ask.field == each.field; });
    if (!stays) commit_.answered.push_back(each.id);
  }
  for (const Loss& ask : verdict.asks) {
    const bool known = std::ranges::any_of(*open, [&](const ports::LinkConflict& each) {
      return each.code == kFieldAsks && SaysTheSame(each, ask);
    });
    if (known) continue;
    Loss about = ask;
    about.winner = Side::kB;  // one question of a field: always of A's record
    commit_.conflicts.push_back(ConflictOf(about, kFieldAsks, true));
    Note("asked", "both sides changed it", {{ask.field, Json::array({ask.a, ask.b})}});
  }
  return {};
}

/// The link ends: nobody has to decide anything about it.
Status LinkJob::AnswerAll() {
  return AnswerQuestionsOf(deps_.links, link_, commit_);
}

/// Those that were stored with the intent that is gone on with.
Status LinkJob::RecallLosses() {
  ports::ConflictQuery query;
  query.open = false;
  query.code = kFieldOverwritten;
  query.link = link_.id;
  query.limit = kMostOpenOfLink;
  auto stored = deps_.links.Conflicts(scene_.place, query);
  if (!stored.ok()) return stored.error();
  for (ports::LinkConflict& each : *stored) {
    const bool of_intent = each.at + kLossesBefore >= link_.state.intent->at;
    if (of_intent && each.resolution.empty()) losses_.push_back(std::move(each));
  }
  return {};
}

/// Those that no other link holds.
Result<std::vector<core::twoway::MatchKey>> LinkJob::FreeOf(
    const std::vector<core::twoway::MatchKey>& keys) {
  const auto is_taken = [&](const std::vector<core::twoway::MatchKey>& some) -> Result<bool> {
    if (some.empty()) return false;
    const auto holders = deps_.links.Matching(scene_.place, some);
    if (!holders.ok()) return holders.error();
    return std::ranges::any_of(*holders, [&](ports::LinkId id) { return id != link_.id; });
  };
  const auto any = is_taken(keys);
  if (!any.ok()) return any.error();
  if (!*any) return keys;
  std::vector<core::twoway::MatchKey> free;
  for (const core::twoway::MatchKey& each : keys) {
    const auto taken = is_taken({each});
    if (!taken.ok()) return taken.error();
    if (!*taken) free.push_back(each);
  }
  return free;
}

/// Keys follow the records, so that a number that somebody gave up is free. What another link holds
/// stays there: two people may share a number.
Status LinkJob::KeepMatchKeys() {
  const Seen none;
  const Seen& a = look(Side::kA) ? look(Side::kA)->seen : none;
  const Seen& b = look(Side::kB) ? look(Side::kB)->seen : none;
  auto keys = MatchKeysOfPair(scene_.definition, a, b, link_.state);
  // A record that is going to be made must not be somebody's already.
  const bool is_pair = !link_.state.key_a.empty() && !link_.state.key_b.empty();
  if (link_.step > 0 || is_pair) {
    auto free = FreeOf(keys);
    if (!free.ok()) return free.error();
    keys = *std::move(free);
  }
  commit_.match_keys = std::move(keys);
  return {};
}

bool LinkJob::IsUnchanged() const {
  return link_.step > 0 && link_ == stored_;
}

}  // namespace sb::syncs
