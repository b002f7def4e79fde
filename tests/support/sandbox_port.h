#pragma once

#include <string>

#include "connectors/aircall/sandbox/door/emulator.h"
#include "engine/base/text.h"
#include "engine/ports/http_client.h"

namespace sb::testing {

/// What the Aircall sandbox makes of a request that our HttpClient port would send: the real
/// emulator, without a socket between. kInDoubt HTTP_NO_ANSWER when it hangs up.
inline Result<ports::HttpResponse> AskSandbox(aircall::sandbox::Emulator& emulator,
                                              const ports::HttpRequest& request) {
  const auto header = [&](const char* wanted) {
    for (const auto& [name, value] : request.headers) {
      if (name == wanted) return value;
    }
    return std::string();
  };
  const std::size_t start = request.url.find('/', request.url.find("://") + 3);
  const std::string target = request.url.substr(start);
  const auto mark = target.find('?');
  const auto reply =
      emulator.Handle({.method = request.method,
                       .path = target.substr(0, mark),
                       .query = mark == std::string::npos ? "" : target.substr(mark + 1),
                       .authorization = header("Authorization"),
                       .content_type = header("Content-Type"),
                       .body = request.body});
  if (reply.hang_up || reply.cut_short) return InDoubt("HTTP_NO_ANSWER", "no complete answer came");
  ports::HttpResponse response{.status = reply.status, .headers = {}, .body = reply.body};
  response.headers.emplace_back("content-type", reply.content_type);
  for (const auto& [name, value] : reply.headers) {
    response.headers.emplace_back(Lower(name), value);
  }
  return response;
}

}  // namespace sb::testing
