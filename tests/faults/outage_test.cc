// The database goes away while webhooks come in. Aircall must get its 200 all the same, and every
// event must be there when the database is back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/adapters/system/data_directory.h"
#include "engine/adapters/system/embedded_postgres.h"
#include "engine/adapters/system/system_random.h"
#include "tests/support/live/eventually.h"
#include "tests/support/live/live_system.h"
#include "tests/support/temp_dir.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;
using adapters::system::DataDirectory;
using adapters::system::EmbeddedPostgres;

/// A database server of ours that can be stopped and started again on the same data.
class OwnDatabase {
 public:
  OwnDatabase() { Start(); }

  void Start() { server_ = EmbeddedPostgres::Start(directory_).value(); }

  void Stop() {
    ASSERT_TRUE(server_->Stop().ok());
    server_.reset();
  }

  const std::string& url() const { return server_->url(); }

 private:
  testing::TempDir folder_;
  adapters::system::SystemRandom random_;
  DataDirectory directory_ = DataDirectory::Open(folder_.path() / "database", random_).value();
  std::unique_ptr<EmbeddedPostgres> server_;
};

class Outage : public ::testing::Test {
 protected:
  /// Of the webhooks that the sandbox sent, those that were answered well at the first try.
  std::size_t DeliveredAtOnce() {
    std::size_t delivered = 0;
    const Json log = system_.Control("GET", "deliveries");
    for (const Json& delivery : Member(log, "deliveries")) {
      const bool ok = TextMember(delivery, "state") == "delivered";
      if (ok && Member(delivery, "attempts").size() == 1) ++delivered;
    }
    return delivered;
  }

  std::size_t StoredEvents() {
    return Member(system_.Cli({"event", "list", "--type", "io.aircall.call.ended"}), "events")
        .size();
  }

  OwnDatabase database_;
  LiveSystem system_;
};

TEST_F(Outage, LosesNoEventAndAnswersEveryWebhook) {
  constexpr std::size_t kCalls = 5;
  system_.StartSandbox();
  system_.StartServe({"--database-url", database_.url()});
  system_.ConnectWithKey();
  system_.SwitchOn("workflows/missed-call-follow-up.yaml", "switchboard/missed-call-follow-up");
  system_.MissedCallFrom("+16175550190");
  ASSERT_TRUE(Eventually(20s, [&] { return StoredEvents() == 1; })) << system_.ServeLog();

  database_.Stop();
  for (std::size_t i = 1; i < kCalls; ++i) {
    system_.MissedCallFrom("+1617555019" + std::to_string(i));
  }
  EXPECT_TRUE(Eventually(20s, [&] { return DeliveredAtOnce() == kCalls; }))
      << system_.Control("GET", "deliveries") << system_.ServeLog();
  database_.Start();

  EXPECT_TRUE(Eventually(30s, [&] { return StoredEvents() == kCalls; })) << system_.ServeLog();
}

}  // namespace
}  // namespace sb::live
