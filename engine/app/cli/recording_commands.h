#pragma once

#include <cstdint>
#include <string>

#include "engine/app/cli/session.h"

namespace sb::app::cli {

struct RecordingPolicyOptions {
  std::string account;
  std::string keep;  ///< "none", "recordings", "voicemails", "both"; empty: only show.
  int retain_days = -1;
  std::int64_t max_bytes = -1;
};

struct ListRecordingsOptions {
  std::string account;
  std::string call;
  std::string state;  ///< "kept"; empty: all.
  int limit = 0;
  std::string page_token;
};

struct RecordingLinkOptions {
  std::string recording;
  int life_seconds = 0;
};

// Each runs one command and returns its exit code.
/// Shows the policy of an account, or changes what the options name of it.
int RecordingPolicy(Session& session, const RecordingPolicyOptions& options);
int ListRecordings(Session& session, const ListRecordingsOptions& options);
int GetRecording(Session& session, const std::string& recording);
int LinkRecording(Session& session, const RecordingLinkOptions& options);

}  // namespace sb::app::cli
