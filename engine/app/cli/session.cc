#include "engine/app/cli/session.h"

#include <iterator>

#include <google/protobuf/util/json_util.h>
#include <nlohmann/json.hpp>

#include "engine/app/cli/csv.h"
#include "engine/base/file.h"
#include "engine/base/yaml.h"

namespace sb::app::cli {
namespace {

constexpr std::size_t kMostInput = 4 * 1024 * 1024;

}  // namespace

std::string ToJsonText(const google::protobuf::Message& message, bool indented) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = indented;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(message, &text, options);
  if (!status.ok())
    return "{}\n";  // only a value without a kind could do this, and the server sends none
  if (text.empty() || text.back() != '\n') text += '\n';
  return text;
}

int Session::Show(const google::protobuf::Message& message,
                  const std::function<std::string()>& as_table) const {
  if (WantsTable()) {
    environment_.out << as_table();
    return kOk;
  }
  if (options_.output == "csv") {
    environment_.out << ListCsv(message) << std::flush;
    return kOk;
  }
  const std::string text = ToJsonText(message, true);
  if (options_.output == "json") {
    environment_.out << text;
    return kOk;
  }
  const auto json = ParseJson(text);
  environment_.out << (json.ok() ? ToYaml(*json) : text);
  return kOk;
}

int Session::Show(const Json& json, const std::function<std::string()>& as_table) const {
  if (WantsTable()) {
    environment_.out << as_table();
  } else {
    environment_.out << (options_.output == "json" ? PrettyJson(json) + "\n" : ToYaml(json));
  }
  environment_.out.flush();
  return kOk;
}

void Session::ShowLine(const google::protobuf::Message& message) const {
  if (options_.output == "json") {
    environment_.out << ToJsonText(message, false) << std::flush;
    return;
  }
  const auto json = ParseJson(ToJsonText(message, false));
  environment_.out << "---\n" << (json.ok() ? ToYaml(*json) : "") << std::flush;
}

void Session::MentionNextPage(const std::string& token) const {
  const bool carries_it = options_.output == "json" || options_.output == "yaml";
  if (token.empty() || carries_it) return;
  environment_.err << "there is more: add --page-token " << token << "\n";
}

int Session::Misuse(const std::string& message, const std::string& hint) const {
  return Fail({kUsage, message, {}, hint, {}});
}

Session::Given Session::Read(const std::string& argument) const {
  if (argument == "-") {
    std::string text(std::istreambuf_iterator<char>(environment_.in), {});
    if (text.size() <= kMostInput) return {std::move(text), {}};
    return {{}, Trouble{kUsage, "standard input is longer than 4 MiB", {}, {}, {}}};
  }
  if (!argument.starts_with('@')) return {argument, {}};
  auto text = ReadFile(argument.substr(1));
  if (text.ok()) return {*std::move(text), {}};
  return {{}, Trouble{kUsage, text.error().message, text.error().code, {}, {}}};
}

bool Confirmed(const Session& session, const std::string& question) {
  session.environment().err << question << " [y/N] " << std::flush;
  std::string answer;
  std::getline(session.environment().in, answer);
  if (answer == "y" || answer == "Y" || answer == "yes") return true;
  session.environment().err << "nothing was done\n";
  return false;
}

}  // namespace sb::app::cli
