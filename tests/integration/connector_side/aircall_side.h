#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/door/emulator.h"
#include "connectors/aircall/sandbox/world/clock.h"
#include "connectors/aircall/sandbox/world/world.h"
#include "engine/syncs/connector_side.h"
#include "tests/support/direct_actions.h"
#include "tests/support/fake_clock.h"

namespace sb::syncs {

/// Aircall's contacts as a side, against the sandbox without a socket between.
class AircallSide : public ::testing::Test {
 protected:
  static constexpr core::quota::Lane kLane = core::quota::Lane::kSync;

  explicit AircallSide(const std::vector<std::string>& switches = {});

  /// A contact that somebody makes in Aircall, with the native fields that a side has.
  std::string Made(const Json& native);
  /// What Aircall has of it, asked by nobody; nothing: there is none.
  std::optional<aircall::sandbox::Contact> There(const std::string& key);
  std::size_t HowMany();
  void DeletedInAircall(const std::string& key);
  /// The next request that fits takes effect, but its answer is lost; or it does not arrive.
  void LoseAnswer(const std::string& method, const std::string& path);
  void LoseRequest(const std::string& method, const std::string& path);

  /// Another process goes on, which remembers nothing.
  void Restart();

  Json NativeOf(const std::string& key);
  /// Reads, and updates what is expected to be as it was read. New actions are those of both.
  Result<ports::SideWritten> Set(const std::string& key, const Json& values);

  /// Time for both: ours and the sandbox's.
  class BothClocks final : public testing::FakeClock, public aircall::sandbox::Clock {
   public:
    WallTime Now() const override { return testing::FakeClock::Now(); }
  };

  BothClocks clock_;
  aircall::sandbox::Emulator emulator_;
  std::string token_;
  std::unique_ptr<testing::DirectActions> actions_;
  std::unique_ptr<SideMemory> memory_;
  std::unique_ptr<ConnectorSide> side_;

 private:
  void Fault(const std::string& method, const std::string& path, const std::string& action);
};

/// Entries of a list: {{"Work", "+16175550142"}}.
Json Entries(const std::vector<std::pair<std::string, std::string>>& entries);

MATCHER_P2(Fails, kind, code, "") {
  if (arg.ok()) {
    *result_listener << "which is no failure";
    return false;
  }
  *result_listener << "which is " << ToString(arg.error().kind) << " " << arg.error().code << ": "
                   << arg.error().message;
  return arg.error().kind == kind && arg.error().code == code;
}

}  // namespace sb::syncs
