#pragma once

#include <functional>
#include <string>

#include "engine/adapters/s3/place.h"
#include "engine/adapters/s3/signature.h"
#include "engine/app/config.h"

namespace sb::app {

/// The bucket that the configuration names. Fails with kInvalid CONFIG_INVALID, and
/// CONFIG_CLEAR_TEXT for an endpoint beyond this machine without TLS.
Result<adapters::s3::Place> RecordingPlaceOf(const ServeConfig& config);

/// What is wrong with all that the configuration says of where recordings are kept.
Status CheckRecordingPlace(const ServeConfig& config);

/// For the start-up line; without keys.
std::string PrintableRecordingPlace(const ServeConfig& config);

/// The key of the bucket: what came by the environment as it is, files read anew each time, so
/// that whoever renews a temporary key writes them and is done. Its Error names the file.
std::function<Result<adapters::s3::Credentials>()> BucketCredentials(const BucketKey& key);

}  // namespace sb::app
