/* Any bytes as a log, in one piece and in two: both say the same, and no quote is too long. */
#include "doctor/explain.h"

#include <stdlib.h>
#include <string.h>

static void explain(struct ks_slice first, struct ks_slice second, struct ks_explanation *out)
{
    static struct ks_explainer *x; /* begins anew each time */
    if (!x)
        x = ks_explainer_new();
    ks_explainer_feed(x, first);
    ks_explainer_feed(x, second);
    ks_explainer_end(x, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ks_explanation whole, pieces;
    struct ks_slice in = ks_slice(data, size);
    explain(in, ks_slice(NULL, 0), &whole);
    explain(ks_slice_part(in, 0, size / 3), ks_slice_part(in, size / 3, size), &pieces);
    if (whole.count != pieces.count || whole.lines != pieces.lines)
        abort();
    for (size_t i = 0; i < whole.count; i++)
        if (strlen(whole.at[i].quote) > 400 || whole.at[i].symptom != pieces.at[i].symptom ||
            whole.at[i].line != pieces.at[i].line || whole.at[i].times != pieces.at[i].times)
            abort();
    ks_explanation_drop(&whole);
    ks_explanation_drop(&pieces);
    return 0;
}
