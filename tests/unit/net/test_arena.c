#include "net/arena.h"

#include "support/unit.h"

#include <signal.h>
#include <string.h>

enum { SIZE = 1 << 20 };

Test(arena, it_is_filled_from_front_to_back) {
    struct arena arena;
    arena_init(&arena, SIZE);
    require(arena_room(&arena) == SIZE);
    char *first = arena_place(&arena);
    memset(first, 'a', 100);
    arena_take(&arena, 100);
    require(arena_place(&arena) == first + 100);
    require(arena_room(&arena) == SIZE - 100);
    memset(arena_place(&arena), 'b', arena_room(&arena));
    arena_take(&arena, arena_room(&arena));
    require(arena_room(&arena) == 0);
    require(first[99] == 'a' && first[100] == 'b' && first[SIZE - 1] == 'b');
    arena_release(&arena);
}

Test(arena, resetting_makes_all_room_again_at_the_same_place) {
    struct arena arena;
    arena_init(&arena, SIZE);
    char *first = arena_place(&arena);
    arena_take(&arena, 5000);
    arena_reset(&arena);
    require(arena_place(&arena) == first);
    require(arena_room(&arena) == SIZE);
    arena_release(&arena);
}

Test(arena, trimming_gives_pages_back_but_keeps_the_front) {
    struct arena arena;
    arena_init(&arena, SIZE);
    char *first = arena_place(&arena);
    memset(first, 'x', SIZE);
    arena_take(&arena, SIZE);
    arena_trim(&arena, 65536);
    require(arena_room(&arena) == SIZE);
    require(first[0] == 'x' && first[65535] == 'x');
    require(first[65536] == '\0' && first[SIZE - 1] == '\0');
    arena_trim(&arena, 2 * SIZE);
    require(first[0] == 'x');
    arena_release(&arena);
    arena_release(&arena);
}

Test(arena, taking_more_than_there_is_is_a_programmers_mistake, .signal = SIGABRT) {
    struct arena arena;
    arena_init(&arena, 4096);
    arena_take(&arena, 4097);
}
