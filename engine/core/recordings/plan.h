#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/time.h"

// What is kept of calls, for how long, and when a fetch is tried again. Pure.
namespace sb::core::recordings {

enum class Kind : std::int16_t { kRecording = 1, kVoicemail = 2 };

/// "recording", "voicemail".
const char* ToString(Kind kind);
std::optional<Kind> ParseKind(std::string_view text);

constexpr std::int64_t kUsualMostBytes = 200LL * 1024 * 1024;
constexpr std::int64_t kUtmostBytes = 2LL * 1024 * 1024 * 1024;
constexpr int kMostRetainDays = 3650;

/// What an account wants.
struct Policy {
  bool recordings = false;
  bool voicemails = false;
  int retain_days = 0;                        ///< 0: until they are erased.
  std::int64_t most_bytes = kUsualMostBytes;  ///< A larger file is not kept.

  bool Keeps(Kind kind) const { return kind == Kind::kRecording ? recordings : voicemails; }

  bool KeepsAnything() const { return recordings || voicemails; }

  bool operator==(const Policy&) const = default;
};

/// When the time of something that was kept at `kept_at` is over; nothing: never.
std::optional<WallTime> EraseAt(const Policy& policy, WallTime kept_at);

/// Whether a link that was told at `told_at` and lives for `life` is worth a request: a good part
/// of its life must be left, since a long file takes its time and clocks differ.
bool IsFresh(WallTime told_at, Millis life, WallTime now);

/// When a fetch that has failed `attempts` times is tried again; nothing: it was the last. A
/// provider may take a day to make a recording ready, so that the last is some twenty hours after
/// the first.
std::optional<Millis> WaitAfter(int attempts);

/// The part of a file that a `Range` header asks for.
struct Span {
  std::int64_t first = 0;
  std::int64_t length = 0;

  bool operator==(const Span&) const = default;
};

enum class RangeVerdict {
  kWhole,   ///< No range, or one that need not be understood: the whole file is the answer.
  kPart,    ///< `span` is.
  kOutside  ///< It asks for nothing that is there (416).
};

struct RangeAnswer {
  RangeVerdict verdict = RangeVerdict::kWhole;
  Span span = {};
};

/// Reads "bytes=a-b", "bytes=a-" and "bytes=-n" (RFC 9110, section 14). Several ranges, and what is
/// not well-formed, count as none.
RangeAnswer ReadRange(std::string_view header, std::int64_t size);

}  // namespace sb::core::recordings
