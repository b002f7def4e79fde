#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/status.h>

#include "engine/app/cli/environment.h"
#include "engine/base/secret.h"

namespace sb::app::cli {

/// Options that every command takes.
struct GlobalOptions {
  std::string endpoint;
  std::string api_key_file;
  std::string data_dir;
  bool tls = false;       ///< Also where a file below is named.
  std::string ca_file;    ///< Empty: the authorities that this machine trusts.
  std::string cert_file;  ///< Ours, for servers that ask for one; with key_file.
  std::string key_file;
  std::string output = "table";
  double timeout_seconds = 30;
};

/// Why a command failed, for a person.
struct Trouble {
  int exit_code = kRefused;
  std::string message;
  std::string code;                 ///< "ACCOUNT_NOT_FOUND"; may be empty.
  std::string hint;                 ///< What to try; may be empty.
  std::vector<std::string> fields;  ///< "page_size: must be 1 to 1000"
};

/// "error: ..." with what else there is to say, on the error stream. Returns the exit code.
int Report(const Environment& environment, const Trouble& trouble);

/// Talks to the server: finds its address and the API key, adds the key and a deadline to every
/// call, and puts what goes wrong into words. Nothing is repeated. One thread.
class Client {
 public:
  Client(const Environment& environment, const GlobalOptions& options)
      : environment_(environment), options_(options) {}

  /// One call. `Service` is the generated class, `method` one of its stub's.
  template <typename Service, typename Request, typename Response>
  std::optional<Trouble> Call(grpc::Status (Service::StubInterface::*method)(grpc::ClientContext*,
                                                                             const Request&,
                                                                             Response*),
                              const Request& request, Response& response) {
    if (auto trouble = Open()) return trouble;
    grpc::ClientContext context;
    Prepare(context, true);
    const auto stub = Service::NewStub(channel_);
    return Judge((stub.get()->*method)(&context, request, &response));
  }

  /// For streams: connects, and adds the key; the deadline only where the user gave one.
  std::optional<Trouble> Open();
  void Prepare(grpc::ClientContext& context, bool with_deadline) const;

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

  /// Nothing when the call went well.
  std::optional<Trouble> Judge(const grpc::Status& status) const;

 private:
  std::optional<Trouble> FindEndpoint();
  std::optional<Trouble> FindKey();
  std::optional<Trouble> FindCredentials();
  std::optional<Trouble> ReadKeyFile(const std::string& path, int exit_code,
                                     const std::string& hint);

  const Environment& environment_;
  const GlobalOptions& options_;
  std::string endpoint_;
  bool tls_ = false;
  Secret key_;
  std::shared_ptr<grpc::ChannelCredentials> credentials_;  // shared: as gRPC hands it out
  std::shared_ptr<grpc::Channel> channel_;                 // shared: as gRPC hands it out
};

}  // namespace sb::app::cli
