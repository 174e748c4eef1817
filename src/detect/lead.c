/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/lead.h"

struct lead lead_any(void) {
    return (struct lead){byteset_all(), true};
}
static struct lead lead_none(void) { return (struct lead){{{0}}, false}; }

static struct lead lead_union(struct lead a, struct lead b) {
    return (struct lead){byteset_union(a.before, b.before), a.at_start || b.at_start};
}

static struct lead line_feed(void) {
    struct lead lead = {{{0}}, true};
    byteset_add(&lead.before, '\n');
    return lead;
}

/* What can stand before a place where a text of `node` ends. */
static struct lead behind(const struct node *node) {
    struct lead lead = lead_none();
    switch (node->kind) {
    case NODE_CLASS: return (struct lead){node->set, false};
    case NODE_SEQUENCE: return node->last != NULL ? behind(node->last) : lead_any();
    case NODE_CHOICE:
        for (const struct node *child = node->first; child != NULL; child = child->next)
            lead = lead_union(lead, behind(child));
        return lead;
    case NODE_REPEAT:
        return node->min > 0 && node->first->min_len > 0 ? behind(node->first) : lead_any();
    case NODE_START: return (struct lead){{{0}}, true};
    case NODE_LINE_START: return line_feed();
    case NODE_OPAQUE:
    case NODE_AHEAD:
    case NODE_BEHIND:
    case NODE_NOT_BEHIND:
    case NODE_WORD_BORDER:
    case NODE_NO_WORD_BORDER:
    case NODE_TRUE: break;
    }
    return lead_any();
}

/* What can stand before a place where no text of `node` ends: one byte alone rules bytes out, more
 * bytes do not. */
static void not_behind(const struct node *node, struct lead *lead) {
    switch (node->kind) {
    case NODE_CLASS:
        lead->before = byteset_intersection(lead->before, byteset_complement(node->set));
        return;
    case NODE_SEQUENCE:
        if (node->first != NULL && node->first == node->last) not_behind(node->first, lead);
        return;
    case NODE_CHOICE:
        for (const struct node *child = node->first; child != NULL; child = child->next)
            not_behind(child, lead);
        return;
    case NODE_START: lead->at_start = false; return;
    case NODE_LINE_START:
        lead->at_start = false;
        lead->before = byteset_intersection(lead->before, byteset_complement(line_feed().before));
        return;
    case NODE_REPEAT:
    case NODE_OPAQUE:
    case NODE_AHEAD:
    case NODE_BEHIND:
    case NODE_NOT_BEHIND:
    case NODE_WORD_BORDER:
    case NODE_NO_WORD_BORDER:
    case NODE_TRUE: return;
    }
}

static struct byteset word_bytes(void) {
    struct byteset set = {{0}};
    for (unsigned c = 0; c < 256; c++)
        if (byte_is_alnum((uint8_t)c) || c == '_') byteset_add(&set, (uint8_t)c);
    return set;
}

/* \b and \B before a first byte that surely is, or surely is not, of a word. The view's start
 * counts as no word. */
static struct lead word_border(bool is_border, struct byteset first) {
    const struct byteset word = word_bytes(), other = byteset_complement(word);
    if (!byteset_is_subset(first, word) && !byteset_is_subset(first, other)) return lead_any();
    const bool is_word_before = byteset_is_subset(first, word) != is_border;
    return (struct lead){is_word_before ? word : other, !is_word_before};
}

void lead_through(const struct node *node, struct byteset first, struct lead *lead) {
    struct lead here = lead_any();
    switch (node->kind) {
    case NODE_SEQUENCE:
        for (const struct node *child = node->first; child != NULL; child = child->next)
            lead_through(child, first, lead);
        return;
    case NODE_CHOICE:
        here = lead_none();
        for (const struct node *child = node->first; child != NULL; child = child->next) {
            struct lead one = lead_any();
            lead_through(child, first, &one);
            here = lead_union(here, one);
        }
        break;
    case NODE_BEHIND: here = behind(node->first); break;
    case NODE_NOT_BEHIND: not_behind(node->first, &here); break;
    case NODE_WORD_BORDER: here = word_border(true, first); break;
    case NODE_NO_WORD_BORDER: here = word_border(false, first); break;
    case NODE_START: here = behind(node); break;
    case NODE_LINE_START: here = behind(node); break;
    case NODE_CLASS:
    case NODE_REPEAT:
    case NODE_OPAQUE:
    case NODE_AHEAD:
    case NODE_TRUE: return;
    }
    lead->before = byteset_intersection(lead->before, here.before);
    lead->at_start = lead->at_start && here.at_start;
}
