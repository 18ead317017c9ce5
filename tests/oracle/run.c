/*
 * Steps that are joined go out in one piece, to both servers; then the replies of both are
 * collected and compared one by one. While some client is blocked, all connections are looked at
 * after each piece, so that what one client wakes is seen where it belongs.
 */
#include "oracle/run.h"

#include "oracle/compare.h"
#include "oracle/dataset.h"
#include "support/wait.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PENDING_LIMIT = 512,
    PERCENT = 100,
    WAIT_MS = 4,
    RESET_LIMIT = 64,
    SHOWN_REPLY = 400,
};

/* What a connection still owes. */
struct session {
    const struct step *pending[PENDING_LIMIT]; /* Sent and not yet answered. */
    size_t pending_count;
    const struct step *queued[PENDING_LIMIT]; /* Answered with QUEUED. */
    size_t queued_count;
    bool is_in_multi; /* By what was sent. */
    bool is_blocked;
};

struct run {
    struct link *ours;
    struct link *stock;
    const struct episode *episode;
    struct session sessions[CONNECTION_LIMIT];
    struct run_result result;
    const struct step *last; /* That was sent. */
    bool is_over;            /* By a rule that ends the episode. */
};

static bool has_difference(const struct run *run) {
    return run->result.difference.size > 0;
}

static bool is_finished(const struct run *run) {
    return run->is_over || has_difference(run);
}

/* ---- What differs ---- */

static void append_shortened(struct buffer *text, const struct buffer *reply) {
    size_t size = reply == NULL ? 0 : reply->size;
    if (size == 0) {
        buffer_append_text(text, "(nothing)");
        return;
    }
    buffer_append_escaped(text, reply->data, size < SHOWN_REPLY ? size : (size_t)SHOWN_REPLY);
    if (size > SHOWN_REPLY) {
        buffer_append_format(text, "... (%zu bytes)", size);
    }
}

static void describe(struct run *run, const struct step *step, const struct buffer *ours,
                     const struct buffer *stock) {
    struct buffer *text = &run->result.difference;
    buffer_append_text(text, "step: ");
    if (step != NULL && step->args.count > 0) {
        (void)snprintf(run->result.command, RUN_COMMAND_SIZE, "%s",
                       buffer_text(&step->args.arguments[0]));
        step_print(step, text);
    }
    buffer_append_text(text, "\n  latchkey: ");
    append_shortened(text, ours);
    buffer_append_text(text, "\n  stock:    ");
    append_shortened(text, stock);
    buffer_append_text(text, "\n");
}

static void describe_state(struct run *run, size_t connection_index, const struct replies *ours,
                           const struct replies *stock) {
    buffer_append_format(&run->result.difference,
                         "connection %c: latchkey %zu replies%s%s%s, stock %zu replies%s%s%s\n",
                         (int)('A' + connection_index), ours->count,
                         ours->is_closed ? ", closed" : "", ours->is_waiting ? ", blocked" : "",
                         ours->is_malformed ? ", malformed" : "", stock->count,
                         stock->is_closed ? ", closed" : "", stock->is_waiting ? ", blocked" : "",
                         stock->is_malformed ? ", malformed" : "");
}

/* ---- Replies ---- */

static void forget(struct session *session) {
    session->pending_count = 0;
    session->queued_count = 0;
    session->is_in_multi = false;
    session->is_blocked = false;
}

static void note_queued(struct session *session, const struct step *step,
                        const struct buffer *reply) {
    if (strcmp(buffer_text(reply), "+QUEUED\r\n") == 0 && session->queued_count < PENDING_LIMIT) {
        session->queued[session->queued_count++] = step;
    } else if (step_argument_is(step, 0, "EXEC") || step_argument_is(step, 0, "DISCARD") ||
               step_argument_is(step, 0, "RESET")) {
        session->queued_count = 0;
    }
}

static bool pair_agrees(const struct session *session, const struct step *step,
                        const struct reply_pair *pair) {
    if (step == NULL) {
        /* Of one of those that are pending: any of their rules may excuse it. */
        bool agrees = pair->ours->size == pair->stock->size &&
                      memcmp(pair->ours->data, pair->stock->data, pair->ours->size) == 0;
        for (size_t i = 0; i < session->pending_count && !agrees; i++) {
            agrees = compare_replies(session->pending[i], pair, NULL, 0);
        }
        return agrees;
    }
    bool is_exec = step_argument_is(step, 0, "EXEC");
    return compare_replies(step, pair, session->queued, is_exec ? session->queued_count : 0);
}

static bool is_reply_switch(const struct step *step) {
    return step_argument_is(step, 0, "CLIENT") && step_argument_is(step, 1, "REPLY");
}

/* True when CLIENT REPLY is pending, so that some of the replies may never come. */
static bool is_muted(const struct session *session) {
    for (size_t i = 0; i < session->pending_count; i++) {
        if (is_reply_switch(session->pending[i])) {
            return true;
        }
    }
    return false;
}

/* Compares what both servers have said on a connection, and takes it off what is pending. */
static void compare_connection(struct run *run, size_t connection_index, const struct replies *ours,
                               const struct replies *stock) {
    struct session *session = &run->sessions[connection_index];
    size_t count = ours->count < stock->count ? ours->count : stock->count;
    bool is_answered = ours->count == session->pending_count;
    /* With answers missing but nobody waiting, which is whose is not known (CLIENT REPLY OFF). */
    bool are_known = is_answered || ((ours->is_waiting || ours->is_closed) && !is_muted(session));
    for (size_t i = 0; i < count && !has_difference(run); i++) {
        const struct step *step =
            are_known && i < session->pending_count ? session->pending[i] : NULL;
        struct reply_pair pair = {&ours->items[i], &stock->items[i]};
        if (!pair_agrees(session, step, &pair)) {
            if (step != NULL && ((session->is_blocked && compare_has_rule(step, RULE_ENDS)) ||
                                 compare_ends(step, &pair))) {
                run->is_over = true;
                return;
            }
            describe(run, step, pair.ours, pair.stock);
        }
        if (step != NULL) {
            note_queued(session, step, pair.ours);
        }
    }
    bool is_same_state = ours->count == stock->count && ours->is_closed == stock->is_closed &&
                         ours->is_waiting == stock->is_waiting && !ours->is_malformed &&
                         !stock->is_malformed;
    if (!is_same_state && !has_difference(run)) {
        const struct step *step = count < session->pending_count ? session->pending[count] : NULL;
        if (session->is_blocked && step != NULL && count < stock->count &&
            compare_lets_wait(step, &stock->items[count])) {
            run->is_over = true;
            return;
        }
        if (session->is_blocked && ours->count > stock->count && stock->is_waiting &&
            compare_has_rule(run->last, RULE_WAKES)) {
            run->is_over = true;
            return;
        }
        describe(run, step, count < ours->count ? &ours->items[count] : NULL,
                 count < stock->count ? &stock->items[count] : NULL);
        describe_state(run, connection_index, ours, stock);
    }
    if (ours->is_closed) {
        link_close(run->ours, connection_index);
        link_close(run->stock, connection_index);
        forget(session);
    } else if (ours->is_waiting) {
        size_t taken = count < session->pending_count ? count : session->pending_count;
        session->pending_count -= taken;
        memmove(session->pending, session->pending + taken,
                session->pending_count * sizeof session->pending[0]);
        session->is_blocked = true;
    } else {
        session->pending_count = 0;
        session->is_blocked = false;
    }
}

static void collect(struct run *run, size_t connection_index, bool is_careful) {
    struct session *session = &run->sessions[connection_index];
    struct replies ours = {0};
    struct replies stock = {0};
    link_collect(run->ours, connection_index, session->pending_count, is_careful, &ours);
    link_collect(run->stock, connection_index, session->pending_count, is_careful, &stock);
    compare_connection(run, connection_index, &ours, &stock);
    replies_release(&ours);
    replies_release(&stock);
}

static bool is_anybody_blocked(const struct run *run) {
    for (size_t i = 0; i < CONNECTION_LIMIT; i++) {
        if (run->sessions[i].is_blocked) {
            return true;
        }
    }
    return false;
}

/* Collects on the connection, and on all others that may have been woken. */
static void settle(struct run *run, size_t connection_index, bool is_careful) {
    bool was_blocked = is_anybody_blocked(run);
    collect(run, connection_index, is_careful || was_blocked);
    for (size_t i = 0; was_blocked && i < CONNECTION_LIMIT && !is_finished(run); i++) {
        if (i != connection_index && run->sessions[i].is_blocked) {
            collect(run, i, true);
        }
    }
}

/* ---- Steps ---- */

static void pause_until_passed(void) {
    int64_t end_ms = wait_now_ms() + WAIT_MS;
    while (wait_now_ms() < end_ms) {
        wait_moment();
    }
}

/* True when the step is left out: what follows could not be compared. */
static bool is_left_out(const struct run *run, const struct step *step, const struct step *next) {
    const struct session *session = &run->sessions[step->connection_index];
    if (step->kind != STEP_COMMAND && step->kind != STEP_RAW) {
        return false;
    }
    if (step->kind == STEP_RAW && session->is_in_multi) {
        return true; /* How many requests it holds, and thus replies of EXEC, is not known. */
    }
    bool expires_soon = next != NULL && next->kind == STEP_WAIT;
    return session->is_blocked || session->pending_count == PENDING_LIMIT ||
           step->args.count == 0 || compare_has_rule(step, RULE_NOT_SENT) ||
           (session->is_in_multi && (expires_soon || compare_has_rule(step, RULE_NOT_IN_MULTI)));
}

static void note_multi(struct session *session, const struct step *step) {
    if (step_argument_is(step, 0, "MULTI")) {
        session->is_in_multi = true;
    } else if (step_argument_is(step, 0, "EXEC") ||
               (step->args.count == 1 &&
                (step_argument_is(step, 0, "DISCARD") || step_argument_is(step, 0, "RESET")))) {
        session->is_in_multi = false;
    }
}

static void send_both(struct run *run, size_t connection_index, const char *data, size_t size) {
    link_send(run->ours, connection_index, data, size);
    link_send(run->stock, connection_index, data, size);
}

static void send_request(struct run *run, const struct step *step, struct buffer *piece) {
    size_t start = piece->size;
    step_encode(step, piece);
    size_t cut = (piece->size - start) * step->cut_percent / PERCENT;
    if (step->cut_percent > 0) {
        send_both(run, step->connection_index, piece->data, start + cut);
        link_wait_read(run->ours, step->connection_index);
        link_wait_read(run->stock, step->connection_index);
        buffer_consume(piece, start + cut);
    }
    struct session *session = &run->sessions[step->connection_index];
    session->pending[session->pending_count++] = step;
    note_multi(session, step);
    run->last = step;
    run->result.sent_count++;
}

/* Runs a step that is no request. */
static void run_other_step(struct run *run, const struct step *step) {
    size_t index = step->connection_index;
    switch (step->kind) {
    case STEP_UNBLOCK:
    case STEP_UNBLOCK_ERROR:
        if (run->sessions[index].is_blocked) {
            link_unblock(run->ours, index, step->kind == STEP_UNBLOCK_ERROR);
            link_unblock(run->stock, index, step->kind == STEP_UNBLOCK_ERROR);
            settle(run, index, true);
        }
        break;
    case STEP_RECONNECT:
        link_close(run->ours, index);
        link_close(run->stock, index);
        forget(&run->sessions[index]);
        break;
    case STEP_WAIT:
        pause_until_passed();
        break;
    case STEP_COMMAND:
    case STEP_RAW:
        break;
    }
}

/*
 * Steps with other than one reply travel alone, so that each reply has its step; and so do those
 * after which a deadline passes: behind a client that blocks they would run without the pause.
 */
static bool may_join(const struct episode *episode, size_t index) {
    const struct step *step = &episode->steps[index];
    bool expires_soon = index + 1 < episode->count && step[1].kind == STEP_WAIT;
    return step->kind == STEP_COMMAND && !is_reply_switch(step) && !expires_soon;
}

/* Sends the piece that begins at this step; returns the index of the step behind it. */
static size_t run_piece(struct run *run, size_t index) {
    const struct episode *episode = run->episode;
    size_t connection_index = episode->steps[index].connection_index;
    struct buffer piece = {0};
    bool is_careful = false;
    bool is_single = is_anybody_blocked(run);
    size_t at = index;
    do {
        const struct step *step = &episode->steps[at];
        const struct step *next = at + 1 < episode->count ? step + 1 : NULL;
        if (!is_left_out(run, step, next)) {
            send_request(run, step, &piece);
            is_careful = is_careful || step->kind == STEP_RAW;
        }
        at++;
    } while (!is_single && at < episode->count && may_join(episode, at - 1) &&
             may_join(episode, at) && episode->steps[at].is_joined &&
             episode->steps[at].connection_index == connection_index);
    if (run->sessions[connection_index].pending_count > 0 &&
        !run->sessions[connection_index].is_blocked) {
        send_both(run, connection_index, buffer_text(&piece), piece.size);
        settle(run, connection_index, is_careful);
    }
    buffer_release(&piece);
    return at;
}

static void begin(struct run *run) {
    const char *lines[RESET_LIMIT] = {"FLUSHALL"};
    size_t count = 1;
    for (size_t f = 0; f < family_count(); f++) {
        const struct family *family = family_at(f);
        for (size_t i = 0; i < family->reset_count && count < RESET_LIMIT; i++) {
            lines[count++] = family->resets[i];
        }
    }
    link_begin(run->ours, lines, count);
    link_begin(run->stock, lines, count);
}

struct run_result run_episode(struct link *ours, struct link *stock,
                              const struct episode *episode) {
    struct run *run = calloc(1, sizeof *run);
    if (run == NULL) {
        support_fail("out of memory");
    }
    *run = (struct run){.ours = ours, .stock = stock, .episode = episode};
    begin(run);
    for (size_t i = 0; i < episode->count && !is_finished(run);) {
        const struct step *step = &episode->steps[i];
        if (step->kind == STEP_COMMAND || step->kind == STEP_RAW) {
            i = run_piece(run, i);
        } else {
            run_other_step(run, step);
            i++;
        }
    }
    if (!has_difference(run) && !run->is_over) {
        if (!dataset_compare(ours, stock, &run->result.difference)) {
            (void)snprintf(run->result.command, RUN_COMMAND_SIZE, "dataset");
        }
    }
    if (!link_is_alive(ours)) {
        buffer_append_text(&run->result.difference, "latchkey has ended or does not answer\n");
        (void)snprintf(run->result.command, RUN_COMMAND_SIZE, "end");
    }
    struct run_result result = run->result;
    free(run);
    return result;
}
