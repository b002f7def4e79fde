#include "connectors/aircall/sandbox/emulator.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "connectors/aircall/sandbox/router.h"
#include "engine/base/encoding.h"

namespace sb::aircall::sandbox {
namespace {

constexpr Millis kLongestNap = std::chrono::hours(1);

bool IsControl(const std::string& path) {
  return path == "/sandbox" || path.starts_with("/sandbox/");
}

/// What follows "Basic " or "Bearer " in an Authorization header, in any case of its letters.
std::optional<std::string> CredentialOf(const std::string& header, std::string_view scheme) {
  const auto same = [](unsigned char a, unsigned char b) {
    return std::tolower(a) == std::tolower(b);
  };
  if (header.size() <= scheme.size() || header[scheme.size()] != ' ') return {};
  if (!std::equal(scheme.begin(), scheme.end(), header.begin(), same)) return {};
  return header.substr(scheme.size() + 1);
}

CallerKind CallerOf(const World& world, const std::string& header) {
  if (const auto token = CredentialOf(header, "Bearer")) {
    return world.app().HoldsToken(*token) ? CallerKind::kApp : CallerKind::kNobody;
  }
  const auto pair = CredentialOf(header, "Basic");
  if (!pair) return CallerKind::kNobody;
  const std::string right = world.api_key().id + ":" + world.api_key().token;
  return FromBase64(*pair) == right ? CallerKind::kKey : CallerKind::kNobody;
}

const char* NameOf(CallerKind caller) {
  switch (caller) {
    case CallerKind::kNobody:
      return "rejected";
    case CallerKind::kKey:
      return "basic";
    case CallerKind::kApp:
      return "oauth";
  }
  return "";
}

void AddRateHeaders(Reply& reply, const RateWindow::Standing& standing) {
  reply.headers.emplace_back("X-AircallApi-Limit", std::to_string(standing.limit));
  reply.headers.emplace_back("X-AircallApi-Remaining", std::to_string(standing.remaining));
  reply.headers.emplace_back("X-AircallApi-Reset", std::to_string(standing.reset));
}

Reply LimitedReply(const World& world, const RateWindow::Standing& standing) {
  Reply reply = ApplicationError(
      429, "Too Many Requests",
      "The company used up its requests for this minute. Try again after X-AircallApi-Reset.");
  AddRateHeaders(reply, standing);
  if (world.settings().switches.Is(Switch::kRetryAfter, "on")) {
    const std::int64_t wait = standing.reset - UnixSeconds(world.Now());
    reply.headers.emplace_back("Retry-After", std::to_string(wait));
  }
  return reply;
}

Reply FaultReply(const Fault& fault) {
  Reply reply = GatewayError(fault.status, "Sandbox fault " + std::to_string(fault.id));
  if (!fault.body.empty()) reply.body = fault.body;
  return reply;
}

}  // namespace

void Emulator::SetBaseUrl(std::string base_url) {
  const Lock lock(mutex_);
  stage_.SetBaseUrl(std::move(base_url));
}

ApiKey Emulator::api_key() {
  const Lock lock(mutex_);
  return stage_.world().api_key();
}

OauthClient Emulator::oauth_client() {
  const Lock lock(mutex_);
  return stage_.world().app().client();
}

Reply Emulator::Handle(const Request& request) {
  Lock lock(mutex_);
  const bool control = IsControl(request.path);
  const auto fault = control ? std::nullopt : stage_.faults.Strike(request.method, request.path);
  if (fault && fault->action == FaultAction::kDelay) {
    const Millis delay = fault->delay;
    changed_.wait_for(lock, stopping_.get_token(), delay, [] { return false; });
  }
  LoggedRequest entry{.at = clock_.Now(), .credential = "none"};
  Reply reply = Answer(request, fault, entry.credential);
  if (!control) {
    entry.status = reply.status;
    entry.answered = !reply.hang_up;
    if (fault) entry.fault = NameOf(fault->action);
    stage_.requests.Add(request, std::move(entry));
  }
  TellChange();
  return reply;
}

Reply Emulator::Answer(const Request& request, const std::optional<Fault>& fault,
                       std::string& credential) {
  if (fault && fault->action == FaultAction::kDropBefore) return {.status = 0, .hang_up = true};
  if (fault && fault->action == FaultAction::kStatus) return FaultReply(*fault);
  const std::string_view method =
      request.method == "HEAD" ? "GET" : std::string_view(request.method);
  const auto match = FindRoute(method, request.path);
  // The gateway looks for the route before it looks at the credential (live).
  Reply reply = match ? Serve(request, *match, credential) : GatewayError(404, "Not Found");
  if (fault && fault->action == FaultAction::kDropAfter) reply.hang_up = true;
  return reply;
}

Reply Emulator::Serve(const Request& request, const RouteMatch& match, std::string& credential) {
  Visit visit{request, stage_, CallerKind::kNobody, Fields::Parse(request.query), match.args};
  if (match.route->access == Access::kOpen) return match.route->handle(visit);
  // 401 only when no Authorization arrives; a wrong or dead credential is 403 (live).
  if (request.authorization.empty()) return GatewayError(401, "Unauthorized");
  visit.caller = CallerOf(stage_.world(), request.authorization);
  credential = NameOf(visit.caller);
  if (visit.caller == CallerKind::kNobody) return GatewayError(403, "Forbidden");
  const RateWindow::Standing standing = stage_.rate.Count(clock_.Now());
  if (!standing.admitted) return LimitedReply(stage_.world(), standing);
  const bool wrong_kind = match.route->access == Access::kApp && visit.caller != CallerKind::kApp;
  Reply reply = wrong_kind ? GatewayError(403, "Forbidden") : match.route->handle(visit);
  if (stage_.world().switches().Is(Switch::kRateHeaders, "always")) AddRateHeaders(reply, standing);
  return reply;
}

std::optional<Outgoing> Emulator::TakeDelivery() {
  const Lock lock(mutex_);
  return stage_.deliveries.TakeDue(clock_.Now());
}

std::optional<Outgoing> Emulator::AwaitDelivery(const std::stop_token& stop) {
  Lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (auto next = stage_.deliveries.TakeDue(clock_.Now())) return next;
    WaitUntil(lock, stop, stage_.deliveries.NextDue());
  }
  return {};
}

void Emulator::FinishDelivery(const Outgoing& sent, Attempt attempt) {
  const Lock lock(mutex_);
  World& world = stage_.world();
  world.webhooks().NoteOutcome(sent.webhook_id, attempt.delivered(),
                               world.switches().GetNumber(Switch::kDisableAfter));
  stage_.deliveries.Finish(sent.delivery_id, std::move(attempt));
  TellChange();
}

void Emulator::PlayDueSteps() {
  const Lock lock(mutex_);
  const auto due = stage_.world().NextStepDue();
  if (!due || *due > clock_.Now()) return;
  stage_.world().RunDueSteps();
  TellChange();
}

void Emulator::PlayCalls(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    PlayDueSteps();
    Lock lock(mutex_);
    WaitUntil(lock, stop, stage_.world().NextStepDue());
  }
}

void Emulator::WaitUntil(Lock& lock, const std::stop_token& stop, std::optional<WallTime> due) {
  const std::uint64_t seen = changes_;
  auto nap = std::chrono::duration_cast<std::chrono::microseconds>(kLongestNap);
  if (due) nap = std::min(nap, *due - clock_.Now());
  changed_.wait_for(lock, stop, nap, [&] { return changes_ != seen; });
}

void Emulator::TellChange() {
  ++changes_;
  changed_.notify_all();
}

}  // namespace sb::aircall::sandbox
