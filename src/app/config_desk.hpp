#pragma once
// The keys of [desk] and what a route may say instead: who is called when nobody answers.
// For src/app/config.cpp only.

#include "app/config_reader.hpp"

#include <vector>

namespace deskbell::app {

// By full key.
[[nodiscard]] std::vector<ConfigField> waiting_fields(DeskConfig& desk);
// Of one [[hours]].
[[nodiscard]] std::vector<ConfigField> hours_fields(HoursConfig& hours);
// Names that lead nowhere.
void check_hours(const Config& config, ConfigReader& reader);
// Within a [[slack.route]]. The first of them gives the route a ladder of its own; what it does not
// say is off.
[[nodiscard]] std::vector<ConfigField> escalation_fields_of_route(core::Route& route);

}  // namespace deskbell::app
