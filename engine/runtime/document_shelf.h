#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "engine/base/json.h"
#include "engine/base/time.h"

namespace sb::runtime {

/// OpenAPI documents that were read lately, so that a call need not read its document each time.
/// Bounded in number and size; those whose time ends first make room. Not thread-safe.
class DocumentShelf {
 public:
  // Shared with the calls that still read a document when it leaves the shelf.
  using Document = std::shared_ptr<const Json>;

  static constexpr std::size_t kMostDocuments = 64;
  static constexpr std::size_t kMostBytes = 16UL * 1024 * 1024;  ///< As texts.
  static constexpr Millis kKept = std::chrono::minutes(5);

  /// Null when it is not there, or is too old.
  Document Find(const std::string& key, WallTime now) const {
    const auto found = places_.find(key);
    return found == places_.end() || found->second.until <= now ? nullptr : found->second.document;
  }

  /// `bytes`: how long its text is.
  void Put(const std::string& key, Document document, std::size_t bytes, WallTime now) {
    Remove(places_.find(key));
    if (bytes > kMostBytes) return;
    while (places_.size() >= kMostDocuments || bytes_ + bytes > kMostBytes)
      Remove(std::ranges::min_element(places_, {},
                                      [](const auto& each) { return each.second.until; }));
    bytes_ += bytes;
    places_[key] = {std::move(document), bytes, now + kKept};
  }

 private:
  struct Place {
    Document document;
    std::size_t bytes = 0;
    WallTime until;
  };

  void Remove(std::map<std::string, Place>::iterator place) {
    if (place == places_.end()) return;
    bytes_ -= place->second.bytes;
    places_.erase(place);
  }

  std::map<std::string, Place> places_;
  std::size_t bytes_ = 0;
};

}  // namespace sb::runtime
