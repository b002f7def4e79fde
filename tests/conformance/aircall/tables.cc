#include "tests/conformance/aircall/tables.h"

#include <cstdlib>
#include <iostream>

#include "engine/base/file.h"

namespace sb::aircall::sandbox {

std::string Row::Name() const {
  return file + ":" + std::to_string(line) + ", " + Text("cite");
}

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.Name();
}

YamlDocument LoadTable(const std::string& file) {
  const auto text = ReadFile(std::string(CONFORMANCE_TABLES) + "/" + file);
  const auto document = text.ok() ? ParseYamlFile(*text, file) : text.error();
  if (!document.ok()) {
    std::cerr << document.error().message << "\n";
    std::exit(2);
  }
  return *document;
}

std::vector<Row> LoadRows(const std::string& file) {
  const YamlDocument document = LoadTable(file);
  std::vector<Row> rows;
  for (std::size_t i = 0; i < document.value.size(); ++i) {
    rows.push_back({file, document.PositionOf("/" + std::to_string(i)).line, document.value.at(i)});
  }
  return rows;
}

}  // namespace sb::aircall::sandbox
