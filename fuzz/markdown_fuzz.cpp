// Markdown as a bot (one day a language model) writes it: the tree holds allowed nodes only, is
// shallow, and links nowhere that a link must not lead.

#include "bot/markdown_rich.hpp"
#include "fuzz/rich_checks.hpp"
#include "fuzz/target.hpp"

DESKBELL_FUZZ(markdown) {
    using namespace deskbell;
    const core::RichTree tree = bot::markdown_to_rich(input);
    fuzz::check_tree(tree, 12);
    // What a tree says as Markdown, said again, stays within the same bounds.
    const core::RichTree again = bot::markdown_to_rich(core::to_markdown(tree));
    fuzz::check_tree(again, 12);
}
