#include "engine/connector/streams.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/connector/instant.h"

namespace sb::connector {
namespace {

using core::workflow::Arguments;

std::int64_t UnixSecondsOf(WallTime when) {
  return std::chrono::floor<std::chrono::seconds>(when).time_since_epoch().count();
}

Error StreamUnreadable(const core::sync::Reading& reading) {
  return Unavailable("STREAM_UNREADABLE",
                     "the provider's answer to " + reading.action +
                         " is not what the connector describes; it is asked again later");
}

/// The member that a path leads to; null where it leads nowhere.
const Json& MemberAt(const Json& value, const std::vector<std::string>& path) {
  const Json* at = &value;
  for (const std::string& member : path) at = &Member(*at, member);
  return *at;
}

Result<Json> LookUp(const core::sync::Source& source, const Json& value, const Arguments& arguments,
                    const core::workflow::Expressions& expressions) {
  if (source.program.empty()) return MemberAt(value, source.path);
  return expressions.Evaluate(source.program, value, arguments);
}

/// Taken out of `value` where no program is needed: pages are large, and what remains is not.
Result<Json> TakeOut(const core::sync::Source& source, Json& value, const Arguments& arguments,
                     const core::workflow::Expressions& expressions) {
  if (!source.program.empty()) return expressions.Evaluate(source.program, value, arguments);
  Json* at = &value;
  for (const std::string& member : source.path) {
    if (!at->is_object() || !at->contains(member)) return Json();
    at = &(*at)[member];
  }
  return std::exchange(*at, Json());
}

}  // namespace

Result<Json> StreamInput(const core::sync::Reading& reading, const core::sync::Window& window,
                         int page, const core::workflow::Expressions& expressions) {
  return core::workflow::EvaluateTemplate(
      expressions, reading.with, Json::object(),
      {{"from", UnixSecondsOf(window.from)}, {"to", UnixSecondsOf(window.to)}, {"page", page}});
}

Result<StreamPage> ReadStreamPage(const core::sync::Reading& reading, Json output, int page,
                                  const core::workflow::Expressions& expressions) {
  const Arguments arguments = {{"page", page}};
  auto items = TakeOut(reading.items, output, arguments, expressions);
  if (!items.ok() && items.error().kind == ErrorKind::kUnavailable) return items.error();
  if (!items.ok() || !items->is_array()) return StreamUnreadable(reading);
  StreamPage understood;
  understood.objects = std::move(items->get_ref<Json::array_t&>());
  if (reading.total) {
    const auto total = LookUp(*reading.total, output, arguments, expressions);
    if (!total.ok()) return total.error();
    if (!total->is_number_integer()) return StreamUnreadable(reading);
    understood.total = total->get<std::int64_t>();
  }
  if (reading.more) {
    const auto more = LookUp(*reading.more, output, arguments, expressions);
    if (!more.ok()) return more.error();
    understood.more = *more == Json(true);
  }
  return understood;
}

Result<Json> StreamGetInput(const core::sync::Reading& get, const std::string& id,
                            const core::workflow::Expressions& expressions) {
  return core::workflow::EvaluateTemplate(expressions, get.with, Json::object(), {{"id", id}});
}

Result<Json> ReadStreamObject(const core::sync::Reading& get, const std::string& id, Json output,
                              const core::workflow::Expressions& expressions) {
  auto object = TakeOut(get.items, output, {{"id", id}}, expressions);
  if (object.ok() && !object->is_object()) return StreamUnreadable(get);
  return object;
}

const core::sync::LiveEvent* FindLive(const core::sync::Stream& stream, const std::string& type) {
  const auto found = std::ranges::find_if(
      stream.live, [&](const core::sync::LiveEvent& each) { return each.type == type; });
  return found == stream.live.end() ? nullptr : &*found;
}

Result<Json> EventObject(const core::sync::Stream& stream, const Json& data,
                         const core::workflow::Expressions& expressions) {
  if (stream.event_program.empty()) return data;
  return expressions.Evaluate(stream.event_program, data, {});
}

Result<std::optional<WallTime>> InstantIn(const core::sync::Source& source, const Json& object,
                                          const core::workflow::Expressions& expressions) {
  const auto value = LookUp(source, object, {}, expressions);
  if (!value.ok()) return value.error();
  return InstantOf(*value);
}

}  // namespace sb::connector
