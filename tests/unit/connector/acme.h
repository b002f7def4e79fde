#pragma once

#include <map>
#include <memory>
#include <ostream>
#include <string>

#include <gmock/gmock.h>

#include "engine/connector/connector.h"

namespace sb::connector {

/// The files of an invented provider, unlike any real one on purpose: what the engine does with it,
/// it does by data.
class AcmeFiles {
 public:
  AcmeFiles();

  /// Replaces `from`, which must be there, with `to` in one file.
  AcmeFiles& Edit(const std::string& path, const std::string& from, const std::string& to);
  AcmeFiles& Put(const std::string& path, const std::string& content);
  AcmeFiles& Remove(const std::string& path);

  Result<std::unique_ptr<Library>> Load(
      const std::map<std::string, Addresses>& addresses = {}) const;

 private:
  std::map<std::string, std::string> files_;
};

/// Shared by all tests of a process: jq programs cost time to compile.
const core::workflow::Expressions& Jq();

/// The invented provider, loaded; and the real one.
const Library& Acme();
const Library& Aircall();

Credential AcmeKey();
/// The request of an Acme action; its failure where a test expects one.
Result<ports::HttpRequest> RenderAcme(const std::string& action, const Json& input);
Result<Json> JudgeAcme(const std::string& action, const ports::HttpResponse& response);

MATCHER_P2(FailsWith, kind, code, "") {
  if (arg.ok()) {
    *result_listener << "which is no failure";
    return false;
  }
  *result_listener << "which is " << ToString(arg.error().kind) << " " << arg.error().code << ": "
                   << arg.error().message;
  return arg.error().kind == kind && arg.error().code == code;
}

MATCHER_P(Says, part, "") {
  if (arg.ok()) return false;
  *result_listener << "which says: " << arg.error().message;
  return arg.error().message.find(part) != std::string::npos;
}

MATCHER(Succeeds, "") {
  if (!arg.ok()) *result_listener << "which is " << arg.error().code << ": " << arg.error().message;
  return arg.ok();
}

}  // namespace sb::connector
