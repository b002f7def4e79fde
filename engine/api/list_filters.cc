#include "engine/api/list_filters.h"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "engine/api/account_reach.h"
#include "engine/api/filter.h"
#include "engine/api/workflow_mapping.h"
#include "engine/ports/workflow_store.h"

namespace sb::api {
namespace {

constexpr int kPageSize = 1000;
// Tenants with more accounts than this would make a list slower than it is worth.
constexpr std::size_t kMostAccounts = 20'000;

/// Every item of a list, page by page.
template <typename Item>
Result<std::vector<Item>> ReadAll(
    const std::function<Result<ports::Page<Item>>(const ports::PageRequest&)>& list) {
  std::vector<Item> all;
  ports::PageRequest page{0, kPageSize};
  do {
    auto part = list(page);
    if (!part.ok()) return part.error();
    for (Item& item : part->items) all.push_back(std::move(item));
    page.before = part->next_before;
  } while (page.before != 0 && all.size() < kMostAccounts);
  return all;
}

/// Reads the conditions of a filter, one after the other, into what a store takes.
class Reader {
 public:
  Reader(const Dependencies& deps, const Caller& caller)
      : deps_(deps), caller_(caller), reach_(deps.accounts, caller) {}

  std::optional<Failure> LimitToCaller(ports::Choice<AccountId>& accounts) {
    if (caller_.ReachesAllTenants()) return {};
    return OfTenants(accounts, Compare::kEqual, caller_.scope.tenants());
  }

  std::optional<Failure> Account(ports::Choice<AccountId>& accounts, const Condition& condition) {
    auto account = reach_.Find("filter", condition.value);
    if (auto* failure = std::get_if<Failure>(&account)) return std::move(*failure);
    Narrow(accounts, condition.compare, {std::get<ports::Account>(account).id});
    return {};
  }

  std::optional<Failure> OfTenants(ports::Choice<AccountId>& accounts, Compare compare,
                                   const std::set<std::string>& tenants) {
    std::vector<AccountId> ids;
    for (const std::string& tenant : tenants) {
      ports::AccountFilter filter;
      filter.tenant = tenant;
      filter.with_disconnected = true;
      const auto found = ReadAll<ports::Account>(
          [&](const ports::PageRequest& page) { return deps_.accounts.List(filter, page); });
      if (!found.ok()) return Failure(found.error());
      for (const ports::Account& account : *found) ids.push_back(account.id);
    }
    Narrow(accounts, compare, ids);
    return {};
  }

  std::optional<Failure> Workflow(ports::Choice<WorkflowId>& workflows,
                                  const Condition& condition) {
    auto named = FindWorkflow(deps_.workflows, "filter", condition.value);
    if (auto* failure = std::get_if<Failure>(&named)) return std::move(*failure);
    const auto& version = std::get<ports::WorkflowVersion>(named);
    const bool all_versions = condition.value == version.workspace + "/" + version.name;
    if (!all_versions) {
      Narrow(workflows, condition.compare, {version.id});
      return {};
    }
    const auto found = ReadAll<ports::WorkflowVersion>(
        [&](const ports::PageRequest& page) { return deps_.workflows.List(page); });
    if (!found.ok()) return Failure(found.error());
    std::vector<WorkflowId> ids;
    for (const ports::WorkflowVersion& each : *found) {
      if (each.workspace == version.workspace && each.name == version.name) ids.push_back(each.id);
    }
    Narrow(workflows, condition.compare, ids);
    return {};
  }

  static std::optional<Failure> Event(ports::Choice<EventId>& events, const Condition& condition) {
    if (condition.compare == Compare::kHas) {
      if (condition.value != "*")
        return WrongCondition(condition, "write event:* for runs that an event started");
      events.Except({EventId()});
      return {};
    }
    const auto id = ParseEventId(condition.value);
    if (!id)
      return WrongCondition(condition, "must be the id of an event, such as evt_01hv3k7q8s0g");
    Narrow(events, condition.compare, {*id});
    return {};
  }

  template <typename Value>
  static std::optional<Failure> Word(ports::Choice<Value>& choice, const Condition& condition,
                                     const std::vector<std::pair<std::string, Value>>& words) {
    std::string known;
    for (const auto& [word, value] : words) {
      if (word == condition.value) {
        Narrow(choice, condition.compare, {value});
        return {};
      }
      known += (known.empty() ? "" : ", ") + word;
    }
    return WrongCondition(condition, "must be one of " + known);
  }

 private:
  const Dependencies& deps_;
  const Caller& caller_;
  AccountReach reach_;
};

const std::vector<Compare> kIs = {Compare::kEqual, Compare::kNotEqual};
const std::vector<Compare> kWhen = {Compare::kLess, Compare::kAtMost, Compare::kGreater,
                                    Compare::kAtLeast};

const std::vector<FilterField>& RunFields() {
  static const std::vector<FilterField> kFields = {
      {"account", kIs},
      {"tenant", kIs},
      {"workflow", kIs},
      {"state", kIs},
      {"event", {Compare::kEqual, Compare::kNotEqual, Compare::kHas}},
      {"create_time", kWhen},
      {"note", {Compare::kHas}}};
  return kFields;
}

const std::vector<std::pair<std::string, std::string>>& States() {
  static const std::vector<std::pair<std::string, std::string>> kStates = {
      {"RUNNING", "RUNNING"},
      {"PARKED", "PARKED"},
      {"SUCCEEDED", "SUCCEEDED"},
      {"FAILED", "FAILED"},
      {"CANCELLED", "CANCELLED"}};
  return kStates;
}

std::optional<Failure> AddTo(ports::RunFilter& filter, const Condition& condition, Reader& reader) {
  if (condition.field == "account") return reader.Account(filter.accounts, condition);
  if (condition.field == "tenant")
    return reader.OfTenants(filter.accounts, condition.compare, {condition.value});
  if (condition.field == "workflow") return reader.Workflow(filter.workflows, condition);
  if (condition.field == "state") return Reader::Word(filter.statuses, condition, States());
  if (condition.field == "event") return Reader::Event(filter.events, condition);
  if (condition.field == "create_time") return Narrow(filter.created, condition);
  filter.note_words.push_back(condition.value);
  return {};
}

const std::vector<FilterField>& EventFields() {
  static const std::vector<FilterField> kFields = {
      {"account", kIs}, {"tenant", kIs},         {"type", kIs},        {"subject", kIs},
      {"origin", kIs},  {"receive_time", kWhen}, {"occur_time", kWhen}};
  return kFields;
}

const std::vector<std::pair<std::string, ports::InboxSource>>& Origins() {
  static const std::vector<std::pair<std::string, ports::InboxSource>> kOrigins = {
      {"WEBHOOK", ports::InboxSource::kWebhook},
      {"API", ports::InboxSource::kApi},
      {"RECOVERED", ports::InboxSource::kRecovered}};
  return kOrigins;
}

std::optional<Failure> AddTo(ports::EventFilter& filter, const Condition& condition,
                             Reader& reader) {
  if (condition.field == "account") return reader.Account(filter.accounts, condition);
  if (condition.field == "tenant")
    return reader.OfTenants(filter.accounts, condition.compare, {condition.value});
  if (condition.field == "origin") return Reader::Word(filter.sources, condition, Origins());
  if (condition.field == "receive_time") return Narrow(filter.received, condition);
  if (condition.field == "occur_time") return Narrow(filter.occurred, condition);
  Narrow(condition.field == "type" ? filter.types : filter.subjects, condition.compare,
         {condition.value});
  return {};
}

template <typename Filter>
std::variant<Filter, Failure> Read(const Dependencies& deps, const Caller& caller,
                                   const std::string& text,
                                   const std::vector<FilterField>& fields) {
  auto conditions = ParseFilter(text, fields);
  if (auto* failure = std::get_if<Failure>(&conditions)) return std::move(*failure);
  Reader reader(deps, caller);
  Filter filter;
  if (auto failure = reader.LimitToCaller(filter.accounts)) return std::move(*failure);
  for (const Condition& condition : std::get<std::vector<Condition>>(conditions)) {
    if (auto failure = AddTo(filter, condition, reader)) return std::move(*failure);
  }
  return filter;
}

}  // namespace

std::variant<ports::RunFilter, Failure> ReadRunFilter(const Dependencies& deps,
                                                      const Caller& caller,
                                                      const std::string& filter) {
  return Read<ports::RunFilter>(deps, caller, filter, RunFields());
}

std::variant<ports::EventFilter, Failure> ReadEventFilter(const Dependencies& deps,
                                                          const Caller& caller,
                                                          const std::string& filter) {
  return Read<ports::EventFilter>(deps, caller, filter, EventFields());
}

}  // namespace sb::api
