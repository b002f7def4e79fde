#pragma once

#include <string>

#include "connectors/aircall/sandbox/door/http.h"
#include "connectors/aircall/sandbox/world/world.h"

// Links to recordings and voicemails: they point at the sandbox, carry a signature and expire.
namespace sb::aircall::sandbox {

/// "recording" or "voicemail".
const char* NameOf(AssetKind kind);

/// The file, for an hour (doc).
std::string AssetLink(const World& world, const Call& call, AssetKind kind);
/// A link to such a link, for three hours (doc).
std::string ShortAssetLink(const World& world, const Call& call, AssetKind kind);
/// The page behind the login.
std::string AssetPage(const World& world, const Call& call, AssetKind kind);

enum class LinkState { kGood, kExpired, kForged };

/// What the signature in `query` says about `path`.
LinkState CheckLink(const World& world, const std::string& path, const Fields& query);

}  // namespace sb::aircall::sandbox
