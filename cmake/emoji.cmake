# The tables of emoji names for the Slack desk and the sandbox, made from the emoji-datasource package at build time: it is
# data of thousands of lines, so it is generated rather than kept.

function(deskbell_emoji_table)
    set(table ${CMAKE_BINARY_DIR}/generated/emoji_table.inc)
    set(code_points ${CMAKE_BINARY_DIR}/generated/emoji_code_points.inc)
    set(script ${CMAKE_SOURCE_DIR}/tools/make-emoji-table.mjs)
    add_custom_command(
        OUTPUT ${table} ${code_points}
        COMMAND ${CMAKE_COMMAND} -E env node ${script} ${table} ${code_points}
        DEPENDS ${script} ${CMAKE_SOURCE_DIR}/package-lock.json
        COMMENT "Making the emoji tables")
    add_custom_target(deskbell_emoji DEPENDS ${table} ${code_points})
    add_dependencies(deskbell_desk deskbell_emoji)
    add_dependencies(deskbell_sandbox_model deskbell_emoji)
endfunction()
