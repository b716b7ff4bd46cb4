# SPDX-License-Identifier: MIT
"""schema_refuses.py: a schema must be able to refuse.

schema_refuses.py RESULTS   reads lines "SCHEMA CSV COLUMN TEXT": with TEXT in
                            COLUMN, RESULTS/SCHEMA_schema.json refuses the cell
                            that it takes as it is in the first row of CSV
"""
import csv
import json
import sys

import rows

for line in sys.stdin:
    name, path, column, text = line.split()
    with open(f"{sys.argv[1]}/{name}_schema.json", encoding="utf-8") as file:
        table = json.load(file)
    field = next(f for f in table["fields"] if f["name"] == column)
    with open(path, encoding="utf-8", newline="") as file:
        now = next(csv.DictReader(file))[column]
    if rows.wrong(field, now, table["missingValues"]):
        sys.exit(f"{name}: {column} '{now}' is refused")
    if not rows.wrong(field, text, table["missingValues"]):
        sys.exit(f"{name}: {column} '{text}' is taken")
