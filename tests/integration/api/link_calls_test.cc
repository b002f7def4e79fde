// Two-way syncs as a client calls them: from a plan to what people decide about single records.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "switchboard/v1/link.grpc.pb.h"
#include "switchboard/v1/sync.grpc.pb.h"
#include "tests/integration/api/api_house.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
namespace ct = core::twoway;
using grpc::StatusCode;
using ports::Role;
using testing::CustomersSync;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::ReasonOf;
using ::testing::SizeIs;
using testing::WarehouseSync;

constexpr const char* kPhoneOfAda = "+33142685300";

class LinkCalls : public ::testing::Test {
 protected:
  grpc::Status Plan(const std::string& source = CustomersSync()) {
    v1::PlanSyncRequest request;
    request.set_account(ToText(account_));
    request.set_source(source);
    plan_.Clear();
    return syncs_->PlanSync(house_.With(key_).get(), request, &plan_);
  }

  grpc::Status Deploy(const std::string& source = CustomersSync(), bool start = false) {
    v1::DeploySyncRequest request;
    request.set_account(ToText(account_));
    request.set_source(source);
    request.set_start(start);
    deployed_.Clear();
    return syncs_->DeploySync(house_.With(key_).get(), request, &deployed_);
  }

  template <typename Request>
  Request About(const std::string& sync = "customers") {
    Request request;
    request.set_account(ToText(account_));
    request.set_sync(sync);
    return request;
  }

  ports::Sync Stored() { return house_.syncs.List(account_).value().front(); }

  ports::LinkPlace Place() { return syncs::PlaceOf(Stored()); }

  /// Ada, as both sides agree on her, with a line of history.
  ports::LinkId LinkAda() {
    ports::LinkCommit commit;
    commit.place = Place();
    commit.link.emplace();
    commit.link->id = house_.ids.Next<ports::LinkTag>(house_.clock.Now());
    commit.link->place = commit.place;
    commit.link->state.key_a = contact_;
    commit.link->state.key_b = customer_;
    const ct::Record ada = {{"first_name", "Ada"}, {"phone_numbers", {{kPhoneOfAda, "Work"}}}};
    ct::Agreement& agreed = commit.link->state.agreed.emplace();
    agreed.base = agreed.shown_a = agreed.shown_b = ada;
    commit.link->created_at = commit.link->settled_at = house_.clock.Now();
    commit.match_keys = {{ct::MatchBy::kPhone, kPhoneOfAda}};
    commit.history = {{house_.clock.Now(), "linked", "aircall and crm have the same phone", {}}};
    EXPECT_TRUE(house_.links.Commit(commit).ok());
    return commit.link->id;
  }

  /// Both sides changed the company.
  ports::ConflictId AskAboutCompany(ports::LinkId link) {
    ports::LinkCommit commit;
    commit.place = Place();
    commit.link = house_.links.Get(commit.place, link).value();
    ports::LinkConflict conflict;
    conflict.id = house_.ids.Next<ports::ConflictTag>(house_.clock.Now());
    conflict.link = link;
    conflict.key = contact_;
    conflict.code = "LINK_FIELD_ASKS";
    conflict.field = "company_name";
    conflict.a = "Babbage & Co";
    conflict.b = "Analytical Engines";
    conflict.at = house_.clock.Now();
    commit.conflicts = {conflict};
    EXPECT_TRUE(house_.links.Commit(commit).ok());
    return conflict.id;
  }

  /// A value of the contact that gave way to one of the customer.
  ports::ConflictId OverwriteCompany(ports::LinkId link) {
    ports::LinkCommit commit;
    commit.place = Place();
    ports::LinkConflict conflict;
    conflict.id = house_.ids.Next<ports::ConflictTag>(house_.clock.Now());
    conflict.link = link;
    conflict.key = contact_;
    conflict.code = "LINK_FIELD_OVERWRITTEN";
    conflict.field = "company_name";
    conflict.a = "Babbage & Co";
    conflict.b = "Analytical Engines";
    conflict.rule = "newest";
    conflict.open = false;
    conflict.at = house_.clock.Now();
    commit.conflicts = {conflict};
    EXPECT_TRUE(house_.links.Commit(commit).ok());
    return conflict.id;
  }

  /// Several customers fit the contact, which has no link.
  ports::ConflictId FindSeveral(const std::string& contact) {
    ports::LinkCommit commit;
    commit.place = Place();
    ports::LinkConflict conflict;
    conflict.id = house_.ids.Next<ports::ConflictTag>(house_.clock.Now());
    conflict.key = contact;
    conflict.code = "LINK_AMBIGUOUS";
    conflict.rivals = {customer_, "c99"};
    conflict.at = house_.clock.Now();
    commit.conflicts = {conflict};
    EXPECT_TRUE(house_.links.Commit(commit).ok());
    return conflict.id;
  }

  grpc::Status Resolve(ports::ConflictId conflict, v1::LinkChoice::Kind kind,
                       const std::string& record = "") {
    auto request = About<v1::ResolveConflictRequest>();
    request.set_conflict(ports::ToText(conflict));
    request.mutable_choice()->set_kind(kind);
    request.mutable_choice()->set_key(record);
    resolved_.Clear();
    return stub_->ResolveConflict(house_.With(key_).get(), request, &resolved_);
  }

  testing::ApiHouse house_;
  std::string key_ = house_.AddKey(Role::kOperator);
  std::string viewer_ = house_.AddKey(Role::kViewer);
  AccountId account_ = house_.AddAccount("acme");
  std::unique_ptr<v1::SyncService::Stub> syncs_ = v1::SyncService::NewStub(house_.channel());
  std::unique_ptr<v1::LinkService::Stub> stub_ = v1::LinkService::NewStub(house_.channel());
  std::string contact_ = house_.aircall_contacts.Add(
      {{"first_name", "Ada"}, {"phone_numbers", {{{"value", kPhoneOfAda}, {"label", "Work"}}}}});
  std::string customer_ =
      house_.customers.Add({{"first_name", "Ada"}, {"company", "Engines"}, {"phone", kPhoneOfAda}});
  v1::PlanSyncResponse plan_;
  v1::DeploySyncResponse deployed_;
  v1::ResolveConflictResponse resolved_;
};

TEST_F(LinkCalls, APlanCountsShowsSidesAndWritesNothing) {
  house_.customers.Add({{"first_name", "Grace"}, {"phone", "+33142685399"}});
  ASSERT_TRUE(Plan().ok());
  EXPECT_EQ(plan_.sync().kind(), v1::Sync::KIND_TWO_WAY);
  const v1::TwoWayPlan& plan = plan_.two_way();
  EXPECT_EQ(plan.side_a(), "aircall");
  EXPECT_EQ(plan.side_b(), "crm");
  EXPECT_EQ(plan.linked(), 1);
  EXPECT_EQ(plan.created_a(), 1);
  EXPECT_EQ(plan.created_b(), 0);
  EXPECT_EQ(plan.updated_a(), 1) << "the company is filled in";
  EXPECT_THAT(plan.samples(), Not(IsEmpty()));
  EXPECT_GT(plan.requests(), 0);
  EXPECT_EQ(house_.aircall_contacts.WritesOfOurs() + house_.customers.WritesOfOurs(), 0);
  EXPECT_THAT(house_.syncs.List(account_).value(), IsEmpty());
}

TEST_F(LinkCalls, AFaultIsShownWithItsLine) {
  std::string faulty = CustomersSync();
  faulty.replace(faulty.find("object: contact"), 15, "object: contakt");
  ASSERT_TRUE(Plan(faulty).ok());
  ASSERT_THAT(plan_.diagnostics(), Not(IsEmpty()));
  EXPECT_EQ(plan_.diagnostics(0).line(), 3);
  EXPECT_EQ(ReasonOf(Deploy(faulty)), "SYNC_INVALID");
}

TEST_F(LinkCalls, ASyncOfTwoSidesLivesAsEverySyncDoes) {
  ASSERT_TRUE(Deploy().ok());
  EXPECT_EQ(deployed_.sync().state(), v1::Sync::STATE_PAUSED);
  EXPECT_EQ(deployed_.sync().source(), CustomersSync());
  EXPECT_THAT(deployed_.sync().schema(), IsEmpty());
  ASSERT_TRUE(Deploy(CustomersSync(), true).ok());
  EXPECT_EQ(deployed_.sync().state(), v1::Sync::STATE_RUNNING);
  v1::GetSyncResponse got;
  ASSERT_TRUE(syncs_->GetSync(house_.With(viewer_).get(), About<v1::GetSyncRequest>(), &got).ok());
  EXPECT_EQ(got.sync().two_way().side_b(), "crm");
  EXPECT_EQ(got.sync().two_way().phase(), v1::TwoWayProgress::PHASE_FIRST);
  v1::PauseSyncResponse paused;
  ASSERT_TRUE(
      syncs_->PauseSync(house_.With(key_).get(), About<v1::PauseSyncRequest>(), &paused).ok());
  EXPECT_EQ(paused.sync().state(), v1::Sync::STATE_PAUSED);
  v1::DeleteSyncResponse deleted;
  ASSERT_TRUE(
      syncs_->DeleteSync(house_.With(key_).get(), About<v1::DeleteSyncRequest>(), &deleted).ok());
  EXPECT_EQ(deleted.sync().state(), v1::Sync::STATE_DELETED);
}

TEST_F(LinkCalls, EachKindRefusesWhatIsForTheOther) {
  ASSERT_TRUE(Deploy().ok());
  ASSERT_TRUE(Deploy(WarehouseSync()).ok());
  v1::ListSyncVerificationsResponse proofs;
  EXPECT_EQ(ReasonOf(syncs_->ListSyncVerifications(
                house_.With(viewer_).get(), About<v1::ListSyncVerificationsRequest>(), &proofs)),
            "SYNC_TWO_WAY");
  auto receipts = About<v1::ListSyncReceiptsRequest>();
  receipts.set_stream("calls");
  v1::ListSyncReceiptsResponse windows;
  EXPECT_EQ(ReasonOf(syncs_->ListSyncReceipts(house_.With(viewer_).get(), receipts, &windows)),
            "SYNC_TWO_WAY");
  v1::ListLinksResponse links;
  EXPECT_EQ(ReasonOf(stub_->ListLinks(house_.With(viewer_).get(),
                                      About<v1::ListLinksRequest>("warehouse"), &links)),
            "LINK_SYNC_ONE_WAY");
}

TEST_F(LinkCalls, AKeyOfOneTenantNeedsATableOfTheAccountsOwn) {
  key_ = house_.AddKey(Role::kOperator, "acme");
  EXPECT_EQ(ReasonOf(Deploy()), "SYNC_SCHEMA_NOT_OWN");
  EXPECT_EQ(ReasonOf(Plan()), "SYNC_SCHEMA_NOT_OWN");
  key_ = viewer_;
  EXPECT_EQ(ReasonOf(Plan()), "ROLE_INSUFFICIENT") << "it shows records and costs requests";
}

TEST_F(LinkCalls, LinksAreListedPageByPage) {
  ASSERT_TRUE(Deploy().ok());
  const auto id = ports::ToText(LinkAda());
  auto request = About<v1::ListLinksRequest>();
  request.set_page_size(1);
  v1::ListLinksResponse page;
  ASSERT_TRUE(stub_->ListLinks(house_.With(viewer_).get(), request, &page).ok());
  ASSERT_THAT(page.links(), SizeIs(1));
  EXPECT_EQ(page.links(0).id(), id);
  EXPECT_EQ(page.links(0).key_b(), customer_);
  request.set_page_token(page.next_page_token());
  ASSERT_TRUE(stub_->ListLinks(house_.With(viewer_).get(), request, &page).ok());
  EXPECT_THAT(page.links(), IsEmpty());
  EXPECT_THAT(page.next_page_token(), IsEmpty());
  request.set_state(v1::Link::STATE_PARKED);
  EXPECT_EQ(ReasonOf(stub_->ListLinks(house_.With(viewer_).get(), request, &page)),
            "PAGE_TOKEN_INVALID");
}

TEST_F(LinkCalls, ALinkIsPausedAndGoesOn) {
  ASSERT_TRUE(Deploy().ok());
  auto pause = About<v1::PauseLinkRequest>();
  pause.set_link(ports::ToText(LinkAda()));
  v1::PauseLinkResponse paused;
  EXPECT_EQ(ReasonOf(stub_->PauseLink(house_.With(viewer_).get(), pause, &paused)),
            "ROLE_INSUFFICIENT");
  ASSERT_TRUE(stub_->PauseLink(house_.With(key_).get(), pause, &paused).ok());
  EXPECT_EQ(paused.link().state(), v1::Link::STATE_PAUSED);
  auto resume = About<v1::ResumeLinkRequest>();
  resume.set_link(pause.link());
  v1::ResumeLinkResponse resumed;
  ASSERT_TRUE(stub_->ResumeLink(house_.With(key_).get(), resume, &resumed).ok());
  EXPECT_EQ(resumed.link().state(), v1::Link::STATE_ACTIVE);
}

TEST_F(LinkCalls, AnExplanationTellsTheHistoryByKeyOrPhone) {
  ASSERT_TRUE(Deploy().ok());
  LinkAda();
  for (const std::string& record : {contact_, customer_, std::string(kPhoneOfAda)}) {
    auto request = About<v1::ExplainLinkRequest>();
    request.set_record(record);
    v1::ExplainLinkResponse response;
    ASSERT_TRUE(stub_->ExplainLink(house_.With(viewer_).get(), request, &response).ok());
    ASSERT_THAT(response.stories(), SizeIs(1)) << record;
    EXPECT_EQ(response.stories(0).link().key_a(), contact_);
    ASSERT_THAT(response.stories(0).events(), SizeIs(1));
    EXPECT_EQ(response.stories(0).events(0).what(), "linked");
    EXPECT_THAT(response.stories(0).sentence(), HasSubstr("are linked"));
  }
  auto request = About<v1::ExplainLinkRequest>();
  request.set_record("4242");
  v1::ExplainLinkResponse response;
  ASSERT_TRUE(stub_->ExplainLink(house_.With(viewer_).get(), request, &response).ok());
  EXPECT_THAT(response.stories(0).sentence(), HasSubstr("nothing is known"));
}

TEST_F(LinkCalls, AConflictIsListedAndAnsweredOnce) {
  ASSERT_TRUE(Deploy().ok());
  const auto id = ports::ToText(AskAboutCompany(LinkAda()));
  auto list = About<v1::ListConflictsRequest>();
  list.mutable_filter()->set_standing(v1::ConflictFilter::STANDING_OPEN);
  v1::ListConflictsResponse listed;
  ASSERT_TRUE(stub_->ListConflicts(house_.With(viewer_).get(), list, &listed).ok());
  ASSERT_THAT(listed.conflicts(), SizeIs(1));
  EXPECT_EQ(listed.conflicts(0).a().string_value(), "Babbage & Co");
  EXPECT_THAT(listed.conflicts(0).sentence(), HasSubstr("company_name"));

  auto resolve = About<v1::ResolveConflictRequest>();
  resolve.set_conflict(id);
  v1::ResolveConflictResponse resolved;
  EXPECT_EQ(ReasonOf(stub_->ResolveConflict(house_.With(key_).get(), resolve, &resolved)),
            "FIELD_INVALID");
  resolve.mutable_choice()->set_kind(v1::LinkChoice::KIND_B);
  ASSERT_TRUE(stub_->ResolveConflict(house_.With(key_).get(), resolve, &resolved).ok());
  EXPECT_FALSE(resolved.conflict().open());
  EXPECT_EQ(resolved.conflict().resolution(), "b");
  EXPECT_THAT(resolved.conflict().resolved_by(), HasSubstr("key"));
  ASSERT_TRUE(stub_->ResolveConflict(house_.With(key_).get(), resolve, &resolved).ok());
  resolve.mutable_choice()->set_kind(v1::LinkChoice::KIND_A);
  const auto late = stub_->ResolveConflict(house_.With(key_).get(), resolve, &resolved);
  EXPECT_EQ(ReasonOf(late), "LINK_CONFLICT_ANSWERED");
  EXPECT_EQ(late.error_code(), StatusCode::FAILED_PRECONDITION);
}

TEST_F(LinkCalls, ASideThatDoesNotFitIsToldByAPlanAndHindersADeployment) {
  std::string renamed = CustomersSync();
  renamed.replace(renamed.find("crm: company,"), 13, "crm: employer,");
  ASSERT_TRUE(Plan(renamed).ok());
  ASSERT_THAT(plan_.two_way().problems(), Not(IsEmpty()));
  EXPECT_EQ(plan_.two_way().problems(0).side(), "crm");
  EXPECT_EQ(plan_.two_way().problems(0).field(), "employer");
  const auto refused = Deploy(renamed);
  EXPECT_EQ(ReasonOf(refused), "LINK_SIDE_UNFIT");
  EXPECT_EQ(refused.error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(house_.syncs.List(account_).value(), IsEmpty());
}

TEST_F(LinkCalls, ConflictsAreListedNewestFirstPageByPage) {
  ASSERT_TRUE(Deploy().ok());
  const auto link = LinkAda();
  const auto first = ports::ToText(OverwriteCompany(link));
  const auto second = ports::ToText(FindSeveral("4190009"));
  const auto third = ports::ToText(AskAboutCompany(link));
  auto list = About<v1::ListConflictsRequest>();
  list.set_page_size(2);
  v1::ListConflictsResponse page;
  ASSERT_TRUE(stub_->ListConflicts(house_.With(viewer_).get(), list, &page).ok());
  ASSERT_THAT(page.conflicts(), SizeIs(2));
  EXPECT_EQ(page.conflicts(0).id(), third);
  EXPECT_EQ(page.conflicts(1).id(), second);
  list.set_page_token(page.next_page_token());
  ASSERT_TRUE(stub_->ListConflicts(house_.With(viewer_).get(), list, &page).ok());
  ASSERT_THAT(page.conflicts(), SizeIs(1));
  EXPECT_EQ(page.conflicts(0).id(), first);
  EXPECT_THAT(page.next_page_token(), IsEmpty());
  list.mutable_filter()->set_standing(v1::ConflictFilter::STANDING_OPEN);
  EXPECT_EQ(ReasonOf(stub_->ListConflicts(house_.With(viewer_).get(), list, &page)),
            "PAGE_TOKEN_INVALID")
      << "the token is of another question";
}

TEST_F(LinkCalls, AnOverwrittenValueIsPutBackOnce) {
  ASSERT_TRUE(Deploy().ok());
  const auto link = LinkAda();
  const auto conflict = OverwriteCompany(link);
  ASSERT_TRUE(Resolve(conflict, v1::LinkChoice::KIND_PUT_BACK).ok());
  EXPECT_EQ(resolved_.conflict().resolution(), "put_back");
  EXPECT_EQ(house_.links.Get(Place(), link).value().state.choices["company_name"], "Babbage & Co");
  ASSERT_TRUE(Resolve(conflict, v1::LinkChoice::KIND_PUT_BACK).ok()) << "changes nothing";
  const auto question = AskAboutCompany(link);
  EXPECT_EQ(ReasonOf(Resolve(question, v1::LinkChoice::KIND_PUT_BACK)), "LINK_CHOICE_INVALID")
      << "nothing was overwritten there";
}

TEST_F(LinkCalls, PuttingBackTouchesNoQuestionsOfAnotherSort) {
  ASSERT_TRUE(Deploy().ok());
  const auto overwritten = OverwriteCompany(LinkAda());
  auto request = About<v1::ResolveConflictsRequest>();
  request.mutable_filter()->set_code("LINK_TAKEN");
  request.mutable_choice()->set_kind(v1::LinkChoice::KIND_PUT_BACK);
  v1::ResolveConflictsResponse response;
  EXPECT_EQ(ReasonOf(stub_->ResolveConflicts(house_.With(key_).get(), request, &response)),
            "LINK_CHOICE_INVALID");
  EXPECT_THAT(house_.links.Conflict(Place(), overwritten).value().resolution, IsEmpty());
  request.mutable_filter()->set_code("LINK_FIELD_OVERWRITTEN");
  ASSERT_TRUE(stub_->ResolveConflicts(house_.With(key_).get(), request, &response).ok());
  EXPECT_EQ(response.resolved(), 1);
}

TEST_F(LinkCalls, ARecordThatSeveralFitIsLinkedAsAPersonSaysAndExplainedByOneStoryOfItsLink) {
  ASSERT_TRUE(Deploy().ok());
  const auto conflict = FindSeveral(contact_);
  EXPECT_EQ(ReasonOf(Resolve(conflict, v1::LinkChoice::KIND_LINK)), "FIELD_INVALID")
      << "with which one?";
  EXPECT_EQ(ReasonOf(Resolve(conflict, v1::LinkChoice::KIND_LINK, "c99")), "LINK_RECORD_NOT_FOUND");
  ASSERT_TRUE(Resolve(conflict, v1::LinkChoice::KIND_LINK, customer_).ok());
  EXPECT_EQ(resolved_.conflict().resolution(), "link:" + customer_);
  auto request = About<v1::ExplainLinkRequest>();
  request.set_record(contact_);
  v1::ExplainLinkResponse response;
  ASSERT_TRUE(stub_->ExplainLink(house_.With(viewer_).get(), request, &response).ok());
  ASSERT_THAT(response.stories(), SizeIs(2));
  EXPECT_EQ(response.stories(0).link().key_b(), customer_);
  EXPECT_THAT(response.stories(1).sentence(),
              HasSubstr("waited for a person before it was linked"));
}

TEST_F(LinkCalls, ARecordThatSeveralFitGetsACounterpartOrIsLeftAlone) {
  ASSERT_TRUE(Deploy().ok());
  ASSERT_TRUE(Resolve(FindSeveral(contact_), v1::LinkChoice::KIND_CREATE).ok());
  EXPECT_EQ(resolved_.conflict().resolution(), "create");
  EXPECT_TRUE(house_.links.Holding(Place(), ct::Side::kA, contact_).value().has_value());
  const auto other = house_.aircall_contacts.Add({{"first_name", "Grace"}});
  ASSERT_TRUE(Resolve(FindSeveral(other), v1::LinkChoice::KIND_IGNORE).ok());
  EXPECT_EQ(resolved_.conflict().resolution(), "ignore");
  EXPECT_FALSE(house_.links.Holding(Place(), ct::Side::kA, other).value().has_value());
}

TEST_F(LinkCalls, ManyConflictsAreCountedAndThenAnsweredAlike) {
  ASSERT_TRUE(Deploy().ok());
  AskAboutCompany(LinkAda());
  auto request = About<v1::ResolveConflictsRequest>();
  request.mutable_filter()->set_field("company_name");
  request.mutable_choice()->set_kind(v1::LinkChoice::KIND_A);
  request.set_validate_only(true);
  v1::ResolveConflictsResponse response;
  ASSERT_TRUE(stub_->ResolveConflicts(house_.With(key_).get(), request, &response).ok());
  EXPECT_EQ(response.matched(), 1);
  EXPECT_EQ(response.resolved(), 0);
  request.set_validate_only(false);
  ASSERT_TRUE(stub_->ResolveConflicts(house_.With(key_).get(), request, &response).ok());
  EXPECT_EQ(response.resolved(), 1);
  ASSERT_TRUE(stub_->ResolveConflicts(house_.With(key_).get(), request, &response).ok());
  EXPECT_EQ(response.resolved(), 0) << "they are answered";
  request.mutable_choice()->set_kind(v1::LinkChoice::KIND_LINK);
  request.mutable_choice()->set_key("c1");
  EXPECT_EQ(ReasonOf(stub_->ResolveConflicts(house_.With(key_).get(), request, &response)),
            "LINK_CHOICE_INVALID");
}

TEST_F(LinkCalls, PuttingBackGetsPastWhatWasPutBackBefore) {
  ASSERT_TRUE(Deploy().ok());
  const auto link = LinkAda();
  ports::LinkCommit commit;
  commit.place = Place();
  constexpr int kMoreThanOneCallAnswers = 1001;
  for (int i = 0; i < kMoreThanOneCallAnswers; ++i) {
    ports::LinkConflict lost;
    lost.id = house_.ids.Next<ports::ConflictTag>(house_.clock.Now());
    lost.link = link;
    lost.key = contact_;
    lost.code = "LINK_FIELD_OVERWRITTEN";
    lost.field = "company_name";
    lost.a = "Babbage & Co";
    lost.open = false;
    lost.at = house_.clock.Now();
    if (i > 0) lost.resolution = "put_back";  // all but the oldest
    commit.conflicts.push_back(lost);
  }
  ASSERT_TRUE(house_.links.Commit(commit).ok());
  auto request = About<v1::ResolveConflictsRequest>();
  request.mutable_choice()->set_kind(v1::LinkChoice::KIND_PUT_BACK);
  v1::ResolveConflictsResponse response;
  ASSERT_TRUE(stub_->ResolveConflicts(house_.With(key_).get(), request, &response).ok());
  EXPECT_EQ(response.resolved(), 1);
  EXPECT_FALSE(response.more());
}

TEST_F(LinkCalls, DeletesAreApprovedBySideAndOnlyWhereTheyAreHeld) {
  ASSERT_TRUE(Deploy().ok());
  auto request = About<v1::ApproveLinkDeletesRequest>();
  request.set_side("warehouse");
  v1::ApproveLinkDeletesResponse response;
  const auto wrong = stub_->ApproveLinkDeletes(house_.With(key_).get(), request, &response);
  EXPECT_EQ(ReasonOf(wrong), "FIELD_INVALID");
  EXPECT_THAT(wrong.error_message(), HasSubstr("aircall or crm"));
  request.set_side("crm");
  EXPECT_EQ(ReasonOf(stub_->ApproveLinkDeletes(house_.With(key_).get(), request, &response)),
            "SYNC_DELETES_NOT_HELD");
}

TEST_F(LinkCalls, TheFormOfDefinitionsIsOfBothKindsOrOfOne) {
  v1::GetSyncSchemaRequest request;
  v1::GetSyncSchemaResponse response;
  ASSERT_TRUE(syncs_->GetSyncSchema(house_.With(viewer_).get(), request, &response).ok());
  EXPECT_THAT(response.schema(), HasSubstr("replication_stream"));
  EXPECT_THAT(response.schema(), HasSubstr("between"));
  request.set_kind(v1::Sync::KIND_TWO_WAY);
  ASSERT_TRUE(syncs_->GetSyncSchema(house_.With(viewer_).get(), request, &response).ok());
  EXPECT_THAT(response.schema(), Not(HasSubstr("user_availability")));
}

}  // namespace
}  // namespace sb::api
