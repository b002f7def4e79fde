#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "connectors/aircall/sandbox/world/world.h"

// The numbers of a company. Refusals are those of refusal.h.
namespace sb::aircall::sandbox {

/// What is said about a number. An absent member was not sent.
struct LineDraft {
  std::optional<std::string> name{};
  std::optional<std::optional<std::int64_t>> priority{};  ///< Null, 0 or 1 (doc).
  std::map<std::string, std::string> messages{};          ///< Kind to the address of its audio.

  // Only the company itself can change these, in the control API.
  std::optional<std::string> e164{};
  std::optional<std::string> country{};
  std::optional<std::string> time_zone{};
  std::optional<std::string> registration{};
  std::optional<bool> records_calls{};
  std::optional<bool> ivr{};
  std::optional<std::vector<std::int64_t>> user_ids{};
};

/// Needs a phone number that no other line has.
Result<Number> CreateLine(World& world, const LineDraft& draft);
Result<Number> UpdateLine(World& world, std::int64_t id, const LineDraft& draft);
/// Its calls go on showing it.
Status RemoveLine(World& world, std::int64_t id);
/// As its opening hours do.
Result<Number> OpenLine(World& world, std::int64_t id, bool open);

}  // namespace sb::aircall::sandbox
