#include "engine/adapters/curl/host_rules.h"

#include <memory>

#include <curl/curl.h>

#include "engine/base/text.h"

namespace sb::adapters::curl {
namespace {

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

// libcurl's own reading of a URL, so that a host cannot be one thing to these rules and another to
// the request.
using Url = std::unique_ptr<CURLU, FreeUrl>;

Url Parse(const std::string& text) {
  Url url(curl_url());
  const bool good = url && curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) == CURLUE_OK;
  return good ? std::move(url) : Url();
}

std::string PartOf(const Url& url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url.get(), part, &text, 0) != CURLUE_OK) return {};
  std::string copy = text;
  curl_free(text);
  return copy;
}

void Copy(const Url& from, CURLUPart part, const Url& to) {
  const std::string value = PartOf(from, part);
  curl_url_set(to.get(), part, value.empty() ? nullptr : value.c_str(), 0);
}

}  // namespace

std::string HostOf(const std::string& url) {
  const Url parsed = Parse(url);
  return parsed ? Lower(PartOf(parsed, CURLUPART_HOST)) : std::string();
}

Destination Route(const HostRules& rules, const std::string& url) {
  Destination as_it_is{url, "", false};
  if (rules.private_allowed.empty() && rules.origins.empty()) return as_it_is;
  const Url asked = Parse(url);
  if (!asked) return as_it_is;
  const std::string host = Lower(PartOf(asked, CURLUPART_HOST));
  as_it_is.trusted = rules.private_allowed.contains(host);
  const auto rule = rules.origins.find(host);
  if (rule == rules.origins.end()) return as_it_is;
  const Url origin = Parse(rule->second);
  if (!origin) return as_it_is;
  const std::string port = PartOf(asked, CURLUPART_PORT);
  for (const CURLUPart part : {CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_PORT})
    Copy(origin, part, asked);
  return {PartOf(asked, CURLUPART_URL), host + (port.empty() ? "" : ":" + port), true};
}

}  // namespace sb::adapters::curl
