#include "engine/places.hpp"

#include "base/json.hpp"
#include "store/store.hpp"

#include <boost/json.hpp>

namespace deskbell::engine {
namespace {

const std::string places_note = "destinations";
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

}  // namespace deskbell::engine
