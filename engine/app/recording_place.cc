#include "engine/app/recording_place.h"

#include <regex>

#include "engine/base/file.h"
#include "engine/core/peers/network.h"

namespace sb::app {
namespace {

constexpr const char* kUsualRegion = "us-east-1";

Error BadS3Option(const std::string& option, const std::string& value, const std::string& takes) {
  return Invalid("CONFIG_INVALID",
                 "--recordings-s3" + option + " is '" + value + "'; it takes " + takes);
}

bool IsOnThisMachine(const std::string& endpoint) {
  static const std::regex kHostPart(R"(https?://(\[[^\]]*\]|[^:]*).*)");
  std::smatch parts;
  if (!std::regex_match(endpoint, parts, kHostPart)) return false;
  std::string host = parts[1];
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  const auto address = core::IpAddress::Parse(host);
  return address ? address->IsLoopback() : host == "localhost";
}

Status SetRegionAndEndpoint(const ServeConfig& config, adapters::s3::Place& place) {
  static const std::regex kRegion("[a-z0-9-]{1,64}");
  place.region = config.recordings_s3_region.empty() ? kUsualRegion : config.recordings_s3_region;
  if (!std::regex_match(place.region, kRegion))
    return BadS3Option("-region", place.region, "the name of a region, such as eu-west-3");
  const std::string given = config.recordings_s3_endpoint.empty()
                                ? "https://s3." + place.region + ".amazonaws.com"
                                : config.recordings_s3_endpoint;
  auto endpoint = adapters::s3::ParseEndpoint(given);
  if (!endpoint.ok()) return endpoint.error();
  place.endpoint = std::move(*endpoint);
  if (place.endpoint.starts_with("https://") || config.recordings_s3_insecure ||
      IsOnThisMachine(place.endpoint))
    return {};
  return Invalid("CONFIG_CLEAR_TEXT",
                 "--recordings-s3-endpoint " + place.endpoint +
                     " would carry recordings in clear text over the network: say https://, or "
                     "--recordings-s3-insecure where the network itself is protected");
}

/// Amazon wants the bucket in the host name; most others are set up without the certificates and
/// names for that, as is a bucket with dots.
Status SetStyle(const ServeConfig& config, adapters::s3::Place& place) {
  const std::string& style = config.recordings_s3_style;
  if (!style.empty() && style != "host" && style != "path")
    return BadS3Option("-style", style, "host or path");
  const bool usual =
      config.recordings_s3_endpoint.empty() && place.bucket.find('.') == std::string::npos;
  place.bucket_in_host = style.empty() ? usual : style == "host";
  return {};
}

Status SetEncryption(const ServeConfig& config, adapters::s3::Place& place) {
  static const std::regex kEncryption(R"((AES256)|(aws:kms)(?::([A-Za-z0-9:/_-]{1,200}))?)");
  std::smatch parts;
  const std::string& text = config.recordings_s3_encryption;
  if (text.empty()) return {};
  if (text.size() > 250 || !std::regex_match(text, parts, kEncryption))
    return BadS3Option("-encryption", text, "AES256, aws:kms, or aws:kms:KEY");
  place.encryption = parts[1].matched ? parts[1].str() : parts[2].str();
  place.encryption_key = parts[3];
  return {};
}

Result<Secret> ReadKeyPart(const BucketKey::Part& part) {
  if (part.file.empty()) return part.value;
  auto content = ReadFile(part.file);
  if (!content.ok()) return content.error();
  while (!content->empty() && (content->back() == '\n' || content->back() == '\r'))
    content->pop_back();
  return Secret(*content);
}

bool IsGiven(const BucketKey::Part& part) {
  return !part.value.empty() || !part.file.empty();
}

}  // namespace

Result<adapters::s3::Place> RecordingPlaceOf(const ServeConfig& config) {
  auto place = adapters::s3::ParsePlace(config.recordings_s3);
  if (!place.ok()) return place;
  for (const auto step : {&SetRegionAndEndpoint, &SetStyle, &SetEncryption}) {
    if (const Status done = step(config, *place); !done.ok()) return done.error();
  }
  return place;
}

Status CheckRecordingPlace(const ServeConfig& config) {
  if (config.recordings_s3.empty()) {
    const bool stray = !config.recordings_s3_endpoint.empty() ||
                       !config.recordings_s3_region.empty() ||
                       !config.recordings_s3_style.empty() ||
                       !config.recordings_s3_encryption.empty() || config.recordings_s3_insecure;
    if (!stray) return {};
    return Invalid("CONFIG_INVALID",
                   "options of --recordings-s3 are given without it; say s3://bucket/prefix");
  }
  if (!config.recordings_dir.empty())
    return Invalid("CONFIG_INVALID",
                   "recordings are kept in one place: --recordings-dir or --recordings-s3");
  const auto place = RecordingPlaceOf(config);
  if (!place.ok()) return place.error();
  if (IsGiven(config.bucket_key.id) && IsGiven(config.bucket_key.secret)) return {};
  return Invalid("CONFIG_INVALID",
                 "--recordings-s3 needs a key: put it into AWS_ACCESS_KEY_ID and "
                 "AWS_SECRET_ACCESS_KEY, or name files by these with _FILE behind");
}

std::string PrintableRecordingPlace(const ServeConfig& config) {
  if (config.recordings_s3.empty()) {
    return config.recordings_dir.empty() ? "below the data directory"
                                         : config.recordings_dir.string();
  }
  const auto place = RecordingPlaceOf(config);
  if (!place.ok()) return config.recordings_s3;
  return adapters::s3::UrlOf(*place, "") + " in region " + place->region +
         (place->encryption.empty() ? "" : ", encrypted by " + place->encryption);
}

std::function<Result<adapters::s3::Credentials>()> BucketCredentials(const BucketKey& key) {
  return [key]() -> Result<adapters::s3::Credentials> {
    adapters::s3::Credentials credentials;
    const auto id = ReadKeyPart(key.id);
    if (!id.ok()) return id.error();
    credentials.key_id = id->Reveal();
    auto secret = ReadKeyPart(key.secret);
    if (!secret.ok()) return secret.error();
    credentials.secret = std::move(*secret);
    auto token = ReadKeyPart(key.session_token);
    if (!token.ok()) return token.error();
    credentials.session_token = std::move(*token);
    return credentials;
  };
}

}  // namespace sb::app
