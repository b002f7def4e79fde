#include "engine/edge/pages.h"

#include <algorithm>
#include <string_view>

#include <kainjow/mustache.hpp>
#include <nlohmann/json.hpp>

#include "embedded/EdgePages.h"
#include "engine/base/encoding.h"

namespace sb::edge {
namespace {

namespace mustache = kainjow::mustache;

std::string_view FileOf(std::string_view path) {
  for (const EmbeddedFile& file : embedded::EdgePages()) {
    if (file.path == path) return file.content;
  }
  return {};
}

mustache::data ToData(const Json& value) {
  if (value.is_string()) return mustache::data(value.get<std::string>());
  if (value.is_boolean()) return mustache::data(value.get<bool>());
  if (value.is_number()) return mustache::data(value.dump());
  if (value.is_array()) {
    mustache::data list(mustache::data::type::list);
    for (const Json& item : value) list.push_back(ToData(item));
    return list;
  }
  mustache::data object(mustache::data::type::object);
  for (const auto& [key, member] : value.items()) object.set(key, ToData(member));
  return object;
}

std::string TagOf(std::string_view content) {
  return ToHex(Sha256(content)).substr(0, 16);
}

std::string PolicyFor(const std::vector<std::string>& form_targets) {
  std::string policy =
      "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors "
      "'none'; form-action 'self'";
  for (const std::string& target : form_targets) {
    if (const std::string origin = OriginOf(target); !origin.empty()) policy += " " + origin;
  }
  return policy;
}

std::string TypeOf(std::string_view path) {
  return path.ends_with(".css") ? "text/css; charset=utf-8" : "image/svg+xml";
}

}  // namespace

std::string OriginOf(const std::string& url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string::npos) return {};
  std::string origin = url.substr(0, url.find_first_of("/?#", scheme + 3));
  // Nothing that would end the policy's word and begin another.
  const bool plain = origin.find_first_of(" ;,'\"\t\r\n@") == std::string::npos;
  return plain && origin.size() > scheme + 3 ? origin : std::string();
}

Reply Pages::Render(int status, const std::string& name, const Json& model,
                    const std::vector<std::string>& form_targets) {
  mustache::data data = ToData(model);
  data.set("style_version", TagOf(FileOf("assets/style.css")));
  data.set("content", mustache::partial([name] { return std::string(FileOf(name + ".html")); }));
  mustache::mustache layout{std::string(FileOf("layout.html"))};
  Reply reply;
  reply.status = status;
  reply.body = layout.render(data);
  reply.headers = {{"Content-Type", "text/html; charset=utf-8"},
                   {"Content-Security-Policy", PolicyFor(form_targets)},
                   {"X-Content-Type-Options", "nosniff"},
                   {"X-Frame-Options", "DENY"},
                   {"Referrer-Policy", "no-referrer"},
                   {"Cross-Origin-Opener-Policy", "same-origin"},
                   {"Cache-Control", "no-store"}};
  return reply;
}

Reply Pages::Say(const Message& message) {
  const Json model = {{"title", message.title}, {"text", message.text},
                      {message.tone, true},     {"has_link", !message.link.empty()},
                      {"link", message.link},   {"link_label", message.link_label}};
  return Render(message.status, "message", model);
}

std::optional<Reply> Pages::Asset(const Request& request) {
  const std::string path =
      request.path == "/favicon.ico" ? "assets/favicon.svg" : request.path.substr(1);
  const std::string_view content = path.starts_with("assets/") ? FileOf(path) : std::string_view();
  if (content.empty()) return {};
  const std::string tag = "\"" + TagOf(content) + "\"";
  Reply reply;
  reply.headers = {{"Content-Type", TypeOf(path)},
                   {"X-Content-Type-Options", "nosniff"},
                   {"Cache-Control", "public, max-age=3600"},
                   {"ETag", tag}};
  reply.status = HeaderOf(request, "if-none-match") == tag ? 304 : 200;
  if (reply.status == 200) reply.body = content;
  return reply;
}

}  // namespace sb::edge
