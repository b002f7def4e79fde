#include "engine/edge/connect_pages.h"

#include <chrono>
#include <utility>
#include <vector>

#include "engine/base/encoding.h"

namespace sb::edge {
namespace {

using ports::ConnectSession;

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
  if (error.code.starts_with("INSTALL_")) return "This installation cannot go on here";
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

/// With whom the account is connected, as people know it.
std::string PartnerOf(const ConnectSession& session) {
  return session.branding.name.empty() ? session.tenant : session.branding.name;
}

/// The platform's own page, told how it ended there; empty when there is none.
std::string BackFrom(const ConnectSession& session, const std::string& status) {
  if (session.return_url.empty()) return {};
  return WithQuery(session.return_url, "status=" + status + "&session=" + ToText(session.id));
}

Pages::Frame FrameOf(const ConnectSession& session, Json report = {}) {
  Pages::Frame frame;
  frame.branding = session.branding;
  frame.opener = session.opener_origin;
  if (!frame.opener.empty()) frame.report = std::move(report);
  return frame;
}

}  // namespace

std::string FormProof(const std::string& token) {
  return ToBase64Url(Sha256("connect form\n" + token));
}

std::string WithQuery(const std::string& url, const std::string& query) {
  const std::size_t hash = url.find('#');
  const std::string base = url.substr(0, hash);
  return base + (base.find('?') == std::string::npos ? "?" : "&") + query +
         (hash == std::string::npos ? "" : url.substr(hash));
}

Reply ConnectPages::Invitation(const ConnectSession& session, const std::string& token, int status,
                               const std::string& problem, const Fields& entered) const {
  const connector::Connector* connector = deps_.connectors.FindConnector(session.connector);
  if (connector == nullptr) {
    return ErrorReply(500, "CONNECTOR_UNKNOWN",
                      "this server has no connector '" + session.connector + "' any more");
  }
  const auto oauth = deps_.connections.OffersOAuth(session);
  if (!oauth.ok()) return Trouble(oauth.error(), session, "");
  const bool key = session.offers_key && !connector->key_fields.empty();
  if (!*oauth && !key) return Trouble(accounts::NoApplication(connector->title), session, "");
  const bool again = !session.reconnects.IsNone();
  const std::string back = BackFrom(session, "cancelled");
  const Json model = {{"title", "Connect " + connector->title + (again ? " again" : "")},
                      {"provider", connector->title},
                      {"partner", PartnerOf(session)},
                      {"again", again},
                      {"company", again ? CompanyOf(session.reconnects) : ""},
                      {"words", session.branding.text},
                      {"has_words", !session.branding.text.empty()},
                      {"reads", connector->consent.reads},
                      {"writes", connector->consent.writes},
                      {"oauth", *oauth},
                      {"key", key},
                      {"key_open", !*oauth || !entered.empty()},
                      {"key_help", connector->consent.key_help},
                      {"fields", FieldsModel(*connector, entered)},
                      {"proof", FormProof(token)},
                      {"link", "/connect/" + token},
                      {"problem", problem.empty() ? "" : TextOf(Invalid("", problem))},
                      {"has_problem", !problem.empty()},
                      {"back", back},
                      {"has_back", !back.empty()},
                      {"minutes", MinutesLeft(session, deps_.clock.Now())}};
  Pages::Frame frame = FrameOf(session);
  frame.form_targets = {session.return_url};
  if (*oauth) {
    frame.form_targets.push_back(connector->oauth->authorize_url);
    frame.form_targets.push_back(connector->oauth->success_url);
  }
  return Pages::Render(status, "connect", model, frame);
}

std::string ConnectPages::CompanyOf(AccountId id) const {
  const auto account = deps_.accounts.Get(id);
  return account.ok() ? account->display_name : "your company";
}

Reply ConnectPages::Arrival(const ConnectSession& session) const {
  const auto account = deps_.accounts.Get(session.account);
  if (!account.ok()) return Used(session);
  const connector::Connector* connector = deps_.connectors.FindConnector(session.connector);
  const std::size_t users = Member(account->profile, "users").size();
  const std::string back = BackFrom(session, "connected");
  return Pages::Render(200, "connected",
                       {{"title", "Connected"},
                        {"provider", connector == nullptr ? session.connector : connector->title},
                        {"company", account->display_name},
                        {"partner", PartnerOf(session)},
                        {"users", users},
                        {"has_users", users > 0},
                        {"one_user", users == 1},
                        {"has_return", !back.empty()},
                        {"return_url", back}},
                       FrameOf(session, {{"type", "connected"},
                                         {"session", ToText(session.id)},
                                         {"account", ToText(session.account)}}));
}

Reply ConnectPages::Used(const ConnectSession& session) {
  return Pages::Say({.status = 410,
                     .tone = "calm",
                     .title = "This link was used",
                     .text = "The account is connected. There is nothing more to do here.",
                     .link = "",
                     .link_label = ""},
                    FrameOf(session));
}

Reply ConnectPages::Trouble(const Error& error, const std::optional<ConnectSession>& session,
                            const std::string& token) {
  const Pages::Message message{.status = StatusOf(error),
                               .tone = error.code.starts_with("SESSION_") ? "calm" : "bad",
                               .title = TitleOf(error),
                               .text = TextOf(error),
                               .link = token.empty() ? "" : "/connect/" + token,
                               .link_label = "Try again",
                               .back = session ? BackFrom(*session, "refused") : ""};
  if (!session) return Pages::Say(message);
  return Pages::Say(message, FrameOf(*session, {{"type", "refused"},
                                                {"session", ToText(session->id)},
                                                {"code", error.code},
                                                {"message", message.text}}));
}

Reply ConnectPages::TroubleForPrograms(const Error& error) {
  return ErrorReply(StatusOf(error), error.code, TextOf(error));
}

std::string ConnectPages::TextFor(const Error& error) {
  return TextOf(error);
}

}  // namespace sb::edge
