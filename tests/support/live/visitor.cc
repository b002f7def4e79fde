#include "tests/support/live/visitor.h"

#include <algorithm>
#include <chrono>
#include <httplib.h>
#include <regex>

#include <gtest/gtest.h>

#include "engine/base/encoding.h"

namespace sb::live {
namespace {

constexpr int kMostRedirects = 10;

struct Place {
  std::string origin;  ///< "http://notebook.test"
  std::string host;    ///< "notebook.test"
  std::string target;  ///< "/path?query"
};

Place PlaceOf(const std::string& url) {
  static const std::regex kUrl("(https?://([^/?#]+))([^#]*).*");
  std::smatch parts;
  if (!std::regex_match(url, parts, kUrl)) return {};
  const std::string target = parts[3];
  return {parts[1], parts[2], target.starts_with('/') ? target : "/" + target};
}

std::string Unescaped(std::string text) {
  const std::pair<const char*, const char*> kEntities[] = {
      {"&quot;", "\""}, {"&#39;", "'"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}};
  for (const auto& [entity, character] : kEntities)
    text = std::regex_replace(text, std::regex(entity), character);
  return text;
}

/// The value of an attribute in a tag.
std::string Attribute(const std::string& tag, const std::string& name) {
  std::smatch found;
  return std::regex_search(tag, found, std::regex(" " + name + "=\"([^\"]*)\""))
             ? Unescaped(found[1])
             : "";
}

}  // namespace

Visitor::Page Visitor::Open(const std::string& url) {
  return Go("GET", url, "");
}

Visitor::Page Visitor::Submit(const Page& page, const std::string& action, Fields fields) {
  static const std::regex kInput("<input [^>]*>");
  std::size_t end = 0;
  for (std::size_t at = 0; (at = page.body.find("<form ", end)) != std::string::npos;) {
    end = std::min(page.body.find("</form>", at), page.body.size());
    const std::string form = page.body.substr(at, end - at);
    const std::string target = Attribute(form.substr(0, form.find('>')), "action");
    if (!target.ends_with(action)) continue;
    for (std::sregex_iterator input(form.begin(), form.end(), kInput), none; input != none;
         ++input) {
      if (Attribute(input->str(), "type") == "hidden")
        fields.emplace(Attribute(input->str(), "name"), Attribute(input->str(), "value"));
    }
    std::string body;
    for (const auto& [name, value] : fields)
      body += (body.empty() ? "" : "&") + UrlEncode(name) + "=" + UrlEncode(value);
    return Go("POST", PlaceOf(page.url).origin + target, body);
  }
  ADD_FAILURE() << "no form for " << action << " at " << page.url << " (" << page.status << "):\n"
                << page.body;
  return page;
}

Visitor::Page Visitor::Go(std::string method, std::string url, std::string form) {
  for (int i = 0; i < kMostRedirects; ++i) {
    const Place place = PlaceOf(url);
    const auto known = hosts_.find(place.host);
    httplib::Client client(known == hosts_.end() ? place.origin : known->second);
    client.set_read_timeout(std::chrono::seconds(60));
    httplib::Request request;
    request.method = method;
    request.path = place.target;
    request.headers = {
        {"Host", place.host}, {"Accept", "text/html"}, {"Cookie", CookiesFor(place.host)}};
    request.body = form;
    if (!form.empty()) request.headers.emplace("Content-Type", "application/x-www-form-urlencoded");
    const auto answer = client.send(request);
    if (!answer) return {url, 0, ""};
    for (const auto& [name, value] : answer->headers)
      if (name == "Set-Cookie" || name == "set-cookie") Keep(place.host, value);
    if (answer->status < 300 || answer->status > 399) return {url, answer->status, answer->body};
    const std::string next = answer->get_header_value("Location");
    url = next.starts_with('/') ? place.origin + next : next;
    method = "GET";
    form.clear();
  }
  return {url, 0, "it redirects without end"};
}

void Visitor::Keep(const std::string& host, const std::string& set_cookie) {
  static const std::regex kCookie("([^=;]+)=([^;]*)(.*)");
  static const std::regex kGone("max-age=0|expires=thu, 01 jan 1970", std::regex::icase);
  std::smatch parts;
  if (!std::regex_match(set_cookie, parts, kCookie)) return;
  const std::string rest = parts[3];
  if (std::regex_search(rest, kGone)) {
    cookies_[host].erase(parts[1]);
  } else {
    cookies_[host][parts[1]] = parts[2];
  }
}

std::string Visitor::CookiesFor(const std::string& host) const {
  const auto known = cookies_.find(host);
  if (known == cookies_.end()) return "";
  std::string line;
  for (const auto& [name, value] : known->second)
    line += (line.empty() ? "" : "; ") + name + "=" + value;
  return line;
}

}  // namespace sb::live
