// A taste of the simulation in every build, the sanitizers' included; `make sim` runs the many.

#include "sim/world/world.hpp"

#include "base/test_hooks.hpp"
#include "sim/world/tags.hpp"

#include <gtest/gtest.h>

namespace deskbell::sim {
namespace {

std::string violations_of(const RunResult& result) {
    std::string text;
    for (const Violation& violation : result.violations)
        text += violation.invariant + ": " + violation.what + "\n";
    return text;
}

TEST(Tags, AreFoundWhereverTheyStand) {
    EXPECT_EQ(to_text({'z', 3, 14}), "z3=m14=z");
    const auto found = tags_in("x z3=m14=z, [y0=a2=y](http://a.example/?b=1&c=2) w12=m0=w z3=m14=");
    ASSERT_EQ(found.size(), 3u);
    EXPECT_EQ(found[0], (Tag{'z', 3, 14}));
    EXPECT_EQ(found[1], (Tag{'y', 0, 2}));
    EXPECT_EQ(found[2], (Tag{'w', 12, 0}));
}

TEST(World, GoodWeatherLeavesNothingUndone) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        const RunResult result = run_world(calm_profile(seed));
        EXPECT_EQ(violations_of(result), "") << "seed " << seed;
        EXPECT_GT(result.events, 50u);
    }
}

TEST(World, SurvivesItsWeather) {
    for (std::uint64_t seed = 1; seed <= 12; ++seed)
        EXPECT_EQ(violations_of(run_world(make_profile(seed))), "") << "make sim SEED=" << seed;
}

TEST(World, ASeedIsOneRun) {
    const RunResult first = run_world(make_profile(7));
    const RunResult second = run_world(make_profile(7));
    EXPECT_EQ(first.hash, second.hash);
    EXPECT_EQ(first.events, second.events);
    EXPECT_NE(first.hash, run_world(make_profile(8)).hash);
}

#ifdef DESKBELL_TEST_HOOKS
TEST(World, APlantedMistakeIsNoticed) {
    test_hooks::plant("foreign_bot_relayed");
    bool noticed = false;
    for (std::uint64_t seed = 1; seed <= 20 && !noticed; ++seed)
        noticed = !run_world(make_profile(seed)).violations.empty();
    test_hooks::plant("");
    EXPECT_TRUE(noticed);
}
#endif

}  // namespace
}  // namespace deskbell::sim
