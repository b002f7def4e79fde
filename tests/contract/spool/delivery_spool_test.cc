#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/adapters/system/file_spool.h"
#include "tests/contract/spool/deliveries.h"
#include "tests/support/memory_spool.h"
#include "tests/support/temp_dir.h"

namespace sb {
namespace {

using testing::Delivery;
using ::testing::ElementsAre;
using testing::TextsOf;

struct InMemory {
  static constexpr const char* kName = "Memory";

  ports::DeliverySpool& spool() { return spool_; }

 private:
  testing::MemorySpool spool_;
};

struct OnDisk {
  static constexpr const char* kName = "File";

  ports::DeliverySpool& spool() { return *spool_; }

 private:
  testing::TempDir folder_;
  std::unique_ptr<adapters::system::FileSpool> spool_ =
      adapters::system::FileSpool::Open(folder_.path() / "spool").value();
};

template <typename World>
class Spool : public ::testing::Test {
 protected:
  ports::DeliverySpool& spool() { return world_.spool(); }

 private:
  World world_;
};

struct Names {
  template <typename World>
  static std::string GetName(int) {
    return World::kName;
  }
};

using Worlds = ::testing::Types<InMemory, OnDisk>;
TYPED_TEST_SUITE(Spool, Worlds, Names);

TYPED_TEST(Spool, IsEmptyAtFirst) {
  EXPECT_TRUE(this->spool().IsEmpty());
  EXPECT_FALSE(this->spool().Oldest());
}

TYPED_TEST(Spool, GivesBackWhatWasKeptInThatOrder) {
  ASSERT_TRUE(this->spool().Keep({Delivery("a"), Delivery("b")}).ok());
  ASSERT_TRUE(this->spool().Keep({Delivery("c")}).ok());
  EXPECT_FALSE(this->spool().IsEmpty());
  const auto first = this->spool().Oldest();
  ASSERT_TRUE(first);
  EXPECT_THAT(TextsOf(*first), ElementsAre("a", "b"));
  this->spool().Forget(first->name);
  const auto second = this->spool().Oldest();
  ASSERT_TRUE(second);
  EXPECT_THAT(TextsOf(*second), ElementsAre("c"));
}

TYPED_TEST(Spool, KeepsAGroupUntilItIsForgotten) {
  ASSERT_TRUE(this->spool().Keep({Delivery("a")}).ok());
  const auto once = this->spool().Oldest();
  const auto twice = this->spool().Oldest();
  ASSERT_TRUE(once && twice);
  EXPECT_EQ(once->name, twice->name);
  this->spool().Forget(once->name);
  this->spool().Forget(once->name);
  EXPECT_TRUE(this->spool().IsEmpty());
}

TYPED_TEST(Spool, KeepsEveryFieldOfADelivery) {
  ports::InboxItem item = Delivery(std::string("not text: \0\xFF", 13));
  item.occurred_at = testing::kStoryTime - std::chrono::minutes(3);
  item.source = ports::InboxSource::kApi;
  item.occurrence = std::string("what\0happened", 13);
  ASSERT_TRUE(this->spool().Keep({item}).ok());
  const auto group = this->spool().Oldest();
  ASSERT_TRUE(group);
  const ports::InboxItem& kept = group->items.at(0);
  EXPECT_EQ(kept.slot, item.slot);
  EXPECT_EQ(kept.account, item.account);
  EXPECT_EQ(kept.id, item.id);
  EXPECT_EQ(kept.dedupe, item.dedupe);
  EXPECT_EQ(kept.occurrence, item.occurrence);
  EXPECT_EQ(kept.source, item.source);
  EXPECT_EQ(kept.event, item.event);
  EXPECT_EQ(kept.entity, item.entity);
  EXPECT_EQ(kept.entity_id, item.entity_id);
  EXPECT_EQ(kept.occurred_at, item.occurred_at);
  EXPECT_EQ(kept.received_at, item.received_at);
  EXPECT_EQ(kept.body, item.body);
}

}  // namespace
}  // namespace sb
