#include "engine/api/api_key_mapping.h"

#include "engine/api/json_mapping.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;

v1::ApiKey::Role RoleOf(ports::Role role) {
  switch (role) {
    case ports::Role::kAdmin:
      return v1::ApiKey::ROLE_ADMIN;
    case ports::Role::kOperator:
      return v1::ApiKey::ROLE_OPERATOR;
    case ports::Role::kViewer:
      return v1::ApiKey::ROLE_VIEWER;
  }
  return v1::ApiKey::ROLE_UNSPECIFIED;
}

v1::ApiKey::State StateOf(const ports::ApiKey& key, WallTime now) {
  if (key.revoked_at) return v1::ApiKey::STATE_REVOKED;
  if (!key.WorksAt(now)) return v1::ApiKey::STATE_EXPIRED;
  return key.successor.IsNone() ? v1::ApiKey::STATE_ACTIVE : v1::ApiKey::STATE_RETIRING;
}

}  // namespace

v1::ApiKey ToProto(const ports::ApiKey& key, WallTime now) {
  v1::ApiKey proto;
  proto.set_id(ToText(key.id));
  proto.set_name(key.name);
  proto.set_role(RoleOf(key.role));
  proto.set_all_tenants(key.scope.IsAll());
  for (const std::string& tenant : key.scope.tenants()) proto.add_tenants(tenant);
  proto.set_state(StateOf(key, now));
  *proto.mutable_create_time() = ToTimestamp(key.created_at);
  if (key.expires_at) *proto.mutable_expire_time() = ToTimestamp(*key.expires_at);
  if (key.revoked_at) *proto.mutable_revoke_time() = ToTimestamp(*key.revoked_at);
  if (key.last_used_at) *proto.mutable_last_use_time() = ToTimestamp(*key.last_used_at);
  if (!key.successor.IsNone()) proto.set_successor(ToText(key.successor));
  return proto;
}

}  // namespace sb::api
