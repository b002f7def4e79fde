#pragma once

#include <string>

#include "engine/base/secret.h"
#include "engine/base/time.h"
#include "engine/ports/http_client.h"

namespace sb::adapters::s3 {

/// An access key of the store.
struct Credentials {
  std::string key_id;
  Secret secret;
  Secret session_token;  ///< Empty: the key is not a temporary one.
};

/// Signs a request of the service "s3" with AWS Signature Version 4: adds Host, X-Amz-Date,
/// X-Amz-Content-Sha256 (and X-Amz-Security-Token), and an Authorization over these and every
/// header that the request has by then. What a proxy may change is therefore added afterwards.
///
/// Of `request` only method, url and headers count. The URL is absolute, in the form in which it
/// is sent (its path percent-encoded, its host in lower case, no standard port) and without a
/// query. `payload_sha256` is that of the body, raw.
void Sign(ports::HttpRequest& request, const Credentials& credentials, const std::string& region,
          const std::string& payload_sha256, WallTime now);

}  // namespace sb::adapters::s3
