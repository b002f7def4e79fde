#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/adapters/system/worker_pool.h"
#include "engine/edge/door.h"
#include "tests/integration/edge/http_connection.h"
#include "tests/support/memory_media_store.h"
#include "tests/support/memory_recording_store.h"
#include "tests/unit/accounts/accounts_world.h"

namespace sb::testing {

/// An engine that only takes events in: it keeps them, refuses them, or keeps its callers waiting.
class EventBox : public runtime::Engine {
 public:
  void StartRun(StartRequest request, std::function<void(Result<RunId>)> done) override;
  void StartRuns(std::vector<StartRequest> requests,
                 std::function<void(StartedRuns)> done) override;
  void CancelRun(RunId id, std::string reason, std::function<void(Status)> done) override;
  void SuspendRun(RunId id, std::string reason, std::function<void(Status)> done) override;
  void ResumeRun(RunId id, std::function<void(Status)> done) override;
  std::unique_ptr<runtime::Watch> WatchRun(
      RunId id, std::function<void(const runtime::RunNews&)> news) override;
  void AcceptEvent(ports::InboxItem item, std::optional<Json> data,
                   std::function<void(Result<bool>)> done) override;

  void ReadQuota(AccountId /*account*/, RunId /*run*/,
                 std::function<void(Result<runtime::QuotaReport>)> done) override {
    done(runtime::QuotaReport());
  }

  void WorkflowsChanged() override {}

  void AccountChanged(AccountId /*id*/) override {}

  std::vector<ports::InboxItem> items() const;
  /// Waits until something was handed in; false after twenty seconds without.
  bool AwaitItems(std::size_t count);
  void FailWith(std::optional<Error> error);
  void HoldAnswers(bool hold);
  /// Answers what was held.
  void Release();

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<ports::InboxItem> items_;
  std::optional<Error> error_;
  bool hold_ = false;
  std::vector<std::function<void()>> held_;
};

/// The door, open on a loopback port, in a world of memory.
class DoorWorld : public AccountsWorld {
 public:
  explicit DoorWorld(edge::Door::Settings settings = {});
  ~DoorWorld();

  HttpAnswer Ask(const std::string& method, const std::string& path,
                 const std::string& headers = "", const std::string& body = "") {
    return AskOnce(address, method, path, headers, body);
  }

  /// As a browser does.
  HttpAnswer Browse(const std::string& path, const std::string& headers = "") {
    return Ask("GET", path, "Accept: text/html\r\n" + headers);
  }

  HttpAnswer Submit(const std::string& path, const std::string& body,
                    const std::string& headers = "") {
    return Ask("POST", path,
               "Accept: text/html\r\nContent-Type: application/x-www-form-urlencoded\r\n" + headers,
               body);
  }

  EventBox engine;
  MemoryRecordingStore recordings;
  MemoryMediaStore media;
  accounts::RecordingLinks recording_links{Secret("the key of this installation")};
  std::vector<std::string> reasons;  ///< Why it is not ready. Set before asking.
  adapters::system::WorkerPool workers{clock, 4, 1000};
  edge::Door door;
  std::string address;
};

}  // namespace sb::testing
