#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/adapters/s3/place.h"
#include "engine/adapters/s3/signature.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/ports/clock.h"
#include "engine/ports/http_client.h"
#include "engine/ports/media_store.h"

namespace sb::adapters::s3 {

/// Files in a bucket. A file is written to the disk first and goes into the bucket in Finish, with
/// one request that the store carries out whole or not at all and checks against its SHA-256:
/// there is never half a file, nor anything to clean up (docs/adr/0040). Requests that a busy
/// store turns down, or that are not answered, are sent again, at most twice.
class S3MediaStore : public ports::MediaStore {
 public:
  struct Dependencies {
    /// A client of its own: Create's writers are written to on threads of other clients.
    ports::HttpClient& http;
    const ports::Clock& clock;  ///< Signatures hold for a quarter of an hour around it.
    /// Asked before every request, as keys may be temporary. Thread-safe.
    std::function<Result<Credentials>()> credentials;
    /// Holds the calling thread up for so long.
    std::function<void(Millis)> rest;
  };

  struct Settings {
    Place place;
    std::filesystem::path spool;  ///< Where files are until they are whole; takes the largest ones.
    Millis answer_timeout = std::chrono::seconds(15);
    Millis upload_timeout = std::chrono::minutes(15);  ///< Of a whole file.
  };

  S3MediaStore(Settings settings, Dependencies dependencies);

  /// Writes, reads and erases a small file, so that what is wrong with the place or the key is seen
  /// at the start. `mark`, of lower-case letters and digits, tells it from those of others.
  /// kInvalid MEDIA_STORE_REFUSED: it is not fit for recordings as it is; kUnavailable
  /// MEDIA_STORE_UNAVAILABLE: it cannot be reached now.
  Status Probe(const std::string& mark);

  Result<std::unique_ptr<Writer>> Create(const std::string& key) override;
  Result<std::int64_t> Size(const std::string& key) override;
  Result<std::string> Read(const std::string& key, std::int64_t offset, std::size_t most) override;
  Status Erase(const std::string& key) override;

 private:
  class FileWriter;

  /// What is asked of the store for one file.
  struct Ask {
    std::string method;
    std::string key;
    ports::HttpHeaders headers = {};
    std::string payload_sha256;
    std::optional<ports::HttpUpload> upload = {};
    std::size_t most_body = 0;
    Millis timeout{};
  };

  // These tell what an operator has to change (kInvalid MEDIA_STORE_REFUSED) from an outage; the
  // port's verbs call both unavailable, as both may be over some day.
  Status PutFile(const std::string& key, const ports::HttpUpload& upload,
                 const std::string& payload_sha256);
  Result<std::int64_t> SizeOf(const std::string& key);
  Result<std::string> ReadPart(const std::string& key, std::int64_t offset, std::size_t most);
  Status EraseFile(const std::string& key);

  Ask AskFor(const std::string& method, const std::string& key) const;
  /// 206 with bytes from `offset` on, or 416: there are none.
  Result<ports::HttpResponse> GetRange(const std::string& key, std::int64_t offset,
                                       std::size_t most);
  /// The answer, whatever it says, once the store is not too busy for it.
  Result<ports::HttpResponse> Exchange(const Ask& ask);
  Result<ports::HttpResponse> SendOnce(const Ask& ask);
  Error Refusal(const ports::HttpResponse& answer) const;

  const Settings settings_;
  const Dependencies deps_;
  const std::string of_nothing_;  ///< The SHA-256 of an empty body.
};

}  // namespace sb::adapters::s3
