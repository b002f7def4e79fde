#pragma once

#include <vector>

#include <pqxx/row>

#include "engine/adapters/postgres/params.h"
#include "engine/ports/inbox_store.h"
#include "engine/ports/page.h"

namespace sb::adapters::postgres {

/// An event from a row with the columns of eng.inbox.
ports::InboxItem ReadItem(const pqxx::row& row);

/// The fourteen parameters of eng.append_inbox; they must be the last.
Params& AddInboxItems(const std::vector<ports::InboxItem>& items, Params& params);

/// The parameters $1 to $13 of a list of events, as queries.h writes it.
Params ListParams(const ports::EventFilter& filter, const ports::PageRequest& page);

}  // namespace sb::adapters::postgres
