/*
 * Arguments about places. A few regions, those where the projection ends among them, so that
 * places meet; their fractions differ, so that hardly two are equally far from a third.
 */
#include "oracle/grammar.h"

#include <math.h>

enum { BAD_PERCENT = 3, EDGE_PERCENT = 8, FRACTION_STEPS = 1000000, DECADES = 6 };

static const double longitude_max = 180;
static const double latitude_max = 85.05;

static double clamp(double value, double max) {
    return fmin(fmax(value, -max), max);
}

/* From -1 to 1, but for a factor between 10 and 1 / 100000. */
static double scatter(struct random *random) {
    double part = (double)random_between(random, -FRACTION_STEPS, FRACTION_STEPS);
    return part / FRACTION_STEPS * pow(10, (double)random_between(random, 2 - DECADES, 1));
}

void grammar_place(struct generator *generator, struct command_line *args) {
    static const char *const bad[][2] = {{"181", "0"},   {"0", "86"},  {"abc", "0"},
                                         {"0", ""},      {"nan", "1"}, {"0", "-inf"},
                                         {"1e400", "0"}, {"0", "1x"},  {"-180.1", "0"}};
    static const double regions[][2] = {{0, 0},       {13.36, 38.11}, {179.9, 10}, {-179.9, 10},
                                        {-70, 66},    {100, 80.1},    {20, 85},    {-50, -84.9},
                                        {180, 85.05}, {-180, -85.05}};
    struct random *random = &generator->random;
    if (random_percent(random, BAD_PERCENT)) {
        const char *const *texts = bad[random_below(random, sizeof bad / sizeof bad[0])];
        buffer_append_text(grammar_argument(args), texts[0]);
        buffer_append_text(grammar_argument(args), texts[1]);
        return;
    }
    const double *region = regions[random_below(random, sizeof regions / sizeof regions[0])];
    double longitude = clamp(region[0] + scatter(random), longitude_max);
    double latitude = clamp(region[1] + scatter(random), latitude_max);
    buffer_append_format(grammar_argument(args), "%.8f", longitude);
    buffer_append_format(grammar_argument(args), "%.8f", latitude);
}

void grammar_length(struct generator *generator, struct command_line *args) {
    static const char *const edges[] = {"0",     "-1", "abc",  "",   "nan",  "inf",
                                        "1e300", "1x", "0x10", " 1", "1e400"};
    struct random *random = &generator->random;
    if (random_percent(random, EDGE_PERCENT)) {
        buffer_append_text(grammar_argument(args),
                           edges[random_below(random, sizeof edges / sizeof edges[0])]);
        return;
    }
    double length = fabs(scatter(random)) * pow(10, (double)random_between(random, 0, DECADES));
    buffer_append_format(grammar_argument(args), "%.3f", length);
}
