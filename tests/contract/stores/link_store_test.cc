#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/contract/stores/worlds.h"

namespace sb::testing {
namespace {

using core::twoway::Intent;
using core::twoway::MatchBy;
using core::twoway::MatchKey;
using core::twoway::Record;
using core::twoway::Side;
using ports::ConflictId;
using ports::ConflictQuery;
using ports::Hint;
using ports::Link;
using ports::LinkCommit;
using ports::LinkConflict;
using ports::LinkCounts;
using ports::LinkEntry;
using ports::LinkId;
using ports::LinkPlace;
using ports::LinkProgress;
using ports::LinkStanding;
using ports::Tombstone;
using std::chrono::hours;
using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr Slot kLinkSlot = 17;
/// Before any clock of a database.
constexpr WallTime kLongAgo = std::chrono::sys_days(std::chrono::May / 4 / 2020);
const MatchKey kPhone{MatchBy::kPhone, "+33142685300"};
const MatchKey kEmail{MatchBy::kEmail, "zoë@example.com"};

template <typename World>
class LinkStoreContract : public ::testing::Test {
 protected:
  Link PairOf(const std::string& a, const std::string& b) {
    Link link;
    link.id = ids_.Next<ports::LinkTag>(kStoryTime);
    link.place = place_;
    link.state.key_a = a;
    link.state.key_b = b;
    link.created_at = kStoryTime;
    link.settled_at = kStoryTime;
    return link;
  }

  LinkConflict Question(const Link& link, const std::string& field) {
    LinkConflict conflict;
    conflict.id = ids_.Next<ports::ConflictTag>(kStoryTime);
    conflict.link = link.id;
    conflict.key = link.state.key_a;
    conflict.code = "LINK_FIELD_ASKS";
    conflict.field = field;
    conflict.base = "Acme";
    conflict.a = "Acme \"SA\" \\ 🦊";
    conflict.b = nullptr;
    conflict.a_at = kStoryTime;
    conflict.at = kStoryTime;
    return conflict;
  }

  static Hint Told(Side side, const std::string& key, WallTime due_at = kStoryTime) {
    Hint hint;
    hint.side = side;
    hint.key = key;
    hint.reason = "event";
    hint.first_at = due_at;
    hint.due_at = due_at;
    return hint;
  }

  LinkCommit Of(std::optional<Link> link) {
    LinkCommit commit;
    commit.place = place_;
    commit.link = std::move(link);
    return commit;
  }

  Link Stored(Link link) {
    const auto stored = links_.Commit(Of(std::move(link)));
    EXPECT_THAT(stored, IsOk());
    return stored.value().value();
  }

  void Store(const std::vector<LinkConflict>& conflicts) {
    LinkCommit commit = Of({});
    commit.conflicts = conflicts;
    ASSERT_THAT(links_.Commit(commit), IsOk());
  }

  std::vector<Hint> DueAt(WallTime now) { return links_.Due(place_, now, 10).value(); }

  std::vector<std::string> DueKeys(WallTime now) {
    std::vector<std::string> keys;
    for (const Hint& hint : DueAt(now)) keys.push_back(hint.key);
    return keys;
  }

  std::vector<ConflictId> Found(const ConflictQuery& query) {
    std::vector<ConflictId> ids;
    const auto found = links_.Conflicts(place_, query);
    for (const LinkConflict& each : found.value()) ids.push_back(each.id);
    return ids;
  }

  World world_;
  ports::LinkStore& links_ = world_.links;
  IdGenerator ids_{1};
  const LinkPlace place_{kLinkSlot, AccountId(1001), ports::SyncId(7)};
  const LinkPlace elsewhere_{kLinkSlot, AccountId(1001), ports::SyncId(8)};
};

TYPED_TEST_SUITE(LinkStoreContract, Worlds, WorldNames);

// ---- Links

TYPED_TEST(LinkStoreContract, KeepsAllOfALinkAndFindsItByEitherRecord) {
  Link link = this->PairOf("41", "c-41");
  const Record base = {{"company", "Łódź & Söhne 🦊"},
                       {"phones", {{"+33142685300", "Work"}}}};
  auto& agreed = link.state.agreed.emplace();
  agreed.base = agreed.shown_a = base;
  agreed.shown_b = {{"company", "Łódź"}, {"vip", true}};
  agreed.owed_a = {"phones"};
  agreed.owed_b = {"company", "vip"};
  agreed.doubted = {"vip"};
  link.state.choices = {{"company", "O'Hara \\ \"quoted\""}, {"note", nullptr}};
  link.state.intent = Intent{"op-1", Side::kB, Intent::Kind::kCreate, base, kStoryTime};
  link.state.writes = {{Side::kB, "abc", kStoryTime - minutes(1)}};
  link.state.mapped = {"company", "phones"};
  link.standing = LinkStanding::kParked;
  link.code = "LINK_FLIPS";
  link.reason = "two systems undo each other's edits";
  link.attempts = 3;
  const Link stored = this->Stored(link);
  link.step = stored.step;
  EXPECT_GT(stored.step, 0);
  EXPECT_EQ(stored, link);
  EXPECT_EQ(this->links_.Get(this->place_, link.id).value(), link);
  EXPECT_EQ(this->links_.Holding(this->place_, Side::kA, "41").value(), link);
  EXPECT_EQ(this->links_.Holding(this->place_, Side::kB, "c-41").value(), link);
  EXPECT_EQ(this->links_.Holding(this->place_, Side::kB, "41").value(), std::nullopt);
  EXPECT_EQ(this->links_.Holding(this->elsewhere_, Side::kA, "41").value(), std::nullopt);
  EXPECT_THAT(this->links_.Get(this->elsewhere_, link.id),
              FailsWith(ErrorKind::kNotFound, "LINK_NOT_FOUND"));
}

TYPED_TEST(LinkStoreContract, LetsOnlyOneGoOnFromAStep) {
  const Link link = this->PairOf("41", "");
  Link stored = this->Stored(link);
  EXPECT_THAT(this->links_.Commit(this->Of(link)), FailsWith(ErrorKind::kConflict, "LINK_MOVED"))
      << "it was made once";
  stored.state.key_b = "c-41";
  const Link linked = this->Stored(stored);
  EXPECT_GT(linked.step, stored.step);
  LinkCommit late = this->Of(stored);
  late.add = {this->Told(Side::kA, "41")};
  EXPECT_THAT(this->links_.Commit(late), FailsWith(ErrorKind::kConflict, "LINK_MOVED"));
  EXPECT_THAT(this->DueAt(kStoryTime), IsEmpty()) << "all or nothing";
}

TYPED_TEST(LinkStoreContract, MakesOneOfTwoLinksForOnePerson) {
  LinkCommit first = this->Of(this->PairOf("41", ""));
  first.match_keys = {kPhone, kEmail};
  ASSERT_THAT(this->links_.Commit(first), IsOk());
  LinkCommit second = this->Of(this->PairOf("", "c-41"));
  second.match_keys = {kEmail};
  second.add = {this->Told(Side::kB, "c-41")};
  EXPECT_THAT(this->links_.Commit(second), FailsWith(ErrorKind::kConflict, "LINK_KEY_TAKEN"));
  EXPECT_THAT(this->DueAt(kStoryTime), IsEmpty());
  EXPECT_THAT(this->links_.Get(this->place_, second.link->id),
              FailsWith(ErrorKind::kNotFound, "LINK_NOT_FOUND"));
  EXPECT_THAT(this->links_.Matching(this->place_, {kEmail, kPhone}).value(),
              ElementsAre(first.link->id));
  EXPECT_THAT(this->links_.Matching(this->place_, {{MatchBy::kExternalKey, kPhone.value}}).value(),
              IsEmpty())
      << "a key of another kind";
  EXPECT_THAT(this->links_.Matching(this->elsewhere_, {kPhone}).value(), IsEmpty());
}

TYPED_TEST(LinkStoreContract, HasARecordInOnePairOnly) {
  this->Stored(this->PairOf("41", "c-41"));
  EXPECT_THAT(this->links_.Commit(this->Of(this->PairOf("41", "c-42"))),
              FailsWith(ErrorKind::kConflict, "LINK_KEY_TAKEN"));
  EXPECT_THAT(this->links_.Commit(this->Of(this->PairOf("42", "c-41"))),
              FailsWith(ErrorKind::kConflict, "LINK_KEY_TAKEN"));
  this->Stored(this->PairOf("43", ""));
  this->Stored(this->PairOf("44", ""));
}

TYPED_TEST(LinkStoreContract, ReplacesTheKeysOfALinkOrLeavesThem) {
  LinkCommit commit = this->Of(this->PairOf("41", "c-41"));
  commit.match_keys = {kPhone};
  Link link = this->links_.Commit(commit).value().value();
  link = this->Stored(link);
  EXPECT_THAT(this->links_.Matching(this->place_, {kPhone}).value(), SizeIs(1)) << "left";
  commit = this->Of(link);
  commit.match_keys = {kEmail, kEmail};
  ASSERT_THAT(this->links_.Commit(commit), IsOk());
  EXPECT_THAT(this->links_.Matching(this->place_, {kPhone}).value(), IsEmpty());
  EXPECT_THAT(this->links_.Matching(this->place_, {kEmail}).value(), SizeIs(1));
}

TYPED_TEST(LinkStoreContract, LetsAnEndedLinkHoldNothing) {
  LinkCommit commit = this->Of(this->PairOf("41", "c-41"));
  commit.match_keys = {kPhone};
  Link ended = this->links_.Commit(commit).value().value();
  ended.standing = LinkStanding::kEnded;
  ended.code = "LINK_UNLINKED";
  ended = this->Stored(ended);
  EXPECT_EQ(this->links_.Holding(this->place_, Side::kA, "41").value(), std::nullopt);
  EXPECT_THAT(this->links_.Matching(this->place_, {kPhone}).value(), IsEmpty());
  EXPECT_THAT(this->links_.List(this->place_, {}, {}, 10).value(), IsEmpty());
  EXPECT_EQ(this->links_.Get(this->place_, ended.id).value(), ended) << "for explanations";
  LinkCommit anew = this->Of(this->PairOf("41", "c-7"));
  anew.match_keys = {kPhone};
  const Link again = this->links_.Commit(anew).value().value();
  EXPECT_THAT(this->links_.Of(this->place_, Side::kA, "41").value(), ElementsAre(again, ended));
  EXPECT_THAT(this->links_.Of(this->place_, Side::kB, "c-41").value(), ElementsAre(ended));
}

TYPED_TEST(LinkStoreContract, ListsLinksPageByPage) {
  const Link first = this->Stored(this->PairOf("1", "a"));
  Link second = this->PairOf("2", "b");
  second.standing = LinkStanding::kPaused;
  second = this->Stored(second);
  const Link third = this->Stored(this->PairOf("3", "c"));
  EXPECT_THAT(this->links_.List(this->place_, {}, {}, 2).value(), ElementsAre(first, second));
  EXPECT_THAT(this->links_.List(this->place_, {}, second.id, 2).value(), ElementsAre(third));
  EXPECT_THAT(this->links_.List(this->place_, LinkStanding::kPaused, {}, 9).value(),
              ElementsAre(second));
  EXPECT_THAT(this->links_.List(this->elsewhere_, {}, {}, 9).value(), IsEmpty());
}

TYPED_TEST(LinkStoreContract, TellsWhatRecordsShowedLast) {
  Link link = this->PairOf("41", "c-41");
  auto& agreed = link.state.agreed.emplace();
  agreed.shown_a = {{"company", "Acme"}};
  agreed.shown_b = {{"company", "ACME"}};
  this->Stored(link);
  this->Stored(this->PairOf("42", ""));
  EXPECT_THAT(this->links_.HashesOf(this->place_, Side::kA, {"41", "42", "43"}).value(),
              UnorderedElementsAre(::testing::Pair("41", core::twoway::HashOf(agreed.shown_a)),
                                   ::testing::Pair("42", "")));
  EXPECT_THAT(this->links_.HashesOf(this->place_, Side::kB, {"c-41"}).value(),
              ElementsAre(::testing::Pair("c-41", core::twoway::HashOf(agreed.shown_b))));
}

TYPED_TEST(LinkStoreContract, TellsWhatAComparisonHasNotSeen) {
  const WallTime begun = kStoryTime + hours(1);
  this->Stored(this->PairOf("1", "a"));
  this->Stored(this->PairOf("2", "b"));
  this->Stored(this->PairOf("3", ""));
  Link parked = this->PairOf("4", "d");
  parked.standing = LinkStanding::kParked;
  this->Stored(parked);
  Link late = this->PairOf("5", "e");
  late.created_at = begun + minutes(1);
  this->Stored(late);
  ASSERT_THAT(this->links_.Seen(this->place_, Side::kA, {"2", "77"}, begun), IsOk());
  EXPECT_THAT(this->links_.Unseen(this->place_, Side::kA, begun, 10).value(),
              ElementsAre("1", "3"));
  EXPECT_THAT(this->links_.Unseen(this->place_, Side::kA, begun, 1).value(), ElementsAre("1"));
  EXPECT_THAT(this->links_.Unseen(this->place_, Side::kB, begun, 10).value(),
              ElementsAre("a", "b"));
  ASSERT_THAT(this->links_.Seen(this->place_, Side::kA, {"1", "2", "3"}, begun + hours(24)),
              IsOk());
  EXPECT_THAT(this->links_.Unseen(this->place_, Side::kA, begun, 10).value(), IsEmpty());
}

// ---- Hints

TYPED_TEST(LinkStoreContract, MakesOneHintOfManyOfOneRecord) {
  Hint gone = this->Told(Side::kA, "41", kStoryTime + minutes(5));
  gone.gone = true;
  ASSERT_THAT(this->links_.Add(this->place_, {gone, this->Told(Side::kB, "41")}), IsOk());
  const Hint before = this->DueAt(kStoryTime + hours(1)).back();
  Hint again = this->Told(Side::kA, "41", kStoryTime + minutes(1));
  again.reason = "feed";
  ASSERT_THAT(this->links_.Add(this->place_, {again, again}), IsOk());
  const auto due = this->DueAt(kStoryTime + hours(1));
  ASSERT_THAT(due, SizeIs(2));
  EXPECT_EQ(due[0].side, Side::kB);
  EXPECT_EQ(due[1].side, Side::kA);
  EXPECT_EQ(due[1].reason, "feed");
  EXPECT_TRUE(due[1].gone) << "once gone stays gone";
  EXPECT_EQ(due[1].first_at, before.first_at);
  EXPECT_EQ(due[1].due_at, kStoryTime + minutes(1)) << "the earlier of both";
  EXPECT_GT(due[1].generation, before.generation);
  EXPECT_THAT(this->links_.Due(this->elsewhere_, kStoryTime + hours(1), 10).value(), IsEmpty());
}

TYPED_TEST(LinkStoreContract, AHintThatWasToldStaysOneAlthoughAComparisonGivesItAgain) {
  const auto reason_after = [&](const std::string& key, const std::string& first,
                                const std::string& second) {
    for (const std::string& reason : {first, second}) {
      Hint hint = this->Told(Side::kA, key);
      hint.reason = reason;
      EXPECT_THAT(this->links_.Add(this->place_, {hint}), IsOk());
    }
    for (const Hint& hint : this->DueAt(kStoryTime)) {
      if (hint.key == key) return hint.reason;
    }
    return std::string("it is not there");
  };
  EXPECT_EQ(reason_after("1", "event", "compare"), "event");
  EXPECT_EQ(reason_after("2", "event", "first"), "event");
  EXPECT_EQ(reason_after("3", "first", "compare"), "first");
  EXPECT_EQ(reason_after("4", "compare", "event"), "event");
}

TYPED_TEST(LinkStoreContract, TakesAHintAwayUnlessItWasGivenAgain) {
  ASSERT_THAT(this->links_.Add(this->place_, {this->Told(Side::kA, "41")}), IsOk());
  const Hint before = this->DueAt(kStoryTime).front();
  ASSERT_THAT(this->links_.Add(this->place_, {this->Told(Side::kA, "41")}), IsOk());
  LinkCommit commit = this->Of({});
  commit.done = before;
  const auto nothing = this->links_.Commit(commit);
  ASSERT_THAT(nothing, IsOk());
  EXPECT_EQ(*nothing, std::nullopt) << "there was no link";
  ASSERT_THAT(this->DueAt(kStoryTime), SizeIs(1));
  commit.done = this->DueAt(kStoryTime).front();
  ASSERT_THAT(this->links_.Commit(commit), IsOk());
  EXPECT_THAT(this->DueAt(kStoryTime), IsEmpty());
  ASSERT_THAT(this->links_.Add(this->place_, {this->Told(Side::kA, "41")}), IsOk());
  EXPECT_GT(this->DueAt(kStoryTime).front().generation, commit.done->generation)
      << "a generation never comes back";
}

TYPED_TEST(LinkStoreContract, PutsAHintOffInOneCommit) {
  ASSERT_THAT(this->links_.Add(this->place_, {this->Told(Side::kA, "41")}), IsOk());
  LinkCommit commit = this->Of({});
  commit.done = this->DueAt(kStoryTime).front();
  commit.add = {this->Told(Side::kA, "41", kStoryTime + hours(1))};
  ASSERT_THAT(this->links_.Commit(commit), IsOk());
  EXPECT_THAT(this->DueAt(kStoryTime), IsEmpty());
  EXPECT_THAT(this->DueKeys(kStoryTime + hours(1)), ElementsAre("41"));
}

TYPED_TEST(LinkStoreContract, DelaysAHintUnlessItWasGivenAgain) {
  ASSERT_THAT(this->links_.Add(this->place_, {this->Told(Side::kA, "41")}), IsOk());
  const Hint before = this->DueAt(kStoryTime).front();
  ASSERT_THAT(this->links_.Delay(this->place_, before, kStoryTime + hours(1)), IsOk());
  EXPECT_THAT(this->DueAt(kStoryTime), IsEmpty());
  ASSERT_THAT(this->links_.Add(this->place_, {this->Told(Side::kA, "41")}), IsOk());
  ASSERT_THAT(this->links_.Delay(this->place_, before, kStoryTime + hours(2)), IsOk());
  EXPECT_THAT(this->DueKeys(kStoryTime), ElementsAre("41"));
}

TYPED_TEST(LinkStoreContract, GivesWhatWasToldBeforeTheBacklogOfAComparison) {
  std::vector<Hint> backlog;
  for (const char* key : {"1", "2", "3"}) {
    backlog.push_back(this->Told(Side::kA, key));
    backlog.back().reason = "first";
  }
  ASSERT_THAT(this->links_.Add(this->place_, backlog), IsOk());
  ASSERT_THAT(
      this->links_.Add(this->place_, {this->Told(Side::kA, "live", kStoryTime + minutes(5))}),
      IsOk());
  const auto due = this->links_.Due(this->place_, kStoryTime + minutes(5), 2).value();
  ASSERT_THAT(due, SizeIs(2));
  EXPECT_EQ(due[0].key, "live");
  EXPECT_EQ(due[1].key, "1");
}

TYPED_TEST(LinkStoreContract, GivesTheLongestDueFirst) {
  ASSERT_THAT(this->links_.Add(this->place_, {this->Told(Side::kA, "1", kStoryTime + minutes(3)),
                                              this->Told(Side::kB, "2", kStoryTime + minutes(1)),
                                              this->Told(Side::kA, "3", kStoryTime + minutes(2))}),
              IsOk());
  EXPECT_THAT(this->DueKeys(kStoryTime + minutes(2)), ElementsAre("2", "3"));
  EXPECT_THAT(this->links_.Due(this->place_, kStoryTime + hours(1), 1).value(), SizeIs(1));
}

TYPED_TEST(LinkStoreContract, GivesWhatWasToldTogetherBySideAndKey) {
  ASSERT_THAT(this->links_.Add(this->place_, {this->Told(Side::kB, "5"), this->Told(Side::kB, "4"),
                                              this->Told(Side::kA, "9")}),
              IsOk());
  EXPECT_THAT(this->DueKeys(kStoryTime), ElementsAre("9", "4", "5"));
}

TYPED_TEST(LinkStoreContract, RemembersHintsOfLinksThatWaitForAPerson) {
  Link link = this->PairOf("41", "c-41");
  link.standing = LinkStanding::kPaused;
  link = this->Stored(link);
  ASSERT_THAT(
      this->links_.Add(this->place_, {this->Told(Side::kA, "41"), this->Told(Side::kB, "c-41"),
                                      this->Told(Side::kB, "41")}),
      IsOk());
  EXPECT_THAT(this->DueKeys(kStoryTime), ElementsAre("41")) << "the other side's record";
  link.standing = LinkStanding::kActive;
  this->Stored(link);
  EXPECT_THAT(this->DueAt(kStoryTime), SizeIs(3));
}

TYPED_TEST(LinkStoreContract, LetsALinkOfBeforeHoldBackNoHint) {
  Link half = this->PairOf("41", "");
  half.standing = LinkStanding::kParked;
  half = this->Stored(half);
  Link former = this->Stored(this->PairOf("42", "c-42"));
  former.standing = LinkStanding::kEnded;
  this->Stored(former);
  ASSERT_THAT(
      this->links_.Add(this->place_, {this->Told(Side::kA, "41"), this->Told(Side::kA, "42"),
                                      this->Told(Side::kB, "c-42")}),
      IsOk());
  EXPECT_THAT(this->DueKeys(kStoryTime), UnorderedElementsAre("42", "c-42"));
  half.standing = LinkStanding::kEnded;
  this->Stored(half);
  EXPECT_THAT(this->DueKeys(kStoryTime), UnorderedElementsAre("41", "42", "c-42"));
}

// ---- Conflicts and history

TYPED_TEST(LinkStoreContract, FindsConflictsNewestFirst) {
  const Link link = this->Stored(this->PairOf("41", "c-41"));
  const LinkConflict asks = this->Question(link, "company");
  LinkConflict lost = this->Question(link, "note");
  lost.code = "LINK_FIELD_OVERWRITTEN";
  lost.rule = "newest";
  lost.b_at = kStoryTime - minutes(2);
  lost.open = false;
  LinkConflict ambiguous = this->Question(link, "");
  ambiguous.link = {};
  ambiguous.code = "LINK_AMBIGUOUS";
  ambiguous.side = Side::kB;
  ambiguous.rivals = {"42", "43"};
  this->Store({asks, lost, ambiguous});
  EXPECT_THAT(this->links_.Conflicts(this->place_, {}).value(), ElementsAre(ambiguous, lost, asks));
  EXPECT_THAT(this->Found({.open = true}), ElementsAre(ambiguous.id, asks.id));
  EXPECT_THAT(this->Found({.open = false}), ElementsAre(lost.id));
  EXPECT_THAT(this->Found({.code = "LINK_AMBIGUOUS"}), ElementsAre(ambiguous.id));
  EXPECT_THAT(this->Found({.field = "company"}), ElementsAre(asks.id));
  EXPECT_THAT(this->Found({.link = link.id}), ElementsAre(lost.id, asks.id));
  EXPECT_THAT(this->Found({.side = Side::kB, .key = "41"}), ElementsAre(ambiguous.id));
  EXPECT_THAT(this->Found({.side = Side::kA, .key = "41"}), ElementsAre(lost.id, asks.id));
  EXPECT_THAT(this->Found({.after = ambiguous.id, .limit = 1}), ElementsAre(lost.id));
  EXPECT_EQ(this->links_.Conflict(this->place_, lost.id).value(), lost);
  EXPECT_THAT(this->links_.Conflict(this->elsewhere_, lost.id),
              FailsWith(ErrorKind::kNotFound, "LINK_CONFLICT_NOT_FOUND"));
}

TYPED_TEST(LinkStoreContract, AsksAQuestionOnce) {
  const Link link = this->Stored(this->PairOf("41", "c-41"));
  const LinkConflict first = this->Question(link, "company");
  const LinkConflict other = this->Question(link, "note");
  this->Store({first, other});
  LinkConflict again = this->Question(link, "company");
  again.b = "Acme Ltd";
  again.at = kStoryTime + hours(24);
  this->Store({again});
  EXPECT_THAT(this->Found({}), ElementsAre(other.id, first.id));
  again.id = first.id;
  again.at = first.at;
  EXPECT_EQ(this->links_.Conflict(this->place_, first.id).value(), again)
      << "what is asked today is found by the id of yesterday";
  again.open = false;
  again.resolution = "b";
  again.resolved_by = "ops";
  again.resolved_at = kStoryTime;
  this->Store({again});
  EXPECT_EQ(this->links_.Conflict(this->place_, again.id).value(), again);
  const LinkConflict later = this->Question(link, "company");
  this->Store({later});
  EXPECT_THAT(this->Found({.field = "company"}), ElementsAre(later.id, again.id))
      << "what was answered stays";
  EXPECT_THAT(this->Found({.unanswered = true, .field = "company"}), ElementsAre(later.id));
}

TYPED_TEST(LinkStoreContract, FillsNothingIntoWhatWasErased) {
  const Link link = this->Stored(this->PairOf("41", "c-41"));
  const LinkConflict asked = this->Question(link, "company");
  LinkConflict erased = asked;
  erased.code = ports::kLinkErased;
  erased.base = erased.a = nullptr;
  erased.open = false;
  erased.resolution = "erased";
  this->Store({erased});
  this->Store({asked});  // by somebody who had read it before
  EXPECT_EQ(this->links_.Conflict(this->place_, asked.id).value(), erased);
}

TYPED_TEST(LinkStoreContract, AnswersWhatWasAskedAboutARecordOnceALinkHoldsIt) {
  LinkConflict of_contact = this->Question(Link(), "");
  of_contact.code = "LINK_AMBIGUOUS";
  of_contact.key = "41";
  LinkConflict of_customer = of_contact;
  of_customer.id = this->ids_.template Next<ports::ConflictTag>(kStoryTime);
  of_customer.code = "LINK_TAKEN";
  of_customer.side = Side::kB;
  of_customer.key = "c-41";
  LinkConflict of_another = of_customer;
  of_another.id = this->ids_.template Next<ports::ConflictTag>(kStoryTime);
  of_another.key = "41";  // the same text on the other side
  this->Store({of_contact, of_customer, of_another});
  this->Stored(this->PairOf("41", "c-41"));
  EXPECT_THAT(this->Found({.open = true}), ElementsAre(of_another.id));
  EXPECT_EQ(this->links_.Conflict(this->place_, of_contact.id).value().resolution, "gone");
  // A person's own answer is not overwritten by that.
  LinkCommit chosen = this->Of(this->PairOf("", "41"));
  of_another.open = false;
  of_another.resolution = "create";
  chosen.conflicts = {of_another};
  ASSERT_THAT(this->links_.Commit(chosen), IsOk());
  EXPECT_EQ(this->links_.Conflict(this->place_, of_another.id).value().resolution, "create");
}

TYPED_TEST(LinkStoreContract, ClosesQuestionsThatAnsweredThemselves) {
  const Link link = this->Stored(this->PairOf("41", "c-41"));
  const LinkConflict asks = this->Question(link, "company");
  LinkConflict lost = this->Question(link, "note");
  lost.open = false;
  lost.resolution = "put_back";
  this->Store({asks, lost});
  LinkCommit commit = this->Of({});
  commit.answered = {asks.id, lost.id, ConflictId(5)};
  ASSERT_THAT(this->links_.Commit(commit), IsOk());
  const LinkConflict closed = this->links_.Conflict(this->place_, asks.id).value();
  EXPECT_FALSE(closed.open);
  EXPECT_EQ(closed.resolution, "gone");
  EXPECT_TRUE(closed.resolved_at);
  EXPECT_EQ(this->links_.Conflict(this->place_, lost.id).value(), lost);
}

TYPED_TEST(LinkStoreContract, KeepsTheNewestOfAHistory) {
  LinkCommit commit = this->Of(this->PairOf("41", "c-41"));
  for (int i = 0; i <= ports::kMostLinkEntries; ++i) {
    commit.history.push_back({kStoryTime + minutes(i),
                              "edited_a",
                              "entry " + std::to_string(i),
                              {{"company", {"Old", "Nëw"}}}});
  }
  const Link link = this->links_.Commit(commit).value().value();
  const auto all = this->links_.History(this->place_, link.id, 1000).value();
  ASSERT_THAT(all, SizeIs(ports::kMostLinkEntries));
  EXPECT_EQ(all.front(), commit.history[1]);
  EXPECT_EQ(all.back(), commit.history.back());
  LinkCommit next = this->Of(link);
  next.history = {{kStoryTime + hours(24), "ended", "unlinked", Json::object()}};
  ASSERT_THAT(this->links_.Commit(next), IsOk());
  EXPECT_THAT(this->links_.History(this->place_, link.id, 2).value(),
              ElementsAre(commit.history.back(), next.history.front()));
  EXPECT_THAT(this->links_.History(this->place_, LinkId(5), 2).value(), IsEmpty());
}

// ---- Deletes

TYPED_TEST(LinkStoreContract, RemembersDeletedRecords) {
  LinkCommit commit = this->Of({});
  Tombstone stone{Side::kA, "41", {{"company", "Acme"}}, kStoryTime};
  commit.tombstones = {stone, {Side::kB, "41", {}, kStoryTime}};
  ASSERT_THAT(this->links_.Commit(commit), IsOk());
  EXPECT_EQ(this->links_.TombstoneOf(this->place_, Side::kA, "41").value(), stone);
  stone.base = {};
  stone.deleted_at = kStoryTime + hours(1);
  commit.tombstones = {stone};
  ASSERT_THAT(this->links_.Commit(commit), IsOk());
  EXPECT_EQ(this->links_.TombstoneOf(this->place_, Side::kA, "41").value(), stone);
  EXPECT_EQ(this->links_.TombstoneOf(this->place_, Side::kA, "42").value(), std::nullopt);
  EXPECT_EQ(this->links_.TombstoneOf(this->elsewhere_, Side::kA, "41").value(), std::nullopt);
}

TYPED_TEST(LinkStoreContract, CountsDeletesForTheBrake) {
  LinkCommit commit = this->Of({});
  for (const WallTime at : {kStoryTime, kStoryTime, kStoryTime + hours(1)}) {
    commit.deleted = {Side::kB, at};
    ASSERT_THAT(this->links_.Commit(commit), IsOk());
  }
  EXPECT_EQ(this->links_.DeletedSince(this->place_, Side::kB, kStoryTime).value(), 3);
  EXPECT_EQ(this->links_.DeletedSince(this->place_, Side::kB, kStoryTime + minutes(1)).value(), 1);
  EXPECT_EQ(this->links_.DeletedSince(this->place_, Side::kA, kStoryTime).value(), 0);
}

// ---- How far it is

TYPED_TEST(LinkStoreContract, KeepsHowFarASyncIs) {
  EXPECT_EQ(this->links_.Progress(this->place_).value(), std::nullopt);
  LinkProgress progress;
  progress.place = this->place_;
  progress.cursor_a = "a";
  progress.cursor_b = "b";
  progress.scanning = Side::kB;
  progress.scan = "page 2";
  progress.scan_seen = 50;
  progress.scan_total = 120;
  progress.scan_begun_at = kStoryTime;
  progress.side_begun_at = kStoryTime + minutes(1);
  progress.compared_at = kStoryTime - hours(24);
  progress.drift = 3;
  progress.first_done = true;
  progress.error = "LINK_SIDE_CHANGED";
  progress.error_reason = "the column \"phone\" is not there any more";
  progress.due_at = kStoryTime;
  const auto step = this->links_.SaveProgress(progress, {this->Told(Side::kB, "c-41")});
  ASSERT_THAT(step, IsOk());
  EXPECT_THAT(this->DueKeys(kStoryTime), ElementsAre("c-41"));
  EXPECT_THAT(this->links_.SaveProgress(progress, {this->Told(Side::kB, "c-42")}),
              FailsWith(ErrorKind::kConflict, "LINK_MOVED"));
  EXPECT_THAT(this->DueAt(kStoryTime), SizeIs(1)) << "all or nothing";
  progress.step = *step;
  EXPECT_EQ(this->links_.Progress(this->place_).value(), progress);
  progress.scan_total.reset();
  progress.scan.clear();
  progress.step = this->links_.SaveProgress(progress, {}).value();
  EXPECT_GT(progress.step, *step);
  EXPECT_EQ(this->links_.Progress(this->place_).value(), progress);
  LinkProgress unknown = progress;
  unknown.place = this->elsewhere_;
  EXPECT_THAT(this->links_.SaveProgress(unknown, {}),
              FailsWith(ErrorKind::kConflict, "LINK_MOVED"));
}

TYPED_TEST(LinkStoreContract, CountsWhatThereIs) {
  EXPECT_EQ(this->links_.Count(this->place_).value(), LinkCounts());
  Link hindered = this->PairOf("1", "a");
  hindered.attempts = ports::kOftenHindered + 1;
  const Link active = this->Stored(hindered);
  Link parked = this->PairOf("2", "b");
  parked.standing = LinkStanding::kParked;
  parked.attempts = hindered.attempts;
  this->Stored(parked);
  LinkConflict lost = this->Question(active, "note");
  lost.code = "LINK_FIELD_OVERWRITTEN";
  lost.open = false;
  this->Store({this->Question(active, "company"), lost});
  ASSERT_THAT(
      this->links_.Add(this->place_, {this->Told(Side::kA, "1", kLongAgo + hours(1)),
                                      this->Told(Side::kB, "a", kLongAgo + hours(2)),
                                      this->Told(Side::kA, "2", kLongAgo),
                                      this->Told(Side::kA, "3", kStoryTime + hours(24 * 36500))}),
      IsOk());
  LinkCounts counts;
  counts.active = 1;
  counts.parked = 1;
  counts.hindered = 1;  // a parked one is tried no more
  counts.waiting = 3;   // also the last, whose turn is later; that of the parked link is a person's
  counts.open_conflicts = 1;
  counts.overwritten = 1;
  counts.oldest_hint_at = kLongAgo + hours(1);
  EXPECT_EQ(this->links_.Count(this->place_).value(), counts);
}

TYPED_TEST(LinkStoreContract, LetsDeletesGoThatWaitForAnApproval) {
  Link held = this->PairOf("1", "a");
  held.standing = LinkStanding::kParked;
  held.code = ports::kLinkDeletesHeld;
  held.state.choices = {{"company", "Acme"}};
  held = this->Stored(held);
  Link half = this->PairOf("", "b");
  half.standing = LinkStanding::kParked;
  half.code = ports::kLinkDeletesHeld;
  half = this->Stored(half);
  Link other = this->PairOf("3", "c");
  other.standing = LinkStanding::kParked;
  other.code = "LINK_FLIPS";
  other = this->Stored(other);
  ASSERT_THAT(this->links_.Add(this->place_, {this->Told(Side::kA, "1", kStoryTime - hours(1))}),
              IsOk());
  EXPECT_EQ(this->links_.Count(this->place_).value().deletes_held, 2);

  const auto approve = [&](const LinkPlace& place, int limit) {
    return this->links_.ApproveDeletes(place, Side::kB, "approved by Ana", kStoryTime, limit)
        .value();
  };
  EXPECT_EQ(approve(this->elsewhere_, 10), 0);
  EXPECT_EQ(approve(this->place_, 1), 1);
  EXPECT_EQ(approve(this->place_, 10), 1);
  EXPECT_EQ(approve(this->place_, 10), 0);

  EXPECT_EQ(this->links_.Count(this->place_).value().deletes_held, 0);
  const Link woken = this->links_.Get(this->place_, held.id).value();
  EXPECT_EQ(woken.standing, LinkStanding::kActive);
  EXPECT_EQ(woken.state.choices,
            (std::map<std::string, Json>{{core::twoway::kWholeRecord, "b"}, {"company", "Acme"}}));
  EXPECT_GT(woken.step, held.step) << "who works on it stores nothing more";
  EXPECT_EQ(this->links_.Get(this->place_, other.id).value(), other);
  const auto history = this->links_.History(this->place_, held.id, 10).value();
  ASSERT_THAT(history, SizeIs(1));
  EXPECT_EQ(history[0], (LinkEntry{kStoryTime, "resumed", "approved by Ana", Json::object()}));
  const auto due = this->DueAt(kStoryTime);
  ASSERT_THAT(due, SizeIs(2));
  for (const Hint& hint : due) EXPECT_EQ(hint.reason, "approved");
  EXPECT_THAT(this->DueKeys(kStoryTime), UnorderedElementsAre("1", "b"));
}

TYPED_TEST(LinkStoreContract, ForgetsWhatIsOver) {
  const Link active = this->Stored(this->PairOf("1", "a"));
  Link ended = this->PairOf("2", "b");
  ended.standing = LinkStanding::kEnded;
  LinkCommit commit = this->Of(ended);
  commit.history = {{kStoryTime, "ended", "unlinked", Json::object()}};
  LinkConflict lost = this->Question(active, "note");
  lost.open = false;
  const LinkConflict asks = this->Question(active, "company");
  commit.conflicts = {lost, asks};
  commit.tombstones = {{Side::kA, "2", {}, kStoryTime}};
  ASSERT_THAT(this->links_.Commit(commit), IsOk());
  const WallTime later = kStoryTime + hours(24 * 36500);
  EXPECT_EQ(this->links_.Prune({3, kLinkSlot}, kLongAgo, 100).value(), 0);
  EXPECT_EQ(this->links_.Prune({3}, later, 100).value(), 0) << "of other slots";
  EXPECT_EQ(this->links_.Prune({3, kLinkSlot}, later, 100).value(), 3);
  EXPECT_EQ(this->links_.Prune({3, kLinkSlot}, later, 100).value(), 0);
  EXPECT_THAT(this->links_.Get(this->place_, ended.id),
              FailsWith(ErrorKind::kNotFound, "LINK_NOT_FOUND"));
  EXPECT_THAT(this->links_.History(this->place_, ended.id, 10).value(), IsEmpty());
  EXPECT_THAT(this->links_.TombstoneOf(this->place_, Side::kA, "2").value(), std::nullopt);
  EXPECT_THAT(this->Found({}), ElementsAre(asks.id)) << "a question waits for its answer";
  EXPECT_THAT(this->links_.Get(this->place_, active.id), IsOk());
}

}  // namespace
}  // namespace sb::testing
