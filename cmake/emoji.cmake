# The Slack desk's table of emoji names, made from the emoji-datasource package at build time: it is
# data of thousands of lines, so it is generated rather than kept.

function(deskbell_emoji_table)
    set(table ${CMAKE_BINARY_DIR}/generated/emoji_table.inc)
    set(script ${CMAKE_SOURCE_DIR}/tools/make-emoji-table.mjs)
    add_custom_command(
        OUTPUT ${table}
        COMMAND ${CMAKE_COMMAND} -E env node ${script} ${table}
        DEPENDS ${script} ${CMAKE_SOURCE_DIR}/package-lock.json
        COMMENT "Making the emoji table")
    add_custom_target(deskbell_emoji DEPENDS ${table})
    add_dependencies(deskbell_desk deskbell_emoji)
endfunction()
