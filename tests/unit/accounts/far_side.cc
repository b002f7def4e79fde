#include "tests/unit/accounts/far_side.h"

#include <algorithm>
#include <utility>

#include "engine/base/encoding.h"
#include "tests/support/sandbox_port.h"

namespace sb::testing {
namespace {

using aircall::sandbox::CallerKind;
using aircall::sandbox::User;
using aircall::sandbox::World;
using ports::HttpRequest;
using ports::HttpResponse;

constexpr const char* kReturnAddress = "https://switchboard.example/oauth/callback";

aircall::sandbox::WorldSettings Settings() {
  aircall::sandbox::WorldSettings settings;
  settings.base_url = "https://api.aircall.io";
  settings.redirect_uris = {kReturnAddress};
  [[maybe_unused]] const Status unlimited = settings.switches.Set("rate.limit", "0");
  return settings;
}

std::string PathOf(const std::string& url) {
  const std::size_t start = url.find('/', url.find("://") + 3);
  return url.substr(start, std::min(url.find('?'), url.size()) - start);
}

HttpResponse WithoutTokens(HttpResponse response) {
  Json body = Json::parse(response.body);
  for (Json& hook : body["webhooks"]) hook["token"] = "";
  response.body = body.dump();
  return response;
}

std::string LocationOf(const aircall::sandbox::Reply& reply) {
  for (const auto& [name, value] : reply.headers) {
    if (name == "Location") return value;
  }
  return {};
}

std::string Between(const std::string& text, const std::string& before, const std::string& after) {
  const std::size_t at = text.find(before);
  if (at == std::string::npos) return {};
  const std::size_t start = at + before.size();
  return text.substr(start, text.find(after, start) - start);
}

}  // namespace

FarSide::FarSide() : emulator_(Settings(), clock_) {}

Result<HttpResponse> FarSide::Answer(const HttpRequest& request) {
  const std::string path = PathOf(request.url);
  {
    const std::lock_guard lock(mutex_);
    log_.push_back(request.method + " " + path);
  }
  if (interfere) {
    if (auto answer = interfere(request.method, path)) return *answer;
  }
  auto answer = AskSandbox(emulator_, request);
  if (!answer.ok()) return answer;
  if (path == "/v1/oauth/token" && answer->status == 200) {
    const std::lock_guard lock(mutex_);
    tokens_.push_back(Json::parse(answer->body).at("access_token"));
  }
  const bool creates = request.method == "POST" && path == "/v1/webhooks";
  if (creates && std::exchange(lose_next_create, false)) return InDoubt("HTTP_NO_ANSWER", "lost");
  if (hides_tokens && request.method == "GET" && path == "/v1/webhooks") {
    return WithoutTokens(*std::move(answer));
  }
  return answer;
}

std::string FarSide::Consent(const std::string& authorize_url) {
  const std::string query = authorize_url.substr(authorize_url.find('?') + 1);
  const auto reply = emulator_.Handle({.method = "POST",
                                       .path = "/oauth/authorize",
                                       .query = {},
                                       .body = query + "&decision=authorize"});
  return Between(LocationOf(reply), "code=", "&");
}

std::string FarSide::InstalledApp() {
  const std::string code =
      Consent("?client_id=" + client().id + "&redirect_uri=" + UrlEncode(kReturnAddress) +
              "&response_type=code&scope=public_api");
  const Json body = {{"grant_type", "authorization_code"},
                     {"code", code},
                     {"redirect_uri", kReturnAddress},
                     {"client_id", client().id},
                     {"client_secret", client().secret}};
  const auto reply = emulator_.Handle(
      {.method = "POST", .path = "/v1/oauth/token", .query = {}, .body = body.dump()});
  return Json::parse(reply.body).at("access_token");
}

void FarSide::RemoveApp() {
  emulator_.Look([](World& world) { [[maybe_unused]] const auto removed = world.RemoveApp(); });
}

std::vector<FarSide::Hook> FarSide::hooks() {
  std::vector<Hook> all;
  emulator_.Look([&](World& world) { all = world.webhooks().all(); });
  return all;
}

FarSide::Hook FarSide::AddHook(const std::string& url) {
  Hook made;
  emulator_.Look([&](World& world) {
    made = world.webhooks()
               .Create(CallerKind::kApp, {.url = url, .events = {{"call.ended"}}}, world.Now())
               .value();
  });
  return made;
}

void FarSide::SwitchHookOff(const std::string& id) {
  emulator_.Look([&](World& world) {
    // Failures enough, as happens when nobody answers.
    world.webhooks().NoteOutcome(id, /*delivered=*/false, /*disable_after=*/1);
  });
}

void FarSide::RemoveHooks() {
  emulator_.Look([](World& world) {
    world.webhooks().RemoveAllOf(CallerKind::kApp);
    world.webhooks().RemoveAllOf(CallerKind::kKey);
  });
}

Json FarSide::Control(const std::string& method, const std::string& path, const Json& body) {
  const auto reply = emulator_.Handle({.method = method,
                                       .path = "/_sandbox/" + path,
                                       .query = {},
                                       .content_type = "application/json",
                                       .body = body.is_null() ? "" : body.dump()});
  return reply.body.empty() ? Json() : Json::parse(reply.body);
}

std::vector<std::string> FarSide::Deliveries() {
  std::vector<std::string> bodies;
  const Json log = Control("GET", "deliveries");
  for (const Json& delivery : log.at("deliveries")) bodies.push_back(DumpJson(delivery.at("body")));
  return bodies;
}

void FarSide::HireUntil(std::size_t users) {
  emulator_.Look([&](World& world) {
    auto& staff = world.directory().users;
    while (staff.size() < users) {
      User user = staff.back();
      ++user.id;
      staff.push_back(user);
    }
  });
}

std::vector<std::string> FarSide::Secrets() {
  std::vector<std::string> secrets = {client().secret, key().token};
  for (const Hook& hook : hooks()) secrets.push_back(hook.token);
  const std::lock_guard lock(mutex_);
  secrets.insert(secrets.end(), tokens_.begin(), tokens_.end());
  return secrets;
}

std::vector<std::string> FarSide::log() const {
  const std::lock_guard lock(mutex_);
  return log_;
}

std::size_t FarSide::Count(const std::string& line) const {
  const auto lines = log();
  return static_cast<std::size_t>(std::count(lines.begin(), lines.end(), line));
}

Result<HttpRequest> DirectPerformer::Render(const ports::ActionCall& call) {
  const auto account = deps_.accounts.Get(call.account);
  if (!account.ok()) return account.error();
  const bool usable = account->state == ports::AccountState::kActive ||
                      account->state == ports::AccountState::kConnecting;
  if (!usable) return Unauthorized("ACCOUNT_NEEDS_REAUTH", "connect it again");
  const auto stored = deps_.accounts.GetCredential(call.account);
  if (!stored.ok()) return stored.error();
  const auto opened = deps_.vault.Open(
      stored->sealed,
      connector::CredentialContext(call.account, account->connector, stored->generation));
  if (!opened.ok()) return opened.error();
  const auto credential = connector::Credential::FromSecret(*opened);
  if (!credential.ok()) return credential.error();
  const auto found = deps_.connectors.FindAction(call.action);
  if (found.action == nullptr) return Invalid("ACTION_UNKNOWN", call.action);
  return connector::RenderRequest(*found.connector, *found.action, call.input, *credential,
                                  deps_.expressions);
}

void DirectPerformer::Perform(ports::ActionCall call, Done done) {
  auto request = Render(call);
  if (!request.ok()) return done(request.error());
  const auto found = deps_.connectors.FindAction(call.action);
  deps_.http.Send(std::move(*request), std::chrono::seconds(10),
                  [=, this, input = call.input](const Result<HttpResponse>& answer) {
                    if (!answer.ok()) return done(answer.error());
                    done(connector::JudgeResponse(*found.connector, *found.action, input, *answer,
                                                  deps_.expressions));
                  });
}

void DirectPerformer::ReadBack(ports::ActionCall /*call*/, WallTime /*requested_at*/,
                               ReadBackDone done) {
  done(Internal("TEST_UNEXPECTED", "connecting reads nothing back by itself"));
}

}  // namespace sb::testing
