#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/accounts/provider_spec.h"
#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/connector/connector.h"
#include "engine/core/workflow/expressions.h"
#include "engine/ports/action_performer.h"
#include "engine/ports/clock.h"
#include "engine/ports/http_client.h"

namespace sb::accounts {

/// Performs a connector action (named without its connector) and waits for its output.
using PerformAction = std::function<Result<Json>(const std::string& action, const Json& input)>;

/// For an account that is stored: through its lane and its quota.
PerformAction ForAccount(ports::ActionPerformer& performer, const connector::Connector& connector,
                         AccountId account,
                         core::quota::Lane lane = core::quota::Lane::kInteractive);

/// With a credential that no account has yet, or whose account may not act: one request, past the
/// lanes. The few requests of this kind count against the quota as those of a stranger.
PerformAction WithCredential(ports::HttpClient& http, const connector::Connector& connector,
                             const connector::Credential& credential,
                             const core::workflow::Expressions& expressions,
                             const ports::Clock& clock);

/// Sends and waits for the answer. Not for a thread of the client.
Result<ports::HttpResponse> SendAndWait(ports::HttpClient& http, ports::HttpRequest request,
                                        Millis timeout);

/// The actions that connector.yaml names for connecting accounts. Blocks. Borrows everything it is
/// given.
class Provider {
 public:
  Provider(const core::workflow::Expressions& expressions, PerformAction perform)
      : expressions_(expressions), perform_(std::move(perform)) {}

  /// Performs the use with its input filled in, and picks from the output.
  Result<Json> Use(const ActionUse& use, const core::workflow::Arguments& arguments = {}) const;
  /// All pages, at most `max_pages`.
  Result<std::vector<Json>> List(const Listing& listing, int max_pages) const;
  /// A value read from something that the provider gave: jq `source` over `from`.
  Result<Json> Read(const std::string& source, const Json& from) const;

 private:
  Result<Json> Output(const ActionUse& use, const core::workflow::Arguments& arguments) const;

  const core::workflow::Expressions& expressions_;
  PerformAction perform_;
};

/// A value as text: strings as they are, numbers in digits, anything else empty.
std::string AsText(const Json& value);

}  // namespace sb::accounts
