# Each dependency, from Debian 12, and what it is here for. One library per job.
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto) # all cryptography, certificates (src/crypto)
find_package(CLI11 2.1 CONFIG REQUIRED)              # command line (src/app)
find_package(fmt 9 CONFIG REQUIRED)                  # text
find_package(tl-expected 1.0 CONFIG REQUIRED)        # Result<T> (src/base/result.h)
find_package(nlohmann_json 3.11 CONFIG REQUIRED)     # --json
find_package(yaml-cpp 0.7 CONFIG REQUIRED)            # configuration (src/config)
find_package(SQLite3 REQUIRED)                       # state (src/store)
find_package(SQLiteCpp 3.2 CONFIG REQUIRED)          # its C++ face
find_package(PkgConfig REQUIRED)
pkg_check_modules(ldns REQUIRED IMPORTED_TARGET ldns>=1.8) # RDATA text of every type (src/dns)

if(DW_TESTS)
  find_package(doctest 2.4 CONFIG REQUIRED) # unit tests
  find_package(rapidcheck CONFIG REQUIRED)  # property tests
endif()
if(DW_BENCH)
  pkg_check_modules(lmdb REQUIRED IMPORTED_TARGET lmdb) # the container that ours was measured against
endif()
