/*
 * accept: new connections, and those that are refused.
 */
#ifndef LATCHKEY_SERVER_ACCEPT_H
#define LATCHKEY_SERVER_ACCEPT_H

struct listener;
struct server;

/*
 * Accepts what waits on a listener, a bounded number at a time. Connections over `maxclients`, and
 * such from other hosts under `protected-mode`, get an error and are closed.
 */
void accept_clients(struct server *server, struct listener *listener);

#endif
