#pragma once

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include "engine/base/json.h"
#include "engine/base/time.h"

namespace sb::api {

/// JSON as a protobuf value. Whole numbers above 2^53 lose digits: the wire knows doubles only.
google::protobuf::Value ToValue(const Json& json);
/// An object as a Struct; anything else gives an empty one.
google::protobuf::Struct ToStruct(const Json& json);

/// The reverse. A number without a fraction, up to 2^53, becomes an integer again, as schemas ask
/// for.
Json ToJson(const google::protobuf::Value& value);
Json ToJson(const google::protobuf::Struct& object);

google::protobuf::Timestamp ToTimestamp(WallTime when);
google::protobuf::Duration ToDuration(Millis duration);
/// Rounded down to the millisecond; values out of range are cut to it.
Millis ToMillis(const google::protobuf::Duration& duration);

}  // namespace sb::api
