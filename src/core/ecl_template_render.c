/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_template_render.c - fill a compiled template.
 *
 * Recursion is by section, so no deeper than the compiler allows; work is
 * counted, because lists in lists multiply. */
#include <string.h>

#include "ecl_render.h"
#include "ecl_template_priv.h"

typedef struct run_t {
    const ecl_template_t *t;
    ecl_buf_t *b;
    const ecl_value_t *stack[ECL_TEMPLATE_DEPTH + 1]; /* the context */
    int top;
    int steps;
    int left_out; /* what did not fit since the last item began */
} run_t;

/* left_out */
#define LEFT_VALUE 1
#define LEFT_TEXT  2

int ecl_value_holds(const ecl_value_t *v)
{
    switch (v->kind) {
    case ECL_VALUE_BOOL:
    case ECL_VALUE_NUMBER:
    case ECL_VALUE_LIST:
        return v->number != 0;
    case ECL_VALUE_TEXT:
        return v->text && *v->text;
    case ECL_VALUE_OBJECT:
        return 1;
    case ECL_VALUE_NONE:
        break;
    }
    return 0;
}

static void member(const ecl_value_t *object, const char *name, size_t n,
                   ecl_value_t *out)
{
    memset(out, 0, sizeof(*out));
    if (object->kind == ECL_VALUE_OBJECT) {
        object->member(object->self, object->number, name, n, out);
    }
}

/* The first part is looked for in every context, innermost first; the others
 * only in what was found. */
static void look_up(const run_t *r, const ecl_tpl_op_t *op, ecl_value_t *out)
{
    const char *s = op->s, *end = op->s + op->n;
    size_t n = op->n;
    const char *dot = memchr(s, '.', n);

    if (n == 1 && dot) {
        *out = *r->stack[r->top];
        return;
    }
    n = dot ? (size_t)(dot - s) : n;
    out->kind = ECL_VALUE_NONE;
    for (int i = r->top; i >= 0 && out->kind == ECL_VALUE_NONE; i--) {
        member(r->stack[i], s, n, out);
    }
    while (s + n < end) {
        ecl_value_t object = *out;

        s += n + 1;
        dot = memchr(s, '.', (size_t)(end - s));
        n = dot ? (size_t)(dot - s) : (size_t)(end - s);
        member(&object, s, n, out);
    }
}

/* Whether the text that follows still fits; else b is cut back to mark. */
static int keep(run_t *r, size_t mark, size_t after)
{
    if (r->b->truncated || r->b->len + after >= r->b->cap) {
        ecl_buf_rewind(r->b, mark);
        return 0;
    }
    return 1;
}

static void print(run_t *r, const ecl_tpl_op_t *op, const ecl_value_t *v)
{
    size_t mark = r->b->len;

    if (v->kind == ECL_VALUE_NUMBER) {
        ecl_buf_printf(r->b, "%lld", v->number);
    }
    else if (v->kind != ECL_VALUE_TEXT || !v->text) {
        return;
    }
    else if (op->op == ECL_TPL_RAW && v->safe) {
        ecl_buf_puts(r->b, v->text);
    }
    else {
        ecl_render_value(r->b, v->text, r->t->format);
    }
    if (!keep(r, mark, op->after)) {
        r->left_out |= LEFT_VALUE;
    }
}

static ecl_template_result_e run(run_t *r, int from, int to);

/* One turn of a section. */
static ecl_template_result_e turn(run_t *r, int i, const ecl_value_t *v)
{
    ecl_template_result_e result;

    if (++r->steps > ECL_TEMPLATE_STEPS) {
        return ECL_TEMPLATE_STEPPED_OUT;
    }
    r->stack[++r->top] = v;
    result = run(r, i + 1, r->t->ops[i].end);
    r->top--;
    return result;
}

/* A turn that stays only when all of it fits. */
static ecl_template_result_e item(run_t *r, int i, const ecl_value_t *v,
                                  int *kept)
{
    int outer = r->left_out;
    size_t mark = r->b->len;
    ecl_template_result_e result;

    r->left_out = 0;
    result = turn(r, i, v);
    *kept = !r->left_out;
    if (r->left_out) {
        ecl_buf_rewind(r->b, mark);
    }
    /* The text of the next turns was not in the count of what follows. */
    else if (!keep(r, mark, r->t->ops[r->t->ops[i].end - 1].after)) {
        *kept = 0;
    }
    r->left_out = outer;
    return result;
}

static ecl_template_result_e section(run_t *r, int i, const ecl_value_t *v)
{
    ecl_template_result_e result = ECL_TEMPLATE_OK;
    int kept = 1;

    if (!ecl_value_holds(v)) {
        return ECL_TEMPLATE_OK;
    }
    if (v->kind == ECL_VALUE_TEXT) {
        return item(r, i, v, &kept);
    }
    if (v->kind != ECL_VALUE_LIST) {
        return turn(r, i, v);
    }
    for (long long k = 0; k < v->number && kept && result == ECL_TEMPLATE_OK;
         k++) {
        ecl_value_t it = { 0 };

        v->item(v->self, k, &it);
        result = item(r, i, &it, &kept);
    }
    return result;
}

static ecl_template_result_e run(run_t *r, int from, int to)
{
    ecl_template_result_e result = ECL_TEMPLATE_OK;
    ecl_value_t v;

    for (int i = from; i < to && result == ECL_TEMPLATE_OK; i++) {
        const ecl_tpl_op_t *op = &r->t->ops[i];

        if (++r->steps > ECL_TEMPLATE_STEPS) {
            return ECL_TEMPLATE_STEPPED_OUT;
        }
        if (op->op == ECL_TPL_TEXT) {
            ecl_buf_add(r->b, op->s, op->n);
            r->left_out |= r->b->truncated ? LEFT_TEXT : 0;
            continue;
        }
        look_up(r, op, &v);
        if (op->op == ECL_TPL_SECTION) {
            result = section(r, i, &v);
        }
        else if (op->op == ECL_TPL_INVERTED) {
            result =
                ecl_value_holds(&v) ? ECL_TEMPLATE_OK : run(r, i + 1, op->end);
        }
        else {
            print(r, op, &v);
            continue;
        }
        i = op->end - 1;
    }
    return result;
}

ecl_template_result_e ecl_template_render(const ecl_template_t *t,
                                          const ecl_value_t *root, ecl_buf_t *b)
{
    run_t r = { .t = t, .b = b, .stack = { root } };
    ecl_template_result_e result = run(&r, 0, t->nops);

    return result == ECL_TEMPLATE_OK && r.left_out & LEFT_TEXT
               ? ECL_TEMPLATE_FULL
               : result;
}
