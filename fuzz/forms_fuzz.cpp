// Forms, percent signs and small headers: what was encoded comes back, what is broken is kept or
// refused, never invented.

#include "fuzz/input.hpp"
#include "fuzz/target.hpp"
#include "gateway/assets.hpp"
#include "gateway/requests.hpp"
#include "net/http_types.hpp"

#include <string>
#include <vector>

namespace {

using namespace deskbell;

void check_made(fuzz::Input& input) {
    std::vector<net::Header> fields;
    for (std::size_t i = input.below(6); i > 0; --i) {
        std::string name = input.text(40);
        if (name.empty()) name = "n";
        fields.push_back({name, input.text(80)});
    }
    const auto read = net::parse_form(net::encode_form(fields));
    FUZZ_CHECK(read.size() == fields.size());
    for (std::size_t i = 0; i < read.size(); ++i)
        FUZZ_CHECK(read[i].name == fields[i].name && read[i].value == fields[i].value);
}

void check_any(std::string_view text) {
    FUZZ_CHECK(net::percent_decode(net::percent_encode(text), true) == text);
    FUZZ_CHECK(net::percent_decode(text, false).size() <= text.size());
    const auto fields = net::parse_form(text);
    net::HttpRequest request;
    request.query = std::string(text);
    for (const net::Header& field : fields) {
        const auto first = std::string(net::find_header(fields, field.name));
        const auto value = request.query_value(field.name);
        FUZZ_CHECK(!value || *value == first);
        const auto number = gateway::read_number("after", value);
        FUZZ_CHECK(!number || !*number || **number >= 0);
    }
}

// Static files: conditions and encodings that a client may name.
void check_asset(fuzz::Input& input) {
    const WebAsset asset{.path = "/widget.js",
                         .content_type = "text/javascript",
                         .etag = "\"abc\"",
                         .raw = "raw",
                         .gzip = "gz!",
                         .brotli = "br!"};
    net::HttpRequest request;
    request.headers = {{"accept-encoding", input.text(80)}, {"if-none-match", input.text(80)}};
    const auto answer = gateway::serve_asset(asset, request, gateway::AssetUse::widget);
    FUZZ_CHECK(answer.status == 200 || answer.status == 304);
    const std::string_view coding = net::find_header(answer.headers, "content-encoding");
    if (answer.status == 304) return;
    FUZZ_CHECK(coding == "br"     ? answer.static_body == "br!"
               : coding == "gzip" ? answer.static_body == "gz!"
                                  : coding.empty() && answer.static_body == "raw");
    FUZZ_CHECK(coding.empty() ||
               gateway::accepts_coding(request.header("accept-encoding"), coding));
}

}  // namespace

DESKBELL_FUZZ(forms) {
    fuzz::Input bytes(input);
    switch (bytes.below(3)) {
        case 0:
            return check_made(bytes);
        case 1:
            return check_asset(bytes);
        default:
            return check_any(bytes.rest());
    }
}
