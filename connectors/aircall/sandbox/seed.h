#pragma once

#include "connectors/aircall/sandbox/contact_book.h"
#include "connectors/aircall/sandbox/directory.h"
#include "connectors/aircall/sandbox/tag_book.h"

// The company every sandbox starts with. All names and numbers are invented; the phone numbers
// stand in ranges kept free for fiction.
namespace sb::aircall::sandbox {

Directory SeededDirectory();
void SeedTags(TagBook& tags);
void SeedContacts(ContactBook& contacts);

}  // namespace sb::aircall::sandbox
