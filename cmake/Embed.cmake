# sb_embed(target function ROOT dir FILES file...)
#   Builds files into `target` and declares `sb::EmbeddedFiles sb::embedded::<function>()` in the generated header
#   "embedded/<function>.h". The bytes come in by .incbin, so they cost no compile time and rebuild on change.
function(sb_embed target function)
  cmake_parse_arguments(ARG "" "ROOT" "FILES" ${ARGN})
  list(SORT ARG_FILES)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/embedded)
  set(assembly ".section .rodata\n")
  set(declarations "")
  set(rows "")
  set(number 0)
  foreach(file IN LISTS ARG_FILES)
    cmake_path(ABSOLUTE_PATH file NORMALIZE OUTPUT_VARIABLE absolute)
    file(RELATIVE_PATH path ${ARG_ROOT} ${absolute})
    set(symbol sb_embedded_${function}_${number})
    string(APPEND assembly ".global ${symbol}\n.global ${symbol}_end\n.balign 16\n"
                           "${symbol}:\n.incbin \"${absolute}\"\n${symbol}_end:\n.byte 0\n")
    string(APPEND declarations "extern const char ${symbol}[];\nextern const char ${symbol}_end[];\n")
    string(APPEND rows "      {\"${path}\", {${symbol}, static_cast<std::size_t>(${symbol}_end - ${symbol})}},\n")
    math(EXPR number "${number} + 1")
    list(APPEND absolutes ${absolute})
  endforeach()
  string(APPEND assembly ".section .note.GNU-stack,\"\",%progbits\n")
  file(CONFIGURE OUTPUT ${folder}/${function}.S CONTENT "${assembly}" @ONLY)
  file(CONFIGURE OUTPUT ${folder}/${function}.h CONTENT
"#pragma once

#include \"engine/base/embedded.h\"

namespace sb::embedded {

EmbeddedFiles ${function}();

}  // namespace sb::embedded
" @ONLY)
  file(CONFIGURE OUTPUT ${folder}/${function}.cc CONTENT
"#include \"embedded/${function}.h\"

#include <array>
#include <cstddef>

extern \"C\" {
${declarations}}

namespace sb::embedded {

EmbeddedFiles ${function}() {
  static const std::array<EmbeddedFile, ${number}> kFiles = {{
${rows}  }};
  return kFiles;
}

}  // namespace sb::embedded
" @ONLY)
  set_source_files_properties(${folder}/${function}.S PROPERTIES OBJECT_DEPENDS "${absolutes}")
  target_sources(${target} PRIVATE ${folder}/${function}.S ${folder}/${function}.cc)
  target_include_directories(${target} PUBLIC ${CMAKE_CURRENT_BINARY_DIR})
endfunction()
