# The flags that every target of ours gets.
add_library(dw_flags INTERFACE)
target_include_directories(dw_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(dw_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual
  # A compiler that nobody here has seen yet may warn of more: that is no reason not to build.
  $<$<BOOL:${DW_TESTS}>:-Werror>
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>
  # Optimising, GCC 12 sees faults inside std::string and std::optional that are not there (its bugs
  # 105651, 80635); clang and the sanitizers watch over both.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict$<SEMICOLON>-Wno-maybe-uninitialized$<SEMICOLON>-Wno-array-bounds$<SEMICOLON>-Wno-stringop-overflow>)
target_link_libraries(dw_flags INTERFACE tl::expected fmt::fmt Threads::Threads)
if(DW_SANITIZE)
  target_compile_options(dw_flags INTERFACE -fsanitize=${DW_SANITIZE} -fno-omit-frame-pointer
                         -fno-sanitize-recover=all)
  target_link_options(dw_flags INTERFACE -fsanitize=${DW_SANITIZE})
  if(DW_SANITIZE MATCHES thread AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    target_compile_options(dw_flags INTERFACE -Wno-tsan)
  endif()
endif()
if(DW_FUZZ)
  target_compile_options(dw_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# What nearly every file includes, parsed once. Off by default: each file has to name what it uses,
# and a build without this is what shows it.
if(DW_PRECOMPILE)
  set(DW_COMMON_HEADERS
    <algorithm> <array> <chrono> <filesystem> <functional> <map> <memory> <optional> <set> <span> <string>
    <string_view> <unordered_map> <utility> <variant> <vector> <fmt/format.h> <tl/expected.hpp>)
  set(DW_PRECOMPILED_SOURCE ${CMAKE_CURRENT_LIST_DIR}/precompiled.cpp)
  add_library(dw_precompiled OBJECT ${DW_PRECOMPILED_SOURCE})
  target_link_libraries(dw_precompiled PRIVATE dw_flags)
  target_precompile_headers(dw_precompiled PRIVATE ${DW_COMMON_HEADERS})
  # What those at the top of src/LAYERS include besides. Not with clang: clang-tidy needs whatever is
  # precompiled for the files that it looks at, and they are not built for it.
  set(DW_STATE_HEADERS
    config/config.h dns/zone.h model/binding_state.h model/zone_state.h observe/look.h rollover/binding.h rollover/rollover.h store/state.h)
  list(TRANSFORM DW_STATE_HEADERS PREPEND ${CMAKE_SOURCE_DIR}/src/)
  list(APPEND DW_STATE_HEADERS <nlohmann/json.hpp>)
  add_library(dw_precompiled_state OBJECT EXCLUDE_FROM_ALL ${DW_PRECOMPILED_SOURCE})
  target_link_libraries(dw_precompiled_state PRIVATE dw_flags)
  target_precompile_headers(dw_precompiled_state PRIVATE ${DW_COMMON_HEADERS} ${DW_STATE_HEADERS})
  # The compiler cache takes a header's content for it, not its time.
  target_compile_options(dw_flags INTERFACE
    $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess> $<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang$<SEMICOLON>-fno-pch-timestamp>)
endif()
function(dw_precompile target)
  if(DW_PRECOMPILE)
    if(ARG_PRECOMPILED AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
      target_precompile_headers(${target} REUSE_FROM dw_precompiled_${ARG_PRECOMPILED})
    else()
      target_precompile_headers(${target} REUSE_FROM dw_precompiled)
    endif()
  endif()
endfunction()

# dw_module(NAME SOURCES a.cpp ... DEPS base dns ... [LIBS Foreign::target ...] [PRECOMPILED state])
# One static library a folder. DEPS are folders of ours; src/LAYERS says which are allowed.
function(dw_module name)
  cmake_parse_arguments(ARG "" "PRECOMPILED" "SOURCES;DEPS;LIBS" ${ARGN})
  add_library(dw_${name} STATIC ${ARG_SOURCES})
  list(TRANSFORM ARG_DEPS PREPEND dw_)
  target_link_libraries(dw_${name} PUBLIC dw_flags ${ARG_DEPS} PRIVATE ${ARG_LIBS})
  dw_precompile(dw_${name})
endfunction()
