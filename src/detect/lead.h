/* SPDX-License-Identifier: Apache-2.0 */
/* What can stand before the place where a match begins, as its look-behinds and borders of words
 * tell. Conservative: too much is said to be possible, never too little. */
#ifndef LW_DETECT_LEAD_H
#define LW_DETECT_LEAD_H

#include "detect/pattern.h"

struct lead {
    struct byteset before;
    bool at_start; /* or nothing: the view begins there */
};

struct lead lead_any(void);
/* Narrows *lead by what `node`, of no length and before the first byte, says; a byte of `first`
 * follows. Nodes that have a length change nothing. */
void lead_through(const struct node *node, struct byteset first, struct lead *lead);

#endif
