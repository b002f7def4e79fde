#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/metrics.h"
#include "engine/base/result.h"
#include "engine/connector/connector.h"
#include "engine/core/onward/retry.h"
#include "engine/core/workflow/expressions.h"
#include "engine/ports/account_store.h"
#include "engine/ports/clock.h"
#include "engine/ports/http_client.h"
#include "engine/ports/onward_store.h"
#include "engine/runtime/named_secrets.h"

namespace sb::accounts {

/// Sends what waits for a destination, request by request: each event at least once, under the same
/// id in every try, and those about the same thing in their order. Thread-safe, but for one caller
/// at a time of a destination. Blocks.
class OnwardDelivery {
 public:
  struct Dependencies {
    ports::DestinationStore& destinations;
    ports::DeliveryStore& deliveries;
    ports::AccountStore& accounts;
    const runtime::NamedSecrets& secrets;
    ports::HttpClient& http;  ///< Goes where workflows may go, too.
    const connector::Library& connectors;
    const core::workflow::Expressions& expressions;
    const ports::Clock& clock;
    IdGenerator& ids;
    Metrics& metrics;
    std::function<std::vector<Slot>()> our_slots;
    core::onward::RetryPolicy retries = {};
    Millis timeout = std::chrono::seconds(30);  ///< Of a request.
  };

  enum class Pace {
    kMore,   ///< There may be more at once.
    kDone,   ///< Nothing is due any more.
    kLater,  ///< Something hinders us that has nothing to do with the destination.
  };

  /// What came of an example.
  struct Trial {
    int status = 0;       ///< Of the answer; 0: none came.
    std::string code;     ///< Why it was not taken, as a stable code; empty: it was.
    std::string message;  ///< For people; empty when it was taken.
    Millis took{0};
    EventId event;  ///< The id under which it went out.
  };

  explicit OnwardDelivery(Dependencies dependencies);

  Result<std::vector<ports::Destination>> Due(const std::set<ports::DestinationId>& without);
  /// Sends the next request of a destination, as it was read from Due.
  Pace Step(ports::Destination destination);
  /// Sends an event that never happened, "dev.switchboard.destination.test", whatever the choice of
  /// the destination. Fails as the stores do.
  Result<Trial> Try(const ports::Destination& destination);

 private:
  /// One event that is about to go out.
  struct Rendered {
    ports::Delivery delivery;
    Json message;
    std::size_t bytes = 0;
  };

  /// What a request came to.
  struct Outcome {
    core::onward::Verdict verdict = core::onward::Verdict::kAgain;
    int status = 0;
    std::string reason;
    std::optional<Millis> asked;
    std::string message;    ///< For people.
    bool hindered = false;  ///< Nothing was tried: by no fault of the destination.
  };

  Result<Rendered> Render(const connector::Sink& sink, const ports::Destination& destination,
                          const Json& settings, const ports::DueDelivery& due) const;
  Result<std::map<std::string, Secret>> SecretsOf(const connector::Sink& sink,
                                                  const ports::Destination& destination) const;
  Outcome Send(const connector::Sink& sink, const ports::Destination& destination,
               const Json& settings, const std::vector<Rendered>& batch) const;
  Outcome Judge(const Result<ports::HttpResponse>& response) const;
  Pace Conclude(ports::Destination destination, std::vector<Rendered> batch,
                const Outcome& outcome);
  void SetBack(const ports::Destination& destination, const Outcome& outcome,
               ports::Delivery& delivery) const;
  Pace Stop(ports::Destination destination, const std::string& reason);
  Status Note(const std::string& sink, const std::vector<ports::Delivery>& deliveries);

  Dependencies deps_;
};

}  // namespace sb::accounts
