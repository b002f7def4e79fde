#include "connectors/aircall/sandbox/world/media.h"

#include <algorithm>
#include <optional>
#include <variant>

#include "connectors/aircall/sandbox/door/router.h"
#include "connectors/aircall/sandbox/world/text.h"
#include "embedded/SandboxAssets.h"

// The recordings and voicemails behind the links of calls. Not Aircall's API: object storage, a
// shortener and the agents' web app, each with answers of its own.
namespace sb::aircall::sandbox {
namespace {

std::string_view AudioOf(AssetKind kind) {
  const std::string name = std::string(NameOf(kind)) + ".mp3";
  for (const EmbeddedFile& file : embedded::SandboxAssets()) {
    if (file.path == name) return file.content;
  }
  return {};
}

/// An error as object storage writes it.
Reply StorageError(int status, const char* code, const char* message) {
  return {.status = status,
          .body = std::string(R"(<?xml version="1.0" encoding="UTF-8"?>)") + "\n<Error><Code>" +
                  code + "</Code><Message>" + message + "</Message></Error>",
          .content_type = "application/xml"};
}

Reply Denied(LinkState state) {
  return StorageError(403, "AccessDenied",
                      state == LinkState::kExpired ? "Request has expired" : "Access Denied");
}

Reply NoSuchFile() {
  return StorageError(404, "NoSuchKey", "The specified key does not exist.");
}

/// What a path names: "/media/:company/:call/:kind/:file".
struct Asset {
  const World* world = nullptr;
  const Call* call = nullptr;
  AssetKind kind = AssetKind::kRecording;
};

std::optional<AssetKind> KindOf(const std::string& name) {
  for (const AssetKind kind : {AssetKind::kRecording, AssetKind::kVoicemail}) {
    if (name == NameOf(kind)) return kind;
  }
  return {};
}

/// The asset of a path with a good link, or the answer that refuses it.
std::variant<Asset, Reply> Open(const Visit& visit, const std::string& ending) {
  const Stage* stage = visit.companies.Find(visit.Id(0));
  const auto kind = KindOf(visit.args.at(2));
  if (stage == nullptr || !kind) return Denied(LinkState::kForged);
  const LinkState state = CheckLink(stage->world(), visit.request.path, visit.query);
  if (state != LinkState::kGood) return Denied(state);
  const Call* call = stage->world().calls().Find(visit.Id(1));
  const bool there = call != nullptr && call->AssetKey(*kind) &&
                     *call->AssetKey(*kind) + ending == visit.args.at(3);
  if (!there) return NoSuchFile();
  return Asset{&stage->world(), call, *kind};
}

/// First and last byte that "bytes=a-b", "bytes=a-" or "bytes=-n" asks for.
struct Span {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

std::optional<Span> SpanOf(const std::string& range, std::int64_t size) {
  if (!range.starts_with("bytes=")) return {};
  const auto dash = range.find('-');
  if (dash == std::string::npos) return {};
  const auto from = ParseInteger(range.substr(6, dash - 6));
  const auto to = ParseInteger(range.substr(dash + 1));
  if (!from && !to) return {};
  if (!from) return Span{std::max<std::int64_t>(0, size - *to), size - 1};
  return Span{*from, std::min(to.value_or(size - 1), size - 1)};
}

Reply AudioReply(std::string_view audio, const std::string& range) {
  Reply reply{.content_type = "audio/mpeg", .headers = {{"Accept-Ranges", "bytes"}}};
  const auto size = static_cast<std::int64_t>(audio.size());
  const auto span = SpanOf(range, size);
  if (!span) {
    reply.body = audio;
    return reply;
  }
  if (span->first >= size || span->first > span->last) {
    return StorageError(416, "InvalidRange", "The requested range is not satisfiable");
  }
  const auto first = static_cast<std::size_t>(span->first);
  reply.status = 206;
  reply.body = audio.substr(first, static_cast<std::size_t>(span->last) - first + 1);
  reply.headers.emplace_back("Content-Range", "bytes " + std::to_string(span->first) + "-" +
                                                  std::to_string(span->last) + "/" +
                                                  std::to_string(size));
  return reply;
}

Reply GetFile(Visit& visit) {
  auto opened = Open(visit, ".mp3");
  if (auto* refusal = std::get_if<Reply>(&opened)) return std::move(*refusal);
  return AudioReply(AudioOf(std::get<Asset>(opened).kind), visit.request.range);
}

Reply FollowShortUrl(Visit& visit) {
  auto opened = Open(visit, "");
  if (auto* refusal = std::get_if<Reply>(&opened)) return std::move(*refusal);
  const Asset& asset = std::get<Asset>(opened);
  return RedirectReply(AssetLink(*asset.world, *asset.call, asset.kind));
}

Reply ShowAssetPage(Visit&) {
  Reply reply = HtmlReply(401,
                          "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">"
                          "<title>Log in</title><h1>Log in to listen</h1>"
                          "<p>This page is for agents of the company, in the app. A program takes "
                          "the <code>recording</code> or <code>voicemail</code> link of the call "
                          "instead.</p></html>\n");
  return reply;
}

constexpr Route kMediaRoutes[] = {
    {"GET", "/media/:company/:call/:kind/:file", Access::kOpen, GetFile, "a recording, as audio"},
    {"GET", "/short-urls/v1/:company/:call/:kind/:key", Access::kOpen, FollowShortUrl,
     "leads to such a file"},
    {"GET", "/assets/calls/:call/:kind", Access::kOpen, ShowAssetPage, "a page behind a login"},
};

}  // namespace

std::span<const Route> MediaRoutes() {
  return kMediaRoutes;
}

}  // namespace sb::aircall::sandbox
