#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/app/cli/table.h"
#include "switchboard/v1/run.pb.h"

namespace sb::app::cli {

/// Tells a run as a story: given its stages one after the other, what is new in each, line by line.
/// A stage that was missed in between costs its lines, never the end of a task or of the run.
class RunStory {
 public:
  explicit RunStory(Style style) : style_(style) {}

  /// "09:30:00.250  caller   COMPLETED  312 ms  aircall.contacts.search:1.0.0"; time in UTC.
  std::vector<std::string> Tell(const switchboard::v1::Run& run);

 private:
  std::string Line(const google::protobuf::Timestamp& when, const std::string& who,
                   const std::string& state, const std::string& duration,
                   const std::string& detail) const;
  void TellTask(const switchboard::v1::Run& run, const switchboard::v1::Task& task,
                std::vector<std::string>& lines);

  Style style_;
  bool began_ = false;
  std::map<std::string, std::string> told_;  ///< By the task's ref: what was said of it last.
  std::string told_of_run_;
};

/// "SUCCEEDED", ...
std::string StateWord(const switchboard::v1::Run& run);
std::string StateWord(const switchboard::v1::Task& task);
/// What a task does or waits for, or why it failed, in a few words.
std::string DetailOf(const switchboard::v1::Task& task);
/// "312 ms", or "" for a task that has not ended.
std::string DurationOf(const switchboard::v1::Task& task);
bool IsFinal(const switchboard::v1::Run& run);

}  // namespace sb::app::cli
