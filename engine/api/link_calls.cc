#include "engine/api/link_calls.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/api/json_mapping.h"
#include "engine/api/link_mapping.h"
#include "engine/api/page_token.h"
#include "engine/api/request_id.h"
#include "engine/api/sync_finder.h"
#include "engine/ports/clock.h"
#include "engine/syncs/two_way_syncs.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using syncs::Choice;

constexpr std::size_t kLongestLinkWord = 64;
constexpr std::size_t kLongestLinkRecord = 200;
constexpr std::size_t kLargestChosenValue = 64 * 1024;
constexpr int kUsualHistory = 100;
constexpr int kMostHistory = ports::kMostLinkEntries;
constexpr std::size_t kMostStories = 20;
constexpr int kAnsweredAtOnce = 1000;
constexpr std::int64_t kMostCounted = 10'000;

/// The two-way sync that a request is about, with what its sides are called.
struct TwoWayScene {
  ports::Sync sync;
  SideNames names;
};

template <typename Request>
std::variant<TwoWayScene, Failure> FindTwoWay(const Dependencies& deps, const Caller& caller,
                                              const Request& request) {
  auto found = FindSync(deps, caller, request.account(), request.sync());
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  auto& sync = std::get<FoundSync>(found).sync;
  if (sync.kind != ports::SyncKind::kTwoWay) {
    return WrongField("sync", "is a replication, which has no links: name a two-way sync",
                      "LINK_SYNC_ONE_WAY");
  }
  const auto definition = deps.two_way.DefinitionOf(sync);
  if (!definition.ok()) return Failure(definition.error());
  SideNames names = NamesOf(*definition);
  return TwoWayScene{std::move(sync), std::move(names)};
}

std::variant<ports::LinkId, Failure> LinkFrom(const std::string& text) {
  const auto id = ports::ParseLinkId(text);
  if (!id) return WrongField("link", "must be the id of a link, such as lnk_01hv3k7q8s0g");
  return *id;
}

std::variant<ports::ConflictId, Failure> ConflictFrom(const std::string& text) {
  const auto id = ports::ParseConflictId(text);
  if (!id) return WrongField("conflict", "must be the id of a conflict, such as cfl_01hv3k7q8s0g");
  return *id;
}

Outcome ReadFilter(const v1::ConflictFilter& filter, ports::ConflictQuery& query) {
  switch (filter.standing()) {
    case v1::ConflictFilter::STANDING_UNSPECIFIED:
      break;
    case v1::ConflictFilter::STANDING_OPEN:
      query.open = true;
      break;
    case v1::ConflictFilter::STANDING_SETTLED:
      query.open = false;
      break;
    default:
      return WrongField("filter.standing", "takes STANDING_OPEN or STANDING_SETTLED");
  }
  if (filter.code().size() > kLongestLinkWord)
    return WrongField("filter.code", "takes at most 64 bytes");
  if (filter.field().size() > kLongestLinkRecord)
    return WrongField("filter.field", "takes at most 200 bytes");
  query.code = filter.code();
  query.field = filter.field();
  if (filter.link().empty()) return {};
  auto link = LinkFrom(filter.link());
  if (auto* failure = std::get_if<Failure>(&link)) return std::move(*failure);
  query.link = std::get<ports::LinkId>(link);
  return {};
}

std::optional<Choice::What> WhatFrom(v1::LinkChoice::Kind kind) {
  switch (kind) {
    case v1::LinkChoice::KIND_A:
      return Choice::What::kA;
    case v1::LinkChoice::KIND_B:
      return Choice::What::kB;
    case v1::LinkChoice::KIND_VALUE:
      return Choice::What::kValue;
    case v1::LinkChoice::KIND_PUT_BACK:
      return Choice::What::kPutBack;
    case v1::LinkChoice::KIND_LINK:
      return Choice::What::kLink;
    case v1::LinkChoice::KIND_CREATE:
      return Choice::What::kCreate;
    case v1::LinkChoice::KIND_IGNORE:
      return Choice::What::kIgnore;
    case v1::LinkChoice::KIND_NEWEST:
      return Choice::What::kNewest;
    case v1::LinkChoice::KIND_FILL_BLANK:
      return Choice::What::kFillBlank;
    default:
      return {};
  }
}

Outcome ReadChoice(const v1::LinkChoice& given, Choice& choice) {
  const auto what = WhatFrom(given.kind());
  if (!what)
    return WrongField("choice.kind", "say what is to stand: KIND_A, KIND_B, KIND_VALUE ...");
  choice.what = *what;
  if (given.value().ByteSizeLong() > kLargestChosenValue)
    return WrongField("choice.value", "takes at most 64 KiB");
  if (choice.what == Choice::What::kValue && !given.has_value())
    return WrongField("choice.value", "is needed with KIND_VALUE; null makes the field blank");
  choice.value = ToJson(given.value());
  const bool links = choice.what == Choice::What::kLink;
  if (links && (given.key().empty() || given.key().size() > kLongestLinkRecord))
    return WrongField("choice.key", "must be the key of a record across, of at most 200 bytes");
  choice.key = given.key();
  return {};
}

/// How many conflicts a query chooses that were not answered yet, of the first kMostCounted.
Result<std::int64_t> CountMatching(const Dependencies& deps, const ports::Sync& sync,
                                   ports::ConflictQuery query, bool& more) {
  std::int64_t counted = 0;
  std::int64_t looked_at = 0;
  query.limit = kAnsweredAtOnce;
  for (;;) {
    const auto page = deps.two_way.Conflicts(sync, query);
    if (!page.ok()) return page.error();
    looked_at += static_cast<std::int64_t>(page->size());
    counted += std::ranges::count_if(
        *page, [](const ports::LinkConflict& each) { return each.resolution.empty(); });
    more = static_cast<int>(page->size()) == query.limit;
    if (!more || looked_at >= kMostCounted) return counted;
    query.after = page->back().id;
  }
}

std::string ScopeOfConflicts(const v1::ListConflictsRequest& request) {
  const v1::ConflictFilter& filter = request.filter();
  return "conflicts\n" + request.account() + "\n" + request.sync() + "\n" +
         std::to_string(filter.standing()) + "\n" + filter.code() + "\n" + filter.field() + "\n" +
         filter.link();
}

/// Which conflicts a choice is for, of those that `query` chooses.
Outcome NarrowTo(const Choice& choice, ports::ConflictQuery& query) {
  const bool puts_back = choice.what == Choice::What::kPutBack;
  query.open = !puts_back;
  if (!puts_back) return {};
  const std::string overwritten = "LINK_FIELD_OVERWRITTEN";
  if (!query.code.empty() && query.code != overwritten)
    return WrongField("filter.code", "KIND_PUT_BACK is for " + overwritten, "LINK_CHOICE_INVALID");
  query.code = overwritten;
  return {};
}

/// The newest `limit` lines of each.
void Shorten(std::vector<ports::LinkEntry>& history, int limit) {
  const auto most = static_cast<std::size_t>(limit);
  if (history.size() > most)
    history.erase(history.begin(), history.end() - static_cast<std::ptrdiff_t>(most));
}

}  // namespace

// ---- Links

Outcome ListLinksInto(const Dependencies& deps, const Caller& caller,
                      const v1::ListLinksRequest& request, v1::ListLinksResponse& response) {
  auto found = FindTwoWay(deps, caller, request);
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  if (!v1::Link::State_IsValid(request.state()) || request.state() == v1::Link::STATE_ENDED)
    return WrongField("state", "takes STATE_ACTIVE, STATE_PARKED or STATE_PAUSED");
  const std::string scope = "links\n" + request.account() + "\n" + request.sync() + "\n" +
                            std::to_string(request.state());
  auto page = ReadPage(request.page_size(), request.page_token(), scope);
  if (auto* failure = std::get_if<Failure>(&page)) return std::move(*failure);
  const auto& wanted = std::get<ports::PageRequest>(page);
  std::optional<ports::LinkStanding> standing;
  if (request.state() != v1::Link::STATE_UNSPECIFIED)
    standing = static_cast<ports::LinkStanding>(request.state());
  const auto links = deps.two_way.Links(std::get<TwoWayScene>(found).sync, standing,
                                        ports::LinkId(wanted.before), wanted.size);
  if (!links.ok()) return links.error();
  for (const ports::Link& link : *links) *response.add_links() = ToProto(link, false);
  if (static_cast<int>(links->size()) == wanted.size)
    response.set_next_page_token(MakePageToken(links->back().id.number(), scope));
  return {};
}

Outcome GetLinkInto(const Dependencies& deps, const Caller& caller,
                    const v1::GetLinkRequest& request, v1::GetLinkResponse& response) {
  auto found = FindTwoWay(deps, caller, request);
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  auto id = LinkFrom(request.link());
  if (auto* failure = std::get_if<Failure>(&id)) return std::move(*failure);
  const auto link =
      deps.two_way.Link(std::get<TwoWayScene>(found).sync, std::get<ports::LinkId>(id));
  if (!link.ok()) return link.error();
  *response.mutable_link() = ToProto(*link, true);
  return {};
}

Outcome ExplainLinkInto(const Dependencies& deps, const Caller& caller,
                        const v1::ExplainLinkRequest& request, v1::ExplainLinkResponse& response) {
  auto found = FindTwoWay(deps, caller, request);
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  const auto& scene = std::get<TwoWayScene>(found);
  if (request.record().empty() || request.record().size() > kLongestLinkRecord) {
    return WrongField("record",
                      "must be a record's key, a phone number, an e-mail address or a link's id, "
                      "of at most 200 bytes");
  }
  if (request.limit() < 0 || request.limit() > kMostHistory)
    return WrongField("limit", "takes 1 to 200, or 0 for the usual number");
  auto answers = deps.two_way.Explain(scene.sync, {}, request.record());
  if (!answers.ok()) return answers.error();
  const auto full = [&] {
    return static_cast<std::size_t>(response.stories_size()) >= kMostStories;
  };
  std::set<ports::LinkId> told;  // both records of a link may be meant
  for (syncs::RecordExplanation& answer : *answers) {
    for (syncs::LinkExplanation& link : answer.links) {
      if (!told.insert(link.link.id).second) continue;
      Shorten(link.history, request.limit() == 0 ? kUsualHistory : request.limit());
      if (!full()) *response.add_stories() = ToProto(link, scene.names);
    }
    const bool more_to_say = answer.links.empty() || !answer.conflicts.empty();
    if (more_to_say && !full()) *response.add_stories() = StoryWithoutLink(answer, scene.names);
  }
  if (response.stories().empty()) {
    response.add_stories()->set_sentence("nothing is known of it: neither " + scene.names.a +
                                         " nor " + scene.names.b +
                                         " told of such a record that takes part");
  }
  return {};
}

Outcome PauseLinkInto(const Dependencies& deps, const Caller& caller,
                      const v1::PauseLinkRequest& request, v1::PauseLinkResponse& response) {
  auto found = FindTwoWay(deps, caller, request);
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  auto id = LinkFrom(request.link());
  if (auto* failure = std::get_if<Failure>(&id)) return std::move(*failure);
  const auto link = deps.two_way.PauseLink(std::get<TwoWayScene>(found).sync,
                                           std::get<ports::LinkId>(id), caller.key_name);
  if (!link.ok()) return link.error();
  *response.mutable_link() = ToProto(*link, true);
  return {};
}

Outcome ResumeLinkInto(const Dependencies& deps, const Caller& caller,
                       const v1::ResumeLinkRequest& request, v1::ResumeLinkResponse& response) {
  auto found = FindTwoWay(deps, caller, request);
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  auto id = LinkFrom(request.link());
  if (auto* failure = std::get_if<Failure>(&id)) return std::move(*failure);
  const auto link = deps.two_way.ResumeLink(std::get<TwoWayScene>(found).sync,
                                            std::get<ports::LinkId>(id), caller.key_name);
  if (!link.ok()) return link.error();
  *response.mutable_link() = ToProto(*link, true);
  return {};
}

// ---- Conflicts

Outcome ListConflictsInto(const Dependencies& deps, const Caller& caller,
                          const v1::ListConflictsRequest& request,
                          v1::ListConflictsResponse& response) {
  auto found = FindTwoWay(deps, caller, request);
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  const auto& scene = std::get<TwoWayScene>(found);
  ports::ConflictQuery query;
  if (auto wrong = ReadFilter(request.filter(), query)) return wrong;
  const std::string scope = ScopeOfConflicts(request);
  auto page = ReadPage(request.page_size(), request.page_token(), scope);
  if (auto* failure = std::get_if<Failure>(&page)) return std::move(*failure);
  query.after = ports::ConflictId(std::get<ports::PageRequest>(page).before);
  query.limit = std::get<ports::PageRequest>(page).size;
  const auto conflicts = deps.two_way.Conflicts(scene.sync, query);
  if (!conflicts.ok()) return conflicts.error();
  for (const ports::LinkConflict& conflict : *conflicts)
    *response.add_conflicts() = ToProto(conflict, scene.names);
  if (static_cast<int>(conflicts->size()) == query.limit)
    response.set_next_page_token(MakePageToken(conflicts->back().id.number(), scope));
  return {};
}

Outcome GetConflictInto(const Dependencies& deps, const Caller& caller,
                        const v1::GetConflictRequest& request, v1::GetConflictResponse& response) {
  auto found = FindTwoWay(deps, caller, request);
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  const auto& scene = std::get<TwoWayScene>(found);
  auto id = ConflictFrom(request.conflict());
  if (auto* failure = std::get_if<Failure>(&id)) return std::move(*failure);
  const auto conflict = deps.two_way.Conflict(scene.sync, std::get<ports::ConflictId>(id));
  if (!conflict.ok()) return conflict.error();
  *response.mutable_conflict() = ToProto(*conflict, scene.names);
  return {};
}

Outcome ResolveConflictInto(const Dependencies& deps, const Caller& caller,
                            const v1::ResolveConflictRequest& request,
                            v1::ResolveConflictResponse& response) {
  auto found = FindTwoWay(deps, caller, request);
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  const auto& scene = std::get<TwoWayScene>(found);
  if (auto wrong = CheckRequestId(request.request_id())) return wrong;
  auto id = ConflictFrom(request.conflict());
  if (auto* failure = std::get_if<Failure>(&id)) return std::move(*failure);
  Choice choice;
  if (auto wrong = ReadChoice(request.choice(), choice)) return wrong;
  const auto conflict =
      deps.two_way.Resolve(scene.sync, std::get<ports::ConflictId>(id), choice, caller.key_name);
  if (!conflict.ok()) return conflict.error();
  *response.mutable_conflict() = ToProto(*conflict, scene.names);
  return {};
}

Outcome ResolveConflictsInto(const Dependencies& deps, const Caller& caller,
                             const v1::ResolveConflictsRequest& request,
                             v1::ResolveConflictsResponse& response) {
  auto found = FindTwoWay(deps, caller, request);
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  const auto& sync = std::get<TwoWayScene>(found).sync;
  if (auto wrong = CheckRequestId(request.request_id())) return wrong;
  ports::ConflictQuery query;
  if (auto wrong = ReadFilter(request.filter(), query)) return wrong;
  if (query.open)
    return WrongField("filter.standing", "is left out: the choice says which it takes");
  Choice choice;
  if (auto wrong = ReadChoice(request.choice(), choice)) return wrong;
  if (choice.what == Choice::What::kValue || choice.what == Choice::What::kLink) {
    return WrongField("choice.kind", "KIND_VALUE and KIND_LINK are for a single conflict",
                      "LINK_CHOICE_INVALID");
  }
  if (auto wrong = NarrowTo(choice, query)) return wrong;
  if (request.validate_only()) {
    bool more = false;
    const auto matched = CountMatching(deps, sync, query, more);
    if (!matched.ok()) return matched.error();
    response.set_matched(*matched);
    response.set_more(more);
    return {};
  }
  query.limit = kAnsweredAtOnce;
  const auto done = deps.two_way.ResolveAll(sync, query, choice, caller.key_name);
  if (!done.ok()) return done.error();
  response.set_resolved(done->resolved);
  response.set_refused(done->refused);
  response.set_more(done->more);
  return {};
}

// ---- The whole

Outcome CompareSidesInto(const Dependencies& deps, const Caller& caller,
                         const v1::CompareSidesRequest& request,
                         v1::CompareSidesResponse& response) {
  auto found = FindTwoWay(deps, caller, request);
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  const auto& [sync, names] = std::get<TwoWayScene>(found);
  const Status begun = deps.two_way.CompareNow(sync);
  if (!begun.ok()) return begun.error();
  const auto standing = deps.two_way.Standing(sync);
  if (!standing.ok()) return standing.error();
  *response.mutable_progress() = ToProto(*standing, sync.state, names, deps.clock.Now());
  return {};
}

Outcome ApproveLinkDeletesInto(const Dependencies& deps, const Caller& caller,
                               const v1::ApproveLinkDeletesRequest& request,
                               v1::ApproveLinkDeletesResponse& response) {
  auto found = FindTwoWay(deps, caller, request);
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  const auto& [sync, names] = std::get<TwoWayScene>(found);
  if (auto wrong = CheckRequestId(request.request_id())) return wrong;
  if (request.side() != names.a && request.side() != names.b)
    return WrongField("side", "must be a side of the sync: " + names.a + " or " + names.b);
  const auto side = request.side() == names.a ? core::twoway::Side::kA : core::twoway::Side::kB;
  const Status approved = deps.two_way.ApproveDeletes(sync, side, caller.key_name);
  if (!approved.ok()) return approved.error();
  const auto standing = deps.two_way.Standing(sync);
  if (!standing.ok()) return standing.error();
  *response.mutable_progress() = ToProto(*standing, sync.state, names, deps.clock.Now());
  return {};
}

}  // namespace sb::api
