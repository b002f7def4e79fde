#include "engine/edge/connect_road.h"

#include <chrono>
#include <utility>

#include "engine/base/encoding.h"
#include "engine/base/secret.h"
#include "engine/edge/pages.h"

namespace sb::edge {
namespace {

using ports::ConnectSession;
using ports::SessionState;

constexpr int kCookieSeconds = 3600;
constexpr const char* kCookiePrefix = "sb_";

/// One cookie per departure, so that several links may be open in one browser.
std::string CookieNameFor(const std::string& state) {
  return kCookiePrefix + ToHex(Sha256(state)).substr(0, 16);
}

/// What our own form must bring along: it follows from the link's secret, so it needs no memory and
/// outlives a restart.
std::string FormProof(const std::string& token) {
  return ToBase64Url(Sha256("connect form\n" + token));
}

Reply Redirect(const std::string& to) {
  Reply reply;
  reply.status = 303;
  reply.headers = {
      {"Location", to}, {"Cache-Control", "no-store"}, {"Referrer-Policy", "no-referrer"}};
  return reply;
}

int StatusOf(const Error& error) {
  if (error.code == "SESSION_EXPIRED") return 410;
  switch (error.kind) {
    case ErrorKind::kInvalid:
      return 400;
    case ErrorKind::kUnauthorized:
    case ErrorKind::kForbidden:
      return 403;
    case ErrorKind::kNotFound:
      return 404;
    case ErrorKind::kConflict:
      return 409;
    case ErrorKind::kRateLimited:
      return 429;
    case ErrorKind::kInternal:
      return 500;
    default:
      return 503;
  }
}

std::string TitleOf(const Error& error) {
  if (error.code == "SESSION_NOT_FOUND") return "This link is not known here";
  if (error.code == "SESSION_EXPIRED") return "This link has expired";
  if (error.code == "OAUTH_REFUSED") return "Access was not granted";
  if (error.code == "OAUTH_STATE_UNKNOWN") return "This answer cannot be used";
  return "The account could not be connected";
}

/// What a person reads. Messages of the database and of our own bugs are for the log of the
/// operator, not for a page that anybody may see.
std::string TextOf(const Error& error) {
  if (error.code == "SESSION_NOT_FOUND") {
    return "Check that it was copied whole, or ask whoever gave it to you for a new one.";
  }
  if (error.kind == ErrorKind::kInternal || error.code.starts_with("DATABASE_")) {
    return "Something went wrong on our side. Nothing was lost; try again in a minute.";
  }
  std::string text = error.message;
  if (!text.empty() && text.front() >= 'a' && text.front() <= 'z')
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
  if (!text.empty() && text.back() != '.' && text.back() != '!' && text.back() != '?') text += '.';
  return text;
}

std::string WithQuery(const std::string& url, const std::string& query) {
  const std::size_t hash = url.find('#');
  const std::string base = url.substr(0, hash);
  return base + (base.find('?') == std::string::npos ? "?" : "&") + query +
         (hash == std::string::npos ? "" : url.substr(hash));
}

Json FieldsModel(const connector::Connector& connector,
                 const std::map<std::string, std::string>& entered) {
  Json fields = Json::array();
  for (const connector::KeyField& field : connector.key_fields) {
    const auto known = entered.find(field.name);
    const bool keep =
        known != entered.end() && !field.secret;  // a secret is not written back into a page
    fields.push_back({{"name", field.name},
                      {"label", field.label},
                      {"help", field.help},
                      {"type", field.secret ? "password" : "text"},
                      {"value", keep ? known->second : ""}});
  }
  return fields;
}

std::string MinutesLeft(const ConnectSession& session, WallTime now) {
  const auto minutes = std::chrono::ceil<std::chrono::minutes>(session.expires_at - now).count();
  return std::to_string(minutes) + (minutes == 1 ? " minute" : " minutes");
}

Reply Unavailable(const char* title, const char* text) {
  return Pages::Say(
      {.status = 503, .tone = "bad", .title = title, .text = text, .link = "", .link_label = ""});
}

Reply TooSlow() {
  return Unavailable("This takes too long",
                     "The provider did not answer in time. Open your link again in a minute.");
}

Reply Busy() {
  return Unavailable("Too many visitors at once", "Open your link again in a minute.");
}

}  // namespace

/// A browser that comes back from the provider: what its cookie says.
struct ConnectRoad::Traveller {
  std::string cookie_name;
  std::string browser;  ///< The proof that it is the browser that left.
  std::string token;    ///< Of its link; empty: it carries none.
};

void ConnectRoad::Work(const std::shared_ptr<Exchange>& exchange, std::function<Reply()> work) {
  exchange->AnswerWithin(deps_.patience, TooSlow());
  const bool taken =
      deps_.workers.TryPost([exchange, work = std::move(work)] { exchange->Answer(work()); });
  if (!taken) exchange->Answer(Busy());
}

void ConnectRoad::ShowLink(const std::shared_ptr<Exchange>& exchange, const std::string& token) {
  Work(exchange, [this, exchange, token] { return LinkPage(exchange->request(), token); });
}

void ConnectRoad::LeaveForProvider(const std::shared_ptr<Exchange>& exchange,
                                   const std::string& token) {
  Work(exchange, [this, exchange, token] { return Departure(exchange->request(), token); });
}

void ConnectRoad::TakeKey(const std::shared_ptr<Exchange>& exchange, const std::string& token) {
  Work(exchange, [this, exchange, token] { return KeyGiven(exchange->request(), token); });
}

void ConnectRoad::ComeBack(const std::shared_ptr<Exchange>& exchange) {
  Work(exchange, [this, exchange] { return Return(exchange->request()); });
}

// ---- The link

Reply ConnectRoad::LinkPage(const Request& request, const std::string& token) {
  const auto session = deps_.connections.FindSession(token);
  if (!session.ok()) return Trouble(request, session.error(), "");
  if (session->state == SessionState::kSucceeded) return Arrival(*session);
  const bool failed = session->state == SessionState::kFailed;
  return Invitation(*session, token, 200, failed ? session->error : "", {});
}

Reply ConnectRoad::Invitation(const ConnectSession& session, const std::string& token, int status,
                              const std::string& problem, const Fields& entered) const {
  const connector::Connector* connector = deps_.connectors.FindConnector(session.connector);
  if (connector == nullptr) {
    return ErrorReply(500, "CONNECTOR_UNKNOWN",
                      "this server has no connector '" + session.connector + "' any more");
  }
  const bool oauth = deps_.connections.OffersOAuth(session.connector);
  const Json model = {{"title", "Connect " + connector->title},
                      {"provider", connector->title},
                      {"tenant", session.tenant},
                      {"reads", connector->consent.reads},
                      {"writes", connector->consent.writes},
                      {"oauth", oauth},
                      {"key", !connector->key_fields.empty()},
                      {"key_open", !oauth || !entered.empty()},
                      {"key_help", connector->consent.key_help},
                      {"fields", FieldsModel(*connector, entered)},
                      {"proof", FormProof(token)},
                      {"link", "/connect/" + token},
                      {"problem", problem.empty() ? "" : TextOf(Invalid("", problem))},
                      {"has_problem", !problem.empty()},
                      {"minutes", MinutesLeft(session, deps_.clock.Now())}};
  std::vector<std::string> targets = {session.return_url};
  if (oauth) targets.push_back(connector->oauth->authorize_url);
  return Pages::Render(status, "connect", model, targets);
}

Reply ConnectRoad::Arrival(const ConnectSession& session) const {
  const auto account = deps_.accounts.Get(session.account);
  const bool show =
      account.ok() && session.expires_at > deps_.clock.Now();  // a used link tells nothing for ever
  if (!show) {
    return Pages::Say({.status = 410,
                       .tone = "calm",
                       .title = "This link was used",
                       .text = "The account is connected. There is nothing more to do here.",
                       .link = "",
                       .link_label = ""});
  }
  const connector::Connector* connector = deps_.connectors.FindConnector(session.connector);
  const std::size_t users = Member(account->profile, "users").size();
  return Pages::Render(200, "connected",
                       {{"title", "Connected"},
                        {"provider", connector == nullptr ? session.connector : connector->title},
                        {"company", account->display_name},
                        {"tenant", session.tenant},
                        {"users", users},
                        {"has_users", users > 0},
                        {"one_user", users == 1},
                        {"has_return", !session.return_url.empty()},
                        {"return_url", session.return_url}});
}

// ---- Off to the provider, and back

Reply ConnectRoad::Departure(const Request& request, const std::string& token) {
  if (!IsOurForm(request, ParseFields(request.body), token)) {
    return Trouble(request,
                   Forbidden("FORM_NOT_OURS",
                             "this form was not sent from its own page; open your link again"),
                   token);
  }
  const auto departure = deps_.connections.BeginOAuth(token);
  if (!departure.ok()) {
    if (departure.error().code == "SESSION_FINISHED") return Redirect("/connect/" + token);
    return Trouble(request, departure.error(), "");
  }
  Reply reply = Redirect(departure->authorize_url);
  reply.headers.emplace_back("Set-Cookie",
                             Cookie(request, CookieNameFor(departure->state),
                                    departure->browser_cookie + "." + token, kCookieSeconds));
  return reply;
}

ConnectRoad::Traveller ConnectRoad::TravellerOf(const Request& request,
                                                const std::string& state) const {
  const std::string wanted = CookieNameFor(state);
  for (const auto& [name, value] : CookiesOf(request)) {
    // A provider may refuse without giving the state back: then any of our cookies says where to
    // try again.
    const bool fits = state.empty() ? name.starts_with(kCookiePrefix) : name == wanted;
    const std::size_t dot = value.find('.');
    if (fits && dot != std::string::npos)
      return {name, value.substr(0, dot), value.substr(dot + 1)};
  }
  return {};
}

Reply ConnectRoad::Return(const Request& request) {
  Fields fields = ParseFields(request.query);
  const Traveller traveller = TravellerOf(request, fields["state"]);
  const auto account = deps_.connections.FinishOAuth(
      {fields["code"], fields["state"], fields["error"], traveller.browser});
  Reply reply = account.ok() ? Onwards(traveller.token, *account)
                             : Trouble(request, account.error(), traveller.token);
  if (!traveller.cookie_name.empty()) {
    reply.headers.emplace_back("Set-Cookie", Cookie(request, traveller.cookie_name, "", 0));
  }
  return reply;
}

std::string ConnectRoad::Cookie(const Request& request, const std::string& name,
                                const std::string& value, int max_age) const {
  const bool secure = request.secure || deps_.public_url().starts_with("https://");
  return name + "=" + value + "; Path=/oauth; Max-Age=" + std::to_string(max_age) +
         "; HttpOnly; SameSite=Lax" + (secure ? "; Secure" : "");
}

Reply ConnectRoad::Onwards(const std::string& token, const ports::Account& account) {
  const auto session = deps_.connections.FindSession(token);
  if (!session.ok() || session->return_url.empty()) return Redirect("/connect/" + token);
  return Redirect(WithQuery(session->return_url, "status=connected&account=" + ToText(account.id) +
                                                     "&session=" + ToText(session->id)));
}

// ---- API keys

Reply ConnectRoad::KeyGiven(const Request& request, const std::string& token) {
  const Fields fields = ParseFields(request.body);
  if (!IsOurForm(request, fields, token)) {
    return Trouble(request,
                   Forbidden("FORM_NOT_OURS",
                             "this form was not sent from its own page; open your link again"),
                   token);
  }
  std::map<std::string, Secret> values;
  for (const auto& [name, value] : fields) values.emplace(name, Secret(value));
  const auto account = deps_.connections.FinishWithKey(token, values);
  if (account.ok()) return Onwards(token, *account);
  if (account.error().code == "SESSION_FINISHED") return Redirect("/connect/" + token);
  const auto session = deps_.connections.FindSession(token);
  if (!session.ok()) return Trouble(request, session.error(), "");
  return Invitation(*session, token, 422, TextOf(account.error()), fields);
}

bool ConnectRoad::IsOurForm(const Request& request, const Fields& fields,
                            const std::string& token) const {
  const std::string site = HeaderOf(request, "sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none") return false;
  // Our pages ask browsers to send no referrer, and then a form's Origin reads "null".
  const std::string origin = HeaderOf(request, "origin");
  const std::string host = HeaderOf(request, "host");
  const bool from_here = origin.empty() || origin == "null" ||
                         origin == OriginOf(deps_.public_url()) || origin == "http://" + host ||
                         origin == "https://" + host;
  const auto proof = fields.find("proof");
  return from_here && proof != fields.end() &&
         Secret(FormProof(token)).EqualsConstantTime(proof->second);
}

Reply ConnectRoad::Trouble(const Request& request, const Error& error, const std::string& token) {
  if (!WantsHtml(request)) return ErrorReply(StatusOf(error), error.code, TextOf(error));
  const bool again = !token.empty() && deps_.connections.FindSession(token).ok();
  return Pages::Say({.status = StatusOf(error),
                     .tone = error.code.starts_with("SESSION_") ? "calm" : "bad",
                     .title = TitleOf(error),
                     .text = TextOf(error),
                     .link = again ? "/connect/" + token : "",
                     .link_label = "Try again"});
}

}  // namespace sb::edge
