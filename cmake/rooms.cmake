# SPDX-License-Identifier: Apache-2.0
# jail_room(NAME FOLDER [GENERATED DIRECTORY] SOURCES... [NEEDS ROOM...] [LIBRARIES LIBRARY...])
#
# A folder of sources is a static library, and its NEEDS are the dependency law: a source sees its own folder, those
# that it needs and what these need, and no other. To that end each room has an include directory of its own, which
# holds nothing but a link to its folder: an include of a room that is not needed does not compile.
function(jail_room name folder)
    cmake_parse_arguments(room "" "GENERATED" "SOURCES;NEEDS;LIBRARIES" ${ARGN})
    list(TRANSFORM room_SOURCES PREPEND ${CMAKE_SOURCE_DIR}/${folder}/)
    add_library(${name} STATIC ${room_SOURCES})
    set(includes ${CMAKE_BINARY_DIR}/rooms/${name})
    get_filename_component(parent ${includes}/${folder} DIRECTORY)
    file(MAKE_DIRECTORY ${parent})
    file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${folder} ${includes}/${folder} SYMBOLIC)
    target_include_directories(${name} PUBLIC ${includes} ${room_GENERATED})
    target_link_libraries(${name} PUBLIC ${room_NEEDS} PRIVATE ${room_LIBRARIES})
endfunction()

# jail_musl_room(NAME [NEEDS ROOM...] [WITHOUT SOURCES...]): the same sources once more for programs that are linked with
# musl (musl.cmake), as NAME_musl. WITHOUT: those that no such program uses, and for which musl has no headers.
function(jail_musl_room name)
    cmake_parse_arguments(room "" "" "NEEDS;WITHOUT" ${ARGN})
    get_target_property(sources ${name} SOURCES)
    foreach(source IN LISTS room_WITHOUT)
        list(FILTER sources EXCLUDE REGEX "/${source}$")
    endforeach()
    get_target_property(includes ${name} INCLUDE_DIRECTORIES)
    add_library(${name}_musl STATIC ${sources})
    jail_musl_options(${name}_musl)
    target_include_directories(${name}_musl PUBLIC ${includes})
    list(TRANSFORM room_NEEDS APPEND _musl)
    target_link_libraries(${name}_musl PUBLIC ${room_NEEDS} jail_musl_libc)
endfunction()
