#include "engine/runtime/oauth_tokens.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "engine/runtime/http_exchange.h"

namespace sb::runtime {
namespace {

constexpr std::size_t kMostTokens = 1000;
constexpr Millis kMargin = std::chrono::seconds(30);  ///< A token is not used up to its end.
constexpr std::int64_t kShortest = 60;                ///< Seconds, where the server says none.

std::string KeyOf(AccountId account, const Json& oauth) {
  return ToText(account) + " " + Sha256(DumpJson(oauth));
}

std::string Joined(const Json& words) {
  std::string text;
  if (!words.is_array()) return text;
  for (const Json& word : words) {
    if (word.is_string()) text += (text.empty() ? "" : " ") + word.get<std::string>();
  }
  return text;
}

std::string TokenAddress(const Json& oauth) {
  const std::string path = TextMember(Member(oauth, "endpoints"), "token");
  std::string authority = TextMember(oauth, "authority");
  while (authority.ends_with('/')) authority.pop_back();
  return authority + (path.empty() ? "/oauth2/token" : path);
}

ports::HttpRequest TokenRequest(const Json& oauth) {
  const Json& client = Member(oauth, "client");
  const std::string id = CredentialText(client, "id");
  const std::string secret = CredentialText(client, "secret");
  Json body = {{"grant_type", "client_credentials"}};
  if (const auto scopes = Joined(Member(oauth, "scopes")); !scopes.empty()) body["scope"] = scopes;
  if (const Json& audiences = Member(oauth, "audiences"); audiences.is_array())
    body["audience"] = audiences;
  const bool in_header = TextMember(client, "authentication") == "client_secret_basic";
  if (!in_header) body.update({{"client_id", id}, {"client_secret", secret}});
  ports::HttpRequest request =
      RenderHttpCall({{"method", "POST"},
                      {"uri", TokenAddress(oauth)},
                      {"headers", {{"Content-Type", "application/x-www-form-urlencoded"}}},
                      {"body", std::move(body)}},
                     {});
  // RFC 6749 2.3.1: both are form-encoded first.
  if (in_header)
    request.headers.emplace_back("Authorization", BasicHeader(UrlEncode(id), UrlEncode(secret)));
  return request;
}

struct FreshToken {
  std::string text;
  Millis lifetime;
};

Result<FreshToken> ReadToken(const ports::HttpResponse& response) {
  const int status = response.status;
  if (status == 408 || status == 429 || status >= 500) {
    return Unavailable("HTTP_TOKEN_UNAVAILABLE",
                       "the authority gave no token now: it answered " + std::to_string(status));
  }
  const auto body = ParseJson(response.body);
  const std::string token = body.ok() ? TextMember(*body, "access_token") : "";
  if (status < 200 || status > 299 || token.empty()) {
    return Forbidden("HTTP_TOKEN_REFUSED", "the authority answered " + std::to_string(status) +
                                               " without a token: check the client's id, secret "
                                               "and scopes");
  }
  const Json& expires = Member(*body, "expires_in");
  const std::int64_t seconds =
      expires.is_number_integer() ? expires.get<std::int64_t>() : kShortest;
  return FreshToken{token, std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, 86'400))};
}

}  // namespace

void OauthTokens::Get(AccountId account, const Json& oauth, Done done) {
  const std::string key = KeyOf(account, oauth);
  Token& token = tokens_[key];
  if (!token.fetching && !token.text.empty() && deps_.clock.Now() < token.good_until)
    return done(token.text);
  token.waiting.push_back(std::move(done));
  if (!token.fetching) Fetch(key, oauth);
}

void OauthTokens::Drop(AccountId account, const Json& oauth, const std::string& token) {
  const auto found = tokens_.find(KeyOf(account, oauth));
  if (found != tokens_.end() && found->second.text == token) found->second.text.clear();
}

void OauthTokens::Fetch(const std::string& key, const Json& oauth) {
  if (tokens_.size() > kMostTokens) {
    std::erase_if(tokens_,
                  [&](const auto& each) { return !each.second.fetching && each.first != key; });
  }
  tokens_[key].fetching = true;
  ports::HttpRequest request = TokenRequest(oauth);
  request.may_leave = deps_.may_leave;
  deps_.http.Send(
      std::move(request), deps_.request_timeout, [this, key](Result<ports::HttpResponse> answer) {
        deps_.home.Post([this, key, answer = std::move(answer)] { OnAnswer(key, answer); });
      });
}

void OauthTokens::OnAnswer(const std::string& key, const Result<ports::HttpResponse>& answer) {
  // A lost answer of the authority is no doubt about the call: nothing of it was sent.
  Result<FreshToken> fresh = Unavailable("HTTP_TOKEN_UNAVAILABLE", "the authority gave no answer");
  if (answer.ok()) {
    fresh = ReadToken(*answer);
  } else if (answer.error().kind != ErrorKind::kInDoubt) {
    fresh = answer.error();
  }
  auto node = tokens_.extract(key);
  const auto waiting = std::exchange(node.mapped().waiting, {});
  if (fresh.ok()) {
    const Millis use = std::max(fresh->lifetime - kMargin, fresh->lifetime / 2);
    node.mapped() = {fresh->text, deps_.clock.Now() + use, false, {}};
    tokens_.insert(std::move(node));
  }
  for (const Done& done : waiting)
    done(fresh.ok() ? Result<std::string>(fresh->text) : Result<std::string>(fresh.error()));
}

}  // namespace sb::runtime
