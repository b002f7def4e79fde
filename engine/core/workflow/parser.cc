#include "engine/core/workflow/parser.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/core/workflow/definition_reader.h"
#include "engine/core/workflow/lifecycle.h"
#include "engine/core/workflow/trigger.h"

namespace sb::core::workflow {

ParseOutcome ParseWorkflow(std::string_view yaml, const ActionCatalog& actions,
                           const Expressions& expressions, const schedule::TimeZones& zones) {
  ParseOutcome outcome;
  YamlOutcome parsed = ParseYaml(yaml);
  if (!parsed.document) {
    outcome.errors.push_back(std::move(parsed.diagnostic));
    return outcome;
  }
  Workflow workflow =
      DefinitionReader(*parsed.document, actions, expressions, zones, outcome).Read();
  const auto by_place = [](const Diagnostic& a, const Diagnostic& b) {
    return std::pair(a.position.line, a.position.column) <
           std::pair(b.position.line, b.position.column);
  };
  std::stable_sort(outcome.errors.begin(), outcome.errors.end(), by_place);
  std::stable_sort(outcome.warnings.begin(), outcome.warnings.end(), by_place);
  if (!outcome.errors.empty()) return outcome;
  workflow.Index();
  workflow.lifecycle_types = WantedTypes(workflow);
  std::erase_if(workflow.lifecycle_types,
                [](const std::string& type) { return !IsLifecycleType(type); });
  outcome.workflow = std::move(workflow);
  return outcome;
}

}  // namespace sb::core::workflow
