# BLAKE3 from the sources that Debian ships in librust-blake3-dev (there is no libblake3-dev in Debian 12).
file(GLOB BLAKE3_DIRS /usr/share/cargo/registry/blake3-1.*/c)
if(NOT BLAKE3_DIRS)
  message(FATAL_ERROR "BLAKE3 sources not found: apt-get install librust-blake3-dev")
endif()
list(GET BLAKE3_DIRS 0 BLAKE3_DIR)
add_library(blake3 STATIC ${BLAKE3_DIR}/blake3.c ${BLAKE3_DIR}/blake3_dispatch.c ${BLAKE3_DIR}/blake3_portable.c
  ${BLAKE3_DIR}/blake3_sse2_x86-64_unix.S ${BLAKE3_DIR}/blake3_sse41_x86-64_unix.S ${BLAKE3_DIR}/blake3_avx2_x86-64_unix.S ${BLAKE3_DIR}/blake3_avx512_x86-64_unix.S)
target_include_directories(blake3 SYSTEM PUBLIC ${BLAKE3_DIR})
