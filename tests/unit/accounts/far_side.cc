#include "tests/unit/accounts/far_side.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "engine/base/encoding.h"

namespace sb::testing {
namespace {

using ports::HttpRequest;
using ports::HttpResponse;

HttpResponse Say(int status, const Json& body) {
  return {status, {{"content-type", "application/json"}}, body.is_null() ? "" : DumpJson(body)};
}

HttpResponse Forbidden() {
  return Say(403, {{"message", "Forbidden"}});
}

std::string HeaderOf(const HttpRequest& request, const std::string& wanted) {
  for (const auto& [name, value] : request.headers) {
    if (name == wanted) return value;
  }
  return {};
}

int NumberIn(const std::string& query, const std::string& name, int otherwise) {
  const std::size_t at = query.find(name + "=");
  return at == std::string::npos ? otherwise : std::atoi(query.c_str() + at + name.size() + 1);
}

Json ToJson(const FarSide::Hook& hook) {
  return {{"webhook_id", hook.id},
          {"url", hook.url},
          {"token", hook.token},
          {"events", hook.events},
          {"active", hook.active}};
}

struct PageOf {
  std::size_t first;
  std::size_t last;
  Json meta;
};

PageOf Page(const std::string& query, std::size_t total) {
  const auto page = static_cast<std::size_t>(NumberIn(query, "page", 1));
  const auto per_page = static_cast<std::size_t>(NumberIn(query, "per_page", 20));
  const std::size_t first = std::min((page - 1) * per_page, total);
  const std::size_t last = std::min(first + per_page, total);
  return {
      first,
      last,
      {{"count", last - first}, {"total", total}, {"current_page", page}, {"per_page", per_page}}};
}

}  // namespace

Result<HttpResponse> FarSide::Answer(const HttpRequest& request) {
  const std::lock_guard lock(mutex_);
  const std::size_t start = request.url.find('/', request.url.find("://") + 3);
  const std::size_t question = std::min(request.url.find('?'), request.url.size());
  const std::string path = request.url.substr(start, question - start);
  const std::string query = request.url.substr(std::min(question + 1, request.url.size()));
  log_.push_back(request.method + " " + path);
  if (interfere) {
    if (auto answer = interfere(request.method, path)) return *answer;
  }
  if (path == "/v1/oauth/token") return Exchange(Json::parse(request.body));
  if (!IsKnown(request)) return Forbidden();
  if (path == "/v1/ping") return Say(200, {{"ping", "pong"}});
  if (path == "/v1/company")
    return Say(
        200, {{"company", {{"name", company}, {"users_count", user_count}, {"numbers_count", 2}}}});
  if (path == "/v1/integrations/me")
    return Say(200, {{"integration", {{"company_id", company_id}, {"active", true}}}});
  if (path == "/v2/users") return ListUsers(query);
  if (path == "/v1/webhooks" && request.method == "GET") return ListHooks(query);
  if (path.starts_with("/v1/webhooks"))
    return Webhooks(request.method, path.substr(std::min(path.size(), std::size_t{13})), request);
  return Say(404, {{"message", "Not Found"}});
}

bool FarSide::IsKnown(const HttpRequest& request) const {
  const std::string shown = HeaderOf(request, "Authorization");
  if (shown.starts_with("Bearer ")) return access_tokens.contains(shown.substr(7));
  return std::any_of(keys.begin(), keys.end(), [&](const auto& key) {
    return shown == "Basic " + ToBase64(key.first + ":" + key.second);
  });
}

HttpResponse FarSide::Exchange(const Json& body) {
  const bool ours = body.value("client_id", "") == "client-1" &&
                    body.value("client_secret", "") == "client-s3cret";
  if (!ours || codes.erase(body.value("code", "")) == 0)
    return Say(400, {{"error", "invalid_grant"}});
  const std::string token = "access-t0ken-" + std::to_string(next_++);
  access_tokens.insert(token);
  return Say(200, {{"access_token", token}, {"token_type", "Bearer"}, {"created_at", 1790000000}});
}

HttpResponse FarSide::ListUsers(const std::string& query) const {
  const auto page = Page(query, static_cast<std::size_t>(user_count));
  Json answer = {{"users", Json::array()}, {"meta", page.meta}};
  for (std::size_t i = page.first; i < page.last; ++i) {
    answer["users"].push_back({{"id", 2100000 + i},
                               {"name", "User " + std::to_string(i)},
                               {"email", "u@lumen.example"},
                               {"language", "en-US"}});
  }
  const bool more = page.last < static_cast<std::size_t>(user_count);
  answer["meta"]["next_page_link"] =
      more ? Json("https://api.aircall.io/v2/users?page=next") : Json();
  return Say(200, answer);
}

HttpResponse FarSide::ListHooks(const std::string& query) const {
  const auto page = Page(query, hooks.size());
  Json answer = {{"meta", page.meta}, {"webhooks", Json::array()}};
  for (std::size_t i = page.first; i < page.last; ++i)
    answer["webhooks"].push_back(ToJson(hooks[i]));
  return Say(200, answer);
}

Result<HttpResponse> FarSide::Webhooks(const std::string& method, const std::string& id,
                                       const HttpRequest& request) {
  if (method == "POST") {
    const Json body = Json::parse(request.body);
    const std::string number = std::to_string(next_++);
    hooks.push_back({"hook-" + number, body.at("url"), "h00k-token-" + number,
                     body.at("events").get<std::vector<std::string>>(), true});
    if (std::exchange(lose_next_create, false)) return InDoubt("HTTP_NO_ANSWER", "lost");
    return Say(201, {{"webhook", ToJson(hooks.back())}});
  }
  const auto found =
      std::find_if(hooks.begin(), hooks.end(), [&](const Hook& hook) { return hook.id == id; });
  if (found == hooks.end()) return Say(404, {{"error", "Not Found"}});
  if (method == "DELETE") {
    hooks.erase(found);
    return Say(204, {});
  }
  const Json body = Json::parse(request.body);
  found->events = body.at("events").get<std::vector<std::string>>();
  found->url = body.value("url", found->url);
  found->active = body.value("active", found->active);
  return Say(200, {{"webhook", ToJson(*found)}});
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
