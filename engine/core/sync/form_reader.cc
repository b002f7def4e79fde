#include "engine/core/sync/form_reader.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/core/workflow/duration.h"
#include "engine/core/workflow/suggest.h"

namespace sb::core::sync {

using workflow::DidYouMean;
using workflow::Node;

namespace {

constexpr std::size_t kMostFormFaults = 50;

}  // namespace

std::string Listed(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

void SortByPlace(std::vector<Diagnostic>& errors) {
  std::ranges::stable_sort(errors, {}, [](const Diagnostic& each) {
    return std::pair(each.position.line, each.position.column);
  });
}

void FormReader::Report(std::string code, const std::string& pointer, std::string message,
                        std::string suggestion) {
  if (errors_.size() >= kMostFormFaults) return;
  const bool at_key = code == "SYNC_FIELD_UNKNOWN";
  const Position position = at_key ? yaml_.KeyPositionOf(pointer) : yaml_.PositionOf(pointer);
  errors_.push_back(
      {std::move(code), std::move(message), pointer, position, std::move(suggestion)});
}

bool FormReader::ExpectMapping(const Node& node, const std::string& what) {
  if (node.value.is_object()) return true;
  Invalid(node, what + " must be a mapping (`key: value`)");
  return false;
}

void FormReader::CheckKeys(const Node& node, const std::vector<std::string>& known) {
  for (const auto& [key, member] : node.value.items()) {
    if (std::ranges::find(known, key) != known.end()) continue;
    Report("SYNC_FIELD_UNKNOWN", node.At(key).pointer,
           "there is no `" + key.substr(0, 60) + "` here; what can stand here is: " + Listed(known),
           DidYouMean(key, known));
  }
}

std::string FormReader::Text(const Node& parent, const std::string& key, bool required) {
  const Node node = parent.At(key);
  if (!parent.Has(key)) {
    if (required) Report("SYNC_FIELD_MISSING", parent.pointer, "`" + key + "` is missing here");
    return {};
  }
  const bool fine =
      node.value.is_string() && !(required && node.value.get_ref<const std::string&>().empty());
  if (fine) return node.value.get<std::string>();
  Invalid(node, "`" + key + "` must be a text; put it in quotes if it is meant as one");
  return {};
}

std::string FormReader::TextLike(const Node& parent, const std::string& key, const std::regex& form,
                                 const std::string& rule) {
  constexpr std::size_t kLongest = 200;
  std::string text = Text(parent, key, true);
  if (!text.empty() && (text.size() > kLongest || !std::regex_match(text, form)))
    Invalid(parent.At(key), rule);
  return text;
}

Millis FormReader::Interval(const Node& parent, const std::string& key, Millis fallback,
                            Millis least, Millis most) {
  const std::string text = Text(parent, key, false);
  if (text.empty()) return fallback;
  const auto interval = workflow::ParseIsoDuration(text);
  if (interval && *interval >= least && *interval <= most) return *interval;
  Invalid(parent.At(key), "it must be a duration such as PT15M, from " + ToHumanText(least) +
                              " to " + ToHumanText(most));
  return fallback;
}

std::optional<std::int64_t> FormReader::Number(const Node& parent, const std::string& key,
                                               std::int64_t most) {
  if (!parent.Has(key)) return {};
  const Node node = parent.At(key);
  if (node.value.is_number_integer()) {
    const auto number = node.value.get<std::int64_t>();
    if (number >= 0 && number <= most) return number;
  }
  Invalid(node, "it must be a whole number from 0 to " + std::to_string(most));
  return {};
}

SyncHead FormReader::ReadHead(const Node& node) {
  static const std::regex kName("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
  static const std::regex kVersion(
      "(0|[1-9][0-9]{0,8})\\.(0|[1-9][0-9]{0,8})\\.(0|[1-9][0-9]{0,8})(-[0-9A-Za-z.-]{1,60})?(\\+["
      "0-9A-Za-z.-]{1,60})?");
  const std::string name_rule =
      "it must be 1 to 63 lower-case letters, digits and dashes, with no dash at either end";
  SyncHead head;
  if (!ExpectMapping(node, "`sync`")) return head;
  CheckKeys(node, {"namespace", "name", "version", "title", "summary"});
  head.workspace = TextLike(node, "namespace", kName, name_rule);
  head.name = TextLike(node, "name", kName, name_rule);
  head.version = TextLike(node, "version", kVersion, "it must be a semantic version such as 1.0.0");
  head.title = Text(node, "title", false);
  head.summary = Text(node, "summary", false);
  return head;
}

}  // namespace sb::core::sync
