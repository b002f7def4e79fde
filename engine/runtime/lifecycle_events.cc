#include "engine/runtime/lifecycle_events.h"

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "engine/core/workflow/lifecycle.h"

namespace sb::runtime {
namespace {

namespace wf = core::workflow;

// What our events say besides, as CloudEvents extension attributes.
constexpr const char* kDepth = "switchboarddepth";
constexpr const char* kWorkflow = "switchboardworkflow";

std::string NameOf(const wf::Workflow& workflow) {
  return workflow.document.workspace + "/" + workflow.document.name;
}

/// A start that is repeated makes another run, which is then refused: its events must be known as
/// those of the first.
std::string OriginOf(const LifeOfRun& life) {
  if (!life.is_new || life.made.trigger_key.empty()) return ToText(life.made.key.run);
  return ToText(life.made.workflow) + "\n" + life.made.trigger_key;
}

ports::InboxItem ItemOf(const LifeOfRun& life, const wf::LifecycleEvent& event,
                        const std::string& place) {
  const ports::RunKey& key = life.made.key;
  const std::string run = ToText(key.run);
  ports::InboxItem item;
  item.slot = key.slot;
  item.account = key.account;
  item.dedupe = Sha256("lifecycle\n" + OriginOf(life) + "\n" + place);
  item.source = ports::InboxSource::kApi;
  item.event = event.type;
  item.entity = "runs";
  item.entity_id = run;
  item.occurred_at = event.time;
  item.body = DumpJson({{"specversion", "1.0"},
                        {"id", run + "/" + place},
                        {"source", "/accounts/" + ToText(key.account)},
                        {"type", event.type},
                        {"subject", "runs/" + run},
                        {"time", ToRfc3339(event.time)},
                        {kDepth, life.after.depth + 1},
                        {kWorkflow, NameOf(life.workflow)},
                        {"data", event.data}});
  return item;
}

}  // namespace

std::vector<ports::InboxItem> LifecycleItems(
    const LifeOfRun& life, const std::function<bool(const std::string& type)>& wanted,
    IdGenerator& ids, WallTime now) {
  std::vector<ports::InboxItem> items;
  if (life.after.depth >= wf::kMaxRunDepth) return items;
  const wf::Document& document = life.workflow.document;
  const wf::LifecycleSubject subject{ToText(life.made.key.run), ToText(life.made.key.account),
                                     document.workspace, document.name, document.version};
  std::size_t next = 0;
  for (const ports::JournalRow& row : life.rows) {
    int number = 0;
    for (std::size_t i = 0; i < row.facts.size() && next < life.facts.size(); ++i, ++next) {
      for (const wf::LifecycleEvent& event : wf::LifecycleOf(life.facts[next], subject)) {
        const std::string place = std::to_string(row.seq) + "/" + std::to_string(number++);
        if (!wanted(event.type)) continue;
        items.push_back(ItemOf(life, event, place));
        items.back().id = ids.Next<EventTag>(now);
        items.back().received_at = now;
      }
    }
  }
  return items;
}

bool TellsOf(const wf::Workflow& workflow, const core::event::CloudEvent& event) {
  return wf::IsLifecycleType(event.type) &&
         TextMember(event.attributes, kWorkflow) == NameOf(workflow);
}

int DepthOf(const core::event::CloudEvent& event) {
  const Json& depth = Member(event.attributes, kDepth);
  const bool ours = wf::IsLifecycleType(event.type) && depth.is_number_integer();
  return ours ? depth.get<int>() : 0;
}

}  // namespace sb::runtime
