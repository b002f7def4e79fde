#include <string_view>
#include <vector>

#include "engine/base/text.h"
#include "engine/core/workflow/run.h"

namespace sb::core::workflow {
namespace {

/// Where each step of a pointer starts, at its '/'.
std::vector<std::size_t> StepStarts(const std::string& ref) {
  std::vector<std::size_t> starts;
  for (std::size_t at = ref.find('/'); at != std::string::npos; at = ref.find('/', at + 1))
    starts.push_back(at);
  return starts;
}

/// Whether the list of the group that starts at `at` has a name of two steps.
bool IsLongGroup(const std::string& ref, std::size_t at) {
  const std::string_view group = std::string_view(ref).substr(at);
  return group.starts_with("/catch/") || group.starts_with("/fork/") ||
         group.starts_with("/foreach/");
}

}  // namespace

std::string ParentRef(const std::string& ref) {
  // A ref is a row of groups "/do/<i>/<name>", "/try/<i>/<name>", "/catch/do/<i>/<name>",
  // "/fork/branches/<i>/<name>" or "/foreach/do/<i>/<name>". They are counted from the front,
  // because a task may itself be called "catch".
  const std::vector<std::size_t> starts = StepStarts(ref);
  std::size_t last_group = 0;
  for (std::size_t step = 0; step < starts.size();) {
    last_group = starts[step];
    step += IsLongGroup(ref, starts[step]) ? 4 : 3;
  }
  std::string parent = ref.substr(0, last_group);
  const std::size_t name = parent.rfind('/');
  const std::size_t round = parent.rfind('#');
  if (round != std::string::npos && round > name) parent.resize(round);
  return parent;
}

std::string DefinitionPointer(const std::string& ref) {
  std::string pointer;
  for (std::size_t i = 0; i < ref.size(); ++i) {
    if (ref[i] == '#') {
      while (i + 1 < ref.size() && IsDigit(ref[i + 1])) ++i;
    } else {
      pointer += ref[i];
    }
  }
  return pointer;
}

bool IsBelow(const std::string& ref, const std::string& ancestor) {
  if (!ref.starts_with(ancestor) || ref.size() == ancestor.size()) return false;
  return ancestor.empty() || ref[ancestor.size()] == '/' || ref[ancestor.size()] == '#';
}

}  // namespace sb::core::workflow
