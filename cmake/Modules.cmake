# One target per folder. A folder may use lower layers only; anything else stops the configuration.

# engine_module(name LAYER n [SOURCES ...] [DEPS ...] [LINKS ...])
#   LAYER   the folder's layer, 0 (base) to 5 (app); every DEPS target must have a smaller one
#   SOURCES none makes a header-only (INTERFACE) target
#   DEPS    modules of ours      LINKS  libraries of others
function(engine_module name)
  cmake_parse_arguments(ARG "" "LAYER" "SOURCES;DEPS;LINKS" ${ARGN})
  foreach(dep IN LISTS ARG_DEPS)
    if(NOT TARGET ${dep})
      message(FATAL_ERROR "${name} names ${dep}, which is not a module yet: add its folder first")
    endif()
    get_target_property(dep_layer ${dep} ENGINE_LAYER)
    if(NOT dep_layer LESS ARG_LAYER)
      message(FATAL_ERROR "${name} (layer ${ARG_LAYER}) may not use ${dep} (layer ${dep_layer}): "
                          "a folder may use lower layers only, see docs/architecture.md")
    endif()
  endforeach()
  if(ARG_SOURCES)
    add_library(${name} STATIC ${ARG_SOURCES})
    target_link_libraries(${name} PUBLIC ${ARG_DEPS} ${ARG_LINKS} PRIVATE sb_options)
    target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE ${ARG_DEPS} ${ARG_LINKS})
    target_include_directories(${name} INTERFACE ${PROJECT_SOURCE_DIR})
  endif()
  set_target_properties(${name} PROPERTIES ENGINE_LAYER ${ARG_LAYER})
endfunction()

# engine_test(name SOURCES ... DEPS ... LABELS unit|contract|golden|integration|... [TIMEOUT s] [SERIAL]
#             [TOGETHER])
#   A GoogleTest executable whose tests CTest lists one by one; or TOGETHER, as one CTest test, where they share what is
#   costly to set up (a database server) and a process for each would cost minutes.
function(engine_test name)
  if(NOT SB_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "SERIAL;TOGETHER" "TIMEOUT" "SOURCES;DEPS;LABELS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 60)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} GTest::gmock_main sb_options)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  set(properties LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT})
  if(ARG_SERIAL)
    list(APPEND properties RUN_SERIAL ON)
  endif()
  if(ARG_TOGETHER)
    add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES ${properties})
  else()
    gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
                         WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} PROPERTIES ${properties})
  endif()
  set_property(GLOBAL APPEND PROPERTY SB_TEST_TARGETS ${name})
endfunction()
