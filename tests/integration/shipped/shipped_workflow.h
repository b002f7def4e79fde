#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/integration/shipped/services.h"
#include "tests/support/live/live_system.h"

namespace sb::live {

/// A workflow of workflows/ as its users meet it: the sandbox Aircall with a connected company,
/// `switchboard serve`, and the services that the workflow talks to.
class ShippedWorkflow : public ::testing::Test {
 protected:
  /// Words of a definition, and what a user writes in their place.
  using Edits = std::vector<std::pair<std::string, std::string>>;

  ShippedWorkflow();

  /// Stores workflows/NAME.yaml with these edits, and with pauses too short to wait for. The file.
  std::filesystem::path Deploy(const std::string& name, const Edits& edits = {});
  /// The same, switched on; returns once Aircall sends this event.
  void SwitchOn(const std::string& name, const std::string& event, const Edits& edits = {});
  void SwitchOff(const std::string& name);

  /// Lets a call happen, as the sandbox's README.md describes it; its id.
  std::int64_t Place(const Json& call);
  /// The call as the sandbox knows it.
  Json Shown(std::int64_t call);
  std::vector<std::string> TagsOf(std::int64_t call);
  /// The texts of its notes.
  std::vector<std::string> NotesOf(std::int64_t call);
  /// Does something in the app of an agent: a request of Aircall's API.
  Json AsAgent(const std::string& method, const std::string& path, const Json& body);
  void MakeTag(const std::string& name);
  /// Whether events get lost on their way from now on.
  void LoseEvents(bool lost);
  /// Aircall tells this event of a call: once more, or, where it was lost, at last.
  void Deliver(const std::string& event, std::int64_t call);
  void LetTimePass(int seconds);

  /// The runs of a workflow once there are `count` of them, oldest first.
  std::vector<Json> RunsOf(const std::string& name, std::size_t count);
  /// The same once all of them have ended, too.
  std::vector<Json> EndedRunsOf(const std::string& name, std::size_t count);
  /// Starts a run by hand and waits for its end.
  Json PlayByHand(const std::string& name, const Json& input);
  /// Waits until this task of a run has begun and not ended.
  void AwaitTask(const Json& run, const std::string& task);

  Services services_;
  LiveSystem system_;
  std::string account_;

 private:
  std::vector<Json> AllRunsOf(const std::string& name);
  Json Ended(const std::string& run);
};

}  // namespace sb::live
