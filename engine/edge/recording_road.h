#pragma once

#include <memory>
#include <string>

#include "engine/accounts/recording_links.h"
#include "engine/edge/bounded_executor.h"
#include "engine/edge/http.h"
#include "engine/ports/clock.h"
#include "engine/ports/media_store.h"
#include "engine/ports/recording_store.h"

namespace sb::edge {

/// Serves kept recordings to whoever has a signed link that still holds; in parts, where a player
/// asks for them. Files are read while they are sent and are never whole in memory.
class RecordingRoad {
 public:
  struct Dependencies {
    ports::RecordingStore* recordings = nullptr;  ///< Null, as the others: nothing is kept here.
    ports::MediaStore* media = nullptr;
    const accounts::RecordingLinks* links = nullptr;
    BoundedExecutor& workers;
    const ports::Clock& clock;
    Millis patience{60'000};
  };

  explicit RecordingRoad(const Dependencies& dependencies) : deps_(dependencies) {}

  bool IsOpen() const { return deps_.recordings && deps_.media && deps_.links; }

  /// Answers a request for "/recordings/<recording>". On the listener's thread.
  void Serve(const std::shared_ptr<Exchange>& exchange, const std::string& recording);

 private:
  Reply Answer(const Request& request, const std::string& text);
  Reply FileReply(const Request& request, const ports::Recording& recording, std::int64_t size);

  Dependencies deps_;
};

}  // namespace sb::edge
