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

constexpr const char* kCookiePrefix = "sb_";
constexpr int kCookieSeconds = 3600;
constexpr const char* kArrivalCookie = "arrived";

/// One cookie per departure, so that several links may be open in one browser.
std::string CookieNameFor(const std::string& state) {
  return kCookiePrefix + ToHex(Sha256(state)).substr(0, 16);
}

bool IsHttps(const std::string& url) {
  return url.starts_with("https://");
}

struct CookieCrumb {
  std::string name;
  std::string value;
  std::string path;
  int seconds = 0;  ///< 0: the browser forgets it now.
  bool secure = false;
};

void SetCookie(Reply& reply, const CookieCrumb& cookie) {
  reply.headers.emplace_back(
      "Set-Cookie", cookie.name + "=" + cookie.value + "; Path=" + cookie.path +
                        "; Max-Age=" + std::to_string(cookie.seconds) + "; HttpOnly; SameSite=Lax" +
                        (cookie.secure ? "; Secure" : ""));
}

Reply Redirect(const std::string& to) {
  Reply reply;
  reply.status = 303;
  reply.headers = {
      {"Location", to}, {"Cache-Control", "no-store"}, {"Referrer-Policy", "no-referrer"}};
  return reply;
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

void ConnectRoad::TellOutcome(const std::shared_ptr<Exchange>& exchange, const std::string& token) {
  Work(exchange, [this, exchange, token] { return Outcome(exchange->request(), token); });
}

void ConnectRoad::Install(const std::shared_ptr<Exchange>& exchange, const std::string& connector,
                          const std::string& install_key) {
  Work(exchange, [this, exchange, connector, install_key] {
    return Installation(exchange->request(), connector, install_key);
  });
}

void ConnectRoad::ComeBack(const std::shared_ptr<Exchange>& exchange) {
  Work(exchange, [this, exchange] { return Return(exchange->request()); });
}

// ---- The link

Reply ConnectRoad::LinkPage(const Request& request, const std::string& token) {
  const auto session = deps_.connections.FindSession(token);
  if (!session.ok()) return Trouble(request, session.error(), token);
  if (session->state == SessionState::kSucceeded) return Arrival(request, *session);
  const bool failed = session->state == SessionState::kFailed;
  return pages_.Invitation(*session, token, 200, failed ? session->error : "", {});
}

/// The browser that connected the account sees whose it is; a link that went astray tells nothing.
Reply ConnectRoad::Arrival(const Request& request, const ConnectSession& session) const {
  bool same_browser = false;
  for (const auto& [name, value] : CookiesOf(request)) {
    same_browser = same_browser || (name == kArrivalCookie &&
                                    Secret(session.browser_hash).EqualsConstantTime(Sha256(value)));
  }
  const bool fresh = session.expires_at > deps_.clock.Now();
  return same_browser && fresh ? pages_.Arrival(session) : ConnectPages::Used(session);
}

Reply ConnectRoad::Outcome(const Request& request, const std::string& token) {
  const auto session = deps_.connections.FindSessionAnyway(token);
  const bool theirs = session.ok() && !session->opener_origin.empty() &&
                      HeaderOf(request, "origin") == session->opener_origin;
  if (!theirs) return ErrorReply(404, "SESSION_NOT_FOUND", "there is nothing to tell here");
  Json outcome = {{"session", ToText(session->id)}, {"state", "open"}};
  if (session->state == SessionState::kSucceeded) {
    outcome["state"] = "connected";
    outcome["account"] = ToText(session->account);
  } else if (session->expires_at <= deps_.clock.Now()) {
    outcome["state"] = "expired";
  }
  Reply reply = JsonReply(200, DumpJson(outcome));
  reply.headers.emplace_back("Access-Control-Allow-Origin", session->opener_origin);
  reply.headers.emplace_back("Vary", "Origin");
  return reply;
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
    return Trouble(request, departure.error(), token);
  }
  Reply reply = Redirect(departure->authorize_url);
  SetCookie(reply, {.name = CookieNameFor(departure->state),
                    .value = departure->browser_cookie + "." + token,
                    .path = "/oauth",
                    .seconds = kCookieSeconds,
                    .secure = request.secure || IsHttps(departure->redirect_url)});
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
  const auto account =
      deps_.connections.FinishOAuth({fields["code"], fields["state"], fields["error"],
                                     traveller.browser, fields["error_description"]});
  Reply reply = account.ok() ? Onwards(request, traveller.token, traveller.browser, *account)
                             : Trouble(request, account.error(), traveller.token);
  if (!traveller.cookie_name.empty()) {
    SetCookie(reply, {.name = traveller.cookie_name,
                      .value = "",
                      .path = "/oauth",
                      .seconds = 0,
                      .secure = request.secure || IsHttps(deps_.public_url())});
  }
  return reply;
}

Reply ConnectRoad::Onwards(const Request& request, const std::string& token,
                           const std::string& browser, const ports::Account& account) {
  const auto session = deps_.connections.FindSession(token);
  if (!session.ok()) return Redirect("/connect/" + token);
  const connector::Connector* connector = deps_.connectors.FindConnector(session->connector);
  const bool at_provider = session->from_provider && connector != nullptr && connector->oauth &&
                           !connector->oauth->success_url.empty();
  if (at_provider) return Redirect(connector->oauth->success_url);
  // A pop-up stays with us: its last page tells the window that opened it.
  if (!session->return_url.empty() && session->opener_origin.empty()) {
    return Redirect(WithQuery(
        session->return_url,
        "status=connected&account=" + ToText(account.id) + "&session=" + ToText(session->id)));
  }
  Reply reply = Redirect("/connect/" + token);
  SetCookie(reply, {.name = kArrivalCookie,
                    .value = browser,
                    .path = "/connect/" + token,
                    .seconds = kCookieSeconds,
                    .secure = request.secure || IsHttps(deps_.public_url())});
  return reply;
}

// ---- Installations that begin at the provider

Reply ConnectRoad::Installation(const Request& request, const std::string& connector,
                                const std::string& install_key) {
  const auto next = deps_.connections.BeginInstall(connector, install_key);
  return next.ok() ? Redirect(*next) : Trouble(request, next.error(), "");
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
  const auto session = deps_.connections.FindSession(token);
  if (!session.ok()) return Trouble(request, session.error(), token);
  const auto browser = deps_.connections.BindToBrowser(*session);
  if (!browser.ok()) {
    if (browser.error().code == "SESSION_FINISHED") return Redirect("/connect/" + token);
    return Trouble(request, browser.error(), token);
  }
  const auto account = deps_.connections.FinishWithKey(token, values);
  if (account.ok()) return Onwards(request, token, *browser, *account);
  if (account.error().code == "SESSION_METHOD_FORBIDDEN")
    return Trouble(request, account.error(), token);
  return pages_.Invitation(*session, token, 422, ConnectPages::TextFor(account.error()), fields);
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
  if (!WantsHtml(request)) return ConnectPages::TroubleForPrograms(error);
  const auto found = deps_.connections.FindSessionAnyway(token);
  std::optional<ConnectSession> session;
  if (found.ok()) session = *found;
  const bool again = session && session->expires_at > deps_.clock.Now() &&
                     session->state != SessionState::kSucceeded;
  return ConnectPages::Trouble(error, session, again ? token : "");
}

}  // namespace sb::edge
