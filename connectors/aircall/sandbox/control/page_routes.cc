#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/control/page_files.h"
#include "connectors/aircall/sandbox/door/router.h"

// The page at / and the files that it and the consent pages are made of.
namespace sb::aircall::sandbox {
namespace {

const char* TypeOf(std::string_view file) {
  static constexpr std::array<std::pair<std::string_view, const char*>, 3> kTypes = {
      {{".css", "text/css; charset=utf-8"},
       {".js", "text/javascript; charset=utf-8"},
       {".svg", "image/svg+xml"}}};
  for (const auto& [ending, type] : kTypes) {
    if (file.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

Reply ShowPage(Visit&) {
  return HtmlReply(200, std::string(PageFile("index.html")));
}

Reply ShowFile(Visit& visit) {
  const std::string& name = visit.args.at(0);
  const std::string_view content = PageFile("assets/" + name);
  if (content.empty()) return GatewayError(404, "Not Found");
  return {.status = 200,
          .body = std::string(content),
          .content_type = TypeOf(name),
          .headers = {{"Cache-Control", "no-cache"}, {"X-Content-Type-Options", "nosniff"}}};
}

constexpr Route kPageRoutes[] = {
    {"GET", "/_sandbox/page", Access::kOpen, ShowPage, "the page that browsers see at /"},
    {"GET", "/_sandbox/page/:file", Access::kOpen, ShowFile, "its parts"},
};

}  // namespace

std::span<const Route> PageRoutes() {
  return kPageRoutes;
}

}  // namespace sb::aircall::sandbox
