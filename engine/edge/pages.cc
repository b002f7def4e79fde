#include "engine/edge/pages.h"

#include <algorithm>
#include <string_view>

#include <kainjow/mustache.hpp>
#include <nlohmann/json.hpp>

#include "embedded/EdgePages.h"
#include "engine/base/encoding.h"
#include "engine/edge/look.h"

namespace sb::edge {
namespace {

namespace mustache = kainjow::mustache;

constexpr std::string_view kSnippet = "connect.js";

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

/// What a page may load and where it may lead: everything that is not named is forbidden.
std::string PolicyFor(const Pages::Frame& frame, const std::string& style) {
  std::string policy = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";
  policy += "; style-src 'self'";
  if (!style.empty()) policy += " 'sha256-" + ToBase64(Sha256(style)) + "'";
  policy += "; img-src 'self'";
  const std::string& logo = frame.branding.logo_url;
  if (!logo.empty()) policy += logo.starts_with("data:") ? " data:" : " " + OriginOf(logo);
  if (!frame.report.is_null()) policy += "; script-src 'self'";
  policy += "; form-action 'self'";
  for (const std::string& target : frame.form_targets) {
    if (const std::string origin = OriginOf(target); !origin.empty()) policy += " " + origin;
  }
  return policy;
}

std::string TypeOf(std::string_view path) {
  if (path.ends_with(".css")) return "text/css; charset=utf-8";
  return path.ends_with(".js") ? "text/javascript; charset=utf-8" : "image/svg+xml";
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

Reply Pages::Render(int status, const std::string& name, const Json& model, const Frame& frame) {
  const std::string style = StyleOf(frame.branding);
  mustache::data data = ToData(model);
  data.set("style_version", TagOf(FileOf("assets/style.css")));
  data.set("script_version", TagOf(FileOf("assets/opener.js")));
  data.set("site", frame.branding.name.empty() ? "Switchboard" : frame.branding.name);
  data.set("branded", !frame.branding.name.empty());
  data.set("has_logo", !frame.branding.logo_url.empty());
  data.set("logo", frame.branding.logo_url);
  data.set("brand_style", style);
  data.set("has_style", !style.empty());
  data.set("opener", frame.opener);
  data.set("reports", !frame.report.is_null());
  data.set("report", frame.report.is_null() ? "" : DumpJson(frame.report));
  data.set("content", mustache::partial([name] { return std::string(FileOf(name + ".html")); }));
  mustache::mustache layout{std::string(FileOf("layout.html"))};
  Reply reply;
  reply.status = status;
  reply.body = layout.render(data);
  reply.headers = {
      {"Content-Type", "text/html; charset=utf-8"},
      {"Content-Security-Policy", PolicyFor(frame, style)},
      {"X-Content-Type-Options", "nosniff"},
      {"X-Frame-Options", "DENY"},
      {"Referrer-Policy", "no-referrer"},
      // A window that reports keeps its hold on the one that opened it.
      {"Cross-Origin-Opener-Policy", frame.opener.empty() ? "same-origin" : "unsafe-none"},
      {"Cache-Control", "no-store"}};
  return reply;
}

Reply Pages::Say(const Message& message, const Frame& frame) {
  const Json model = {{"title", message.title}, {"text", message.text},
                      {message.tone, true},     {"has_link", !message.link.empty()},
                      {"link", message.link},   {"link_label", message.link_label},
                      {"back", message.back},   {"has_back", !message.back.empty()}};
  return Render(message.status, "message", model, frame);
}

std::optional<Reply> Pages::Asset(const Request& request) {
  const std::string path =
      request.path == "/favicon.ico" ? "assets/favicon.svg" : request.path.substr(1);
  const bool served = path.starts_with("assets/") || path == kSnippet;
  const std::string_view content = served ? FileOf(path) : std::string_view();
  if (content.empty()) return {};
  const std::string tag = "\"" + TagOf(content) + "\"";
  Reply reply;
  reply.headers = {{"Content-Type", TypeOf(path)},
                   {"X-Content-Type-Options", "nosniff"},
                   {"Cache-Control", "public, max-age=3600"},
                   {"ETag", tag}};
  if (path == kSnippet) {  // the one file that other sites may load
    reply.headers.emplace_back("Cross-Origin-Resource-Policy", "cross-origin");
    reply.headers.emplace_back("Access-Control-Allow-Origin", "*");
  }
  reply.status = HeaderOf(request, "if-none-match") == tag ? 304 : 200;
  if (reply.status == 200) reply.body = content;
  return reply;
}

}  // namespace sb::edge
