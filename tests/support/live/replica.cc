#include "tests/support/live/replica.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <map>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/live/eventually.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;

std::string LinesOf(const std::map<std::int64_t, std::string>& by_id) {
  std::string lines;
  for (const auto& [id, line] : by_id) lines += (lines.empty() ? "" : "\n") + line;
  return lines;
}

}  // namespace

void Replica::Start(const std::string& connection) {
  const auto file = system_.folder() / "warehouse.yaml";
  std::ofstream(file) << "sync: { namespace: story, name: warehouse, version: '1.0.0' }\n"
                         "replicate:\n"
                         "  from: aircall\n"
                         "  streams: all\n"
                         "  into: { connector: postgres, schema: "
                      << kSchema << (connection.empty() ? "" : ", connection: " + connection)
                      << " }\n";
  system_.Cli({"sync", "deploy", file.string(), "--account", account_});
  system_.Cli({"sync", "start", "warehouse", "--account", account_});
}

bool Replica::IsLive() {
  return Eventually(
      120s,
      [this] {
        const Json sync = system_.Cli({"sync", "status", "warehouse", "--account", account_});
        const Json& streams = Member(sync, "streams");
        return !streams.empty() && std::all_of(streams.begin(), streams.end(), [](const Json& at) {
          return TextMember(at, "state") == "STATE_LIVE";
        });
      },
      500ms);
}

std::vector<Json> Replica::All(const std::string& list) {
  std::vector<Json> all;
  for (int page = 1; page < 1000; ++page) {
    const Json answer =
        system_.Aircall("/v1/" + list + "?per_page=50&page=" + std::to_string(page));
    const Json items = Member(answer, list);
    all.insert(all.end(), items.begin(), items.end());
    if (Member(Member(answer, "meta"), "next_page_link").is_null()) break;
  }
  return all;
}

std::string Replica::CallsAtProvider() {
  std::map<std::int64_t, std::string> lines;
  for (const Json& call : All("calls")) {
    const auto id = call.at("id").get<std::int64_t>();
    lines[id] = std::to_string(id) + "|" + TextMember(call, "status") + "|" +
                TextMember(call, "raw_digits");
  }
  return LinesOf(lines);
}

std::string Replica::CallsInTable() {
  return Ask(
      "select coalesce(string_agg(concat_ws('|', id, status, raw_digits), E'\\n' order by id), '') "
      "from calls where _deleted_at is null");
}

std::string Replica::IdsAtProvider(const std::string& list) {
  std::map<std::int64_t, std::string> lines;
  for (const Json& each : All(list)) {
    const auto id = each.at("id").get<std::int64_t>();
    lines[id] = std::to_string(id);
  }
  return LinesOf(lines);
}

std::string Replica::IdsInTable(const std::string& table) {
  return Ask("select coalesce(string_agg(id::text, E'\\n' order by id), '') from " + table +
             " where _deleted_at is null and _synced_at is not null");
}

}  // namespace sb::live
