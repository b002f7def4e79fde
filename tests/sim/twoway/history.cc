#include "tests/sim/twoway/history.h"

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

namespace sb::sim::twoway {
namespace {

using core::twoway::Side;
using ports::Hint;
using testing::FakeRecordSide;
using testing::Fate;

constexpr std::chrono::minutes kHour{60};
constexpr int kAllOfThem = 1'000'000;

std::size_t IndexOf(Side side) {
  return side == Side::kA ? 0 : 1;
}

Deed::What WhatOf(FakeRecordSide::Deed::What what) {
  switch (what) {
    case FakeRecordSide::Deed::What::kCreated:
      return Deed::What::kCreated;
    case FakeRecordSide::Deed::What::kDeleted:
      return Deed::What::kDeleted;
    default:
      return Deed::What::kUpdated;
  }
}

}  // namespace

History::History(const Options& options)
    : options_(options),
      dice_(options.seed),
      world_(dice_, ports::SyncId(static_cast<std::int64_t>(options.seed)), options.store),
      weather_(AnyWeather()),
      luck_(options.seed ^ 0x5eedULL),
      odd_(AnyOddities()),
      store_edge_(world_.store, world_.clock, options.flaw),
      a_edge_(*world_.a, world_.clock, options.flaw),
      b_edge_(*world_.b, world_.clock, options.flaw) {}

History::Weather History::AnyWeather() {
  Weather weather;
  weather.lost = dice_.Chance(0.4) ? 0.3 : 0;
  weather.twice = 0.2;
  weather.late = dice_.Chance(0.5) ? 0.2 : 0;
  weather.fails = dice_.Chance(0.6) ? 0.03 : 0;
  weather.store_fails = dice_.Chance(0.4) ? 0.01 : 0;
  weather.dies = dice_.Chance(0.5) ? 0.004 : 0;
  weather.races = dice_.Chance(0.5) ? 0.02 : 0;
  for (Storm& storm : weather.storms) {
    if (!dice_.Chance(0.3)) continue;
    storm.from = world_.clock.Now() + dice_.Between(Millis(0), kHour);
    storm.until = storm.from + dice_.Between(Millis(5'000), std::chrono::minutes(20));
    storm.refuses = dice_.Chance(0.3);
  }
  if (!options_.faultless) return weather;
  Weather mild;
  mild.races = weather.races;
  return mild;
}

History::Oddities History::AnyOddities() {
  Oddities odd;
  odd.pauses = luck_.Chance(0.2);
  odd.pauses_links = luck_.Chance(0.3);
  odd.deploys = luck_.Chance(0.25);
  odd.garbled = luck_.Chance(0.3) ? 0.15 : 0;
  odd.forbids = luck_.Chance(0.2);
  odd.meets = luck_.Chance(0.4) ? 0.15 : 0;
  return options_.faultless ? Oddities() : odd;
}

void History::Note(const std::string& line) {
  if (options_.tells) {
    account_.lines.push_back(ToRfc3339(world_.clock.Now()).substr(11, 12) + " " + line);
  }
}

// ---- What goes wrong

void History::CountCall(bool after) {
  if (calm_) return;
  if (!after) ++account_.calls;
  const bool chosen =
      options_.death && options_.death->call == account_.calls && options_.death->after == after;
  if (!chosen && !dice_.Chance(weather_.dies / 2)) return;
  ++account_.deaths;
  throw Killed();
}

Fate History::FateOf(std::optional<Side> which, bool writes) {
  if (calm_) return Fate::kDone;
  const WallTime now = world_.clock.Now();
  if (which) {
    const Storm& storm = weather_.storms[IndexOf(*which)];
    const bool storms = storm.from <= now && now < storm.until;
    if (storms) return storm.refuses ? Fate::kUnauthorized : Fate::kUnavailable;
  }
  if (!dice_.Chance(which ? weather_.fails : weather_.store_fails)) return Fate::kDone;
  static const std::vector<Fate> kFates = {Fate::kUnavailable, Fate::kLost, Fate::kLost,
                                           Fate::kNever, Fate::kHalf};
  return writes ? dice_.OneOf(kFates) : Fate::kUnavailable;
}

testing::CallHooks History::HooksOf(std::optional<Side> which) {
  testing::CallHooks hooks;
  const std::string name = !which ? "store" : *which == Side::kA ? "A" : "B";
  hooks.before = [this, which](std::string_view call) {
    if (meddling_) return;
    world_.clock.Advance(which ? dice_.Between(Millis(1), Millis(300)) : Millis(1));
    // A person may come between any two calls, but for what no side can rule out.
    const bool races = which && !calm_ && call != "Delete" && dice_.Chance(weather_.races);
    if (races) EditSomething(dice_.Chance(0.5) ? Side::kA : Side::kB);
    if (which && !calm_ && call != "Delete" && luck_.Chance(odd_.meets)) MeetTheWorker();
    if (which && !calm_ && odd_.pauses_links && luck_.Chance(0.02)) PauseSomeLink();
    CountCall(false);
  };
  hooks.after = [this, name](std::string_view call) {
    if (meddling_) return;
    static const std::set<std::string_view> kTold = {"Create", "Update", "Delete"};
    if (kTold.count(call) > 0) Note("    " + name + " " + std::string(call));
    CountCall(true);
  };
  hooks.fate = [this, which, name](std::string_view call, bool writes) {
    if (meddling_) return Fate::kDone;
    const Fate fate = FateOf(which, writes);
    static const std::vector<const char*> kNames = {"",     "unavailable", "unauthorized",
                                                    "lost", "never",       "half"};
    if (fate != Fate::kDone) {
      Note("    " + name + " " + std::string(call) + ": " + kNames[static_cast<std::size_t>(fate)]);
    }
    return fate;
  };
  return hooks;
}

void History::StartKeeper() {
  store_edge_.Begin();
  keeper_ = std::make_unique<Keeper>(Keeper::Dependencies{
      world_, store_edge_, a_edge_, b_edge_, dice_, ledger_, options_.flaw,
      calm_ ? 0 : weather_.lost, [this](const std::string& line) { Note(line); }});
}

template <typename Doing>
void History::Alive(Doing&& doing) {
  try {
    doing();
  } catch (const Killed&) {
    Note("  the process dies");
    meddling_ = false;
    world_.a->LoseMemory();
    world_.b->LoseMemory();
    world_.clock.Advance(dice_.Between(Millis(100), Millis(30'000)));
    StartKeeper();
  }
}

// ---- People

std::optional<std::string> History::Somebody(Side side) {
  std::vector<std::string> keys;
  for (const auto& [key, native] : world_.side(side).All()) {
    if (!world_.side(side).IsHidden(key)) keys.push_back(key);
  }
  if (keys.empty()) return std::nullopt;
  return dice_.OneOf(keys);
}

void History::EditSomething(Side side) {
  const auto key = Somebody(side);
  if (!key) return;
  world_.clock.Advance(Millis(1));
  const Json values = world_.Edit(dice_, side, *world_.side(side).Now(*key));
  world_.side(side).Edit(*key, values);
  ++account_.people;
  Note(std::string("person edits ") + (side == Side::kA ? "A " : "B ") + *key + " " +
       DumpJson(values));
}

/// While the worker is at a record a person edits it, and the comparison, which has a thread of its
/// own, comes upon that. Nothing else tells of the edit.
void History::MeetTheWorker() {
  const auto at = keeper_->at_work();
  if (!at || at->first != Side::kA || world_.a->IsHidden(at->second)) return;
  const auto native = world_.a->Now(at->second);
  if (!native) return;
  meddling_ = true;
  world_.clock.Advance(Millis(1));
  const Json values = world_.Edit(luck_, Side::kA, *native);
  world_.a->Edit(at->second, values);
  ++account_.people;
  Note("person edits A " + at->second + " " + DumpJson(values) + ", and the comparison sees it");
  if (keeper_->ComeUpon(Side::kA, at->second)) hinted_.insert(world_.a->Deeds().size() - 1);
  meddling_ = false;
}

void History::MakeSomebody(Side side) {
  const std::string phone = world_.Phone(dice_);
  std::vector<Side> where = {side};
  const bool twice = dice_.Chance(0.15);
  if (twice) where.push_back(dice_.Chance(0.5) ? side : core::twoway::OtherOf(side));
  for (const Side each : where) {
    const Json native = world_.Newcomer(dice_, each, phone);
    const std::string key = world_.side(each).Add(native);
    ++account_.people;
    Note("person makes " + key + " " + DumpJson(native));
    world_.clock.Advance(dice_.Between(Millis(1), Millis(800)));
  }
}

void History::RemoveSome(Side side, std::size_t count) {
  for (; count > 0; --count) {
    const auto key = Somebody(side);
    if (!key) return;
    world_.side(side).Remove(*key);
    ++account_.people;
    Note("person deletes " + *key);
    world_.clock.Advance(Millis(5));
  }
}

void History::HideOrShow(Side side) {
  const auto all = world_.side(side).All();
  const auto hidden = std::ranges::find_if(
      all, [&](const auto& at) { return world_.side(side).IsHidden(at.first); });
  if (hidden != all.end()) {
    world_.side(side).Show(hidden->first);
    Note("person shares " + hidden->first);
    return;
  }
  const auto key = Somebody(side);
  if (!key) return;
  // What a lost create has made, and is un-shared before it is asked for, nobody can find.
  const auto deeds = world_.side(side).Deeds();
  const bool is_young = std::ranges::any_of(deeds, [&](const FakeRecordSide::Deed& deed) {
    return deed.ours && deed.what == FakeRecordSide::Deed::What::kCreated && deed.key == *key &&
           world_.clock.Now() - deed.at < std::chrono::minutes(5);
  });
  if (is_young) return;
  world_.side(side).Hide(*key);
  Note("person un-shares " + *key);
}

void History::ActOnce() {
  const Side side = dice_.Chance(0.5) ? Side::kA : Side::kB;
  const std::size_t what = dice_.Below(100);
  if (what < 62) return EditSomething(side);
  if (what < 76) return MakeSomebody(side);
  if (what < 90) return RemoveSome(side, 1);
  if (what < 94) return RemoveSome(side, 4);
  HideOrShow(Side::kA);
}

// ---- Oddities

void History::BeOdd() {
  if (!paused_at_ && odd_.pauses && luck_.Chance(0.1)) {
    Pause();
  } else if (paused_at_ && luck_.Chance(0.4)) {
    Resume();
  }
  if (odd_.pauses_links && luck_.Chance(0.15)) PauseSomeLink();
  if (!resting_.empty() && luck_.Chance(0.25)) ResumeLinks();
  if (odd_.deploys && late_fields_.empty() && luck_.Chance(0.15)) Deploy();
  if (odd_.forbids && luck_.Chance(0.1)) ForbidSomebody();
}

void History::Pause() {
  paused_at_ = world_.clock.Now();
  Note("person pauses the sync");
}

/// What happened meanwhile is not known: both sides are compared.
void History::Resume() {
  rests_.push_back({*paused_at_, world_.clock.Now(), std::nullopt, {}});
  paused_at_.reset();
  Note("person resumes the sync");
  Alive([&] { keeper_->BeginComparison(); });
}

void History::PauseSomeLink() {
  const bool was_meddling = meddling_;
  meddling_ = true;
  auto links = world_.store.List(world_.place, ports::LinkStanding::kActive, {}, kAllOfThem);
  // What a lost create has made, and is un-shared before it is asked for, nobody can find.
  if (links.ok()) {
    std::erase_if(*links, [](const ports::Link& link) {
      const auto& intent = link.state.intent;
      return intent && intent->kind == core::twoway::Intent::Kind::kCreate;
    });
  }
  if (links.ok() && !links->empty()) {
    const ports::Link link = luck_.OneOf(*links);
    const auto paused = Person().Pause(world_.place, link.id, "ann");
    if (paused.ok() && paused->standing == ports::LinkStanding::kPaused) {
      const WallTime now = world_.clock.Now();
      resting_[link.id] = {now, now, link.state.key_a, link.state.key_b};
      Note("person pauses the link of A " + link.state.key_a + " and B " + link.state.key_b);
    }
  }
  meddling_ = was_meddling;
}

void History::ResumeLinks() {
  meddling_ = true;
  for (auto& [id, rest] : resting_) {
    rest.until = world_.clock.Now();
    rests_.push_back(rest);
    Note("person resumes the link of A " + *rest.key_a + " and B " + rest.key_b);
    const auto link = world_.store.Get(world_.place, id);
    const bool paused = link.ok() && link->standing == ports::LinkStanding::kPaused;
    if (paused) static_cast<void>(Person().Resume(world_.place, id, "ann"));
  }
  resting_.clear();
  meddling_ = false;
}

syncs::Choices History::Person() {
  return syncs::Choices({world_.store, world_.clock,
                         [this] { return LowestIdNumberAt(world_.clock.Now()) + ++ledger_.ids; }});
}

/// The next version has a field more; both sides are compared with it.
void History::Deploy() {
  late_fields_.insert(world_.DeployNext());
  Note("person deploys the next version, with " + *late_fields_.begin());
  StartKeeper();
  Alive([&] { keeper_->BeginComparison(); });
}

void History::ForbidSomebody() {
  const auto key = Somebody(Side::kA);
  if (!key) return;
  const Millis time = luck_.Between(std::chrono::seconds(30), std::chrono::minutes(5));
  a_edge_.Forbid(*key, world_.clock.Now() + time);
  Note("A refuses " + *key);
}

/// An event says that a record changed, and not so that anybody could read what it holds.
void History::Garble(Telling& telling) {
  if (!telling.record || !luck_.Chance(odd_.garbled)) return;
  Note("  the event of " + telling.key + " is garbled");
  const std::size_t how = luck_.Below(3);
  Json& native = telling.record->native;
  if (how == 0) telling.record.reset();
  if (how == 1) native["first_name"] = Json::array({1, {{"not", "a name"}}});
  if (how == 2) native["phone_numbers"] = Json::array({{{"value", {{"not", "a number"}}}}});
}

// ---- Hints

void History::Listen() {
  for (const Side side : {Side::kA, Side::kB}) {
    const bool tells = side == Side::kA || world_.b_tells_events;
    if (!tells) continue;
    const auto deeds = world_.side(side).Deeds();
    for (std::size_t& at = listened_[IndexOf(side)]; at < deeds.size(); ++at) {
      const FakeRecordSide::Deed& deed = deeds[at];
      if (side == Side::kA && hinted_.contains(at)) continue;
      const bool gone = deed.what == FakeRecordSide::Deed::What::kDeleted ||
                        deed.what == FakeRecordSide::Deed::What::kHidden;
      Telling telling = {side, deed.key, gone, std::nullopt, deed.at, deed.at};
      if (!gone) telling.record = ports::SideRecord{deed.key, deed.after, deed.at};
      const std::size_t times = dice_.Chance(weather_.lost)    ? 0
                                : dice_.Chance(weather_.twice) ? 2
                                                               : 1;
      if (times == 0) Note("  the event of " + deed.key + " is lost");
      for (std::size_t time = 0; time < times; ++time) {
        const bool late = dice_.Chance(weather_.late);
        telling.arrives_at =
            deed.at + dice_.Between(Millis(50), late ? std::chrono::minutes(5) : Millis(2'000));
        Telling sent = telling;
        Garble(sent);
        tellings_.push_back(sent);
      }
    }
  }
}

void History::Deliver() {
  Listen();
  if (paused_at_) return;  // they wait
  const WallTime now = world_.clock.Now();
  std::ranges::stable_sort(tellings_, {}, &Telling::arrives_at);
  while (!tellings_.empty() && tellings_.front().arrives_at <= now) {
    const Telling telling = tellings_.front();
    bool stored = false;
    Alive([&] { stored = keeper_->Hear(telling); });
    if (!stored) return;  // it is told again
    tellings_.erase(tellings_.begin());
    told_.push_back(telling);
  }
}

WallTime History::NextHint() {
  meddling_ = true;
  const auto all = world_.store.Due(world_.place, FarFrom(world_.clock.Now()), kAllOfThem);
  meddling_ = false;
  WallTime next = WallTime::max();
  if (!all.ok()) return next;
  for (const Hint& hint : *all) next = std::min(next, hint.due_at);
  return next;
}

void History::TickUntil(WallTime end) {
  if (paused_at_) {
    world_.clock.Set(std::max(end, world_.clock.Now()));
    Listen();
    return;
  }
  while (world_.clock.Now() < end) {
    Deliver();
    Alive([&] { keeper_->Tick(); });
    WallTime next = world_.clock.Now() + dice_.Between(Millis(300), Millis(3'000));
    Listen();
    meddling_ = true;
    const bool comparing = keeper_->IsComparing();
    meddling_ = false;
    const WallTime hint = NextHint();
    WallTime soonest = std::min(end, hint);
    for (const Telling& telling : tellings_) soonest = std::min(soonest, telling.arrives_at);
    if (!comparing && soonest > next) next = soonest;
    if (next > world_.clock.Now())
      world_.clock.Set(std::min(next, std::max(end, world_.clock.Now())));
  }
}

void History::Drain(const char* when) {
  constexpr int kMostRounds = 400;
  for (int round = 0; round < kMostRounds; ++round) {
    Deliver();
    Alive([&] { keeper_->Tick(); });
    Listen();
    if (IsPending()) {
      world_.clock.Advance(std::chrono::seconds(1));
      continue;
    }
    const WallTime next = NextHint();
    if (next == WallTime::max()) return;
    world_.clock.Set(std::max(next, world_.clock.Now() + std::chrono::seconds(1)));
  }
  account_.violations.push_back(std::string("I14: does not come to rest ") + when);
}

bool History::IsPending() {
  meddling_ = true;
  const auto progress = world_.store.Progress(world_.place);
  const bool known = progress.ok() && *progress;
  const auto unread = [&](Side side, const std::string& cursor) {
    const auto changes = world_.side(side).Changes(cursor, 1);
    return changes.ok() && !cursor.empty() && !changes->hints.empty();
  };
  const bool pending =
      known && ((*progress)->scan_begun_at || unread(Side::kB, (*progress)->cursor_b) ||
                unread(Side::kA, (*progress)->cursor_a));
  meddling_ = false;
  return pending || !tellings_.empty();
}

// ---- The course of it

void History::Begin() {
  if (odd_.deploys) world_.HoldBack(luck_.Chance(0.5) ? "information" : "emails");
  const std::size_t pairs = dice_.Below(4);
  for (std::size_t pair = 0; pair < pairs; ++pair) {
    const std::string phone = world_.Phone(dice_);
    if (dice_.Chance(0.8)) world_.a->Add(world_.Newcomer(dice_, Side::kA, phone));
    if (dice_.Chance(0.8)) world_.b->Add(world_.Newcomer(dice_, Side::kB, phone));
  }
  listened_ = {world_.a->Deeds().size(), world_.b->Deeds().size()};
  HookUp();
  StartKeeper();
  Alive([&] { keeper_->Tick(); });
  Alive([&] { keeper_->BeginComparison(); });
}

void History::HookUp() {
  store_edge_.hooks = HooksOf(std::nullopt);
  world_.a->hooks = HooksOf(Side::kA);
  world_.b->hooks = HooksOf(Side::kB);
}

void History::People() {
  const std::size_t acts = 4 + dice_.Below(18);
  const WallTime end = world_.clock.Now() + kHour;
  for (std::size_t act = 0; act < acts; ++act) {
    const bool soon = dice_.Chance(0.4);
    const Millis pause = dice_.Between(Millis(100), soon ? Millis(6'000) : std::chrono::minutes(8));
    TickUntil(std::min(end, world_.clock.Now() + pause));
    ActOnce();
    BeOdd();
    if (dice_.Chance(0.1) && !paused_at_) Alive([&] { keeper_->BeginComparison(); });
  }
}

void History::Compare() {
  Alive([&] { keeper_->BeginComparison(); });
  Drain("in a comparison");
}

void History::Judge(std::vector<std::string> violations, const std::string& when) {
  for (std::string& violation : violations) {
    account_.violations.push_back(std::move(violation) + when);
  }
}

void History::Calm() {
  calm_ = true;
  if (paused_at_) Resume();
  ResumeLinks();
  a_edge_.AllowAll();
  if (odd_.deploys && late_fields_.empty()) Deploy();
  for (const auto& [key, native] : world_.a->All()) world_.a->Show(key);
  StartKeeper();
  Note("calm");
  // The credential may have been refused, and a side put off, until a while ago.
  world_.clock.Advance(std::chrono::minutes(5));
  Drain("after the storm");
  const bool all_told = weather_.lost == 0 && odd_.garbled == 0;
  if (all_told) Judge(Unconverged(Gather()), " (although no hint was lost, before any comparison)");
  // The next day: two comparisons have to miss a record.
  for (int time = 0; time < 3; ++time) {
    world_.clock.Advance(std::chrono::hours(2));
    Note("comparison");
    Compare();
  }
  Judge(Violations(Gather()), "");
}

void History::StaySilent() {
  const WallTime calm = world_.clock.Now();
  Note("silence");
  Alive([&] { keeper_->BeginComparison(); });
  for (int minute = 0; minute < 10; ++minute) {
    for (Telling again : told_) {
      again.arrives_at = world_.clock.Now();
      if (dice_.Chance(0.2)) tellings_.push_back(again);
    }
    TickUntil(calm + std::chrono::minutes(minute + 1));
  }
  const Evidence evidence = Gather();
  Judge(WritesAfter(evidence, calm), "");
  Judge(Resurrections(evidence), " (late)");
}

Evidence History::Gather() {
  meddling_ = true;
  Evidence evidence{world_.definition, *world_.projector_a, *world_.projector_b};
  std::map<ports::LinkId, ports::Link> links;
  for (const Side side : {Side::kA, Side::kB}) {
    auto& records = side == Side::kA ? evidence.records_a : evidence.records_b;
    for (const auto& [key, native] : world_.side(side).All()) {
      records[key] = world_.Canonical(side, native);
    }
    std::set<std::string> keys;
    for (const FakeRecordSide::Deed& deed : world_.side(side).Deeds()) {
      keys.insert(deed.key);
      const bool counts = deed.what != FakeRecordSide::Deed::What::kHidden &&
                          deed.what != FakeRecordSide::Deed::What::kShown;
      if (!counts) continue;
      evidence.deeds.push_back({deed.at, side, deed.ours, WhatOf(deed.what), deed.key,
                                world_.Canonical(side, deed.before),
                                world_.Canonical(side, deed.after), deed.op_key});
    }
    for (const std::string& key : keys) {
      const auto of_key = world_.store.Of(world_.place, side, key);
      if (!of_key.ok()) continue;
      for (const ports::Link& link : *of_key) links[link.id] = link;
    }
  }
  std::ranges::stable_sort(evidence.deeds, {}, &Deed::at);
  for (const auto& [id, link] : links) evidence.links.push_back(link);
  evidence.agreed_at = store_edge_.agreed_at();
  evidence.mapped_at = store_edge_.mapped_at();
  evidence.late_fields = late_fields_;
  evidence.rests = rests_;
  ports::ConflictQuery all;
  all.limit = kAllOfThem;
  if (const auto conflicts = world_.store.Conflicts(world_.place, all); conflicts.ok()) {
    evidence.conflicts = *conflicts;
  }
  if (world_.a_shouts) {
    evidence.spelled = [](Side side, const std::string& field, const Json& value) {
      return side == Side::kA ? World::Spelled(field, value) : value;
    };
  }
  evidence.was_at_limit = [this](Side side, const std::string& key, const std::string& field) {
    return WasAtLimit(side, key, field);
  };
  meddling_ = false;
  return evidence;
}

bool History::WasAtLimit(Side side, const std::string& key, const std::string& field) {
  const core::twoway::Field* const mapped = world_.definition.Find(field);
  if (mapped == nullptr) return false;
  const std::vector<std::string>& names = mapped->at(side).names;
  meddling_ = true;
  const auto shape = world_.side(side).Shape();
  meddling_ = false;
  if (!shape.ok()) return false;
  const core::twoway::FieldLimits& limits = shape->at(names.front());
  const bool in_columns = limits.type == "text";
  for (const FakeRecordSide::Deed& deed : world_.side(side).Deeds()) {
    if (deed.key != key) continue;
    std::size_t entries = 0;
    for (const std::string& name : names) {
      const Json& value = Member(deed.after, name);
      entries += value.is_array() ? value.size() : value.is_null() ? 0 : 1;
    }
    if (in_columns ? entries == names.size() : entries >= limits.most || entries <= limits.least) {
      return true;
    }
  }
  return false;
}

void History::NoteDefinition() {
  static const std::vector<const char*> kPolicies = {"newest", "A", "B", "fill_blank", "ask"};
  static const std::vector<const char*> kDirections = {"", " one way to A", " one way to B"};
  static const std::vector<const char*> kRules = {"ignore", "unlink", "flag", "delete"};
  for (const core::twoway::Field& field : world_.definition.fields) {
    Note(field.name + ": " + kPolicies[static_cast<std::size_t>(field.conflict)] +
         kDirections[static_cast<std::size_t>(field.direction)]);
  }
  const core::twoway::DeleteRules& rules = world_.definition.deletes;
  Note(std::string("deletes to A: ") + kRules[static_cast<std::size_t>(rules.to_a)] +
       ", to B: " + kRules[static_cast<std::size_t>(rules.to_b)] + ", at most " +
       std::to_string(rules.brake_count) + " an hour");
  Note(world_.b_is_table ? "B is a table" : "B is an API");
}

/// What the engine would tell people of each link and each conflict.
void History::NoteLinks(const Evidence& evidence) {
  meddling_ = true;
  for (const ports::Link& link : evidence.links) {
    const auto entries = world_.store.History(world_.place, link.id, 200);
    Note("link " + ports::ToText(link.id) + " of A " + link.state.key_a + " and B " +
         link.state.key_b + ": standing " + std::to_string(static_cast<int>(link.standing)) + " " +
         link.code);
    if (!entries.ok()) continue;
    for (const ports::LinkEntry& entry : *entries) {
      account_.lines.push_back("    " + ToRfc3339(entry.at).substr(11, 12) + " " + entry.what +
                               " " + entry.reason + " " + DumpJson(entry.detail));
    }
  }
  for (const ports::LinkConflict& conflict : evidence.conflicts) {
    Note((conflict.open ? "open " : "closed ") + conflict.code + " of " + conflict.key + " " +
         conflict.field + ": base " + DumpJson(conflict.base) + ", A " + DumpJson(conflict.a) +
         ", B " + DumpJson(conflict.b) + " " + conflict.rule);
  }
  meddling_ = false;
}

History::Account History::Tell() {
  if (options_.tells) NoteDefinition();
  Begin();
  People();
  Calm();
  StaySilent();
  const Evidence evidence = Gather();
  if (options_.tells) NoteLinks(evidence);
  account_.writes = world_.a->WritesOfOurs() + world_.b->WritesOfOurs();
  account_.links = static_cast<std::int64_t>(evidence.links.size());
  account_.parked =
      std::ranges::count(evidence.links, ports::LinkStanding::kParked, &ports::Link::standing);
  account_.conflicts = static_cast<std::int64_t>(evidence.conflicts.size());
  for (const Deed& deed : evidence.deeds) account_.fingerprint += Told(deed) + "\n";
  return account_;
}

}  // namespace sb::sim::twoway
