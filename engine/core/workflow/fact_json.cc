#include <array>
#include <string_view>

#include <nlohmann/json.hpp>

#include "engine/core/workflow/run.h"

namespace sb::core::workflow {
namespace {

constexpr int kVersion = 1;

/// The discriminators, by index in FactBody. Stored for ever: never rename one.
constexpr std::array<const char*, std::variant_size_v<FactBody>> kFactNames = {
    "run_started",     "task_entered",      "round_started",   "call_requested", "call_started",
    "call_ended",      "read_back_planned", "read_back_ended", "retry_planned",  "timer_set",
    "timer_fired",     "error_caught",      "task_completed",  "task_failed",    "run_parked",
    "run_resumed",     "run_succeeded",     "run_failed",      "run_cancelled",  "deadline_set",
    "tasks_cancelled", "outcome_held",      "event_emitted",   "listen_started", "event_consumed",
    "child_wanted",    "child_started",     "child_ended",     "listen_ended",   "round_ended",
    "turn_awaited",    "turn_taken",        "run_snapshot",    "input_gathered", "task_extended",
    "extension_moved"};

std::int64_t ToMicros(WallTime when) {
  return when.time_since_epoch().count();
}

WallTime FromMicros(std::int64_t micros) {
  return WallTime(std::chrono::microseconds(micros));
}

// ---- Writing ----

Json WriteError(const Error& error) {
  Json json = {{"kind", ToString(error.kind)}, {"code", error.code}, {"message", error.message}};
  if (error.retry_after) json["retry_after_ms"] = error.retry_after->count();
  return json;
}

/// Writes the members of one fact body; the discriminator is the caller's.
struct Writer {
  Json& out;

  void Optional(const char* key, const std::optional<Json>& value) const {
    if (value) out[key] = *value;
  }

  void Text(const char* key, const std::string& value) const {
    if (!value.empty()) out[key] = value;
  }

  void Attempt(const std::string& ref, int attempt) const {
    out["ref"] = ref;
    out["attempt"] = attempt;
  }

  void operator()(const RunStarted& fact) const {
    out["input"] = fact.input;
    Optional("flow", fact.flow);
    Text("retried_from", fact.retried_from);
    if (fact.depth > 0) out["depth"] = fact.depth;
    if (fact.gathers) out["gathers"] = true;
  }

  void operator()(const TaskEntered& fact) const {
    out["ref"] = fact.ref;
    out["name"] = fact.name;
    out["kind"] = fact.kind;
    Optional("input", fact.input);
  }

  void operator()(const RoundStarted& fact) const {
    out["ref"] = fact.ref;
    out["round"] = fact.round;
    Optional("items", fact.items);
  }

  void operator()(const CallRequested& fact) const {
    Attempt(fact.ref, fact.attempt);
    out["action"] = fact.action;
    out["input"] = fact.input;
    out["effect"] = ToString(fact.effect);
    out["op_key"] = fact.op_key;
  }

  void operator()(const CallStarted& fact) const {
    Attempt(fact.ref, fact.attempt);
    out["op_key"] = fact.op_key;
  }

  void operator()(const CallEnded& fact) const {
    Attempt(fact.ref, fact.attempt);
    if (fact.error) {
      out["error"] = WriteError(*fact.error);
    } else {
      out["output"] = fact.output;
    }
  }

  void operator()(const ReadBackPlanned& fact) const {
    Attempt(fact.ref, fact.attempt);
    out["round"] = fact.round;
    out["due"] = ToMicros(fact.due);
  }

  void operator()(const ReadBackEnded& fact) const {
    Attempt(fact.ref, fact.attempt);
    out["round"] = fact.round;
    if (fact.error) {
      out["error"] = WriteError(*fact.error);
    } else {
      out["found"] = fact.found;
    }
    if (fact.found) out["output"] = fact.output;
  }

  void operator()(const RetryPlanned& fact) const {
    out["ref"] = fact.ref;
    out["next_attempt"] = fact.next_attempt;
    out["due"] = ToMicros(fact.due);
    out["reason"] = fact.reason;
  }

  void operator()(const TimerSet& fact) const {
    out["ref"] = fact.ref;
    out["due"] = ToMicros(fact.due);
  }

  void operator()(const TimerFired& fact) const { out["ref"] = fact.ref; }

  void operator()(const ErrorCaught& fact) const {
    out["ref"] = fact.ref;
    out["error"] = ToJson(fact.error);
  }

  void operator()(const TaskCompleted& fact) const {
    out["ref"] = fact.ref;
    Optional("output", fact.output);
    Optional("context", fact.context);
    if (fact.skipped) out["skipped"] = true;
    if (fact.then != "continue") Text("then", fact.then);
  }

  void operator()(const TaskFailed& fact) const {
    out["ref"] = fact.ref;
    out["error"] = ToJson(fact.error);
  }

  void operator()(const RunParked& fact) const {
    out["code"] = fact.code;
    out["reason"] = fact.reason;
    Text("ref", fact.ref);
  }

  void operator()(const RunResumed&) const {}

  void operator()(const RunSucceeded& fact) const { Optional("output", fact.output); }

  void operator()(const RunFailed& fact) const { out["error"] = ToJson(fact.error); }

  void operator()(const RunCancelled& fact) const { out["reason"] = fact.reason; }

  void operator()(const DeadlineSet& fact) const {
    Text("ref", fact.ref);
    out["due"] = ToMicros(fact.due);
    if (fact.of_round) out["of_round"] = true;
  }

  void operator()(const TasksCancelled& fact) const { out["ref"] = fact.ref; }

  void operator()(const OutcomeHeld& fact) const {
    Attempt(fact.ref, fact.attempt);
    if (fact.error) {
      out["error"] = WriteError(*fact.error);
    } else {
      out["output"] = fact.output;
    }
  }

  void operator()(const EventEmitted& fact) const {
    out["ref"] = fact.ref;
    out["event"] = fact.event;
  }

  void operator()(const ListenStarted& fact) const { out["ref"] = fact.ref; }

  void operator()(const EventConsumed& fact) const {
    out["ref"] = fact.ref;
    out["event_id"] = fact.event_id;
    out["filter"] = fact.filter;
    if (fact.ends) out["ends"] = true;
    out["value"] = fact.value;
    if (!fact.keys.empty()) out["keys"] = fact.keys;
  }

  void operator()(const ListenEnded& fact) const { out["ref"] = fact.ref; }

  void operator()(const InputGathered& fact) const { Optional("flow", fact.flow); }

  void operator()(const TaskExtended& fact) const {
    out["ref"] = fact.ref;
    out["extensions"] = fact.extensions;
  }

  void operator()(const ExtensionMoved& fact) const {
    out["ref"] = fact.ref;
    out["step"] = fact.step;
    Optional("output", fact.output);
    Text("then", fact.then);
  }

  void operator()(const TurnAwaited& fact) const {
    out["key"] = fact.key;
    Text("from", fact.from);
  }

  void operator()(const TurnTaken&) const {}

  void operator()(const RunSnapshot& fact) const {
    out["state"] = fact.state;
    out["size"] = fact.size;
  }

  void operator()(const RoundEnded& fact) const {
    out["ref"] = fact.ref;
    out["round"] = fact.round;
    out["output"] = fact.output;
    Optional("context", fact.context);
  }

  void operator()(const ChildWanted& fact) const {
    out["ref"] = fact.ref;
    out["namespace"] = fact.workspace;
    out["name"] = fact.name;
    Text("version", fact.version);
    out["input"] = fact.input;
    if (!fact.await) out["await"] = false;
    out["op_key"] = fact.op_key;
  }

  void operator()(const ChildStarted& fact) const {
    out["ref"] = fact.ref;
    out["child"] = fact.child;
  }

  void operator()(const ChildEnded& fact) const {
    out["ref"] = fact.ref;
    if (fact.error) {
      out["error"] = ToJson(*fact.error);
    } else {
      out["output"] = fact.output;
    }
  }
};

// ---- Reading: `at` throws nlohmann's exceptions, which FactFromJson translates ----

std::optional<Json> ReadOptional(const Json& in, const char* key) {
  return in.contains(key) ? std::optional<Json>(in.at(key)) : std::nullopt;
}

EffectClass ReadEffect(const std::string& name) {
  for (const EffectClass effect : {EffectClass::kRead, EffectClass::kIdempotent,
                                   EffectClass::kKeyed, EffectClass::kVerifiable}) {
    if (name == ToString(effect)) return effect;
  }
  return EffectClass::kBlind;
}

std::optional<Error> ReadError(const Json& in) {
  if (!in.contains("error")) return {};
  const Json& stored = in.at("error");
  Error error{ErrorKindFromString(stored.at("kind").get<std::string>()),
              stored.at("code").get<std::string>(), stored.at("message").get<std::string>()};
  if (stored.contains("retry_after_ms"))
    error.retry_after = Millis(stored.at("retry_after_ms").get<std::int64_t>());
  return error;
}

TaskError ReadTaskError(const Json& in) {
  const Json& stored = in.at("error");
  return {stored.at("type").get<std::string>(), stored.at("status").get<int>(),
          TextMember(stored, "title"), TextMember(stored, "detail"),
          TextMember(stored, "instance")};
}

std::string Text(const Json& in, const char* key) {
  return in.at(key).get<std::string>();
}

int Number(const Json& in, const char* key) {
  return in.at(key).get<int>();
}

WallTime Time(const Json& in, const char* key) {
  return FromMicros(in.at(key).get<std::int64_t>());
}

// One overload per fact: the tag only picks it.
template <typename Body>
Body Read(const Json& in);

template <>
RunStarted Read(const Json& in) {
  return {in.at("input"), ReadOptional(in, "flow"), TextMember(in, "retried_from"),
          in.value("depth", 0), in.value("gathers", false)};
}

template <>
TaskEntered Read(const Json& in) {
  return {Text(in, "ref"), Text(in, "name"), Text(in, "kind"), ReadOptional(in, "input")};
}

template <>
RoundStarted Read(const Json& in) {
  return {Text(in, "ref"), Number(in, "round"), ReadOptional(in, "items")};
}

template <>
CallRequested Read(const Json& in) {
  return {Text(in, "ref"), Number(in, "attempt"),          Text(in, "action"),
          in.at("input"),  ReadEffect(Text(in, "effect")), Text(in, "op_key")};
}

template <>
CallStarted Read(const Json& in) {
  return {Text(in, "ref"), Number(in, "attempt"), Text(in, "op_key")};
}

template <>
CallEnded Read(const Json& in) {
  auto error = ReadError(in);
  Json output = error ? Json() : in.at("output");
  return {Text(in, "ref"), Number(in, "attempt"), std::move(output), std::move(error)};
}

template <>
ReadBackPlanned Read(const Json& in) {
  return {Text(in, "ref"), Number(in, "attempt"), Number(in, "round"), Time(in, "due")};
}

template <>
ReadBackEnded Read(const Json& in) {
  auto error = ReadError(in);
  const bool found = !error && in.at("found").get<bool>();
  return {Text(in, "ref"),
          Number(in, "attempt"),
          Number(in, "round"),
          found,
          found ? in.at("output") : Json(),
          std::move(error)};
}

template <>
RetryPlanned Read(const Json& in) {
  return {Text(in, "ref"), Number(in, "next_attempt"), Time(in, "due"), Text(in, "reason")};
}

template <>
TimerSet Read(const Json& in) {
  return {Text(in, "ref"), Time(in, "due")};
}

template <>
TimerFired Read(const Json& in) {
  return {Text(in, "ref")};
}

template <>
ErrorCaught Read(const Json& in) {
  return {Text(in, "ref"), ReadTaskError(in)};
}

template <>
TaskCompleted Read(const Json& in) {
  const std::string then = TextMember(in, "then");
  return {Text(in, "ref"), ReadOptional(in, "output"), ReadOptional(in, "context"),
          in.value("skipped", false), then.empty() ? "continue" : then};
}

template <>
TaskFailed Read(const Json& in) {
  return {Text(in, "ref"), ReadTaskError(in)};
}

template <>
RunParked Read(const Json& in) {
  return {Text(in, "code"), Text(in, "reason"), TextMember(in, "ref")};
}

template <>
RunResumed Read(const Json&) {
  return {};
}

template <>
TurnAwaited Read(const Json& in) {
  return {Text(in, "key"), TextMember(in, "from")};
}

template <>
TurnTaken Read(const Json&) {
  return {};
}

template <>
InputGathered Read(const Json& in) {
  return {ReadOptional(in, "flow")};
}

template <>
TaskExtended Read(const Json& in) {
  return {Text(in, "ref"), in.at("extensions").get<std::vector<std::string>>()};
}

template <>
ExtensionMoved Read(const Json& in) {
  return {Text(in, "ref"), in.at("step").get<int>(), ReadOptional(in, "output"),
          TextMember(in, "then")};
}

template <>
RunSnapshot Read(const Json& in) {
  return {in.at("state"), in.at("size").get<std::int64_t>()};
}

template <>
RunSucceeded Read(const Json& in) {
  return {ReadOptional(in, "output")};
}

template <>
RunFailed Read(const Json& in) {
  return {ReadTaskError(in)};
}

template <>
RunCancelled Read(const Json& in) {
  return {Text(in, "reason")};
}

template <>
DeadlineSet Read(const Json& in) {
  return {TextMember(in, "ref"), Time(in, "due"), in.value("of_round", false)};
}

template <>
TasksCancelled Read(const Json& in) {
  return {Text(in, "ref")};
}

template <>
OutcomeHeld Read(const Json& in) {
  auto error = ReadError(in);
  Json output = error ? Json() : in.at("output");
  return {Text(in, "ref"), Number(in, "attempt"), std::move(output), std::move(error)};
}

template <>
EventEmitted Read(const Json& in) {
  return {Text(in, "ref"), in.at("event")};
}

template <>
ListenStarted Read(const Json& in) {
  return {Text(in, "ref")};
}

template <>
EventConsumed Read(const Json& in) {
  return {Text(in, "ref"),         Text(in, "event_id"), Number(in, "filter"),
          in.value("ends", false), in.at("value"),       in.value("keys", Json::object())};
}

template <>
ListenEnded Read(const Json& in) {
  return {Text(in, "ref")};
}

template <>
RoundEnded Read(const Json& in) {
  return {Text(in, "ref"), Number(in, "round"), in.at("output"), ReadOptional(in, "context")};
}

template <>
ChildWanted Read(const Json& in) {
  return {Text(in, "ref"), Text(in, "namespace"),   Text(in, "name"),  TextMember(in, "version"),
          in.at("input"),  in.value("await", true), Text(in, "op_key")};
}

template <>
ChildStarted Read(const Json& in) {
  return {Text(in, "ref"), Text(in, "child")};
}

template <>
ChildEnded Read(const Json& in) {
  if (in.contains("error")) return {Text(in, "ref"), {}, ReadTaskError(in)};
  return {Text(in, "ref"), in.at("output"), {}};
}

using BodyReader = FactBody (*)(const Json&);

template <std::size_t... kIndices>
constexpr auto MakeReaders(std::index_sequence<kIndices...>) {
  return std::array<BodyReader, sizeof...(kIndices)>{[](const Json& in) -> FactBody {
    return Read<std::variant_alternative_t<kIndices, FactBody>>(in);
  }...};
}

FactBody ReadBody(const Json& in, std::string_view name) {
  constexpr auto kReaders = MakeReaders(std::make_index_sequence<std::variant_size_v<FactBody>>());
  for (std::size_t i = 0; i < kFactNames.size(); ++i) {
    if (name == kFactNames[i]) return kReaders[i](in);
  }
  throw Json::other_error::create(500, "unknown fact", &in);
}

Error Unreadable(const std::string& why) {
  return Internal("JOURNAL_UNREADABLE",
                  "a stored fact of the run cannot be read (" + why +
                      "): the journal is damaged or was written by a newer version");
}

}  // namespace

Json ToJson(const TaskError& error) {
  Json json = {{"type", error.type}, {"status", error.status}};
  if (!error.title.empty()) json["title"] = error.title;
  if (!error.detail.empty()) json["detail"] = error.detail;
  if (!error.instance.empty()) json["instance"] = error.instance;
  return json;
}

Json ToJson(const Fact& fact) {
  Json json = {{"v", kVersion}, {"at", ToMicros(fact.at)}, {"is", kFactNames[fact.body.index()]}};
  std::visit(Writer{json}, fact.body);
  return json;
}

Result<Fact> FactFromJson(const Json& value) {
  if (Member(value, "v") != Json(kVersion)) return Unreadable("unknown version");
  try {
    return Fact{Time(value, "at"), ReadBody(value, Text(value, "is"))};
  } catch (const Json::exception& error) {
    return Unreadable("nlohmann error " + std::to_string(error.id));
  }
}

}  // namespace sb::core::workflow
