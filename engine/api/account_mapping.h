#pragma once

#include "engine/base/time.h"
#include "engine/ports/account_history.h"
#include "engine/ports/account_store.h"
#include "engine/ports/gap_store.h"
#include "engine/ports/session_store.h"
#include "switchboard/v1/account.pb.h"

namespace sb::api {

/// Without the profile.
switchboard::v1::Account ToProto(const ports::Account& account);
switchboard::v1::Account ToProtoWithProfile(const ports::Account& account);
switchboard::v1::AccountChange ToProto(const ports::AccountChange& change);
switchboard::v1::Gap ToProto(const ports::Gap& gap);
/// A session whose time ran out at `now` without success shows as expired.
switchboard::v1::ConnectSession ToProto(const ports::ConnectSession& session, WallTime now);

}  // namespace sb::api
