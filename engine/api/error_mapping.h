#pragma once

#include <map>
#include <string>
#include <vector>

#include <grpcpp/support/status.h>

#include "engine/base/result.h"
#include "engine/base/yaml.h"

namespace sb::api {

/// One wrong field of a request.
struct FieldFault {
  std::string field;    ///< Its path: "page_size".
  std::string message;  ///< What is wrong and what to do.
  std::string code;     ///< Of docs/errors.md.
};

/// Why a call fails: the error, and what a client's program may want to know besides.
struct Failure {
  Error error;
  std::vector<FieldFault> fields = {};
  std::map<std::string, std::string> metadata = {};

  // NOLINTNEXTLINE(google-explicit-constructor): `return error;` is the point
  Failure(Error e) : error(std::move(e)) {}

  Failure(Error e, std::vector<FieldFault> f, std::map<std::string, std::string> m = {})
      : error(std::move(e)), fields(std::move(f)), metadata(std::move(m)) {}
};

/// A wrong field: kInvalid FIELD_INVALID, or the given code.
Failure WrongField(std::string field, std::string message, std::string code = "FIELD_INVALID");

/// A workflow that does not pass its check, as kInvalid WORKFLOW_INVALID: the first faults as
/// fields, line and column of the first one as metadata.
Failure WrongWorkflow(const std::vector<Diagnostic>& diagnostics);

/// The same of a sync: kInvalid SYNC_INVALID.
Failure WrongSync(const std::vector<Diagnostic>& diagnostics);

/// The gRPC code of an error. Mostly its kind decides; a few codes have a closer one.
grpc::StatusCode CodeOf(const Error& error);

/// "INVALID_ARGUMENT", ...
const char* NameOf(grpc::StatusCode code);

/// The status with google.rpc.Status details: ErrorInfo always, BadRequest and RetryInfo where they
/// apply.
grpc::Status ToGrpc(const Failure& failure);

}  // namespace sb::api
