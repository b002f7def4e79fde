#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/listing.h"
#include "connectors/aircall/sandbox/oauth_pages.h"
#include "connectors/aircall/sandbox/router.h"
#include "connectors/aircall/sandbox/text.h"
#include "engine/base/encoding.h"

namespace sb::aircall::sandbox {
namespace {

AuthorizeRequest AuthorizeRequestOf(const Fields& fields) {
  return {.client_id = fields.GetOr("client_id", ""),
          .redirect_uri = fields.GetOr("redirect_uri", ""),
          .response_type = fields.GetOr("response_type", ""),
          .scope = fields.GetOr("scope", ""),
          .state = fields.GetOr("state", "")};
}

Reply BackToApp(const AuthorizeRequest& request, const std::string& name,
                const std::string& value) {
  const bool has_query = request.redirect_uri.find('?') != std::string::npos;
  std::string url = request.redirect_uri + (has_query ? "&" : "?") + name + "=" + UrlEncode(value);
  if (!request.state.empty()) url += "&state=" + UrlEncode(request.state);
  return RedirectReply(url);
}

/// The answer to a request that cannot be consented to. The browser goes back to the app only once
/// it is certain that the address is the app's own.
std::optional<Reply> Refusal(const World& world, const AuthorizeRequest& request) {
  if (request.client_id != world.app().client().id) {
    return HtmlReply(400, NoticePage("Unknown app",
                                     "No app has this client_id. Use the one in the "
                                     "sandbox's endpoints file."));
  }
  if (!world.app().AcceptsRedirect(request.redirect_uri)) {
    return HtmlReply(400, NoticePage("Wrong return address",
                                     "The redirect_uri is not the one registered for this app. "
                                     "Start the sandbox with --redirect-uri to register it."));
  }
  if (request.response_type != "code")
    return BackToApp(request, "error", "unsupported_response_type");
  if (request.scope != "public_api") return BackToApp(request, "error", "invalid_scope");
  return {};
}

Reply ShowConsent(Visit& visit) {
  const AuthorizeRequest request = AuthorizeRequestOf(visit.query);
  if (auto refusal = Refusal(visit.world(), request)) return *refusal;
  return HtmlReply(200, ConsentPage(visit.world(), request, ""));
}

std::vector<std::int64_t> ChosenNumbers(const World& world, const Fields& form) {
  const std::vector<std::string> chosen = form.All("number_ids");
  const bool all = chosen.empty() && !form.Get("numbers_shown");
  std::vector<std::int64_t> ids;
  for (const Number& number : world.directory().numbers) {
    const bool named =
        std::find(chosen.begin(), chosen.end(), std::to_string(number.id)) != chosen.end();
    if (all || named) ids.push_back(number.id);
  }
  return ids;
}

std::int64_t AdminId(const World& world) {
  for (const User& user : world.directory().users) {
    if (user.admin) return user.id;
  }
  return 0;
}

Reply TakeDecision(Visit& visit) {
  const Fields form = FormOf(visit.request);
  const AuthorizeRequest request = AuthorizeRequestOf(form);
  if (auto refusal = Refusal(visit.world(), request)) return *refusal;
  if (form.GetOr("decision", "") != "authorize") {
    return BackToApp(request, "error", "access_denied");
  }
  std::vector<std::int64_t> numbers = ChosenNumbers(visit.world(), form);
  if (numbers.empty()) {
    return HtmlReply(400, ConsentPage(visit.world(), request, "Choose at least one number."));
  }
  const std::string code = visit.world().app().Consent(request.redirect_uri, AdminId(visit.world()),
                                                       std::move(numbers), visit.world().Now());
  return BackToApp(request, "code", code);
}

const char* OauthErrorOf(const Error& error) {
  if (error.code == "SANDBOX_OAUTH_CLIENT") return "invalid_client";
  if (error.code == "SANDBOX_OAUTH_GRANT_TYPE") return "unsupported_grant_type";
  return error.code == "SANDBOX_OAUTH_GRANT" ? "invalid_grant" : "invalid_request";
}

Reply IssueToken(Visit& visit) {
  const Fields form = FormOf(visit.request);
  const auto token = visit.world().app().Redeem({.grant_type = form.GetOr("grant_type", ""),
                                                 .code = form.GetOr("code", ""),
                                                 .redirect_uri = form.GetOr("redirect_uri", ""),
                                                 .client_id = form.GetOr("client_id", ""),
                                                 .client_secret = form.GetOr("client_secret", "")},
                                                visit.world().Now());
  if (!token.ok()) {
    return JsonReply(400, {{"error", OauthErrorOf(token.error())},
                           {"error_description", token.error().message}});
  }
  // No expiry and no refresh token: the access token lasts until the app is removed (doc).
  Reply reply = JsonReply(200, {{"access_token", *token},
                                {"token_type", "Bearer"},
                                {"created_at", UnixSeconds(visit.world().Now())}});
  reply.headers.emplace_back("Cache-Control", "no-store");
  return reply;
}

Reply ShowSuccess(Visit&) {
  return HtmlReply(200, NoticePage("All set", "The app is connected. You can close this window."));
}

constexpr Route kRoutes[] = {
    {"GET", "/oauth/authorize", Access::kOpen, ShowConsent, "the consent page"},
    {"POST", "/oauth/authorize", Access::kOpen, TakeDecision, "its form"},
    {"GET", "/oauth/success", Access::kOpen, ShowSuccess, "where the app sends the browser last"},
    {"POST", "/v1/oauth/token", Access::kOpen, IssueToken, "exchange a code for a token"},
};

}  // namespace

std::span<const Route> OauthRoutes() {
  return kRoutes;
}

}  // namespace sb::aircall::sandbox
