#pragma once

#include <functional>
#include <optional>
#include <string>

#include <google/protobuf/message.h>

#include "engine/app/cli/client.h"
#include "engine/app/cli/environment.h"
#include "engine/app/cli/table.h"
#include "engine/base/json.h"

namespace sb::app::cli {

/// One invocation of the command line: where it talks to and how it shows what it hears.
class Session {
 public:
  Session(const Environment& environment, const GlobalOptions& options)
      : client(environment, options), environment_(environment), options_(options) {}

  /// Shows an answer as the user asked: its JSON, YAML or CSV, or the text that `as_table` makes.
  /// Returns kOk.
  int Show(const google::protobuf::Message& message,
           const std::function<std::string()>& as_table) const;
  /// Likewise for something that is no message.
  int Show(const Json& json, const std::function<std::string()>& as_table) const;
  /// A message as JSON on one line, for streams.
  void ShowLine(const google::protobuf::Message& message) const;
  /// Says on the error stream that there is more.
  void MentionNextPage(const std::string& token) const;

  /// Says what is wrong; returns the exit code.
  int Fail(const Trouble& trouble) const { return Report(environment_, trouble); }

  int Misuse(const std::string& message, const std::string& hint = "") const;

  bool WantsTable() const { return options_.output == "table"; }

  Style style() const { return {environment_.width, environment_.colours}; }

  const Environment& environment() const { return environment_; }

  const GlobalOptions& options() const { return options_; }

  WallTime now() const { return environment_.now(); }

  /// Text given as itself, as "@file", or as "-" for standard input.
  struct Given {
    std::string text;
    std::optional<Trouble> trouble;
  };

  Given Read(const std::string& argument) const;

  Client client;

 private:
  const Environment& environment_;
  const GlobalOptions& options_;
};

/// Asks on the error stream, "QUESTION [y/N]", and reads the answer.
bool Confirmed(const Session& session, const std::string& question);

/// Field names as in the proto files; fields without a value are there too, so that scripts can
/// rely on them.
std::string ToJsonText(const google::protobuf::Message& message, bool indented);

}  // namespace sb::app::cli
