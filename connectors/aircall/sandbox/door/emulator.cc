#include "connectors/aircall/sandbox/door/emulator.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include "connectors/aircall/sandbox/door/router.h"
#include "connectors/aircall/sandbox/world/refusal.h"
#include "connectors/aircall/sandbox/world/text.h"

namespace sb::aircall::sandbox {
namespace {

constexpr Millis kLongestNap = std::chrono::hours(1);
constexpr int kStepsPerTurn = 100;
constexpr int kTurnsAtOnce = 500;
constexpr std::string_view kControl = "/_sandbox";
/// A request of the API as an agent would make it in the app: "/_sandbox/agents/2100001/v1/...".
constexpr std::string_view kAgents = "/_sandbox/agents/";

bool IsControl(std::string_view path) {
  return path == kControl || (path.starts_with(kControl) && path[kControl.size()] == '/');
}

/// A browser at /, as opposed to a client that wants the JSON of the API's root.
bool IsPageVisit(const Request& request) {
  return request.path == "/" && request.method == "GET" &&
         request.accept.find("text/html") != std::string::npos;
}

const char* NameOf(CallerKind caller, const Request& request) {
  switch (caller) {
    case CallerKind::kNobody:
      return request.authorization.empty() ? "none" : "rejected";
    case CallerKind::kKey:
      return "basic";
    case CallerKind::kApp:
      return "oauth";
  }
  return "";
}

void AddRateHeaders(Reply& reply, const Switches& switches, const RateLimit::Standing& standing) {
  const std::int64_t unit = switches.Is(Switch::kRateReset, "milliseconds") ? 1000 : 1;
  const std::int64_t reset = UnixSeconds(standing.reset) * unit;
  reply.headers.emplace_back("X-AircallApi-Limit", std::to_string(standing.limit));
  reply.headers.emplace_back("X-AircallApi-Remaining", std::to_string(standing.remaining));
  reply.headers.emplace_back("X-AircallApi-Reset", std::to_string(reset));
}

Reply LimitedBody(const Switches& switches) {
  if (switches.Is(Switch::kRateBody, "empty")) return EmptyReply(429);
  if (switches.Is(Switch::kRateBody, "message")) return GatewayError(429, "Too Many Requests");
  return ApplicationError(
      429, "Too Many Requests",
      "The company used up its requests for this minute. Try again after X-AircallApi-Reset.");
}

Reply LimitedReply(const Visit& visit, const RateLimit::Standing& standing) {
  const Switches& switches = visit.switches();
  Reply reply = LimitedBody(switches);
  if (!switches.Is(Switch::kRateHeaders, "never")) AddRateHeaders(reply, switches, standing);
  if (switches.Is(Switch::kRateRetryAfter, "on")) {
    const std::int64_t wait = UnixSeconds(standing.reset) - UnixSeconds(visit.world().Now());
    reply.headers.emplace_back("Retry-After", std::to_string(std::max<std::int64_t>(1, wait)));
  }
  return reply;
}

bool HasEnded(const Route& route, const Switches& switches) {
  return route.ends_with && switches.Is(*route.ends_with, "off");
}

/// Writes must say that they are JSON (doc). Who says nothing is given the benefit of the doubt.
bool SpeaksJson(const Request& request) {
  return request.body.empty() || request.content_type.empty() ||
         request.content_type.starts_with("application/json");
}

/// As every origin server has to say with its answers (RFC 9110, 6.6.1); by the clock that can be
/// moved.
std::string HttpDate(WallTime when) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(
      std::chrono::time_point_cast<std::chrono::system_clock::duration>(when));
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  const std::size_t length = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text, length};
}

Reply WrongContentType(const Request& request) {
  return ApplicationError(400, "Bad Request",
                          "The Content-Type is " + request.content_type +
                              ". Send the header Content-Type: application/json.");
}

}  // namespace

void Emulator::SetBaseUrl(const std::string& base_url) {
  const Lock lock(mutex_);
  companies_.SetBaseUrl(base_url);
}

ApiKey Emulator::api_key() {
  const Lock lock(mutex_);
  return companies_.first().world().api_key();
}

OauthClient Emulator::oauth_client() {
  const Lock lock(mutex_);
  return companies_.first().world().app().client();
}

std::vector<Emulator::CompanyKey> Emulator::company_keys() {
  const Lock lock(mutex_);
  std::vector<CompanyKey> keys;
  for (const auto& stage : companies_.all()) {
    keys.push_back({stage->world().directory().company, stage->world().api_key()});
  }
  return keys;
}

void Emulator::Look(const std::function<void(World&)>& look) {
  const Lock lock(mutex_);
  look(companies_.first().world());
  TellChange();
}

Reply Emulator::Handle(const Request& request) {
  if (IsPageVisit(request)) {
    Request page = request;
    page.path = "/_sandbox/page";
    page.accept.clear();
    return Handle(page);
  }
  Lock lock(mutex_);
  if (!IsControl(request.path)) {
    const auto before = Awaited();
    Reply reply = HandleLocked(lock, request);
    // Most requests change nothing that anybody waits for: waking them all would cost more.
    if (Awaited() != before) TellChange();
    return reply;
  }
  Reply reply = Control(request);
  // Whoever moved the clock finds the company as of then; a very long leap goes on behind.
  for (int turn = 0; turn < kTurnsAtOnce && PlayTurn(); ++turn) {
  }
  TellChange();
  return reply;
}

Reply Emulator::HandleLocked(Lock& lock, const Request& request) {
  const Identity caller = companies_.IdentityOf(request.authorization);
  Stage& stage = *caller.stage;
  const auto fault = stage.faults.Strike(request.method, request.path);
  if (fault && fault->delay > Millis(0)) {
    const Millis delay = fault->delay;
    changed_.wait_for(lock, stopping_.get_token(), delay, [] { return false; });
  }
  LoggedRequest entry{.at = clock_.Now(), .credential = NameOf(caller.kind, request)};
  stage.world().SetCause({.request = stage.requests.next_seq()});
  Reply reply = Answer(request, caller, fault);
  stage.world().SetCause({});
  reply.headers.emplace_back("Date", HttpDate(clock_.Now()));
  entry.status = reply.status;
  entry.answered = !reply.hang_up;
  if (fault) entry.fault = NameOf(fault->action);
  stage.requests.Add(request, std::move(entry));
  return reply;
}

Reply Emulator::Answer(const Request& request, const Identity& caller,
                       const std::optional<Fault>& fault) {
  if (fault && StrikesBefore(fault->action)) return FaultReply(*fault);
  const std::string_view method =
      request.method == "HEAD" ? "GET" : std::string_view(request.method);
  const auto match = FindRoute(method, request.path);
  // The gateway looks for the route before it looks at the credential (live).
  const bool known = match && !HasEnded(*match->route, caller.stage->switches());
  Reply reply = known ? Serve(request, caller, *match) : GatewayError(404, "Not Found");
  if (fault) SpoilReply(*fault, reply);
  return reply;
}

Reply Emulator::Serve(const Request& request, const Identity& caller, const RouteMatch& match) {
  Visit visit{request,       companies_,  clock_,
              *caller.stage, caller.kind, Fields::Parse(request.query),
              match.args};
  if (match.route->access == Access::kOpen) return match.route->handle(visit);
  // 401 only when no Authorization arrives; a wrong or dead credential is 403 (live).
  if (request.authorization.empty()) return GatewayError(401, "Unauthorized");
  if (visit.caller == CallerKind::kNobody) return GatewayError(403, "Forbidden");
  return ServeLimited(visit, *match.route);
}

Reply Emulator::ServeLimited(Visit& visit, const Route& route) {
  const RateRules rules = RateRules::From(visit.switches());
  const RateLimit::Standing standing = visit.stage.rate.Count(rules, clock_.Now());
  if (!standing.admitted) return LimitedReply(visit, standing);
  if (!SpeaksJson(visit.request)) return WrongContentType(visit.request);
  const bool wrong_kind = route.access == Access::kApp && visit.caller != CallerKind::kApp;
  Reply reply = wrong_kind ? GatewayError(403, "Forbidden") : route.handle(visit);
  if (visit.switches().Is(Switch::kRateHeaders, "always")) {
    AddRateHeaders(reply, visit.switches(), standing);
  }
  return reply;
}

Reply Emulator::Control(const Request& request) {
  const Fields query = Fields::Parse(request.query);
  Stage* stage = &companies_.first();
  if (const auto id = query.Get("company")) {
    stage = companies_.Find(ParseInteger(*id).value_or(0));
    if (stage == nullptr) {
      return RefusalReply(NotFound("SANDBOX_NOT_FOUND",
                                   "There is no company " + *id + ": see GET /_sandbox/companies"));
    }
  }
  if (request.path.starts_with(kAgents)) return ServeAgent(request, *stage);
  const auto match = FindRoute(request.method, request.path);
  if (!match) return RefusalReply(NotFound("SANDBOX_NOT_FOUND", "See GET /_sandbox"));
  Visit visit{request, companies_, clock_, *stage, CallerKind::kKey, query, match->args};
  return match->route->handle(visit);
}

Reply Emulator::ServeAgent(const Request& request, Stage& stage) {
  const std::string rest = request.path.substr(kAgents.size());
  const std::string id = rest.substr(0, rest.find('/'));
  Request asked = request;
  asked.path = rest.substr(id.size());
  const User* agent = stage.world().directory().FindUser(ParseInteger(id).value_or(0));
  if (agent == nullptr) return RefusalReply(UnknownId("User"));
  const auto match = FindRoute(asked.method, asked.path);
  if (!match || !asked.path.starts_with("/v")) return GatewayError(404, "Not Found");
  Visit visit{asked,      companies_, clock_, stage, CallerKind::kKey, Fields::Parse(asked.query),
              match->args};
  stage.world().SetCause({.agent = agent->id});
  Reply reply = match->route->handle(visit);
  stage.world().SetCause({});
  return reply;
}

std::optional<Outgoing> Emulator::TakeDelivery() {
  const Lock lock(mutex_);
  return TakeDueDelivery();
}

std::optional<Outgoing> Emulator::AwaitDelivery(const std::stop_token& stop) {
  Lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (auto next = TakeDueDelivery()) return next;
    WaitUntil(lock, stop, NextDelivery());
  }
  return {};
}

void Emulator::FinishDelivery(const Outgoing& sent, Attempt attempt) {
  const Lock lock(mutex_);
  Stage* stage = companies_.Find(sent.company_id);
  if (stage == nullptr) return;
  const Switches& switches = stage->switches();
  stage->world().webhooks().NoteOutcome(sent.webhook_id, attempt.delivered(),
                                        switches.GetNumber(Switch::kWebhookDisableAfter));
  stage->deliveries.Finish(sent.delivery_id, std::move(attempt), RetryPolicy::From(switches));
  TellChange();
}

Millis Emulator::WebhookTimeout(const Outgoing& message) {
  const Lock lock(mutex_);
  Stage* stage = companies_.Find(message.company_id);
  return Millis((stage == nullptr ? companies_.first() : *stage)
                    .switches()
                    .GetNumber(Switch::kWebhookTimeout));
}

void Emulator::PlayDueSteps() {
  bool more = true;
  while (more) {
    const Lock lock(mutex_);  // Let go between the turns, so that requests get theirs.
    const auto before = Awaited();
    more = PlayTurn();
    if (Awaited() != before) TellChange();
  }
}

bool Emulator::PlayTurn() {
  bool more = false;
  for (const auto& stage : companies_.all()) more |= stage->RunDue(kStepsPerTurn);
  return more;
}

std::pair<std::int64_t, std::optional<WallTime>> Emulator::Awaited() const {
  std::int64_t deliveries = 0;
  for (const auto& stage : companies_.all()) deliveries += stage->deliveries.next_id();
  return {deliveries, NextStep()};
}

void Emulator::PlayCalls(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    PlayDueSteps();
    Lock lock(mutex_);
    WaitUntil(lock, stop, NextStep());
  }
}

std::optional<Outgoing> Emulator::TakeDueDelivery() {
  for (const auto& stage : companies_.all()) {
    if (auto due = stage->deliveries.TakeDue(clock_.Now())) return due;
  }
  return {};
}

std::optional<WallTime> Emulator::NextDelivery() const {
  std::optional<WallTime> next;
  for (const auto& stage : companies_.all()) {
    const auto due = stage->deliveries.NextDue();
    if (due && (!next || *due < *next)) next = due;
  }
  return next;
}

std::optional<WallTime> Emulator::NextStep() const {
  std::optional<WallTime> next;
  for (const auto& stage : companies_.all()) {
    const auto due = stage->NextDue();
    if (due && (!next || *due < *next)) next = due;
  }
  return next;
}

void Emulator::WaitUntil(Lock& lock, const std::stop_token& stop, std::optional<WallTime> due) {
  const std::uint64_t seen = changes_;
  auto nap = std::chrono::duration_cast<std::chrono::microseconds>(kLongestNap);
  if (due) nap = std::min(nap, clock_.RealSpan(*due - clock_.Now()));
  changed_.wait_for(lock, stop, nap, [&] { return changes_ != seen; });
}

void Emulator::TellChange() {
  ++changes_;
  changed_.notify_all();
}

}  // namespace sb::aircall::sandbox
