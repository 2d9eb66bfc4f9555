#include "app/config_reader.hpp"

#include "base/text.hpp"

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace deskbell::app {
namespace {

constexpr const char* kind_names[] = {"text",           "text",          "a whole number",
                                      "a number",       "true or false", "a list of text",
                                      "a table of text"};

std::string environment_name(std::string_view key) {
    std::string name = "DESKBELL_";
    for (const char c : key)
        name += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return name;
}

std::vector<std::string> split_list(std::string_view text) {
    std::vector<std::string> items;
    while (!trim(text).empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        if (const auto item = trim(text.substr(0, comma)); !item.empty()) items.emplace_back(item);
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return items;
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
    Number number{};
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::optional<ConfigValue> from_environment(const std::string& text, ConfigKind kind) {
    switch (kind) {
        case ConfigKind::text:
        case ConfigKind::secret:
            return ConfigValue(text);
        case ConfigKind::integer:
            if (const auto number = parse_number<std::int64_t>(text)) return ConfigValue(*number);
            return std::nullopt;
        case ConfigKind::number:
            if (const auto number = parse_number<double>(text)) return ConfigValue(*number);
            return std::nullopt;
        case ConfigKind::boolean:
            if (text == "true" || text == "1") return ConfigValue(true);
            if (text == "false" || text == "0") return ConfigValue(false);
            return std::nullopt;
        case ConfigKind::list:
            return ConfigValue(split_list(text));
        case ConfigKind::mapping: {
            std::map<std::string, std::string> mapping;
            for (const std::string& item : split_list(text)) {
                const std::size_t equals = item.find('=');
                if (equals == std::string::npos) return std::nullopt;
                mapping[item.substr(0, equals)] = item.substr(equals + 1);
            }
            return ConfigValue(mapping);
        }
    }
    return std::nullopt;
}

std::optional<ConfigValue> from_list(const toml::node& node) {
    if (!node.is_array()) return std::nullopt;
    std::vector<std::string> items;
    for (const toml::node& item : *node.as_array()) {
        if (!item.is_string()) return std::nullopt;
        items.push_back(item.as_string()->get());
    }
    return ConfigValue(items);
}

std::optional<ConfigValue> from_mapping(const toml::node& node) {
    if (!node.is_table()) return std::nullopt;
    std::map<std::string, std::string> mapping;
    for (const auto& [key, item] : *node.as_table()) {
        if (!item.is_string()) return std::nullopt;
        mapping[std::string(key.str())] = item.as_string()->get();
    }
    return ConfigValue(mapping);
}

std::optional<ConfigValue> from_node(const toml::node& node, ConfigKind kind) {
    switch (kind) {
        case ConfigKind::text:
        case ConfigKind::secret:
            if (node.is_string()) return ConfigValue(node.as_string()->get());
            return std::nullopt;
        case ConfigKind::integer:
            if (node.is_integer()) return ConfigValue(node.as_integer()->get());
            return std::nullopt;
        case ConfigKind::number:
            if (node.is_integer())
                return ConfigValue(static_cast<double>(node.as_integer()->get()));
            if (node.is_floating_point()) return ConfigValue(node.as_floating_point()->get());
            return std::nullopt;
        case ConfigKind::boolean:
            if (node.is_boolean()) return ConfigValue(node.as_boolean()->get());
            return std::nullopt;
        case ConfigKind::list:
            return from_list(node);
        case ConfigKind::mapping:
            return from_mapping(node);
    }
    return std::nullopt;
}

}  // namespace

class ConfigReader::Impl {
public:
    Impl(std::string file, const Environment& environment)
        : file_(std::move(file)), environment_(environment) {}

    std::string where(const std::string& key) const {
        const toml::node* node = find(*root_, key);
        if (!node) return file_.empty() ? key : file_ + ": " + key;
        return file_ + ":" + std::to_string(node->source().begin.line) + ": " + key;
    }

    static const toml::node* find(const toml::table& table, std::string_view key) {
        const toml::node* node = &table;
        while (!key.empty() && node) {
            const std::size_t dot = std::min(key.find('.'), key.size());
            const std::string_view step = key.substr(0, dot);
            if (node->is_array()) {
                const auto index = parse_number<std::size_t>(step);
                node = index ? node->as_array()->get(*index) : nullptr;
            } else {
                node = node->is_table() ? node->as_table()->get(step) : nullptr;
            }
            key.remove_prefix(std::min(dot + 1, key.size()));
        }
        return node;
    }

    // Every leaf of the file with its key; arrays of tables by index.
    static void leaves(const toml::node& node, const std::string& key,
                       std::vector<std::string>& keys) {
        const auto below = [&](std::string_view step) {
            return key.empty() ? std::string(step) : key + "." + std::string(step);
        };
        if (const toml::table* table = node.as_table()) {
            if (table->empty() && !key.empty()) keys.push_back(key);
            for (const auto& [name, child] : *table) leaves(child, below(name.str()), keys);
        } else if (const toml::array* array = node.as_array();
                   array && array->is_array_of_tables()) {
            for (std::size_t i = 0; i < array->size(); ++i)
                leaves(*array->get(i), below(std::to_string(i)), keys);
        } else {
            keys.push_back(key);
        }
    }

    std::string file_;
    const Environment& environment_;
    // Shared, never copied: a copied node forgets its line.
    std::shared_ptr<const toml::table> root_ = std::make_shared<toml::table>();
    std::set<std::string> known_;           // keys asked for
    std::vector<std::string> known_trees_;  // keys whose children are the operator's own
};

ConfigReader::ConfigReader(std::string_view text, std::string file, const Environment& environment)
    : impl_(std::make_unique<Impl>(std::move(file), environment)) {
    toml::parse_result parsed = toml::parse(text, impl_->file_);
    if (!parsed) {
        errors_.push_back(impl_->file_ + ":" + std::to_string(parsed.error().source().begin.line) +
                          ": " + std::string(parsed.error().description()));
        return;
    }
    impl_->root_ = std::make_shared<toml::table>(std::move(parsed).table());
}

ConfigReader::~ConfigReader() = default;

void ConfigReader::add_error(const std::string& key, const std::string& what) {
    errors_.push_back(impl_->where(key) + ": " + what);
}

namespace {

// The content of the file a secret comes from, without the newline editors leave at the end.
std::optional<std::string> read_secret_file(const std::string& path) {
    std::ifstream stream(path, std::ios::binary);
    if (!stream) return std::nullopt;
    std::ostringstream content;
    content << stream.rdbuf();
    return std::string(trim(content.str()));
}

}  // namespace

void ConfigReader::read(const std::vector<ConfigField>& fields) {
    for (const ConfigField& field : fields) {
        impl_->known_.insert(field.key);
        if (field.kind == ConfigKind::mapping) impl_->known_trees_.push_back(field.key + ".");
        const auto take = [&](const std::string& key, const std::optional<ConfigValue>& value,
                              const std::string& from) {
            const std::string prefix = from.empty() ? impl_->where(key) : from;
            if (!value) {
                errors_.push_back(prefix + ": must be " + kind_names[static_cast<int>(field.kind)] +
                                  ".");
                return;
            }
            if (const std::string wrong = field.set(*value); !wrong.empty())
                errors_.push_back(prefix + ": " + wrong);
        };
        const auto from_file = [&](const std::string& key, const std::string& path,
                                   const std::string& from) {
            if (const auto content = read_secret_file(path))
                return take(key, ConfigValue(*content), from);
            errors_.push_back((from.empty() ? impl_->where(key) : from) + ": cannot read " + path +
                              ".");
        };
        const toml::node* node = Impl::find(*impl_->root_, field.key);
        const std::string name = environment_name(field.key);
        if (field.kind == ConfigKind::secret) {
            const std::string file_key = field.key + "_file";
            impl_->known_.insert(file_key);
            const toml::node* file_node = Impl::find(*impl_->root_, file_key);
            if (node && file_node)
                add_error(file_key, "contradicts " + field.key + ": set one of the two.");
            if (const auto path = impl_->environment_(name + "_FILE")) {
                from_file(field.key, *path, name + "_FILE");
                continue;
            }
            if (file_node && !node && !impl_->environment_(name)) {
                if (file_node->is_string())
                    from_file(file_key, file_node->as_string()->get(), "");
                else
                    add_error(file_key, "must be text.");
                continue;
            }
        }
        if (const auto text = impl_->environment_(name)) {
            take(field.key, from_environment(*text, field.kind), name);
        } else if (node) {
            take(field.key, from_node(*node, field.kind), "");
        }
    }
}

std::size_t ConfigReader::read_array(
    const std::string& key, const std::function<std::vector<ConfigField>(std::size_t)>& fields_of) {
    std::size_t count = 0;
    if (const toml::node* node = Impl::find(*impl_->root_, key)) {
        const toml::array* array = node->as_array();
        if (!array || !array->is_array_of_tables()) {
            impl_->known_trees_.push_back(key);
            add_error(key, "must be an array of tables: [[" + key + "]].");
            return 0;
        }
        count = array->size();
    }
    const Environment numbered_or_first = impl_->environment_;
    for (std::size_t i = 0;; ++i) {
        std::vector<ConfigField> fields = fields_of(i);
        bool named = i < count;
        const std::string index = "." + std::to_string(i) + ".";
        for (ConfigField& field : fields) {
            named = named || numbered_or_first(environment_name(key + index + field.key)) ||
                    (i == 0 && numbered_or_first(environment_name(key + "." + field.key)));
            field.key = key + index + field.key;
        }
        if (!named) return i;
        // The first table may be named without its number.
        const Environment lookup = [&](const std::string& name) -> std::optional<std::string> {
            if (auto value = numbered_or_first(name)) return value;
            const std::string numbered = environment_name(key + ".0.");
            if (i != 0 || !name.starts_with(numbered)) return std::nullopt;
            return numbered_or_first(environment_name(key + ".") + name.substr(numbered.size()));
        };
        ConfigReader reader("", impl_->file_, lookup);
        reader.impl_->root_ = impl_->root_;
        reader.read(fields);
        errors_.insert(errors_.end(), reader.errors_.begin(), reader.errors_.end());
        impl_->known_.insert(reader.impl_->known_.begin(), reader.impl_->known_.end());
        impl_->known_trees_.insert(impl_->known_trees_.end(), reader.impl_->known_trees_.begin(),
                                   reader.impl_->known_trees_.end());
    }
}

void ConfigReader::refuse_unknown() {
    std::vector<std::string> keys;
    Impl::leaves(*impl_->root_, "", keys);
    for (const std::string& key : keys) {
        if (impl_->known_.contains(key)) continue;
        bool own = false;
        for (const std::string& tree : impl_->known_trees_) own = own || key.starts_with(tree);
        bool table = false;  // an empty table that holds known keys
        for (const std::string& known : impl_->known_)
            table = table || known.starts_with(key + ".");
        if (!own && !table)
            add_error(key, "unknown key. See docs/configuration.md for the keys there are.");
    }
}

}  // namespace deskbell::app
