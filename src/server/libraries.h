/*
 * libraries: function libraries as those see them who keep the dataset in files. Who runs them is
 * plugged in by app.
 */
#ifndef LATCHKEY_SERVER_LIBRARIES_H
#define LATCHKEY_SERVER_LIBRARIES_H

#include "base/sds.h"

#include <stdbool.h>

/* Gets the source of a library, borrowed for the call. */
typedef void (*library_visitor)(void *context, struct bytes source);

/* Called by the loop, while no script runs. */
struct library_holder {
    void *context;

    /*
     * Makes a library of its source; one of the same name is replaced, or an error. Returns NULL,
     * or the text of an error, to be freed.
     */
    sds (*load)(void *context, struct bytes source, bool replaces);

    /* Removes all. */
    void (*clear)(void *context);

    /* Visits all, in the order of loading. */
    void (*visit)(void *context, library_visitor visit, void *visitor_context);
};

#endif
