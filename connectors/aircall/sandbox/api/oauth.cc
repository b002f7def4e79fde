#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/api/listing.h"
#include "connectors/aircall/sandbox/api/oauth_pages.h"
#include "connectors/aircall/sandbox/door/router.h"
#include "connectors/aircall/sandbox/world/text.h"
#include "engine/base/encoding.h"

namespace sb::aircall::sandbox {
namespace {

// ---- consent

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
std::optional<Reply> Refusal(const AppInstall& app, const AuthorizeRequest& request) {
  if (request.client_id != app.client().id) {
    return HtmlReply(400, NoticePage("Unknown app",
                                     "No app has this client_id. Use the one in the "
                                     "sandbox's endpoints file."));
  }
  if (!app.AcceptsRedirect(request.redirect_uri)) {
    return HtmlReply(400, NoticePage("Wrong return address",
                                     "The redirect_uri is not the one registered for this app. "
                                     "Start the sandbox with --redirect-uri to register it."));
  }
  if (request.response_type != "code")
    return BackToApp(request, "error", "unsupported_response_type");
  if (request.scope != "public_api") return BackToApp(request, "error", "invalid_scope");
  return {};
}

/// Who is signed in: the user named, or the first company's first administrator.
Visitor VisitorOf(Visit& visit, const Fields& fields) {
  const std::string named = fields.GetOr("user_id", "");
  if (named.empty()) {
    Stage& first = visit.companies.first();
    for (const User& user : first.world().directory().users) {
      if (user.admin) return {&first, &user};
    }
    return {};
  }
  for (const auto& stage : visit.companies.all()) {
    const User* user = stage->world().directory().FindUser(named);
    if (user != nullptr) return {stage.get(), user};
  }
  return {};
}

/// The answer to whoever cannot consent: administrators only, the others are sent to a download
/// page (doc).
std::optional<Reply> Dismissal(const Visitor& visitor, const AuthorizeRequest& request) {
  if (visitor.user == nullptr) {
    return HtmlReply(400, NoticePage("Nobody is signed in",
                                     "user_id is not a user of any company of this sandbox, or "
                                     "its first company has no administrator."));
  }
  if (visitor.user->admin) return {};
  return RedirectReply("/oauth/download?" + QueryOf(request) +
                       "&user_id=" + std::to_string(visitor.user->id));
}

Reply ShowConsent(Visit& visit) {
  const AuthorizeRequest request = AuthorizeRequestOf(visit.query);
  if (auto refusal = Refusal(visit.world().app(), request)) return *refusal;
  const Visitor visitor = VisitorOf(visit, visit.query);
  if (auto dismissal = Dismissal(visitor, request)) return *dismissal;
  return HtmlReply(200, ConsentPage(visit.companies, visitor, request, ""));
}

Reply ShowDownload(Visit& visit) {
  const Visitor visitor = VisitorOf(visit, visit.query);
  if (visitor.user == nullptr) return HtmlReply(200, NoticePage("Download Aircall", ""));
  return HtmlReply(200, DownloadPage(visit.companies, visitor, AuthorizeRequestOf(visit.query)));
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

Reply TakeDecision(Visit& visit) {
  const Fields form = FormOf(visit.request);
  const AuthorizeRequest request = AuthorizeRequestOf(form);
  if (auto refusal = Refusal(visit.world().app(), request)) return *refusal;
  const Visitor visitor = VisitorOf(visit, form);
  if (auto dismissal = Dismissal(visitor, request)) return *dismissal;
  if (form.GetOr("decision", "") != "authorize") {
    return BackToApp(request, "error", "access_denied");
  }
  World& world = visitor.stage->world();
  std::vector<std::int64_t> numbers = ChosenNumbers(world, form);
  if (numbers.empty()) {
    return HtmlReply(400,
                     ConsentPage(visit.companies, visitor, request, "Choose at least one number."));
  }
  return BackToApp(request, "code",
                   world.AllowApp(request.redirect_uri, visitor.user->id, std::move(numbers)));
}

// ---- tokens

const char* OauthErrorOf(const Error& error) {
  if (error.code == "SANDBOX_OAUTH_CLIENT") return "invalid_client";
  if (error.code == "SANDBOX_OAUTH_GRANT_TYPE") return "unsupported_grant_type";
  return error.code == "SANDBOX_OAUTH_GRANT" ? "invalid_grant" : "invalid_request";
}

/// 400 for every reason, a wrong client included (code).
Reply TokenError(const char* error, const std::string& description) {
  return JsonReply(400, {{"error", error}, {"error_description", description}});
}

/// The client's id and secret from the Authorization header, where generic clients put them. Not
/// documented, and accepted for their sake.
void ReadClientFromHeader(const Request& request, TokenRequest& asked) {
  const auto encoded = CredentialOf(request.authorization, "Basic");
  const auto pair = encoded ? FromBase64(*encoded) : std::nullopt;
  const auto colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) return;
  asked.client_id = UrlDecode(pair->substr(0, colon), /*form=*/true).value_or("");
  asked.client_secret = UrlDecode(pair->substr(colon + 1), /*form=*/true).value_or("");
}

TokenRequest TokenRequestOf(const Request& request) {
  const Fields form = FormOf(request);
  TokenRequest asked{.grant_type = form.GetOr("grant_type", ""),
                     .code = form.GetOr("code", ""),
                     .redirect_uri = form.GetOr("redirect_uri", ""),
                     .client_id = form.GetOr("client_id", ""),
                     .client_secret = form.GetOr("client_secret", ""),
                     .refresh_token = form.GetOr("refresh_token", "")};
  ReadClientFromHeader(request, asked);
  return asked;
}

/// The company that gave the code or the refresh token; the first one when none did.
Stage& OwnerOf(Visit& visit, const TokenRequest& request) {
  for (const auto& stage : visit.companies.all()) {
    if (stage->world().app().Knows(request)) return *stage;
  }
  return visit.companies.first();
}

/// As documented: no expiry and no refresh token, the access token lasts until the app is removed;
/// the members of expiring tokens come on top.
Doc TokensDoc(const IssuedTokens& tokens, const World& world) {
  Doc doc = {{"access_token", tokens.access_token}, {"token_type", "Bearer"}};
  if (tokens.expires_at) {
    doc["expires_in"] = UnixSeconds(*tokens.expires_at) - UnixSeconds(world.Now());
    doc["refresh_token"] = tokens.refresh_token;
  }
  doc["created_at"] = UnixSeconds(tokens.created_at);
  if (world.switches().Is(Switch::kOauthTokenFields, "scope")) doc["scope"] = "public_api";
  return doc;
}

Reply IssueToken(Visit& visit) {
  const TokenRequest asked = TokenRequestOf(visit.request);
  Stage& owner = OwnerOf(visit, asked);
  if (owner.switches().Is(Switch::kOauthFormBody, "refuse") && !BodyOf(visit.request).ok()) {
    return TokenError("invalid_request", "the body is not a JSON object");
  }
  const auto tokens = owner.world().IssueTokens(asked);
  if (!tokens.ok()) return TokenError(OauthErrorOf(tokens.error()), tokens.error().message);
  Reply reply = JsonReply(200, TokensDoc(*tokens, owner.world()));
  reply.headers.emplace_back("Cache-Control", "no-store");
  return reply;
}

Reply ShowSuccess(Visit&) {
  return HtmlReply(200, SuccessPage());
}

constexpr Route kOauthRoutes[] = {
    {"GET", "/oauth/authorize", Access::kOpen, ShowConsent, "the consent page"},
    {"POST", "/oauth/authorize", Access::kOpen, TakeDecision, "its form"},
    {"GET", "/oauth/download", Access::kOpen, ShowDownload, "where a non-administrator ends"},
    {"GET", "/oauth/success", Access::kOpen, ShowSuccess, "where the app sends the browser last"},
    {"POST", "/v1/oauth/token", Access::kOpen, IssueToken, "a code or a refresh token for tokens"},
};

}  // namespace

std::span<const Route> OauthRoutes() {
  return kOauthRoutes;
}

}  // namespace sb::aircall::sandbox
