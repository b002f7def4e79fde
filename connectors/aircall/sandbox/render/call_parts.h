#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/render/render.h"
#include "connectors/aircall/sandbox/world/objects.h"
#include "connectors/aircall/sandbox/world/switches.h"

namespace sb::aircall::sandbox {

/// The users, numbers and teams that calls share, as text drawn earlier. Each keeps what it was
/// drawn from, and is drawn again when that has changed, whoever changed it. Guarded by its owner.
class CallParts {
 public:
  /// Forgets all of it unless these are still as they were: every part depends on them.
  void Suit(const Switches& switches, const std::string& base_url) {
    if (switches == switches_ && base_url == base_url_) return;
    *this = CallParts();
    switches_ = switches;
    base_url_ = base_url;
  }

  template <typename T>
  struct Part {
    T source;
    Doc text;
  };

  struct TeamSource {
    Team team;
    std::vector<User> users;

    bool operator==(const TeamSource&) const = default;
  };

  template <typename T, typename Draw>
  static const Doc& Get(std::map<std::int64_t, Part<T>>& parts, std::int64_t id, const T& source,
                        const Draw& draw) {
    Part<T>& part = parts[id];
    if (part.text.is_null() || !(part.source == source)) part = {source, Ready(draw())};
    return part.text;
  }

  std::map<std::int64_t, Part<User>> users;
  std::map<std::int64_t, Part<User>> authors;
  std::map<std::int64_t, Part<Number>> numbers;
  std::map<std::int64_t, Part<TeamSource>> teams;

 private:
  Switches switches_;
  std::string base_url_;
};

}  // namespace sb::aircall::sandbox
