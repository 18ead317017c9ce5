#include "base/list.h"

#include "support/unit.h"

struct item {
    int number;
    struct list_node node;
};

static void check_order(const struct list_node *head, const int *numbers, size_t count) {
    size_t i = 0;
    LIST_EACH(node, head) {
        require(i < count);
        require(LIST_ENTRY(node, struct item, node)->number == numbers[i]);
        require(node->next->previous == node && node->previous->next == node);
        i++;
    }
    require(i == count);
}

Test(list, a_new_list_is_empty) {
    struct list_node head;
    list_init(&head);
    require(list_is_empty(&head));
    require(list_pop_front(&head) == NULL);
    check_order(&head, NULL, 0);
}

Test(list, nodes_stand_where_they_were_pushed) {
    struct list_node head;
    struct item items[4] = {{.number = 0}, {.number = 1}, {.number = 2}, {.number = 3}};
    list_init(&head);
    list_push_back(&head, &items[1].node);
    list_push_back(&head, &items[2].node);
    list_push_front(&head, &items[0].node);
    list_insert_after(&items[1].node, &items[3].node);
    require(!list_is_empty(&head));
    check_order(&head, (const int[]){0, 1, 3, 2}, 4);
}

Test(list, a_node_knows_whether_it_is_linked) {
    struct list_node head;
    struct item item = {.number = 1};
    list_init(&head);
    require(!list_is_linked(&item.node));
    list_push_back(&head, &item.node);
    require(list_is_linked(&item.node));
    list_remove(&item.node);
    require(!list_is_linked(&item.node));
    require(list_is_empty(&head));
}

Test(list, removing_in_any_order_leaves_the_others_in_order) {
    struct list_node head;
    struct item items[5];
    list_init(&head);
    for (int i = 0; i < 5; i++) {
        items[i] = (struct item){.number = i};
        list_push_back(&head, &items[i].node);
    }
    list_remove(&items[2].node);
    check_order(&head, (const int[]){0, 1, 3, 4}, 4);
    list_remove(&items[0].node);
    check_order(&head, (const int[]){1, 3, 4}, 3);
    list_remove(&items[4].node);
    check_order(&head, (const int[]){1, 3}, 2);
    require(list_pop_front(&head) == &items[1].node);
    require(!list_is_linked(&items[1].node));
    require(list_pop_front(&head) == &items[3].node);
    require(list_is_empty(&head));
}

Test(list, all_nodes_move_behind_those_of_another_list) {
    struct list_node heads[2];
    struct item items[4];
    list_init(&heads[0]);
    list_init(&heads[1]);
    list_move_all(&heads[1], &heads[0]);
    require(list_is_empty(&heads[0]));
    for (int i = 0; i < 4; i++) {
        items[i] = (struct item){.number = i};
        list_push_back(&heads[i % 2], &items[i].node);
    }
    list_move_all(&heads[1], &heads[0]);
    check_order(&heads[0], (const int[]){0, 2, 1, 3}, 4);
    require(list_is_empty(&heads[1]));
    list_move_all(&heads[0], &heads[1]);
    check_order(&heads[1], (const int[]){0, 2, 1, 3}, 4);
    require(list_is_empty(&heads[0]));
}

Test(list, an_entry_is_found_from_its_node) {
    struct item item = {.number = 77};
    struct list_node *node = &item.node;
    require(LIST_ENTRY(node, struct item, node) == &item);
}
