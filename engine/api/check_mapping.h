#pragma once

#include "engine/accounts/check_up.h"
#include "switchboard/v1/account.pb.h"

namespace sb::api {

/// Everything but the account.
void Describe(const accounts::CheckReport& report, switchboard::v1::CheckAccountResponse& response);

}  // namespace sb::api
