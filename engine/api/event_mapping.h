#pragma once

#include "engine/connector/connector.h"
#include "engine/ports/dead_letter_store.h"
#include "engine/ports/inbox_store.h"
#include "switchboard/v1/event.pb.h"

namespace sb::api {

/// Without data and body.
switchboard::v1::Event ToProto(const ports::InboxItem& item);
/// With both; `connector` is that of the item's account, or null when it is not known (any more):
/// no data then.
switchboard::v1::Event ToProtoWhole(const ports::InboxItem& item,
                                    const connector::Connector* connector);
/// Adds what the event says, where that can be told.
void SetData(const ports::InboxItem& item, const connector::Connector* connector,
             switchboard::v1::Event& proto);
/// Without data and body of its event.
switchboard::v1::DeadLetter ToProto(const ports::DeadLetter& letter);

}  // namespace sb::api
