#pragma once
// How config.cpp reads keys: a field says its name, its kind and where the value goes; the reader
// finds it in the file or the environment, checks the type and collects errors with file, line and
// key.

#include "app/config.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace deskbell::app {

using ConfigValue = std::variant<std::string, std::int64_t, double, bool, std::vector<std::string>,
                                 std::map<std::string, std::string>>;

enum class ConfigKind : std::uint8_t { text, secret, integer, number, boolean, list, mapping };

struct ConfigField {
    std::string key;  // within its table: "pace.burst_per_channel"
    ConfigKind kind = ConfigKind::text;
    // Takes the value over; the answer is what is wrong with it, or empty text.
    std::function<std::string(const ConfigValue&)> set;
};

class ConfigReader {
public:
    ConfigReader(std::string_view text, std::string file, const Environment& environment);
    ~ConfigReader();

    // Fields of the top-level tables, by full key ("server.listen").
    void read(const std::vector<ConfigField>& fields);
    // An array of tables; `fields_of(i)` gives the fields of the i-th. How many there are.
    std::size_t read_array(const std::string& key,
                           const std::function<std::vector<ConfigField>(std::size_t)>& fields_of);
    // Keys that nobody asked for become errors.
    void refuse_unknown();

    // `key` may be empty; the line is found when the key stands in the file.
    void add_error(const std::string& key, const std::string& what);
    [[nodiscard]] const std::vector<std::string>& errors() const { return errors_; }

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
    std::vector<std::string> errors_;
};

}  // namespace deskbell::app
