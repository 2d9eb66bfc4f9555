#include "net/http_types.hpp"

#include <gtest/gtest.h>

namespace deskbell::net {
namespace {

TEST(PercentCoding, DecodesAndKeepsWhatIsNotAnEscape) {
    struct Case {
        std::string_view text;
        bool plus_is_space;
        std::string_view decoded;
    };
    const Case cases[] = {
        {"", false, ""},
        {"plain", false, "plain"},
        {"a%20b", false, "a b"},
        {"a+b", true, "a b"},
        {"a+b", false, "a+b"},
        {"%2B", true, "+"},
        {"%e2%9C%93", false, "\u2713"},
        {"100%", false, "100%"},
        {"%4", false, "%4"},
        {"%zz%41", false, "%zzA"},
        {"%%41", false, "%A"},
        {"%00", false, std::string_view("\0", 1)},
    };
    for (const Case& c : cases) {
        EXPECT_EQ(percent_decode(c.text, c.plus_is_space), c.decoded) << c.text;
    }
}

TEST(PercentCoding, EncodesEverythingButUnreservedAndComesBack) {
    EXPECT_EQ(percent_encode("a-b._~9 /?&=+%"), "a-b._~9%20%2F%3F%26%3D%2B%25");
    std::string every_byte;
    for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
    EXPECT_EQ(percent_decode(percent_encode(every_byte), true), every_byte);
}

TEST(Query, FindsTheFirstValueOfAName) {
    HttpRequest request;
    request.query = "after=12&name=J%C3%B6rg+K&empty=&bare&x%5By%5D=z&&after=13&bad=%G1";
    EXPECT_EQ(request.query_value("after"), "12");
    EXPECT_EQ(request.query_value("name"), "J\u00f6rg K");
    EXPECT_EQ(request.query_value("empty"), "");
    EXPECT_EQ(request.query_value("bare"), "");
    EXPECT_EQ(request.query_value("x[y]"), "z");
    EXPECT_EQ(request.query_value("missing"), std::nullopt);
    EXPECT_EQ(request.query_value("bad"), std::nullopt);
}

TEST(Form, ReadsBackWhatItWrote) {
    const std::vector<Header> fields = {{"payload", "{\"a\": \"b&c=d\"}"}, {"text", "1 + 1"}};
    const auto read = parse_form(encode_form(fields));
    ASSERT_EQ(read.size(), 2u);
    EXPECT_EQ(find_header(read, "payload"), fields[0].value);
    EXPECT_EQ(find_header(read, "text"), fields[1].value);
    EXPECT_EQ(find_header(read, "absent"), "");
}

}  // namespace
}  // namespace deskbell::net
