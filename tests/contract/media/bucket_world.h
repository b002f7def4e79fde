#pragma once

#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/adapters/curl/curl_http_client.h"
#include "engine/adapters/s3/s3_media_store.h"
#include "tests/contract/media/s3_stand_in.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"

namespace sb::testing {

/// A bucket of the stand-in, and the store on it.
class BucketWorld {
 public:
  using Place = adapters::s3::Place;

  /// The bucket named by the path, unless `change` says otherwise of the place.
  explicit BucketWorld(const std::function<void(Place&)>& change = {},
                       Millis patience = std::chrono::seconds(20))
      : store_(SettingsWith(change, patience), {http_, clock_, [this] { return credentials(); },
                                                [this](Millis time) { rests_.push_back(time); }}) {}

  static void InTheHost(Place& place) {
    place.bucket_in_host = true;
    place.endpoint = "http://s3.test";
  }

  adapters::s3::S3MediaStore& store() { return store_; }

  S3StandIn& bucket() { return bucket_; }

  FakeClock& clock() { return clock_; }

  /// How long the store rested before it asked again.
  const std::vector<Millis>& rests() const { return rests_; }

  std::filesystem::path spool() const { return folder_.path() / "uploads"; }

  /// The key that the store is given from now on.
  void Use(const S3StandIn::Key& key) {
    const std::lock_guard lock(mutex_);
    key_ = key;
  }

  void LoseKey(Error error) {
    const std::lock_guard lock(mutex_);
    lost_ = std::move(error);
  }

 private:
  adapters::s3::S3MediaStore::Settings SettingsWith(const std::function<void(Place&)>& change,
                                                    Millis patience) {
    Place place;
    place.bucket = S3StandIn::kBucket;
    place.prefix = "kept/";
    place.endpoint = bucket_.url();
    place.region = S3StandIn::kRegion;
    if (change) change(place);
    return {
        .place = place, .spool = spool(), .answer_timeout = patience, .upload_timeout = patience};
  }

  Result<adapters::s3::Credentials> credentials() {
    const std::lock_guard lock(mutex_);
    if (lost_) return *lost_;
    return adapters::s3::Credentials{key_.id, Secret(key_.secret), Secret(key_.token)};
  }

  TempDir folder_;
  FakeClock clock_;
  S3StandIn bucket_{clock_};
  adapters::curl::CurlHttpClient http_{{.addresses = adapters::curl::AddressPolicy::kAnywhere,
                                        .hosts = {.origins = {{S3StandIn::kHost, bucket_.url()}}}}};
  std::mutex mutex_;
  S3StandIn::Key key_;
  std::optional<Error> lost_;
  std::vector<Millis> rests_;  ///< Touched by the test's thread alone, which does all the asking.
  adapters::s3::S3MediaStore store_;
};

}  // namespace sb::testing
