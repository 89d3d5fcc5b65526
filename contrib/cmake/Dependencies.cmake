# Each dependency, from Debian 12, and what it is here for. One library per job.
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto SSL) # all cryptography, certificates, DANE (src/crypto)
find_package(CLI11 2.1 CONFIG REQUIRED)              # command line (src/app)
find_package(fmt 9 CONFIG REQUIRED)                  # text
find_package(tl-expected 1.0 CONFIG REQUIRED)        # Result<T> (src/base/result.h)
find_package(nlohmann_json 3.11 CONFIG REQUIRED)     # --json
find_package(yaml-cpp 0.7 CONFIG REQUIRED)            # configuration (src/config)
find_package(SQLite3 REQUIRED)                       # state (src/store)
find_package(SQLiteCpp 3.2 CONFIG REQUIRED)          # its C++ face
find_package(spdlog 1.10 CONFIG REQUIRED)            # the daemon's log (src/daemon)
find_package(PkgConfig REQUIRED)
pkg_check_modules(ldns REQUIRED IMPORTED_TARGET ldns>=1.8) # RDATA text of every type (src/dns)
pkg_check_modules(systemd REQUIRED IMPORTED_TARGET libsystemd) # readiness, watchdog (src/daemon)

# Look-ups that are validated here (src/net). Debian's libunbound.pc asks for libevent, which the library
# itself does not need.
find_path(UNBOUND_INCLUDE_DIR unbound.h REQUIRED)
find_library(UNBOUND_LIBRARY unbound REQUIRED)
add_library(dw_unbound INTERFACE)
target_include_directories(dw_unbound SYSTEM INTERFACE ${UNBOUND_INCLUDE_DIR})
target_link_libraries(dw_unbound INTERFACE ${UNBOUND_LIBRARY})

# Sockets, timers, signals and coroutines of the daemon: headers alone.
find_path(ASIO_INCLUDE_DIR asio.hpp REQUIRED)
add_library(dw_asio INTERFACE)
target_include_directories(dw_asio SYSTEM INTERFACE ${ASIO_INCLUDE_DIR})
# Asio 1.22 does not see that clang has coroutines with libstdc++.
target_compile_definitions(dw_asio INTERFACE ASIO_STANDALONE ASIO_NO_DEPRECATED
  $<$<CXX_COMPILER_ID:Clang>:ASIO_HAS_CO_AWAIT> $<$<CXX_COMPILER_ID:Clang>:ASIO_HAS_STD_COROUTINE>)
# GCC 12 takes the operators new and delete of a coroutine's frame for strangers.
target_compile_options(dw_asio INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>)

if(DW_TESTS)
  find_package(doctest 2.4 CONFIG REQUIRED) # unit tests
  find_package(rapidcheck CONFIG REQUIRED)  # property tests
endif()
if(DW_BENCH)
  pkg_check_modules(lmdb REQUIRED IMPORTED_TARGET lmdb) # the container that ours was measured against
endif()
