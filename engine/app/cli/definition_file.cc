#include "engine/app/cli/definition_file.h"

#include "engine/app/cli/text.h"
#include "engine/base/file.h"

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

int GiveSchema(Session& session, const std::string& schema, const std::string& file) {
  if (file.empty()) {
    session.environment().out << schema << "\n";
    return kOk;
  }
  const Status written = WriteFileAtomically(file, schema + "\n", 0644);
  if (!written.ok())
    return session.Misuse(written.error().message, "name a file that can be written");
  session.environment().out << Printable("the schema is in " + file) + "\n";
  return kOk;
}

}  // namespace sb::app::cli
