#include "connectors/aircall/sandbox/world/exports.h"

#include <limits>

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/render/render.h"
#include "connectors/aircall/sandbox/world/refusal.h"
#include "connectors/aircall/sandbox/world/text.h"

namespace sb::aircall::sandbox {
namespace {

constexpr const char* kExports = "analytics_export";
constexpr const char* kFiles = "analytics_file";
constexpr Seconds kLinkLife{3600};  // doc

/// What was asked for: in `input` (code), or bare.
const Json& InputOf(const Json& body) {
  const Json& input = Member(body, "input");
  return input.is_object() ? input : body;
}

/// The calls between two times, which are optional: startDate and endDate, whose names are chosen
/// by us, or the days of filter.dateFilter.absoluteRange (code).
struct Span {
  std::optional<WallTime> from;
  std::optional<WallTime> to;
};

Result<std::optional<WallTime>> TimeMember(const Json& wanted, const char* name) {
  const std::string text = TextMember(wanted, name);
  if (text.empty()) return std::optional<WallTime>();
  const auto when = ParseRfc3339(text);
  if (!when) return Refused(std::string(name) + " is not a time: write 2026-09-01T00:00:00Z");
  return when;
}

/// "2026-09-01", or a whole time; a day that is the last one counts in full.
Result<std::optional<WallTime>> DayMember(const Json& range, const char* name, bool whole_day) {
  const std::string text = TextMember(range, name);
  if (text.size() != std::string_view("2026-09-01").size()) return TimeMember(range, name);
  const Json as_time = {{name, text + (whole_day ? "T23:59:59Z" : "T00:00:00Z")}};
  return TimeMember(as_time, name);
}

Result<Span> SpanOf(const Json& body) {
  const Json& wanted = InputOf(body);
  const Json& filter = Member(Member(wanted, "filter"), "dateFilter");
  const Json& range = Member(filter, "absoluteRange");
  const bool days = range.is_object();
  const auto from = days ? DayMember(range, "fromDate", false) : TimeMember(wanted, "startDate");
  if (!from.ok()) return from.error();
  const auto to = days ? DayMember(range, "toDate", true) : TimeMember(wanted, "endDate");
  if (!to.ok()) return to.error();
  return Span{*from, *to};
}

std::string ReportNameOf(const Json& body) {
  const Json& wanted = InputOf(body);
  for (const std::string& name :
       {TextMember(wanted, "exportName"), TextMember(Member(wanted, "exportOptions"), "exportName"),
        TextMember(wanted, "reportName")}) {
    if (!name.empty()) return name;
  }
  return "Calls";
}

std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string RowOf(const World& world, const Call& call) {
  const Number* number = world.directory().FindNumber(call.number_id);
  const User* user = world.directory().FindUser(call.user_id.value_or(0));
  const WallTime end = call.ended_at.value_or(call.started_at);
  return std::to_string(call.id) + "," +
         (call.direction == Direction::kInbound ? "inbound" : "outbound") + "," +
         ToRfc3339(call.started_at) + "," +
         std::to_string(UnixSeconds(end) - UnixSeconds(call.started_at)) + "," +
         (call.answered_at ? "true" : "false") + "," +
         Quoted(number == nullptr ? "" : number->name) + "," +
         Quoted(user == nullptr ? "" : user->name) + "," + Quoted(call.external) + "\n";
}

// The columns are chosen by us.
std::string CsvOf(const World& world, const Span& span) {
  std::string csv = "call_id,direction,started_at,duration,answered,number,user,external\n";
  ListQuery all;
  all.per_page = std::numeric_limits<std::int32_t>::max();
  for (const Call* call : world.ListCalls({}, all).items) {
    const bool inside = (!span.from || call->started_at >= *span.from) &&
                        (!span.to || call->started_at <= *span.to);
    if (inside) csv += RowOf(world, *call);
  }
  return csv;
}

const Record* FindById(const World& world, std::int64_t record_id) {
  for (const Record* record : world.records().All(kExports)) {
    if (record->id == record_id) return record;
  }
  return nullptr;
}

bool IsPending(const Doc& doc) {
  return doc.at("status") == "PENDING";
}

void Finish(World& world, const Record& record, const Doc& doc, const char* event, WallTime at) {
  world.records().Put(kExports, record.key, doc.dump(), at);
  world.Note(event, record.id);
  world.Tell({event, "analytics", at, doc.dump(), {}});
}

}  // namespace

Result<std::string> StartExport(World& world, const Json& wanted) {
  if (const auto span = SpanOf(wanted); !span.ok()) return span.error();
  const std::string id = world.ids().Uuid();
  // What was asked for stays in a file record until there is a file.
  world.records().Put(kFiles, id, DumpJson(wanted), world.Now());
  const Doc doc = {{"exportID", id},
                   {"status", "PENDING"},
                   {"createdAt", ToRfc3339(world.Now())},
                   {"format", "CSV"},
                   {"exportName", ReportNameOf(wanted)},
                   {"isZipCompressed", false},
                   {"downloadUrl", nullptr},
                   {"downloadUrlExpiresAt", nullptr},
                   {"errorMessage", nullptr}};
  const Record& record = world.records().Put(kExports, id, doc.dump(), world.Now());
  world.Note("analytics.export_started", record.id);
  world.Later(world.Now() + Seconds(world.switches().GetNumber(Switch::kExportSeconds)),
              {LaterKind::kExportDone, record.id});
  return id;
}

void CompleteExport(World& world, std::int64_t record_id, WallTime at) {
  const Record* record = FindById(world, record_id);
  if (record == nullptr) return;
  Doc doc = RecordDoc(*record);
  const Record* asked = world.records().Find(kFiles, record->key);
  if (!IsPending(doc) || asked == nullptr) return;
  const Json wanted = Json::parse(asked->text);
  const Span span = SpanOf(wanted).value();  // looked at when it was asked for
  const std::string signature = world.ids().Hex(32);
  world.records().Put(kFiles, record->key,
                      Doc({{"signature", signature},
                           {"expires", UnixSeconds(at + kLinkLife)},
                           {"csv", CsvOf(world, span)}})
                          .dump(),
                      at);
  doc["status"] = "COMPLETED";
  doc["downloadUrl"] =
      world.settings().base_url + "/exports/" + record->key + "/" + signature + ".csv";
  doc["downloadUrlExpiresAt"] = ToRfc3339(at + kLinkLife);
  Finish(world, *record, doc, "analytics.report_created", at);
}

Status FailExport(World& world, const std::string& id, const std::string& why) {
  const Record* record = world.records().Find(kExports, id);
  if (record == nullptr) return UnknownId("Export");
  Doc doc = RecordDoc(*record);
  if (!IsPending(doc)) return Refused("The export is no longer pending");
  doc["status"] = "FAILED";
  doc["errorMessage"] = why.empty() ? "The report could not be made" : why;
  Finish(world, *record, doc, "analytics.report_failed", world.Now());
  return {};
}

Result<std::string> DownloadExport(const World& world, const std::string& id,
                                   const std::string& signature) {
  const Record* record = world.records().Find(kFiles, id);
  if (record == nullptr) return UnknownId("File");
  const Json file = Json::parse(record->text);
  if (TextMember(file, "signature") + ".csv" != signature) return UnknownId("File");
  if (UnixSeconds(world.Now()) >= Member(file, "expires").get<std::int64_t>()) {
    return NotEntitled("The link has expired: ask for the export again");
  }
  return TextMember(file, "csv");
}

}  // namespace sb::aircall::sandbox
