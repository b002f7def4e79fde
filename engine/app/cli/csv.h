#pragma once

#include <string>

#include <google/protobuf/message.h>

namespace sb::app::cli {

/// A field as RFC 4180 has it: in quotes where it must be.
std::string CsvField(const std::string& text);

/// The items of the list that a message has, a line each, under a line of names: those fields that
/// are one value, named as in the proto files. Times are RFC 3339, and empty where they are not
/// set.
std::string ListCsv(const google::protobuf::Message& message);

}  // namespace sb::app::cli
