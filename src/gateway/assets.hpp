#pragma once
// Files compiled into the binary: the widget, and the demo's pages when they are switched on. Pure.

#include "base/web_asset.hpp"
#include "net/http_types.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace deskbell::gateway {

enum class AssetUse : std::uint8_t {
    widget,  // loaded by other sites' pages
    page,    // a page of our own and its parts: nothing from elsewhere may run in it
};

// nullptr when there is none of that path; a path that ends in '/' means its index.html.
[[nodiscard]] const WebAsset* find_asset(std::span<const WebAsset> assets, std::string_view path);
// 200 in the best encoding the client takes, or 304. `framed_origin`: whose pages a page of ours
// may show in a frame, besides our own.
[[nodiscard]] net::HttpResponse serve_asset(const WebAsset& asset, const net::HttpRequest& request,
                                            AssetUse use, std::string_view framed_origin = {});
// Whether an Accept-Encoding header takes this coding ("br").
[[nodiscard]] bool accepts_coding(std::string_view accept_encoding, std::string_view coding);

inline constexpr std::string_view page_policy =
    "default-src 'self'; img-src 'self' data: http: https:; connect-src 'self'; "
    "style-src 'self'; script-src 'self'; base-uri 'none'; form-action 'self'; "
    "object-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

}  // namespace deskbell::gateway
