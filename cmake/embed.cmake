# The widget, the sandbox page and the demo page are built by Vite into build/web and compiled into
# the binary: one file to deploy. tools/embed.mjs writes a .S with .incbin and a table of assets.

function(deskbell_embed_web)
    set(web ${CMAKE_SOURCE_DIR}/build/web)
    set(generated ${CMAKE_BINARY_DIR}/generated)
    file(GLOB_RECURSE assets CONFIGURE_DEPENDS ${web}/*)
    file(GLOB demo_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/demo/*.md)
    add_custom_command(
        OUTPUT ${generated}/web_assets.S ${generated}/web_assets.cpp
        COMMAND ${CMAKE_COMMAND} -E env node ${CMAKE_SOURCE_DIR}/tools/embed.mjs ${web} ${CMAKE_SOURCE_DIR}/demo ${generated}
        DEPENDS ${assets} ${demo_files} ${CMAKE_SOURCE_DIR}/tools/embed.mjs
        COMMENT "Embedding the widget and the pages")
    add_library(deskbell_web STATIC ${generated}/web_assets.S ${generated}/web_assets.cpp)
    target_link_libraries(deskbell_web PUBLIC deskbell_flags)
    target_link_libraries(deskbell_app PUBLIC deskbell_web)
endfunction()
