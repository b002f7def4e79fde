// A platform whose records are a side: it pushes them, follows what syncs changed, and answers.
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <nlohmann/json.hpp>

#include "engine/api/record_stream.h"
#include "engine/syncs/platform_side.h"
#include "switchboard/v1/record.grpc.pb.h"
#include "tests/integration/api/api_house.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using core::quota::Lane;
using grpc::StatusCode;
using ports::Role;
using testing::ReasonOf;
using PushResult = v1::RecordPushResult;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class RecordCalls : public ::testing::Test {
 protected:
  /// A stream and what it has told so far.
  struct Stream {
    std::unique_ptr<grpc::ClientContext> context;
    std::unique_ptr<grpc::ClientReader<v1::WatchRecordChangesResponse>> reader;
    std::string token;

    /// The next changes, at least one; none when the stream has ended.
    std::vector<v1::RecordChange> Next() {
      v1::WatchRecordChangesResponse message;
      while (reader->Read(&message)) {
        token = message.resume_token();
        if (message.changes_size() > 0) return {message.changes().begin(), message.changes().end()};
      }
      return {};
    }

    grpc::Status End() {
      context->TryCancel();
      return reader->Finish();
    }
  };

  Stream Watch(const std::string& token = "") {
    auto request = About<v1::WatchRecordChangesRequest>();
    request.set_resume_token(token);
    Stream stream{house_.With(viewer_), nullptr, ""};
    stream.reader = stub_->WatchRecordChanges(stream.context.get(), request);
    return stream;
  }

  template <typename Request>
  Request About() {
    Request request;
    request.set_account(ToText(account_));
    request.set_object("contact");
    return request;
  }

  /// A request with these records, as JSON.
  v1::PushRecordsRequest Records(const std::string& records, const std::string& request_id = "") {
    auto request = About<v1::PushRecordsRequest>();
    v1::PushRecordsRequest read;
    EXPECT_TRUE(
        google::protobuf::util::JsonStringToMessage(R"({"records": )" + records + "}", &read).ok());
    *request.mutable_records() = read.records();
    request.set_request_id(request_id);
    return request;
  }

  grpc::Status Push(const v1::PushRecordsRequest& request) {
    pushed_.Clear();
    return stub_->PushRecords(house_.With(key_).get(), request, &pushed_);
  }

  std::vector<PushResult::Outcome> Outcomes() const {
    std::vector<PushResult::Outcome> outcomes;
    for (const PushResult& each : pushed_.results()) outcomes.push_back(each.outcome());
    return outcomes;
  }

  v1::Record Get(const std::string& key) {
    auto request = About<v1::GetRecordRequest>();
    request.set_key(key);
    v1::GetRecordResponse response;
    EXPECT_TRUE(stub_->GetRecord(house_.With(viewer_).get(), request, &response).ok()) << key;
    return response.record();
  }

  /// What a sync writes to a record; to a new one where none is named.
  void SyncWrites(const std::string& key, const Json& values) {
    ports::SideWrite write;
    write.op_key = "op-" + std::to_string(++writes_);
    write.key = key;
    write.values = values;
    const auto written =
        key.empty() ? side_.Create(write, Lane::kSync) : side_.Update(write, Lane::kSync);
    ASSERT_TRUE(written.ok()) << written.error().message;
  }

  grpc::Status Answer(const v1::AcknowledgeRecordChangeRequest& request) {
    answered_.Clear();
    return stub_->AcknowledgeRecordChange(house_.With(key_).get(), request, &answered_);
  }

  grpc::Status Done(const std::string& change, const std::string& own_key = "") {
    auto request = About<v1::AcknowledgeRecordChangeRequest>();
    request.set_change(change);
    request.mutable_done()->set_key(own_key);
    return Answer(request);
  }

  grpc::Status Refuse(const std::string& change, const std::string& reason) {
    auto request = About<v1::AcknowledgeRecordChangeRequest>();
    request.set_change(change);
    request.mutable_refused()->set_reason(reason);
    return Answer(request);
  }

  testing::ApiHouse house_;
  std::string key_ = house_.AddKey(Role::kOperator, "acme");
  std::string viewer_ = house_.AddKey(Role::kViewer, "acme");
  AccountId account_ = house_.AddAccount("acme");
  const ports::PlatformPlace place_{house_.accounts.Get(account_).value().slot, account_,
                                    "contact"};
  syncs::PlatformSide side_{
      {house_.record_store, house_.clock,
       [this] { return house_.ids.Next<ports::RecordChangeTag>(house_.clock.Now()).number(); }},
      place_,
      ""};
  std::unique_ptr<v1::RecordService::Stub> stub_ = v1::RecordService::NewStub(house_.channel());
  v1::PushRecordsResponse pushed_;
  v1::AcknowledgeRecordChangeResponse answered_;
  int writes_ = 0;
};

// ---- Push

TEST_F(RecordCalls, EachRecordThatIsPushedHasAnAnswerOfItsOwn) {
  ASSERT_TRUE(Push(Records(R"([{"key": "c-1", "fields": {"name": "Ada", "age": 36}},
                               {"key": "", "fields": {"name": "Bo"}},
                               {"key": "c-3", "changeTime": "2031-01-01T00:00:00Z"},
                               {"key": "c-4", "expectedVersion": "7"},
                               {"key": "c-5", "deleted": true}])"))
                  .ok());
  EXPECT_THAT(Outcomes(), ElementsAre(PushResult::OUTCOME_STORED, PushResult::OUTCOME_REFUSED,
                                      PushResult::OUTCOME_REFUSED, PushResult::OUTCOME_MOVED,
                                      PushResult::OUTCOME_UNCHANGED));
  EXPECT_EQ(pushed_.results(1).error_code(), "RECORD_KEY_INVALID");
  EXPECT_EQ(pushed_.results(2).error_code(), "RECORD_TIME_INVALID");
  const v1::Record ada = Get("c-1");
  EXPECT_EQ(ada.fields().fields().at("name").string_value(), "Ada");
  EXPECT_EQ(ada.fields().fields().at("age").number_value(), 36);
  EXPECT_EQ(ada.version(), pushed_.results(0).version());
  EXPECT_EQ(ada.own_key(), "c-1");
}

TEST_F(RecordCalls, AVersionThatIsExpectedIsHeldTo) {
  ASSERT_TRUE(Push(Records(R"([{"key": "c-1", "fields": {"name": "Ada"}}])")).ok());
  const auto version = std::to_string(pushed_.results(0).version());
  const auto renaming = Records(R"([{"key": "c-1", "fields": {"name": "Ada L"},
                                     "expectedVersion": ")" +
                                version + R"("}])");
  ASSERT_TRUE(Push(renaming).ok());
  EXPECT_THAT(Outcomes(), ElementsAre(PushResult::OUTCOME_STORED));
  ASSERT_TRUE(Push(renaming).ok());
  EXPECT_THAT(Outcomes(), ElementsAre(PushResult::OUTCOME_MOVED));
}

TEST_F(RecordCalls, ARequestThatIsRepeatedDoesNothingTwice) {
  const auto request = Records(R"([{"key": "c-1", "fields": {"name": "Ada"}}])", "batch-1");
  ASSERT_TRUE(Push(request).ok());
  ASSERT_TRUE(Push(Records(R"([{"key": "c-1", "fields": {"name": "Ada L"}}])")).ok());
  ASSERT_TRUE(Push(request).ok());
  EXPECT_TRUE(pushed_.repeated_request());
  EXPECT_THAT(Outcomes(), ElementsAre(PushResult::OUTCOME_STORED)) << "as it was answered";
  EXPECT_EQ(Get("c-1").fields().fields().at("name").string_value(), "Ada L");
  EXPECT_EQ(ReasonOf(Push(Records(R"([{"key": "c-2"}])", "batch-1"))), "REQUEST_ID_REUSED");
}

TEST_F(RecordCalls, WhatIsTooMuchIsRefused) {
  const std::string novel(64 * 1024, 'x');
  ASSERT_TRUE(Push(Records(R"([{"key": "c-1", "fields": {"note": ")" + novel + R"("}},
                               {"key": "c-2", "fields": {"name": "Bo"}}])"))
                  .ok());
  EXPECT_THAT(Outcomes(), ElementsAre(PushResult::OUTCOME_REFUSED, PushResult::OUTCOME_STORED));
  EXPECT_EQ(pushed_.results(0).error_code(), "RECORD_TOO_LARGE");
  EXPECT_EQ(ReasonOf(Push(About<v1::PushRecordsRequest>())), "FIELD_INVALID");
  auto many = About<v1::PushRecordsRequest>();
  for (int i = 0; i < 1001; ++i) many.add_records()->set_key("c-" + std::to_string(i));
  EXPECT_EQ(ReasonOf(Push(many)), "FIELD_INVALID");
  auto elsewhere = Records(R"([{"key": "c-1"}])");
  elsewhere.set_object(std::string(61, 'x'));
  EXPECT_EQ(ReasonOf(Push(elsewhere)), "FIELD_INVALID");
  EXPECT_EQ(ReasonOf(Push(Records(R"([{"key": "c-1"}])", std::string(65, 'x')))), "FIELD_INVALID");
}

TEST_F(RecordCalls, AViewerPushesAndAnswersNothing) {
  const auto request = Records(R"([{"key": "c-1"}])");
  const auto refused = stub_->PushRecords(house_.With(viewer_).get(), request, &pushed_);
  EXPECT_EQ(refused.error_code(), StatusCode::PERMISSION_DENIED);
}

TEST_F(RecordCalls, ListsThoseThatAreThereByKey) {
  ASSERT_TRUE(Push(Records(R"([{"key": "c-3", "fields": {"name": "Cy"}},
                               {"key": "c-1", "fields": {"name": "Ada"}},
                               {"key": "c-2", "fields": {"name": "Bo"}}])"))
                  .ok());
  ASSERT_TRUE(Push(Records(R"([{"key": "c-1", "deleted": true}])")).ok());
  auto request = About<v1::ListRecordsRequest>();
  request.set_page_size(1);
  v1::ListRecordsResponse page;
  ASSERT_TRUE(stub_->ListRecords(house_.With(viewer_).get(), request, &page).ok());
  ASSERT_THAT(page.records(), SizeIs(1));
  EXPECT_EQ(page.records(0).key(), "c-2");
  request.set_page_token(page.next_page_token());
  ASSERT_TRUE(stub_->ListRecords(house_.With(viewer_).get(), request, &page).ok());
  EXPECT_EQ(page.records(0).key(), "c-3");
  request.set_object("company");
  EXPECT_EQ(ReasonOf(stub_->ListRecords(house_.With(viewer_).get(), request, &page)),
            "PAGE_TOKEN_INVALID");
}

// ---- Follow

TEST_F(RecordCalls, AChangeOfASyncIsToldAndAcknowledged) {
  ASSERT_TRUE(Push(Records(R"([{"key": "c-1", "fields": {"name": "Ada", "note": "x"}}])")).ok());
  SyncWrites("c-1", {{"name", "Ada L"}, {"note", nullptr}});
  auto stream = Watch();
  const auto changes = stream.Next();
  ASSERT_THAT(changes, SizeIs(1));
  EXPECT_EQ(changes[0].kind(), v1::RecordChange::KIND_UPDATE);
  EXPECT_EQ(changes[0].own_key(), "c-1");
  EXPECT_EQ(changes[0].fields().fields().at("name").string_value(), "Ada L");
  EXPECT_TRUE(changes[0].fields().fields().at("note").has_null_value());
  EXPECT_EQ(changes[0].before().fields().at("name").string_value(), "Ada");
  EXPECT_EQ(Get("c-1").waiting_changes(), 1);
  ASSERT_TRUE(Done(changes[0].id()).ok());
  EXPECT_EQ(answered_.change().state(), v1::RecordChange::STATE_DONE);
  EXPECT_EQ(answered_.version(), Get("c-1").version());
  ASSERT_TRUE(Done(changes[0].id()).ok()) << "an answer may be repeated";
  EXPECT_EQ(Get("c-1").waiting_changes(), 0);
  const auto late = Refuse(changes[0].id(), "too late");
  EXPECT_EQ(ReasonOf(late), "RECORD_CHANGE_SETTLED");
  EXPECT_EQ(late.error_code(), StatusCode::FAILED_PRECONDITION);
  static_cast<void>(stream.End());
}

TEST_F(RecordCalls, AStreamGoesOnBehindItsTokenAndWithoutOneBeginsWithAllThatWaits) {
  ASSERT_TRUE(Push(Records(R"([{"key": "c-1", "fields": {"name": "Ada"}}])")).ok());
  SyncWrites("c-1", {{"name", "Ada L"}});
  auto stream = Watch();
  const auto first = stream.Next();
  ASSERT_THAT(first, SizeIs(1));
  static_cast<void>(stream.End());
  SyncWrites("c-1", {{"name", "Ada Lovelace"}});
  auto resumed = Watch(stream.token);
  const auto second = resumed.Next();
  ASSERT_THAT(second, SizeIs(1));
  EXPECT_EQ(second[0].fields().fields().at("name").string_value(), "Ada Lovelace");
  static_cast<void>(resumed.End());

  auto anew = Watch();
  const auto all = anew.Next();
  ASSERT_THAT(all, SizeIs(2)) << "nobody acknowledged any";
  EXPECT_EQ(all[0].id(), first[0].id());
  EXPECT_EQ(all[1].id(), second[0].id()) << "in their order";
  static_cast<void>(anew.End());
  ASSERT_TRUE(Done(first[0].id()).ok());
  auto rest = Watch();
  const auto waiting = rest.Next();
  ASSERT_THAT(waiting, SizeIs(1));
  EXPECT_EQ(waiting[0].id(), second[0].id());
  static_cast<void>(rest.End());
}

TEST_F(RecordCalls, ATokenThatIsNoneOfTheseRecordsIsRefused) {
  for (const std::string& token :
       {std::string("nonsense"), MakeRecordToken({place_.slot, place_.account, "company"}, 1),
        MakeRecordToken(place_, 1'000'000)}) {
    auto stream = Watch(token);
    EXPECT_THAT(stream.Next(), IsEmpty());
    EXPECT_EQ(ReasonOf(stream.reader->Finish()), "RESUME_TOKEN_INVALID") << token;
  }
}

TEST_F(RecordCalls, ManyChangesComeEachOnceAndInOrder) {
  ASSERT_TRUE(Push(Records(R"([{"key": "c-1", "fields": {"name": "Ada"}}])")).ok());
  for (int i = 0; i < 450; ++i) SyncWrites("c-1", {{"name", "Ada " + std::to_string(i)}});
  auto stream = Watch();
  std::vector<std::string> told;
  while (told.size() < 450) {
    const auto changes = stream.Next();
    ASSERT_FALSE(changes.empty());
    for (const v1::RecordChange& each : changes)
      told.push_back(each.fields().fields().at("name").string_value());
  }
  for (int i = 0; i < 450; ++i)
    EXPECT_EQ(told[static_cast<std::size_t>(i)], "Ada " + std::to_string(i));
  static_cast<void>(stream.End());
}

TEST_F(RecordCalls, AStreamEndsWhenTheServerStops) {
  auto stream = Watch();
  v1::WatchRecordChangesResponse sign;
  ASSERT_TRUE(stream.reader->Read(&sign)) << "there is something at once, be it only the token";
  EXPECT_THAT(sign.resume_token(), Not(IsEmpty()));
  house_.StopEverything();
  EXPECT_THAT(stream.Next(), IsEmpty());
  const auto status = stream.reader->Finish();
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(status), "API_STOPPING");
}

// ---- Answer

TEST_F(RecordCalls, ARecordThatASyncMadeLearnsThePlatformsKey) {
  SyncWrites("", {{"name", "Ada"}});
  auto stream = Watch();
  const auto changes = stream.Next();
  ASSERT_THAT(changes, SizeIs(1));
  static_cast<void>(stream.End());
  EXPECT_EQ(changes[0].kind(), v1::RecordChange::KIND_CREATE);
  EXPECT_THAT(changes[0].key(), HasSubstr("sb-"));
  ASSERT_TRUE(Done(changes[0].id(), "c-7").ok());
  EXPECT_EQ(answered_.change().own_key(), "c-7");
  ASSERT_TRUE(Push(Records(R"([{"key": "c-7", "fields": {"name": "Ada L"}}])")).ok());
  EXPECT_EQ(Get(changes[0].key()).fields().fields().at("name").string_value(), "Ada L");
  EXPECT_EQ(Get("c-7").key(), changes[0].key());
}

TEST_F(RecordCalls, ARefusalTakesTheChangeBackAndKeepsWhy) {
  ASSERT_TRUE(Push(Records(R"([{"key": "c-1", "fields": {"tariff": "S"}}])")).ok());
  SyncWrites("c-1", {{"tariff", "M"}});
  auto stream = Watch();
  const auto changes = stream.Next();
  ASSERT_THAT(changes, SizeIs(1));
  static_cast<void>(stream.End());
  const std::string& change = changes[0].id();
  EXPECT_EQ(ReasonOf(Refuse(change, std::string(501, 'x'))), "FIELD_INVALID");
  EXPECT_EQ(ReasonOf(Refuse(change, std::string("a\0b", 3))), "FIELD_INVALID");
  ASSERT_TRUE(Refuse(change, "the tariff is closed").ok());
  EXPECT_EQ(answered_.change().reason(), "the tariff is closed");
  EXPECT_EQ(Get("c-1").fields().fields().at("tariff").string_value(), "S");
}

TEST_F(RecordCalls, AnAnswerSaysOfWhatAndWhichOne) {
  auto request = About<v1::AcknowledgeRecordChangeRequest>();
  request.set_change("rch_01hv3k7q8s0g0");
  EXPECT_EQ(ReasonOf(Answer(request)), "FIELD_INVALID") << "done, or refused?";
  EXPECT_EQ(ReasonOf(Done("run_01hv3k7q8s0g")), "FIELD_INVALID");
  const auto unknown = Done("rch_01hv3k7q8s0g0");
  EXPECT_EQ(ReasonOf(unknown), "RECORD_CHANGE_NOT_FOUND");
  EXPECT_EQ(unknown.error_code(), StatusCode::NOT_FOUND);
}

// ---- Whose

TEST_F(RecordCalls, AnotherTenantAndAnotherWordSeeNothing) {
  ASSERT_TRUE(Push(Records(R"([{"key": "c-1", "fields": {"name": "Ada"}}])")).ok());
  auto request = About<v1::GetRecordRequest>();
  request.set_key("c-1");
  v1::GetRecordResponse response;
  const std::string globex = house_.AddKey(Role::kOperator, "globex");
  EXPECT_EQ(ReasonOf(stub_->GetRecord(house_.With(globex).get(), request, &response)),
            "ACCOUNT_NOT_FOUND");
  request.set_object("company");
  EXPECT_EQ(ReasonOf(stub_->GetRecord(house_.With(viewer_).get(), request, &response)),
            "RECORD_NOT_FOUND");
  SyncWrites("c-1", {{"name", "Ada L"}});
  const std::string change =
      ports::ToText(house_.record_store.WaitingSince(place_, 0, 1)->front().id);
  auto answer = About<v1::AcknowledgeRecordChangeRequest>();
  answer.set_account(ToText(house_.AddAccount("acme", "Another company")));
  answer.set_change(change);
  answer.mutable_done();
  EXPECT_EQ(ReasonOf(Answer(answer)), "RECORD_CHANGE_NOT_FOUND") << "of another account";
}

}  // namespace
}  // namespace sb::api
