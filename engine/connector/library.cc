#include <algorithm>
#include <string_view>
#include <utility>

#include "engine/connector/connector.h"
#include "engine/connector/folder.h"
#include "engine/connector/load.h"

namespace sb::connector {
namespace {

/// Files by connector, with paths relative to its folder.
std::map<std::string, std::vector<EmbeddedFile>> ByFolder(EmbeddedFiles files) {
  std::map<std::string, std::vector<EmbeddedFile>> folders;
  for (const EmbeddedFile& file : files) {
    const std::size_t slash = file.path.find('/');
    if (slash == std::string_view::npos) continue;
    folders[std::string(file.path.substr(0, slash))].push_back(
        {file.path.substr(slash + 1), file.content});
  }
  return folders;
}

/// Scheme, host and port of `url` replaced by `origin`.
std::string WithOrigin(const std::string& url, std::string origin) {
  while (origin.ends_with('/')) origin.pop_back();
  const std::size_t host = url.find("://");
  const std::size_t path = host == std::string::npos ? std::string::npos : url.find('/', host + 3);
  return origin + (path == std::string::npos ? "" : url.substr(path));
}

void Redirect(const Addresses& addresses, Connector& connector) {
  if (!addresses.api_url.empty()) {
    connector.base_url = WithOrigin(connector.base_url, addresses.api_url);
    if (connector.oauth)
      connector.oauth->token_url = WithOrigin(connector.oauth->token_url, addresses.api_url);
  }
  if (!addresses.oauth_url.empty() && connector.oauth) {
    connector.oauth->authorize_url =
        WithOrigin(connector.oauth->authorize_url, addresses.oauth_url);
    if (!connector.oauth->success_url.empty())
      connector.oauth->success_url = WithOrigin(connector.oauth->success_url, addresses.oauth_url);
  }
}

/// How what the connector's events are about is read anew, by type of event. Of two objects that an
/// event changes it is the first by name.
void AddLatest(const Connector& connector,
               std::map<std::string, core::workflow::LatestReading>& latest) {
  for (const auto& [name, object] : connector.objects) {
    const Json& get = Member(object, "get");
    const Json& changes = Member(object, "changes");
    if (get.is_null() || !Member(object, "key").is_string()) continue;
    const core::workflow::LatestReading reading{connector.name + "." + TextMember(get, "action"),
                                                TextMember(get, "by"), TextMember(object, "key"),
                                                Member(get, "with")};
    const Json& deleted = Member(changes, "deleted");
    for (const Json& event : Member(changes, "events")) {
      if (std::find(deleted.begin(), deleted.end(), event) != deleted.end()) continue;
      latest.emplace(connector.envelope.type_prefix + event.get<std::string>(), reading);
    }
  }
}

/// "aircall.contacts.search:1.0.0@default", taken apart.
struct Reference {
  std::string connector;
  std::string action;
  std::string version;
  std::string catalog;
};

Reference ParseReference(const std::string& text) {
  Reference reference;
  const std::size_t at = text.find('@');
  if (at != std::string::npos) reference.catalog = text.substr(at + 1);
  const std::string call = text.substr(0, at);
  const std::size_t colon = call.find(':');
  if (colon != std::string::npos) reference.version = call.substr(colon + 1);
  const std::string name = call.substr(0, colon);
  const std::size_t dot = name.find('.');
  reference.connector = name.substr(0, dot);
  if (dot != std::string::npos) reference.action = name.substr(dot + 1);
  return reference;
}

}  // namespace

Result<std::unique_ptr<Library>> Library::Load(EmbeddedFiles files,
                                               const std::map<std::string, Addresses>& addresses,
                                               const core::workflow::Expressions& expressions) {
  const auto formats = Formats::Load();
  if (!formats.ok()) return formats.error();
  auto library = std::make_unique<Library>();
  for (const auto& [name, its_files] : ByFolder(files)) {
    const auto folder = Folder::Parse(name, its_files);
    if (!folder.ok()) return folder.error();
    if (folder->Has("sink.yaml") && !folder->Has("connector.yaml")) {
      auto sink = LoadSink(*folder, *formats, expressions);
      if (!sink.ok()) return sink.error();
      library->sinks_.emplace(name, std::move(sink).value());
      continue;
    }
    auto connector = LoadConnector(*folder, *formats, expressions);
    if (!connector.ok()) return connector.error();
    if (const auto other = addresses.find(name); other != addresses.end())
      Redirect(other->second, *connector);
    AddLatest(*connector, library->latest_);
    if (!connector->records.empty()) library->records_.emplace(name, connector->records);
    library->connectors_.emplace(name, std::move(connector).value());
  }
  for (const auto& [name, other] : addresses) {
    if (library->FindConnector(name) == nullptr) {
      return Invalid("CONNECTOR_INVALID",
                     "there are addresses for '" + name + "', which is no connector");
    }
  }
  return library;
}

const core::workflow::ActionSignature* Library::Find(const std::string& reference) const {
  const Found found = FindAction(reference);
  return found.action == nullptr ? nullptr : &found.action->signature;
}

std::vector<std::string> Library::Names() const {
  std::vector<std::string> names;
  for (const auto& [name, connector] : connectors_) {
    for (const auto& [action_name, action] : connector.actions)
      names.push_back(action.signature.name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

const core::workflow::LatestReading* Library::FindLatest(const std::string& event_type) const {
  const auto found = latest_.find(event_type);
  return found == latest_.end() ? nullptr : &found->second;
}

std::vector<std::string> Library::Sources() const {
  std::vector<std::string> names;
  for (const auto& [name, connector] : connectors_) {
    if (!connector.streams.empty()) names.push_back(name);
  }
  return names;
}

const std::map<std::string, core::sync::Stream>* Library::FindStreams(
    const std::string& connector) const {
  const Connector* found = FindConnector(connector);
  return found == nullptr || found->streams.empty() ? nullptr : &found->streams;
}

const core::sync::Analytics* Library::FindAnalytics(const std::string& connector) const {
  const Connector* found = FindConnector(connector);
  return found == nullptr || found->analytics.empty() ? nullptr : &found->analytics;
}

const Connector* Library::FindConnector(const std::string& name) const {
  const auto found = connectors_.find(name);
  return found == connectors_.end() ? nullptr : &found->second;
}

std::vector<const Connector*> Library::Connectors() const {
  std::vector<const Connector*> connectors;
  for (const auto& [name, connector] : connectors_) connectors.push_back(&connector);
  return connectors;
}

const Sink* Library::FindSink(const std::string& name) const {
  const auto found = sinks_.find(name);
  return found == sinks_.end() ? nullptr : &found->second;
}

std::vector<const Sink*> Library::Sinks() const {
  std::vector<const Sink*> sinks;
  for (const auto& [name, sink] : sinks_) sinks.push_back(&sink);
  return sinks;
}

Library::Found Library::FindAction(const std::string& reference) const {
  const Reference wanted = ParseReference(reference);
  if (!wanted.catalog.empty() && wanted.catalog != "default") return {};
  const Connector* connector = FindConnector(wanted.connector);
  if (connector == nullptr) return {};
  const auto action = connector->actions.find(wanted.action);
  if (action == connector->actions.end()) return {};
  if (!wanted.version.empty() && wanted.version != action->second.signature.version) return {};
  return {connector, &action->second};
}

}  // namespace sb::connector
