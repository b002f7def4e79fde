#pragma once

#include <string>
#include <vector>

#include "engine/api/dependencies.h"
#include "engine/core/workflow/run.h"
#include "switchboard/v1/event.pb.h"

namespace sb::api {

/// What the calls of earlier runs of an event were answered: what a dry run goes on with.
class RecordedAnswers {
 public:
  /// Reads the newest runs that the event started, at most 20. Blocking. What cannot be read is as
  /// if it had not been recorded.
  RecordedAnswers(const Dependencies& deps, EventId event);

  struct Answer {
    Json output = Json::object();
    switchboard::v1::DryCall::Answer source = switchboard::v1::DryCall::ANSWER_EMPTY;
  };

  /// The newest answer to the same action with the same input; else the newest to the same action
  /// of a task of the same name; else an empty object.
  Answer To(const core::workflow::CallRequested& call) const;

 private:
  struct Record {
    std::string task;    ///< Its name, the last step of its ref.
    std::string action;  ///< Without version.
    Json input;
    Json output;
  };

  void Remember(const std::vector<core::workflow::Fact>& facts);

  std::vector<Record> records_;  ///< Newest run first.
};

}  // namespace sb::api
