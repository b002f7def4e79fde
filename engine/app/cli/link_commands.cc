#include "engine/app/cli/link_commands.h"

#include <optional>
#include <utility>

#include <google/protobuf/util/json_util.h>

#include "engine/app/cli/link_text.h"
#include "engine/app/cli/sync_progress.h"
#include "engine/app/cli/text.h"
#include "switchboard/v1/link.grpc.pb.h"
#include "switchboard/v1/sync.grpc.pb.h"

namespace sb::app::cli {
namespace {

namespace v1 = switchboard::v1;
using LinkCalls = v1::LinkService;
using LinkStub = v1::LinkService::StubInterface;

std::string LinkSyncTitle(const v1::Sync& sync) {
  return sync.namespace_() + "/" + sync.name();
}

/// The sync that the options name, or the only two-way one of the account.
std::optional<Trouble> ChooseSync(Session& session, const std::string& account, std::string& sync) {
  if (!sync.empty()) return {};
  v1::ListSyncsRequest request;
  request.set_account(account);
  v1::ListSyncsResponse response;
  if (auto trouble = session.client.Call<v1::SyncService>(
          &v1::SyncService::StubInterface::ListSyncs, request, response))
    return trouble;
  std::string known;
  int found = 0;
  for (const v1::Sync& each : response.syncs()) {
    if (each.kind() != v1::Sync::KIND_TWO_WAY) continue;
    sync = LinkSyncTitle(each);
    known += (known.empty() ? "" : ", ") + sync;
    ++found;
  }
  if (found == 1) return {};
  if (found == 0) {
    return Trouble{kRefused,
                   "the account has no two-way sync",
                   "",
                   "deploy one with `switchboard sync deploy FILE --account " + account + "`",
                   {}};
  }
  return Trouble{
      kUsage, "the account has several two-way syncs: " + known, "", "say which with --sync", {}};
}

/// A request about the sync that the options name.
template <typename Request, typename Options>
std::optional<Trouble> Address(Session& session, const Options& options, Request& request) {
  std::string sync = options.sync;
  if (auto trouble = ChooseSync(session, options.account, sync)) return trouble;
  request.set_account(options.account);
  request.set_sync(sync);
  return {};
}

constexpr const char* kUnreadable = "SYNC_UNREADABLE";

/// What the definition calls the sides, and how far the sync is. Trouble where it cannot be read.
std::optional<Trouble> AskForSides(Session& session, const std::string& account,
                                   const std::string& sync, v1::TwoWayProgress& sides) {
  v1::GetSyncRequest request;
  request.set_account(account);
  request.set_sync(sync);
  v1::GetSyncResponse response;
  if (auto trouble = session.client.Call<v1::SyncService>(&v1::SyncService::StubInterface::GetSync,
                                                          request, response))
    return trouble;
  sides = response.sync().two_way();
  // Nobody can say what such a definition calls them.
  if (sides.error_code() == kUnreadable) {
    return Trouble{
        kRefused, sides.error_help(), kUnreadable, "deploy a version that can be read", {}};
  }
  return {};
}

// ---- Answers

Trouble WrongAnswer(const std::string& message) {
  return Trouble{kUsage, message, "", "switchboard sync resolve --help shows examples", {}};
}

int AnswersGiven(const ResolveOptions& options) {
  return static_cast<int>(!options.take.empty()) + static_cast<int>(!options.value.empty()) +
         static_cast<int>(options.put_back) + static_cast<int>(!options.link.empty()) +
         static_cast<int>(options.create) + static_cast<int>(options.ignore);
}

std::optional<Trouble> ReadTake(const std::string& take, const v1::TwoWayProgress& sides,
                                v1::LinkChoice& choice) {
  if (take == sides.side_a()) {
    choice.set_kind(v1::LinkChoice::KIND_A);
  } else if (take == sides.side_b()) {
    choice.set_kind(v1::LinkChoice::KIND_B);
  } else if (take == "newest") {
    choice.set_kind(v1::LinkChoice::KIND_NEWEST);
  } else if (take == "fill-blank") {
    choice.set_kind(v1::LinkChoice::KIND_FILL_BLANK);
  } else {
    return WrongAnswer("--take takes " + sides.side_a() + ", " + sides.side_b() +
                       ", newest or fill-blank");
  }
  return {};
}

std::optional<Trouble> ReadAnswer(const ResolveOptions& options, const v1::TwoWayProgress& sides,
                                  v1::LinkChoice& choice) {
  if (!options.take.empty()) return ReadTake(options.take, sides, choice);
  if (!options.value.empty()) {
    choice.set_kind(v1::LinkChoice::KIND_VALUE);
    const auto read =
        google::protobuf::util::JsonStringToMessage(options.value, choice.mutable_value());
    if (read.ok()) return {};
    return WrongAnswer("--value takes JSON: a text in quotes, such as '\"Acme\"'; null is blank");
  }
  choice.set_key(options.link);
  choice.set_kind(options.put_back        ? v1::LinkChoice::KIND_PUT_BACK
                  : !options.link.empty() ? v1::LinkChoice::KIND_LINK
                  : options.create        ? v1::LinkChoice::KIND_CREATE
                                          : v1::LinkChoice::KIND_IGNORE);
  return {};
}

std::optional<Trouble> CheckResolve(const ResolveOptions& options) {
  if (AnswersGiven(options) != 1) {
    return WrongAnswer(
        "give one answer: --take SIDE, --value JSON, --put-back, --link KEY, --create or --ignore");
  }
  if (options.all == !options.conflict.empty())
    return WrongAnswer("name one conflict, such as cfl_01hv3k7q8s0g, or say --all");
  if (!options.all && !(options.field.empty() && options.code.empty()))
    return WrongAnswer("--field and --code go with --all");
  return {};
}

int ResolveOne(Session& session, const ResolveOptions& options, const std::string& sync,
               const v1::TwoWayProgress& sides, const v1::LinkChoice& choice) {
  v1::ResolveConflictRequest request;
  request.set_account(options.account);
  request.set_sync(sync);
  request.set_conflict(options.conflict);
  *request.mutable_choice() = choice;
  v1::ResolveConflictResponse response;
  if (auto trouble = session.client.Call<LinkCalls>(&LinkStub::ResolveConflict, request, response))
    return session.Fail(*trouble);
  return session.Show(response.conflict(), [&] {
    return ConflictText(response.conflict(), sides.side_a(), sides.side_b(), session.now(),
                        session.style());
  });
}

/// Says how many, and asks. Nothing: go on; otherwise the exit code.
std::optional<int> ConfirmAll(Session& session, const ResolveOptions& options,
                              v1::ResolveConflictsRequest request) {
  request.set_validate_only(true);
  v1::ResolveConflictsResponse response;
  if (auto trouble = session.client.Call<LinkCalls>(&LinkStub::ResolveConflicts, request, response))
    return session.Fail(*trouble);
  const std::string count = Grouped(response.matched()) + (response.more() ? " or more" : "") +
                            (response.matched() == 1 ? " conflict" : " conflicts");
  if (response.matched() == 0) {
    session.Show(response, [] { return std::string("no conflict fits; nothing was done\n"); });
    return kOk;
  }
  if (options.yes) {
    if (session.WantsTable()) session.environment().err << "answering " << count << "\n";
    return {};
  }
  if (!session.WantsTable()) {
    return session.Misuse("-o " + session.options().output + " cannot ask you whether to go on",
                          "add --yes");
  }
  if (!Confirmed(session, "answer " + count + " like this?")) return kRefused;
  return {};
}

int ResolveMany(Session& session, const ResolveOptions& options, const std::string& sync,
                const v1::LinkChoice& choice) {
  v1::ResolveConflictsRequest request;
  request.set_account(options.account);
  request.set_sync(sync);
  request.mutable_filter()->set_field(options.field);
  request.mutable_filter()->set_code(options.code);
  *request.mutable_choice() = choice;
  if (const auto ended = ConfirmAll(session, options, request)) return *ended;
  v1::ResolveConflictsResponse sum;
  for (bool more = true; more;) {
    v1::ResolveConflictsResponse response;
    if (auto trouble =
            session.client.Call<LinkCalls>(&LinkStub::ResolveConflicts, request, response)) {
      if (sum.resolved() > 0)
        session.environment().err << Grouped(sum.resolved()) << " were answered before\n";
      return session.Fail(*trouble);
    }
    sum.set_resolved(sum.resolved() + response.resolved());
    sum.set_refused(response.refused());  // they stay open: each call meets them again
    more = response.more() && response.resolved() > 0;
    sum.set_more(response.more() && !more);
  }
  session.Show(sum, [&] {
    std::string text = Grouped(sum.resolved()) + " answered";
    if (sum.refused() > 0) text += ", " + Grouped(sum.refused()) + " could not be answered so";
    if (sum.more()) text += "; there are more, which this did not reach";
    return text + "\n";
  });
  return sum.refused() > 0 ? kRefused : kOk;
}

// ---- Lists

v1::Link::State StateFrom(const std::string& word) {
  if (word == "active") return v1::Link::STATE_ACTIVE;
  if (word == "parked") return v1::Link::STATE_PARKED;
  return word == "paused" ? v1::Link::STATE_PAUSED : v1::Link::STATE_UNSPECIFIED;
}

template <typename Request, typename Response>
int ChangeLink(Session& session, const LinkOptions& options,
               grpc::Status (LinkStub::*method)(grpc::ClientContext*, const Request&, Response*),
               const std::string& done) {
  Request request;
  if (auto trouble = Address(session, options, request)) return session.Fail(*trouble);
  request.set_link(options.link);
  Response response;
  if (auto trouble = session.client.Call<LinkCalls>(method, request, response))
    return session.Fail(*trouble);
  return session.Show(response.link(),
                      [&] { return Printable(response.link().id() + " " + done) + "\n"; });
}

}  // namespace

// ---- Links

int CompareSides(Session& session, const CompareOptions& options) {
  v1::CompareSidesRequest request;
  if (auto trouble = Address(session, options, request)) return session.Fail(*trouble);
  v1::CompareSidesResponse response;
  if (auto trouble = session.client.Call<LinkCalls>(&LinkStub::CompareSides, request, response))
    return session.Fail(*trouble);
  return session.Show(response.progress(), [&] {
    return Printable("both sides are read whole and compared; follow it: switchboard sync watch " +
                     request.sync() + " --account " + request.account()) +
           "\n";
  });
}

int ListLinks(Session& session, const LinksOptions& options) {
  v1::ListLinksRequest request;
  if (auto trouble = Address(session, options, request)) return session.Fail(*trouble);
  request.set_state(StateFrom(options.state));
  request.set_page_size(options.limit);
  request.set_page_token(options.page_token);
  v1::TwoWayProgress sides;
  if (auto trouble = AskForSides(session, options.account, request.sync(), sides))
    return session.Fail(*trouble);
  v1::ListLinksResponse response;
  if (auto trouble = session.client.Call<LinkCalls>(&LinkStub::ListLinks, request, response))
    return session.Fail(*trouble);
  session.Show(response, [&]() -> std::string {
    if (response.links().empty()) return "no such links\n";
    return LinksText(response, sides, session.now(), session.style());
  });
  session.MentionNextPage(response.next_page_token());
  return kOk;
}

int PauseLink(Session& session, const LinkOptions& options) {
  return ChangeLink<v1::PauseLinkRequest, v1::PauseLinkResponse>(
      session, options, &LinkStub::PauseLink,
      "is paused; what changes is remembered until it goes on");
}

int ResumeLink(Session& session, const LinkOptions& options) {
  return ChangeLink<v1::ResumeLinkRequest, v1::ResumeLinkResponse>(
      session, options, &LinkStub::ResumeLink, "goes on");
}

int ExplainLink(Session& session, const ExplainOptions& options) {
  v1::ExplainLinkRequest request;
  if (auto trouble = Address(session, options, request)) return session.Fail(*trouble);
  request.set_record(options.record);
  request.set_limit(options.limit);
  v1::ExplainLinkResponse response;
  if (auto trouble = session.client.Call<LinkCalls>(&LinkStub::ExplainLink, request, response))
    return session.Fail(*trouble);
  return session.Show(response, [&] {
    std::string text;
    for (const v1::LinkStory& story : response.stories()) {
      text += (text.empty() ? "" : "\n") + LinkStoryText(story, session.now(), session.style());
    }
    return text;
  });
}

// ---- Conflicts

int ListConflicts(Session& session, const ConflictsOptions& options) {
  v1::ListConflictsRequest request;
  if (auto trouble = Address(session, options, request)) return session.Fail(*trouble);
  v1::ConflictFilter& filter = *request.mutable_filter();
  if (options.open) filter.set_standing(v1::ConflictFilter::STANDING_OPEN);
  filter.set_code(options.overwritten ? "LINK_FIELD_OVERWRITTEN" : options.code);
  filter.set_field(options.field);
  filter.set_link(options.link);
  request.set_page_size(options.limit);
  request.set_page_token(options.page_token);
  v1::TwoWayProgress sides;
  if (auto trouble = AskForSides(session, options.account, request.sync(), sides))
    return session.Fail(*trouble);
  v1::ListConflictsResponse response;
  if (auto trouble = session.client.Call<LinkCalls>(&LinkStub::ListConflicts, request, response))
    return session.Fail(*trouble);
  session.Show(response, [&]() -> std::string {
    if (response.conflicts().empty())
      return options.open ? "nothing waits for you here\n" : "no such conflicts\n";
    const std::string about = "--sync " + request.sync() + " --account " + options.account;
    return ConflictsText(response, sides, session.now(), session.style()) +
           AnswerHint(response, sides, about);
  });
  session.MentionNextPage(response.next_page_token());
  return kOk;
}

int ShowConflict(Session& session, const ConflictOptions& options) {
  v1::GetConflictRequest request;
  if (auto trouble = Address(session, options, request)) return session.Fail(*trouble);
  request.set_conflict(options.conflict);
  v1::TwoWayProgress sides;
  if (auto trouble = AskForSides(session, options.account, request.sync(), sides))
    return session.Fail(*trouble);
  v1::GetConflictResponse response;
  if (auto trouble = session.client.Call<LinkCalls>(&LinkStub::GetConflict, request, response))
    return session.Fail(*trouble);
  return session.Show(response.conflict(), [&] {
    return ConflictText(response.conflict(), sides.side_a(), sides.side_b(), session.now(),
                        session.style());
  });
}

int ResolveConflicts(Session& session, const ResolveOptions& options) {
  if (auto trouble = CheckResolve(options)) return session.Fail(*trouble);
  std::string sync = options.sync;
  if (auto trouble = ChooseSync(session, options.account, sync)) return session.Fail(*trouble);
  v1::TwoWayProgress sides;
  if (auto trouble = AskForSides(session, options.account, sync, sides))
    return session.Fail(*trouble);
  v1::LinkChoice choice;
  if (auto trouble = ReadAnswer(options, sides, choice)) return session.Fail(*trouble);
  return options.all ? ResolveMany(session, options, sync, choice)
                     : ResolveOne(session, options, sync, sides, choice);
}

}  // namespace sb::app::cli
