# SPDX-License-Identifier: MIT
"""pygments_html: colour sources in three languages, as HTML.

Heap: a pipeline of generators from regular expressions to text, through which
hundreds of thousands of short-lived matches, tuples and strings flow; hardly
anything stays but the tables of the lexers, and there are no cycles.
"""
import sys

import pygments
from pygments.formatters.html import HtmlFormatter
from pygments.lexers.c_cpp import CLexer
from pygments.lexers.data import JsonLexer
from pygments.lexers.python import PythonLexer

SOURCES = [
    (PythonLexer(), '''
class Queue{n}(object):
    """First in, first out."""
    def __init__(self, size={n}):
        self.items = [None] * size  # empty
    def put(self, item, *rest, **named):
        if not item and {n} > 0x{n}:
            raise ValueError(f"no item {{item!r:>{n}}}")
        return lambda x: x @ self.items[{n}:-1]
'''),
    (CLexer(), '''
#include <stdint.h>
/* A queue of at most {n}. */
static inline uint32_t put{n}(struct queue *q, const char *item)
{{
  for (size_t i = 0; i < {n}u; i++) // once around
    if (q->items[i] == NULL) return q->count += strlen(item) << 0x{n};
  return printf("%d items\\n", {n}), UINT32_MAX;
}}
'''),
    (JsonLexer(), '''
{{"queue": {{"size": {n}, "items": [1, 2.5e-{n}, null, "x\\u00e9{n}"]}},
 "empty": true, "next": {{"queue": [], "size": -{n}}}}}
'''),
]


def main(rounds):
    formatter = HtmlFormatter(linenos="table", anchorlinenos=True)
    pages = []
    characters = 0
    for number in range(rounds):
        for lexer, source in SOURCES:
            page = pygments.highlight(source.format(n=number), lexer, formatter)
            characters += len(page)
            pages.append(page)
        del pages[:-20]
    return len(pages), characters


rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 50
sys.audit("wane.trace", "start")
result = main(rounds)
sys.audit("wane.trace", "end")
print(*result)
