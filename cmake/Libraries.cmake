# Every library of others, found once, here: several of these packages fail when they are looked for twice.
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(gRPC CONFIG REQUIRED)   # brings Protobuf, c-ares, re2 and absl with it
find_package(Boost 1.81 REQUIRED COMPONENTS url context)
find_package(CURL REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(date REQUIRED)
if(SB_TESTS)
  find_package(GTest REQUIRED)
endif()

find_package(PkgConfig REQUIRED)
pkg_check_modules(PQXX REQUIRED IMPORTED_TARGET libpqxx)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(HTTPLIB REQUIRED IMPORTED_TARGET cpp-httplib)
pkg_check_modules(UTF8PROC REQUIRED IMPORTED_TARGET libutf8proc)

# Debian's development package of it wants another Boost: tools/setup unpacks its headers, and the library is named by its
# file (docs/adr/0037).
find_library(SB_PHONENUMBER_LIBRARY NAMES libphonenumber.so.8 REQUIRED)
add_library(phonenumber SHARED IMPORTED)
set_target_properties(phonenumber PROPERTIES
  IMPORTED_LOCATION ${SB_PHONENUMBER_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${PROJECT_SOURCE_DIR}/.cache/deps/phonenumber/usr/include
  INTERFACE_LINK_LIBRARIES protobuf::libprotobuf)
