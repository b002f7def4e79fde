#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/core/sync/streams.h"
#include "tests/support/fake_clock.h"

namespace sb::testing {

inline constexpr int kParcelsPerPage = 10;

inline core::sync::Column ParcelColumn(const std::string& name, core::sync::ColumnType type) {
  core::sync::Column column;
  column.name = name;
  column.type = type;
  column.from.path = {name};
  return column;
}

inline core::sync::Stream ParcelStream() {
  using core::sync::ColumnType;
  using core::sync::Source;
  core::sync::Stream stream;
  stream.name = "parcels";
  stream.singular = "parcel";
  stream.key = {"id"};
  stream.columns = {ParcelColumn("id", ColumnType::kBigint),
                    ParcelColumn("label", ColumnType::kText),
                    ParcelColumn("sent_at", ColumnType::kTimestamp)};
  stream.list.action = "parcels.list";
  stream.list.with = {{"from", "${ $from }"}, {"to", "${ $to }"}, {"page", "${ $page }"}};
  stream.list.items.path = {"found"};
  stream.list.more = Source{{"more"}, {}};
  stream.list.total = Source{{"total"}, {}};
  stream.shape = {.windowed = true,
                  .most = 0,
                  .per_page = kParcelsPerPage,
                  .reach = Millis(0),
                  .comfortable = 40};
  stream.window_at = Source{{"sent_at"}, {}};
  stream.overlap = std::chrono::hours(1);
  core::sync::Reading get;
  get.action = "parcels.get";
  get.with = {{"id", "${ $id }"}};
  stream.get = get;
  stream.live = {{"parcel.sent", 0, false}, {"parcel.weighed", 1, false}, {"parcel.lost", 2, true}};
  stream.event_program = ".parcel";
  return stream;
}

/// A parcel service and its API.
class Depot {
 public:
  explicit Depot(FakeClock& clock) : clock_(clock) {}

  void Send(int id, WallTime at, const std::string& label = "tea") {
    const auto second = std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
    parcels[id] = {{"id", id}, {"label", label}, {"sent_at", second}, {"changed_at", second}};
  }

  Result<Json> Perform(const std::string& action, const Json& input) {
    ++requests;
    asked_for = action == "parcels.get" ? std::stoi(input.at("id").get<std::string>()) : 0;
    clock_.Advance(Millis(10));
    if (before) before();
    if (failure) return *failure;
    if (action == "parcels.get") return Get(input);
    return List(input, action == "parcels.changes");
  }

  std::map<int, Json> parcels;
  std::function<void()> before;  ///< Happens before each answer.
  std::optional<Error> failure;
  int requests = 0;
  int asked_for = 0;  ///< The parcel of the request at hand; 0: of a list.

 private:
  Result<Json> Get(const Json& input) {
    const auto found = parcels.find(std::stoi(input.at("id").get<std::string>()));
    if (found == parcels.end()) return NotFound("DEPOT_NOT_FOUND", "no such parcel");
    return found->second;
  }

  Result<Json> List(const Json& input, bool changes) {
    std::vector<Json> found;
    for (const auto& [id, parcel] : parcels) {
      const Json& sent = Member(parcel, "sent_at");
      const bool inside =
          changes || !sent.is_number() || (sent >= input.at("from") && sent <= input.at("to"));
      if (inside) found.push_back(parcel);
    }
    const char* order = changes ? "changed_at" : "sent_at";
    std::ranges::stable_sort(found, [&](const Json& a, const Json& b) {
      return changes ? a.at(order) > b.at(order) : Member(a, order) < Member(b, order);
    });
    const auto first = static_cast<std::size_t>(input.at("page").get<int>() - 1) * kParcelsPerPage;
    Json page = Json::array();
    for (std::size_t i = first; i < std::min(found.size(), first + kParcelsPerPage); ++i)
      page.push_back(found[i]);
    return Json{
        {"found", page}, {"total", found.size()}, {"more", found.size() > first + kParcelsPerPage}};
  }

  FakeClock& clock_;
};

}  // namespace sb::testing
