#include <algorithm>

#include <nlohmann/json.hpp>

#include "engine/core/workflow/definition_reader.h"
#include "engine/core/workflow/suggest.h"

namespace sb::core::workflow {
namespace {

/// Every task of an extension stands once at each task that it extends.
constexpr std::size_t kMostExtendingTasks = 10'000;

/// What `extend` may say; `composite` is the older word for `do`.
const std::vector<std::string> kExtendable = {"all", "call",   "composite", "do",    "emit",
                                              "for", "fork",   "listen",    "raise", "run",
                                              "set", "switch", "try",       "wait"};

/// Lets tasks that were read at `from` stand at `to`; gives how many they are.
std::size_t MoveTo(const std::string& to, const std::string& from, std::vector<Task>& tasks) {
  std::size_t count = tasks.size();
  for (Task& task : tasks) {
    task.ref = to + task.ref.substr(from.size());
    // ChildLists only looks; these tasks are ours to change.
    for (const std::vector<Task>* list : ChildLists(task))
      count += MoveTo(to, from, const_cast<std::vector<Task>&>(*list));
  }
  return count;
}

/// How to read what the starting events are about; null unless single events start runs, and all
/// are about one kind of object.
const LatestReading* ReadingFor(const std::optional<Schedule>& schedule,
                                const ActionCatalog& actions) {
  if (!schedule || schedule->together) return nullptr;
  const LatestReading* reading = nullptr;
  for (const EventFilter& filter : schedule->any) {
    const LatestReading* its = actions.FindLatest(filter.type);
    if (its == nullptr || (reading != nullptr && its->action != reading->action)) return nullptr;
    reading = its;
  }
  return reading;
}

}  // namespace

// Functions from elsewhere would be code that changes under the feet of a deployed version.
void DefinitionReader::ReadCatalogs(const Node& node) {
  if (!ExpectObject(node, "`catalogs`")) return;
  for (const auto& [name, catalog] : node.value.items()) {
    ReportKey("WORKFLOW_REFUSED", node.pointer + "/" + PointerStep(name),
              name == "default"
                  ? "the catalogue `default` is the connectors' actions and needs no address: call "
                    "them by name, as in aircall.contacts.search:1.0.0@default"
                  : "a catalogue from elsewhere is not part of the integration profile: what a "
                    "deployed workflow does must not change with what a server gives; put the "
                    "function into `use.functions`");
  }
}

void DefinitionReader::ReadExtensions(const Node& node) {
  if (!ExpectList(node, "`extensions`")) return;
  std::vector<std::pair<std::string, Extension>> read;
  for (std::size_t i = 0; i < node.value.size(); ++i) {
    std::string kind;
    auto extension = ReadExtension(node.At(i), kind);
    if (!extension) continue;
    const bool known = std::ranges::any_of(
        read, [&](const auto& before) { return before.second.name == extension->name; });
    if (known) {
      ReportKey("WORKFLOW_FIELD_INVALID", node.At(i).pointer + "/" + extension->name,
                "there are two extensions called `" + extension->name + "`; rename one");
    }
    read.emplace_back(kind, std::move(*extension));
  }
  extensions_ = std::move(read);  // only now: their own tasks are not extended
}

std::optional<Extension> DefinitionReader::ReadExtension(const Node& item, std::string& kind) {
  Extension extension;
  extension.name = ReadTaskName(item);
  if (extension.name.empty()) return {};
  const Node body = item.At(extension.name);
  if (!ExpectObject(body, "an extension")) return {};
  CheckKeys(body, {"extend", "when", "before", "after"});
  kind = Text(body, "extend", true);
  if (kind.empty()) return {};
  if (std::ranges::find(kExtendable, kind) == kExtendable.end()) {
    Report(
        "WORKFLOW_FIELD_INVALID", body.pointer + "/extend",
        "`extend` must be all, or a kind of task: call, do, emit, for, fork, listen, raise, run, "
        "set, switch, try or wait",
        DidYouMean(kind, kExtendable));
    return {};
  }
  if (kind == "composite") kind = "do";
  extension.when = Expression(body, "when", ArgumentSet::kBody);
  if (body.Has("before")) extension.before = ReadTasks(body.At("before"));
  if (body.Has("after")) extension.after = ReadTasks(body.At("after"));
  if (!body.Has("before") && !body.Has("after")) {
    Report("WORKFLOW_FIELD_MISSING", body.pointer,
           "`before` or `after` is missing here: the tasks that are done besides");
  }
  return extension;
}

void DefinitionReader::Extend(Task& task) {
  for (std::size_t i = 0; i < extensions_.size(); ++i) {
    const auto& [kind, rule] = extensions_[i];
    if (kind != "all" && kind != KindName(task.kind)) continue;
    if (extending_tasks_ > kMostExtendingTasks) return;
    Extension extension = rule;
    const std::string from = "/use/extensions/" + std::to_string(i) + "/" + rule.name;
    const std::string to = task.ref + "/" + rule.name;
    extending_tasks_ += MoveTo(to + ".before", from + "/before", extension.before);
    extending_tasks_ += MoveTo(to + ".after", from + "/after", extension.after);
    if (extending_tasks_ > kMostExtendingTasks) {
      Report("WORKFLOW_FIELD_INVALID", from,
             "the extensions would add more than 10,000 tasks; extend fewer tasks");
    }
    task.extensions.push_back(std::move(extension));
  }
}

// An extension of the first task, so that the data flows as it would without it.
void DefinitionReader::FetchLatest(Workflow& workflow) {
  const std::string place = "/document/metadata/switchboard/fetch_latest";
  const LatestReading* reading = ReadingFor(workflow.schedule, actions_);
  if (reading == nullptr) {
    return Report("WORKFLOW_FIELD_INVALID", place,
                  "`fetch_latest` is for workflows that single events start (`schedule.on`), all "
                  "about one kind of object that the connector can read again");
  }
  if (!task_names_.insert("latest").second) {
    return Report("WORKFLOW_TASK_DUPLICATE", place,
                  "with `fetch_latest` no other task may be called `latest`");
  }
  Task& first = workflow.tasks.front();
  const std::string key = "$workflow.input[0].data[" + Json(reading->key).dump() + "]";
  ActionCall call{reading->action, reading->with.is_null() ? Json::object() : reading->with};
  call.with[reading->by] = "${ " + key + " }";
  Task read;
  read.name = "latest";
  read.ref = first.ref + "/switchboard.latest.before/0/latest";
  read.position = yaml_.KeyPositionOf(place);
  read.definition = {{"call", call.action}, {"with", call.with}};
  read.kind = CallTask{std::move(call)};
  Extension extension;
  extension.name = "switchboard.latest";
  extension.when = "try (" + key + " != null) catch false";  // a person may start it with anything
  extension.before.push_back(std::move(read));
  first.extensions.insert(first.extensions.begin(), std::move(extension));
}

}  // namespace sb::core::workflow
