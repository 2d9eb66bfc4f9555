#pragma once
// Room set aside beside the database: a file with nothing in it, given up when the disk is full, so
// that what must still be recorded (posts that were confirmed) fits.
//
// What this is: `<database>.ballast`. Given up, the file stays with no bytes in it: the next
// process knows then that the disk was full, and does not spend what is left on new work.
// Threading: the store's. What it never does: fail loudly; wait; touch the database.

#include <cstdint>
#include <memory>
#include <string>

namespace deskbell::store {

class BallastFile;

class Ballast {
public:
    Ballast();
    ~Ballast();

    // Takes what is there, or makes it. `bytes` 0: wants none, and gives back what is there.
    void open(const std::string& path, const std::string& vfs, std::int64_t bytes);
    // True: something was given back.
    bool give_up();
    [[nodiscard]] bool given_up() const { return given_up_; }
    // After it was given up: only when there is room for it twice, or the next message would fill
    // the disk again. True: it is whole, or none is wanted.
    [[nodiscard]] bool make_again();

private:
    [[nodiscard]] bool make(std::int64_t room_wanted);

    std::unique_ptr<BallastFile> file_;
    std::int64_t bytes_ = 0;
    bool given_up_ = false;
};

}  // namespace deskbell::store
