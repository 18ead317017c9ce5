/*
 * Places. Unsorted results must come in the same order. Left out, because stock 7.0.15 does not
 * have it: BYPOLYGON. COUNT without ANY stands where no two members are equally far, since the
 * stock server's choice among them is no rule; what STOREDIST stores is read without scores, since
 * newer servers compute distances along a meridian otherwise, in the last digit.
 */
#include "oracle/families.h"

#define COUNT(items) (sizeof(items) / sizeof(items)[0])

#define UNIT " (m|km|ft|mi|KM|m|km|parsec)"
#define CENTRE " (FROMLONLAT place|FROMMEMBER member)"
#define AREA " (BYRADIUS length" UNIT "|BYBOX length length" UNIT ")"
#define COLUMNS " {WITHCOORD} {WITHDIST} {WITHHASH}"
#define FRESH "DEL geo; GEOADD geo place a place b place c place d place e; "

// clang-format off
static const struct row rows[] = {
    {30, "GEOADD key [NX|XX] [CH] place member", ROW_PLAIN},
    {20, "GEOADD key place member place member place member", ROW_PLAIN},
    {6, "GEODIST key member member" UNIT, ROW_PLAIN},
    {4, "GEOHASH key member+", ROW_PLAIN},
    {4, "GEOPOS key member+", ROW_PLAIN},
    {20, "GEOSEARCH key" CENTRE AREA " {ASC|DESC}" COLUMNS, ROW_PLAIN},
    {6, "GEOSEARCH key" CENTRE AREA " COUNT count ANY {ASC|DESC}" COLUMNS, ROW_WHOLE},
    {6, "GEOSEARCH key {FROMLONLAT place|FROMMEMBER member} {BYRADIUS length m|BYBOX length "
     "length m} {ANY} {STOREDIST} {ASC}", ROW_WHOLE},
    {6, FRESH "GEOSEARCH geo FROMLONLAT place" AREA " COUNT count [ASC|DESC]" COLUMNS, ROW_WHOLE},
    {6, FRESH "GEOADD geo place member; GEORADIUS geo place length" UNIT
     " [ASC|DESC] COUNT count" COLUMNS, ROW_WHOLE},
    {6, "GEOSEARCHSTORE key key" CENTRE AREA " {ASC|DESC}", ROW_PLAIN},
    {3, "GEOSEARCHSTORE key key" CENTRE AREA " COUNT count ANY", ROW_WHOLE},
    {3, FRESH "GEOSEARCHSTORE near geo FROMLONLAT place" AREA " STOREDIST; ZRANGE near 0 -1; "
     "DEL near", ROW_WHOLE},
    {3, FRESH "GEORADIUS geo place length" UNIT " {STOREDIST near} {STORE near}; ZRANGE near 0 "
     "-1; DEL near", ROW_WHOLE},
    {8, "GEORADIUS key place length" UNIT " {ASC|DESC}" COLUMNS, ROW_PLAIN},
    {4, "GEORADIUS key place length" UNIT " {ASC|DESC} {STORE key}" COLUMNS, ROW_WHOLE},
    {4, "GEORADIUS key place length" UNIT " COUNT count ANY STORE key", ROW_WHOLE},
    {8, "GEORADIUSBYMEMBER key member length" UNIT " {ASC|DESC}" COLUMNS, ROW_PLAIN},
    {4, "GEORADIUSBYMEMBER key member length" UNIT " {ASC|DESC} {STORE key}" COLUMNS, ROW_WHOLE},
    {4, "GEORADIUS_RO key place length" UNIT " {ASC|DESC}" COLUMNS, ROW_PLAIN},
    {4, "GEORADIUSBYMEMBER_RO key member length" UNIT " {ASC|DESC}" COLUMNS, ROW_PLAIN},
    {4, "ZADD key score member", ROW_WHOLE},
    {2, "ZREM key member", ROW_PLAIN},
    {2, "COMMAND GETKEYS GEORADIUS key place length m {STORE key} {STOREDIST key} {STORE}",
     ROW_WHOLE},
};
// clang-format on

const struct family geo_family = {
    .name = "geo",
    .rows = rows,
    .row_count = COUNT(rows),
};
