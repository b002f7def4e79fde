#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/accounts/provider.h"
#include "engine/base/metrics.h"
#include "engine/base/result.h"
#include "engine/connector/connector.h"
#include "engine/core/workflow/expressions.h"
#include "engine/ports/account_store.h"
#include "engine/ports/action_performer.h"
#include "engine/ports/clock.h"
#include "engine/ports/http_client.h"
#include "engine/ports/inbox_store.h"
#include "engine/ports/media_store.h"
#include "engine/ports/recording_store.h"

namespace sb::accounts {

/// Fetches recordings: from the link that an event carried while it is fresh, else from one that
/// the provider is asked for. The file goes from the socket to the media store piece by piece and
/// is never whole in memory. That a fetch has begun is stored before, that it is done after: a
/// process that dies in between leaves nothing in the media store or the whole file, which the next
/// fetch replaces. Thread-safe; blocks.
class RecordingFetch {
 public:
  struct Dependencies {
    ports::RecordingStore& recordings;
    ports::AccountStore& accounts;
    ports::InboxStore& inbox;
    ports::MediaStore& media;
    ports::HttpClient& http;  ///< Its thread writes to the media store: no other work's client.
    ports::ActionPerformer& actions;
    const connector::Library& connectors;
    const core::workflow::Expressions& expressions;
    const ports::Clock& clock;
    Metrics& metrics;
    std::function<std::vector<Slot>()> our_slots;
    Millis download_timeout = std::chrono::minutes(15);
  };

  explicit RecordingFetch(Dependencies dependencies);

  /// Those of our accounts whose time has come.
  Result<std::vector<ports::Recording>> Due();
  /// Fetches one and stores how that ended. For one caller at a time for each; another one does no
  /// harm.
  void Fetch(ports::Recording recording);

 private:
  /// What a fetch needs of the account.
  struct Scene {
    ports::Account account;
    const connector::Connector& connector;
    const connector::RecordingRule& rule;
    core::recordings::Policy policy;
  };

  Result<Scene> SceneOf(const ports::Recording& recording) const;
  Status TakeUp(ports::Recording& recording);
  Status FetchFile(ports::Recording& recording, const Scene& scene);
  /// The link of its event while that is fresh; else empty.
  Result<std::string> LinkOfEvent(const ports::Recording& recording, const Scene& scene) const;
  Result<std::string> FreshLink(const ports::Recording& recording, const Scene& scene) const;
  /// kNotFound RECORDING_LINK_DEAD: another link may do.
  Status Download(ports::Recording& recording, const Scene& scene, const std::string& link);
  Status KeepAt(ports::Recording& recording, const Scene& scene);
  void Fail(ports::Recording recording, const Error& error);
  void DropUnlessKept(const ports::Recording& recording);

  Dependencies deps_;
};

}  // namespace sb::accounts
