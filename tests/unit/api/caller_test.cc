#include "engine/api/caller.h"

#include <gtest/gtest.h>

namespace sb::api {
namespace {

using ports::Role;
using ports::TenantScope;

TEST(Caller, MayDoWhatItsRoleAndLesserOnesMay) {
  const Caller operator_key{"ci", Role::kOperator, TenantScope::All()};
  EXPECT_TRUE(RequireRole(operator_key, Role::kViewer).ok());
  EXPECT_TRUE(RequireRole(operator_key, Role::kOperator).ok());
  const auto refused = RequireRole(operator_key, Role::kAdmin);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::kForbidden);
  EXPECT_EQ(refused.error().code, "ROLE_INSUFFICIENT");
}

TEST(Caller, OfOneTenantWorksForThatTenantOnly) {
  const Caller acme{"acme's key", Role::kOperator, TenantScope::Of({"acme"})};
  EXPECT_EQ(TenantOf(acme, "acme").value(), "acme");
  EXPECT_EQ(TenantOf(acme, "").value(), "acme");
  EXPECT_EQ(TenantOf(acme, "globex").error().code, "TENANT_FORBIDDEN");
  EXPECT_FALSE(acme.Reaches("globex"));
  EXPECT_EQ(RequireAllTenants(acme, "deploying").error().code, "TENANT_FORBIDDEN");
}

TEST(Caller, OfAllTenantsNamesTheOneItMeans) {
  const Caller platform{"platform", Role::kOperator, TenantScope::All()};
  EXPECT_EQ(TenantOf(platform, "globex").value(), "globex");
  EXPECT_EQ(TenantOf(platform, "").value(), "");
  EXPECT_TRUE(platform.Reaches("anyone"));
  EXPECT_TRUE(RequireAllTenants(platform, "deploying").ok());
}

TEST(Caller, OfSeveralTenantsSaysWhichOneItMeans) {
  const Caller reseller{"reseller", Role::kOperator, TenantScope::Of({"acme", "globex"})};
  EXPECT_EQ(TenantOf(reseller, "globex").value(), "globex");
  EXPECT_EQ(TenantOf(reseller, "").error().code, "TENANT_MISSING");
  EXPECT_EQ(TenantOf(reseller, "initech").error().code, "TENANT_FORBIDDEN");
  EXPECT_EQ(RequireAllTenants(reseller, "deploying").error().code, "TENANT_FORBIDDEN");
}

TEST(Caller, OfNobodyReachesNobody) {
  const Caller nobody{"broken", Role::kAdmin, TenantScope()};
  EXPECT_FALSE(nobody.Reaches("acme"));
  EXPECT_FALSE(nobody.Reaches(""));
  EXPECT_FALSE(TenantOf(nobody, "").ok());
}

TEST(TenantScope, IncludesWhatIsNotWider) {
  const auto all = TenantScope::All();
  const auto both = TenantScope::Of({"acme", "globex"});
  const auto acme = TenantScope::Of({"acme"});
  EXPECT_TRUE(all.Includes(both) && all.Includes(all) && both.Includes(acme) &&
              acme.Includes(acme));
  EXPECT_FALSE(both.Includes(all) || acme.Includes(both) || acme.Includes(TenantScope::Of({"b"})));
  EXPECT_EQ(ToText(all), "every tenant");
  EXPECT_EQ(ToText(acme), "tenant 'acme'");
  EXPECT_EQ(ToText(both), "the tenants 'acme' and 'globex'");
}

}  // namespace
}  // namespace sb::api
