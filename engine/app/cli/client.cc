#include "engine/app/cli/client.h"

#include <chrono>
#include <map>
#include <utility>

#include <grpc/support/log.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <nlohmann/json.hpp>

#include "engine/app/cli/text.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace sb::app::cli {
namespace {

constexpr int kMessageBytes = 4 * 1024 * 1024;

void DropLog(gpr_log_func_args*) {}

std::string Trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  return begin == std::string::npos
             ? ""
             : text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::string DirectoryHint(const std::filesystem::path& data_dir) {
  return "is `switchboard serve` running with this data directory (" + data_dir.string() +
         ")? Otherwise name the server's with --data-dir, or its address with --endpoint and a key "
         "with --api-key-file";
}

const std::map<std::string, std::string>& HintsByCode() {
  static const std::map<std::string, std::string> kHints = {
      {"API_KEY_UNKNOWN",
       "the server's own key lies in admin.key of its data directory: name that with --data-dir"},
      {"API_KEY_MISSING", "name a file with the key by --api-key-file, or set SWITCHBOARD_API_KEY"},
      {"API_KEY_EXPIRED", "`switchboard api-key list` with another key shows its successor"},
      {"API_KEY_NOT_FOUND", "`switchboard api-key list` shows the keys"},
      {"ACCOUNT_NOT_FOUND", "`switchboard account list` shows the accounts"},
      {"ACCOUNT_NEEDS_REAUTH", "connect it again with `switchboard account connect`"},
      {"WORKFLOW_NOT_FOUND", "`switchboard workflow list` shows what was deployed"},
      {"WORKFLOW_VERSION_EXISTS",
       "raise `document.version` in the file: a deployed version never changes"},
      {"RUN_NOT_FOUND", "`switchboard run list` shows the runs"},
      {"DEAD_LETTER_NOT_FOUND", "`switchboard dead-letter list` shows what there is"},
      {"EVENT_NOT_FOUND", "`switchboard event list` shows the events"},
      {"ACTION_UNKNOWN", "`switchboard connector show aircall` lists the actions"},
      {"ACTION_INPUT_INVALID", "`switchboard connector show <action>` shows what it takes"},
      {"CONNECTOR_NOT_FOUND", "`switchboard connector list` shows the connectors"},
  };
  return kHints;
}

std::string HintFor(const std::string& code, grpc::StatusCode status) {
  if (const auto found = HintsByCode().find(code); found != HintsByCode().end())
    return found->second;
  if (status == grpc::StatusCode::DEADLINE_EXCEEDED) return "allow more time with --timeout";
  if (status == grpc::StatusCode::UNKNOWN)
    return "look at the provider whether it took effect before repeating it";
  return {};
}

void AddDetail(const google::protobuf::Any& detail, Trouble& trouble) {
  if (google::rpc::ErrorInfo info; detail.UnpackTo(&info)) trouble.code = info.reason();
  if (google::rpc::BadRequest request; detail.UnpackTo(&request)) {
    // A single fault is in the message already.
    if (request.field_violations_size() < 2) return;
    for (const auto& violation : request.field_violations()) {
      trouble.fields.push_back(violation.field() + ": " + violation.description());
    }
  }
}

}  // namespace

int Report(const Environment& environment, const Trouble& trouble) {
  environment.err << "error: " << Printable(trouble.message) << "\n";
  for (const std::string& field : trouble.fields)
    environment.err << "  " << Printable(field) << "\n";
  if (!trouble.code.empty()) environment.err << "  code: " << Printable(trouble.code) << "\n";
  if (!trouble.hint.empty()) environment.err << "  hint: " << trouble.hint << "\n";
  return trouble.exit_code;
}

std::optional<Trouble> Client::FindEndpoint() {
  endpoint_ =
      options_.endpoint.empty() ? environment_.variables(kEndpointVariable) : options_.endpoint;
  if (!endpoint_.empty()) return {};
  const auto data_dir = DataDir(options_.data_dir, environment_.variables);
  const auto path = data_dir / kEndpointsFile;
  const auto text = ReadFile(path);
  const auto json = text.ok() ? ParseJson(*text) : Result<Json>(text.error());
  if (json.ok()) endpoint_ = TextMember(*json, "grpc");
  if (json.ok()) tls_ = Member(*json, "tls") == true;
  if (!endpoint_.empty()) return {};
  return Trouble{kUnreachable,
                 "cannot tell where the server is: " + path.string() + " is missing or unreadable",
                 "ENDPOINT_UNKNOWN",
                 DirectoryHint(data_dir),
                 {}};
}

std::optional<Trouble> Client::ReadKeyFile(const std::string& path, int exit_code,
                                           const std::string& hint) {
  const auto text = ReadFile(path);
  if (text.ok()) key_ = Secret(Trimmed(*text));
  if (!key_.empty()) return {};
  const std::string why = text.ok() ? path + " is empty" : text.error().message;
  return Trouble{exit_code, "cannot read the API key: " + why, "API_KEY_FILE_UNREADABLE", hint, {}};
}

std::optional<Trouble> Client::FindKey() {
  if (!options_.api_key_file.empty()) {
    return ReadKeyFile(options_.api_key_file, kUsage,
                       "--api-key-file names a file that holds the key and nothing else");
  }
  if (auto key = Trimmed(environment_.variables(kApiKeyVariable)); !key.empty()) {
    key_ = Secret(std::move(key));
    return {};
  }
  const auto data_dir = DataDir(options_.data_dir, environment_.variables);
  return ReadKeyFile((data_dir / kAdminKeyFile).string(), kUnreachable, DirectoryHint(data_dir));
}

std::optional<Trouble> Client::FindCredentials() {
  const auto given = [this](const std::string& option, const char* variable) {
    return option.empty() ? environment_.variables(variable) : option;
  };
  grpc::SslCredentialsOptions pem;
  for (const auto& [file, text] :
       {std::pair(given(options_.ca_file, kCaFileVariable), &pem.pem_root_certs),
        std::pair(given(options_.cert_file, kCertFileVariable), &pem.pem_cert_chain),
        std::pair(given(options_.key_file, kKeyFileVariable), &pem.pem_private_key)}) {
    if (file.empty()) continue;
    auto content = ReadFile(file);
    if (!content.ok()) {
      return Trouble{kUsage,
                     content.error().message,
                     content.error().code,
                     "--ca-file, --cert-file and --key-file name PEM files",
                     {}};
    }
    *text = *std::move(content);
    tls_ = true;
  }
  const std::string variable = environment_.variables(kTlsVariable);
  tls_ = tls_ || options_.tls || variable == "1" || variable == "true";
  credentials_ = tls_ ? grpc::SslCredentials(pem) : grpc::InsecureChannelCredentials();
  return {};
}

std::optional<Trouble> Client::Open() {
  if (channel_ != nullptr) return {};
  if (auto trouble = FindEndpoint()) return trouble;
  if (auto trouble = FindCredentials()) return trouble;
  if (auto trouble = FindKey()) return trouble;
  gpr_set_log_function(DropLog);  // what went wrong is said by us, once
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY,
                   0);  // an http_proxy variable must not carry the key elsewhere
  arguments.SetMaxReceiveMessageSize(kMessageBytes);
  channel_ = grpc::CreateCustomChannel(endpoint_, credentials_, arguments);
  return {};
}

void Client::Prepare(grpc::ClientContext& context, bool with_deadline) const {
  context.AddMetadata("authorization", "Bearer " + key_.Reveal());
  if (!with_deadline) return;
  const auto timeout = std::chrono::duration<double>(options_.timeout_seconds);
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::duration_cast<std::chrono::system_clock::duration>(timeout));
}

std::optional<Trouble> Client::Judge(const grpc::Status& status) const {
  if (status.ok()) return {};
  Trouble trouble{kRefused, status.error_message(), {}, {}, {}};
  google::rpc::Status details;
  if (!status.error_details().empty() && details.ParseFromString(status.error_details())) {
    for (const auto& detail : details.details()) AddDetail(detail, trouble);
  } else if (status.error_code() ==
             grpc::StatusCode::UNAVAILABLE) {  // without details: no server of ours said it
    return Trouble{kUnreachable,
                   "cannot reach the server at " + endpoint_,
                   "SERVER_UNREACHABLE",
                   tls_ ? "is `switchboard serve` running there, with a certificate for this name "
                          "that --ca-file (or this machine) trusts?"
                        : "is `switchboard serve` running there? Where it uses TLS, add --tls",
                   {}};
  } else if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
    trouble.message = "no answer in time";
  }
  trouble.hint = HintFor(trouble.code, status.error_code());
  return trouble;
}

}  // namespace sb::app::cli
