#pragma once
// Reads the fields of one JSON object and remembers the first thing that is wrong with it.

#include "base/result.hpp"

#include <boost/json.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace deskbell::gateway {

struct TextRule {
    std::size_t characters_max = 200;
    bool cut = false;    // too long: cut instead of refused
    bool lines = false;  // may span lines; else line breaks become spaces
};

class Fields {
public:
    explicit Fields(const boost::json::object& object, std::string prefix = {})
        : object_(object), prefix_(std::move(prefix)) {}

    // Each marks the name as known; absent and null are nullopt.
    [[nodiscard]] std::optional<std::string> text(std::string_view name, TextRule rule);
    [[nodiscard]] std::optional<std::string> exact_text(std::string_view name);
    [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name);
    [[nodiscard]] std::optional<bool> boolean(std::string_view name);
    [[nodiscard]] const boost::json::object* object(std::string_view name);
    [[nodiscard]] const boost::json::array* array(std::string_view name);
    void known(std::string_view name) { known_.push_back(name); }

    void refuse(std::string_view name, std::string_view expectation);
    void refuse(Error error);
    // The first error, or an unknown field, or nothing.
    [[nodiscard]] std::optional<Error> finish();
    [[nodiscard]] std::string path(std::string_view name) const;

private:
    [[nodiscard]] const boost::json::value* find(std::string_view name);

    const boost::json::object& object_;
    std::string prefix_;
    std::vector<std::string_view> known_;
    std::optional<Error> error_;
};

}  // namespace deskbell::gateway
