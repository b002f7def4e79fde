#include "engine/connector/settling.h"

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "engine/connector/instant.h"

namespace sb::connector {

SettlingFound FindSettling(const Connector& connector, const std::string& type) {
  for (const SettlingRule& rule : connector.settling) {
    for (const SettlingEvent& event : rule.events) {
      if (event.type == type) return {&rule, &event};
    }
  }
  return {};
}

const SettlingRule* FindSettlingOf(const Connector& connector, const std::string& entity) {
  for (const SettlingRule& rule : connector.settling) {
    if (rule.entity == entity) return &rule;
  }
  return nullptr;
}

Result<Json> SettlingInput(const SettlingRule& rule, const std::string& id,
                           const core::workflow::Expressions& expressions) {
  return core::workflow::EvaluateTemplate(expressions, rule.with, Json::object(), {{"id", id}});
}

Result<Json> SettlingData(const SettlingRule& rule, const Json& output,
                          const core::workflow::Expressions& expressions) {
  auto data = rule.data_program.empty() ? Result<Json>(output)
                                        : expressions.Evaluate(rule.data_program, output, {});
  if (data.ok() && !data->is_object()) {
    return Unavailable(
        "SETTLING_UNREADABLE",
        "the provider's answer to " + rule.action +
            " is not the record that the connector describes; it is asked again later");
  }
  return data;
}

Result<RecordFacts> ReadRecordFacts(const SettlingRule& rule, const Json& data, WallTime at,
                                    const core::workflow::Expressions& expressions) {
  const auto read = expressions.Evaluate(rule.facts_program, data, {});
  if (!read.ok()) return read.error();
  RecordFacts facts;
  facts.ended_at = InstantOf(Member(*read, "ended_at"));
  facts.seen.at = at;
  facts.seen.complete = Member(*read, "complete") == Json(true);
  facts.seen.content = Sha256(DumpJson(Member(*read, "content")));
  return facts;
}

}  // namespace sb::connector
