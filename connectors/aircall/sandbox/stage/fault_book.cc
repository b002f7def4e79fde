#include "connectors/aircall/sandbox/stage/fault_book.h"

#include <algorithm>
#include <array>
#include <utility>

#include "connectors/aircall/sandbox/world/refusal.h"

namespace sb::aircall::sandbox {
namespace {

constexpr std::array<std::pair<FaultAction, const char*>, 6> kNames = {{
    {FaultAction::kStatus, "status"},
    {FaultAction::kDelay, "delay"},
    {FaultAction::kDropBefore, "drop_before"},
    {FaultAction::kDropAfter, "drop_after"},
    {FaultAction::kTruncate, "truncate"},
    {FaultAction::kHtml, "html"},
}};

}  // namespace

std::optional<FaultAction> FaultActionFromName(const std::string& name) {
  for (const auto& [action, known] : kNames) {
    if (name == known) return action;
  }
  return {};
}

const char* NameOf(FaultAction action) {
  for (const auto& [known, name] : kNames) {
    if (action == known) return name;
  }
  return "";
}

bool StrikesBefore(FaultAction action) {
  return action == FaultAction::kStatus || action == FaultAction::kDropBefore ||
         action == FaultAction::kHtml;
}

Reply FaultReply(const Fault& fault) {
  if (fault.action == FaultAction::kDropBefore) return {.status = 0, .hang_up = true};
  const std::string status = std::to_string(fault.status);
  if (fault.action == FaultAction::kHtml) {
    return HtmlReply(fault.status, "<html><head><title>" + status +
                                       "</title></head><body><center><h1>" + status +
                                       " Gateway Trouble</h1></center></body></html>");
  }
  Reply reply = GatewayError(fault.status, "Sandbox fault " + std::to_string(fault.id));
  if (!fault.body.empty()) reply.body = fault.body;
  return reply;
}

void SpoilReply(const Fault& fault, Reply& reply) {
  if (fault.action == FaultAction::kDropAfter) reply.hang_up = true;
  if (fault.action == FaultAction::kTruncate) reply.cut_short = true;
}

Result<Fault> FaultBook::Add(Fault fault) {
  try {
    std::regex path(fault.path_regex, std::regex::ECMAScript | std::regex::optimize);
    fault.id = next_id_++;
    armed_.push_back({std::move(fault), std::move(path)});
    return armed_.back().fault;
  } catch (const std::regex_error& problem) {
    return Refused(std::string("match.path_regex is no regular expression: ") + problem.what());
  }
}

std::optional<Fault> FaultBook::Strike(const std::string& method, const std::string& path) {
  const auto fits = [&](const Armed& each) {
    const Fault& fault = each.fault;
    const bool left = !fault.times || fault.struck < *fault.times;
    return left && (fault.method.empty() || fault.method == method) &&
           std::regex_search(path, each.path);
  };
  const auto found = std::find_if(armed_.begin(), armed_.end(), fits);
  if (found == armed_.end()) return {};
  ++found->fault.struck;
  return found->fault;
}

std::vector<Fault> FaultBook::all() const {
  std::vector<Fault> faults;
  for (const Armed& each : armed_) faults.push_back(each.fault);
  return faults;
}

}  // namespace sb::aircall::sandbox
