#include "connectors/aircall/sandbox/world/exports.h"

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/api/listing.h"
#include "connectors/aircall/sandbox/door/router.h"
#include "connectors/aircall/sandbox/world/refusal.h"

namespace sb::aircall::sandbox {
namespace {

Reply ExportReply(const Visit& visit, const std::string& id) {
  const Record* record = visit.world().records().Find("analytics_export", id);
  if (record == nullptr) return RefusalReply(UnknownId("Export"));
  return JsonReply(200, RecordDoc(*record));
}

Reply Start(Visit& visit) {
  const auto body = BodyOf(visit.request);
  if (!body.ok()) return RefusalReply(body.error());
  const auto id = StartExport(visit.world(), *body);
  return id.ok() ? ExportReply(visit, *id) : RefusalReply(id.error());
}

Reply Get(Visit& visit) {
  return ExportReply(visit, visit.args.at(0));
}

// Like a signed link of an object store: whoever has it may fetch it, while it lasts. It names no
// company, so that each is asked.
Reply Download(Visit& visit) {
  Reply reply = RefusalReply(UnknownId("File"));
  for (const auto& stage : visit.companies.all()) {
    auto file = DownloadExport(stage->world(), visit.args.at(0), visit.args.at(1));
    if (file.ok()) {
      return {.status = 200,
              .body = *std::move(file),
              .content_type = "text/csv; charset=utf-8",
              .headers = {{"Content-Disposition", "attachment; filename=\"report.csv\""}}};
    }
    if (file.error().kind == ErrorKind::kForbidden) reply = RefusalReply(file.error());
  }
  return reply;
}

constexpr Route kExportRoutes[] = {
    {"POST", "/v1/analytics/report/export", Access::kCompany, Start, "start an export"},
    {"GET", "/v1/analytics/report/export/:id", Access::kCompany, Get, "how far it is"},
    {"GET", "/exports/:id/:file", Access::kOpen, Download, "its file"},
};

}  // namespace

std::span<const Route> ExportRoutes() {
  return kExportRoutes;
}

}  // namespace sb::aircall::sandbox
