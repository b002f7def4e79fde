#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/unit/accounts/accounts_world.h"

namespace sb::testing {

/// An account whose access token ends in an hour, before a token endpoint that says what the test
/// wants; all else is the sandbox's. Time stands still unless the test moves it.
class RenewalWorld : public AccountsWorld {
 public:
  using Answer = Result<ports::HttpResponse>;

  RenewalWorld() {
    account = *ConnectByOAuth();
    access_token = shelf.Get(account)->values.at("access_token").Reveal();
    Put("refresh-1", std::chrono::hours(1));
    http.SetWorld([this](const ports::HttpRequest& request) {
      return request.url.ends_with("/oauth/token") ? AnswerToken(request)
                                                   : far_side.Answer(request);
    });
    told.clear();
  }

  /// A credential that works; without refresh token, or for ever, where none is given.
  void Put(const std::string& refresh_token, std::optional<Millis> life) {
    connector::Credential credential{"oauth", {{"access_token", Secret(access_token)}}};
    if (!refresh_token.empty()) credential.values.emplace("refresh_token", refresh_token);
    accounts::CredentialTerm term;
    if (life) {
      term.expires_at = clock.Now() + *life;
      term.due_at = *term.expires_at - std::chrono::minutes(6);
    }
    ASSERT_TRUE(shelf.Put(account, credential, term).ok());
    generation = accounts.GetCredential(account.id)->generation;
  }

  /// The token endpoint's next answers; the last one is repeated.
  void Script(std::vector<Answer> answers) { script = {answers.begin(), answers.end()}; }

  static Answer Granted(const std::string& access, const std::string& refresh = "") {
    Json body = {{"access_token", access}, {"token_type", "Bearer"}, {"expires_in", 3600}};
    if (!refresh.empty()) body["refresh_token"] = refresh;
    return ports::HttpResponse{200, {}, body.dump()};
  }

  static Answer Refused(const std::string& error, int status = 400) {
    return ports::HttpResponse{status, {}, Json{{"error", error}}.dump()};
  }

  static Answer Lost() { return InDoubt("HTTP_NO_ANSWER", "no complete answer came"); }

  std::string Stored(const std::string& value) {
    return shelf.Get(account)->values.at(value).Reveal();
  }

  ports::AccountState state() { return accounts.Get(account.id)->state; }

  std::string reason() { return accounts.Get(account.id)->state_reason; }

  ports::Account account;
  std::int64_t generation = 0;
  std::string access_token;
  accounts::CredentialShelf shelf{accounts, vault};
  std::deque<Answer> script = {Granted("access-2", "refresh-2")};
  std::function<void()> meanwhile;      ///< Happens while the provider thinks.
  std::vector<std::string> asked_with;  ///< The refresh tokens that came.
  ports::HttpRequest last_token_request;

 private:
  Answer AnswerToken(const ports::HttpRequest& request) {
    asked_with.push_back(TextMember(Json::parse(request.body), "refresh_token"));
    last_token_request = request;
    if (meanwhile) std::exchange(meanwhile, nullptr)();
    Answer answer = script.front();
    if (script.size() > 1) script.pop_front();
    return answer;
  }
};

}  // namespace sb::testing
