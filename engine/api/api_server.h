#pragma once

#include <memory>
#include <string>

#include "engine/api/dependencies.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/base/tls_files.h"

namespace sb::api {

/// The gRPC door: the services of proto/switchboard/v1, with reflection and health. Handlers never
/// block a gRPC thread: the work is posted to `Dependencies::post`, which must run everything it
/// has taken until Stop has returned.
///
/// Start and Stop are for one thread. After Stop the object must live until the engine and the pool
/// have stopped, too: a late answer of theirs still comes here, and is dropped.
class ApiServer {
 public:
  explicit ApiServer(Dependencies dependencies);
  ~ApiServer();  ///< Stops at once.
  ApiServer(const ApiServer&) = delete;
  ApiServer& operator=(const ApiServer&) = delete;

  /// Listens on "host:port" (port 0: a free one) or "unix:/path"; in clear text unless `tls` names
  /// files, which must be usable and are read anew when they are renewed. kInvalid
  /// LISTEN_ADDRESS_INVALID; kConflict ADDRESS_IN_USE.
  Status Start(const std::string& listen, const TlsFiles& tls = {});

  /// "127.0.0.1:41234", with the port that was chosen; empty before Start.
  const std::string& address() const { return address_; }

  /// Takes no more calls, ends watches, lets the others end for `grace`, then answers those that
  /// still wait for the engine or a provider with UNKNOWN API_STOPPING. Safe twice, or unstarted.
  void Stop(Millis grace);

 private:
  struct Running;

  const Dependencies deps_;
  std::string address_;
  std::unique_ptr<Running> running_;
};

}  // namespace sb::api
