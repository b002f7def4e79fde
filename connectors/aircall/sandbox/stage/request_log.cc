#include "connectors/aircall/sandbox/stage/request_log.h"

#include <utility>

#include "engine/base/encoding.h"

namespace sb::aircall::sandbox {
namespace {

constexpr std::size_t kRequestsKept = 10'000;

bool CarriesSecrets(const std::string& path) {
  return path.find("/oauth/") != std::string::npos || path.starts_with("/media/");
}

}  // namespace

void RequestLog::Add(const Request& request, LoggedRequest entry) {
  entry.seq = next_seq_++;
  entry.method = request.method;
  entry.path = request.path;
  if (!CarriesSecrets(request.path)) {
    entry.query = request.query;
    entry.body = request.body;
    if (!request.body.empty()) entry.body_sha256 = ToHex(Sha256(request.body));
  }
  entries_.push_back(std::move(entry));
  if (entries_.size() > kRequestsKept) entries_.pop_front();
}

}  // namespace sb::aircall::sandbox
