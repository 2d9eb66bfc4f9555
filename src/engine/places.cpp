#include "engine/places.hpp"

#include "base/json.hpp"
#include "store/store.hpp"

#include <boost/json.hpp>

namespace deskbell::engine {
namespace {

const std::string places_note = "destinations";
const std::string agents_note = "agents_online";
constexpr std::int64_t agents_age_ms_max = 10 * 60'000;
constexpr std::size_t places_max = 1'000;  // more than anybody routes to; then it begins anew

}  // namespace

std::map<Destination, std::string> read_places(store::Store& store) {
    std::map<Destination, std::string> places;
    const auto note = parse_json_object(store.note(places_note));
    if (!note) return places;
    for (const auto& [destination, place] : *note) {
        if (const json::string* text = place.if_string())
            places[Destination(std::string(destination))] =
                std::string(text->c_str(), text->size());
    }
    return places;
}

void note_place(store::Store& store, const core::DestinationFound& found) {
    auto places = read_places(store);
    if (places[found.destination] == found.place) return;
    if (places.size() > places_max) places.clear();
    places[found.destination] = found.place;
    json::object note;
    for (const auto& [destination, place] : places) note[destination.value] = place;
    store.set_note(places_note, json::serialize(note));
}

void note_agents_online(store::Store& store, const core::AgentsOnline& said, WallMs now) {
    const json::object note{{"count", said.count}, {"at", now}};
    store.set_note(agents_note, said.count < 0 ? "" : json::serialize(note));
}

std::optional<std::int64_t> read_agents_online(store::Store& store, WallMs now) {
    const auto note = parse_json_object(store.note(agents_note));
    if (!note || find_int(*note, "at").value_or(0) + agents_age_ms_max < now) return std::nullopt;
    return find_int(*note, "count");
}

}  // namespace deskbell::engine
