#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "engine/base/json.h"
#include "engine/base/time.h"

namespace sb::core::event {

/// An event that came as a CloudEvent, not in a provider's own form.
struct Publication {
  std::string id;      ///< The publisher's.
  std::string source;  ///< "/accounts/acc_..."
  std::string type;
  std::string subject;
  WallTime time;
  Json data = Json::object();
};

/// The bytes that the inbox keeps of it: a CloudEvent in its JSON form, as ReadCloudEvent takes it.
std::string ToBody(const Publication& publication);

}  // namespace sb::core::event
