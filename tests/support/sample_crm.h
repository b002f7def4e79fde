#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/base/json.h"
#include "engine/ports/clock.h"
#include "engine/ports/http_client.h"

namespace sb::testing {

/// The far side of docs/examples/connectors/samplecrm: a CRM's contacts over HTTP, in memory.
/// Thread-safe.
class SampleCrm {
 public:
  static constexpr const char* kKey = "samplecrm-key";

  explicit SampleCrm(const ports::Clock& clock) : clock_(clock) {}

  /// Path with its query as in the request's URL, below /v1.
  Result<ports::HttpResponse> Answer(const ports::HttpRequest& request);

  // ---- What people do in the CRM

  std::string Add(const Json& fields);
  void Edit(const std::string& id, const Json& fields);
  void Remove(const std::string& id);
  /// Null: there is none.
  Json Get(const std::string& id) const;
  std::size_t size() const;

  /// Asked before anything else; what it gives is the answer.
  std::function<std::optional<Result<ports::HttpResponse>>(const ports::HttpRequest&)> interfere;
  /// The next request that writes takes effect, and its answer is lost.
  bool lose_next_answer = false;

 private:
  using Query = std::map<std::string, std::string>;

  ports::HttpResponse Route(const std::string& method, const std::string& path, const Query& query,
                            const std::string& body);
  ports::HttpResponse List(const Query& query) const;
  ports::HttpResponse Search(const Query& query) const;
  ports::HttpResponse Make(const std::string& body);
  ports::HttpResponse One(const std::string& method, const std::string& id,
                          const std::string& body);
  void Touch(Json& contact, const Json& fields) const;

  const ports::Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, Json> contacts_;  // mutex_
  int next_ = 1001;                       // mutex_
};

}  // namespace sb::testing
