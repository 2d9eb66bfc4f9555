#include "gateway/assets.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <string>

namespace deskbell::gateway {

namespace {

struct Form {
    std::string_view bytes;
    std::string_view coding;  // empty: as it is
};

Form choose_form(const WebAsset& asset, std::string_view accept_encoding) {
    if (!asset.brotli.empty() && accepts_coding(accept_encoding, "br")) return {asset.brotli, "br"};
    if (!asset.gzip.empty() && accepts_coding(accept_encoding, "gzip")) return {asset.gzip, "gzip"};
    return {asset.raw, {}};
}

// Each encoding is a representation of its own and needs a tag of its own: "abc" → "abc-br".
std::string tag_of(const WebAsset& asset, const Form& form) {
    std::string tag(asset.etag);
    if (!form.coding.empty() && tag.size() >= 2)
        tag.insert(tag.size() - 1, "-" + std::string(form.coding));
    return tag;
}

// The client's tag that names this asset in any of its encodings: what it holds is good, whichever
// encoding it asks for today. Empty: none does.
std::string matching_tag(std::string_view if_none_match, const WebAsset& asset) {
    while (!if_none_match.empty()) {
        const std::size_t comma = if_none_match.find(',');
        std::string_view candidate = trim(if_none_match.substr(0, comma));
        if (candidate.starts_with("W/")) candidate.remove_prefix(2);
        if (candidate == "*") return std::string(asset.etag);
        for (const std::string_view coding : {"", "br", "gzip"})
            if (candidate == tag_of(asset, {{}, coding})) return std::string(candidate);
        if_none_match =
            comma == std::string_view::npos ? std::string_view{} : if_none_match.substr(comma + 1);
    }
    return {};
}

}  // namespace

bool accepts_coding(std::string_view accept_encoding, std::string_view coding) {
    while (!accept_encoding.empty()) {
        const std::size_t comma = accept_encoding.find(',');
        const std::string_view entry = accept_encoding.substr(0, comma);
        const std::size_t semicolon = entry.find(';');
        if (to_lower_ascii(trim(entry.substr(0, semicolon))) == coding) {
            if (semicolon == std::string_view::npos) return true;
            const std::string_view weight = trim(entry.substr(semicolon + 1));
            return weight.find_first_of("123456789") != std::string_view::npos;  // q=0 is a no
        }
        accept_encoding = comma == std::string_view::npos ? std::string_view{}
                                                          : accept_encoding.substr(comma + 1);
    }
    return false;
}

const WebAsset* find_asset(std::span<const WebAsset> assets, std::string_view path) {
    std::string wanted(path);
    if (wanted.ends_with('/')) wanted += "index.html";
    const auto found = std::ranges::find(assets, std::string_view(wanted), &WebAsset::path);
    return found == assets.end() ? nullptr : &*found;
}

net::HttpResponse serve_asset(const WebAsset& asset, const net::HttpRequest& request, AssetUse use,
                              std::string_view framed_origin) {
    const Form form = choose_form(asset, request.header("accept-encoding"));
    const std::string known = matching_tag(request.header("if-none-match"), asset);
    net::HttpResponse response{.status = 200, .headers = {}, .body = {}};
    response.headers = {
        {"etag", known.empty() ? tag_of(asset, form) : known},
        {"vary", "Accept-Encoding"},
        // The widget's address never changes: a new one must reach visitors within minutes.
        {"cache-control", use == AssetUse::widget ? "public, max-age=300" : "no-cache"},
        {"x-content-type-options", "nosniff"},
    };
    if (use == AssetUse::widget) {
        // Anybody may load it, also with Subresource Integrity, which needs CORS.
        response.headers.push_back({"access-control-allow-origin", "*"});
        response.headers.push_back({"cross-origin-resource-policy", "cross-origin"});
    } else {
        std::string policy(page_policy);
        if (!framed_origin.empty()) policy += "; frame-src 'self' " + std::string(framed_origin);
        response.headers.push_back({"content-security-policy", std::move(policy)});
        response.headers.push_back({"referrer-policy", "same-origin"});
    }
    if (!known.empty()) {
        response.status = 304;
        return response;
    }
    response.headers.push_back({"content-type", std::string(asset.content_type)});
    if (!form.coding.empty())
        response.headers.push_back({"content-encoding", std::string(form.coding)});
    response.static_body = form.bytes;
    return response;
}

}  // namespace deskbell::gateway
