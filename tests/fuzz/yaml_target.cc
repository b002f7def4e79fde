// Any text, read as YAML: a document or a diagnostic, and what is written back reads as the same
// value.
#include "engine/base/yaml.h"
#include "tests/fuzz/target.h"

namespace sb::fuzz {

void Try(std::string_view input) {
  const YamlOutcome outcome = ParseYaml(input);
  if (!outcome.document) {
    Must(outcome.diagnostic.code.starts_with("YAML_"), "a refusal has its code");
    Must(!outcome.diagnostic.message.empty(), "a refusal says why");
    return;
  }
  Must(outcome.document->positions.contains(""), "the root has a place");
  const YamlOutcome again = ParseYaml(ToYaml(outcome.document->value));
  // Written as blocks it may be longer than what may be read.
  if (!again.document) return Must(again.diagnostic.code == "YAML_TOO_LARGE", "it reads back");
  Must(again.document->value == outcome.document->value, "it reads back as the same value");
}

}  // namespace sb::fuzz
