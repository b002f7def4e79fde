#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "engine/base/result.h"

// What a test decides about the calls of a fake.
namespace sb::testing {

enum class Fate {
  kDone,
  kUnavailable,   ///< Nothing happens.
  kUnauthorized,  ///< Nothing happens, and nothing is known.
  kLost,          ///< It happens, and the answer is lost. Of a read: kUnavailable.
  kNever,         ///< It does not happen, and the answer is lost.
  kHalf  ///< A part of it happens, and the answer is lost. Where there are no parts: kLost.
};

/// Called without locks, so that they may use the fake, and may throw to end a simulated process.
struct CallHooks {
  std::function<void(std::string_view call)> before;  ///< Nothing has happened yet.
  std::function<void(std::string_view call)> after;   ///< It has happened; nobody knows yet.
  std::function<Fate(std::string_view call, bool writes)> fate;  ///< Empty: all are done.
};

inline bool Happens(Fate fate) {
  return fate == Fate::kDone || fate == Fate::kLost || fate == Fate::kHalf;
}

/// The error that a caller gets; nothing: the answer arrives.
inline std::optional<Error> ErrorOf(Fate fate, bool writes) {
  if (fate == Fate::kDone) return std::nullopt;
  if (fate == Fate::kUnauthorized) return Unauthorized("FAKE_UNAUTHORIZED", "not with this key");
  if (fate == Fate::kUnavailable || !writes) return Unavailable("FAKE_UNAVAILABLE", "not now");
  return InDoubt("FAKE_IN_DOUBT", "the answer was lost");
}

/// Runs a call with its hooks. `doing` takes whether it happens by halves.
template <typename Answer, typename Doing>
Answer Called(const CallHooks& hooks, std::string_view call, bool writes, Doing&& doing) {
  if (hooks.before) hooks.before(call);
  const Fate fate = hooks.fate ? hooks.fate(call, writes) : Fate::kDone;
  const std::optional<Error> failure = ErrorOf(fate, writes);
  if (!Happens(fate)) return *failure;
  Answer answer = doing(fate == Fate::kHalf);
  if (hooks.after) hooks.after(call);
  if (failure) return *failure;
  return answer;
}

}  // namespace sb::testing
