# SPDX-License-Identifier: MIT
"""jinja_pages: compile templates, and render pages with them.

Heap: lexer, parser and code generator make trees and scopes that last for one
template; the compiled templates and their environment, which is new from time
to time, refer to each other, and are garbage in one cycle then; contexts and
loops that look ahead last for a page of many pieces.
"""
import random
import sys

import jinja2

TEMPLATES = {
    "base.html": """<html><head><title>{% block title %}{% endblock %}</title>
{% macro price(value, unit="EUR") -%}
  <b>{{ "%.2f"|format(value) }} {{ unit }}</b>
{%- endmacro %}</head><body>
{% for part in menu recursive %}<li>{{ part.name|e }}
{% if part.below %}<ul>{{ loop(part.below) }}</ul>{% endif %}</li>{% endfor %}
{% block body %}{% endblock %}</body></html>""",
    "list.html": """{% extends "base.html" %}
{% block title %}{{ title|title }}{% endblock %}
{% block body %}<table>{% for ware in wares if ware.count %}
<tr class="{{ loop.cycle("odd", "even") }}"><td>{{ loop.index }}
{% include "ware.html" %}</tr>{% else %}nothing{% endfor %}</table>
{% for kind, some in wares|groupby("kind") %}{{ kind }}:
{{ some|map(attribute="name")|sort|join(", ")|truncate(40) }}
{% endfor %}{% endblock %}""",
    "ware.html": """<td>{{ ware.name|replace("<", "&lt;")|upper }}</td>
{% set total = ware.count * ware.price %}<td>{{ total|round(2) }}</td>
{% if ware.price > 50 and ware.kind in kinds %}<td>dear</td>{% endif %}""",
}


def make_wares(source, number):
    return [{"name": f"ware <{source.randrange(1000)}>",
             "kind": source.choice(["fruit", "tool", "book"]),
             "count": source.randrange(4), "price": source.random() * 100}
            for _ in range(number)]


def main(rounds, pages):
    source = random.Random(13)
    menu = [{"name": f"part {i}", "below": [{"name": f"{i}.{j} & more"}
                                            for j in range(3)]}
            for i in range(3)]
    recent = []
    characters = 0
    for _ in range(rounds):
        environment = jinja2.Environment(
            loader=jinja2.DictLoader(TEMPLATES), autoescape=True)
        template = environment.get_template("list.html")
        for number in range(pages):
            page = template.render(
                title=f"page {number}", kinds={"tool", "book"}, menu=menu,
                wares=make_wares(source, 12))
            characters += len(page)
            recent.append(page)
        del recent[:-10]
    return len(recent), characters


rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
sys.audit("wane.trace", "start")
result = main(rounds, 3)
sys.audit("wane.trace", "end")
print(*result)
