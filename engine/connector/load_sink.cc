#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/connector/check_use.h"
#include "engine/connector/load.h"
#include "engine/connector/sinks.h"

// sink.yaml: that it can be used is found here, at start.
namespace sb::connector {
namespace {

constexpr const char* kSinkFile = "sink.yaml";

core::onward::BatchLimits ReadBatchLimits(const Json& batch) {
  if (batch.is_null()) return {};
  return {batch.at("events").get<std::size_t>(), batch.at("bytes").get<std::size_t>(),
          batch.at("event_bytes").get<std::size_t>()};
}

bool HasSecret(const Sink& sink, const std::string& name) {
  for (const SinkSecret& secret : sink.secrets) {
    if (secret.name == name) return true;
  }
  return name.empty();
}

Status CheckSink(const Folder& folder, const Sink& sink) {
  if (sink.name != folder.name())
    return folder.Fault(kSinkFile, "/sink", "the sink must be called as its folder");
  if (const auto schema = JsonSchema::Compile(sink.settings); !schema.ok())
    return folder.Fault(kSinkFile, "/settings", schema.error().message);
  for (const auto& [place, name] :
       {std::pair("/basic", sink.basic), std::pair("/bearer", sink.bearer),
        std::pair("/signature", sink.signature)}) {
    if (!HasSecret(sink, name))
      return folder.Fault(kSinkFile, place, "'" + name + "' is not among the secrets");
  }
  const bool cloud_events = sink.request.contains("cloudevents");
  if (cloud_events == sink.request.contains("body"))
    return folder.Fault(kSinkFile, "/request", "has either body or cloudevents");
  if (cloud_events && (sink.limits.events != 1 || !sink.message_program.empty()))
    return folder.Fault(kSinkFile, "/request/cloudevents",
                        "CloudEvents go one by one and as they are: no batch, no message");
  return {};
}

Status CheckSinkPrograms(const Folder& folder, const Sink& sink,
                         const core::workflow::Expressions& expressions) {
  ExpressionList list;
  const CheckedFile at{folder, kSinkFile, list};
  if (!sink.message_program.empty())
    at.AddExpression("/message", sink.message_program, {"about", "settings", "id"});
  at.AddTemplate("/request/url", Member(sink.request, "url"), {"settings"});
  at.AddTemplate("/request/headers", Member(sink.request, "headers"), {"settings"});
  at.AddTemplate("/request/body", Member(sink.request, "body"), {"messages", "settings", "now"});
  const std::string mode = TextMember(sink.request, "cloudevents");
  if (!mode.empty()) at.AddExpression("/request/cloudevents", mode, {"settings"});
  return list.Compile(folder, expressions);
}

}  // namespace

Result<Sink> LoadSink(const Folder& folder, const Formats& formats,
                      const core::workflow::Expressions& expressions) {
  for (const std::string& path : folder.Paths()) {
    if (path != kSinkFile)
      return folder.Fault(path, "", "a folder with sink.yaml has no other file: remove it");
  }
  const auto file = folder.Load(kSinkFile);
  if (!file.ok()) return file.error();
  if (Status fits = folder.Check(kSinkFile, *file, formats.sink); !fits.ok()) return fits.error();
  Sink sink;
  sink.name = TextMember(*file, "sink");
  sink.title = TextMember(*file, "title");
  sink.docs = TextMember(*file, "docs");
  sink.settings = file->at("settings");
  for (const Json& secret : Member(*file, "secrets")) {
    sink.secrets.push_back({TextMember(secret, "name"), TextMember(secret, "label"),
                            TextMember(secret, "help"), secret.at("required").get<bool>()});
  }
  sink.limits = ReadBatchLimits(Member(*file, "batch"));
  sink.message_program = TextMember(*file, "message");
  sink.request = file->at("request");
  sink.basic = TextMember(*file, "basic");
  sink.bearer = TextMember(*file, "bearer");
  sink.signature = TextMember(*file, "signature");
  Status fine = CheckSink(folder, sink);
  if (fine.ok()) fine = CheckSinkPrograms(folder, sink, expressions);
  if (!fine.ok()) return fine.error();
  return sink;
}

}  // namespace sb::connector
