#pragma once

#include <functional>

#include "engine/base/ids.h"

namespace sb::ports {

/// What became of a credential that a provider refused.
enum class CredentialVerdict {
  kReplaced,  ///< There is a newer one: try once more with that.
  kGood,      ///< It works: what was refused is that one request.
  kDead,      ///< The account is shut out until somebody connects it again.
  kUnknown    ///< Nobody can say now: ask again in a while.
};

/// Finds that out. Called on any thread, must not block; answers once, on any thread.
/// `generation` is the one that was refused.
using CredentialQuestion =
    std::function<void(AccountId, std::int64_t generation, std::function<void(CredentialVerdict)>)>;

}  // namespace sb::ports
