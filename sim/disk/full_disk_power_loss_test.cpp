// The disk fills up, the ballast is given up, there is room again: and the process dies, or the
// power goes, at any point of it.

#include "base/test_hooks.hpp"
#include "sim/disk/disk_world.hpp"

#include <spdlog/spdlog.h>

namespace deskbell::sim {
namespace {

constexpr std::int64_t ballast_bytes = 1 << 18;
constexpr int every_nth_point = 2;

class FullDisk {
public:
    void play() {
        disk_.observe([this](const DiskEvent&) { check_here(); });
#ifdef DESKBELL_TEST_HOOKS
        test_hooks::observe_crash_points([this](std::string_view name) {
            if (name.starts_with("store.ballast")) check_here(true);
        });
#endif
        ASSERT_TRUE(world_.open());
        session_ = world_.arrive("anna");
        world_.run(core::HumanRequested{}, {session_, ""});
        room_ = disk_.bytes_used() + 500'000;
        disk_.set_capacity(room_);
        while (world_.engine->figures().store_state == engine::StoreState::serving) say();
        ASSERT_GT(said_, 3);
        ASSERT_TRUE(world_.deliver(session_));
        room_ = -1;
        disk_.set_capacity(room_);
        world_.clock.advance(1000);
        world_.engine->tend();
        say();
        EXPECT_EQ(world_.engine->figures().store_state, engine::StoreState::serving);
        world_.close();
#ifdef DESKBELL_TEST_HOOKS
        test_hooks::observe_crash_points({});
#endif
    }

    int points = 0;
    std::string failure;

private:
    void say() {
        saying_ = true;
        const std::string id = "c" + std::to_string(said_);
        if (!world_.say(session_, id, std::string(2000, 'x')).refusal) ++said_;
        saying_ = false;
    }

    void check_here(bool always = false) {
        if (within_ || !failure.empty() || (++points % every_nth_point != 0 && !always)) return;
        within_ = true;
        const auto image = disk_.snapshot();
        for (int variant = 0; variant < 3 && failure.empty(); ++variant) {
            replica_.restore(*image);
            replica_.set_capacity(room_);
            if (variant == 0) {
                replica_.kill();
            } else {
                replica_.crash(dice_);
            }
            check_replica();
            replica_.kill();
        }
        within_ = false;
    }

    void check_replica() {
        auto store = open_store(replica_, ballast_bytes);
        if (!store) {
            failure = std::to_string(points) + ": " + store.error().detail;
            return;
        }
        const auto held = static_cast<int>((*store)->messages(session_).size());
        if (held < said_ || held > said_ + saying_) {
            failure = std::to_string(points) + ": " + std::to_string(held) + " messages, " +
                      std::to_string(said_) + " were answered";
        }
    }

    SeededRandom random_{1};
    SeededRandom dice_{2};
    SimDisk disk_{random_};
    SimDisk replica_{random_};
    DiskWorld world_{disk_, ballast_bytes};
    SessionId session_;
    std::int64_t room_ = -1;
    int said_ = 0;
    bool saying_ = false;
    bool within_ = false;
};

TEST(FullDiskPowerLoss, loses_nothing_that_was_answered_and_always_starts_again) {
    spdlog::set_level(spdlog::level::off);
    FullDisk run;
    run.play();
    spdlog::set_level(spdlog::level::info);
    EXPECT_EQ(run.failure, "");
    EXPECT_GT(run.points, 300);
}

}  // namespace
}  // namespace deskbell::sim
