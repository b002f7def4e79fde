// A call is told of, its file is fetched once, kept for its time, and goes: and what is done when
// links are dead, files too large, places full, and persons forgotten.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "embedded/ConnectorFiles.h"
#include "engine/accounts/recording_fetch.h"
#include "engine/accounts/recording_notice.h"
#include "engine/accounts/recording_upkeep.h"
#include "engine/adapters/jq/jq_expressions.h"
#include "engine/base/encoding.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_http_client.h"
#include "tests/support/matchers.h"
#include "tests/support/memory_account_store.h"
#include "tests/support/memory_event_feed.h"
#include "tests/support/memory_inbox_store.h"
#include "tests/support/memory_media_store.h"
#include "tests/support/memory_recording_store.h"

namespace sb {
namespace {

using core::recordings::Kind;
using ports::HttpRequest;
using ports::HttpResponse;
using ports::Recording;
using ports::RecordingState;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::kStoryTime;
using ::testing::SizeIs;

constexpr Slot kSlotOfAcme = 17;
constexpr const char* kTold = "https://files.example/told.mp3?signature=1";
constexpr const char* kFresh = "https://files.example/fresh.mp3?signature=2";
constexpr const char* kSound = "what was said";

const adapters::jq::JqExpressions& JqOfCustody() {
  static const adapters::jq::JqExpressions kJq;
  return kJq;
}

const connector::Library& LibraryOfCustody() {
  static const auto kLibrary =
      connector::Library::Load(embedded::ConnectorFiles(), {}, JqOfCustody()).value();
  return *kLibrary;
}

/// A provider that gives calls, and counts how often it is asked.
class CallGiver : public ports::ActionPerformer {
 public:
  void Perform(ports::ActionCall call, Done done) override {
    asked_.push_back(call);
    done(answer_);
  }

  void ReadBack(ports::ActionCall, WallTime, ReadBackDone done) override {
    done(std::optional<Json>());
  }

  std::vector<ports::ActionCall> asked_;
  Result<Json> answer_ = Json{{"recording", kFresh}, {"voicemail", nullptr}};
};

class Custody : public ::testing::Test {
 protected:
  void SetUp() override {
    ports::Account account;
    account.id = account_;
    account.slot = kSlotOfAcme;
    account.tenant = "acme";
    account.connector = "aircall";
    account.state = ports::AccountState::kActive;
    ASSERT_THAT(accounts_.Insert(account), IsOk());
    Serve(200, kSound);
    Keep([](auto& rules) { rules.recordings = true; });
    EXPECT_THAT(notice_.RunOnce(), IsOk());  // from here on
  }

  template <typename Change>
  void Keep(Change change) {
    ports::RecordingPolicy policy = recordings_.Policy(account_).value();
    policy.slot = kSlotOfAcme;
    policy.since = clock_.Now();
    change(policy.rules);
    ASSERT_THAT(recordings_.SetPolicy(policy), IsOk());
  }

  /// Every link gives this.
  void Serve(int status, const std::string& body, const std::string& type = "audio/mpeg") {
    http_.SetWorld([=](const HttpRequest&) {
      return HttpResponse{status, {{"content-type", type}}, body};
    });
  }

  void Tell(const std::string& event, const Json& data,
            ports::InboxSource source = ports::InboxSource::kWebhook) {
    ports::InboxItem item;
    item.slot = kSlotOfAcme;
    item.account = account_;
    item.id = ids_.Next<EventTag>(clock_.Now());
    item.dedupe = ToText(item.id);
    item.source = source;
    item.event = "io.aircall." + event;
    item.entity = "calls";
    item.entity_id = "4190000017";
    item.received_at = clock_.Now();
    item.body = DumpJson({{"resource", "call"},
                          {"event", event},
                          {"timestamp", 1790676300},
                          {"token", ""},
                          {"data", data}});
    ASSERT_THAT(inbox_.Append({item}), IsOk());
    EXPECT_THAT(notice_.RunOnce(), IsOk());
  }

  static Json CallWith(const Json& recording, const Json& voicemail = nullptr) {
    return {{"id", 4190000017},
            {"raw_digits", "+33 6 12 34 56 78"},
            {"recording", recording},
            {"voicemail", voicemail}};
  }

  std::vector<Recording> All() {
    ports::RecordingFilter filter;
    filter.account = account_;
    return recordings_.List(filter, {})->items;
  }

  Recording Only() {
    const auto all = All();
    EXPECT_THAT(all, SizeIs(1));
    return all.empty() ? Recording() : all.front();
  }

  /// One try of what is due.
  void FetchDue() {
    const std::vector<Recording> due = fetch_.Due().value();
    for (const Recording& recording : due) fetch_.Fetch(recording);
  }

  std::vector<std::string> Urls() {
    std::vector<std::string> urls;
    for (const HttpRequest& request : http_.sent()) urls.push_back(request.url);
    return urls;
  }

  const AccountId account_{1001};
  testing::FakeClock clock_;
  Metrics metrics_;
  IdGenerator ids_{1};
  testing::MemoryDatabase database_;
  testing::MemoryAccountStore accounts_;
  testing::MemoryInboxStore inbox_{database_};
  testing::MemoryEventFeed feed_{database_};
  testing::MemoryRecordingStore recordings_;
  testing::MemoryMediaStore media_;
  testing::FakeHttpClient http_;
  CallGiver provider_;
  int rings_ = 0;
  accounts::RecordingNotice notice_{{.recordings = recordings_,
                                     .accounts = accounts_,
                                     .feed = feed_,
                                     .connectors = LibraryOfCustody(),
                                     .expressions = JqOfCustody(),
                                     .clock = clock_,
                                     .ids = ids_,
                                     .wanted = [this] { ++rings_; }}};
  accounts::RecordingFetch fetch_{{.recordings = recordings_,
                                   .accounts = accounts_,
                                   .inbox = inbox_,
                                   .media = media_,
                                   .http = http_,
                                   .actions = provider_,
                                   .connectors = LibraryOfCustody(),
                                   .expressions = JqOfCustody(),
                                   .clock = clock_,
                                   .metrics = metrics_,
                                   .our_slots = [] { return std::vector<Slot>{kSlotOfAcme}; }}};
  accounts::RecordingUpkeep upkeep_{{recordings_, media_, clock_, metrics_}};
};

TEST_F(Custody, ARecordingIsFetchedFromTheLinkThatWasToldAndKept) {
  Tell("call.ended", CallWith(kTold));
  EXPECT_EQ(rings_, 1);
  FetchDue();
  const Recording kept = Only();
  EXPECT_EQ(kept.state, RecordingState::kKept);
  EXPECT_EQ(kept.kind, Kind::kRecording);
  EXPECT_EQ(kept.call, "4190000017");
  EXPECT_EQ(kept.party, "+33 6 12 34 56 78");
  EXPECT_EQ(kept.size, 13);
  EXPECT_EQ(kept.sha256, Sha256(kSound));
  EXPECT_EQ(kept.content_type, "audio/mpeg");
  EXPECT_EQ(kept.kept_at, clock_.Now());
  EXPECT_EQ(media_.files().at(ports::MediaKeyOf(kept.account, kept.id)), kSound);
  EXPECT_THAT(Urls(), ElementsAre(kTold));
  EXPECT_THAT(provider_.asked_, IsEmpty()) << "a link that lives costs no quota";
}

TEST_F(Custody, HoweverOftenItIsToldItIsFetchedOnce) {
  Tell("call.ended", CallWith(kTold));
  FetchDue();
  Tell("call.comm_assets_generated", CallWith(kTold));
  FetchDue();
  EXPECT_THAT(All(), SizeIs(1));
  EXPECT_THAT(Urls(), SizeIs(1));
}

TEST_F(Custody, OnlyWhatThePolicyNamesIsKept) {
  Tell("call.ended", CallWith(nullptr, kTold));
  Tell("call.voicemail_left", CallWith(nullptr, kTold));
  EXPECT_THAT(All(), IsEmpty());
  Keep([](auto& rules) { rules.voicemails = true; });
  Tell("call.voicemail_left", CallWith(nullptr, kTold));
  EXPECT_EQ(Only().kind, Kind::kVoicemail);
}

TEST_F(Custody, WhatAClientPublishesFetchesNothing) {
  Tell("call.ended", CallWith("https://elsewhere.example/secret"), ports::InboxSource::kApi);
  EXPECT_THAT(All(), IsEmpty());
}

TEST_F(Custody, ALinkThatHasGrownOldIsNotTried) {
  Tell("call.ended", CallWith(kTold));
  clock_.Advance(minutes(9));
  FetchDue();
  EXPECT_THAT(Urls(), ElementsAre(kFresh));
  ASSERT_THAT(provider_.asked_, SizeIs(1));
  EXPECT_EQ(provider_.asked_[0].action, "aircall.calls.get");
  EXPECT_EQ(provider_.asked_[0].input, (Json{{"call_id", 4190000017}}));
  EXPECT_EQ(provider_.asked_[0].lane, core::quota::Lane::kSync);
  EXPECT_EQ(Only().state, RecordingState::kKept);
}

TEST_F(Custody, ALinkThatDiedIsAskedForAnew) {
  Tell("call.ended", CallWith(kTold));
  http_.SetWorld([](const HttpRequest& request) {
    const bool dead = request.url == kTold;
    return HttpResponse{
        dead ? 403 : 200, {{"content-type", "audio/mpeg"}}, dead ? "Request has expired" : kSound};
  });
  FetchDue();
  EXPECT_THAT(Urls(), ElementsAre(kTold, kFresh));
  EXPECT_EQ(Only().sha256, Sha256(kSound)) << "nothing of the refusal is in it";
}

TEST_F(Custody, ARedirectIsFollowedButNotOutOfTls) {
  Tell("call.ended", CallWith(kTold));
  std::string next = "https://other.example/file.mp3";
  http_.SetWorld([&](const HttpRequest& request) {
    if (request.url == kTold || request.url == kFresh)
      return HttpResponse{302, {{"location", next}}, ""};
    return HttpResponse{200, {{"content-type", "audio/mpeg"}}, kSound};
  });
  FetchDue();
  EXPECT_EQ(Only().state, RecordingState::kKept);
  EXPECT_THAT(Urls(), ElementsAre(kTold, "https://other.example/file.mp3"));
}

TEST_F(Custody, ARedirectIntoTheClearIsNotFollowed) {
  Tell("call.ended", CallWith(kTold));
  http_.SetWorld([](const HttpRequest&) {
    return HttpResponse{302, {{"location", "http://other.example/file.mp3"}}, ""};
  });
  FetchDue();
  EXPECT_EQ(Only().state, RecordingState::kWanted);
  EXPECT_EQ(Only().reason, "RECORDING_UNREADABLE");
  EXPECT_THAT(Urls(), ElementsAre(kTold));
}

TEST_F(Custody, AFileThatIsTooLargeFailsWithItsReason) {
  Keep([](auto& rules) { rules.most_bytes = 5; });
  Tell("call.ended", CallWith(kTold));
  FetchDue();
  EXPECT_EQ(Only().state, RecordingState::kFailed);
  EXPECT_EQ(Only().reason, "RECORDING_TOO_LARGE");
  EXPECT_THAT(media_.files(), IsEmpty());
}

TEST_F(Custody, APageInThePlaceOfSoundIsTriedAgainLater) {
  Tell("call.ended", CallWith(kTold));
  Serve(200, "<html>sign in</html>", "text/html; charset=utf-8");
  FetchDue();
  EXPECT_EQ(Only().state, RecordingState::kWanted);
  EXPECT_EQ(Only().attempts, 1);
  EXPECT_EQ(Only().due_at, clock_.Now() + seconds(30));
  EXPECT_THAT(media_.files(), IsEmpty());
  Serve(200, kSound);
  clock_.Advance(seconds(30));
  FetchDue();
  EXPECT_EQ(Only().state, RecordingState::kKept);
  EXPECT_EQ(Only().reason, "");
}

TEST_F(Custody, TriesEndWithTheLastReason) {
  Tell("call.ended", CallWith(kTold));
  provider_.answer_ = Json{{"recording", nullptr}};
  for (int i = 0; i < 50 && Only().state == RecordingState::kWanted; ++i) {
    clock_.Advance(hours(6));
    FetchDue();
  }
  EXPECT_EQ(Only().state, RecordingState::kFailed);
  EXPECT_EQ(Only().reason, "RECORDING_MISSING");
}

TEST_F(Custody, ACallThatIsGoneIsGivenUp) {
  Tell("call.ended", CallWith(kTold));
  clock_.Advance(hours(2));
  provider_.answer_ = NotFound("PROVIDER_NOT_FOUND", "no such call");
  FetchDue();
  EXPECT_EQ(Only().state, RecordingState::kFailed);
  EXPECT_EQ(Only().reason, "RECORDING_GONE");
}

TEST_F(Custody, AFullDiskUsesUpNoTry) {
  Tell("call.ended", CallWith(kTold));
  media_.FailWith(Unavailable("MEDIA_STORE_UNAVAILABLE", "no space left"));
  for (int i = 0; i < 30; ++i) {
    FetchDue();
    clock_.Advance(minutes(5));
  }
  EXPECT_EQ(Only().state, RecordingState::kWanted);
  EXPECT_EQ(Only().attempts, 0);
  EXPECT_EQ(Only().reason, "MEDIA_STORE_UNAVAILABLE");
  media_.FailWith({});
  FetchDue();
  EXPECT_EQ(Only().state, RecordingState::kKept);
}

TEST_F(Custody, WhatAProcessHadBegunIsDoneByTheNext) {
  Tell("call.ended", CallWith(kTold));
  Recording begun = Only();
  begun.state = RecordingState::kFetching;
  begun.attempts = 1;
  ASSERT_THAT(recordings_.Save(begun), IsOk());
  FetchDue();
  EXPECT_EQ(Only().state, RecordingState::kKept);
  EXPECT_EQ(Only().attempts, 2);
  EXPECT_THAT(media_.files(), SizeIs(1));
}

TEST_F(Custody, WhoComesSecondLeavesTheFileOfTheFirst) {
  Tell("call.ended", CallWith(kTold));
  const Recording as_both_saw_it = Only();
  fetch_.Fetch(as_both_saw_it);
  fetch_.Fetch(as_both_saw_it);
  EXPECT_EQ(Only().state, RecordingState::kKept);
  EXPECT_EQ(Only().attempts, 1);
  EXPECT_THAT(media_.files(), SizeIs(1));
}

TEST_F(Custody, WhatIsErasedWhileItIsFetchedIsNotThereAfterwards) {
  Tell("call.ended", CallWith(kTold));
  http_.SetWorld([this](const HttpRequest&) {
    Recording erased = Only();
    erased.state = RecordingState::kErased;
    erased.erased_at = clock_.Now();
    EXPECT_THAT(recordings_.Save(erased), IsOk());
    return HttpResponse{200, {{"content-type", "audio/mpeg"}}, kSound};
  });
  FetchDue();
  EXPECT_EQ(Only().state, RecordingState::kErased);
  EXPECT_THAT(media_.files(), IsEmpty());
}

TEST_F(Custody, APersonWhoWasErasedFromTheEventIsNotFetched) {
  Tell("call.ended", CallWith(kTold));
  for (auto& [id, item] : database_.inbox) {
    const std::size_t at = item.body.find(kTold);
    if (at != std::string::npos) item.body.replace(at, std::string(kTold).size(), "[erased]");
  }
  FetchDue();
  EXPECT_EQ(Only().state, RecordingState::kErased);
  EXPECT_EQ(Only().reason, "PERSON_ERASED");
  EXPECT_THAT(Urls(), IsEmpty());
}

TEST_F(Custody, WhatThePolicyDoesNotWantAnyMoreIsDropped) {
  Tell("call.ended", CallWith(kTold));
  Keep([](auto& rules) { rules.recordings = false; });
  FetchDue();
  EXPECT_EQ(Only().state, RecordingState::kErased);
  EXPECT_EQ(Only().reason, "RECORDING_NOT_WANTED");
  EXPECT_THAT(Urls(), IsEmpty());
}

TEST_F(Custody, WhatIsKeptGoesWhenItsTimeIsOver) {
  Keep([](auto& rules) { rules.retain_days = 90; });
  Tell("call.ended", CallWith(kTold));
  FetchDue();
  clock_.Advance(days(89));
  EXPECT_THAT(upkeep_.RunOnce(), IsOk());
  EXPECT_EQ(Only().state, RecordingState::kKept);
  clock_.Advance(days(1));
  EXPECT_THAT(upkeep_.RunOnce(), IsOk());
  EXPECT_EQ(Only().state, RecordingState::kErased);
  EXPECT_EQ(Only().reason, "RETENTION");
  EXPECT_THAT(media_.files(), IsEmpty());
  EXPECT_FALSE(recordings_.HasWaste(account_).value());
}

TEST_F(Custody, AFileThatCannotBeErasedNowIsErasedLater) {
  Keep([](auto& rules) { rules.retain_days = 1; });
  Tell("call.ended", CallWith(kTold));
  FetchDue();
  clock_.Advance(days(2));
  media_.FailWith(Unavailable("MEDIA_STORE_UNAVAILABLE", "away"));
  EXPECT_FALSE(upkeep_.RunOnce().ok());
  EXPECT_TRUE(recordings_.HasWaste(account_).value());
  media_.FailWith({});
  EXPECT_THAT(upkeep_.RunOnce(), IsOk());
  EXPECT_FALSE(recordings_.HasWaste(account_).value());
  EXPECT_THAT(media_.files(), IsEmpty());
}

TEST_F(Custody, CallsFromBeforeThePolicyAreNotFetched) {
  Keep([](auto& rules) { rules.recordings = false; });
  Tell("call.ended", CallWith(kTold));
  clock_.Advance(hours(1));
  Keep([](auto& rules) { rules.recordings = true; });
  EXPECT_THAT(notice_.RunOnce(), IsOk());
  EXPECT_THAT(All(), IsEmpty());
}

}  // namespace
}  // namespace sb
