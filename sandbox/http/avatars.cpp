#include "sandbox/http/avatars.hpp"

#include <array>
#include <cctype>

namespace deskbell::sandbox {

namespace {

constexpr std::string_view head =
    R"(<svg xmlns="http://www.w3.org/2000/svg" width="192" height="192" viewBox="0 0 96 96">)";

// Two people one can tell apart at 20 pixels, and the bell.
constexpr std::string_view ana =
    R"(<rect width="96" height="96" fill="#ffd9c7"/>)"
    R"(<path d="M22 58V44a26 26 0 0 1 52 0v14q0 12-6 18H28q-6-6-6-18z" fill="#4a2b20"/>)"
    R"(<path d="M12 96q4-22 36-22t36 22z" fill="#b5446e"/>)"
    R"(<path d="M40 62h16v14q-8 7-16 0z" fill="#e5a98a"/>)"
    R"(<ellipse cx="48" cy="48" rx="17" ry="20" fill="#f2c2a4"/>)"
    R"(<path d="M30 44q4-18 20-18 15 1 17 18-14-2-21-10-5 8-16 10z" fill="#4a2b20"/>)"
    R"(<circle cx="41" cy="49" r="2.2"/><circle cx="55" cy="49" r="2.2"/>)"
    R"(<path d="M42 58q6 5 12 0" fill="none" stroke="#93442f" stroke-width="2.4" stroke-linecap="round"/>)";
constexpr std::string_view ben =
    R"(<rect width="96" height="96" fill="#cfe6e1"/>)"
    R"(<path d="M12 96q4-22 36-22t36 22z" fill="#2f5d62"/>)"
    R"(<path d="M40 62h16v14q-8 7-16 0z" fill="#6b4430"/>)"
    R"(<ellipse cx="48" cy="47" rx="18" ry="21" fill="#82543a"/>)"
    R"(<path d="M29 44q-1-22 19-22t19 22q-4-9-10-10-9 3-18 0-6 1-10 10z" fill="#211a17"/>)"
    R"(<path d="M34 56q2 15 14 15t14-15q-6 5-14 5t-14-5z" fill="#211a17"/>)"
    R"(<circle cx="41" cy="47" r="2.2"/><circle cx="55" cy="47" r="2.2"/>)"
    R"(<path d="M43 62q5 3 10 0" fill="none" stroke="#e8b9a0" stroke-width="2.2" stroke-linecap="round"/>)";
constexpr std::string_view bell =
    R"(<rect width="96" height="96" fill="#1f3a5f"/>)"
    R"(<path d="M18 66a30 30 0 0 1 60 0z" fill="#f6c453"/>)"
    R"(<rect x="12" y="68" width="72" height="8" rx="4" fill="#fff"/>)"
    R"(<circle cx="48" cy="30" r="6" fill="#f6c453"/>)"
    R"(<path d="M28 62a22 22 0 0 1 14-16" fill="none" stroke="#fff" stroke-width="4" stroke-linecap="round"/>)";

std::string initial_on_colour(std::string_view name) {
    constexpr std::array<std::string_view, 6> colours = {"#5b6abf", "#2a7f62", "#a8572c",
                                                         "#8a3b6b", "#34708f", "#6d6a2f"};
    unsigned sum = 0;
    for (const char c : name) sum = sum * 31 + static_cast<unsigned char>(c);
    const char first = name.empty() ? '?' : name.front();
    const bool is_plain = std::isalnum(static_cast<unsigned char>(first)) != 0;
    const char letter =
        is_plain ? static_cast<char>(std::toupper(static_cast<unsigned char>(first))) : '?';
    return R"(<rect width="96" height="96" fill=")" + std::string(colours[sum % colours.size()]) +
           R"("/><text x="48" y="64" font-family="sans-serif" font-size="44" font-weight="600" )" +
           R"(fill="#fff" text-anchor="middle">)" + letter + "</text>";
}

}  // namespace

std::string avatar_svg(std::string_view name) {
    std::string picture(head);
    if (name == "ana")
        picture += ana;
    else if (name == "ben")
        picture += ben;
    else if (name == "deskbell")
        picture += bell;
    else
        picture += initial_on_colour(name);
    return picture + "</svg>\n";
}

}  // namespace deskbell::sandbox
