#include "connectors/aircall/sandbox/control/page_files.h"

#include "embedded/SandboxPages.h"

namespace sb::aircall::sandbox {

std::string_view PageFile(std::string_view path) {
  for (const EmbeddedFile& file : embedded::SandboxPages()) {
    if (file.path == path) return file.content;
  }
  return {};
}

std::string Filled(std::string_view page, PageValues values) {
  std::string text;
  while (!page.empty()) {
    const auto open = page.find("{{");
    text += page.substr(0, open);
    if (open == std::string_view::npos) break;
    const auto close = page.find("}}", open);
    const std::string_view name = page.substr(open + 2, close - open - 2);
    for (const auto& [key, value] : values) {
      if (key == name) text += value;
    }
    page.remove_prefix(close + 2);
  }
  return text;
}

}  // namespace sb::aircall::sandbox
