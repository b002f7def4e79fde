#pragma once

#include <cstdint>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "connectors/aircall/sandbox/door/http.h"
#include "connectors/aircall/sandbox/world/clock.h"
#include "engine/base/result.h"

namespace sb::aircall::sandbox {

enum class FaultAction {
  kStatus,      ///< Answer with a status; nothing takes effect.
  kDelay,       ///< Wait, then answer as usual.
  kDropBefore,  ///< Close the connection; nothing takes effect.
  kDropAfter,   ///< Let it take effect, then close the connection: the caller is in doubt.
  kTruncate,    ///< Let it take effect, then cut the answer in the middle of its body.
  kHtml,        ///< Answer with a status and a page of HTML, as gateways do; nothing takes effect.
};

struct Fault {
  std::int64_t id = 0;
  std::string method{};      ///< Empty: any.
  std::string path_regex{};  ///< Searched in the path; empty: any.
  FaultAction action = FaultAction::kStatus;
  int status = 503;
  Millis delay{0};               ///< Waited first, with any action.
  std::string body{};            ///< With kStatus; empty: the gateway's own words.
  std::optional<int> times = 1;  ///< How often it strikes; nothing: until it is removed.
  int struck = 0;
};

std::optional<FaultAction> FaultActionFromName(const std::string& name);
const char* NameOf(FaultAction action);

/// Whether the request takes no effect.
bool StrikesBefore(FaultAction action);
/// The answer of a fault that strikes before anything happens.
Reply FaultReply(const Fault& fault);
/// What such a fault makes of the answer of a request that took effect.
void SpoilReply(const Fault& fault, Reply& reply);

/// Faults waiting for their request. The oldest fitting one strikes.
class FaultBook {
 public:
  /// Fails with kInvalid SANDBOX_INVALID when the pattern is no regular expression.
  Result<Fault> Add(Fault fault);
  std::optional<Fault> Strike(const std::string& method, const std::string& path);

  void Clear() { armed_.clear(); }

  std::vector<Fault> all() const;

 private:
  struct Armed {
    Fault fault;
    std::regex path;
  };

  std::int64_t next_id_ = 1;
  std::vector<Armed> armed_;
};

}  // namespace sb::aircall::sandbox
