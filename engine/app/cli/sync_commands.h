#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/app/cli/session.h"

namespace sb::app::cli {

/// A definition, and whom it is for.
struct SyncFileOptions {
  std::string file;  ///< "-": standard input.
  std::string account;
  bool start = false;
  bool validate_only = false;
};

/// One sync of an account.
struct SyncOptions {
  std::string sync;  ///< "acme/warehouse", or "warehouse".
  std::string account;
  bool yes = false;  ///< Do not ask.
};

struct WatchSyncOptions {
  std::string sync;
  std::string account;
  std::string until;  ///< "live"; empty: until it is interrupted.
};

struct VerifySyncOptions {
  std::string sync;
  std::string account;
  std::vector<std::string> streams;
  std::int64_t sample = 0;  ///< 0: none.
  bool all = false;
  bool counts = false;  ///< Said so; the same as nothing.
  std::string from;     ///< A day or an instant; empty: from the start.
  std::string until;
};

/// What is listed of a stream.
struct SyncFindingsOptions {
  std::string sync;
  std::string stream;
  std::string account;
  int limit = 0;
};

struct SkipsOptions {
  std::string account;
  std::string code;
  std::string rule;
  int limit = 0;
  std::string page_token;
};

struct RecordOptions {
  std::string record;
  std::string account;
};

struct SyncReceiptOptions {
  std::string receipt;  ///< "prf_..."
  std::string account;
};

// Each runs one command and returns its exit code.
int PlanSync(Session& session, const SyncFileOptions& options);
int DeploySync(Session& session, const SyncFileOptions& options);
int StartSync(Session& session, const SyncOptions& options);
int PauseSync(Session& session, const SyncOptions& options);
int ResumeSync(Session& session, const SyncOptions& options);
int DeleteSync(Session& session, const SyncOptions& options);
int ListSyncs(Session& session, const std::string& account);
int SyncStatus(Session& session, const SyncOptions& options);
int WatchSync(Session& session, const WatchSyncOptions& options);
/// kRefused unless the tables are complete.
int VerifySync(Session& session, const VerifySyncOptions& options);
int ListSyncProofs(Session& session, const SyncFindingsOptions& options);
int ShowSyncProof(Session& session, const SyncReceiptOptions& options);
int ListSyncWindows(Session& session, const SyncFindingsOptions& options);
int ListSyncRejects(Session& session, const SyncFindingsOptions& options);
int ListSkips(Session& session, const SkipsOptions& options);
int ExplainRecord(Session& session, const RecordOptions& options);
int ApproveDeletes(Session& session, const SyncFindingsOptions& options);
/// Empty: prints it.
int ShowSyncSchema(Session& session, const std::string& file);

}  // namespace sb::app::cli
