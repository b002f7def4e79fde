#pragma once

#include "connectors/aircall/sandbox/world/contact_book.h"
#include "connectors/aircall/sandbox/world/directory.h"
#include "connectors/aircall/sandbox/world/record_book.h"
#include "connectors/aircall/sandbox/world/tag_book.h"

// The company every sandbox starts with. All names and numbers are invented; the phone numbers
// stand in ranges kept free for fiction.
namespace sb::aircall::sandbox {

/// `company` counts from 0; each has its own name, addresses, phone numbers and ids.
Directory SeededDirectory(int company, IdSource& ids);
void SeedTags(TagBook& tags);
void SeedContacts(ContactBook& contacts);
/// Message templates and the virtual agent; in seed_records.cc.
void SeedRecords(RecordBook& records, const Directory& directory);

}  // namespace sb::aircall::sandbox
