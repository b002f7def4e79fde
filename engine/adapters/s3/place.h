#pragma once

#include <string>

#include "engine/base/result.h"

namespace sb::adapters::s3 {

/// A bucket, and how to reach it.
struct Place {
  std::string bucket;
  std::string prefix;    ///< Before each key: "" or "calls/eu/".
  std::string endpoint;  ///< "https://s3.eu-west-3.amazonaws.com": no path, no standard port.
  std::string region;
  bool bucket_in_host = false;  ///< https://bucket.host/key, else https://host/bucket/key.
  std::string encryption;       ///< Asked for with each file: "", "AES256" or "aws:kms".
  std::string encryption_key;   ///< For "aws:kms": the key's name; empty: the bucket's own.
};

/// The address of a file.
std::string UrlOf(const Place& place, const std::string& key);

/// Reads "s3://bucket" or "s3://bucket/some/prefix": bucket and prefix of a Place. Prefixes are of
/// letters, digits and "-._", so that every store and proxy reads them alike. kInvalid
/// CONFIG_INVALID.
Result<Place> ParsePlace(const std::string& text);

/// Brings an endpoint into the form of Place::endpoint: in lower case, without a standard port.
/// kInvalid CONFIG_INVALID.
Result<std::string> ParseEndpoint(const std::string& text);

}  // namespace sb::adapters::s3
