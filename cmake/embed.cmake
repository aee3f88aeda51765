# The files of the pages become part of the program: what web/build.mjs left in build/web (nothing, if it has not run) and the messages.
set(embedded ${CMAKE_BINARY_DIR}/embedded_files.S)
file(GLOB embedded_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/build/web/manifest.json ${CMAKE_SOURCE_DIR}/web/messages/*.json)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_custom_command(OUTPUT ${embedded}
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/embed.py ${embedded} =${CMAKE_SOURCE_DIR}/build/web messages/=${CMAKE_SOURCE_DIR}/web/messages
  DEPENDS ${embedded_sources} ${CMAKE_SOURCE_DIR}/tools/embed.py VERBATIM)
target_sources(kontor_server PRIVATE ${embedded})
