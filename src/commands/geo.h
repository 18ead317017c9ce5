/*
 * geo: what the commands of places share.
 */
#ifndef LATCHKEY_COMMANDS_GEO_H
#define LATCHKEY_COMMANDS_GEO_H

#include "base/geohash.h"
#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>

struct reply;
struct request;
struct value;

/* M, KM, FT or MI in metres; the error is in the reply. */
bool geo_parse_unit(const struct request *req, size_t index, double *metres, struct reply *reply);

/* Longitude and latitude at an argument and the next; the error is in the reply. */
bool geo_parse_place(const struct request *req, size_t index, struct geohash_place *place,
                     struct reply *reply);

/* The place of a member of a sorted set; false when it is absent. */
bool geo_member_place(const struct value *value, struct bytes member, struct geohash_place *place);

/* A distance with four digits behind the point. */
void geo_reply_distance(struct reply *reply, double distance);

/* Longitude and latitude in degrees. */
void geo_reply_place(struct reply *reply, struct geohash_place place);

#endif
