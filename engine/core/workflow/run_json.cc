#include <array>
#include <type_traits>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/core/workflow/run.h"

namespace sb::core::workflow {
namespace {

// Every member of a state by name, once for both directions. A member that is new here is absent
// from what was stored before, and then has its default.

template <typename Task, typename Each>
void EachMember(Task& task,
                Each& each) requires std::is_same_v<std::remove_const_t<Task>, TaskState> {
  each("ref", task.ref);
  each("name", task.name);
  each("kind", task.kind);
  each("parent", task.parent);
  each("status", task.status);
  each("awaiting", task.awaiting);
  each("entries", task.entries);
  each("attempt", task.attempt);
  each("failures", task.failures);
  each("read_back_round", task.read_back_round);
  each("read_back_failures", task.read_back_failures);
  each("round", task.round);
  each("started_at", task.started_at);
  each("ended_at", task.ended_at);
  each("due", task.due);
  each("raw_input", task.raw_input);
  each("input", task.input);
  each("output", task.output);
  each("flow", task.flow);
  each("items", task.items);
  each("error", task.error);
  each("caught", task.caught);
  each("request", task.request);
  each("requested_at", task.requested_at);
  each("sent", task.sent);
  each("held", task.held);
  each("deadline", task.deadline);
  each("round_deadline", task.round_deadline);
  each("emission", task.emission);
  each("consumed", task.consumed);
  each("child_wanted", task.child_wanted);
  each("child", task.child);
  each("past_entries", task.past_entries);
  each("past_attempts", task.past_attempts);
  each("extensions", task.extensions);
  each("extension_step", task.extension_step);
  each("extended_then", task.extended_then);
}

template <typename Whole, typename Each>
void EachMember(Whole& run, Each& each) requires std::is_same_v<std::remove_const_t<Whole>, Run> {
  each("status", run.status);
  each("input", run.input);
  each("context", run.context);
  each("flow", run.flow);
  each("output", run.output);
  each("error", run.error);
  each("parked_code", run.parked_code);
  each("parked_reason", run.parked_reason);
  each("started_at", run.started_at);
  each("ended_at", run.ended_at);
  each("deadline", run.deadline);
  each("held", run.held);
  each("retried_from", run.retried_from);
  each("depth", run.depth);
  each("turn_key", run.turn_key);
  each("queued", run.queued);
  each("queued_at", run.queued_at);
  each("gathering", run.gathering);
  each("gathered", run.gathered);
  each("listening", run.listening);
  each("consumed_events", run.consumed_events);
  each("entered", run.entered);
  each("forgotten", run.forgotten);
  each("tasks", run.tasks);
  each("order", run.order);
  each("latest", run.latest);
}

template <typename Value>
concept IsFact = std::is_constructible_v<FactBody, Value> && !std::is_same_v<Value, FactBody> &&
                 !std::is_arithmetic_v<Value>;

// ---- Writing ----

template <typename Enum>
Json Write(Enum value) requires std::is_enum_v<Enum> {
  return static_cast<int>(value);
}

Json Write(WallTime value) {
  return value.time_since_epoch().count();
}

Json Write(const TaskError& value) {
  return ToJson(value);
}

Json Write(const std::map<std::string, std::string>& value) {
  return value;
}

template <typename Fact_>
Json Write(const Fact_& value) requires IsFact<Fact_> {
  return ToJson(Fact{WallTime{}, value});
}

struct Writer;
Json Write(const TaskState& value);
Json Write(const std::map<std::string, TaskState>& value);

struct Writer {
  Json& out;

  template <typename Value>
  void operator()(const char* key, const Value& value) const {
    if (value != Value{}) out[key] = Write(value);
  }

  void operator()(const char* key, const Json& value) const {
    if (!value.is_null()) out[key] = value;
  }

  void operator()(const char* key, int value) const {
    if (value != 0) out[key] = value;
  }

  void operator()(const char* key, bool value) const {
    if (value) out[key] = true;
  }

  void operator()(const char* key, const std::string& value) const {
    if (!value.empty()) out[key] = value;
  }

  template <typename Value>
  void operator()(const char* key, const std::optional<Value>& value) const {
    if (value) out[key] = Write(*value);
  }

  void operator()(const char* key, const std::optional<std::string>& value) const {
    if (value) out[key] = *value;
  }

  void operator()(const char* key, const std::vector<std::string>& value) const {
    if (!value.empty()) out[key] = value;
  }

  void operator()(const char* key, const std::vector<EventConsumed>& value) const {
    for (const EventConsumed& each : value) out[key].push_back(Write(each));
  }
};

Json Write(const TaskState& value) {
  Json out = Json::object();
  Writer writer{out};
  EachMember(value, writer);
  return out;
}

Json Write(const std::map<std::string, TaskState>& value) {
  Json out = Json::object();
  for (const auto& [ref, task] : value) out[ref] = Write(task);
  return out;
}

// ---- Reading: throws nlohmann's exceptions, which RunFromJson translates ----

struct Reader {
  const Json& in;

  template <typename Value>
  void operator()(const char* key, Value& value) const {
    if (const auto found = in.find(key); found != in.end()) Read(*found, value);
  }

  template <typename Enum>
  static void Read(const Json& from, Enum& value) requires std::is_enum_v<Enum> {
    value = static_cast<Enum>(from.get<int>());
  }

  static void Read(const Json& from, Json& value) { value = from; }

  static void Read(const Json& from, int& value) { value = from.get<int>(); }

  static void Read(const Json& from, bool& value) { value = from.get<bool>(); }

  static void Read(const Json& from, std::string& value) { value = from.get<std::string>(); }

  static void Read(const Json& from, WallTime& value) {
    value = WallTime(std::chrono::microseconds(from.get<std::int64_t>()));
  }

  static void Read(const Json& from, TaskError& value) {
    value = {from.at("type").get<std::string>(), from.at("status").get<int>(),
             TextMember(from, "title"), TextMember(from, "detail"), TextMember(from, "instance")};
  }

  template <typename Fact_>
  static void Read(const Json& from, Fact_& value) requires IsFact<Fact_> {
    auto fact = FactFromJson(from);
    if (fact.ok()) value = std::get<Fact_>(std::move(fact).value().body);
  }

  template <typename Value>
  static void Read(const Json& from, std::optional<Value>& value) {
    Read(from, value.emplace());
  }

  template <typename Value>
  static void Read(const Json& from, std::vector<Value>& value) {
    for (const Json& each : from) Read(each, value.emplace_back());
  }

  template <typename Value>
  static void Read(const Json& from, std::map<std::string, Value>& value) {
    for (const auto& [key, each] : from.items()) Read(each, value[key]);
  }

  static void Read(const Json& from, TaskState& value) {
    Reader reader{from};
    EachMember(value, reader);
  }
};

}  // namespace

Json ToJson(const Run& run) {
  Json out = Json::object();
  Writer writer{out};
  EachMember(run, writer);
  return out;
}

Result<Run> RunFromJson(const Json& value) {
  try {
    Run run;
    Reader reader{value};
    EachMember(run, reader);
    return run;
  } catch (const std::exception&) {
    return Internal("JOURNAL_UNREADABLE", "the stored state of a run does not decode");
  }
}

}  // namespace sb::core::workflow
