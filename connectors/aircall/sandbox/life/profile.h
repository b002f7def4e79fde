#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "connectors/aircall/sandbox/world/contact_book.h"
#include "connectors/aircall/sandbox/world/directory.h"
#include "connectors/aircall/sandbox/world/tag_book.h"

namespace sb::aircall::sandbox {

class World;

/// The data built in from assets/: "people.json".
nlohmann::json AssetDoc(const std::string& name);

/// How large a company is to be, with the cast that every one has counted in.
struct Profile {
  std::size_t users = 0;
  std::size_t numbers = 0;
  std::size_t teams = 0;
  std::size_t tags = 0;  ///< Besides the built-in ones.
  std::size_t contacts = 0;
  std::size_t calls = 0;
  std::int64_t days = 0;  ///< Of history.
};

/// "bare", which is the cast alone, and those of assets/profiles.json.
std::vector<std::string> ProfileNames();

/// The parts of a world that grow.
struct Soil {
  World& world;
  Directory& directory;
  ContactBook& contacts;
  TagBook& tags;
  IdSource& ids;
};

/// Grows a plausible company around the cast, with a history that ends at `end`: the same for the
/// same seed, profile and end. Nobody hears of it. "bare" grows nothing.
void GrowCompany(const std::string& profile, const Soil& soil, std::uint64_t seed, WallTime end);

}  // namespace sb::aircall::sandbox
