#include "engine/edge/door.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "engine/base/log.h"
#include "engine/edge/connect_road.h"
#include "engine/edge/hook_directory.h"
#include "engine/edge/pages.h"
#include "engine/edge/recording_road.h"
#include "engine/edge/webhook_intake.h"

namespace sb::edge {
namespace {

constexpr const char* kWebhookRoute = "/webhooks/{connector}/{hook}";
constexpr Millis kProbePatience{5'000};
constexpr std::size_t kMaxPagesUnderWay = 256;

/// "/a/b" gives {"a", "b"}; empty parts count.
std::vector<std::string> Split(const std::string& path) {
  std::vector<std::string> parts;
  for (std::size_t start = 1; start <= path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    parts.push_back(path.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

Reply NotFoundReply(const Request& request) {
  if (!WantsHtml(request))
    return ErrorReply(404, "PAGE_UNKNOWN", "there is nothing at this address");
  return Pages::Say(
      {.status = 404,
       .tone = "calm",
       .title = "There is nothing here",
       .text = "Check the address. A link to connect an account begins with /connect/.",
       .link = "/",
       .link_label = "What is this server?"});
}

Reply AllBusy() {
  return ErrorReply(503, "TRY_AGAIN", "all workers are busy; ask again");
}

Reply TooManyTries(const Request& request, Millis wait) {
  Reply reply = TooManyTriesReply(wait);
  if (!WantsHtml(request)) return reply;
  Reply page =
      Pages::Say({.status = 429,
                  .tone = "bad",
                  .title = "Too many wrong links",
                  .text = "Links that do not exist were opened from your network one after "
                          "the other. Open yours again in " +
                          ToHumanText(wait) + ".",
                  .link = "",
                  .link_label = ""});
  page.headers.push_back(reply.headers.back());  // Retry-After
  return page;
}

/// Whether an answer says that the link or authorisation is not known here.
bool IsFailedLogin(const Answered& answered) {
  if (answered.route == "/oauth/callback") return answered.status == 403;
  const bool by_link =
      answered.route.starts_with("/connect/") || answered.route.starts_with("/install/");
  return by_link && answered.status == 404;
}

Reply WrongMethod(const std::string& allowed) {
  Reply reply = ErrorReply(405, "METHOD_NOT_ALLOWED", "this address takes " + allowed + " only");
  reply.headers.emplace_back("Allow", allowed);
  return reply;
}

}  // namespace

/// Which request goes where.
class Door::Routes {
 public:
  Routes(const Dependencies& deps, const Settings& settings, runtime::LoginGuard& guard)
      : deps_(deps),
        guard_(guard),
        workers_(deps.workers, kMaxPagesUnderWay),
        hooks_(deps.accounts, deps.workers, deps.clock),
        webhooks_({.hooks = hooks_,
                   .engine = deps.engine,
                   .connectors = deps.connectors,
                   .workers = deps.workers,
                   .clock = deps.clock,
                   .ids = deps.ids,
                   .guard = guard,
                   .patience = settings.webhook_patience}),
        connect_({.connections = deps.connections,
                  .accounts = deps.accounts,
                  .connectors = deps.connectors,
                  .workers = workers_,
                  .clock = deps.clock,
                  .public_url = deps.public_url,
                  .patience = settings.page_patience}),
        recordings_({.recordings = deps.recordings,
                     .media = deps.media,
                     .links = deps.recording_links,
                     .workers = workers_,
                     .clock = deps.clock,
                     .patience = settings.page_patience}) {}

  HookDirectory& hooks() { return hooks_; }

  void Serve(const std::shared_ptr<Exchange>& exchange) {
    const std::vector<std::string> parts = Split(exchange->request().path);
    const std::string first = parts.empty() ? "" : parts.front();
    if (first == "webhooks" && parts.size() == 3) return Webhook(exchange, parts);
    if (first == "connect" && (parts.size() == 2 || parts.size() == 3))
      return Connect(exchange, parts);
    if (first == "install" && parts.size() == 3) return Install(exchange, parts);
    if (first == "recordings" && parts.size() == 2 && recordings_.IsOpen()) {
      exchange->SetRoute("/recordings/{recording}");
      if (Allows(exchange, "GET")) recordings_.Serve(exchange, parts[1]);
      return;
    }
    if (exchange->request().path == "/oauth/callback") {
      exchange->SetRoute("/oauth/callback");
      if (Allows(exchange, "GET") && MayTry(exchange)) connect_.ComeBack(exchange);
      return;
    }
    if (parts.size() == 1 && Probe(exchange, first)) return;
    exchange->Answer(StaticPage(exchange));
  }

 private:
  /// Whether the method is the one that is taken (HEAD goes as GET); answers if not.
  static bool Allows(const std::shared_ptr<Exchange>& exchange, const std::string& method) {
    const std::string& asked = exchange->request().method;
    if (asked == method || (asked == "HEAD" && method == "GET")) return true;
    exchange->Answer(WrongMethod(method));
    return false;
  }

  /// Whether its sender may try a link; answers if not.
  bool MayTry(const std::shared_ptr<Exchange>& exchange) {
    const Millis wait = guard_.Refuses(exchange->request().address);
    if (wait > Millis(0)) exchange->Answer(TooManyTries(exchange->request(), wait));
    return wait == Millis(0);
  }

  void Webhook(const std::shared_ptr<Exchange>& exchange, const std::vector<std::string>& parts) {
    exchange->SetRoute(kWebhookRoute);
    if (Allows(exchange, "POST")) webhooks_.Take(exchange, parts[1], parts[2]);
  }

  void Connect(const std::shared_ptr<Exchange>& exchange, const std::vector<std::string>& parts) {
    const std::string step = parts.size() == 3 ? parts[2] : "";
    const bool reads = step.empty() || step == "outcome";
    if (!reads && step != "oauth" && step != "key")
      return exchange->Answer(NotFoundReply(exchange->request()));
    exchange->SetRoute(step.empty() ? "/connect/{token}" : "/connect/{token}/" + step);
    if (!Allows(exchange, reads ? "GET" : "POST") || !MayTry(exchange)) return;
    if (step == "outcome") return connect_.TellOutcome(exchange, parts[1]);
    if (step.empty()) return connect_.ShowLink(exchange, parts[1]);
    return step == "oauth" ? connect_.LeaveForProvider(exchange, parts[1])
                           : connect_.TakeKey(exchange, parts[1]);
  }

  void Install(const std::shared_ptr<Exchange>& exchange, const std::vector<std::string>& parts) {
    exchange->SetRoute("/install/{connector}/{key}");
    if (Allows(exchange, "GET") && MayTry(exchange)) connect_.Install(exchange, parts[1], parts[2]);
  }

  /// True when it was one of the addresses that machines ask.
  bool Probe(const std::shared_ptr<Exchange>& exchange, const std::string& name) {
    if (name != "healthz" && name != "readyz" && name != "metrics") return false;
    exchange->SetRoute("/" + name);
    if (!Allows(exchange, "GET")) return true;
    if (name == "healthz") {
      exchange->Answer(JsonReply(200, R"({"status":"ok"})"));
      return true;
    }
    exchange->AnswerWithin(kProbePatience, AllBusy());
    const bool taken = workers_.TryPost([this, exchange, ready = name == "readyz"] {
      exchange->Answer(ready ? Readiness() : MetricsText());
    });
    if (!taken) exchange->Answer(AllBusy());
    return true;
  }

  Reply Readiness() const {
    const std::vector<std::string> reasons = deps_.unready_reasons();
    return JsonReply(reasons.empty() ? 200 : 503,
                     DumpJson({{"ready", reasons.empty()}, {"reasons", reasons}}));
  }

  Reply MetricsText() const {
    return {200,
            {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"},
             {"Cache-Control", "no-store"}},
            deps_.metrics.Text()};
  }

  static Reply StaticPage(const std::shared_ptr<Exchange>& exchange) {
    const Request& request = exchange->request();
    const bool reads = request.method == "GET" || request.method == "HEAD";
    if (request.path == "/") {
      exchange->SetRoute("/");
      return reads ? Pages::Render(200, "home", {{"title", "Switchboard"}}) : WrongMethod("GET");
    }
    if (auto asset = Pages::Asset(request); asset && reads) {
      exchange->SetRoute("/assets/{file}");
      return std::move(*asset);
    }
    return NotFoundReply(request);
  }

  Dependencies deps_;
  runtime::LoginGuard& guard_;
  BoundedExecutor workers_;
  HookDirectory hooks_;
  WebhookIntake webhooks_;
  ConnectRoad connect_;
  RecordingRoad recordings_;
};

Door::Door(Dependencies dependencies, Settings settings)
    : metrics_(dependencies.metrics),
      guard_("http", dependencies.clock, dependencies.metrics),
      routes_(std::make_unique<Routes>(dependencies, settings, guard_)),
      listener_(*this, settings.listener) {
  metrics_.Describe("switchboard_webhooks_total", "Webhook deliveries, by what became of them.");
  metrics_.Describe("switchboard_webhook_ack_seconds",
                    "From a whole webhook delivery to its answer.");
  metrics_.Describe("switchboard_http_requests_total",
                    "Requests at the HTTP door, by route and status.");
}

Door::~Door() {
  Stop();
}

Result<std::string> Door::Start(const std::string& address) {
  return listener_.Start(address);
}

void Door::Stop() {
  listener_.Stop();
}

void Door::AccountChanged(AccountId account) {
  routes_->hooks().Forget(account);
}

void Door::Serve(std::shared_ptr<Exchange> exchange) {
  routes_->Serve(exchange);
}

void Door::OnAnswered(const Answered& answered) {
  metrics_.Count("switchboard_http_requests_total",
                 {{"route", answered.route}, {"status", std::to_string(answered.status)}});
  if (IsFailedLogin(answered)) guard_.Failed(answered.address);
  if (answered.route == kWebhookRoute) {
    const std::string outcome = answered.outcome.empty() ? "refused" : answered.outcome;
    metrics_.Count("switchboard_webhooks_total", {{"result", outcome}});
    metrics_.Observe("switchboard_webhook_ack_seconds",
                     std::chrono::duration<double>(answered.took).count());
  }
  Log::Info("http.request", {{"method", answered.method},
                             {"route", answered.route},
                             {"status", answered.status},
                             {"bytes", answered.bytes},
                             {"ms", static_cast<double>(answered.took.count()) / 1000}});
}

}  // namespace sb::edge
