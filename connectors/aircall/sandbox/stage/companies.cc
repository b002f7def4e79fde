#include "connectors/aircall/sandbox/stage/companies.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>

#include "engine/base/encoding.h"

namespace sb::aircall::sandbox {
namespace {

bool IsKeyOf(const World& world, const std::string& pair) {
  return pair == world.api_key().id + ":" + world.api_key().token;
}

}  // namespace

std::optional<std::string> CredentialOf(const std::string& header, std::string_view scheme) {
  const auto same = [](unsigned char a, unsigned char b) {
    return std::tolower(a) == std::tolower(b);
  };
  if (header.size() <= scheme.size() || header[scheme.size()] != ' ') return {};
  if (!std::equal(scheme.begin(), scheme.end(), header.begin(), same)) return {};
  return header.substr(scheme.size() + 1);
}

Companies::Companies(const WorldSettings& settings, int count, const Clock& clock) {
  for (int i = 0; i < std::max(1, count); ++i) {
    WorldSettings own = settings;
    own.company = i;
    stages_.push_back(std::make_unique<Stage>(std::move(own), clock));
  }
}

Stage* Companies::Find(std::int64_t company_id) {
  for (const auto& stage : stages_) {
    if (stage->company_id() == company_id) return stage.get();
  }
  return nullptr;
}

Identity Companies::IdentityOf(const std::string& authorization) {
  const auto token = CredentialOf(authorization, "Bearer");
  const auto encoded = CredentialOf(authorization, "Basic");
  const std::string pair = encoded ? FromBase64(*encoded).value_or("") : "";
  for (const auto& stage : stages_) {
    const World& world = stage->world();
    if (token && world.app().HoldsToken(*token, world.Now()))
      return {stage.get(), CallerKind::kApp};
    if (encoded && IsKeyOf(world, pair)) return {stage.get(), CallerKind::kKey};
  }
  return {&first(), CallerKind::kNobody};
}

void Companies::SetBaseUrl(const std::string& base_url) {
  for (const auto& stage : stages_) stage->SetBaseUrl(base_url);
}

}  // namespace sb::aircall::sandbox
