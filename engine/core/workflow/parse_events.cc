#include <nlohmann/json.hpp>

#include "engine/core/workflow/definition_reader.h"

namespace sb::core::workflow {
namespace {

using FilterPlace = DefinitionReader::FilterPlace;

std::optional<EventStrategy> ReadStrategy(DefinitionReader& reader, const Node& node,
                                          FilterPlace place,
                                          const std::vector<std::string>& more_keys) {
  if (!reader.ExpectObject(node, "a choice of events")) return {};
  std::vector<std::string> known = {"one", "any", "all"};
  known.insert(known.end(), more_keys.begin(), more_keys.end());
  reader.CheckKeys(node, known);
  EventStrategy strategy;
  const auto add = [&](const Node& filter) {
    if (auto read = reader.ReadEventFilter(filter, place))
      strategy.filters.push_back(std::move(*read));
  };
  if (node.Has("one")) {
    add(node.At("one"));
    return strategy;
  }
  const bool any = node.Has("any");
  if (!any && !node.Has("all")) {
    reader.Report("WORKFLOW_FIELD_MISSING", node.pointer,
                  "`one`, `any` or `all` is missing here: the events to wait for");
    return {};
  }
  strategy.mode = any ? EventStrategy::Mode::kAny : EventStrategy::Mode::kAll;
  const Node list = node.At(any ? "any" : "all");
  const bool every = any && list.value.is_array() && list.value.empty();
  if (every && place == FilterPlace::kListen) return strategy;
  if (!reader.ExpectList(list, any ? "`any`" : "`all`")) return {};
  for (std::size_t i = 0; i < list.value.size(); ++i) add(list.At(i));
  return strategy;
}

void ReadUntil(DefinitionReader& reader, const Node& to, FilterPlace place, EventWait& wait) {
  const Node until = to.At("until");
  if (!to.Has("until")) return;
  if (wait.to.mode != EventStrategy::Mode::kAny) {
    return reader.Invalid(until,
                          "`until` belongs to `any`: `one` and `all` know when they are done");
  }
  if (until.value.is_object()) {
    wait.until_events = ReadStrategy(reader, until, place, {});
  } else {
    const bool listens = place == FilterPlace::kListen;
    wait.until = reader.Expression(to, "until", listens ? ArgumentSet::kBody : ArgumentSet::kEvent);
  }
}

std::optional<EachEvent> ReadForeach(DefinitionReader& reader, const Node& body) {
  if (!body.Has("foreach")) return {};
  const Node node = body.At("foreach");
  if (!reader.ExpectObject(node, "`foreach`")) return {};
  reader.CheckKeys(node, {"item", "at", "do", "output", "export"});
  EachEvent each;
  each.item = reader.VariableName(node, "item", each.item);
  each.at = reader.VariableName(node, "at", each.at);
  if (!node.Has("do")) {
    reader.Report("WORKFLOW_FIELD_MISSING", node.pointer,
                  "`do` is missing here: the tasks for each event");
    return {};
  }
  each.tasks = reader.ReadTasks(node.At("do"), {each.item, each.at});
  reader.WithVariables({each.item, each.at}, [&] {
    for (const auto& [key, rule] : {std::pair{"output", &each.output}, {"export", &each.export_}}) {
      if (!node.Has(key) || !reader.ExpectObject(node.At(key), std::string("`") + key + "`"))
        continue;
      reader.CheckKeys(node.At(key), {"as"});
      rule->as = reader.ReadTransformation(node.At(key), "as", ArgumentSet::kBody);
    }
  });
  if (each.tasks.empty()) return {};
  return each;
}

void ReadReading(DefinitionReader& reader, const Node& node, ListenTask& listen) {
  if (!node.Has("read")) return;
  const std::string read = reader.Text(node, "read", true);
  if (read == "envelope") {
    listen.read = ReadEventAs::kEnvelope;
  } else if (read == "raw") {
    listen.read = ReadEventAs::kRaw;
  } else if (read != "data") {
    reader.Invalid(node.At("read"), "`read` must be data, envelope or raw");
  }
}

}  // namespace

std::optional<EventWait> ReadEventWait(DefinitionReader& reader, const Node& node,
                                       FilterPlace place) {
  auto strategy = ReadStrategy(reader, node, place, {"until"});
  if (!strategy) return {};
  EventWait wait;
  wait.to = std::move(*strategy);
  ReadUntil(reader, node, place, wait);
  return wait;
}

std::optional<TaskKind> ParseEmit(DefinitionReader& reader, const Node& body) {
  const Node emit = body.At("emit");
  if (!reader.ExpectObject(emit, "`emit`")) return {};
  reader.CheckKeys(emit, {"event"});
  if (!reader.ExpectObject(emit.At("event"), "`event`")) return {};
  reader.CheckKeys(emit.At("event"), {"with"});
  const Node with = emit.At("event").At("with");
  if (!reader.ExpectObject(with, "`with`")) return {};
  reader.CheckTemplate(with, ArgumentSet::kBody);
  (void)reader.Text(with, "type", true);
  return EmitTask{with.value};
}

std::optional<TaskKind> ParseListen(DefinitionReader& reader, const Node& body) {
  const Node node = body.At("listen");
  if (!reader.ExpectObject(node, "`listen`")) return {};
  reader.CheckKeys(node, {"to", "read"});
  if (!node.Has("to")) {
    reader.Report("WORKFLOW_FIELD_MISSING", node.pointer,
                  "`to` is missing here: the events to wait for");
    return {};
  }
  const Node to = node.At("to");
  auto wait = ReadEventWait(reader, to, FilterPlace::kListen);
  if (!wait) return {};
  ListenTask listen;
  listen.events = std::move(*wait);
  ReadReading(reader, node, listen);
  listen.each = ReadForeach(reader, body);
  if (body.Has("foreach") && !listen.each) return {};
  return listen;
}

}  // namespace sb::core::workflow
