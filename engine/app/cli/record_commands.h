#pragma once

#include <string>

#include "engine/app/cli/session.h"

namespace sb::app::cli {

struct PushRecordsOptions {
  std::string account;
  std::string object;
  std::string records;  ///< JSON: an array of RecordPush; "@file" or "-".
  std::string request_id;
};

struct GetRecordOptions {
  std::string account;
  std::string object;
  std::string key;
};

struct ListRecordsOptions {
  std::string account;
  std::string object;
  int limit = 0;
  std::string page_token;
};

struct WatchRecordsOptions {
  std::string account;
  std::string object;
  std::string resume_token;
  int count = 0;  ///< Stop after so many; 0: never.
};

struct AcknowledgeOptions {
  std::string account;
  std::string object;
  std::string change;
  std::string key;      ///< Of a creation that was carried out.
  std::string refused;  ///< Why it is refused; empty: it was carried out.
};

// Each runs one command and returns its exit code.
int PushRecords(Session& session, const PushRecordsOptions& options);  ///< kRefused when one was.
int GetRecord(Session& session, const GetRecordOptions& options);
int ListRecords(Session& session, const ListRecordsOptions& options);
int WatchRecords(Session& session, const WatchRecordsOptions& options);
int AcknowledgeRecordChange(Session& session, const AcknowledgeOptions& options);

}  // namespace sb::app::cli
