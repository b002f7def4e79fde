#include "engine/api/caller.h"

#include <gtest/gtest.h>

namespace sb::api {
namespace {

using ports::Role;

TEST(Caller, MayDoWhatItsRoleAndLesserOnesMay) {
  const Caller operator_key{"ci", Role::kOperator, ""};
  EXPECT_TRUE(RequireRole(operator_key, Role::kViewer).ok());
  EXPECT_TRUE(RequireRole(operator_key, Role::kOperator).ok());
  const auto refused = RequireRole(operator_key, Role::kAdmin);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::kForbidden);
  EXPECT_EQ(refused.error().code, "ROLE_INSUFFICIENT");
}

TEST(Caller, OfOneTenantWorksForThatTenantOnly) {
  const Caller acme{"acme's key", Role::kOperator, "acme"};
  EXPECT_EQ(TenantOf(acme, "acme").value(), "acme");
  EXPECT_EQ(TenantOf(acme, "").value(), "acme");
  EXPECT_EQ(TenantOf(acme, "globex").error().code, "TENANT_FORBIDDEN");
  EXPECT_FALSE(acme.Reaches("globex"));
  EXPECT_EQ(RequireAllTenants(acme, "deploying").error().code, "TENANT_FORBIDDEN");
}

TEST(Caller, OfAllTenantsNamesTheOneItMeans) {
  const Caller platform{"platform", Role::kOperator, ""};
  EXPECT_EQ(TenantOf(platform, "globex").value(), "globex");
  EXPECT_EQ(TenantOf(platform, "").value(), "");
  EXPECT_TRUE(platform.Reaches("anyone"));
  EXPECT_TRUE(RequireAllTenants(platform, "deploying").ok());
}

}  // namespace
}  // namespace sb::api
