#include "net/websocket_frames.hpp"

#include "base/random.hpp"
#include "base/text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace deskbell::net {
namespace {

constexpr std::size_t bytes_max = 70'000;

// A masked frame with any header one may wish for.
std::string frame(int first_byte, std::string_view payload, int length_form = 0) {
    const std::string mask = "\x11\xe2\x5a\xff";
    std::string bytes(1, static_cast<char>(first_byte));
    const std::size_t length = payload.size();
    const int form = length_form != 0 ? length_form : length < 126 ? 1 : length < 65536 ? 2 : 8;
    if (form == 1) bytes += static_cast<char>(0x80 | length);
    if (form == 2) bytes += '\xfe';
    if (form == 8) bytes += '\xff';
    for (int i = form - 1; form > 1 && i >= 0; --i) bytes += static_cast<char>(length >> (8 * i));
    bytes += mask;
    for (std::size_t i = 0; i < length; ++i) bytes += static_cast<char>(payload[i] ^ mask[i % 4]);
    return bytes;
}

std::string text(std::string_view payload) { return frame(0x81, payload); }
std::string ping(std::string_view payload) { return frame(0x89, payload); }
std::string first(std::string_view payload) { return frame(0x01, payload); }
std::string middle(std::string_view payload) { return frame(0x00, payload); }
std::string last(std::string_view payload) { return frame(0x80, payload); }
std::string close(int code, std::string_view reason = {}) {
    std::string payload = {static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
    return frame(0x88, payload.append(reason));
}
// Only a header: for lengths nobody wants to send.
std::string header(std::initializer_list<int> bytes) {
    std::string all;
    for (const int byte : bytes) all += static_cast<char>(byte);
    return all;
}

std::string shown(std::string_view payload) {
    return payload.size() <= 40 ? std::string(payload)
                                : "#" + std::to_string(payload.size()) + sha256_hex(payload);
}

// What a reader says about bytes that come in these pieces: "T:hello P:x C:1000/bye E:1002".
std::string read(std::string bytes, const std::vector<std::size_t>& cuts) {
    FrameReader reader(bytes_max);
    std::string seen;
    std::size_t start = 0;
    for (std::size_t i = 0; i <= cuts.size(); ++i) {
        const std::size_t end = i < cuts.size() ? cuts[i] : bytes.size();
        std::string piece = bytes.substr(start, end - start);
        std::span<char> rest(piece);
        start = end;
        for (;;) {
            const FrameEvent event = reader.next(rest);
            if (event.kind == FrameEvent::Kind::more) break;
            if (!seen.empty()) seen += ' ';
            switch (event.kind) {
                case FrameEvent::Kind::text:
                    seen += "T:" + shown(event.payload);
                    break;
                case FrameEvent::Kind::ping:
                    seen += "P:" + shown(event.payload);
                    break;
                case FrameEvent::Kind::pong:
                    seen += "O:" + shown(event.payload);
                    break;
                case FrameEvent::Kind::close:
                    return seen + "C:" + std::to_string(event.code) + "/" + shown(event.payload);
                default:
                    return seen + "E:" + std::to_string(event.code);
            }
        }
        EXPECT_TRUE(rest.empty());
    }
    return seen;
}

struct Case {
    std::string name;
    std::string bytes;
    std::string seen;
};

void check(const std::vector<Case>& cases) {
    for (const Case& c : cases) {
        EXPECT_EQ(read(c.bytes, {}), c.seen) << c.name;
        std::vector<std::size_t> everywhere;
        for (std::size_t at = 1; at < c.bytes.size(); ++at) everywhere.push_back(at);
        if (c.bytes.size() < 3000) EXPECT_EQ(read(c.bytes, everywhere), c.seen) << c.name;
        const std::size_t step = std::max<std::size_t>(1, c.bytes.size() / 300);
        for (std::size_t at = 1; at < c.bytes.size(); at += step) {
            EXPECT_EQ(read(c.bytes, {at}), c.seen) << c.name << " cut at " << at;
        }
    }
}

TEST(FrameReader, ReadsMessagesOfEveryLengthForm) {
    std::vector<Case> cases;
    for (const std::size_t length :
         {0u,   1u,   7u,   8u,   9u,    15u,    16u,    17u,    124u,   125u,   126u,
          127u, 128u, 255u, 256u, 4096u, 65534u, 65535u, 65536u, 65537u, 69999u, 70000u}) {
        std::string payload;
        for (std::size_t i = 0; i < length; ++i) payload += static_cast<char>('a' + i % 26);
        cases.push_back({"length " + std::to_string(length), text(payload), "T:" + shown(payload)});
    }
    cases.push_back({"two messages", text("one") + text("two"), "T:one T:two"});
    cases.push_back({"empty ones", text("") + text("") + text("x"), "T: T: T:x"});
    cases.push_back({"nothing", "", ""});
    check(cases);
}

TEST(FrameReader, RefusesByTheHeaderAlone) {
    check({
        {"unmasked", header({0x81, 0x05}), "E:1002"},
        {"unmasked ping", header({0x89, 0x00}), "E:1002"},
        {"reserved bit 1", header({0xc1}), "E:1002"},
        {"reserved bit 2", header({0xa1}), "E:1002"},
        {"reserved bit 3", header({0x91}), "E:1002"},
        {"all reserved bits", header({0xf1}), "E:1002"},
        {"reserved bit on ping", header({0xc9}), "E:1002"},
        {"reserved bit on continuation", first("a") + header({0xc0}), "E:1002"},
        {"opcode 3", header({0x83}), "E:1002"},
        {"opcode 4", header({0x84}), "E:1002"},
        {"opcode 5", header({0x85}), "E:1002"},
        {"opcode 6", header({0x86}), "E:1002"},
        {"opcode 7", header({0x87}), "E:1002"},
        {"opcode 11", header({0x8b}), "E:1002"},
        {"opcode 12", header({0x8c}), "E:1002"},
        {"opcode 13", header({0x8d}), "E:1002"},
        {"opcode 14", header({0x8e}), "E:1002"},
        {"opcode 15", header({0x8f}), "E:1002"},
        {"reserved opcode within a message", first("a") + header({0x83}), "E:1002"},
        {"binary", header({0x82}), "E:1003"},
        {"binary begun", header({0x02}), "E:1003"},
        {"binary after text", text("a") + header({0x82}), "T:a E:1003"},
        {"16 bits for 125", header({0x81, 0xfe, 0x00, 0x7d}), "E:1002"},
        {"16 bits for 0", header({0x81, 0xfe, 0x00, 0x00}), "E:1002"},
        {"64 bits for 126", header({0x81, 0xff, 0, 0, 0, 0, 0, 0, 0, 126}), "E:1002"},
        {"64 bits for 65535", header({0x81, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff}), "E:1002"},
        {"2^63", header({0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0}), "E:1002"},
        {"2^64-1", header({0x81, 0xff, 255, 255, 255, 255, 255, 255, 255, 255}), "E:1002"},
        {"2^63-1", header({0x81, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255}), "E:1009"},
        {"2^62", header({0x81, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0}), "E:1009"},
        {"2^32", header({0x81, 0xff, 0, 0, 0, 1, 0, 0, 0, 0}), "E:1009"},
        {"one too many", header({0x81, 0xff, 0, 0, 0, 0, 0, 1, 0x11, 0x71}), "E:1009"},
        {"long ping", header({0x89, 0xfe}), "E:1002"},
        {"long pong", header({0x8a, 0xff}), "E:1002"},
        {"long close", header({0x88, 0xfe}), "E:1002"},
        {"ping in pieces", header({0x09}), "E:1002"},
        {"pong in pieces", header({0x0a}), "E:1002"},
        {"close in pieces", header({0x08}), "E:1002"},
        {"continuation of nothing", header({0x80}), "E:1002"},
        {"unfinished continuation of nothing", header({0x00}), "E:1002"},
        {"continuation after a whole message", text("a") + header({0x80}), "T:a E:1002"},
        {"text within a message", first("a") + header({0x81}), "E:1002"},
        {"binary within a message", first("a") + header({0x82}), "E:1002"},
        {"continuation after the last", first("a") + last("b") + header({0x80}), "T:ab E:1002"},
    });
}

TEST(FrameReader, JoinsFragmentsWithControlFramesBetween) {
    check({
        {"two", first("Hel") + last("lo"), "T:Hello"},
        {"three", first("a") + middle("b") + last("c"), "T:abc"},
        {"empty first", first("") + last("x"), "T:x"},
        {"empty last", first("x") + last(""), "T:x"},
        {"all empty", first("") + middle("") + last(""), "T:"},
        {"empty middles", first("a") + middle("") + middle("") + last("b"), "T:ab"},
        {"a ping between", first("a") + ping("p") + last("b"), "P:p T:ab"},
        {"a pong between", first("a") + frame(0x8a, "q") + last("b"), "O:q T:ab"},
        {"pings everywhere",
         ping("1") + first("a") + ping("2") + middle("b") + ping("3") + last("c") + ping("4"),
         "P:1 P:2 P:3 T:abc P:4"},
        {"a long ping between", first("a") + ping(std::string(125, 'p')) + last("b"),
         "P:" + shown(std::string(125, 'p')) + " T:ab"},
        {"close between", first("a") + close(1000), "C:1000/"},
        {"two messages in pieces", first("a") + last("b") + first("c") + last("d"), "T:ab T:cd"},
        {"whole, pieces, whole", text("1") + first("2") + last("3") + text("4"), "T:1 T:23 T:4"},
        {"as much as allowed", first(std::string(35'000, 'x')) + last(std::string(35'000, 'x')),
         "T:" + shown(std::string(70'000, 'x'))},
        {"more than allowed together",
         first(std::string(35'000, 'x')) + last(std::string(35'001, 'x')), "E:1009"},
        {"more than allowed, not last", first(std::string(70'000, 'x')) + ping("p") + middle("x"),
         "P:p E:1009"},
        {"full, then empty", first(std::string(70'000, 'x')) + last(""),
         "T:" + shown(std::string(70'000, 'x'))},
    });
}

TEST(FrameReader, ReadsControlFrames) {
    check({
        {"empty ping", ping(""), "P:"},
        {"ping", ping("Hello"), "P:Hello"},
        {"binary ping", ping("\xff\xfe"), "P:\xff\xfe"},
        {"longest ping", ping(std::string(125, 'x')), "P:" + shown(std::string(125, 'x'))},
        {"empty pong", frame(0x8a, ""), "O:"},
        {"pong nobody asked for", frame(0x8a, "why"), "O:why"},
        {"ten pings",
         ping("0") + ping("1") + ping("2") + ping("3") + ping("4") + ping("5") + ping("6") +
             ping("7") + ping("8") + ping("9"),
         "P:0 P:1 P:2 P:3 P:4 P:5 P:6 P:7 P:8 P:9"},
        {"close without a code", frame(0x88, ""), "C:1005/"},
        {"close with half a code", frame(0x88, "\x03"), "E:1002"},
        {"close", close(1000, "bye"), "C:1000/bye"},
        {"close with a reason beyond ASCII", close(1000, "Tschüß ✓"), "C:1000/Tschüß ✓"},
        {"longest reason", close(1000, std::string(123, 'r')),
         "C:1000/" + shown(std::string(123, 'r'))},
        {"bad reason", close(1000, "\xce\xba\xed\xa0\x80"), "E:1007"},
        {"cut reason", close(1000, "\xe2\x9c"), "E:1007"},
        {"nothing is read after close", close(1000) + text("x"), "C:1000/"},
    });
}

TEST(FrameReader, KnowsWhichCloseCodesMayBeSent) {
    std::vector<Case> cases;
    for (const int code : {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014,
                           3000, 3999, 4000, 4001, 4999}) {
        cases.push_back({"code", close(code), "C:" + std::to_string(code) + "/"});
    }
    for (const int code :
         {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535}) {
        cases.push_back({"bad code " + std::to_string(code), close(code), "E:1002"});
    }
    check(cases);
}

TEST(FrameReader, ChecksUtf8AcrossEveryCut) {
    const std::string greek = "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5";
    const std::vector<std::string> valid = {greek,
                                            "\xc2\x80",
                                            "\xdf\xbf",
                                            "\xe0\xa0\x80",
                                            "\xed\x9f\xbf",
                                            "\xee\x80\x80",
                                            "\xef\xbf\xbd",
                                            "\xef\xbf\xbf",
                                            "\xf0\x90\x80\x80",
                                            "\xf4\x8f\xbf\xbf",
                                            "\x7f",
                                            "0123456\xe2\x82\xac",
                                            "01234567\xf0\x9f\x94\x94 89012345"};
    const std::vector<std::string> invalid = {greek +
                                                  "\xed\xa0\x80"
                                                  "edited",
                                              "\x80",
                                              "\xbf",
                                              "\xc0\xaf",
                                              "\xc1\xbf",
                                              "\xe0\x80\xaf",
                                              "\xe0\x9f\xbf",
                                              "\xf0\x80\x80\xaf",
                                              "\xf0\x8f\xbf\xbf",
                                              "\xed\xa0\x80",
                                              "\xed\xbf\xbf",
                                              "\xed\xa0\x80\xed\xb0\x80",
                                              "\xf4\x90\x80\x80",
                                              "\xf5\x80\x80\x80",
                                              "\xf8\x88\x80\x80\x80",
                                              "\xfe",
                                              "\xff",
                                              "\xce",
                                              "\xe1\xbd",
                                              "\xf0\x9f\x94",
                                              "a\xce"
                                              "b",
                                              "\xe1\xbd"
                                              "b",
                                              "\xf0\x9f\x94"
                                              "b",
                                              "\xce\xce\xba"};
    std::vector<Case> cases;
    for (const std::string& payload : valid) {
        cases.push_back({"valid", text(payload), "T:" + payload});
        for (std::size_t at = 0; at <= payload.size(); ++at) {
            cases.push_back({"valid in fragments",
                             first(payload.substr(0, at)) + ping("") + last(payload.substr(at)),
                             "P: T:" + payload});
        }
    }
    for (const std::string& payload : invalid) {
        cases.push_back({"invalid", text(payload), "E:1007"});
        cases.push_back({"invalid last fragment", first("ok") + last(payload), "E:1007"});
        cases.push_back({"invalid first fragment", first(payload) + last(""), "E:1007"});
    }
    check(cases);
}

TEST(FrameReader, FailsAtTheFirstByteThatCannotBeText) {
    const std::string bytes = text(std::string(100, 'a') + "\xf4\x90" + std::string(500, 'a'));
    FrameReader reader(bytes_max);
    std::string piece = bytes.substr(0, 8 + 102);  // header, then up to the bad byte
    std::span<char> rest(piece);
    const FrameEvent event = reader.next(rest);
    EXPECT_EQ(event.kind, FrameEvent::Kind::error);
    EXPECT_EQ(event.code, close_code::bad_text);
}

TEST(FrameReader, SaysTheSameHoweverAStreamIsCut) {
    SeededRandom random(20'261'122);
    for (int round = 0; round < 200; ++round) {
        std::string bytes;
        for (int frames = 0; frames < 12; ++frames) {
            const std::string payload(random.below(300), 'q');
            switch (random.below(4)) {
                case 0:
                    bytes += ping(payload.substr(0, 125));
                    break;
                case 1:
                    bytes += first(payload) + ping("!") + middle(payload) + last("end");
                    break;
                default:
                    bytes += text(payload);
            }
        }
        if (random.below(3) == 0) {
            bytes[random.below(bytes.size())] ^= static_cast<char>(1 + random.below(255));
        }
        const std::string whole = read(bytes, {});
        std::vector<std::size_t> cuts;
        for (int i = 0; i < 20; ++i) cuts.push_back(random.below(bytes.size()));
        std::ranges::sort(cuts);
        EXPECT_EQ(read(bytes, cuts), whole) << "round " << round;
    }
}

TEST(FrameWriter, UsesTheShortestLength) {
    FrameHeader header;
    EXPECT_EQ(write_frame_header(Opcode::text, 0, header), std::string_view("\x81\x00", 2));
    EXPECT_EQ(write_frame_header(Opcode::ping, 125, header), "\x89\x7d");
    EXPECT_EQ(write_frame_header(Opcode::text, 126, header),
              std::string_view("\x81\x7e\x00\x7e", 4));
    EXPECT_EQ(write_frame_header(Opcode::text, 65535, header), "\x81\x7e\xff\xff");
    EXPECT_EQ(write_frame_header(Opcode::text, 65536, header),
              std::string_view("\x81\x7f\0\0\0\0\0\x01\0\0", 10));
}

TEST(FrameWriter, CutsReasonsBetweenCharacters) {
    EXPECT_EQ(to_close_frame(1012, "250"), std::string("\x88\x05\x03\xf4") + "250");
    EXPECT_EQ(to_close_frame(1005, "unsaid"), std::string_view("\x88\x00", 2));
    std::string reason(122, 'r');
    reason += "\u2713";
    EXPECT_EQ(to_close_frame(1000, reason).size(), 2u + 2 + 122);
}

}  // namespace
}  // namespace deskbell::net
