#include "engine/connector/recordings.h"

#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/connector/instant.h"

namespace sb::connector {
namespace {

constexpr std::size_t kLongestLink = 8192;
constexpr std::size_t kLongestParty = 64;

std::string LinkIn(const Json& value) {
  if (!value.is_string()) return {};
  auto link = value.get<std::string>();
  const bool web = link.starts_with("https://") || link.starts_with("http://");
  return web && link.size() <= kLongestLink ? link : std::string();
}

}  // namespace

Result<RecordingNews> ReadRecordingNews(const RecordingRule& rule, const Json& data,
                                        const core::workflow::Expressions& expressions) {
  const auto link = expressions.Evaluate(rule.link, data, {});
  if (!link.ok()) return link.error();
  RecordingNews news;
  news.link = LinkIn(*link);
  news.erased = news.link.empty() && link->is_string();
  if (rule.party.empty()) return news;
  const auto party = expressions.Evaluate(rule.party, data, {});
  if (!party.ok()) return party.error();
  if (party->is_string()) news.party = party->get<std::string>().substr(0, kLongestParty);
  return news;
}

Result<Json> FreshLinkInput(const RecordingRule& rule, const std::string& id,
                            const core::workflow::Expressions& expressions) {
  const auto number = WholeNumberOf(id);
  const Json as_it_is = number ? Json(*number) : Json(id);
  return core::workflow::EvaluateTemplate(expressions, rule.fresh_with, Json::object(),
                                          {{"id", as_it_is}});
}

Result<std::string> FreshLinkIn(const RecordingRule& rule, const Json& output,
                                const core::workflow::Expressions& expressions) {
  const auto link = expressions.Evaluate(rule.fresh_link, output, {});
  if (!link.ok()) return link.error();
  return LinkIn(*link);
}

const RecordingRule* FindRecordingRule(const Connector& connector, core::recordings::Kind kind) {
  for (const RecordingRule& rule : connector.recordings) {
    if (rule.kind == kind) return &rule;
  }
  return nullptr;
}

}  // namespace sb::connector
