#include "engine/app/cli/definition_file.h"

#include "engine/app/cli/text.h"

namespace sb::app::cli {
namespace {

std::string LineOf(const std::string& file, const switchboard::v1::Diagnostic& diagnostic) {
  const bool warning = diagnostic.severity() == switchboard::v1::Diagnostic::SEVERITY_WARNING;
  std::string line = NameOfFile(file) + ":" + std::to_string(diagnostic.line()) + ":" +
                     std::to_string(diagnostic.column()) + (warning ? ": warning " : ": error ") +
                     diagnostic.code() + ": " + diagnostic.message();
  if (!diagnostic.suggestion().empty()) line += " (" + diagnostic.suggestion() + ")";
  if (!diagnostic.pointer().empty()) line += " at " + diagnostic.pointer();
  return Printable(line) + "\n";
}

}  // namespace

Session::Given ReadDefinition(const Session& session, const std::string& file) {
  return session.Read(file == "-" ? file : "@" + file);
}

std::string NameOfFile(const std::string& file) {
  return file == "-" ? "standard input" : file;
}

std::string LinesOf(
    const std::string& file,
    const google::protobuf::RepeatedPtrField<switchboard::v1::Diagnostic>& diagnostics) {
  std::string lines;
  for (const auto& diagnostic : diagnostics) lines += LineOf(file, diagnostic);
  return lines;
}

}  // namespace sb::app::cli
