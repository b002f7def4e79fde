#include "engine/api/error_mapping.h"

#include <algorithm>
#include <utility>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace sb::api {
namespace {

constexpr const char* kDomain = "switchboard.dev";
// Details travel in a trailer, and a client's limit for all trailers together is 8 KiB unless it
// says otherwise.
constexpr std::size_t kMostFields = 10;
constexpr std::size_t kMostErrorBytes = 400;
constexpr std::size_t kMostMessageBytes = 1500;

std::string Shortened(const std::string& text, std::size_t most) {
  if (text.size() <= most) return text;
  std::size_t cut = most;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0U) == 0x80U)
    --cut;  // not inside a character
  return text.substr(0, cut) + "...";
}

grpc::StatusCode CodeOfKind(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalid:
      return grpc::StatusCode::INVALID_ARGUMENT;
    case ErrorKind::kUnauthorized:
      // The caller's own key is dealt with by its codes: what is refused here is an account's
      // credential, and a client must not take that for a refusal of its key.
      return grpc::StatusCode::FAILED_PRECONDITION;
    case ErrorKind::kForbidden:
      return grpc::StatusCode::PERMISSION_DENIED;
    case ErrorKind::kNotFound:
      return grpc::StatusCode::NOT_FOUND;
    case ErrorKind::kConflict:
      return grpc::StatusCode::ABORTED;
    case ErrorKind::kRateLimited:
      return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case ErrorKind::kUnavailable:
      return grpc::StatusCode::UNAVAILABLE;
    case ErrorKind::kTimeout:
      return grpc::StatusCode::DEADLINE_EXCEEDED;
    case ErrorKind::kInDoubt:
      return grpc::StatusCode::UNKNOWN;
    case ErrorKind::kCancelled:
      return grpc::StatusCode::CANCELLED;
    case ErrorKind::kInternal:
      return grpc::StatusCode::INTERNAL;
  }
  return grpc::StatusCode::INTERNAL;
}

const std::map<std::string, grpc::StatusCode>& CloserCodes() {
  static const std::map<std::string, grpc::StatusCode> kCodes = {
      {"API_KEY_ENDED", grpc::StatusCode::FAILED_PRECONDITION},
      {"API_KEY_EXPIRED", grpc::StatusCode::UNAUTHENTICATED},
      {"API_KEY_MISSING", grpc::StatusCode::UNAUTHENTICATED},
      {"API_KEY_REVOKED", grpc::StatusCode::UNAUTHENTICATED},
      {"API_KEY_UNKNOWN", grpc::StatusCode::UNAUTHENTICATED},
      {"TENANT_TOKEN_EXPIRED", grpc::StatusCode::UNAUTHENTICATED},
      {"TENANT_TOKEN_INVALID", grpc::StatusCode::UNAUTHENTICATED},
      {"SYNC_DELETES_NOT_HELD", grpc::StatusCode::FAILED_PRECONDITION},
      {"SYNC_UNREADABLE", grpc::StatusCode::FAILED_PRECONDITION},
      {"SYNC_VERSION_EXISTS", grpc::StatusCode::ALREADY_EXISTS},
      {"WORKFLOW_VERSION_EXISTS", grpc::StatusCode::ALREADY_EXISTS},
      {"DESTINATIONS_FULL", grpc::StatusCode::FAILED_PRECONDITION},
      {"DESTINATION_EXISTS", grpc::StatusCode::ALREADY_EXISTS},
      {"LINK_CONFLICT_ANSWERED", grpc::StatusCode::FAILED_PRECONDITION},
      {"LINK_ENDED", grpc::StatusCode::FAILED_PRECONDITION},
      {"LINK_SIDE_UNFIT", grpc::StatusCode::FAILED_PRECONDITION},
      {"RECORD_CHANGE_SETTLED", grpc::StatusCode::FAILED_PRECONDITION},
      {"RECORD_KEY_TAKEN", grpc::StatusCode::FAILED_PRECONDITION},
      {"RECORDING_NOT_KEPT", grpc::StatusCode::FAILED_PRECONDITION},
      {"RUN_FINISHED", grpc::StatusCode::FAILED_PRECONDITION},
      {"RUN_NOT_FINISHED", grpc::StatusCode::FAILED_PRECONDITION},
      {"RUN_NOT_PARKED", grpc::StatusCode::FAILED_PRECONDITION},
      {"RUN_NOT_RETRIABLE", grpc::StatusCode::FAILED_PRECONDITION},
      {"RUN_NOT_RUNNING", grpc::StatusCode::FAILED_PRECONDITION},
      {"VAULT_KEY_NOT_EVERYWHERE", grpc::StatusCode::FAILED_PRECONDITION},
  };
  return kCodes;
}

google::rpc::ErrorInfo InfoOf(const Failure& failure) {
  google::rpc::ErrorInfo info;
  info.set_reason(failure.error.code);
  info.set_domain(kDomain);
  (*info.mutable_metadata())["kind"] = ToString(failure.error.kind);
  for (const auto& [key, value] : failure.metadata) (*info.mutable_metadata())[key] = value;
  return info;
}

google::rpc::BadRequest FieldsOf(const Failure& failure) {
  google::rpc::BadRequest request;
  const std::size_t count = std::min(failure.fields.size(), kMostFields);
  for (std::size_t i = 0; i < count; ++i) {
    auto* violation = request.add_field_violations();
    violation->set_field(failure.fields[i].field);
    violation->set_description(Shortened(failure.fields[i].message, kMostErrorBytes));
    violation->set_reason(failure.fields[i].code);
  }
  return request;
}

google::rpc::RetryInfo RetryOf(std::chrono::milliseconds delay) {
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(delay.count() / 1000);
  retry.mutable_retry_delay()->set_nanos(static_cast<int>(delay.count() % 1000) * 1'000'000);
  return retry;
}

std::string PlaceOf(const Diagnostic& diagnostic) {
  return std::to_string(diagnostic.position.line) + ":" +
         std::to_string(diagnostic.position.column);
}

std::string TextOf(const Diagnostic& diagnostic) {
  std::string text = PlaceOf(diagnostic) + ": " + diagnostic.message;
  if (!diagnostic.suggestion.empty()) text += " (" + diagnostic.suggestion + ")";
  return text;
}

/// `what` the definition is of: "workflow".
Failure WrongDefinition(const std::string& code, const std::string& what,
                        const std::vector<Diagnostic>& diagnostics) {
  if (diagnostics.empty())
    return Failure(Internal("INTERNAL", "a " + what + " was refused without a reason"));
  const Diagnostic& first = diagnostics.front();
  std::string message = "the " + what + " has " + std::to_string(diagnostics.size()) +
                        (diagnostics.size() == 1 ? " fault" : " faults, the first") + " at line " +
                        std::to_string(first.position.line) + ", column " +
                        std::to_string(first.position.column) + ": " + first.message;
  std::vector<FieldFault> fields;
  for (const Diagnostic& diagnostic : diagnostics)
    fields.push_back({"source", TextOf(diagnostic), diagnostic.code});
  return {Invalid(code, std::move(message)),
          std::move(fields),
          {{"line", std::to_string(first.position.line)},
           {"column", std::to_string(first.position.column)},
           {"faults", std::to_string(diagnostics.size())}}};
}

}  // namespace

Failure WrongField(std::string field, std::string message, std::string code) {
  Error error = Invalid(code, field + ": " + message);
  return {std::move(error), {{std::move(field), std::move(message), std::move(code)}}};
}

Failure WrongWorkflow(const std::vector<Diagnostic>& diagnostics) {
  return WrongDefinition("WORKFLOW_INVALID", "workflow", diagnostics);
}

Failure WrongSync(const std::vector<Diagnostic>& diagnostics) {
  return WrongDefinition("SYNC_INVALID", "sync", diagnostics);
}

grpc::StatusCode CodeOf(const Error& error) {
  const auto closer = CloserCodes().find(error.code);
  return closer != CloserCodes().end() ? closer->second : CodeOfKind(error.kind);
}

const char* NameOf(grpc::StatusCode code) {
  static constexpr const char* kNames[] = {"OK",
                                           "CANCELLED",
                                           "UNKNOWN",
                                           "INVALID_ARGUMENT",
                                           "DEADLINE_EXCEEDED",
                                           "NOT_FOUND",
                                           "ALREADY_EXISTS",
                                           "PERMISSION_DENIED",
                                           "RESOURCE_EXHAUSTED",
                                           "FAILED_PRECONDITION",
                                           "ABORTED",
                                           "OUT_OF_RANGE",
                                           "UNIMPLEMENTED",
                                           "INTERNAL",
                                           "UNAVAILABLE",
                                           "DATA_LOSS",
                                           "UNAUTHENTICATED"};
  const auto index = static_cast<std::size_t>(code);
  return index < std::size(kNames) ? kNames[index] : "UNKNOWN";
}

grpc::Status ToGrpc(const Failure& failure) {
  const grpc::StatusCode code = CodeOf(failure.error);
  google::rpc::Status status;
  status.set_code(code);
  status.set_message(Shortened(failure.error.message, kMostMessageBytes));
  status.add_details()->PackFrom(InfoOf(failure));
  if (!failure.fields.empty()) status.add_details()->PackFrom(FieldsOf(failure));
  if (failure.error.retry_after)
    status.add_details()->PackFrom(RetryOf(*failure.error.retry_after));
  return {code, status.message(), status.SerializeAsString()};
}

}  // namespace sb::api
