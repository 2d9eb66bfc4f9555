#include "app/cli.hpp"

int main(int argc, char** argv) { return deskbell::app::run(argc, argv); }
